//! One webhook as it goes out.

use alloc::format;
use alloc::string::{String, ToString};
use alloc::vec::Vec;

use ourvidz_sign::webhook::{Secret, sign};

use crate::outbound::{self, Reach};
use crate::wire::assets::{Sign, object_of};
use crate::wire::rpc::DueWebhook;
use crate::wire::webhooks::WebhookMessage;

/// What tells the receiver's log who is calling.
const USER_AGENT: &str = "OurVidz-Webhooks/1";

/// A message that is ready to go.
#[derive(Clone, PartialEq, Eq)]
pub struct Message {
    /// Names in lower case.
    pub headers: Vec<(String, String)>,
    /// JSON.
    pub body: Vec<u8>,
}

/// Why there is no message.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NoMessage {
    /// Nobody's webhook may go to that address.
    RefusedAddress,
    /// There is no secret to sign it with, or the body could not be written.
    Internal,
}

/// Makes the message of a delivery, at the time of this try. The address is judged again: what was allowed when
/// the job was ordered may not be any more.
///
/// # Errors
///
/// [`NoMessage`].
pub fn message(
    due: &DueWebhook,
    allow_local: bool,
    now_s: u64,
    link: &Sign<'_>,
) -> Result<Message, NoMessage> {
    match outbound::judge(&due.url) {
        Ok(Reach::Public) => {}
        Ok(Reach::Loopback) if allow_local => {}
        Ok(Reach::Loopback) | Err(_) => return Err(NoMessage::RefusedAddress),
    }
    let body = serde_json::to_vec(&tell(due, link)).map_err(|_| NoMessage::Internal)?;
    let id = due.id.to_string();
    // During a rotation the receiver takes the one that it knows.
    let signatures: Vec<String> = due
        .secrets
        .iter()
        .filter_map(|text| Secret::parse(text).ok())
        .map(|secret| sign(&secret, &id, now_s, &body))
        .collect();
    if signatures.is_empty() {
        return Err(NoMessage::Internal);
    }
    let headers = [
        ("content-type", "application/json".to_string()),
        ("user-agent", USER_AGENT.to_string()),
        ("webhook-id", id),
        ("webhook-timestamp", now_s.to_string()),
        ("webhook-signature", signatures.join(" ")),
    ];
    Ok(Message {
        headers: headers
            .into_iter()
            .map(|(name, value)| (name.to_string(), value))
            .collect(),
        body,
    })
}

fn tell(due: &DueWebhook, link: &Sign<'_>) -> WebhookMessage {
    let mut data = due.job.clone();
    let job_type = data.job_type;
    let linked = |stored: Option<String>| {
        let (bucket, key) = object_of(job_type, stored.as_deref()?);
        link(bucket, key)
    };
    for asset in &mut data.assets {
        asset.url = linked(asset.url.take());
        asset.thumbnail_url = linked(asset.thumbnail_url.take());
    }
    WebhookMessage {
        kind: format!("job.{}", due.event),
        timestamp: due.created_at.clone(),
        data,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use ourvidz_sign::webhook::verify;
    use serde_json::{Value, json};

    const NOW_S: u64 = 1_767_225_600;
    const OLD: &str = "whsec_b2xkLW9sZC1vbGQtb2xkLW9sZC1vbGQtb2xkLW9sZC0=";
    const NEW: &str = "whsec_bmV3LW5ldy1uZXctbmV3LW5ldy1uZXctbmV3LW5ldy0=";

    fn due(url: &str, secrets: &[&str]) -> DueWebhook {
        serde_json::from_value(json!({
            "id": "44444444-4444-4444-8444-444444444444",
            "url": url,
            "event": "completed",
            "tries": 1,
            "secrets": secrets,
            "created_at": "2026-01-01T00:00:00.000000Z",
            "job": {
                "id": "22222222-2222-4222-8222-222222222222",
                "status": "completed",
                "job_type": "sdxl_image_fast",
                "project_id": null,
                "retry_of": null,
                "error_code": null,
                "error_message": null,
                "credits_charged": 1,
                "created_at": "2026-01-01T00:00:00.000000Z",
                "completed_at": "2026-01-01T00:00:09.000000Z",
                "assets": [{
                    "id": "33333333-3333-4333-8333-333333333333", "kind": "image", "image_index": 0,
                    "status": "completed", "url": "u/a.png", "thumbnail_url": "system_assets/x.png",
                }],
            },
        }))
        .unwrap()
    }

    fn made(due: &DueWebhook, allow_local: bool) -> Result<Message, NoMessage> {
        let link = |bucket: &str, key: &str| Some(format!("https://s3.test/{bucket}/{key}?signed"));
        message(due, allow_local, NOW_S, &link)
    }

    fn header<'a>(message: &'a Message, name: &str) -> &'a str {
        let found = message.headers.iter().find(|(known, _)| known == name);
        found.map(|(_, value)| value.as_str()).unwrap()
    }

    fn verifies(message: &Message, secret: &str) -> bool {
        verify(
            &[Secret::parse(secret).unwrap()],
            header(message, "webhook-id"),
            header(message, "webhook-timestamp"),
            header(message, "webhook-signature"),
            &message.body,
            NOW_S,
        )
        .is_ok()
    }

    #[test]
    fn it_says_what_happened_with_links_and_without_a_prompt() {
        let message = made(&due("https://example.com/hook", &[NEW]), false)
            .ok()
            .unwrap();
        let body: Value = serde_json::from_slice(&message.body).unwrap();
        assert_eq!(body["type"], "job.completed");
        assert_eq!(body["timestamp"], "2026-01-01T00:00:00.000000Z");
        assert_eq!(
            body["data"]["assets"][0]["url"],
            "https://s3.test/sdxl_image_fast/u/a.png?signed"
        );
        assert_eq!(
            body["data"]["assets"][0]["thumbnail_url"],
            "https://s3.test/system_assets/x.png?signed"
        );
        assert!(body["data"].get("prompt").is_none() && body["data"].get("metadata").is_none());
    }

    #[test]
    fn it_is_signed_with_every_secret_that_is_good() {
        let message = made(
            &due("https://example.com/hook", &[NEW, "nonsense", OLD]),
            false,
        )
        .ok()
        .unwrap();
        assert!(verifies(&message, NEW) && verifies(&message, OLD));
        assert_eq!(header(&message, "webhook-signature").split(' ').count(), 2);
        let alone = made(&due("https://example.com/hook", &[NEW]), false)
            .ok()
            .unwrap();
        assert!(verifies(&alone, NEW) && !verifies(&alone, OLD));
        assert_eq!(
            made(&due("https://example.com/hook", &[]), false).err(),
            Some(NoMessage::Internal)
        );
    }

    #[test]
    fn the_address_is_judged_again() {
        let refused = Some(NoMessage::RefusedAddress);
        assert_eq!(made(&due("https://10.0.0.1/", &[NEW]), true).err(), refused);
        assert_eq!(
            made(&due("http://127.0.0.1:9/", &[NEW]), false).err(),
            refused
        );
        assert!(made(&due("http://127.0.0.1:9/", &[NEW]), true).is_ok());
    }

    #[test]
    fn neither_secrets_nor_addresses_are_printed() {
        let printed = format!("{:?}", due("https://example.com/hook?token=hidden", &[NEW]));
        assert!(
            !printed.contains("hidden") && !printed.contains("whsec"),
            "{printed}"
        );
    }
}
