//! API keys: how one looks, and what one may do.
//!
//! `ovz_` and 40 characters of base32: 21 random bytes and the first four of a SHA-256 over what stands before them. So
//! whoever scans texts for secrets finds a key by its form and knows by the checksum that it is one, and what is no key
//! costs no look at the database.

use alloc::borrow::Cow;
use alloc::string::String;

use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};

use crate::Moment;
use crate::fingerprint::sha256_hex;

/// Begins every key.
pub const PREFIX: &str = "ovz_";

/// Random bytes: 168 bits.
const RANDOM_BYTES: usize = 21;

/// Bytes of the checksum, so that all of them fill 40 characters of five bits.
const CHECKSUM_BYTES: usize = 4;

/// Characters behind the prefix.
const CODE_CHARS: usize = (RANDOM_BYTES + CHECKSUM_BYTES) * 8 / 5;

/// Characters by which an owner tells keys apart: 20 bits of the 168.
const SHOWN_CHARS: usize = PREFIX.len() + 4;

/// RFC 4648's base32 in lower case: no digit looks like a letter, and a double click takes all of it.
const ALPHABET: &[u8; 32] = b"abcdefghijklmnopqrstuvwxyz234567";

/// The branch of a request's randomness that its key is made of: no part of what the request shows.
const BRANCH: u32 = 3;

/// What a key may do. There is none for operators, none for keys.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "lowercase")]
pub enum KeyScope {
    /// Orders, cancels, repeats; uploads references; keeps projects and the library.
    Orders,
    /// Reads jobs, assets, projects, events and the balance.
    Read,
    /// Reads and replaces the secret of webhooks, and sees to their deliveries.
    Webhooks,
}

impl KeyScope {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::Orders, Self::Read, Self::Webhooks];

    /// The name on the wire.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Orders => "orders",
            Self::Read => "read",
            Self::Webhooks => "webhooks",
        }
    }
}

crate::wire::kinds::named!(KeyScope);

/// A fresh key.
#[must_use]
pub fn fresh(at: &Moment) -> String {
    let mut bytes = [0u8; RANDOM_BYTES + CHECKSUM_BYTES];
    let (random, checksum) = bytes.split_at_mut(RANDOM_BYTES);
    for (byte, fresh) in random.iter_mut().zip(at.branch(BRANCH).entropy) {
        *byte = fresh;
    }
    checksum.copy_from_slice(&checksum_of(random));
    let mut key = String::from(PREFIX);
    encode(&bytes, &mut key);
    key
}

/// Whether a bearer token says of itself that it is a key, well formed or not.
#[must_use]
pub fn is_meant(token: &str) -> bool {
    token.starts_with(PREFIX)
}

/// What the database knows of a key; none for what never was one.
#[must_use]
pub fn digest(key: &str) -> Option<String> {
    is_key(key).then(|| sha256_hex(key.as_bytes()))
}

/// How a key begins, for its owner to tell it by.
#[must_use]
pub fn shown(key: &str) -> String {
    key.chars().take(SHOWN_CHARS).collect()
}

/// The text with all keys in it made unreadable, for what is logged.
#[must_use]
pub fn masked(text: &str) -> Cow<'_, str> {
    if !text.contains(PREFIX) {
        return Cow::Borrowed(text);
    }
    let mut parts = text.split(PREFIX);
    let mut clean = String::from(parts.next().unwrap_or_default());
    for part in parts {
        clean.push_str(PREFIX);
        let code = part.get(..CODE_CHARS).unwrap_or_default();
        // By form alone: a key with a slip of the pen is nearly a key.
        let is_code = code.len() == CODE_CHARS && code.bytes().all(|byte| ALPHABET.contains(&byte));
        clean.push_str(if is_code { "***" } else { code });
        clean.push_str(part.get(code.len()..).unwrap_or_default());
    }
    Cow::Owned(clean)
}

/// Whether this is a key: its form and its checksum.
fn is_key(text: &str) -> bool {
    let Some(bytes) = text.strip_prefix(PREFIX).and_then(decode) else {
        return false;
    };
    let (random, checksum) = bytes.split_at(RANDOM_BYTES);
    checksum == checksum_of(random)
}

fn checksum_of(random: &[u8]) -> [u8; CHECKSUM_BYTES] {
    let digest: [u8; 32] = Sha256::new()
        .chain_update(PREFIX)
        .chain_update(random)
        .finalize()
        .into();
    let [a, b, c, d, ..] = digest;
    [a, b, c, d]
}

