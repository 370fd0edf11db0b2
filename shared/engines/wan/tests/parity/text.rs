//! umT5.

use candle_core::DType;
use ourvidz_engine_wan::text::{Tokens, Umt5Encoder};

use crate::support::{Fixture, assert_close, assert_roughly, config, tiny, weights, weights_in};

/// As in tests/parity/wan/stages.py.
const PROMPT: &str = "A red cat walks slowly over the old bridge, golden light, static camera";

fn encoder() -> Umt5Encoder {
    Umt5Encoder::new(&config("text_encoder"), &weights("text_encoder", "model")).unwrap()
}

#[test]
fn a_text_becomes_the_same_tokens() {
    let fixture = Fixture::open("text");
    let far = [PROMPT; 12].join(" ");
    let tokens = Tokens::open(&tiny(), 512).unwrap();
    assert_eq!(tokens.encode(PROMPT).unwrap(), fixture.ids("short.ids"));
    assert_eq!(tokens.encode(&far).unwrap(), fixture.ids("far.ids"));
}

#[test]
fn spaces_do_not_count() {
    let tokens = Tokens::open(&tiny(), 512).unwrap();
    let spaced = format!(" \n{}\t ", PROMPT.replace(' ', "  "));
    assert_eq!(
        tokens.encode(&spaced).unwrap(),
        tokens.encode(PROMPT).unwrap()
    );
}

#[test]
fn a_long_text_is_cut_and_keeps_its_end() {
    let fixture = Fixture::open("text");
    let tokens = Tokens::open(&tiny(), 16).unwrap();
    let cut = tokens.encode(&[PROMPT; 12].join(" ")).unwrap();
    assert_eq!(cut, fixture.ids("cut.ids"));
    assert_eq!(cut.len(), 16);
}

#[test]
fn the_encoder_agrees() {
    let (fixture, encoder) = (Fixture::open("text"), encoder());
    for name in ["short", "far"] {
        let found = encoder
            .encode(&fixture.ids(&format!("{name}.ids")))
            .unwrap();
        assert_close(name, &found, &fixture.one(&format!("{name}.hidden")));
    }
}

#[test]
fn after_the_text_there_are_zeros() {
    let (fixture, encoder) = (Fixture::open("text"), encoder());
    let found = encoder
        .encode_padded(&fixture.ids("short.ids"), 48)
        .unwrap();
    assert_close("padded", &found, &fixture.one("short.padded"));
}

#[test]
fn a_token_that_the_model_does_not_know_is_refused() {
    let error = encoder().encode(&[3, 100_000]).unwrap_err();
    assert!(error.to_string().contains("another model's"), "{error}");
}

#[test]
fn in_half_precision_the_encoder_stays_near() {
    let fixture = Fixture::open("text");
    let weights = weights_in(DType::BF16, "text_encoder", "model");
    let encoder = Umt5Encoder::new(&config("text_encoder"), &weights).unwrap();
    let found = encoder.encode(&fixture.ids("short.ids")).unwrap();
    assert_roughly("short", &found, &fixture.one("short.hidden"));
}
