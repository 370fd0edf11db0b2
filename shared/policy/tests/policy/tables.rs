//! The tables that the product embeds, read by a few lines of their own.

const TERMS: &str = include_str!("../../data/policy_terms.txt");

/// The terms of a section, stems without their star. A section may stand in several places.
pub fn section(name: &str) -> Vec<&'static str> {
    let mut open = false;
    let mut terms = Vec::new();
    for line in TERMS
        .lines()
        .map(|line| line.split('#').next().unwrap_or_default().trim())
    {
        if let Some(header) = line.strip_prefix('[') {
            open = header.strip_suffix(']') == Some(name);
        } else if open {
            terms.extend(
                line.split(',')
                    .map(|term| term.trim().trim_end_matches('*'))
                    .filter(|term| !term.is_empty()),
            );
        }
    }
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
