//! The names of all settings, and where their values come from.

use std::collections::BTreeMap;
use std::path::Path;

use super::{ConfigError, wrong};

/// One setting: the environment's name, the file's name, and a line of explanation.
#[derive(Debug, Clone, Copy)]
pub struct Setting {
    /// The environment variable.
    pub variable: &'static str,
    /// The key in the TOML file.
    pub key: &'static str,
    /// What it does, for `--help`.
    pub help: &'static str,
}

const fn setting(variable: &'static str, key: &'static str, help: &'static str) -> Setting {
    Setting {
        variable,
        key,
        help,
    }
}

/// Every setting, in the order in which they are explained.
pub const SETTINGS: [Setting; 41] = [
    setting(
        "OURVIDZ_EDGE_URL",
        "edge_url",
        "the edge's address (required)",
    ),
    setting(
        "WORKER_ID",
        "worker_id",
        "the name that this worker is enrolled under (required)",
    ),
    setting(
        "WORKER_KEY",
        "key",
        "whsec_..., its own key, signs every request to the edge (required)",
    ),
    setting(
        "REDIS_URL",
        "redis_url",
        "redis:// or rediss://, where hints of new jobs arrive",
    ),
    setting(
        "UPSTASH_REDIS_REST_URL",
        "upstash_url",
        "Upstash's REST address, where no TCP is to be had",
    ),
    setting("UPSTASH_REDIS_REST_TOKEN", "upstash_token", "its token"),
    setting(
        "WORKER_QUEUES",
        "queues",
        "sdxl_queue, wan_queue or both [both]",
    ),
    setting(
        "WORKER_CLAIM_HINTED",
        "claim_hinted",
        "on: claim the very job a hint names (shared with legacy workers)",
    ),
    setting(
        "OURVIDZ_ENGINE",
        "engine",
        "candle, http or preview [candle if weights are set, else preview]",
    ),
    setting(
        "PREVIEW_STEP_MS",
        "preview_step_ms",
        "how long a pretended step takes [60]",
    ),
    setting(
        "WORKER_SDXL_WEIGHTS",
        "sdxl_weights",
        "SDXL: folder, or checkpoint in one file",
    ),
    setting(
        "WORKER_WAN_WEIGHTS",
        "wan_weights",
        "WAN 2.1 T2V 1.3B: folder",
    ),
    setting(
        "WORKER_QWEN_WEIGHTS",
        "qwen_weights",
        "Qwen2.5-Instruct: folder, or GGUF file",
    ),
    setting(
        "WORKER_DEVICE",
        "device",
        "cpu, cuda, cuda:1; several: cuda:0,cuda:1 or cuda:all [a GPU if any]",
    ),
    setting(
        "WORKER_PRECISION",
        "precision",
        "f32, f16 or bf16 [bf16 on a GPU, else f32]",
    ),
    setting(
        "WORKER_SDXL_SAMPLER",
        "sdxl_sampler",
        "euler or dpmpp_2m_karras [euler]",
    ),
    setting("WORKER_WAN_SOLVER", "wan_solver", "euler or unipc [euler]"),
    setting(
        "WORKER_WAN_TEACACHE",
        "wan_teacache",
        "TeaCache's threshold, such as 0.05 [0: every step is computed]",
    ),
    setting(
        "WORKER_MEMORY_MIB",
        "memory_mib",
        "what weights may take together [all there is]",
    ),
    setting(
        "WORKER_IMAGE_SERVER",
        "image_server",
        "engine http: an image server with AUTOMATIC1111's API",
    ),
    setting(
        "WORKER_CHAT_SERVER",
        "chat_server",
        "engine http: a chat server with OpenAI's protocol",
    ),
    setting(
        "WORKER_CHAT_SERVER_KEY",
        "chat_server_key",
        "its bearer key",
    ),
    setting(
        "WORKER_CHAT_SERVER_MODEL",
        "chat_server_model",
        "the model to ask it for",
    ),
    setting(
        "WORKER_LARGEST_SIDE",
        "largest_side",
        "make larger orders this large, in pixels [as ordered]",
    ),
    setting(
        "WORKER_MOST_STEPS",
        "most_steps",
        "make at most so many steps [as ordered]",
    ),
    setting(
        "WORKER_MOST_FRAMES",
        "most_frames",
        "make at most so many frames [as ordered]",
    ),
    setting(
        "WORKER_METRICS",
        "metrics",
        "loopback ADDRESS:PORT for Prometheus [off]",
    ),
    setting(
        "WORKER_CHAT",
        "chat",
        "loopback ADDRESS:PORT for the language model's endpoint [off]",
    ),
    setting(
        "WORKER_CHAT_KEY",
        "chat_key",
        "bearer key that the endpoint asks for",
    ),
    setting(
        "WORKER_SPOOL",
        "spool",
        "folder for results that wait for the edge [in the temporary folder]",
    ),
    setting(
        "WORKER_GRACE_SECONDS",
        "grace_seconds",
        "how long a job may go on after SIGTERM [25]",
    ),
    setting(
        "WORKER_STALL_SECONDS",
        "stall_seconds",
        "how long an engine may say nothing [300; computing on a processor 3600]",
    ),
    setting(
        "WORKER_POLICY_TERMS",
        "policy_terms",
        "file of further terms that the content policy refuses",
    ),
    setting(
        "WORKER_CLASSIFIER",
        "classifier",
        "none: real models' pictures are uploaded without being judged",
    ),
    setting(
        "WORKER_CLASSIFIER_COMMAND",
        "classifier_command",
        "program that judges each picture before upload",
    ),
    setting(
        "WORKER_CLASSIFIER_URL",
        "classifier_url",
        "server that judges each picture before upload",
    ),
    setting(
        "WORKER_STEP_PREVIEWS",
        "step_previews",
        "off: users do not see their pictures while they are made [on]",
    ),
    setting(
        "WORKER_CREDENTIALS",
        "credentials",
        "none: pictures and clips carry no signed content credentials",
    ),
    setting(
        "WORKER_CREDENTIALS_KEY",
        "credentials_key",
        "PEM file of the key that signs them [development]",
    ),
    setting(
        "WORKER_CREDENTIALS_CHAIN",
        "credentials_chain",
        "PEM file of its certificate and those that vouch for it",
    ),
    setting("WORKER_LOG", "log", "error, info or debug [info]"),
];

