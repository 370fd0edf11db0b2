//! Whether the files hold what the model wants, in words.

use std::fmt;

use super::{Shapes, TensorList};

/// How many names of a kind are printed; the rest is counted.
const NAMES_SHOWN: usize = 5;

/// The differences between what a model wants and what files hold.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct WeightsReport {
    /// Wanted, but not there.
    pub missing: Vec<String>,
    /// There, but of no use to the model. Harmless: checkpoints carry buffers of the program that trained them.
    pub unexpected: Vec<String>,
    /// There, but of another shape: name, wanted, found.
    pub wrong_shape: Vec<(String, Vec<usize>, Vec<usize>)>,
    /// There, but in a precision that cannot be read.
    pub unreadable: Vec<String>,
}

impl WeightsReport {
    /// Compares what a model requires with what there is.
    #[must_use]
    pub fn new(wanted: &Shapes, found: &TensorList) -> Self {
        let mut report = Self::default();
        for (name, shape) in wanted {
            match found.get(name) {
                None => report.missing.push(name.clone()),
                Some(listed) if listed.shape != *shape => {
                    report
                        .wrong_shape
                        .push((name.clone(), shape.clone(), listed.shape.clone()));
                }
                Some(listed) if listed.precision.is_none() => report.unreadable.push(name.clone()),
                Some(_) => {}
            }
        }
        report.unexpected = found
            .keys()
            .filter(|name| !wanted.contains_key(*name))
            .cloned()
            .collect();
        report
    }

    /// Whether the model can be loaded.
    #[must_use]
    pub fn fits(&self) -> bool {
        self.missing.is_empty() && self.wrong_shape.is_empty() && self.unreadable.is_empty()
    }
}

impl fmt::Display for WeightsReport {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.fits() {
            return match self.unexpected.len() {
                0 => formatter.write_str("all tensors are there"),
                count => write!(
                    formatter,
                    "all tensors are there, and {count} that are not needed"
                ),
            };
        }
        let mut line = Line {
            formatter,
            is_first: true,
        };
        line.names("missing", &self.missing)?;
        let shapes: Vec<String> = self
            .wrong_shape
            .iter()
            .map(|(name, wanted, found)| format!("{name} is {found:?} instead of {wanted:?}"))
            .collect();
        line.names("of another shape", &shapes)?;
        line.names("unreadable", &self.unreadable)?;
        line.names("not needed", &self.unexpected)
    }
}

/// Parts of a sentence, with something between them.
struct Line<'a, 'b> {
    formatter: &'a mut fmt::Formatter<'b>,
    is_first: bool,
}

impl Line<'_, '_> {
    fn names(&mut self, what: &str, names: &[String]) -> fmt::Result {
        if names.is_empty() {
            return Ok(());
        }
        let between = if self.is_first { "" } else { "; " };
        self.is_first = false;
        let shown: Vec<&str> = names.iter().take(NAMES_SHOWN).map(String::as_str).collect();
        let more = match names.len().saturating_sub(NAMES_SHOWN) {
            0 => String::new(),
            rest => format!(" and {rest} more"),
        };
        write!(
            self.formatter,
            "{between}{} {what}: {}{more}",
            names.len(),
            shown.join(", ")
        )
    }
}

#[cfg(test)]
mod tests {
    use candle_core::DType;

    use super::*;
    use crate::weights::TensorInfo;

    fn listed(shape: &[usize], precision: Option<DType>) -> TensorInfo {
        TensorInfo {
            shape: shape.to_vec(),
            precision,
        }
    }

    fn wanted() -> Shapes {
        [("a", vec![2]), ("b", vec![3, 4]), ("c", vec![1])]
            .map(|(name, shape)| (name.to_owned(), shape))
            .into()
    }

    #[test]
    fn it_tells_what_is_wrong() {
        let found: TensorList = [
            ("a", listed(&[2], None)),
            ("b", listed(&[4, 3], Some(DType::F32))),
            ("z", listed(&[1], Some(DType::F32))),
        ]
        .map(|(name, listed)| (name.to_owned(), listed))
        .into();
        let report = WeightsReport::new(&wanted(), &found);
        assert!(!report.fits());
        assert_eq!(
            report.to_string(),
            "1 missing: c; 1 of another shape: b is [4, 3] instead of [3, 4]; 1 unreadable: a; 1 not needed: z"
        );
    }

    #[test]
    fn what_is_too_much_does_no_harm() {
        let mut found: TensorList = wanted()
            .into_iter()
            .map(|(name, shape)| (name, listed(&shape, Some(DType::F16))))
            .collect();
        assert_eq!(
            WeightsReport::new(&wanted(), &found).to_string(),
            "all tensors are there"
        );
        found.insert("position_ids".to_owned(), listed(&[77], Some(DType::I64)));
        let report = WeightsReport::new(&wanted(), &found);
        assert!(report.fits());
        assert_eq!(
            report.to_string(),
            "all tensors are there, and 1 that are not needed"
        );
    }

    #[test]
    fn a_long_list_is_cut() {
        let wanted: Shapes = (0..9).map(|n| (format!("n{n}"), vec![1])).collect();
        let text = WeightsReport::new(&wanted, &TensorList::new()).to_string();
        assert_eq!(text, "9 missing: n0, n1, n2, n3, n4 and 4 more");
    }
}
