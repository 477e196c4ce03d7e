//! The pages and operations of what stops, ends or corrects an award, pins spend to it, or takes back what
//! was said of a return. Written by hand, like all the others.

use super::matrix::Kind::{FinanceOfficer, GrantsOfficer};
use super::matrix::{INSIDE, Kind, OFFICERS, WITH_A_ROLE};
use super::matrix_pages::{Asked, How, Page};

use How::Get;

/// A form without any field.
const POST: How = How::Post(&[]);
const KEEPER: &[Kind] = &[GrantsOfficer];
const PINNER: &[Kind] = &[FinanceOfficer];

pub(super) const PAGES: &[Page] = &[
    ("/awards/{none}/suspensions", POST, KEEPER),
    ("/awards/{none}/suspensions/new", Get(404), KEEPER),
    (
        "/awards/{none}/suspensions/{none}/resumption",
        Get(404),
        KEEPER,
    ),
    ("/awards/{none}/suspensions/{none}/resumption", POST, KEEPER),
    ("/spend/{none}/pins", POST, PINNER),
    ("/spend/{none}/pins/new", Get(404), PINNER),
    ("/spend/{none}/pins/{none}/taking-off", Get(404), PINNER),
    ("/spend/{none}/pins/{none}/taking-off", POST, PINNER),
    ("/awards/{none}/budget-lines", Get(404), WITH_A_ROLE),
    ("/awards/{none}/budget-lines", POST, KEEPER),
    ("/awards/{none}/budget-lines.csv", Get(404), WITH_A_ROLE),
    ("/awards/{none}/budget-lines/new", Get(404), KEEPER),
    ("/awards/{none}/baseline", Get(404), INSIDE),
    ("/awards/{none}/baseline.csv", Get(404), INSIDE),
    ("/awards/{none}/charges", Get(404), INSIDE),
    ("/awards/{none}/charges", POST, OFFICERS),
    ("/awards/{none}/charges.csv", Get(404), INSIDE),
    ("/awards/{none}/charges/new", Get(404), OFFICERS),
    ("/pools/{none}/charges", Get(404), INSIDE),
    ("/pools/{none}/charges", POST, OFFICERS),
    ("/pools/{none}/charges.csv", Get(404), INSIDE),
    ("/pools/{none}/charges/new", Get(404), OFFICERS),
    ("/owed", Get(200), INSIDE),
    ("/owed/owed.csv", Get(200), INSIDE),
    ("/awards/{none}/correction", Get(404), OFFICERS),
    ("/awards/{none}/correction", POST, OFFICERS),
    ("/awards/{none}/closures", POST, OFFICERS),
    ("/awards/{none}/closures/new", Get(404), OFFICERS),
    (
        "/awards/{none}/closures/{none}/reopening",
        Get(404),
        OFFICERS,
    ),
    ("/awards/{none}/closures/{none}/reopening", POST, OFFICERS),
    (
        "/organisations/{none}/contacts/{none}/correction",
        Get(404),
        OFFICERS,
    ),
    (
        "/organisations/{none}/contacts/{none}/correction",
        POST,
        OFFICERS,
    ),
    ("/returns/{none}/resubmission", Get(404), OFFICERS),
    ("/returns/{none}/signed-so-far", Get(404), WITH_A_ROLE),
    (
        "/returns/{none}/silenced/{none}/taking-back",
        POST,
        OFFICERS,
    ),
];

pub(super) const OPERATIONS: &[Asked] = &[
    (
        "awards.suspend",
        &[
            "awards.suspend",
            "awards.preview-suspension",
            "awards.resume",
        ],
    ),
    (
        "spend-pins.pin",
        &[
            "spend-pins.pin",
            "spend-pins.preview",
            "spend-pins.take-off",
        ],
    ),
    ("returns.take-back-reason", &["returns.take-back-reason"]),
    ("category-maps.record", &["category-maps.record"]),
    ("award-baseline.read", &["award-baseline.get"]),
    (
        "charge-caps.read",
        &["award-charges.get", "pool-charges.get"],
    ),
    (
        "charge-caps.agree",
        &["award-charges.agree", "pool-charges.agree"],
    ),
    ("awards.correct", &["awards.correct"]),
    (
        "awards.close",
        &["awards.close", "awards.preview-closure", "awards.reopen"],
    ),
];
