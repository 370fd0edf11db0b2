//! The runtime's settings. Read where a request comes in and nowhere else.

use core::cell::RefCell;
use std::rc::Rc;

use ourvidz_core::ApiError;
use ourvidz_edge::Backends;
use ourvidz_edge::settings::{Settings, Source};
use worker::Env;

use crate::function::Function;
use crate::http::Fetch;

thread_local! {
    /// An isolate's settings never change: a new deployment is a new isolate.
    static SETTINGS: RefCell<Option<Rc<Settings>>> = const { RefCell::new(None) };
}

struct Variables<'a>(&'a Env);

impl Source for Variables<'_> {
    fn get(&self, name: &str) -> Option<String> {
        let value = self.0.var(name).ok()?.to_string();
        (!value.is_empty()).then_some(value)
    }
}

/// The deployment's settings.
///
/// # Errors
///
/// `misconfigured`, naming what is missing.
pub fn settings(function: Function, env: &Env) -> Result<Rc<Settings>, ApiError> {
    SETTINGS.with_borrow_mut(|known| {
        if let Some(settings) = known {
            return Ok(Rc::clone(settings));
        }
        let settings = Rc::new(Settings::read(&Variables(env), function.secrets)?);
        *known = Some(Rc::clone(&settings));
        Ok(settings)
    })
}

/// The backends, for work that no request asked for.
///
/// # Errors
///
/// `misconfigured`, naming what is missing.
pub fn backends(function: Function, env: &Env) -> Result<Backends<Fetch>, ApiError> {
    Ok(Backends {
        settings: settings(function, env)?,
        runtime: Fetch::default(),
    })
}
