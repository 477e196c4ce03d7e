//! What is written to PostgreSQL leaves at once.
//!
//! sqlx opens its connections without `TCP_NODELAY`. The rows of a `COPY` and the word that they were all are two writes;
//! the kernel keeps the second back until the first was acknowledged, and a server that waits for more acknowledges after
//! 40 ms. An import copies into a dozen tables, and a run for one new line into six.
//!
//! The library gives nobody its sockets, so that they are found among the open files of the process. Where that is not
//! allowed, everything is as right as before, and slower.

use std::io;

/// Lets what is written to this port of a server leave at once, on each connection that the process has to it.
pub(super) fn leave_at_once(port: u16) {
    if let Err(error) = set(port) {
        tracing::debug!(%error, "small messages to PostgreSQL may wait for 40 ms");
    }
}

#[cfg(target_os = "linux")]
fn set(port: u16) -> io::Result<()> {
    use std::net::SocketAddr;

    use rustix::net::{getpeername, sockopt::set_tcp_nodelay};
    use rustix::process::{PidfdFlags, PidfdGetfdFlags, getpid, pidfd_getfd, pidfd_open};

    let me = pidfd_open(getpid(), PidfdFlags::empty())?;
    for entry in std::fs::read_dir("/proc/self/fd")? {
        let entry = entry?;
        let name = entry.file_name();
        let Some(number) = name.to_str().and_then(|name| name.parse().ok()) else {
            continue;
        };
        let is_socket = std::fs::read_link(entry.path())
            .is_ok_and(|to| to.to_string_lossy().starts_with("socket:"));
        if !is_socket {
            continue;
        }
        // What was closed meanwhile is no socket of ours.
        let Ok(socket) = pidfd_getfd(&me, number, PidfdGetfdFlags::empty()) else {
            continue;
        };
        let peer = getpeername(&socket).ok().flatten();
        let peer = peer.and_then(|peer| SocketAddr::try_from(peer).ok());
        if peer.is_some_and(|peer| peer.port() == port) {
            set_tcp_nodelay(&socket, true)?;
        }
    }
    Ok(())
}

#[cfg(not(target_os = "linux"))]
fn set(_port: u16) -> io::Result<()> {
    Err(io::ErrorKind::Unsupported.into())
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use std::net::{TcpListener, TcpStream};

    use super::*;

    #[test]
    #[cfg(target_os = "linux")]
    fn connections_to_a_port_and_no_others_send_at_once() {
        let servers = [(); 2].map(|()| TcpListener::bind("127.0.0.1:0").unwrap());
        let ports = servers
            .each_ref()
            .map(|one| one.local_addr().unwrap().port());
        let clients = ports.map(|port| TcpStream::connect(("127.0.0.1", port)).unwrap());
        leave_at_once(ports[0]);
        let set = clients.map(|client| client.nodelay().unwrap());
        assert_eq!(set, [true, false]);
    }
}
