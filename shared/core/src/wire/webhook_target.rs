//! Where a client wants to hear of a job's outcome.

use alloc::borrow::ToOwned;
use alloc::string::{String, ToString};
use alloc::vec::Vec;
use core::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use super::fields::Fields;
use crate::ApiError;
use crate::limits::MAX_URL_BYTES;

/// Outcomes that a webhook can tell.
pub const WEBHOOK_EVENTS: [&str; 3] = ["completed", "failed", "canceled"];

const EXPECTED_URL: &str = "an https URL of a public host, without user name";

/// A webhook for one job.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WebhookTarget {
    /// Where to.
    pub url: String,
    /// Which outcomes.
    pub events: Vec<String>,
}

impl WebhookTarget {
    /// Whether it stays on the machine itself, which only a development set-up may allow.
    #[must_use]
    pub fn is_local(&self) -> bool {
        host_of(&self.url).is_some_and(is_loopback)
    }
}

pub(crate) fn take_webhook(fields: &mut Fields) -> Result<Option<WebhookTarget>, ApiError> {
    let events = take_events(fields)?;
    let Some(value) = fields.take("webhookUrl") else {
        if events.is_some() {
            return Err(fields.missing("webhookUrl", EXPECTED_URL));
        }
        return Ok(None);
    };
    let Some(url) = value.as_str().filter(|url| is_acceptable(url)) else {
        return Err(fields.invalid("webhookUrl", EXPECTED_URL));
    };
    let every = || WEBHOOK_EVENTS.into_iter().map(ToOwned::to_owned).collect();
    Ok(Some(WebhookTarget {
        url: url.to_string(),
        events: events.unwrap_or_else(every),
    }))
}

fn take_events(fields: &mut Fields) -> Result<Option<Vec<String>>, ApiError> {
    const EXPECTED: &str = "a list of completed, failed and canceled";
    let Some(items) = fields.list("webhookEvents", WEBHOOK_EVENTS.len())? else {
        return Ok(None);
    };
    let mut events: Vec<String> = Vec::with_capacity(items.len());
    for item in &items {
        let known = item.as_str().filter(|name| WEBHOOK_EVENTS.contains(name));
        match known {
            Some(name) if !events.iter().any(|event| event == name) => events.push(name.to_owned()),
            Some(_) => {}
            None => return Err(fields.invalid("webhookEvents", EXPECTED)),
        }
    }
    if events.is_empty() {
        return Err(fields.invalid("webhookEvents", EXPECTED));
    }
    Ok(Some(events))
}

/// Whether a URL may be called from inside the service: no other scheme, no credentials, and no address that
/// only the service itself can reach.
fn is_acceptable(url: &str) -> bool {
    let printable = url
        .bytes()
        .all(|byte| byte.is_ascii_graphic() && byte != b'\\');
    if url.len() > MAX_URL_BYTES || !printable {
        return false;
    }
    let Some(host) = host_of(url) else {
        return false;
    };
    let is_secure = url.starts_with("https://");
    match address_of(host) {
        Some(address) if address.is_loopback() => true,
        Some(address) => is_secure && is_public(address),
        None if is_loopback(host) => true,
        None => is_secure && is_public_name(host),
    }
}

/// The host of an http or https URL without credentials.
fn host_of(url: &str) -> Option<&str> {
    let rest = url
        .strip_prefix("https://")
        .or_else(|| url.strip_prefix("http://"))?;
    let authority = rest.split(['/', '?', '#']).next()?;
    if authority.contains('@') {
        return None;
    }
    let (host, port) = match authority.strip_prefix('[') {
        Some(bracketed) => {
            let (host, after) = bracketed.split_once(']')?;
            (
                host,
                after.strip_prefix(':').or(after.is_empty().then_some(""))?,
            )
        }
        None => authority.split_once(':').unwrap_or((authority, "")),
    };
    let is_port = port.is_empty() || port.parse::<u16>().is_ok_and(|port| port != 0);
    (!host.is_empty() && is_port).then_some(host)
}

fn address_of(host: &str) -> Option<IpAddr> {
    host.parse().ok()
}

fn is_loopback(host: &str) -> bool {
    host.eq_ignore_ascii_case("localhost")
        || address_of(host).is_some_and(|address| address.is_loopback())
}

