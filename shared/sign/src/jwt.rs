//! Supabase access tokens: who the caller is.
//!
//! Three types lead from bytes to a person, and there is no way around one of them:
//! [`Unverified`] (well formed) -> [`Verified`] (signed with a key of ours) -> [`UserClaims`] (a signed-in user,
//! now). HS256 is verified here; for ES256 and RS256 the runtime's `WebCrypto` does the arithmetic, many times
//! faster than code compiled to WebAssembly, and [`Unverified::accept`] takes its verdict.
//!
//! A header's `alg` never chooses how a key is used. A key knows its one algorithm, and a token of another
//! algorithm does not get it: a public key can't be taken for an HMAC secret.

use alloc::string::String;
use alloc::vec::Vec;
use core::fmt;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use ourvidz_values::Id;
use serde_json::{Map, Value};

use super::hmac_sha256_is;
use super::jwk::PublicKey;
use crate::strict_json;
pub use crate::token::{Algorithm, Header, JwtError};

/// Supabase's tokens are about 1 KB; a header line has to stay below the 8 KB that proxies commonly take.
pub const MAX_TOKEN_BYTES: usize = 8 * 1024;

/// How far the clock of the token's issuer may be ahead of ours.
const CLOCK_SKEW_S: u64 = 60;

/// The audience and the Postgres role of every signed-in user of Supabase.
const AUTHENTICATED: &str = "authenticated";

/// A well-formed token that nobody has checked.
pub struct Unverified<'a> {
    header: Header,
    claims: Map<String, Value>,
    signing_input: &'a [u8],
    signature: Vec<u8>,
}

/// The claims of a token that was signed with one of our keys.
pub struct Verified(Map<String, Value>);

impl fmt::Debug for Unverified<'_> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("Unverified")
            .field("header", &self.header)
            .finish_non_exhaustive()
    }
}

impl fmt::Debug for Verified {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("Verified(..)")
    }
}

/// Takes a token apart.
///
/// # Errors
///
/// [`JwtError`] for everything that is not a compact JWT of one of the three algorithms.
pub fn parse(token: &str) -> Result<Unverified<'_>, JwtError> {
    if token.len() > MAX_TOKEN_BYTES {
        return Err(JwtError::TooLong);
    }
    let (signing_input, signature) = token.rsplit_once('.').ok_or(JwtError::Malformed)?;
    // A further point in either part is no base64 and fails below.
    let (header, claims) = signing_input.split_once('.').ok_or(JwtError::Malformed)?;
    let header = parse_header(&parse_object(header)?)?;
    let signature = decode(signature)?;
    let signature_fits = match header.algorithm {
        Algorithm::Hs256 => signature.len() == 32,
        Algorithm::Es256 => signature.len() == 64,
        Algorithm::Rs256 => signature.len() >= 256,
    };
    if !signature_fits {
        return Err(JwtError::Signature);
    }
    Ok(Unverified {
        header,
        claims: parse_object(claims)?,
        signing_input: signing_input.as_bytes(),
        signature,
    })
}

fn decode(part: &str) -> Result<Vec<u8>, JwtError> {
    URL_SAFE_NO_PAD
        .decode(part)
        .map_err(|_| JwtError::Malformed)
}

fn parse_object(part: &str) -> Result<Map<String, Value>, JwtError> {
    match strict_json::parse(&decode(part)?) {
        Ok(Value::Object(fields)) => Ok(fields),
        _ => Err(JwtError::Malformed),
    }
}

/// Reads `alg`, `typ`, `kid` and `crit`. Keys that a token brings along (`jwk`, `jku`, `x5c`) are not even
/// looked at.
fn parse_header(header: &Map<String, Value>) -> Result<Header, JwtError> {
    if header.contains_key("crit") {
        return Err(JwtError::CriticalExtension);
    }
    let is_jwt = match header.get("typ") {
        None => true,
        Some(Value::String(typ)) => typ.eq_ignore_ascii_case("JWT"),
        Some(_) => false,
    };
    if !is_jwt {
        return Err(JwtError::Malformed);
    }
    let algorithm = header
        .get("alg")
        .and_then(Value::as_str)
        .and_then(Algorithm::from_name)
        .ok_or(JwtError::Algorithm)?;
    let key_id = match header.get("kid") {
        None => None,
        Some(Value::String(kid)) => Some(kid.clone()),
        Some(_) => return Err(JwtError::Malformed),
    };
    Ok(Header { algorithm, key_id })
}

