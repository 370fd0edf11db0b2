//! `generate` as a person starts it, with models of toy size.
#![cfg(feature = "candle")]
#![expect(
    clippy::unwrap_used,
    reason = "the helpers of a test fail by panicking like the test itself"
)]

use std::path::{Path, PathBuf};
use std::process::Command;

use ourvidz_gpu_worker::media::{Picture, decode_png};

/// What rounding to eight bits can make of a difference in the last place of an `f32`.
const LARGEST_DIFFERENCE: u8 = 1;

fn fixtures() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/fixtures/parity")
}

/// Runs `generate` without any of this machine's settings.
fn generate(out: &Path, arguments: &[&str]) -> (bool, String) {
    let output = Command::new(env!("CARGO_BIN_EXE_ourvidz-worker"))
        .env_clear()
        .args([
            "generate",
            "--prompt",
            "a red fox in snow",
            "--seed",
            "42",
            "--out",
        ])
        .arg(out)
        .args(arguments)
        .output()
        .unwrap();
    let told = String::from_utf8_lossy(&output.stdout).into_owned();
    let complained = String::from_utf8_lossy(&output.stderr).into_owned();
    (output.status.success(), told + &complained)
}

fn temporary(name: &str) -> PathBuf {
    std::env::temp_dir().join(format!("ourvidz-{}-{name}", std::process::id()))
}

fn read(path: &Path) -> Picture {
    decode_png(&std::fs::read(path).unwrap()).unwrap()
}

#[test]
fn the_toy_sdxl_makes_the_picture_that_diffusers_makes() {
    let out = temporary("fox.png");
    let weights = fixtures().join("sdxl/model");
    let size = ["--size", "64x64", "--steps", "15", "--guidance", "5"];
    let mut arguments = vec![
        "--negative",
        "blurry",
        "--weights",
        weights.to_str().unwrap(),
    ];
    arguments.extend(size);
    let (success, told) = generate(&out, &arguments);
    assert!(success, "{told}");
    assert!(told.contains("candle engine"), "{told}");
    let (made, expected) = (read(&out), read(&fixtures().join("sdxl/picture/fox.png")));
    std::fs::remove_file(&out).unwrap();
    assert_eq!(
        (made.width(), made.height()),
        (expected.width(), expected.height())
    );
    let difference = made
        .rgb()
        .iter()
        .zip(expected.rgb())
        .map(|(made, expected)| made.abs_diff(*expected))
        .max();
    assert!(difference <= Some(LARGEST_DIFFERENCE), "{difference:?}");
}

#[test]
fn the_toy_wan_makes_a_clip() {
    let out = temporary("fox.mp4");
    let weights = fixtures().join("wan/tiny");
    let mut arguments = vec![
        "--type",
        "video_fast",
        "--weights",
        weights.to_str().unwrap(),
    ];
    arguments.extend(["--size", "32x48", "--steps", "1"]);
    let (success, told) = generate(&out, &arguments);
    assert!(success, "{told}");
    let clip = std::fs::read(&out).unwrap();
    std::fs::remove_file(&out).unwrap();
    assert_eq!(clip.get(4..8), Some(b"ftyp".as_slice()));
}

#[test]
fn weights_of_another_model_are_refused_in_words() {
    let out = temporary("never.png");
    let weights = fixtures().join("wan/tiny");
    let (success, told) = generate(&out, &["--weights", weights.to_str().unwrap()]);
    assert!(!success && !out.exists());
    assert!(
        told.starts_with("ourvidz-worker: generation failed: "),
        "{told}"
    );
    assert!(told.contains("wan/tiny"), "{told}");
}
