//! Objects: links for those that a worker wants to write, and a look at those that it says it wrote.

use futures_util::future::join_all;
use ourvidz_core::ApiError;
use ourvidz_core::limits::UPLOAD_SECONDS;
use ourvidz_core::plan::settle::{FoundObject, Settling};
use ourvidz_core::plan::uploads::{LeaseHolder, upload_requests};
use ourvidz_core::wire::callback::{Upload, UploadRequest};
use ourvidz_edge::{Call, Runtime};

/// Signs a link for each requested file, good for exactly its type and size.
pub fn upload_links<R: Runtime>(
    call: &Call<R>,
    lease_holder: &LeaseHolder,
    requests: &[UploadRequest],
) -> Result<Vec<Upload>, ApiError> {
    let backends = call.backends();
    let storage = backends.storage(call.at.now_ms);
    let targets = upload_requests(lease_holder, requests)?;
    Ok(targets
        .iter()
        .map(|target| {
            let link = storage.write_link(
                &target.bucket,
                &target.key,
                target.content_type,
                target.bytes,
                UPLOAD_SECONDS,
            );
            target.signed(link, call.at.now_ms)
        })
        .collect())
}

/// Looks at all objects at once, and notes their sizes with their assets; the first that is not as it must be
/// refuses the report.
pub async fn check<R: Runtime>(call: &Call<R>, settling: &mut Settling) -> Result<(), ApiError> {
    let backends = call.backends();
    let storage = backends.storage(call.at.now_ms);
    let looks = settling
        .checks
        .iter()
        .map(|check| storage.look(&check.bucket, &check.key));
    for (check, found) in settling.checks.iter().zip(join_all(looks).await) {
        let found = found?.map(|object| FoundObject {
            bytes: object.bytes,
            media_type: Some(object.content_type).filter(|media_type| !media_type.is_empty()),
        });
        check.judge(found.as_ref())?;
        if let Some(object) = found {
            check.note_size(&mut settling.rpc.p_assets, object.bytes);
        }
    }
    Ok(())
}
