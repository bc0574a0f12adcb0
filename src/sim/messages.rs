//! A message queue between producers and consumers: what waits, what is hidden, what comes back.
//!
//! The real thing. A producer's message is stored in three zones and acknowledged at once; from
//! then on nobody waits for it. Consumers poll. A received message is not gone but *hidden* for the
//! visibility timeout: if its consumer dies or fails, it comes back and somebody else receives it.
//! A message that was received too often goes to the dead-letter queue. In a log with partitions
//! (Kafka) each partition belongs to one consumer at a time, and those of a dead one rest until its
//! session ends.
//!
//! Messages are a flow here, in both data planes: so many arrive in a step, so many are handled,
//! oldest first, as long as some wait. Everything in between is a straight line, so that
//! backlog = rate x outage and time to drain = backlog / (capacity - rate) hold exactly.
//!
//! Assumed: what consumers could handle at once does not wait (a queue's own delivery takes
//! milliseconds); messages that come back take the place that their age gives them, some seconds
//! late, so that those of many moments come back together. Left out: the random wait of messages
//! below saturation, FIFO queues, batches that come back as a whole, the retention period.

use std::collections::VecDeque;

use crate::units::{SimDuration, SimTime};

/// Consumers do not keep up when the oldest message has waited for as long.
pub const BEHIND: SimDuration = SimDuration::from_s(10);

/// Fewer messages than this are none: what rounding leaves.
const NONE: f64 = 1e-6;
/// Messages come back at the next whole multiple of this, so that those of many moments come back
/// together.
const GRID: SimDuration = SimDuration::from_s(5);

/// How a queue treats its messages.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Rules {
    /// A received message is hidden for this long; the session of a dead consumer lasts as long.
    pub visibility_timeout: SimDuration,
    /// Receives after which a message goes to the dead-letter queue; none without one.
    pub max_receives: Option<u32>,
}

/// Messages that arrived one after the other.
#[derive(Debug, Clone, Copy, PartialEq)]
struct Batch {
    /// When the first of them arrived.
    first: SimTime,
    /// When the last of them arrived; those between are spread evenly.
    last: SimTime,
    count: f64,
    /// How often they were received.
    receives: u32,
}

/// What became of messages so far.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Totals {
    /// Messages that producers were told of as stored.
    pub stored: f64,
    /// Messages that consumers are done with.
    pub handled: f64,
    /// Receives that came to nothing, so that the message came back.
    pub returned: f64,
    /// Messages that went to the dead-letter queue.
    pub dead_lettered: f64,
    /// Receives.
    pub receives: f64,
}

/// What consumers can do for a while.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Handling {
    /// Messages per second at most.
    pub rate: f64,
    /// Whether handling succeeds.
    pub succeeds: bool,
}

/// A queue and what is in it.
#[derive(Debug, Clone)]
pub struct MessageQueue {
    rules: Rules,
    /// Messages that can be received, the oldest in front.
    waiting: VecDeque<Batch>,
    /// How many they are together.
    n_waiting: f64,
    /// Messages that were received and not deleted, with the time at which they come back.
    hidden: Vec<(SimTime, Batch)>,
    totals: Totals,
    /// How fast the backlog shrank in the last step, in messages per second.
    shrinks_by: f64,
    /// Messages were received in vain in the last step.
    fails: bool,
}

impl MessageQueue {
    /// An empty queue.
    #[must_use]
    pub const fn new(rules: Rules) -> Self {
        Self {
            rules,
            waiting: VecDeque::new(),
            n_waiting: 0.0,
            hidden: Vec::new(),
            totals: Totals {
                stored: 0.0,
                handled: 0.0,
                returned: 0.0,
                dead_lettered: 0.0,
                receives: 0.0,
            },
            shrinks_by: 0.0,
            fails: false,
        }
    }

    /// What became of messages so far.
    #[must_use]
    pub const fn totals(&self) -> Totals {
        self.totals
    }

    /// Messages that can be received.
    #[must_use]
    pub const fn backlog(&self) -> f64 {
        self.n_waiting
    }

    /// Messages that were received and may come back.
    #[must_use]
    pub fn hidden(&self) -> f64 {
        self.hidden.iter().map(|(_, it)| it.count).sum()
    }

