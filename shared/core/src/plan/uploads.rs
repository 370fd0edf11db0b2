//! Upload URLs: which file a worker may put where.

use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;

use serde_json::json;

use super::settle::ObjectCheck;
use crate::asset_key::AssetSlot;
use crate::file_type::FileType;
use crate::limits::UPLOAD_SECONDS;
use crate::timestamp::rfc3339;
use crate::wire::callback::{Upload, UploadHeaders, UploadRequest};
use crate::wire::rpc::{HeartbeatReply, Role};
use crate::{ApiError, Code, Id, JobType};

/// An object that a URL has to be signed for; type and size are part of the signature.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UploadTarget {
    pub index: u8,
    /// What it is of the asset.
    pub role: Role,
    /// The logical bucket.
    pub bucket: String,
    pub key: String,
    /// The media type that the upload must have.
    pub content_type: &'static str,
    /// The size that the upload must have.
    pub bytes: u64,
}

impl UploadTarget {
    /// The headers that are signed with its URL, beside the size.
    #[must_use]
    pub fn headers(&self) -> UploadHeaders {
        UploadHeaders::new(self.content_type)
    }

    /// The answer for the worker, with the URLs that were signed at this time: to write the object, and to read what
    /// lies there.
    #[must_use]
    pub fn signed(&self, url: String, check_url: String, now_ms: u64) -> Upload {
        Upload {
            index: self.index,
            role: self.role,
            key: self.key.clone(),
            url,
            method: "PUT".into(),
            headers: self.headers(),
            check_url,
            expires_at: rfc3339(now_ms.saturating_add(u64::from(UPLOAD_SECONDS) * 1000)),
        }
    }
}

/// The holder of an attempt, to whom places are given.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LeaseHolder {
    pub user_id: Id,
    pub job_id: Id,
    pub job_type: JobType,
    /// The number of its claim.
    pub claim: u32,
    /// Ordered assets.
    pub num_assets: u8,
}

impl LeaseHolder {
    /// Whom a heartbeat's answer confirms to hold the attempt.
    #[must_use]
    pub fn of_heartbeat(job_id: Id, reply: &HeartbeatReply) -> Option<Self> {
        Some(Self {
            user_id: reply.user_id?,
            job_id,
            job_type: reply.job_type?,
            claim: reply.claim?,
            num_assets: reply.num_assets?,
        })
    }
}

/// Gives each requested file its place.
///
/// # Errors
///
/// 422 for an index, a role or a media type that the job does not have; 413 above the bucket's limit.
pub fn upload_requests(
    lease_holder: &LeaseHolder,
    requests: &[UploadRequest],
) -> Result<Vec<UploadTarget>, ApiError> {
    requests
        .iter()
        .enumerate()
        .map(|(position, request)| target(lease_holder, position, request))
        .collect()
}

fn target(
    lease_holder: &LeaseHolder,
    position: usize,
    request: &UploadRequest,
) -> Result<UploadTarget, ApiError> {
    let LeaseHolder {
        user_id,
        job_id,
        job_type,
        claim,
        num_assets,
    } = *lease_holder;
    let refusal = |field: &str, code: Code, expected: &str| {
        ApiError::new(code).with_details(json!({
            "field": format!("uploadRequests[{position}].{field}"),
            "expected": expected,
        }))
    };
    let UploadRequest { index, role, .. } = *request;
    if index >= num_assets {
        return Err(refusal(
            "index",
            Code::AssetsMismatch,
            "an index within the order",
        ));
    }
    if role != Role::main_of(job_type) && role != Role::preview_of(job_type) {
        return Err(refusal(
            "role",
            Code::InvalidAsset,
            "a role that the job's format has",
        ));
    }
    let is_wanted = |it: &&FileType| request.content_type.eq_ignore_ascii_case(it.media_type());
    let Some(&file_type) = role.file_types().iter().find(is_wanted) else {
        return Err(refusal(
            "contentType",
            Code::InvalidAsset,
            &role.media_types(),
        ));
    };
    let slot = AssetSlot {
        user_id,
        job_id,
        job_type,
        claim,
        index,
    };
    let key = slot.key(role, file_type);
    let limit = ObjectCheck::new(job_type, index, role, &key).limit;
    if request.bytes > limit {
        return Err(refusal(
            "bytes",
            Code::PayloadTooLarge,
            &format!("at most {limit}"),
        ));
    }
    Ok(UploadTarget {
        index,
        role,
        bucket: job_type.bucket().into(),
        key,
        content_type: file_type.media_type(),
        bytes: request.bytes,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(
        job_type: JobType,
        index: u8,
        role: Role,
        content_type: &str,
        bytes: u64,
    ) -> Result<String, Code> {
        let lease_holder = LeaseHolder {
            user_id: Id::from_bytes([1; 16]),
            job_id: Id::from_bytes([2; 16]),
            job_type,
            claim: 1,
            num_assets: if job_type.is_sdxl() { 3 } else { 1 },
        };
        let request = UploadRequest {
            index,
            role,
            content_type: content_type.into(),
            bytes,
        };
        match upload_requests(&lease_holder, &[request]) {
            Ok(targets) => Ok(targets.into_iter().map(|target| target.key).collect()),
            Err(error) => Err(error.code),
        }
    }

    #[test]
    fn what_may_be_uploaded() {
        let fast = JobType::SdxlImageFast;
        let limit = fast.bucket_limit();
        assert!(
            check(fast, 2, Role::Image, "image/png", limit)
                .unwrap()
                .ends_with("_1_2.png")
        );
        assert!(
            check(fast, 2, Role::Image, "image/jpeg", limit)
                .unwrap()
                .ends_with("_1_2.jpg")
        );
        assert!(
            check(fast, 0, Role::Thumbnail, "image/jpeg", 1)
                .unwrap()
                .ends_with("_thumb.jpg")
        );
        assert_eq!(
            check(fast, 3, Role::Image, "image/png", 1),
            Err(Code::AssetsMismatch)
        );
        assert_eq!(
            check(fast, 0, Role::Video, "video/mp4", 1),
            Err(Code::InvalidAsset)
        );
        assert_eq!(
            check(fast, 0, Role::Thumbnail, "image/png", 1),
            Err(Code::InvalidAsset)
        );
        assert_eq!(
            check(fast, 0, Role::Image, "text/html", 1),
            Err(Code::InvalidAsset)
        );
        assert_eq!(
            check(fast, 0, Role::Image, "image/png", limit + 1),
            Err(Code::PayloadTooLarge)
        );
        assert_eq!(
            check(fast, 0, Role::Thumbnail, "image/jpeg", limit),
            Err(Code::PayloadTooLarge)
        );
        let video = JobType::VideoHigh;
        assert!(
            check(video, 0, Role::Poster, "image/jpeg", 1)
                .unwrap()
                .ends_with("_poster.jpg")
        );
    }
}
