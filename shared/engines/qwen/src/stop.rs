//! Words at which an answer ends, though they arrive in pieces.

/// Passes text on, but for what may be the beginning of a stop word.
#[derive(Debug, Clone)]
pub struct StopWords {
    words: Vec<String>,
    held: String,
}

impl StopWords {
    /// None of the words may be empty: such a one would end every answer before it begins, and is left out.
    #[must_use]
    pub fn new(words: &[String]) -> Self {
        Self {
            words: words
                .iter()
                .filter(|word| !word.is_empty())
                .cloned()
                .collect(),
            held: String::new(),
        }
    }

    /// Takes a piece; gives what can be shown, and whether a stop word came.
    pub fn push(&mut self, piece: &str) -> (String, bool) {
        self.held.push_str(piece);
        let first = self
            .words
            .iter()
            .filter_map(|word| self.held.find(word.as_str()))
            .min();
        if let Some(index) = first {
            self.held.truncate(index);
            return (std::mem::take(&mut self.held), true);
        }
        let doubtful = self
            .held
            .char_indices()
            .map(|(index, _)| index)
            .find(|index| {
                let tail = self.held.get(*index..).unwrap_or_default();
                self.words.iter().any(|word| word.starts_with(tail))
            });
        let rest = doubtful.map_or_else(String::new, |index| self.held.split_off(index));
        (std::mem::replace(&mut self.held, rest), false)
    }

    /// What was held back when the answer ended without a stop word.
    #[must_use]
    pub fn rest(self) -> String {
        self.held
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(words: &[&str], pieces: &[&str], expected: &str, stopped: bool) {
        let words: Vec<String> = words.iter().map(|word| (*word).to_owned()).collect();
        let mut stop = StopWords::new(&words);
        let mut text = String::new();
        for piece in pieces {
            let (shown, ends) = stop.push(piece);
            text.push_str(&shown);
            if ends {
                assert!(stopped, "{pieces:?}");
                assert_eq!(text, expected);
                return;
            }
        }
        assert!(!stopped, "{pieces:?}");
        text.push_str(&stop.rest());
        assert_eq!(text, expected);
    }

    #[test]
    fn a_word_in_pieces_ends_the_answer() {
        check(&["END"], &["a E", "N", "D b"], "a ", true);
        check(&["\n\n", "END"], &["é\n", "\nmore"], "é", true);
    }

    #[test]
    fn half_a_word_is_no_word() {
        check(&["END"], &["a EN", "TER", " E"], "a ENTER E", false);
        check(&["", "aab"], &["aa", "aa", "c"], "aaaac", false);
    }

    #[test]
    fn nothing_is_held_back_without_need() {
        let mut stop = StopWords::new(&["END".to_owned()]);
        assert_eq!(stop.push("a tEN"), ("a t".to_owned(), false));
        assert_eq!(stop.push("x"), ("ENx".to_owned(), false));
    }
}
