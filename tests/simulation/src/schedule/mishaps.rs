//! What goes wrong, and the time that passes.

use ourvidz_core::Queue;
use std::rc::Rc;

use super::Schedule;
use crate::scene::BACKENDS;

impl Schedule {
    pub(super) fn pass_time(&mut self) {
        const PAUSES_S: [u32; 8] = [1, 5, 10, 15, 31, 31, 70, 16 * 60];
        let index = self.scene.choices.below(8) as usize;
        self.let_pass(PAUSES_S.get(index).copied().unwrap_or(1));
    }

    /// A request arrives twice, or never.
    pub(super) fn mishap_on_the_way(&mut self) {
        let Some(index) = self.pick(self.wire.len()) else {
            return;
        };
        if self.scene.choices.below(2) == 0 {
            if let Some(message) = self.wire.get(index).cloned() {
                self.scene.tell(|| format!("doubled: {}", message.label));
                self.wire.push(message);
            }
        } else {
            let message = self.wire.remove(index);
            self.scene.tell(|| format!("lost: {}", message.label));
        }
    }

    /// Whoever handles a request vanishes, between two calls.
    pub(super) fn stop_midway(&mut self) {
        if let Some(index) = self.pick(self.running.len()) {
            let task = self.running.remove(index);
            self.scene.tell(|| format!("#{} vanishes", task.number));
        }
    }

    pub(super) fn worker_dies(&mut self) {
        if let Some(index) = self.pick(self.workers.len())
            && let Some(worker) = self.workers.get_mut(index)
        {
            let name = &worker.name;
            self.scene.tell(|| format!("{name} dies, and starts anew"));
            worker.forget();
        }
    }

    /// Redis starts anew with nothing, or a hint goes with a worker that popped it.
    pub(super) fn lists_lose(&mut self) {
        match self.scene.choices.below(3) {
            0 => {
                self.scene.tell(|| "Redis forgets everything".to_owned());
                self.world.forget_redis();
            }
            1 => self.world.drop_hint(Queue::SdxlQueue),
            _ => self.world.drop_hint(Queue::WanQueue),
        }
    }

    pub(super) fn backends_go_and_come(&mut self) {
        let scene = Rc::clone(&self.scene);
        let mut away = scene.away.borrow_mut();
        let Some(backend) = self
            .pick(BACKENDS.len())
            .and_then(|index| BACKENDS.get(index))
        else {
            return;
        };
        if away.contains(backend) || !scene.choices.once_in(2) {
            away.clear();
            scene.tell(|| "every backend is there".to_owned());
        } else {
            away.push(*backend);
            scene.tell(|| format!("{} is away", backend.as_str()));
        }
    }
}
