//! The merges of CLIP's vocabulary as a table that is searched by pair.

use alloc::vec::Vec;

/// 48,894 pairs of ids in the order of their rank, as four planes of bytes: low and high of the left ids, low
/// and high of the right ones. Made by `tests/fixtures/clip/make_clip_data.py`; origin and licence are in
/// `data/NOTICE`.
const PLANES: &[u8] = include_bytes!("../../data/clip_merges.bin");

/// How many merges there are.
const COUNT: usize = PLANES.len() / 4;

/// Ids below this are bytes: 256 within a word, 256 at the end of one.
const FIRST_MERGED: u16 = 512;

const _: () = assert!(
    COUNT == 48_894 && PLANES.len().is_multiple_of(4),
    "the data file is not CLIP's"
);

/// Which two tokens become which third one.
#[derive(Debug)]
pub struct Merges {
    /// For each left id, where its pairs begin in the other two.
    starts: Vec<u16>,
    /// Right ids, ascending for each left id.
    rights: Vec<u16>,
    /// The rank of each pair.
    ranks: Vec<u16>,
    /// Two ids behind those of the merges are the start and the end token's.
    start: u16,
}

impl Merges {
    /// CLIP's own merges.
    pub fn unpack() -> Self {
        Self::sorted(COUNT as u16, |rank| {
            (id(0, usize::from(rank)), id(2, usize::from(rank)))
        })
    }

    /// Other merges, in the order of their rank; `None` if they are more than CLIP's.
    pub fn of(pairs: &[(u16, u16)]) -> Option<Self> {
        let count = u16::try_from(pairs.len()).ok()?;
        (pairs.len() <= COUNT).then(|| {
            Self::sorted(count, |rank| {
                pairs.get(usize::from(rank)).copied().unwrap_or_default()
            })
        })
    }

    /// Sorts the pairs by left and right id: two counting sorts, by right first and then, keeping that order,
    /// by left.
    fn sorted(count: u16, pair: impl Fn(u16) -> (u16, u16)) -> Self {
        let ids = usize::from(FIRST_MERGED + count);
        let in_rank_order: Vec<u16> = (0..count).collect();
        let (by_right, _) = counting_sort(ids, &in_rank_order, |rank| pair(rank).1);
        let (ranks, starts) = counting_sort(ids, &by_right, |rank| pair(rank).0);
        let rights = ranks.iter().map(|rank| pair(*rank).1).collect();
        Self {
            starts,
            rights,
            ranks,
            start: FIRST_MERGED + count,
        }
    }

    /// The id of the start token; the end token's is the next.
    pub const fn start(&self) -> u16 {
        self.start
    }

    /// The rank of a pair, smaller is merged earlier.
    pub fn rank(&self, left: u16, right: u16) -> Option<u16> {
        let start = usize::from(*self.starts.get(usize::from(left))?);
        let end = usize::from(*self.starts.get(usize::from(left) + 1)?);
        let place = self.rights.get(start..end)?.binary_search(&right).ok()?;
        self.ranks.get(start + place).copied()
    }

    /// The token that the pair of a rank becomes.
    pub fn merged(rank: u16) -> u16 {
        FIRST_MERGED + rank
    }
}

/// Reads an id from two planes.
fn id(first_plane: usize, rank: usize) -> u16 {
    let byte = |plane: usize| {
        PLANES
            .get(plane * COUNT + rank)
            .copied()
            .unwrap_or_default()
    };
    u16::from_le_bytes([byte(first_plane), byte(first_plane + 1)])
}

/// Sorts `items` by a key below `ids`, stable. Gives the items and where each key's items begin.
fn counting_sort(ids: usize, items: &[u16], key: impl Fn(u16) -> u16) -> (Vec<u16>, Vec<u16>) {
    let mut starts = alloc::vec![0_u16; ids + 1];
    for item in items {
        if let Some(count) = starts.get_mut(usize::from(key(*item)) + 1) {
            *count += 1;
        }
    }
    let mut sum = 0;
    for start in &mut starts {
        sum += *start;
        *start = sum;
    }
    let mut next = starts.clone();
    let mut sorted = alloc::vec![0_u16; items.len()];
    for item in items {
        if let Some(place) = next.get_mut(usize::from(key(*item))) {
            if let Some(slot) = sorted.get_mut(usize::from(*place)) {
                *slot = *item;
            }
            *place += 1;
        }
    }
    (sorted, starts)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_merge_is_found_under_its_pair() {
        let merges = Merges::unpack();
        for rank in 0..COUNT as u16 {
            let pair = (id(0, usize::from(rank)), id(2, usize::from(rank)));
            assert_eq!(merges.rank(pair.0, pair.1), Some(rank));
        }
    }

    #[test]
    fn an_unknown_pair_has_no_rank() {
        let merges = Merges::unpack();
        assert_eq!(merges.rank(u16::MAX, 0), None);
        assert_eq!(merges.rank(0, u16::MAX), None);
    }
}
