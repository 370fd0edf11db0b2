//! What the scripts of the tables need beyond Unicode's decomposition.
//!
//! A vowel sign of an Indic script is a letter of the word, unlike an accent: without it a different word is
//! left. Marks of tone and of foreign sounds are left out in everyday writing, and here too.

/// What a sign that stands on or beside a letter is to the policy.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum VowelSign {
    /// Nothing, as an accent.
    Dropped,
    /// A letter of the word.
    Kept(char),
    /// Two letters: the halves of a vowel sign that surrounds its consonant.
    Two(char, char),
}

/// Places in the blocks of the Indic scripts, which share one order.
mod indic {
    pub const CANDRABINDUS: core::ops::RangeInclusive<u32> = 0x00..=0x01;
    pub const ANUSVARA: u32 = 0x02;
    pub const VISARGA: u32 = 0x03;
    pub const NUKTA: u32 = 0x3c;
    pub const SIGNS: core::ops::RangeInclusive<u32> = 0x3e..=0x4d;
    pub const LENGTH_MARKS: core::ops::RangeInclusive<u32> = 0x55..=0x57;
    pub const VOCALIC: core::ops::RangeInclusive<u32> = 0x62..=0x63;
    /// Gurmukhi alone: its other sign of a nasal, and its sign of a double consonant.
    pub const TIPPI: char = '\u{0a70}';
    pub const ADDAK: char = '\u{0a71}';
}

/// Reads a character as a sign of a script whose signs count; nothing for all others.
pub fn sign(character: char) -> Option<VowelSign> {
    let code = u32::from(character);
    match code {
        0x0900..=0x0d7f => indic_sign(character, code),
        0x0e31 | 0x0e34..=0x0e3a => Some(VowelSign::Kept(character)),
        0x0e47..=0x0e4e | 0x1037 | 0x1038 => Some(VowelSign::Dropped),
        0x102b => Some(VowelSign::Kept('\u{102c}')),
        0x102c..=0x1036 | 0x1039..=0x103e => Some(VowelSign::Kept(character)),
        _ => None,
    }
}

fn indic_sign(character: char, code: u32) -> Option<VowelSign> {
    if let Some((first, second)) = halves(character) {
        return Some(VowelSign::Two(first, second));
    }
    let place = code & 0x7f;
    let anusvara = char::from_u32(code - place + indic::ANUSVARA).unwrap_or(character);
    match character {
        indic::TIPPI => return Some(VowelSign::Kept('\u{0a02}')),
        indic::ADDAK => return Some(VowelSign::Dropped),
        _ => {}
    }
    if indic::CANDRABINDUS.contains(&place) {
        return Some(VowelSign::Kept(anusvara));
    }
    if place == indic::NUKTA {
        return Some(VowelSign::Dropped);
    }
    let is_kept = place == indic::ANUSVARA
        || place == indic::VISARGA
        || indic::SIGNS.contains(&place)
        || indic::LENGTH_MARKS.contains(&place)
        || indic::VOCALIC.contains(&place);
    is_kept.then_some(VowelSign::Kept(character))
}

/// Vowel signs that Unicode also writes as two.
fn halves(character: char) -> Option<(char, char)> {
    Some(match character {
        '\u{09cb}' => ('\u{09c7}', '\u{09be}'),
        '\u{09cc}' => ('\u{09c7}', '\u{09d7}'),
        '\u{0bca}' => ('\u{0bc6}', '\u{0bbe}'),
        '\u{0bcb}' => ('\u{0bc7}', '\u{0bbe}'),
        '\u{0bcc}' => ('\u{0bc6}', '\u{0bd7}'),
        '\u{0c48}' => ('\u{0c46}', '\u{0c56}'),
        '\u{0cc0}' => ('\u{0cbf}', '\u{0cd5}'),
        '\u{0cc7}' => ('\u{0cc6}', '\u{0cd5}'),
        '\u{0cc8}' => ('\u{0cc6}', '\u{0cd6}'),
        // With its length mark U+0CCB is three; the mark is left out on both ways of writing it.
        '\u{0cca}' | '\u{0ccb}' => ('\u{0cc6}', '\u{0cc2}'),
        '\u{0d4a}' => ('\u{0d46}', '\u{0d3e}'),
        '\u{0d4b}' => ('\u{0d47}', '\u{0d3e}'),
        '\u{0d4c}' => ('\u{0d46}', '\u{0d57}'),
        _ => return None,
    })
}

/// Whether a letter of a folded word adds to the letter before it, so that a reader sees one shape.
pub fn is_attached(letter: char) -> bool {
    // The vowels and the final consonants of Hangul's syllables.
    matches!(letter, '\u{1160}'..='\u{11ff}') || sign(letter).is_some()
}

