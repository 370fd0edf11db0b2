//! A job as a result, with small pictures of what it made if they are asked for.

use futures_util::future::join_all;
use ourvidz_core::asset_key::VIDEO_PLACEHOLDER;
use ourvidz_core::file_type::FileType;
use ourvidz_core::wire::assets::AssetReply;
use ourvidz_core::wire::job::JobView;
use ourvidz_core::wire::mcp::{McpContent, McpJob, ToolResult};
use ourvidz_edge::{Backends, Runtime, pictures};

/// The largest small picture that goes into a result. Programs around models refuse a result of more than a megabyte, and
/// six of these are that in base64; one of 320 pixels a side has a tenth of it. The whole picture has two megabytes, so
/// it is a link.
pub const MAX_PREVIEW_BYTES: usize = 128 * 1024;

/// A job as a tool answers it.
pub async fn result<R: Runtime>(
    backends: &Backends<R>,
    job: JobView,
    include_image: bool,
    is_order: bool,
) -> ToolResult {
    let previews = if include_image {
        previews(backends, &job).await
    } else {
        Vec::new()
    };
    let storage = backends.storage(backends.runtime.now_ms());
    let job = McpJob::of(job, &|bucket, key| Some(storage.read_link(bucket, key)));
    let mut result = job.result(is_order);
    result.content.extend(previews);
    result
}

/// All at once. One that cannot be had is left out: its link is there all the same.
async fn previews<R: Runtime>(backends: &Backends<R>, job: &JobView) -> Vec<McpContent> {
    let shown = pictures::delivered(job).filter(|asset| !is_placeholder(asset));
    let read = shown.map(async |asset| {
        let preview = pictures::preview(backends, asset, MAX_PREVIEW_BYTES).await;
        Some(McpContent::Image {
            data: preview.ok().flatten()?,
            mime_type: FileType::Jpeg.media_type(),
        })
    });
    join_all(read).await.into_iter().flatten().collect()
}

/// What stands for a video without a poster shows nothing of it.
fn is_placeholder(asset: &AssetReply) -> bool {
    asset.thumbnail_url.as_deref() == Some(VIDEO_PLACEHOLDER)
}
