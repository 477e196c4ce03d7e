//! Everything that was entered, as an archive that is written as it is read.

use std::io::{self, Write};

use actix_web::web::Bytes as Piece;
use actix_web::{HttpResponse, post, web};
use domain::exports::{into_zip, ops, person};
use entity::PersonId;
use futures_util::{StreamExt, stream};
use tokio::sync::mpsc;

use crate::http::download::Bytes;
use crate::http::{Fault, House, Problems};
use crate::json::routes::ServiceConfig;

pub fn configure(config: &mut ServiceConfig<'_>) {
    config
        .service(everything)
        .service(own_data)
        .service(persons_data);
}

/// Exports everything that was entered: tables, files, and a description of every column, as a ZIP
/// archive. That it was exported, and by whom, stands in the record.
#[utoipa::path(operation_id = "full-exports.create", tag = "Exports",
    responses((status = 200, body = Bytes, content_type = "application/zip"), Problems))]
#[post("/full-exports")]
async fn everything(house: House) -> Result<HttpResponse, Fault> {
    archive(house, Of::Everything).await
}

/// Everything that is kept about oneself, as a ZIP archive. That it was taken stands in the record.
#[utoipa::path(operation_id = "account-data.export", tag = "Account",
    responses((status = 200, body = Bytes, content_type = "application/zip"), Problems))]
#[post("/account/data-export")]
async fn own_data(house: House) -> Result<HttpResponse, Fault> {
    archive(house, Of::Oneself).await
}

/// Everything that is kept about a person, as a ZIP archive to hand to them. That it was taken, and
/// by whom, stands in the record.
#[utoipa::path(operation_id = "people.export-data", tag = "People",
    params(("id" = uuid::Uuid, Path)),
    responses((status = 200, body = Bytes, content_type = "application/zip"), Problems))]
#[post("/people/{id}/data-export")]
async fn persons_data(house: House, id: web::Path<PersonId>) -> Result<HttpResponse, Fault> {
    archive(house, Of::Person(id.into_inner())).await
}

/// What an archive holds.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Of {
    /// Everything that was entered.
    Everything,
    /// What is kept about whoever asks.
    Oneself,
    /// What is kept about a person.
    Person(PersonId),
}

/// Bytes of an archive on their way to whoever reads it.
struct Outgoing {
    to: mpsc::Sender<Piece>,
    gathered: Vec<u8>,
}

/// Bytes that are sent at once.
const AT_ONCE: usize = 1 << 16;

impl Write for Outgoing {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.gathered.extend_from_slice(bytes);
        if self.gathered.len() >= AT_ONCE {
            self.flush()?;
        }
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        if self.gathered.is_empty() {
            return Ok(());
        }
        let piece = std::mem::take(&mut self.gathered);
        self.to
            .blocking_send(piece.into())
            .map_err(|_gone| io::Error::from(io::ErrorKind::BrokenPipe))
    }
}

/// The archive as a reply, for the API and for the page. The reply breaks off when the export does,
/// so that nobody takes a part for the whole; and the export ends when nobody reads.
pub(crate) async fn archive(house: House, of: Of) -> Result<HttpResponse, Fault> {
    let about = match of {
        Of::Everything => {
            ops::begin(&house.db, &house.ctx).await?;
            None
        }
        Of::Oneself => Some(person::begin_own(&house.db, &house.ctx).await?),
        Of::Person(id) => {
            person::begin(&house.db, &house.ctx, id).await?;
            Some(id)
        }
    };
    let what = about.map_or("tributary", |_person| "tributary-person");
    let name = format!("{what}-{}.zip", house.ctx.today());
    let (to, parts) = mpsc::channel(4);
    let (pieces, outgoing) = mpsc::channel(4);
    let packing = tokio::task::spawn_blocking(move || {
        into_zip(
            parts,
            Outgoing {
                to: pieces,
                gathered: Vec::new(),
            },
        )
    });
    let working = stream::once(async move {
        let told = match about {
            None => ops::everything(&house.db, &house.ctx, &to).await,
            Some(about) => person::everything(&house.db, &house.ctx, about, &to).await,
        };
        drop(to);
        let packed = packing.await;
        match (told, packed) {
            (Ok(()), Ok(Ok(()))) => None,
            (Err(error), _) => Some(Err(io::Error::other(error.to_string()))),
            (_, Ok(Err(error))) => Some(Err(error)),
            (_, Err(error)) => Some(Err(io::Error::other(error.to_string()))),
        }
    })
    .filter_map(|failed| async move { failed });
    let sent = stream::unfold(outgoing, |mut outgoing| async move {
        let piece: Piece = outgoing.recv().await?;
        Some((Ok(piece), outgoing))
    });
    Ok(HttpResponse::Ok()
        .content_type("application/zip")
        .insert_header((
            actix_web::http::header::CONTENT_DISPOSITION,
            format!("attachment; filename=\"{name}\""),
        ))
        .streaming(stream::select(Box::pin(working), Box::pin(sent))))
}
