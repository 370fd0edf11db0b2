//! Where each kind of file keeps its manifest, and what of it is hashed.

use std::ops::Range;

use ring::digest::{Context, SHA256};

use super::cbor::Cbor;
use super::manifest::{Binding, boxed};

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FileKind {
    Png,
    Jpeg,
    Mp4,
}

/// The `uuid` of the box that holds a manifest in an MP4.
const MP4_UUID: [u8; 16] = [
    0xd8, 0xfe, 0xc3, 0xd6, 0x1b, 0x0e, 0x48, 0x3c, 0x92, 0x97, 0x58, 0x28, 0x87, 0x7e, 0xc4, 0x81,
];
/// Version, flags, what the box is for, and where more of its kind would be.
const MP4_HEAD: &[u8] = b"\0\0\0\0manifest\0\0\0\0\0\0\0\0\0";
/// Boxes of an MP4 that others may change without touching what is shown.
const MP4_FREE: [&str; 2] = ["ftyp", "mfra"];
/// The way to the tables of offsets into the file.
const MP4_PARENTS: [&[u8]; 5] = [b"moov", b"trak", b"mdia", b"minf", b"stbl"];
/// Of a JPEG's segment, with its own two bytes.
const LONGEST_SEGMENT: usize = 0xffff;
/// Both hold what is said of a hash: its name, and how it was made.
const NAME: &str = "jumbf manifest";

impl FileKind {
    /// Where the manifest goes, which is before everything that is shown.
    pub(super) fn place(self, file: &[u8]) -> Result<usize, &'static str> {
        match self {
            // Behind the signature and IHDR, which is always 13 bytes in 12 of its chunk.
            Self::Png if file.get(12..16) == Some(b"IHDR") => Ok(8 + 12 + 13),
            Self::Png => Err("no PNG"),
            // Behind JFIF's segment, which wants to be the first.
            Self::Jpeg => match file {
                [0xff, 0xd8, 0xff, 0xe0, high, low, ..] => {
                    Ok(4 + usize::from(u16::from_be_bytes([*high, *low])))
                }
                [0xff, 0xd8, 0xff, ..] => Ok(2),
                _ => Err("no JPEG"),
            },
            Self::Mp4 => match boxes(file, 0..file.len())?.first() {
                Some(([b'f', b't', b'y', b'p'], bytes)) => Ok(bytes.end),
                _ => Err("no MP4"),
            },
        }
    }

    /// The store as the file holds it.
    pub(super) fn wrapped(self, store: &[u8]) -> Result<Vec<u8>, &'static str> {
        match self {
            Self::Png => {
                let length = (store.len() as u32).to_be_bytes();
                let chunk = [b"caBX", store].concat();
                let sum = crc32fast::hash(&chunk).to_be_bytes();
                Ok([&length[..], &chunk, &sum].concat())
            }
            Self::Jpeg => {
                // JPEG XT's box, the first of its instance, in its first and only packet.
                let head = [b"JP".as_slice(), &[0, 1], &[0, 0, 0, 1]].concat();
                let length = 2 + head.len() + store.len();
                let length = u16::try_from(length)
                    .ok()
                    .filter(|_| length <= LONGEST_SEGMENT)
                    .ok_or("the manifest is too long for a JPEG")?;
                Ok([&[0xff, 0xeb], &length.to_be_bytes()[..], &head, store].concat())
            }
            Self::Mp4 => Ok(boxed(b"uuid", &[&MP4_UUID, MP4_HEAD, store])),
        }
    }

    /// The file with the offsets in it as they are once so many bytes lie at `place`.
    pub(super) fn shift(self, file: &mut [u8], length: usize) -> Result<(), &'static str> {
        match self {
            Self::Png | Self::Jpeg => Ok(()),
            Self::Mp4 => shift_offsets(file, 0..file.len(), &MP4_PARENTS, length as u64),
        }
    }

    /// The hash of all but the manifest, which is to lie at `place`, `length` bytes long.
    pub(super) fn hash(
        self,
        file: &[u8],
        place: usize,
        length: usize,
    ) -> Result<Vec<u8>, &'static str> {
        let mut hash = Context::new(&SHA256);
        match self {
            Self::Png | Self::Jpeg => hash.update(file),
            Self::Mp4 => {
                for (kind, bytes) in boxes(file, place..file.len())? {
                    if MP4_FREE.iter().any(|free| free.as_bytes() == kind) {
                        continue;
                    }
                    hash.update(&((bytes.start + length) as u64).to_be_bytes());
                    hash.update(file.get(bytes).unwrap_or_default());
                }
            }
        }
        Ok(hash.finish().as_ref().to_vec())
    }

    pub(super) fn binding(self, place: usize, length: usize, hash: Vec<u8>) -> Binding {
        let (algorithm, name) = (Cbor::text("sha256"), Cbor::text(NAME));
        match self {
            Self::Png | Self::Jpeg => {
                let hole = Cbor::map([
                    ("start", Cbor::Whole(place as u64)),
                    ("length", Cbor::Whole(length as u64)),
                ]);
                Binding {
                    label: "c2pa.hash.data",
                    content: Cbor::map([
                        ("exclusions", Cbor::List(vec![hole])),
                        ("alg", algorithm),
                        ("hash", Cbor::Bytes(hash)),
                        ("pad", Cbor::Bytes(Vec::new())),
                        ("name", name),
                    ]),
                }
            }
            Self::Mp4 => Binding {
                label: "c2pa.hash.bmff.v3",
                content: Cbor::map([
                    ("exclusions", Cbor::List(free_boxes())),
                    ("alg", algorithm),
                    ("hash", Cbor::Bytes(hash)),
                    ("name", name),
                ]),
            },
        }
    }
}

