//! Standard Webhooks v1: `webhook-id`, `webhook-timestamp` and `webhook-signature` over the raw body.
//!
//! The signed text is `{id}.{timestamp}.{body}`, its signature `v1,` and the base64 of HMAC-SHA256. A header
//! may carry several signatures and the receiver may know several secrets, so that secrets can be replaced
//! while messages are on the way.

use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;
use core::fmt;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use super::{hmac_sha256, hmac_sha256_is};

/// How far sender's and receiver's clocks may be apart, and how long a copied message is worth anything.
pub const TOLERANCE_S: u64 = 300;

/// Signatures in one header that are looked at: enough for any rotation, too few to make work with.
const MAX_SIGNATURES: usize = 8;

/// As long as ids of the common senders by far.
const MAX_ID_BYTES: usize = 256;

const PREFIX: &str = "whsec_";

/// The lengths that the standard allows.
const SECRET_BYTES: core::ops::RangeInclusive<usize> = 24..=64;

/// A shared secret, never printed.
#[derive(Clone, PartialEq, Eq)]
pub struct Secret(Vec<u8>);

impl fmt::Debug for Secret {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("Secret(..)")
    }
}

/// Not `whsec_` followed by the base64 of 24 to 64 bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct NotASecret;

impl Secret {
    /// Reads `whsec_...`.
    ///
    /// # Errors
    ///
    /// [`NotASecret`], which names no part of the text.
    pub fn parse(text: &str) -> Result<Self, NotASecret> {
        let encoded = text.trim().strip_prefix(PREFIX).ok_or(NotASecret)?;
        Self::from_bytes(STANDARD.decode(encoded).map_err(|_| NotASecret)?)
    }

    /// The secret of these bytes.
    ///
    /// # Errors
    ///
    /// [`NotASecret`] if they are too few or too many.
    pub fn from_bytes(bytes: Vec<u8>) -> Result<Self, NotASecret> {
        if SECRET_BYTES.contains(&bytes.len()) {
            Ok(Self(bytes))
        } else {
            Err(NotASecret)
        }
    }

    /// The secret as configuration takes it, for the one place that hands it to its owner.
    #[must_use]
    pub fn expose(&self) -> String {
        format!("{PREFIX}{}", STANDARD.encode(&self.0))
    }
}

/// A worker's own secret, made of the shared one and the worker's name.
///
/// The edge makes it anew for each message and stores nothing; who holds one worker's secret can't speak for
/// another.
#[must_use]
pub fn derive_worker_secret(shared: &Secret, worker_id: &str) -> Secret {
    Secret(
        hmac_sha256(
            &shared.0,
            &[b"ourvidz.worker-secret.v1\0", worker_id.as_bytes()],
        )
        .to_vec(),
    )
}

/// Why a message is not believed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SignatureError {
    /// The id is empty, too long, or has characters that could move the border to the timestamp.
    BadId,
    /// The timestamp is not a number of seconds.
    BadTimestamp,
    /// The message is older than [`TOLERANCE_S`].
    TooOld,
    /// The message is from further in the future than [`TOLERANCE_S`].
    TooNew,
    /// The header holds no signature of a known version.
    NoSignature,
    /// No signature fits any secret.
    Mismatch,
}

impl SignatureError {
    /// The name for logs and for `details.reason`.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::BadId => "webhook_id_invalid",
            Self::BadTimestamp => "webhook_timestamp_invalid",
            Self::TooOld => "webhook_timestamp_too_old",
            Self::TooNew => "webhook_timestamp_too_new",
            Self::NoSignature => "webhook_signature_missing",
            Self::Mismatch => "webhook_signature_mismatch",
        }
    }
}

/// The value of `webhook-signature` for a message.
#[must_use]
pub fn sign(secret: &Secret, id: &str, timestamp_s: u64, body: &[u8]) -> String {
    let timestamp = format!("{timestamp_s}");
    let parts = signed_parts(id, &timestamp, body);
    format!("v1,{}", STANDARD.encode(hmac_sha256(&secret.0, &parts)))
}

