//! `run`: the worker itself.

use std::sync::Arc;
use std::sync::mpsc::Sender;
use std::time::Duration;

use serde_json::json;
use signal_hook::consts::{SIGINT, SIGTERM};
use signal_hook::iterator::Signals;

use super::Failure;
use super::open::open;
use crate::chat::{self, Access};
use crate::config::{Config, HintSource, Source};
use crate::edge::HttpEdge;
use crate::hints::{Connect, Hints, Listener, RedisHints, UpstashHints, Wake};
use crate::log;
use crate::metrics::{self, Metrics};
use crate::safety;
use crate::worker::{Pace, Server, Spool, Stop, Workshop};

/// What shells report for a program that a second Ctrl-C ended.
const ABORTED: i32 = 130;

/// Serves the queues until a signal ends it.
pub fn run(source: &Source) -> Result<(), Failure> {
    let config = Config::read(source)?;
    let stop = Arc::new(Stop::default());
    let metrics = Arc::new(Metrics::default());
    if let Some(address) = config.metrics {
        metrics::serve(address, Arc::clone(&metrics))
            .map_err(|cause| Failure::work(format!("WORKER_METRICS {address}: {cause}")))?;
    }
    let spool = Spool::open(&config.spool).map_err(|cause| {
        Failure::work(format!("WORKER_SPOOL {}: {cause}", config.spool.display()))
    })?;
    let edge = HttpEdge::new(&config.edge_url, config.callback_secret.clone());
    let classifier = safety::classifier(&config.classifier);
    let connect = connector(&config);
    let listener = Listener::start(&config.queues, connect.clone());
    heed_signals(Arc::clone(&stop), listener.shaker(), config.grace)?;

    let mut engine = open(
        config.engine,
        &config.models,
        &config.servers,
        config.preview_step,
    )?;
    let (desk, counter) = chat::desk(Some(listener.shaker()));
    if let Some(endpoint) = &config.chat {
        let access = Access {
            key: endpoint.key.clone(),
            model: engine.language_model(),
            policy_terms: config.policy_terms.clone(),
        };
        chat::serve(endpoint.address, access, desk)
            .map_err(|cause| Failure::work(format!("WORKER_CHAT {}: {cause}", endpoint.address)))?;
    }
    if let Some(meter) = engine.gpu_meter() {
        metrics.watch_gpu(meter);
    }
    let queues: Vec<&str> = config.queues.iter().map(|queue| queue.as_str()).collect();
    log::info(
        "worker_started",
        json!({"worker_id": config.worker_id, "queues": queues, "engine": engine.name()}),
    );
    let workshop = Workshop {
        edge: &edge,
        worker_id: &config.worker_id,
        policy_terms: &config.policy_terms,
        classifier: classifier.as_deref(),
        spool: &spool,
        stop: &stop,
        metrics: &metrics,
        pace: Pace::REAL,
        bounds: config.bounds,
    };
    let server = Server {
        workshop,
        queues: &config.queues,
        claim_hinted: config.claim_hinted,
        connect,
        chat: Some(&counter),
    };
    server.run(engine.as_mut(), &listener);
    log::info("worker_stopped", json!({"worker_id": config.worker_id}));
    Ok(())
}

fn connector(config: &Config) -> Option<Arc<Connect>> {
    let worker_id = config.worker_id.clone();
    match config.hints.clone() {
        HintSource::Timer => None,
        HintSource::Redis(url) => Some(Arc::new(move || -> Box<dyn Hints> {
            Box::new(RedisHints::new(url.clone(), &worker_id))
        })),
        HintSource::Upstash { url, token } => Some(Arc::new(move || -> Box<dyn Hints> {
            Box::new(UpstashHints::new(&url, token.clone(), &worker_id))
        })),
    }
}

/// The first signal asks for the end, the second forces it.
fn heed_signals(stop: Arc<Stop>, shaker: Sender<Wake>, grace: Duration) -> Result<(), Failure> {
    let mut signals = Signals::new([SIGTERM, SIGINT]).map_err(Failure::work)?;
    std::thread::spawn(move || {
        for _ in &mut signals {
            if stop.is_asked() {
                log::error("worker_aborted", json!({}));
                std::process::exit(ABORTED);
            }
            log::info("worker_stopping", json!({"grace_seconds": grace.as_secs()}));
            stop.ask(grace);
            // Nobody listens any more when the worker has just ended by itself.
            let _ = shaker.send(Wake::Stop);
        }
    });
    Ok(())
}
