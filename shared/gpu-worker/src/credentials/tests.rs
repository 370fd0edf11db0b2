//! Files that are signed, as far as no reader of others is needed: those are asked in tests/journeys.

use super::*;
use crate::log::now_ms;
use crate::media::{Clip, DigitalSource, Picture, decode_png, poster};
use crate::media::{ImageMetadata, encode_png};

fn credentials() -> ContentCredentials {
    ContentCredentials::open(&CredentialsChoice::Development, now_ms)
        .unwrap()
        .unwrap()
}

fn origin() -> Origin<'static> {
    Origin {
        source: DigitalSource::TrainedAlgorithmicMedia,
        model: "a model",
    }
}

fn picture() -> Picture {
    let mut picture = Picture::new(64, 48);
    picture.fill(|column, row| [column as u8, row as u8, 9]);
    picture
}

fn metadata() -> ImageMetadata {
    ImageMetadata {
        software: "a program".into(),
        engine: "an engine".into(),
        model: "a model".into(),
        job_type: "sdxl_image_fast".into(),
        prompt: "a red fox in snow".into(),
        negative_prompt: String::new(),
        sampler: "none".into(),
        tea_cache: None,
        steps: 1,
        guidance: 1.0,
        seed: 7,
        width: 64,
        height: 48,
        ordered: None,
        source: DigitalSource::TrainedAlgorithmicMedia,
    }
}

fn clip() -> Vec<u8> {
    let mut clip = Clip::new(64, 48, 16, "p", DigitalSource::TrainedAlgorithmicMedia).unwrap();
    for _ in 0..3 {
        clip.push(&picture()).unwrap();
    }
    clip.finish().unwrap()
}

fn holds(file: &[u8], text: &str) -> bool {
    file.windows(text.len())
        .any(|bytes| bytes == text.as_bytes())
}

#[test]
fn a_picture_stays_what_it_is_and_its_manifest_says_nothing_of_the_user() {
    let plain = encode_png(&picture(), &metadata()).unwrap();
    let signed = credentials()
        .sign(FileKind::Png, plain.clone(), origin())
        .unwrap();
    assert_eq!(decode_png(&signed).unwrap(), picture());
    let manifest = &signed[33..33 + signed.len() - plain.len()];
    assert_eq!(
        (&signed[..33], &signed[33 + manifest.len()..]),
        (&plain[..33], &plain[33..])
    );
    for said in [
        "c2pa.created",
        "trainedAlgorithmicMedia",
        "a model",
        "ourvidz-worker",
    ] {
        assert!(holds(manifest, said), "{said}");
    }
    assert!(!holds(manifest, "fox"));
}

#[test]
fn a_jpeg_keeps_its_first_segment_first() {
    let plain = poster(&picture(), DigitalSource::TrainedAlgorithmicMedia).unwrap();
    let signed = credentials()
        .sign(FileKind::Jpeg, plain.clone(), origin())
        .unwrap();
    assert_eq!(&signed[6..10], b"JFIF");
    let place = FileKind::Jpeg.place(&plain).unwrap();
    assert_eq!(signed[place..place + 2], [0xff, 0xeb]);
    assert!(signed.ends_with(&plain[place..]));
}

#[test]
fn a_clip_still_points_at_its_frames() {
    let plain = clip();
    let signed = credentials()
        .sign(FileKind::Mp4, plain.clone(), origin())
        .unwrap();
    let length = signed.len() - plain.len();
    let (before, after) = (first_frame(&plain), first_frame(&signed));
    assert_eq!(after, before + length);
    assert_eq!(signed[after..after + 16], plain[before..before + 16]);
    let index = |file: &[u8], kind: &[u8]| file.windows(4).position(|bytes| bytes == kind).unwrap();
    assert!(
        index(&signed, b"moov") < index(&signed, b"mdat"),
        "it plays while it loads"
    );
}

/// Where the first chunk of a clip lies, by its table.
fn first_frame(file: &[u8]) -> usize {
    let table = file.windows(4).position(|bytes| bytes == b"stco").unwrap();
    let entry = &file[table + 12..table + 16];
    u32::from_be_bytes(entry.try_into().unwrap()) as usize
}

#[test]
fn each_file_has_names_of_its_own() {
    let plain = encode_png(&picture(), &metadata()).unwrap();
    let sign = || {
        credentials()
            .sign(FileKind::Png, plain.clone(), origin())
            .unwrap()
    };
    assert_ne!(sign(), sign());
}

#[test]
fn what_is_no_such_file_is_not_signed() {
    let broken = clip()[..40].to_vec();
    for (kind, file) in [
        (FileKind::Png, b"GIF89a".to_vec()),
        (FileKind::Jpeg, b"RIFF....".to_vec()),
        (FileKind::Mp4, b"no boxes at all".to_vec()),
        (FileKind::Mp4, broken),
    ] {
        let error = credentials().sign(kind, file, origin()).unwrap_err();
        assert!(
            error.to_string().starts_with("content credentials: "),
            "{error}"
        );
    }
}

#[test]
fn an_operators_files_are_read_and_named() {
    let missing = CredentialsChoice::Files {
        key: "/nowhere/key.pem".into(),
        chain: "/nowhere/chain.pem".into(),
    };
    let problem = ContentCredentials::open(&missing, now_ms).err().unwrap();
    assert!(problem.starts_with("/nowhere/key.pem: "), "{problem}");
    assert!(
        ContentCredentials::open(&CredentialsChoice::None, now_ms)
            .unwrap()
            .is_none()
    );
}

/// The development certificate ends with the year 2123.
const LAST_MOMENT_MS: u64 = 4_859_740_799_000;

#[test]
fn a_certificate_that_has_ended_signs_nothing() {
    let open = |clock| ContentCredentials::open(&CredentialsChoice::Development, clock);
    assert!(open(|| LAST_MOMENT_MS).is_ok());
    let problem = open(|| LAST_MOMENT_MS + 2_000).err().unwrap();
    assert_eq!(problem, "a certificate has ended (at 21240101000000)");
}
