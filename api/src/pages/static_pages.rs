//! Pages that say how things are: accessibility, privacy, kinds of problem.

use actix_web::{HttpResponse, web};
use askama::Template;

use super::{PageFrame, page};
use crate::http::{Fault, House};

pub fn configure(config: &mut web::ServiceConfig) {
    config
        .service(web::resource("/accessibility").route(web::get().to(accessibility)))
        .service(web::resource("/privacy").route(web::get().to(privacy)))
        .service(web::resource("/problems/{kind}").route(web::get().to(problem)));
}

#[derive(Template)]
#[template(path = "pages/words.html")]
struct WordsPage {
    page: PageFrame,
    heading: String,
    lead: String,
    parts: Vec<WordsPart>,
}

struct WordsPart {
    heading: String,
    paragraphs: Vec<String>,
}

async fn show(house: &House, heading: &str, words: &[&str]) -> Result<HttpResponse, Fault> {
    page(&WordsPage {
        page: PageFrame::of(house, heading).await?,
        heading: heading.to_owned(),
        lead: String::new(),
        parts: vec![WordsPart {
            heading: String::new(),
            paragraphs: words.iter().map(|text| (*text).to_owned()).collect(),
        }],
    })
}

async fn accessibility(house: House) -> Result<HttpResponse, Fault> {
    show(
        &house,
        "Accessibility statement",
        &[
            "Tributary is made to be used by everybody. Each page works by keyboard, with a screen reader, at 320 pixels, with text at twice its size, in forced colours, on paper and without scripts.",
            "We aim at the Web Content Accessibility Guidelines 2.2, level AA. Every page is tested with automatic checks each time the program changes; automatic checks do not find everything.",
            "If something is hard to use, tell your administrator. That is a fault of ours, and we will mend it.",
        ],
    )
    .await
}

async fn privacy(house: House) -> Result<HttpResponse, Fault> {
    show(
        &house,
        "Privacy",
        &[
            "We keep your e-mail address, the name that you chose to be shown by, your roles, and what you did here: a charity’s money needs a record of who decided what.",
            "No field records anybody’s history. That somebody sits on a board of people in recovery is never in a mail’s subject or a calendar’s title.",
            "Documents and comments beside a record are seen by staff and both boards, never by a funder. Nothing about anybody’s health or recovery belongs into them. The words of a comment that is taken back are gone; a document that is taken out is kept, for it may be part of how money was decided.",
            "Whom to ask at an organisation is kept by name, address and number at work, until they are taken out: then nothing of the person is left.",
            "Sessions, sign-in mail and links are removed 30 days after they expire. What the record of money needs, such as who certified a return, is kept as long as that record.",
            "Of a link that we send to somebody at a funder we note that it was opened and when, and nothing of who opens it. The address that it went to is forgotten a month after no link of that day works any more.",
            "Everything that is kept about you, you can take from your account as an archive; for somebody who cannot sign in an administrator takes it from the page of people.",
            "Sign-in links are used once and kept only as a fingerprint. There is one cookie: it keeps you signed in, and ends with your session.",
        ],
    )
    .await
}

async fn problem(house: House, kind: web::Path<String>) -> Result<HttpResponse, Fault> {
    let known = kind.chars().all(|c| c.is_ascii_lowercase() || c == '-');
    if !known {
        return Err(domain::Error::NotFound.into());
    }
    let words: &[&str] = match kind.as_str() {
        "not-found" => &[
            "There is nothing at this address, or nothing that you may see. The two look alike on purpose.",
        ],
        "not-signed-in" => &["Sign in, or send an API token that works."],
        "not-allowed" => &[
            "Your role, or your token’s scopes, do not cover it. An administrator can give a role.",
        ],
        "stale" => &[
            "The record has changed since you read it. Read it again, then repeat what you wanted.",
        ],
        "invalid" => &["One or more fields need correcting; each is named with what to do."],
        "needs-if-match" => &["Read the record first and send its ETag back as If-Match."],
        "unavailable" => &[
            "The database or the disk is busy for a moment. Wait as long as Retry-After says, then repeat.",
        ],
        "internal" => &["Something of ours is wrong. It was logged under the request’s number."],
        "too-many" => &["Requests came faster than we answer. Wait as long as Retry-After says."],
        _ => &[
            "A rule of Tributary does not allow it as things stand. The problem’s detail says what is in the way and what to do.",
        ],
    };
    show(&house, "What this problem means", words).await
}
