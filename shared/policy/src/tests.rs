//! The work is linear in the text, whatever the text: counted in steps, not in time.

use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;

use super::lexicon::{Class, Lexicon, entries};
use super::scan::Evidence;
use super::{TERMS, fold, scan};

/// The largest body that an endpoint takes.
const LARGEST: usize = 64 * 1024;

/// What the worst text found so far needs for each character, with a little room: terms with a star between any
/// two letters, which make every letter a guess. Without stars it is 54: terms with words of one letter.
const STEPS_PER_CHARACTER: u64 = 450;
const STEPS_PER_CHARACTER_WITHOUT_STARS: u64 = 60;

fn steps(text: &str) -> u64 {
    let mut evidence = Evidence::default();
    scan::scan(&fold::fold(text), Lexicon::built_in(), &mut evidence);
    evidence.steps
}

/// Repeats a part up to a length, in whole parts.
fn fill(part: &str, length: usize) -> String {
    part.repeat(length / part.len())
}

/// Texts that lead many walks far: parts of terms, letters that begin many, symbols that hide letters, marks
/// that repeat them, words of one or two letters that may be spelt apart.
fn hard_parts() -> impl Iterator<Item = String> {
    let written = [
        "a",
        "s",
        "aaa",
        "e ",
        "a.",
        "s*",
        "s* ",
        "a*b*c*",
        "p**",
        "s-",
        "se ",
        "po ",
        "p o r ",
        "child",
        "chil ",
        "chil",
        "teen",
        "under the ",
        "under ",
        "first ",
        "high ",
        "high school",
        "highschool",
        "nnn",
        "ssseee",
        "@$!",
        "a@",
        "n@",
        "sexsex",
        "kidkidkid",
        "1 ",
        "12 ",
        "12",
        "1.",
        "twenty ",
        "ñ",
        "ñññ",
        "裸",
        "裸 体 ",
        "子供",
        "e\u{301}",
        "\u{200b}a",
        "ﷺ",
        "\u{1f1e6}",
        "young little ",
        "she is ",
        "in a ",
        "in a bra in a ",
        "sexesse",
        "analana",
    ];
    let terms = || entries(TERMS).map(|(_, term)| term);
    let broken = terms().flat_map(|term| {
        let letters = || term.chars().filter(|letter| letter.is_alphabetic());
        let spaced = letters()
            .flat_map(|letter| [letter, ' '])
            .collect::<String>();
        let starred = letters()
            .flat_map(|letter| [letter, '*'])
            .collect::<String>();
        [format!("{term} "), spaced, starred]
    });
    let glued = terms().map(String::from);
    written
        .into_iter()
        .map(String::from)
        .chain(broken)
        .chain(glued)
        .filter(|part| !part.trim().is_empty())
}

#[test]
fn hard_texts_take_a_bounded_number_of_steps_for_each_character() {
    let mut above = Vec::new();
    for part in hard_parts() {
        let text = fill(&part, 200.max(part.len()));
        let (steps, characters) = (steps(&text), text.chars().count() as u64);
        let limit = if part.contains('*') {
            STEPS_PER_CHARACTER
        } else {
            STEPS_PER_CHARACTER_WITHOUT_STARS
        };
        if steps > limit * characters {
            above.push((steps / characters, part));
        }
    }
    above.sort();
    let worst: Vec<_> = above.iter().rev().take(10).collect();
    assert!(
        above.is_empty(),
        "{} texts take too many steps for each character: {worst:#?}",
        above.len()
    );
}

#[test]
fn four_times_the_text_takes_four_times_the_steps() {
    for part in [
        "a",
        "s*",
        "e ",
        "child",
        "po ",
        "sexsex",
        "裸 体 ",
        "under the ",
        "the lighthouse at dusk, ",
    ] {
        let (small, large) = (steps(&fill(part, LARGEST / 4)), steps(&fill(part, LARGEST)));
        assert!(
            large <= small * 4 + small / 10 + 100,
            "{part:?}: {small}, then {large}"
        );
    }
}

#[test]
fn plain_text_takes_few_steps() {
    let text = fill(
        "a watercolour of the old harbour at dusk with fishing boats and gulls, ",
        LARGEST,
    );
    assert!(steps(&text) <= 3 * text.len() as u64, "{}", steps(&text));
}

#[test]
fn every_entry_stands_in_a_known_section() {
    for (class, term) in entries(TERMS) {
        assert!(!class.is_empty(), "{term}");
        assert!(
            Lexicon::default().insert(term, class),
            "{term} has no letters"
        );
    }
}

#[test]
fn no_term_is_safe_by_itself() {
    for (class, term) in
        entries(TERMS).filter(|(class, _)| class.overlaps(Class::MINOR.and(Class::SEXUAL)))
    {
        let as_safe = entries(TERMS).any(|(other, same)| other.has(Class::SAFE) && same == term);
        assert!(!as_safe, "{term} is both {class:?} and safe");
    }
}

/// The tables as people edit them, by language.
#[cfg(not(target_arch = "wasm32"))]
const READABLE: &str = include_str!("../data/policy_terms.txt");

/// The same by section, sorted, each term once.
#[cfg(not(target_arch = "wasm32"))]
fn pack() -> String {
    use alloc::collections::{BTreeMap, BTreeSet};
    let mut sections: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
    let mut section = "";
    for line in READABLE
        .lines()
        .map(|line| line.split('#').next().unwrap_or_default().trim())
    {
        match line.strip_prefix('[') {
            Some(header) => section = header.trim_end_matches(']'),
            None => sections.entry(section).or_default().extend(
                line.split(',')
                    .map(str::trim)
                    .filter(|term| !term.is_empty()),
            ),
        }
    }
    let mut packed = String::new();
    for (section, terms) in sections.iter().filter(|(section, _)| !section.is_empty()) {
        let terms: Vec<&str> = terms.iter().copied().collect();
        packed.push_str(&format!("[{section}]\n{}\n", terms.join(",")));
    }
    packed
}

/// `UPDATE_SNAPSHOTS=1 cargo test -p ourvidz-policy` writes it.
#[cfg(not(target_arch = "wasm32"))]
#[test]
fn the_embedded_table_is_the_readable_one() {
    extern crate std;
    if std::env::var_os("UPDATE_SNAPSHOTS").is_some() {
        let path = concat!(env!("CARGO_MANIFEST_DIR"), "/data/policy_terms.packed.txt");
        std::fs::write(path, pack()).unwrap();
        return;
    }
    assert!(TERMS == pack(), "run with UPDATE_SNAPSHOTS=1");
}