/// Whether a message was signed with one of the secrets, not long ago.
///
/// # Errors
///
/// [`SignatureError`], for the log and a 401.
pub fn verify(
    secrets: &[Secret],
    id: &str,
    timestamp: &str,
    signature_header: &str,
    body: &[u8],
    now_s: u64,
) -> Result<(), SignatureError> {
    let id_is_sound = (1..=MAX_ID_BYTES).contains(&id.len())
        && id
            .bytes()
            .all(|byte| byte.is_ascii_graphic() && byte != b'.');
    if !id_is_sound {
        return Err(SignatureError::BadId);
    }
    let timestamp_s = parse_timestamp(timestamp).ok_or(SignatureError::BadTimestamp)?;
    if timestamp_s.saturating_add(TOLERANCE_S) < now_s {
        return Err(SignatureError::TooOld);
    }
    if timestamp_s > now_s.saturating_add(TOLERANCE_S) {
        return Err(SignatureError::TooNew);
    }

    let parts = signed_parts(id, timestamp, body);
    let mut any_known = false;
    for tag in signatures(signature_header) {
        any_known = true;
        if secrets
            .iter()
            .any(|secret| hmac_sha256_is(&secret.0, &parts, &tag))
        {
            return Ok(());
        }
    }
    Err(if any_known {
        SignatureError::Mismatch
    } else {
        SignatureError::NoSignature
    })
}

const fn signed_parts<'a>(id: &'a str, timestamp: &'a str, body: &'a [u8]) -> [&'a [u8]; 5] {
    [id.as_bytes(), b".", timestamp.as_bytes(), b".", body]
}

/// Digits only: `u64::from_str` would also take `+1`.
fn parse_timestamp(text: &str) -> Option<u64> {
    if text.bytes().all(|byte| byte.is_ascii_digit()) {
        text.parse().ok()
    } else {
        None
    }
}

/// The `v1` signatures of a header, `v1,<base64>` separated by spaces; other versions are passed over.
fn signatures(header: &str) -> impl Iterator<Item = Vec<u8>> {
    header
        .split(' ')
        .filter_map(|entry| entry.strip_prefix("v1,"))
        .take(MAX_SIGNATURES)
        .filter_map(|encoded| STANDARD.decode(encoded).ok())
}

#[cfg(test)]
mod tests {
    use super::*;
    use alloc::string::ToString;
    use proptest::prelude::*;

    /// The example of the standard's reference implementations.
    const SECRET: &str = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";
    const ID: &str = "msg_p5jXN8AQM9LWM0D4loKWxJek";
    const TIMESTAMP_S: u64 = 1_614_265_330;
    const BODY: &[u8] = br#"{"test": 2432232314}"#;
    const SIGNATURE: &str = "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=";

    fn secret() -> Secret {
        Secret::parse(SECRET).unwrap()
    }

    fn check(signature_header: &str, now_s: u64) -> Result<(), SignatureError> {
        let timestamp = TIMESTAMP_S.to_string();
        verify(&[secret()], ID, &timestamp, signature_header, BODY, now_s)
    }

    #[test]
    fn signs_as_the_reference_does() {
        assert_eq!(sign(&secret(), ID, TIMESTAMP_S, BODY), SIGNATURE);
        assert_eq!(check(SIGNATURE, TIMESTAMP_S), Ok(()));
    }

    #[test]
    fn the_window_is_five_minutes_to_both_sides() {
        assert_eq!(check(SIGNATURE, TIMESTAMP_S + 300), Ok(()));
        assert_eq!(
            check(SIGNATURE, TIMESTAMP_S + 301),
            Err(SignatureError::TooOld)
        );
        assert_eq!(check(SIGNATURE, TIMESTAMP_S - 300), Ok(()));
        assert_eq!(
            check(SIGNATURE, TIMESTAMP_S - 301),
            Err(SignatureError::TooNew)
        );
        assert_eq!(check(SIGNATURE, u64::MAX), Err(SignatureError::TooOld));
    }

    #[test]
    fn takes_any_of_several_signatures() {
        let other = sign(&derive_worker_secret(&secret(), "a"), ID, TIMESTAMP_S, BODY);
        let header = format!("v1a,AAAA {other} v1,not-base64 {SIGNATURE}");
        assert_eq!(check(&header, TIMESTAMP_S), Ok(()));
        assert_eq!(check(&other, TIMESTAMP_S), Err(SignatureError::Mismatch));
    }

    #[test]
    fn takes_any_of_several_secrets() {
        let (old, new) = (derive_worker_secret(&secret(), "old"), secret());
        let signed_with_old = sign(&old, ID, TIMESTAMP_S, BODY);
        let verify_with = |secrets: &[Secret]| {
            verify(
                secrets,
                ID,
                "1614265330",
                &signed_with_old,
                BODY,
                TIMESTAMP_S,
            )
        };
        assert_eq!(verify_with(&[new.clone(), old]), Ok(()));
        assert_eq!(verify_with(&[new]), Err(SignatureError::Mismatch));
        assert_eq!(verify_with(&[]), Err(SignatureError::Mismatch));
    }

