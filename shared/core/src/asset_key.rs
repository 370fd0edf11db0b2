//! Object keys: where each claim's files go, and which values a worker may report.

use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;

use serde_json::json;

use crate::file_type::FileType;
use crate::job_type::MAX_ASSETS;
use crate::limits::{MAX_ATTEMPTS, MAX_KEY_BYTES, MAX_RELEASES};
use crate::wire::references::is_plain_segment;
use crate::wire::rpc::{AttemptKey, Role};
use crate::{ApiError, Code, Format, Id, JobType};

/// The thumbnail of a video without a poster, with its bucket in front.
pub const VIDEO_PLACEHOLDER: &str = "system_assets/video-placeholder-thumbnail.png";

/// The highest number of a claim: each attempt and each release begins another.
const MAX_CLAIMS: u32 = MAX_ATTEMPTS + MAX_RELEASES;

/// All that the key of one file follows from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct AssetSlot {
    pub user_id: Id,
    pub job_id: Id,
    pub job_type: JobType,
    /// The number of the claim ([`JobRow::claim_number`](crate::wire::rpc::JobRow::claim_number)).
    pub claim: u32,
    pub index: u8,
}

impl AssetSlot {
    /// The key of the file with this role.
    #[must_use]
    pub fn key(&self, role: Role, file_type: FileType) -> String {
        let Self {
            user_id,
            job_id,
            job_type,
            claim,
            index,
        } = *self;
        let prefix = if job_type.is_sdxl() { "sdxl_" } else { "" };
        let what = match role {
            Role::Image | Role::Video => "",
            Role::Thumbnail => "_thumb",
            Role::Poster => "_poster",
        };
        let extension = file_type.extension();
        format!("{user_id}/{prefix}{job_id}_{claim}_{index}{what}.{extension}")
    }

    /// The key that a reported main file is stored under: the value itself, or with the owner's prefix where
    /// older workers leave it out.
    ///
    /// # Errors
    ///
    /// 422 `invalid_asset` unless it is the assigned key or has one of the older forms. A value that names
    /// another claim or index is neither: that object is deleted with what was lost.
    pub fn accept(&self, value: &str) -> Result<String, ApiError> {
        let role = Role::main_of(self.job_type);
        if self.is_assigned(role, value) {
            return Ok(value.into());
        }
        self.accept_older(value)
            .ok_or_else(|| self.refusal("assets", role))
    }

    /// Like [`accept`](Self::accept) for thumbnails and posters, which only workers with assigned keys have.
    ///
    /// # Errors
    ///
    /// 422 `invalid_asset` unless it is the assigned key.
    pub fn accept_preview(&self, value: &str) -> Result<String, ApiError> {
        let role = Role::preview_of(self.job_type);
        if self.is_assigned(role, value) {
            return Ok(value.into());
        }
        let field = if role == Role::Poster {
            "poster"
        } else {
            "thumbnails"
        };
        Err(self.refusal(field, role))
    }

    fn is_assigned(&self, role: Role, value: &str) -> bool {
        let mut types = role.file_types().iter();
        types.any(|file_type| value == self.key(role, *file_type))
    }

    fn refusal(&self, field: &str, role: Role) -> ApiError {
        ApiError::new(Code::InvalidAsset).with_details(json!({
            "field": format!("{field}[{}]", self.index),
            "expected": "the key that was assigned to this attempt",
            "contentType": role.media_types(),
        }))
    }

    /// `{user}/sdxl_{job}_*.png`, `{user}/{job}_*.png`, `{job}_*.mp4`, `{user}/{job}_*.mp4`, and bare names of
    /// pictures, which get the owner's prefix.
    fn accept_older(&self, value: &str) -> Option<String> {
        if value.len() > MAX_KEY_BYTES {
            return None;
        }
        let owner = format!("{}/", self.user_id);
        let (name, has_owner) = match value.strip_prefix(&owner) {
            Some(name) => (name, true),
            None => (value, false),
        };
        let file_type = Role::main_of(self.job_type).file_type_of(name)?;
        let stem = name
            .strip_suffix(file_type.extension())?
            .strip_suffix('.')?;
        if !is_plain_segment(name) || stem.is_empty() {
            return None;
        }
        match (self.own_part(stem), self.job_type.format(), has_owner) {
            (Some(rest), _, _) if !self.fits_own_part(rest) => None,
            (Some(_), Format::Image, false) => Some(format!("{owner}{name}")),
            (Some(_), _, _) => Some(value.into()),
            (None, Format::Image, false) if !names_a_job(stem) => Some(format!("{owner}{name}")),
            (None, _, _) => None,
        }
    }

