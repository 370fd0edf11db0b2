//! The runtime's clock and randomness. Read where a request comes in, and by work that has a deadline of its own.

use ourvidz_core::{ApiError, Code, Moment};

/// Milliseconds since 1970.
pub fn now_ms() -> u64 {
    worker::Date::now().as_millis()
}

/// The moment of a request.
///
/// # Errors
///
/// `internal` if the runtime has no randomness to give.
pub fn moment() -> Result<Moment, ApiError> {
    let mut entropy = [0u8; 32];
    getrandom::fill(&mut entropy).map_err(|error| {
        ApiError::new(Code::Internal).with_cause(format!("randomness: {error}"))
    })?;
    Ok(Moment::new(now_ms(), entropy))
}
