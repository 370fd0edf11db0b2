//! One child process.

use std::ffi::OsString;
use std::io::Write as _;
use std::path::Path;
use std::process::{Child, ChildStdin, Command, Stdio};
use std::time::Instant;

use serde_json::json;

use super::STOP;
use super::restarts::{Exit, Next, Restarts};
use crate::config::DeviceWorker;
use crate::log;

/// The child of one device: there, or to be there again.
pub struct ChildProcess {
    worker: DeviceWorker,
    restarts: Restarts,
    state: State,
}

enum State {
    Running {
        process: Child,
        /// Closed with it, which a child takes for the parent's end.
        input: Option<ChildStdin>,
        since: Instant,
    },
    Waiting {
        until: Instant,
    },
    Ended,
}

impl ChildProcess {
    /// One that is due to be started.
    pub fn new(worker: DeviceWorker) -> Self {
        Self {
            worker,
            restarts: Restarts::default(),
            state: State::Waiting {
                until: Instant::now(),
            },
        }
    }

    pub const fn has_ended(&self) -> bool {
        matches!(self.state, State::Ended)
    }

    /// When there is something to do without being told.
    pub const fn due(&self) -> Option<Instant> {
        match self.state {
            State::Waiting { until } => Some(until),
            _ => None,
        }
    }

    /// Starts it when its time has come, and sees whether it has ended; gives a status with which all have to end.
    pub fn look(
        &mut self,
        program: &Path,
        arguments: &[OsString],
        is_stopping: bool,
    ) -> Option<u8> {
        match &mut self.state {
            State::Waiting { .. } if is_stopping => {
                self.state = State::Ended;
                None
            }
            State::Waiting { until } if *until <= Instant::now() => {
                self.start(program, arguments, is_stopping)
            }
            State::Running { process, since, .. } => {
                let (status, told, ran_for) = match process.try_wait() {
                    Ok(None) => return None,
                    Ok(Some(status)) => {
                        (Exit::of(status.code()), status.to_string(), since.elapsed())
                    }
                    // Nobody but us may wait for it, so there is none to wait for.
                    Err(cause) => (Exit::Crashed, cause.to_string(), since.elapsed()),
                };
                self.tell(is_stopping, "device_worker_ended", &told);
                let next = self.restarts.after(status, ran_for, is_stopping);
                self.proceed(next)
            }
            _ => None,
        }
    }

    fn start(&mut self, program: &Path, arguments: &[OsString], is_stopping: bool) -> Option<u8> {
        let started = Command::new(program)
            .args(arguments)
            .envs(self.worker.own.iter().cloned())
            .stdin(Stdio::piped())
            .spawn();
        match started {
            Ok(mut process) => {
                log::info(
                    "device_worker_started",
                    json!({"device": self.worker.device, "worker_id": self.worker.worker_id, "process": process.id()}),
                );
                let input = process.stdin.take();
                self.state = State::Running {
                    process,
                    input,
                    since: Instant::now(),
                };
                None
            }
            Err(cause) => {
                self.tell(is_stopping, "device_worker_not_started", &cause.to_string());
                let ran_for = std::time::Duration::ZERO;
                let next = self.restarts.after(Exit::Crashed, ran_for, is_stopping);
                self.proceed(next)
            }
        }
    }

    fn proceed(&mut self, next: Next) -> Option<u8> {
        match next {
            Next::Leave => self.state = State::Ended,
            Next::RestartAfter(pause) => {
                log::info(
                    "device_worker_waits",
                    json!({"device": self.worker.device, "worker_id": self.worker.worker_id, "pause_seconds": pause.as_secs()}),
                );
                self.state = State::Waiting {
                    until: Instant::now() + pause,
                };
            }
            Next::EndAll(status) => {
                self.state = State::Ended;
                return Some(status);
            }
        }
        None
    }

    fn tell(&self, is_expected: bool, event: &str, cause: &str) {
        let write = if is_expected { log::info } else { log::error };
        write(
            event,
            json!({"device": self.worker.device, "worker_id": self.worker.worker_id, "cause": cause}),
        );
    }

    /// Asks it to end its job and itself.
    pub fn stop(&mut self) {
        if let State::Running {
            input: Some(input), ..
        } = &mut self.state
        {
            // It has just ended, and the next look sees that.
            let _ = input.write_all(&[STOP]);
        }
    }

    /// Ends it at once.
    pub fn kill(&mut self) {
        if let State::Running { process, .. } = &mut self.state {
            let _ = process.kill();
        }
    }
}
