//! One schedule: who goes next, and what goes wrong.

mod ending;
mod mishaps;
mod outsiders;
mod serving;

use std::collections::BTreeSet;
use std::rc::Rc;

use ourvidz_core::Queue;
use ourvidz_edge::Settings;
use ourvidz_edge::testing::settings;
use ourvidz_rest::fakes::World;

use crate::agents::{Kind, Order, Worker};
use crate::backends::{self, Shared};
use crate::choices::Choices;
use crate::requests::{Message, Running, Sender};
use crate::scene::{BACKENDS, Sabotage, Scene};

/// Decisions of one schedule: some dozens of requests with their mishaps.
const DECISIONS: usize = 450;
/// Orders that users may have in one schedule.
const MOST_ORDERS: usize = 4;
/// Messages and running requests beyond which nothing new begins, so that a schedule stays readable.
const MOST_AT_ONCE: usize = 12;
/// Sweeps that may run at once: the runtime's clock may strike before the last pass has ended.
const MOST_SWEEPS: usize = 2;
/// No runtime lets a request stand still for longer; the links that it made for itself live five minutes.
const LONGEST_LIFE_MS: u64 = 4 * 60 * 1000;

/// What came of a schedule.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Outcome {
    /// The broken invariant, if there is one.
    pub failure: Option<String>,
    /// The decisions that were made.
    pub choices: Vec<u32>,
    /// What happened, if it was to be traced.
    pub trace: Vec<String>,
    /// Calls to backends.
    pub calls: usize,
    /// Jobs that were accepted.
    pub jobs: usize,
}

pub struct Schedule {
    pub(crate) scene: Rc<Scene>,
    pub(crate) world: World,
    pub(crate) database: Shared,
    settings: Rc<Settings>,
    /// Requests on their way to the edge.
    wire: Vec<Message>,
    /// Every request that was ever sent.
    pub(crate) sent: Vec<Message>,
    running: Vec<Task>,
    orders: Vec<Order>,
    workers: Vec<Worker>,
    tasks: u32,
}

/// Something that runs in the edge.
struct Task {
    number: u32,
    from: Sender,
    is_sweep: bool,
    started_ms: u64,
    future: Running,
}

/// Runs the schedule of a seed.
#[must_use]
pub fn run(seed: u64, sabotage: Sabotage) -> Outcome {
    with(Choices::of_seed(seed, DECISIONS), sabotage, false)
}

/// Runs the schedule that these decisions make.
pub fn replay(choices: &[u32], sabotage: Sabotage, is_traced: bool) -> Outcome {
    with(Choices::of_list(choices), sabotage, is_traced)
}

fn with(choices: Choices, sabotage: Sabotage, is_traced: bool) -> Outcome {
    let mut schedule = Schedule::new(Scene::new(choices, sabotage, is_traced));
    while !schedule.scene.choices.are_used_up() && schedule.scene.failure().is_none() {
        schedule.step();
    }
    if schedule.scene.failure().is_none() {
        ending::end(&mut schedule);
    }
    let jobs = schedule.database.borrow().jobs.len();
    Outcome {
        failure: schedule.scene.failure(),
        choices: schedule.scene.choices.made(),
        trace: schedule.scene.trace(),
        calls: BACKENDS
            .map(|backend| schedule.world.trips(backend))
            .iter()
            .sum(),
        jobs,
    }
}

impl Schedule {
    fn new(scene: Scene) -> Self {
        let (scene, world) = (Rc::new(scene), World::new());
        let database = backends::open(&world, &scene);
        Self {
            scene,
            world,
            database,
            settings: Rc::new(settings()),
            wire: Vec::new(),
            sent: Vec::new(),
            running: Vec::new(),
            orders: Vec::new(),
            workers: vec![
                Worker::new("ada", Kind::Today, Queue::SdxlQueue),
                Worker::new("ben", Kind::Today, Queue::SdxlQueue),
                Worker::new("cleo", Kind::Today, Queue::WanQueue),
                Worker::new("old", Kind::Older, Queue::SdxlQueue),
                Worker::new("old-wan", Kind::Older, Queue::WanQueue),
            ],
            tasks: 0,
        }
    }

    /// One step of somebody, or one mishap.
    fn step(&mut self) {
        let scene = Rc::clone(&self.scene);
        match scene.choices.below(100) {
            0..40 => self.run_one(),
            40..58 => self.deliver(),
            58..72 => self.worker_acts(),
            72..80 => self.user_acts(),
            80..85 => self.sweep(),
            85..90 => self.pass_time(),
            90..94 => self.mishap_on_the_way(),
            94..96 => self.stop_midway(),
            96 => self.worker_dies(),
            97 => self.lists_lose(),
            _ => self.backends_go_and_come(),
        }
    }

    fn pick(&self, count: usize) -> Option<usize> {
        let bound = u32::try_from(count).ok().filter(|bound| *bound > 0)?;
        Some(self.scene.choices.below(bound) as usize)
    }

    pub(crate) fn let_pass(&mut self, seconds: u32) {
        self.scene.let_pass(seconds);
        backends::open_storage(&self.world, &self.scene);
    }

    /// Nothing goes wrong any more: everything on the way arrives and is answered, and workers work.
    pub(crate) fn finish_round(&mut self, with_workers: bool) {
        const MOST_STEPS: u32 = 2_000;
        for _ in 0..MOST_STEPS {
            if self.scene.failure().is_some() {
                return;
            }
            while !self.running.is_empty() {
                self.run_task(0);
            }
            if !self.wire.is_empty() {
                let message = self.wire.remove(0);
                self.start(message);
                continue;
            }
            let workers = if with_workers { self.workers.len() } else { 0 };
            let acted = (0..workers)
                .filter(|index| self.let_worker_act(*index))
                .count();
            if acted == 0 {
                return;
            }
        }
        self.scene.fail("the workers never come to rest");
    }

    pub(crate) fn sweep_now(&mut self) {
        self.sweep();
    }

    /// Messages that were sent before arrive once more.
    pub(crate) fn send_again(&mut self, message: Message) {
        self.wire.push(message);
    }

    /// The jobs that users know of.
    pub(crate) fn known_jobs(&self) -> BTreeSet<ourvidz_core::Id> {
        self.orders.iter().filter_map(|order| order.job).collect()
    }
}
