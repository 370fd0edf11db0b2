//! What the words of a prompt decide: the time of day, its colours, and what kind of view is painted.

use super::colour::{Colour, hex};
use super::random::{Dice, hash_text};

/// The colours of one atmosphere.
#[derive(Debug, Clone, Copy)]
pub struct Mood {
    /// Its name, for tests and the metadata.
    pub name: &'static str,
    /// Top of the sky.
    pub zenith: Colour,
    /// Middle of the sky.
    pub sky: Colour,
    /// Where the sky meets the land.
    pub horizon: Colour,
    /// The furthest land.
    pub far: Colour,
    /// The nearest land.
    pub near: Colour,
    /// Sun, moon, snow, lamps.
    pub light: Colour,
    /// Whether stars are out.
    pub dark: bool,
}

/// What the picture shows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum View {
    /// Ridges behind ridges, sometimes over a lake.
    Mountains,
    /// Wooded hills in mist.
    Forest,
    /// Soft dunes.
    Dunes,
    /// Open water to the horizon.
    Sea,
    /// A skyline with lit windows.
    City,
    /// Folded silk of light: for people, things and ideas, which a landscape would not suit.
    Silk,
}

const fn mood(name: &'static str, codes: [u32; 6], dark: bool) -> Mood {
    let [zenith, sky, horizon, far, near, light] = codes;
    Mood {
        name,
        zenith: hex(zenith),
        sky: hex(sky),
        horizon: hex(horizon),
        far: hex(far),
        near: hex(near),
        light: hex(light),
        dark,
    }
}

const DAWN: Mood = mood(
    "dawn",
    [
        0x31_41_72, 0xb8_6b_7f, 0xff_d9_ac, 0x93_7f_a4, 0x23_23_3f, 0xff_f1_d0,
    ],
    false,
);
const DAY: Mood = mood(
    "day",
    [
        0x2c_6f_ad, 0x7f_b8_de, 0xe9_f3_f2, 0x86_a8_ba, 0x1f_40_37, 0xff_fd_f0,
    ],
    false,
);
const SUNSET: Mood = mood(
    "sunset",
    [
        0x2d_1e_4f, 0xc6_57_41, 0xff_bb_66, 0x8a_44_54, 0x1a_12_24, 0xff_e6_b0,
    ],
    false,
);
const NIGHT: Mood = mood(
    "night",
    [
        0x05_08_1c, 0x10_1c_42, 0x38_58_82, 0x22_36_5e, 0x05_09_16, 0xee_f3_ff,
    ],
    true,
);
const WINTER: Mood = mood(
    "winter",
    [
        0x64_8b_b4, 0xb5_cd_e1, 0xf8_ee_e6, 0xa9_bd_d0, 0x34_4b_67, 0xff_f8_ec,
    ],
    false,
);
const GREEN: Mood = mood(
    "green",
    [
        0x55_86_80, 0xa9_c7_a4, 0xf3_ee_c8, 0x7d_a0_8c, 0x10_2e_28, 0xff_fb_e0,
    ],
    false,
);
const DESERT: Mood = mood(
    "desert",
    [
        0x3d_78_aa, 0xd9_b9_88, 0xfc_e6_bd, 0xd3_9a_68, 0x6b_36_22, 0xff_f6_da,
    ],
    false,
);
const OCEAN: Mood = mood(
    "ocean",
    [
        0x13_4a_78, 0x50_a3_ba, 0xdc_f1_e6, 0x48_86_9b, 0x08_29_3b, 0xff_fc_ea,
    ],
    false,
);
const AURORA: Mood = mood(
    "aurora",
    [
        0x03_06_1a, 0x0a_2a_43, 0x23_64_6c, 0x18_38_50, 0x04_0a_14, 0x7d_ff_c8,
    ],
    true,
);
const NEON: Mood = mood(
    "neon",
    [
        0x0d_02_21, 0x4a_12_64, 0xff_6a_94, 0x45_21_66, 0x0c_07_18, 0xff_d2_e4,
    ],
    true,
);
const BLOSSOM: Mood = mood(
    "blossom",
    [
        0x6d_7f_c0, 0xd9_a5_c8, 0xff_e6_dc, 0xb6_92_b8, 0x3a_24_46, 0xff_f4_ee,
    ],
    false,
);

/// Moods that no word asked for are drawn from these.
const FREE_MOODS: [Mood; 8] = [DAWN, DAY, SUNSET, WINTER, GREEN, OCEAN, BLOSSOM, NIGHT];
/// Views that no word asked for are drawn from these; silk is likelier, because most such prompts show a subject.
const FREE_VIEWS: [View; 5] = [
    View::Silk,
    View::Mountains,
    View::Silk,
    View::Sea,
    View::Forest,
];

