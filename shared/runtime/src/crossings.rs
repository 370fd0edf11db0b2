//! What passes between the runtime and this module, each in one crossing; see `crossings.js`.

use js_sys::Promise;
use wasm_bindgen::JsValue;
use wasm_bindgen::prelude::wasm_bindgen;
use web_sys::{Request, Response};

#[wasm_bindgen(module = "/src/crossings.js")]
extern "C" {
    /// What both sides are given: headers as lines of a name and a value, and a body.
    pub type Crossing;

    /// Of a request.
    #[wasm_bindgen(method, getter)]
    pub fn method(this: &Crossing) -> String;
    /// Of a request.
    #[wasm_bindgen(method, getter)]
    pub fn url(this: &Crossing) -> String;
    /// Of an answer; 0 where none came.
    #[wasm_bindgen(method, getter)]
    pub fn status(this: &Crossing) -> u16;
    /// Why no answer came.
    #[wasm_bindgen(method, getter)]
    pub fn failure(this: &Crossing) -> Option<String>;
    #[wasm_bindgen(method, getter)]
    pub fn headers(this: &Crossing) -> String;
    /// Nothing where it was too long, or is a stream.
    #[wasm_bindgen(method, getter)]
    pub fn body(this: &Crossing) -> Option<Vec<u8>>;
    /// The body where a stream was wanted and there is one.
    #[wasm_bindgen(method, getter)]
    pub fn stream(this: &Crossing) -> Option<web_sys::ReadableStream>;

    #[wasm_bindgen(catch)]
    pub async fn read(
        request: &Request,
        names: &str,
        most: usize,
        drained: usize,
    ) -> Result<Crossing, JsValue>;

    #[wasm_bindgen(catch)]
    pub fn respond(status: u16, headers: &str, body: JsValue) -> Result<Response, JsValue>;

    pub fn send(
        service: JsValue,
        method: &str,
        url: &str,
        headers: &str,
        body: Option<Vec<u8>>,
        milliseconds: u32,
        most: usize,
        wanted: &str,
    ) -> Promise;
}

/// Headers as they cross. A line break would be a header of somebody's own making; none of ours has one.
pub fn lines<'a>(headers: impl Iterator<Item = (&'a str, &'a str)>) -> Option<String> {
    let mut text = String::new();
    for part in headers.flat_map(|(name, value)| [name, value]) {
        if part.contains(['\n', '\r']) {
            return None;
        }
        if !text.is_empty() {
            text.push('\n');
        }
        text.push_str(part);
    }
    Some(text)
}

/// Headers that crossed.
pub fn pairs(lines: &str) -> impl Iterator<Item = (&str, &str)> {
    let mut parts = lines.split('\n');
    core::iter::from_fn(move || Some((parts.next()?, parts.next()?)))
}
