//! One station: parallel servers in front of a queue, as a rate model.
//!
//! *At rest* the queue is the exact M/M/c/K one: Erlang's formula by its series, truncated where
//! terms no longer matter, and geometric queue lengths. Other service laws, and arrivals that a
//! balancer hands out in turn, lengthen or shorten it by the factors of [`variability`]; waiting
//! places are scaled alike. Pods among which the balancer chooses the least loaded have their own
//! law ([`least_loaded`]).
//!
//! *In motion* the queue follows fluid theory: it grows by what arrives beyond capacity and is
//! worked off by what capacity is left over, until it has reached its resting length.
//!
//! Patience: who waits longer than the callers' timeout leaves the queue unserved; where that
//! matters, [`super::patience`] has the queue at rest.

pub mod known;
pub mod least_loaded;
pub mod variability;

use super::erlang::erlang_b_inverse;
use super::law::Moments;
use super::lengths::{Ahead, QueueLengths};
use super::patience::{Impatient, QUANTILES, Waits};
use known::{Balanced, Known};
use variability::{Arrivals, Variability};

/// A queue that grows or falls by more than this share of the wait during a step shapes the law of
/// waits more than chance does.
const MOVES: f64 = 0.5;

/// What a station is asked to do.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Demand {
    /// Arrivals per second.
    pub arrival_rate: f64,
    /// How they come.
    pub arrivals: Arrivals,
    /// Parallel servers; 0 serves nobody.
    pub servers: u32,
    /// Time a server is held by one arrival.
    pub hold: Moments,
    /// Waiting places; infinity for no limit.
    pub places: f64,
    /// Waits longer than this end unserved, in seconds; infinity for no limit.
    pub patience_s: f64,
}

/// A station at rest.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Rest {
    /// Share of admitted arrivals that wait.
    pub p_wait: f64,
    /// Their mean wait, in seconds.
    pub wait_s: f64,
    /// Squared variation of their wait.
    pub wait_cv_square: f64,
    /// Share of arrivals that find no place.
    pub refused: f64,
    /// Share of arrivals that leave the queue unserved.
    pub gave_up: f64,
    /// Mean number waiting.
    pub queue: f64,
    /// How many are ahead of those that wait, where the room is small enough to matter.
    pub ahead: Option<Ahead>,
    /// The law of their wait, where patience matters.
    pub waits: Option<Waits>,
}

impl Rest {
    /// Share of arrivals that are not served.
    #[must_use]
    pub const fn lost(&self) -> f64 {
        self.refused + self.gave_up
    }
}

/// What arrivals meet during a step.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Service {
    /// Share of admitted arrivals that wait.
    pub p_wait: f64,
    /// Their mean wait, in seconds.
    pub wait_s: f64,
    /// Squared variation of their wait.
    pub wait_cv_square: f64,
    /// Share of arrivals refused for want of a place.
    pub refused: f64,
    /// Share of arrivals that leave the queue unserved.
    pub gave_up: f64,
    /// Services begun per second.
    pub throughput: f64,
    /// Share of servers busy.
    pub utilization: f64,
    /// Offered work over capacity; may exceed 1.
    pub traffic_intensity: f64,
    /// Number waiting at the end of the step.
    pub queue: f64,
    /// Number that would wait at rest.
    pub queue_at_rest: f64,
    /// How many are ahead of those that wait, where the room is small enough to matter; their wait
    /// is then `stretch` times as many services.
    pub ahead: Option<Ahead>,
    /// The law of the wait, where patience matters; to be stretched as well.
    pub waits: Option<Waits>,
    /// See `ahead`.
    pub stretch: f64,
}

impl Service {
    /// The wait of an admitted arrival, those that do not wait included.
    #[must_use]
    pub fn wait(&self) -> Moments {
        Moments::from_cv_square(self.wait_s, self.wait_cv_square).scaled(self.p_wait)
    }

    /// Share of arrivals that are served.
    #[must_use]
    pub const fn served(&self) -> f64 {
        (1.0 - self.refused - self.gave_up).max(0.0)
    }

