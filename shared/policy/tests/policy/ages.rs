//! Ages in digits and in words.

use crate::refuses;
use crate::tables::{MINOR, SEXUAL};

#[cfg(target_arch = "wasm32")]
use wasm_bindgen_test::wasm_bindgen_test as test;

/// Ways to state an age; `N` is the number.
const FORMS: &[&str] = &[
    "N year old",
    "N-year-old",
    "N years old",
    "N yo",
    "Nyo",
    "N y.o.",
    "N y/o",
    "Ny/o",
    "Nyrs old",
    "N yr old",
    "aged N",
    "age N",
    "age: N",
    "age of N",
    "N years of age",
    "she is N,",
    "she looks N,",
    "a girl of N",
    "he's N and",
    "just turned N",
    "N años",
    "N anos",
    "N ans",
    "N anni",
    "N Jahre alt",
    "N-jährig",
    "N лет",
    "N歳",
    "N岁",
    "N 살",
    "girl, N.",
    "a boy (N)",
    "Nyearsold",
    "N  year\u{200b}s   o l d",
];

const WORDS: &[(&str, u32)] = &[
    ("one", 1),
    ("two", 2),
    ("three", 3),
    ("four", 4),
    ("five", 5),
    ("six", 6),
    ("seven", 7),
    ("eight", 8),
    ("nine", 9),
    ("ten", 10),
    ("eleven", 11),
    ("twelve", 12),
    ("thirteen", 13),
    ("fourteen", 14),
    ("fifteen", 15),
    ("sixteen", 16),
    ("seventeen", 17),
    ("eighteen", 18),
    ("nineteen", 19),
    ("twenty", 20),
    ("twenty-one", 21),
    ("twenty two", 22),
    ("thirty-five", 35),
    ("forty seven", 47),
    ("ninety-nine", 99),
];

fn with_age(form: &str, number: &str) -> String {
    format!("{SEXUAL}, {}", form.replace('N', number))
}

#[test]
fn an_age_below_eighteen_is_a_minor_and_one_above_is_not() {
    for form in FORMS {
        for age in 3..=99 {
            let text = with_age(form, &age.to_string());
            assert_eq!(refuses(&text), age < 18, "{text}");
        }
    }
}

#[test]
fn numbers_in_words_are_numbers() {
    for form in [
        "N year old",
        "N-year-old",
        "N years old",
        "Nyearold",
        "aged N",
        "N yo",
    ] {
        for (word, age) in WORDS {
            let text = with_age(form, word);
            assert_eq!(refuses(&text), *age < 18, "{text}");
        }
    }
}

#[test]
fn numbers_in_words_of_other_languages_are_numbers() {
    for (text, is_minor) in [
        ("doce años", true),
        ("dieciséis años", true),
        ("dieciocho años", false),
        ("treinta y cinco años", false),
        ("douze ans", true),
        ("dix-sept ans", true),
        ("dix-huit ans", false),
        ("vingt-deux ans", false),
        ("zwölf Jahre alt", true),
        ("siebzehnjährig", true),
        ("achtzehn Jahre alt", false),
        ("fünfundzwanzig Jahre alt", false),
        ("dodici anni", true),
        ("quindici anni", true),
        ("vent'anni", false),
        ("doze anos", true),
        ("vinte e cinco anos", false),
        ("двенадцать лет", true),
        ("двадцать пять лет", false),
        ("十二岁", true),
        ("十七歳", true),
        ("十八岁", false),
        ("二十二岁", false),
        ("１５歳", true),
        ("٣ years old", true),
    ] {
        assert_eq!(refuses(&format!("{SEXUAL}, {text}")), is_minor, "{text}");
    }
}

#[test]
fn months_count_up_to_eighteen_years() {
    assert!(refuses(&format!("{SEXUAL}, 18 months old")));
    assert!(refuses(&format!("{SEXUAL}, 6-month-old")));
    assert!(!refuses(&format!("{SEXUAL}, 600 months old")));
}

#[test]
fn a_limit_of_age_is_an_age() {
    for text in [
        "under 18",
        "under the age of 16",
        "below 14",
        "younger than 17",
        "under eighteen",
        "not yet 18",
    ] {
        assert!(refuses(&format!("{SEXUAL}, {text}")), "{text}");
    }
    for text in ["under 40", "under 18 degrees", "below 15 meters", "under 5"] {
        assert!(!refuses(&format!("{SEXUAL}, {text}")), "{text}");
    }
}

#[test]
fn grades_and_birthdays_are_ages() {
    for text in [
        "7th grade",
        "a 5th grader",
        "her 16th birthday",
        "9th-grade",
    ] {
        assert!(refuses(&format!("{SEXUAL}, {text}")), "{text}");
    }
    for text in ["her 30th birthday", "13th century", "5th avenue"] {
        assert!(!refuses(&format!("{SEXUAL}, {text}")), "{text}");
    }
}

#[test]
fn other_numbers_are_no_ages() {
    for text in [
        "12 year old whisky",
        "a 10 year old castle",
        "1,000 years old",
        "12,500 year old",
        "25.5 years old",
        "15 mm lens",
        "she is 5 feet tall",
        "he is 12 minutes late",
        "girl, 8k",
        "version 1.12",
        "3 girls 4 lamps",
        "room 12",
        "2 women",
        "17 candles",
        "born in 1998",
        "118 years old",
        "ice age",
        "page 9",
    ] {
        assert!(!refuses(&format!("{SEXUAL}, {text}")), "{text}");
    }
}

#[test]
fn an_age_alone_is_allowed() {
    assert!(!refuses("a 7 year old with a kite"));
    assert!(!refuses(&format!("a 7 year old {MINOR}")));
}
