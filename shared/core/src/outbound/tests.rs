//! One line an attempt. Where it says so, the spelling is one that browsers and the Workers runtime read as the
//! address in the comment.

use super::*;
use alloc::format;
use alloc::string::String;
use core::net::{Ipv4Addr, Ipv6Addr};
use proptest::prelude::*;

fn judged(url: &str) -> Result<Reach, Refusal> {
    judge(url)
}

#[test]
fn what_may_be_called() {
    for url in [
        "https://example.com",
        "https://example.com/hook",
        "https://example.com./hook",
        "https://example.com:443/hook",
        "https://hooks.example.co.uk:8443/a?b=c&d=%20#e",
        "https://a_b.example.com/",
        "https://xn--bcher-kva.example/x",
        "https://example.xn--p1ai/x",
        "https://EXAMPLE.com/x",
        "https://8.8.8.8/x",
        "https://[2606:4700::1111]/",
        "https://[2606:4700::1111]:8443/",
        "https://localhost.example.com/",
        "https://example.com/?u=http://10.0.0.1/",
        "https://example.com?@10.0.0.1/",
        "https://example.com/a@b",
    ] {
        assert_eq!(judged(url), Ok(Reach::Public), "{url}");
    }
}

#[test]
fn the_machine_itself() {
    for url in [
        "http://127.0.0.1:9000/hook",
        "http://127.255.255.254/",
        "https://localhost/",
        "http://LOCALHOST:65535/hook",
        "http://localhost./",
        "http://[::1]:8080/x",
        "http://[0:0:0:0:0:0:0:1]/",
    ] {
        assert_eq!(judged(url), Ok(Reach::Loopback), "{url}");
    }
    for url in [
        "http://localhost:0/",
        "http://localhost:65536/",
        "http://127.0.0.1:/",
        "http://[::1]x/",
        "http://[::1]:+80/",
    ] {
        assert!(judged(url).is_err(), "{url}");
    }
    assert!(is_local_deployment("http://127.0.0.1:8787"));
    assert!(!is_local_deployment("https://ourvidz.example.com"));
}

#[test]
fn what_is_no_https_address() {
    for (url, refusal) in [
        ("", Refusal::Scheme),
        ("example.com", Refusal::Scheme),
        ("//example.com/", Refusal::Scheme),
        ("http://example.com/hook", Refusal::Scheme),
        ("HTTPS://example.com/", Refusal::Scheme),
        ("ftp://example.com", Refusal::Scheme),
        ("javascript:alert(1)", Refusal::Scheme),
        ("file:///etc/passwd", Refusal::Scheme),
        ("gopher://example.com/", Refusal::Scheme),
        // The parser would supply the slashes.
        ("https:example.com", Refusal::Scheme),
        ("https:/example.com", Refusal::Scheme),
        // The parser would drop the third slash and call the path.
        ("https:///10.0.0.1/", Refusal::Host),
        ("https://", Refusal::Host),
        ("https://?x", Refusal::Host),
        ("https://:443/", Refusal::Host),
        ("https://user@example.com/", Refusal::Credentials),
        ("https://user:secret@example.com/", Refusal::Credentials),
        ("https://@example.com/", Refusal::Credentials),
        ("https://example.com@10.0.0.1/", Refusal::Credentials),
        // A backslash is a slash to some parsers and a part of the name to others.
        ("https://example.com\\@10.0.0.1/", Refusal::Form),
        ("https://exa mple.com/", Refusal::Form),
        ("https://example.com/a b", Refusal::Form),
        ("https://exam\tple.com/", Refusal::Form),
        ("https://example.com/\r\nx: y", Refusal::Form),
        ("https://example.com/\0", Refusal::Form),
        ("https://bücher.example/", Refusal::Form),
        // Full-width digits: 127.0.0.1.
        ("https://１２７.0.0.1/", Refusal::Form),
        // An ideographic full stop: 127.0.0.1.
        ("https://127。0。0。1/", Refusal::Form),
        ("https://example.com:80/", Refusal::Port),
        ("https://example.com:22/", Refusal::Port),
        ("https://example.com:6379/", Refusal::Port),
        ("https://example.com:0443/", Refusal::Port),
        ("https://example.com:/", Refusal::Port),
        ("https://example.com:99999/", Refusal::Port),
        ("https://8.8.8.8:25/", Refusal::Port),
    ] {
        assert_eq!(judged(url), Err(refusal), "{url}");
    }
    let long = format!("https://example.com/{}", "a".repeat(MAX_URL_BYTES));
    assert_eq!(judged(&long), Err(Refusal::Form));
}

#[test]
fn names_that_are_not_the_publics() {
    for host in [
        "intranet",
        "localhost.localdomain",
        "ip6-localhost",
        "a.localhost",
        "printer.local",
        "metadata.google.internal",
        "metadata",
        "instance-data.ec2.internal",
        "kubernetes.default.svc.cluster.local",
        "vault.service.consul",
        "router.lan",
        "nas.home",
        "1.0.0.127.in-addr.arpa",
        "x.onion",
        "x.test",
        "x.invalid",
        "db.corp",
        "x.INTERNAL",
        "x.internal.",
        // In disguise: each of these is 127.0.0.1 to the parser, or ends in a number, which it refuses.
        "2130706433",
        "017700000001",
        "0x7f000001",
        "0x7F.1",
        "127.1",
        "127.0.1",
        "0177.0.0.1",
        "0x7f.0.0.1",
        "127.0.0.0x1",
        "127.0.0.1.",
        "127.0.0.01",
        "00000127.0.0.1",
        "0",
        "0x",
        "1.1.1.1.1",
        "10.0.0.1.",
        "256.256.256.256",
        "a.0x7f",
        "a.1",
        // The parser decodes these before it looks: 127.0.0.1, example.com@10.0.0.1, localhost.
        "%31%32%37.0.0.1",
        "example.com%40",
        "%6cocalhost",
        "local%68ost",
        "a..b.com",
        ".example.com",
        "example.com..",
        "-a.example.com",
        "a-.example.com",
        "exa*mple.com",
        "exa!mple.com",
        "[example.com",
        "example.com]",
        "::1",
        "fe80::1",
    ] {
        let url = format!("https://{host}/");
        assert!(
            matches!(
                judged(&url),
                Err(Refusal::Host | Refusal::Port | Refusal::Form)
            ),
            "{url}: {:?}",
            judged(&url)
        );
    }
    let long = format!("https://{}.com/", "a".repeat(64));
    assert_eq!(judged(&long), Err(Refusal::Host));
}

