//! The same terms, written so that a plain search misses them.

use crate::refuses;
use crate::tables::{MINOR, SEXUAL, plain_words, section};

#[cfg(target_arch = "wasm32")]
use wasm_bindgen_test::wasm_bindgen_test as test;

/// A way to write a word, and its name.
pub type Disguise = (&'static str, fn(&str) -> String);

/// All of them. A word has at least four letters a to z.
pub const DISGUISES: &[Disguise] = &[
    ("capitals", |word| word.to_uppercase()),
    ("every second letter a capital", |word| {
        word.char_indices()
            .map(|(at, letter)| {
                if at % 2 == 0 {
                    letter
                } else {
                    letter.to_ascii_uppercase()
                }
            })
            .collect()
    }),
    ("full-width", |word| shift(word, 0xff41)),
    ("bold of mathematics", |word| shift(word, 0x1d41a)),
    ("in circles", |word| shift(word, 0x24d0)),
    ("in dark squares", |word| shift(word, 0x1f170)),
    ("letters of flags", |word| shift(word, 0x1f1e6)),
    ("spaces", |word| join(word, " ")),
    ("two spaces", |word| join(word, "  ")),
    ("line ends", |word| join(word, "\n")),
    ("dots", |word| join(word, ".")),
    ("hyphens", |word| join(word, "-")),
    ("underscores", |word| join(word, "_")),
    ("slashes and spaces", |word| join(word, " / ")),
    ("emoji", |word| join(word, "😀")),
    ("zero-width spaces", |word| join(word, "\u{200b}")),
    ("soft hyphens", |word| join(word, "\u{ad}")),
    ("tags", |word| join(word, "\u{e0061}")),
    ("direction marks", |word| join(word, "\u{202e}")),
    ("accents", |word| {
        word.chars()
            .flat_map(|letter| [letter, '\u{301}', '\u{317}'])
            .collect()
    }),
    ("many marks", |word| {
        word.chars()
            .flat_map(|letter| [letter, '\u{335}', '\u{336}', '\u{489}', '\u{30a}'])
            .collect()
    }),
    ("digits", |word| {
        format!(
            "{}{}",
            &word[..1],
            replace(
                &word[1..],
                &[
                    ('o', '0'),
                    ('i', '1'),
                    ('e', '3'),
                    ('a', '4'),
                    ('s', '5'),
                    ('t', '7'),
                ]
            )
        )
    }),
    ("one digit", |word| {
        replace_first(
            word,
            &[('o', '0'), ('i', '1'), ('e', '3'), ('a', '4'), ('l', '1')],
        )
    }),
    ("symbols", |word| {
        replace(word, &[('a', '@'), ('s', '$'), ('i', '!')])
    }),
    ("Cyrillic", |word| {
        replace(
            word,
            &[
                ('a', 'а'),
                ('c', 'с'),
                ('e', 'е'),
                ('o', 'о'),
                ('p', 'р'),
                ('x', 'х'),
                ('y', 'у'),
                ('i', 'і'),
            ],
        )
    }),
    ("Greek", |word| {
        replace(
            word,
            &[
                ('a', 'α'),
                ('o', 'ο'),
                ('v', 'ν'),
                ('k', 'κ'),
                ('t', 'τ'),
                ('i', 'ι'),
                ('u', 'υ'),
            ],
        )
    }),
    ("a capital i for an l", |word| replace(word, &[('l', 'I')])),
    ("a letter five times", |word| repeat_second(word, 5)),
    ("a letter three times", |word| repeat_second(word, 3)),
    ("a star for a vowel", |word| hide_inner_vowel(word, "*")),
    ("two parts with a dot", |word| split(word, ".")),
    ("two parts with a hyphen", |word| split(word, "-")),
    ("two parts with an apostrophe", |word| split(word, "'")),
    ("in brackets", |word| format!("({word}:1.4)")),
    ("emphasised", |word| format!("**{word}**")),
    ("in quotes", |word| format!("\"{word}\"")),
    ("plural", |word| format!("{word}s")),
    ("plural with z", |word| format!("{word}z")),
    ("numbered", |word| format!("{word}01")),
    ("counted", |word| format!("2{word}")),
    ("possessive", |word| format!("{word}'s")),
    ("tag", |word| format!("#{word}")),
];

/// The names of the disguises that change no letters, and so fit every script.
#[cfg(not(target_arch = "wasm32"))]
pub const SCRIPTLESS: &[&str] = &[
    "capitals",
    "spaces",
    "two spaces",
    "line ends",
    "dots",
    "hyphens",
    "underscores",
    "slashes and spaces",
    "emoji",
    "zero-width spaces",
    "soft hyphens",
    "tags",
    "direction marks",
    "accents",
    "many marks",
    "two parts with a dot",
    "two parts with a hyphen",
    "in brackets",
    "emphasised",
    "in quotes",
    "tag",
];

/// The names of those that can be put on a phrase, too.
#[cfg(not(target_arch = "wasm32"))]
pub const UNSEEN: &[&str] = &[
    "capitals",
    "zero-width spaces",
    "soft hyphens",
    "tags",
    "direction marks",
    "accents",
    "many marks",
    "in brackets",
    "emphasised",
    "in quotes",
];

/// What a reader sees as one letter: nobody can write a vowel sign apart from its consonant.
pub fn clusters(word: &str) -> Vec<String> {
    let mut clusters: Vec<String> = Vec::new();
    for letter in word.chars() {
        let is_sign = matches!(letter,
            '\u{300}'..='\u{36f}' | '\u{e31}' | '\u{e34}'..='\u{e3a}' | '\u{e47}'..='\u{e4e}'
            | '\u{102b}'..='\u{103e}')
            || (matches!(letter, '\u{900}'..='\u{dff}')
                && matches!(u32::from(letter) & 0x7f, 0..=3 | 0x3c | 0x3e..=0x4d | 0x55..=0x57 | 0x62..=0x63))
            || matches!(letter, '\u{a70}' | '\u{a71}');
        match clusters.last_mut() {
            Some(last) if is_sign => last.push(letter),
            _ => clusters.push(letter.to_string()),
        }
    }
    clusters
}

fn shift(word: &str, first: u32) -> String {
    word.bytes()
        .filter_map(|letter| char::from_u32(first + u32::from(letter - b'a')))
        .collect()
}

fn join(word: &str, separator: &str) -> String {
    clusters(word).join(separator)
}

fn replace(word: &str, pairs: &[(char, char)]) -> String {
    let other = |letter| {
        pairs
            .iter()
            .find(|(from, _)| *from == letter)
            .map_or(letter, |(_, to)| *to)
    };
    word.chars().map(other).collect()
}

fn replace_first(word: &str, pairs: &[(char, char)]) -> String {
    match pairs.iter().find(|(from, _)| word.contains(*from)) {
        Some((from, to)) => word.replacen(*from, &to.to_string(), 1),
        None => word.to_owned(),
    }
}

fn repeat_second(word: &str, times: usize) -> String {
    format!("{}{}{}", &word[..1], word[1..2].repeat(times), &word[2..])
}

fn hide_inner_vowel(word: &str, hidden: &str) -> String {
    let inner = 1..word.len() - 1;
    match word
        .char_indices()
        .find(|(at, letter)| inner.contains(at) && "aeiou".contains(*letter))
    {
        Some((at, _)) => format!("{}{hidden}{}", &word[..at], &word[at + 1..]),
        None => word.to_owned(),
    }
}

fn split(word: &str, separator: &str) -> String {
    let letters = clusters(word);
    let (front, back) = letters.split_at(letters.len() / 2);
    format!("{}{separator}{}", front.concat(), back.concat())
}

#[test]
fn a_disguised_minor_term_still_counts() {
    for (name, disguise) in DISGUISES {
        for term in plain_words("minor") {
            assert!(
                refuses(&format!("{SEXUAL} {}", disguise(term))),
                "{name}: {term}"
            );
        }
    }
}

#[test]
fn a_disguised_sexual_term_still_counts() {
    for (name, disguise) in DISGUISES {
        for term in plain_words("sexual") {
            assert!(
                refuses(&format!("{MINOR} {}", disguise(term))),
                "{name}: {term}"
            );
        }
    }
}

#[test]
fn two_disguises_at_once_still_count() {
    let (minor, sexual) = (plain_words("minor"), plain_words("sexual"));
    for (place, (first_name, first)) in DISGUISES.iter().enumerate() {
        for (other, (second_name, second)) in DISGUISES.iter().enumerate() {
            let left = minor[(place * 7 + other) % minor.len()];
            let right = sexual[(place + other * 11) % sexual.len()];
            let text = format!("{} and {}", first(left), second(right));
            assert!(
                refuses(&text),
                "{first_name}, {second_name}: {left}, {right}"
            );
        }
    }
}

#[test]
fn phrases_may_be_written_together_or_apart() {
    for term in section("minor")
        .into_iter()
        .filter(|term| term.is_ascii() && term.contains(' '))
    {
        for separator in ["", "-", "_", ".", " \n "] {
            let written = term.replace(' ', separator);
            assert!(refuses(&format!("{SEXUAL}: {written}")), "{written}");
        }
    }
}

#[test]
fn two_terms_may_be_written_as_one_word() {
    for minor in plain_words("minor") {
        for sexual in ["nude", "naked", "porn", "sexy", "erotic"] {
            // One letter cannot be the end of one term and the beginning of the next.
            if minor.chars().last() == sexual.chars().next()
                || sexual.chars().last() == minor.chars().next()
            {
                continue;
            }
            for text in [
                format!("{minor}{sexual}"),
                format!("{sexual}{minor}"),
                format!("my{minor}{sexual}pic"),
            ] {
                assert!(refuses(&text), "{text}");
            }
        }
    }
}

#[test]
fn scripts_without_spaces_are_searched_everywhere() {
    for minor in section("minor").into_iter().filter(|term| {
        term.chars()
            .all(|letter| ('\u{3000}'..'\u{a000}').contains(&letter))
    }) {
        for sexual in ["裸体", "性交", "ヌード"] {
            assert!(
                refuses(&format!("一个{minor}的{sexual}照")),
                "{minor} {sexual}"
            );
            assert!(refuses(&format!("{sexual}。{minor}")), "{minor} {sexual}");
        }
    }
}

/// The one accent that is kept makes another word, however it is written.
#[test]
fn a_tilde_on_an_n_counts_composed_and_decomposed() {
    assert!(refuses(&format!("{SEXUAL} ni\u{f1}a")));
    assert!(refuses(&format!("{SEXUAL} nin\u{303}a")));
    assert!(!refuses(&format!("{SEXUAL} nina")));
}
