//! From Rust values to the JavaScript values that a page expects.

use js_sys::{Error, Reflect};
use ourvidz_core::ApiError;
use serde::Serialize;
use serde_wasm_bindgen::Serializer;
use wasm_bindgen::prelude::*;

#[wasm_bindgen(typescript_custom_section)]
const TYPES: &str = r#"
/** What the edge would answer: the same code, message and details. */
export interface Problem {
  code: string;
  /** The HTTP status of that answer. */
  status: number;
  message: string;
  retryable: boolean;
  suggestedAction?: string;
  details?: Record<string, unknown>;
}
"#;

/// A value as plain objects, arrays, numbers and texts.
pub(crate) fn to_js(value: &impl Serialize) -> Result<JsValue, JsValue> {
    // What JSON.parse would make of it: plain objects instead of Map, null instead of undefined.
    Ok(value.serialize(&Serializer::json_compatible())?)
}

/// The fields of a `Problem`, written onto `target`.
fn describe(error: &ApiError, target: &JsValue) -> Result<(), JsValue> {
    let set = |name: &str, value: &JsValue| Reflect::set(target, &name.into(), value).map(drop);
    set("code", &error.code.as_str().into())?;
    set("status", &error.code.status().into())?;
    set("message", &error.message.as_ref().into())?;
    set("retryable", &error.code.retryable().into())?;
    if let Some(action) = error.code.suggested_action() {
        set("suggestedAction", &action.into())?;
    }
    if let Some(details) = &error.details {
        set("details", &to_js(details)?)?;
    }
    Ok(())
}

/// A `Problem` to return.
pub(crate) fn problem(error: &ApiError) -> Result<JsValue, JsValue> {
    let object = js_sys::Object::new().into();
    describe(error, &object)?;
    Ok(object)
}

/// A `Problem` to throw: an `Error` with the same fields.
pub(crate) fn thrown(error: &ApiError) -> JsValue {
    let thrown = JsValue::from(Error::new(&error.message));
    match describe(error, &thrown) {
        Ok(()) => thrown,
        Err(failure) => failure,
    }
}
