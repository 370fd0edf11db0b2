//! A parent with two children, and what they log.

use std::io::{BufRead as _, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::{Arc, Condvar, Mutex};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use serde_json::Value;

use crate::fake_edge::FakeEdge;

pub const FIRST: &str = "box-0";
pub const SECOND: &str = "box-1";
const KEYS: &str = "whsec_MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY=,whsec_ZmVkY2JhOTg3NjU0MzIxMGZlZGNiYTk4NzY1NDMyMTA=";
/// What a busy machine takes for anything that is waited for here.
pub const PATIENCE: Duration = Duration::from_secs(60);
/// Between two looks at a process that is nobody's child here.
const LOOK: Duration = Duration::from_millis(20);

type Lines = Arc<(Mutex<Vec<String>>, Condvar)>;

pub struct Workers {
    parent: Mutex<Child>,
    number: u32,
    lines: Lines,
    reader: Mutex<Option<JoinHandle<()>>>,
    spool: PathBuf,
}

impl Workers {
    /// Starts `run` with these settings beside the necessary ones.
    pub fn start(name: &str, edge: &FakeEdge, settings: &[(&str, &str)]) -> Self {
        let spool = std::env::temp_dir().join(format!("ourvidz-{}-{name}", std::process::id()));
        let mut parent = command("run", edge, &spool)
            .envs(settings.iter().copied())
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let stderr = BufReader::new(parent.stderr.take().unwrap());
        let lines = Lines::default();
        let writer = Arc::clone(&lines);
        let reader = std::thread::spawn(move || {
            for line in stderr.lines() {
                writer.0.lock().unwrap().push(line.unwrap());
                writer.1.notify_all();
            }
        });
        Self {
            number: parent.id(),
            parent: Mutex::new(parent),
            lines,
            reader: Mutex::new(Some(reader)),
            spool,
        }
    }

    pub const fn parent(&self) -> u32 {
        self.number
    }

    /// The number of a worker's process when it was started for this time (from 0).
    pub fn process(&self, worker: &str, time: usize) -> u32 {
        let line = self.wait_for("device_worker_started", worker, time);
        u32::try_from(line["process"].as_u64().unwrap()).unwrap()
    }

    pub fn events(&self, event: &str) -> Vec<Value> {
        found(&self.lines.0.lock().unwrap(), event, "")
    }

    pub fn count(&self, event: &str, worker: &str) -> usize {
        found(&self.lines.0.lock().unwrap(), event, worker).len()
    }

    /// Whether a line contains this.
    pub fn told(&self, text: &str) -> bool {
        let lines = self.lines.0.lock().unwrap();
        lines.iter().any(|line| line.contains(text))
    }

    /// The event's line for this time; of any worker where none is named.
    pub fn wait_for(&self, event: &str, worker: &str, time: usize) -> Value {
        let (lines, changed) = &*self.lines;
        let guard = lines.lock().unwrap();
        let is_missing = |lines: &mut Vec<String>| found(lines, event, worker).len() <= time;
        let (guard, _) = changed
            .wait_timeout_while(guard, PATIENCE, is_missing)
            .unwrap();
        let mut seen = found(&guard, event, worker);
        assert!(seen.len() > time, "no {event} of {worker}: {:#?}", *guard);
        seen.swap_remove(time)
    }

    /// Waits for the parent's end, and for the last line of them all; gives its exit status.
    pub fn end(&self) -> Option<i32> {
        let status = wait_until(|| self.parent.lock().unwrap().try_wait().unwrap());
        let status = status.unwrap_or_else(|| panic!("it goes on: {:#?}", self.lines.0.lock()));
        if let Some(reader) = self.reader.lock().unwrap().take() {
            reader.join().unwrap();
        }
        status.code()
    }

    pub fn wait_until_gone(&self, process: u32) {
        let gone = wait_until(|| (!is_there(process)).then_some(()));
        assert!(
            gone.is_some(),
            "{process} is left: {:#?}",
            self.lines.0.lock()
        );
    }
}

/// The program for two devices, with the necessary settings and no other of this machine's.
pub fn command(name: &str, edge: &FakeEdge, spool: &Path) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_ourvidz-worker"));
    command
        .arg(name)
        .env_clear()
        .env("OURVIDZ_EDGE_URL", &edge.address)
        .env("OURVIDZ_ENGINE", "preview")
        .env("WORKER_DEVICE", "cpu,cpu")
        .env("WORKER_ID", format!("{FIRST},{SECOND}"))
        .env("WORKER_KEY", KEYS)
        .env("WORKER_SPOOL", spool);
    command
}

impl Drop for Workers {
    fn drop(&mut self) {
        // Its children go with it, which a test of its own shows.
        if let Ok(parent) = self.parent.get_mut() {
            let _ = parent.kill();
            let _ = parent.wait();
        }
        let _ = std::fs::remove_dir_all(&self.spool);
    }
}

fn found(lines: &[String], event: &str, worker: &str) -> Vec<Value> {
    lines
        .iter()
        .filter_map(|line| serde_json::from_str::<Value>(line).ok())
        .filter(|line| line["event"] == event && (worker.is_empty() || line["worker_id"] == worker))
        .collect()
}

fn wait_until<T>(mut look: impl FnMut() -> Option<T>) -> Option<T> {
    let began = Instant::now();
    while began.elapsed() < PATIENCE {
        if let Some(seen) = look() {
            return Some(seen);
        }
        std::thread::sleep(LOOK);
    }
    None
}

/// Sends a signal to processes.
pub fn send(signal: &str, processes: &[u32]) {
    let numbers: Vec<String> = processes.iter().map(u32::to_string).collect();
    let line = format!("kill -s {signal} {}", numbers.join(" "));
    let sent = Command::new("sh").args(["-c", &line]).status().unwrap();
    assert!(sent.success(), "{line}");
}

/// Whether a process runs. One that has ended stays listed until somebody asks for its status.
pub fn is_there(process: u32) -> bool {
    let status = std::fs::read_to_string(format!("/proc/{process}/stat")).unwrap_or_default();
    let state = status.rsplit(')').next().unwrap_or_default().trim_start();
    !state.is_empty() && !state.starts_with(['Z', 'X'])
}
