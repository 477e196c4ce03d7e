//! The closed enums of the house. What is stored is a slug; a slug is never shown to people, so
//! each enum that pages show has words of its own in the domain.

use sea_orm::{DeriveActiveEnum, EnumIter, Iterable};
use serde::{Deserialize, Serialize};

macro_rules! slugs {
    ($($(#[$doc:meta])* $name:ident { $($(#[$vdoc:meta])* $variant:ident = $slug:literal,)* })*) => {$(
        $(#[$doc])*
        #[derive(
            Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord,
            EnumIter, DeriveActiveEnum, Serialize, Deserialize,
        )]
        #[sea_orm(rs_type = "String", db_type = "Text")]
        pub enum $name {
            $(
                $(#[$vdoc])*
                #[sea_orm(string_value = $slug)]
                #[serde(rename = $slug)]
                $variant,
            )*
        }

        // utoipa's derive does not see through a macro's literals
        impl utoipa::PartialSchema for $name {
            fn schema() -> utoipa::openapi::RefOr<utoipa::openapi::schema::Schema> {
                utoipa::openapi::ObjectBuilder::new()
                    .schema_type(utoipa::openapi::schema::Type::String)
                    .enum_values(Some([$($slug,)*]))
                    .into()
            }
        }

        impl utoipa::ToSchema for $name {}

        impl $name {
            /// The slug that is stored and spoken over the API.
            #[must_use]
            pub const fn slug(self) -> &'static str {
                match self { $(Self::$variant => $slug,)* }
            }

            /// The variant of a slug.
            #[must_use]
            pub fn from_slug(slug: &str) -> Option<Self> {
                match slug { $($slug => Some(Self::$variant),)* _ => None }
            }

            /// Every variant, in order.
            pub fn all() -> impl Iterator<Item = Self> {
                Self::iter()
            }
        }
    )*};
}

