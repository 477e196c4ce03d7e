//! Handing one mail to the mail server, and knowing what became of it.
//!
//! The steps of SMTP are taken one by one, because what an error means depends on where it
//! happened: before the message it was not sent; once the message is on its way, a lost connection
//! leaves it unknown whether the server has it, and it is sent again with the same Message-ID.

use std::time::Duration;

use chrono::{DateTime, Utc};
use domain::{Error, Result};
use lettre::message::{Mailbox, MultiPart, header};
use lettre::transport::smtp::authentication::{Credentials, Mechanism};
use lettre::transport::smtp::client::{AsyncSmtpConnection, Certificate, TlsParameters};
use lettre::transport::smtp::commands::{Data, Mail, Rcpt};
use lettre::transport::smtp::extension::{ClientId, Extension, MailBodyParameter, MailParameter};
use lettre::transport::smtp::response::Response;
use lettre::{Address, Message};

use crate::WorkerConfig;

/// How the connection to the mail server is protected.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Encryption {
    /// Not at all: for a server on the same machine.
    None,
    /// Begins in the clear and must change over (`STARTTLS`, usually port 587).
    StartTls,
    /// From the first byte (usually port 465).
    Tls,
}

/// A mail server.
#[derive(Clone)]
pub struct MailServer {
    /// Its name, which its certificate must bear.
    pub host: String,
    /// Its port.
    pub port: u16,
    /// How the connection is protected.
    pub encryption: Encryption,
    /// User and password, where it wants them.
    pub sign_in: Option<(String, String)>,
    /// Certificates of authorities that may vouch for it besides the public ones, as PEM.
    pub authorities: Option<String>,
    /// How long each of its answers may take.
    pub timeout: Duration,
}

impl std::fmt::Debug for MailServer {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("MailServer")
            .field("host", &self.host)
            .field("port", &self.port)
            .field("encryption", &self.encryption)
            .finish_non_exhaustive()
    }
}

/// A mail, ready to be handed over. It is never stored: a sign-in mail holds a secret.
pub(crate) struct Letter {
    pub(crate) message_id: String,
    pub(crate) to: String,
    pub(crate) subject: String,
    pub(crate) text: String,
    pub(crate) html: String,
    pub(crate) at: DateTime<Utc>,
}

/// What became of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Handed {
    /// The server has it.
    Sent(String),
    /// It cannot be sent just now.
    Later(String),
    /// The server will never take it.
    Refused(String),
    /// The server may have it or not.
    Unknown(String),
}

pub(crate) struct Postman {
    server: Option<(MailServer, TlsParameters)>,
    from: Mailbox,
    hello: ClientId,
}

impl std::fmt::Debug for Postman {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Postman")
            .field("server", &self.server.as_ref().map(|(server, _)| server))
            .field("from", &self.from)
            .finish_non_exhaustive()
    }
}

impl Postman {
    pub(crate) fn new(config: &WorkerConfig) -> Result<Self> {
        let from: Mailbox = config.mail_from.parse().map_err(|error| {
            Error::invalid(
                "/mail_from",
                "not-an-address",
                format!("“{}” cannot be a sender: {error}", config.mail_from),
            )
        })?;
        let server = match &config.mail_server {
            None => None,
            Some(server) => {
                let tls = trust(server).map_err(|error| {
                    Error::invalid(
                        "/mail_server",
                        "no-tls",
                        format!(
                            "“{}” cannot be a mail server, or its authorities cannot be read: {}",
                            server.host,
                            in_words(&error)
                        ),
                    )
                })?;
                Some((server.clone(), tls))
            }
        };
        let hello = ClientId::Domain(from.email.domain().to_owned());
        Ok(Self {
            server,
            from,
            hello,
        })
    }

    /// The domain that mail is from; none when there is no mail server at all.
    pub(crate) fn sender(&self) -> Option<&str> {
        self.server.as_ref().map(|_| self.from.email.domain())
    }

    /// Hands a letter over. An error means that it cannot be written as a mail at all.
    pub(crate) async fn hand_over(&self, letter: &Letter) -> Result<Handed> {
        let to = match address(&letter.to) {
            Ok(to) => to,
            Err(why) => return Ok(Handed::Refused(why)),
        };
        let message = self.compose(letter, to.clone())?;
        let Some((server, tls)) = &self.server else {
            return Err(Error::internal("there is no mail server"));
        };
        // Connecting and names have their own patience; a whole handing-over has this much.
        let whole = server.timeout.saturating_mul(4);
        match tokio::time::timeout(whole, self.send(server, tls, to, &message)).await {
            Ok(handed) => Ok(handed),
            Err(_late) => Ok(Handed::Unknown(
                "the mail server took too long; it may have the mail".to_owned(),
            )),
        }
    }