/// Values by the environment variable's name.
#[derive(Debug, Default, Clone)]
pub struct SettingsSource {
    values: BTreeMap<&'static str, String>,
}

impl SettingsSource {
    /// The environment over the file, if one is named. Empty variables count as not set.
    ///
    /// # Errors
    ///
    /// When the file cannot be read, is no TOML, or has a key that no setting has.
    pub fn new(
        file: Option<&Path>,
        environment: impl Fn(&str) -> Option<String>,
    ) -> Result<Self, ConfigError> {
        let mut values = BTreeMap::new();
        if let Some(path) = file {
            let name = path.display().to_string();
            let text = std::fs::read_to_string(path).map_err(|cause| wrong(&name, cause))?;
            for (key, value) in text
                .parse::<toml::Table>()
                .map_err(|cause| wrong(&name, cause.message()))?
            {
                let setting = SETTINGS
                    .iter()
                    .find(|setting| setting.key == key)
                    .ok_or_else(|| wrong(&name, format!("there is no setting `{key}`")))?;
                let text = plain(&value).ok_or_else(|| {
                    wrong(
                        &name,
                        format!("`{key}` must be a text, number or list of texts"),
                    )
                })?;
                values.insert(setting.variable, text);
            }
        }
        for setting in SETTINGS {
            if let Some(value) =
                environment(setting.variable).filter(|value| !value.trim().is_empty())
            {
                values.insert(setting.variable, value);
            }
        }
        Ok(Self { values })
    }

    /// The same with these values in the place of its own.
    #[must_use]
    pub fn with(&self, own: &[(&'static str, String)]) -> Self {
        let mut values = self.values.clone();
        values.extend(own.iter().cloned());
        Self { values }
    }

    #[must_use]
    pub fn get(&self, variable: &str) -> Option<String> {
        self.values.get(variable).cloned()
    }

    /// A setting's value, or an error that explains what is missing.
    ///
    /// # Errors
    ///
    /// When it is not set.
    pub fn need(&self, variable: &str, what: &str) -> Result<String, ConfigError> {
        self.get(variable)
            .ok_or_else(|| wrong(variable, format!("is not set. It is {what}")))
    }
}

fn plain(value: &toml::Value) -> Option<String> {
    match value {
        toml::Value::String(text) => Some(text.clone()),
        toml::Value::Integer(number) => Some(number.to_string()),
        toml::Value::Float(number) => Some(number.to_string()),
        toml::Value::Boolean(on) => Some(on.to_string()),
        toml::Value::Array(items) => {
            let texts: Option<Vec<&str>> = items.iter().map(toml::Value::as_str).collect();
            texts.map(|texts| texts.join(","))
        }
        _ => None,
    }
}
