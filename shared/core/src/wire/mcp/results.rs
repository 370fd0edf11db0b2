//! What a tool gives back: a few lines that a model reads, the same for programs, and pictures on request.

use alloc::format;
use alloc::string::{String, ToString};
use alloc::vec::Vec;

use serde::Serialize;
use serde_json::{Value, json};

use crate::wire::assets::{AssetReply, Sign};
use crate::wire::enhance::EnhanceReply;
use crate::wire::job::{CancelReply, JobView};
use crate::wire::page::Page;
use crate::wire::queue_status::QueueStatusReply;
use crate::wire::rpc::{EnhancementMethod, Enqueued, Status};
use crate::{ApiError, Format, Id, JobType};

/// What `tools/call` answers.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct ToolResult {
    /// What the model gets.
    pub content: Vec<McpContent>,
    /// The same for programs, as the tool's `outputSchema` says.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub structured_content: Option<Value>,
    /// Whether it is a refusal or a failure.
    pub is_error: bool,
    /// Beside it, the error as every other endpoint writes it.
    #[serde(rename = "_meta", skip_serializing_if = "Option::is_none")]
    pub meta: Option<Value>,
}

/// A part of what the model gets.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(tag = "type", rename_all = "camelCase")]
pub enum McpContent {
    /// A few lines.
    Text {
        /// The lines.
        text: String,
    },
    /// A picture.
    #[serde(rename_all = "camelCase")]
    Image {
        /// In base64.
        data: String,
        /// Its media type.
        mime_type: &'static str,
    },
}

impl ToolResult {
    fn new(text: String, structured: &impl Serialize) -> Self {
        Self {
            content: Vec::from([McpContent::Text { text }]),
            structured_content: serde_json::to_value(structured).ok(),
            is_error: false,
            meta: None,
        }
    }

    /// A refusal, as a model can act on it.
    #[must_use]
    pub fn refusal(error: &ApiError, request_id: &str) -> Self {
        let mut text = format!("{} ({})", error.message, error.code.as_str());
        if let Some(action) = error.code.suggested_action() {
            text = format!("{text} {action}");
        }
        if let Some(seconds) = error.retry_after_s {
            text = format!("{text} Try again in {seconds} s.");
        }
        Self {
            content: Vec::from([McpContent::Text { text }]),
            structured_content: None,
            is_error: true,
            meta: Some(json!({ "error": error.to_body(request_id) })),
        }
    }
}

/// A job.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct McpJob {
    /// What `job_status` and `cancel_job` take.
    pub job_id: Id,
    /// What was ordered.
    pub job_type: JobType,
    /// Where it stands.
    pub status: Status,
    /// 0 to 100.
    pub progress: u8,
    /// Jobs before it in its queue, plus one; null when it is not queued.
    pub position: Option<u32>,
    /// Seconds until it should be done.
    pub eta_seconds: Option<u32>,
    /// Why it waits.
    pub waiting_for: Option<String>,
    /// Credits that are set aside for it.
    pub credits_held: i64,
    /// Credits that it has cost.
    pub credits_charged: i64,
    /// Why it failed.
    pub failure: Option<McpFailure>,
    /// What it has made.
    pub assets: Vec<McpAsset>,
}

/// Why a job failed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct McpFailure {
    /// For programs.
    pub code: String,
    /// For people.
    pub message: String,
}

/// An image or a video.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct McpAsset {
    /// Its id.
    pub asset_id: Id,
    /// Its job.
    pub job_id: Id,
    /// `image` or `video`.
    pub kind: String,
    /// A link to the file, good for an hour at least.
    pub url: String,
    /// A link to a small picture of it.
    pub thumbnail_url: Option<String>,
    /// Its title.
    pub title: Option<String>,
    /// RFC 3339.
    pub created_at: String,
}

impl McpAsset {
    /// With links; none for what has no file.
    fn of(asset: AssetReply) -> Option<Self> {
        Some(Self {
            asset_id: asset.id,
            job_id: asset.job_id,
            kind: asset.kind,
            url: asset.url?,
            thumbnail_url: asset.thumbnail_url,
            title: asset.title,
            created_at: asset.created_at,
        })
    }
}

impl McpJob {
    /// A job that was ordered a moment ago, for so many credits.
    #[must_use]
    pub fn ordered(enqueued: &Enqueued, price: u32) -> Self {
        let job = &enqueued.job;
        let is_open = matches!(job.status, Status::Queued | Status::Processing);
        Self {
            job_id: job.id,
            job_type: job.job_type,
            status: job.status,
            progress: job.progress,
            position: enqueued.position,
            eta_seconds: enqueued.eta_seconds,
            waiting_for: None,
            credits_held: if is_open { i64::from(price) } else { 0 },
            credits_charged: 0,
            failure: None,
            assets: Vec::new(),
        }
    }

