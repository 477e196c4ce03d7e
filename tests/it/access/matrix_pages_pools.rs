//! The pages and operations of pools. Written by hand, like all the others.

use super::matrix::Kind::FinanceOfficer;
use super::matrix::{INSIDE, Kind, LOOKERS_AT_SPEND, OFFICERS, WITH_A_ROLE};
use super::matrix_pages::{Asked, How, Page};

use How::Get;

/// A form without any field.
const POST: How = How::Post(&[]);
const LOADER: &[Kind] = &[FinanceOfficer];

pub(super) const PAGES: &[Page] = &[
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
    ("/pools/{none}/contributions/{none}", Get(404), INSIDE),
    (
        "/pools/{none}/contributions/{none}/statements",
        POST,
        OFFICERS,
    ),
    (
        "/pools/{none}/contributions/{none}/statements/new",
        Get(404),
        OFFICERS,
    ),
    ("/apportionments", Get(200), LOOKERS_AT_SPEND),
    ("/apportionments", POST, LOADER),
    (
        "/apportionments/apportionments.csv",
        Get(200),
        LOOKERS_AT_SPEND,
    ),
    ("/apportionments/new", Get(200), LOADER),
    ("/apportionments/{none}", Get(404), LOOKERS_AT_SPEND),
    ("/apportionments/{none}/approval", POST, OFFICERS),
    ("/apportionments/{none}/withdrawal", POST, LOADER),
    ("/apportionments/{none}/end", Get(404), LOADER),
    ("/apportionments/{none}/end", POST, LOADER),
    ("/position", Get(200), INSIDE),
    ("/position.csv", Get(200), INSIDE),
    ("/pools/{none}/position", Get(404), WITH_A_ROLE),
    ("/pools/{none}/position.csv", Get(404), WITH_A_ROLE),
    ("/unspent", Get(200), INSIDE),
    ("/unspent.csv", Get(200), INSIDE),
    ("/pools/{none}/unspent", Get(404), WITH_A_ROLE),
    ("/pools/{none}/unspent.csv", Get(404), WITH_A_ROLE),
    ("/cash", Get(200), INSIDE),
    ("/cash.csv", Get(200), INSIDE),
    ("/cash/awards.csv", Get(200), INSIDE),
    ("/pools/{none}/cash", Get(404), INSIDE),
    ("/pools/{none}/cash.csv", Get(404), INSIDE),
    ("/pools/{none}/cash/awards.csv", Get(404), INSIDE),
    ("/quarters", Get(200), INSIDE),
    ("/quarters.csv", Get(200), INSIDE),
    ("/pools/{none}/quarters", Get(404), WITH_A_ROLE),
    ("/pools/{none}/quarters.csv", Get(404), WITH_A_ROLE),
    ("/match", Get(200), INSIDE),
    ("/match.csv", Get(200), INSIDE),
    ("/pools/{none}/match", Get(404), INSIDE),
    ("/pools/{none}/match.csv", Get(404), INSIDE),
    ("/awards/{none}/burn-up", Get(404), WITH_A_ROLE),
    ("/awards/{none}/burn-up.csv", Get(404), WITH_A_ROLE),
    ("/funding-grid", Get(200), INSIDE),
    ("/funding-grid.csv", Get(200), INSIDE),
    ("/what-if", Get(200), INSIDE),
    ("/what-if.csv", Get(404), INSIDE),
    ("/pools/{none}/disclosures", Get(404), INSIDE),
    ("/pools/{none}/disclosures", POST, OFFICERS),
    ("/pools/{none}/disclosures/new", Get(404), OFFICERS),
    ("/pools/{none}/balance", Get(404), INSIDE),
    ("/pools/{none}/balance", POST, OFFICERS),
    ("/pools/{none}/balance/new", Get(404), OFFICERS),
    ("/pools/{none}/policies", Get(404), INSIDE),
    ("/pools/{none}/policies", POST, OFFICERS),
    ("/pools/{none}/policies/new", Get(404), OFFICERS),
    ("/pools/{none}/policies.csv", Get(404), INSIDE),
];

pub(super) const OPERATIONS: &[Asked] = &[
    (
        "pools.read",
        &[
            "pools.list",
            "pools.get",
            "ledger-periods.list",
            "contribution-statements.list",
            "pool-policies.list",
            "pool-balance.get",
            "/pools/{none}/policies.csv",
        ],
    ),
    ("pools.create", &["pools.create"]),
    ("contributions.create", &["contributions.create"]),
    (
        "contributions.state",
        &[
            "contribution-statements.state",
            "contribution-statements.preview",
        ],
    ),
    (
        "positions.read",
        &[
            "positions.get",
            "unspent.get",
            "quarters.get",
            "award-burn-up.get",
            "/pools/{none}/position.csv",
            "/pools/{none}/unspent.csv",
            "/pools/{none}/quarters.csv",
            "/awards/{none}/burn-up.csv",
        ],
    ),
    (
        "funding-grid.read",
        &[
            "positions.all",
            "funding-grid.get",
            "unspent.all",
            "quarters.all",
            "match-positions.get",
            "match-positions.all",
            "/position.csv",
            "/unspent.csv",
            "/quarters.csv",
            "/match.csv",
            "/funding-grid.csv",
        ],
    ),
    ("what-ifs.ask", &["what-ifs.ask", "/what-if.csv"]),
    ("pool-disclosures.read", &["pool-disclosures.list"]),
    ("pool-disclosures.record", &["pool-disclosures.record"]),
    ("pool-balance.agree", &["pool-balance.agree"]),
    (
        "apportionments.read",
        &[
            "apportionments.list",
            "apportionments.get",
            "apportionments.effect",
            "apportionments.of-line",
            "/apportionments/apportionments.csv",
        ],
    ),
    (
        "apportionments.propose",
        &[
            "apportionments.propose",
            "apportionments.preview",
            "apportionments.withdraw",
            "apportionments.end",
        ],
    ),
    ("apportionments.approve", &["apportionments.approve"]),
    ("apportionments.apply", &[]),
    (
        "pool-policies.agree",
        &["pool-policies.agree", "pool-policies.preview"],
    ),
];
