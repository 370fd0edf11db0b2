//! What the edge gives away to get it back unchanged: `ovs1.<base64url>.<base64url of HMAC-SHA256>`.
//!
//! Everybody can read it; only the edge can make it. It says what was true when it was made, never what still is.

use alloc::string::String;
use alloc::vec::Vec;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

use super::{hmac_sha256, hmac_sha256_is};

/// Part of what is signed, so that a tag for something else made with the same secret is none here.
const VERSION: &str = "ovs1";

/// Seals bytes.
#[must_use]
pub fn seal(secret: &[u8], bytes: &[u8]) -> String {
    let mut text = String::from(VERSION);
    text.push('.');
    URL_SAFE_NO_PAD.encode_string(bytes, &mut text);
    let tag = hmac_sha256(secret, &[text.as_bytes()]);
    text.push('.');
    URL_SAFE_NO_PAD.encode_string(tag, &mut text);
    text
}

/// The bytes, if they were sealed with one of the secrets, the present one first. An empty secret opens nothing.
#[must_use]
pub fn open(secrets: &[&[u8]], text: &str) -> Option<Vec<u8>> {
    let (signed, tag) = text.rsplit_once('.')?;
    let bytes = signed.strip_prefix(VERSION)?.strip_prefix('.')?;
    let tag = URL_SAFE_NO_PAD.decode(tag).ok()?;
    secrets
        .iter()
        .filter(|secret| !secret.is_empty())
        .any(|secret| hmac_sha256_is(secret, &[signed.as_bytes()], &tag))
        .then(|| URL_SAFE_NO_PAD.decode(bytes).ok())
        .flatten()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const NOW: &[u8] = b"the secret of now";
    const BEFORE: &[u8] = b"the secret of before";

    #[test]
    fn only_its_maker_opens_it_and_only_unchanged() {
        let sealed = seal(NOW, b"{\"version\":2}");
        assert_eq!(open(&[NOW], &sealed).unwrap(), b"{\"version\":2}");
        assert_eq!(open(&[BEFORE, NOW], &sealed).unwrap(), b"{\"version\":2}");
        assert_eq!(open(&[BEFORE], &sealed), None);
        assert_eq!(open(&[], &sealed), None);
        let (head, tag) = sealed.rsplit_once('.').unwrap();
        for wrong in [
            sealed.replacen("ovs1", "ovs2", 1),
            sealed.replacen('e', "f", 1),
            alloc::format!("{head}."),
            alloc::format!("{head}.{tag}="),
            head.into(),
            String::new(),
        ] {
            assert_eq!(open(&[NOW], &wrong), None, "{wrong}");
        }
        assert_eq!(open(&[b""], &seal(b"", b"x")), None);
    }

    proptest! {
        #[test]
        fn what_is_sealed_comes_back(bytes in any::<Vec<u8>>(), other in any::<Vec<u8>>()) {
            let sealed = seal(NOW, &bytes);
            prop_assert_eq!(open(&[NOW], &sealed), Some(bytes.clone()));
            let swapped = seal(BEFORE, &other);
            prop_assert_eq!(open(&[NOW], &swapped), None);
        }
    }
}
