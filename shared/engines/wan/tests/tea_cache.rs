//! Steps that reuse what another one computed, with the tiny model: its coefficients are nobody's, so the change of the
//! time embedding counts as it is.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::ops::ControlFlow;
use std::path::Path;

use candle_core::{DType, Device, Tensor};
use ourvidz_engine_base::noise::{self, NoisePurpose};
use ourvidz_engine_wan::schedule::Schedule;
use ourvidz_engine_wan::transformer::Blocks;
use ourvidz_engine_wan::{
    Denoised, Rescaling, TeaCache, TextContext, Wan, WanRequest, WanSolver, denoise,
};

const STEPS: usize = 12;
const AS_IT_IS: Rescaling = [0.0, 0.0, 0.0, 1.0, 0.0];

fn wan() -> Wan {
    let tiny =
        Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../tests/fixtures/parity/wan/tiny");
    Wan::open(&tiny, &Device::Cpu, DType::F32).unwrap()
}

fn request(threshold: Option<f64>) -> WanRequest {
    WanRequest {
        prompt: "a red boat sails".to_owned(),
        negative_prompt: None,
        width: 64,
        height: 32,
        frames: 5,
        steps: STEPS,
        guidance: 6.5,
        shift: 5.0,
        solver: WanSolver::Euler,
        tea_cache: threshold.map(|threshold| TeaCache::new(threshold, AS_IT_IS)),
        seed: 7,
    }
}

fn made(wan: &Wan, context: &TextContext, request: &WanRequest) -> Denoised {
    let start = noise::tensor(
        request.seed,
        NoisePurpose::Start,
        0,
        (16, 2, 4, 8),
        &Device::Cpu,
    )
    .unwrap();
    let mut go_on = |_, _| ControlFlow::Continue(());
    denoise(wan.transformer(), &start, request, context, &mut go_on).unwrap()
}

fn numbers(tensor: &Tensor) -> Vec<f32> {
    tensor.flatten_all().unwrap().to_vec1().unwrap()
}

/// The length of the difference, as a share of the length of what is right.
fn difference(found: &Tensor, expected: &Tensor) -> f64 {
    let length = |tensor: &Tensor| {
        let squares: f64 = numbers(tensor)
            .iter()
            .map(|number| f64::from(*number).powi(2))
            .sum();
        squares.sqrt()
    };
    length(&(found - expected).unwrap()) / length(expected)
}

/// The steps' changes from one to the next, in order.
fn changes(wan: &Wan, request: &WanRequest) -> Vec<f64> {
    let schedule = Schedule::new(request.solver, request.steps, request.shift).unwrap();
    wan.transformer()
        .time_changes(schedule.timesteps())
        .unwrap()
}

#[test]
fn a_threshold_of_nothing_is_the_same_in_every_byte() {
    let mut wan = wan();
    for solver in [WanSolver::Euler, WanSolver::UniPc] {
        let with = |threshold| WanRequest {
            solver,
            ..request(threshold)
        };
        let context = wan.read(&with(None)).unwrap();
        let off = made(&wan, &context, &with(None));
        let none = made(&wan, &context, &with(Some(0.0)));
        assert_eq!((off.computed, none.computed), (2 * STEPS, 2 * STEPS));
        assert_eq!(numbers(&off.latents), numbers(&none.latents));
    }
}

#[test]
fn the_higher_the_threshold_the_fewer_steps_are_computed() {
    let mut wan = wan();
    // Measured: 0, 0.12, 0.34 and 0.67. The random model's blocks add something else at each step, and guidance multiplies it.
    let with = |threshold| WanRequest {
        guidance: 1.5,
        ..request(threshold)
    };
    let off = with(None);
    let context = wan.read(&off).unwrap();
    let exact = made(&wan, &context, &off);
    let (mut before, mut farthest) = (2 * STEPS + 1, 0.0);
    // Of what all steps change together.
    let whole: f64 = changes(&wan, &off).iter().sum();
    for (share, most) in [(0.0, 1e-9), (0.1, 0.2), (0.4, 0.6), (1.1, 1.0)] {
        let asked = with(Some(share * whole));
        let cached = made(&wan, &context, &asked);
        let planned = asked
            .tea_cache
            .unwrap()
            .computed_steps(&changes(&wan, &asked));
        let planned = planned.iter().filter(|is_computed| **is_computed).count();
        // Both with the prompt and with the negative one.
        assert_eq!(cached.computed, 2 * planned);
        assert!(cached.computed < before, "{share}: {}", cached.computed);
        before = cached.computed;
        farthest = difference(&cached.latents, &exact.latents);
        println!("{share}: {} passes, {farthest:.4}", cached.computed);
        assert!(farthest < most, "{share}: {farthest}");
    }
    // Only the first and the last are left, and something is lost.
    assert_eq!(before, 4);
    assert!(farthest > 1e-4, "{farthest}");
}

