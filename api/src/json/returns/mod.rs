//! Returns: reading one, answering it, and what happens to it on its way to the funder.

mod answers;
mod life;
mod read;

pub(in crate::json) use answers::{Seen, answer_tag};
pub(in crate::json) use life::with_receipt;

use actix_web::HttpResponse;
use domain::returns::ops::Stands;
use domain::returns::workbook::Workbooks;
use serde::Deserialize;

use crate::http::{House, tagged};
use crate::json::routes::ServiceConfig;

pub fn configure(config: &mut ServiceConfig<'_>) {
    config
        .configure(read::configure)
        .configure(answers::configure)
        .configure(life::configure);
}

/// Why.
#[derive(Clone, Debug, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
struct Because {
    /// The reason, in a person's words.
    #[schema(min_length = 1, max_length = 2000)]
    reason: String,
}

/// Where it stands, with its version as `ETag`.
fn standing(stands: &Stands) -> HttpResponse {
    tagged(stands.version, stands)
}

/// Workbooks are filled by a child process: this program's own `fill`.
fn workbooks(house: &House) -> Workbooks {
    Workbooks::by(house.config.program.clone())
}
