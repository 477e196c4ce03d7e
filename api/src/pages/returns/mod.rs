//! The pages of a return: can it go, and if not, why?

mod agreement;
mod certify;
mod changes;
mod figure;
mod funder;
mod list;
mod money;
mod one;
mod onward;
mod overridden;
mod quarters;
pub(in crate::pages) mod section;
mod send;

pub use section::shown_in as answer_in_words;

use actix_web::web;
use domain::returns::ops;
use domain::returns::workbook::Workbooks;
use entity::GrantReturnId;

use crate::http::House;

pub fn configure(config: &mut web::ServiceConfig) {
    config
        .service(web::resource("/returns").route(web::get().to(list::list)))
        .service(web::resource("/returns/returns.csv").route(web::get().to(list::download)))
        .service(web::resource("/returns/{id}").route(web::get().to(one::one)))
        .service(web::resource("/returns/{id}/draft").route(web::post().to(changes::refresh)))
        .service(web::resource("/returns/{id}/review").route(web::post().to(changes::review)))
        .service(web::resource("/returns/{id}/offer").route(web::post().to(changes::offer)))
        .service(
            web::resource("/returns/{id}/resubmission").route(web::get().to(changes::ask_resubmit)),
        )
        .service(web::resource("/returns/{id}/changes").route(web::post().to(changes::request)))
        .service(
            web::resource("/returns/{id}/reopen")
                .route(web::get().to(changes::ask_reopen))
                .route(web::post().to(changes::reopen)),
        )
        .service(
            web::resource("/returns/{id}/waiver")
                .route(web::get().to(changes::ask_waive))
                .route(web::post().to(changes::waive)),
        )
        .service(
            web::resource("/returns/{id}/taking-back")
                .route(web::get().to(changes::ask_back))
                .route(web::post().to(changes::take_back)),
        )
        .service(web::resource("/returns/{id}/acceptance").route(web::post().to(funder::accept)))
        .service(
            web::resource("/returns/{id}/funder-changes")
                .route(web::get().to(funder::ask))
                .route(web::post().to(funder::record)),
        )
        .service(web::resource("/returns/{id}/silenced").route(web::post().to(changes::silence)))
        .service(
            web::resource("/returns/{id}/silenced/{reason}/taking-back")
                .route(web::post().to(changes::take_back_reason)),
        )
        .service(
            web::resource("/returns/{id}/sections/{n}")
                .route(web::get().to(section::section))
                .route(web::post().to(section::save)),
        )
        .service(
            web::resource("/returns/{id}/figures/{key}")
                .route(web::get().to(figure::figure))
                .route(web::post().to(figure::put)),
        )
        .service(
            web::resource("/returns/{id}/figures/{key}/undo").route(web::post().to(figure::undo)),
        )
        .service(
            web::resource("/returns/{id}/figures/{key}/lines.csv")
                .route(web::get().to(figure::download)),
        )
        .service(
            web::resource("/returns/{id}/agreement")
                .route(web::get().to(agreement::agreement))
                .route(web::post().to(agreement::agree)),
        )
        .service(web::resource("/returns/{id}/certify").route(web::get().to(certify::ask)))
        .service(
            web::resource("/returns/{id}/certification").route(web::post().to(certify::certify)),
        )
        .service(
            web::resource("/returns/{id}/paper-certification")
                .route(web::post().to(certify::on_paper)),
        )
        .service(web::resource("/returns/{id}/receipts/{file}").route(web::get().to(send::receipt)))
        .service(
            web::resource("/returns/{id}/signed-papers/{file}")
                .route(web::get().to(send::signed_paper)),
        )
        .service(web::resource("/returns/{id}/send").route(web::get().to(send::ask)))
        .service(web::resource("/returns/{id}/sending").route(web::post().to(send::record)))
        .service(web::resource("/returns/{id}/workbook").route(web::get().to(send::workbook)))
        .service(web::resource("/returns/{id}/certified").route(web::get().to(send::certified)))
        .service(web::resource("/returns/{id}/pack").route(web::get().to(send::pack)))
        .service(
            web::resource("/returns/{id}/signed-so-far").route(web::get().to(send::signed_so_far)),
        )
        .service(web::resource("/returns/{id}/sent/{revision}").route(web::get().to(send::sent)));
}

/// Fills the workbook, so that what its own checks say is known to everybody at once. What was
/// saved stays saved if that cannot be done just now.
async fn check_again(house: &House, id: GrantReturnId) {
    let built = ops::build(&house.db, &house.ctx, &workbooks(house), id, None).await;
    if let Err(error) = built {
        tracing::warn!(%error, "a workbook was not filled after its answers were saved");
    }
}

fn workbooks(house: &House) -> Workbooks {
    Workbooks::by(house.config.program.clone())
}
