//! The token in a hint that lets a worker which can't sign report on one attempt of one job, and on nothing
//! else: `ovt1.<attempt>.<base64url of HMAC-SHA256>`.
//!
//! Only the edge makes and checks it. It does not expire by itself: an attempt that is over is fenced off by
//! its number, and the secret can be replaced while tokens made with the previous one are still accepted.

use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use ourvidz_values::Id;

use super::{hmac_sha256, hmac_sha256_is};

const VERSION: &str = "ovt1";

/// The token for an attempt of a job.
#[must_use]
pub fn issue(secret: &[u8], job: Id, attempt: u32) -> String {
    let tag = hmac_sha256(secret, &[signed_text(job, attempt).as_bytes()]);
    format!("{VERSION}.{attempt}.{}", URL_SAFE_NO_PAD.encode(tag))
}

/// The attempt of the job that the token was issued for with one of the secrets, the present one first.
///
/// An empty secret verifies nothing: it is a missing setting, and everybody could sign with it.
#[must_use]
pub fn verify(secrets: &[&[u8]], token: &str, job: Id) -> Option<u32> {
    let (attempt, tag) = token
        .strip_prefix(VERSION)?
        .strip_prefix('.')?
        .split_once('.')?;
    let attempt = parse_attempt(attempt)?;
    let tag = URL_SAFE_NO_PAD.decode(tag).ok()?;
    let text = signed_text(job, attempt);
    secrets
        .iter()
        .filter(|secret| !secret.is_empty())
        .any(|secret| hmac_sha256_is(secret, &[text.as_bytes()], &tag))
        .then_some(attempt)
}

/// Reads the secret as configuration has it: 64 hex digits.
#[must_use]
pub fn parse_secret(text: &str) -> Option<Vec<u8>> {
    let digits = text.trim().as_bytes();
    if digits.len() != 64 {
        return None;
    }
    let nibble = |digit: u8| {
        char::from(digit)
            .to_digit(16)
            .and_then(|nibble| u8::try_from(nibble).ok())
    };
    digits
        .chunks_exact(2)
        .map(|pair| match *pair {
            [high, low] => Some(nibble(high)? << 4 | nibble(low)?),
            _ => None,
        })
        .collect()
}

/// Versioned and of fixed shape, so that no other use of the secret can make the same text.
fn signed_text(job: Id, attempt: u32) -> String {
    format!("ourvidz.attempt-token.v1:{job}:{attempt}")
}

/// A number from 1 in the one form in which [`issue`] writes it.
fn parse_attempt(text: &str) -> Option<u32> {
    if text.starts_with('0') || !text.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    text.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use alloc::string::ToString;
    use proptest::prelude::*;

    const JOB: Id = Id::from_bytes([0x11; 16]);
    const OTHER_JOB: Id = Id::from_bytes([0x22; 16]);
    const NOW: &[u8] = b"the present secret of 32 bytes..";
    const BEFORE: &[u8] = b"the secret that was used before.";

    #[test]
    fn has_the_documented_form_and_never_changes() {
        // Made with Python's hmac module, so that the format can't drift unnoticed.
        assert_eq!(
            issue(NOW, JOB, 2),
            "ovt1.2.tiMIXIApC5iUSQ2VIliTu8DZeVYkotPfVATDROzWmvk"
        );
    }

    #[test]
    fn says_which_attempt_it_is_for() {
        let token = issue(NOW, JOB, 2);
        assert_eq!(verify(&[NOW], &token, JOB), Some(2));
        assert_eq!(verify(&[NOW], &token, OTHER_JOB), None);
        assert_eq!(verify(&[NOW], &token.replacen(".2.", ".3.", 1), JOB), None);
    }

    #[test]
    fn the_previous_secret_is_still_good() {
        let token = issue(BEFORE, JOB, 1);
        assert_eq!(verify(&[NOW, BEFORE], &token, JOB), Some(1));
        assert_eq!(verify(&[NOW], &token, JOB), None);
        assert_eq!(verify(&[], &token, JOB), None);
    }

    #[test]
    fn an_empty_secret_verifies_nothing() {
        assert_eq!(verify(&[b""], &issue(b"", JOB, 1), JOB), None);
    }

    #[test]
    fn has_one_spelling() {
        let token = issue(NOW, JOB, 1);
        for wrong in [
            token.replacen("ovt1.1.", "ovt1.01.", 1),
            token.replacen("ovt1.1.", "ovt1.+1.", 1),
            token.replacen("ovt1.1.", "ovt1.0.", 1),
            token.replacen("ovt1.1.", "ovt1..", 1),
            token.replacen("ovt1", "ovt2", 1),
            token.replacen("ovt1", "OVT1", 1),
            token.clone() + "=",
            token.clone() + ".",
            token[..token.len() - 1].to_string(),
            " ".to_string() + &token,
        ] {
            assert_eq!(verify(&[NOW], &wrong, JOB), None, "{wrong}");
        }
    }

    #[test]
    fn the_secret_is_64_hex_digits() {
        assert_eq!(parse_secret(&"aF".repeat(32)), Some([0xaf].repeat(32)));
        assert_eq!(parse_secret(&"aF".repeat(31)), None);
        assert_eq!(parse_secret(&"ag".repeat(32)), None);
        assert_eq!(parse_secret(&"ä".repeat(32)), None);
    }

    proptest! {
        #[test]
        fn each_pair_has_its_own_token(a in any::<[u8; 16]>(), b in any::<[u8; 16]>(), m in 1..=u32::MAX, n in 1..=u32::MAX) {
            let token = issue(NOW, Id::from_bytes(a), m);
            prop_assert_eq!(verify(&[NOW], &token, Id::from_bytes(a)), Some(m));
            if (a, m) != (b, n) {
                prop_assert_ne!(issue(NOW, Id::from_bytes(b), n), token);
            }
        }

        #[test]
        fn takes_any_text_without_a_panic(text in "\\PC{0,60}|ovt1\\.[0-9]{0,12}\\.[A-Za-z0-9_-]{0,50}") {
            prop_assert_eq!(verify(&[NOW], &text, JOB), None);
        }
    }
}