    /// What follows `[sdxl_]{job}_` in a file's stem.
    fn own_part<'a>(&self, stem: &'a str) -> Option<&'a str> {
        let stem = stem.strip_prefix("sdxl_").unwrap_or(stem);
        let rest = stem.strip_prefix(&format!("{}_", self.job_id))?;
        (!rest.is_empty()).then_some(rest)
    }

    /// Whether a free part is not, in the form of assigned keys, the name of another claim's or index's file.
    fn fits_own_part(&self, rest: &str) -> bool {
        let assigned = rest.split_once('_').and_then(|(claim, index)| {
            let claim: u32 = claim.parse().ok()?;
            let index: usize = index.parse().ok()?;
            ((1..=MAX_CLAIMS).contains(&claim) && index < MAX_ASSETS).then_some((claim, index))
        });
        assigned
            .is_none_or(|(claim, index)| claim == self.claim && index == usize::from(self.index))
    }
}

/// Whether a bare name carries a job's id; by then it is known not to be this job's.
fn names_a_job(stem: &str) -> bool {
    let stem = stem.strip_prefix("sdxl_").unwrap_or(stem);
    stem.get(..36).is_some_and(|id| id.parse::<Id>().is_ok())
}

/// What a job's main files are, by the ending that was ordered; of something unknown, what the job type makes where an
/// order says nothing.
#[must_use]
pub fn main_type(job_type: JobType, extension: &str) -> FileType {
    let types = Role::main_of(job_type).file_types();
    let ordered = types.iter().find(|it| it.extension() == extension);
    ordered.copied().unwrap_or(job_type.file_type())
}

