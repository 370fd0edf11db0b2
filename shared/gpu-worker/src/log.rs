//! One JSON line per event on standard error.
//!
//! Fields are chosen at each call; prompts, tokens, secrets and presigned addresses are never among them.

use std::io::Write as _;
use std::sync::OnceLock;
use std::sync::atomic::{AtomicU8, Ordering};
use std::time::{SystemTime, UNIX_EPOCH};

use ourvidz_core::timestamp::rfc3339;
use serde_json::{Map, Value};

/// How much is written: 1 errors, 2 also what happens, 3 everything. Tests write nothing: their trouble is made.
static LEVEL: AtomicU8 = AtomicU8::new(if cfg!(test) { 0 } else { 2 });

/// Whose lines these are, where several workers write to one standard error.
static DEVICE: OnceLock<String> = OnceLock::new();

/// Names the device in each line from now on.
pub fn set_device(name: &str) {
    let _ = DEVICE.set(name.to_owned());
}

/// Sets what is written, by name (`error`, `info`, `debug`); unknown names mean `info`.
pub fn set_level(name: &str) {
    let level = match name {
        "error" => 1,
        "debug" => 3,
        _ => 2,
    };
    LEVEL.store(level, Ordering::Relaxed);
}

/// Something went wrong that a person should look at.
pub fn error(event: &str, fields: Value) {
    write(1, "error", event, fields);
}

pub fn info(event: &str, fields: Value) {
    write(2, "info", event, fields);
}

/// Something happened that only matters when looking for a fault.
pub fn debug(event: &str, fields: Value) {
    write(3, "debug", event, fields);
}

fn write(level: u8, name: &str, event: &str, fields: Value) {
    if level > LEVEL.load(Ordering::Relaxed) {
        return;
    }
    let device = DEVICE.get().map(String::as_str);
    let mut line = line(now_ms(), name, event, device, fields);
    line.push('\n');
    // In one call, so that lines of several processes do not mix. Nothing sensible can be done when standard error is
    // gone.
    let _ = std::io::stderr().lock().write_all(line.as_bytes());
}

/// Milliseconds since 1970.
#[must_use]
pub fn now_ms() -> u64 {
    SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .map_or(0, |since| since.as_millis() as u64)
}

fn line(now_ms: u64, level: &str, event: &str, device: Option<&str>, fields: Value) -> String {
    let mut all = Map::new();
    all.insert("time".to_owned(), rfc3339(now_ms).into());
    all.insert("level".to_owned(), level.into());
    all.insert("event".to_owned(), event.into());
    if let Some(device) = device {
        all.insert("device".to_owned(), device.into());
    }
    if let Value::Object(fields) = fields {
        all.extend(fields);
    }
    Value::Object(all).to_string()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    #[test]
    fn a_line_is_one_json_object() {
        let line = super::line(
            0,
            "info",
            "job_claimed",
            Some("cuda:1"),
            json!({"job_id": "a\nb"}),
        );
        assert!(!line.contains('\n'));
        let value: serde_json::Value = serde_json::from_str(&line).unwrap();
        assert_eq!(value["time"], "1970-01-01T00:00:00.000Z");
        assert_eq!(value["event"], "job_claimed");
        assert_eq!(value["device"], "cuda:1");
        assert_eq!(value["job_id"], "a\nb");
    }
}
