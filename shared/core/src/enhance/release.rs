//! How much of a model's answer may be seen while it is being written.

use ourvidz_policy::{self as policy, ExtraTerms};

/// What ends the thoughts of a model that thinks aloud.
const THOUGHTS: (&str, &str) = ("<think>", "</think>");

/// The content policy refuses what has been written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Refused;

/// How much of a text has been let through. A word is shown when it is whole and the policy has judged it
/// together with everything before it: a model may write what its user never would.
#[derive(Debug, Default)]
pub struct Release {
    shown: usize,
}

impl Release {
    /// What may be shown beyond what has been shown.
    ///
    /// # Errors
    ///
    /// [`Refused`] ends the stream of this model, and what was shown has to be taken back.
    pub fn next<'text>(
        &mut self,
        text: &'text str,
        original: &str,
        terms: &ExtraTerms,
    ) -> Result<Option<&'text str>, Refused> {
        let whole = text.rfind(char::is_whitespace).unwrap_or(0);
        let start = self.shown.max(after_thoughts(text));
        let Some(fresh) = text.get(start..whole).filter(|fresh| !fresh.is_empty()) else {
            return Ok(None);
        };
        let written = text.get(..whole).unwrap_or(text);
        if policy::check(&[original, written], terms).is_refused() {
            return Err(Refused);
        }
        self.shown = whole;
        Ok(Some(fresh))
    }
}

/// Where the answer begins; the end of the text while the model is still thinking.
fn after_thoughts(text: &str) -> usize {
    let (open, close) = THOUGHTS;
    if !text.trim_start().starts_with(open) {
        return 0;
    }
    text.find(close)
        .map_or(text.len(), |place| place + close.len())
}

#[cfg(test)]
mod tests {
    use super::*;
    use alloc::format;
    use alloc::string::String;

    #[test]
    fn shows_whole_words_once_and_no_thoughts() {
        let terms = ExtraTerms::default();
        let mut release = Release::default();
        let mut shown = String::new();
        let text = "<think>a fox, I guess</think>\na red fox in deep snow ";
        for end in 0..=text.len() {
            let so_far = text.get(..end).unwrap();
            if let Some(words) = release.next(so_far, "a fox", &terms).unwrap() {
                shown.push_str(words);
            }
        }
        assert_eq!(shown, "\na red fox in deep snow");
    }

    #[test]
    fn what_the_policy_refuses_is_never_shown() {
        let terms = ExtraTerms::default();
        let term = |section: &str| {
            let tables = include_str!("../../../policy/data/policy_terms.txt");
            let mut lines = tables.lines().skip_while(|line| *line != section).skip(1);
            let line = lines.find(|line| !line.is_empty() && !line.starts_with('#'));
            let first = line.unwrap().split(',').next().unwrap();
            String::from(first.trim_end_matches('*').trim())
        };
        let refused = format!("{} {} ", term("[minor]"), term("[sexual]"));
        let text = format!("a quiet street, {refused}and so on ");
        let mut release = Release::default();
        let mut shown = String::new();
        let mut was_refused = false;
        for (end, _) in text.char_indices() {
            match release.next(&text[..end], "a street", &terms) {
                Ok(words) => shown.push_str(words.unwrap_or_default()),
                Err(Refused) => was_refused = true,
            }
        }
        assert!(was_refused);
        assert!(!shown.contains(&term("[sexual]")), "{shown}");
    }
}
