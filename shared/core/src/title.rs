//! Titles of pictures and videos.

use alloc::format;
use alloc::string::{String, ToString};

/// Characters of the prompt that a title shows; what a card in the library has room for.
const MAX_TITLE_CHARS: usize = 60;

/// The title of the asset at `index` of a batch of `total`: the prompt's beginning, with the number behind
/// it when there are several.
#[must_use]
pub fn title(prompt: &str, index: u8, total: usize) -> String {
    let base = match prompt.char_indices().nth(MAX_TITLE_CHARS) {
        Some((end, _)) => format!("{}...", prompt.get(..end).unwrap_or(prompt)),
        None => prompt.to_string(),
    };
    if total > 1 {
        format!("{base} ({})", u16::from(index) + 1)
    } else {
        base
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cut_on_character_boundaries() {
        let prompt = "ä".repeat(60);
        assert_eq!(title(&prompt, 0, 1), prompt);
        assert_eq!(
            title(&"🌊".repeat(61), 0, 1),
            format!("{}...", "🌊".repeat(60))
        );
    }

    #[test]
    fn numbered_only_in_batches() {
        assert_eq!(title("a lake", 0, 1), "a lake");
        assert_eq!(title("a lake", 0, 3), "a lake (1)");
        assert_eq!(title("a lake", 5, 6), "a lake (6)");
    }
}