/// Every key of a claim: each asset's main file, which is of this type, then its preview.
#[must_use]
pub fn claim_keys(
    user_id: Id,
    job_id: Id,
    job_type: JobType,
    claim: u32,
    num_assets: u8,
    main: FileType,
) -> Vec<AttemptKey> {
    (0..num_assets)
        .flat_map(|index| {
            let slot = AssetSlot {
                user_id,
                job_id,
                job_type,
                claim,
                index,
            };
            let files = [
                (Role::main_of(job_type), main),
                (Role::preview_of(job_type), FileType::Jpeg),
            ];
            files.map(|(role, file_type)| AttemptKey {
                index,
                role,
                bucket: job_type.bucket().into(),
                key: slot.key(role, file_type),
            })
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use alloc::string::ToString;

    const USER: &str = "11111111-1111-4111-8111-111111111111";
    const JOB: &str = "22222222-2222-4222-8222-222222222222";
    const OTHER: &str = "33333333-3333-4333-8333-333333333333";

    fn slot(job_type: JobType) -> AssetSlot {
        AssetSlot {
            user_id: USER.parse().unwrap(),
            job_id: JOB.parse().unwrap(),
            job_type,
            claim: 2,
            index: 1,
        }
    }

    #[test]
    fn keys_of_a_claim() {
        let keys_of = |job_type, main| {
            let (user, job) = (USER.parse().unwrap(), JOB.parse().unwrap());
            claim_keys(user, job, job_type, 1, 1, main)
                .into_iter()
                .map(|key| key.key)
                .collect::<Vec<_>>()
        };
        let keys = |job_type: JobType| keys_of(job_type, job_type.file_type());
        assert_eq!(
            keys_of(JobType::ImageHigh, FileType::Jpeg),
            [
                format!("{USER}/{JOB}_1_0.jpg"),
                format!("{USER}/{JOB}_1_0_thumb.jpg")
            ]
        );
        assert_eq!(
            keys(JobType::SdxlImageHigh),
            [
                format!("{USER}/sdxl_{JOB}_1_0.png"),
                format!("{USER}/sdxl_{JOB}_1_0_thumb.jpg")
            ]
        );
        assert_eq!(
            keys(JobType::ImageFast),
            [
                format!("{USER}/{JOB}_1_0.png"),
                format!("{USER}/{JOB}_1_0_thumb.jpg")
            ]
        );
        assert_eq!(
            keys(JobType::VideoFast),
            [
                format!("{USER}/{JOB}_1_0.mp4"),
                format!("{USER}/{JOB}_1_0_poster.jpg")
            ]
        );
    }

    #[test]
    fn assigned_and_older_values() {
        for (job_type, value, stored) in [
            (
                JobType::SdxlImageFast,
                format!("{USER}/sdxl_{JOB}_2_1.png"),
                None,
            ),
            (
                JobType::SdxlImageFast,
                format!("{USER}/sdxl_{JOB}_1720000000_0.png"),
                None,
            ),
            (JobType::SdxlImageFast, format!("{USER}/{JOB}_x.png"), None),
            (
                JobType::SdxlImageFast,
                "image_1.png".to_string(),
                Some(format!("{USER}/image_1.png")),
            ),
            (
                JobType::ImageHigh,
                format!("{JOB}_final.png"),
                Some(format!("{USER}/{JOB}_final.png")),
            ),
            (JobType::ImageFast, format!("{USER}/{JOB}_2_1.jpg"), None),
            (JobType::VideoFast, format!("{JOB}_final.mp4"), None),
            (JobType::VideoFast, format!("{USER}/{JOB}_2_1.mp4"), None),
        ] {
            let expected = stored.unwrap_or_else(|| value.clone());
            assert_eq!(
                slot(job_type).accept(&value).as_ref(),
                Ok(&expected),
                "{value}"
            );
        }
    }

    #[test]
    fn values_that_are_refused() {
        for (job_type, value) in [
            (JobType::SdxlImageFast, format!("{USER}/sdxl_{JOB}_1_1.png")),
            (JobType::SdxlImageFast, format!("{USER}/sdxl_{JOB}_2_0.png")),
            (JobType::SdxlImageFast, format!("sdxl_{JOB}_1_1.png")),
            (
                JobType::SdxlImageFast,
                format!("{OTHER}/sdxl_{JOB}_2_1.png"),
            ),
            (
                JobType::SdxlImageFast,
                format!("{USER}/sdxl_{OTHER}_2_1.png"),
            ),
            (JobType::SdxlImageFast, format!("sdxl_{OTHER}_x.png")),
            (JobType::SdxlImageFast, format!("{USER}/sdxl_{JOB}_2_1.mp4")),
            (JobType::SdxlImageFast, format!("{USER}/sdxl_{JOB}_2_0.jpg")),
            (
                JobType::SdxlImageFast,
                format!("{USER}/sdxl_{JOB}_2_1.webp"),
            ),
            (JobType::VideoFast, format!("{USER}/{JOB}_2_1.jpg")),
            (JobType::SdxlImageFast, format!("{USER}/sdxl_{JOB}_.png")),
            (JobType::SdxlImageFast, format!("{USER}/sdxl_{JOB}_a/b.png")),
            (
                JobType::SdxlImageFast,
                format!("{USER}/../{OTHER}/sdxl_{JOB}_x.png"),
            ),
            (
                JobType::SdxlImageFast,
                format!("https://evil.example/{USER}/sdxl_{JOB}_x.png"),
            ),
            (
                JobType::SdxlImageFast,
                format!("{USER}/sdxl_{JOB}_x.png?x=.png"),
            ),
            (
                JobType::SdxlImageFast,
                format!("{USER}/sdxl_{JOB}_\u{7}.png"),
            ),
            (JobType::SdxlImageFast, format!("{USER}/sdxl_{JOB}_%2e.png")),
            (JobType::SdxlImageFast, "..png".to_string()),
            (JobType::SdxlImageFast, ".png".to_string()),
            (JobType::SdxlImageFast, "a.PNG".to_string()),
            (JobType::SdxlImageFast, "a..png".to_string()),
            (JobType::VideoFast, "video.mp4".to_string()),
            (JobType::VideoFast, format!("{JOB}_1_1.mp4")),
            (JobType::VideoFast, format!("{JOB}.mp4")),
            (JobType::VideoFast, format!("{JOB}_final.png")),
            (JobType::VideoFast, format!("{}.mp4", "x".repeat(300))),
        ] {
            let error = slot(job_type).accept(&value).unwrap_err();
            assert_eq!(error.code, Code::InvalidAsset, "{value}");
            assert!(!error.to_body("r").to_string().contains(&value), "{value}");
        }
    }

    #[test]
    fn previews_are_the_assigned_ones_only() {
        let image = slot(JobType::SdxlImageFast);
        assert!(
            image
                .accept_preview(&format!("{USER}/sdxl_{JOB}_2_1_thumb.jpg"))
                .is_ok()
        );
        assert!(
            image
                .accept_preview(&format!("{USER}/sdxl_{JOB}_2_0_thumb.jpg"))
                .is_err()
        );
        assert!(
            image
                .accept_preview(&format!("{USER}/sdxl_{JOB}_2_1.png"))
                .is_err()
        );
    }
}