#[test]
fn what_the_blocks_added_stands_for_them() {
    let mut wan = wan();
    let context = wan.read(&request(None)).unwrap();
    let transformer = wan.transformer();
    let latents = noise::tensor(7, NoisePurpose::Start, 0, (16, 2, 4, 8), &Device::Cpu).unwrap();
    let rotation = transformer.rotation(&latents).unwrap();
    let pass = |blocks: Blocks<'_>| {
        transformer
            .pass(&latents, 900.0, &context.prompt, &rotation, blocks)
            .unwrap()
    };
    let computed = pass(Blocks::Compute);
    let mut kept = None;
    let keeping = pass(Blocks::Keep(&mut kept));
    assert_eq!(numbers(&computed), numbers(&keeping));
    let kept = kept.unwrap();
    assert!(difference(&pass(Blocks::Reuse(&kept)), &computed) < 1e-5);
    let nothing = kept.zeros_like().unwrap();
    assert!(difference(&pass(Blocks::Reuse(&nothing)), &computed) > 0.1);
}

/// With a residual of the other text guidance would have nothing to push away from.
#[test]
fn the_prompt_and_the_negative_one_keep_their_own() {
    let mut wan = wan();
    let asked = request(Some(0.9));
    let guided = wan.read(&asked).unwrap();
    let swapped = TextContext {
        prompt: guided.negative.clone().unwrap(),
        negative: Some(guided.prompt.clone()),
    };
    // With a guidance of one half each counts as much as the other, so that they may change places.
    let half = WanRequest {
        guidance: 0.5,
        ..asked
    };
    let one = made(&wan, &guided, &half);
    let other = made(&wan, &swapped, &half);
    assert!(difference(&one.latents, &other.latents) < 1e-5);

    // Alone each is what it is without the other.
    let alone = TextContext {
        negative: None,
        ..guided.clone()
    };
    let plain = WanRequest {
        guidance: 1.0,
        ..request(Some(0.9))
    };
    let with_both = made(&wan, &guided, &plain);
    let by_itself = made(&wan, &alone, &plain);
    assert_eq!(by_itself.computed * 2, with_both.computed);
    assert!(difference(&with_both.latents, &by_itself.latents) < 1e-5);
}

#[test]
fn each_clip_begins_anew() {
    let mut wan = wan();
    let asked = request(Some(0.9));
    let context = wan.read(&asked).unwrap();
    let first = made(&wan, &context, &asked);
    let other = WanRequest {
        seed: 8,
        ..asked.clone()
    };
    let between = made(&wan, &context, &other);
    assert!(difference(&between.latents, &first.latents) > 0.1);
    let again = made(&wan, &context, &asked);
    assert_eq!(first.computed, again.computed);
    assert_eq!(numbers(&first.latents), numbers(&again.latents));
}

#[test]
fn who_breaks_off_is_heard_at_reused_steps_too() {
    let mut wan = wan();
    let asked = request(Some(0.9));
    let context = wan.read(&asked).unwrap();
    let start = noise::tensor(7, NoisePurpose::Start, 0, (16, 2, 4, 8), &Device::Cpu).unwrap();
    let mut heard = 0;
    let mut stop = |done, total| {
        heard = done;
        assert_eq!(total, STEPS);
        if done == 5 {
            ControlFlow::Break(())
        } else {
            ControlFlow::Continue(())
        }
    };
    denoise(wan.transformer(), &start, &asked, &context, &mut stop).unwrap_err();
    assert_eq!(heard, 5);
}
