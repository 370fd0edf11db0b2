//! The tables that stand once in Rust and are made from it elsewhere, because SQL and a page's script cannot read Rust:
//! `npm run generate` writes the files that are named below, and this test says when they are not current.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::fmt::Write as _;
use std::fs;
use std::path::Path;

use ourvidz_core::state::fence::{CurrentAttempt, FenceCheck, Intent, ReportOrigin, check_fence};
use ourvidz_core::wire::rpc::Status;
use ourvidz_core::{Id, JobType, Model, limits};
use ourvidz_prompts::STYLES;
use serde_json::{Value, json};

/// Set, the files are written instead of compared.
const UPDATE: &str = "UPDATE_SNAPSHOTS";

fn check(path: &str, made_from: &str, comment: &str, text: &str) {
    let text = format!("{comment} Made from {made_from} by `npm run generate`.\n\n{text}");
    let path = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("../..")
        .join(path);
    if std::env::var_os(UPDATE).is_some() {
        fs::write(&path, text).unwrap();
        return;
    }
    let committed = fs::read_to_string(&path).unwrap_or_default();
    assert!(
        committed == text,
        "{} is not what {made_from} says: run `npm run generate` and read the difference",
        path.display(),
    );
}

fn sizes(job_type: JobType) -> impl Iterator<Item = u8> {
    (1..=u8::MAX).filter(move |count| job_type.allows(*count))
}

/// A function of a job type; null for a name that is none. Written columns and checks call it, whose expressions are
/// read and planned for every statement: a body in `language sql` would be parsed each time.
fn function_of_job_type(name: &str, what: &str, value: impl Fn(JobType) -> &'static str) -> String {
    let mut sql = format!(
        "-- {what}\ncreate function private.{name}(p_job_type text) returns text\nlanguage plpgsql immutable\nset search_path = ''\nas $$\nbegin\n  return case p_job_type\n"
    );
    for job_type in JobType::ALL {
        writeln!(sql, "    when '{job_type}' then '{}'", value(job_type)).unwrap();
    }
    sql.push_str("  end;\nend\n$$;\n");
    sql
}

/// A function that returns one row for each pair of a job type and a number of assets.
fn expected_times() -> String {
    let rows: Vec<String> = JobType::ALL
        .into_iter()
        .flat_map(|job_type| {
            sizes(job_type).map(move |count| {
                format!(
                    "    ('{job_type}', {count}, {})",
                    job_type.expected_ms(count)
                )
            })
        })
        .collect();
    format!(
        "-- How many assets one job can have, and how long the first of its kind is expected to take.\n\
         create function private.job_sizes()\nreturns table (job_type text, num_assets smallint, milliseconds bigint)\n\
         language sql immutable\nas $$\n  values\n{}\n$$;\n",
        rows.join(",\n")
    )
}

fn takes() -> String {
    let pairs: Vec<String> = JobType::ALL
        .into_iter()
        .map(|job_type| {
            let counts: Vec<String> = sizes(job_type).map(|count| count.to_string()).collect();
            format!(
                "    when '{job_type}' then p_num_assets in ({})",
                counts.join(", ")
            )
        })
        .collect();
    format!(
        "-- Whether there is such a job type, and it comes in this number.\n\
         create function private.can_be_ordered(p_job_type text, p_num_assets smallint) returns boolean\n\
         language plpgsql immutable\nset search_path = ''\nas $$\nbegin\n  return case p_job_type\n{}\n    else false\n  end;\nend\n$$;\n",
        pairs.join("\n")
    )
}

/// Which state may follow which.
fn transition_allowed() -> String {
    let pairs: Vec<String> = Status::ALL
        .into_iter()
        .flat_map(|from| {
            let next = Status::ALL
                .into_iter()
                .filter(move |to| from.may_become(*to));
            next.map(move |to| format!("    ('{}', '{}')", from.as_str(), to.as_str()))
        })
        .collect();
    format!(
        "-- Which state may follow which. Staying in one is no transition.\n\
         create function private.transition_allowed(p_from text, p_to text) returns boolean\n\
         language sql immutable\nas $$\n  select (p_from, p_to) in (\n{}\n  )\n$$;\n",
        pairs.join(",\n")
    )
}