impl Unverified<'_> {
    /// What it says of its signature.
    #[must_use]
    pub const fn header(&self) -> &Header {
        &self.header
    }

    /// The bytes that are signed.
    #[must_use]
    pub const fn signing_input(&self) -> &[u8] {
        self.signing_input
    }

    /// The signature (for ES256 the 64 bytes r and s, as `WebCrypto` takes them).
    #[must_use]
    pub fn signature(&self) -> &[u8] {
        &self.signature
    }

    /// Checks an HS256 signature with each of the secrets.
    ///
    /// # Errors
    ///
    /// [`JwtError::Algorithm`] for a token of another algorithm, [`JwtError::Signature`] if no secret fits.
    pub fn verify_hs256(self, secrets: &[&[u8]]) -> Result<Verified, JwtError> {
        if self.header.algorithm != Algorithm::Hs256 {
            return Err(JwtError::Algorithm);
        }
        let fits = secrets
            .iter()
            .filter(|secret| !secret.is_empty()) // with an empty secret everybody could sign
            .any(|secret| hmac_sha256_is(secret, &[self.signing_input], &self.signature));
        if fits {
            Ok(Verified(self.claims))
        } else {
            Err(JwtError::Signature)
        }
    }

    /// Takes the verdict of a verification of [`Self::signature`] over [`Self::signing_input`] by `key`,
    /// which ran outside of this crate.
    ///
    /// # Errors
    ///
    /// [`JwtError::Algorithm`] if the key is not of the token's algorithm, [`JwtError::Signature`] if the
    /// verdict is no.
    pub fn accept(self, key: &PublicKey, signature_is_valid: bool) -> Result<Verified, JwtError> {
        if self.header.algorithm != key.algorithm() {
            return Err(JwtError::Algorithm);
        }
        if signature_is_valid {
            Ok(Verified(self.claims))
        } else {
            Err(JwtError::Signature)
        }
    }
}

/// What a deployment expects of a token.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Expectations {
    /// The issuer, where it is known.
    pub issuer: Option<String>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct UserClaims {
    pub user_id: Id,
    /// Whether the project made this user an administrator (`app_metadata.role`, which users can't write).
    pub is_admin: bool,
    /// Whether it is an anonymous sign-in.
    pub is_anonymous: bool,
    /// When the token ends, in seconds since 1970.
    pub expires_at_s: u64,
}

/// Whether a signed token makes its bearer a user, at this moment.
///
/// # Errors
///
/// [`JwtError`], naming the first claim that stands against it.
pub fn check_claims(
    token: &Verified,
    expected: &Expectations,
    now_s: u64,
) -> Result<UserClaims, JwtError> {
    let claims = &token.0;
    let expires_at_s = time(claims, "exp")?.ok_or(JwtError::Claim("exp"))?;
    if expires_at_s <= now_s {
        return Err(JwtError::Expired);
    }
    for claim in ["nbf", "iat"] {
        if time(claims, claim)?.is_some_and(|from_s| from_s > now_s.saturating_add(CLOCK_SKEW_S)) {
            return Err(JwtError::NotYetValid);
        }
    }
    if !audience_includes_users(claims.get("aud"))? {
        return Err(JwtError::Audience);
    }
    if let Some(issuer) = &expected.issuer
        && text(claims, "iss")? != Some(issuer)
    {
        return Err(JwtError::Issuer);
    }
    if text(claims, "role")? != Some(AUTHENTICATED) {
        return Err(JwtError::Role);
    }
    let user_id = text(claims, "sub")?
        .and_then(|subject| subject.parse().ok())
        .ok_or(JwtError::Claim("sub"))?;
    let is_anonymous = match claims.get("is_anonymous") {
        None => false,
        Some(Value::Bool(flag)) => *flag,
        Some(_) => return Err(JwtError::Claim("is_anonymous")),
    };
    Ok(UserClaims {
        user_id,
        is_admin: is_admin(claims),
        is_anonymous,
        expires_at_s,
    })
}

fn text<'a>(
    claims: &'a Map<String, Value>,
    name: &'static str,
) -> Result<Option<&'a str>, JwtError> {
    match claims.get(name) {
        None => Ok(None),
        Some(Value::String(text)) => Ok(Some(text)),
        Some(_) => Err(JwtError::Claim(name)),
    }
}

/// A `NumericDate`: seconds since 1970, by RFC 7519 possibly with a fraction, which is dropped.
fn time(claims: &Map<String, Value>, name: &'static str) -> Result<Option<u64>, JwtError> {
    let Some(value) = claims.get(name) else {
        return Ok(None);
    };
    if let Some(seconds) = value.as_u64() {
        return Ok(Some(seconds));
    }
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "checked not to be negative; the cast drops the fraction and saturates, as it should"
    )]
    match value.as_f64() {
        Some(seconds) if seconds >= 0.0 => Ok(Some(seconds as u64)),
        _ => Err(JwtError::Claim(name)),
    }
}

fn audience_includes_users(audience: Option<&Value>) -> Result<bool, JwtError> {
    match audience {
        Some(Value::String(one)) => Ok(one == AUTHENTICATED),
        Some(Value::Array(many)) if many.iter().all(Value::is_string) => {
            Ok(many.iter().any(|one| one == AUTHENTICATED))
        }
        _ => Err(JwtError::Claim("aud")),
    }
}

/// `user_metadata` is the user's own to write and the top-level `role` is Postgres's: neither says this.
fn is_admin(claims: &Map<String, Value>) -> bool {
    claims
        .get("app_metadata")
        .and_then(|metadata| metadata.get("role"))
        .is_some_and(|role| role == "admin")
}

#[cfg(test)]
mod tests;
