//! `GET /api/metrics`: the service's state as Prometheus reads it.

use alloc::format;
use alloc::string::String;

use ourvidz_values::fingerprint::canonical_number;

use super::rpc::{Histogram, Metric};

/// What every name begins with.
const PREFIX: &str = "ourvidz_";

/// Each metric with its kind and what it tells, in the order in which they are written.
pub const METRICS: [(&str, &str, &str); 29] = [
    ("queue_jobs", "gauge", "Jobs that wait or run, by queue."),
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
        "queue_list_length",
        "gauge",
        "Hints on the list at the last pass of the sweep; absent while Redis does not answer.",
    ),
    ("jobs", "gauge", "Jobs that wait or run, by type."),
    ("jobs_submitted_total", "counter", "Jobs ever submitted."),
    ("jobs_ended_total", "counter", "Jobs that ended, and how."),
    ("jobs_failed_total", "counter", "Jobs that failed, and why."),
    (
        "jobs_failed_last_hour",
        "gauge",
        "Jobs that failed within the last hour.",
    ),
    (
        "jobs_success_ratio",
        "gauge",
        "Completed jobs of all that completed or failed, ever.",
    ),
    (
        "job_attempts_repeated_total",
        "counter",
        "Attempts that came to nothing, so that the job got another.",
    ),
    (
        "job_wait_seconds",
        "histogram",
        "From the submit to the first worker's start.",
    ),
    (
        "job_run_seconds",
        "histogram",
        "From the first worker's start to the end of a completed job.",
    ),
    (
        "expected_seconds",
        "gauge",
        "What a job is expected to take, the median of real times.",
    ),
    (
        "callbacks_total",
        "counter",
        "Reports of workers, by what became of them.",
    ),
    (
        "workers",
        "gauge",
        "Workers seen within two minutes, by queue; one that serves two counts in both.",
    ),
    (
        "worker_seen_seconds",
        "gauge",
        "Seconds since a worker's last heartbeat.",
    ),
    (
        "worker_up_seconds",
        "gauge",
        "How long a worker's program has run, as it reports it.",
    ),
    (
        "worker_gpu_memory_used_bytes",
        "gauge",
        "What is taken of a worker's GPU memory, as it reports it.",
    ),
    (
        "worker_gpu_memory_total_bytes",
        "gauge",
        "What a worker has of GPU memory, as it reports it.",
    ),
    (
        "worker_paused",
        "gauge",
        "1 while a worker gets no jobs, by an operator or for its losses.",
    ),
    (
        "credits",
        "gauge",
        "Credits of all users together; `held` is promised to unfinished jobs.",
    ),
    (
        "bucket_bytes",
        "gauge",
        "Size of the finished assets in a bucket, small copies included.",
    ),
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
        "measurements_uncounted",
        "gauge",
        "Measurements that the sweep has still to add up.",
    ),
    (
        "edge_token_expires_seconds",
        "gauge",
        "Seconds until the edge's own token for the database ends.",
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
            match &sample.histogram {
                Some(histogram) => write_histogram(&mut text, sample, histogram),
                None => write_sample(&mut text, sample, "", None, canonical_number(sample.value)),
            }
        }
    }
    text
}

/// A histogram's lines: how many were not above each bound, then above any, then their sum and number.
fn write_histogram(text: &mut String, sample: &Metric, histogram: &Histogram) {
    let mut so_far = 0u64;
    let mut counts = histogram.counts.iter();
    for bound in &histogram.bounds {
        so_far = so_far.saturating_add(counts.next().copied().unwrap_or(0));
        let bound = canonical_number(*bound);
        write_sample(text, sample, "_bucket", Some(&bound), so_far);
    }
    let all = counts.fold(so_far, |sum, count| sum.saturating_add(*count));
    write_sample(text, sample, "_bucket", Some("+Inf"), all);
    write_sample(text, sample, "_sum", None, canonical_number(histogram.sum));
    write_sample(text, sample, "_count", None, all);
}

fn write_sample(
    text: &mut String,
    sample: &Metric,
    suffix: &str,
    upper_bound: Option<&str>,
    value: impl core::fmt::Display,
) {
    let name = &sample.name;
    let labels = labels(sample, upper_bound);
    text.push_str(&format!("{PREFIX}{name}{suffix}{labels} {value}\n"));
}

fn labels(sample: &Metric, upper_bound: Option<&str>) -> String {
    let own = sample
        .labels
        .iter()
        .map(|(name, value)| (name.as_str(), value.as_str()));
    let mut text = String::new();
    for (name, value) in own.chain(upper_bound.map(|bound| ("le", bound))) {
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
            "# HELP ourvidz_queue_jobs Jobs that wait or run, by queue.\n\
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

    #[test]
    fn a_histogram_adds_up() {
        let samples: alloc::vec::Vec<Metric> = serde_json::from_value(json!([{
            "name": "job_run_seconds",
            "labels": { "job_type": "image_fast" },
            "histogram": { "bounds": [0.5, 30], "counts": [1, 2, 4], "sum": 301.25 },
        }]))
        .unwrap();
        let text = exposition(&samples);
        let lines: alloc::vec::Vec<&str> = text.lines().skip(1).collect();
        assert_eq!(
            lines,
            [
                "# TYPE ourvidz_job_run_seconds histogram",
                "ourvidz_job_run_seconds_bucket{job_type=\"image_fast\",le=\"0.5\"} 1",
                "ourvidz_job_run_seconds_bucket{job_type=\"image_fast\",le=\"30\"} 3",
                "ourvidz_job_run_seconds_bucket{job_type=\"image_fast\",le=\"+Inf\"} 7",
                "ourvidz_job_run_seconds_sum{job_type=\"image_fast\"} 301.25",
                "ourvidz_job_run_seconds_count{job_type=\"image_fast\"} 7",
            ]
        );
    }
}
