//! What a report means for each asset row.

use alloc::collections::BTreeSet;
use alloc::string::String;
use alloc::vec::Vec;

use serde_json::{Map, Value, json};

use super::objects::ObjectCheck;
use crate::asset_key::AssetSlot;
use crate::merge::{self, AssetFacts};
use crate::title::title;
use crate::wire::callback::{CallbackReport, ReportStatus};
use crate::wire::rpc::{AssetState, AssetUpdate, Role, Settlement, Status};
use crate::{ApiError, Code, Format};

/// The asset rows after a report.
#[derive(Debug, Clone, PartialEq, Default)]
pub(super) struct SettledAssets {
    pub(super) updates: Vec<AssetUpdate>,
    /// Keys of all completed assets, earlier ones too, in the order of their index.
    pub(super) delivered: Vec<String>,
    pub(super) checks: Vec<ObjectCheck>,
    /// Assets that this report delivered.
    pub(super) processed: u8,
}

impl SettledAssets {
    /// No changes; what was completed before stays.
    pub(super) fn unchanged(context: &Settlement) -> Self {
        let delivered = completed(&context.assets).collect();
        Self {
            delivered: merge::in_order(delivered),
            ..Self::default()
        }
    }
}

fn completed(assets: &[AssetState]) -> impl Iterator<Item = (u8, String)> + '_ {
    assets
        .iter()
        .filter(|asset| asset.status == Status::Completed)
        .filter_map(|asset| {
            let url = asset.url.clone()?;
            Some((asset.image_index, url))
        })
}

/// Decides about each row: delivered, failed, or left as it is.
///
/// A row that was settled before stays: a repeated or contradicting report never changes a delivered picture.
pub(super) fn settle_assets(
    report: &CallbackReport,
    context: &Settlement,
    attempt: u32,
    job_metadata: &Map<String, Value>,
    processed_at: &str,
) -> Result<SettledAssets, ApiError> {
    check_shape(report, context)?;
    let job = &context.job;
    let mut settled = SettledAssets::default();
    let mut delivered: Vec<(u8, String)> = completed(&context.assets).collect();
    let mut seen: BTreeSet<String> = BTreeSet::new();

    for row in &context.assets {
        let slot = AssetSlot {
            user_id: job.user_id,
            job_id: job.id,
            job_type: job.job_type,
            claim: job.claim_number(attempt),
            index: row.image_index,
        };
        let Some(value) = reported(&report.assets, row.image_index) else {
            if !row.status.is_terminal() && is_missing(report, row.image_index) {
                settled.updates.push(failed(row.image_index));
            }
            continue;
        };
        let url = slot.accept(value)?;
        if !seen.insert(url.clone()) {
            return Err(mismatch("a different key for each asset"));
        }
        if row.status.is_terminal() {
            continue;
        }
        let preview = reported_preview(report, &slot)?;
        settled
            .checks
            .push(check(&slot, Role::main_of(job.job_type), &url));
        if let Some(preview) = &preview {
            settled
                .checks
                .push(check(&slot, Role::preview_of(job.job_type), preview));
        }
        let facts = AssetFacts {
            job_id: job.id,
            job_type: job.job_type,
            job_metadata,
            index: row.image_index,
            total: context.assets.len(),
            url: &url,
            preview: preview.as_deref(),
            processed_at,
        };
        settled.updates.push(AssetUpdate {
            index: row.image_index,
            status: Status::Completed,
            title: Some(title(
                &context.prompt,
                row.image_index,
                context.assets.len(),
            )),
            metadata: merge::asset_metadata(&facts),
            thumbnail_url: Some(merge::preview_or_default(job.job_type, &url, preview)),
            url: Some(url.clone()),
        });
        settled.processed = settled.processed.saturating_add(1);
        delivered.push((row.image_index, url));
    }
    settled.delivered = merge::in_order(delivered);
    Ok(settled)
}

fn reported(list: &[Option<String>], index: u8) -> Option<&str> {
    list.get(usize::from(index)).and_then(Option::as_deref)
}

fn reported_preview(report: &CallbackReport, slot: &AssetSlot) -> Result<Option<String>, ApiError> {
    let value = match slot.job_type.format() {
        Format::Image => reported(&report.thumbnails, slot.index),
        Format::Video => report
            .poster
            .as_deref()
            .or_else(|| reported(&report.thumbnails, slot.index)),
    };
    value.map(|value| slot.accept_preview(value)).transpose()
}

/// Whether the report says that there will be no such asset: by its index, or by ending without it.
fn is_missing(report: &CallbackReport, index: u8) -> bool {
    match report.status {
        ReportStatus::Completed => true,
        ReportStatus::Processing => report.failed_indices.contains(&index),
        // The job's own end decides about what is open.
        ReportStatus::Failed | ReportStatus::Released => false,
    }
}

fn failed(index: u8) -> AssetUpdate {
    AssetUpdate {
        index,
        status: Status::Failed,
        url: None,
        thumbnail_url: None,
        title: None,
        metadata: Map::new(),
    }
}

fn check(slot: &AssetSlot, role: Role, key: &str) -> ObjectCheck {
    ObjectCheck::new(slot.job_type, slot.index, role, key)
}

/// Refuses more assets than were ordered, and an asset that is both there and failed.
fn check_shape(report: &CallbackReport, context: &Settlement) -> Result<(), ApiError> {
    let ordered = context.assets.len();
    if report.assets.len() > ordered || report.thumbnails.len() > ordered {
        return Err(mismatch("no more assets than were ordered"));
    }
    for index in &report.failed_indices {
        if usize::from(*index) >= ordered {
            return Err(mismatch("failed_indices within the order"));
        }
        if reported(&report.assets, *index).is_some() {
            return Err(mismatch("an asset or a failed index, not both"));
        }
    }
    Ok(())
}

fn mismatch(expected: &str) -> ApiError {
    ApiError::new(Code::AssetsMismatch)
        .with_details(json!({ "field": "assets", "expected": expected }))
}
