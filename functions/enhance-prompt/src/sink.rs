//! Where the text goes while a worker still writes it.

/// Takes the text of an answer, and notes for the log.
pub trait AnswerSink {
    /// Whether text is wanted while a worker still writes.
    fn is_streaming(&self) -> bool;

    /// Text that the policy has seen.
    fn text(&mut self, text: &str);

    /// The text so far belongs to an answer that is not used.
    fn discard(&mut self);

    fn note(&mut self, name: &str, value: &str);
}
