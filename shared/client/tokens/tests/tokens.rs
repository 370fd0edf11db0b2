//! The module as a page sees it: run in Node and in Chromium.
#![cfg(target_arch = "wasm32")]

use js_sys::Reflect;
use ourvidz_client_tokens::prompt_tokens;
use wasm_bindgen::JsValue;
use wasm_bindgen_test::wasm_bindgen_test;

/// `count max readLength` of a prompt.
fn told(prompt: &str) -> [f64; 3] {
    let value = JsValue::from(prompt_tokens(prompt).unwrap());
    ["count", "max", "readLength"].map(|name| {
        Reflect::get(&value, &name.into())
            .unwrap()
            .as_f64()
            .unwrap()
    })
}

#[wasm_bindgen_test]
fn a_short_prompt_is_read_whole() {
    assert_eq!(told(""), [0.0, 75.0, 0.0]);
    assert_eq!(told("a red fox in snow"), [5.0, 75.0, 17.0]);
}

#[wasm_bindgen_test]
fn the_seventy_fifth_word_is_the_last_that_is_read() {
    let words = |count: usize| vec!["fox"; count].join(" ");
    assert_eq!(told(&words(75)), [75.0, 75.0, 299.0]);
    assert_eq!(told(&words(76)), [76.0, 75.0, 299.0]);
    assert_eq!(told(&words(200)), [200.0, 75.0, 299.0]);
}

#[wasm_bindgen_test]
fn lengths_are_those_of_javascript() {
    let prompt = format!("🦊 {}", vec!["fox"; 80].join(" "));
    let [count, _, read] = told(&prompt);
    assert!(count > 80.0);
    let read: String = js_sys::JsString::from(prompt.as_str())
        .slice(0, read as u32)
        .into();
    assert!(prompt.starts_with(&read) && read.ends_with("fox"), "{read}");
}

#[wasm_bindgen_test]
fn one_endless_word_is_not_read_at_all() {
    let [count, _, read] = told(&"x9".repeat(500));
    assert!(count > 75.0);
    assert_eq!(read, 0.0);
}