/// Whether a character is a word, or a part of one, in a script that puts no spaces between words.
pub fn is_unspaced(character: char) -> bool {
    matches!(character,
        '\u{3005}'..='\u{3007}' | '\u{3041}'..='\u{30ff}' | '\u{3400}'..='\u{4dbf}'
        | '\u{4e00}'..='\u{9fff}' | '\u{f900}'..='\u{faff}' | '\u{20000}'..='\u{3ffff}'
        | '\u{0e01}'..='\u{0e4e}' | '\u{1000}'..='\u{103f}' | '\u{1050}'..='\u{109f}'
        | '👶' | '🧒' | '👧' | '👦')
}

/// Whether the tables have words in the script of a letter. Where they have none, a word says nothing to the
/// policy, and may say anything to a model.
pub fn is_covered(letter: char) -> bool {
    matches!(u32::from(letter),
        // Latin, its phonetic letters, Greek, Cyrillic
        0x0000..=0x052f | 0x1c80..=0x1c8f | 0x1d00..=0x1dbf | 0x1e00..=0x1fff | 0x2070..=0x218f
        | 0x2c60..=0x2c7f | 0x2de0..=0x2dff | 0xa640..=0xa69f | 0xa720..=0xa7ff | 0xab30..=0xab6f
        // Hebrew, Arabic
        | 0x0590..=0x06ff | 0x0750..=0x077f | 0x0870..=0x08ff
        // Devanagari, Bengali, Gurmukhi, Gujarati; Tamil, Telugu, Kannada, Malayalam
        | 0x0900..=0x0aff | 0x0b80..=0x0d7f
        // Thai, Burmese, Ethiopic
        | 0x0e00..=0x0e7f | 0x1000..=0x109f | 0x1200..=0x139f | 0x2d80..=0x2ddf
        // Hangul, Kana, Han and their punctuation
        | 0x1100..=0x11ff | 0x3000..=0x30ff | 0x3130..=0x318f | 0x31f0..=0x31ff | 0x3400..=0x9fff
        | 0xa960..=0xa97f | 0xac00..=0xd7ff | 0xf900..=0xfaff | 0x2_0000..=0x3_ffff)
}

/// Letters that one language's keyboards and another's write differently, or the end of a word; one form each.
pub fn same_letter(letter: char) -> char {
    let moved = |by: i32| {
        u32::from(letter)
            .checked_add_signed(by)
            .and_then(char::from_u32)
            .unwrap_or(letter)
    };
    match letter {
        'ى' | 'ی' => 'ي',
        'ک' => 'ك',
        'ہ' | 'ھ' | 'ە' | 'ة' | 'ۃ' => 'ه',
        'ں' => 'ن',
        'ך' => 'כ',
        'ם' => 'מ',
        'ן' => 'נ',
        'ף' => 'פ',
        'ץ' => 'צ',
        '\u{1210}'..='\u{1216}' => moved(-0x10),
        '\u{1280}'..='\u{1286}' => moved(-0x80),
        '\u{1220}'..='\u{1227}' => moved(0x10),
        '\u{12d0}'..='\u{12d6}' => moved(-0x30),
        '\u{1340}'..='\u{1347}' => moved(-8),
        other => other,
    }
}

/// Articles, conjunctions and prepositions that are written as the beginning of the next word, as they are
/// folded.
const PREFIXES: &[&[char]] = &[
    // Arabic; alef is folded to "i"
    &['و'],
    &['ف'],
    &['ب'],
    &['ل'],
    &['ك'],
    &['i', 'ل'],
    &['و', 'i', 'ل'],
    &['ف', 'i', 'ل'],
    &['ب', 'i', 'ل'],
    &['ك', 'i', 'ل'],
    &['ل', 'ل'],
    &['و', 'ل', 'ل'],
    // Hebrew
    &['ה'],
    &['ו'],
    &['ב'],
    &['ל'],
    &['מ'],
    &['ש'],
    &['כ'],
    &['ו', 'ה'],
    &['ש', 'ה'],
    &['מ', 'ה'],
    &['כ', 'ש'],
    // Amharic
    &['የ'],
    &['በ'],
    &['ለ'],
    &['ከ'],
    &['እ', 'ና'],
];

/// How long the prefixes are that a word may begin with.
pub fn prefixes(word: &[char]) -> impl Iterator<Item = usize> {
    let may = word.get(1).is_some_and(
        |second| matches!(second, '\u{0590}'..='\u{06ff}' | '\u{1200}'..='\u{139f}' | 'i'),
    );
    let prefixes = if may { PREFIXES } else { &[] };
    prefixes
        .iter()
        .filter(move |prefix| word.starts_with(prefix))
        .map(|prefix| prefix.len())
}
