//! The pages that people take with them can be had as a PDF: the page's own words and figures, laid out by
//! `typeset`. Asked for by its name (`/position.pdf` beside `/position`), it is the page that whoever asks would be
//! shown, and nothing besides.

use actix_web::FromRequest;
use actix_web::body::{BoxBody, MessageBody, to_bytes};
use actix_web::dev::{Payload, ServiceRequest, ServiceResponse};
use actix_web::http::header::{self, HeaderValue};
use actix_web::http::{Method, StatusCode, Uri};
use actix_web::middleware::Next;

use crate::http::{Fault, House, renamed};

mod read;

/// What a PDF is called by those who accept it.
const KIND: &str = "application/pdf";

/// The last part of the address of each page that can be had as a PDF.
const PAGES: [&str; 12] = [
    "position",
    "changes",
    "flows",
    "unspent",
    "cash",
    "quarters",
    "match",
    "funding-grid",
    "what-if",
    "burn-up",
    "budget-lines",
    "our-money",
];

/// Most bytes of a page that is laid out: some hundred pages.
const MOST: usize = 4 << 20;

/// Whether the page at this path can be had as a PDF.
pub fn has_pdf(path: &str) -> bool {
    let last = path.rsplit('/').next().unwrap_or_default();
    !path.starts_with("/api/") && PAGES.contains(&last)
}

/// The address of the page itself, where it is asked for as a PDF.
fn as_page(uri: &Uri) -> Option<Uri> {
    let stem = uri.path().strip_suffix(".pdf")?;
    has_pdf(stem).then(|| renamed(uri, stem))?
}

/// The layer: asks for the page, and lays it out.
pub async fn pdf(
    mut request: ServiceRequest,
    next: Next<impl MessageBody + 'static>,
) -> Result<ServiceResponse<BoxBody>, actix_web::Error> {
    let page = match *request.method() == Method::GET {
        true => as_page(request.uri()),
        false => None,
    };
    let Some(page) = page else {
        return Ok(next.call(request).await?.map_into_boxed_body());
    };
    request.match_info_mut().get_mut().update(&page);
    request.head_mut().uri = page;
    let response = next.call(request).await?.map_into_boxed_body();
    let is_page = response.status() == StatusCode::OK
        && response
            .headers()
            .get(header::CONTENT_TYPE)
            .is_some_and(|kind| kind.as_bytes().starts_with(b"text/html"));
    if !is_page {
        return Ok(response);
    }
    let house = House::from_request(response.request(), &mut Payload::None).await?;
    let now = house.ctx.now();
    let (request, response) = response.into_parts();
    let (mut head, body) = response.into_parts();
    let failed = |told: String| Fault::from(domain::Error::internal(told));
    let made = match to_bytes(body).await {
        Ok(html) if html.len() > MOST => Err(Fault::from(domain::Error::refused(
            "too-long",
            "This page is too long for a PDF. Show less of it first, or download the table as CSV.",
        ))),
        Ok(html) => {
            let made = tokio::task::spawn_blocking(move || {
                let document = read::document(&html, now);
                (name(&document.title), typeset::pdf(&document))
            });
            match made.await {
                Ok((name, Ok(file))) => Ok((name, file)),
                Ok((_, Err(error))) => Err(failed(format!("a page cannot be laid out: {error}"))),
                Err(error) => Err(failed(format!("a page was not laid out: {error}"))),
            }
        }
        Err(error) => Err(failed(format!("a page cannot be read: {error}"))),
    };
    Ok(match made {
        Ok((name, file)) => {
            let headers = head.headers_mut();
            headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(KIND));
            if let Ok(said) = HeaderValue::from_str(&format!("attachment; filename=\"{name}.pdf\""))
            {
                headers.insert(header::CONTENT_DISPOSITION, said);
            }
            ServiceResponse::new(request, head.set_body(BoxBody::new(file)))
        }
        Err(fault) => ServiceResponse::from_err(fault, request),
    })
}

/// What the file is called: its title, in letters that every system takes.
fn name(title: &str) -> String {
    let mut name = String::new();
    for letter in title.chars() {
        if letter.is_ascii_alphanumeric() {
            name.push(letter.to_ascii_lowercase());
        } else if !name.ends_with('-') && !name.is_empty() {
            name.push('-');
        }
        if name.len() >= 80 {
            break;
        }
    }
    match name.trim_end_matches('-') {
        "" => "page".to_owned(),
        name => name.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    #[test]
    fn a_page_is_had_as_a_pdf_by_its_name() {
        let page = |uri: &str| as_page(&uri.parse().unwrap()).map(|uri| uri.to_string());
        assert_eq!(
            page("/pools/x/position.pdf?as_of=2026-09-30").as_deref(),
            Some("/pools/x/position?as_of=2026-09-30")
        );
        assert_eq!(page("/position.pdf").as_deref(), Some("/position"));
        assert_eq!(page("/position"), None);
        assert_eq!(page("/api/v1/position.pdf"), None);
        assert_eq!(page("/returns/x.pdf"), None);
    }

    #[test]
    fn a_file_has_a_name_that_every_system_takes() {
        assert_eq!(
            name("Position of Rough sleeping"),
            "position-of-rough-sleeping"
        );
        assert_eq!(name("“Żółć” / 3"), "3");
        assert_eq!(name(""), "page");
    }
}
