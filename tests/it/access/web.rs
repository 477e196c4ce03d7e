//! What protects a browser and the server: headers, cookies, origins, limits, proxies.

use std::io::{Read as _, Write as _};
use std::net::TcpStream;
use std::time::Duration as Wait;

use domain::access::invitations;
use reqwest::Method;
use serde_json::json;

use crate::on_both;
use crate::support::house::House;
use crate::support::visitor::{Reply, Visitor};

/// What every reply says, whatever it is.
#[track_caller]
fn is_guarded(reply: &Reply) {
    assert_eq!(reply.header("x-content-type-options"), "nosniff");
    assert_eq!(reply.header("x-frame-options"), "DENY");
    assert_eq!(reply.header("referrer-policy"), "same-origin");
    let policy = reply.header("content-security-policy");
    assert!(policy.contains("default-src 'none'"), "{policy}");
    assert!(policy.contains("frame-ancestors 'none'"), "{policy}");
    assert!(!policy.contains("script-src 'unsafe-inline'"), "{policy}");
    assert!(!reply.header("x-request-id").is_empty());
}

/// Every script of a page is named by the policy's nonce, and nothing else runs.
#[track_caller]
fn runs_only_its_own_script(reply: &Reply) {
    let policy = reply.header("content-security-policy");
    let nonce = policy
        .split("'nonce-")
        .nth(1)
        .and_then(|rest| rest.split('\'').next())
        .expect("a nonce");
    for script in reply.text.split("<script").skip(1) {
        let tag = script.split('>').next().unwrap_or_default();
        assert!(tag.contains(&format!("nonce=\"{nonce}\"")), "<script{tag}>");
    }
    for handler in [
        " onclick=",
        " onload=",
        " onerror=",
        "javascript:",
        " style=\"",
    ] {
        assert!(!reply.text.contains(handler), "{handler}");
    }
}

async fn a_secret(house: &House) -> String {
    let invited = house.grants_officer().await.invited.expect("somebody");
    invitations::issue_secret(&house.db, &house.system(), invited.link_id)
        .await
        .expect("a link")
}