    /// True when the queue is within a twentieth of its resting length; under overload within a
    /// two-hundredth, since arrivals are turned away only once it is full.
    #[must_use]
    pub const fn is_at_rest(&self) -> bool {
        let share = if self.traffic_intensity > 1.0 {
            0.005
        } else {
            0.05
        };
        let gap = (self.queue - self.queue_at_rest).abs();
        self.queue_at_rest.is_finite() && gap <= share * self.queue_at_rest + 0.5
    }
}

impl Demand {
    /// Arrivals that the servers can work off per second.
    #[must_use]
    pub fn capacity(&self) -> f64 {
        if self.hold.mean > 0.0 {
            f64::from(self.servers) / self.hold.mean
        } else if self.servers > 0 {
            f64::INFINITY
        } else {
            0.0
        }
    }

    /// The most that may wait: places, or those who came within one patience.
    #[must_use]
    pub fn room(&self) -> f64 {
        let rate = self.arrival_rate.max(self.capacity());
        self.places.min(rate * self.patience_s)
    }

    /// The station at rest under this demand.
    #[must_use]
    pub fn rest(&self) -> Rest {
        *Known::default().rest(self)
    }

    /// The same; what is known of a station that is alike need not be worked out again.
    fn work_out(&self, known: &mut Known) -> Rest {
        let offered = self.arrival_rate * self.hold.mean;
        if offered <= 0.0 {
            return Rest::default();
        }
        if self.servers == 0 {
            return Rest {
                refused: 1.0,
                ..Rest::default()
            };
        }
        let intensity = offered / f64::from(self.servers);
        if let Some(rest) = self.least_loaded(intensity, known) {
            return rest;
        }
        let all_busy = 1.0 / erlang_b_inverse(self.servers, offered);
        if all_busy <= 1e-9 {
            return Rest::default();
        }
        let services = self.hold.cv_square();
        let beside = Variability::new(self.arrivals, services, self.servers, intensity, all_busy);
        if self.is_impatient(intensity, beside.queue) {
            // In front of a full queue arrivals have no say: its waits vary as services do.
            let factor = if intensity > 1.0 {
                services.max(0.1)
            } else {
                beside.queue
            };
            return self.impatient(all_busy, factor);
        }
        let room = self.places / beside.queue.max(1e-9);
        if intensity >= 1.0 && room.is_infinite() {
            return Rest {
                p_wait: 1.0,
                wait_s: f64::INFINITY,
                wait_cv_square: 1.0,
                queue: f64::INFINITY,
                ..Rest::default()
            };
        }
        let lengths = QueueLengths::new(intensity, room);
        // Weights relative to "no more than all servers busy" = 1, times `lengths.unit`.
        let waiting = all_busy * lengths.admitted;
        let full = all_busy * lengths.last;
        let total = lengths.unit + all_busy * (lengths.admitted - lengths.first + lengths.last);
        let lost = (full / total).min(1.0);
        let as_exponential = (waiting / (total - full)).clamp(0.0, 1.0);
        let seldom = beside
            .waits
            .min(1.0 / as_exponential.max(f64::MIN_POSITIVE));
        let p_wait = as_exponential * seldom;
        let each_s = beside.queue / seldom / self.capacity();
        let wait_s = (lengths.mean + 1.0) * each_s;
        Rest {
            p_wait,
            wait_s,
            wait_cv_square: lengths.wait_cv_square() * beside.spread,
            refused: lost,
            queue: self.arrival_rate * (1.0 - lost) * p_wait * wait_s,
            ahead: lengths.ahead(room, each_s, beside.spread),
            ..Rest::default()
        }
    }

    /// The station at rest behind a balancer that knows the least loaded pod; none where that is
    /// not so, and where room or patience end waits.
    fn least_loaded(&self, intensity: f64, known: &mut Known) -> Option<Rest> {
        /// Chances to wait so long fall off exponentially; beyond this they do not count.
        const ROOM: f64 = 4.0;
        let Arrivals::LeastLoaded {
            pods,
            servers,
            transit_s,
        } = self.arrivals
        else {
            return None;
        };
        let (services, mean_s) = (self.hold.cv_square(), self.hold.mean);
        let room = self.room() / (0.5 * (1.0 + services)).max(1.0);
        if (1.0 - intensity) * room < ROOM {
            return None;
        }
        let transit = transit_s / mean_s;
        let law = known.least_loaded(Balanced {
            pods,
            servers,
            transit,
            intensity,
        })?;
        let beside = Variability::of_least_loaded(services, servers, pods, transit, law.p_wait);
        let p_wait = law.p_wait * beside.waits;
        let wait_s = law.wait * mean_s * beside.queue / beside.waits;
        Some(Rest {
            p_wait,
            wait_s,
            wait_cv_square: law.wait_cv_square * beside.spread,
            queue: self.arrival_rate * p_wait * wait_s,
            ..Rest::default()
        })
    }

