//! Headers as encoders write them, and as nobody should.

use super::*;
use alloc::format;
use alloc::vec::Vec;

use proptest::prelude::*;

const SIZE: Dimensions = Dimensions {
    width: 640,
    height: 480,
};

fn png_of(width: u32, height: u32) -> Vec<u8> {
    let mut file = b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR".to_vec();
    file.extend(width.to_be_bytes());
    file.extend(height.to_be_bytes());
    file.extend([8, 6, 0, 0, 0]);
    file.extend(*b"crc!");
    file
}

/// With `notes` bytes of what programs note before the frame.
fn jpeg_of(width: u16, height: u16, notes: usize) -> Vec<u8> {
    let mut file = b"\xff\xd8".to_vec();
    let notes = alloc::vec![0xa5; notes];
    for piece in notes.chunks(60_000) {
        file.extend(b"\xff\xff\xe1");
        file.extend(u16::try_from(piece.len() + 2).unwrap().to_be_bytes());
        file.extend(piece);
    }
    file.extend(b"\xff\xc4\0\x03\0\xff\xc2\0\x11\x08");
    file.extend(height.to_be_bytes());
    file.extend(width.to_be_bytes());
    file.extend([3, 1, 0x22, 0, 2, 0x11, 1, 3, 0x11, 1]);
    file
}

fn webp_of(kind: &[u8; 4], content: &[u8]) -> Vec<u8> {
    let length = u32::try_from(content.len()).unwrap();
    let mut file = b"RIFF".to_vec();
    file.extend((length + 12).to_le_bytes());
    file.extend(b"WEBP");
    file.extend(kind);
    file.extend(length.to_le_bytes());
    file.extend(content);
    file
}

fn webps() -> [Vec<u8>; 3] {
    [
        webp_of(
            b"VP8 ",
            &[0x10, 0, 0, 0x9d, 1, 0x2a, 0x80, 0x42, 0xe0, 0x01],
        ),
        webp_of(b"VP8L", &[0x2f, 0x7f, 0xc2, 0x77, 0x00]),
        webp_of(b"VP8X", &[0x10, 0, 0, 0, 0x7f, 0x02, 0, 0xdf, 0x01, 0]),
    ]
}

fn size_of(file: &[u8]) -> Option<Dimensions> {
    dimensions(file, file.len() as u64)
}

#[test]
fn each_kind_says_how_large_it_is() {
    let mut files = Vec::from(webps());
    files.extend([png_of(640, 480), jpeg_of(640, 480, 0)]);
    for file in files {
        assert_eq!(size_of(&file), Some(SIZE), "{file:x?}");
    }
}

#[test]
fn what_is_cut_off_before_that_is_no_picture() {
    let mut files = Vec::from(webps());
    files.extend([png_of(640, 480), jpeg_of(640, 480, 100)]);
    for file in files {
        // Of a JPEG's frame the colours come last.
        for end in 0..file.len() {
            let cut = &file[..end];
            assert_eq!(size_of(cut), None, "{end} of {}", file.len());
        }
    }
}

#[test]
fn a_webp_that_is_shorter_than_it_says_was_cut_off() {
    let file = &webps()[0];
    assert_eq!(dimensions(file, file.len() as u64 - 1), None);
    assert_eq!(dimensions(file, file.len() as u64 + 1), Some(SIZE));
}

#[test]
fn what_would_fill_the_memory_of_whoever_decodes_it_is_refused() {
    let side = MAX_REFERENCE_SIDE;
    assert!(size_of(&png_of(side, side)).is_some());
    for (width, height) in [
        (30_000, 30_000),
        (side + 1, 1),
        (1, side + 1),
        (u32::MAX, 1),
        (0, 1),
        (1, 0),
    ] {
        assert_eq!(size_of(&png_of(width, height)), None, "{width} {height}");
    }
    assert_eq!(size_of(&jpeg_of(30_000, 30_000, 0)), None);
    assert_eq!(
        size_of(&jpeg_of(640, 0, 0)),
        None,
        "its height would come later"
    );
    assert_eq!(
        size_of(&webp_of(
            b"VP8X",
            &[0, 0, 0, 0, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff]
        )),
        None
    );
}

#[test]
fn what_cameras_and_programs_note_is_skipped() {
    let mut file = jpeg_of(640, 480, 200_000);
    file.resize(1_000_000, 0);
    let beginning = &file[..HEADER_BYTES as usize];
    assert_eq!(dimensions(beginning, file.len() as u64), Some(SIZE));
}

#[test]
fn other_files_are_no_pictures() {
    let arithmetic = jpeg_of(640, 480, 0);
    let arithmetic: Vec<u8> = arithmetic
        .iter()
        .map(|byte| if *byte == 0xc2 { 0xca } else { *byte })
        .collect();
    let mut impossible = png_of(640, 480);
    impossible[24] = 3;
    let files: [&[u8]; 9] = [
        b"",
        b"<svg xmlns='http://www.w3.org/2000/svg'>",
        b"GIF89a\x01\0\x01\0\0\0",
        b"RIFF\x24\0\0\0WAVEfmt \0\0\0\0",
        b"\xff\xd8\xff\xd9\0\x02",
        b"\xff\xd8\xff\xe0\0\x01\xff\xc0",
        b"\xff\xd8\xff\xff\xff\xff",
        &arithmetic,
        &impossible,
    ];
    for file in files {
        assert_eq!(size_of(file), None, "{file:x?}");
    }
}

proptest! {
    #[test]
    fn nothing_makes_it_panic_or_say_too_much(
        start in prop::sample::select(alloc::vec![
            &b""[..], b"\xff\xd8\xff", b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR", b"RIFF\x24\0\0\0WEBPVP8X",
        ]),
        rest in prop::collection::vec(any::<u8>(), 0..200),
        bytes in any::<u64>(),
    ) {
        let file: Vec<u8> = start.iter().copied().chain(rest).collect();
        if let Some(found) = dimensions(&file, bytes) {
            prop_assert!(found.width.max(found.height) <= MAX_REFERENCE_SIDE, "{}", format!("{found:?}"));
        }
    }
}
