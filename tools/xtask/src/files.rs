//! Files that are only touched when they change, and work that is only done when its inputs do.

use std::{
    fs,
    hash::{DefaultHasher, Hash, Hasher},
    path::Path,
};

use crate::Result;

/// Writes a whole file or none, and only when its content changes: a dev server may be watching.
pub fn put(path: &Path, bytes: &[u8]) -> Result {
    if fs::read(path).is_ok_and(|old| old == bytes) {
        return Ok(());
    }
    if let Some(folder) = path.parent() {
        fs::create_dir_all(folder)?;
    }
    let mut new = path.as_os_str().to_owned();
    new.push(".new");
    fs::write(&new, bytes)?;
    Ok(fs::rename(&new, path)?)
}

/// One line that changes when any of the inputs does. It only decides whether to do work again on
/// this machine, so it need not be a cryptographic hash.
pub fn fingerprint(inputs: &[&[u8]]) -> String {
    let mut hasher = DefaultHasher::new();
    inputs.hash(&mut hasher);
    format!("{:016x}", hasher.finish())
}

/// Empties `folder` and lets `make` fill it, unless it was made of the same inputs before.
/// The mark is written last, so an interrupted attempt is repeated.
pub fn make_once(folder: &Path, fingerprint: &str, make: impl FnOnce() -> Result) -> Result {
    let mark = folder.join("fingerprint");
    if fs::read(&mark).is_ok_and(|old| old == fingerprint.as_bytes()) {
        return Ok(());
    }
    if folder.exists() {
        fs::remove_dir_all(folder)?;
    }
    fs::create_dir_all(folder)?;
    make()?;
    Ok(fs::write(mark, fingerprint)?)
}

#[cfg(test)]
mod tests {
    use std::{cell::Cell, env, path::PathBuf, process};

    use super::*;

    fn scratch(name: &str) -> PathBuf {
        let folder = env::temp_dir().join(format!("xtask-{}-{name}", process::id()));
        let _ = fs::remove_dir_all(&folder);
        folder
    }

    #[test]
    fn an_unchanged_file_keeps_its_time() {
        let file = scratch("put").join("a/file");
        put(&file, b"one").unwrap();
        let first = fs::metadata(&file).unwrap().modified().unwrap();
        put(&file, b"one").unwrap();
        assert_eq!(fs::metadata(&file).unwrap().modified().unwrap(), first);
        put(&file, b"two").unwrap();
        assert_eq!(fs::read(&file).unwrap(), b"two");
        assert!(!file.with_extension("new").exists());
    }

    #[test]
    fn work_is_done_once_for_the_same_inputs_and_again_after_a_failure() {
        let folder = scratch("once");
        let calls = Cell::new(0);
        let attempt = |mark: &str, works: bool| {
            make_once(&folder, mark, || {
                calls.set(calls.get() + 1);
                if works { Ok(()) } else { Err("broken".into()) }
            })
        };
        assert!(attempt("1", false).is_err());
        attempt("1", true).unwrap();
        attempt("1", true).unwrap();
        assert_eq!(calls.get(), 2);
        attempt("2", true).unwrap();
        assert_eq!(calls.get(), 3);
    }

    #[test]
    fn moving_a_byte_from_one_input_to_the_next_changes_the_fingerprint() {
        assert_ne!(fingerprint(&[b"ab", b"c"]), fingerprint(&[b"a", b"bc"]));
        assert_eq!(fingerprint(&[b"ab", b"c"]), fingerprint(&[b"ab", b"c"]));
    }
}
