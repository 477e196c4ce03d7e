//! The co-funding position, the funding grid, and how funders of a pool are shown to each other.

use actix_web::web;
use entity::PoolId;

use super::fields::Fields;

mod cash;
mod changes;
mod disclosures;
mod flows;
mod grid;
mod matched;
mod position;
mod quarters;
mod remedies;
mod unspent;
mod what_if;

pub fn configure(config: &mut web::ServiceConfig) {
    config
        .service(web::resource("/position").route(web::get().to(position::of_all)))
        .service(web::resource("/position.csv").route(web::get().to(position::download_all)))
        .service(web::resource("/pools/{id}/position").route(web::get().to(position::of_pool)))
        .service(web::resource("/pools/{id}/position.csv").route(web::get().to(position::download)))
        .service(web::resource("/position/changes").route(web::get().to(changes::of_all)))
        .service(web::resource("/position/changes.csv").route(web::get().to(changes::download_all)))
        .service(web::resource("/position/seen").route(web::post().to(changes::mark_all)))
        .service(
            web::resource("/pools/{id}/position/changes").route(web::get().to(changes::of_pool)),
        )
        .service(
            web::resource("/pools/{id}/position/changes.csv")
                .route(web::get().to(changes::download)),
        )
        .service(
            web::resource("/pools/{id}/position/seen").route(web::post().to(changes::mark_pool)),
        )
        .service(web::resource("/unspent").route(web::get().to(unspent::of_all)))
        .service(web::resource("/unspent.csv").route(web::get().to(unspent::download_all)))
        .service(web::resource("/pools/{id}/remedies").route(web::get().to(remedies::of_pool)))
        .service(web::resource("/pools/{id}/unspent").route(web::get().to(unspent::of_pool)))
        .service(web::resource("/pools/{id}/unspent.csv").route(web::get().to(unspent::download)))
        .service(web::resource("/cash").route(web::get().to(cash::of_all)))
        .service(web::resource("/cash.csv").route(web::get().to(cash::download_all)))
        .service(web::resource("/cash/awards.csv").route(web::get().to(cash::awards_of_all)))
        .service(web::resource("/pools/{id}/cash").route(web::get().to(cash::of_pool)))
        .service(web::resource("/pools/{id}/cash.csv").route(web::get().to(cash::download)))
        .service(web::resource("/pools/{id}/cash/awards.csv").route(web::get().to(cash::awards_of)))
        .service(web::resource("/flows").route(web::get().to(flows::of_all)))
        .service(web::resource("/flows.csv").route(web::get().to(flows::download_all)))
        .service(web::resource("/pools/{id}/flows").route(web::get().to(flows::of_pool)))
        .service(web::resource("/pools/{id}/flows.csv").route(web::get().to(flows::download)))
        .service(web::resource("/quarters").route(web::get().to(quarters::of_all)))
        .service(web::resource("/quarters.csv").route(web::get().to(quarters::download_all)))
        .service(web::resource("/pools/{id}/quarters").route(web::get().to(quarters::of_pool)))
        .service(web::resource("/pools/{id}/quarters.csv").route(web::get().to(quarters::download)))
        .service(web::resource("/match").route(web::get().to(matched::of_all)))
        .service(web::resource("/match.csv").route(web::get().to(matched::download_all)))
        .service(web::resource("/pools/{id}/match").route(web::get().to(matched::of_pool)))
        .service(web::resource("/pools/{id}/match.csv").route(web::get().to(matched::download)))
        .service(web::resource("/funding-grid").route(web::get().to(grid::page_of)))
        .service(web::resource("/funding-grid.csv").route(web::get().to(grid::download)))
        .service(web::resource("/what-if").route(web::get().to(what_if::look)))
        .service(web::resource("/what-if.csv").route(web::get().to(what_if::download)))
        .service(
            web::resource("/pools/{id}/disclosures")
                .route(web::get().to(disclosures::list))
                .route(web::post().to(disclosures::record)),
        )
        .service(
            web::resource("/pools/{id}/disclosures/new").route(web::get().to(disclosures::new)),
        );
}

/// What stands in the address, as the fields of a form.
type Query = web::Query<Vec<(String, String)>>;

pub(super) use position::asked;

/// The address of one of these pages, of a pool or of all.
fn at(pool: Option<PoolId>, rest: &str) -> String {
    match pool {
        Some(id) => format!("/pools/{id}/{rest}"),
        None => format!("/{rest}"),
    }
}

/// The same query for the file of what is shown.
pub(super) fn with(path: &str, fields: &Fields) -> String {
    let chosen: Vec<&(String, String)> = fields
        .0
        .iter()
        .filter(|(_, text)| !text.is_empty())
        .collect();
    match serde_urlencoded::to_string(&chosen) {
        Ok(query) if !query.is_empty() => format!("{path}?{query}"),
        _ => path.to_owned(),
    }
}
