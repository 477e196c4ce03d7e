//! Who may open which page, post which form and download which file. Written by hand; a page
//! without its row fails.

use super::matrix::Kind::{
    Administrator, Auditor, Certifier, CommitteeMember, FinanceOfficer, GrantsOfficer, Trustee,
};
use super::matrix::{EVERYBODY, INSIDE, Kind, LOOKERS_AT_SPEND, OFFICERS, SIGNED_IN, WITH_A_ROLE};
use super::matrix_beside::COMMENTERS;

/// How a page is asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum How {
    /// Looked at: what those who may are answered.
    Get(u16),
    /// A form: those who may are told what is missing, or that it is not there.
    Post(&'static [(&'static str, &'static str)]),
    /// A way in or out: `sign_in.rs` tests it, for it would end the visitor's session here.
    Elsewhere,
}

use How::{Elsewhere, Get};

/// A form without any field.
const POST: How = How::Post(&[]);
/// What the forms of an import carry.
const VERSION: How = How::Post(&[("version", "1"), ("control_total", "1.00")]);

/// One page: its address with what stands for its parts, and who may.
pub(super) type Page = (&'static str, How, &'static [Kind]);

const LOADER: &[Kind] = &[FinanceOfficer];
const GRANT_BRINGERS: &[Kind] = &[GrantsOfficer, FinanceOfficer, Administrator];
const KEEPER: &[Kind] = &[GrantsOfficer];
const CARETAKER: &[Kind] = &[Administrator];
const BOARDS: &[Kind] = &[Trustee, CommitteeMember];
const LOOK_AFTER: &[Kind] = &[Auditor, Administrator];

