//! A person at a browser, or a program with a token.

use std::net::{IpAddr, Ipv4Addr};
use std::sync::atomic::{AtomicU32, Ordering};

use domain::access::invitations::Invited;
use reqwest::header::{HeaderMap, HeaderName, HeaderValue};
use reqwest::{Client, Method, redirect};
use serde_json::Value;

/// A person at a browser, or a program with a token.
#[derive(Clone, Debug)]
pub struct Visitor {
    client: Client,
    address: String,
    csrf: String,
    token: Option<String>,
    /// Who it is; nobody for a stranger.
    pub invited: Option<Invited>,
}

/// What the server answered.
#[derive(Clone, Debug)]
pub struct Reply {
    pub status: u16,
    pub headers: HeaderMap,
    pub text: String,
    /// The body as it came: files are not text.
    pub bytes: Vec<u8>,
}

impl Reply {
    /// The body as JSON.
    pub fn json(&self) -> Value {
        serde_json::from_str(&self.text)
            .unwrap_or_else(|error| panic!("not JSON ({error}): {} {}", self.status, self.text))
    }

    /// A header, or nothing.
    pub fn header(&self, name: &str) -> String {
        self.headers
            .get(name)
            .and_then(|value| value.to_str().ok())
            .unwrap_or_default()
            .to_owned()
    }

    /// Insists on a status.
    #[track_caller]
    pub fn expect(self, status: u16) -> Self {
        assert_eq!(self.status, status, "{}", self.text);
        self
    }

    /// The id of what a POST created.
    pub fn id(&self) -> String {
        self.json()["id"].as_str().expect("an id").to_owned()
    }
}

/// Everybody comes from an address of their own, as people do: the limits on attempts to sign in are
/// by address, and a story that many people take part in is none of what they are for.
fn own_address() -> IpAddr {
    static PEOPLE: AtomicU32 = AtomicU32::new(0);
    let [_, high, middle, low] = (PEOPLE.fetch_add(1, Ordering::Relaxed) + 0x100).to_be_bytes();
    Ipv4Addr::new(127, high, middle, low).into()
}

fn client(from: IpAddr) -> Client {
    Client::builder()
        .cookie_store(true)
        .redirect(redirect::Policy::none())
        .local_address(from)
        // the server closes a connection that was idle for five seconds: one that is about to be closed is not used
        .pool_idle_timeout(std::time::Duration::from_secs(3))
        .build()
        .expect("a client")
}

impl Visitor {
    pub fn stranger(address: &str) -> Self {
        Self::coming_from(own_address(), address)
    }

    /// A stranger whose connections come from this address of the loopback.
    pub fn coming_from(from: IpAddr, address: &str) -> Self {
        Self {
            client: client(from),
            address: address.to_owned(),
            csrf: String::new(),
            token: None,
            invited: None,
        }
    }

    /// Opens the link (which changes nothing), presses the button, and is in.
    pub async fn sign_in(address: &str, secret: &str, invited: Invited) -> Self {
        let mut visitor = Self::stranger(address);
        visitor.invited = Some(invited);
        let opened = visitor
            .get(&format!("/sign-in/link?token={secret}"))
            .await
            .expect(200);
        assert!(
            opened.text.contains(secret),
            "the page behind the link has its button"
        );
        let begun = visitor
            .form("/sign-in/session", &[("token", secret)])
            .await
            .expect(303);
        assert_eq!(begun.header("location"), "/");
        visitor.reload().await;
        visitor
    }

    /// Opens a link that was sent to somebody at a funder (looking at it changes nothing), and is in.
    pub async fn by_link(address: &str, secret: &str) -> Self {
        let mut visitor = Self::stranger(address);
        let before = visitor.get(&format!("/funder-link?key={secret}")).await;
        assert!(
            before.expect(200).text.contains(secret),
            "the page has its button"
        );
        let begun = visitor
            .form("/funder-link/opening", &[("key", secret)])
            .await;
        assert_eq!(begun.expect(303).header("location"), "/");
        visitor.learn_from("/").await;
        visitor
    }

    /// Learns the session's CSRF token from a page, as a browser does.
    async fn reload(&mut self) {
        self.learn_from("/account").await;
    }

    async fn learn_from(&mut self, page: &str) {
        let page = self.get(page).await.expect(200);
        self.csrf = page
            .text
            .split("name=\"csrf\" value=\"")
            .nth(1)
            .and_then(|rest| rest.split('"').next())
            .expect("a page with a form")
            .to_owned();
    }

    /// The same person's program: with a token of these scopes, without the cookie.
    pub async fn program(&self, scopes: &[&str]) -> Self {
        let made = self
            .post(
                "/api/v1/account/tokens",
                &serde_json::json!({"name": "a test", "scopes": scopes, "days": 1}),
            )
            .await
            .expect(201);
        let secret = made.json()["secret"].as_str().expect("a secret").to_owned();
        Self {
            client: client(own_address()),
            token: Some(secret),
            csrf: String::new(),
            ..self.clone()
        }
    }

    /// Shows the second factor, setting it up first.
    pub async fn show_second_factor(&mut self, at: chrono::DateTime<chrono::Utc>) {
        let secret = self.begin_second_factor().await;
        let code = domain::access::second_factor::code_at(&secret, at).expect("a code");
        self.form("/sign-in/code", &[("code", &code)])
            .await
            .expect(303);
        // the forms have another token now
        self.reload().await;
    }

