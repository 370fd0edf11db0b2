//! The sky: gradient, sun or moon, stars, clouds, northern lights.

use super::colour::{Colour, hex, smooth, wave};
use super::mood::Mood;
use super::random::{Dice, cloudiness, grid, line_noise};

/// The moon is white in every mood, northern lights included.
const MOONLIGHT: Colour = hex(0xf4f1e6);

/// Everything above the land.
#[derive(Debug, Clone)]
pub struct Sky {
    seed: u64,
    mood: Mood,
    horizon: f32,
    /// Centre and radius of the sun or moon, in picture heights.
    disc: (f32, f32, f32),
    /// 0 clear to 1 overcast.
    cover: f32,
}

impl Sky {
    /// A sky over a picture `aspect` heights wide.
    #[must_use]
    pub fn new(seed: u64, mood: Mood, horizon: f32, aspect: f32) -> Self {
        let mut dice = Dice::new(seed ^ 0x5c1);
        let disc_x = aspect * dice.between(0.2, 0.8);
        let disc_y = horizon
            * if mood.dark {
                dice.between(0.2, 0.5)
            } else {
                dice.between(0.35, 0.82)
            };
        let radius = if mood.dark {
            dice.between(0.026, 0.045)
        } else {
            dice.between(0.038, 0.070)
        };
        Self {
            seed,
            mood,
            horizon,
            disc: (disc_x, disc_y, radius),
            cover: dice.between(0.25, 0.75),
        }
    }

    /// Where the light comes from, in picture heights.
    #[must_use]
    pub fn light_x(&self) -> f32 {
        self.disc.0
    }

    /// The colour at a point, at a moment in seconds. Water mirrors the glow but not the disc of the sun: its
    /// path of glitter is painted with the water.
    #[must_use]
    pub fn colour(&self, x: f32, y: f32, moment: f32, mirrored: bool) -> Colour {
        let mood = &self.mood;
        let height = (y / self.horizon).clamp(0.0, 1.0);
        let mut colour = mood
            .zenith
            .mix(mood.sky, smooth(0.0, 0.62, height))
            .mix(mood.horizon, smooth(0.45, 1.02, height));
        if mood.dark {
            colour = colour.lit(
                mood.light,
                self.star(x, y, moment) * (1.0 - smooth(0.5, 0.95, height)),
            );
        }
        if mood.name == "aurora" {
            colour = self.northern_lights(colour, x, height, moment);
        }
        colour = self.shine(colour, x, y, mirrored);
        self.clouds(colour, x, y, height, moment)
    }

    fn shine(&self, colour: Colour, x: f32, y: f32, mirrored: bool) -> Colour {
        let (disc_x, disc_y, radius) = self.disc;
        let distance = ((x - disc_x) * (x - disc_x) + (y - disc_y) * (y - disc_y)).sqrt();
        let glow = radius / (distance + radius * 0.6);
        let body = smooth(radius * 1.03, radius * 0.97, distance);
        let halo = self.mood.horizon.mix(self.mood.light, 0.5);
        let reach = if self.mood.dark { 0.20 } else { 0.42 };
        let lit = colour.lit(halo, (glow * glow * 0.45 + glow * 0.22) * reach * 2.0);
        if mirrored {
            return lit;
        }
        let face = if self.mood.dark {
            // Seas on the moon.
            MOONLIGHT
                .mix(self.mood.light, 0.25)
                .scale(0.80 + 0.20 * cloudiness(self.seed ^ 77, x * 60.0, y * 60.0, 3))
        } else {
            self.mood.light
        };
        lit.mix(face, body)
    }

    fn star(&self, x: f32, y: f32, moment: f32) -> f32 {
        // One star at most in each cell; most cells are empty.
        const CELLS: f32 = 95.0;
        let (column, row) = ((x * CELLS).floor(), (y * CELLS).floor());
        let luck = grid(self.seed ^ 0x57a5, column as i32, row as i32);
        if luck < 0.86 {
            return 0.0;
        }
        let off_x = x * CELLS - column - 0.2 - 0.6 * grid(self.seed ^ 1, column as i32, row as i32);
        let off_y = y * CELLS - row - 0.2 - 0.6 * grid(self.seed ^ 2, column as i32, row as i32);
        let bright = (luck - 0.86) / 0.14;
        let twinkle = 0.85 + 0.15 * wave(moment * 0.35 + luck * 900.0);
        smooth(
            0.05 + 0.12 * bright,
            0.0,
            (off_x * off_x + off_y * off_y).sqrt(),
        ) * (0.35 + 0.65 * bright)
            * twinkle
    }

    fn northern_lights(&self, colour: Colour, x: f32, height: f32, moment: f32) -> Colour {
        let mut lit = colour;
        for curtain in 0..3_u64 {
            let seed = self.seed.wrapping_add(400 + curtain);
            let drift = moment * 0.05;
            let sway = line_noise(seed, x * 1.7 + drift) * 0.40
                + line_noise(seed ^ 3, x * 5.0 - drift) * 0.08;
            let foot = 0.42 + 0.16 * curtain as f32 + sway - 0.22;
            let above = foot - height;
            let fold = 0.35 + 0.65 * line_noise(seed ^ 9, x * 26.0 + sway * 20.0 + drift * 3.0);
            let strength = smooth(-0.015, 0.03, above) * smooth(0.46, 0.0, above) * fold;
            let tint = self
                .mood
                .light
                .mix(hex(0x8a6cff), smooth(0.05, 0.36, above));
            lit = lit.lit(tint, strength * 0.62);
        }
        lit
    }

    fn clouds(&self, colour: Colour, x: f32, y: f32, height: f32, moment: f32) -> Colour {
        // Clouds lie flat: they are compressed towards the horizon, where one looks along them.
        let flat = 1.0 / (1.25 - height).max(0.25);
        let drift = moment * 0.02;
        let density = cloudiness(
            self.seed ^ 0xc10d,
            x * 2.1 * (0.8 + flat * 0.2) + drift,
            y * 5.5 * flat.min(2.6),
            5,
        );
        let threshold = 0.72 - 0.30 * self.cover;
        let amount = smooth(threshold, threshold + 0.26, density) * smooth(0.02, 0.25, height);
        let thick = smooth(threshold + 0.05, threshold + 0.34, density);
        let bright = self.mood.horizon.mix(self.mood.light, 0.35);
        let shade = self.mood.sky.mix(self.mood.zenith, 0.35);
        let strength = if self.mood.dark { 0.38 } else { 0.72 };
        colour.mix(bright.mix(shade, thick * 0.8), amount * strength)
    }
}
