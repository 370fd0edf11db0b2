//! Words of taste, which are sexual of somebody and harmless of a car.

use crate::refuses;
use crate::tables::{MINOR, section};

#[cfg(target_arch = "wasm32")]
use wasm_bindgen_test::wasm_bindgen_test as test;

#[test]
fn a_word_of_taste_counts_alone_and_of_somebody() {
    for taste in section("taste") {
        for behind in [
            "", ".", ", a car", " girl", " pose", " outfit", " and", " 15",
        ] {
            let text = format!("{MINOR}, {taste}{behind}");
            assert!(refuses(&text), "{text}");
        }
    }
}

#[test]
fn a_word_of_taste_does_not_count_of_a_thing() {
    for taste in ["sexy", "sensual", "seductive"] {
        for thing in section("thing") {
            for text in [
                format!("{taste} {thing}, 15 years old"),
                format!("{taste} {thing} for kids"),
                format!("kids, {taste} red {thing}"),
            ] {
                assert!(!refuses(&text), "{text}");
            }
        }
    }
}

#[test]
fn a_thing_does_not_hide_somebody_behind_it() {
    for behind in [
        "girl",
        "boy",
        "kid",
        "model",
        "pose",
        "dress",
        "15",
        "little girl",
        "nude",
    ] {
        for text in [
            format!("sexy car {behind}, {MINOR}"),
            format!("{MINOR}, sexy red car {behind}"),
        ] {
            assert!(refuses(&text), "{text}");
        }
    }
}
