//! `GET /api/metrics`: the service's state as Prometheus reads it.

use alloc::format;
use alloc::string::String;

use super::rpc::Metric;

/// What every name begins with.
const PREFIX: &str = "ourvidz_";

/// Each metric with its kind and what it tells, in the order in which they are written.
const METRICS: [(&str, &str, &str); 13] = [
    ("queue_jobs", "gauge", "Jobs that wait or run."),
    (
        "queue_oldest_seconds",
        "gauge",
        "How long the longest waiting job has waited.",
    ),
    (
        "queue_paused",
        "gauge",
        "1 while an operator has paused the queue.",
    ),
    (
        "queue_wait_median_seconds",
        "gauge",
        "Median wait of the last jobs that began.",
    ),
    (
        "queue_hints_unpushed",
        "gauge",
        "Waiting jobs whose hint was never pushed.",
    ),
    (
        "jobs_failed_last_hour",
        "gauge",
        "Jobs that failed within the last hour.",
    ),
    ("workers", "gauge", "Workers seen within two minutes."),
    (
        "expected_seconds",
        "gauge",
        "What a job is expected to take, the median of real times.",
    ),
    ("credits", "gauge", "Credits of all users together."),
    ("jobs_submitted_total", "counter", "Jobs ever submitted."),
    (
        "objects_to_delete",
        "gauge",
        "Objects that no row needs and that are not deleted yet.",
    ),
    (
        "webhooks_pending",
        "gauge",
        "Deliveries that are still to be made.",
    ),
    (
        "sweep_seconds",
        "gauge",
        "Seconds since the sweep last ran.",
    ),
];

/// The text exposition of these samples; names that are not in the list above are left out.
#[must_use]
pub fn exposition(samples: &[Metric]) -> String {
    let mut text = String::new();
    for (name, kind, help) in METRICS {
        let mut own = samples
            .iter()
            .filter(|sample| sample.name == name)
            .peekable();
        if own.peek().is_none() {
            continue;
        }
        text.push_str(&format!("# HELP {PREFIX}{name} {help}\n"));
        text.push_str(&format!("# TYPE {PREFIX}{name} {kind}\n"));
        for sample in own {
            text.push_str(&format!(
                "{PREFIX}{name}{} {}\n",
                labels(sample),
                sample.value
            ));
        }
    }
    text
}

fn labels(sample: &Metric) -> String {
    let mut text = String::new();
    for (name, value) in &sample.labels {
        let divider = if text.is_empty() { '{' } else { ',' };
        text.push(divider);
        text.push_str(&format!("{name}=\"{}\"", escaped(value)));
    }
    if !text.is_empty() {
        text.push('}');
    }
    text
}

/// A label's value, as the format wants it.
fn escaped(value: &str) -> String {
    value
        .replace('\\', "\\\\")
        .replace('"', "\\\"")
        .replace('\n', "\\n")
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn samples_stand_under_their_metric_with_escaped_labels() {
        let samples: alloc::vec::Vec<Metric> = serde_json::from_value(json!([
            { "name": "sweep_seconds", "labels": {}, "value": 4 },
            { "name": "queue_jobs", "labels": { "queue": "wan_queue", "status": "queued" }, "value": 2 },
            { "name": "jobs_failed_last_hour", "labels": { "error_code": "a\"b\\c\nd" }, "value": 1 },
            { "name": "queue_jobs", "labels": { "queue": "wan_queue", "status": "processing" }, "value": 0.5 },
            { "name": "unheard_of", "labels": {}, "value": 1 },
        ]))
        .unwrap();
        assert_eq!(
            exposition(&samples),
            "# HELP ourvidz_queue_jobs Jobs that wait or run.\n\
             # TYPE ourvidz_queue_jobs gauge\n\
             ourvidz_queue_jobs{queue=\"wan_queue\",status=\"queued\"} 2\n\
             ourvidz_queue_jobs{queue=\"wan_queue\",status=\"processing\"} 0.5\n\
             # HELP ourvidz_jobs_failed_last_hour Jobs that failed within the last hour.\n\
             # TYPE ourvidz_jobs_failed_last_hour gauge\n\
             ourvidz_jobs_failed_last_hour{error_code=\"a\\\"b\\\\c\\nd\"} 1\n\
             # HELP ourvidz_sweep_seconds Seconds since the sweep last ran.\n\
             # TYPE ourvidz_sweep_seconds gauge\n\
             ourvidz_sweep_seconds 4\n"
        );
    }
}
