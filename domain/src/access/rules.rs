//! Every operation of the house and who may do it. Deny by default: an operation that is not
//! listed cannot be named, and a role that is not listed may not.
//!
//! Rows are a second question: what a person may not see does not exist for them, which each
//! area's `store` decides from [`Sight`].

use entity::{OrganisationId, OrganisationKind, Role};

use crate::ctx::Actor;
use crate::{Error, Result};

/// Who may do an operation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Who {
    /// Anybody, signed in or not.
    Anyone,
    /// Anybody who is signed in.
    SignedIn,
    /// Those who hold one of these roles today.
    Roles(&'static [Role]),
    /// The worker and the command line only.
    System,
}

/// What a token may be used for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, utoipa::ToSchema)]
#[schema(rename_all = "kebab-case")]
pub enum Scope {
    /// Read what its person may read.
    Read,
    /// Load spend and settle imports.
    Spend,
    /// Keep awards, pools, forms, forecasts and match, and comment on records.
    Records,
    /// Prepare, review and send returns. Nothing lets a token certify.
    Returns,
    /// Look after people and operations.
    Administration,
}

impl Scope {
    /// Every scope.
    pub const ALL: [Self; 5] = [
        Self::Read,
        Self::Spend,
        Self::Records,
        Self::Returns,
        Self::Administration,
    ];

    /// The slug spoken over the API.
    #[must_use]
    pub const fn slug(self) -> &'static str {
        match self {
            Self::Read => "read",
            Self::Spend => "spend",
            Self::Records => "records",
            Self::Returns => "returns",
            Self::Administration => "administration",
        }
    }

    /// The scope of a slug.
    #[must_use]
    pub fn from_slug(slug: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|scope| scope.slug() == slug)
    }
}

/// The scopes that a token of this role has a use for, in the order of [`Scope::ALL`]: those of the
/// operations that the role may do.
#[must_use]
pub fn scopes_of(role: Role) -> Vec<Scope> {
    Scope::ALL
        .into_iter()
        .filter(|scope| {
            Operation::ALL.iter().any(|operation| {
                let may = match operation.who() {
                    Who::SignedIn => true,
                    Who::Roles(roles) => roles.contains(&role),
                    Who::Anyone | Who::System => false,
                };
                may && operation.scope() == Some(*scope)
            })
        })
        .collect()
}

use Role::{
    Administrator, Auditor, Certifier, CommitteeMember, FinanceOfficer, FundersOfficer,
    GrantsOfficer, Trustee,
};

const STAFF_AND_BOARDS: &[Role] = &[
    GrantsOfficer,
    FinanceOfficer,
    Certifier,
    Trustee,
    CommitteeMember,
    Auditor,
    Administrator,
];
const READERS: &[Role] = &[
    GrantsOfficer,
    FinanceOfficer,
    Certifier,
    Trustee,
    CommitteeMember,
    FundersOfficer,
    Auditor,
    Administrator,
];
/// Everybody inside but the auditor, who changes nothing.
const COMMENTERS: &[Role] = &[
    GrantsOfficer,
    FinanceOfficer,
    Certifier,
    Trustee,
    CommitteeMember,
    Administrator,
];
const OFFICERS: &[Role] = &[GrantsOfficer, FinanceOfficer];
/// Who records what a funder says of a return: its officer, or we where it said so by letter.
const ANSWERING_FUNDER: &[Role] = &[GrantsOfficer, FinanceOfficer, FundersOfficer];
const LOOKERS_AT_SPEND: &[Role] = &[
    GrantsOfficer,
    FinanceOfficer,
    Certifier,
    Auditor,
    Administrator,
];

/// What whoever opened a link may do, with the sight of the funder's officer: read what is that funder's.
const BY_LINK: &[Operation] = &[
    Operation::ReadAwards,
    Operation::ReadPosition,
    Operation::ReadReturns,
    Operation::ReadSharedDocuments,
];

