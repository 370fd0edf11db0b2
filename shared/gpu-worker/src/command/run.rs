//! `run`: the worker itself.

use std::process::ExitCode;
use std::sync::Arc;
use std::sync::Mutex;
use std::sync::mpsc::Sender;
use std::time::Duration;

use serde_json::json;
use signal_hook::consts::{SIGINT, SIGTERM};
use signal_hook::iterator::Signals;

use super::CommandError;
use super::open::open;
use crate::chat::{self, Access};
use crate::children::{ParentSays, listen_to_parent};
use crate::config::{CredentialsChoice, HintSource, SettingsSource, WorkerConfig};
use crate::credentials::ContentCredentials;
use crate::edge::HttpEdge;
use crate::hints::{HintConnector, HintList, HintListener, RedisHints, UpstashHints, WakeReason};
use crate::log;
use crate::metrics::{self, Metrics};
use crate::safety;
use crate::supervision::{ABORTED, DEVICE_BROKEN, Supervision};
use crate::worker::{Intervals, JobRunner, Shutdown, Spool, StepPreviewWriter, WorkerLoop};

/// Serves the queues until a signal ends it, or as a child its parent does.
pub fn run(source: &SettingsSource, is_child: bool) -> Result<ExitCode, CommandError> {
    let config = WorkerConfig::read(source)?;
    if let (true, Some(device)) = (is_child, &config.models.device) {
        log::set_device(device);
    }
    let shutdown = Arc::new(Shutdown::default());
    let metrics = Arc::new(Metrics::default());
    let spool = Spool::open(&config.spool).map_err(|cause| {
        CommandError::work(format!("WORKER_SPOOL {}: {cause}", config.spool.display()))
    })?;
    spool.remove_drafts();
    let edge = HttpEdge::new(&config.edge_url, config.key.clone());
    let classifier = safety::classifier(&config.classifier);
    let credentials = ContentCredentials::open(&config.credentials, log::now_ms)
        .map_err(|problem| CommandError::work(format!("WORKER_CREDENTIALS: {problem}")))?;
    let connect = connector(&config);
    let listener = HintListener::start(&config.queues, connect.clone());
    let stopping = Stopping {
        shutdown: Arc::clone(&shutdown),
        waker: listener.waker(),
        grace: config.grace,
    };
    if is_child {
        heed_parent(stopping.clone());
    }
    handle_signals(stopping, is_child)?;

    let mut engine = open(
        config.engine,
        &config.models,
        &config.servers,
        config.preview_step,
    )?;
    let silence = config.longest_silence;
    let supervision = Arc::new(Supervision::new(
        silence.unwrap_or_else(|| engine.longest_silence()),
    ));
    if let Some(address) = config.metrics {
        metrics::serve(address, Arc::clone(&metrics), Arc::clone(&supervision))
            .map_err(|cause| CommandError::work(format!("WORKER_METRICS {address}: {cause}")))?;
    }
    let (chat_queue, requests) = chat::chat_queue(Some(listener.waker()));
    if let Some(endpoint) = &config.chat {
        let access = Access {
            key: endpoint.key.clone(),
            model: engine.language_model(),
            policy_terms: config.policy_terms.clone(),
        };
        chat::serve(endpoint.address, access, chat_queue).map_err(|cause| {
            CommandError::work(format!("WORKER_CHAT {}: {cause}", endpoint.address))
        })?;
    }
    if let Some(meter) = engine.gpu_meter() {
        metrics.watch_gpu(meter);
    }
    let queues: Vec<&str> = config.queues.iter().map(|queue| queue.as_str()).collect();
    log::info(
        "worker_started",
        json!({"worker_id": config.worker_id, "queues": queues, "engine": engine.name()}),
    );
    if config.credentials == CredentialsChoice::Development {
        log::error(
            "credentials_of_development",
            json!({"cause": "WORKER_CREDENTIALS_KEY is not set: readers trust nothing that is signed"}),
        );
    }
    let step_previews = config
        .step_previews
        .then(|| StepPreviewWriter::start(classifier.clone(), Arc::clone(&metrics)));
    let runner = JobRunner {
        edge: &edge,
        worker_id: &config.worker_id,
        policy_terms: &config.policy_terms,
        classifier: classifier.as_deref(),
        step_previews: step_previews.as_ref(),
        credentials: credentials.as_ref(),
        spool: &spool,
        shutdown: &shutdown,
        metrics: &metrics,
        intervals: Intervals::REAL,
        bounds: config.bounds,
        supervision: &supervision,
        current: Mutex::default(),
    };
    let server = WorkerLoop {
        runner,
        queues: &config.queues,
        claim_hinted: config.claim_hinted,
        connect,
        chat: Some(&requests),
        end_process: &|| std::process::exit(DEVICE_BROKEN.into()),
    };
    server.run(engine.as_mut(), &listener);
    log::info("worker_stopped", json!({"worker_id": config.worker_id}));
    if supervision.broken().is_some() {
        // What lies in a broken device cannot be given back to it, and trying may hang.
        std::process::exit(DEVICE_BROKEN.into());
    }
    Ok(ExitCode::SUCCESS)
}

fn connector(config: &WorkerConfig) -> Option<Arc<HintConnector>> {
    let worker_id = config.worker_id.clone();
    match config.hints.clone() {
        HintSource::Timer => None,
        HintSource::Redis(url) => Some(Arc::new(move || -> Box<dyn HintList> {
            Box::new(RedisHints::new(url.clone(), &worker_id))
        })),
        HintSource::Upstash { url, token } => Some(Arc::new(move || -> Box<dyn HintList> {
            Box::new(UpstashHints::new(&url, token.clone(), &worker_id))
        })),
    }
}

/// What it takes to ask for the end.
#[derive(Clone)]
struct Stopping {
    shutdown: Arc<Shutdown>,
    waker: Sender<WakeReason>,
    grace: Duration,
}

impl Stopping {
    fn ask(&self) {
        let grace = self.grace;
        log::info("worker_stopping", json!({"grace_seconds": grace.as_secs()}));
        self.shutdown.request(grace);
        // Nobody listens any more when the worker has just ended by itself.
        let _ = self.waker.send(WakeReason::Stop);
    }
}

/// The first signal asks for the end, the second forces it. A child's parent may have asked already, for the same
/// signal that the child gets itself where a whole group is sent it.
fn handle_signals(stopping: Stopping, is_child: bool) -> Result<(), CommandError> {
    let mut signals = Signals::new([SIGTERM, SIGINT]).map_err(CommandError::work)?;
    std::thread::spawn(move || {
        let mut may_be_the_parents = is_child;
        for _ in &mut signals {
            if !stopping.shutdown.is_requested() {
                stopping.ask();
            } else if !may_be_the_parents {
                log::error("worker_aborted", json!({}));
                std::process::exit(ABORTED.into());
            }
            may_be_the_parents = false;
        }
    });
    Ok(())
}

/// Ends when the parent says so, and at once when it is gone: whoever starts it anew starts another worker of this
/// name, and two would be at the same device.
fn heed_parent(stopping: Stopping) {
    std::thread::spawn(move || {
        listen_to_parent(std::io::stdin(), |says| match says {
            ParentSays::Stop if stopping.shutdown.is_requested() => {}
            ParentSays::Stop => stopping.ask(),
            ParentSays::Nothing => {
                log::error("parent_gone", json!({}));
                // Without the driver's own handlers at the exit, which may hang with a device that does.
                signal_hook::low_level::exit(ABORTED.into());
            }
        });
    });
}
