//! A real SMTP server on loopback, and the ways in which real ones fail.
//!
//! ```ignore
//! let smtp = Smtp::start().await;
//! smtp.fail_next([Fault::DieAfterDot, Fault::RefuseMessage(451)]);
//! // … the worker sends …
//! let mails = smtp.wait_for(1).await;
//! ```
//!
//! Each mail transaction (from one MAIL to the next) meets the next fault of the list, or none
//! when the list is empty. A server that is not there at all is [`Smtp::go_away`].

use std::{
    collections::VecDeque,
    io,
    net::SocketAddr,
    sync::{Arc, Mutex, MutexGuard},
    time::Duration,
};

use tokio::{
    io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader},
    net::{TcpSocket, TcpStream},
    sync::watch,
    task::{JoinHandle, JoinSet},
};

use super::mail::Message;

const LARGEST: u64 = 32 * 1024 * 1024;

/// What goes wrong in one mail transaction.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fault {
    /// Nothing: for a list in which a later transaction fails.
    None,
    /// The connection dies when the message has come, all but its final dot. We do not have it.
    DieBeforeDot,
    /// The connection dies after the final dot, before the reply. We have it; the sender cannot
    /// know.
    DieAfterDot,
    /// The reply to RCPT: 451 come back later, 550 no such person.
    RefuseRecipient(u16),
    /// The reply to DATA, before the message.
    RefuseData(u16),
    /// The reply to the final dot. We do not have it.
    RefuseMessage(u16),
    /// Silence, in place of the reply to MAIL, until the sender gives up or the server ends.
    HangAtMail,
    /// Silence, in place of the reply to the final dot. We have it; the sender cannot know.
    HangAfterDot,
}

/// One line of what was said, in order over all connections.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Said {
    pub connection: usize,
    pub by: By,
    /// Without its line break; a message is one entry, `(message of N bytes)`.
    pub line: String,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum By {
    Sender,
    Server,
    /// What happened to the connection.
    Event,
}

#[derive(Debug, Default)]
struct Record {
    faults: VecDeque<Fault>,
    messages: Vec<Message>,
    log: Vec<Said>,
    connections: usize,
}

#[derive(Debug)]
struct Shared {
    record: Mutex<Record>,
    /// How many messages there are, for whoever waits.
    arrived: watch::Sender<usize>,
}

impl Shared {
    fn record(&self) -> MutexGuard<'_, Record> {
        self.record.lock().unwrap()
    }

    fn note(&self, connection: usize, by: By, line: impl Into<String>) {
        self.record().log.push(Said {
            connection,
            by,
            line: line.into(),
        });
    }

    fn keep(&self, message: Message) {
        let mut record = self.record();
        record.messages.push(message);
        self.arrived.send_replace(record.messages.len());
    }
}

/// The server. It and its connections end when this is dropped.
#[derive(Debug)]
pub struct Smtp {
    address: SocketAddr,
    shared: Arc<Shared>,
    listening: Mutex<Option<JoinHandle<()>>>,
    /// Bound and never listening: it keeps the port ours while the server is away.
    _port: TcpSocket,
}

impl Smtp {
    /// Starts a server on a port of its own.
    pub async fn start() -> Self {
        let port = bind("127.0.0.1:0".parse().unwrap()).unwrap();
        let smtp = Self {
            address: port.local_addr().unwrap(),
            shared: Arc::new(Shared {
                record: Mutex::default(),
                arrived: watch::Sender::new(0),
            }),
            listening: Mutex::new(None),
            _port: port,
        };
        smtp.come_back();
        smtp
    }

    pub fn address(&self) -> SocketAddr {
        self.address
    }

    pub fn host(&self) -> String {
        self.address.ip().to_string()
    }

    pub fn port(&self) -> u16 {
        self.address.port()
    }

    /// What the next transactions meet, one each, after those already listed.
    pub fn fail_next(&self, faults: impl IntoIterator<Item = Fault>) {
        self.shared.record().faults.extend(faults);
    }

