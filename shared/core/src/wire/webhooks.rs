//! `/api/webhooks/...`: what a user's webhooks are signed with, and what became of them.

use alloc::string::String;
use alloc::vec::Vec;
use core::fmt;

use serde::{Deserialize, Serialize};

use super::page::{Cursor, Page, Query, page, rows_to_read};
use super::rpc::{DeliveryStatus, EndedJob, MyWebhookDeliveries, UserSecret, WebhookDelivery};
use crate::ApiError;

/// The answer of `GET` and `POST /api/webhooks/secret`.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct SecretReply {
    /// Always true.
    pub success: bool,
    /// `whsec_` and the base64 of 32 bytes, as Standard Webhooks' libraries take it.
    pub secret: String,
    /// Since when, RFC 3339.
    pub created_at: String,
    /// Until when messages carry a second signature, made with the secret before this one, RFC 3339; null when
    /// they do not.
    pub previous_until: Option<String>,
}

impl fmt::Debug for SecretReply {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("SecretReply(..)")
    }
}

impl SecretReply {
    /// From the row.
    #[must_use]
    pub fn of(secret: UserSecret) -> Self {
        Self {
            success: true,
            secret: secret.secret,
            created_at: secret.created_at,
            previous_until: secret.previous_until,
        }
    }
}

/// The body of a webhook.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct WebhookMessage {
    /// `job.completed`, `job.failed` or `job.canceled`.
    #[serde(rename = "type")]
    pub kind: String,
    /// When it happened, RFC 3339.
    pub timestamp: String,
    /// The job. Its prompt is not in it: bodies end up in receivers' logs.
    pub data: EndedJob,
}

/// The answer of `POST /api/webhooks/deliveries/{id}/redrive`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct RedrivenReply {
    /// Always true.
    pub success: bool,
    /// The delivery as it is now.
    pub delivery: WebhookDelivery,
}

/// Which deliveries are asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DeliveriesQuery {
    /// Only of this status.
    pub status: Option<DeliveryStatus>,
    /// Behind this one.
    pub cursor: Option<Cursor>,
    /// At most this many.
    pub limit: u32,
}

impl DeliveriesQuery {
    /// Reads the query parameters `status`, `cursor` and `limit`.
    ///
    /// # Errors
    ///
    /// 400 names the first that is not what it should be.
    pub fn parse(query: Query<'_>) -> Result<Self, ApiError> {
        let status = query.one_of(
            "status",
            "pending, delivered or failed",
            |name| match name {
                "pending" => Some(DeliveryStatus::Pending),
                "delivered" => Some(DeliveryStatus::Delivered),
                "failed" => Some(DeliveryStatus::Failed),
                _ => None,
            },
        )?;
        Ok(Self {
            status,
            cursor: query.cursor()?,
            limit: query.limit()?,
        })
    }

    /// The call.
    #[must_use]
    pub fn rpc(&self) -> MyWebhookDeliveries {
        MyWebhookDeliveries {
            p_status: self.status,
            p_before: self.cursor.as_ref().map(|cursor| cursor.created_at.clone()),
            p_before_id: self.cursor.as_ref().map(|cursor| cursor.id),
            p_limit: rows_to_read(self.limit),
        }
    }

    /// The answer.
    #[must_use]
    pub fn page(&self, rows: Vec<WebhookDelivery>) -> Page<WebhookDelivery> {
        page(
            rows,
            self.limit,
            |row| Cursor {
                created_at: row.created_at.clone(),
                id: row.id,
            },
            |row| row,
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use alloc::string::ToString;

    #[test]
    fn the_status_is_one_of_three() {
        let parse = |status: &str| {
            let pairs = [("status".to_string(), status.to_string())];
            DeliveriesQuery::parse(Query(&pairs)).map(|query| query.status)
        };
        assert_eq!(parse("failed").unwrap(), Some(DeliveryStatus::Failed));
        assert_eq!(parse("").unwrap(), None);
        assert!(parse("completed").is_err());
    }

    #[test]
    fn a_secret_is_not_printed() {
        let reply = SecretReply::of(UserSecret {
            secret: "whsec_hidden".into(),
            created_at: "2026-01-01T00:00:00Z".into(),
            previous_until: None,
        });
        assert!(!alloc::format!("{reply:?}").contains("hidden"));
    }
}
