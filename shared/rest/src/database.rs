//! The database: SQL functions through PostgREST.
//!
//! The `postgrest` crate builds the requests, [`Http`] sends them, and the errors that the functions raise
//! come back as [`ApiError`]. What happens when an answer is lost is the caller's business: [`Database::call`]
//! sends once, because a lost answer may hide a write; [`Database::read`] tries again.

use core::pin::Pin;
use std::cell::RefCell;

use ourvidz_core::wire::rpc::Rpc;
use ourvidz_core::{ApiError, Code, Id};
use postgrest::Postgrest;

use crate::budget::Budget;
use crate::database_error::{self, TokenOwner};
use crate::http::{Backend, Http, Request, Response};

/// Longer than any of our functions waits for a lock (2 s) together with its work, well below the patience of
/// a browser.
const TIMEOUT_MS: u32 = 8_000;

/// A read that got no answer is asked once more.
const READ: Budget = Budget {
    timeout_ms: 4_000,
    tries: 2,
    first_pause_ms: 50,
};

/// A page of 100 jobs with six assets each is below 1 MB.
const MAX_ANSWER_BYTES: usize = 4 * 1024 * 1024;

/// Whose rights a call has.
#[derive(Clone, Copy)]
pub enum Auth<'a> {
    /// The edge's, by its own token.
    Edge(&'a str),
    /// The user's, by the token that came with the request.
    User(&'a str),
    /// Those of an API key's owner: the edge names the key, and the database says whose it is.
    ApiKey { edge_token: &'a str, id: Id },
}

thread_local! {
    /// The last builder of requests, and the project that it is for: it is nearly always the same one. Natively a
    /// builder comes with a client of its own that reads all root certificates, which takes longer than the request.
    static BUILDER: RefCell<Option<(String, Postgrest)>> = const { RefCell::new(None) };
}

/// What builds requests to the project at `supabase_url`.
fn builder(supabase_url: &str) -> Postgrest {
    BUILDER.with_borrow_mut(|kept| match kept {
        Some((url, builder)) if url == supabase_url => builder.clone(),
        _ => {
            let builder = Postgrest::new(format!("{supabase_url}/rest/v1"));
            *kept = Some((supabase_url.to_owned(), builder.clone()));
            builder
        }
    })
}

/// Where the edge names the API key in whose name it reads.
const API_KEY_HEADER: &str = "x-api-key-id";

/// An answer on its way.
type Answering<'a> = Pin<Box<dyn Future<Output = Result<Response, ApiError>> + 'a>>;

/// A client of PostgREST behind Supabase's gateway (or one that behaves like it).
pub struct Database<'a, H> {
    http: &'a H,
    base_url: &'a str,
    api_key: &'a str,
}

// Not derived, which would ask for a copy of what sends.
impl<H> Clone for Database<'_, H> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<H> Copy for Database<'_, H> {}

impl<'a, H: Http> Database<'a, H> {
    /// A client for the project at `supabase_url`; `api_key` is what its gateway wants to see.
    pub const fn new(http: &'a H, supabase_url: &'a str, api_key: &'a str) -> Self {
        Self {
            http,
            base_url: supabase_url,
            api_key,
        }
    }

    /// Calls a function once.
    ///
    /// # Errors
    ///
    /// What the function raises; `unauthorized` if the database refuses a user's token; `misconfigured` if
    /// the deployment and the database do not fit; `timeout` or `unavailable` for the rest. After the last
    /// two it is not known whether the function's transaction took place.
    pub fn call<R: Rpc>(
        self,
        rpc: &R,
        auth: Auth<'a>,
    ) -> impl Future<Output = Result<R::Reply, ApiError>> + use<'a, R, H> {
        self.ask(rpc, auth, Budget::once(TIMEOUT_MS))
    }

    /// Calls a function that changes nothing, or nothing more the second time, and repeats it when no answer
    /// comes.
    ///
    /// # Errors
    ///
    /// As [`Self::call`].
    pub fn read<R: Rpc>(
        self,
        rpc: &R,
        auth: Auth<'a>,
    ) -> impl Future<Output = Result<R::Reply, ApiError>> + use<'a, R, H> {
        self.ask(rpc, auth, READ)
    }

    fn ask<R: Rpc>(
        self,
        rpc: &R,
        auth: Auth<'a>,
        budget: Budget,
    ) -> impl Future<Output = Result<R::Reply, ApiError>> + use<'a, R, H> {
        let parameters = serde_json::to_string(rpc).map_err(|_| internal(R::NAME, "parameters"));
        let answer = self.answer(R::NAME, parameters, auth, budget);
        async move { parse_reply::<R>(&answer.await?) }
    }

    /// What all functions have in common, compiled once and not for each of them: a call then costs a module what its
    /// parameters and its reply cost.
    fn answer(
        self,
        function: &'static str,
        parameters: Result<String, ApiError>,
        auth: Auth<'a>,
        budget: Budget,
    ) -> Answering<'a> {
        Box::pin(async move {
            let request = self.request(function, parameters?, auth, budget)?;
            let answer = budget
                .send_unless(self.http, request, database_error::is_raised)
                .await
                .map_err(|error| database_error::from_transport(error, function))?;
            if (200..300).contains(&answer.status) {
                return Ok(answer);
            }
            let token_owner = match auth {
                Auth::Edge(_) | Auth::ApiKey { .. } => TokenOwner::Edge,
                Auth::User(_) => TokenOwner::User,
            };
            Err(database_error::from_answer(&answer, function, token_owner))
        })
    }

    /// Lets the `postgrest` crate build the request and takes it over into our own type.
    fn request(
        &self,
        function: &str,
        parameters: String,
        auth: Auth<'_>,
        budget: Budget,
    ) -> Result<Request, ApiError> {
        // The builder panics on what can't be in a header, so that has to be found out before.
        let token = match auth {
            Auth::Edge(token)
            | Auth::ApiKey {
                edge_token: token, ..
            } if is_header_value(token) => token,
            Auth::User(token) if is_header_value(token) => token,
            Auth::Edge(_) | Auth::ApiKey { .. } => return Err(misconfigured("EDGE_DB_JWT")),
            Auth::User(_) => return Err(Code::Unauthorized.into()),
        };
        if !is_header_value(self.api_key) {
            return Err(misconfigured("SUPABASE_ANON_KEY"));
        }
        let mut client = builder(self.base_url).insert_header("apikey", self.api_key);
        if let Auth::ApiKey { id, .. } = auth {
            client = client.insert_header(API_KEY_HEADER, id.to_string());
        }
        let built = client
            .rpc(function, parameters)
            .auth(token)
            .build()
            .build()
            .map_err(|_| misconfigured("SUPABASE_URL"))?;
        let headers = built
            .headers()
            .iter()
            .filter_map(|(name, value)| {
                Some((name.as_str().to_owned(), value.to_str().ok()?.to_owned()))
            })
            .collect();
        Ok(Request {
            backend: Backend::Database,
            method: "POST",
            url: built.url().to_string(),
            headers,
            body: built
                .body()
                .and_then(reqwest::Body::as_bytes)
                .map(<[u8]>::to_vec),
            timeout_ms: budget.timeout_ms,
            max_answer_bytes: MAX_ANSWER_BYTES,
        })
    }
}

/// A function that returns nothing answers with an empty body.
fn parse_reply<R: Rpc>(answer: &Response) -> Result<R::Reply, ApiError> {
    let json: &[u8] = if answer.body.is_empty() {
        b"null"
    } else {
        &answer.body
    };
    serde_json::from_slice(json).map_err(|error| unreadable(R::NAME, &error))
}

/// The parser's own text could quote the row.
fn unreadable(function: &str, error: &serde_json::Error) -> ApiError {
    let place = format!("reply, line {} column {}", error.line(), error.column());
    internal(function, &place)
}

fn is_header_value(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_graphic())
}

fn misconfigured(setting: &'static str) -> ApiError {
    ApiError::new(Code::Misconfigured)
        .with_details(serde_json::json!({ "settings": [setting] }))
        .with_cause(format!("{setting} is not of its form"))
}

fn internal(function: &str, what: &str) -> ApiError {
    ApiError::new(Code::Internal).with_cause(format!("database: {function}: unexpected {what}"))
}

#[cfg(test)]
mod tests;
