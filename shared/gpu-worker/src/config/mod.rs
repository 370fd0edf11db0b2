//! What the operator decides: environment variables over a TOML file over defaults.

use std::fmt;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::time::Duration;

use ourvidz_core::Queue;
use ourvidz_policy::ExtraTerms;
use ourvidz_sign::webhook::Secret;

use crate::engine::preview;

mod credentials;
mod devices;
mod endpoints;
mod engine;
mod models;
mod servers;
mod settings;

pub use credentials::{CredentialsChoice, read_credentials};
pub use devices::{DeviceList, DeviceWorker, all_gpus, device_workers, read_device_list};
pub use endpoints::{ChatEndpoint, read_chat_key};
use endpoints::{read_address, read_chat};
use engine::check_preview;
pub use engine::{EngineChoice, SizeLimits, read_bounds, read_engine};
pub use models::{Models, read_models};
pub use servers::{ChatServer, Servers, read_servers};
pub use settings::{SETTINGS, Setting, SettingsSource};

/// A text that must not appear in a log: its `Debug` form says only that there is one.
#[derive(Clone, PartialEq, Eq)]
pub struct Redacted(String);

impl Redacted {
    /// The text itself, for the one place that needs it.
    #[must_use]
    pub fn expose(&self) -> &str {
        &self.0
    }
}

impl From<&str> for Redacted {
    fn from(text: &str) -> Self {
        Self(text.to_owned())
    }
}

impl fmt::Debug for Redacted {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("(hidden)")
    }
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum HintSource {
    /// A Redis server over TCP, which can wait for us.
    Redis(Redacted),
    /// Upstash's REST endpoint, which has to be asked again and again.
    Upstash { url: String, token: Redacted },
    /// None: the edge is asked on a timer only.
    Timer,
}

/// Which output classifier looks at every picture before it is uploaded.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ClassifierChoice {
    /// Nobody judges: the operator said so, or only stand-ins are made.
    None,
    /// A program: see `worker.example.toml`.
    Command(Vec<String>),
    /// A server: see `worker.example.toml`.
    Http(String),
}

/// All settings of `run`.
#[derive(Debug, Clone)]
pub struct WorkerConfig {
    /// The edge that this worker serves; it calls no other.
    pub edge_url: String,
    /// This worker's own key, which signs every request to the edge and counts for its name alone.
    pub key: Secret,
    pub hints: HintSource,
    /// This worker's name, under which it is enrolled: unique, and the same after a restart.
    pub worker_id: String,
    /// The queues that it serves.
    pub queues: Vec<Queue>,
    /// Whether to claim exactly the job that a hint names, for queues shared with workers that never claim.
    pub claim_hinted: bool,
    pub engine: EngineChoice,
    pub models: Models,
    pub servers: Servers,
    /// How large it may work.
    pub bounds: SizeLimits,
    /// The length of a pretended step of the preview engine.
    pub preview_step: Duration,
    /// Where Prometheus may ask.
    pub metrics: Option<SocketAddr>,
    pub chat: Option<ChatEndpoint>,
    /// Where results wait while the edge is down.
    pub spool: PathBuf,
    /// How long a running job may go on after the first SIGTERM.
    pub grace: Duration,
    /// How long the engine may say nothing while it works; none leaves it to the engine.
    pub longest_silence: Option<Duration>,
    /// The operator's own terms for the content policy.
    pub policy_terms: ExtraTerms,
    pub classifier: ClassifierChoice,
    /// Whether users see their pictures while they are made.
    pub step_previews: bool,
    pub credentials: CredentialsChoice,
}

/// A setting is missing or makes no sense; the text says which and what to do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ConfigError(pub String);

impl fmt::Display for ConfigError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.0)
    }
}

impl std::error::Error for ConfigError {}

fn wrong(name: &str, problem: impl fmt::Display) -> ConfigError {
    ConfigError(format!("{name}: {problem}"))
}

