//! A whole picture from a prompt, a seed and a moment: sky, layers of land, water, or silk.

use super::colour::{Colour, smooth, wave};
use super::land::LandLayer;
use super::mood::{self, Mood, View};
use super::random::{Dice, cloudiness, grid, hash_text, line_noise, noise};
use super::sky::Sky;
use crate::media::Picture;

/// A picture that can be painted at any size and any moment of a clip.
#[derive(Debug, Clone)]
pub struct PreviewScene {
    seed: u64,
    mood: Mood,
    view: View,
    aspect: f32,
    horizon: f32,
    sky: Sky,
    layers: Vec<LandLayer>,
    /// Where a lake or the sea begins, if there is one.
    shore: Option<f32>,
}

/// The upper edge of each layer for each column of one frame.
struct Columns(Vec<Vec<f32>>);

impl PreviewScene {
    /// The scene of this prompt and seed for pictures `aspect` heights wide.
    #[must_use]
    pub fn new(prompt: &str, seed: u64, aspect: f32) -> Self {
        let (mood, view) = mood::read(prompt);
        let seed = hash_text(prompt) ^ super::random::scramble(seed);
        let mut dice = Dice::new(seed);
        let turn = dice.between(-0.07, 0.07);
        let mood = Mood {
            zenith: mood.zenith.turned(turn),
            sky: mood.sky.turned(turn),
            horizon: mood.horizon.turned(turn * 0.5),
            far: mood.far.turned(turn),
            ..mood
        };
        let horizon = match view {
            View::Sea => dice.between(0.44, 0.58),
            View::City => dice.between(0.60, 0.68),
            _ => dice.between(0.50, 0.60),
        };
        let count = match view {
            View::Mountains => 5,
            View::Forest => 5,
            View::Dunes => 4,
            View::City => 3,
            View::Sea | View::Silk => 0,
        };
        let shore = match view {
            View::Sea => Some(horizon),
            View::City => Some(horizon + 0.13),
            View::Mountains if !dice.one_in(3) => Some(horizon + dice.between(0.10, 0.16)),
            _ => None,
        };
        let layers = (0..count)
            .map(|index| LandLayer::new(seed, view, index, count, horizon))
            // Land in front of a lake would hide it; the nearest ridge of all is kept as a bank.
            .filter(|layer| shore.is_none() || view == View::City || layer.depth < 0.6)
            .collect();
        Self {
            seed,
            mood,
            view,
            aspect,
            horizon,
            sky: Sky::new(seed, mood, horizon, aspect),
            layers,
            shore,
        }
    }

    /// Paints the whole picture as it is `moment` seconds into a clip.
    pub fn paint(&self, picture: &mut Picture, moment: f32) {
        let (width, height) = (picture.width(), picture.height());
        let scale = 1.0 / height as f32;
        let columns = self.columns(width, scale, moment);
        picture.fill(|column, row| {
            let (x, y) = (column as f32 * scale, row as f32 * scale);
            let colour = match self.view {
                View::Silk => self.silk(x, y, moment),
                _ => self.outdoors(&columns, column as usize, x, y, moment),
            };
            let (from_middle_x, from_middle_y) = (x / self.aspect - 0.5, y - 0.5);
            let corner = from_middle_x * from_middle_x + from_middle_y * from_middle_y;
            let grain = grid(self.seed, column as i32, row as i32) - 0.5;
            colour
                .scale(1.0 - 0.42 * smooth(0.16, 0.62, corner))
                .bytes(grain * 2.2)
        });
    }

    fn columns(&self, width: u32, scale: f32, moment: f32) -> Columns {
        let edges = |layer: &LandLayer| {
            // The camera glides: near layers pass faster than far ones.
            let glide = moment * 0.055 * layer.depth * layer.depth;
            (0..width + 2)
                .map(|column| layer.edge(column as f32 * scale + glide + 3.0))
                .collect()
        };
        Columns(self.layers.iter().map(edges).collect())
    }

    fn outdoors(&self, columns: &Columns, column: usize, x: f32, y: f32, moment: f32) -> Colour {
        let Some(shore) = self.shore.filter(|shore| y > *shore) else {
            return self.land(columns, column, (x, y), moment, false);
        };
        // The mirror image, broken by ripples that grow towards the viewer.
        let near = (y - shore) / (1.0 - shore);
        // Perspective: equal waves on the water come closer together with distance.
        let distance = 1.0 / (near + 0.10);
        let (across, away) = ((x - self.aspect * 0.5) * distance * 6.0, distance * 13.0);
        let broad = noise(self.seed ^ 0x3a7e, across, away + moment * 1.1);
        let fine = noise(self.seed ^ 0x3a7f, across * 2.7, away * 2.6 + moment * 2.3);
        let ripple = broad * 0.62 + fine * 0.38 - 0.5;
        let swell = if self.view == View::Sea { 0.075 } else { 0.028 };
        let bend = ripple * swell * (0.25 + near);
        let last = columns.0.first().map_or(column, |edges| edges.len() - 1);
        let beside = (column as f32 + bend * 260.0).clamp(0.0, last as f32) as usize;
        let mirrored = (2.0 * shore - y + bend).clamp(0.0, shore);
        let image = self.land(columns, beside, (x + bend * 0.4, mirrored), moment, true);
        let depth = self.mood.near.mix(self.mood.zenith, 0.35);
        let mut water = image.mix(depth, 0.22 + 0.42 * near);
        let path = smooth(0.10 + 0.22 * near, 0.0, (x - self.sky.light_x()).abs());
        let glitter = smooth(0.09, 0.22, ripple) * path;
        water = water.lit(
            self.mood.light,
            glitter * if self.mood.dark { 0.35 } else { 0.6 },
        );
        water.lit(self.mood.horizon, 0.35 * smooth(0.012, 0.0, y - shore))
    }

