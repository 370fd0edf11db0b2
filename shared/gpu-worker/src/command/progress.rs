//! A progress bar on standard error: one that moves where a person looks on, nothing elsewhere.

use std::io::{IsTerminal as _, Write as _};

const WIDTH: usize = 32;

/// A bar with a name.
pub struct ProgressBar {
    name: &'static str,
    shown: bool,
}

impl ProgressBar {
    /// A bar that has not begun.
    #[must_use]
    pub fn new(name: &'static str) -> Self {
        Self {
            name,
            shown: std::io::stderr().is_terminal(),
        }
    }

    pub fn at(&self, done: u32, total: u32) {
        if self.shown {
            let mut stderr = std::io::stderr().lock();
            let _ = write!(stderr, "\r{}", line(self.name, done, total));
            let _ = stderr.flush();
        }
    }

    pub fn end(&self) {
        if self.shown {
            eprintln!();
        }
    }
}

fn line(name: &str, done: u32, total: u32) -> String {
    let filled = WIDTH * done.min(total) as usize / total.max(1) as usize;
    format!(
        "  {name:<10} {}{} {done:>3}/{total}",
        "█".repeat(filled),
        "░".repeat(WIDTH - filled)
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bar_has_one_width() {
        for done in 0..=15 {
            assert_eq!(
                line("steps", done, 15).chars().count(),
                line("steps", 0, 15).chars().count()
            );
        }
        assert!(line("steps", 15, 15).contains(&"█".repeat(WIDTH)));
        assert!(line("none", 0, 0).contains("0/0"));
    }
}
