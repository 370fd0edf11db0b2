//! What a picture says of its size before anything of it is decoded: PNG, JPEG and WebP.

use crate::limits::MAX_REFERENCE_SIDE;

/// As much of a file as [`dimensions`] needs to see. A JPEG may tell of camera, edits and colours first, in pieces of
/// at most 64 KiB; four of them leave room for a preview and a profile.
pub const HEADER_BYTES: u32 = 256 * 1024;

/// The size of a picture.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Dimensions {
    pub width: u32,
    pub height: u32,
}

/// The size of a file of `bytes` bytes that begins so. None if it is no picture that a worker could read: another
/// format, cut off, without a pixel or larger than [`MAX_REFERENCE_SIDE`]. Its name and its media type are only what a
/// client said.
#[must_use]
pub fn dimensions(beginning: &[u8], bytes: u64) -> Option<Dimensions> {
    let found = png(beginning)
        .or_else(|| jpeg(beginning))
        .or_else(|| webp(beginning, bytes))?;
    let sides = 1..=MAX_REFERENCE_SIDE;
    (sides.contains(&found.width) && sides.contains(&found.height)).then_some(found)
}

fn png(beginning: &[u8]) -> Option<Dimensions> {
    let header = beginning.strip_prefix(b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR")?;
    let (width, rest) = header.split_first_chunk()?;
    let (height, rest) = rest.split_first_chunk()?;
    // Depth, colours, one way each to compress and to filter, interlaced or not, and a checksum.
    let [depth, colours, 0, 0, 0 | 1, _, _, _, _, ..] = rest else {
        return None;
    };
    let exists = match colours {
        0 => matches!(depth, 1 | 2 | 4 | 8 | 16),
        3 => matches!(depth, 1 | 2 | 4 | 8),
        2 | 4 | 6 => matches!(depth, 8 | 16),
        _ => false,
    };
    exists.then_some(Dimensions {
        width: u32::from_be_bytes(*width),
        height: u32::from_be_bytes(*height),
    })
}

fn jpeg(beginning: &[u8]) -> Option<Dimensions> {
    let mut rest = beginning.strip_prefix(b"\xff\xd8")?;
    loop {
        let (kind, after) = marker(rest)?;
        let (length, content) = after.split_first_chunk()?;
        // It counts itself.
        let length = usize::from(u16::from_be_bytes(*length)).checked_sub(2)?;
        match kind {
            // Baseline, extended and progressive: the kinds that decoders read.
            0xc0..=0xc2 => return jpeg_frame(content.get(..length)?),
            // Tables, what programs noted, comments.
            0xc4 | 0xdb..=0xdf | 0xe0..=0xef | 0xfe => rest = content.get(length..)?,
            _ => return None,
        }
    }
}

/// The marker that stands here, after any number of bytes that fill.
fn marker(mut rest: &[u8]) -> Option<(u8, &[u8])> {
    rest = rest.strip_prefix(b"\xff")?;
    while let Some(filled) = rest.strip_prefix(b"\xff") {
        rest = filled;
    }
    rest.split_first().map(|(kind, after)| (*kind, after))
}

fn jpeg_frame(content: &[u8]) -> Option<Dimensions> {
    let &[8, height_1, height_0, width_1, width_0, 1 | 3 | 4, ..] = content else {
        return None;
    };
    Some(Dimensions {
        width: u16::from_be_bytes([width_1, width_0]).into(),
        height: u16::from_be_bytes([height_1, height_0]).into(),
    })
}

fn webp(beginning: &[u8], bytes: u64) -> Option<Dimensions> {
    let (length, rest) = beginning.strip_prefix(b"RIFF")?.split_first_chunk()?;
    if u64::from(u32::from_le_bytes(*length)) + 8 > bytes {
        return None;
    }
    let (kind, rest) = rest.strip_prefix(b"WEBP")?.split_first_chunk::<4>()?;
    let (_length, content) = rest.split_first_chunk::<4>()?;
    match kind {
        b"VP8 " => webp_lossy(content),
        b"VP8L" => webp_lossless(content),
        b"VP8X" => webp_extended(content),
        _ => None,
    }
}

/// The sides have 14 bits; the two above them say how to stretch what was decoded.
const SIDE_OF_WEBP: u16 = 0x3fff;

fn webp_lossy(content: &[u8]) -> Option<Dimensions> {
    let &[
        tag,
        _,
        _,
        0x9d,
        0x01,
        0x2a,
        width_0,
        width_1,
        height_0,
        height_1,
        ..,
    ] = content
    else {
        return None;
    };
    // The first frame stands for itself.
    (tag & 1 == 0).then_some(Dimensions {
        width: (u16::from_le_bytes([width_0, width_1]) & SIDE_OF_WEBP).into(),
        height: (u16::from_le_bytes([height_0, height_1]) & SIDE_OF_WEBP).into(),
    })
}

fn webp_lossless(content: &[u8]) -> Option<Dimensions> {
    let (bits, _) = content.strip_prefix(b"\x2f")?.split_first_chunk()?;
    let bits = u32::from_le_bytes(*bits);
    let side = |bits: u32| (bits & u32::from(SIDE_OF_WEBP)) + 1;
    let version = bits >> 29;
    (version == 0).then_some(Dimensions {
        width: side(bits),
        height: side(bits >> 14),
    })
}

fn webp_extended(content: &[u8]) -> Option<Dimensions> {
    let &[
        _,
        _,
        _,
        _,
        width_0,
        width_1,
        width_2,
        height_0,
        height_1,
        height_2,
        ..,
    ] = content
    else {
        return None;
    };
    Some(Dimensions {
        width: u32::from_le_bytes([width_0, width_1, width_2, 0]) + 1,
        height: u32::from_le_bytes([height_0, height_1, height_2, 0]) + 1,
    })
}

#[cfg(test)]
mod tests;
