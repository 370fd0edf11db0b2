//! `doctor`: is everything as `run` needs it, and if not, what is to be done?

use std::process::ExitCode;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use ourvidz_core::Id;

use super::CommandError;
use super::check_models::check_models;
use super::finding::Finding;
use super::run_each::several_workers;
use crate::config::{ConfigError, CredentialsChoice, HintSource, SettingsSource, WorkerConfig};
use crate::credentials::ContentCredentials;
use crate::edge::{Edge, EdgeError, HttpEdge, ReportStatus};
use crate::engine::preview::PreviewEngine;
use crate::engine::{Engine, Observer, Stopped};
use crate::hints::{RedisHints, UpstashHints};
use crate::media::{ImageMetadata, Picture, encode_png};
use crate::safety::{Judgement, classifier};
use crate::worker::{Attempt, Order, Spool};

use Finding::{Bad, Good};

/// Checks all and prints a line for each. Ends with success only if everything is well.
pub fn doctor(source: &SettingsSource) -> Result<ExitCode, CommandError> {
    let mut healthy = true;
    let mut tell = |name: &str, finding: Finding| match finding {
        Good(detail) => println!("  ok    {name:<12} {detail}"),
        Bad { problem, remedy } => {
            healthy = false;
            println!(
                "  FIX   {name:<12} {problem}\n        {:<12} -> {remedy}",
                ""
            );
        }
    };
    tell("painting", check_painting());
    match several_workers(source) {
        Ok(None) => check_worker(source, &mut tell),
        Ok(Some(workers)) => {
            for worker in workers {
                tell("device", Good(worker.device));
                check_worker(&worker.source, &mut tell);
            }
        }
        Err(CommandError::WorkerConfig(error)) => tell("settings", wrong_setting(&error)),
        Err(CommandError::Device(problem) | CommandError::Work(problem)) => {
            let remedy = "docs/GPU.md says what a GPU needs";
            tell("device", Bad { problem, remedy });
        }
        Err(usage) => return Err(usage),
    }
    Ok(if healthy {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    })
}

fn wrong_setting(error: &ConfigError) -> Finding {
    Bad {
        problem: error.to_string(),
        remedy: "set it in the environment or in the file given with --config",
    }
}

/// All that one worker needs.
fn check_worker(source: &SettingsSource, tell: &mut dyn FnMut(&str, Finding)) {
    let config = match WorkerConfig::read(source) {
        Ok(config) => config,
        Err(error) => return tell("settings", wrong_setting(&error)),
    };
    let queues: Vec<&str> = config.queues.iter().map(|queue| queue.as_str()).collect();
    tell(
        "settings",
        Good(format!(
            "worker `{}` for {}",
            config.worker_id,
            queues.join(" and ")
        )),
    );
    for (name, finding) in check_models(&config) {
        tell(name, finding);
    }
    let edge = HttpEdge::new(&config.edge_url, config.key.clone());
    tell("edge", check_edge(&edge, &config.edge_url));
    tell("key", check_key(&edge, &config.worker_id));
    tell("hints", check_hints(&config));
    tell("spool", check_spool(&config));
    tell("classifier", check_classifier(&config));
    tell("credentials", check_credentials(&config.credentials));
}

fn check_edge(edge: &HttpEdge, address: &str) -> Finding {
    let asked = Instant::now();
    match edge.health() {
        Ok(_) => Good(format!(
            "{address} answers in {} ms",
            asked.elapsed().as_millis()
        )),
        Err(refusal) => Bad {
            problem: format!("{address}: {refusal}"),
            remedy: "is it running, and is OURVIDZ_EDGE_URL its address? /api/health there names what it lacks",
        },
    }
}

/// Reports on a job that nobody has: who may report at all hears that there is none.
fn check_key(edge: &dyn Edge, worker_id: &str) -> Finding {
    let mut random = [0_u8; 16];
    if let Err(cause) = getrandom::fill(&mut random) {
        return Bad {
            problem: cause.to_string(),
            remedy: "the system gives no random bytes, which signatures need too",
        };
    }
    let nobodys = Id::from_random(random);
    let attempt = Attempt {
        job_id: nobodys,
        attempt: 1,
        lease_id: nobodys,
        worker_id: worker_id.to_owned(),
        snapshot: None,
    };
    let (problem, remedy) = match edge.report(&attempt.report(ReportStatus::Processing)) {
        Ok(_) | Err(EdgeError::Permanent { status: 404, .. }) => {
            return Good(format!("counts for `{worker_id}`"));
        }
        Err(EdgeError::Permanent { status: 403, .. }) => (
            format!("`{worker_id}` was revoked"),
            "enrol under another name: npm run keys -- --worker NAME",
        ),
        Err(EdgeError::Transient {
            status: Some(401), ..
        }) => (
            format!("WORKER_KEY does not count for `{worker_id}`"),
            "take WORKER_ID and WORKER_KEY from the same npm run keys -- --worker NAME, and set this machine's clock",
        ),
        Err(other) => (other.to_string(), "see what the edge's log says of it"),
    };
    Bad { problem, remedy }
}

