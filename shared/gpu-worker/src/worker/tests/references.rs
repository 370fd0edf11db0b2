//! References that cannot be had or cannot be read: no picture is made without one that was ordered.

use ourvidz_core::wire::references::ReferenceType;

use super::*;
use crate::edge::SignedReference;
use crate::media::{DigitalSource, Picture, poster};

const URL: &str = "http://storage/reference";

/// What a job reports whose only reference is this; none is a storage that does not answer.
fn story(file: Option<Result<&[u8], u16>>) -> (JobOutcome, String) {
    let bench = Bench::new();
    match file {
        Some(Ok(bytes)) => bench.edge.put_file(URL, bytes),
        Some(Err(status)) => bench.edge.refuse_downloads(status),
        None => {}
    }
    let mut claim = claim(JOB, "sdxl_image_fast", 1, 4);
    claim.references = vec![SignedReference {
        kind: ReferenceType::Style,
        url: URL.to_owned(),
        strength: 0.5,
    }];
    (bench.work(&claim), bench.edge.story())
}

#[test]
fn a_reference_that_is_read_is_used() {
    let file = poster(&Picture::new(16, 16), DigitalSource::AlgorithmicMedia).unwrap();
    assert_eq!(story(Some(Ok(&file))).0, JobOutcome::Completed);
}

#[test]
fn a_reference_that_nobody_can_read_fails_the_job_for_good() {
    let whole = poster(&Picture::new(16, 16), DigitalSource::AlgorithmicMedia).unwrap();
    for file in [
        Ok(&whole[..20]),
        Ok(b"<html>".as_slice()),
        Ok(b"".as_slice()),
        Err(404),
        Err(200),
    ] {
        assert_eq!(
            story(Some(file)),
            (
                JobOutcome::Failed,
                "failed \"reference_unreadable\" retryable=false\n".to_owned()
            ),
            "{file:?}"
        );
    }
}

#[test]
fn a_reference_that_cannot_be_had_now_is_left_to_another_attempt() {
    for file in [None, Some(Err(403)), Some(Err(503))] {
        assert_eq!(
            story(file),
            (
                JobOutcome::Failed,
                "failed \"reference_unavailable\" retryable=true\n".to_owned()
            ),
            "{file:?}"
        );
    }
}
