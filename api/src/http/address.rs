//! Where a request comes from: its peer, or what the proxies in front say.

use std::net::{IpAddr, Ipv6Addr};

/// The address that asks. `forwarded` are the `X-Forwarded-For` lines in order: only what trusted
/// proxies appended is believed, from the right, and nothing to the left of a hop that cannot be
/// read, for the client may have written it.
pub fn client<'a>(
    peer: IpAddr,
    forwarded: impl IntoIterator<Item = &'a str>,
    trusted: &[IpAddr],
) -> IpAddr {
    let peer = peer.to_canonical();
    let mut last = peer;
    if !trusted.contains(&peer) {
        return peer;
    }
    let hops: Vec<&str> = forwarded
        .into_iter()
        .flat_map(|line| line.split(','))
        .collect();
    for hop in hops.into_iter().rev() {
        let Some(address) = read(hop) else {
            return last;
        };
        last = address;
        if !trusted.contains(&address) {
            return address;
        }
    }
    last
}

/// A hop as gateways write it: an address, perhaps with a port, perhaps in brackets.
fn read(hop: &str) -> Option<IpAddr> {
    let hop = hop.trim().trim_matches('"');
    let bare = match hop.strip_prefix('[') {
        Some(rest) => rest.split(']').next()?,
        // one colon is a port; more are an IPv6 address
        None if hop.matches(':').count() == 1 => hop.split(':').next()?,
        None => hop,
    };
    bare.parse::<IpAddr>()
        .ok()
        .map(|found| found.to_canonical())
}

/// What limits count by: an IPv4 address, or the network that one IPv6 subscriber has.
#[must_use]
pub fn subscriber(address: IpAddr) -> IpAddr {
    match address.to_canonical() {
        IpAddr::V6(address) => {
            let network = address.to_bits() & (u128::MAX << 64);
            IpAddr::V6(Ipv6Addr::from_bits(network))
        }
        v4 => v4,
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a test says what went wrong by failing")]
mod tests {
    use super::*;

    const PROXY: &str = "127.0.0.1";

    fn asks(peer: &str, lines: &[&str]) -> String {
        let trusted = [PROXY, "10.0.0.2"].map(|one| one.parse().unwrap());
        client(peer.parse().unwrap(), lines.iter().copied(), &trusted).to_string()
    }

    #[test]
    fn a_stranger_is_its_peer_whatever_it_writes() {
        assert_eq!(asks("203.0.113.9", &["198.51.100.1"]), "203.0.113.9");
        assert_eq!(asks("::ffff:203.0.113.9", &[]), "203.0.113.9");
    }

    #[test]
    fn a_trusted_proxy_names_the_client_at_the_right() {
        assert_eq!(asks(PROXY, &["198.51.100.1, 203.0.113.7"]), "203.0.113.7");
        assert_eq!(asks(PROXY, &["203.0.113.7, 10.0.0.2"]), "203.0.113.7");
        assert_eq!(asks(PROXY, &["203.0.113.7:5511"]), "203.0.113.7");
        assert_eq!(asks(PROXY, &["[2001:db8::7]:443"]), "2001:db8::7");
        assert_eq!(asks(PROXY, &[]), PROXY);
    }

    #[test]
    fn a_second_header_line_hides_nobody() {
        assert_eq!(asks(PROXY, &["9.9.9.1", "203.0.113.7"]), "203.0.113.7");
    }

    #[test]
    fn nothing_left_of_an_unreadable_hop_is_believed() {
        assert_eq!(asks(PROXY, &["9.9.9.1, unknown"]), PROXY);
        assert_eq!(asks(PROXY, &["9.9.9.1, unknown, 10.0.0.2"]), "10.0.0.2");
    }

    #[test]
    fn one_subscriber_of_ipv6_is_one() {
        let of = |one: &str| subscriber(one.parse().unwrap());
        assert_eq!(of("2001:db8:1:2::1"), of("2001:db8:1:2:ffff::9"));
        assert_ne!(of("2001:db8:1:2::1"), of("2001:db8:1:3::1"));
        assert_eq!(of("::ffff:192.0.2.1").to_string(), "192.0.2.1");
    }
}