/// `{none}` is an id that names nothing.
pub(super) const PAGES: &[Page] = &[
    ("/", Get(200), WITH_A_ROLE),
    ("/accessibility", Get(200), EVERYBODY),
    ("/privacy", Get(200), EVERYBODY),
    ("/problems/not-found", Get(200), EVERYBODY),
    ("/api/openapi.json", Get(200), EVERYBODY),
    ("/assets/none.css", Get(404), EVERYBODY),
    ("/sign-in", Get(200), EVERYBODY),
    ("/sign-in/link", Get(200), EVERYBODY),
    ("/sign-in/session", Elsewhere, EVERYBODY),
    ("/sign-in/code", Get(200), SIGNED_IN),
    ("/sign-in/code/enrolment", Elsewhere, SIGNED_IN),
    ("/sign-out", Elsewhere, SIGNED_IN),
    ("/account", Get(200), SIGNED_IN),
    ("/account/tokens", POST, SIGNED_IN),
    ("/account/tokens/new", Get(200), SIGNED_IN),
    ("/account/tokens/{none}/revocation", Get(404), SIGNED_IN),
    ("/awards", Get(200), WITH_A_ROLE),
    ("/awards", POST, KEEPER),
    ("/awards/new", Get(200), KEEPER),
    ("/awards/{none}", Get(404), WITH_A_ROLE),
    ("/awards/{none}/fences", POST, KEEPER),
    ("/awards/{none}/fences/new", Get(404), KEEPER),
    ("/awards/{none}/years/{none}/agreement", Get(404), OFFICERS),
    ("/awards/{none}/years/{none}/agreement", POST, OFFICERS),
    ("/awards/{none}/amendments", POST, KEEPER),
    ("/awards/{none}/amendments/new", Get(404), KEEPER),
    ("/awards/{none}/conditions", Get(404), INSIDE),
    ("/awards/{none}/conditions", POST, OFFICERS),
    ("/awards/{none}/conditions.csv", Get(404), INSIDE),
    ("/awards/{none}/conditions/new", Get(404), OFFICERS),
    ("/awards/{none}/conditions/{none}", Get(404), INSIDE),
    ("/awards/{none}/conditions/{none}/fact", Get(404), OFFICERS),
    ("/awards/{none}/conditions/{none}/fact", POST, OFFICERS),
    (
        "/awards/{none}/conditions/{none}/change",
        Get(404),
        OFFICERS,
    ),
    ("/awards/{none}/conditions/{none}/change", POST, OFFICERS),
    ("/awards/{none}/virements", Get(404), INSIDE),
    ("/awards/{none}/virements", POST, OFFICERS),
    ("/awards/{none}/virements/new", Get(404), OFFICERS),
    ("/awards/{none}/virements/{none}/fact", Get(404), OFFICERS),
    ("/awards/{none}/virements/{none}/fact", POST, OFFICERS),
    ("/awards/{none}/money", Get(404), INSIDE),
    ("/awards/{none}/money", POST, LOADER),
    ("/awards/{none}/money/new", Get(404), LOADER),
    ("/awards/{none}/money/{none}/correction", Get(404), LOADER),
    ("/awards/{none}/money/{none}/correction", POST, LOADER),
    ("/awards/{none}/payments", POST, OFFICERS),
    ("/awards/{none}/payments/new", Get(404), OFFICERS),
    (
        "/awards/{none}/payments/{none}/withdrawal",
        Get(404),
        OFFICERS,
    ),
    ("/awards/{none}/payments/{none}/withdrawal", POST, OFFICERS),
    ("/awards/{none}/forecasts", Get(404), LOOKERS_AT_SPEND),
    ("/awards/{none}/forecasts", POST, OFFICERS),
    ("/awards/{none}/forecasts.csv", Get(404), LOOKERS_AT_SPEND),
    ("/awards/{none}/match", Get(404), LOOKERS_AT_SPEND),
    ("/awards/{none}/match", POST, OFFICERS),
    ("/awards/{none}/match.csv", Get(404), LOOKERS_AT_SPEND),
    ("/awards/{none}/match/new", Get(404), OFFICERS),
    ("/awards/{none}/requirements/new", Get(404), KEEPER),
    ("/awards/{none}/requirements/new", POST, KEEPER),
    ("/requirements/{none}", Get(404), WITH_A_ROLE),
    ("/requirements/{none}/change", Get(404), KEEPER),
    ("/requirements/{none}/change", POST, KEEPER),
    ("/requirements/{none}/parts", Get(404), KEEPER),
    ("/requirements/{none}/parts", POST, KEEPER),
    ("/requirements/{none}/ending", Get(404), KEEPER),
    ("/requirements/{none}/ending", POST, KEEPER),
    ("/forms", Get(200), LOOKERS_AT_SPEND),
    // in parts: the API's row asks for the same operation
    ("/forms", Elsewhere, KEEPER),
    ("/forms/new", Get(200), KEEPER),
    ("/forms/{none}", Get(404), LOOKERS_AT_SPEND),
    ("/forms/{none}/workbook", Get(404), LOOKERS_AT_SPEND),
    ("/form-drafts/{none}", Get(404), LOOKERS_AT_SPEND),
    ("/form-drafts/{none}", POST, KEEPER),
    ("/form-drafts/{none}/settled", POST, KEEPER),
    ("/form-drafts/{none}/fields", POST, KEEPER),
    ("/form-drafts/{none}/use", POST, KEEPER),
    ("/form-drafts/{none}/given-up", POST, KEEPER),
    ("/form-drafts/{none}/sections/0", Get(404), LOOKERS_AT_SPEND),
    ("/form-drafts/{none}/sections/0", POST, KEEPER),
    (
        "/form-drafts/{none}/fields/{none}",
        Get(404),
        LOOKERS_AT_SPEND,
    ),
    ("/form-drafts/{none}/fields/{none}", POST, KEEPER),
    (
        "/form-drafts/{none}/bundles/{none}",
        Get(404),
        LOOKERS_AT_SPEND,
    ),
    ("/form-drafts/{none}/bundles/{none}", POST, KEEPER),
    ("/form-drafts/{none}/trial", Get(404), KEEPER),
    ("/form-drafts/{none}/trial/workbook", Get(404), KEEPER),
    ("/our-money", Get(200), INSIDE),
    ("/records/award/{none}", Get(404), INSIDE),
    ("/records/award/{none}/documents", POST, OFFICERS),
    ("/records/award/{none}/documents/{none}", Get(404), INSIDE),
    (
        "/records/award/{none}/documents/{none}/removal",
        Get(404),
        OFFICERS,
    ),
    (
        "/records/award/{none}/documents/{none}/removal",
        POST,
        OFFICERS,
    ),
    ("/records/award/{none}/comments", POST, COMMENTERS),
    (
        "/records/award/{none}/comments/{none}/withdrawal",
        Get(404),
        COMMENTERS,
    ),
    (
        "/records/award/{none}/comments/{none}/withdrawal",
        POST,
        COMMENTERS,
    ),
    ("/journals", Get(200), LOOKERS_AT_SPEND),
    ("/journals", POST, LOADER),
    ("/journals/journals.csv", Get(200), LOOKERS_AT_SPEND),
    ("/journals/new", Get(200), LOADER),
    ("/journals/{none}", Get(404), LOOKERS_AT_SPEND),
    ("/journals/{none}/version", Get(404), LOADER),
    ("/journals/{none}/version", POST, LOADER),
    ("/journals/{none}/approval", POST, OFFICERS),
    ("/journals/{none}/objection", Get(404), OFFICERS),
    ("/journals/{none}/objection", POST, OFFICERS),
    ("/journals/{none}/withdrawal", POST, LOADER),
    ("/commitments", Get(200), INSIDE),
    ("/commitments", POST, OFFICERS),
    ("/commitments/commitments.csv", Get(200), INSIDE),
    ("/commitments/new", Get(200), OFFICERS),
    ("/commitments/{none}", Get(404), INSIDE),
    ("/commitments/{none}/variation", Get(404), OFFICERS),
    ("/commitments/{none}/variation", POST, OFFICERS),
    ("/commitments/{none}/notice", Get(404), OFFICERS),
    ("/commitments/{none}/notice", POST, OFFICERS),
    ("/decisions", Get(200), INSIDE),
    ("/decisions", POST, OFFICERS),
    ("/decisions/new", Get(200), OFFICERS),
    ("/decisions/allocations.csv", Get(200), INSIDE),
    ("/decisions/quorums", Get(200), CARETAKER),
    ("/decisions/quorums", POST, CARETAKER),
    ("/decisions/{none}", Get(404), INSIDE),
    ("/decisions/{none}/votes", POST, BOARDS),
    ("/decisions/{none}/record", Get(404), BOARDS),
    ("/decisions/{none}/record", POST, BOARDS),
    ("/decisions/{none}/change", Get(404), OFFICERS),
    ("/decisions/{none}/change", POST, OFFICERS),
    ("/decisions/{none}/withdrawal", Get(404), OFFICERS),
    ("/decisions/{none}/withdrawal", POST, OFFICERS),
    ("/programmes", Get(200), INSIDE),
    ("/programmes", POST, KEEPER),
    ("/programmes/new", Get(200), KEEPER),
    ("/programmes/{none}", Get(404), INSIDE),
    ("/programmes/{none}/change", Get(404), KEEPER),
    ("/programmes/{none}/change", POST, KEEPER),
    ("/applications", Get(200), WITH_A_ROLE),
    ("/applications", POST, KEEPER),
    ("/applications/pipeline.csv", Get(200), INSIDE),
    ("/applications/new", Get(200), KEEPER),
    ("/applications/{none}", Get(404), WITH_A_ROLE),
    ("/applications/{none}/steps/decision", Get(404), KEEPER),
    ("/applications/{none}/steps/decision", POST, KEEPER),
    ("/applications/{none}/budget", Get(404), KEEPER),
    ("/applications/{none}/budget", POST, KEEPER),
    (
        "/applications/{none}/answers/outline",
        Get(404),
        WITH_A_ROLE,
    ),
    ("/applications/{none}/answers/outline", POST, KEEPER),
    ("/applications/{none}/questions/{none}", Get(404), KEEPER),
    ("/applications/{none}/questions/{none}", POST, KEEPER),
    (
        "/applications/{none}/questions/{none}/removal",
        POST,
        KEEPER,
    ),
    (
        "/applications/{none}/questions/{none}/bank",
        Get(404),
        KEEPER,
    ),
    ("/applications/{none}/questions/{none}/bank", POST, KEEPER),
    (
        "/applications/{none}/documents/{none}",
        Get(404),
        WITH_A_ROLE,
    ),
    (
        "/applications/{none}/documents/{none}/removal",
        POST,
        KEEPER,
    ),
    (
        "/applications/{none}/receipts/{none}",
        Get(404),
        WITH_A_ROLE,
    ),
    (
        "/applications/{none}/stages/outline/completion",
        POST,
        KEEPER,
    ),
    ("/applications/{none}/tasks/{none}/completion", POST, KEEPER),
    ("/applications/{none}/tasks/{none}/removal", POST, KEEPER),
    ("/cost-categories", Get(200), WITH_A_ROLE),
    ("/cost-categories", POST, OFFICERS),
    ("/cost-categories/new", Get(200), OFFICERS),
    ("/deadlines", Get(200), WITH_A_ROLE),
    ("/search", Get(200), WITH_A_ROLE),
    ("/start", Get(200), LOOKERS_AT_SPEND),
    ("/start/samples/{none}", Get(404), LOOKERS_AT_SPEND),
    // the API's rows ask for the same operations
    ("/account/data", Elsewhere, SIGNED_IN),
    ("/people/{none}/data", POST, CARETAKER),
    ("/people/{none}/erasure", Get(404), CARETAKER),
    ("/people/{none}/erasure", POST, CARETAKER),
    ("/people/retention", Get(200), CARETAKER),
    ("/organisations/{none}/correction", Get(404), OFFICERS),
    ("/organisations/{none}/correction", POST, OFFICERS),
    ("/organisations/{none}/contacts", POST, OFFICERS),
    ("/organisations/{none}/contacts/new", Get(404), OFFICERS),
    (
        "/organisations/{none}/contacts/{none}/removal",
        Get(404),
        OFFICERS,
    ),
    (
        "/organisations/{none}/contacts/{none}/removal",
        POST,
        OFFICERS,
    ),
    ("/cost-categories/{none}/name", Get(404), OFFICERS),
    ("/cost-categories/{none}/name", POST, OFFICERS),
    ("/export", Get(200), LOOK_AFTER),
    // the API's row asks for the same operation
    ("/export", Elsewhere, LOOK_AFTER),
    ("/grants", Get(200), INSIDE),
    // in parts: the API's row asks for the same operation
    ("/grants/imports", Elsewhere, GRANT_BRINGERS),
    ("/grants/imports/{none}", Get(404), INSIDE),
    ("/grants/imports/{none}/file", Get(404), INSIDE),
    ("/grants/{none}", Get(404), INSIDE),
    ("/organisations/{none}", Get(404), WITH_A_ROLE),
    ("/awards/360giving.json", Get(200), WITH_A_ROLE),
    ("/awards/360giving.csv", Get(200), WITH_A_ROLE),
    ("/history/award/{none}", Get(404), INSIDE),
    ("/import-profiles", Get(200), LOOKERS_AT_SPEND),
    ("/import-profiles", POST, LOADER),
    ("/import-profiles/new", Get(200), LOADER),
    ("/import-profiles/sample", POST, LOADER),
    ("/import-profiles/{none}", Get(404), LOOKERS_AT_SPEND),
    ("/import-profiles/{none}", POST, LOADER),
    ("/imports", Get(200), LOOKERS_AT_SPEND),
    ("/imports", POST, LOADER),
    ("/imports/{none}", Get(404), LOOKERS_AT_SPEND),
    ("/imports/{none}/progress", Get(404), LOOKERS_AT_SPEND),
    ("/imports/{none}/file", Get(404), LOOKERS_AT_SPEND),
    ("/imports/{none}/rows/3", Get(404), LOADER),
    ("/imports/{none}/rows/3", POST, LOADER),
    ("/imports/{none}/set-aside", POST, LOADER),
    ("/imports/{none}/replacement", POST, LOADER),
    ("/imports/{none}/gone-lines", POST, LOADER),
    ("/imports/{none}/acceptance", VERSION, LOADER),
    ("/imports/{none}/control-total", VERSION, LOADER),
    ("/imports/{none}/abandonment", VERSION, LOADER),
    ("/coding-map", Get(200), LOOKERS_AT_SPEND),
    ("/coding-map", POST, LOADER),
    ("/coding-map/new", Get(200), LOADER),
    ("/coding-map/file", Get(200), LOADER),
    // in parts: the API's row asks for the same operation
    ("/coding-map/file", Elsewhere, LOADER),
    ("/coding-map/map.csv", Get(200), LOOKERS_AT_SPEND),
    ("/coding-map/{none}", Get(404), LOOKERS_AT_SPEND),
    ("/coding-map/{none}/change", Get(404), LOADER),
    ("/coding-map/{none}/change", POST, LOADER),
    ("/coding-map/{none}/ending", Get(404), LOADER),
    ("/coding-map/{none}/ending", POST, LOADER),
    ("/waiting-lines", Get(200), LOOKERS_AT_SPEND),
    ("/waiting-lines/lines.csv", Get(200), LOOKERS_AT_SPEND),
    ("/waiting-lines/by-map", POST, LOADER),
    ("/waiting-lines/{none}", Get(404), LOOKERS_AT_SPEND),
    ("/waiting-lines/{none}", POST, LOADER),
    ("/ledger-agreement", Get(200), LOOKERS_AT_SPEND),
    ("/ledger-agreement", POST, LOADER),
    // in parts: the API's row asks for the same operation
    ("/ledger-agreement/file", Elsewhere, LOADER),
    ("/ledger-agreement/month.csv", Get(200), LOOKERS_AT_SPEND),
    ("/memberships/{none}/revocation", Get(404), CARETAKER),
    ("/memberships/{none}/revocation", POST, CARETAKER),
    ("/operations", Get(200), LOOK_AFTER),
    ("/operations/jobs/{none}/retry", POST, CARETAKER),
    ("/organisations", Get(200), WITH_A_ROLE),
    ("/organisations", POST, &[GrantsOfficer, Administrator]),
    (
        "/organisations/new",
        Get(200),
        &[GrantsOfficer, Administrator],
    ),
    ("/outbox", Get(200), CARETAKER),
    ("/outbox/{none}", Get(404), CARETAKER),
    ("/people", Get(200), LOOK_AFTER),
    ("/people", POST, CARETAKER),
    ("/people/new", Get(200), CARETAKER),
    ("/people/{none}/second-factor/reset", Get(404), CARETAKER),
    ("/people/{none}/second-factor/reset", POST, CARETAKER),
    ("/pools", Get(200), INSIDE),
    ("/pools", POST, OFFICERS),
    ("/pools/new", Get(200), OFFICERS),
    ("/pools/{none}", Get(404), INSIDE),
    (
        "/pools/{none}/closed-months",
        How::Post(&[("month", "2020-01-01")]),
        LOADER,
    ),
    (
        "/pools/{none}/closed-months/2020-01-01/closing",
        Get(404),
        LOADER,
    ),
    (
        "/pools/{none}/closed-months/2020-01-01/reopening",
        Get(404),
        LOADER,
    ),
    (
        "/pools/{none}/closed-months/2020-01-01/reopening",
        POST,
        LOADER,
    ),
    ("/pools/{none}/contributions", POST, OFFICERS),
    ("/pools/{none}/contributions/new", Get(404), OFFICERS),
    ("/returns", Get(200), WITH_A_ROLE),
    ("/returns/{none}", Get(404), WITH_A_ROLE),
    ("/returns/{none}/acceptance", POST, OFFICERS),
    ("/returns/{none}/agreement", Get(404), WITH_A_ROLE),
    (
        "/returns/{none}/agreement",
        How::Post(&[
            ("revision", "1"),
            ("agreed_on", "01/10/2026"),
            ("minute", "7"),
        ]),
        &[Trustee, CommitteeMember],
    ),
    ("/returns/{none}/certify", Get(404), WITH_A_ROLE),
    (
        "/returns/{none}/certification",
        How::Post(&[
            (
                "content_hash",
                "0000000000000000000000000000000000000000000000000000000000000000",
            ),
            ("office", "Treasurer"),
            ("statement", "It is true."),
        ]),
        &[Certifier],
    ),
    // in parts: the API's row asks for the same operation
    (
        "/returns/{none}/paper-certification",
        Elsewhere,
        &[Certifier],
    ),
    ("/returns/{none}/receipts/{none}", Get(404), WITH_A_ROLE),
    (
        "/returns/{none}/signed-papers/{none}",
        Get(404),
        WITH_A_ROLE,
    ),
    (
        "/returns/{none}/taking-back",
        Get(404),
        &[
            GrantsOfficer,
            FinanceOfficer,
            Certifier,
            Trustee,
            CommitteeMember,
        ],
    ),
    (
        "/returns/{none}/taking-back",
        POST,
        &[
            GrantsOfficer,
            FinanceOfficer,
            Certifier,
            Trustee,
            CommitteeMember,
        ],
    ),
    ("/returns/{none}/certified", Get(404), WITH_A_ROLE),
    ("/returns/{none}/workbook", Get(404), WITH_A_ROLE),
    (
        "/returns/{none}/changes",
        POST,
        &[
            GrantsOfficer,
            FinanceOfficer,
            Certifier,
            Trustee,
            CommitteeMember,
        ],
    ),
    ("/returns/{none}/draft", POST, OFFICERS),
    ("/returns/{none}/figures/k", Get(404), WITH_A_ROLE),
    ("/returns/{none}/figures/k", POST, OFFICERS),
    ("/returns/{none}/figures/k/undo", POST, OFFICERS),
    ("/returns/{none}/offer", POST, OFFICERS),
    ("/returns/{none}/review", POST, OFFICERS),
    ("/returns/{none}/silenced", POST, OFFICERS),
    ("/returns/{none}/sections/0", Get(404), WITH_A_ROLE),
    ("/returns/{none}/sections/0", POST, OFFICERS),
    (
        "/returns/{none}/send",
        Get(404),
        &[GrantsOfficer, FinanceOfficer, Certifier],
    ),
    (
        "/returns/{none}/sending",
        POST,
        &[GrantsOfficer, FinanceOfficer, Certifier],
    ),
    (
        "/returns/{none}/reopen",
        Get(404),
        &[GrantsOfficer, Certifier],
    ),
    ("/returns/{none}/reopen", POST, &[GrantsOfficer, Certifier]),
    ("/returns/{none}/waiver", Get(404), KEEPER),
    ("/returns/{none}/waiver", POST, KEEPER),
    ("/spend", Get(200), LOOKERS_AT_SPEND),
    ("/spend/lines.csv", Get(200), LOOKERS_AT_SPEND),
    ("/spend/{none}", Get(404), LOOKERS_AT_SPEND),
];

