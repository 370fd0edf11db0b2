//! The tiny model from a request to frames, as the worker uses it.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    reason = "a test fails by panicking"
)]

use std::ops::ControlFlow;
use std::path::{Path, PathBuf};

use candle_core::{DType, Device};
use ourvidz_engine_base::{Error, LatentPreview, Progress};
use ourvidz_engine_wan::{ClipSize, Frame, VideoListener, Wan, WanRequest, WanSolver};

fn tiny() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../tests/fixtures/parity/wan/tiny")
}

fn wan() -> Wan {
    Wan::open(&tiny(), &Device::Cpu, DType::F32).unwrap()
}

fn request() -> WanRequest {
    WanRequest {
        prompt: "a red boat sails".to_owned(),
        negative_prompt: None,
        width: 64,
        height: 32,
        frames: 5,
        steps: 2,
        guidance: 6.5,
        shift: 5.0,
        solver: WanSolver::Euler,
        tea_cache: None,
        seed: 7,
    }
}

/// Notes what it is told, and breaks off after so many events.
struct Notes {
    events: Vec<String>,
    frames: Vec<Frame>,
    patience: usize,
}

impl Notes {
    fn new(patience: usize) -> Self {
        Self {
            events: Vec::new(),
            frames: Vec::new(),
            patience,
        }
    }

    fn note(&mut self, event: String) -> ControlFlow<()> {
        self.events.push(event);
        if self.events.len() >= self.patience {
            ControlFlow::Break(())
        } else {
            ControlFlow::Continue(())
        }
    }
}

impl Progress for Notes {
    fn step(&mut self, done: usize, total: usize) -> ControlFlow<()> {
        self.note(format!("step {done}/{total}"))
    }
}

impl VideoListener for Notes {
    fn frame(&mut self, index: usize, count: usize, frame: Frame) -> ControlFlow<()> {
        self.frames.push(frame);
        self.note(format!("frame {index}/{count}"))
    }
}

fn generate(wan: &mut Wan, request: &WanRequest) -> (ClipSize, Notes) {
    let mut notes = Notes::new(usize::MAX);
    let made = wan.generate(request, &mut notes).unwrap();
    (made, notes)
}

#[test]
fn a_clip_comes_step_by_step_and_frame_by_frame() {
    let (made, notes) = generate(
        &mut wan(),
        &WanRequest {
            frames: 7,
            ..request()
        },
    );
    assert_eq!(
        made,
        ClipSize {
            frames: 5,
            width: 64,
            height: 32
        }
    );
    assert_eq!(
        notes.events,
        [
            "step 1/2",
            "step 2/2",
            "frame 0/5",
            "frame 1/5",
            "frame 2/5",
            "frame 3/5",
            "frame 4/5"
        ]
    );
    for frame in &notes.frames {
        assert_eq!(
            (frame.width, frame.height, frame.rgb.len()),
            (64, 32, 3 * 64 * 32)
        );
    }
}

#[test]
fn a_picture_is_a_clip_of_one_frame() {
    let (made, notes) = generate(
        &mut wan(),
        &WanRequest {
            frames: 1,
            ..request()
        },
    );
    assert_eq!(made.frames, 1);
    assert_eq!(notes.frames.len(), 1);
}

#[test]
fn a_seed_gives_the_same_clip_and_another_another() {
    let mut wan = wan();
    let (_, first) = generate(&mut wan, &request());
    wan.drop_text_encoder();
    let (_, again) = generate(&mut wan, &request());
    assert!(first.frames == again.frames);
    let (_, other) = generate(
        &mut wan,
        &WanRequest {
            seed: 8,
            ..request()
        },
    );
    assert!(first.frames != other.frames);
}

#[test]
fn prompt_guidance_and_negative_prompt_all_count() {
    let mut wan = wan();
    let (_, first) = generate(&mut wan, &request());
    for changed in [
        WanRequest {
            prompt: "a blue train turns".to_owned(),
            ..request()
        },
        WanRequest {
            guidance: 2.0,
            ..request()
        },
        WanRequest {
            negative_prompt: Some("low quality".to_owned()),
            ..request()
        },
        WanRequest {
            shift: 3.0,
            ..request()
        },
        WanRequest {
            solver: WanSolver::UniPc,
            ..request()
        },
    ] {
        let (_, other) = generate(&mut wan, &changed);
        assert!(first.frames != other.frames, "{changed:?}");
    }
}

