//! A term of a negative prompt, with its length.

/// One term and the number of CLIP tokens that it takes.
#[derive(Debug, Clone, Copy)]
pub struct Term {
    /// The text, without a separator.
    pub text: &'static str,
    /// Its tokens, without the comma before it and without the start and end tokens.
    pub tokens: u16,
}

pub(crate) const fn term(text: &'static str, tokens: u16) -> Term {
    Term { text, tokens }
}
