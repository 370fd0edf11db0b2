//! Asymmetric signatures by the runtime's `WebCrypto`.

use std::cell::RefCell;

use js_sys::{Array, Object, Promise, Reflect, Uint8Array};
use ourvidz_core::{ApiError, Code};
use ourvidz_sign::jwk::PublicKey;
use ourvidz_sign::jwt::Algorithm;
use wasm_bindgen::{JsCast as _, JsValue};
use wasm_bindgen_futures::JsFuture;
use web_sys::{CryptoKey, SubtleCrypto, WorkerGlobalScope};

/// Whether the key made this signature over the message.
pub async fn verify(key: &PublicKey, message: &[u8], signature: &[u8]) -> Result<bool, ApiError> {
    check(key, message, signature)
        .await
        .map_err(|error| ApiError::new(Code::Internal).with_cause(format!("WebCrypto: {error:?}")))
}

async fn check(key: &PublicKey, message: &[u8], signature: &[u8]) -> Result<bool, JsValue> {
    let subtle = subtle()?;
    let algorithm = algorithm(key.algorithm())?;
    let imported = imported(&subtle, &algorithm, key).await?;
    let verdict = settled(
        subtle.verify_with_object_and_buffer_source_and_buffer_source(
            &algorithm,
            &imported,
            &Uint8Array::from(signature),
            &Uint8Array::from(message),
        )?,
    )
    .await?;
    Ok(verdict.is_truthy())
}

thread_local! {
    /// The key of the last token, as the runtime has it. Importing it takes a promise and a text to write and read,
    /// and nearly all tokens are signed by the same one.
    static LAST: RefCell<Option<(PublicKey, CryptoKey)>> = const { RefCell::new(None) };
}

async fn imported(
    subtle: &SubtleCrypto,
    algorithm: &Object,
    key: &PublicKey,
) -> Result<CryptoKey, JsValue> {
    let last = LAST.with_borrow(Clone::clone);
    if let Some((_, imported)) = last.filter(|(last, _)| last == key) {
        return Ok(imported);
    }
    let jwk = js_sys::JSON::parse(&key.to_jwk().to_string())?;
    let usages = Array::of1(&"verify".into());
    let promise = subtle.import_key_with_object(
        "jwk",
        jwk.unchecked_ref(),
        algorithm,
        false,
        usages.as_ref(),
    )?;
    let imported: CryptoKey = settled(promise).await?.dyn_into()?;
    LAST.set(Some((key.clone(), imported.clone())));
    Ok(imported)
}

async fn settled(promise: Promise) -> Result<JsValue, JsValue> {
    JsFuture::from(promise).await
}

fn subtle() -> Result<SubtleCrypto, JsValue> {
    let scope: WorkerGlobalScope = js_sys::global().unchecked_into();
    Ok(scope.crypto()?.subtle())
}

/// The parameters that both importing and verifying take.
fn algorithm(algorithm: Algorithm) -> Result<Object, JsValue> {
    let (name, curve) = match algorithm {
        Algorithm::Es256 => ("ECDSA", Some("P-256")),
        Algorithm::Rs256 => ("RSASSA-PKCS1-v1_5", None),
        // A key set holds no such key: shared secrets never leave the settings.
        Algorithm::Hs256 => return Err("no asymmetric algorithm".into()),
    };
    let parameters = Object::new();
    Reflect::set(&parameters, &"name".into(), &name.into())?;
    Reflect::set(&parameters, &"hash".into(), &"SHA-256".into())?;
    if let Some(curve) = curve {
        Reflect::set(&parameters, &"namedCurve".into(), &curve.into())?;
    }
    Ok(parameters)
}