#[test]
fn addresses_that_are_not_the_publics() {
    for host in [
        "0.0.0.0",
        "0.1.2.3",
        "10.0.0.1",
        "10.255.255.255",
        "100.64.0.1",
        "100.127.255.254",
        "169.254.169.254",
        "169.254.170.2",
        "172.16.0.1",
        "172.31.255.255",
        "192.0.0.1",
        "192.0.0.192",
        "192.0.2.1",
        "192.88.99.1",
        "192.168.1.1",
        "198.18.0.1",
        "198.19.255.255",
        "198.51.100.1",
        "203.0.113.1",
        "224.0.0.1",
        "239.255.255.250",
        "240.0.0.1",
        "255.255.255.255",
        "[::]",
        "[::ffff:127.0.0.1]",
        "[::ffff:7f00:1]",
        "[::ffff:10.0.0.1]",
        "[::ffff:8.8.8.8]",
        "[::127.0.0.1]",
        "[::a9fe:a9fe]",
        "[0:0:0:0:0:ffff:a9fe:a9fe]",
        "[64:ff9b::10.0.0.1]",
        "[64:ff9b:1::a00:1]",
        "[100::1]",
        "[2001::1]",
        "[2001:0:53aa:64c::1]",
        "[2001:10::1]",
        "[2001:20::1]",
        "[2001:db8::1]",
        "[2002:7f00:1::]",
        "[2002:a9fe:a9fe::1]",
        "[3fff::1]",
        "[3fff:fff::1]",
        "[5f00::1]",
        "[fc00::1]",
        "[fd00:ec2::254]",
        "[fe80::1]",
        "[fec0::1]",
        "[ff02::1]",
        "[fe80::1%25eth0]",
        "[2606:4700::1111%25eth0]",
        "[2606:4700::1111%eth0]",
        "[v1.x]",
        "[]",
        "[8.8.8.8]",
        "[::1.]",
    ] {
        let url = format!("https://{host}/");
        assert_eq!(judged(&url), Err(Refusal::Address), "{url}");
    }
}

/// What the ranges say, written down a second time by the standard library's own names.
fn is_kept_back(address: Ipv4Addr) -> bool {
    address.is_private()
        || address.is_link_local()
        || address.is_unspecified()
        || address.is_broadcast()
        || address.is_documentation()
        || address.is_multicast()
}

proptest! {
    #[test]
    fn no_address_that_is_kept_back_in_any_number_of_spellings(bits: u32) {
        let address = Ipv4Addr::from_bits(bits);
        let plain = judged(&format!("https://{address}/"));
        if is_kept_back(address) {
            prop_assert_eq!(plain, Err(Refusal::Address));
        }
        let [a, b, c, d] = address.octets();
        for disguise in [
            format!("{bits}"),
            format!("0x{bits:x}"),
            format!("0{bits:o}"),
            format!("0x{a:x}.0x{b:x}.0x{c:x}.0x{d:x}"),
            format!("0{a:o}.0{b:o}.0{c:o}.0{d:o}"),
            format!("{a}.{}", bits & 0x00ff_ffff),
            format!("{a}.{b}.{}", bits & 0xffff),
            format!("{a}.{b}.{c}.{d}."),
            format!("{a}.{b}.{c}.0{d:o}"),
        ] {
            let judgement = judged(&format!("https://{disguise}/"));
            prop_assert!(judgement.is_err(), "{disguise}: {judgement:?}");
        }
        for wrapped in [
            format!("[::ffff:{address}]"),
            format!("[::{address}]"),
            format!("[64:ff9b::{address}]"),
            format!("[2002:{:x}:{:x}::1]", bits >> 16, bits & 0xffff),
        ] {
            let judgement = judged(&format!("https://{wrapped}/"));
            // `::1`, as `::0.0.0.1`, is the machine itself.
            prop_assert!(judgement.is_err() || judgement == Ok(Reach::Loopback), "{wrapped}: {judgement:?}");
        }
    }

    #[test]
    fn only_global_unicast(bits: u128) {
        let address = Ipv6Addr::from_bits(bits);
        if judged(&format!("https://[{address}]/")) == Ok(Reach::Public) {
            prop_assert_eq!(bits >> 125, 1);
            prop_assert!(!address.is_multicast() && !address.is_loopback());
        }
    }

    #[test]
    fn takes_any_text_without_a_panic(text in "\\PC{0,40}", tail in "[a-z0-9.:@\\[\\]%/?#-]{0,40}") {
        let _ = judged(&text);
        let url: String = format!("https://{tail}");
        if judged(&url) == Ok(Reach::Public) {
            let authority = tail.split(['/', '?', '#']).next().unwrap_or_default();
            prop_assert!(!authority.contains('@') && !authority.contains('%'));
        }
    }
}
