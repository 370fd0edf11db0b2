//! Where a client wants to hear of a job's outcome.

use alloc::borrow::ToOwned;
use alloc::string::String;
use alloc::vec::Vec;

use serde::Serialize;
use serde_json::Value;

use super::body::Field;
use super::fields::Fields;
use super::kinds::{Kind, List, OneOf};
use crate::ApiError;
use crate::outbound::{self, Reach};

/// Outcomes that a webhook can tell.
pub const WEBHOOK_EVENTS: [&str; 3] = ["completed", "failed", "canceled"];

pub(crate) const EXPECTED_URL: &str =
    "an https URL of a public host, on port 443 or 8443, without user name";

/// A webhook for one job.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct WebhookTarget {
    /// Where to.
    pub url: String,
    /// Which outcomes.
    pub events: Vec<String>,
}

impl WebhookTarget {
    /// Whether it stays on the machine itself, which only a development set-up may allow.
    #[must_use]
    pub fn is_local(&self) -> bool {
        outbound::judge(&self.url) == Ok(Reach::Loopback)
    }
}

pub(crate) const WEBHOOK_URL: Field<Address> = Field::optional("webhookUrl", Address)
    .about("A server of yours that is told of the job's end; see `webhooks`.");
pub(crate) const WEBHOOK_EVENTS_FIELD: Field<List<OneOf>> = Field::optional(
    "webhookEvents",
    List {
        of: OneOf(&WEBHOOK_EVENTS),
        items: 1..=WEBHOOK_EVENTS.len(),
        meaning: "of completed, failed and canceled",
    },
);

/// A URL that we may call.
pub(crate) struct Address;

impl Kind for Address {
    type Value = String;

    fn read(&self, value: Value) -> Option<String> {
        let url = value.as_str().filter(|url| outbound::judge(url).is_ok());
        url.map(ToOwned::to_owned)
    }

    fn expected(&self) -> String {
        EXPECTED_URL.to_owned()
    }

    #[cfg(feature = "schema")]
    fn schema(&self, _generator: &mut schemars::SchemaGenerator) -> Value {
        serde_json::json!({
            "type": "string", "format": "uri", "maxLength": crate::limits::MAX_URL_BYTES,
        })
    }
}

pub(crate) fn take_webhook(fields: &mut Fields) -> Result<Option<WebhookTarget>, ApiError> {
    let events = take_events(fields)?;
    let Some(url) = fields.take(&WEBHOOK_URL)? else {
        if events.is_some() {
            return Err(fields.invalid(WEBHOOK_URL.name, EXPECTED_URL));
        }
        return Ok(None);
    };
    let every = || WEBHOOK_EVENTS.into_iter().map(ToOwned::to_owned).collect();
    Ok(Some(WebhookTarget {
        url,
        events: events.unwrap_or_else(every),
    }))
}

fn take_events(fields: &mut Fields) -> Result<Option<Vec<String>>, ApiError> {
    let Some(items) = fields.take(&WEBHOOK_EVENTS_FIELD)? else {
        return Ok(None);
    };
    let mut events: Vec<String> = Vec::with_capacity(items.len());
    for name in items {
        if !events.iter().any(|event| event == name) {
            events.push(name.to_owned());
        }
    }
    Ok(Some(events))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::wire::body::Body;

    const BODY: Body = Body::closed("", &[&WEBHOOK_URL, &WEBHOOK_EVENTS_FIELD]);

    #[test]
    fn a_url_that_may_not_be_called_is_refused_by_name() {
        let parse = |url: &str| {
            let body = alloc::format!("{{\"webhookUrl\":\"{url}\"}}");
            take_webhook(&mut Fields::of(&BODY, body.as_bytes()).unwrap())
        };
        assert!(parse("https://example.com/hook").is_ok());
        for url in [
            "http://example.com/hook",
            "https://10.0.0.1/",
            "https://example.com:22/",
            "",
        ] {
            let message = parse(url).unwrap_err().into_parts().message;
            assert!(
                message.starts_with("webhookUrl: expected an https URL"),
                "{url}: {message}"
            );
        }
    }

    #[test]
    fn local_targets_are_recognised() {
        let local = |url: &str| {
            WebhookTarget {
                url: url.into(),
                events: Vec::new(),
            }
            .is_local()
        };
        assert!(
            local("http://127.0.0.1:1/x") && local("https://localhost/") && local("http://[::1]/")
        );
        assert!(!local("https://example.com/"));
    }

    #[test]
    fn events_are_a_set_of_known_ones() {
        let parse = |body: &str| take_webhook(&mut Fields::of(&BODY, body.as_bytes()).unwrap());
        let url = r#""webhookUrl":"https://example.com/x""#;
        let events = |list: &str| {
            parse(&alloc::format!("{{{url},\"webhookEvents\":{list}}}"))
                .map(|target| target.unwrap().events.join(" "))
        };
        assert_eq!(events(r#"["failed","failed"]"#).unwrap(), "failed");
        assert_eq!(events("null").unwrap(), "completed failed canceled");
        assert!(events(r#"["progress"]"#).is_err() && events("[]").is_err());
        assert!(parse(r#"{"webhookEvents":["failed"]}"#).is_err());
    }

    #[test]
    fn nulls_are_absent() {
        let mut fields = Fields::of(&BODY, br#"{"webhookUrl":null}"#).unwrap();
        assert_eq!(take_webhook(&mut fields).unwrap(), None);
    }
}
