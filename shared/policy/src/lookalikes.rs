//! Which characters look like, or stand for, which letters.

use super::scripts;

/// Stands for a symbol that hides a letter, as in "w*rd".
pub const ANY_LETTER: char = '\u{2}';

/// Looks up the letters that a lower-case letter is read as: mostly one, two for ligatures and "ß".
pub fn letters(letter: char) -> impl Iterator<Item = char> {
    let (first, second) = match letter {
        'ß' => ('s', Some('s')),
        'æ' => ('a', Some('e')),
        'œ' => ('o', Some('e')),
        other => (one_letter(other), None),
    };
    core::iter::once(first).chain(second)
}

/// Reads a digit as the letter that it replaces in disguised words.
pub fn digit(digit: u8) -> char {
    match digit {
        0 => 'o',
        1 => 'i',
        2 => 'z',
        3 => 'e',
        4 => 'a',
        5 => 's',
        6 | 9 => 'g',
        7 => 't',
        _ => 'b',
    }
}

/// Reads a symbol as the letter that it replaces.
pub fn symbol(character: char) -> Option<char> {
    Some(match character {
        '@' => 'a',
        '$' => 's',
        '€' => 'e',
        '!' | '|' | '¡' => 'i',
        '+' | '†' => 't',
        '¢' => 'c',
        '*' | '#' | '•' | '●' | '×' => ANY_LETTER,
        _ => return None,
    })
}

/// The value of a decimal digit of any script that is in wide use.
pub fn decimal(character: char) -> Option<u8> {
    /// The zeros of Arabic, Persian, the Indic scripts in the order of their blocks, Thai, Lao, Burmese and
    /// Khmer; their digits follow in order.
    const ZEROS: [u32; 14] = [
        0x0660, 0x06f0, 0x0966, 0x09e6, 0x0a66, 0x0ae6, 0x0be6, 0x0c66, 0x0ce6, 0x0d66, 0x0e50,
        0x0ed0, 0x1040, 0x17e0,
    ];
    if let Some(digit) = character.to_digit(10) {
        return u8::try_from(digit).ok();
    }
    let code = u32::from(character);
    ZEROS
        .iter()
        .filter_map(|zero| code.checked_sub(*zero))
        .find(|value| *value < 10)
        .and_then(|value| u8::try_from(value).ok())
}

/// Whether a character is drawn as white space without being it.
pub fn is_blank(character: char) -> bool {
    matches!(
        character,
        '\u{2800}' | '\u{115f}' | '\u{1160}' | '\u{3164}' | '\u{ffa0}'
    )
}

/// Whether a character is not drawn at all, so that it does not separate letters.
pub fn is_invisible(character: char) -> bool {
    matches!(character,
        '\u{ad}' | '\u{34f}' | '\u{61c}' | '\u{640}' | '\u{17b4}' | '\u{17b5}' | '\u{180b}'..='\u{180f}'
        | '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{206f}'
        | '\u{fe00}'..='\u{fe0f}' | '\u{feff}' | '\u{fff0}'..='\u{fffb}'
        | '\u{1f3fb}'..='\u{1f3ff}' | '\u{1bca0}'..='\u{1bca3}' | '\u{1d173}'..='\u{1d17a}'
        | '\u{e0000}'..='\u{e0fff}')
}

/// Letters in circles and squares that normalisation leaves alone, and the letters that flags are made of.
pub fn enclosed_letter(character: char) -> Option<char> {
    const ALPHABETS: [u32; 4] = [0x1f130, 0x1f150, 0x1f170, 0x1f1e6];
    let code = u32::from(character);
    let place = ALPHABETS
        .iter()
        .filter_map(|first| code.checked_sub(*first))
        .find(|place| *place < 26)?;
    let letter = u8::try_from(place).ok()?.checked_add(b'a')?;
    Some(char::from(letter))
}

/// Gives "l" and "i" one form, since a capital "i" is an "l" and both are a "1". This comes last: "ill" is no
/// letter three times.
pub fn merged(letter: char) -> char {
    if letter == 'l' { 'i' } else { letter }
}

/// Letters that look alike share one form.
fn one_letter(letter: char) -> char {
    match letter {
        'ı' | 'ɩ' | 'ɪ' | 'і' | 'ι' => 'i',
        'ł' | 'ʟ' | 'ǀ' | 'ӏ' | 'ا' => 'l',
        'а' | 'α' | 'ɑ' | 'ᴀ' | 'ª' => 'a',
        'в' | 'β' | 'ƀ' | 'ɓ' | 'ʙ' | 'ь' => 'b',
        'с' | 'ϲ' | 'ς' | 'ᴄ' | 'ƈ' | 'ȼ' => 'c',
        'ԁ' | 'đ' | 'ð' | 'ɖ' | 'ɗ' | 'ᴅ' => 'd',
        'е' | 'ε' | 'є' | 'ɛ' | 'ə' | 'ǝ' | 'ᴇ' | 'ҽ' | 'ɇ' => 'e',
        'ƒ' => 'f',
        'ɡ' | 'ɢ' | 'ǥ' | 'ɠ' => 'g',
        'н' | 'һ' | 'ħ' | 'ɦ' | 'ʜ' | 'հ' => 'h',
        'ј' | 'ϳ' | 'ʝ' | 'ᴊ' => 'j',
        'к' | 'κ' | 'ƙ' | 'ᴋ' => 'k',
        'м' | 'ᴍ' | 'ɱ' => 'm',
        'ո' | 'η' | 'ɴ' | 'ɲ' | 'ŋ' | 'ƞ' | 'п' => 'n',
        'о' | 'ο' | 'ø' | 'ᴏ' | 'օ' | 'σ' | 'ө' | 'ɵ' => 'o',
        'р' | 'ρ' | 'þ' | 'ᴘ' | 'ƥ' => 'p',
        'ԛ' | 'գ' => 'q',
        'ʀ' | 'ɾ' | 'ɽ' | 'г' | 'ґ' | 'ᴦ' => 'r',
        'ѕ' | 'ꜱ' | 'ʂ' | 'ſ' => 's',
        'т' | 'τ' | 'ᴛ' | 'ŧ' | 'ʈ' => 't',
        'υ' | 'ս' | 'ᴜ' | 'ʋ' | 'μ' => 'u',
        'ν' | 'ѵ' | 'ᴠ' => 'v',
        'ѡ' | 'ω' | 'ԝ' | 'ᴡ' => 'w',
        'х' | 'χ' => 'x',
        'у' | 'γ' | 'ү' | 'ʏ' | 'ყ' => 'y',
        'ᴢ' | 'ƶ' | 'ʐ' => 'z',
        other => scripts::same_letter(other),
    }
}