/// Where each operation of the closed list is asked for: an operation of the API, or a page.
/// Nothing, for what only the worker and the command line do.
pub(super) const OPERATIONS: &[(&str, &[&str])] = &[
    ("sign-in.ask", &["/sign-in"]),
    ("sign-in.use", &["/sign-in/session"]),
    ("sign-out", &["/sign-out"]),
    (
        "second-factor.use",
        &["/sign-in/code", "/sign-in/code/enrolment"],
    ),
    ("account.read", &["account.get"]),
    ("tokens.create", &["tokens.create"]),
    ("tokens.revoke", &["tokens.revoke"]),
    ("people.read", &["people.list"]),
    ("people.invite", &["people.invite"]),
    ("memberships.revoke", &["memberships.revoke"]),
    ("second-factor.reset", &["second-factor.reset"]),
    (
        "organisations.read",
        &["organisations.list", "organisations.get"],
    ),
    ("organisations.create", &["organisations.create"]),
    ("categories.read", &["categories.list", "categories.get"]),
    ("categories.create", &["categories.create"]),
    ("programmes.read", &["programmes.list", "programmes.get"]),
    ("programmes.create", &["programmes.create"]),
    ("programmes.change", &["programmes.change"]),
    (
        "applications.read",
        &[
            "applications.list",
            "applications.get",
            "applications.bank",
            "applications.answers",
            "applications.document",
            "applications.receipt",
        ],
    ),
    (
        "pipeline.read",
        &["pipeline.get", "/applications/pipeline.csv"],
    ),
    ("applications.begin", &["applications.begin"]),
    (
        "applications.change",
        &[
            "applications.change",
            "applications.add-questions",
            "applications.change-question",
            "applications.remove-question",
        ],
    ),
    (
        "applications.plan",
        &[
            "applications.plan",
            "applications.finish-stage",
            "applications.add-task",
            "applications.finish-task",
            "applications.remove-task",
        ],
    ),
    ("applications.estimate", &["applications.estimate"]),
    (
        "applications.answer",
        &["applications.answer", "applications.copy-answer"],
    ),
    (
        "applications.attach",
        &["applications.attach", "applications.remove-document"],
    ),
    (
        "applications.decide",
        &["applications.decide", "/applications/{none}/steps/decision"],
    ),
    (
        "applications.submit",
        &["applications.submit", "applications.invite-on"],
    ),
    (
        "applications.outcome",
        &[
            "applications.offer",
            "applications.outcome",
            "applications.feedback",
        ],
    ),
    ("applications.accept", &["applications.accept"]),
    (
        "awards.read",
        &[
            "awards.list",
            "awards.get",
            "award-data.get",
            "/awards/360giving.json",
        ],
    ),
    (
        "grants.read",
        &[
            "grant-imports.list",
            "grant-imports.get",
            "grant-imports.file",
            "grant-imports.faults",
            "published-grants.list",
            "published-grants.get",
            "organisations.grant-years",
            "/grants",
        ],
    ),
    ("search.read", &["search.get", "/search"]),
    ("start.read", &["start.get", "start.samples", "/start"]),
    ("exports.everything", &["full-exports.create", "/export"]),
    ("account.export", &["account-data.export", "/account/data"]),
    ("people.export", &["people.export-data"]),
    (
        "people.erase",
        &[
            "people.erase",
            "people.preview-erasure",
            "retention.get",
            "/people/retention",
        ],
    ),
    ("organisations.correct", &["organisations.correct"]),
    ("contacts.read", &["contacts.list"]),
    ("contacts.keep", &["contacts.add", "contacts.remove"]),
    ("categories.rename", &["categories.rename"]),
    ("grant-imports.start", &["grant-imports.start"]),
    ("grant-imports.read-file", &[]),
    ("awards.create", &["awards.create"]),
    ("fences.create", &["fences.create"]),
    ("award-years.record", &["award-years.record"]),
    (
        "awards.amend",
        &["awards.amend", "awards.preview-amendment"],
    ),
    ("amendments.apply", &[]),
    (
        "award-conditions.read",
        &["award-conditions.list", "/awards/{none}/conditions.csv"],
    ),
    (
        "award-conditions.keep",
        &[
            "award-conditions.state",
            "award-conditions.restate",
            "award-conditions.record",
        ],
    ),
    ("virements.read", &["virements.list"]),
    (
        "virements.keep",
        &["virements.record", "virements.preview", "virements.settle"],
    ),
    ("award-money.read", &["award-money.get"]),
    (
        "award-payments.schedule",
        &["award-payments.schedule", "award-payments.withdraw"],
    ),
    (
        "award-money.record",
        &[
            "award-money.record",
            "award-money.correct",
            "late-payments.list",
        ],
    ),
    (
        "pools.read",
        &["pools.list", "pools.get", "ledger-periods.list"],
    ),
    ("pools.create", &["pools.create"]),
    (
        "commitments.read",
        &[
            "commitments.list",
            "commitments.get",
            "/commitments/commitments.csv",
        ],
    ),
    (
        "journals.read",
        &["journals.list", "journals.get", "/journals/journals.csv"],
    ),
    (
        "journals.prepare",
        &["journals.prepare", "journals.change", "journals.withdraw"],
    ),
    (
        "journals.approve",
        &["journals.approve", "journals.send-back"],
    ),
    (
        "commitments.keep",
        &[
            "commitments.record",
            "commitments.vary",
            "commitments.give-notice",
        ],
    ),
    ("our-money.read", &["our-money.get", "/our-money"]),
    (
        "papers.read",
        &[
            "papers.list",
            "papers.get",
            "allocations.list",
            "quorums.list",
            "/decisions/allocations.csv",
        ],
    ),
    (
        "papers.write",
        &["papers.write", "papers.change", "papers.withdraw"],
    ),
    (
        "record-documents.read",
        &[
            "record-documents.list",
            "record-documents.get",
            "record-comments.list",
        ],
    ),
    (
        "record-documents.add",
        &["record-documents.add", "record-documents.remove"],
    ),
    (
        "record-comments.say",
        &["record-comments.say", "record-comments.withdraw"],
    ),
    ("votes.cast", &["votes.cast", "/decisions/{none}/votes"]),
    (
        "decisions.record",
        &["decisions.record", "/decisions/{none}/record"],
    ),
    ("quorums.set", &["quorums.set"]),
    ("contributions.create", &["contributions.create"]),
    (
        "forecasts.read",
        &["forecasts.list", "/awards/{none}/forecasts.csv"],
    ),
    ("forecasts.enter", &["forecasts.enter"]),
    ("match.read", &["match.list", "/awards/{none}/match.csv"]),
    ("match.enter", &["match.enter"]),
    (
        "import-profiles.read",
        &["import-profiles.list", "import-profiles.get"],
    ),
    (
        "import-profiles.save",
        &["import-profiles.save", "import-profiles.change"],
    ),
    (
        "imports.read",
        &["imports.list", "imports.get", "/imports/{none}/file"],
    ),
    ("imports.start", &["imports.start"]),
    (
        "imports.settle",
        &["imports.settle", "imports.replace-changed"],
    ),
    ("gone-lines.decide", &["gone-lines.decide"]),
    ("imports.control-total", &["imports.control-total"]),
    ("imports.accept", &["imports.accept"]),
    ("imports.abandon", &["imports.abandon"]),
    (
        "coding-map.read",
        &[
            "coding-map.list",
            "coding-map.get",
            "waiting-lines.list",
            "waiting-lines.get",
            "ledger-agreement.get",
        ],
    ),
    (
        "coding-map.keep",
        &[
            "coding-map.add",
            "coding-map.change",
            "coding-map.end",
            "coding-map.load",
        ],
    ),
    (
        "waiting-lines.code",
        &["waiting-lines.code", "waiting-lines.code-by-map"],
    ),
    (
        "ledger-totals.state",
        &["ledger-totals.state", "ledger-totals.load"],
    ),
    ("ledger-periods.close", &["ledger-periods.close"]),
    ("ledger-periods.reopen", &["ledger-periods.reopen"]),
    (
        "spend.read",
        &["spend-lines.list", "spend-lines.get", "/spend/lines.csv"],
    ),
    ("forms.create", &["forms.create"]),
    ("forms.read", &["forms.list", "forms.get", "forms.workbook"]),
    ("form-drafts.start", &["form-drafts.start"]),
    (
        "form-drafts.change",
        &[
            "form-drafts.change",
            "form-drafts.settle",
            "form-drafts.add-field",
            "form-drafts.change-field",
            "form-drafts.try",
        ],
    ),
    ("form-drafts.use", &["form-drafts.use"]),
    ("form-drafts.give-up", &["form-drafts.give-up"]),
    (
        "requirements.create",
        &["requirements.create", "requirements.look-ahead"],
    ),
    ("requirements.amend", &["requirements.amend"]),
    ("requirements.name-parts", &["requirements.name-parts"]),
    ("requirements.end", &["requirements.end"]),
    (
        "returns.read",
        &["returns.list", "returns.get", "requirements.list"],
    ),
    ("returns.answer", &["returns.answer"]),
    ("returns.undo-answer", &["returns.undo-answer"]),
    ("returns.build", &["returns.build"]),
    ("returns.refresh", &["returns.refresh"]),
    ("returns.silence", &["returns.silence"]),
    ("returns.review", &["returns.review"]),
    ("returns.offer", &["returns.offer"]),
    ("returns.approve", &["returns.approve"]),
    ("returns.request-changes", &["returns.request-changes"]),
    ("returns.certify", &["returns.certify"]),
    (
        "returns.certify-on-paper",
        &[
            "returns.certify-on-paper",
            "/returns/{none}/paper-certification",
        ],
    ),
    ("returns.send", &["returns.send"]),
    ("returns.accept", &["returns.accept"]),
    ("returns.reopen", &["returns.reopen"]),
    ("returns.waive", &["returns.waive"]),
    ("deadlines.read", &["deadlines.list", "today.get"]),
    ("outbox.read", &["/outbox", "/outbox/{none}"]),
    ("operations.read", &["operations.get"]),
    ("jobs.retry", &["jobs.retry"]),
    ("history.read", &["/history/award/{none}"]),
    ("applications.lapse", &[]),
    ("returns.draft", &[]),
    ("attribution.run", &[]),
    ("imports.read-file", &[]),
    ("reminders.send", &[]),
    ("mail.record", &[]),
    ("jobs.keep", &[]),
    ("audit.seal", &[]),
    ("audit.tell", &[]),
    ("house.keep", &[]),
    ("setup", &[]),
];

