//! Which addresses that users name the service may call.
//!
//! A webhook makes the service send a request to wherever somebody says, so whoever can order a picture could
//! make it knock at doors inside its own network. What is allowed is what is known to be harmless: https to a
//! public name, or to a public address in its one plain spelling. Everything that the runtime's URL parser would
//! read as something else than it looks like is refused instead of understood.
//!
//! This looks at names, not at what they resolve to: an edge function cannot ask. The runtime's own network has
//! to refuse private addresses, as Cloudflare's does, and as workerd does with `allow = ["public"]`.

mod address;
#[cfg(test)]
mod tests;

use crate::limits::MAX_URL_BYTES;

/// Ports beside the scheme's own, which is 443: what is meant for the public listens there, and databases,
/// caches and mail servers do not.
const PORTS: [&str; 2] = ["443", "8443"];

/// The last labels of names that mean something only inside a network, or nothing at all (RFC 2606, 6761, 6762,
/// 7686, 8375, 9476, and what routers and companies use).
const INNER: [&str; 15] = [
    "localhost",
    "local",
    "localdomain",
    "internal",
    "intranet",
    "private",
    "corp",
    "lan",
    "home",
    "arpa",
    "onion",
    "alt",
    "test",
    "invalid",
    "consul",
];

/// How far away an address is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reach {
    /// Somewhere on the internet.
    Public,
    /// The machine itself, which only a development set-up may allow.
    Loopback,
}

/// Why an address is not called.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Refusal {
    /// Too long, or with characters that parsers disagree about.
    Form,
    /// Not https.
    Scheme,
    /// A user name or a password before the host.
    Credentials,
    /// Another port than 443 and 8443.
    Port,
    /// A name that only a network's inside knows, or an address in disguise.
    Host,
    /// An address that is not the public's.
    Address,
}

/// Judges an address before it is kept, and again before it is called.
///
/// # Errors
///
/// [`Refusal`].
pub fn judge(url: &str) -> Result<Reach, Refusal> {
    let is_plain = url.bytes().all(|byte| {
        byte.is_ascii_graphic()
            && !matches!(
                byte,
                b'\\' | b'"' | b'<' | b'>' | b'^' | b'`' | b'{' | b'|' | b'}'
            )
    });
    if url.len() > MAX_URL_BYTES || !is_plain {
        return Err(Refusal::Form);
    }
    let (is_secure, rest) = match (url.strip_prefix("https://"), url.strip_prefix("http://")) {
        (Some(rest), _) => (true, rest),
        (_, Some(rest)) => (false, rest),
        _ => return Err(Refusal::Scheme),
    };
    let authority = rest.split(['/', '?', '#']).next().unwrap_or_default();
    if authority.contains('@') {
        return Err(Refusal::Credentials);
    }
    let (host, port) = host_and_port(authority).ok_or(Refusal::Host)?;
    if address::is_loopback(host) {
        return if port.is_none_or(is_port) {
            Ok(Reach::Loopback)
        } else {
            Err(Refusal::Port)
        };
    }
    if !is_secure {
        return Err(Refusal::Scheme);
    }
    if port.is_some_and(|port| !PORTS.contains(&port)) {
        return Err(Refusal::Port);
    }
    match host.bytes().next() {
        Some(b'[') => address::is_public_v6(host)
            .then_some(Reach::Public)
            .ok_or(Refusal::Address),
        _ if address::is_v4(host) => address::is_public_v4(host)
            .then_some(Reach::Public)
            .ok_or(Refusal::Address),
        _ => is_public_name(host)
            .then_some(Reach::Public)
            .ok_or(Refusal::Host),
    }
}

/// Whether a deployment's own address is on the machine itself, so that a webhook may be, too.
#[must_use]
pub fn is_local_deployment(base_url: &str) -> bool {
    matches!(judge(base_url), Ok(Reach::Loopback))
}

/// Taken apart; the brackets of an IPv6 address stay with it.
fn host_and_port(authority: &str) -> Option<(&str, Option<&str>)> {
    let end = match authority.strip_prefix('[') {
        Some(bracketed) => bracketed.find(']')? + 2,
        None => authority.find(':').unwrap_or(authority.len()),
    };
    let (host, rest) = authority.split_at_checked(end)?;
    match rest.strip_prefix(':') {
        Some(port) => Some((host, Some(port))),
        None => rest.is_empty().then_some((host, None)),
    }
    .filter(|(host, _)| !host.is_empty())
}

fn is_port(port: &str) -> bool {
    !port.starts_with(['0', '+']) && port.parse::<u16>().is_ok()
}

/// A name as DNS has them, with at least two labels, of which the last is no number: `2130706433`, `0x7f.1` and
/// `127.1` are addresses in disguise.
fn is_public_name(host: &str) -> bool {
    const MAX_NAME: usize = 253;
    const MAX_LABEL: usize = 63;
    let name = host.strip_suffix('.').unwrap_or(host);
    let is_label = |label: &str| {
        (1..=MAX_LABEL).contains(&label.len())
            && label
                .bytes()
                .all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_'))
            && !label.starts_with('-')
            && !label.ends_with('-')
    };
    let Some((_, last)) = name.rsplit_once('.') else {
        return false;
    };
    let is_top_level = last.bytes().all(|byte| byte.is_ascii_alphabetic())
        || last
            .get(..4)
            .is_some_and(|start| start.eq_ignore_ascii_case("xn--"));
    name.len() <= MAX_NAME
        && name.split('.').all(is_label)
        && is_top_level
        && !INNER.iter().any(|inner| last.eq_ignore_ascii_case(inner))
}