/// Five bytes are eight characters; the length of a key is a multiple of both.
fn encode(bytes: &[u8], text: &mut String) {
    for group in bytes.chunks_exact(5) {
        let number = group
            .iter()
            .fold(0u64, |number, byte| number << 8 | u64::from(*byte));
        text.extend((0..8).rev().filter_map(|place| {
            let digit = usize::try_from(number >> (5 * place) & 31).ok()?;
            ALPHABET.get(digit).copied().map(char::from)
        }));
    }
}

fn decode(code: &str) -> Option<[u8; RANDOM_BYTES + CHECKSUM_BYTES]> {
    if code.len() != CODE_CHARS {
        return None;
    }
    let mut bytes = [0u8; RANDOM_BYTES + CHECKSUM_BYTES];
    for (group, chars) in bytes
        .chunks_exact_mut(5)
        .zip(code.as_bytes().chunks_exact(8))
    {
        let mut number = 0u64;
        for byte in chars {
            let digit = ALPHABET.iter().position(|known| known == byte)?;
            number = number << 5 | u64::try_from(digit).ok()?;
        }
        let [.., a, b, c, d, e] = number.to_be_bytes();
        group.copy_from_slice(&[a, b, c, d, e]);
    }
    Some(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::moment::Nth;
    use alloc::format;
    use proptest::prelude::*;

    fn key() -> String {
        fresh(&Moment::new(0, [7; 32]))
    }

    #[test]
    fn a_key_has_the_documented_form_and_never_changes() {
        // Made with Python's hashlib and base64, so that the format can't drift unnoticed.
        assert_eq!(key(), "ovz_4jxbmuzf7qa3u4z6ngw5dk7nfm56psedjp5nj4h7");
        assert_eq!(digest(&key()), Some(sha256_hex(key().as_bytes())));
        assert_eq!(shown(&key()), &key()[..8]);
        assert_ne!(key(), fresh(&Moment::new(0, [8; 32])));
    }

    #[test]
    fn a_key_is_no_part_of_what_a_request_shows() {
        let at = Moment::new(0, [7; 32]);
        let bytes = decode(&key()[4..]).unwrap();
        for nth in [Nth::First, Nth::Second] {
            let shown = at.fresh_id(nth);
            let is_part = |part| shown.as_bytes().windows(4).any(|other| other == part);
            assert!(!bytes.windows(4).any(is_part));
        }
    }

    #[test]
    fn any_other_character_makes_it_no_key() {
        for place in 0..key().len() {
            let mut wrong = key().into_bytes();
            wrong[place] = if wrong[place] == b'a' { b'b' } else { b'a' };
            let wrong = String::from_utf8(wrong).unwrap();
            assert_eq!(digest(&wrong), None, "{wrong}");
        }
        for wrong in [
            "",
            "ovz_",
            &key()[..43],
            &format!("{}a", key()),
            &key().to_uppercase(),
            &format!(" {}", key()),
            &key().replace("ovz_", "ovz-"),
        ] {
            assert_eq!(digest(wrong), None, "{wrong}");
        }
    }

    #[test]
    fn a_log_shows_no_key_wherever_it_stands() {
        let (one, other) = (key(), fresh(&Moment::new(0, [8; 32])));
        let text = format!("é/{one}?a={other}, {one}x and ovz_ovz_é, {}", &one[..20]);
        let clean = masked(&text);
        assert!(!clean.contains(&one[4..]) && !clean.contains(&other[4..]));
        assert_eq!(
            clean,
            format!(
                "é/ovz_***?a=ovz_***, ovz_***x and ovz_ovz_é, {}",
                &one[..20]
            )
        );
        assert!(matches!(masked("no key"), Cow::Borrowed("no key")));
    }

    proptest! {
        #[test]
        fn what_is_made_is_known(entropy in any::<[u8; 32]>()) {
            let key = fresh(&Moment::new(0, entropy));
            prop_assert!(digest(&key).is_some() && is_meant(&key));
            prop_assert_eq!(masked(&key), "ovz_***");
        }

        #[test]
        fn takes_any_text_without_a_panic(text in "(ovz_|\\PC){0,20}|ovz_[a-z2-7]{38,42}\\PC?") {
            prop_assert_eq!(digest(&text), None);
            prop_assert!(!masked(&text).contains(char::is_control));
        }
    }
}
