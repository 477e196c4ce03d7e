//! How long a body may take: somebody who sends a byte a second keeps a connection from others.

use std::io;
use std::time::Duration;

use actix_web::HttpMessage;
use actix_web::dev::{Payload, ServiceRequest};
use actix_web::error::PayloadError;
use actix_web::http::header;
use futures_util::{StreamExt, stream};
use tokio::time::{Instant, timeout_at};

/// What anybody may take.
const AT_LEAST: Duration = Duration::from_secs(20);
/// The slowest line for which a large file is waited for, in bytes a second.
const SLOWEST: u64 = 30_000;

/// Gives the body of a request an end in time, by the length that it announces.
pub fn bound(request: &mut ServiceRequest, most: usize) {
    let announced = request
        .headers()
        .get(header::CONTENT_LENGTH)
        .and_then(|value| value.to_str().ok())
        .and_then(|value| value.parse().ok());
    let chunked = request.headers().contains_key(header::TRANSFER_ENCODING);
    let length: u64 = match (announced, chunked) {
        (Some(length), _) => length,
        (None, true) => most as u64,
        (None, false) => return,
    };
    let until = Instant::now() + allowed(length.min(most as u64));
    let body = request.take_payload();
    let bounded = stream::unfold(Some(body), move |body| async move {
        let mut body = body?;
        match timeout_at(until, body.next()).await {
            Ok(Some(piece)) => Some((piece, Some(body))),
            Ok(None) => None,
            Err(_late) => {
                let late = io::Error::new(io::ErrorKind::TimedOut, "the body took too long");
                Some((Err(PayloadError::Io(late)), None))
            }
        }
    });
    request.set_payload(Payload::Stream {
        // who reads parts asks once more after the end
        payload: Box::pin(bounded.fuse()),
    });
}

fn allowed(length: u64) -> Duration {
    AT_LEAST + Duration::from_secs(length / SLOWEST)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_form_has_seconds_and_a_large_file_minutes() {
        assert_eq!(allowed(2_000), Duration::from_secs(20));
        assert_eq!(allowed(3_000_000), Duration::from_secs(120));
    }
}