impl WorkerConfig {
    /// Reads all settings.
    ///
    /// # Errors
    ///
    /// The first setting that is missing or wrong.
    pub fn read(source: &SettingsSource) -> Result<Self, ConfigError> {
        let edge_url = source.need(
            "OURVIDZ_EDGE_URL",
            "the edge's address, for example http://127.0.0.1:8787",
        )?;
        let edge_url = edge_url.trim_end_matches('/').to_owned();
        if !edge_url.starts_with("http://") && !edge_url.starts_with("https://") {
            return Err(wrong(
                "OURVIDZ_EDGE_URL",
                "must begin with http:// or https://",
            ));
        }
        let models = read_models(source)?;
        let engine = read_engine(source, &models)?;
        check_preview(source, engine, &edge_url)?;
        Ok(Self {
            edge_url,
            key: read_key(source)?,
            hints: read_hints(source)?,
            worker_id: read_worker_id(source)?,
            queues: read_queues(source.get("WORKER_QUEUES").as_deref())?,
            claim_hinted: read_flag(source, "WORKER_CLAIM_HINTED", false)?,
            engine,
            models,
            servers: read_servers(source)?,
            bounds: read_bounds(source)?,
            preview_step: read_step(source)?,
            metrics: read_address(
                source,
                "WORKER_METRICS",
                "the numbers are not protected by a password",
            )?,
            chat: read_chat(source)?,
            spool: source
                .get("WORKER_SPOOL")
                .map_or_else(default_spool, PathBuf::from),
            grace: Duration::from_secs(read_number(
                source,
                "WORKER_GRACE_SECONDS",
                DEFAULT_GRACE_SECONDS,
            )?),
            longest_silence: read_silence(source)?,
            policy_terms: read_terms(source)?,
            classifier: read_classifier(source, engine)?,
            step_previews: read_flag(source, "WORKER_STEP_PREVIEWS", true)?,
            credentials: read_credentials(source)?,
        })
    }
}

/// As long as most supervisors wait between SIGTERM and SIGKILL, less the time to give the job back.
const DEFAULT_GRACE_SECONDS: u64 = 25;

/// The length of a pretended step, which `generate` reads without the rest.
///
/// # Errors
///
/// When it is not a number.
pub fn read_step(source: &SettingsSource) -> Result<Duration, ConfigError> {
    let default = preview::DEFAULT_STEP.as_millis() as u64;
    Ok(Duration::from_millis(read_number(
        source,
        "PREVIEW_STEP_MS",
        default,
    )?))
}

fn read_hints(source: &SettingsSource) -> Result<HintSource, ConfigError> {
    if let Some(url) = source.get("REDIS_URL") {
        return if url.starts_with("redis://") || url.starts_with("rediss://") {
            Ok(HintSource::Redis(Redacted(url)))
        } else {
            Err(wrong("REDIS_URL", "must begin with redis:// or rediss://"))
        };
    }
    match (
        source.get("UPSTASH_REDIS_REST_URL"),
        source.get("UPSTASH_REDIS_REST_TOKEN"),
    ) {
        (Some(url), Some(token)) => Ok(HintSource::Upstash {
            url: url.trim_end_matches('/').to_owned(),
            token: Redacted(token),
        }),
        (Some(_), None) => Err(wrong(
            "UPSTASH_REDIS_REST_TOKEN",
            "is missing beside UPSTASH_REDIS_REST_URL",
        )),
        (None, _) => Ok(HintSource::Timer),
    }
}

fn read_key(source: &SettingsSource) -> Result<Secret, ConfigError> {
    let text = source.need(
        "WORKER_KEY",
        "this worker's own key (`npm run keys -- --worker NAME` prints it)",
    )?;
    Secret::parse(&text).map_err(|_| {
        wrong(
            "WORKER_KEY",
            "must be whsec_ and the base64 of 24 to 64 bytes",
        )
    })
}

fn read_worker_id(source: &SettingsSource) -> Result<String, ConfigError> {
    let id = source.need("WORKER_ID", "the name that WORKER_KEY was made for")?;
    let plain = |character: char| character.is_ascii_alphanumeric() || "._-".contains(character);
    if id.is_empty() || id.len() > LONGEST_WORKER_ID || !id.chars().all(plain) {
        return Err(wrong(
            "WORKER_ID",
            format!("1 to {LONGEST_WORKER_ID} letters, digits, `.`, `_` or `-`"),
        ));
    }
    Ok(id)
}

/// The name becomes part of a Redis key and of log lines. `npm run keys` makes no key for a longer one.
const LONGEST_WORKER_ID: usize = 64;

