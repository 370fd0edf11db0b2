//! Content credentials: a signed manifest in each file that says how it came about, by the C2PA specification 2.
//!
//! Nothing in it is the user's: no prompt, no name, no id of an order. There is no time in it either, since nobody is
//! asked to vouch for one.

mod cbor;
mod certificate;
mod files;
mod manifest;
mod signer;
#[cfg(test)]
mod tests;

pub use files::FileKind;
pub use manifest::Origin;

use manifest::Names;
use ourvidz_core::Id;
use signer::Signer;

use crate::config::CredentialsChoice;
use crate::media::MediaError;

/// The key that everybody has: its certificate says "development, not trusted".
const DEVELOPMENT_KEY: &str = include_str!("development.key");
const DEVELOPMENT_CERTIFICATE: &str = include_str!("development.pem");

/// Stands for a length that is not known yet: as long in CBOR as every length from 256 to 65,535.
const SOME_LENGTH: usize = 0xffff;
const HASH_BYTES: usize = 32;

/// Milliseconds since 1970, at each call.
pub type Clock = fn() -> u64;

/// Signs files.
pub struct ContentCredentials {
    signer: Signer,
    clock: Clock,
}

impl ContentCredentials {
    /// What signs by an operator's choice; none where it is written down that nothing is signed.
    ///
    /// # Errors
    ///
    /// What is wrong with the key or its certificates, without their contents; one that has ended is wrong too.
    pub fn open(choice: &CredentialsChoice, clock: Clock) -> Result<Option<Self>, String> {
        let (key, certificates) = match choice {
            CredentialsChoice::None => return Ok(None),
            CredentialsChoice::Development => (
                DEVELOPMENT_KEY.to_owned(),
                DEVELOPMENT_CERTIFICATE.to_owned(),
            ),
            CredentialsChoice::Files { key, chain } => {
                let read = |path: &std::path::Path| {
                    std::fs::read_to_string(path)
                        .map_err(|cause| format!("{}: {cause}", path.display()))
                };
                (read(key)?, read(chain)?)
            }
        };
        let signer = Signer::new(&key, &certificates)?;
        signer.check_time(clock())?;
        Ok(Some(Self { signer, clock }))
    }

    /// The file with its manifest. It has to be finished: every further byte breaks the signature.
    ///
    /// # Errors
    ///
    /// When it is not of that kind, a certificate has ended, or there are no random bytes to sign with.
    pub fn sign(
        &self,
        kind: FileKind,
        mut file: Vec<u8>,
        origin: Origin<'_>,
    ) -> Result<Vec<u8>, MediaError> {
        let fail = |cause: &str| MediaError::new("content credentials", cause);
        let now_ms = (self.clock)();
        self.signer
            .check_time(now_ms)
            .map_err(|cause| fail(&cause))?;
        let names = Names {
            manifest: random_id().map_err(|cause| fail(&cause))?,
            instance: random_id().map_err(|cause| fail(&cause))?,
        };
        let place = kind.place(&file).map_err(fail)?;
        let wrapped = |length: usize, hash: Vec<u8>| {
            let binding = kind.binding(place, length, hash);
            let store = manifest::store(origin, &binding, names, &self.signer)?;
            kind.wrapped(&store).map_err(str::to_owned)
        };
        // The manifest says where it lies and how long it is, so it is written twice.
        let length = wrapped(SOME_LENGTH, vec![0; HASH_BYTES])
            .map_err(|cause| fail(&cause))?
            .len();
        kind.shift(&mut file, length).map_err(fail)?;
        let hash = kind.hash(&file, place, length).map_err(fail)?;
        let manifest = wrapped(length, hash).map_err(|cause| fail(&cause))?;
        if manifest.len() != length {
            return Err(fail("the manifest changed its length"));
        }
        file.splice(place..place, manifest);
        Ok(file)
    }
}

fn random_id() -> Result<Id, String> {
    let mut bytes = [0; 16];
    getrandom::fill(&mut bytes)
        .map(|()| Id::from_random(bytes))
        .map_err(|cause| cause.to_string())
}
