//! Who signs: a key on P-256 and the certificates that vouch for it.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use ourvidz_core::timestamp::rfc3339;
use ring::rand::SystemRandom;
use ring::signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, KeyPair as _};

use super::cbor::Cbor;
use super::certificate;

/// The certificates go into each file, and a JPEG keeps a manifest in one segment of 64 KB.
const MOST_CERTIFICATE_BYTES: usize = 32 * 1024;

/// COSE's names: the header for the algorithm, ES256 (as -7), the header for the certificates, and the tag of a message
/// with one signature.
const ALGORITHM: u64 = 1;
const ES256: Cbor = Cbor::Negative(6);
const CERTIFICATES: u64 = 33;
const ONE_SIGNATURE: u64 = 18;

pub(super) struct Signer {
    key: EcdsaKeyPair,
    /// The certificate of the key, then those that vouch for it.
    certificates: Vec<Vec<u8>>,
    /// When the first of them ends ([`certificate::ends_at`]).
    ends_at: String,
    random: SystemRandom,
}

impl Signer {
    /// A signer of PEM texts. What is wrong is said without a word of them.
    pub(super) fn new(key: &str, certificates: &str) -> Result<Self, String> {
        let random = SystemRandom::new();
        let keys = blocks(key, "PRIVATE KEY").ok_or("the key is no PEM")?;
        let [key] = keys.as_slice() else {
            return Err(
                "the key has to be one PEM block `PRIVATE KEY` (PKCS #8; `openssl pkcs8 -topk8 -nocrypt` makes it of others)"
                    .to_owned(),
            );
        };
        let key = EcdsaKeyPair::from_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, key, &random)
            .map_err(|_| "the key has to be one of the curve P-256, with its public part")?;
        let certificates =
            blocks(certificates, "CERTIFICATE").ok_or("the certificates are no PEM")?;
        let first = certificates
            .first()
            .ok_or("there is no PEM block `CERTIFICATE`")?;
        let public = key.public_key().as_ref();
        if !first.windows(public.len()).any(|bytes| bytes == public) {
            return Err("the first certificate is not that of the key".to_owned());
        }
        if certificates.iter().map(Vec::len).sum::<usize>() > MOST_CERTIFICATE_BYTES {
            return Err(format!(
                "the certificates have more than {MOST_CERTIFICATE_BYTES} bytes"
            ));
        }
        let ends = certificates.iter().map(|one| certificate::ends_at(one));
        let ends_at = ends
            .collect::<Option<Vec<String>>>()
            .and_then(|ends| ends.into_iter().min())
            .ok_or("one of the certificates is none (X.509)")?;
        Ok(Self {
            key,
            certificates,
            ends_at,
            random,
        })
    }

    /// That all certificates still count: readers refuse what was signed by one that has ended, and call it changed.
    pub(super) fn check_time(&self, now_ms: u64) -> Result<(), String> {
        let digits = rfc3339(now_ms);
        let digits = digits.chars().filter(char::is_ascii_digit);
        let now: String = digits.take(self.ends_at.len()).collect();
        if now > self.ends_at {
            return Err(format!("a certificate has ended (at {})", self.ends_at));
        }
        Ok(())
    }

    /// The `COSE_Sign1` message (RFC 9052) about a content that lies elsewhere.
    pub(super) fn sign(&self, content: Vec<u8>) -> Result<Vec<u8>, String> {
        let protected = Cbor::Map(vec![
            (Cbor::Whole(ALGORITHM), ES256),
            (Cbor::Whole(CERTIFICATES), self.chain()),
        ])
        .encode();
        let signed = Cbor::List(vec![
            Cbor::text("Signature1"),
            Cbor::Bytes(protected.clone()),
            Cbor::Bytes(Vec::new()),
            Cbor::Bytes(content),
        ]);
        let signature = self
            .key
            .sign(&self.random, &signed.encode())
            .map_err(|_| "the system gives no random bytes to sign with")?;
        let message = Cbor::List(vec![
            Cbor::Bytes(protected),
            Cbor::Map(Vec::new()),
            Cbor::Null,
            Cbor::Bytes(signature.as_ref().to_vec()),
        ]);
        Ok(Cbor::Tagged(ONE_SIGNATURE, Box::new(message)).encode())
    }

    /// One certificate stands alone, several are a list.
    fn chain(&self) -> Cbor {
        match self.certificates.as_slice() {
            [only] => Cbor::Bytes(only.clone()),
            all => Cbor::List(all.iter().cloned().map(Cbor::Bytes).collect()),
        }
    }
}

/// The contents of all PEM blocks of a label; none if one of them is broken.
fn blocks(text: &str, label: &str) -> Option<Vec<Vec<u8>>> {
    let (begin, end) = (
        format!("-----BEGIN {label}-----"),
        format!("-----END {label}-----"),
    );
    text.split(&begin)
        .skip(1)
        .map(|rest| {
            let lines = rest.split_once(&end)?.0;
            let base64: String = lines.split_whitespace().collect();
            STANDARD.decode(base64).ok()
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::super::{DEVELOPMENT_CERTIFICATE, DEVELOPMENT_KEY};
    use super::*;

    fn problem(key: &str, certificates: &str) -> String {
        Signer::new(key, certificates).map_or_else(|problem| problem, |_| "none".to_owned())
    }

    #[test]
    fn what_cannot_sign_is_said_at_the_start() {
        let (key, certificate) = (DEVELOPMENT_KEY, DEVELOPMENT_CERTIFICATE);
        assert_eq!(problem(key, certificate), "none");
        assert_eq!(problem(key, &certificate.repeat(3)), "none");
        for (key, certificates, expected) in [
            ("", certificate, "one PEM block"),
            (certificate, certificate, "one PEM block"),
            (&key.replace('M', "!"), certificate, "no PEM"),
            (
                &key.replace("MIGHAgEA", "MIGHAgEB"),
                certificate,
                "of the curve P-256",
            ),
            (key, "", "no PEM block `CERTIFICATE`"),
            (key, &certificate[..200], "are no PEM"),
            (key, OTHER, "is not that of the key"),
            (key, &certificate.repeat(100), "more than"),
        ] {
            let said = problem(key, certificates);
            assert!(said.contains(expected), "{said}");
        }
    }

    /// Some bytes where a certificate should be.
    const OTHER: &str = "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n";
}
