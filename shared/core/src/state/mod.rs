//! The states of jobs and assets, drawn once.
//!
//! ```text
//! queued ----> processing ----> completed
//!    |  ^          |     \----> failed
//!    |  \-requeue--/      \---> canceled
//!    \------------------------> completed, failed, canceled
//! ```
//!
//! Workers of the older kind never announce that they start, so a queued job may end at once. Nothing leaves
//! a terminal state. The database holds the same table; a test compares all pairs.

pub mod fence;

use crate::wire::rpc::Status;

impl Status {
    pub const ALL: [Self; 5] = [
        Self::Queued,
        Self::Processing,
        Self::Completed,
        Self::Failed,
        Self::Canceled,
    ];

    /// The name on the wire.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Queued => "queued",
            Self::Processing => "processing",
            Self::Completed => "completed",
            Self::Failed => "failed",
            Self::Canceled => "canceled",
        }
    }

    /// The status of that name; `generating` is an older word for processing.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        if name == "generating" {
            return Some(Self::Processing);
        }
        Self::ALL.into_iter().find(|status| status.as_str() == name)
    }

    #[must_use]
    pub const fn is_terminal(self) -> bool {
        matches!(self, Self::Completed | Self::Failed | Self::Canceled)
    }

    /// Whether `next` may follow. Staying is no transition.
    #[must_use]
    pub const fn may_become(self, next: Self) -> bool {
        match self {
            Self::Queued => !matches!(next, Self::Queued),
            Self::Processing => !matches!(next, Self::Processing),
            Self::Completed | Self::Failed | Self::Canceled => false,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use alloc::string::String;

    #[test]
    fn all_pairs() {
        let mut table = String::new();
        for from in Status::ALL {
            for to in Status::ALL.into_iter().filter(|to| from.may_become(*to)) {
                table.push_str(&alloc::format!("{} -> {}\n", from.as_str(), to.as_str()));
            }
        }
        let expected = "\
queued -> processing
queued -> completed
queued -> failed
queued -> canceled
processing -> queued
processing -> completed
processing -> failed
processing -> canceled
";
        assert_eq!(table, expected);
    }

    #[test]
    fn terminal_is_where_nothing_follows() {
        for from in Status::ALL {
            let ends = Status::ALL.into_iter().all(|to| !from.may_become(to));
            assert_eq!(from.is_terminal(), ends, "{from:?}");
        }
    }

    #[test]
    fn names() {
        for status in Status::ALL {
            assert_eq!(Status::from_name(status.as_str()), Some(status));
            assert_eq!(serde_json::to_value(status).unwrap(), status.as_str());
        }
        assert_eq!(Status::from_name("generating"), Some(Status::Processing));
        assert_eq!(Status::from_name("cancelled"), None);
    }
}
