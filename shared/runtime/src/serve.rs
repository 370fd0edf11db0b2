//! Serving a request: the runtime's request in, plain data to the handler, the runtime's answer out, one log line.

use futures_util::StreamExt as _;
use js_sys::Uint8Array;
use ourvidz_core::limits::MAX_BODY_BYTES;
use ourvidz_core::moment::Nth;
use ourvidz_core::{ApiError, Code, Moment};
use ourvidz_edge::incoming::HEADERS;
use ourvidz_edge::log_line::{self, RequestOutcome};
use ourvidz_edge::reply::Body;
use ourvidz_edge::{Call, Incoming, Reply, cors, request_id};
use serde_json::Map;
use wasm_bindgen::JsValue;
use wasm_streams::ReadableStream;
use web_sys::{Request, Response};
use worker::{Context, Env};

use crate::clock::{moment, now_ms};
use crate::crossings;
use crate::environment;
use crate::function::Function;
use crate::http::{Fetch, RequestPhase};

/// A body that is too large is still read up to here before it is refused: a client that is answered while it
/// sends sees a broken connection instead of the answer. Beyond this it is no mistake but a flood.
const MAX_DRAINED_BYTES: usize = 1024 * 1024;

/// Serves one request.
///
/// # Errors
///
/// Only what the runtime itself refuses, such as a header that is not ASCII; everything else is an answer.
pub async fn serve(
    function: Function,
    request: Request,
    env: &Env,
    context: &Context,
    handler: impl AsyncFnOnce(&Call<Fetch>) -> Result<Reply, ApiError>,
) -> worker::Result<Response> {
    serve_in_form(function, Reply::error, request, env, context, handler).await
}

/// The same for a function that has a form of its own for refusals: of the error and the request's id it makes the
/// answer, whoever refuses.
///
/// # Errors
///
/// As [`serve`].
pub async fn serve_in_form(
    function: Function,
    refuse: fn(&ApiError, &str) -> Reply,
    request: Request,
    env: &Env,
    context: &Context,
    handler: impl AsyncFnOnce(&Call<Fetch>) -> Result<Reply, ApiError>,
) -> worker::Result<Response> {
    let runtime = Fetch::with_services(env);
    let (mut incoming, body) = read(&request).await?;
    runtime.pass_on_trace(incoming.header("traceparent"));
    let moment = moment();
    let at = *moment.as_ref().unwrap_or(&Moment::new(now_ms(), [0; 32]));
    let request_id = request_id::choose(incoming.header("x-request-id"), at.fresh_id(Nth::Second));
    let settings = environment::settings(function, env);
    let mut common = match &settings {
        Ok(settings) if function.browsers => cors::headers(settings, incoming.header("origin")),
        _ => Vec::new(),
    };

    if let Ok(settings) = &settings
        && function.browsers
        && incoming.method == "OPTIONS"
    {
        return respond(
            cors::preflight(settings, &incoming),
            &[("x-request-id", request_id)],
        );
    }

    let mut notes = Map::new();
    let result = match (moment, settings) {
        (Err(error), _) | (_, Err(error)) => Err(error),
        (Ok(_), Ok(settings)) => match body {
            Err(error) => Err(error),
            Ok(body) => {
                incoming.body = body;
                let call = Call::new(incoming, at, request_id.clone(), settings, runtime.clone());
                let result = handler(&call).await;
                for work in call.take_later() {
                    context.wait_until(work);
                }
                (incoming, notes) = call.into_parts();
                result
            }
        },
    };

    let (mut reply, error) = match result {
        Ok(reply) => (reply, None),
        Err(error) => (refuse(&error, &request_id), Some(error)),
    };
    if let Some(allow) = error.as_ref().and_then(allowed) {
        reply = reply.with_header("allow", allow);
    }
    let milliseconds = now_ms().saturating_sub(at.now_ms);
    write_log(
        &log_line::line(&RequestOutcome {
            function: function.name,
            incoming: &incoming,
            request_id: &request_id,
            status: reply.status,
            milliseconds,
            round_trips: runtime.trips(),
            notes: &notes,
            error: error.as_ref(),
        }),
        reply.status,
    );

    common.push(("x-request-id", request_id));
    if !reply
        .headers
        .iter()
        .any(|(name, _)| *name == "cache-control")
    {
        common.push(("cache-control", "no-store".to_owned()));
    }
    common.push(("server-timing", timing(&runtime.phases(), milliseconds)));
    respond(reply, &common)
}

