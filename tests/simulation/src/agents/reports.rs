//! What workers do with a job that they have: the next upload, or the next report.

use ourvidz_core::Format;
use ourvidz_core::file_type::FileType;
use ourvidz_core::wire::callback::UploadHeaders;
use ourvidz_core::wire::rpc::Role;
use ourvidz_rest::fakes::World;
use ourvidz_rest::{Backend, Http, Request};
use serde_json::{Value, json};

use super::task::Task;
use crate::scene::Scene;

/// What every file holds here.
const BYTES: &[u8] = b"8 bytes.";

/// A report, and whether the work goes on after it; none when the step was an upload.
type Step = Option<(Value, bool)>;

/// The next step of today's worker.
pub fn of_today(task: &mut Task, name: &str, scene: &Scene, world: &World) -> Step {
    let (attempt, lease) = task.claim?;
    let report = |status: &str, more: Value| {
        let mut report = json!({
            "job_id": task.job, "attempt": attempt, "leaseId": lease, "worker_id": name,
            "status": status, "progress": scene.choices.below(101),
        });
        // Some workers do not know of it.
        if let (Some(report), Some(snapshot)) = (
            report.as_object_mut(),
            task.snapshot.as_ref().filter(|_| !scene.choices.once_in(8)),
        ) {
            report.insert("snapshot".to_owned(), snapshot.as_str().into());
        }
        if let (Some(report), Value::Object(more)) = (report.as_object_mut(), more) {
            report.extend(more);
        }
        report
    };
    if task.is_canceled {
        return Some((report("released", json!({})), false));
    }
    let finished = |task: &Task, role: Role, upto: usize| -> Vec<Value> {
        let mut files: Vec<_> = task.keys.iter().filter(|file| file.role == role).collect();
        files.sort_by_key(|file| file.index);
        let keys = files.into_iter().map(|file| {
            let is_there = task.uploaded.contains(&file.key);
            is_there.then(|| file.key.clone()).into()
        });
        keys.take(upto).collect()
    };
    let main = Role::main_of(task.job_type);
    let results = |task: &Task, upto: usize| {
        let previews = finished(task, Role::preview_of(task.job_type), upto);
        let mut results = json!({ "assets": finished(task, main, upto) });
        let is_video = task.job_type.format() == Format::Video;
        let (field, value) = match previews.into_iter().next() {
            Some(Value::String(poster)) if is_video => ("poster", poster.into()),
            _ => (
                "thumbnails",
                finished(task, Role::preview_of(task.job_type), upto).into(),
            ),
        };
        if let Some(results) = results.as_object_mut().filter(|_| !value_is_empty(&value)) {
            results.insert(field.to_owned(), value);
        }
        results
    };
    let has_any = task
        .keys
        .iter()
        .any(|file| file.role == main && task.uploaded.contains(&file.key));
    match scene.choices.below(18) {
        12 | 13 => return Some((report("processing", json!({})), true)),
        14 if has_any => return Some((report("processing", results(task, usize::MAX)), true)),
        15 if has_any => return Some((report("completed", results(task, usize::MAX)), false)),
        16 => {
            let is_retryable = scene.choices.below(3) != 2;
            let more = json!({ "retryable": is_retryable, "error_message": "out of memory" });
            return Some((report("failed", more), false));
        }
        17 => return Some((report("released", json!({})), false)),
        _ => {}
    }
    let missing = task
        .keys
        .iter()
        .find(|file| !task.uploaded.contains(&file.key))
        .cloned();
    let Some(file) = missing else {
        return Some((report("completed", results(task, usize::MAX)), false));
    };
    let Some(link) = task.links.remove(&file.key) else {
        let wanted = task.keys.iter().map(|file| {
            json!({
                "index": file.index, "role": file.role, "contentType": media_type(file.role, &file.key),
                "bytes": BYTES.len(),
            })
        });
        let wanted: Vec<Value> = wanted.collect();
        return Some((
            report("processing", json!({ "uploadRequests": wanted })),
            true,
        ));
    };
    if put(world, link, media_type(file.role, &file.key)) {
        scene.tell(|| format!("{name} uploads {}", file.key));
        scene.remember_upload(&file.bucket, &file.key);
        task.uploaded.insert(file.key);
    }
    None
}

fn media_type(role: Role, key: &str) -> &'static str {
    role.file_type_of(key).map_or("", FileType::media_type)
}

/// The next step of a worker of the older kind. It names its files itself, and writes them with a right of its
/// own.
pub fn of_older(task: &mut Task, scene: &Scene, world: &World) -> Step {
    match scene.choices.below(12) {
        8 | 9 => {
            return Some((json!({ "jobId": task.job, "status": "processing" }), true));
        }
        10 => {
            let report =
                json!({ "jobId": task.job, "status": "failed", "errorMessage": "no memory" });
            return Some((report, false));
        }
        // Signed with the shared secret, a report names not even its attempt.
        11 => task.token = None,
        _ => {}
    }
    let names: Vec<String> = (0..task.count)
        .map(|index| match task.job_type.format() {
            Format::Video => format!("{}/{}_old.mp4", task.user, task.job),
            Format::Image if task.job_type.is_sdxl() => {
                format!("{}/sdxl_{}_old{index}.png", task.user, task.job)
            }
            Format::Image => format!("{}/{}_old{index}.png", task.user, task.job),
        })
        .collect();
    let media_type = task.job_type.file_type().media_type();
    for name in &names {
        world.put_object(task.job_type.bucket(), name, media_type, BYTES);
    }
    let report = match names.as_slice() {
        [path] if task.count == 1 => {
            json!({ "jobId": task.job, "status": "completed", "filePath": path })
        }
        all => json!({ "jobId": task.job, "status": "completed", "imageUrls": all }),
    };
    Some((report, false))
}

fn value_is_empty(value: &Value) -> bool {
    value.as_array().is_some_and(Vec::is_empty)
}

/// Uploads by a link, straight to the storage.
fn put(world: &World, url: String, media_type: &str) -> bool {
    let request = Request {
        backend: Backend::Storage,
        method: "PUT",
        url,
        headers: UploadHeaders::new(media_type)
            .pairs()
            .map(|(name, value)| (name.to_owned(), value.to_owned()))
            .into(),
        body: Some(BYTES.to_vec()),
        timeout_ms: 1_000,
        max_answer_bytes: 1_000,
    };
    let mut sending = Box::pin(world.send(request));
    let mut context = std::task::Context::from_waker(std::task::Waker::noop());
    match sending.as_mut().poll(&mut context) {
        std::task::Poll::Ready(Ok(answer)) => matches!(answer.status, 200 | 412), // the same bytes each time
        _ => false,
    }
}
