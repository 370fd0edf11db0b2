//! `POST /api/references`: a link to upload a reference image with.

use ourvidz_core::ApiError;
use ourvidz_core::api_key::KeyScope;
use ourvidz_core::limits::UPLOAD_SECONDS;
use ourvidz_core::moment::Nth;
use ourvidz_core::timestamp::rfc3339;
use ourvidz_core::wire::callback::UploadHeaders;
use ourvidz_core::wire::reference_upload::{ReferenceUploadReply, ReferenceUploadRequest};
use ourvidz_core::wire::references::REFERENCE_BUCKET;
use ourvidz_edge::{Call, Reply, Runtime, caller};

/// The object lies under the caller's own prefix and has exactly the announced type and size. What it may be ordered
/// as is recorded first: of a link that nobody gets only a row is left, which goes when nothing has used it.
pub(crate) async fn upload<R: Runtime>(call: &Call<R>) -> Result<Reply, ApiError> {
    call.only(&["POST"])?;
    let caller = caller::user(call, KeyScope::Orders).await?;
    let request = ReferenceUploadRequest::parse(call.json_body()?)?;
    let record = request.record(caller.user_id, call.at.fresh_id(Nth::First));
    call.edge_rpc(&record).await?;
    let key = record.p_key;
    let backends = call.backends();
    let headers = UploadHeaders::new(request.content_type);
    let url = backends.storage(call.at.now_ms).write_link(
        REFERENCE_BUCKET,
        &key,
        &headers,
        request.bytes,
        UPLOAD_SECONDS,
    );
    let expires_ms = call.at.now_ms + u64::from(UPLOAD_SECONDS) * 1000;
    Reply::json(&ReferenceUploadReply {
        success: true,
        key,
        bucket: REFERENCE_BUCKET.to_owned(),
        url,
        method: "PUT".to_owned(),
        headers,
        expires_at: rfc3339(expires_ms),
    })
}