fn read_queues(list: Option<&str>) -> Result<Vec<Queue>, ConfigError> {
    let Some(list) = list else {
        return Ok(Queue::ALL.to_vec());
    };
    let mut queues = Vec::new();
    for name in list
        .split(',')
        .map(str::trim)
        .filter(|name| !name.is_empty())
    {
        let queue = Queue::from_name(name).ok_or_else(|| {
            wrong(
                "WORKER_QUEUES",
                format!("`{name}` is no queue; there are sdxl_queue and wan_queue"),
            )
        })?;
        if !queues.contains(&queue) {
            queues.push(queue);
        }
    }
    if queues.is_empty() {
        Err(wrong("WORKER_QUEUES", "names no queue"))
    } else {
        Ok(queues)
    }
}

fn read_number(source: &SettingsSource, name: &str, default: u64) -> Result<u64, ConfigError> {
    source.get(name).map_or(Ok(default), |text| {
        text.trim()
            .parse()
            .map_err(|_| wrong(name, "must be a whole number"))
    })
}

/// How long an engine may say nothing, where that is set.
///
/// # Errors
///
/// When it is no number above 0.
pub fn read_silence(source: &SettingsSource) -> Result<Option<Duration>, ConfigError> {
    match read_number(source, "WORKER_STALL_SECONDS", 0)? {
        0 if source.get("WORKER_STALL_SECONDS").is_some() => {
            Err(wrong("WORKER_STALL_SECONDS", "must be above 0"))
        }
        0 => Ok(None),
        seconds => Ok(Some(Duration::from_secs(seconds))),
    }
}

fn read_flag(source: &SettingsSource, name: &str, default: bool) -> Result<bool, ConfigError> {
    match source.get(name).as_deref() {
        None => Ok(default),
        Some("off" | "false" | "0") => Ok(false),
        Some("on" | "true" | "1") => Ok(true),
        Some(_) => Err(wrong(name, "must be on or off")),
    }
}

fn default_spool() -> PathBuf {
    std::env::temp_dir().join("ourvidz-worker-spool")
}

/// The operator's own policy terms, which `generate` reads without the rest.
///
/// # Errors
///
/// When the file cannot be read or is no list of terms.
pub fn read_terms(source: &SettingsSource) -> Result<ExtraTerms, ConfigError> {
    let Some(path) = source.get("WORKER_POLICY_TERMS") else {
        return Ok(ExtraTerms::none());
    };
    let text =
        std::fs::read_to_string(&path).map_err(|cause| wrong("WORKER_POLICY_TERMS", cause))?;
    ExtraTerms::parse(&text)
        .map_err(|problem| wrong("WORKER_POLICY_TERMS", format!("{path}: {problem}")))
}

/// Pictures of real models are judged, or the operator has written down that they are not.
fn read_classifier(
    source: &SettingsSource,
    engine: EngineChoice,
) -> Result<ClassifierChoice, ConfigError> {
    let nobody = match source.get("WORKER_CLASSIFIER").as_deref() {
        None => false,
        Some("none") => true,
        Some(_) => return Err(wrong("WORKER_CLASSIFIER", "only says `none`")),
    };
    match (
        source.get("WORKER_CLASSIFIER_COMMAND"),
        source.get("WORKER_CLASSIFIER_URL"),
    ) {
        (Some(_), Some(_)) => Err(wrong(
            "WORKER_CLASSIFIER_URL",
            "name a command or a URL, not both",
        )),
        (Some(_), None) | (None, Some(_)) if nobody => {
            Err(wrong("WORKER_CLASSIFIER", "says `none`, and one is named"))
        }
        (Some(command), None) => Ok(ClassifierChoice::Command(
            command.split_whitespace().map(str::to_owned).collect(),
        )),
        (None, Some(url)) => Ok(ClassifierChoice::Http(url)),
        (None, None) if nobody || engine == EngineChoice::Preview => Ok(ClassifierChoice::None),
        (None, None) => Err(wrong(
            "WORKER_CLASSIFIER",
            "nobody judges the pictures before they are uploaded. Name WORKER_CLASSIFIER_COMMAND or \
             WORKER_CLASSIFIER_URL, or take the responsibility with WORKER_CLASSIFIER=none",
        )),
    }
}

#[cfg(test)]
mod tests;
