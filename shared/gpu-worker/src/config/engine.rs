//! Which engine works, and how large it may work.

use super::{ConfigError, Models, SettingsSource, read_number, wrong};

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum EngineChoice {
    /// Paints stand-ins.
    Preview,
    Candle,
    /// Asks servers that run models.
    Http,
}

impl EngineChoice {
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Preview => "preview",
            Self::Candle => "candle",
            Self::Http => "http",
        }
    }
}

/// Bounds for machines that are smaller than the orders: what is ordered larger is made smaller, and its
/// metadata says so.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct SizeLimits {
    /// The longer side in pixels.
    pub side: Option<u32>,
    pub steps: Option<u32>,
    pub frames: Option<u32>,
}

/// The engine that is named; without a name, models run where weights are configured.
///
/// # Errors
///
/// When this build does not have it.
pub fn read_engine(source: &SettingsSource, models: &Models) -> Result<EngineChoice, ConfigError> {
    let has_models = cfg!(feature = "candle");
    match source.get("OURVIDZ_ENGINE").as_deref() {
        Some("preview") => Ok(EngineChoice::Preview),
        Some("candle") if has_models => Ok(EngineChoice::Candle),
        Some("http") => Ok(EngineChoice::Http),
        None if has_models && models.are_some() => Ok(EngineChoice::Candle),
        None => Ok(EngineChoice::Preview),
        Some("candle") => Err(wrong(
            "OURVIDZ_ENGINE",
            "this build has no engine `candle`: build it with `--features candle`",
        )),
        Some(other) => Err(wrong(
            "OURVIDZ_ENGINE",
            format!("there is no engine `{other}`, only `preview`, `candle` and `http`"),
        )),
    }
}

/// A preview that nobody asked for must not be served to the world.
pub(super) fn check_preview(
    source: &SettingsSource,
    choice: EngineChoice,
    edge_url: &str,
) -> Result<(), ConfigError> {
    let is_asked_for = source.get("OURVIDZ_ENGINE").is_some();
    if choice != EngineChoice::Preview || is_asked_for || is_loopback(edge_url) {
        return Ok(());
    }
    Err(wrong(
        "OURVIDZ_ENGINE",
        "without weights there is only the preview engine, which paints stand-ins. To serve an edge that is not \
         on this machine with it, say so: OURVIDZ_ENGINE=preview",
    ))
}

/// Reads the bounds.
///
/// # Errors
///
/// When one is no number above 0.
pub fn read_bounds(source: &SettingsSource) -> Result<SizeLimits, ConfigError> {
    let bound = |name: &str| match source.get(name) {
        None => Ok(None),
        Some(_) => match u32::try_from(read_number(source, name, 0)?) {
            Ok(bound) if bound > 0 => Ok(Some(bound)),
            _ => Err(wrong(name, "must be above 0")),
        },
    };
    Ok(SizeLimits {
        side: bound("WORKER_LARGEST_SIDE")?,
        steps: bound("WORKER_MOST_STEPS")?,
        frames: bound("WORKER_MOST_FRAMES")?,
    })
}

/// Whether an address is this machine's own.
fn is_loopback(url: &str) -> bool {
    let authority = url.split("://").nth(1).unwrap_or_default();
    let authority = authority.split(['/', '?', '#']).next().unwrap_or_default();
    // What stands before an @ is a user name, however much it looks like a host.
    let host_and_port = authority.rsplit('@').next().unwrap_or_default();
    let host = match host_and_port.strip_prefix('[') {
        Some(rest) => rest.split(']').next().unwrap_or_default(),
        None => host_and_port.split(':').next().unwrap_or_default(),
    };
    host == "localhost"
        || host
            .parse::<std::net::IpAddr>()
            .is_ok_and(|address| address.is_loopback())
}