    /// Age of the oldest message that is neither handled nor dead-lettered; zero without any.
    #[must_use]
    pub fn oldest_age(&self, now: SimTime) -> SimDuration {
        let hidden = self.hidden.iter().map(|(_, it)| it.first);
        let oldest = self.waiting.front().map(|it| it.first).into_iter();
        oldest
            .chain(hidden)
            .min()
            .map_or(SimDuration::ZERO, |first| now.since(first))
    }

    /// When something changes by itself: hidden messages come back, or the backlog is gone.
    #[must_use]
    pub fn next_change(&self, now: SimTime) -> SimTime {
        let back = self.hidden.iter().map(|(due, _)| *due);
        let mut back = back.min().unwrap_or(SimTime::NEVER);
        if self.fails {
            // What is received in a step is hidden from its end on.
            back = back.min(now + GRID);
        }
        if self.n_waiting <= 0.0 || self.shrinks_by <= 0.0 {
            return back;
        }
        let drained = SimDuration::from_s_f64(self.n_waiting / self.shrinks_by);
        back.min(now + drained + SimDuration::from_ns(1))
    }

    /// Messages arrive at a rate and are handled from `from` to `to`. Returns how many were
    /// handled.
    pub fn advance(&mut self, (from, to): (SimTime, SimTime), rate: f64, can: Handling) -> f64 {
        let seconds = to.since(from).as_s_f64();
        let arrived = rate * seconds;
        if arrived > 0.0 {
            self.totals.stored += arrived;
            self.n_waiting += arrived;
            self.waiting.push_back(Batch {
                first: from,
                last: to,
                count: arrived,
                receives: 0,
            });
        }
        let mut left = can.rate * seconds;
        let mut taken = 0.0;
        while left > 0.0 {
            let Some(front) = self.waiting.front_mut() else {
                break;
            };
            let n = front.count.min(left);
            left -= n;
            taken += n;
            let mut received = *front;
            received.count = n;
            received.receives = self.rules.max_receives.map_or(1, |_| front.receives + 1);
            if front.count - n <= NONE {
                self.waiting.pop_front();
            } else {
                let span = front.last.since(front.first).as_s_f64();
                front.first += SimDuration::from_s_f64(span * n / front.count);
                front.count -= n;
            }
            if !can.succeeds {
                self.hide(received, to);
            }
        }
        self.n_waiting = if self.waiting.is_empty() {
            0.0
        } else {
            self.n_waiting - taken
        };
        self.totals.receives += taken;
        self.shrinks_by = if can.succeeds { can.rate - rate } else { 0.0 };
        self.fails = !can.succeeds && taken > 0.0;
        if !can.succeeds {
            return 0.0;
        }
        self.totals.handled += taken;
        taken
    }

    /// Messages were being handled by consumers that died: they come back after the visibility
    /// timeout.
    pub fn lose(&mut self, messages: f64, now: SimTime) {
        let messages = messages.min(self.totals.handled);
        if messages <= 0.0 {
            return;
        }
        self.totals.handled -= messages;
        let batch = Batch {
            first: now,
            last: now,
            count: messages,
            receives: 1,
        };
        self.hide(batch, now);
    }

    /// Received messages come back after the visibility timeout.
    fn hide(&mut self, batch: Batch, now: SimTime) {
        self.totals.returned += batch.count;
        let due = (now + self.rules.visibility_timeout).as_ns();
        let due = SimTime::from_ns(due.div_ceil(GRID.as_ns()) * GRID.as_ns());
        let alike = |(at, it): &&mut (SimTime, Batch)| *at == due && it.receives == batch.receives;
        match self.hidden.iter_mut().find(alike) {
            Some((_, together)) => {
                together.first = together.first.min(batch.first);
                together.last = together.last.max(batch.last);
                together.count += batch.count;
            }
            None => self.hidden.push((due, batch)),
        }
    }

