//! Absence of clothes, put together from a word for absence and a word for clothes.

use crate::refuses;
use crate::tables::{MINOR, section};

#[cfg(target_arch = "wasm32")]
use wasm_bindgen_test::wasm_bindgen_test as test;

fn absent(text: &str) -> bool {
    refuses(&format!("{text}. {MINOR}"))
}

#[test]
fn every_absence_of_every_garment_counts() {
    for without in section("without") {
        for garment in section("garment") {
            for filler in ["", "any ", "all of her "] {
                let text = format!("{without} {filler}{garment}");
                assert!(absent(&text), "{text}");
            }
        }
    }
    for lacking in section("lacking") {
        for garment in section("garment") {
            let text = format!("{garment} {lacking}");
            assert!(absent(&text), "{text}");
        }
    }
}

#[test]
fn it_may_be_disguised_as_any_word() {
    for text in [
        "no_clothes",
        "no-clothes",
        "NO CLOTHES",
        "n0 cl0thes",
        "w i t h o u t  c l o t h e s",
        "without\u{200b} clothes",
        "wíthout clóthes",
        "clotheslessness",
        "withoutclothes",
        "without (clothes:1.3)",
        "nopants",
    ] {
        assert!(absent(text), "{text}");
    }
}

#[test]
fn clothes_that_are_worn_or_kept_are_none() {
    for text in [
        "clothes on a line",
        "a dress with a red bow",
        "no shoes",
        "without a hat",
        "no coat and no gloves",
        "without fear, in a blue dress",
        "a shop for clothes",
        "no school, new clothes",
        "the dress code",
    ] {
        assert!(!absent(text), "{text}");
    }
}

#[test]
fn absence_alone_is_allowed() {
    for text in ["no clothes", "without a shirt", "nothing on", "xxx"] {
        assert!(!refuses(text), "{text}");
    }
}

#[test]
fn words_of_rating_count_alone() {
    for text in [
        "xxx",
        "xxxx",
        "x-rated",
        "nsfw",
        "n s f w",
        "r18",
        "R-18",
        "uncensored",
    ] {
        assert!(absent(text), "{text}");
    }
}
