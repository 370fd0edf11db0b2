//! What a check of `doctor` found.

/// What a check found.
pub(super) enum Finding {
    Good(String),
    Bad {
        problem: String,
        remedy: &'static str,
    },
}