    /// True when waits may outlast the callers' patience.
    fn is_impatient(&self, intensity: f64, factor: f64) -> bool {
        let places = self.places / factor;
        let longest = places + 9.0 * places.sqrt() + 9.0;
        // In services of the scaled queue. Below capacity, a wait's tail falls off exponentially.
        let patience = self.patience_s * self.capacity() / factor;
        patience < longest && (1.0 - intensity) * patience < 16.0
    }

    /// The station at rest when waits may outlast patience; `all_busy` is the chance that all
    /// servers are busy if nobody could wait.
    fn impatient(&self, all_busy: f64, factor: f64) -> Rest {
        let capacity = self.capacity();
        let (arrivals, services) = (self.arrival_rate / factor, capacity / factor);
        let queue = Impatient::new(arrivals, services, self.places / factor, self.patience_s);
        // Everything in units of the heavier of "nobody waits" and "somebody waits".
        let scale = queue.log_waiting.max(0.0);
        let (unit, waiting) = (libm::exp(-scale), libm::exp(queue.log_waiting - scale));
        let total = unit + all_busy * waiting;
        let busy = all_busy * (unit + waiting) / total;
        let refused = (all_busy * waiting * queue.full / total).min(1.0);
        let waited = all_busy * waiting * (capacity / self.arrival_rate) / total;
        let waited = waited.min(busy - refused).max(0.0);
        let gave_up = (busy - refused - waited).max(0.0);
        let in_queue_s = waited * queue.wait_s + gave_up * self.patience_s;
        Rest {
            p_wait: waited / (waited + 1.0 - busy).max(f64::MIN_POSITIVE),
            wait_s: queue.wait_s,
            wait_cv_square: queue.wait_cv_square,
            refused,
            gave_up,
            queue: self.arrival_rate * in_queue_s,
            ahead: None,
            waits: Some(queue.waits),
        }
    }
}

/// The queue of a station.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Queue {
    /// Number waiting.
    pub length: f64,
}

impl Queue {
    /// What arrivals meet during the next `seconds` at a station that has this place of rest under
    /// the demand; the queue itself does not change, so that a step can be tried under several
    /// demands. [`Service::queue`] is its length afterwards.
    #[must_use]
    pub fn serve(&self, demand: &Demand, rest: &Rest, seconds: f64) -> Service {
        let capacity = demand.capacity();
        let intensity = if capacity > 0.0 {
            demand.arrival_rate / capacity
        } else {
            f64::INFINITY
        };
        if demand.servers == 0 {
            return Service {
                refused: 1.0,
                traffic_intensity: intensity,
                ..Service::default()
            };
        }
        let room = demand.room();
        let start = self.length.min(room);
        let (end, average) = self.movement(demand, rest, start, seconds);
        let change = (end - start) / seconds;
        // What can be admitted is what is served plus what the queue takes up.
        let lost = if intensity > 1.0 {
            (1.0 - (capacity + change) / demand.arrival_rate).clamp(0.0, rest.lost())
        } else {
            rest.lost()
        };
        let admitted = demand.arrival_rate * (1.0 - lost);
        let throughput = (admitted - change).clamp(0.0, capacity);
        let refused = lost * rest.refused / rest.lost().max(f64::MIN_POSITIVE);
        Service {
            refused,
            gave_up: (lost - refused).max(0.0),
            throughput,
            utilization: if capacity.is_finite() {
                (throughput / capacity).min(1.0)
            } else {
                0.0
            },
            traffic_intensity: intensity,
            queue: end,
            queue_at_rest: rest.queue,
            ..waiting(demand, rest, average, end - start)
        }
    }

