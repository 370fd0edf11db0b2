//! Objects: links for those that a worker wants to write, and a look at those that it says it wrote.

use std::collections::BTreeMap;

use futures_util::future::join_all;
use ourvidz_core::ApiError;
use ourvidz_core::limits::UPLOAD_SECONDS;
use ourvidz_core::plan::settle::{FoundObject, ObjectCheck, Settling};
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
                &target.headers(),
                target.bytes,
                UPLOAD_SECONDS,
            );
            let check = storage.read_link(&target.bucket, &target.key);
            target.signed(link, check, call.at.now_ms)
        })
        .collect())
}

/// Objects that this request has looked at, by their keys. A report that is decided anew looks at none twice: a batch has
/// twelve, and a request may send fifty requests in all.
pub type Seen = BTreeMap<String, Option<FoundObject>>;

/// Looks at all objects at once, and notes what they are with their assets; the first that is not as it must be
/// refuses the report.
pub async fn check<R: Runtime>(
    call: &Call<R>,
    settling: &mut Settling,
    seen: &mut Seen,
) -> Result<(), ApiError> {
    look(call, &settling.checks, seen).await?;
    for check in &settling.checks {
        let found = seen.get(&check.key).and_then(Option::as_ref);
        check.judge(found)?;
        if let Some(object) = found {
            check.note(&mut settling.rpc.p_assets, object);
        }
    }
    Ok(())
}

async fn look<R: Runtime>(
    call: &Call<R>,
    checks: &[ObjectCheck],
    seen: &mut Seen,
) -> Result<(), ApiError> {
    let backends = call.backends();
    let storage = backends.storage(call.at.now_ms);
    let fresh: Vec<&ObjectCheck> = checks
        .iter()
        .filter(|check| !seen.contains_key(&check.key))
        .collect();
    let looks = fresh
        .iter()
        .map(|check| storage.look(&check.bucket, &check.key));
    for (check, found) in fresh.iter().zip(join_all(looks).await) {
        let found = found?.map(|object| FoundObject {
            bytes: object.bytes,
            media_type: Some(object.content_type).filter(|media_type| !media_type.is_empty()),
            etag: object.etag,
        });
        seen.insert(check.key.clone(), found);
    }
    Ok(())
}
