//! TLS in front of the mail server: from the first byte, or after STARTTLS; and an account, if it
//! wants one. Its authority and certificate are made anew for each test.

use std::io;
use std::net::SocketAddr;
use std::path::Path;
use std::process::Command;
use std::sync::Arc;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use tokio::io::{
    AsyncBufReadExt as _, AsyncRead, AsyncWrite, AsyncWriteExt as _, BufReader, copy_bidirectional,
};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinHandle;
use tokio_rustls::TlsAcceptor;
use tokio_rustls::rustls::ServerConfig;
use tokio_rustls::rustls::pki_types::pem::PemObject as _;
use tokio_rustls::rustls::pki_types::{CertificateDer, PrivateKeyDer};

use super::Smtp;

/// An authority that nobody trusts but whom we tell to, and a server's certificate by it.
pub struct Authority {
    folder: tempfile::TempDir,
}

impl Authority {
    /// Makes an authority, and a certificate for a server of this name.
    pub fn vouching_for(name: &str) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let at = |file: &str| folder.path().join(file).display().to_string();
        let (ca, ca_key, key, request, certificate, extra) = (
            at("ca.pem"),
            at("ca.key"),
            at("server.key"),
            at("server.csr"),
            at("server.pem"),
            at("extra.cnf"),
        );
        let kind = if name.parse::<std::net::IpAddr>().is_ok() {
            "IP"
        } else {
            "DNS"
        };
        std::fs::write(&extra, format!("subjectAltName={kind}:{name}\n")).unwrap();
        let curve = [
            "-newkey",
            "ec",
            "-pkeyopt",
            "ec_paramgen_curve:P-256",
            "-nodes",
        ];
        let mut make = vec![
            "req",
            "-x509",
            "-days",
            "2",
            "-subj",
            "/CN=Throwaway authority",
        ];
        make.extend(curve);
        make.extend(["-keyout", &ca_key, "-out", &ca]);
        openssl(&make);
        let mut ask = vec!["req", "-subj", "/CN=mail"];
        ask.extend(curve);
        ask.extend(["-keyout", &key, "-out", &request]);
        openssl(&ask);
        openssl(&[
            "x509",
            "-req",
            "-days",
            "2",
            "-in",
            &request,
            "-CA",
            &ca,
            "-CAkey",
            &ca_key,
            "-CAcreateserial",
            "-extfile",
            &extra,
            "-out",
            &certificate,
        ]);
        Self { folder }
    }

    fn path(&self, file: &str) -> std::path::PathBuf {
        self.folder.path().join(file)
    }

    /// Its own certificate, as `smtp.ca_file` holds it.
    pub fn pem(&self) -> String {
        std::fs::read_to_string(self.path("ca.pem")).unwrap()
    }

    fn acceptor(&self) -> TlsAcceptor {
        let chain = CertificateDer::pem_file_iter(self.path("server.pem"))
            .unwrap()
            .collect::<Result<Vec<_>, _>>()
            .unwrap();
        let key = PrivateKeyDer::from_pem_file(self.path("server.key")).unwrap();
        let provider = tokio_rustls::rustls::crypto::ring::default_provider();
        let config = ServerConfig::builder_with_provider(Arc::new(provider))
            .with_safe_default_protocol_versions()
            .unwrap()
            .with_no_client_auth()
            .with_single_cert(chain, key)
            .unwrap();
        TlsAcceptor::from(Arc::new(config))
    }
}

fn openssl(arguments: &[&str]) {
    let made = Command::new("openssl")
        .args(arguments)
        .current_dir(Path::new("/"))
        .output()
        .expect("openssl makes the certificates of this test");
    assert!(
        made.status.success(),
        "openssl {arguments:?}: {}",
        String::from_utf8_lossy(&made.stderr)
    );
}

/// How the connection is protected.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Begins {
    /// With TLS.
    Encrypted,
    /// In the clear, and offers STARTTLS.
    Clear,
    /// In the clear, and offers nothing.
    ClearOnly,
}

/// The encrypted front of a mail server. It ends when this is dropped.
pub struct Front {
    address: SocketAddr,
    task: JoinHandle<()>,
}