/// What a reader of an MP4 leaves out: the manifest's own box, by its `uuid`, and those of [`MP4_FREE`].
fn free_boxes() -> Vec<Cbor> {
    let own = Cbor::map([
        ("offset", Cbor::Whole(8)),
        ("value", Cbor::Bytes(MP4_UUID.to_vec())),
    ]);
    let manifest = Cbor::map([
        ("xpath", Cbor::text("/uuid")),
        ("data", Cbor::List(vec![own])),
    ]);
    let others = MP4_FREE
        .iter()
        .map(|kind| Cbor::map([("xpath", Cbor::Text(format!("/{kind}")))]));
    std::iter::once(manifest).chain(others).collect()
}

type Box4 = ([u8; 4], Range<usize>);

/// The boxes that fill a part of an MP4. Our clips have none that is longer than 4 GB or goes on to the end.
fn boxes(file: &[u8], within: Range<usize>) -> Result<Vec<Box4>, &'static str> {
    let mut found = Vec::new();
    let mut start = within.start;
    while start < within.end {
        let head = file.get(start..start + 8).ok_or("a box ends early")?;
        let [a, b, c, d, kind @ ..] = head else {
            return Err("a box ends early");
        };
        let end = start + u32::from_be_bytes([*a, *b, *c, *d]) as usize;
        if end < start + 8 || end > within.end {
            return Err("a box has no length of its own");
        }
        let kind = <[u8; 4]>::try_from(kind).map_err(|_| "a box ends early")?;
        found.push((kind, start..end));
        start = end;
    }
    Ok(found)
}

/// Adds to each offset in the tables below these boxes.
fn shift_offsets(
    file: &mut [u8],
    within: Range<usize>,
    parents: &[&[u8]],
    by: u64,
) -> Result<(), &'static str> {
    for (kind, bytes) in boxes(file, within)? {
        match parents.split_first() {
            Some((parent, below)) if *parent == kind => {
                shift_offsets(file, bytes.start + 8..bytes.end, below, by)?;
            }
            None if kind == *b"stco" || kind == *b"co64" => {
                let width = if kind == *b"stco" { 4 } else { 8 };
                // Behind length, type, version, flags and the number of entries.
                let table = file.get_mut(bytes.start + 16..bytes.end);
                for entry in table.unwrap_or_default().chunks_exact_mut(width) {
                    let old = entry
                        .iter()
                        .fold(0_u64, |value, byte| value << 8 | u64::from(*byte));
                    let new = (old + by).to_be_bytes();
                    if new[..8 - width].iter().any(|byte| *byte != 0) {
                        return Err("an offset grows beyond its width");
                    }
                    entry.copy_from_slice(&new[8 - width..]);
                }
            }
            _ => {}
        }
    }
    Ok(())
}