#[test]
fn without_guidance_nobody_reads_a_negative_prompt() {
    let mut wan = wan();
    let context = wan
        .read(&WanRequest {
            guidance: 1.0,
            ..request()
        })
        .unwrap();
    assert!(context.negative.is_none());
}

#[test]
fn the_text_encoder_comes_when_needed_and_goes_when_told() {
    let mut wan = wan();
    assert!(!wan.has_text_encoder());
    let context = wan.read(&request()).unwrap();
    assert!(wan.has_text_encoder());
    wan.drop_text_encoder();
    assert!(!wan.has_text_encoder());
    wan.make(&request(), &context, &mut Notes::new(usize::MAX))
        .unwrap();
    assert!(
        !wan.has_text_encoder(),
        "making a clip needs no text encoder"
    );
}

#[test]
fn it_stops_at_the_event_where_it_is_told() {
    let mut wan = wan();
    for (patience, last) in [
        (1, "step 1/2"),
        (2, "step 2/2"),
        (3, "frame 0/5"),
        (5, "frame 2/5"),
    ] {
        let mut notes = Notes::new(patience);
        let error = wan.generate(&request(), &mut notes).unwrap_err();
        assert!(matches!(error, Error::Stopped), "{error}");
        assert_eq!(notes.events.last().map(String::as_str), Some(last));
    }
}

#[test]
fn what_cannot_be_made_is_refused_before_anything_is_loaded() {
    let mut wan = wan();
    for wrong in [
        WanRequest {
            width: 60,
            ..request()
        },
        WanRequest {
            frames: 0,
            ..request()
        },
        WanRequest {
            steps: 0,
            ..request()
        },
        WanRequest {
            shift: 0.0,
            ..request()
        },
        WanRequest {
            guidance: f64::NAN,
            ..request()
        },
    ] {
        let error = wan
            .generate(&wrong, &mut Notes::new(usize::MAX))
            .unwrap_err();
        assert!(matches!(error, Error::Request(_)), "{error}");
        assert!(!wan.has_text_encoder(), "{wrong:?}");
    }
}

#[test]
fn half_precision_gives_a_clip_too() {
    let mut wan = Wan::open(&tiny(), &Device::Cpu, DType::BF16).unwrap();
    let (made, notes) = generate(&mut wan, &request());
    assert_eq!(notes.frames.len(), made.frames);
}

/// Wants to see everything.
#[derive(Default)]
struct Curious {
    events: Vec<String>,
    frames: Vec<Frame>,
}

impl Progress for Curious {
    fn step(&mut self, done: usize, _: usize) -> ControlFlow<()> {
        self.events.push(format!("step {done}"));
        ControlFlow::Continue(())
    }

    fn wants_preview(&mut self) -> bool {
        true
    }

    fn preview(&mut self, index: usize, preview: LatentPreview) {
        assert_eq!(preview.rgb.len(), 3 * preview.width * preview.height);
        let (width, height) = (preview.width, preview.height);
        self.events
            .push(format!("preview {index} {width}x{height}"));
    }
}

impl VideoListener for Curious {
    fn frame(&mut self, _: usize, _: usize, frame: Frame) -> ControlFlow<()> {
        self.frames.push(frame);
        ControlFlow::Continue(())
    }
}

#[test]
fn whoever_wants_to_sees_the_clip_after_each_step_but_the_last() {
    let mut wan = wan();
    for solver in [WanSolver::Euler, WanSolver::UniPc] {
        let request = WanRequest {
            steps: 3,
            solver,
            ..request()
        };
        let mut curious = Curious::default();
        wan.generate(&request, &mut curious).unwrap();
        let expected = [
            "step 1",
            "preview 0 8x4",
            "step 2",
            "preview 0 8x4",
            "step 3",
        ];
        assert_eq!(curious.events, expected);
        let (_, unseen) = generate(&mut wan, &request);
        assert!(unseen.frames == curious.frames, "looking changes nothing");
    }
}
