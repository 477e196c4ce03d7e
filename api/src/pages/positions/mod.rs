//! The co-funding position, the funding grid, and how funders of a pool are shown to each other.

use actix_web::web;

use super::fields::Fields;

mod disclosures;
mod grid;
mod position;
mod what_if;

pub fn configure(config: &mut web::ServiceConfig) {
    config
        .service(web::resource("/position").route(web::get().to(position::of_all)))
        .service(web::resource("/position.csv").route(web::get().to(position::download_all)))
        .service(web::resource("/pools/{id}/position").route(web::get().to(position::of_pool)))
        .service(web::resource("/pools/{id}/position.csv").route(web::get().to(position::download)))
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

/// The same query for the file of what is shown.
fn with(path: &str, fields: &Fields) -> String {
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
