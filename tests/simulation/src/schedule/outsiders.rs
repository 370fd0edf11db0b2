//! Users and workers take their turns.

use std::rc::Rc;

use super::{MOST_AT_ONCE, MOST_ORDERS, Schedule};
use crate::agents::{Order, Worker};
use crate::requests::Sender;

impl Schedule {
    pub(super) fn is_busy(&self) -> bool {
        self.wire.len() + self.running.len() >= MOST_AT_ONCE
    }

    /// Whether the answer to a try may still come.
    pub(super) fn is_under_way(&self, from: Sender) -> bool {
        let on_the_way = self.wire.iter().any(|message| message.from == from);
        on_the_way || self.running.iter().any(|task| task.from == from)
    }

    pub(super) fn worker_acts(&mut self) {
        if let Some(index) = self.pick(self.workers.len()) {
            self.let_worker_act(index);
        }
    }

    pub(super) fn let_worker_act(&mut self, index: usize) -> bool {
        let is_busy = self.is_busy();
        let awaited = self.workers.get(index).and_then(Worker::awaited);
        let waits = awaited.is_some_and(|ticket| {
            let worker = index;
            self.is_under_way(Sender::Worker { worker, ticket })
        });
        // Who waits for an answer loses patience now and then.
        if is_busy || waits && !self.scene.choices.once_in(6) {
            return false;
        }
        let (scene, world) = (Rc::clone(&self.scene), self.world.clone());
        let message = self
            .workers
            .get_mut(index)
            .and_then(|worker| worker.step(index, &scene, &world));
        let has_sent = message.is_some();
        if let Some(message) = message {
            self.send(message);
        }
        has_sent || self.workers.get(index).is_some_and(Worker::is_working)
    }

    pub(super) fn user_acts(&mut self) {
        if self.is_busy() {
            return;
        }
        let scene = Rc::clone(&self.scene);
        let known = self.pick(self.orders.len());
        match (scene.choices.below(6), known) {
            (0..3, _) | (_, None) if self.orders.len() < MOST_ORDERS => {
                self.orders.push(Order::new(&scene));
                self.send_order(self.orders.len() - 1);
            }
            (3, Some(index)) => {
                if let Some(message) = self.orders.get(index).and_then(Order::cancel) {
                    self.send(message);
                }
            }
            (4, Some(index)) if self.orders.len() < MOST_ORDERS => {
                if let Some(again) = self.orders.get(index).and_then(Order::again) {
                    self.orders.push(again);
                    self.send_order(self.orders.len() - 1);
                }
            }
            // An order is sent again when it was not answered, and by an impatient user even then.
            (_, Some(index)) => self.send_order(index),
            _ => {}
        }
    }

    pub(super) fn send_order(&mut self, index: usize) {
        let message = self.orders.get_mut(index).map(|order| order.send(index));
        if let Some(message) = message {
            self.send(message);
        }
    }

    /// Users repeat what was not answered.
    pub(crate) fn repeat_orders(&mut self) {
        for index in 0..self.orders.len() {
            if self
                .orders
                .get(index)
                .is_some_and(|order| !order.is_answered)
            {
                self.send_order(index);
            }
        }
    }
}
