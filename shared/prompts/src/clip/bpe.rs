//! Byte-pair encoding of one word.

use alloc::collections::BinaryHeap;
use alloc::vec::Vec;
use core::cmp::Reverse;

use super::merges::Merges;

/// What is added to a byte's id at the end of a word.
const END_OF_WORD: u16 = 256;

/// The id of each byte: CLIP numbers the printable ones first.
const BYTE_IDS: [u16; 256] = byte_ids();

/// No neighbour.
const NONE: u32 = u32::MAX;

/// A token on the way, in a list that shrinks while tokens are merged.
#[derive(Debug, Clone, Copy)]
struct Symbol {
    id: u16,
    previous: u32,
    next: u32,
    /// Whether it was merged into the one before it.
    gone: bool,
}

/// A pair that can be merged; the least rank goes first, then the leftmost.
type Candidate = Reverse<(u16, u32, u16, u16)>;

/// Encodes words; keeps its memory from word to word.
#[derive(Debug)]
pub struct Bpe<'a> {
    merges: &'a Merges,
    symbols: Vec<Symbol>,
    candidates: BinaryHeap<Candidate>,
}

impl<'a> Bpe<'a> {
    pub fn new(merges: &'a Merges) -> Self {
        Self {
            merges,
            symbols: Vec::new(),
            candidates: BinaryHeap::new(),
        }
    }

    /// Adds the ids of a word. A heap instead of repeated scans, so that a word of thousands of letters takes
    /// hardly more than linear time.
    pub fn encode(&mut self, word: &str, ids: &mut Vec<u16>) {
        self.symbols.clear();
        self.candidates.clear();
        let length = word.len() as u32;
        for (place, byte) in (0_u32..).zip(word.bytes()) {
            let is_last = place + 1 == length;
            let id = BYTE_IDS.get(usize::from(byte)).copied().unwrap_or_default();
            self.symbols.push(Symbol {
                id: if is_last { id + END_OF_WORD } else { id },
                previous: if place == 0 { NONE } else { place - 1 },
                next: if is_last { NONE } else { place + 1 },
                gone: false,
            });
        }
        for place in 0..length {
            self.offer(place);
        }
        while let Some(Reverse((rank, place, left, right))) = self.candidates.pop() {
            self.merge(rank, place, left, right);
        }
        ids.extend(
            self.symbols
                .iter()
                .filter(|symbol| !symbol.gone)
                .map(|symbol| symbol.id),
        );
    }

    fn symbol(&self, place: u32) -> Option<Symbol> {
        self.symbols.get(place as usize).copied()
    }

    /// Offers the pair that begins at a place, if there is a merge for it.
    fn offer(&mut self, place: u32) {
        let Some(left) = self.symbol(place) else {
            return;
        };
        let Some(right) = self.symbol(left.next) else {
            return;
        };
        if let Some(rank) = self.merges.rank(left.id, right.id) {
            self.candidates
                .push(Reverse((rank, place, left.id, right.id)));
        }
    }

    /// Merges a pair, unless one of the two was merged with something else since it was offered.
    fn merge(&mut self, rank: u16, place: u32, left_id: u16, right_id: u16) {
        let Some(left) = self
            .symbol(place)
            .filter(|left| !left.gone && left.id == left_id)
        else {
            return;
        };
        let Some(right) = self.symbol(left.next).filter(|right| right.id == right_id) else {
            return;
        };

        if let Some(gone) = self.symbols.get_mut(left.next as usize) {
            gone.gone = true;
        }
        if let Some(behind) = self.symbols.get_mut(right.next as usize) {
            behind.previous = place;
        }
        if let Some(merged) = self.symbols.get_mut(place as usize) {
            merged.id = Merges::merged(rank);
            merged.next = right.next;
        }
        self.offer(left.previous);
        self.offer(place);
    }
}

const fn byte_ids() -> [u16; 256] {
    let mut ids = [0; 256];
    let mut next = 0;
    let mut printable = true;
    // First all printable bytes, then the others, each in their own order.
    loop {
        let mut byte = 0;
        while byte < 256 {
            if is_printable(byte) == printable {
                ids[byte] = next;
                next += 1;
            }
            byte += 1;
        }
        if !printable {
            return ids;
        }
        printable = false;
    }
}

const fn is_printable(byte: usize) -> bool {
    matches!(byte, 33..=126 | 161..=172 | 174..=255)
}
