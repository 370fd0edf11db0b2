//! Taking a prompt apart without breaking what belongs together: quoted text and weights like `(term:1.2)`.

use alloc::string::String;
use alloc::vec::Vec;
use core::ops::Range;

use super::lexicon::phrases;

/// What opens a part that stays whole, and what closes it.
const PAIRS: [(char, char); 7] = [
    ('(', ')'),
    ('[', ']'),
    ('{', '}'),
    ('<', '>'),
    ('"', '"'),
    ('“', '”'),
    ('«', '»'),
];

/// What quoted text begins with.
pub const PROTECTED_MARKS: [char; 3] = ['"', '“', '«'];

/// Words that carry no meaning of their own.
pub const STOP_WORDS: &str = "a, an, and, are, as, at, be, being, by, for, from, has, have, he, her, his, in, into, is, it, its, \
     of, off, on, onto, or, over, she, that, the, their, them, there, they, this, to, under, up, was, \
     were, which, while, who, with";

/// A part of a prompt between two separators.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Segment {
    /// Its text, trimmed, never empty.
    pub text: String,
    /// What stood behind it: `,`, `;`, `.`, `!`, `?`, or `\n`; a comma for the last one.
    pub end: char,
}

/// The places of quoted and bracketed parts. What is never closed opens nothing.
#[must_use]
pub fn protected(text: &str) -> Vec<Range<usize>> {
    let mut spans: Vec<Range<usize>> = Vec::new();
    for (start, character) in text.char_indices() {
        if spans.last().is_some_and(|last| start < last.end) {
            continue;
        }
        let Some((open, close)) = PAIRS.iter().find(|(open, _)| *open == character) else {
            continue;
        };
        let inside = start + character.len_utf8();
        if let Some(end) = closing(text.get(inside..).unwrap_or_default(), *open, *close) {
            spans.push(start..inside + end);
        }
    }
    spans
}

/// Where the part that has just been opened ends, counted from there.
fn closing(rest: &str, open: char, close: char) -> Option<usize> {
    let mut depth = 1usize;
    for (place, character) in rest.char_indices() {
        if character == close {
            depth -= 1;
        } else if character == open {
            depth += 1;
        }
        if depth == 0 {
            return Some(place + character.len_utf8());
        }
    }
    None
}

/// The parts of a prompt, in their order.
#[must_use]
pub fn segments(text: &str) -> Vec<Segment> {
    let spans = protected(text);
    let mut segments = Vec::new();
    let mut start = 0;
    let mut push = |range: Range<usize>, end: char| {
        let text = text.get(range).unwrap_or_default().trim();
        if !text.is_empty() {
            segments.push(Segment {
                text: text.into(),
                end,
            });
        }
    };
    for (place, character) in text.char_indices() {
        if spans.iter().any(|span| span.contains(&place)) {
            continue;
        }
        let behind = place + character.len_utf8();
        if ends_segment(character, text.get(behind..).unwrap_or_default()) {
            push(start..place, character);
            start = behind;
        }
    }
    push(start..text.len(), ',');
    segments
}

/// A full stop inside a number or an abbreviation ends nothing.
fn ends_segment(character: char, rest: &str) -> bool {
    match character {
        ',' | ';' | '\n' => true,
        '.' | '!' | '?' => rest.chars().next().is_none_or(char::is_whitespace),
        _ => false,
    }
}

#[must_use]
pub fn join(segments: &[Segment]) -> String {
    let mut text = String::new();
    let mut last = None;
    for segment in segments {
        match last {
            None => {}
            Some('\n') => text.push_str(", "),
            Some(end) => {
                text.push(end);
                text.push(' ');
            }
        }
        text.push_str(&segment.text);
        last = Some(segment.end);
    }
    if let Some(end @ ('.' | '!' | '?')) = last {
        text.push(end);
    }
    text
}

/// The words of a text as it is written; a quoted or bracketed part is one word with what touches it.
#[must_use]
pub fn atoms(text: &str) -> Vec<&str> {
    let spans = protected(text);
    let mut atoms = Vec::new();
    let mut start = 0;
    for (place, character) in text.char_indices() {
        if character.is_whitespace() && !spans.iter().any(|span| span.contains(&place)) {
            atoms.push(text.get(start..place).unwrap_or_default());
            start = place + character.len_utf8();
        }
    }
    atoms.push(text.get(start..).unwrap_or_default());
    atoms.retain(|atom| !atom.is_empty());
    atoms
}

/// The words in lower case, nothing but letters, digits and the hyphens between them.
pub fn words(text: &str) -> Vec<String> {
    text.split(|character: char| !(character.is_alphanumeric() || character == '-'))
        .map(|word| word.trim_matches('-').to_lowercase())
        .filter(|word| !word.is_empty())
        .collect()
}

/// The words with one space around each, so that whole phrases can be looked for.
pub fn spaced(text: &str) -> String {
    let mut spaced = String::from(" ");
    for word in words(text) {
        for part in word.split('-') {
            spaced.push_str(part);
            spaced.push(' ');
        }
    }
    spaced
}

/// The words that carry meaning, singular and plural alike, each once.
pub fn content_words(text: &str) -> Vec<String> {
    let mut content: Vec<String> = Vec::new();
    for word in spaced(text).split_whitespace() {
        let word = singular(word);
        if !phrases(STOP_WORDS).any(|stop| stop == word)
            && !content.iter().any(|known| known == word)
        {
            content.push(word.into());
        }
    }
    content
}

fn singular(word: &str) -> &str {
    if ["xes", "ches", "shes", "sses"]
        .iter()
        .any(|end| word.ends_with(end))
    {
        return word.strip_suffix("es").unwrap_or(word);
    }
    if word.len() > 3 && !word.ends_with("ss") {
        return word.strip_suffix('s').unwrap_or(word);
    }
    word
}

#[cfg(test)]
mod tests {
    use super::*;

    fn texts(prompt: &str) -> Vec<String> {
        segments(prompt).into_iter().map(|part| part.text).collect()
    }

    #[test]
    fn quotes_and_weights_stay_whole() {
        assert_eq!(
            texts(r#"a sign "Open, now", (red, wet:1.2), f/1.8 lens. At night"#),
            [
                r#"a sign "Open, now""#,
                "(red, wet:1.2)",
                "f/1.8 lens",
                "At night"
            ]
        );
        assert_eq!(
            texts("an open ( bracket, and \"a quote"),
            ["an open ( bracket", "and \"a quote"]
        );
        assert_eq!(
            atoms("the (wet fur:1.2) of a"),
            ["the", "(wet fur:1.2)", "of", "a"]
        );
    }

    #[test]
    fn joining_gives_the_text_back() {
        for text in ["a, b; c", "One. Two! Three?", "a fox, f/1.8", "x"] {
            assert_eq!(join(&segments(text)), text);
        }
    }

    #[test]
    fn content_is_what_is_left_without_grammar() {
        assert_eq!(
            content_words("The foxes and a fox-like glass of the foxes"),
            ["fox", "like", "glass"]
        );
    }
}