    /// Length at the end of a step, and its average over the step.
    fn movement(&self, demand: &Demand, rest: &Rest, start: f64, seconds: f64) -> (f64, f64) {
        let capacity = demand.capacity();
        if !capacity.is_finite() {
            return (0.0, 0.0);
        }
        let drift = demand.arrival_rate - capacity;
        let target = rest.queue;
        let noise = 0.5 * (demand.arrivals.cv_square() + demand.hold.cv_square()) * capacity;
        if start < target && drift < 0.0 {
            // Below capacity a queue settles exponentially; near capacity it diffuses.
            let root = 1.0 - (demand.arrival_rate / capacity).sqrt();
            let slow = (1.0 / (root * root)).min(1.0 + target * target);
            let relaxation = slow * noise / (capacity * capacity);
            let share = seconds / relaxation;
            let end = (start + share * target) / (1.0 + share);
            return (end, target - relaxation * (end - start) / seconds);
        }
        let moving = |rate: f64| {
            let lasts = ((target - start).abs() / rate).min(seconds);
            let end = start + (target - start).signum() * rate * lasts;
            let end = if lasts < seconds { target } else { end };
            let average = (0.5 * (start + end) * lasts + end * (seconds - lasts)) / seconds;
            (end, average)
        };
        if start < target {
            // Beside the drift, chance lengthens a queue as a random walk kept above zero does.
            let chance = (start * start + noise * seconds).sqrt() - start;
            moving((drift + chance / seconds).max(1e-9))
        } else if start > target {
            // A queue beyond its room under overload falls back as fast as one would grow.
            moving(drift.abs().max(1e-9))
        } else {
            (start, start)
        }
    }
}

/// The wait during a step: that at rest, stretched while the queue builds up; the time to work off
/// what is ahead when the queue is longer than at rest.
fn waiting(demand: &Demand, rest: &Rest, average: f64, change: f64) -> Service {
    let capacity = demand.capacity();
    let moved_s = change / capacity;
    if rest.queue.is_finite() && average <= rest.queue * 1.02 + 1e-9 {
        let stretch = if rest.queue > 0.0 {
            (average / rest.queue).min(1.0)
        } else {
            1.0
        };
        let wait_s = rest.wait_s * stretch;
        let moved = if wait_s > 0.0 { moved_s / wait_s } else { 0.0 };
        return Service {
            p_wait: rest.p_wait,
            wait_s,
            wait_cv_square: rest.wait_cv_square + moved * moved / 12.0,
            // While the queue moves during the step, its spread over the step counts for more.
            ahead: rest.ahead.filter(|_| moved.abs() < 0.1),
            waits: if moved.abs() < MOVES {
                rest.waits.filter(|_| moved.abs() < 0.1)
            } else {
                Some(sliding(wait_s, moved_s))
            },
            stretch: if moved.abs() < MOVES { stretch } else { 1.0 },
            ..Service::default()
        };
    }
    let wait_s = average / capacity;
    if wait_s <= 0.0 {
        return Service::default();
    }
    let (at_rest, resting_s) = if rest.queue.is_finite() {
        (rest.queue, rest.wait_s)
    } else {
        (0.0, 0.0)
    };
    let variance = (average - at_rest) * demand.hold.cv_square() / (capacity * capacity)
        + rest.p_wait * rest.wait_cv_square * resting_s * resting_s
        + moved_s * moved_s / 12.0;
    Service {
        p_wait: 1.0,
        wait_s,
        wait_cv_square: variance / (wait_s * wait_s),
        waits: (moved_s.abs() > MOVES * wait_s).then(|| sliding(wait_s, moved_s)),
        stretch: 1.0,
        ..Service::default()
    }
}

/// Waits that grow or fall evenly during a step, by `moved_s` around their mean.
pub(super) fn sliding(wait_s: f64, moved_s: f64) -> Waits {
    let half_s = (0.5 * moved_s.abs()).min(wait_s);
    std::array::from_fn(|at| {
        let place = at as f64 / (QUANTILES - 1) as f64;
        wait_s + half_s * (2.0 * place - 1.0)
    })
}

#[cfg(test)]
mod tests;