macro_rules! operations {
    ($($(#[$doc:meta])* $name:ident = $slug:literal, $who:expr, $scope:expr, $audited:literal;)*) => {
        /// Every operation. Its slug is the operation id in the API's document and the command's
        /// name in the audit log.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
        pub enum Operation { $($(#[$doc])* $name,)* }

        impl Operation {
            /// Every operation.
            pub const ALL: &[Self] = &[$(Self::$name,)*];

            /// Stable name.
            #[must_use]
            pub const fn slug(self) -> &'static str {
                match self { $(Self::$name => $slug,)* }
            }

            /// Who may do it.
            #[must_use]
            pub const fn who(self) -> Who {
                match self { $(Self::$name => $who,)* }
            }

            /// The scope that a token needs; none means that no token may.
            #[must_use]
            pub const fn scope(self) -> Option<Scope> {
                match self { $(Self::$name => $scope,)* }
            }

            /// Whether it leaves an audit entry. Reading and bookkeeping do not.
            #[must_use]
            pub const fn audited(self) -> bool {
                match self { $(Self::$name => $audited,)* }
            }
        }
    };
}

operations! {
    /// Ask for a sign-in link.
    AskForLink = "sign-in.ask", Who::Anyone, None, true;
    /// Sign in with a link.
    SignIn = "sign-in.use", Who::Anyone, None, true;
    /// Sign out of this browser, or of all.
    SignOut = "sign-out", Who::SignedIn, None, true;
    /// Begin to use a second factor, or show it.
    UseSecondFactor = "second-factor.use", Who::SignedIn, None, true;
    /// See one's own account: sessions, tokens, roles.
    ReadAccount = "account.read", Who::SignedIn, Some(Scope::Read), false;
    /// Change the name by which one is shown.
    ChangeOwnName = "account.name", Who::SignedIn, None, true;
    /// Make an API token.
    CreateToken = "tokens.create", Who::SignedIn, None, true;
    /// Take an API token back.
    RevokeToken = "tokens.revoke", Who::SignedIn, None, true;
    /// Make an address at which a calendar program reads one's deadlines.
    MakeCalendarFeed = "calendar-feeds.create", Who::SignedIn, None, true;
    /// Take a calendar address back.
    RevokeCalendarFeed = "calendar-feeds.revoke", Who::SignedIn, None, true;
    /// Read a calendar: whoever has its address.
    ReadCalendarFeed = "calendar-feeds.read", Who::Anyone, None, false;
    /// See people and their roles.
    ReadPeople = "people.read", Who::Roles(&[Administrator, Auditor]), Some(Scope::Read), false;
    /// Invite a person with a role.
    InvitePerson = "people.invite", Who::Roles(&[Administrator]), Some(Scope::Administration), true;
    /// Take a role away at once.
    RevokeMembership = "memberships.revoke", Who::Roles(&[Administrator]), Some(Scope::Administration), true;
    /// Take a person's second factor away, so that they set up a new one.
    ResetSecondFactor = "second-factor.reset", Who::Roles(&[Administrator]), Some(Scope::Administration), true;
    /// Erase a person who has left, and see beforehand what it does. No token may.
    ErasePerson = "people.erase", Who::Roles(&[Administrator]), None, true;
    /// See organisations.
    ReadOrganisations = "organisations.read", Who::Roles(READERS), Some(Scope::Read), false;
    /// Add an organisation.
    CreateOrganisation = "organisations.create", Who::Roles(&[GrantsOfficer, Administrator]), Some(Scope::Records), true;
    /// Correct what is written down of an organisation.
    CorrectOrganisation = "organisations.correct", Who::Roles(OFFICERS), Some(Scope::Records), true;
    /// See whom to ask at an organisation.
    ReadContacts = "contacts.read", Who::Roles(STAFF_AND_BOARDS), Some(Scope::Read), false;
    /// Keep whom to ask at an organisation.
    KeepContacts = "contacts.keep", Who::Roles(OFFICERS), Some(Scope::Records), true;
    /// See cost categories.
    ReadCategories = "categories.read", Who::Roles(READERS), Some(Scope::Read), false;
    /// Add a cost category.
    CreateCategory = "categories.create", Who::Roles(OFFICERS), Some(Scope::Records), true;
    /// Rename a cost category.
    RenameCategory = "categories.rename", Who::Roles(OFFICERS), Some(Scope::Records), true;
    /// See the programmes of funders.
    ReadProgrammes = "programmes.read", Who::Roles(STAFF_AND_BOARDS), Some(Scope::Read), false;
    /// Record a programme.
    CreateProgramme = "programmes.create", Who::Roles(&[GrantsOfficer]), Some(Scope::Records), true;
    /// Change what is recorded of a programme.
    ChangeProgramme = "programmes.change", Who::Roles(&[GrantsOfficer]), Some(Scope::Records), true;
    /// See applications; a funder's officer those that their funder was sent, as they were sent.
    ReadApplications = "applications.read", Who::Roles(READERS), Some(Scope::Read), false;
    /// See what applications come to.
    ReadPipeline = "pipeline.read", Who::Roles(STAFF_AND_BOARDS), Some(Scope::Read), false;
    /// Begin an application to a programme.
    BeginApplication = "applications.begin", Who::Roles(&[GrantsOfficer]), Some(Scope::Records), true;
    /// Change what an application asks for, and which questions it answers.
    ChangeApplication = "applications.change", Who::Roles(&[GrantsOfficer]), Some(Scope::Records), true;
    /// Say who does what by when for an application.
    PlanApplication = "applications.plan", Who::Roles(&[GrantsOfficer]), Some(Scope::Records), true;
    /// Say how likely an application is.
    EstimateApplication = "applications.estimate", Who::Roles(&[GrantsOfficer]), Some(Scope::Records), true;
    /// Answer a question of an application.
    AnswerApplication = "applications.answer", Who::Roles(&[GrantsOfficer]), Some(Scope::Records), true;
    /// Add a document to an application, or take one out.
    AttachToApplication = "applications.attach", Who::Roles(&[GrantsOfficer]), Some(Scope::Records), true;
    /// Record the decision whether to apply.
    DecideApplication = "applications.decide", Who::Roles(&[GrantsOfficer]), Some(Scope::Records), true;
    /// Record that an application was sent, or that its next stage is asked for.
    SubmitApplication = "applications.submit", Who::Roles(&[GrantsOfficer]), Some(Scope::Records), true;
    /// Record what came of an application: an offer, a rejection, a withdrawal, what was said.
    RecordOutcome = "applications.outcome", Who::Roles(&[GrantsOfficer]), Some(Scope::Records), true;
    /// Accept an offer, which makes it an award.
    AcceptOffer = "applications.accept", Who::Roles(&[GrantsOfficer]), Some(Scope::Records), true;
    /// The worker lets an offer lapse.
    LapseOffer = "applications.lapse", Who::System, None, true;
    /// See awards.
    ReadAwards = "awards.read", Who::Roles(READERS), Some(Scope::Read), false;
    /// Record an award with its fences.
    CreateAward = "awards.create", Who::Roles(&[GrantsOfficer]), Some(Scope::Records), true;
    /// Record what was agreed of an award year: confirmed, carried forward, spent at risk.
    RecordAwardYear = "award-years.record", Who::Roles(OFFICERS), Some(Scope::Records), true;
    /// Amend the terms of an award, and see beforehand what it does.
    AmendAward = "awards.amend", Who::Roles(&[GrantsOfficer]), Some(Scope::Records), true;
    /// The worker lets an amendment take effect on its day.
    ApplyAmendment = "amendments.apply", Who::System, None, true;
    /// See the conditions of an award and how they stand.
    ReadConditions = "award-conditions.read", Who::Roles(STAFF_AND_BOARDS), Some(Scope::Read), false;
    /// Record a condition of an award, a change of it, that it was met or waived.
    KeepConditions = "award-conditions.keep", Who::Roles(OFFICERS), Some(Scope::Records), true;
    /// Suspend an award, see beforehand what it does, record that it goes on.
    SuspendAward = "awards.suspend", Who::Roles(&[GrantsOfficer]), Some(Scope::Records), true;
    /// See the spend that must be kept up beside an award.
    ReadBaseline = "award-baseline.read", Who::Roles(STAFF_AND_BOARDS), Some(Scope::Read), false;
    /// See how much may be charged for management, and how much is.
    ReadCharges = "charge-caps.read", Who::Roles(STAFF_AND_BOARDS), Some(Scope::Read), false;
    /// Record how much may be charged for management, of an award or of a pool.
    AgreeCharges = "charge-caps.agree", Who::Roles(OFFICERS), Some(Scope::Records), true;
    /// Correct the title and the reference of an award.
    CorrectAward = "awards.correct", Who::Roles(OFFICERS), Some(Scope::Records), true;
    /// Close an award, see beforehand what it does, open it again.
    CloseAward = "awards.close", Who::Roles(OFFICERS), Some(Scope::Records), true;
    /// See what the letters of an award say, beside its terms.
    ReadLetters = "award-letters.read", Who::Roles(STAFF_AND_BOARDS), Some(Scope::Read), false;
    /// Have a letter of an award read, record where it says a term, accept a term.
    KeepLetters = "award-letters.keep", Who::Roles(OFFICERS), Some(Scope::Records), true;
    /// Record the budget lines of an award as its funder has them, and what each is made of.
    MapCategories = "category-maps.record", Who::Roles(&[GrantsOfficer]), Some(Scope::Records), true;
    /// See what was moved between fences of an award.
    ReadVirements = "virements.read", Who::Roles(STAFF_AND_BOARDS), Some(Scope::Read), false;
    /// Move money between fences of an award, see beforehand what it does, record the funder's consent.
    MoveMoney = "virements.keep", Who::Roles(OFFICERS), Some(Scope::Records), true;
    /// See what an award was paid and when it is paid.
    ReadMoney = "award-money.read", Who::Roles(STAFF_AND_BOARDS), Some(Scope::Read), false;
    /// Keep an award's payment schedule.
    SchedulePayments = "award-payments.schedule", Who::Roles(OFFICERS), Some(Scope::Records), true;
    /// Record money of an award that was received, claimed or repaid; take an entry back.
    RecordMoney = "award-money.record", Who::Roles(&[FinanceOfficer]), Some(Scope::Records), true;
    /// Set a part of an award apart.
    CreateFence = "fences.create", Who::Roles(&[GrantsOfficer]), Some(Scope::Records), true;
    /// See pools and how their spend is attributed.
    ReadPools = "pools.read", Who::Roles(STAFF_AND_BOARDS), Some(Scope::Read), false;
    /// Set up a pool with its contributions and policy.
    CreatePool = "pools.create", Who::Roles(OFFICERS), Some(Scope::Records), true;
    /// Correct what is written down of a pool.
    CorrectPool = "pools.correct", Who::Roles(OFFICERS), Some(Scope::Records), true;
    /// Put an award's money behind a pool.
    CreateContribution = "contributions.create", Who::Roles(OFFICERS), Some(Scope::Records), true;
    /// Agree what becomes of what a pool overspends, and of what it leaves.
    AgreeBalance = "pool-balance.agree", Who::Roles(OFFICERS), Some(Scope::Records), true;
    /// State anew what an award puts into a pool by award year, and see beforehand what it does.
    StateContribution = "contributions.state", Who::Roles(OFFICERS), Some(Scope::Records), true;
    /// See the co-funding position of a pool; a funder's officer that of a pool which their funder's
    /// awards pay into, with co-funders as they agreed.
    ReadPosition = "positions.read", Who::Roles(READERS), Some(Scope::Read), false;
    /// Mark what is known of a position as seen, for oneself.
    MarkPositionSeen = "positions.mark-seen", Who::Roles(READERS), None, false;
    /// See the position of all pools, and which award pays for what.
    ReadFundingGrid = "funding-grid.read", Who::Roles(STAFF_AND_BOARDS), Some(Scope::Read), false;
    /// Ask what would become of pools if a funder withdrew, a year came to another amount or an award
    /// arrived. Changes nothing.
    AskWhatIf = "what-ifs.ask", Who::Roles(STAFF_AND_BOARDS), Some(Scope::Read), false;
    /// See what funders of a pool agreed of being shown to each other.
    ReadDisclosures = "pool-disclosures.read", Who::Roles(STAFF_AND_BOARDS), Some(Scope::Read), false;
    /// Record what a funder of a pool agreed of being shown to its other funders.
    RecordDisclosure = "pool-disclosures.record", Who::Roles(OFFICERS), Some(Scope::Records), true;
    /// Agree by which rule awards pay for a pool's spend, and see beforehand what it moves.
    AgreePolicy = "pool-policies.agree", Who::Roles(OFFICERS), Some(Scope::Records), true;
    /// Say which runs of a pool take effect by themselves, and which wait for a person.
    ChooseRuns = "pool-runs.choose", Who::Roles(OFFICERS), Some(Scope::Records), true;
    /// Apply a run that waits, or set it aside.
    ApplyRun = "attribution-runs.apply", Who::Roles(OFFICERS), Some(Scope::Records), true;
    /// See papers, what the boards decided and what was allocated.
    ReadPapers = "papers.read", Who::Roles(STAFF_AND_BOARDS), Some(Scope::Read), false;
    /// Write a paper for the boards, change it, take it back.
    WritePaper = "papers.write", Who::Roles(OFFICERS), Some(Scope::Records), true;
    /// Say what one thinks of a paper, as a member of a board. No token may.
    CastVote = "votes.cast", Who::Roles(&[Trustee, CommitteeMember]), None, true;
    /// Record what a board decided on a paper. No token may.
    RecordDecision = "decisions.record", Who::Roles(&[Trustee, CommitteeMember]), None, true;
    /// Say how many members make a decision of a board.
    SetQuorum = "quorums.set", Who::Roles(&[Administrator]), Some(Scope::Administration), true;
    /// See contracts and grant agreements with providers.
    ReadCommitments = "commitments.read", Who::Roles(STAFF_AND_BOARDS), Some(Scope::Read), false;
    /// Record an agreement with a provider, a change of it, what the provider was told.
    KeepCommitments = "commitments.keep", Who::Roles(OFFICERS), Some(Scope::Records), true;
    /// See the documents and comments beside a record that one may see.
    ReadBeside = "record-documents.read", Who::Roles(STAFF_AND_BOARDS), Some(Scope::Read), false;
    /// Put a document beside a record, or take it out.
    AttachToRecord = "record-documents.add", Who::Roles(OFFICERS), Some(Scope::Records), true;
    /// Say something beside a record, or take it back.
    Comment = "record-comments.say", Who::Roles(COMMENTERS), Some(Scope::Records), true;
    /// See the links that were sent to somebody at a funder, and when they were opened.
    ReadFunderLinks = "funder-links.read", Who::Roles(LOOKERS_AT_SPEND), Some(Scope::Read), false;
    /// Make a link for somebody at a funder. No token may.
    MakeFunderLink = "funder-links.make", Who::Roles(OFFICERS), None, true;
    /// Take a link back, whoever made it. No token may.
    RevokeFunderLink = "funder-links.revoke", Who::Roles(&[GrantsOfficer, FinanceOfficer, Administrator]), None, true;
    /// Open a link: whoever has it.
    OpenFunderLink = "funder-links.open", Who::Anyone, None, true;
    /// Leave what a link shows.
    LeaveFunderLink = "funder-links.leave", Who::Anyone, None, false;
    /// See which documents are shared with funders; a funder's officer those shared with their funder.
    ReadSharedDocuments = "shared-documents.read", Who::Roles(READERS), Some(Scope::Read), false;
    /// Share a document beside an award or a return with its funder, or take that back.
    ShareDocument = "shared-documents.share", Who::Roles(OFFICERS), Some(Scope::Records), true;
    /// See what funders asked about figures; a funder's officer what their funder asked.
    ReadFunderQuestions = "funder-questions.read", Who::Roles(READERS), Some(Scope::Read), false;
    /// Ask about a figure as a funder's officer, ask on, say that it is settled, take it back.
    AskAboutFigure = "funder-questions.ask", Who::Roles(&[FundersOfficer]), Some(Scope::Records), true;
    /// Answer what a funder asked.
    AnswerFunder = "funder-questions.answer", Who::Roles(OFFICERS), Some(Scope::Records), true;
    /// See our money in one reading.
    ReadOurMoney = "our-money.read", Who::Roles(STAFF_AND_BOARDS), Some(Scope::Read), false;
    /// See forecasts.
    ReadForecasts = "forecasts.read", Who::Roles(LOOKERS_AT_SPEND), Some(Scope::Read), false;
    /// Enter a forecast.
    EnterForecast = "forecasts.enter", Who::Roles(OFFICERS), Some(Scope::Records), true;
    /// See match funding.
    ReadMatch = "match.read", Who::Roles(LOOKERS_AT_SPEND), Some(Scope::Read), false;
    /// Record match funding.
    EnterMatch = "match.enter", Who::Roles(OFFICERS), Some(Scope::Records), true;
    /// See import profiles.
    ReadProfiles = "import-profiles.read", Who::Roles(LOOKERS_AT_SPEND), Some(Scope::Read), false;
    /// Save an import profile.
    SaveProfile = "import-profiles.save", Who::Roles(&[FinanceOfficer]), Some(Scope::Spend), true;
    /// See imports and their faulty rows.
    ReadImports = "imports.read", Who::Roles(LOOKERS_AT_SPEND), Some(Scope::Read), false;
    /// Bring a file of spend.
    StartImport = "imports.start", Who::Roles(&[FinanceOfficer]), Some(Scope::Spend), true;
    /// Correct a faulty row or set it aside.
    SettleFault = "imports.settle", Who::Roles(&[FinanceOfficer]), Some(Scope::Spend), true;
    /// Take lines back that a newer extract does not have, or leave them.
    DecideGoneLines = "gone-lines.decide", Who::Roles(&[FinanceOfficer]), Some(Scope::Spend), true;
    /// Accept an import: from now on it counts.
    AcceptImport = "imports.accept", Who::Roles(&[FinanceOfficer]), Some(Scope::Spend), true;
    /// State the control total of an import that waits anew.
    CorrectControlTotal = "imports.control-total", Who::Roles(&[FinanceOfficer]), Some(Scope::Spend), true;
    /// Give an import up.
    AbandonImport = "imports.abandon", Who::Roles(&[FinanceOfficer]), Some(Scope::Spend), true;
    /// See the coding map, and the lines that wait to be coded.
    ReadCodingMap = "coding-map.read", Who::Roles(LOOKERS_AT_SPEND), Some(Scope::Read), false;
    /// Add to the coding map, change it from a day, end a row of it.
    KeepCodingMap = "coding-map.keep", Who::Roles(&[FinanceOfficer]), Some(Scope::Spend), true;
    /// Code a line that the coding map has no row for.
    CodeLines = "waiting-lines.code", Who::Roles(&[FinanceOfficer]), Some(Scope::Spend), true;
    /// See splits of spend, and what was made of lines.
    ReadApportionments = "apportionments.read", Who::Roles(LOOKERS_AT_SPEND), Some(Scope::Read), false;
    /// Propose a split of spend, see beforehand what it moves, withdraw it, end it.
    ProposeApportionment = "apportionments.propose", Who::Roles(&[FinanceOfficer]), Some(Scope::Spend), true;
    /// Approve a split of spend that somebody else proposed. No token may.
    ApproveApportionment = "apportionments.approve", Who::Roles(OFFICERS), None, true;
    /// The worker applies approved splits to what was accepted.
    ApplyApportionment = "apportionments.apply", Who::System, None, true;
    /// See journals.
    ReadJournals = "journals.read", Who::Roles(LOOKERS_AT_SPEND), Some(Scope::Read), false;
    /// Prepare a journal, change it, give it up.
    PrepareJournal = "journals.prepare", Who::Roles(&[FinanceOfficer]), Some(Scope::Spend), true;
    /// Approve a journal that somebody else prepared, or send it back. No token may.
    ApproveJournal = "journals.approve", Who::Roles(OFFICERS), None, true;
    /// State what the finance system says of a month, by cost centre.
    StateLedgerTotals = "ledger-totals.state", Who::Roles(&[FinanceOfficer]), Some(Scope::Spend), true;
    /// Close a month of the ledger for a pool.
    ClosePeriod = "ledger-periods.close", Who::Roles(&[FinanceOfficer]), Some(Scope::Spend), true;
    /// Open a closed month of the ledger again.
    ReopenPeriod = "ledger-periods.reopen", Who::Roles(&[FinanceOfficer]), Some(Scope::Spend), true;
    /// See what funders published of their grants.
    ReadGrants = "grants.read", Who::Roles(STAFF_AND_BOARDS), Some(Scope::Read), false;
    /// Bring a file of grants that a funder published.
    ImportGrants = "grant-imports.start", Who::Roles(&[GrantsOfficer, FinanceOfficer, Administrator]), Some(Scope::Records), true;
    /// The worker reads a file of published grants.
    ReadGrantsFile = "grant-imports.read-file", Who::System, None, false;
    /// See spend lines and what they are attributed to.
    ReadSpend = "spend.read", Who::Roles(LOOKERS_AT_SPEND), Some(Scope::Read), false;
    /// Pin part of a spend line to an award, see beforehand what it moves, take it off.
    PinSpend = "spend-pins.pin", Who::Roles(&[FinanceOfficer]), Some(Scope::Spend), true;
    /// Add a return form.
    CreateForm = "forms.create", Who::Roles(&[GrantsOfficer]), Some(Scope::Records), true;
    /// See return forms.
    ReadForms = "forms.read", Who::Roles(LOOKERS_AT_SPEND), Some(Scope::Read), false;
    /// Begin to map a form: its workbook is read and its fields are proposed.
    StartFormDraft = "form-drafts.start", Who::Roles(&[GrantsOfficer]), Some(Scope::Records), true;
    /// Settle the fields of a form that is being mapped.
    ChangeFormDraft = "form-drafts.change", Who::Roles(&[GrantsOfficer]), Some(Scope::Records), true;
    /// Make a version of the form of a draft.
    UseFormDraft = "form-drafts.use", Who::Roles(&[GrantsOfficer]), Some(Scope::Records), true;
    /// Give a draft of a form up.
    GiveUpFormDraft = "form-drafts.give-up", Who::Roles(&[GrantsOfficer]), Some(Scope::Records), true;
    /// State what an award asks to be reported.
    CreateRequirement = "requirements.create", Who::Roles(&[GrantsOfficer]), Some(Scope::Records), true;
    /// Change what an award asks to be reported, from the next return on.
    AmendRequirement = "requirements.amend", Who::Roles(&[GrantsOfficer]), Some(Scope::Records), true;
    /// Say who prepares, certifies and sends.
    NameParts = "requirements.name-parts", Who::Roles(&[GrantsOfficer]), Some(Scope::Records), true;
    /// Record that an award no longer asks for a return.
    EndRequirement = "requirements.end", Who::Roles(&[GrantsOfficer]), Some(Scope::Records), true;
    /// See returns.
    ReadReturns = "returns.read", Who::Roles(READERS), Some(Scope::Read), false;
    /// Take the pack of a certified return: its form, what it rests on, and who agreed and signed.
    TakePack = "returns.pack", Who::Roles(LOOKERS_AT_SPEND), Some(Scope::Read), false;
    /// Type an answer.
    AnswerField = "returns.answer", Who::Roles(OFFICERS), Some(Scope::Returns), true;
    /// Take a typed answer back, so that the drafted one stands.
    UndoAnswer = "returns.undo-answer", Who::Roles(OFFICERS), Some(Scope::Returns), true;
    /// Fill the workbook from the answers and have it checked.
    BuildRevision = "returns.build", Who::Roles(OFFICERS), Some(Scope::Returns), true;
    /// Take newer facts into a draft.
    RefreshReturn = "returns.refresh", Who::Roles(OFFICERS), Some(Scope::Returns), true;
    /// Silence a finding, with a reason.
    SilenceFinding = "returns.silence", Who::Roles(OFFICERS), Some(Scope::Returns), true;
    /// Take back the reason for which a finding was let stand.
    TakeBackReason = "returns.take-back-reason", Who::Roles(OFFICERS), Some(Scope::Returns), true;
    /// Send a draft round to be read.
    ReviewReturn = "returns.review", Who::Roles(OFFICERS), Some(Scope::Returns), true;
    /// Offer a numbered revision for agreement and certification.
    OfferReturn = "returns.offer", Who::Roles(OFFICERS), Some(Scope::Returns), true;
    /// Record a board's agreement to a revision.
    RecordApproval = "returns.approve", Who::Roles(&[Trustee, CommitteeMember]), Some(Scope::Returns), true;
    /// Ask for changes.
    RequestChanges = "returns.request-changes", Who::Roles(&[GrantsOfficer, FinanceOfficer, Certifier, Trustee, CommitteeMember]), Some(Scope::Returns), true;
    /// Certify a revision. No token may.
    CertifyReturn = "returns.certify", Who::Roles(&[Certifier]), None, true;
    /// Record that an office signed a revision on paper, with the paper. No token may.
    CertifyOnPaper = "returns.certify-on-paper", Who::Roles(&[Certifier]), None, true;
    /// Record when, how and to whom a return was sent.
    RecordSending = "returns.send", Who::Roles(&[GrantsOfficer, FinanceOfficer, Certifier]), Some(Scope::Returns), true;
    /// Record that the funder accepted a return: its officer, or we for it.
    RecordAcceptance = "returns.accept", Who::Roles(ANSWERING_FUNDER), Some(Scope::Returns), true;
    /// Record that the funder asked for changes in what it was sent.
    FunderAsksForChanges = "returns.funder-changes", Who::Roles(ANSWERING_FUNDER), Some(Scope::Returns), true;
    /// Open a return again, with a reason.
    ReopenReturn = "returns.reopen", Who::Roles(&[GrantsOfficer, Certifier]), Some(Scope::Returns), true;
    /// Record that the funder does not want a return.
    WaiveReturn = "returns.waive", Who::Roles(&[GrantsOfficer]), Some(Scope::Returns), true;
    /// See deadlines and Today.
    ReadDeadlines = "deadlines.read", Who::Roles(READERS), Some(Scope::Read), false;
    /// See mail that was written, never what carries a secret.
    ReadOutbox = "outbox.read", Who::Roles(&[Administrator]), Some(Scope::Read), false;
    /// See the queue, the schedules and what failed.
    ReadOperations = "operations.read", Who::Roles(&[Administrator, Auditor]), Some(Scope::Read), false;
    /// Let a dead job try again.
    RetryJob = "jobs.retry", Who::Roles(&[Administrator]), Some(Scope::Administration), true;
    /// See the history of a record.
    ReadHistory = "history.read", Who::Roles(STAFF_AND_BOARDS), Some(Scope::Read), false;
    /// The worker drafts returns.
    DraftReturn = "returns.draft", Who::System, None, true;
    /// The worker attributes spend.
    AttributeSpend = "attribution.run", Who::System, None, true;
    /// The worker reads an import's file.
    ReadImportFile = "imports.read-file", Who::System, None, false;
    /// The worker chooses reminders and writes mail.
    SendReminders = "reminders.send", Who::System, None, true;
    /// The worker records what became of a mail.
    RecordDelivery = "mail.record", Who::System, None, false;
    /// The worker and the API keep the queue.
    KeepQueue = "jobs.keep", Who::Anyone, None, false;
    /// The worker seals the audit log.
    SealAudit = "audit.seal", Who::System, None, false;
    /// The worker mails the log's head to auditors.
    TellAuditors = "audit.tell", Who::System, None, false;
    /// See what a new house still needs, and take files to try it with.
    ReadStart = "start.read", Who::Roles(LOOKERS_AT_SPEND), Some(Scope::Read), false;
    /// Find records by their words: of each kind those that may be seen.
    Search = "search.read", Who::Roles(READERS), Some(Scope::Read), false;
    /// Take everything that is kept about oneself.
    ExportOwnData = "account.export", Who::SignedIn, None, true;
    /// Take everything that is kept about a person, to hand it to them.
    ExportPersonsData = "people.export", Who::Roles(&[Administrator]), Some(Scope::Administration), true;
    /// Export everything that was entered.
    ExportEverything = "exports.everything", Who::Roles(&[Administrator, Auditor]), Some(Scope::Read), true;
    /// Sessions' last use, expired rows.
    KeepHouse = "house.keep", Who::Anyone, None, false;
    /// First settings of an installation.
    SetUp = "setup", Who::System, None, true;
}

/// Decides access, denying by default.
pub fn decide(actor: &Actor, operation: Operation) -> Result<()> {
    match (operation.who(), actor) {
        // The command line is used by whoever holds the machine; what it does is audited as such.
        (_, Actor::System(_)) | (Who::Anyone, _) => Ok(()),
        (Who::System, _) => Err(Error::NotFound),
        (_, Actor::Nobody) => Err(Error::NotSignedIn),
        (_, Actor::Guest(_)) if BY_LINK.contains(&operation) => Ok(()),
        (_, Actor::Guest(_)) => Err(by_link_only()),
        (who, Actor::Person(person)) => {
            if let Some(scopes) = &person.scopes {
                let within = operation
                    .scope()
                    .is_some_and(|scope| scopes.contains(&scope));
                if !within {
                    return Err(Error::NotAllowed(match operation.scope() {
                        Some(_) => "This token's scopes do not cover that.".to_owned(),
                        // such as certifying, which a person does with a second check
                        None => "No token can do that: a person who is signed in does.".to_owned(),
                    }));
                }
            }
            let allowed = match who {
                Who::SignedIn => true,
                Who::Roles(roles) => person.roles.iter().any(|(_, held)| roles.contains(held)),
                Who::Anyone | Who::System => false,
            };
            if allowed {
                Ok(())
            } else {
                Err(Error::NotAllowed(
                    "Your role does not cover that.".to_owned(),
                ))
            }
        }
    }
}

/// What is said to whoever opened a link, of all that it does not show.
pub(crate) fn by_link_only() -> Error {
    Error::NotAllowed(
        "The link that you opened shows what is your funder’s, and does nothing else.".to_owned(),
    )
}

/// Which rows an actor may see.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Sight {
    /// All of this charity's rows.
    All,
    /// Only awards of these funders, and what hangs from them.
    Funders(Vec<OrganisationId>),
    /// None.
    Nothing,
}

/// Which rows an actor may see: staff, boards and auditors all; a funder's officer, and whoever opened a
/// link that was sent to one, their own.
#[must_use]
pub fn sight(actor: &Actor) -> Sight {
    match actor {
        Actor::System(_) => Sight::All,
        Actor::Nobody => Sight::Nothing,
        Actor::Guest(guest) => Sight::Funders(vec![guest.funder]),
        Actor::Person(person) => {
            if person
                .roles
                .iter()
                .any(|(_, role)| STAFF_AND_BOARDS.contains(role))
            {
                return Sight::All;
            }
            let funders: Vec<_> = person
                .roles
                .iter()
                .filter(|(_, role)| *role == FundersOfficer)
                .map(|(organisation, _)| *organisation)
                .collect();
            if funders.is_empty() {
                Sight::Nothing
            } else {
                Sight::Funders(funders)
            }
        }
    }
}

/// What an organisation is to this charity.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Place {
    /// What sort of body it is.
    pub kind: OrganisationKind,
    /// The charity whose installation this is.
    pub is_home: bool,
    /// Answers to a funder for an award.
    pub is_accountable_body: bool,
    /// Holds an award's or a pool's money.
    pub is_holder: bool,
    /// Gives an award.
    pub is_funder: bool,
}

/// Whether a role can be held for an organisation; if not, what to do. A role that does not fit is
/// neither given nor believed: a provider's finance officer is nobody here.
pub fn fits(role: Role, place: Place) -> std::result::Result<(), &'static str> {
    use OrganisationKind as Kind;
    let ours = place.is_home || place.is_accountable_body;
    match role {
        Trustee | CommitteeMember if !place.is_home => Err(
            "Both boards are the charity’s own: this role is held for the charity and nobody else.",
        ),
        FinanceOfficer if !(ours || place.is_holder) => Err(
            "A finance officer works for the charity, or for an organisation that holds an award \
             or answers for one. Record that award first, or choose another organisation.",
        ),
        GrantsOfficer | Certifier | Auditor | Administrator if !ours => Err(
            "This role is held for the charity, or for an organisation that answers for an award. \
             Record that award first, with this organisation as its accountable body, or choose \
             another organisation.",
        ),
        FundersOfficer if place.is_home => {
            Err("The charity is not its own funder. Choose the funder.")
        }
        FundersOfficer
            if !place.is_funder
                && matches!(place.kind, Kind::Charity | Kind::Provider | Kind::Other) =>
        {
            Err("This organisation funds nothing. Choose the funder, or record its award first.")
        }
        _ => Ok(()),
    }
}

/// Roles that decide for others. A program cannot give them, and other administrators are told.
#[must_use]
pub const fn is_grave(role: Role) -> bool {
    matches!(role, Certifier | Trustee | CommitteeMember | Administrator)
}

/// A role, as a mail names it.
#[must_use]
pub const fn role_in_words(role: Role) -> &'static str {
    match role {
        GrantsOfficer => "grants officer",
        FinanceOfficer => "finance officer",
        Certifier => "certifier",
        Trustee => "trustee",
        CommitteeMember => "member of the Recovery Advisory Committee",
        FundersOfficer => "funder’s officer",
        Auditor => "auditor",
        Administrator => "administrator",
    }
}

