//! What an operator configures, read once in an isolate's life.

use ourvidz_core::job_type::SDXL_BATCHES;
use ourvidz_core::limits::{REQUESTS_PER_MINUTE, WEBHOOKS_AT_ONCE};
use ourvidz_core::outbound::is_local_deployment;
use ourvidz_core::{ApiError, Code};
use ourvidz_sign::sigv4::{Credentials, Endpoint, Layout};

use crate::policy_terms::PolicyTerms;

/// More would not fit into the pause between two passes, even where every receiver answers at once.
const MAX_WEBHOOKS_PER_PASS: u32 = 600;

/// Where one setting comes from: the runtime's environment, or a table in a test.
pub trait Source {
    /// The value under that name, if it is set and not empty.
    fn get(&self, name: &str) -> Option<String>;
}

/// How a worker proves who it is when it calls back.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CallbackAuth {
    /// By signature or by the attempt's token.
    Signed,
    /// Not at all: for moving over from an open deployment, with a warning at each call.
    Open,
}

/// The settings of a deployment.
#[derive(Clone)]
pub struct Settings {
    /// Supabase's (or the local gateway's) base URL.
    pub supabase_url: String,
    /// The key that its gateway wants to see.
    pub supabase_anon_key: String,
    /// The legacy secret of HS256 tokens.
    pub supabase_jwt_secret: Option<String>,
    /// The issuer that tokens must name, where the operator wants that checked.
    pub supabase_jwt_issuer: Option<String>,
    /// The edge's own token for the database, role `ourvidz_edge`.
    pub edge_db_jwt: String,
    /// Upstash's REST endpoint.
    pub redis_url: String,
    pub redis_token: String,
    /// What workers sign with, the present and the previous one.
    pub worker_secrets: Vec<String>,
    /// What attempt tokens are made with, the present and the previous one.
    pub token_secrets: Vec<String>,
    /// What scripts prove to be an administrator with.
    pub admin_secret: Option<String>,
    /// The deployment's own address, for callbacks and links.
    pub public_base_url: String,
    /// The object storage and the key to it.
    pub storage: Credentials,
    /// Where users buy credits, where they can.
    pub credits_url: Option<String>,
    /// Credits that a new user starts with.
    pub starting_credits: u32,
    /// Origins that may call from a browser; empty allows all.
    pub allowed_origins: Vec<String>,
    /// Whether settling looks at the objects.
    pub asset_check: bool,
    /// How workers prove who they are.
    pub callback_auth: CallbackAuth,
    /// Whether the mock image endpoint is on.
    pub admin_mock_images: bool,
    /// Whom to tell of a weakness: `mailto:` or `https://`.
    pub security_contact: Option<String>,
    /// Whether answers carry a `debug` field.
    pub debug_responses: bool,
    /// Whether the rows about enhancements keep the prompts too.
    pub keep_enhanced_prompts: bool,
    /// Whether webhooks may go to the machine itself: only where the deployment is on it, too.
    pub local_webhooks: bool,
    /// Requests that a user may make in a minute, in each isolate.
    pub requests_per_minute: u32,
    /// Webhooks that one pass of the sweep sends.
    pub webhooks_per_pass: u32,
    /// Terms of the operator's own that the content policy refuses, too.
    pub policy_terms: PolicyTerms,
    /// Images of a job that does not say how many.
    pub default_num_images: u8,
    /// Base URL of an OpenAI-compatible chat server.
    pub chat_worker_url: Option<String>,
    pub chat_worker_key: Option<String>,
    /// The model to ask it for.
    pub chat_worker_model: Option<String>,
    /// Base URL of the WAN worker's enhancement endpoint.
    pub wan_worker_url: Option<String>,
    pub wan_worker_key: Option<String>,
}

