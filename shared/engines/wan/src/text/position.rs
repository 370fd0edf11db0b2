//! How far apart two tokens are, in classes.

/// Sorts distances into classes: those near each other singly, those farther away in growing ranges, and apart
/// for what is before and what is behind.
#[derive(Debug, Clone, Copy)]
pub(super) struct Classes {
    /// All classes, half of them for what is behind.
    pub count: usize,
    /// The distance from which on all are one class.
    pub farthest: usize,
}

impl Classes {
    /// The class of position `to`, seen from position `from`.
    pub fn of(self, from: usize, to: usize) -> usize {
        let half = self.count / 2;
        let behind = if to > from { half } else { 0 };
        behind + self.of_distance(from.abs_diff(to), half)
    }

    fn of_distance(self, distance: usize, half: usize) -> usize {
        let singly = half / 2;
        if distance < singly {
            return distance;
        }
        // In f32, as the model was trained with: at the border of two classes the precision decides.
        let ratio = (distance as f32 / singly as f32).ln()
            / (self.farthest as f64 / singly as f64).ln() as f32;
        let class = singly + (ratio * (half - singly) as f32) as usize;
        class.min(half - 1)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const CLASSES: Classes = Classes {
        count: 32,
        farthest: 128,
    };

    #[test]
    fn near_ones_are_told_apart() {
        let before: Vec<usize> = (0..8)
            .map(|distance| CLASSES.of(20, 20 - distance))
            .collect();
        assert_eq!(before, [0, 1, 2, 3, 4, 5, 6, 7]);
        let behind: Vec<usize> = (1..8)
            .map(|distance| CLASSES.of(20, 20 + distance))
            .collect();
        assert_eq!(behind, [17, 18, 19, 20, 21, 22, 23]);
    }

    #[test]
    fn far_ones_share_a_class() {
        assert_eq!(CLASSES.of(0, 8), 24);
        assert_eq!(CLASSES.of(0, 12), 25);
        assert_eq!(CLASSES.of(0, 127), 31);
        assert_eq!(CLASSES.of(0, 511), 31);
        assert_eq!(CLASSES.of(511, 0), 15);
    }
}
