//! Having a webhook sent soon, by the one function that sends them.

use ourvidz_core::Id;
use ourvidz_rest::{Backend, Request};

use crate::{Call, Runtime};

/// Where the sweep takes such a request. The host is none: a service binding looks at the path alone.
const SEND_NOW: &str = "https://sweep.invalid/sweep/webhooks/";

/// The receiver's time, and that of the calls to the database around it.
const TIMEOUT_MS: u32 = 25_000;

/// The answer is a few numbers.
const MAX_ANSWER_BYTES: usize = 4 * 1024;

/// After the answer, lets the sweep send what a job's end has made due. If that is lost, its next pass does it.
pub fn send_soon<R: Runtime>(call: &Call<R>, job_id: Id) {
    let runtime = call.runtime.clone();
    call.later(async move {
        let request = Request {
            backend: Backend::Sweep,
            method: "POST",
            url: format!("{SEND_NOW}{job_id}"),
            headers: Vec::new(),
            body: None,
            timeout_ms: TIMEOUT_MS,
            max_answer_bytes: MAX_ANSWER_BYTES,
        };
        let _ = runtime.send(request).await;
    });
}
