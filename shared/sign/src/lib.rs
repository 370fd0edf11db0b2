//! Signatures: who sent this, and was it changed on the way.
//!
//! | module | who proves what to whom |
//! |---|---|
//! | [`webhook`] | a worker to the edge, the edge to a customer's endpoint (Standard Webhooks) |
//! | [`attempt_token`] | a worker that can't sign, that it was handed this attempt of this job |
//! | [`sealed`] | the edge to itself, that a worker brings back what it was given |
//! | [`jwt`], [`jwk`] | a user to the edge (Supabase access tokens) |
//! | [`sigv4`] | a browser or a worker to the object storage (presigned S3 requests) |
//!
//! The time is an argument everywhere. All comparisons of secrets take constant time.
#![no_std]

extern crate alloc;

pub mod attempt_token;
pub mod jwk;
pub mod jwt;
pub mod sealed;
pub mod sigv4;
pub mod strict_json;
mod token;
pub mod webhook;

use hmac::{Hmac, KeyInit as _, Mac as _};
use sha2::{Digest as _, Sha256};

/// Bytes that SHA-256 takes at a time; HMAC's keys are padded to it.
const BLOCK_BYTES: usize = 64;

/// HMAC-SHA256 over the parts, one after the other.
pub(crate) fn hmac_sha256(key: &[u8], parts: &[&[u8]]) -> [u8; 32] {
    keyed(key, parts).finalize().into_bytes().into()
}

/// Whether `tag` is the HMAC-SHA256 of the parts, in constant time.
pub(crate) fn hmac_sha256_is(key: &[u8], parts: &[&[u8]], tag: &[u8]) -> bool {
    keyed(key, parts).verify_slice(tag).is_ok()
}

/// Pads the key here, as RFC 2104 says, because the crate's own way to take a key of any length can fail.
fn keyed(key: &[u8], parts: &[&[u8]]) -> Hmac<Sha256> {
    let mut block = [0u8; BLOCK_BYTES];
    if key.len() <= BLOCK_BYTES {
        for (padded, byte) in block.iter_mut().zip(key) {
            *padded = *byte;
        }
    } else {
        for (padded, byte) in block.iter_mut().zip(Sha256::digest(key)) {
            *padded = byte;
        }
    }
    let mut mac = Hmac::<Sha256>::new(&block.into());
    for part in parts {
        mac.update(part);
    }
    mac
}

#[cfg(test)]
mod tests {
    use super::*;
    use ourvidz_values::fingerprint::hex;

    #[test]
    fn hmac_as_published() {
        // RFC 4231, cases 1, 2, 3 and 6 (a key longer than a block).
        for (key, data, expected) in [
            (
                &[0x0b; 20][..],
                &b"Hi There"[..],
                "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7",
            ),
            (
                b"Jefe",
                b"what do ya want for nothing?",
                "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843",
            ),
            (
                &[0xaa; 20],
                &[0xdd; 50],
                "773ea91e36800e46854db8ebd09181a72959098b3ef8c122d9635514ced565fe",
            ),
            (
                &[0xaa; 131],
                b"Test Using Larger Than Block-Size Key - Hash Key First",
                "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54",
            ),
        ] {
            let tag = hmac_sha256(key, &[data]);
            assert_eq!(hex(&tag), expected);
            assert!(hmac_sha256_is(key, &[data], &tag));
            assert!(!hmac_sha256_is(key, &[data, b"!"], &tag));
            assert!(!hmac_sha256_is(key, &[data], &tag[..31]));
            assert!(!hmac_sha256_is(key, &[data], b""));
        }
    }
}
