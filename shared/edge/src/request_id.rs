//! The id that ties a request's answer, its log line and the caller's own log together.

use ourvidz_core::Id;

/// Long enough for any tracing system's ids, short enough for a log line.
const MAX_BYTES: usize = 128;

/// The caller's id if it is of a form that may stand in a header and a log, else the fresh one.
#[must_use]
pub fn choose(sent: Option<&str>, fresh: Id) -> String {
    sent.filter(|id| {
        !id.is_empty()
            && id.len() <= MAX_BYTES
            && id
                .bytes()
                .all(|byte| byte.is_ascii_alphanumeric() || b"-_.:".contains(&byte))
    })
    .map_or_else(|| fresh.to_string(), str::to_owned)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_harmless_id_is_taken_over() {
        let fresh = Id::from_random([1; 16]);
        assert_eq!(choose(Some("abc-1:2_3.4"), fresh), "abc-1:2_3.4");
        for odd in ["", "a b", "a\"b", "ä", &"x".repeat(129)] {
            assert_eq!(choose(Some(odd), fresh), fresh.to_string(), "{odd}");
        }
        assert_eq!(choose(None, fresh), fresh.to_string());
    }
}
