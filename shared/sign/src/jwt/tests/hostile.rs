//! Tokens that must be refused, each with the reason: one a line.

use super::*;

/// A trait, a token that has it, and the reason to refuse it.
type Row = (&'static str, String, JwtError);

/// Signed with the right secret, so that nothing but the named trait stands against each.
#[rustfmt::skip]
pub(super) fn signed() -> Vec<Row> {
    let by_header = |header: Value| token(&header, &claims());
    let by_claims = |claims: Value| token(&header(), &claims);
    let by_text = |header: &str, claims: &str| token_of(header, claims, SECRET);
    let (head, body) = (header().to_string(), claims().to_string());
    let admin = json!({ "role": "admin" });
    let inner_twice = r#""role":"user","role":"admin","provider":"#;
    vec![
        ("alg none", by_header(with(header(), "alg", "none")), JwtError::Algorithm),
        ("alg NONE", by_header(with(header(), "alg", "NONE")), JwtError::Algorithm),
        ("alg empty", by_header(with(header(), "alg", "")), JwtError::Algorithm),
        ("alg null", by_header(with(header(), "alg", Value::Null)), JwtError::Algorithm),
        ("alg a list", by_header(with(header(), "alg", json!(["HS256"]))), JwtError::Algorithm),
        ("alg absent", by_header(without(header(), "alg")), JwtError::Algorithm),
        ("alg in lower case", by_header(with(header(), "alg", "hs256")), JwtError::Algorithm),
        ("alg HS512", by_header(with(header(), "alg", "HS512")), JwtError::Algorithm),
        ("alg twice", by_text(r#"{"alg":"HS256","alg":"none"}"#, &body), JwtError::Malformed),
        ("alg ES256 with an HMAC", by_header(with(header(), "alg", "ES256")), JwtError::Signature),
        ("alg RS256 with an HMAC", by_header(with(header(), "alg", "RS256")), JwtError::Signature),
        ("crit", by_header(with(header(), "crit", json!(["exp"]))), JwtError::CriticalExtension),
        ("crit empty", by_header(with(header(), "crit", json!([]))), JwtError::CriticalExtension),
        ("typ of another kind", by_header(with(header(), "typ", "secevent+jwt")), JwtError::Malformed),
        ("kid a number", by_header(with(header(), "kid", 1)), JwtError::Malformed),
        ("sub twice", by_text(&head, &body.replacen('{', r#"{"sub":"x","#, 1)), JwtError::Malformed),
        ("role twice inside", by_text(&head, &body.replacen(r#""provider":"#, inner_twice, 1)), JwtError::Malformed),
        ("claims a list", by_text(&head, "[]"), JwtError::Malformed),
        ("claims with more behind", by_text(&head, "{} {}"), JwtError::Malformed),
        ("deeper than the parser goes", by_text(&head, &"[".repeat(2000)), JwtError::Malformed),
        ("expired", by_claims(with(claims(), "exp", NOW_S - 1)), JwtError::Expired),
        ("expires now", by_claims(with(claims(), "exp", NOW_S)), JwtError::Expired),
        ("no exp", by_claims(without(claims(), "exp")), JwtError::Claim("exp")),
        ("exp null", by_claims(with(claims(), "exp", Value::Null)), JwtError::Claim("exp")),
        ("exp a text", by_claims(with(claims(), "exp", "9999999999")), JwtError::Claim("exp")),
        ("exp negative", by_claims(with(claims(), "exp", -1)), JwtError::Claim("exp")),
        ("not yet valid", by_claims(with(claims(), "nbf", NOW_S + 61)), JwtError::NotYetValid),
        ("issued in the future", by_claims(with(claims(), "iat", NOW_S + 61)), JwtError::NotYetValid),
        ("wrong aud", by_claims(with(claims(), "aud", "anon")), JwtError::Audience),
        ("wrong auds", by_claims(with(claims(), "aud", json!(["a", "b"]))), JwtError::Audience),
        ("empty auds", by_claims(with(claims(), "aud", json!([]))), JwtError::Audience),
        ("a number among auds", by_claims(with(claims(), "aud", json!(["authenticated", 1]))), JwtError::Claim("aud")),
        ("aud an object", by_claims(with(claims(), "aud", json!({ "authenticated": 1 }))), JwtError::Claim("aud")),
        ("no aud", by_claims(without(claims(), "aud")), JwtError::Claim("aud")),
        ("wrong iss", by_claims(with(claims(), "iss", "https://evil.example/auth/v1")), JwtError::Issuer),
        ("iss with more behind", by_claims(with(claims(), "iss", format!("{ISSUER}/"))), JwtError::Issuer),
        ("no iss", by_claims(without(claims(), "iss")), JwtError::Issuer),
        ("a service's token", by_claims(with(claims(), "role", "service_role")), JwtError::Role),
        ("the anonymous key", by_claims(with(claims(), "role", "anon")), JwtError::Role),
        ("the edge's own token", by_claims(with(claims(), "role", "ourvidz_edge")), JwtError::Role),
        ("admin as a role of Postgres", by_claims(with(claims(), "role", "admin")), JwtError::Role),
        ("role a list", by_claims(with(claims(), "role", json!(["authenticated"]))), JwtError::Claim("role")),
        ("no role", by_claims(without(with(claims(), "app_metadata", admin), "role")), JwtError::Role),
        ("sub not a UUID", by_claims(with(claims(), "sub", "1")), JwtError::Claim("sub")),
        ("sub with a filter", by_claims(with(claims(), "sub", format!("{USER},or=(1.eq.1)"))), JwtError::Claim("sub")),
        ("no sub", by_claims(without(claims(), "sub")), JwtError::Claim("sub")),
        ("is_anonymous a text", by_claims(with(claims(), "is_anonymous", "false")), JwtError::Claim("is_anonymous")),
    ]
}

/// Not what anybody with the secret would have made.
#[rustfmt::skip]
pub(super) fn forged() -> Vec<Row> {
    let (head, body) = (header().to_string(), claims().to_string());
    let good = token(&header(), &claims());
    let (input, signature) = good.rsplit_once('.').unwrap();
    let (head_part, body_part) = input.split_once('.').unwrap();
    let other_user = URL_SAFE_NO_PAD.encode(body.replace(USER, &USER.replace('0', "1")));
    let no_utf8 = URL_SAFE_NO_PAD.encode(b"{\"a\":\"\xff\"}");
    let own_key = json!({ "kty": "oct", "k": URL_SAFE_NO_PAD.encode("mine") });
    let brings_key = with(header(), "jwk", own_key).to_string();
    let names_public_key = with(header(), "kid", "ec-1").to_string();
    vec![
        ("empty", String::new(), JwtError::Malformed),
        ("points alone", "..".to_string(), JwtError::Malformed),
        ("one part", head_part.to_string(), JwtError::Malformed),
        ("two parts", input.to_string(), JwtError::Malformed),
        ("four parts", format!("{good}.x"), JwtError::Malformed),
        ("five parts, as if encrypted", format!("{good}.x.y"), JwtError::Malformed),
        ("no signature", format!("{input}."), JwtError::Signature),
        ("half a signature", format!("{input}.{}", &signature[..20]), JwtError::Signature),
        ("a padded signature", format!("{good}="), JwtError::Malformed),
        ("the other base64 alphabet", format!("{input}.{}A", "+/".repeat(21)), JwtError::Malformed),
        ("white space around", format!(" {good} "), JwtError::Malformed),
        ("a line break inside", good.replacen('.', ".\n", 1), JwtError::Malformed),
        ("a Bearer too many", format!("Bearer {good}"), JwtError::Malformed),
        ("bytes that are no UTF-8", format!("{head_part}.{no_utf8}.{signature}"), JwtError::Malformed),
        ("other claims, same signature", format!("{head_part}.{other_user}.{signature}"), JwtError::Signature),
        ("longer than 8 KB", format!("{head_part}.{}.{signature}", body_part.repeat(40)), JwtError::TooLong),
        ("another secret", token_of(&head, &body, b"another secret"), JwtError::Signature),
        ("an empty secret", token_of(&head, &body, b""), JwtError::Signature),
        ("a key of its own", token_of(&brings_key, &body, b"mine"), JwtError::Signature),
        ("the public key as secret", token_of(&names_public_key, &body, PUBLIC_KEYS), JwtError::Signature),
    ]
}
