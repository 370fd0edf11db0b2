//! Both solvers: their levels, and the way that a sample takes.

use candle_core::{DType, Tensor};
use ourvidz_engine_wan::schedule::{Schedule, WanSolver};

use crate::support::{Fixture, assert_close};

/// As in tests/parity/wan/stages.py.
const SHIFT: f64 = 5.0;

/// Stands in for the model, as in tests/parity/wan/stages.py.
fn slope(sample: &Tensor, timestep: f32) -> Tensor {
    let wave = (sample * 3.0).unwrap().sin().unwrap();
    (wave + 0.5 * f64::from(timestep / 100.0).cos()).unwrap()
}

fn check(name: &str, solver: WanSolver) {
    let fixture = Fixture::open("schedulers");
    for steps in [1, 2, 25, 50] {
        let of = |what: &str| format!("{name}.{steps}.{what}");
        let mut schedule = Schedule::new(solver, steps, SHIFT).unwrap();
        let vector = |numbers: &[f32]| Tensor::new(numbers, &candle_core::Device::Cpu).unwrap();
        assert_close(
            &of("sigmas"),
            &vector(schedule.sigmas()),
            fixture.get(&of("sigmas")),
        );
        assert_close(
            &of("timesteps"),
            &vector(schedule.timesteps()),
            fixture.get(&of("timesteps")),
        );

        let mut sample = fixture.get("start").to_dtype(DType::F32).unwrap();
        let mut way = Vec::new();
        for timestep in schedule.timesteps().to_vec() {
            sample = schedule.step(&slope(&sample, timestep), &sample).unwrap();
            way.push(sample.clone());
        }
        assert_close(
            &of("way"),
            &Tensor::cat(&way, 0).unwrap(),
            fixture.get(&of("way")),
        );
        assert!(schedule.step(&sample, &sample).is_err(), "a step too many");
    }
}

#[test]
fn euler_takes_the_same_way() {
    check("euler", WanSolver::Euler);
}

#[test]
fn unipc_takes_the_same_way() {
    check("unipc", WanSolver::UniPc);
}
