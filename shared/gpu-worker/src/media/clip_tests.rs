use openh264::decoder::Decoder;
use openh264::formats::YUVSource as _;

use super::*;

const SOURCE: DigitalSource = DigitalSource::TrainedAlgorithmicMedia;

/// The first box of this name in the bytes, without its header.
fn find<'a>(bytes: &'a [u8], name: &[u8; 4]) -> &'a [u8] {
    let mut rest = bytes;
    while rest.len() >= 8 {
        let length = u32::from_be_bytes(rest[..4].try_into().unwrap()) as usize;
        assert!(
            length >= 8 && length <= rest.len(),
            "a box of {length} bytes"
        );
        if rest[4..8] == *name {
            return &rest[8..length];
        }
        rest = &rest[length..];
    }
    panic!("no {} box", String::from_utf8_lossy(name));
}

fn number(bytes: &[u8], at: usize) -> u32 {
    u32::from_be_bytes(bytes[at..at + 4].try_into().unwrap())
}

fn track(file: &[u8]) -> &[u8] {
    find(find(find(file, b"moov"), b"trak"), b"mdia")
}

fn clip(width: u32, height: u32, frames: u32, paint: impl Fn(u32) -> [u8; 3]) -> Vec<u8> {
    let mut clip = Clip::new(width, height, 16, "a red fox", SOURCE).unwrap();
    for frame in 0..frames {
        let mut picture = Picture::new(width, height);
        let colour = paint(frame);
        picture.fill(|_, _| colour);
        clip.push(&picture).unwrap();
    }
    assert_eq!(clip.frames(), frames);
    clip.finish().unwrap()
}

#[test]
fn the_file_has_every_frame_and_starts_fast() {
    let file = clip(480, 832, 81, |frame| [frame as u8 * 3, 90, 200]);
    assert_eq!(&file[4..8], b"ftyp");
    let place = |name: &[u8]| file.windows(4).position(|bytes| bytes == name).unwrap();
    assert!(
        place(b"moov") < place(b"mdat"),
        "players begin before the whole file is there"
    );
    let said = String::from_utf8_lossy(&find(&file, b"uuid")[16..]);
    assert!(said.contains("digitalsourcetype/trainedAlgorithmicMedia\""));
    let table = find(find(track(&file), b"minf"), b"stbl");
    assert_eq!(number(find(table, b"stsz"), 8), 81, "frames");
    let (scale, duration) = (
        number(find(track(&file), b"mdhd"), 12),
        number(find(track(&file), b"mdhd"), 16),
    );
    let seconds = f64::from(duration) / f64::from(scale);
    assert!((seconds - 81.0 / 16.0).abs() < 0.01, "{seconds} s");
    // Key frames at 1, 33 and 65: seeking never decodes more than two seconds.
    let keys = find(table, b"stss");
    let keys: Vec<u32> = (0..number(keys, 4) as usize)
        .map(|index| number(keys, 8 + 4 * index))
        .collect();
    assert_eq!(keys, [1, 33, 65]);
}

#[test]
fn colours_survive_by_the_matrix_that_the_stream_announces() {
    for colour in [
        [230, 40, 30],
        [30, 200, 60],
        [40, 60, 220],
        [128, 128, 128],
        [255, 255, 255],
    ] {
        let file = clip(64, 64, 2, |_| colour);
        let mut decoder = Decoder::new().unwrap();
        // The parameter sets stand in the avcC box, the frames in mdat, each behind its length.
        let at = file.windows(4).position(|bytes| bytes == b"avcC").unwrap() + 4;
        let mut stream = Vec::new();
        let mut unit = |bytes: &[u8]| stream.extend([&[0, 0, 0, 1], bytes].concat());
        let sps = u16::from_be_bytes([file[at + 6], file[at + 7]]) as usize;
        unit(&file[at + 8..at + 8 + sps]);
        let after = at + 8 + sps;
        let pps = u16::from_be_bytes([file[after + 1], file[after + 2]]) as usize;
        unit(&file[after + 3..after + 3 + pps]);
        let mut rest = find(&file, b"mdat");
        while rest.len() > 4 {
            let length = number(rest, 0) as usize;
            unit(&rest[4..4 + length]);
            rest = &rest[4 + length..];
        }
        let frame = decoder.decode(&stream).unwrap().unwrap();
        let (luma, blue, red) = (
            f32::from(frame.y()[0]),
            f32::from(frame.u()[0]),
            f32::from(frame.v()[0]),
        );
        let (luma, blue, red) = (1.1644 * (luma - 16.0), blue - 128.0, red - 128.0);
        let decoded = [
            luma + 1.7927 * red,
            luma - 0.2132 * blue - 0.5329 * red,
            luma + 2.1124 * blue,
        ];
        for (got, wanted) in decoded.iter().zip(colour) {
            assert!(
                (got - f32::from(wanted)).abs() < 6.0,
                "{colour:?} became {decoded:?}"
            );
        }
    }
}

#[test]
fn noise_fits_into_small_clips() {
    let (width, height) = (64, 112);
    let mut clip = Clip::new(width, height, 16, "noise", SOURCE).unwrap();
    let mut state = 1_u32;
    for _ in 0..4 {
        let noise = (0..width * height * 3).map(|_| {
            // A linear congruence's upper bits: noise enough for a codec.
            state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            (state >> 24) as u8
        });
        let picture = Picture::from_rgb(width, height, noise.collect()).unwrap();
        clip.push(&picture).unwrap();
    }
    assert_eq!(clip.frames(), 4);
}

#[test]
fn sizes_that_cannot_be_stored_are_refused() {
    assert!(Clip::new(63, 64, 16, "x", SOURCE).is_err());
    assert!(Clip::new(64, 0, 16, "x", SOURCE).is_err());
    let mut clip = Clip::new(64, 64, 16, "x", SOURCE).unwrap();
    assert!(clip.push(&Picture::new(32, 64)).is_err());
}

#[test]
fn fixed_point_is_exact_for_greys() {
    for grey in 0..=255 {
        let rgb = [grey; 3];
        assert_eq!(
            weigh(LUMA, rgb, 16),
            (16.0 + f64::from(grey) * 219.0 / 255.0).round() as u8
        );
        assert_eq!((weigh(BLUE, rgb, 128), weigh(RED, rgb, 128)), (128, 128));
    }
}