    /// Asks for the key of a second factor, which only this browser is shown.
    pub async fn begin_second_factor(&self) -> String {
        let page = self.form("/sign-in/code/enrolment", &[]).await.expect(200);
        page.text
            .split("<code>")
            .nth(1)
            .and_then(|rest| rest.split("</code>").next())
            .expect("the secret is shown")
            .to_owned()
    }

    pub async fn get(&self, path: &str) -> Reply {
        self.send(Method::GET, path, None, &[]).await
    }

    pub async fn post(&self, path: &str, body: &Value) -> Reply {
        self.send(Method::POST, path, Some(body), &[]).await
    }

    pub async fn put(&self, path: &str, body: &Value, headers: &[(&str, &str)]) -> Reply {
        self.send(Method::PUT, path, Some(body), headers).await
    }

    pub async fn delete(&self, path: &str) -> Reply {
        self.send(Method::DELETE, path, None, &[]).await
    }

    /// Any request with a JSON body.
    pub async fn send(
        &self,
        method: Method,
        path: &str,
        body: Option<&Value>,
        headers: &[(&str, &str)],
    ) -> Reply {
        let mut request = self
            .client
            .request(method, format!("{}{path}", self.address));
        if let Some(token) = &self.token {
            request = request.bearer_auth(token);
        }
        let has_own = headers.iter().any(|(name, _)| *name == "x-csrf-token");
        if !self.csrf.is_empty() && !has_own {
            request = request.header("x-csrf-token", &self.csrf);
        }
        for (name, value) in headers {
            request = request.header(
                HeaderName::from_bytes(name.as_bytes()).expect("a header"),
                HeaderValue::from_str(value).expect("a value"),
            );
        }
        if let Some(body) = body {
            request = request.json(body);
        }
        Self::read(request).await
    }

    /// Sends a body in parts, to the API.
    pub async fn send_parts(
        &self,
        path: &str,
        parts: reqwest::multipart::Form,
        headers: &[(&str, &str)],
    ) -> Reply {
        let mut request = self
            .client
            .post(format!("{}{path}", self.address))
            .header("x-csrf-token", &self.csrf)
            .multipart(parts);
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        Self::read(request).await
    }

    /// The session's CSRF token.
    pub fn csrf(&self) -> &str {
        &self.csrf
    }

    /// The same person at another server of the house, with a token: cookies are for one address.
    pub async fn at(&self, address: &str) -> Self {
        Self {
            address: address.to_owned(),
            ..self.program(&["read", "spend", "records", "returns"]).await
        }
    }

    /// A body that is no JSON.
    pub async fn send_text(&self, path: &str, kind: &str, body: &str) -> Reply {
        let mut request = self
            .client
            .post(format!("{}{path}", self.address))
            .header("content-type", kind)
            .header("x-csrf-token", &self.csrf)
            .body(body.to_owned());
        if let Some(token) = &self.token {
            request = request.bearer_auth(token);
        }
        Self::read(request).await
    }

    /// Sends a form as a page would.
    pub async fn form(&self, path: &str, fields: &[(&str, &str)]) -> Reply {
        self.form_with(path, fields, &[]).await
    }

    /// The same with headers, as another site or a proxy would send it.
    pub async fn form_with(
        &self,
        path: &str,
        fields: &[(&str, &str)],
        headers: &[(&str, &str)],
    ) -> Reply {
        let mut fields: Vec<(&str, &str)> = fields.to_vec();
        if !fields.iter().any(|(name, _)| *name == "csrf") {
            fields.push(("csrf", &self.csrf));
        }
        let request = self
            .client
            .post(format!("{}{path}", self.address))
            .form(&fields);
        let request = headers.iter().fold(request, |request, (name, value)| {
            request.header(*name, *value)
        });
        Self::read(request).await
    }

    /// Saves as the page's script does while somebody types.
    pub async fn autosave(&self, path: &str, fields: &[(&str, &str)]) -> Reply {
        let mut fields: Vec<(&str, &str)> = fields.to_vec();
        fields.push(("csrf", &self.csrf));
        let request = self
            .client
            .post(format!("{}{path}", self.address))
            .header("x-csrf-token", &self.csrf)
            .header("x-autosave", "1")
            .form(&fields);
        Self::read(request).await
    }

    /// The same as [`post`](Self::post), for a server that may not answer.
    pub async fn try_post(&self, path: &str, body: &Value) -> reqwest::Result<Reply> {
        let mut request = self
            .client
            .post(format!("{}{path}", self.address))
            .json(body);
        if let Some(token) = &self.token {
            request = request.bearer_auth(token);
        }
        Self::try_read(request).await
    }

    async fn read(request: reqwest::RequestBuilder) -> Reply {
        Self::try_read(request).await.expect("the server answers")
    }

    async fn try_read(request: reqwest::RequestBuilder) -> reqwest::Result<Reply> {
        let (client, request) = request.build_split();
        let request = request.expect("a request");
        let (method, path) = (request.method().clone(), request.url().path().to_owned());
        let response = client.execute(request).await?;
        let (status, headers) = (response.status().as_u16(), response.headers().clone());
        let bytes = response.bytes().await?.to_vec();
        let reply = Reply {
            status,
            headers,
            text: String::from_utf8_lossy(&bytes).into_owned(),
            bytes,
        };
        let kind = reply.header("content-type");
        super::contract::check(method.as_str(), &path, reply.status, &kind, &reply.text);
        Ok(reply)
    }
}