    /// How many listed faults no transaction has met yet.
    pub fn faults_left(&self) -> usize {
        self.shared.record().faults.len()
    }

    /// The server is gone: connections are refused and open ones die, until it comes back.
    pub async fn go_away(&self) {
        let listening = self.listening.lock().unwrap().take();
        if let Some(task) = listening {
            task.abort();
            // Only when the task has ended is the listening socket closed.
            task.await.ok();
        }
    }

    /// The server is there again, on the same port.
    pub fn come_back(&self) {
        let mut listening = self.listening.lock().unwrap();
        assert!(listening.is_none(), "the mail server is already there");
        let listener = bind(self.address)
            .and_then(|socket| socket.listen(128))
            .unwrap();
        let shared = Arc::clone(&self.shared);
        *listening = Some(tokio::spawn(async move {
            // Aborting this task drops the set, which ends every connection.
            let mut connections = JoinSet::new();
            while let Ok((stream, _)) = listener.accept().await {
                let number = {
                    let mut record = shared.record();
                    record.connections += 1;
                    record.connections
                };
                let shared = Arc::clone(&shared);
                connections.spawn(async move {
                    let end = match Session::new(&shared, number, stream).serve().await {
                        Ok(end) => end.to_owned(),
                        Err(error) => format!("lost: {error}"),
                    };
                    shared.note(number, By::Event, end);
                });
                while connections.try_join_next().is_some() {}
            }
        }));
    }

    /// Every message that the server took, in order, also those that the sender does not know of.
    pub fn messages(&self) -> Vec<Message> {
        self.shared.record().messages.clone()
    }

    /// Those to this address.
    pub fn messages_to(&self, address: &str) -> Vec<Message> {
        let mut messages = self.messages();
        messages.retain(|message| message.to.iter().any(|to| to.eq_ignore_ascii_case(address)));
        messages
    }

    /// Waits until there are at least so many; fails, telling what was said, after ten seconds.
    pub async fn wait_for(&self, count: usize) -> Vec<Message> {
        let mut arrived = self.shared.arrived.subscribe();
        let wait = arrived.wait_for(|there| *there >= count);
        if tokio::time::timeout(Duration::from_secs(10), wait)
            .await
            .is_err()
        {
            panic!(
                "waited for {count} mails and have {}; what was said:\n{}",
                self.messages().len(),
                self.transcript()
            );
        }
        self.messages()
    }

    pub fn log(&self) -> Vec<Said> {
        self.shared.record().log.clone()
    }

    /// The log for a person, one line each.
    pub fn transcript(&self) -> String {
        let line = |said: Said| {
            let arrow = match said.by {
                By::Sender => ">",
                By::Server => "<",
                By::Event => "*",
            };
            format!("{} {arrow} {}\n", said.connection, said.line)
        };
        self.log().into_iter().map(line).collect()
    }
}

impl Drop for Smtp {
    fn drop(&mut self) {
        if let Some(task) = self.listening.get_mut().unwrap().take() {
            task.abort();
        }
    }
}

fn bind(address: SocketAddr) -> io::Result<TcpSocket> {
    let socket = TcpSocket::new_v4()?;
    // Lets the listener come and go beside the socket that keeps the port.
    socket.set_reuseaddr(true)?;
    socket.bind(address)?;
    Ok(socket)
}

/// How a connection ended.
type Ended = &'static str;

const HUNG_UP: Ended = "the sender hung up";
const DIED: Ended = "the server died here";

struct Session<'a> {
    shared: &'a Shared,
    number: usize,
    stream: BufReader<TcpStream>,
    greeted: bool,
    envelope: Option<Envelope>,
}

struct Envelope {
    from: String,
    to: Vec<String>,
    fault: Fault,
}

impl<'a> Session<'a> {
    fn new(shared: &'a Shared, number: usize, stream: TcpStream) -> Self {
        Self {
            shared,
            number,
            stream: BufReader::new(stream),
            greeted: false,
            envelope: None,
        }
    }