    #[test]
    fn only_so_many_signatures_are_tried() {
        let header = ["v1,AAAA"; MAX_SIGNATURES].join(" ") + " " + SIGNATURE;
        assert_eq!(check(&header, TIMESTAMP_S), Err(SignatureError::Mismatch));
    }

    #[test]
    fn a_header_without_a_known_version_holds_no_signature() {
        for header in ["", " ", "v2,AAAA", "v1", "V1,AAAA", &SIGNATURE[3..]] {
            assert_eq!(
                check(header, TIMESTAMP_S),
                Err(SignatureError::NoSignature),
                "{header}"
            );
        }
    }

    #[test]
    fn a_border_can_not_be_moved() {
        // The same signed bytes, cut elsewhere: id `msg`, timestamp `1614265330`, body `1614265330.x`.
        let signature = sign(&secret(), "msg", TIMESTAMP_S, b"1614265330.x");
        assert_eq!(
            verify(
                &[secret()],
                "msg.1614265330",
                "1614265330",
                &signature,
                b"x",
                TIMESTAMP_S
            ),
            Err(SignatureError::BadId)
        );
    }

    #[test]
    fn ids_and_timestamps_are_read_strictly() {
        let check = |id: &str, timestamp: &str| {
            verify(&[secret()], id, timestamp, SIGNATURE, BODY, TIMESTAMP_S)
        };
        for id in ["", "a b", "a\n", "\u{e4}", &"a".repeat(257)] {
            assert_eq!(check(id, "1614265330"), Err(SignatureError::BadId), "{id}");
        }
        for timestamp in [
            "",
            "+1614265330",
            "1614265330.0",
            "-1",
            " 1614265330",
            "99999999999999999999",
        ] {
            assert_eq!(
                check(ID, timestamp),
                Err(SignatureError::BadTimestamp),
                "{timestamp}"
            );
        }
        // A leading zero is another text and thus another signature.
        assert_eq!(check(ID, "01614265330"), Err(SignatureError::Mismatch));
    }

    #[test]
    fn secrets_have_the_standards_form() {
        let of_length = |bytes: usize| format!("whsec_{}", STANDARD.encode([7].repeat(bytes)));
        assert!(Secret::parse(&of_length(23)).is_err());
        assert!(Secret::parse(&of_length(24)).is_ok());
        assert!(Secret::parse(&of_length(64)).is_ok());
        assert!(Secret::parse(&of_length(65)).is_err());
        assert!(Secret::parse(&SECRET[6..]).is_err());
        assert!(Secret::parse("whsec_").is_err());
        assert!(Secret::parse("whsec_!!!!MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw").is_err());
        assert_eq!(secret().expose(), SECRET);
    }

    #[test]
    fn a_secret_is_not_printed() {
        assert_eq!(format!("{:?}", secret()), "Secret(..)");
    }

    #[test]
    fn workers_have_secrets_of_their_own() {
        let (one, other) = (
            derive_worker_secret(&secret(), "gpu-1"),
            derive_worker_secret(&secret(), "gpu-2"),
        );
        assert_ne!(one, other);
        assert_ne!(one, secret());
        assert_eq!(one, derive_worker_secret(&secret(), "gpu-1"));
        assert_eq!(Secret::parse(&one.expose()), Ok(one));
    }

    proptest! {
        #[test]
        fn what_is_signed_is_verified_and_one_changed_byte_is_not(
            id in "[!-\\-/-~]{1,40}",
            body in proptest::collection::vec(any::<u8>(), 1..200),
            place in any::<prop::sample::Index>(),
        ) {
            let signature = sign(&secret(), &id, TIMESTAMP_S, &body);
            prop_assert_eq!(verify(&[secret()], &id, "1614265330", &signature, &body, TIMESTAMP_S), Ok(()));
            let mut changed = body.clone();
            changed[place.index(body.len())] ^= 1;
            prop_assert_eq!(
                verify(&[secret()], &id, "1614265330", &signature, &changed, TIMESTAMP_S),
                Err(SignatureError::Mismatch)
            );
        }

        #[test]
        fn takes_any_headers_without_a_panic(id in "\\PC{0,20}", timestamp in "\\PC{0,20}", header in "\\PC{0,80}|(v1,[A-Za-z0-9+/=]{0,50} ?){0,12}") {
            prop_assert!(verify(&[secret()], &id, &timestamp, &header, b"x", TIMESTAMP_S).is_err());
        }
    }
}
