//! What handlers need of a runtime.

use core::future::Future;

use ourvidz_core::ApiError;
use ourvidz_rest::Http;
use ourvidz_sign::jwk::PublicKey;

/// What handlers need of the runtime beside [`Http`]; tests bring their own.
pub trait Runtime: Http + Clone + 'static {
    /// Whether the key made this signature: asymmetric keys are the runtime's own business, because its
    /// `WebCrypto` is twenty times faster than the same mathematics in wasm.
    fn verify(
        &self,
        key: &PublicKey,
        message: &[u8],
        signature: &[u8],
    ) -> impl Future<Output = Result<bool, ApiError>>;

    /// The clock, in milliseconds since 1970, for work that has a deadline of its own. What a request
    /// decides takes its time from [`Call::at`](crate::Call::at) instead.
    fn now_ms(&self) -> u64;
}