impl Settings {
    /// Reads them, for a function that is given these secrets.
    ///
    /// # Errors
    ///
    /// `misconfigured`, naming every setting that is missing or not of its form, never a value.
    pub fn read(source: &impl Source, secrets: &[&str]) -> Result<Self, ApiError> {
        let mut wrong = Vec::new();
        let storage = storage(source, secrets, &mut wrong);
        let mut secret = |name: &'static str| secret(source, secrets, name, &mut wrong);
        let (edge_db_jwt, redis_token) =
            (secret("EDGE_DB_JWT"), secret("UPSTASH_REDIS_REST_TOKEN"));
        let worker_secrets = vec![secret("WORKER_CALLBACK_SECRET")];
        let token_secrets = vec![secret("CALLBACK_TOKEN_SECRET")];
        let mut required = |name: &'static str| required(source, name, &mut wrong);
        let address = |text: String| text.trim_end_matches('/').to_owned();
        let mut settings = Self {
            supabase_url: address(required("SUPABASE_URL")),
            supabase_anon_key: required("SUPABASE_ANON_KEY"),
            supabase_jwt_secret: source.get("SUPABASE_JWT_SECRET"),
            supabase_jwt_issuer: source.get("SUPABASE_JWT_ISSUER"),
            edge_db_jwt,
            redis_url: address(required("UPSTASH_REDIS_REST_URL")),
            redis_token,
            worker_secrets,
            token_secrets,
            admin_secret: source.get("ADMIN_SECRET"),
            public_base_url: address(required("PUBLIC_BASE_URL")),
            storage,
            credits_url: None,
            starting_credits: 0,
            allowed_origins: list(source.get("ALLOWED_ORIGINS")),
            asset_check: true,
            callback_auth: CallbackAuth::Signed,
            admin_mock_images: false,
            security_contact: None,
            debug_responses: false,
            keep_enhanced_prompts: false,
            local_webhooks: false,
            requests_per_minute: REQUESTS_PER_MINUTE,
            webhooks_per_pass: WEBHOOKS_AT_ONCE,
            policy_terms: PolicyTerms::new(source.get("POLICY_EXTRA_TERMS")),
            default_num_images: 1,
            chat_worker_url: source.get("CHAT_WORKER_URL").map(address),
            chat_worker_key: source.get("CHAT_WORKER_KEY"),
            chat_worker_model: source.get("CHAT_WORKER_MODEL"),
            wan_worker_url: source.get("WAN_WORKER_URL").map(address),
            wan_worker_key: source.get("WAN_WORKER_KEY"),
        };
        settings
            .worker_secrets
            .extend(source.get("WORKER_CALLBACK_SECRET_PREVIOUS"));
        settings
            .token_secrets
            .extend(source.get("CALLBACK_TOKEN_SECRET_PREVIOUS"));

        if let Some(auth) = choose(source, "CALLBACK_AUTH", &mut wrong, |value| match value {
            "signed" => Some(CallbackAuth::Signed),
            "open" => Some(CallbackAuth::Open),
            _ => None,
        }) {
            settings.callback_auth = auth;
        }
        // A link on a page: nothing but a page may stand there.
        let page = |value: &str| value.starts_with("https://").then(|| value.to_owned());
        settings.credits_url = choose(source, "CREDITS_URL", &mut wrong, page);
        settings.security_contact = choose(source, "SECURITY_CONTACT", &mut wrong, |value| {
            let is_address = ["mailto:", "https://"]
                .iter()
                .any(|start| value.starts_with(start));
            let is_line = !value.chars().any(char::is_whitespace);
            (is_address && is_line).then(|| value.to_owned())
        });
        let number = |value: &str| value.parse().ok();
        if let Some(credits) = choose(source, "STARTING_CREDITS", &mut wrong, number) {
            settings.starting_credits = credits;
        }
        let some = |value: &str| value.parse().ok().filter(|number| *number > 0);
        if let Some(requests) = choose(source, "REQUESTS_PER_MINUTE", &mut wrong, some) {
            settings.requests_per_minute = requests;
        }
        let batch = |value: &str| {
            value
                .parse()
                .ok()
                .filter(|size| SDXL_BATCHES.contains(size))
        };
        if let Some(images) = choose(source, "DEFAULT_NUM_IMAGES", &mut wrong, batch) {
            settings.default_num_images = images;
        }
        for (name, flag) in [
            ("ASSET_CHECK", &mut settings.asset_check),
            ("ADMIN_MOCK_IMAGES", &mut settings.admin_mock_images),
            ("DEBUG_RESPONSES", &mut settings.debug_responses),
            ("KEEP_ENHANCED_PROMPTS", &mut settings.keep_enhanced_prompts),
            ("LOCAL_WEBHOOKS", &mut settings.local_webhooks),
        ] {
            let switch = choose(source, name, &mut wrong, |value| match value {
                "on" => Some(true),
                "off" => Some(false),
                _ => None,
            });
            *flag = switch.unwrap_or(*flag);
        }
        settings.local_webhooks &= is_local_deployment(&settings.public_base_url);
        if let Some(webhooks) = choose(source, "WEBHOOKS_PER_PASS", &mut wrong, |value| {
            let number = value.parse().ok();
            number.filter(|webhooks| (1..=MAX_WEBHOOKS_PER_PASS).contains(webhooks))
        }) {
            settings.webhooks_per_pass = webhooks;
        }
        if wrong.is_empty() {
            return Ok(settings);
        }
        Err(ApiError::new(Code::Misconfigured)
            .with_details(serde_json::json!({ "settings": wrong }))
            .with_cause(format!(
                "missing or malformed settings: {}",
                wrong.join(", ")
            )))
    }
}