slugs! {
    /// What was made of a field of a form that is being mapped.
    DraftFieldState {
        /// Nobody has looked yet.
        Open = "open",
        /// It is a field of the form.
        Kept = "kept",
        /// The form does not ask it.
        LeftOut = "left-out",
    }
    /// A stage of an application, as funders have them: each programme has some of these, in this
    /// order.
    StageKind {
        /// We say that we are interested.
        Interest = "interest",
        /// The funder asks whether we may apply.
        Eligibility = "eligibility",
        /// A first, short description.
        Expression = "expression",
        /// An outline with rough sums.
        Outline = "outline",
        /// The full application.
        Full = "full",
        /// The funder reads and asks.
        Assessment = "assessment",
        /// The funder decides.
        Decision = "decision",
    }
    /// Where an application stands: the fold of its events.
    ApplicationState {
        /// It is written, or its next stage is.
        Preparing = "preparing",
        /// The funder has it.
        Submitted = "submitted",
        /// The funder offers money; we have yet to accept.
        Offered = "offered",
        /// We accepted: it is an award.
        Accepted = "accepted",
        /// The funder turned it down.
        Rejected = "rejected",
        /// We did not send it, took it back, or turned the offer down.
        Withdrawn = "withdrawn",
        /// The offer was not accepted in time.
        Lapsed = "lapsed",
    }

    /// What happened to an application.
    ApplicationEventKind {
        /// It was begun.
        Begun = "begun",
        /// It was decided to apply.
        Decided = "decided",
        /// It was decided not to apply.
        DecidedAgainst = "decided-against",
        /// A stage was sent.
        Submitted = "submitted",
        /// The funder asked for the next stage.
        InvitedOn = "invited-on",
        /// The funder made an offer, or other terms.
        Offered = "offered",
        /// We accepted.
        Accepted = "accepted",
        /// The funder turned it down.
        Rejected = "rejected",
        /// We withdrew it.
        Withdrawn = "withdrawn",
        /// The offer lapsed.
        Lapsed = "lapsed",
        /// The funder said something about it.
        FedBack = "fed-back",
    }

    /// What a deadline is for.
    DeadlineKind {
        /// A return must be sent.
        Return = "return",
        /// A stage of an application is due, or expected of the funder.
        Stage = "stage",
        /// A programme closes, and an application to it was not sent.
        ProgrammeCloses = "programme-closes",
        /// A task of an application is due.
        Task = "task",
        /// An offer must be accepted.
        Acceptance = "acceptance",
        /// Both boards must decide on a paper.
        Decision = "decision",
        /// A provider must be told whether an agreement goes on.
        Notice = "notice",
        /// A condition of an award must be met.
        Condition = "condition",
    }

    /// When a condition of an award must be met.
    ConditionKind {
        /// Before the funder pays anything.
        BeforePayment = "before-payment",
        /// While the award runs.
        During = "during",
        /// When it ends.
        AtEnd = "at-end",
        /// It holds all the time.
        Standing = "standing",
    }

    /// What happened to a condition of an award.
    ConditionEventKind {
        /// It was met.
        Met = "met",
        /// The funder does without it.
        Waived = "waived",
        /// It is to be met again.
        Reopened = "reopened",
        /// It was recorded by mistake.
        Withdrawn = "withdrawn",
    }

    /// What sort of agreement a commitment is.
    CommitmentKind {
        /// A contract.
        Contract = "contract",
        /// A grant agreement.
        GrantAgreement = "grant-agreement",
    }

    /// Where a journal stands.
    JournalState {
        /// Somebody else has yet to approve it.
        Waiting = "waiting",
        /// Whoever prepared it is asked to change it.
        SentBack = "sent-back",
        /// It was approved: its lines count.
        Approved = "approved",
        /// It was given up.
        Withdrawn = "withdrawn",
    }

    /// What happened to a journal.
    JournalEventKind {
        /// It was prepared.
        Prepared = "prepared",
        /// It was written anew.
        Changed = "changed",
        /// It was given back to whoever prepared it.
        SentBack = "sent-back",
        /// It was approved: its lines count.
        Approved = "approved",
        /// It was given up.
        Withdrawn = "withdrawn",
    }

    /// Where a paper stands.
    PaperState {
        /// A board has yet to decide.
        Open = "open",
        /// A board wants it changed.
        ChangesAsked = "changes-asked",
        /// Both boards agreed: it is an allocation.
        Agreed = "agreed",
        /// A board did not agree.
        NotAgreed = "not-agreed",
        /// It was taken back.
        Withdrawn = "withdrawn",
    }

    /// What a member of a board says of a paper.
    VoteChoice {
        /// Agrees.
        Agree = "agree",
        /// Wants it changed.
        Change = "change",
        /// Does not agree.
        Against = "against",
        /// Has an interest in it: does not vote, and does not count to the quorum.
        Conflict = "conflict",
    }

    /// What a board decided on a paper.
    BoardOutcome {
        /// It agreed.
        Agreed = "agreed",
        /// It wants the paper changed.
        ChangesAsked = "changes-asked",
        /// It did not agree.
        NotAgreed = "not-agreed",
    }

    /// What sort of body an organisation is.
    OrganisationKind {
        /// A charity.
        Charity = "charity",
        /// A local authority.
        Council = "council",
        /// A department of government.
        Department = "department",
        /// A police and crime commissioner.
        PoliceCommissioner = "police-commissioner",
        /// A body of the health service.
        HealthService = "health-service",
        /// A lottery distributor.
        Lottery = "lottery",
        /// A grant-making foundation.
        Foundation = "foundation",
        /// An organisation that delivers services.
        Provider = "provider",
        /// Any other.
        Other = "other",
    }

    /// What a person may do for an organisation.
    Role {
        /// Prepares returns, keeps awards.
        GrantsOfficer = "grants-officer",
        /// Loads spend, settles what could not be attributed.
        FinanceOfficer = "finance-officer",
        /// The named officer of the accountable body who certifies.
        Certifier = "certifier",
        /// Sits on the Trustee Board.
        Trustee = "trustee",
        /// Sits on the Recovery Advisory Committee.
        CommitteeMember = "committee-member",
        /// Works for a funder; sees what was agreed.
        FundersOfficer = "funders-officer",
        /// Reads everything, changes nothing.
        Auditor = "auditor",
        /// Looks after people, settings and operations.
        Administrator = "administrator",
    }

    /// What a link is for.
    LinkPurpose {
        /// Somebody asked to sign in.
        SignIn = "sign-in",
        /// Somebody was invited.
        Invitation = "invitation",
    }

    /// Who did something.
    ActorKind {
        /// A person in a browser.
        Person = "person",
        /// A program with a person's token.
        Token = "token",
        /// The worker or the command line.
        System = "system",
        /// Nobody that we know.
        Nobody = "nobody",
    }

    /// How a file of published grants is written.
    GrantFormat {
        /// A 360Giving package as JSON.
        Json = "json",
        /// A table with the standard's titles or names as its heading.
        Csv = "csv",
    }

    /// Where a file of published grants stands.
    GrantImportState {
        /// Its grants are being read; none counts yet.
        Reading = "reading",
        /// Its grants count.
        Complete = "complete",
        /// It could not be read; nothing of it counts.
        Failed = "failed",
    }

    /// The kinds of job: a closed list, matched exhaustively by the worker.
    JobKind {
        /// Drafts each return whose period has ended, and refreshes drafts.
        DraftReturns = "draft-returns",
        /// Chooses the reminders that are due and writes the morning's mail.
        SendReminders = "send-reminders",
        /// Hands one mail to the mail server.
        DeliverMail = "deliver-mail",
        /// Reads one import's file.
        ReadImport = "read-import",
        /// Reads one file of published grants.
        ReadGrants = "read-grants",
        /// Attributes the spend of each pool that has news.
        AttributeSpend = "attribute-spend",
        /// Chains the audit entries.
        SealAudit = "seal-audit",
        /// Mails the log's head to auditors, once a day.
        TellAuditors = "tell-auditors",
        /// Audits the whole database.
        CheckAll = "check-all",
        /// Removes what has expired.
        SweepUp = "sweep-up",
        /// Lets offers lapse that were not accepted in time.
        LapseOffers = "lapse-offers",
        /// Does nothing, for tests of the engine.
        Probe = "probe",
    }

    /// Where a job stands.
    JobState {
        /// Waits for its time.
        Ready = "ready",
        /// Somebody holds its lease.
        Running = "running",
        /// Ended well.
        Done = "done",
        /// Will never run: it was no longer wanted.
        Cancelled = "cancelled",
        /// Failed as often as it may; shown to a person.
        Dead = "dead",
    }

    /// A nation of the United Kingdom, for its bank holidays.
    Nation {
        /// England.
        England = "england",
        /// Wales.
        Wales = "wales",
        /// Scotland.
        Scotland = "scotland",
        /// Northern Ireland.
        NorthernIreland = "northern-ireland",
    }

    /// Capital, revenue or both.
    PaysFor {
        /// Capital spend alone.
        Capital = "capital",
        /// Revenue spend alone.
        Revenue = "revenue",
        /// Either.
        Both = "both",
    }

    /// What makes an award binding.
    LegalBasis {
        /// Section 31 of the Local Government Act 2003: a grant to a council.
        Section31 = "section-31",
        /// Section 75 of the National Health Service Act 2006: pooled with the health service.
        Section75 = "section-75",
        /// Section 256 of the National Health Service Act 2006: paid by the health service.
        Section256 = "section-256",
        /// A contract.
        Contract = "contract",
        /// A grant agreement.
        GrantAgreement = "grant-agreement",
        /// A gift.
        Gift = "gift",
    }

    /// A pool's agreed rule.
    AttributionPolicy {
        /// The stated order of awards: first that may pay and has room.
        InOrder = "in-order",
        /// In proportion to what each put in when the rule was agreed.
        ProRata = "pro-rata",
        /// By agreed shares.
        Shares = "shares",
        /// As little unfunded and as little lost as can be, restricted money first.
        Optimal = "optimal",
        /// By hand: an award pays what a person pinned to it, and nothing else.
        Manual = "manual",
    }

    /// Who bears what a pool overspends, or has what it leaves.
    BalanceRule {
        /// The awards, in proportion to what they put in that is not ring-fenced.
        ProRata = "pro-rata",
        /// The pool's reserve.
        Reserve = "reserve",
        /// Organisations, by named shares.
        Shares = "shares",
    }

    /// What a management charge is capped by.
    ChargeBasis {
        /// A share of all spend of the year, the charge among it.
        Spend = "spend",
        /// A share of the spend of the year besides the charge.
        OtherSpend = "other-spend",
        /// An amount for each year.
        Amount = "amount",
        /// Nothing caps it any more.
        None = "none",
    }

    /// What a balance row guards.
    BalanceKind {
        /// An award's amount.
        Award = "award",
        /// A contribution to a pool.
        Contribution = "contribution",
        /// A fence's limit.
        Fence = "fence",
        /// What an award year may pay, with the years whose money it carries on.
        AwardYear = "award-year",
    }

    /// What a virement's tolerance is a share of.
    VirementBase {
        /// Of the award: all that was moved within it counts.
        Award = "award",
        /// Of each fence: what was moved out of it and into it counts.
        Fence = "fence",
    }

    /// What happened to a virement that waits for the funder.
    VirementEventKind {
        /// We asked for consent.
        Asked = "asked",
        /// The funder gave it.
        Given = "given",
        /// The funder refused it.
        Refused = "refused",
        /// We no longer want it.
        Withdrawn = "withdrawn",
    }

    /// Which returns a calendar holds.
    FeedCovers {
        /// Every one that its owner may see.
        All = "all",
        /// Those in which its owner has a part.
        Mine = "mine",
    }

    /// What happened to a document with a funder.
    ShareEventKind {
        /// It was shared with it.
        Shared = "shared",
        /// That was taken back.
        TakenBack = "taken-back",
    }

    /// What was said to a funder's question, or happened to it.
    QuestionEventKind {
        /// Its officer asked, or asked on.
        Asked = "asked",
        /// We answered.
        Answered = "answered",
        /// Its officer said that it is settled.
        Settled = "settled",
        /// Whoever asked took it back before anybody answered.
        Withdrawn = "withdrawn",
    }

    /// A term of an award that its letter says.
    AwardTerm {
        /// The funder's reference.
        Reference = "reference",
        /// Who gives the money.
        Funder = "funder",
        /// Who holds it.
        Holder = "holder",
        /// Who answers to the funder.
        AccountableBody = "accountable-body",
        /// How much.
        Amount = "amount",
        /// From which day.
        StartsOn = "starts-on",
        /// Until which day.
        EndsOn = "ends-on",
        /// An award year.
        Year = "year",
        /// Capital, revenue or both.
        PaysFor = "pays-for",
        /// The cost categories.
        Categories = "categories",
        /// A fence.
        Fence = "fence",
        /// What makes it binding.
        LegalBasis = "legal-basis",
        /// What becomes of unspent money.
        Unspent = "unspent",
        /// Match that it requires.
        Match = "match",
        /// What a return must explain.
        Variance = "variance",
        /// Spend that must be kept up.
        Baseline = "baseline",
        /// What may be moved between fences without asking.
        Virement = "virement",
        /// A payment of the schedule.
        Payment = "payment",
        /// What is to be reported.
        Requirement = "requirement",
    }

    /// What happened to money of an award.
    AwardMoneyKind {
        /// The funder paid.
        Receipt = "receipt",
        /// We asked to be paid.
        Claim = "claim",
        /// We paid back.
        Repayment = "repayment",
    }

    /// As what an award is in somebody's accounts.
    AccountsAs {
        /// The money is that body's own.
        Principal = "principal",
        /// It passes through.
        Agent = "agent",
    }

    /// Whether the funder has promised an award year's amount.
    YearStanding {
        /// The funder means to give it: it pays for nothing yet.
        Indicative = "indicative",
        /// The funder has promised it.
        Confirmed = "confirmed",
    }

    /// What becomes of an award year's money that is not used by its end.
    CarryForward {
        /// It stays behind.
        None = "none",
        /// It goes into the year after, without asking.
        ByRight = "by-right",
        /// It goes into the year after as far as the funder agrees.
        ByConsent = "by-consent",
    }

    /// What was agreed of an award year.
    AwardYearEventKind {
        /// The funder promised its amount.
        Confirmed = "confirmed",
        /// We asked to carry some of it into the year after.
        CarryAsked = "carry-asked",
        /// The funder agreed.
        CarryGiven = "carry-given",
        /// The funder did not agree.
        CarryRefused = "carry-refused",
        /// The holder agreed to spend before it is confirmed.
        AtRisk = "at-risk",
    }

    /// Where an import of spend stands.
    ImportState {
        /// Its file waits to be read, or is being read.
        Reading = "reading",
        /// Faulty rows wait for a person.
        Waiting = "waiting",
        /// Every row is settled; it can be accepted.
        Ready = "ready",
        /// It counts.
        Accepted = "accepted",
        /// Somebody gave it up; nothing of it counts.
        Abandoned = "abandoned",
        /// The file could not be read at all.
        Failed = "failed",
    }

    /// What a person decided about a faulty row.
    FaultResolution {
        /// Its values were corrected, and it loads.
        Corrected = "corrected",
        /// It stays out, by name and with a reason.
        SetAside = "set-aside",
        /// It takes the place of the line that counted.
        Replaced = "replaced",
    }

    /// What a person decided about a line that a newer extract does not have.
    GoneResolution {
        /// A further line takes it back.
        TakenBack = "taken-back",
        /// It stays.
        SetAside = "set-aside",
    }

    /// What sort of spend a line is.
    SpendKind {
        /// A supplier's invoice.
        Invoice = "invoice",
        /// Goods or services received, not yet invoiced.
        Accrual = "accrual",
        /// A journal.
        Journal = "journal",
        /// Pay.
        Payroll = "payroll",
        /// A charge from another department.
        Recharge = "recharge",
        /// A credit.
        Credit = "credit",
    }

    /// Where an attribution run stands.
    RunState {
        /// Its differences are being written; they do not count yet.
        Computing = "computing",
        /// Its differences are written and do not count yet: a person is asked first.
        Proposed = "proposed",
        /// It counts.
        Accepted = "accepted",
        /// Overtaken; nothing of it counts.
        Abandoned = "abandoned",
    }

    /// Which runs of a pool take effect by themselves.
    RunsTakeEffect {
        /// All of them.
        ByThemselves = "by-themselves",
        /// Those that take nothing from an award that pays it as people were shown: what is new, mostly.
        UnlessSomethingMoves = "unless-something-moves",
        /// None that changes anything: a person applies each.
        WhenApplied = "when-applied",
    }

    /// What kind of answer a field takes.
    FieldKind {
        /// An amount; answers are whole pence.
        Money = "money",
        /// A number.
        Number = "number",
        /// Text, perhaps with a word limit.
        Text = "text",
        /// A London date.
        Date = "date",
        /// One of a list.
        Choice = "choice",
        /// Yes or no.
        YesNo = "yes-no",
    }

    /// Where a return stands: the fold of its events.
    ReturnState {
        /// Its period has not ended.
        Scheduled = "scheduled",
        /// Filled in by the worker, being completed.
        Drafted = "drafted",
        /// Sent round to be read.
        InReview = "in-review",
        /// A reader wants something changed.
        ChangesRequested = "changes-requested",
        /// A board has yet to agree.
        AwaitingApproval = "awaiting-approval",
        /// Waits for its certifier.
        AwaitingCertification = "awaiting-certification",
        /// Certified, not yet sent.
        Certified = "certified",
        /// Sent, with the record of it.
        Submitted = "submitted",
        /// The funder accepted it.
        Accepted = "accepted",
        /// The funder does not want it.
        NotRequired = "not-required",
    }

    /// What happened to a return.
    ReturnEventKind {
        /// It came into being with its period.
        Scheduled = "scheduled",
        /// The worker filled it in.
        Drafted = "drafted",
        /// Newer facts were taken in.
        Refreshed = "refreshed",
        /// It was sent round to be read.
        SentForReview = "sent-for-review",
        /// A numbered revision was offered for agreement or certification.
        SentForCertification = "sent-for-certification",
        /// A board agreed.
        BoardAgreed = "board-agreed",
        /// A changed figure voided what boards had agreed.
        ApprovalsVoided = "approvals-voided",
        /// A reader asked for changes.
        ChangesRequested = "changes-requested",
        /// An officer certified.
        Certified = "certified",
        /// Its sending was recorded.
        Submitted = "submitted",
        /// The funder accepted it.
        Accepted = "accepted",
        /// The funder asked for changes in what it was sent.
        FunderAskedForChanges = "funder-asked-for-changes",
        /// It was opened again.
        Reopened = "reopened",
        /// The funder does not want it.
        NotRequired = "not-required",
    }

    /// Who gave an answer.
    AnswerSource {
        /// The worker, from the facts.
        Drafted = "drafted",
        /// A person; never overwritten by the worker.
        Typed = "typed",
    }

    /// One of the two equal boards.
    Board {
        /// The Trustee Board.
        Trustees = "trustees",
        /// The Recovery Advisory Committee.
        Committee = "committee",
    }

    /// What sort of mail it is.
    MailKind {
        /// A sign-in link or an invitation; never readable in the outbox.
        SignIn = "sign-in",
        /// A link for somebody at a funder; never readable in the outbox.
        FunderLink = "funder-link",
        /// The morning's reminders.
        Digest = "digest",
        /// Something that just happened and waits for its reader.
        Notice = "notice",
        /// The audit log's head of a day, for an auditor.
        AuditHead = "audit-head",
    }

    /// What became of a mail.
    MailState {
        /// Waits to be handed over.
        Queued = "queued",
        /// Kept in the outbox: no mail server is configured.
        Kept = "kept",
        /// The mail server took it.
        Sent = "sent",
        /// The connection ended before the server answered; it may have arrived.
        Unknown = "unknown",
        /// The server refused it for good.
        Refused = "refused",
        /// Settled before it was sent.
        Cancelled = "cancelled",
    }
}

impl PaysFor {
    /// Whether capital, or revenue, is paid for.
    #[must_use]
    pub const fn pays(self, capital: bool) -> bool {
        match self {
            Self::Capital => capital,
            Self::Revenue => !capital,
            Self::Both => true,
        }
    }
}
