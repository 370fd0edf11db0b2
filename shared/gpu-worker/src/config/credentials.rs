//! Who signs the content credentials of pictures and clips.

use std::path::PathBuf;

use super::{ConfigError, SettingsSource, wrong};

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum CredentialsChoice {
    /// Nobody: the operator said so.
    None,
    /// The key that everybody has, whose certificate says so.
    Development,
    /// The operator's key, and the certificates that vouch for it.
    Files { key: PathBuf, chain: PathBuf },
}

/// The operator's choice, which `generate` reads without the rest.
///
/// # Errors
///
/// When a key is named without its certificates, or beside `none`.
pub fn read_credentials(source: &SettingsSource) -> Result<CredentialsChoice, ConfigError> {
    let nobody = match source.get("WORKER_CREDENTIALS").as_deref() {
        None => false,
        Some("none") => true,
        Some(_) => return Err(wrong("WORKER_CREDENTIALS", "only says `none`")),
    };
    let path = |name| source.get(name).map(PathBuf::from);
    match (
        path("WORKER_CREDENTIALS_KEY"),
        path("WORKER_CREDENTIALS_CHAIN"),
    ) {
        (None, None) if nobody => Ok(CredentialsChoice::None),
        (None, None) => Ok(CredentialsChoice::Development),
        _ if nobody => Err(wrong(
            "WORKER_CREDENTIALS",
            "says `none`, and a key or certificates are named",
        )),
        (Some(key), Some(chain)) => Ok(CredentialsChoice::Files { key, chain }),
        (Some(_), None) => Err(wrong(
            "WORKER_CREDENTIALS_CHAIN",
            "is missing beside WORKER_CREDENTIALS_KEY",
        )),
        (None, Some(_)) => Err(wrong(
            "WORKER_CREDENTIALS_KEY",
            "is missing beside WORKER_CREDENTIALS_CHAIN",
        )),
    }
}
