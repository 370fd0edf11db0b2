//! Objects that must be there before a settlement says that they are.

use alloc::borrow::ToOwned;
use alloc::string::String;

use serde_json::json;

use crate::limits::MAX_THUMBNAIL_BYTES;
use crate::wire::rpc::{AssetUpdate, Role};
use crate::{ApiError, Code, JobType};

/// An object that must exist, with what it must be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ObjectCheck {
    /// Its asset, for the error.
    pub index: u8,
    /// The logical bucket.
    pub bucket: String,
    pub key: String,
    /// The most bytes that it may have.
    pub limit: u64,
    /// The media type that it must have.
    pub media_type: &'static str,
    /// Whether it is the asset itself, and not its small copy.
    pub is_main: bool,
}

/// What the storage says about an object.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FoundObject {
    pub bytes: u64,
    /// Its media type, if the storage tells.
    pub media_type: Option<String>,
    /// What tells its content from another, if the storage tells.
    pub etag: Option<String>,
}

impl ObjectCheck {
    pub(crate) fn new(job_type: JobType, index: u8, role: Role, key: &str) -> Self {
        let bucket_limit = job_type.bucket_limit();
        let is_main = matches!(role, Role::Image | Role::Video);
        Self {
            index,
            bucket: job_type.bucket().to_owned(),
            key: key.to_owned(),
            limit: if is_main {
                bucket_limit
            } else {
                bucket_limit.min(MAX_THUMBNAIL_BYTES)
            },
            // A key in an older form says it too: only endings of the role are accepted.
            media_type: role
                .file_type_of(key)
                .unwrap_or(job_type.file_type())
                .media_type(),
            is_main,
        }
    }

    /// Notes with its asset what the object is: its size, which users see and operators add up, and its `ETag`, by which
    /// an audit finds out that another lies in its place.
    pub fn note(&self, assets: &mut [AssetUpdate], found: &FoundObject) {
        let (bytes, etag) = if self.is_main {
            ("bytes", "etag")
        } else {
            ("thumbnail_bytes", "thumbnail_etag")
        };
        for asset in assets.iter_mut().filter(|asset| asset.index == self.index) {
            asset.metadata.insert(bytes.to_owned(), found.bytes.into());
            if let Some(told) = &found.etag {
                asset.metadata.insert(etag.to_owned(), told.as_str().into());
            }
        }
    }

    /// Judges what was found.
    ///
    /// # Errors
    ///
    /// 422 `invalid_asset` when there is nothing, or something empty, too large, or of another type.
    pub fn judge(&self, found: Option<&FoundObject>) -> Result<(), ApiError> {
        let expected = match found {
            None => "an object that was uploaded",
            Some(object) if object.bytes == 0 => "an object that is not empty",
            Some(object) if object.bytes > self.limit => "an object within the bucket's limit",
            Some(object)
                if object
                    .media_type
                    .as_deref()
                    .is_some_and(|it| !self.is_media_type(it)) =>
            {
                self.media_type
            }
            Some(_) => return Ok(()),
        };
        Err(ApiError::new(Code::InvalidAsset)
            .with_details(json!({ "field": "assets", "index": self.index, "expected": expected })))
    }

    fn is_media_type(&self, found: &str) -> bool {
        let essence = found.split(';').next().unwrap_or("").trim();
        essence.eq_ignore_ascii_case(self.media_type)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn judge(bytes: u64, media_type: Option<&str>) -> Result<(), ApiError> {
        let check = ObjectCheck::new(JobType::SdxlImageFast, 2, Role::Image, "u/key.png");
        let media_type = media_type.map(ToOwned::to_owned);
        check.judge(Some(&FoundObject {
            bytes,
            media_type,
            etag: None,
        }))
    }

    #[test]
    fn what_an_object_must_be() {
        let limit = JobType::SdxlImageFast.bucket_limit();
        assert_eq!(judge(limit, Some("image/png")), Ok(()));
        assert_eq!(judge(1, Some("Image/PNG; charset=binary")), Ok(()));
        assert_eq!(
            judge(1, None),
            Ok(()),
            "a storage that does not tell is believed"
        );
        for refused in [
            judge(0, None),
            judge(limit + 1, None),
            judge(1, Some("text/html")),
        ] {
            assert_eq!(refused.unwrap_err().code, Code::InvalidAsset);
        }
        let check = ObjectCheck::new(JobType::SdxlImageFast, 2, Role::Image, "u/key.png");
        assert_eq!(
            check.judge(None).unwrap_err().details.as_ref().unwrap()["index"],
            2
        );
    }

    #[test]
    fn a_picture_is_what_its_key_says() {
        for (key, media_type) in [("u/a.png", "image/png"), ("u/a.jpg", "image/jpeg")] {
            let check = ObjectCheck::new(JobType::ImageFast, 0, Role::Image, key);
            assert_eq!(check.media_type, media_type);
        }
    }

    #[test]
    fn previews_are_small() {
        let check = ObjectCheck::new(JobType::VideoHigh, 0, Role::Poster, "u/key.jpg");
        assert_eq!(
            (check.limit, check.media_type),
            (MAX_THUMBNAIL_BYTES, "image/jpeg")
        );
    }
}
