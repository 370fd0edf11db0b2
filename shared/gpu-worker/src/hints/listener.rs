//! One thread per queue that waits for hints and wakes the worker.
//!
//! A hint that arrives while the worker is busy goes straight back to its list: held, it would keep another
//! worker of the same queue asleep.

use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel};
use std::sync::{Arc, Condvar, Mutex, PoisonError};
use std::time::Duration;

use ourvidz_core::Queue;
use serde_json::json;

use super::{HintConnector, HintList, HintsUnavailable, TakenHint};
use crate::log;

/// How long one blocking pop waits: with two workers 86,400 commands in an idle month.
const PATIENCE: Duration = Duration::from_secs(60);
/// Between two attempts to reach a list that does not answer; doubled up to the longest.
const SHORTEST_PAUSE: Duration = Duration::from_secs(1);
const LONGEST_PAUSE: Duration = Duration::from_secs(30);

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum WakeReason {
    Hint(TakenHint),
    /// Nothing arrived for as long as it wanted to sleep.
    Timer,
    /// Somebody asks the language model.
    Chat,
    /// The program is to stop.
    Stop,
}

/// Open while the worker sleeps; whoever closes it may wake it.
#[derive(Default)]
struct Gate {
    open: Mutex<bool>,
    changed: Condvar,
}

impl Gate {
    fn set(&self, open: bool) {
        *self.open.lock().unwrap_or_else(PoisonError::into_inner) = open;
        self.changed.notify_all();
    }

    fn wait(&self) {
        let open = self.open.lock().unwrap_or_else(PoisonError::into_inner);
        drop(
            self.changed
                .wait_while(open, |open| !*open)
                .unwrap_or_else(PoisonError::into_inner),
        );
    }

    /// True for exactly one caller per opening.
    fn pass(&self) -> bool {
        std::mem::replace(
            &mut *self.open.lock().unwrap_or_else(PoisonError::into_inner),
            false,
        )
    }
}

/// Waits for hints, with one thread for each queue.
pub struct HintListener {
    gate: Arc<Gate>,
    sender: Sender<WakeReason>,
    receiver: Receiver<WakeReason>,
}

impl HintListener {
    /// Starts a thread for each queue; without `connect` there is only the timer. The threads end with the
    /// program: a pop that is under way cannot be called back.
    #[must_use]
    pub fn start(queues: &[Queue], connect: Option<Arc<HintConnector>>) -> Self {
        let (sender, receiver) = channel();
        let gate = Arc::new(Gate::default());
        if let Some(connect) = connect {
            for &queue in queues {
                let (gate, sender, connect) =
                    (Arc::clone(&gate), sender.clone(), Arc::clone(&connect));
                std::thread::spawn(move || {
                    let mut hints = connect();
                    let mut pause = SHORTEST_PAUSE;
                    loop {
                        gate.wait();
                        match listen(hints.as_mut(), queue, &gate, &sender) {
                            Ok(true) => pause = SHORTEST_PAUSE,
                            Ok(false) => return,
                            Err(HintsUnavailable(cause)) => {
                                log::error(
                                    "hints_down",
                                    json!({"queue": queue.as_str(), "cause": cause}),
                                );
                                std::thread::sleep(pause);
                                pause = (pause * 2).min(LONGEST_PAUSE);
                            }
                        }
                    }
                });
            }
        }
        Self {
            gate,
            sender,
            receiver,
        }
    }

    /// Sleeps until a hint, a stop, or the timer.
    #[must_use]
    pub fn sleep(&self, longest: Duration) -> WakeReason {
        self.gate.set(true);
        let wake = match self.receiver.recv_timeout(longest) {
            Ok(wake) => wake,
            Err(RecvTimeoutError::Timeout | RecvTimeoutError::Disconnected) => WakeReason::Timer,
        };
        self.gate.set(false);
        // A hint may have slipped in before the gate was closed.
        match wake {
            WakeReason::Timer | WakeReason::Chat => self.receiver.try_recv().unwrap_or(wake),
            WakeReason::Hint(_) | WakeReason::Stop => wake,
        }
    }

    #[must_use]
    pub fn waker(&self) -> Sender<WakeReason> {
        self.sender.clone()
    }
}

/// One wait. False when nobody listens any more.
fn listen(
    hints: &mut dyn HintList,
    queue: Queue,
    gate: &Gate,
    sender: &Sender<WakeReason>,
) -> Result<bool, HintsUnavailable> {
    let Some(hint) = hints.take(queue, PATIENCE)? else {
        return Ok(true);
    };
    if gate.pass() {
        return Ok(sender.send(WakeReason::Hint(hint)).is_ok());
    }
    hints.give_back(&hint)?;
    Ok(true)
}