/// What came, and its body if that arrived.
async fn read(request: &Request) -> Result<(Incoming, Result<Vec<u8>, ApiError>), JsValue> {
    let names = HEADERS.join(" ");
    let crossing = crossings::read(request, &names, MAX_BODY_BYTES, MAX_DRAINED_BYTES).await?;
    let body = match (crossing.body(), crossing.failure()) {
        (Some(body), _) => Ok(body),
        (None, Some(failure)) => Err(ApiError::new(Code::InvalidRequest)
            .with_message("The body did not arrive whole.")
            .with_cause(format!("body: {failure}"))),
        (None, None) => Err(ApiError::new(Code::PayloadTooLarge)
            .with_details(serde_json::json!({ "limitBytes": MAX_BODY_BYTES }))),
    };
    let sent = crossing.headers();
    let sent: Vec<(&str, &str)> = crossings::pairs(&sent).collect();
    let known = HEADERS.into_iter().filter_map(|name| {
        let (_, value) = sent.iter().find(|(sent, _)| *sent == name)?;
        Some((name, (*value).to_owned()))
    });
    let incoming = Incoming::new(crossing.method(), &crossing.url(), known.collect());
    Ok((incoming, body))
}

fn allowed(error: &ApiError) -> Option<String> {
    let methods = error.details.as_ref()?.get("allow")?.as_array()?;
    (error.code == Code::MethodNotAllowed).then(|| {
        methods
            .iter()
            .filter_map(|method| method.as_str())
            .collect::<Vec<_>>()
            .join(", ")
    })
}

fn write_log(line: &str, status: u16) {
    match status {
        500.. => worker::console_error!("{line}"),
        400.. => worker::console_warn!("{line}"),
        _ => worker::console_log!("{line}"),
    }
}

/// `database;dur=3, redis;dur=1, total;dur=5`: what each backend cost, in the order of the requests.
fn timing(phases: &[RequestPhase], total: u64) -> String {
    let mut text = String::new();
    for RequestPhase {
        backend,
        milliseconds,
    } in phases
    {
        text.push_str(&format!("{backend};dur={milliseconds}, "));
    }
    text + &format!("total;dur={total}")
}

fn respond(reply: Reply, common: &[(&'static str, String)]) -> worker::Result<Response> {
    let (media_type, body) = match reply.body {
        Body::Empty => (None, JsValue::NULL),
        Body::Whole { media_type, bytes } => {
            (Some(media_type), Uint8Array::from(bytes.as_slice()).into())
        }
        Body::Stream { media_type, chunks } => {
            let chunks = chunks.map(|chunk| Ok(Uint8Array::from(chunk.as_slice()).into()));
            let stream = ReadableStream::from_stream(chunks).into_raw();
            (Some(media_type), stream.into())
        }
    };
    let always = [("x-content-type-options", "nosniff")].into_iter();
    let headers = always
        .chain(media_type.map(|media_type| ("content-type", media_type)))
        .chain(
            common
                .iter()
                .chain(&reply.headers)
                .map(|(name, value)| (*name, value.as_str())),
        );
    let headers = crossings::lines(headers)
        .ok_or_else(|| worker::Error::from("a header with a line break"))?;
    crossings::respond(reply.status, &headers, body).map_err(worker::Error::from)
}
