//! Commitments: what have we promised to whom, and by when must we say whether it goes on?

mod form;
mod list;
mod one;

use actix_web::web;

pub fn configure(config: &mut web::ServiceConfig) {
    config
        .service(
            web::resource("/commitments")
                .route(web::get().to(list::page_of))
                .route(web::post().to(form::record)),
        )
        .service(web::resource("/commitments/commitments.csv").route(web::get().to(list::csv)))
        .service(web::resource("/commitments/new").route(web::get().to(form::new)))
        .service(web::resource("/commitments/{id}").route(web::get().to(one::page_of)))
        .service(
            web::resource("/commitments/{id}/variation")
                .route(web::get().to(form::ask_vary))
                .route(web::post().to(form::vary)),
        )
        .service(
            web::resource("/commitments/{id}/notice")
                .route(web::get().to(form::ask_notice))
                .route(web::post().to(form::give_notice)),
        );
}
