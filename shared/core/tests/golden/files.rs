//! Reading and writing the files.

use std::fs;
use std::path::{Path, PathBuf};

use serde_json::Value;

/// The repository's `tests` folder.
fn tests_folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests")
}

/// One case of an endpoint.
pub struct Case {
    folder: PathBuf,
    pub name: String,
}

impl Case {
    /// The body.
    pub fn request(&self) -> Vec<u8> {
        fs::read(self.path("request")).unwrap()
    }

    /// What else was known; null when the case needs nothing.
    pub fn context(&self) -> Value {
        fs::read(self.path("context")).map_or(Value::Null, |bytes| parse(&bytes, &self.name))
    }

    /// Compares with the file, or writes it.
    pub fn check(&self, part: &str, actual: &Value) {
        check(&self.path(part), actual);
    }

    fn path(&self, part: &str) -> PathBuf {
        self.folder.join(format!("{}.{part}.json", self.name))
    }
}

/// Every case of an endpoint, in the order of the names.
pub fn cases(endpoint: &str) -> Vec<Case> {
    let folder = tests_folder().join("fixtures").join(endpoint);
    let mut names: Vec<String> = fs::read_dir(&folder)
        .unwrap()
        .filter_map(|entry| {
            let name = entry.unwrap().file_name().into_string().unwrap();
            name.strip_suffix(".request.json").map(str::to_owned)
        })
        .collect();
    names.sort();
    assert!(!names.is_empty(), "{endpoint} has no cases");
    names
        .into_iter()
        .map(|name| Case {
            folder: folder.clone(),
            name,
        })
        .collect()
}

/// Compares a file below `tests` with a value, or writes it.
pub fn check_file(path: &str, actual: &Value) {
    check(&tests_folder().join(path), actual);
}

fn check(path: &Path, actual: &Value) {
    let actual = format!("{}\n", serde_json::to_string_pretty(actual).unwrap());
    if std::env::var_os("UPDATE_SNAPSHOTS").is_some() {
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, actual).unwrap();
        return;
    }
    let expected = fs::read_to_string(path)
        .unwrap_or_else(|_| panic!("{} is missing: run with UPDATE_SNAPSHOTS=1", path.display()));
    assert!(
        expected == actual,
        "{} differs. If that is meant, run with UPDATE_SNAPSHOTS=1 and read the diff.\n{}",
        path.display(),
        first_difference(&expected, &actual),
    );
}

fn first_difference(expected: &str, actual: &str) -> String {
    let mut lines = expected.lines().zip(actual.lines()).enumerate();
    match lines.find(|(_, (expected, actual))| expected != actual) {
        Some((line, (expected, actual))) => {
            format!("line {}:\n- {expected}\n+ {actual}", line + 1)
        }
        None => "one is longer than the other".to_owned(),
    }
}

fn parse(bytes: &[u8], name: &str) -> Value {
    serde_json::from_slice(bytes).unwrap_or_else(|error| panic!("{name}: {error}"))
}