impl Front {
    /// Stands in front of `smtp`; wants this account where one is given.
    pub async fn of(
        smtp: &Smtp,
        authority: &Authority,
        begins: Begins,
        account: Option<(&str, &str)>,
    ) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let front = Arc::new(Door {
            behind: smtp.address(),
            tls: authority.acceptor(),
            begins,
            account: account
                .map(|(user, password)| STANDARD.encode(format!("\0{user}\0{password}"))),
        });
        let task = tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let front = Arc::clone(&front);
                // However a connection ends, the next one is served.
                tokio::spawn(async move { front.serve(stream).await.ok() });
            }
        });
        Self { address, task }
    }

    pub fn port(&self) -> u16 {
        self.address.port()
    }
}

impl Drop for Front {
    fn drop(&mut self) {
        self.task.abort();
    }
}

struct Door {
    behind: SocketAddr,
    tls: TlsAcceptor,
    begins: Begins,
    /// What AUTH PLAIN must send.
    account: Option<String>,
}

impl Door {
    async fn serve(&self, stream: TcpStream) -> io::Result<()> {
        let mut behind = BufReader::new(TcpStream::connect(self.behind).await?);
        // The server's own greeting is said by us.
        behind.read_line(&mut String::new()).await?;
        if self.begins == Begins::Encrypted {
            let mut inside = self.tls.accept(stream).await?;
            inside.write_all(b"220 mail.test.invalid ESMTP\r\n").await?;
            return self.inside(inside, behind.into_inner()).await;
        }
        let mut clear = BufReader::new(stream);
        clear.write_all(b"220 mail.test.invalid ESMTP\r\n").await?;
        loop {
            let mut line = String::new();
            if clear.read_line(&mut line).await? == 0 {
                return Ok(());
            }
            let offer = self.begins == Begins::Clear;
            match line.split_whitespace().next().unwrap_or_default() {
                "EHLO" if offer => {
                    clear
                        .write_all(b"250-mail.test.invalid\r\n250 STARTTLS\r\n")
                        .await?;
                }
                "EHLO" => clear.write_all(b"250 mail.test.invalid\r\n").await?,
                "STARTTLS" if offer => {
                    clear.write_all(b"220 2.0.0 go ahead\r\n").await?;
                    let inside = self.tls.accept(clear.into_inner()).await?;
                    return self.inside(inside, behind.into_inner()).await;
                }
                "QUIT" => return clear.write_all(b"221 2.0.0 goodbye\r\n").await,
                _ => clear.write_all(b"530 5.7.0 STARTTLS first\r\n").await?,
            }
        }
    }

    /// Behind the encryption: asks for the account, then is the mail server itself.
    async fn inside(
        &self,
        mut stream: impl AsyncRead + AsyncWrite + Unpin,
        mut behind: TcpStream,
    ) -> io::Result<()> {
        let Some(account) = &self.account else {
            copy_bidirectional(&mut stream, &mut behind).await?;
            return Ok(());
        };
        let mut stream = BufReader::new(stream);
        loop {
            let mut line = String::new();
            if stream.read_line(&mut line).await? == 0 {
                return Ok(());
            }
            let words: Vec<&str> = line.split_whitespace().collect();
            match words.as_slice() {
                ["EHLO", ..] => {
                    stream
                        .write_all(b"250-mail.test.invalid\r\n250 AUTH PLAIN LOGIN\r\n")
                        .await?;
                }
                ["AUTH", "PLAIN", said] if said == account => {
                    stream.write_all(b"235 2.7.0 welcome\r\n").await?;
                    // The server behind has to be greeted, as it was not by the sender.
                    let mut greeted = BufReader::new(&mut behind);
                    greeted.write_all(b"EHLO front\r\n").await?;
                    loop {
                        let mut reply = String::new();
                        greeted.read_line(&mut reply).await?;
                        if !reply.starts_with("250-") {
                            break;
                        }
                    }
                    copy_bidirectional(&mut stream, &mut behind).await?;
                    return Ok(());
                }
                ["AUTH", ..] => {
                    stream
                        .write_all(b"535 5.7.8 no such account or password\r\n")
                        .await?;
                }
                ["QUIT"] => return stream.write_all(b"221 2.0.0 goodbye\r\n").await,
                _ => stream.write_all(b"530 5.7.0 who are you?\r\n").await?,
            }
        }
    }
}