    /// A job as it stands.
    #[must_use]
    pub fn of(job: JobView, sign: &Sign<'_>) -> Self {
        let failure = job.error_code.map(|code| McpFailure {
            code,
            message: job.error_message.unwrap_or_default(),
        });
        let signed = job.assets.into_iter().map(|asset| asset.signed(sign));
        Self {
            job_id: job.id,
            job_type: job.job_type,
            status: job.status,
            progress: job.progress,
            position: job.position,
            eta_seconds: job.eta_seconds,
            waiting_for: job.waiting_for,
            credits_held: job.credits.held,
            credits_charged: job.credits.charged,
            failure,
            assets: signed.filter_map(McpAsset::of).collect(),
        }
    }

    /// How it stands, in a few words.
    #[must_use]
    pub fn standing(&self) -> String {
        match self.status {
            Status::Queued => match self.position {
                Some(position) => format!("queued at position {position}"),
                None => "queued".to_string(),
            },
            Status::Processing => format!("{} % done", self.progress),
            Status::Completed => "completed".to_string(),
            Status::Failed => "failed".to_string(),
            Status::Canceled => "canceled".to_string(),
        }
    }

    fn text(&self) -> String {
        let mut text = format!(
            "Job {} ({}) is {}",
            self.job_id,
            self.job_type,
            self.standing()
        );
        match self.status {
            Status::Queued | Status::Processing => {
                if let Some(seconds) = self.eta_seconds {
                    text.push_str(&format!(" and should be done in {seconds} s"));
                }
                text.push_str(". Ask job_status for it then.");
                if let Some(reason) = &self.waiting_for {
                    text.push_str(&format!(" It waits: {reason}"));
                }
            }
            Status::Completed => {
                let (made, cost) = (self.assets.len(), self.credits_charged);
                let of = match self.job_type.format() {
                    Format::Image => "image",
                    Format::Video => "video",
                };
                text.push_str(&format!(". Made: {made} x {of}, for {cost} credits."));
            }
            Status::Failed => {
                let failure = self.failure.as_ref();
                let why = failure.map_or("", |failure| failure.message.as_str());
                let code = failure.map_or("", |failure| failure.code.as_str());
                text.push_str(&format!(": {why} ({code}) The credits came back."));
            }
            Status::Canceled => text.push('.'),
        }
        text + &lines(&self.assets)
    }

    /// As a tool answers it. An order that came to nothing is a failure; a look at it is none.
    #[must_use]
    pub fn result(&self, is_order: bool) -> ToolResult {
        let came_to_nothing = matches!(self.status, Status::Failed | Status::Canceled);
        ToolResult {
            is_error: is_order && came_to_nothing,
            ..ToolResult::new(self.text(), self)
        }
    }
}

fn lines(assets: &[McpAsset]) -> String {
    let line = |asset: &McpAsset| {
        let title = asset.title.as_deref().unwrap_or(&asset.kind);
        format!("\n- {title}: {}", asset.url)
    };
    assets.iter().map(line).collect()
}

/// A page of what was made.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct McpAssets {
    /// The newest first.
    pub assets: Vec<McpAsset>,
    /// What `cursor` takes for the next page; null on the last one.
    pub next_cursor: Option<String>,
}

impl McpAssets {
    /// As a tool answers it.
    #[must_use]
    pub fn result(page: Page<AssetReply>) -> ToolResult {
        let assets: Vec<McpAsset> = page.items.into_iter().filter_map(McpAsset::of).collect();
        let page = Self {
            assets,
            next_cursor: page.next_cursor,
        };
        let more = match &page.next_cursor {
            Some(cursor) => format!("\nThere are more: cursor {cursor}"),
            None => String::new(),
        };
        let text = format!("{} found.{}{more}", page.assets.len(), lines(&page.assets));
        ToolResult::new(text, &page)
    }
}

/// A better prompt.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct McpPrompt {
    /// The improved prompt.
    pub prompt: String,
    /// By whom.
    pub method: EnhancementMethod,
}

impl McpPrompt {
    /// As a tool answers it.
    #[must_use]
    pub fn result(reply: EnhanceReply) -> ToolResult {
        let made = Self {
            prompt: reply.enhanced_prompt,
            method: reply.analytics.enhancement_method,
        };
        ToolResult::new(made.prompt.clone(), &made)
    }
}

