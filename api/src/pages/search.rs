//! Search: where is it?

use actix_web::{HttpResponse, web};
use askama::Template;
use domain::search::view::{Group, Kind, search};
use serde::Deserialize;

use super::frame::PageFrame;
use super::{Link, page, words};
use crate::http::{Fault, House};
use crate::json::search::{EACH, OF_ONE};

pub fn configure(config: &mut web::ServiceConfig) {
    config.service(web::resource("/search").route(web::get().to(find)));
}

#[derive(Template)]
#[template(path = "pages/search.html")]
struct SearchPage {
    page: PageFrame,
    sentence: String,
    words: String,
    kinds: Vec<Link>,
    groups: Vec<Shown>,
}

struct Shown {
    title: String,
    hits: Vec<Hit>,
    more: Option<Link>,
}

struct Hit {
    title: String,
    about: String,
    href: String,
}

#[derive(Deserialize)]
struct Said {
    #[serde(default)]
    q: String,
    /// What is no kind is none.
    #[serde(default)]
    kind: String,
}

fn address(words: &str, kind: Option<Kind>) -> String {
    let kind = kind.and_then(|kind| serde_json::to_value(kind).ok());
    let kind = kind.as_ref().and_then(serde_json::Value::as_str);
    let pairs = [Some(("q", words)), kind.map(|kind| ("kind", kind))];
    let query = serde_urlencoded::to_string(pairs.into_iter().flatten().collect::<Vec<_>>());
    format!("/search?{}", query.unwrap_or_default())
}

fn shown(group: Group, words: &str, only: Option<Kind>) -> Shown {
    let more = match (group.more, only) {
        (true, None) => Some(Link::new(
            format!("More {}", group.title.to_lowercase()),
            address(words, Some(group.kind)),
        )),
        _ => None,
    };
    Shown {
        title: group.title,
        hits: group
            .hits
            .into_iter()
            .map(|hit| Hit {
                title: hit.title,
                about: hit.about,
                href: hit.path,
            })
            .collect(),
        more,
    }
}

async fn find(house: House, said: web::Query<Said>) -> Result<HttpResponse, Fault> {
    let only: Option<Kind> = serde_json::from_value(said.kind.clone().into()).ok();
    let most = if only.is_some() { OF_ONE } else { EACH };
    let found = search(&house.db, &house.ctx, &said.q, only, most).await?;
    let number = found.groups.iter().map(|group| group.hits.len()).sum();
    let more = found.groups.iter().any(|group| group.more);
    let sentence = match (found.words.is_empty(), number) {
        (true, _) => String::new(),
        (false, 0) => format!(
            "Nothing that you may see has all of these words: “{}”.",
            found.words
        ),
        (false, _) if more => format!(
            "The best {number} records with “{}”; there are more.",
            found.words
        ),
        (false, number) => format!(
            "{} “{}”.",
            words::count(number, "record has", "records have"),
            found.words
        ),
    };
    let kinds = match only {
        Some(_) => vec![Link::new("Every kind", address(&found.words, None))],
        None => Vec::new(),
    };
    let title = if found.words.is_empty() {
        "Find a record".to_owned()
    } else {
        format!("{}: find a record", found.words)
    };
    page(&SearchPage {
        page: PageFrame::of(&house, &title).await?,
        sentence,
        kinds,
        groups: found
            .groups
            .into_iter()
            .map(|group| shown(group, &found.words, only))
            .collect(),
        words: found.words,
    })
}
