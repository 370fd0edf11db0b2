//! The notes on how a picture was made, where viewers of JPEG files of this field look for them.

/// Before the data in a JPEG's APP1 segment.
const HEADER: &[u8] = b"Exif\0\0";
/// Big endian, and where the first directory begins.
const TIFF: &[u8] = b"MM\0\x2a\0\0\0\x08";
/// The tag of the directory that holds comments, and that of a comment of the user's.
const EXIF_DIRECTORY: u16 = 0x8769;
const USER_COMMENT: u16 = 0x9286;
/// The kinds of a value: a number of four bytes, and bytes of any meaning.
const LONG: u16 = 4;
const UNDEFINED: u16 = 7;
/// A directory of one entry takes 18 bytes: the number of its entries, one of 12, and where the next one is.
const SECOND_DIRECTORY: u32 = 8 + 18;
const COMMENT: u32 = SECOND_DIRECTORY + 18;
/// A comment says in which alphabet it is: two bytes a letter, in the byte order of the file.
const UNICODE: &[u8] = b"UNICODE\0";

/// The content of the segment, with this comment.
pub(super) fn comment_segment(comment: &str) -> Vec<u8> {
    let letters = comment.encode_utf16().flat_map(u16::to_be_bytes);
    let comment: Vec<u8> = UNICODE.iter().copied().chain(letters).collect();
    [
        HEADER,
        TIFF,
        &directory(EXIF_DIRECTORY, LONG, 1, SECOND_DIRECTORY),
        &directory(USER_COMMENT, UNDEFINED, comment.len() as u32, COMMENT),
        &comment,
    ]
    .concat()
}

/// A directory with one entry, and none behind it.
fn directory(tag: u16, kind: u16, count: u32, value: u32) -> Vec<u8> {
    [
        &1_u16.to_be_bytes()[..],
        &tag.to_be_bytes(),
        &kind.to_be_bytes(),
        &count.to_be_bytes(),
        &value.to_be_bytes(),
        &0_u32.to_be_bytes(),
    ]
    .concat()
}
