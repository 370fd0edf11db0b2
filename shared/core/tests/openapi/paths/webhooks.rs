//! Webhooks: what users set up and see of them, and what their servers receive.

use ourvidz_core::wire::page::Page;
use ourvidz_core::wire::rpc::{DeliveryStatus, WebhookDelivery};
use ourvidz_core::wire::webhooks::{RedrivenReply, SecretReply, WebhookMessage};
use schemars::SchemaGenerator;
use serde_json::{Value, json};

use super::{paging, schema};
use crate::operation::{Access, Operation, header, query};

pub fn all(generator: &mut SchemaGenerator) -> Vec<Operation> {
    let secret = schema::<SecretReply>(generator);
    let by = Access::User;
    vec![
        Operation::new(
            ("get", "/api/webhooks/secret"),
            "webhookSecret",
            "What the caller's webhooks are signed with, made at the first look.",
            by,
        )
        .json(secret.clone()),
        Operation::new(
            ("post", "/api/webhooks/secret"),
            "replaceWebhookSecret",
            "Makes a new secret; the one before it signs beside it for a day.",
            by,
        )
        .json(secret),
        Operation::new(
            ("get", "/api/webhooks/deliveries"),
            "listWebhookDeliveries",
            "What became of the caller's webhooks, newest first.",
            by,
        )
        .with(vec![query("status", schema::<DeliveryStatus>(generator))])
        .with(paging())
        .json(schema::<Page<WebhookDelivery>>(generator)),
        Operation::new(
            ("post", "/api/webhooks/deliveries/{id}/redrive"),
            "redriveWebhook",
            "Sends a webhook anew.",
            by,
        )
        .json(schema::<RedrivenReply>(generator)),
    ]
}

/// The request that a user's own server receives.
pub fn received(generator: &mut SchemaGenerator) -> Value {
    let text = || json!({ "type": "string" });
    json!({
        "job": {
            "post": {
                "operationId": "jobEnded",
                "summary": "A job has ended: sent to its `webhookUrl`, until it is answered with 2xx.",
                "parameters": [
                    header("webhook-id", "The delivery's id: the same at each try.", text()),
                    header("webhook-timestamp", "When this try was made, in seconds since 1970.", text()),
                    header("webhook-signature", "Standard Webhooks' `v1` signatures, separated by spaces.", text()),
                ],
                "requestBody": {
                    "required": true,
                    "content": { "application/json": { "schema": schema::<WebhookMessage>(generator) } },
                },
                "responses": {
                    "2XX": { "description": "It has arrived." },
                    "410": { "description": "Nothing more is wanted at this address." },
                    "default": { "description": "It is sent again later; `Retry-After` says when." },
                },
            },
        },
    })
}
