//! Properties that hold for any text.

use ourvidz_policy::{ExtraTerms, check};
use proptest::prelude::*;
use proptest::sample::select;

use crate::disguise::DISGUISES;
use crate::refuses;
use crate::tables::{MINOR, SEXUAL, plain_words, section};

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

/// Words of the tables that say something, put together at random: ages, things, negations, safe phrases.
fn sentence() -> impl Strategy<Value = String> {
    let terms: Vec<&'static str> = [
        "safe",
        "thing",
        "without",
        "lacking",
        "garment",
        "number",
        "measure",
        "aged thing",
        "adult",
        "person",
        "glue",
    ]
    .iter()
    .flat_map(|name| section(name))
    .collect();
    proptest::collection::vec(select(terms), 0..6).prop_map(|words| words.join(" "))
}

/// Short texts that each rule refuses.
fn refused() -> impl Strategy<Value = String> {
    let minor = [
        "kids",
        "15",
        "f16",
        "16f",
        "born 2012",
        "grade 7",
        "not 18 yet",
        "12 years old",
        "aged 14",
        "niños",
        "少女",
        "girl, 15",
        "young girl",
    ];
    let sexual = [
        "nude",
        "no clothes",
        "clothes off",
        "sexy",
        "xxx",
        "wearing nothing",
        "sin ropa",
        "裸体",
        "sexy girl",
    ];
    (
        select(minor.to_vec()),
        select(sexual.to_vec()),
        any::<bool>(),
    )
        .prop_map(|(minor, sexual, swapped)| {
            if swapped {
                format!("{sexual}, {minor}")
            } else {
                format!("{minor}, {sexual}")
            }
        })
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

    /// Whatever is refused stays so with more sentences, lines or fields around it.
    #[test]
    fn more_sentences_and_fields_never_turn_a_refusal_into_a_pass(
        before in sentence(), refused in refused(), behind in sentence(), other in any::<String>(),
    ) {
        prop_assert!(refuses(&refused), "{}", refused);
        for text in [
            format!("{before}. {refused}. {behind}"),
            format!("{before}\n{refused}\n{behind}"),
            format!("{before}, {refused}, {behind}"),
        ] {
            prop_assert!(refuses(&text), "{}", text);
        }
        let none = ExtraTerms::none();
        prop_assert!(check(&[&other, &refused, &before], &none).is_refused());
        prop_assert!(check(&[&refused, &other], &none).is_refused());
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