fn required(source: &impl Source, name: &'static str, wrong: &mut Vec<&'static str>) -> String {
    source.get(name).unwrap_or_else(|| {
        wrong.push(name);
        String::new()
    })
}

/// A secret that a function needs if it is given any such; a backend that is asked without it refuses.
fn secret(
    source: &impl Source,
    given: &[&str],
    name: &'static str,
    wrong: &mut Vec<&'static str>,
) -> String {
    if given.contains(&name) {
        required(source, name, wrong)
    } else {
        String::new()
    }
}

/// The object storage. An endpoint that cannot be read is reported like one that is missing.
fn storage(source: &impl Source, secrets: &[&str], wrong: &mut Vec<&'static str>) -> Credentials {
    let mut text = |name: &'static str| secret(source, secrets, name, wrong);
    let mut credentials = Credentials {
        endpoint: Endpoint::nowhere(),
        region: source.get("S3_REGION").unwrap_or_else(|| "auto".to_owned()),
        layout: Layout::Buckets,
        access_key_id: text("S3_ACCESS_KEY_ID"),
        secret_access_key: text("S3_SECRET_ACCESS_KEY"),
    };
    match source.get("S3_ENDPOINT").map(|url| Endpoint::parse(&url)) {
        Some(Ok(endpoint)) => credentials.endpoint = endpoint,
        _ => wrong.push("S3_ENDPOINT"),
    }
    let bucket = source.get("S3_BUCKET");
    if let Some(layout) = choose(source, "S3_BUCKET_LAYOUT", wrong, |value| match value {
        "buckets" => Some(Layout::Buckets),
        "prefixes" => bucket.map(Layout::Prefixes),
        _ => None,
    }) {
        credentials.layout = layout;
    }
    credentials
}

/// An optional setting; a value that is not of its form is as wrong as a missing one that is required.
fn choose<T>(
    source: &impl Source,
    name: &'static str,
    wrong: &mut Vec<&'static str>,
    read: impl FnOnce(&str) -> Option<T>,
) -> Option<T> {
    let value = source.get(name)?;
    let chosen = read(&value);
    if chosen.is_none() {
        wrong.push(name);
    }
    chosen
}

/// A comma-separated list; `*` alone means no restriction.
fn list(value: Option<String>) -> Vec<String> {
    value
        .unwrap_or_default()
        .split(',')
        .map(|part| part.trim().trim_end_matches('/'))
        .filter(|part| !part.is_empty() && *part != "*")
        .map(str::to_owned)
        .collect()
}

#[cfg(test)]
mod tests;