    async fn send(
        &self,
        server: &MailServer,
        tls: &TlsParameters,
        to: Address,
        message: &[u8],
    ) -> Handed {
        // Refusals while greeting are the server's or the settings' fault, not this mail's.
        let mut connection = match self.connect(server, tls).await {
            Ok(connection) => connection,
            Err(why) => return Handed::Later(why),
        };
        let handed = self.converse(&mut connection, server, to, message).await;
        // What was decided stands, however the goodbye goes.
        if let Err(_lost) | Ok(Err(_lost)) =
            tokio::time::timeout(Duration::from_secs(1), connection.quit())
                .await
                .map_err(|_late| ())
                .map(|quit| quit.map(|_| ()).map_err(|_lost| ()))
        {
            tracing::debug!("the mail server did not say goodbye");
        }
        handed
    }

    async fn connect(
        &self,
        server: &MailServer,
        tls: &TlsParameters,
    ) -> Result<AsyncSmtpConnection, String> {
        let from_the_start = (server.encryption == Encryption::Tls).then(|| tls.clone());
        let connecting = AsyncSmtpConnection::connect_tokio1(
            (server.host.as_str(), server.port),
            Some(server.timeout),
            &self.hello,
            from_the_start,
            None,
        );
        let mut connection = connecting
            .await
            .map_err(|error| not_connected(server, &error))?;
        if server.encryption == Encryption::StartTls {
            if !connection.can_starttls() {
                return Err(format!(
                    "{} does not offer STARTTLS, and nothing is sent in the clear: see the setting \
                     smtp.tls.",
                    server.host
                ));
            }
            connection
                .starttls(tls.clone(), &self.hello)
                .await
                .map_err(|error| not_connected(server, &error))?;
        }
        if let Some((user, password)) = &server.sign_in {
            let credentials = Credentials::new(user.clone(), password.clone());
            connection
                .auth(&[Mechanism::Plain, Mechanism::Login], &credentials)
                .await
                .map_err(|error| {
                    if error.is_permanent() {
                        format!(
                            "{} does not accept the user “{user}” with this password: see the \
                             settings smtp.user and smtp.password_file. It said: {}",
                            server.host,
                            in_words(&error)
                        )
                    } else {
                        in_words(&error)
                    }
                })?;
        }
        Ok(connection)
    }

    async fn converse(
        &self,
        connection: &mut AsyncSmtpConnection,
        server: &MailServer,
        to: Address,
        message: &[u8],
    ) -> Handed {
        let mut parameters = Vec::new();
        if connection
            .server_info()
            .supports_feature(Extension::EightBitMime)
        {
            parameters.push(MailParameter::Body(MailBodyParameter::EightBitMime));
        }
        let from = Some(self.from.email.clone());
        let before = async |connection: &mut AsyncSmtpConnection| {
            connection.command(Mail::new(from, parameters)).await?;
            connection.command(Rcpt::new(to, Vec::new())).await?;
            connection.command(Data).await
        };
        match tokio::time::timeout(server.timeout, before(connection)).await {
            Ok(Ok(_go_ahead)) => {}
            Ok(Err(error)) if error.is_permanent() => return Handed::Refused(in_words(&error)),
            Ok(Err(error)) => return Handed::Later(in_words(&error)),
            Err(_late) => return Handed::Later("the mail server says nothing".to_owned()),
        }
        match tokio::time::timeout(server.timeout, connection.message(message)).await {
            Ok(Ok(reply)) => Handed::Sent(said(&reply)),
            Ok(Err(error)) if error.is_permanent() => Handed::Refused(in_words(&error)),
            Ok(Err(error)) if error.is_transient() => Handed::Later(in_words(&error)),
            Ok(Err(error)) => Handed::Unknown(in_words(&error)),
            Err(_late) => Handed::Unknown(
                "the mail server did not answer in time; it may have the mail".to_owned(),
            ),
        }
    }

