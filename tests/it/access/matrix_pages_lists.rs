//! The files of lists, each for those who see its page. Written by hand, like all the others.

use super::matrix::{INSIDE, LOOKERS_AT_SPEND, WITH_A_ROLE};
use super::matrix_pages::{How, Page};

use How::Get;

pub(super) const PAGES: &[Page] = &[
    ("/awards/awards.csv", Get(200), WITH_A_ROLE),
    (
        "/cost-categories/cost-categories.csv",
        Get(200),
        WITH_A_ROLE,
    ),
    ("/deadlines/deadlines.csv", Get(200), WITH_A_ROLE),
    ("/imports/imports.csv", Get(200), LOOKERS_AT_SPEND),
    ("/organisations/organisations.csv", Get(200), WITH_A_ROLE),
    ("/pools/pools.csv", Get(200), INSIDE),
    ("/programmes/programmes.csv", Get(200), INSIDE),
    ("/returns/returns.csv", Get(200), WITH_A_ROLE),
    (
        "/returns/{none}/figures/k/lines.csv",
        Get(404),
        LOOKERS_AT_SPEND,
    ),
];
