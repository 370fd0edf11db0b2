//! Properties that hold for any text.

use ourvidz_policy::{ExtraTerms, check};
use proptest::prelude::*;
use proptest::sample::select;

use crate::disguise::DISGUISES;
use crate::refuses;
use crate::tables::{MINOR, SEXUAL, plain_words};

/// Words that say nothing to the policy.
const NEUTRAL: &[&str] = &[
    "lighthouse",
    "at",
    "dusk",
    "the",
    "old",
    "harbour",
    "in",
    "fog",
    "painting",
    "very",
    "sharp",
];

fn neutral() -> impl Strategy<Value = String> {
    proptest::collection::vec(select(NEUTRAL), 0..8).prop_map(|words| words.join(" "))
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2_000))]

    #[test]
    fn any_text_gets_a_verdict(fields in proptest::collection::vec(any::<String>(), 0..5)) {
        let fields: Vec<&str> = fields.iter().map(String::as_str).collect();
        let first = check(&fields, &ExtraTerms::none());
        prop_assert_eq!(check(&fields, &ExtraTerms::none()), first);
    }

    #[test]
    fn any_list_of_extra_terms_is_read_or_refused(text in any::<String>(), prompt in any::<String>()) {
        if let Ok(extra) = ExtraTerms::parse(&text) {
            check(&[&prompt], &extra);
        }
    }

    #[test]
    fn terms_are_found_wherever_they_stand(
        before in neutral(), between in neutral(), behind in neutral(),
        minor in select(plain_words("minor")), sexual in select(plain_words("sexual")),
        first in select(DISGUISES), second in select(DISGUISES), swapped in any::<bool>(),
    ) {
        let (mut left, mut right) = (first.1(minor), second.1(sexual));
        if swapped {
            std::mem::swap(&mut left, &mut right);
        }
        let text = format!("{before}, {left} {between} {right}, {behind}");
        prop_assert!(refuses(&text), "{}", text);
    }

    #[test]
    fn more_text_never_turns_a_refusal_into_a_pass(before in any::<String>(), behind in any::<String>()) {
        let text = format!("{before}\n{MINOR} {SEXUAL}\n{behind}");
        prop_assert!(refuses(&text));
    }

    #[test]
    fn the_order_of_fields_does_not_matter(a in any::<String>(), b in any::<String>()) {
        let none = ExtraTerms::none();
        prop_assert_eq!(check(&[&a, &b], &none), check(&[&b, &a], &none));
    }

    #[test]
    fn neutral_words_are_allowed_on_either_side(text in neutral()) {
        let (minor, sexual) = (format!("{text} {MINOR} {text}"), format!("{text} {SEXUAL} {text}"));
        prop_assert!(!refuses(&minor), "{}", minor);
        prop_assert!(!refuses(&sexual), "{}", sexual);
    }
}