/// Every address of a page that the code of `api` registers, with `{…}` for its parts.
pub(super) fn registered() -> Vec<String> {
    let mut found = Vec::new();
    let mut folders = vec![std::path::PathBuf::from(concat!(
        env!("CARGO_MANIFEST_DIR"),
        "/../api/src"
    ))];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(&folder).expect("the code of api") {
            let path = entry.expect("an entry").path();
            if path.is_dir() {
                folders.push(path);
                continue;
            }
            let text = std::fs::read_to_string(&path).expect("a file of code");
            for rest in text.split("web::resource(").skip(1) {
                if let Some(quoted) = rest.trim_start().strip_prefix('"') {
                    found.extend(quoted.split('"').next().map(str::to_owned));
                }
            }
        }
    }
    found
}

/// What stands for a part of an address in this table.
const STAND_INS: &[&str] = &[
    "{none}",
    "award",
    "not-found",
    "none.css",
    "3",
    "k",
    "0",
    "2020-01-01",
    "outline",
    "decision",
];

/// Whether an address of this table is one that is registered.
pub(super) fn fits(row: &str, registered: &str) -> bool {
    let (row, template): (Vec<&str>, Vec<&str>) =
        (row.split('/').collect(), registered.split('/').collect());
    row.len() == template.len()
        && row.iter().zip(&template).all(|(part, expected)| {
            part == expected || (expected.starts_with('{') && STAND_INS.contains(part))
        })
}
