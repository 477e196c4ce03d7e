//! Who may open which page of an award's letters. Written by hand.

use super::matrix::{INSIDE, OFFICERS};
use super::matrix_pages::How::{Get, Post};
use super::matrix_pages::Page;

/// The pages.
pub(super) const PAGES: &[Page] = &[
    ("/awards/{none}/letter", Get(404), INSIDE),
    ("/awards/{none}/letter", Post(&[]), OFFICERS),
    ("/awards/{none}/letter.csv", Get(404), INSIDE),
    ("/awards/{none}/letter/term", Get(404), INSIDE),
    ("/awards/{none}/letter/term", Post(&[]), OFFICERS),
    (
        "/awards/{none}/letter/passages/{none}/acceptance",
        Post(&[]),
        OFFICERS,
    ),
    (
        "/awards/{none}/letter/passages/{none}/withdrawal",
        Get(404),
        OFFICERS,
    ),
    (
        "/awards/{none}/letter/passages/{none}/withdrawal",
        Post(&[]),
        OFFICERS,
    ),
];

/// The operations of the house, and what asks for each.
pub(super) const OPERATIONS: &[(&str, &[&str])] = &[
    (
        "award-letters.read",
        &[
            "award-letters.list",
            "award-letters.page",
            "award-letters.terms",
            "/awards/{none}/letter.csv",
        ],
    ),
    (
        "award-letters.keep",
        &[
            "award-letters.add",
            "award-letters.quote",
            "award-letters.withdraw",
            "award-letters.accept",
        ],
    ),
];