/// A name with at least one dot whose last label is no number: `2130706433`, `0x7f.1` and `127.1` are
/// addresses in disguise.
fn is_public_name(host: &str) -> bool {
    let host = host.strip_suffix('.').unwrap_or(host);
    let plain = host
        .bytes()
        .all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.'));
    let last = host.rsplit('.').next().unwrap_or("");
    let inner = [
        "localhost",
        "local",
        "internal",
        "lan",
        "home",
        "arpa",
        "onion",
    ];
    plain
        && host.contains('.')
        && host.split('.').all(|label| !label.is_empty())
        && last
            .bytes()
            .all(|byte| byte.is_ascii_alphabetic() || byte == b'-')
            | last.to_ascii_lowercase().starts_with("xn--")
        && !inner.iter().any(|name| last.eq_ignore_ascii_case(name))
}

fn is_public(address: IpAddr) -> bool {
    match address {
        IpAddr::V4(address) => is_public_v4(address),
        IpAddr::V6(address) => match address.to_ipv4() {
            Some(inner) => is_public_v4(inner),
            None => is_public_v6(address),
        },
    }
}

fn is_public_v4(address: Ipv4Addr) -> bool {
    let [first, second, ..] = address.octets();
    !(address.is_private()
        || address.is_loopback()
        || address.is_link_local()
        || address.is_unspecified()
        || address.is_documentation()
        || first == 0
        || first >= 224
        || (first == 100 && (64..128).contains(&second))
        || (first == 198 && (18..20).contains(&second)))
}

/// Global unicast is `2000::/3`; of it, `2001:db8::/32` is documentation and `2002::/16` wraps IPv4.
fn is_public_v6(address: Ipv6Addr) -> bool {
    let [first, second, ..] = address.segments();
    (first & 0xe000) == 0x2000 && !(first == 0x2001 && second == 0x0db8) && first != 0x2002
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::Value;

    #[test]
    fn what_may_be_called() {
        for url in [
            "https://example.com/hook",
            "https://hooks.example.co.uk:8443/a?b=c",
            "https://8.8.8.8/x",
            "https://xn--bcher-kva.example/x",
            "http://127.0.0.1:9000/hook",
            "http://localhost/hook",
            "https://[2606:4700::1111]/",
        ] {
            assert!(is_acceptable(url), "{url}");
        }
        for url in [
            "",
            "http://example.com/hook",
            "ftp://example.com",
            "javascript:alert(1)",
            "https://user:secret@example.com/",
            "https://10.0.0.1/",
            "https://192.168.1.1/",
            "https://169.254.169.254/latest/meta-data",
            "https://100.64.0.1/",
            "https://2130706433/",
            "https://127.1/",
            "https://0x7f.0.0.1/",
            "https://[::ffff:10.0.0.1]/",
            "https://[fd00::1]/",
            "https://metadata.google.internal/",
            "https://intranet/",
            "https://exa mple.com/",
            "https://example.com\\@10.0.0.1/",
            "https:///path",
            "https://example.com:99999/",
        ] {
            assert!(!is_acceptable(url), "{url}");
        }
    }

    #[test]
    fn local_targets_are_recognised() {
        let local = |url: &str| {
            WebhookTarget {
                url: url.into(),
                events: Vec::new(),
            }
            .is_local()
        };
        assert!(
            local("http://127.0.0.1:1/x") && local("https://localhost/") && local("http://[::1]/")
        );
        assert!(!local("https://example.com/"));
    }

    #[test]
    fn events_are_a_set_of_known_ones() {
        let parse = |body: &str| take_webhook(&mut Fields::of_body(body.as_bytes()).unwrap());
        let url = r#""webhookUrl":"https://example.com/x""#;
        let events = |list: &str| {
            parse(&alloc::format!("{{{url},\"webhookEvents\":{list}}}"))
                .map(|target| target.unwrap().events.join(" "))
        };
        assert_eq!(events(r#"["failed","failed"]"#).unwrap(), "failed");
        assert_eq!(events("null").unwrap(), "completed failed canceled");
        assert!(events(r#"["progress"]"#).is_err() && events("[]").is_err());
        assert!(parse(r#"{"webhookEvents":["failed"]}"#).is_err());
    }

    #[test]
    fn nulls_are_absent() {
        let value: Value = serde_json::from_str(r#"{"webhookUrl":null}"#).unwrap();
        assert_eq!(
            take_webhook(&mut Fields::of_value("", value).unwrap()).unwrap(),
            None
        );
    }
}