    async fn serve(mut self) -> io::Result<Ended> {
        self.reply("220 mail.test.invalid ESMTP").await?;
        loop {
            let Some(line) = self.read_line().await? else {
                return Ok(HUNG_UP);
            };
            self.shared.note(self.number, By::Sender, line.as_str());
            let (verb, rest) = line.split_once(' ').unwrap_or((&line, ""));
            let ended = match verb.to_ascii_uppercase().as_str() {
                "EHLO" => self.greet(true).await?,
                "HELO" => self.greet(false).await?,
                "MAIL" => self.mail(rest).await?,
                "RCPT" => self.recipient(rest).await?,
                "DATA" => self.data().await?,
                "RSET" => {
                    self.envelope = None;
                    self.reply("250 2.0.0 forgotten").await?
                }
                "NOOP" => self.reply("250 2.0.0 still here").await?,
                "VRFY" => self.reply("252 2.5.0 try it").await?,
                "QUIT" => {
                    self.reply("221 2.0.0 goodbye").await?;
                    return Ok("the sender quit");
                }
                _ => self.reply("500 5.5.2 no such command").await?,
            };
            if let Some(ended) = ended {
                return Ok(ended);
            }
        }
    }

    async fn greet(&mut self, extended: bool) -> io::Result<Option<Ended>> {
        self.greeted = true;
        self.envelope = None;
        if !extended {
            return self.reply("250 mail.test.invalid").await;
        }
        let size = format!("250-SIZE {LARGEST}");
        for line in [
            "250-mail.test.invalid",
            "250-PIPELINING",
            "250-8BITMIME",
            &size,
        ] {
            self.reply(line).await?;
        }
        self.reply("250 ENHANCEDSTATUSCODES").await
    }

    async fn mail(&mut self, rest: &str) -> io::Result<Option<Ended>> {
        if !self.greeted || self.envelope.is_some() {
            return self.reply("503 5.5.1 not now").await;
        }
        let Some(from) = path(rest, "FROM:") else {
            return self.reply("501 5.5.4 MAIL FROM:<address>").await;
        };
        let next = self.shared.record().faults.pop_front();
        let fault = next.unwrap_or(Fault::None);
        if fault == Fault::HangAtMail {
            return self.hang().await.map(Some);
        }
        self.envelope = Some(Envelope {
            from,
            to: Vec::new(),
            fault,
        });
        self.reply("250 2.1.0 sender ok").await
    }

    async fn recipient(&mut self, rest: &str) -> io::Result<Option<Ended>> {
        let Some(envelope) = &mut self.envelope else {
            return self.reply("503 5.5.1 MAIL first").await;
        };
        if let Fault::RefuseRecipient(code) = envelope.fault {
            return self.refuse(code).await;
        }
        match path(rest, "TO:").filter(|to| !to.is_empty()) {
            Some(to) => {
                envelope.to.push(to);
                self.reply("250 2.1.5 recipient ok").await
            }
            None => self.reply("501 5.5.4 RCPT TO:<address>").await,
        }
    }

    async fn data(&mut self) -> io::Result<Option<Ended>> {
        let fault = match &self.envelope {
            None => return self.reply("503 5.5.1 MAIL first").await,
            Some(envelope) if envelope.to.is_empty() => {
                return self.reply("554 5.5.1 no valid recipients").await;
            }
            Some(envelope) => envelope.fault,
        };
        if let Fault::RefuseData(code) = fault {
            self.envelope = None;
            return self.refuse(code).await;
        }
        self.reply("354 end with a dot on a line of its own")
            .await?;
        let Some(raw) = self.message(fault == Fault::DieBeforeDot).await? else {
            self.envelope = None;
            return self.reply("552 5.3.4 too large").await;
        };
        let raw = match raw {
            Body::Whole(raw) => raw,
            Body::CutOff(ended) => return Ok(Some(ended)),
        };
        let size = format!("(message of {} bytes)", raw.len());
        self.shared.note(self.number, By::Sender, size);
        let Some(Envelope { from, to, .. }) = self.envelope.take() else {
            return self.reply("503 5.5.1 MAIL first").await;
        };
        match fault {
            Fault::RefuseMessage(code) => self.refuse(code).await,
            Fault::DieAfterDot => {
                self.shared.keep(Message::new(from, to, raw, false));
                self.die().await.map(Some)
            }
            Fault::HangAfterDot => {
                self.shared.keep(Message::new(from, to, raw, false));
                self.hang().await.map(Some)
            }
            _ => {
                // Kept before the reply: whoever was told 250 finds it here.
                self.shared.keep(Message::new(from, to, raw, true));
                self.reply("250 2.0.0 it is ours now").await
            }
        }
    }

