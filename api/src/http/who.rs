//! Who asks: a browser's session or a program's token; and how often.

use std::net::IpAddr;

use actix_web::body::{BoxBody, MessageBody};
use actix_web::cookie::{Cookie, SameSite};
use actix_web::dev::{ServiceRequest, ServiceResponse};
use actix_web::http::Method;
use actix_web::middleware::Next;
use actix_web::{HttpMessage, web};
use domain::access::view::{self, SignedIn};
use domain::ctx::{Actor, Idempotency};
use domain::funder_links;
use futures_util::StreamExt;
use sha2::{Digest, Sha256};

use super::frame::Stamp;
use super::limits::Limits;
use super::problem::Fault;
use crate::{Config, Shared};

/// The header in which a script or a program sends the session's CSRF token.
pub const CSRF_HEADER: &str = "x-csrf-token";

/// Who asks, for the extractors.
#[derive(Clone, Debug)]
pub struct Caller {
    /// The actor.
    pub actor: Actor,
    /// The session's CSRF token; empty for programs and strangers.
    pub csrf: String,
    /// Whether the person has set up a second factor.
    pub has_second_factor: bool,
    /// Where the request comes from.
    pub address: IpAddr,
    /// The client's promise to repeat the same request under the same key.
    pub idempotency: Option<Idempotency>,
}

/// The cookie's name: `__Host-` where there is TLS.
#[must_use]
pub fn cookie_name(config: &Config) -> &'static str {
    if config.is_https() {
        "__Host-tributary"
    } else {
        "tributary"
    }
}

/// The session's cookie; an empty secret ends it.
#[must_use]
pub fn cookie(config: &Config, secret: &str) -> Cookie<'static> {
    let mut cookie = Cookie::new(cookie_name(config), secret.to_owned());
    cookie.set_path("/");
    cookie.set_http_only(true);
    // Lax: a sign-in link opened from a mail must find the session of the page that follows
    cookie.set_same_site(SameSite::Lax);
    cookie.set_secure(config.is_https());
    if secret.is_empty() {
        cookie.make_removal();
    }
    cookie
}

fn address(request: &ServiceRequest, config: &Config) -> IpAddr {
    let peer = request
        .peer_addr()
        .map_or(IpAddr::from([0, 0, 0, 0]), |peer| peer.ip());
    let lines = request.headers().get_all("x-forwarded-for");
    // a line that is no text is a hop that cannot be read
    let lines = lines.map(|line| line.to_str().unwrap_or("unreadable"));
    super::address::client(peer, lines, &config.trusted_proxies)
}

/// A header's text, if it has one that can be read.
fn header_of<'a>(request: &'a ServiceRequest, name: &str) -> Option<&'a str> {
    request
        .headers()
        .get(name)
        .and_then(|value| value.to_str().ok())
}

/// Finds out who asks and refuses floods and forgeries.
pub async fn identify(
    mut request: ServiceRequest,
    next: Next<impl MessageBody + 'static>,
) -> Result<ServiceResponse<BoxBody>, actix_web::Error> {
    if let Some(shared) = request.app_data::<web::Data<Shared>>().cloned() {
        super::patience::bound(&mut request, shared.config.upload_limit);
    }
    if !request.path().starts_with("/assets/") {
        match caller(&mut request).await {
            Ok(caller) => {
                let _replaced = request.extensions_mut().insert(caller);
            }
            Err(fault) => return Ok(request.error_response(fault)),
        }
    }
    Ok(next.call(request).await?.map_into_boxed_body())
}

async fn caller(request: &mut ServiceRequest) -> Result<Caller, Fault> {
    let shared = request
        .app_data::<web::Data<Shared>>()
        .cloned()
        .ok_or_else(|| Fault::from(domain::Error::internal("no shared state")))?;
    let address = address(request, &shared.config);
    if let Some(limits) = request.app_data::<web::Data<Limits>>() {
        limits.any(address)?;
    }
    let bearer = header_of(request, "authorization")
        .and_then(|value| value.strip_prefix("Bearer "))
        .map(str::to_owned);
    let secret = request
        .cookie(cookie_name(&shared.config))
        .map(|cookie| cookie.value().to_owned());
    let changes = !matches!(
        *request.method(),
        Method::GET | Method::HEAD | Method::OPTIONS
    );
    let mut caller = Caller {
        actor: Actor::Nobody,
        csrf: String::new(),
        has_second_factor: false,
        address,
        idempotency: None,
    };
    if changes && bearer.is_none() {
        from_our_pages(request, &shared.config)?;
    }
    if let Some(token) = bearer {
        let person = view::by_token(&shared.db, &shared.clock, token.trim())
            .await
            .map_err(Fault::from)?
            .ok_or_else(|| Fault::from(domain::Error::NotSignedIn))?;
        caller.actor = Actor::Person(Box::new(person));
    } else if let Some(secret) = secret {
        let opened = funder_links::view::by_cookie(&shared.db, &shared.clock, &secret)
            .await
            .map_err(Fault::from)?;
        let found = match opened {
            Some(_) => None,
            None => view::by_cookie(&shared.db, &shared.clock, &secret)
                .await
                .map_err(Fault::from)?,
        };
        if let Some((guest, csrf)) = opened {
            if changes {
                carries(request, &csrf)?;
            }
            caller.actor = Actor::Guest(guest);
            caller.csrf = csrf;
        } else if let Some(SignedIn {
            person,
            csrf,
            has_second_factor,
        }) = found
        {
            if changes {
                carries(request, &csrf)?;
            }
            caller.actor = Actor::Person(Box::new(person));
            caller.csrf = csrf;
            caller.has_second_factor = has_second_factor;
        }
    }
    // A stranger's key would be shared with every other stranger, and its body held for nothing.
    let signed_in = !matches!(caller.actor, Actor::Nobody | Actor::Guest(_));
    let key = request.headers().get("idempotency-key");
    if let Some(key) = key.filter(|_| signed_in) {
        let key = key.to_str().unwrap_or_default().to_owned();
        let plain = key.bytes().all(|byte| byte.is_ascii_graphic());
        if key.is_empty() || key.len() > 200 || !plain {
            return Err(Fault::bad_query(
                "An Idempotency-Key has 1 to 200 ASCII characters, none of them a blank",
            ));
        }
        let kind = header_of(request, "content-type")
            .unwrap_or_default()
            .to_owned();
        // files come in parts or as they are; anything else is a small body
        let is_file = [
            "multipart/form-data",
            "application/octet-stream",
            "text/csv",
        ]
        .iter()
        .any(|file| kind.starts_with(file));
        let most = if is_file {
            shared.config.upload_limit.saturating_add(1 << 16)
        } else {
            super::JSON_LIMIT
        };
        let body = whole(request, most).await?;
        let body_hash = fingerprint(request, &kind, &body);
        request.set_payload(actix_web::dev::Payload::from(body));
        caller.idempotency = Some(Idempotency { key, body_hash });
    }
    Ok(caller)
}

