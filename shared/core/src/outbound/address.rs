//! Addresses written as numbers.

use core::net::{IpAddr, Ipv4Addr, Ipv6Addr};

/// The machine itself, by name or by number; a name below `localhost` is the machine, too (RFC 6761).
pub(super) fn is_loopback(host: &str) -> bool {
    let name = host.strip_suffix('.').unwrap_or(host);
    name.eq_ignore_ascii_case("localhost")
        || parse(host).is_some_and(|address| address.is_loopback())
}

/// Four decimal numbers, the one spelling that is understood; all others end in a number and so are no name.
pub(super) fn is_v4(host: &str) -> bool {
    host.parse::<Ipv4Addr>().is_ok()
}

pub(super) fn is_public_v4(host: &str) -> bool {
    host.parse().is_ok_and(is_global_v4)
}

/// An IPv6 address in brackets. One with a zone is no address of the internet's, and does not parse.
pub(super) fn is_public_v6(host: &str) -> bool {
    matches!(parse(host), Some(IpAddr::V6(address)) if is_global_v6(address))
}

fn parse(host: &str) -> Option<IpAddr> {
    match host.strip_prefix('[') {
        Some(bracketed) => bracketed.strip_suffix(']')?.parse().ok().map(IpAddr::V6),
        None => host.parse().ok().map(IpAddr::V4),
    }
}

/// Everything that IANA's registry of special addresses does not keep for itself.
fn is_global_v4(address: Ipv4Addr) -> bool {
    let [first, second, third, _] = address.octets();
    let is_special = match (first, second, third) {
        // This network; private; loopback; class E and the broadcast; multicast.
        (0 | 10 | 127 | 224.., ..) => true,
        // Carrier-grade NAT.
        (100, 64..=127, _) => true,
        // Link-local, where clouds keep their metadata.
        (169, 254, _) => true,
        (172, 16..=31, _) => true,
        // Protocol assignments, documentation, 6to4 relays, private.
        (192, 0, 0 | 2) | (192, 88, 99) | (192, 168, _) => true,
        // Benchmarks, documentation.
        (198, 18 | 19, _) | (198, 51, 100) | (203, 0, 113) => true,
        _ => false,
    };
    !is_special
}

/// Global unicast is `2000::/3`. In it lie protocol assignments and Teredo (`2001::/23`), documentation
/// (`2001:db8::/32`, `3fff::/20`) and 6to4 (`2002::/16`), the last of which wraps IPv4 addresses; other wrappers
/// (`::ffff:0:0/96`, `64:ff9b::/96`) and all local ranges lie outside of it.
fn is_global_v6(address: Ipv6Addr) -> bool {
    let [first, second, ..] = address.segments();
    let is_special = matches!(
        (first, second),
        (0x2001, 0..=0x01ff | 0x0db8) | (0x2002, _) | (0x3fff, 0..=0x0fff)
    );
    (0x2000..=0x3fff).contains(&first) && !is_special
}
