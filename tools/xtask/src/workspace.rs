//! Where things are.

use std::{
    env, fs,
    path::{Path, PathBuf},
};

use crate::Result;

/// The checkout that this tool works in.
pub struct Workspace {
    root: PathBuf,
}

impl Workspace {
    /// `cargo run` tells a program where its package is; started by hand, it looks upwards from
    /// where it stands.
    pub fn find() -> Result<Self> {
        let start = match env::var_os("CARGO_MANIFEST_DIR") {
            Some(package) => PathBuf::from(package),
            None => env::current_dir()?,
        };
        let root = start
            .ancestors()
            .find(|folder| folder.join("wrangler.toml").is_file())
            .ok_or("no wrangler.toml here or in a folder above")?;
        Ok(Self {
            root: root.to_owned(),
        })
    }

    /// The folder with `wrangler.toml`.
    pub fn root(&self) -> &Path {
        &self.root
    }

    /// Where the finished files of one function go.
    pub fn output(&self, name: &str) -> PathBuf {
        self.root.join("build").join(name)
    }

    /// The names asked for, each checked against the folders in `functions/`; all for none.
    pub fn functions(&self, asked: &[String]) -> Result<Vec<String>> {
        let mut known = Vec::new();
        for entry in fs::read_dir(self.root.join("functions"))? {
            let entry = entry?;
            if entry.path().join("Cargo.toml").is_file()
                && let Ok(name) = entry.file_name().into_string()
            {
                known.push(name);
            }
        }
        known.sort();
        choose(known, asked)
    }
}

fn choose(known: Vec<String>, asked: &[String]) -> Result<Vec<String>> {
    if asked.is_empty() {
        return Ok(known);
    }
    if let Some(unknown) = asked.iter().find(|name| !known.contains(name)) {
        return Err(format!("no function {unknown:?}; there are: {}", known.join(", ")).into());
    }
    Ok(known
        .into_iter()
        .filter(|name| asked.contains(name))
        .collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(text: &str) -> Vec<String> {
        text.split_whitespace().map(str::to_owned).collect()
    }

    #[test]
    fn nothing_asked_means_all() {
        assert_eq!(choose(names("api sweep"), &[]).unwrap(), names("api sweep"));
    }

    #[test]
    fn a_name_asked_twice_is_built_once() {
        assert_eq!(
            choose(names("api sweep"), &names("sweep sweep")).unwrap(),
            names("sweep")
        );
    }

    #[test]
    fn an_unknown_name_is_answered_with_the_known_ones() {
        let error = choose(names("api sweep"), &names("sweeep"))
            .unwrap_err()
            .to_string();
        assert!(
            error.contains("sweeep") && error.contains("api, sweep"),
            "{error}"
        );
    }
}