/// A cancel as a tool answers it.
#[must_use]
pub fn cancel_result(reply: &CancelReply) -> ToolResult {
    let cost = reply.canceled.cancel_cost;
    let text = match (reply.dry_run, reply.canceled.cancel_requested) {
        (true, _) => format!("Canceling would leave the job at {cost} credits. Nothing was done."),
        (false, true) => format!("Its worker is told to stop. The job costs {cost} credits."),
        (false, false) => format!("The job is canceled. It costs {cost} credits."),
    };
    ToolResult::new(text, reply)
}

/// The queues as a tool answers them.
#[must_use]
pub fn queues_result(reply: &QueueStatusReply) -> ToolResult {
    let line = |queue: &crate::wire::queue_status::QueueReply| {
        let name = queue.queue.as_str();
        let mut line = format!(
            "{name}: {} waiting, {} running, {} workers",
            queue.queued, queue.processing, queue.workers
        );
        if let Some(seconds) = queue.eta_seconds {
            line.push_str(&format!(", {seconds} s for a job that is ordered now"));
        }
        if let Some(reason) = &queue.waiting_for {
            line.push_str(&format!(". {reason}"));
        }
        line
    };
    let lines: Vec<String> = reply.queues.iter().map(line).collect();
    ToolResult::new(lines.join("\n"), reply)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Code;

    fn job(status: &str, change: &Value) -> McpJob {
        let mut row = json!({
            "id": "22222222-2222-4222-8222-222222222222", "user_id": "11111111-1111-4111-8111-111111111111",
            "status": status, "job_type": "sdxl_image_fast", "progress": 40, "attempt": 1, "cancel_requested": false,
            "position": null, "eta_seconds": 12, "waiting_for": null, "prompt": "a red fox", "metadata": {},
            "error_code": null, "error_message": null, "num_assets": 1,
            "credits": { "held": 0, "charged": 1, "released": 0 }, "cancel_cost": null,
            "created_at": "2026-01-01T00:00:00Z", "started_at": null, "completed_at": null,
            "assets": [{
                "id": "33333333-3333-4333-8333-333333333333", "job_id": "22222222-2222-4222-8222-222222222222",
                "kind": "image", "job_type": "sdxl_image_fast", "image_index": 0, "status": "completed", "title": null,
                "url": "u/j.png", "thumbnail_url": null, "saved": false, "preferred": false, "metadata": {},
                "created_at": "2026-01-01T00:00:00Z",
            }],
        });
        for (name, value) in change.as_object().unwrap() {
            row[name] = value.clone();
        }
        let view: JobView = serde_json::from_value(row).unwrap();
        McpJob::of(view, &|bucket, key| {
            Some(format!("https://s/{bucket}/{key}"))
        })
    }

    fn text(result: &ToolResult) -> &str {
        match &result.content[..] {
            [McpContent::Text { text }] => text,
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn a_model_reads_how_a_job_stands_and_what_to_do() {
        let none = json!({ "assets": [] });
        for (status, change, says) in [
            (
                "queued",
                json!({ "assets": [], "position": 3 }),
                "queued at position 3 and should be done in 12 s. Ask job_status",
            ),
            ("processing", none.clone(), "40 % done"),
            (
                "completed",
                json!({}),
                "Made: 1 x image, for 1 credits.\n- image: https://s/sdxl_image_fast/u/j.png",
            ),
            (
                "failed",
                json!({ "assets": [], "error_code": "generation_failed", "error_message": "It could not be made." }),
                "is failed: It could not be made. (generation_failed) The credits came back.",
            ),
            ("canceled", none.clone(), "is canceled."),
        ] {
            let result = job(status, &change).result(false);
            assert!(text(&result).contains(says), "{}", text(&result));
            assert!(!result.is_error, "{status}");
        }
        assert!(job("failed", &none).result(true).is_error);
        assert!(job("canceled", &none).result(true).is_error);
        assert!(!job("processing", &none).result(true).is_error);
    }

    #[test]
    fn a_refusal_says_what_to_do_and_nothing_internal() {
        let error = ApiError::new(Code::RateLimited)
            .with_retry_after(7)
            .with_cause("database: it's secret");
        let result = ToolResult::refusal(&error, "r-1");
        assert!(result.is_error && result.structured_content.is_none());
        assert!(text(&result).contains("(rate_limited)") && text(&result).contains("in 7 s"));
        let written = serde_json::to_value(&result).unwrap();
        assert_eq!(written["_meta"]["error"]["code"], "rate_limited");
        assert_eq!(written["content"][0]["type"], "text");
        assert!(!written.to_string().contains("secret"));
        let image = McpContent::Image {
            data: "AA==".into(),
            mime_type: "image/jpeg",
        };
        let written = serde_json::to_value(image).unwrap();
        assert_eq!(
            written,
            json!({ "type": "image", "data": "AA==", "mimeType": "image/jpeg" })
        );
    }
}
