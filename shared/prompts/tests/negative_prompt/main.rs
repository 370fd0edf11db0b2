//! The negative prompt: its budget in tokens, counted by a tokenizer of the test's own, and its wording against
//! the function that the product replaces.

mod bpe;
mod original;

#[cfg(not(target_arch = "wasm32"))]
mod properties;

use bpe::Counter;
use original::{original, triggers_agree};
use ourvidz_prompts::STYLES;
use ourvidz_prompts::clip::ClipTokenizer;
use ourvidz_prompts::negative_prompt::{
    Additions, Condition, MAX_TOKENS, TERM_LISTS, negative_prompt, tokens_of, with_additions,
};

#[cfg(target_arch = "wasm32")]
use wasm_bindgen_test::wasm_bindgen_test as test;

/// Words that trigger something, words that contain one that does, and words that do neither.
const WORDS: &[&str] = &[
    "two",
    "both",
    "sisters",
    "sister",
    "girls",
    "girl",
    "woman",
    "women",
    "female",
    "guy",
    "man",
    "men",
    "male",
    "boy",
    "boys",
    "sex",
    "oral",
    "doggy",
    "sucking",
    "naked",
    "nude",
    "topless",
    "floral",
    "network",
    "human",
    "Essex",
    "manor",
    "lighthouse",
    "at",
    "dusk",
    "and",
    "the",
    "guys",
    "females",
    "two-tone",
    "2girls",
];

/// The prompts of up to three words each, out of [`WORDS`].
fn prompts() -> impl Iterator<Item = String> {
    let pairs = WORDS
        .iter()
        .flat_map(|first| WORDS.iter().map(move |second| (first, second)));
    pairs.flat_map(|(first, second)| {
        WORDS
            .iter()
            .map(move |third| format!("{first} {second}, {third}"))
    })
}

#[test]
fn every_number_in_the_table_is_the_tokenizers() {
    let mut counter = Counter::new();
    for list in TERM_LISTS {
        for term in list.terms {
            assert_eq!(
                counter.count(term.text),
                usize::from(term.tokens) + 2,
                "{}",
                term.text
            );
        }
    }
}

// Digits and other languages are for the product's own tokenizer, which is held to the reference's answers elsewhere.
#[test]
fn every_number_of_a_style_is_the_tokenizers_and_its_words_are_few() {
    let counter = ClipTokenizer::shared();
    for style in STYLES {
        for term in style.avoids {
            let tokens = usize::from(term.tokens) + 2;
            assert_eq!(counter.count(term.text), tokens, "{}", term.text);
        }
        let words = counter.count(style.words);
        assert!(words <= 22, "{}: {words} of 77", style.name);
    }
}

/// What people write who have written negative prompts before.
const OWN: &[&str] = &[
    "blurry",
    "out of focus",
    "ugly",
    "cropped",
    "jpeg artifacts",
    "duplicate",
    "mutated",
    "poorly drawn face",
    "disfigured",
    "gross proportions",
    "long neck",
    "username",
    "oversaturated",
    "overexposed",
    "underexposed",
    "grainy",
    "fog",
    "people",
    "crowd",
    "buildings",
    "snow",
    "rain",
    "trees",
    "text",
    "frame",
    "border",
    "monochrome",
    "grayscale",
    "motion blur",
    "lens flare",
    "low contrast",
    "harsh shadows",
    "umbrella",
    "motorcycle",
    "butterflies",
    "3d",
    "4k",
    "bad-hands",
    "Wolken",
    "montañas",
    "человек",
    "雪",
];

#[test]
fn a_users_terms_take_no_more_tokens_than_is_estimated() {
    let counter = ClipTokenizer::shared();
    for term in OWN {
        let estimated: u16 = term.split_whitespace().map(tokens_of).sum();
        let counted = counter.count(term) - 2;
        assert!(
            counted <= usize::from(estimated),
            "{term}: {counted}, estimated {estimated}"
        );
    }
    let (own, style) = (OWN.join(", "), Some(STYLES[0]));
    for prompt in prompts().take(200) {
        let made = with_additions(&prompt, Additions { style, own: &own });
        assert!(
            counter.count(&made.text) <= usize::from(made.tokens),
            "{prompt}"
        );
        assert!(made.tokens <= MAX_TOKENS && made.is_cut, "{prompt}");
    }
}

#[test]
fn the_count_is_the_tokenizers_and_never_above_the_limit() {
    let mut counter = Counter::new();
    for prompt in prompts() {
        let made = negative_prompt(&prompt);
        assert_eq!(
            counter.count(&made.text),
            usize::from(made.tokens),
            "{prompt}"
        );
        assert!(made.tokens <= MAX_TOKENS, "{prompt}");
    }
}

#[test]
fn required_terms_are_never_dropped() {
    let required: Vec<&str> = TERM_LISTS
        .iter()
        .filter(|list| list.required)
        .flat_map(|list| list.terms)
        .map(|term| term.text)
        .collect();
    assert!(
        required.contains(&"child")
            && required.contains(&"minor")
            && required.contains(&"bad anatomy")
    );
    for prompt in prompts() {
        let text = negative_prompt(&prompt).text;
        let terms: Vec<&str> = text.split(", ").collect();
        assert!(required.iter().all(|term| terms.contains(term)), "{prompt}");
    }
}

#[test]
fn it_says_what_the_original_says_where_that_fits() {
    let mut counter = Counter::new();
    let mut compared = 0;
    for prompt in prompts().filter(|prompt| triggers_agree(prompt)) {
        let expected = original(&prompt);
        if counter.count(&expected) <= usize::from(MAX_TOKENS) {
            assert_eq!(negative_prompt(&prompt).text, expected, "{prompt}");
            compared += 1;
        }
    }
    assert!(compared > 1_000, "{compared}");
}

/// Where the original does not fit, ours is the original with terms left out, and none could be put back.
#[test]
fn where_the_original_does_not_fit_terms_are_left_out_and_nothing_else() {
    let mut counter = Counter::new();
    let mut compared = 0;
    for prompt in prompts().filter(|prompt| triggers_agree(prompt)) {
        let expected = original(&prompt);
        if counter.count(&expected) <= usize::from(MAX_TOKENS) {
            continue;
        }
        let made = negative_prompt(&prompt);
        let kept: Vec<&str> = made.text.split(", ").collect();
        let mut rest = kept.iter().peekable();
        for term in expected.split(", ") {
            if rest.next_if_eq(&&term).is_none() {
                let longer = format!("{}, {term}", made.text);
                assert!(
                    counter.count(&longer) > usize::from(MAX_TOKENS),
                    "{prompt}: {term} would fit"
                );
            }
        }
        assert_eq!(
            rest.next(),
            None,
            "{prompt}: a term that the original does not have, or in another order"
        );
        compared += 1;
    }
    assert!(compared > 1_000, "{compared}");
}

#[test]
fn every_condition_is_met_by_some_prompt() {
    for (prompt, condition) in [
        ("two girls and a man", Condition::MixedGroup),
        ("both sisters", Condition::WomenOnlyGroup),
        ("sex", Condition::SexualAct),
        ("topless", Condition::Nudity),
    ] {
        let first = TERM_LISTS
            .iter()
            .find(|list| list.condition == condition)
            .unwrap()
            .terms[0]
            .text;
        assert!(
            negative_prompt(prompt)
                .text
                .split(", ")
                .any(|term| term == first),
            "{prompt}"
        );
        assert!(
            !negative_prompt("a lighthouse")
                .text
                .split(", ")
                .any(|term| term == first),
            "{prompt}"
        );
    }
}
