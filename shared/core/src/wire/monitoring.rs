//! `GET /api/admin/{deliveries,history}` and `POST /api/admin/redeliver`: what became of everybody's webhooks, and how
//! the queues went.

use alloc::string::String;
use alloc::vec::Vec;

use serde::{Deserialize, Serialize};

use super::admin::{REASON, take_reason};
use super::body::{Body, Field};
use super::fields::Fields;
use super::kinds::Uuid;
use super::page::{Cursor, Page, Query, page};
use super::rpc::{
    AdminDeliveries, AdminQueueHistory, AdminRedeliver, MyWebhookDeliveries, OperatorsDelivery,
    QueueHistory,
};
use super::webhooks::DeliveriesQuery;
use crate::ApiError;
use crate::limits::{DEFAULT_HISTORY_HOURS, MAX_HISTORY_HOURS};

const DELIVERY_ID: Field<Uuid> = Field::required("delivery_id", Uuid);

/// The body of `redeliver`.
pub(crate) const REDELIVER_BODY: Body = Body::closed("RedeliverRequest", &[&DELIVERY_ID, &REASON]);

/// Reads the body of `redeliver`.
///
/// # Errors
///
/// 400 names the first field that is not what it should be.
pub fn redeliver(body: &[u8], actor: String) -> Result<AdminRedeliver, ApiError> {
    let mut fields = Fields::of(&REDELIVER_BODY, body)?;
    let redeliver = AdminRedeliver {
        p_actor: actor,
        p_delivery_id: fields.need(&DELIVERY_ID)?,
        p_reason: take_reason(&mut fields)?,
    };
    fields.finish()?;
    Ok(redeliver)
}

/// What became of a redelivery.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct RedeliverReply {
    /// Always true.
    pub success: bool,
    /// The delivery as it is now.
    pub delivery: OperatorsDelivery,
}

/// The call for everybody's deliveries.
#[must_use]
pub fn deliveries(query: &DeliveriesQuery) -> AdminDeliveries {
    let MyWebhookDeliveries {
        p_status,
        p_before,
        p_before_id,
        p_limit,
    } = query.rpc();
    AdminDeliveries {
        p_status,
        p_before,
        p_before_id,
        p_limit,
    }
}

/// The answer of `GET /api/admin/deliveries`.
#[must_use]
pub fn deliveries_page(
    query: &DeliveriesQuery,
    rows: Vec<OperatorsDelivery>,
) -> Page<OperatorsDelivery> {
    page(
        rows,
        query.limit,
        |row| Cursor {
            created_at: row.delivery.created_at.clone(),
            id: row.delivery.id,
        },
        |row| row,
    )
}

/// Reads the query parameter `hours`.
///
/// # Errors
///
/// 400 names it.
pub fn history(query: Query<'_>) -> Result<AdminQueueHistory, ApiError> {
    let hours = query.one_of("hours", "a whole number from 1 to 720", |value| {
        value
            .parse()
            .ok()
            .filter(|hours| (1..=MAX_HISTORY_HOURS).contains(hours))
    })?;
    Ok(AdminQueueHistory {
        p_hours: hours.unwrap_or(DEFAULT_HISTORY_HOURS),
    })
}

/// The answer of `GET /api/admin/history`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct HistoryReply {
    /// Always true.
    pub success: bool,
    /// How many hours back.
    pub hours: u32,
    /// Each queue.
    pub queues: Vec<QueueHistory>,
}

#[cfg(test)]
mod tests {
    use super::*;
    use alloc::string::ToString;

    #[test]
    fn a_history_reaches_back_a_day_or_as_far_as_there_is_any() {
        let hours = |text: &str| {
            let pairs = [("hours".to_string(), text.to_string())];
            history(Query(&pairs)).map(|query| query.p_hours)
        };
        assert_eq!(history(Query(&[])).unwrap().p_hours, 24);
        assert_eq!(hours("720").unwrap(), 720);
        for wrong in ["0", "721", "-1", "a day"] {
            assert!(hours(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn a_redelivery_names_its_delivery() {
        let read = |body: &str| redeliver(body.as_bytes(), "ops".into());
        let id = "33333333-3333-4333-8333-333333333333";
        let body = alloc::format!(r#"{{"delivery_id":"{id}","reason":" back again "}}"#);
        let redelivery = read(&body).unwrap();
        assert_eq!(redelivery.p_delivery_id.to_string(), id);
        assert_eq!(redelivery.p_reason.as_deref(), Some("back again"));
        for body in ["{}", r#"{"delivery_id":"x"}"#] {
            assert!(read(body).is_err(), "{body}");
        }
    }
}