on_both! {
    async fn every_reply_is_guarded(house: &House) {
        let officer = house.grants_officer().await;
        for path in ["/", "/account", "/returns", "/no-such-page", "/spend"] {
            let reply = officer.get(path).await;
            is_guarded(&reply);
            runs_only_its_own_script(&reply);
            assert_eq!(reply.header("cache-control"), "no-store", "{path}");
        }
        for path in ["/api/v1/awards", "/api/v1/no-such", "/api/openapi.json", "/health/ready", "/api/docs/"] {
            is_guarded(&officer.get(path).await);
        }
        is_guarded(&house.stranger().get("/sign-in").await.expect(200));
        let nonce = |reply: &Reply| reply.header("content-security-policy");
        assert_ne!(nonce(&officer.get("/").await), nonce(&officer.get("/").await), "each reply has a nonce of its own");
    }

    async fn behind_tls_cookies_are_for_this_host_alone(house: &House) {
        let secret = a_secret(house).await;
        let tls = house.another_server(|config| config.public_url = "https://grants.example.org".to_owned());
        let reply = Visitor::stranger(&tls)
            .form("/sign-in/session", &[("token", &secret)]).await.expect(303);
        let cookie = reply.header("set-cookie");
        assert!(cookie.starts_with("__Host-tributary="), "{cookie}");
        for attribute in ["Secure", "HttpOnly", "SameSite=Lax", "Path=/"] {
            assert!(cookie.contains(attribute), "{attribute}: {cookie}");
        }
        assert!(!cookie.contains("Domain"), "{cookie}");
        assert!(reply.header("strict-transport-security").contains("max-age=31536000"));
        assert_eq!(house.stranger().get("/sign-in").await.header("strict-transport-security"), "");
    }

    async fn the_host_header_reaches_no_link(house: &House) {
        let stranger = house.stranger();
        for header in ["host", "x-forwarded-host", "forwarded"] {
            let reply = stranger.send(Method::GET, "/sign-in", None, &[(header, "evil.example")]).await;
            assert!(!reply.text.contains("evil.example"), "{header}");
            assert!(!reply.header("location").contains("evil.example"), "{header}");
        }
    }

    async fn another_site_signs_nobody_in(house: &House) {
        let secret = a_secret(house).await;
        let stranger = house.stranger();
        let from = async |headers: &[(&str, &str)]| {
            stranger.form_with("/sign-in/session", &[("token", &secret)], headers).await.status
        };
        assert_eq!(from(&[("sec-fetch-site", "cross-site")]).await, 403);
        assert_eq!(from(&[("sec-fetch-site", "same-site")]).await, 403);
        assert_eq!(from(&[("origin", "https://evil.example")]).await, 403);
        assert_eq!(from(&[("sec-fetch-site", "cross-site"), ("origin", "null")]).await, 403);
        assert_eq!(from(&[("sec-fetch-site", "same-origin"), ("origin", &house.address)]).await, 303);
    }

    async fn the_csrf_token_is_renewed_with_the_second_factor(house: &House) {
        let mut certifier = house.certifier().await;
        let before = certifier.csrf().to_owned();
        certifier.show_second_factor(house.clock.now()).await;
        assert_ne!(before, certifier.csrf());
        certifier.form("/sign-out", &[("csrf", &before)]).await.expect(403);
        certifier.form("/sign-out", &[]).await.expect(303);
    }

    async fn attempts_to_sign_in_are_limited_by_address(house: &House) {
        let server = house.another_server(|_| {});
        let stranger = Visitor::stranger(&server);
        let mut answers = Vec::new();
        for _ in 0..25 {
            answers.push(stranger.form("/sign-in/session", &[("token", "no-such")]).await);
        }
        let last = answers.last().expect("an answer");
        assert_eq!(last.status, 429, "{}", last.text);
        assert!(!last.header("retry-after").is_empty());
        assert!(answers.iter().filter(|reply| reply.status == 429).count() <= 5);
    }

    async fn only_a_named_proxy_says_who_asks(house: &House) {
        // Nobody is trusted: what a client writes of itself changes nothing.
        let plain = house.another_server(|_| {});
        let proxy = "127.0.0.1".parse().expect("an address");
        let trusting = house.another_server(|config| config.trusted_proxies = vec![proxy]);
        let attempts = async |address: &str, said: &dyn Fn(u32) -> String| {
            let stranger = Visitor::coming_from(proxy, address);
            let mut limited = 0;
            for n in 0..25 {
                let forwarded = said(n);
                let headers = [("x-forwarded-for", forwarded.as_str())];
                let reply = stranger.form_with("/sign-in/session", &[("token", "no-such")], &headers).await;
                limited += u32::from(reply.status == 429);
            }
            limited
        };
        assert!(attempts(&plain, &|n| format!("198.51.100.{n}")).await > 0);
        assert_eq!(attempts(&trusting, &|n| format!("198.51.100.{n}")).await, 0);
        // The last hop is what counts, not what the client wrote before it.
        assert!(attempts(&trusting, &|n| format!("9.9.9.{n}, 203.0.113.7")).await > 0);
    }

    async fn head_answers_as_get_does_without_a_body(house: &House) {
        let officer = house.grants_officer().await;
        for path in ["/", "/returns", "/api/v1/awards", "/api/openapi.json", "/health/ready", "/no-such-page"] {
            let (get, head) = (officer.get(path).await, officer.send(Method::HEAD, path, None, &[]).await);
            assert_eq!(head.status, get.status, "{path}");
            assert_eq!(head.bytes, b"", "{path}");
            assert_eq!(head.header("content-type"), get.header("content-type"), "{path}");
            is_guarded(&head);
        }
        let trustee = house.trustee().await;
        trustee.send(Method::HEAD, "/imports", None, &[]).await.expect(403);
        house.stranger().send(Method::HEAD, "/api/v1/awards", None, &[]).await.expect(401);
        officer.send(Method::HEAD, "/returns/none/offer", None, &[]).await.expect(405);
        let refused = officer.delete("/api/v1/awards").await.expect(405);
        assert_eq!(refused.header("allow"), "GET, HEAD, POST");
        // The connection stays of use: nothing of a body is left on it.
        let address = house.address.trim_start_matches("http://").to_owned();
        let said = tokio::task::spawn_blocking(move || {
            let mut stream = TcpStream::connect(&address).expect("a connection");
            stream.set_read_timeout(Some(Wait::from_secs(10))).expect("a limit");
            write!(
                stream,
                "HEAD /sign-in HTTP/1.1\r\nHost: {address}\r\n\r\n\
                 HEAD /sign-in HTTP/1.1\r\nHost: {address}\r\nConnection: close\r\n\r\n"
            )
            .expect("two requests");
            let mut all = String::new();
            stream.read_to_string(&mut all).expect("two answers");
            all
        })
        .await
        .expect("answers");
        assert_eq!(said.matches("HTTP/1.1 200").count(), 2, "{said}");
        assert!(!said.contains("<html"), "{said}");
    }

    async fn a_value_of_a_query_that_cannot_be_read_is_named(house: &House) {
        let officer = house.finance_officer().await;
        for (path, name, words) in [
            ("/api/v1/spend-lines?from=abc", "/from", "takes a date, such as 2026-06-30"),
            ("/api/v1/spend-lines?to=2026-06-30&limit=many", "/limit", "takes a whole number"),
            ("/api/v1/awards?funder_id=none", "/funder_id", "takes an id"),
            ("/api/v1/awards?sort=size", "/sort", "takes one of: recorded, ends_on, -ends_on"),
            ("/api/v1/returns?open=perhaps", "/open", "takes true or false"),
            ("/api/v1/spend-lines?from=2026-06-30&from=2026-07-30", "/from", "once"),
        ] {
            let wrong = officer.get(path).await.expect(400).json();
            let errors = wrong["errors"].as_array().expect("errors");
            assert_eq!(errors.len(), 1, "{path}: {wrong}");
            assert_eq!(errors[0]["pointer"], name, "{wrong}");
            assert!(errors[0]["detail"].as_str().expect("a detail").contains(words), "{wrong}");
        }
        let two = officer.get("/api/v1/spend-lines?from=x&to=y").await.expect(400).json();
        assert_eq!(two["errors"].as_array().expect("errors").len(), 2, "{two}");
    }

    async fn too_large_and_of_no_type_we_read(house: &House) {
        let server = house.another_server(|config| config.upload_limit = 1 << 20);
        let officer = house.finance_officer().await.at(&server).await;
        let large = json!({"name": "x".repeat(3 << 20)});
        officer.send(Method::POST, "/api/v1/cost-categories", Some(&large), &[]).await.expect(413);
        officer.send_text("/api/v1/cost-categories", "text/plain", "hello").await.expect(415);
    }

    async fn a_strangers_key_keeps_no_body(house: &House) {
        // A body that never ends is not waited for when nobody is signed in.
        let address = house.address.trim_start_matches("http://").to_owned();
        let answer = tokio::task::spawn_blocking(move || {
            let mut stream = TcpStream::connect(&address).expect("a connection");
            stream.set_read_timeout(Some(Wait::from_secs(10))).expect("a limit");
            write!(
                stream,
                "POST /api/v1/imports HTTP/1.1\r\nHost: {address}\r\nIdempotency-Key: k\r\n\
                 Content-Type: text/csv\r\nContent-Length: 40000000\r\n\r\nabc"
            )
            .expect("a request");
            let mut start = [0; 12];
            stream.read_exact(&mut start).expect("an answer before the body ends");
            String::from_utf8_lossy(&start).into_owned()
        })
        .await
        .expect("an answer");
        assert_eq!(answer, "HTTP/1.1 401");
    }
}
