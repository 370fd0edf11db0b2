//! What the runtime has to know about a function.

#[derive(Debug, Clone, Copy)]
pub struct Function {
    /// Its name, for the log.
    pub name: &'static str,
    pub browsers: bool,
    /// The secrets that it uses. `npm run deploy` and the local stack read them here, and give it no others.
    pub secrets: &'static [&'static str],
}
