//! What can be said about a picture, as a set of traits.

use core::ops::{BitOr, BitOrAssign};

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Traits(u64);

macro_rules! traits {
    ($($name:ident = $bit:literal;)+) => {
        impl Traits {
            $(pub const $name: Self = Self(1 << $bit);)+
        }
    };
}

traits! {
    // Exclusive pairs, each an even bit and the odd one behind it.
    DAY = 0; NIGHT = 1;
    PHOTO = 2; DRAWN = 3;
    COLOUR = 4; MONOCHROME = 5;
    INDOOR = 6; OUTDOOR = 7;
    STILL = 8; MOVING = 9;
    CLOSE = 10; WIDE = 11;
    FIXED_CAMERA = 12; MOVING_CAMERA = 13;
    CLEAR = 14; OVERCAST = 15;
    CALM = 16; TENSE = 17;
    SOFT_LIGHT = 18; HARD_LIGHT = 19;
    WARM = 20; COLD = 21;
    BRIGHT = 22; DARK = 23;
    SHARP = 24; BLURRED = 25;
    MODERN = 26; OLD = 27;
    SLOW = 28; FAST = 29;
    // Subjects.
    PERSON = 32; ANIMAL = 33; VEHICLE = 34; FOOD = 35; BUILDING = 36; NATURE = 37; WATER = 38; SPACE = 39;
    UNDERWATER = 40; PRODUCT = 41; CITY = 42; FANTASY = 43; FIRE = 44; SNOW = 45; RAIN = 46;
    // What somebody has already decided.
    LIGHT = 48; COMPOSITION = 49; LENS = 50; MOOD = 51; QUALITY = 52; CAMERA = 53; MOTION = 54;
}

/// The first bits are pairs of which only one can be true of a picture.
const PAIRS: u32 = 15;

impl Traits {
    pub const NONE: Self = Self(0);

    /// What a text says that nobody here can read: it may be anything, so everything contradicts it.
    pub const UNKNOWN: Self = Self((1 << (2 * PAIRS)) - 1);

    pub const fn union(all: &[Self]) -> Self {
        let mut union = 0;
        let mut rest = all;
        while let [first, behind @ ..] = rest {
            union |= first.0;
            rest = behind;
        }
        Self(union)
    }

    /// Whether all of these are among them.
    pub const fn contains(self, other: Self) -> bool {
        self.0 & other.0 == other.0
    }

    /// Whether any of these is among them.
    pub const fn meets(self, other: Self) -> bool {
        self.0 & other.0 != 0
    }

    /// Whether both together say that a picture is one thing and its opposite.
    pub const fn contradicts(self, other: Self) -> bool {
        let mut pair = 0;
        while pair < PAIRS {
            let (one, two) = (1u64 << (2 * pair), 2u64 << (2 * pair));
            if (self.0 & one != 0 && other.0 & two != 0)
                || (self.0 & two != 0 && other.0 & one != 0)
            {
                return true;
            }
            pair += 1;
        }
        false
    }

    /// The pairs of which a text claims both sides, for tests.
    #[cfg(test)]
    pub const fn contradictions(self) -> u32 {
        let mut count = 0;
        let mut pair = 0;
        while pair < PAIRS {
            let both = 3u64 << (2 * pair);
            if self.0 & both == both {
                count += 1;
            }
            pair += 1;
        }
        count
    }

    pub const fn len(self) -> u32 {
        self.0.count_ones()
    }
}

impl BitOr for Traits {
    type Output = Self;

    fn bitor(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }
}

impl BitOrAssign for Traits {
    fn bitor_assign(&mut self, other: Self) {
        self.0 |= other.0;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn opposites_contradict_each_other_and_nothing_else_does() {
        assert!(Traits::DAY.contradicts(Traits::NIGHT));
        assert!(Traits::SHARP.contradicts(Traits::BLURRED));
        assert!(Traits::FAST.contradicts(Traits::SLOW));
        assert!(!Traits::DAY.contradicts(Traits::DAY));
        assert!(!Traits::NIGHT.contradicts(Traits::PHOTO));
        assert!(!Traits::PERSON.contradicts(Traits::ANIMAL));
    }
}
