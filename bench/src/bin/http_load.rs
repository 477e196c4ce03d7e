//! A bounded load on one address, for `json_vs_peers.py`: so many connections that are kept, each asking
//! again as soon as it was answered, for so many seconds. Each connection comes from a loopback address of
//! its own, for a server may bound what one address asks. Prints requests a second, and how many
//! milliseconds half and all but a hundredth of the answers took at the most.
//!
//!     http_load ADDRESS PATH COOKIE CONNECTIONS SECONDS
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::print_stdout,
    clippy::cast_precision_loss,
    missing_docs,
    reason = "a benchmark says what went wrong by failing"
)]

use std::net::SocketAddr;
use std::time::{Duration, Instant};

use tokio::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader};
use tokio::net::{TcpSocket, TcpStream};

/// A connection from a loopback address of its own.
async fn connect(to: SocketAddr, number: u8) -> BufReader<TcpStream> {
    let from: SocketAddr = format!("127.0.1.{number}:0").parse().expect("an address");
    let socket = TcpSocket::new_v4().expect("a socket");
    socket.bind(from).expect("a loopback address");
    let stream = socket.connect(to).await.expect("a server");
    stream.set_nodelay(true).expect("a connection");
    BufReader::with_capacity(1 << 16, stream)
}

/// One request, whole.
async fn ask(stream: &mut BufReader<TcpStream>, request: &[u8], body: &mut Vec<u8>) {
    stream.write_all(request).await.expect("the server reads");
    let mut line = String::new();
    stream
        .read_line(&mut line)
        .await
        .expect("the server answers");
    assert!(line.starts_with("HTTP/1.1 200"), "it answered {line}");
    let mut length = None;
    loop {
        line.clear();
        stream
            .read_line(&mut line)
            .await
            .expect("the server answers");
        let header = line.trim_end().to_ascii_lowercase();
        if header.is_empty() {
            break;
        }
        if let Some(value) = header.strip_prefix("content-length:") {
            length = value.trim().parse().ok();
        }
    }
    body.resize(length.expect("a length"), 0);
    stream.read_exact(body).await.expect("a whole answer");
    assert!(!body.is_empty(), "it said nothing");
}

#[tokio::main(flavor = "current_thread")]
async fn main() {
    let words: Vec<String> = std::env::args().skip(1).collect();
    let [address, path, cookie, connections, seconds] = words.as_slice() else {
        panic!("http_load ADDRESS PATH COOKIE CONNECTIONS SECONDS");
    };
    let to: SocketAddr = address.parse().expect("an address");
    let connections: u8 = connections.parse().expect("connections, at most 250");
    let seconds: u64 = seconds.parse().expect("seconds");
    let request = format!(
        "GET {path} HTTP/1.1\r\nhost: {address}\r\ncookie: {cookie}\r\naccept: application/json\r\n\r\n"
    );
    let began = Instant::now();
    let until = began + Duration::from_secs(seconds);
    let one = async |number: u8| {
        let mut stream = connect(to, number).await;
        let (mut took, mut body) = (Vec::new(), Vec::new());
        while Instant::now() < until {
            let asked = Instant::now();
            ask(&mut stream, request.as_bytes(), &mut body).await;
            took.push(asked.elapsed());
        }
        took
    };
    let all = futures_util::future::join_all((1..=connections).map(one)).await;
    let passed = began.elapsed().as_secs_f64();
    let mut took: Vec<Duration> = all.into_iter().flatten().collect();
    took.sort_unstable();
    let at = |hundredths: usize| took[(took.len() - 1) * hundredths / 100].as_secs_f64() * 1000.0;
    println!(
        "{:.1} {:.2} {:.2}",
        took.len() as f64 / passed,
        at(50),
        at(99)
    );
}
