//! Who follows the work on a prompt.

/// Who follows the work.
pub trait Audience {
    /// Whether words are wanted while a worker still writes.
    fn reads_along(&self) -> bool;

    /// Words that the policy has seen.
    fn words(&mut self, words: &str);

    /// The words so far belong to an answer that is not used.
    fn forget(&mut self);

    /// Something for the log.
    fn note(&mut self, name: &str, value: &str);
}
