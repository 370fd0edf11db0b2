//! Properties that hold for any prompt.

use std::cell::RefCell;

use ourvidz_prompts::negative_prompt::{MAX_TOKENS, negative_prompt};
use proptest::prelude::*;
use proptest::sample::select;

use crate::WORDS;
use crate::bpe::Counter;
use crate::original::{original, triggers_agree};

thread_local! {
    static COUNTER: RefCell<Counter> = RefCell::new(Counter::new());
}

fn count(text: &str) -> usize {
    COUNTER.with_borrow_mut(|counter| counter.count(text))
}

/// Prompts of trigger words, of other words and of anything.
fn prompt() -> impl Strategy<Value = String> {
    let word = prop_oneof![
        4 => select(WORDS).prop_map(str::to_owned),
        2 => "[a-zA-Z]{1,12}",
        1 => any::<String>(),
    ];
    let separator = select(vec![" ", ", ", "-", "_", "\n", ""]);
    proptest::collection::vec((word, separator), 0..30).prop_map(|parts| {
        parts
            .into_iter()
            .flat_map(|(word, separator)| [word, separator.to_owned()])
            .collect()
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1_000))]

    #[test]
    fn no_prompt_leads_beyond_the_limit(prompt in prompt()) {
        check(&prompt);
    }
}

/// Many more, by a generator that is fast because it shrinks nothing (`SplitMix64`).
#[test]
fn none_of_100_000_prompts_leads_beyond_the_limit() {
    let mut state = 0_u64;
    let mut below = |limit: usize| {
        state = state.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (state ^ (state >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        (mixed ^ (mixed >> 31)) as usize % limit
    };
    for _ in 0..100_000 {
        let mut prompt = String::new();
        for _ in 0..below(20) {
            prompt.push_str(WORDS[below(WORDS.len())]);
            prompt.push_str([" ", ", ", "-", "_", ""][below(5)]);
        }
        check(&prompt);
    }
}

fn check(prompt: &str) {
    let made = negative_prompt(prompt);
    assert!(made.tokens <= MAX_TOKENS, "{prompt}");
    assert_eq!(count(&made.text), usize::from(made.tokens), "{prompt}");
    assert!(made.text.contains("child, minor"), "{prompt}");
    if triggers_agree(prompt) && count(&original(prompt)) <= usize::from(MAX_TOKENS) {
        assert_eq!(made.text, original(prompt), "{prompt}");
    }
}