#[test]
fn functions_in_sql() {
    let job_type = "shared/core/src/job_type.rs";
    let queue = function_of_job_type("queue_of", "The queue that serves it.", |it| {
        it.queue().as_str()
    });
    let format = function_of_job_type("format_of", "What comes out.", |it| it.format().as_str());
    let quality = function_of_job_type("quality_of", "How much work goes into it.", |it| {
        it.quality().as_str()
    });
    for (name, made_from, text) in [
        ("queue_of", job_type, queue),
        ("format_of", job_type, format),
        ("quality_of", job_type, quality),
        ("can_be_ordered", job_type, takes()),
        ("job_sizes", job_type, expected_times()),
        (
            "transition_allowed",
            "shared/core/src/state/mod.rs",
            transition_allowed(),
        ),
    ] {
        let path = format!("supabase/schemas/foundation/{name}.sql");
        check(&path, made_from, "--", &text);
    }
}

/// Every report that counts, of all that can be made of two leases, three workers and three attempts; the rest does not.
fn open_reports() -> String {
    const LEASES: [&str; 2] = [
        "11111111-1111-4111-8111-111111111111",
        "22222222-2222-4222-8222-222222222222",
    ];
    let id_of = |text: &str| text.parse::<Id>().unwrap();
    let workers = [None, Some("anna"), Some("bert")];
    let held = [None, Some(None), Some(Some("anna"))];
    let lease_ids = [None, Some(LEASES[0]), Some(LEASES[1])];
    let mut lines = String::new();
    for status in [Status::Queued, Status::Processing, Status::Completed] {
        for holder in held {
            for (attempt, lease_id) in [None, Some(1), Some(2), Some(3)]
                .into_iter()
                .flat_map(|attempt| lease_ids.map(|lease_id| (attempt, lease_id)))
            {
                for (worker_id, intent) in workers
                    .into_iter()
                    .flat_map(|worker_id| Intent::ALL.map(|intent| (worker_id, intent)))
                {
                    let standing = CurrentAttempt {
                        status,
                        attempt: 2,
                        lease: holder.map(|holder| (id_of(LEASES[0]), holder)),
                    };
                    let origin = ReportOrigin {
                        attempt,
                        lease_id: lease_id.map(id_of),
                        worker_id,
                        intent,
                    };
                    if matches!(check_fence(standing, origin), FenceCheck::Open { .. }) {
                        let held = holder.map(|worker| json!({ "worker": worker }));
                        let row =
                            json!([status, held, intent.as_str(), attempt, lease_id, worker_id]);
                        writeln!(lines, "  {row},").unwrap();
                    }
                }
            }
        }
    }
    lines
}

#[test]
fn reports_that_count() {
    let text = format!(
        "// The job's status, who holds attempt 2 of it, what a report wants, its attempt, its lease and its worker.\n\
         export const OPEN = [\n{}];\n",
        open_reports()
    );
    let path = "tests/sql/support/gate.generated.mjs";
    check(path, "shared/core/src/state/fence.rs", "//", &text);
}

#[test]
fn tables_of_the_page() {
    let job_types: Vec<Value> = JobType::ALL
        .into_iter()
        .map(|job_type| {
            let batches = sizes(job_type).map(|count| json!({ "numImages": count }));
            json!({
                "jobType": job_type,
                "model": job_type.model(),
                "format": job_type.format(),
                "quality": job_type.quality(),
                "enhanced": job_type.is_enhanced(),
                "queue": job_type.queue(),
                "batches": batches.collect::<Vec<_>>(),
            })
        })
        .collect();
    let aspects: Vec<String> = [Model::Sdxl, Model::Wan]
        .into_iter()
        .map(|model| {
            let job_type = JobType::ALL.into_iter().find(|it| it.model() == model);
            let rows: Vec<String> = job_type
                .map_or(&[][..], JobType::aspects)
                .iter()
                .map(|aspect| format!("    {},\n", json!({ "name": aspect.name, "width": aspect.width, "height": aspect.height })))
                .collect();
            format!("  {}: [\n{}  ],\n", model.as_str(), rows.concat())
        })
        .collect();
    let lines: Vec<String> = job_types.iter().map(|row| format!("  {row},\n")).collect();
    let text = format!(
        "export const MAX_PROMPT_CHARACTERS = {};\n\nexport const MAX_REFERENCE_BYTES = {};\n\n\
         export const JOB_TYPES = [\n{}];\n\nexport const ASPECTS = {{\n{}}};\n\n\
         export const STYLES = {};\n\nexport const MAX_NEGATIVE_PROMPT_CHARACTERS = {};\n",
        limits::MAX_PROMPT_CHARS,
        limits::MAX_REFERENCE_BYTES,
        lines.concat(),
        aspects.concat(),
        json!(STYLES.map(|style| style.name)),
        limits::MAX_NEGATIVE_PROMPT_CHARS,
    );
    check(
        "shared/studio/public/scripts/net/tables.generated.js",
        "shared/core/src/job_type.rs, aspect.rs and limits.rs, and prompts/src/style.rs",
        "//",
        &text,
    );
}
