//! Serving a request: the runtime's request in, plain data to the handler, the runtime's answer out, one log line.

use futures_util::StreamExt as _;
use ourvidz_core::limits::MAX_BODY_BYTES;
use ourvidz_core::moment::Nth;
use ourvidz_core::{ApiError, Code, Moment};
use ourvidz_edge::incoming::HEADERS;
use ourvidz_edge::log_line::{self, RequestOutcome};
use ourvidz_edge::reply::Body;
use ourvidz_edge::{Call, Incoming, Reply, cors, request_id};
use serde_json::Map;
use worker::{Context, Env, Headers, Response, ResponseBuilder};

use crate::clock::{moment, now_ms};
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
    mut request: worker::Request,
    env: &Env,
    context: &Context,
    handler: impl AsyncFnOnce(&Call<Fetch>) -> Result<Reply, ApiError>,
) -> worker::Result<Response> {
    let runtime = Fetch::with_services(env);
    let mut incoming = head(&request)?;
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
        (Ok(_), Ok(settings)) => match read_body(&mut request, &incoming).await {
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
        Err(error) => (Reply::error(&error, &request_id), Some(error)),
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

/// Everything but the body.
fn head(request: &worker::Request) -> worker::Result<Incoming> {
    let url = request.url()?;
    let sent = request.headers();
    let headers = HEADERS
        .into_iter()
        .filter_map(|name| Some((name, sent.get(name).ok().flatten()?)))
        .collect();
    Ok(Incoming {
        method: request.method().to_string().to_ascii_uppercase(),
        path: url.path().to_owned(),
        query: url.query_pairs().into_owned().collect(),
        headers,
        body: Vec::new(),
    })
}

/// The body, read no further than any endpoint takes.
async fn read_body(
    request: &mut worker::Request,
    incoming: &Incoming,
) -> Result<Vec<u8>, ApiError> {
    if matches!(
        incoming.method.as_str(),
        "GET" | "HEAD" | "DELETE" | "OPTIONS"
    ) {
        return Ok(Vec::new());
    }
    let broken = |error: worker::Error| {
        ApiError::new(Code::InvalidRequest)
            .with_message("The body did not arrive whole.")
            .with_cause(format!("body: {error}"))
    };
    let too_large = || {
        ApiError::new(Code::PayloadTooLarge)
            .with_details(serde_json::json!({ "limitBytes": MAX_BODY_BYTES }))
    };
    let announced = incoming.header("content-length").map(str::parse::<usize>);
    // The announced length is also the most that arrives, so one crossing brings all of it.
    if matches!(announced, Some(Ok(length)) if length <= MAX_BODY_BYTES) {
        return request.bytes().await.map_err(broken);
    }
    let mut body = Vec::new();
    // A request without a body has no stream.
    let Ok(mut chunks) = request.stream() else {
        return Ok(body);
    };
    let mut arrived = 0;
    while let Some(chunk) = chunks.next().await {
        let chunk = chunk.map_err(broken)?;
        arrived += chunk.len();
        if arrived > MAX_DRAINED_BYTES {
            break;
        }
        if arrived <= MAX_BODY_BYTES {
            body.extend_from_slice(&chunk);
        }
    }
    if arrived <= MAX_BODY_BYTES {
        Ok(body)
    } else {
        Err(too_large())
    }
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
    let headers = Headers::new();
    headers.set("x-content-type-options", "nosniff")?;
    for (name, value) in common.iter().chain(&reply.headers) {
        headers.set(name, value)?;
    }
    let builder = ResponseBuilder::new().with_status(reply.status);
    match reply.body {
        Body::Empty => Ok(builder.with_headers(headers).empty()),
        Body::Whole { media_type, bytes } => {
            headers.set("content-type", media_type)?;
            Ok(builder.with_headers(headers).fixed(bytes))
        }
        Body::Stream { media_type, chunks } => {
            headers.set("content-type", media_type)?;
            builder
                .with_headers(headers)
                .from_stream(chunks.map(Ok::<_, worker::Error>))
        }
    }
}