/// How many wrong codes are let pass before each further one costs time.
const FREE_CODES: u32 = 5;
/// After so many wrong codes in a row every session of the person ends.
pub const CODES_END_SESSIONS: u32 = 20;

/// How long after a wrong code the next one is looked at: not at all for the first few, then a
/// minute, doubling, at most an hour. Whoever guesses from many places waits all the same.
#[must_use]
pub fn wait_after(failures: u32) -> chrono::Duration {
    match failures.checked_sub(FREE_CODES) {
        None => chrono::Duration::zero(),
        Some(more) => chrono::Duration::minutes((1_i64 << more.min(6)).min(60)),
    }
}

/// Whether the person is told of this many wrong codes in a row.
#[must_use]
pub const fn tells_of(failures: u32) -> bool {
    failures > 0 && failures.is_multiple_of(FREE_CODES)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    const NOTHING: Place = Place {
        kind: OrganisationKind::Provider,
        is_home: false,
        is_accountable_body: false,
        is_holder: false,
        is_funder: false,
    };

    /// By hand: who may hold what for whom.
    #[test]
    fn a_role_fits_where_it_is_written_here() {
        let home = Place {
            kind: OrganisationKind::Charity,
            is_home: true,
            ..NOTHING
        };
        let accountable = Place {
            kind: OrganisationKind::Council,
            is_accountable_body: true,
            ..NOTHING
        };
        let holder = Place {
            is_holder: true,
            ..NOTHING
        };
        let foundation = Place {
            kind: OrganisationKind::Foundation,
            is_funder: true,
            ..NOTHING
        };
        let fit = |place: Place| -> Vec<Role> {
            Role::all()
                .filter(|role| fits(*role, place).is_ok())
                .collect()
        };
        assert_eq!(fit(NOTHING), [], "a provider");
        assert_eq!(
            fit(home),
            [
                GrantsOfficer,
                FinanceOfficer,
                Certifier,
                Trustee,
                CommitteeMember,
                Auditor,
                Administrator
            ]
        );
        assert_eq!(
            fit(accountable),
            [
                GrantsOfficer,
                FinanceOfficer,
                Certifier,
                FundersOfficer,
                Auditor,
                Administrator
            ]
        );
        assert_eq!(fit(holder), [FinanceOfficer]);
        assert_eq!(fit(foundation), [FundersOfficer]);
        // A funder that also answers for an award, such as a council, may have both.
        let both = Place {
            is_accountable_body: true,
            ..foundation
        };
        assert!(fits(Certifier, both).is_ok() && fits(FundersOfficer, both).is_ok());
        assert!(fits(Trustee, both).is_err());
    }

    #[test]
    fn guessing_gets_slower_and_stays_slow() {
        let waits: Vec<i64> = [0, 4, 5, 6, 7, 10, 11, 12, 500]
            .map(|failures| wait_after(failures).num_minutes())
            .into();
        assert_eq!(waits, [0, 0, 1, 2, 4, 32, 60, 60, 60]);
        assert!(!tells_of(0) && !tells_of(4) && tells_of(5) && tells_of(10));
    }
}
