use super::*;
use crate::hmac_sha256;
use crate::jwk::KeySet;
use alloc::format;
use alloc::string::ToString;
use alloc::vec;
use proptest::prelude::*;
use serde_json::json;

mod hostile;

const SECRET: &[u8] = b"super-secret-jwt-token-with-at-least-32-characters";
const NOW_S: u64 = 1_795_255_200;
const USER: &str = "0188d1a4-7b3c-4f00-8a11-0123456789ab";
const ISSUER: &str = "https://abc.supabase.co/auth/v1";

// The EC key of RFC 7517, appendix A.1.
const PUBLIC_KEYS: &[u8] = br#"{"keys":[{"kty":"EC","crv":"P-256","kid":"ec-1",
    "x":"MKBCTNIcKUSDii11ySs3526iDZ8AiTo7Tu6KPAqv7D4","y":"4Etl6SRW2YiLUrN5vfvVHuhp7x8PxltmWWlbbM4IFyM"}]}"#;

/// What Supabase puts into a token.
fn claims() -> Value {
    json!({
        "iss": ISSUER,
        "sub": USER,
        "aud": "authenticated",
        "exp": NOW_S + 3600,
        "iat": NOW_S - 10,
        "email": "a@example.com",
        "phone": "",
        "app_metadata": { "provider": "email", "providers": ["email"] },
        "user_metadata": {},
        "role": "authenticated",
        "aal": "aal1",
        "amr": [{ "method": "password", "timestamp": NOW_S - 10 }],
        "session_id": "0188d1a4-7b3c-4f00-8a11-0123456789ac",
        "is_anonymous": false,
    })
}

fn header() -> Value {
    json!({ "alg": "HS256", "typ": "JWT" })
}

fn with(mut object: Value, name: &str, value: impl Into<Value>) -> Value {
    object[name] = value.into();
    object
}

fn without(mut object: Value, name: &str) -> Value {
    object.as_object_mut().unwrap().remove(name);
    object
}

/// A token of these texts, signed with HS256 whatever its header says.
fn token_of(header: &str, claims: &str, secret: &[u8]) -> String {
    let input = format!(
        "{}.{}",
        URL_SAFE_NO_PAD.encode(header),
        URL_SAFE_NO_PAD.encode(claims)
    );
    let tag = hmac_sha256(secret, &[input.as_bytes()]);
    format!("{input}.{}", URL_SAFE_NO_PAD.encode(tag))
}

fn token(header: &Value, claims: &Value) -> String {
    token_of(&header.to_string(), &claims.to_string(), SECRET)
}

/// The whole way of a token that names HS256.
fn check(token: &str) -> Result<UserClaims, JwtError> {
    let expected = Expectations {
        issuer: Some(ISSUER.to_string()),
    };
    check_claims(&parse(token)?.verify_hs256(&[SECRET])?, &expected, NOW_S)
}

#[test]
fn a_users_token_is_taken() {
    let caller = UserClaims {
        user_id: USER.parse().unwrap(),
        is_admin: false,
        is_anonymous: false,
        expires_at_s: NOW_S + 3600,
    };
    assert_eq!(check(&token(&header(), &claims())), Ok(caller));
    // The same in other permitted words.
    for (header, claims) in [
        (without(header(), "typ"), claims()),
        (with(header(), "typ", "jwt"), claims()),
        (with(header(), "kid", "legacy"), claims()),
        (
            header(),
            with(claims(), "aud", json!(["other", "authenticated"])),
        ),
        (
            header(),
            with(claims(), "exp", json!(NOW_S as f64 + 3600.5)),
        ),
        (header(), with(claims(), "nbf", NOW_S)),
        (header(), with(claims(), "iat", NOW_S + 60)),
        (header(), without(claims(), "iat")),
        (header(), without(claims(), "is_anonymous")),
    ] {
        assert_eq!(
            check(&token(&header, &claims)),
            Ok(caller),
            "{header} {claims}"
        );
    }
}

#[test]
fn hostile_tokens_are_refused_each_for_its_reason() {
    let table = [hostile::signed(), hostile::forged()].concat();
    assert!(table.len() >= 60);
    for (name, token, reason) in table {
        assert_eq!(check(&token), Err(reason), "{name}");
    }
}

#[test]
fn no_secret_verifies_nothing() {
    let signed_with_nothing = token_of(&header().to_string(), &claims().to_string(), b"");
    for secrets in [&[][..], &[&b""[..]]] {
        let result = parse(&signed_with_nothing).unwrap().verify_hs256(secrets);
        assert_eq!(result.err(), Some(JwtError::Signature));
    }
}

