//! The operator's own terms of the content policy.

use std::cell::OnceCell;
use std::rc::Rc;

use ourvidz_core::{ApiError, Code};
use ourvidz_policy::ExtraTerms;
use serde_json::json;

/// The setting that holds them.
const SETTING: &str = "POLICY_EXTRA_TERMS";

/// What the operator wrote. It is read when the first text is judged, so that functions that judge none carry no code
/// for it, and once in an isolate's life.
#[derive(Clone, Default)]
pub struct PolicyTerms {
    text: Option<String>,
    terms: OnceCell<Rc<ExtraTerms>>,
}

impl PolicyTerms {
    #[must_use]
    pub fn new(text: Option<String>) -> Self {
        Self {
            text,
            terms: OnceCell::new(),
        }
    }

    /// The terms.
    ///
    /// # Errors
    ///
    /// `misconfigured`: a term that cannot be used is a gap that nobody would know of, so nothing is judged without it.
    pub fn get(&self) -> Result<&Rc<ExtraTerms>, ApiError> {
        if let Some(terms) = self.terms.get() {
            return Ok(terms);
        }
        let terms = match &self.text {
            Some(text) => ExtraTerms::parse(text).map_err(|problem| {
                ApiError::new(Code::Misconfigured)
                    .with_details(json!({ "settings": [SETTING] }))
                    .with_cause(format!("{SETTING}: {problem}"))
            })?,
            None => ExtraTerms::none(),
        };
        Ok(self.terms.get_or_init(|| Rc::new(terms)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn terms_are_read_once_and_a_mistake_is_an_error_by_name() {
        let terms = PolicyTerms::new(Some("[minor]\nquibbler\n[sexual]\nfrobnicating".into()));
        assert_eq!(terms.get().map(|terms| terms.count()), Ok(2));
        assert_eq!(
            PolicyTerms::default().get().map(|terms| terms.count()),
            Ok(0)
        );

        let error = PolicyTerms::new(Some("quibbler".into())).get().unwrap_err();
        assert_eq!(error.code, Code::Misconfigured);
        assert_eq!(
            error.details.as_ref(),
            Some(&json!({ "settings": [SETTING] }))
        );
        assert!(
            !error.into_parts().cause.unwrap().contains("quibbler"),
            "no term is logged"
        );
    }
}
