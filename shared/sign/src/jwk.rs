//! The public keys of the identity provider (a JWK set) and the choice of the one that a token needs.
//!
//! Only what can verify ES256 and RS256 becomes a key here. A symmetric key (`oct`) in a set that anybody can
//! download is no secret and is passed over, like every other kind that is not known.

use alloc::string::String;
use alloc::vec::Vec;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Map, Value, json};

use super::token::{Algorithm, Header, JwtError};
use crate::strict_json;

/// A provider has two or three keys; a set is about 1 KB.
pub const MAX_SET_BYTES: usize = 64 * 1024;

const MAX_KEYS: usize = 32;

/// 2,048 to 8,192 bits.
const RSA_MODULUS_BYTES: core::ops::RangeInclusive<usize> = 256..=1024;

const P256_COORDINATE_BYTES: usize = 32;

/// A public key with the one algorithm that it is for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PublicKey {
    key_id: Option<String>,
    material: Material,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Material {
    P256 { x: String, y: String },
    Rsa { n: String, e: String },
}

impl PublicKey {
    #[must_use]
    pub const fn algorithm(&self) -> Algorithm {
        match self.material {
            Material::P256 { .. } => Algorithm::Es256,
            Material::Rsa { .. } => Algorithm::Rs256,
        }
    }

    #[must_use]
    pub fn key_id(&self) -> Option<&str> {
        self.key_id.as_deref()
    }

    /// The key as `WebCrypto` imports it, with nothing in it but the key.
    #[must_use]
    pub fn to_jwk(&self) -> Value {
        match &self.material {
            Material::P256 { x, y } => {
                json!({ "kty": "EC", "crv": "P-256", "alg": "ES256", "x": x, "y": y, "ext": true })
            }
            Material::Rsa { n, e } => {
                json!({ "kty": "RSA", "alg": "RS256", "n": n, "e": e, "ext": true })
            }
        }
    }

    fn from_jwk(jwk: &Map<String, Value>) -> Option<Self> {
        let field = |name: &str| jwk.get(name).and_then(Value::as_str);
        let is_for_signatures = jwk.get("use").is_none_or(|usage| usage == "sig")
            && jwk.get("key_ops").is_none_or(|operations| {
                operations
                    .as_array()
                    .is_some_and(|list| list.iter().any(|one| one == "verify"))
            });
        let (material, algorithm) = match field("kty")? {
            "EC" if field("crv")? == "P-256" => {
                let (x, y) = (field("x")?, field("y")?);
                let sound = [x, y]
                    .iter()
                    .all(|part| bytes_of(part) == Some(P256_COORDINATE_BYTES));
                (
                    sound.then(|| Material::P256 {
                        x: x.into(),
                        y: y.into(),
                    })?,
                    "ES256",
                )
            }
            "RSA" => {
                let (n, e) = (field("n")?, field("e")?);
                let sound =
                    RSA_MODULUS_BYTES.contains(&bytes_of(n)?) && (1..=8).contains(&bytes_of(e)?);
                (
                    sound.then(|| Material::Rsa {
                        n: n.into(),
                        e: e.into(),
                    })?,
                    "RS256",
                )
            }
            _ => return None,
        };
        let algorithm_fits = jwk.get("alg").is_none_or(|alg| alg == algorithm);
        let key_id = match jwk.get("kid") {
            None => None,
            Some(Value::String(kid)) => Some(kid.clone()),
            Some(_) => return None,
        };
        (is_for_signatures && algorithm_fits).then_some(Self { key_id, material })
    }
}

/// How many bytes an unpadded base64url text stands for.
fn bytes_of(encoded: &str) -> Option<usize> {
    URL_SAFE_NO_PAD
        .decode(encoded)
        .ok()
        .map(|bytes| bytes.len())
}

/// The keys of a provider.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct KeySet(Vec<PublicKey>);

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct NotAKeySet;

