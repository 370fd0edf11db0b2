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

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum View {
    /// Ridges behind ridges, sometimes over a lake.
    Mountains,
    /// Wooded hills in mist.
    Forest,
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
    [0x314172, 0xb86b7f, 0xffd9ac, 0x937fa4, 0x23233f, 0xfff1d0],
    false,
);
const DAY: Mood = mood(
    "day",
    [0x2c6fad, 0x7fb8de, 0xe9f3f2, 0x86a8ba, 0x1f4037, 0xfffdf0],
    false,
);
const SUNSET: Mood = mood(
    "sunset",
    [0x2d1e4f, 0xc65741, 0xffbb66, 0x8a4454, 0x1a1224, 0xffe6b0],
    false,
);
const NIGHT: Mood = mood(
    "night",
    [0x05081c, 0x101c42, 0x385882, 0x22365e, 0x050916, 0xeef3ff],
    true,
);
const WINTER: Mood = mood(
    "winter",
    [0x648bb4, 0xb5cde1, 0xf8eee6, 0xa9bdd0, 0x344b67, 0xfff8ec],
    false,
);
const GREEN: Mood = mood(
    "green",
    [0x558680, 0xa9c7a4, 0xf3eec8, 0x7da08c, 0x102e28, 0xfffbe0],
    false,
);
const DESERT: Mood = mood(
    "desert",
    [0x3d78aa, 0xd9b988, 0xfce6bd, 0xd39a68, 0x6b3622, 0xfff6da],
    false,
);
const OCEAN: Mood = mood(
    "ocean",
    [0x134a78, 0x50a3ba, 0xdcf1e6, 0x48869b, 0x08293b, 0xfffcea],
    false,
);
const AURORA: Mood = mood(
    "aurora",
    [0x03061a, 0x0a2a43, 0x23646c, 0x183850, 0x040a14, 0x7dffc8],
    true,
);
const NEON: Mood = mood(
    "neon",
    [0x0d0221, 0x4a1264, 0xff6a94, 0x452166, 0x0c0718, 0xffd2e4],
    true,
);
const BLOSSOM: Mood = mood(
    "blossom",
    [0x6d7fc0, 0xd9a5c8, 0xffe6dc, 0xb692b8, 0x3a2446, 0xfff4ee],
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
