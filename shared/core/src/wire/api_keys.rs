//! `/api/keys`: keys by which programs act for a user.

use alloc::string::String;
use alloc::vec::Vec;
use core::fmt;

use ourvidz_policy::ExtraTerms;
use serde::{Deserialize, Serialize};

use super::body::{Body, Field};
use super::fields::Fields;
use super::kinds::{Choice, List, Whole, Words, exact};
use super::rpc::{ApiKeyView, CreateApiKey};
use crate::api_key::{self, KeyScope};
use crate::judged::{Judged, judge};
use crate::limits::{MAX_API_KEYS, MAX_KEY_DAYS, MAX_KEY_NAME_CHARS};
use crate::moment::Nth;
use crate::{ApiError, Id, Moment};

/// A key that is wanted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ApiKeyRequest {
    /// What its owner calls it.
    pub name: String,
    /// What it may do.
    pub scopes: Vec<KeyScope>,
    /// Credits that its orders may cost in a month.
    pub monthly_limit: Option<u64>,
    /// After how many days it ends.
    pub expires_in_days: Option<u32>,
}

const NAME: Field<Words> = Field::required("name", Words(MAX_KEY_NAME_CHARS));
const SCOPES: Field<List<Choice<KeyScope>>> = Field::required(
    "scopes",
    List {
        of: Choice::new(),
        items: 1..=KeyScope::ALL.len(),
        meaning: "of orders, read and webhooks",
    },
);
const MONTHLY_LIMIT: Field<Whole<u64>> = Field::optional("monthlyLimit", exact(1))
    .about("Credits that its orders may cost in a calendar month of UTC.");
const EXPIRES_IN_DAYS: Field<Whole<u32>> =
    Field::optional("expiresInDays", Whole::new(1, MAX_KEY_DAYS));

/// The body of a new key.
pub(crate) const BODY: Body = Body::closed(
    "ApiKeyRequest",
    &[&NAME, &SCOPES, &MONTHLY_LIMIT, &EXPIRES_IN_DAYS],
);

impl Judged for ApiKeyRequest {
    fn texts(&self) -> Vec<&str> {
        let Self {
            name,
            scopes: _,
            monthly_limit: _,
            expires_in_days: _,
        } = self;
        Vec::from([name.as_str()])
    }
}

impl ApiKeyRequest {
    /// Reads a body.
    ///
    /// # Errors
    ///
    /// 400 names the first field that is not what it should be; 422 `content_policy`.
    pub fn parse(body: &[u8], extra_terms: &ExtraTerms) -> Result<Self, ApiError> {
        let mut fields = Fields::of(&BODY, body)?;
        let named = fields.need(&SCOPES)?;
        let scopes = KeyScope::ALL
            .into_iter()
            .filter(|scope| named.contains(scope));
        let request = Self {
            name: fields.need(&NAME)?,
            scopes: scopes.collect(),
            monthly_limit: fields.take(&MONTHLY_LIMIT)?,
            expires_in_days: fields.take(&EXPIRES_IN_DAYS)?,
        };
        fields.finish()?;
        judge(&request, &[], extra_terms)?;
        Ok(request)
    }

    /// The key, and the call that makes it good.
    #[must_use]
    pub fn create(self, user_id: Id, at: &Moment) -> (String, CreateApiKey) {
        let key = api_key::fresh(at);
        let call = CreateApiKey {
            p_user_id: user_id,
            p_key_id: at.fresh_id(Nth::First),
            p_digest: api_key::digest(&key).unwrap_or_default(),
            p_prefix: api_key::shown(&key),
            p_name: self.name,
            p_scopes: self.scopes,
            p_monthly_limit: self.monthly_limit,
            p_expires_in_days: self.expires_in_days,
            p_most: MAX_API_KEYS,
        };
        (key, call)
    }
}

/// The answer with a new key.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct ApiKeyCreatedReply {
    /// Always true.
    pub success: bool,
    /// The key itself: shown this once, and nowhere kept.
    pub key: String,
    /// What is known of it.
    pub api_key: ApiKeyView,
}

impl fmt::Debug for ApiKeyCreatedReply {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("ApiKeyCreatedReply(..)")
    }
}

/// The answer of `GET /api/keys`: all there are.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct ApiKeysReply {
    /// The caller's keys, newest first.
    pub items: Vec<ApiKeyView>,
}

/// The answer of `DELETE /api/keys/{id}`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct ApiKeyRevokedReply {
    /// Always true.
    pub success: bool,
    /// The key that is good for nothing any more.
    pub id: Id,
}

#[cfg(test)]
mod tests {
    use super::*;
    use alloc::format;
    use alloc::string::ToString;
    use serde_json::{Value, json};

    fn parse(body: &Value) -> Result<ApiKeyRequest, ApiError> {
        ApiKeyRequest::parse(body.to_string().as_bytes(), &ExtraTerms::none())
    }

    #[test]
    fn a_request_says_what_the_key_may_do() {
        let request = parse(&json!({
            "name": " CI ", "scopes": ["read", "orders", "read"], "monthlyLimit": 100, "expiresInDays": 30,
        }))
        .unwrap();
        assert_eq!(request.name, "CI");
        assert_eq!(request.scopes, [KeyScope::Orders, KeyScope::Read]);
        assert_eq!(
            (request.monthly_limit, request.expires_in_days),
            (Some(100), Some(30))
        );
    }

    #[test]
    fn what_is_wrong_is_named() {
        let wrong = |field: &str, value: Value| {
            let mut body = json!({ "name": "CI", "scopes": ["read"] });
            body[field] = value;
            let error = parse(&body).unwrap_err();
            assert_eq!(error.details.as_ref().unwrap()["field"], field, "{body}");
        };
        for scopes in [
            json!([]),
            json!(["admin"]),
            json!("read"),
            json!(["read", "read", "read", "read"]),
        ] {
            wrong("scopes", scopes);
        }
        for name in [json!(" "), json!("x".repeat(101)), json!(null)] {
            wrong("name", name);
        }
        for limit in [json!(0), json!(-1), json!(1.5)] {
            wrong("monthlyLimit", limit);
        }
        for days in [json!(0), json!(367)] {
            wrong("expiresInDays", days);
        }
        wrong("admin", json!(true));
    }

    #[test]
    fn only_the_digest_goes_to_the_database() {
        let request = parse(&json!({ "name": "CI", "scopes": ["read"] })).unwrap();
        let (key, call) = request.create(Id::from_bytes([1; 16]), &Moment::new(0, [7; 32]));
        assert_eq!(Some(&call.p_digest), api_key::digest(&key).as_ref());
        assert!(!format!("{call:?}").contains(&key[8..]));
    }
}
