//! The tables that the product embeds, read by a few lines of their own.

const TERMS: &str = include_str!("../../data/policy_terms.txt");

/// The terms of a section, stems without their star.
pub fn section(name: &str) -> Vec<&'static str> {
    let header = format!("[{name}]");
    let terms: Vec<&str> = TERMS
        .lines()
        .map(|line| line.split('#').next().unwrap_or_default().trim())
        .skip_while(|line| *line != header)
        .skip(1)
        .take_while(|line| !line.starts_with('['))
        .flat_map(|line| line.split(','))
        .map(|term| term.trim().trim_end_matches('*'))
        .filter(|term| !term.is_empty())
        .collect();
    assert!(!terms.is_empty(), "no section {name}");
    terms
}

/// A term of each of the two sides, for texts whose other side is what is tested.
pub const MINOR: &str = "minor";
/// See [`MINOR`].
pub const SEXUAL: &str = "nude";

/// Terms of a section that disguises are tried on: one word of at least four Latin letters.
pub fn plain_words(name: &str) -> Vec<&'static str> {
    section(name)
        .into_iter()
        .filter(|term| term.len() >= 4 && term.chars().all(|letter| letter.is_ascii_lowercase()))
        .collect()
}
