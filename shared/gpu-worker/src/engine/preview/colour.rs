//! Colours as three numbers from 0 to 1, and the few curves that painting needs.

/// A colour: red, green, blue, each 0 to 1.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Colour(pub [f32; 3]);

/// The colour written `0xRRGGBB`.
#[must_use]
pub const fn hex(code: u32) -> Colour {
    Colour([
        ((code >> 16) & 0xff) as f32 / 255.0,
        ((code >> 8) & 0xff) as f32 / 255.0,
        (code & 0xff) as f32 / 255.0,
    ])
}

impl Colour {
    /// This colour with `share` (0 to 1) of the other in it.
    #[must_use]
    pub fn mix(self, other: Self, share: f32) -> Self {
        let share = share.clamp(0.0, 1.0);
        let Self([r, g, b]) = self;
        let Self([or, og, ob]) = other;
        Self([
            r + (or - r) * share,
            g + (og - g) * share,
            b + (ob - b) * share,
        ])
    }

    /// Brighter or darker.
    #[must_use]
    pub fn scale(self, factor: f32) -> Self {
        let Self([r, g, b]) = self;
        Self([r * factor, g * factor, b * factor])
    }

    /// Light added as projectors add it: bright stays below white.
    #[must_use]
    pub fn lit(self, light: Self, share: f32) -> Self {
        let Self([r, g, b]) = self;
        let Self([lr, lg, lb]) = light.scale(share.clamp(0.0, 1.0));
        Self([
            1.0 - (1.0 - r) * (1.0 - lr),
            1.0 - (1.0 - g) * (1.0 - lg),
            1.0 - (1.0 - b) * (1.0 - lb),
        ])
    }

    /// Turned around the grey axis by a small amount: related pictures get related, not equal, colours.
    #[must_use]
    pub fn turned(self, amount: f32) -> Self {
        let Self([r, g, b]) = self;
        let Self(shifted) = if amount >= 0.0 {
            Self([g, b, r])
        } else {
            Self([b, r, g])
        };
        self.mix(Self(shifted), amount.abs())
    }

    /// Three bytes; `grain` (-0.5 to 0.5 of a step) breaks up the bands that smooth gradients show.
    #[must_use]
    pub fn bytes(self, grain: f32) -> [u8; 3] {
        self.0
            .map(|channel| (channel * 255.0 + grain + 0.5).clamp(0.0, 255.0) as u8)
    }
}

/// 0 below `low`, 1 above `high`, an S-curve between (works downhill too).
#[must_use]
pub fn smooth(low: f32, high: f32, value: f32) -> f32 {
    let t = ((value - low) / (high - low)).clamp(0.0, 1.0);
    t * t * (3.0 - 2.0 * t)
}

/// A wave of period 1 between -1 and 1: parabolas, within 0.06 of a sine, and the same bits on every platform.
#[must_use]
pub fn wave(turns: f32) -> f32 {
    let phase = turns - turns.floor();
    if phase < 0.5 {
        16.0 * phase * (0.5 - phase)
    } else {
        -16.0 * (phase - 0.5) * (1.0 - phase)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn wave_is_close_to_a_sine() {
        for step in 0..1_000 {
            let turns = step as f32 / 500.0 - 1.0;
            let sine = (turns * core::f32::consts::TAU).sin();
            assert!((wave(turns) - sine).abs() < 0.06, "{turns}");
        }
    }

    #[test]
    fn mixing_and_bytes() {
        assert_eq!(hex(0xff8000).bytes(0.0), [255, 128, 0]);
        assert_eq!(
            hex(0x000000).mix(hex(0xffffff), 0.5).bytes(0.0),
            [128, 128, 128]
        );
        assert_eq!(
            hex(0xffffff).lit(hex(0xffffff), 1.0).bytes(9.0),
            [255, 255, 255]
        );
        assert_eq!(smooth(1.0, 0.0, 0.0), 1.0);
    }
}