    /// The message, dot-stuffing undone; `None` when it is larger than we said we take.
    async fn message(&mut self, die_before_dot: bool) -> io::Result<Option<Body>> {
        let mut raw = Vec::new();
        let mut line = Vec::new();
        let mut too_large = false;
        loop {
            line.clear();
            if (&mut self.stream)
                .take(LARGEST)
                .read_until(b'\n', &mut line)
                .await?
                == 0
            {
                return Ok(Some(Body::CutOff(HUNG_UP)));
            }
            // Only CR LF . CR LF ends a message: a bare LF around the dot is text, or mail could
            // be smuggled in behind it.
            if line == b".\r\n" && (raw.is_empty() || raw.ends_with(b"\r\n")) {
                break;
            }
            let text = line.strip_prefix(b".").unwrap_or(&line);
            if raw.len() as u64 + text.len() as u64 > LARGEST {
                too_large = true;
            } else {
                raw.extend_from_slice(text);
            }
        }
        if die_before_dot {
            // The dot is in the same packet as the rest, mostly; we never looked at it.
            return self.die().await.map(|ended| Some(Body::CutOff(ended)));
        }
        Ok((!too_large).then_some(Body::Whole(raw)))
    }

    async fn refuse(&mut self, code: u16) -> io::Result<Option<Ended>> {
        let line = match code {
            400..500 => format!("{code} 4.3.0 come back later"),
            _ => format!("{code} 5.1.1 never"),
        };
        self.reply(&line).await
    }

    /// Says nothing more, until the sender hangs up.
    async fn hang(&mut self) -> io::Result<Ended> {
        self.shared
            .note(self.number, By::Event, "the server says nothing more");
        let mut ignored = [0_u8; 1024];
        while self.stream.read(&mut ignored).await? > 0 {}
        Ok(HUNG_UP)
    }

    /// Ends as a killed process does: a reset, not an orderly goodbye.
    async fn die(&mut self) -> io::Result<Ended> {
        self.stream.get_ref().set_zero_linger()?;
        Ok(DIED)
    }

    async fn reply(&mut self, line: &str) -> io::Result<Option<Ended>> {
        self.shared.note(self.number, By::Server, line);
        self.stream
            .get_mut()
            .write_all(format!("{line}\r\n").as_bytes())
            .await?;
        Ok(None)
    }

    async fn read_line(&mut self) -> io::Result<Option<String>> {
        let mut line = Vec::new();
        // A command is at most 512 bytes by the standard; ten times that is not worth hearing.
        let read = (&mut self.stream)
            .take(5_120)
            .read_until(b'\n', &mut line)
            .await?;
        if read == 0 {
            return Ok(None);
        }
        if line.last() != Some(&b'\n') {
            return Err(io::Error::other("a command that does not end"));
        }
        Ok(Some(String::from_utf8_lossy(&line).trim_end().to_owned()))
    }
}

enum Body {
    Whole(Vec<u8>),
    CutOff(Ended),
}

/// The address in `FROM:<a@b> SIZE=1`.
fn path(rest: &str, keyword: &str) -> Option<String> {
    let after = rest
        .get(..keyword.len())
        .filter(|start| start.eq_ignore_ascii_case(keyword))
        .and_then(|_| rest.get(keyword.len()..))?;
    let (address, _) = after.trim_start().strip_prefix('<')?.split_once('>')?;
    Some(address.to_owned())
}

pub mod tls;

#[cfg(test)]
mod tests;