impl KeySet {
    /// Reads `{"keys": [...]}`. Keys of no use here are left out; the set may be empty then.
    ///
    /// # Errors
    ///
    /// [`NotAKeySet`] if it has another form or is too large.
    pub fn parse(json: &[u8]) -> Result<Self, NotAKeySet> {
        if json.len() > MAX_SET_BYTES {
            return Err(NotAKeySet);
        }
        let set = strict_json::parse(json).map_err(|_| NotAKeySet)?;
        let keys = set
            .get("keys")
            .and_then(Value::as_array)
            .ok_or(NotAKeySet)?;
        if keys.len() > MAX_KEYS {
            return Err(NotAKeySet);
        }
        Ok(Self(
            keys.iter()
                .filter_map(Value::as_object)
                .filter_map(PublicKey::from_jwk)
                .collect(),
        ))
    }

    /// The key for a token: of its algorithm, and of its `kid`; without a `kid` the only one of its algorithm.
    ///
    /// # Errors
    ///
    /// [`JwtError::Algorithm`] for HS256, which no public key verifies. [`JwtError::UnknownKey`] if there is
    /// none: time to fetch the set anew, if that was not just done.
    pub fn select_key(&self, header: &Header) -> Result<&PublicKey, JwtError> {
        if header.algorithm == Algorithm::Hs256 {
            return Err(JwtError::Algorithm);
        }
        let mut candidates = self.0.iter().filter(|key| {
            key.algorithm() == header.algorithm
                && (header.key_id.is_none() || key.key_id == header.key_id)
        });
        match (candidates.next(), candidates.next()) {
            (Some(key), None) => Ok(key),
            (None, _) | (Some(_), Some(_)) => Err(JwtError::UnknownKey),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use alloc::format;
    use alloc::vec;
    use proptest::prelude::*;

    // The keys of RFC 7517, appendix A.1.
    const X: &str = "MKBCTNIcKUSDii11ySs3526iDZ8AiTo7Tu6KPAqv7D4";
    const Y: &str = "4Etl6SRW2YiLUrN5vfvVHuhp7x8PxltmWWlbbM4IFyM";
    const N: &str = "0vx7agoebGcQSuuPiLJXZptN9nndrQmbXEps2aiAFbWhM78LhWx4cbbfAAtVT86zwu1RK7aPFFxuhDR1L6tSoc_BJECPebWKRXjBZCiFV4n3oknjhMstn64tZ_2W-5JsGY4Hc5n9yBXArwl93lqt7_RN5w6Cf0h4QyQ5v-65YGjQR0_FDW2QvzqY368QQMicAtaSqzs8KJZgnYb9c7d0zgdAZHzu6qMQvRL5hajrn1n91CbOpbISD08qNLyrdkt-bFTWhAI4vMQFh6WeZu0fM4lFd2NcRwr3XPksINHaQ-G_xBniIqbw0Ls1jF44-csFCur-kEgU8awapJzKnqDKgw";

    fn ec(kid: &str) -> Value {
        json!({ "kty": "EC", "crv": "P-256", "kid": kid, "x": X, "y": Y })
    }

    fn rsa(kid: &str) -> Value {
        json!({ "kty": "RSA", "kid": kid, "n": N, "e": "AQAB" })
    }

    fn set(keys: &[Value]) -> KeySet {
        KeySet::parse(&serde_json::to_vec(&json!({ "keys": keys })).unwrap()).unwrap()
    }

    fn header(algorithm: Algorithm, kid: Option<&str>) -> Header {
        Header {
            algorithm,
            key_id: kid.map(Into::into),
        }
    }

    fn with(mut key: Value, field: &str, value: impl Into<Value>) -> Value {
        key[field] = value.into();
        key
    }

    #[test]
    fn the_token_gets_the_key_of_its_kid_and_algorithm() {
        let keys = set(&[ec("a"), ec("b"), rsa("c")]);
        let pick = |algorithm, kid| {
            keys.select_key(&header(algorithm, kid))
                .map(PublicKey::key_id)
        };
        assert_eq!(pick(Algorithm::Es256, Some("b")), Ok(Some("b")));
        assert_eq!(pick(Algorithm::Rs256, Some("c")), Ok(Some("c")));
        assert_eq!(pick(Algorithm::Rs256, None), Ok(Some("c")));
        assert_eq!(pick(Algorithm::Es256, None), Err(JwtError::UnknownKey));
        assert_eq!(pick(Algorithm::Es256, Some("z")), Err(JwtError::UnknownKey));
        assert_eq!(pick(Algorithm::Rs256, Some("a")), Err(JwtError::UnknownKey));
        assert_eq!(pick(Algorithm::Es256, Some("c")), Err(JwtError::UnknownKey));
        assert_eq!(pick(Algorithm::Hs256, Some("a")), Err(JwtError::Algorithm));
    }

    #[test]
    fn keys_of_no_use_are_left_out() {
        for useless in [
            json!({ "kty": "oct", "kid": "a", "k": X }),
            json!({ "kty": "OKP", "crv": "Ed25519", "kid": "a", "x": X }),
            with(ec("a"), "crv", "P-384"),
            with(ec("a"), "x", &X[..42]),
            with(ec("a"), "x", format!("{X}=")),
            with(ec("a"), "y", 7),
            with(ec("a"), "use", "enc"),
            with(ec("a"), "alg", "RS256"),
            with(ec("a"), "alg", "HS256"),
            with(ec("a"), "kid", 7),
            with(ec("a"), "key_ops", json!(["sign"])),
            with(rsa("a"), "alg", "PS256"),
            with(rsa("a"), "n", &N[..170]),
            with(rsa("a"), "e", ""),
            json!("a"),
        ] {
            assert_eq!(
                set(core::slice::from_ref(&useless)),
                KeySet::default(),
                "{useless}"
            );
            assert_eq!(set(&[useless, rsa("b")]).0.len(), 1);
        }
    }

    #[test]
    fn what_crypto_imports_is_the_key_and_nothing_else() {
        let noisy = with(with(ec("a"), "d", "secret"), "key_ops", json!(["verify"]));
        let keys = set(&[noisy]);
        let key = keys
            .select_key(&header(Algorithm::Es256, Some("a")))
            .unwrap();
        assert_eq!(
            key.to_jwk(),
            json!({ "kty": "EC", "crv": "P-256", "alg": "ES256", "x": X, "y": Y, "ext": true })
        );
    }

    #[test]
    fn refuses_what_is_no_set() {
        for text in ["", "[]", "{}", r#"{"keys":{}}"#, r#"{"keys":[],"keys":[]}"#] {
            assert_eq!(KeySet::parse(text.as_bytes()), Err(NotAKeySet), "{text}");
        }
        assert_eq!(
            KeySet::parse(&vec![b' '; MAX_SET_BYTES + 1]),
            Err(NotAKeySet)
        );
        let many = json!({ "keys": vec![ec("a"); MAX_KEYS + 1] });
        assert_eq!(
            KeySet::parse(&serde_json::to_vec(&many).unwrap()),
            Err(NotAKeySet)
        );
    }

    #[test]
    fn a_set_is_read_up_to_its_limits() {
        let keys = vec![ec("a"); MAX_KEYS];
        let mut text = format!("{}", json!({ "keys": keys }));
        assert!(KeySet::parse(text.as_bytes()).is_ok());
        text.extend(core::iter::repeat_n(' ', MAX_SET_BYTES - text.len()));
        assert!(KeySet::parse(text.as_bytes()).is_ok());
        text.push_str("  ");
        assert_eq!(KeySet::parse(text.as_bytes()), Err(NotAKeySet));
    }

    proptest! {
        #[test]
        fn takes_any_text_without_a_panic(text in r#"\{"keys":\[(\{"(kty|x|alg|kid)":"[A-Z]{0,4}"\},?){0,3}\]\}|\PC{0,60}"#) {
            let _ = KeySet::parse(text.as_bytes());
        }
    }
}
