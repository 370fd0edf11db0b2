//! Mangled requests: a sound one, with something in it that nobody meant.

use serde_json::{Map, Value, json};

use crate::choices::Choices;

/// Numbers made of a seed.
pub struct Mangler(Choices);

/// Names of fields that some parser knows, so that they turn up where they do not belong.
const NAMES: [&str; 24] = [
    "jobType",
    "metadata",
    "prompt",
    "num_images",
    "seed",
    "references",
    "reference_strength",
    "job_id",
    "jobId",
    "status",
    "assets",
    "imageUrls",
    "filePath",
    "progress",
    "attempt",
    "leaseId",
    "worker_id",
    "uploadRequests",
    "failed_indices",
    "priority",
    "webhookUrl",
    "models",
    "queue",
    "enhancedPrompt",
];

/// Pieces of text that have broken parsers before.
const PIECES: [&str; 20] = [
    "\u{0}", "\u{feff}", "\u{202e}", "..", "/", "\\", "%00", "'", "\"", "{", "[", "}", "]", ",",
    ":", "1e999", "-0", "\\ud800", "\\u0000", "null",
];

const MEGABYTE: usize = 1 << 20;
const DEEP: usize = 300;

impl Mangler {
    /// The numbers of a seed.
    #[must_use]
    pub fn new(seed: u64) -> Self {
        Self(Choices::of_seed(seed, usize::MAX))
    }

    /// A number below `bound`.
    pub fn below(&self, bound: usize) -> usize {
        let bound = u32::try_from(bound).unwrap_or(u32::MAX);
        self.0.below(bound) as usize
    }

    fn one_of<'a>(&self, list: &[&'a str]) -> &'a str {
        list.get(self.below(list.len()))
            .copied()
            .unwrap_or_default()
    }

    /// Changes parts of a JSON value, then perhaps bytes of its text.
    pub fn body(&self, body: &Value) -> Vec<u8> {
        let mut body = body.clone();
        for _ in 0..self.below(4) {
            self.value(&mut body);
        }
        let mut bytes = body.to_string().into_bytes();
        if self.below(3) == 0 {
            self.bytes(&mut bytes);
        }
        bytes
    }

    /// Changes bytes.
    pub fn bytes(&self, bytes: &mut Vec<u8>) {
        for _ in 0..=self.below(3) {
            let at = self.below(bytes.len() + 1);
            let end = (at + self.below(20)).min(bytes.len());
            match self.below(6) {
                0 => drop(bytes.drain(at..end)),
                1 => {
                    let copy: Vec<u8> = bytes.get(at..end).unwrap_or_default().to_vec();
                    bytes.splice(at..at, copy);
                }
                2 => drop(bytes.splice(at..at, self.one_of(&PIECES).bytes())),
                3 => {
                    if let Some(byte) = bytes.get_mut(at) {
                        *byte = u8::try_from(self.below(256)).unwrap_or(0);
                    }
                }
                4 => bytes.truncate(at),
                _ => {
                    let open = if self.below(2) == 0 { b'[' } else { b'{' };
                    bytes.splice(at..at, core::iter::repeat_n(open, self.below(DEEP)));
                }
            }
        }
    }

    /// Changes a text, as a header or a path can carry it.
    pub fn text(&self, text: &str) -> String {
        let mut bytes = text.as_bytes().to_vec();
        self.bytes(&mut bytes);
        String::from_utf8_lossy(&bytes).into_owned()
    }

    /// Changes one part of a value.
    fn value(&self, value: &mut Value) {
        let goes_down = self.below(3) > 0;
        match value {
            Value::Object(fields) if goes_down && !fields.is_empty() => self.fields(fields),
            Value::Array(items) if goes_down && !items.is_empty() => {
                let index = self.below(items.len());
                if self.below(5) == 0 {
                    let copy = items.get(index).cloned().unwrap_or_default();
                    items.extend(core::iter::repeat_n(copy, self.below(40)));
                } else if let Some(item) = items.get_mut(index) {
                    self.value(item);
                }
            }
            _ => *value = self.odd_value(value),
        }
    }

    fn fields(&self, fields: &mut Map<String, Value>) {
        let name = fields.keys().nth(self.below(fields.len())).cloned();
        let name = name.unwrap_or_default();
        match self.below(5) {
            0 => drop(fields.remove(&name)),
            1 => {
                let value = fields.remove(&name).unwrap_or_default();
                fields.insert(self.one_of(&NAMES).to_owned(), value);
            }
            2 => {
                let value = self.odd_value(&Value::Null);
                fields.insert(self.one_of(&NAMES).to_owned(), value);
            }
            _ => {
                if let Some(value) = fields.get_mut(&name) {
                    self.value(value);
                }
            }
        }
    }

    fn odd_value(&self, old: &Value) -> Value {
        match self.below(14) {
            0 => Value::Null,
            1 => json!(self.below(2) == 0),
            2 => json!(-1),
            3 => json!(u64::MAX),
            4 => json!(i64::MIN),
            5 => json!(1.5e300),
            6 => json!((1u64 << 53) + 1),
            7 => json!(""),
            8 => json!(self.one_of(&PIECES).repeat(self.below(50))),
            9 => json!("x".repeat(self.below(5_000))),
            10 => json!([old, old, old]),
            11 => json!({ self.one_of(&NAMES): old }),
            12 => json!(self.text(old.as_str().unwrap_or("a fox"))),
            // Above every limit of a body, but seldom: it takes its time.
            _ if self.below(200) == 0 => json!("y".repeat(MEGABYTE)),
            _ => json!([]),
        }
    }
}
