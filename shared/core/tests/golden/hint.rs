//! What lies in the Redis lists: one hint for each job type, which the GPU worker reads with the same types.

use ourvidz_core::wire::payload::Hint;
use ourvidz_core::{JobType, asset_key};
use serde_json::json;

use crate::files::check_file;
use crate::scene;

#[test]
fn one_for_each_job_type() {
    for job_type in JobType::ALL {
        let number = if job_type.is_sdxl() { 3 } else { 1 };
        let plan = scene::submitted(&json!(job_type), &json!(number), &json!({ "seed": 0 }));
        let rpc = &plan.rpc;
        let (user, job) = (rpc.p_user_id, rpc.p_job_id);
        let main = job_type.file_type();
        let keys = asset_key::claim_keys(user, job, job_type, 1, number, main);
        let hint = json!(Hint::new(
            &rpc.p_payload,
            1,
            keys,
            scene::PUBLIC_BASE_URL,
            "v1.1.token".to_owned(),
        ));
        check_file(&format!("fixtures/hint/{job_type}.json"), &hint);

        let read: Hint = serde_json::from_value(hint.clone()).unwrap();
        assert_eq!(json!(read), hint, "reading and writing loses nothing");
        assert_eq!(read.payload.config.dimensions(), Some(job_type.size()));
        assert_eq!(rpc.p_payload, read.payload);
        let stored = json!(rpc.p_payload).to_string();
        assert!(
            !stored.contains("http") && !stored.contains("token"),
            "no URL and no secret is stored"
        );
    }
}