/// Words and the atmosphere they bring. The first line with any word of the prompt wins: light and time of day
/// stand before places, because the sea at sunset is the colour of the sunset.
const MOOD_WORDS: [(&[&str], Mood); 11] = [
    (&["aurora", "northern", "magic", "magical"], AURORA),
    (
        &["neon", "cyberpunk", "synthwave", "vaporwave", "futuristic"],
        NEON,
    ),
    (
        &[
            "sunset", "dusk", "evening", "golden", "fire", "lava", "autumn", "fall",
        ],
        SUNSET,
    ),
    (
        &[
            "night",
            "midnight",
            "moon",
            "moonlight",
            "stars",
            "starry",
            "space",
            "galaxy",
            "dark",
        ],
        NIGHT,
    ),
    (&["dawn", "sunrise", "morning"], DAWN),
    (
        &[
            "snow", "snowy", "winter", "ice", "icy", "frost", "frozen", "arctic", "glacier",
        ],
        WINTER,
    ),
    (
        &[
            "desert", "dune", "dunes", "sand", "canyon", "savanna", "safari",
        ],
        DESERT,
    ),
    (
        &[
            "ocean",
            "sea",
            "beach",
            "island",
            "lagoon",
            "underwater",
            "wave",
            "waves",
            "ship",
            "boat",
        ],
        OCEAN,
    ),
    (
        &[
            "forest", "jungle", "woods", "meadow", "green", "garden", "moss", "tree", "trees",
        ],
        GREEN,
    ),
    (
        &[
            "blossom", "cherry", "spring", "flower", "flowers", "rose", "pink", "wedding",
        ],
        BLOSSOM,
    ),
    (&["day", "noon", "sunny", "summer", "sky", "blue"], DAY),
];

/// Words and the view they ask for; the first word of the prompt that is listed wins.
const VIEW_WORDS: [(&[&str], View); 6] = [
    (
        &[
            "mountain",
            "mountains",
            "alps",
            "valley",
            "lake",
            "fox",
            "wolf",
            "eagle",
            "snow",
            "glacier",
            "castle",
        ],
        View::Mountains,
    ),
    (
        &[
            "forest", "woods", "jungle", "tree", "trees", "deer", "bear", "cabin", "meadow",
        ],
        View::Forest,
    ),
    (
        &[
            "desert", "dune", "dunes", "sand", "canyon", "camel", "savanna",
        ],
        View::Dunes,
    ),
    (
        &[
            "ocean", "sea", "beach", "island", "wave", "waves", "ship", "boat", "lagoon", "whale",
            "surf",
        ],
        View::Sea,
    ),
    (
        &[
            "city",
            "street",
            "skyline",
            "tokyo",
            "york",
            "london",
            "neon",
            "cyberpunk",
            "building",
            "buildings",
            "town",
            "car",
        ],
        View::City,
    ),
    (
        &[
            "portrait", "woman", "man", "person", "face", "abstract", "fashion", "product",
            "dress", "dancer", "silk",
        ],
        View::Silk,
    ),
];

/// Atmosphere and view for a prompt; what its words leave open is drawn from the prompt's hash.
#[must_use]
pub fn read(prompt: &str) -> (Mood, View) {
    let lower = prompt.to_lowercase();
    let words: Vec<&str> = lower
        .split(|c: char| !c.is_alphanumeric())
        .filter(|word| !word.is_empty())
        .collect();
    let mut dice = Dice::new(hash_text(&lower));
    let free_mood = FREE_MOODS[(dice.bits() % FREE_MOODS.len() as u64) as usize];
    let free_view = FREE_VIEWS[(dice.bits() % FREE_VIEWS.len() as u64) as usize];
    let mood = MOOD_WORDS
        .iter()
        .find(|(listed, _)| words.iter().any(|word| listed.contains(word)));
    let view = words
        .iter()
        .find_map(|word| VIEW_WORDS.iter().find(|(listed, _)| listed.contains(word)));
    let mood = mood.map_or(free_mood, |(_, mood)| *mood);
    let view = view.map_or(free_view, |(_, view)| *view);
    (mood, view)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_decide() {
        let check = |prompt: &str, mood: &str, view: View| {
            let (read_mood, read_view) = read(prompt);
            assert_eq!((read_mood.name, read_view), (mood, view), "{prompt}");
        };
        check("A red fox in SNOW", "winter", View::Mountains);
        check("neon street, rain", "neon", View::City);
        check("waves at sunset", "sunset", View::Sea);
        check("portrait of a dancer at night", "night", View::Silk);
    }

    #[test]
    fn an_open_prompt_is_still_decided_once() {
        assert_eq!(read("quiet teapot").0.name, read("quiet teapot").0.name);
        assert_eq!(read("").1, read("").1);
    }
}
