//! `POST /functions/v1/generate-admin-image`: a placeholder for developers who build against the API.
//!
//! Nothing is stored. The picture's address carries a digest of prompt and mode, and `GET` draws the picture
//! from it again, so the address neither holds the prompt nor needs a database. Off unless the operator says
//! `ADMIN_MOCK_IMAGES=on`, and then for administrators alone.

pub mod draw;
#[cfg(target_arch = "wasm32")]
mod entry;
#[cfg(test)]
mod tests;

use ourvidz_core::moment::Nth;
use ourvidz_core::wire::operation::{AdminImage, AdminImageReply, AdminImageRequest};
use ourvidz_core::{ApiError, Code, fingerprint, timestamp};
use ourvidz_edge::{Call, Reply, Runtime, caller};
use serde_json::json;

/// The mode of a request that names none.
const DEFAULT_MODE: &str = "default";
/// A picture follows from its address alone, so nobody ever has to ask twice.
const FOREVER: &str = "public, max-age=31536000, immutable";

/// Answers an order, or draws a picture.
///
/// # Errors
///
/// 404 while the endpoint is off, 401 and 403 for everyone but administrators, 400 for a bad order.
pub async fn generate_admin_image<R: Runtime>(call: &Call<R>) -> Result<Reply, ApiError> {
    if !call.settings.admin_mock_images {
        return Err(ApiError::new(Code::NotFound)
            .with_message("Mock images are switched off (ADMIN_MOCK_IMAGES)."));
    }
    match call.incoming.route().as_slice() {
        [_] => {
            call.only(&["POST"])?;
            order(call).await
        }
        [_, file] => {
            call.only(&["GET"])?;
            picture(file)
        }
        _ => Err(Code::NotFound.into()),
    }
}

async fn order<R: Runtime>(call: &Call<R>) -> Result<Reply, ApiError> {
    caller::admin(call).await?;
    let order = AdminImageRequest::parse(call.json_body()?)?;
    let prompt = order.prompt;
    let mode = order.mode.as_deref().unwrap_or(DEFAULT_MODE);
    let digest = fingerprint::fingerprint(&json!([prompt, mode]));
    let url = format!(
        "{}/functions/v1/generate-admin-image/{digest}.png",
        call.settings.public_base_url
    );
    Reply::json(&AdminImageReply {
        success: true,
        image: AdminImage {
            id: call.at.fresh_id(Nth::First),
            thumbnail_url: url.clone(),
            url,
            prompt,
            mode: mode.to_owned(),
            timestamp: timestamp::rfc3339(call.at.now_ms),
            metadata: order.metadata.unwrap_or_else(|| json!({})),
        },
    })
}

fn picture(file: &str) -> Result<Reply, ApiError> {
    let digest = file
        .strip_suffix(".png")
        .and_then(digest_of)
        .ok_or(Code::NotFound)?;
    Ok(Reply::bytes("image/png", draw::draw(&digest)?).with_header("cache-control", FOREVER))
}

/// Reads 64 hex digits.
fn digest_of(hex: &str) -> Option<[u8; 32]> {
    let mut digest = [0u8; 32];
    // `from_str_radix` alone would take a sign.
    if hex.len() != 2 * digest.len() || !hex.bytes().all(|digit| digit.is_ascii_hexdigit()) {
        return None;
    }
    for (place, byte) in digest.iter_mut().enumerate() {
        *byte = u8::from_str_radix(hex.get(2 * place..2 * place + 2)?, 16).ok()?;
    }
    Some(digest)
}