fn check_hints(config: &WorkerConfig) -> Finding {
    let asked = Instant::now();
    let (name, answer, remedy) = match &config.hints {
        HintSource::Redis(url) => (
            "Redis",
            RedisHints::new(url.clone(), &config.worker_id).ping(),
            "is it running, and are address and password of REDIS_URL right? (Upstash needs rediss://)",
        ),
        HintSource::Upstash { url, token } => (
            "Upstash",
            UpstashHints::new(url, token.clone(), &config.worker_id).ping(),
            "are UPSTASH_REDIS_REST_URL and UPSTASH_REDIS_REST_TOKEN of the same database? (a read-only token will not do)",
        ),
        HintSource::Timer => {
            return Good(
                "none set: the edge is asked every 45 s, so new jobs wait that long at most"
                    .to_owned(),
            );
        }
    };
    match answer {
        Ok(()) => Good(format!(
            "{name} answers in {} ms",
            asked.elapsed().as_millis()
        )),
        Err(down) => Bad {
            problem: format!("{name}: {}", down.0),
            remedy,
        },
    }
}

fn check_spool(config: &WorkerConfig) -> Finding {
    let folder = config.spool.display();
    let probe = config.spool.join(format!(".probe-{}", std::process::id()));
    match Spool::open(&config.spool)
        .and_then(|spool| std::fs::write(&probe, b"probe").map(|()| spool))
    {
        Ok(spool) => {
            let _ = std::fs::remove_file(probe);
            Good(format!(
                "{folder} is writable, {} results wait there",
                spool.waiting()
            ))
        }
        Err(cause) => Bad {
            problem: format!("{folder}: {cause}"),
            remedy: "name a folder of this user's own with WORKER_SPOOL",
        },
    }
}

/// Pixels, files and the processor, without a model.
fn check_painting() -> Finding {
    let started = Instant::now();
    match paint() {
        Ok(_) => Good(format!(
            "the preview engine makes a picture in {} ms",
            started.elapsed().as_millis()
        )),
        Err(problem) => Bad {
            problem,
            remedy: "this should not happen: please report it",
        },
    }
}

fn check_credentials(choice: &CredentialsChoice) -> Finding {
    let signed_by = match ContentCredentials::open(choice, crate::log::now_ms) {
        Err(problem) => {
            return Bad {
                problem,
                remedy: "docs/OPERATIONS.md says what a key and its certificates have to be",
            };
        }
        Ok(None) => "none, as it is written down",
        Ok(Some(_)) if *choice == CredentialsChoice::Development => {
            "signed with the key of development, which no reader trusts"
        }
        Ok(Some(_)) => "signed with your key",
    };
    Good(signed_by.to_owned())
}

fn check_classifier(config: &WorkerConfig) -> Finding {
    let Some(classifier) = classifier(&config.classifier) else {
        return Good("none: pictures are uploaded as they are".to_owned());
    };
    match paint().map(|png| classifier.judge(&png)) {
        Ok(Judgement::Allowed) => Good("lets a landscape pass".to_owned()),
        Ok(Judgement::Refused(_)) => Bad {
            problem: "refuses a landscape".to_owned(),
            remedy: "is its threshold right? Exit status 0 means allowed, 1 refused",
        },
        Ok(Judgement::Unknown(problem)) | Err(problem) => Bad {
            problem,
            remedy: "try it by hand with a PNG on its standard input; until it answers, every job fails",
        },
    }
}

/// A small picture, different each second, so that no cache answers for the classifier.
fn paint() -> Result<Vec<u8>, String> {
    struct First(Option<Picture>);
    impl Observer for First {
        fn step(&mut self, _done: u32, _total: u32) -> Result<(), Stopped> {
            Ok(())
        }
        fn picture(&mut self, _index: u32, picture: Picture) -> Result<(), Stopped> {
            self.0 = Some(picture);
            Ok(())
        }
    }
    let seed = SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .map_or(0, |since| since.as_secs());
    let order = Order::preset(
        ourvidz_core::JobType::ImageFast,
        "mountain lake at dawn",
        "",
        seed,
        1,
    );
    let mut first = First(None);
    let mut engine = PreviewEngine::new(Duration::ZERO);
    engine
        .text_to_image(order.image(), &mut first)
        .map_err(|error| error.to_string())?;
    let picture = first.0.ok_or("the engine made no picture")?;
    let info = engine.info(order.image().job_type.model());
    encode_png(&picture, &ImageMetadata::new(info, order.image(), 0))
        .map_err(|error| error.to_string())
}
