//! Lists of hints in memory.

use std::collections::{BTreeMap, VecDeque};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use ourvidz_core::Queue;

use crate::hints::{HintConnector, HintList, HintsUnavailable, TakenHint, own_list};

#[derive(Clone, Default)]
pub struct FakeLists(Arc<Mutex<BTreeMap<String, VecDeque<String>>>>);

impl FakeLists {
    pub fn push(&self, list: &str, raw: &str) {
        self.0
            .lock()
            .unwrap()
            .entry(list.to_owned())
            .or_default()
            .push_front(raw.to_owned());
    }

    pub fn length(&self, list: &str) -> usize {
        self.0.lock().unwrap().get(list).map_or(0, VecDeque::len)
    }

    pub fn connect(&self) -> Arc<HintConnector> {
        let lists = self.clone();
        Arc::new(move || Box::new(lists.clone()))
    }
}

/// The worker of all tests.
fn own() -> String {
    own_list("w1")
}

impl HintList for FakeLists {
    fn take(
        &mut self,
        queue: Queue,
        patience: Duration,
    ) -> Result<Option<TakenHint>, HintsUnavailable> {
        let until = Instant::now() + patience;
        loop {
            let mut lists = self.0.lock().unwrap();
            if let Some(raw) = lists.get_mut(queue.as_str()).and_then(VecDeque::pop_back) {
                lists.entry(own()).or_default().push_front(raw.clone());
                return Ok(Some(TakenHint { queue, raw }));
            }
            drop(lists);
            if Instant::now() >= until {
                return Ok(None);
            }
            std::thread::sleep(Duration::from_millis(1));
        }
    }

    fn remove(&mut self, hint: &TakenHint) -> Result<(), HintsUnavailable> {
        let mut lists = self.0.lock().unwrap();
        let own = lists.entry(own()).or_default();
        if let Some(place) = own.iter().position(|raw| *raw == hint.raw) {
            own.remove(place);
        }
        Ok(())
    }

    fn give_back(&mut self, hint: &TakenHint) -> Result<(), HintsUnavailable> {
        self.remove(hint)?;
        let mut lists = self.0.lock().unwrap();
        lists
            .entry(hint.queue.as_str().to_owned())
            .or_default()
            .push_back(hint.raw.clone());
        Ok(())
    }

    fn give_back_all(&mut self) -> Result<usize, HintsUnavailable> {
        let held: Vec<String> = self
            .0
            .lock()
            .unwrap()
            .get(&own())
            .into_iter()
            .flatten()
            .cloned()
            .collect();
        let count = held.len();
        for raw in held {
            self.give_back(&TakenHint {
                queue: Queue::SdxlQueue,
                raw,
            })?;
        }
        Ok(count)
    }
}
