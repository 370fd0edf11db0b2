//! What a prompt says about its picture.

use super::lexicon::{LEXICON, phrases};
use super::text::spaced;
use super::traits::Traits;

/// Words that turn what follows into its opposite.
const NEGATIONS: [&str; 5] = ["no", "not", "without", "never", "non"];

impl Traits {
    /// What a text says. Whole words only; what is negated does not count.
    pub fn of(text: &str) -> Self {
        let text = spaced(text);
        let mut traits = Self::NONE;
        for (meaning, list) in LEXICON {
            if phrases(list).any(|phrase| says(&text, phrase)) {
                traits |= *meaning;
            }
        }
        traits
    }
}

/// Whether the spaced text has the phrase somewhere without a negation before it.
pub fn says(spaced_text: &str, phrase: &str) -> bool {
    spaced_text.match_indices(phrase).any(|(place, _)| {
        let before = spaced_text.get(..place).unwrap_or_default();
        let behind = spaced_text.get(place + phrase.len()..).unwrap_or_default();
        let whole = before.ends_with(' ') && behind.starts_with(' ');
        let previous = before.split_whitespace().next_back().unwrap_or_default();
        whole && !NEGATIONS.contains(&previous)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_whole_words_that_are_not_denied() {
        assert!(!Traits::of("A knight").meets(Traits::NIGHT));
        assert!(Traits::of("a street at night").meets(Traits::NIGHT));
        assert!(!Traits::of("no rain").meets(Traits::RAIN));
        assert!(Traits::of("black-and-white").meets(Traits::MONOCHROME));
    }
}