    fn compose(&self, letter: &Letter, to: Address) -> Result<Vec<u8>> {
        for (name, value) in [("subject", &letter.subject), ("id", &letter.message_id)] {
            if value.chars().any(char::is_control) {
                return Err(Error::internal(format!(
                    "the {name} of a mail holds a line break or another control character"
                )));
            }
        }
        let message = Message::builder()
            .from(self.from.clone())
            .to(Mailbox::new(None, to))
            .subject(letter.subject.as_str())
            .date(letter.at.into())
            .message_id(Some(format!("<{}>", letter.message_id)))
            .raw_header(header::HeaderValue::new(
                header::HeaderName::new_from_ascii_str("Auto-Submitted"),
                "auto-generated".to_owned(),
            ))
            .multipart(MultiPart::alternative_plain_html(
                letter.text.clone(),
                letter.html.clone(),
            ))
            .map_err(|error| Error::Internal(Box::new(error)))?;
        Ok(message.formatted())
    }
}

/// Whom we trust: the public authorities, and those that the settings name.
fn trust(server: &MailServer) -> Result<TlsParameters, lettre::transport::smtp::Error> {
    let mut trust = TlsParameters::builder(server.host.clone());
    if let Some(pem) = &server.authorities {
        trust = trust.add_root_certificate(Certificate::from_pem(pem.as_bytes())?);
    }
    trust.build()
}

/// Why there is no connection; a certificate that is not trusted is said plainly.
fn not_connected(server: &MailServer, error: &lettre::transport::smtp::Error) -> String {
    let words = in_words(error);
    let distrusted = ["certificate", "UnknownIssuer", "NotValidForName"]
        .iter()
        .any(|sign| words.contains(sign));
    if distrusted {
        return format!(
            "The certificate of {} is not trusted, so nothing was sent. If an authority of your \
             own vouches for it, name that in the setting smtp.ca_file; its name must be the one \
             in smtp.host. The cause: {words}",
            server.host
        );
    }
    words
}

/// A recipient's address, refused unless it is one and nothing else.
fn address(typed: &str) -> Result<Address, String> {
    if typed.chars().any(char::is_control) {
        return Err("the address holds a control character".to_owned());
    }
    typed
        .parse()
        .map_err(|error| format!("this is not an address: {error}"))
}

fn said(reply: &Response) -> String {
    let words = reply.message().collect::<Vec<_>>().join(" ");
    format!("{} {words}", reply.code())
        .chars()
        .take(500)
        .collect()
}

fn in_words(error: &lettre::transport::smtp::Error) -> String {
    let mut words = error.to_string();
    let mut cause = std::error::Error::source(error);
    while let Some(inner) = cause {
        let more = inner.to_string();
        if !words.contains(&more) {
            words.push_str(": ");
            words.push_str(&more);
        }
        cause = inner.source();
    }
    words.chars().take(500).collect()
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    fn letter() -> Letter {
        Letter {
            message_id: "1@tributary".to_owned(),
            to: "ama@example.org".to_owned(),
            subject: "1 return is due on Friday 30 October 2026".to_owned(),
            text: "Hello".to_owned(),
            html: "<p>Hello</p>".to_owned(),
            at: "2026-10-02T08:00:00Z".parse().unwrap(),
        }
    }

    fn composed(letter: &Letter) -> Result<String> {
        let postman = Postman::new(&WorkerConfig::default())?;
        let to = address(&letter.to).map_err(Error::internal)?;
        Ok(String::from_utf8(postman.compose(letter, to)?).unwrap())
    }

    #[test]
    fn a_mail_has_the_headers_that_a_machine_owes() {
        let mail = composed(&letter()).unwrap();
        for line in [
            "Message-ID: <1@tributary>\r\n",
            "Date: Fri, 02 Oct 2026 08:00:00 +0000\r\n",
            "Auto-Submitted: auto-generated\r\n",
            "To: ama@example.org\r\n",
            "Content-Type: multipart/alternative;",
        ] {
            assert!(mail.contains(line), "{line} is not in\n{mail}");
        }
    }

    #[test]
    fn a_line_break_in_a_header_is_refused() {
        let mut injected = letter();
        injected.subject = "Due\r\nBcc: all@example.org".to_owned();
        assert!(composed(&injected).is_err());
        injected = letter();
        injected.message_id = "1@x>\r\nX: y".to_owned();
        assert!(composed(&injected).is_err());
        for to in [
            "a@b.example\r\nBcc: c@d.example",
            "a@b.example, c@d.example",
            "Ama",
        ] {
            assert!(address(to).is_err(), "{to}");
        }
    }

    #[test]
    fn a_wrong_sender_is_refused_by_name() {
        let config = WorkerConfig {
            mail_from: "nobody".to_owned(),
            ..WorkerConfig::default()
        };
        let refused = Postman::new(&config).unwrap_err();
        assert!(refused.to_string().contains("nobody"), "{refused}");
    }
}
