//! Which token comes next.

/// How much freedom the choice has.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Sampling {
    /// 0 takes the likeliest token each time; above, less likely ones get their chance.
    pub temperature: f32,
    /// Only the likeliest tokens that together have this probability take part.
    pub top_p: f32,
    /// The same seed makes the same choices.
    pub seed: u64,
}

impl Sampling {
    /// The likeliest token each time.
    pub const GREEDY: Self = Self {
        temperature: 0.0,
        top_p: 1.0,
        seed: 0,
    };
}

/// Makes the choices of one answer.
#[derive(Debug, Clone)]
pub struct TokenSampler {
    sampling: Sampling,
    state: u64,
}

impl TokenSampler {
    /// A sampler at the beginning of an answer.
    #[must_use]
    pub const fn new(sampling: Sampling) -> Self {
        Self {
            sampling,
            state: sampling.seed,
        }
    }

    /// Chooses from the logits. None if they are no numbers: then there is nothing to choose from.
    pub fn choose(&mut self, logits: &[f32]) -> Option<u32> {
        let (likeliest, highest) = logits
            .iter()
            .copied()
            .enumerate()
            .reduce(|best, next| if next.1 > best.1 { next } else { best })?;
        if !highest.is_finite() || logits.iter().any(|logit| logit.is_nan()) {
            return None;
        }
        if self.sampling.temperature <= 0.0 {
            return u32::try_from(likeliest).ok();
        }
        let mut weights: Vec<(usize, f32)> = logits
            .iter()
            .map(|logit| ((logit - highest) / self.sampling.temperature).exp())
            .enumerate()
            // What is out of reach at this precision need not be sorted: usually nearly the whole vocabulary.
            .filter(|(_, weight)| *weight > f32::EPSILON)
            .collect();
        weights
            .sort_unstable_by(|left, right| right.1.total_cmp(&left.1).then(left.0.cmp(&right.0)));
        let total: f32 = weights.iter().map(|(_, weight)| weight).sum();
        let bound = total * self.sampling.top_p.clamp(0.0, 1.0);
        let mut kept = 0.0;
        let count = weights
            .iter()
            .take_while(|(_, weight)| {
                let wanted = kept < bound || kept == 0.0;
                kept += weight;
                wanted
            })
            .count();
        weights.truncate(count);
        let total: f32 = weights.iter().map(|(_, weight)| weight).sum();
        let mut point = self.uniform() * total;
        for (token, weight) in &weights {
            point -= weight;
            if point < 0.0 {
                return u32::try_from(*token).ok();
            }
        }
        // Rounding can leave a rest: it belongs to the last.
        weights
            .last()
            .and_then(|(token, _)| u32::try_from(*token).ok())
    }

    /// A number in [0, 1), by `SplitMix64`.
    fn uniform(&mut self) -> f32 {
        self.state = self.state.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.state;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^= mixed >> 31;
        // Twenty-four bits are what the fraction of an f32 holds.
        (mixed >> 40) as f32 / (1_u32 << 24) as f32
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn counts(temperature: f32, top_p: f32) -> [u32; 4] {
        let mut sampler = TokenSampler::new(Sampling {
            temperature,
            top_p,
            seed: 7,
        });
        let mut counts = [0; 4];
        for _ in 0..4000 {
            let token = sampler.choose(&[3.0, 2.0, 1.0, -200.0]).unwrap();
            counts[token as usize] += 1;
        }
        counts
    }

    #[test]
    fn no_temperature_no_choice() {
        assert_eq!(counts(0.0, 1.0), [4000, 0, 0, 0]);
    }

    #[test]
    fn tokens_come_as_often_as_they_are_likely() {
        // exp(3, 2, 1) are 0.665, 0.245 and 0.090 of their sum.
        let [first, second, third, never] = counts(1.0, 1.0);
        assert!((2500..2820).contains(&first), "{first}");
        assert!((850..1110).contains(&second), "{second}");
        assert!((270..450).contains(&third), "{third}");
        assert_eq!(never, 0);
    }

    #[test]
    fn top_p_leaves_the_tail_out() {
        let [first, second, third, _] = counts(1.0, 0.8);
        assert!(first > second && second > 0);
        assert_eq!(third, 0);
        assert_eq!(counts(1.0, 0.0), [4000, 0, 0, 0]);
    }

    #[test]
    fn seeds_repeat_and_differ() {
        let chosen = |seed| {
            let mut sampler = TokenSampler::new(Sampling {
                temperature: 1.0,
                top_p: 1.0,
                seed,
            });
            let flat = [0.0; 50];
            (0..20)
                .map(|_| sampler.choose(&flat).unwrap())
                .collect::<Vec<_>>()
        };
        assert_eq!(chosen(1), chosen(1));
        assert_ne!(chosen(1), chosen(2));
    }

    #[test]
    fn numbers_that_are_none_are_noticed() {
        let mut sampler = TokenSampler::new(Sampling::GREEDY);
        assert_eq!(sampler.choose(&[1.0, f32::NAN]), None);
        assert_eq!(sampler.choose(&[f32::INFINITY, 1.0]), None);
        assert_eq!(sampler.choose(&[]), None);
    }
}
