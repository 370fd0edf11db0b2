//! What a job has made, for doors that give it out themselves.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use ourvidz_core::wire::assets::{AssetReply, object_of};
use ourvidz_core::wire::job::JobView;
use ourvidz_core::{ApiError, Code, JobType};

use crate::{Backends, Runtime};

/// Those that were delivered, in their order.
pub fn delivered(job: &JobView) -> impl Iterator<Item = &AssetReply> {
    job.assets.iter().filter(|asset| asset.url.is_some())
}

/// A link to show an object with.
#[must_use]
pub fn link<R: Runtime>(backends: &Backends<R>, (bucket, key): Place<'_>) -> String {
    let now_ms = backends.runtime.now_ms();
    backends.storage(now_ms).read_link(bucket, key)
}

/// The file in base64.
///
/// # Errors
///
/// As [`file()`].
pub async fn base64<R: Runtime>(
    backends: &Backends<R>,
    asset: &AssetReply,
) -> Result<String, ApiError> {
    let bytes = file(backends, asset.job_type, place(asset)).await?;
    Ok(STANDARD.encode(bytes))
}

/// A file of a job of this type.
///
/// # Errors
///
/// `unavailable`, also for a file that is not there.
pub async fn file<R: Runtime>(
    backends: &Backends<R>,
    job_type: JobType,
    place: Place<'_>,
) -> Result<Vec<u8>, ApiError> {
    let limit = usize::try_from(job_type.bucket_limit()).unwrap_or(usize::MAX);
    read(backends, place, limit).await
}

/// The small picture that stands for an asset, in base64; none where it has none.
///
/// # Errors
///
/// As [`file()`]; also for one of more bytes than this.
pub async fn preview<R: Runtime>(
    backends: &Backends<R>,
    asset: &AssetReply,
    most_bytes: usize,
) -> Result<Option<String>, ApiError> {
    let Some(place) = thumbnail(asset) else {
        return Ok(None);
    };
    let bytes = read(backends, place, most_bytes).await?;
    Ok(Some(STANDARD.encode(bytes)))
}

async fn read<R: Runtime>(
    backends: &Backends<R>,
    (bucket, key): Place<'_>,
    most_bytes: usize,
) -> Result<Vec<u8>, ApiError> {
    let storage = backends.storage(backends.runtime.now_ms());
    let bytes = storage.whole(bucket, key, most_bytes).await?;
    bytes.ok_or_else(|| {
        ApiError::new(Code::Unavailable).with_cause("storage: a finished file is not there")
    })
}

/// Bucket and key.
pub type Place<'a> = (&'a str, &'a str);

/// Where its file lies.
#[must_use]
pub fn place(asset: &AssetReply) -> Place<'_> {
    object_of(asset.job_type, asset.url.as_deref().unwrap_or_default())
}

/// Where its thumbnail or poster lies.
#[must_use]
pub fn thumbnail(asset: &AssetReply) -> Option<Place<'_>> {
    Some(object_of(asset.job_type, asset.thumbnail_url.as_deref()?))
}
