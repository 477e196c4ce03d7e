//! Journals: amounts that one person moves and another approves.

mod form;
mod list;
mod one;

use actix_web::web;

pub use list::todos;

pub fn configure(config: &mut web::ServiceConfig) {
    config
        .service(
            web::resource("/journals")
                .route(web::get().to(list::page_of))
                .route(web::post().to(form::prepare)),
        )
        .service(web::resource("/journals/journals.csv").route(web::get().to(list::csv)))
        .service(web::resource("/journals/new").route(web::get().to(form::new)))
        .service(web::resource("/journals/{id}").route(web::get().to(one::page_of)))
        .service(
            web::resource("/journals/{id}/version")
                .route(web::get().to(form::ask_change))
                .route(web::post().to(form::change)),
        )
        .service(web::resource("/journals/{id}/approval").route(web::post().to(one::approve)))
        .service(
            web::resource("/journals/{id}/objection")
                .route(web::get().to(one::ask_why))
                .route(web::post().to(one::send_back)),
        )
        .service(web::resource("/journals/{id}/withdrawal").route(web::post().to(one::withdraw)));
}
