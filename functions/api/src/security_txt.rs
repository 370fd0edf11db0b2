//! `GET /.well-known/security.txt`: whom to tell of a weakness (RFC 9116).

use ourvidz_core::timestamp::rfc3339;
use ourvidz_core::{ApiError, Code};
use ourvidz_edge::{Call, Reply, Runtime};

/// The standard asks for a date, so that nobody writes to an address that was forgotten; each answer sets it anew.
const GOOD_FOR_MS: u64 = 30 * 24 * 60 * 60 * 1000;

pub(crate) fn get<R: Runtime>(call: &Call<R>) -> Result<Reply, ApiError> {
    call.only(&["GET"])?;
    let Some(contact) = &call.settings.security_contact else {
        return Err(Code::NotFound.into());
    };
    let expires = rfc3339(call.at.now_ms + GOOD_FOR_MS);
    let base = &call.settings.public_base_url;
    let text = format!(
        "Contact: {contact}\nExpires: {expires}\nCanonical: {base}/.well-known/security.txt\nPreferred-Languages: en\n"
    );
    Ok(Reply::bytes("text/plain; charset=utf-8", text.into_bytes()))
}
