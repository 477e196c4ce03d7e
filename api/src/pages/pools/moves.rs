//! What would move in a pool, before it is recorded.

use askama::Template;

use super::super::awards::amend::Pool;
use super::super::{Link, PageFrame};

#[derive(Template)]
#[template(path = "pages/pool_moves.html")]
pub(super) struct MovesPage {
    pub(super) page: PageFrame,
    pub(super) crumbs: Vec<Link>,
    pub(super) heading: &'static str,
    pub(super) sentence: String,
    pub(super) heeds: Vec<String>,
    pub(super) says: String,
    pub(super) pool: Pool,
    pub(super) action: String,
    pub(super) hidden: Vec<(String, String)>,
    pub(super) kept: &'static str,
    pub(super) button: &'static str,
}
