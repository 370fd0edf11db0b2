//! The tokenizer against the reference's answers, which `tests/fixtures/clip/make_clip_data.py` recorded.

use ourvidz_prompts::clip::{ClipTokenizer, END, START};
use sha2::{Digest, Sha256};

#[cfg(target_arch = "wasm32")]
use wasm_bindgen_test::wasm_bindgen_test as test;

const PIECES: &str = include_str!("../../../tests/fixtures/clip/pieces.txt");
const RANDOM_TEXTS: &str = include_str!("../../../tests/fixtures/clip/random_texts.txt");
const TEXTS: &str = include_str!("../../../tests/fixtures/clip/texts.json");

#[derive(serde::Deserialize)]
struct Recorded {
    text: String,
    ids: Vec<u16>,
}

#[test]
fn hand_picked_texts_have_the_ids_of_the_reference() {
    let recorded: Vec<Recorded> = serde_json::from_str(TEXTS).unwrap();
    assert!(recorded.len() >= 20);
    for Recorded { text, ids } in recorded {
        assert_eq!(ClipTokenizer::shared().encode(&text), ids, "{text:?}");
    }
}

#[test]
fn random_texts_have_the_counts_and_the_ids_of_the_reference() {
    let (hash, counts) = RANDOM_TEXTS.split_once('\n').unwrap();
    let counts: Vec<usize> = counts
        .split_whitespace()
        .map(|count| count.parse().unwrap())
        .collect();
    assert!(counts.len() >= 10_000);

    let tokenizer = ClipTokenizer::new();
    let mut digest = Sha256::new();
    for (seed, count) in (0..).zip(counts) {
        let text = random_text(seed);
        let ids = tokenizer.encode(&text);
        assert_eq!(ids.len(), count, "text {seed}: {text:?}");
        digest.update((ids.len() as u32).to_le_bytes());
        for id in ids {
            digest.update(id.to_le_bytes());
        }
    }
    let digest: String = digest
        .finalize()
        .iter()
        .map(|byte| format!("{byte:02x}"))
        .collect();
    assert_eq!(
        digest, hash,
        "some text has the right number of tokens, but other ones"
    );
}

#[test]
fn the_frame_is_counted() {
    let tokenizer = ClipTokenizer::shared();
    assert_eq!(tokenizer.encode(""), [START, END]);
    assert_eq!(tokenizer.count("a photo of a cat"), 7);
}

/// Encoding neither recurses nor scans a word again for every merge.
#[test]
fn a_word_as_long_as_a_request_is_encoded() {
    let word = "q".repeat(64 * 1024);
    assert!(ClipTokenizer::shared().count(&word) > 2);
}

// The generator of `tests/fixtures/clip/texts.py`, number by number.

const RANGES: &[(u32, u32)] = &[
    (0x20, 0x7e),
    (0xa1, 0x24f),
    (0x300, 0x36f),
    (0x391, 0x3c9),
    (0x410, 0x44f),
    (0x5d0, 0x5ea),
    (0x621, 0x64a),
    (0x904, 0x939),
    (0xe01, 0xe30),
    (0x1100, 0x1112),
    (0x1e00, 0x1eff),
    (0x2010, 0x2027),
    (0x20a0, 0x20ba),
    (0x2100, 0x2138),
    (0x2190, 0x21ff),
    (0x3041, 0x3096),
    (0x30a1, 0x30fa),
    (0x4e00, 0x9fa5),
    (0xac00, 0xd7a3),
    (0xff01, 0xff5e),
    (0x1d400, 0x1d454),
    (0x1f300, 0x1f5ff),
    (0x1f600, 0x1f64f),
];

const SEPARATORS: &[&str] = &[
    "", " ", " ", " ", "  ", "\n", "\t", "\u{a0}", "-", "'", ", ", "\u{200b}", "\u{3000}",
];

/// `SplitMix64`.
struct Numbers(u64);

impl Numbers {
    fn below(&mut self, limit: u64) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        (mixed ^ (mixed >> 31)) % limit
    }

    fn pick<'a, T>(&mut self, items: &'a [T]) -> &'a T {
        &items[self.below(items.len() as u64) as usize]
    }

    fn characters(&mut self, count: u64, first: u32, last: u32) -> String {
        (0..count)
            .filter_map(|_| char::from_u32(first + self.below(u64::from(last - first + 1)) as u32))
            .collect()
    }
}

fn chunk(numbers: &mut Numbers, pieces: &[&str]) -> String {
    match numbers.below(16) {
        0..9 => (*numbers.pick(pieces)).to_owned(),
        9..12 => {
            let count = 1 + numbers.below(12);
            numbers.characters(count, 'a'.into(), 'z'.into())
        }
        12..14 => {
            let (first, last) = *numbers.pick(RANGES);
            let count = 1 + numbers.below(8);
            numbers.characters(count, first, last)
        }
        14 => {
            let count = 1 + numbers.below(6);
            numbers.characters(count, '0'.into(), '9'.into())
        }
        _ => {
            let longest = if numbers.below(16) == 0 { 400 } else { 20 };
            let count = 1 + numbers.below(longest);
            numbers.characters(count, 'A'.into(), 'Z'.into())
        }
    }
}

fn random_text(seed: u64) -> String {
    let pieces: Vec<&str> = PIECES.lines().collect();
    let mut numbers = Numbers(seed);
    let mut text = String::new();
    for _ in 0..=numbers.below(24) {
        text += &chunk(&mut numbers, &pieces);
        text += *numbers.pick(SEPARATORS);
    }
    text
}