/// What makes a request the same: its method, address, query and body. The words that divide the
/// parts of a form are made anew by most clients each time, and say nothing.
fn fingerprint(request: &ServiceRequest, kind: &str, body: &[u8]) -> Vec<u8> {
    let mut hash = Sha256::new();
    for part in [
        request.method().as_str(),
        request.path(),
        request.query_string(),
    ] {
        hash.update(part.len().to_be_bytes());
        hash.update(part);
    }
    let divider = kind
        .split(';')
        .filter_map(|part| part.trim().strip_prefix("boundary="))
        .map(|divider| divider.trim_matches('"'))
        .find(|divider| !divider.is_empty());
    match divider {
        None => hash.update(body),
        Some(divider) => {
            let mut rest = body;
            while let Some(at) = rest
                .windows(divider.len())
                .position(|piece| piece == divider.as_bytes())
            {
                let (before, from) = rest.split_at(at);
                hash.update(before);
                hash.update([0]);
                rest = from.get(divider.len()..).unwrap_or_default();
            }
            hash.update(rest);
        }
    }
    hash.finalize().to_vec()
}

/// The body, at most so long.
async fn whole(request: &mut ServiceRequest, most: usize) -> Result<web::Bytes, Fault> {
    let mut payload = request.take_payload();
    let mut body = web::BytesMut::new();
    while let Some(piece) = payload.next().await {
        let piece = piece.map_err(|error| Fault::bad_query(&error.to_string()))?;
        if body.len() + piece.len() > most {
            return Err(Fault::too_large());
        }
        body.extend_from_slice(&piece);
    }
    Ok(body.freeze())
}

/// A change by a browser must come from our own pages, also before anybody is signed in: another
/// site must not sign a visitor in as somebody else. Programs send neither header.
fn from_our_pages(request: &ServiceRequest, config: &Config) -> Result<(), Fault> {
    let header = |name: &str| header_of(request, name);
    match (header("sec-fetch-site"), header("origin")) {
        (Some("same-origin" | "none"), _) | (None, None | Some("null")) => Ok(()),
        (None, Some(origin))
            if origin.trim_end_matches('/') == config.public_url.trim_end_matches('/') =>
        {
            Ok(())
        }
        _ => Err(Fault::forged()),
    }
}

/// A change in a session carries its token. Forms have it as a field, which their extractor
/// checks; anything else must send it as a header.
fn carries(request: &ServiceRequest, csrf: &str) -> Result<(), Fault> {
    let header = |name: &str| header_of(request, name);
    let is_form = header("content-type").is_some_and(|kind| {
        kind.starts_with("application/x-www-form-urlencoded")
            || kind.starts_with("multipart/form-data")
    });
    if is_form && !request.path().starts_with("/api/")
        || header(CSRF_HEADER).is_some_and(|sent| same(sent, csrf))
    {
        Ok(())
    } else {
        Err(Fault::forged())
    }
}

/// Whether two secrets are the same, in a time that does not tell where they differ.
#[must_use]
pub fn same(sent: &str, known: &str) -> bool {
    let differ = sent
        .bytes()
        .zip(known.bytes())
        .fold(0_u8, |differ, (a, b)| differ | (a ^ b));
    !known.is_empty() && sent.len() == known.len() && std::hint::black_box(differ) == 0
}

/// The stamp and the caller of a request.
#[must_use]
pub fn of(request: &actix_web::HttpRequest) -> Option<(Stamp, Caller)> {
    let caller = request.extensions().get::<Caller>().cloned()?;
    Some((Stamp::of(request), caller))
}
