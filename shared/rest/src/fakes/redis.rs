//! Upstash's REST API over the few commands that are used.

use std::collections::{BTreeMap, VecDeque};

use serde_json::{Value, json};

use crate::http::{Request, Response};
use crate::queues::LISTS_SCRIPT;

/// Texts and lists. Nothing expires: no test waits.
#[derive(Default)]
pub(super) struct Redis {
    texts: BTreeMap<String, String>,
    lists: BTreeMap<String, VecDeque<String>>,
}

impl Redis {
    pub(super) fn answer(&mut self, request: &Request) -> Response {
        let body = request.body.as_deref().unwrap_or_default();
        let Ok(body) = serde_json::from_slice::<Vec<Value>>(body) else {
            return super::json(400, &json!({ "error": "ERR failed to parse command" }));
        };
        if request.url.ends_with("/pipeline") {
            let answers: Vec<Value> = body
                .iter()
                .map(|command| self.run(&words(command)))
                .collect();
            return super::json(200, &Value::from(answers));
        }
        let answer = self.run(&words(&Value::from(body)));
        super::json(
            if answer.get("error").is_some() {
                400
            } else {
                200
            },
            &answer,
        )
    }

    /// A list from the end that workers take from.
    pub(super) fn list(&self, name: &str) -> Vec<Value> {
        let hints = self.lists.get(name).into_iter().flatten().rev();
        hints
            .filter_map(|hint| serde_json::from_str(hint).ok())
            .collect()
    }

    /// Takes the hint that is next off a list.
    pub(super) fn pop(&mut self, name: &str) {
        self.run(&["RPOP", name]);
    }

    fn run(&mut self, words: &[&str]) -> Value {
        let result = match *words {
            ["LPUSH", name, value] => {
                let list = self.lists.entry(name.to_owned()).or_default();
                list.push_front(value.to_owned());
                json!(list.len())
            }
            ["RPOP", name] => json!(self.lists.get_mut(name).and_then(VecDeque::pop_back)),
            ["LLEN", name] => json!(self.lists.get(name).map_or(0, VecDeque::len)),
            ["SET", name, value] | ["SET", name, value, "EX", _] => {
                self.texts.insert(name.to_owned(), value.to_owned());
                json!("OK")
            }
            ["INCR", name] => {
                let text = self.texts.entry(name.to_owned()).or_default();
                let number = text.parse().unwrap_or(0) + 1;
                *text = i64::to_string(&number);
                json!(number)
            }
            ["EXPIRE", name, _] => json!(u8::from(self.texts.contains_key(name))),
            ["GET", name] if self.lists.contains_key(name) => {
                return json!({ "error": "WRONGTYPE Operation against a key of another kind" });
            }
            ["GET", name] => json!(self.texts.get(name)),
            ["MGET", ref names @ ..] => {
                let found = names.iter().map(|name| self.texts.get(*name));
                json!(found.collect::<Vec<_>>())
            }
            // The one script that is used.
            ["EVAL", LISTS_SCRIPT, "3", sdxl, wan, epoch] => {
                let looks = [["LLEN", sdxl], ["LLEN", wan], ["EXISTS", epoch]];
                json!(looks.map(|look| self.run(&look)["result"].take()))
            }
            ["EXISTS", name] => {
                json!(u8::from(
                    self.texts.contains_key(name) || self.lists.contains_key(name)
                ))
            }
            ["DEL", name] => {
                let text = self.texts.remove(name).is_some();
                json!(u8::from(self.lists.remove(name).is_some() || text))
            }
            _ => return json!({ "error": "ERR unknown command" }),
        };
        json!({ "result": result })
    }
}

fn words(command: &Value) -> Vec<&str> {
    command
        .as_array()
        .into_iter()
        .flatten()
        .filter_map(Value::as_str)
        .collect()
}
