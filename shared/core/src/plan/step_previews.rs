//! Step previews between the heartbeat that brings them and whoever looks at the job: where they are kept, and which.
//!
//! They lie in Redis for two minutes and nowhere else: nothing of them has to be deleted, signed or paid for, and one
//! that is lost is followed by the next.

use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;

use crate::Id;
use crate::job_type::MAX_ASSETS;
use crate::wire::callback::StepPreview;

/// The key of an asset's newest one. It is derived from the job's id, which whoever reads it has been shown as their own.
#[must_use]
pub fn key(job: Id, index: u8) -> String {
    format!("ourvidz:step_preview:{job}:{index}")
}

/// Everything that a job can have one of, in its order.
pub fn places(job: Id) -> impl Iterator<Item = (Id, u8)> {
    (0..).take(MAX_ASSETS).map(move |index| (job, index))
}

/// What is kept of a heartbeat of whoever holds the job: what belongs to one of its assets.
#[must_use]
pub fn kept(job: Id, num_assets: u8, previews: &[StepPreview]) -> Vec<(String, String)> {
    let own = previews.iter().filter(|it| it.index < num_assets);
    own.map(|it| (key(job, it.index), it.image.clone()))
        .collect()
}

/// How a page shows one.
#[must_use]
pub fn data_url(image: &str) -> String {
    format!("data:image/jpeg;base64,{image}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_belongs_to_the_job_is_kept() {
        let job = Id::from_bytes([1; 16]);
        let preview = |index| StepPreview {
            index,
            image: "/9j//9k=".into(),
        };
        let sent = [preview(0), preview(2), preview(3)];
        let indices: Vec<String> = kept(job, 3, &sent).into_iter().map(|it| it.0).collect();
        assert_eq!(indices, [key(job, 0), key(job, 2)]);
        assert_eq!(places(job).last(), Some((job, 5)));
    }
}