#[test]
fn the_secret_may_be_in_rotation() {
    let token = token(&header(), &claims());
    assert!(
        parse(&token)
            .unwrap()
            .verify_hs256(&[b"the new one", SECRET])
            .is_ok()
    );
}

/// A token that says ES256, with 64 bytes for a signature.
fn es256_token() -> String {
    let header = json!({ "alg": "ES256", "typ": "JWT", "kid": "ec-1" });
    let (header, claims) = (header.to_string(), claims().to_string());
    let encode = |text: &str| URL_SAFE_NO_PAD.encode(text);
    format!(
        "{}.{}.{}",
        encode(&header),
        encode(&claims),
        URL_SAFE_NO_PAD.encode([7; 64])
    )
}

#[test]
fn a_key_is_used_for_its_own_algorithm_only() {
    let keys = KeySet::parse(PUBLIC_KEYS).unwrap();
    let es256 = es256_token();
    let unverified = parse(&es256).unwrap();
    assert_eq!(
        unverified.signing_input(),
        es256.rsplit_once('.').unwrap().0.as_bytes()
    );
    assert_eq!(unverified.signature(), [7; 64]);
    let key = keys.select_key(unverified.header()).unwrap();

    // No secret verifies it, and what the verification said is final.
    assert_eq!(
        parse(&es256).unwrap().verify_hs256(&[SECRET]).err(),
        Some(JwtError::Algorithm)
    );
    assert_eq!(
        parse(&es256).unwrap().accept(key, false).err(),
        Some(JwtError::Signature)
    );
    let verified = unverified.accept(key, true).unwrap();
    assert!(check_claims(&verified, &Expectations::default(), NOW_S).is_ok());

    // A public key has no say on a token that names HS256.
    let hs256 = token(&with(header(), "kid", "ec-1"), &claims());
    let unverified = parse(&hs256).unwrap();
    assert_eq!(
        keys.select_key(unverified.header()).err(),
        Some(JwtError::Algorithm)
    );
    assert_eq!(
        unverified.accept(key, true).err(),
        Some(JwtError::Algorithm)
    );
}

#[test]
fn only_the_projects_own_word_makes_an_administrator() {
    let is_admin = |claims: Value| check(&token(&header(), &claims)).map(|caller| caller.is_admin);
    let admin = json!({ "role": "admin" });
    assert_eq!(
        is_admin(with(claims(), "app_metadata", admin.clone())),
        Ok(true)
    );
    assert_eq!(is_admin(with(claims(), "user_metadata", admin)), Ok(false));
    assert_eq!(
        is_admin(with(
            claims(),
            "app_metadata",
            json!({ "roles": ["admin"] })
        )),
        Ok(false)
    );
    assert_eq!(
        is_admin(with(claims(), "app_metadata", json!({ "role": ["admin"] }))),
        Ok(false)
    );
    assert_eq!(
        is_admin(with(claims(), "app_metadata", json!({ "role": "Admin" }))),
        Ok(false)
    );
    assert_eq!(is_admin(with(claims(), "app_metadata", "admin")), Ok(false));
    assert_eq!(is_admin(without(claims(), "app_metadata")), Ok(false));
}

#[test]
fn anonymous_users_are_known_as_such() {
    let caller = check(&token(&header(), &with(claims(), "is_anonymous", true))).unwrap();
    assert!(caller.is_anonymous);
}

#[test]
fn without_a_known_issuer_any_will_do() {
    let verified = parse(&token(&header(), &without(claims(), "iss")))
        .unwrap()
        .verify_hs256(&[SECRET])
        .unwrap();
    assert!(check_claims(&verified, &Expectations::default(), NOW_S).is_ok());
}

#[test]
fn nothing_personal_is_printed() {
    let text = token(&header(), &claims());
    let unverified = parse(&text).unwrap();
    let printed = format!("{unverified:?}");
    assert!(
        !printed.contains("example.com") && !printed.contains(USER),
        "{printed}"
    );
    assert_eq!(
        format!("{:?}", unverified.verify_hs256(&[SECRET]).unwrap()),
        "Verified(..)"
    );
}

proptest! {
    #[test]
    fn takes_any_text_without_a_panic(text in "\\PC{0,60}|[A-Za-z0-9_.-]{0,120}|([A-Za-z0-9_-]{0,20}\\.){2}[A-Za-z0-9_-]{0,90}") {
        prop_assert!(check(&text).is_err());
    }

    #[test]
    fn no_single_changed_byte_goes_unnoticed(place in any::<prop::sample::Index>(), to in "[A-Za-z0-9_.-]") {
        let good = token(&header(), &claims());
        let place = place.index(good.len());
        let mut changed = good.clone();
        changed.replace_range(place..=place, &to);
        prop_assume!(changed != good);
        prop_assert!(check(&changed).is_err(), "{}", place);
    }
}