    /// Hidden messages whose time is over can be received again. Returns how many of them were
    /// received too often and are dead letters instead.
    pub fn bring_back(&mut self, now: SimTime) -> f64 {
        let mut dead = 0.0;
        let mut at = 0;
        while at < self.hidden.len() {
            if self.hidden[at].0 > now {
                at += 1;
                continue;
            }
            let (_, batch) = self.hidden.swap_remove(at);
            if self
                .rules
                .max_receives
                .is_some_and(|most| batch.receives >= most)
            {
                dead += batch.count;
                continue;
            }
            self.n_waiting += batch.count;
            let older = self.waiting.partition_point(|it| it.first <= batch.first);
            self.waiting.insert(older, batch);
        }
        self.totals.dead_lettered += dead;
        dead
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const RULES: Rules = Rules {
        visibility_timeout: SimDuration::from_s(30),
        max_receives: Some(3),
    };

    fn at(s: u64) -> SimTime {
        SimTime::from_s(s)
    }

    fn working(rate: f64) -> Handling {
        Handling {
            rate,
            succeeds: true,
        }
    }

    /// Plays until `to` in steps that meet every change.
    fn play(queue: &mut MessageQueue, from: u64, to: u64, rate: f64, can: Handling) {
        let (mut now, end) = (at(from), at(to));
        while now < end {
            queue.bring_back(now);
            let next = queue.next_change(now).min(end);
            queue.advance((now, next), rate, can);
            now = next;
        }
    }

    #[track_caller]
    fn close(got: f64, wanted: f64) {
        assert!((got - wanted).abs() < 1e-3, "{got}, not {wanted}");
    }

    /// Backlog = rate x outage; time to drain = backlog / (capacity - rate); the age grows by a
    /// second a second.
    #[test]
    fn a_backlog_is_built_and_drained_in_closed_form() {
        let mut queue = MessageQueue::new(RULES);
        play(&mut queue, 0, 100, 40.0, working(100.0));
        close(queue.backlog(), 0.0);
        play(&mut queue, 100, 700, 40.0, working(0.0));
        close(queue.backlog(), 40.0 * 600.0);
        assert_eq!(queue.oldest_age(at(700)), SimDuration::from_s(600));
        // 24000 / (100 - 40) = 400 s.
        play(&mut queue, 700, 900, 40.0, working(100.0));
        close(queue.backlog(), 12_000.0);
        // Half of the backlog stood for 20000 of 44000 messages that have arrived by then.
        let age = queue.oldest_age(at(900)).as_s_f64();
        close(age, 800.0 - 20_000.0 / 40.0);
        play(&mut queue, 900, 1099, 40.0, working(100.0));
        close(queue.backlog(), 60.0);
        play(&mut queue, 1099, 1101, 40.0, working(100.0));
        close(queue.backlog(), 0.0);
        let totals = queue.totals();
        close(totals.stored, 1101.0 * 40.0);
        close(totals.handled, totals.stored);
    }

    #[test]
    fn what_fails_comes_back_and_is_a_dead_letter_at_last() {
        let mut queue = MessageQueue::new(RULES);
        queue.advance((at(0), at(1)), 10.0, working(0.0));
        let failing = Handling {
            rate: 1000.0,
            succeeds: false,
        };
        let mut seen = Vec::new();
        for s in 1..120 {
            let dead = queue.bring_back(at(s));
            if dead > 0.0 {
                seen.push((s, dead));
            }
            queue.advance((at(s), at(s + 1)), 0.0, failing);
            let totals = queue.totals();
            let inside = queue.backlog() + queue.hidden();
            close(
                totals.stored,
                totals.handled + totals.dead_lettered + inside,
            );
        }
        // Received in the seconds that end at 2, 36 and 71 s, and hidden until 35, 70 and 105 s.
        assert_eq!(seen, [(105, 10.0)]);
        close(queue.totals().receives, 30.0);
    }

    #[test]
    fn a_dead_consumers_messages_are_received_again() {
        let mut queue = MessageQueue::new(RULES);
        queue.advance((at(0), at(10)), 5.0, working(5.0));
        close(queue.backlog(), 0.0);
        queue.lose(8.0, at(10));
        assert_eq!(queue.next_change(at(10)), at(40));
        queue.advance((at(10), at(40)), 0.0, working(5.0));
        assert!(queue.bring_back(at(40)) <= 0.0);
        close(queue.backlog(), 8.0);
        queue.advance((at(40), at(50)), 0.0, working(5.0));
        let totals = queue.totals();
        close(totals.handled, 50.0);
        close(totals.receives, 58.0);
        close(totals.returned, 8.0);
    }
}
