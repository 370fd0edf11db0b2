//! A second implementation of CLIP's tokenizer, for English only and as plain as can be: it merges text, pair by
//! pair, where the product's merges numbers with a heap. What the two share is the file of merges.

use std::collections::HashMap;

const PLANES: &[u8] = include_bytes!("../../data/clip_merges.bin");

/// Counts tokens; remembers the words and the texts that it has seen.
pub struct Counter {
    ranks: HashMap<(String, String), usize>,
    words: HashMap<String, usize>,
    texts: HashMap<String, usize>,
}

impl Counter {
    /// Reads the merges back into text.
    pub fn new() -> Self {
        let count = PLANES.len() / 4;
        let id = |plane: usize, rank: usize| {
            usize::from(PLANES[plane * count + rank])
                + 256 * usize::from(PLANES[(plane + 1) * count + rank])
        };
        let printable: Vec<u32> = (33..=126).chain(161..=172).chain(174..=255).collect();
        let hidden = (0..256)
            .filter(|byte| !printable.contains(byte))
            .zip(256..)
            .map(|(_, stand_in)| stand_in);
        let bytes: Vec<String> = printable
            .iter()
            .copied()
            .chain(hidden)
            .filter_map(char::from_u32)
            .map(String::from)
            .collect();
        let mut tokens: Vec<String> = bytes
            .iter()
            .cloned()
            .chain(bytes.iter().map(|byte| format!("{byte}</w>")))
            .collect();

        let mut ranks = HashMap::new();
        for rank in 0..count {
            let (left, right) = (tokens[id(0, rank)].clone(), tokens[id(2, rank)].clone());
            tokens.push(format!("{left}{right}"));
            ranks.insert((left, right), rank);
        }
        Self {
            ranks,
            words: HashMap::new(),
            texts: HashMap::new(),
        }
    }

    /// The tokens of a text of letters and commas, with the start and the end token.
    pub fn count(&mut self, text: &str) -> usize {
        if let Some(count) = self.texts.get(text) {
            return *count;
        }
        let spaced = text.to_lowercase().replace(',', " , ");
        let count = 2 + spaced
            .split_whitespace()
            .map(|word| self.count_word(word))
            .sum::<usize>();
        self.texts.insert(text.to_owned(), count);
        count
    }

    fn count_word(&mut self, word: &str) -> usize {
        assert!(
            word == "," || word.chars().all(|letter| letter.is_ascii_lowercase()),
            "{word} is not for this counter"
        );
        if let Some(count) = self.words.get(word) {
            return *count;
        }
        let mut parts: Vec<String> = word.chars().map(String::from).collect();
        if let Some(last) = parts.last_mut() {
            last.push_str("</w>");
        }
        while let Some(best) = self.best_pair(&parts) {
            let right = parts.remove(best + 1);
            parts[best].push_str(&right);
        }
        self.words.insert(word.to_owned(), parts.len());
        parts.len()
    }

    fn best_pair(&self, parts: &[String]) -> Option<usize> {
        let rank = |place: &usize| {
            self.ranks
                .get(&(parts[*place].clone(), parts[place + 1].clone()))
        };
        (0..parts.len() - 1)
            .filter(|place| rank(place).is_some())
            .min_by_key(|place| rank(place))
    }
}
