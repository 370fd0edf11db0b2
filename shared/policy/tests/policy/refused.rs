//! Every minor term with every sexual term, in one field and across fields.

use ourvidz_policy::{ExtraTerms, ExtraTermsError, Reason, Verdict, check};

use crate::refuses;
use crate::tables::{MINOR, SEXUAL, section};

#[cfg(target_arch = "wasm32")]
use wasm_bindgen_test::wasm_bindgen_test as test;

#[test]
fn every_minor_term_counts() {
    for term in section("minor") {
        assert!(refuses(&format!("{term}, {SEXUAL}")), "{term} before");
        assert!(refuses(&format!("{SEXUAL} / {term}")), "{term} behind");
    }
}

#[test]
fn every_sexual_term_counts() {
    for term in section("sexual") {
        assert!(refuses(&format!("{term}, {MINOR}")), "{term} before");
        assert!(refuses(&format!("{MINOR} / {term}")), "{term} behind");
    }
}

#[test]
fn terms_that_say_both_are_refused_alone() {
    for term in section("minor and sexual") {
        assert!(refuses(&format!("a picture: {term}")), "{term}");
    }
}

#[test]
fn one_side_alone_is_allowed() {
    for term in section("minor").into_iter().chain(section("sexual")) {
        assert!(!refuses(term), "{term}");
    }
}

#[test]
fn the_two_sides_may_be_in_different_fields() {
    let none = ExtraTerms::none();
    let refused = Verdict::Refused {
        reason: Reason::MinorInSexualContext,
    };
    assert_eq!(check(&[MINOR, SEXUAL], &none), refused);
    assert_eq!(check(&[SEXUAL, "", "a lighthouse", MINOR], &none), refused);
    assert_eq!(check(&["a lighthouse", MINOR], &none), Verdict::Allowed);
    assert_eq!(check(&[], &none), Verdict::Allowed);
}

#[test]
fn negation_does_not_help() {
    for negation in ["no", "not a", "without any", "non"] {
        assert!(
            refuses(&format!("{SEXUAL}, {negation} {MINOR}")),
            "{negation}"
        );
    }
}

#[test]
fn a_phrase_of_age_and_person_is_a_minor() {
    for person in section("person") {
        assert!(
            !refuses(&format!("{SEXUAL} {person}")),
            "{person} alone is of any age"
        );
        for young in [
            "young",
            "little",
            "very young",
            "young looking",
            "young, pretty",
        ] {
            assert!(
                refuses(&format!("{young} {person}, {SEXUAL}")),
                "{young} {person}"
            );
        }
    }
}

#[test]
fn young_does_not_reach_over_a_grown_up() {
    assert!(!refuses(&format!("{SEXUAL}, young woman and a girl")));
    assert!(!refuses(&format!(
        "{SEXUAL}, the young and beautiful ancient city of a girl"
    )));
}

#[test]
fn a_safe_phrase_clears_its_own_words_only() {
    for phrase in section("safe") {
        let other_side_minor = refuses(&format!("{phrase}. {MINOR}"));
        let other_side_sexual = refuses(&format!("{phrase}. {SEXUAL}"));
        assert!(!other_side_minor && !other_side_sexual, "{phrase} is safe");
        assert!(
            refuses(&format!("{phrase} lighthouse {MINOR} {SEXUAL}")),
            "{phrase} hides what follows"
        );
        assert!(
            refuses(&format!("{MINOR} {SEXUAL} lighthouse {phrase}")),
            "{phrase} hides what stands before"
        );
    }
}

#[test]
fn an_operator_can_add_terms() {
    let extra = ExtraTerms::parse(
        "[minor]\nzorbling, zorb kin*\n# a comment\n[sexual]\nflimmer\n[minor and sexual]\nquux",
    )
    .unwrap();
    assert!(check(&[&format!("a zorbling, {SEXUAL}")], &extra).is_refused());
    assert!(check(&[&format!("z.o.r.b.l.i.n.g, {SEXUAL}")], &extra).is_refused());
    assert!(check(&[&format!("zorb kindred, {SEXUAL}")], &extra).is_refused());
    assert!(check(&["FLIMMER", MINOR], &extra).is_refused());
    assert!(check(&["quux"], &extra).is_refused());
    assert!(
        check(&[MINOR, SEXUAL], &extra).is_refused(),
        "the built-in terms stay"
    );
    assert!(!check(&["a zorbling by the sea"], &extra).is_refused());
}

#[test]
fn an_extra_term_that_cannot_be_read_is_an_error() {
    for (text, error) in [
        ("zorbling", ExtraTermsError::Section),
        ("[safe]\nzorbling", ExtraTermsError::Section),
        ("[misspelt]\nzorbling", ExtraTermsError::Section),
        ("[minor]\n...", ExtraTermsError::Term),
        ("[minor]\n*", ExtraTermsError::Term),
    ] {
        assert_eq!(ExtraTerms::parse(text).unwrap_err(), error, "{text}");
    }
    assert_eq!(
        ExtraTerms::parse(&format!("[minor]\n{}", "x".repeat(101))).unwrap_err(),
        ExtraTermsError::Term
    );
    assert_eq!(
        ExtraTerms::parse(&format!("[minor]\n{}", "xy,".repeat(5_001))).unwrap_err(),
        ExtraTermsError::TooMany
    );
}