    fn land(
        &self,
        columns: &Columns,
        column: usize,
        (x, y): (f32, f32),
        moment: f32,
        mirrored: bool,
    ) -> Colour {
        let front = self
            .layers
            .iter()
            .zip(&columns.0)
            .rev()
            .find(|(_, edges)| edges.get(column).is_some_and(|edge| y >= *edge));
        match front {
            Some((layer, edges)) => self.ground(layer, edges, column, (x, y), moment),
            None if y <= self.horizon || self.layers.is_empty() => {
                self.sky.colour(x, y, moment, mirrored)
            }
            None => self.mood.horizon.mix(self.mood.far, 0.4),
        }
    }

    fn ground(
        &self,
        layer: &LandLayer,
        edges: &[f32],
        column: usize,
        (x, y): (f32, f32),
        moment: f32,
    ) -> Colour {
        // The slope is taken over a few columns, else every tooth of the ridge would throw a streak.
        let reach = edges.len() / 90 + 1;
        let edge = edges[column];
        let (before, after) = (
            edges[column.saturating_sub(reach)],
            edges[(column + reach).min(edges.len() - 1)],
        );
        let below = y - edge;
        let glide = moment * 0.055 * layer.depth * layer.depth;
        let mut colour = self
            .mood
            .far
            .mix(self.mood.near, layer.depth * (0.35 + 0.65 * layer.depth));
        // Slopes that face the light are brighter, and a rough texture keeps them from looking cut out.
        // Turns over gradually below the sun: a hard turn would draw a line there.
        let towards = ((x - self.sky.light_x()) * 5.0).clamp(-1.0, 1.0);
        let faces_light =
            ((after - before) * 24.0 * towards).clamp(-1.0, 1.0) * smooth(0.16, 0.0, below);
        let rough = cloudiness(
            self.seed ^ 0x90c4,
            (x + glide) * 11.0,
            y * 17.0 - x * 4.0,
            4,
        ) - 0.5;
        match self.view {
            View::Mountains => {
                let snow_line = 0.055 * (1.0 - layer.depth) + rough * 0.10 + faces_light * 0.012;
                let snow =
                    smooth(snow_line + 0.02, snow_line - 0.02, below) * (1.0 - layer.depth) * 0.75;
                colour = colour.scale(1.0 + rough * 0.45 + faces_light * 0.10);
                colour = colour.mix(
                    self.mood.light.mix(self.mood.sky, 0.25 - 0.2 * faces_light),
                    snow,
                );
            }
            View::Dunes => {
                let comb = wave((y * 46.0 + rough * 2.2 + x * 3.0) * (1.0 + layer.depth)) * 0.035;
                colour = colour.scale(1.08 + faces_light * 0.16 + comb + rough * 0.10);
                colour = colour.lit(self.mood.light, 0.16 * smooth(0.02, 0.0, below));
            }
            View::City => {
                let lamp = layer.window(x + glide + 3.0, y, moment);
                colour = colour.lit(
                    self.mood.light.mix(self.mood.horizon, 0.45),
                    lamp * (0.35 + 0.45 * layer.depth),
                );
            }
            _ => colour = colour.scale(1.0 + rough * 0.25),
        }
        // Mist gathers at the foot of every layer but the last.
        let mist = smooth(0.02, 0.20, below) * (1.0 - layer.depth) * 0.72;
        let wisp = 0.75 + 0.5 * (line_noise(self.seed ^ 5, x * 3.0 + moment * 0.03) - 0.5);
        colour.mix(
            self.mood.horizon.mix(self.mood.sky, 0.25),
            mist * wisp + 0.22 * (1.0 - layer.depth),
        )
    }

    /// Noise bent by noise: sheets of colour with bright folds.
    fn silk(&self, x: f32, y: f32, moment: f32) -> Colour {
        let seed = self.seed;
        let drift = moment * 0.05;
        let (u, v) = (x * 1.25, y * 1.25);
        let bend_x = cloudiness(seed ^ 11, u + drift, v, 3);
        let bend_y = cloudiness(seed ^ 12, u + 5.2, v - drift, 3);
        let fold_x = cloudiness(seed ^ 13, u + 2.6 * bend_x, v + 2.6 * bend_y, 3);
        let sheet = cloudiness(seed ^ 14, u + 2.2 * fold_x + drift, v + 1.8 * bend_x, 4);
        let mood = &self.mood;
        let mut colour = mood.near.mix(mood.zenith, smooth(0.22, 0.50, sheet));
        colour = colour.mix(mood.sky, smooth(0.38, 0.66, sheet + (fold_x - 0.5) * 0.35));
        colour = colour.mix(
            mood.horizon,
            smooth(0.54, 0.82, sheet + (bend_y - 0.5) * 0.30),
        );
        let phase = sheet * 9.0 + fold_x * 4.0;
        let crease = 1.0 - wave(phase * 0.5).abs();
        colour = colour.lit(
            mood.light,
            crease * crease * crease * smooth(0.30, 0.70, sheet) * 0.42,
        );
        colour.scale(0.86 + 0.26 * (bend_x - 0.2))
    }
}
