//! Files that cannot be signed: their certificate ends while the worker runs.

use std::sync::atomic::{AtomicU64, Ordering};

use super::*;

/// The development certificate has ended then.
const TOO_LATE_MS: u64 = 4_900_000_000_000;

/// A bench whose certificate ends after some looks at the clock: one at the start, one for each file.
fn bench(clock: fn() -> u64) -> Bench {
    let credentials = ContentCredentials::open(&CredentialsChoice::Development, clock).unwrap();
    let mut bench = Bench::new();
    bench.credentials = credentials;
    bench
}

fn after(looks: u64, count: &AtomicU64) -> u64 {
    if count.fetch_add(1, Ordering::Relaxed) < looks {
        0
    } else {
        TOO_LATE_MS
    }
}

fn is_signed(file: &[u8]) -> bool {
    file.windows(4).any(|bytes| bytes == b"c2pa")
}

#[test]
fn a_picture_that_cannot_be_signed_stays_here_and_those_before_it_are_delivered() {
    static LOOKS: AtomicU64 = AtomicU64::new(0);
    let bench = bench(|| after(3, &LOOKS));
    assert_eq!(
        bench.work(&claim(JOB, "sdxl_image_fast", 3, 4)),
        JobOutcome::Failed
    );
    assert_eq!(
        bench.edge.story(),
        "processing image0? thumbnail0?\n\
         processing assets=1-0.png,-,- thumbnails=1-0.thumb,-,-\n\
         failed \"signing_failed\" retryable=true\n"
    );
    for name in ["1-0.png", "1-0.thumb"] {
        assert!(is_signed(&bench.edge.file(name).unwrap()), "{name}");
    }
    for name in ["1-1.png", "1-1.thumb", "1-2.png"] {
        assert!(bench.edge.file(name).is_none(), "{name}");
    }
    let said = bench.edge.last().error_message.unwrap();
    assert!(said.contains("a certificate has ended"), "{said}");
    assert_eq!(bench.spool.waiting(), 0);
}

#[test]
fn a_thumbnail_is_not_left_out_nor_a_poster() {
    static PICTURE: AtomicU64 = AtomicU64::new(0);
    static CLIP: AtomicU64 = AtomicU64::new(0);
    for (job_type, clock) in [
        ("image_fast", (|| after(2, &PICTURE)) as fn() -> u64),
        ("video_fast", || after(2, &CLIP)),
    ] {
        let bench = bench(clock);
        assert_eq!(bench.work(&claim(JOB, job_type, 1, 4)), JobOutcome::Failed);
        assert_eq!(
            bench.edge.story(),
            "failed \"signing_failed\" retryable=true\n"
        );
    }
}
