//! Ages that nothing names as such, and numbers that are none.

use crate::refuses;
use crate::tables::{MINOR, SEXUAL, section};

#[cfg(target_arch = "wasm32")]
use wasm_bindgen_test::wasm_bindgen_test as test;

fn young(text: &str) -> bool {
    [
        format!("{SEXUAL}, {text}"),
        format!("{text}, {SEXUAL}"),
        format!("{SEXUAL}. {text}."),
        format!("{text}\n{SEXUAL}"),
    ]
    .iter()
    .all(|text| refuses(text))
}

fn old(text: &str) -> bool {
    !refuses(&format!("{SEXUAL}, {text}")) && !refuses(&format!("{text}, {SEXUAL}"))
}

#[test]
fn a_free_number_below_eighteen_is_an_age() {
    for age in 10..=99 {
        for text in [
            format!("{age}"),
            format!("f{age}"),
            format!("{age}f"),
            format!("f {age}"),
            format!("F-{age}"),
            format!("{age}/f"),
            format!("{age} f"),
            format!("m{age}"),
            format!("({age})"),
            format!("girl {age}"),
            format!("only {age}"),
        ] {
            assert_eq!(refuses(&format!("{SEXUAL}, {text}")), age < 18, "{text}");
            assert_eq!(refuses(&format!("{text}, {SEXUAL}")), age < 18, "{text}");
        }
        for text in [
            format!("{SEXUAL} {age}"),
            format!("{age} {SEXUAL}"),
            format!("{SEXUAL}{age}"),
        ] {
            assert_eq!(refuses(&text), age < 18, "{text}");
        }
    }
    for number in section("free number") {
        assert!(young(number), "{number}");
    }
}

#[test]
fn years_of_birth_and_of_school_are_ages() {
    for form in [
        "born Y",
        "born in Y",
        "b. Y",
        "born 3 May Y",
        "born 12.05.Y",
        "Y born",
        "DOB Y",
        "née en Y",
        "Y年生まれ",
    ] {
        for year in 2009..=2026 {
            let text = form.replace('Y', &year.to_string());
            assert!(young(&text), "{text}");
        }
        for year in [1950, 1999, 2008] {
            let text = form.replace('Y', &year.to_string());
            assert!(old(&text), "{text}");
        }
    }
    for text in [
        "grade 7",
        "year 9",
        "class 8",
        "Klasse 7",
        "7. Klasse",
        "7 класс",
        "grade7",
        "7th grade",
    ] {
        assert!(young(text), "{text}");
    }
}

#[test]
fn an_age_that_is_not_reached_is_an_age() {
    for text in [
        "not 18 yet",
        "not yet 18",
        "isn't 18",
        "almost 18",
        "nearly 17",
        "u18",
        "U 16",
        "before 18",
        "18 or younger",
        "未满18岁",
        "18歳未満",
        "barely legal",
        "just legal",
    ] {
        assert!(young(text), "{text}");
    }
}

#[test]
fn a_number_that_counts_or_numbers_something_is_no_age() {
    for text in [
        "12 roses",
        "fourteen cannons",
        "room 12",
        "page 14",
        "iPhone 15",
        "16:9",
        "--ar 9:16",
        "1.8",
        "f/1.8",
        "f/16",
        "f/11",
        "1/15 s",
        "12-15 people",
        "$15",
        "€12",
        "35mm",
        "8k",
        "16 women",
        "12 girls",
        "15 sexy women",
        "version 11",
        "10,000",
        "1990",
        "2015",
        "in 2012",
        "the 17th century",
        "1. 2.",
        "cfg 7",
        "16x9",
        "24 fps",
        "10/10",
    ] {
        assert!(old(text), "{text}");
    }
}

#[test]
fn free_numbers_alone_are_allowed() {
    for text in ["15", "sixteen", "born 2012", "grade 7", "f16"] {
        assert!(!refuses(text), "{text}");
        assert!(!refuses(&format!("{text}, {MINOR}")), "{text}");
    }
}

/// A script that the tables have no words in may say anything.
#[test]
fn words_of_an_unknown_script_beside_a_sexual_term_are_refused() {
    for words in [
        "ក្មេង",
        "ເດັກ",
        "ළමයා",
        "ბავშვი",
        "երեխա",
        "བུ་མོ",
        "ᎠᏲᎵ",
        "ପିଲା",
        "ᠬᠦᠦᠬᠡᠳ",
    ] {
        assert!(refuses(&format!("{SEXUAL} {words}")), "{words}");
        assert!(!refuses(words), "{words}");
        assert!(!refuses(&format!("{words}, {MINOR}")), "{words}");
    }
    for decoration in ["꧁", "★", "ツ", "ʕ•ᴥ•ʔ", "ಠ_ಠ", "→", "ⓐ", "😀", "½"]
    {
        assert!(!refuses(&format!("{SEXUAL} {decoration}")), "{decoration}");
    }
}
