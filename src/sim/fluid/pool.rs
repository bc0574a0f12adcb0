//! A station with its books: who arrives, how long a server is held, what comes of it.

use crate::model::{BalancingAlgorithm, Discipline};
use crate::sim::flow::DeploymentFlow;
use crate::units::SimTime;

use super::balancing::Balancing;
use super::discipline::newest_first;
use super::law::Moments;
use super::standstill::standstill;
use super::station::known::Known;
use super::station::variability::Arrivals;
use super::station::{Demand, Queue, Service};

/// Services under way at the begin of a step. Where the time held has fallen since they began, they
/// go on for longer than those that begin now: who waits for a call to a dead database goes on
/// waiting when it is back.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Before {
    /// Servers that they hold.
    busy: f64,
    /// Mean time that a service under way goes on, in seconds.
    residual_s: f64,
    /// Server time that services begun even earlier ask for beyond that, in seconds.
    owed_s: f64,
}

impl Before {
    /// Server time asked for beyond what services of now would go on for, in seconds.
    fn owed_s(&self, hold: Moments) -> f64 {
        self.owed_s + self.busy * (self.residual_s - residual_s(hold)).max(0.0)
    }
}

/// How long a service under way goes on, on average.
fn residual_s(hold: Moments) -> f64 {
    if hold.mean > 0.0 {
        0.5 * hold.square / hold.mean
    } else {
        0.0
    }
}

/// The pods of one deployment in one zone, or an endpoint, as a station.
#[derive(Debug, Clone, Default)]
pub struct Pool {
    /// Requests waiting.
    pub queue: Queue,
    /// Live pods that take requests; 1 for an endpoint that answers.
    pub pods: u32,
    /// Queues of their own among which arrivals are divided: one per pod, or one for all.
    pub queues: u32,
    /// How arrivals come to one queue.
    pub arrivals: Arrivals,
    /// Parallel servers per queue.
    pub servers: u32,
    /// Waiting places per queue.
    pub places: f64,
    /// Arrivals per second.
    pub arrival_rate: f64,
    /// Sum of arrivals times the time their callers wait, for the mean patience.
    pub(super) patience_sum: f64,
    /// It stands still until then.
    pub(super) stalled_until: Option<SimTime>,
    /// The order of service.
    pub discipline: Discipline,
    /// Work is done for callers who have given up.
    pub(super) serves_abandoned: bool,
    /// Time a server is held, whatever comes of it.
    pub hold: Moments,
    /// Time from the beginning of service to the end, whatever comes of it: longer than the server
    /// is held where it does not wait for calls.
    pub stay: Moments,
    /// What services begun before the step still ask for.
    pub(super) before: Before,
    /// Time that the servers have been held for on average since it last grew, in seconds: where
    /// callees become slow, servers fill up as requests come, not at once.
    pub(super) felt_s: f64,
    /// What arrivals meet.
    pub service: Service,
    /// Chance that a served request succeeds.
    pub ok: f64,
    /// The stay of those that succeed.
    pub ok_stay: Moments,
    /// The mean stay of those that fail, in seconds.
    pub fail_s: f64,
}

impl Pool {
    /// Divides arrivals among `pods` pods of this zone. Each has its own queue; those behind a
    /// balancer that knows the least loaded are even enough to be one station.
    pub(super) fn share_out(&mut self, pods: u32, flow: &DeploymentFlow, by: &Balancing) {
        let (targets, servers) = (f64::from(by.targets.max(1)), flow.servers);
        let (queues, arrivals) = match by.algorithm {
            BalancingAlgorithm::Random => (pods, Arrivals::Poisson),
            BalancingAlgorithm::RoundRobin => {
                let arrivals = Arrivals::InTurn {
                    pods: targets,
                    nodes: by.nodes,
                };
                (pods, arrivals)
            }
            BalancingAlgorithm::LeastOutstandingRequests => {
                let arrivals = Arrivals::LeastLoaded {
                    pods: targets,
                    servers,
                    transit_s: by.transit_s,
                };
                (pods.min(1), arrivals)
            }
        };
        let per_queue = pods / queues.max(1);
        self.queues = queues;
        self.servers = per_queue.saturating_mul(servers);
        self.places = f64::from(per_queue) * f64::from(flow.queue_capacity);
        self.arrivals = arrivals;
    }

    /// Gives each queue so many times its servers, in whole servers: a part of a pod more or less.
    pub(super) fn stretch_servers(&mut self, factor: f64) {
        let servers = f64::from(self.servers) * factor;
        self.servers = (servers.round() as u32).max(self.servers.min(1));
    }

    /// Share of the requests here that need longer than `limit_s` from now: of those under way, the
    /// rest of a time is spread as its excess over what has passed.
    pub fn cut_off(&self, limit_s: f64) -> f64 {
        let time = self.service.wait().plus(self.stay);
        let late = time.tail(limit_s);
        if late <= 0.0 || time.mean <= 0.0 {
            return 0.0;
        }
        let passed_s = (1.0 - late) * time.mean_within(limit_s, late) + late * limit_s;
        (1.0 - passed_s / time.mean).max(0.0)
    }

    /// Adds arrivals whose callers wait for `timeout_s` at most.
    pub(super) const fn arrive(&mut self, rate: f64, timeout_s: f64) {
        self.arrival_rate += rate;
        self.patience_sum += rate * timeout_s;
    }

    /// The largest change of the load, as a share of at most `most`, that leaves the mean wait as
    /// it is, to within `tolerance` of the time held. None while the queue is on its way to its
    /// length at rest, and where requests are turned away.
    pub(super) fn indifference(&self, most: f64, tolerance: f64, known: &mut Known) -> Option<f64> {
        /// A share of a thirty-second of `most` is not worth following.
        const HALVINGS: usize = 5;
        if self.arrival_rate <= 0.0 {
            return Some(most);
        }
        let service = &self.service;
        let tolerance_s = tolerance * self.hold.mean;
        let unsettled_s = (service.queue - service.queue_at_rest).abs() / self.arrival_rate;
        // Also where nothing is at rest, and the gap is infinite or no number.
        let is_settled = unsettled_s <= tolerance_s;
        if !is_settled || service.refused + service.gave_up > 1e-9 {
            return None;
        }
        let now_s = service.p_wait * service.wait_s;
        let demand = self.demand();
        let holds = |share: &f64| {
            let rest = known.rest(&Demand {
                arrival_rate: demand.arrival_rate * (1.0 + share),
                ..demand
            });
            rest.p_wait * rest.wait_s - now_s <= tolerance_s
        };
        let halves = std::iter::successors(Some(most), |share| Some(0.5 * share));
        halves.take(HALVINGS).find(holds)
    }

    /// What is asked of one of its queues.
    #[must_use]
    pub fn demand(&self) -> Demand {
        Demand {
            arrival_rate: self.arrival_rate / f64::from(self.queues.max(1)),
            arrivals: self.arrivals,
            servers: self.servers,
            hold: self.hold,
            places: self.places,
            patience_s: if self.arrival_rate > 0.0 && !self.serves_abandoned {
                self.patience_sum / self.arrival_rate
            } else {
                f64::INFINITY
            },
        }
    }

    /// Servers of all queues.
    fn all_servers(&self) -> f64 {
        f64::from(self.servers) * f64::from(self.queues.max(1))
    }

    /// Share of the servers' time in a step that goes to services begun under a longer hold.
    fn tied(&self, seconds: f64) -> f64 {
        /// Somebody is always free soon.
        const MOST: f64 = 0.95;
        let owed_s = self.before.owed_s(self.hold);
        if owed_s <= 0.0 {
            return 0.0;
        }
        let all = self.all_servers();
        (owed_s / (all * seconds)).min(MOST * (self.before.busy / all).min(1.0))
    }

    /// Time that servers are held for on average during the coming `seconds`.
    fn felt(&self, seconds: f64) -> Moments {
        let missing_s = self.hold.mean - self.felt_s;
        if missing_s <= 0.0 {
            return self.hold;
        }
        let lengths = seconds / self.hold.mean;
        let still_missing_s = missing_s * (1.0 - libm::exp(-lengths)) / lengths;
        Moments::from_cv_square(self.hold.mean - still_missing_s, self.hold.cv_square())
    }

    /// The step is over: the queue takes its new length, and services go on.
    pub(super) fn commit(&mut self, seconds: f64) {
        self.queue.length = self.service.queue;
        let missing_s = self.hold.mean - self.felt_s;
        self.felt_s = self.hold.mean;
        if missing_s > 0.0 {
            self.felt_s -= missing_s * libm::exp(-seconds / self.hold.mean.max(1e-9));
        }
        let worked_off = self.tied(seconds) * self.all_servers() * seconds;
        let owed_s = (self.before.owed_s(self.hold) - worked_off).max(0.0);
        self.before = Before {
            busy: self.service.utilization * self.all_servers(),
            residual_s: residual_s(self.hold),
            owed_s,
        };
    }

    /// Requests that wait or hold a server when a step begins. Those of an event loop that wait for
    /// calls are not among them: what their callee does next is what becomes of them.
    pub(super) fn present(&self) -> f64 {
        self.queue.length + self.before.busy
    }

    /// Requests that wait or are served under the present solution.
    pub(super) fn in_flight(&self) -> f64 {
        self.queue.length + self.service.utilization * self.all_servers()
    }

    /// There are `pods` now; what those had that are gone goes with them.
    pub(super) fn resize(&mut self, pods: u32) {
        if pods < self.pods {
            let share = f64::from(pods) / f64::from(self.pods);
            self.queue.length *= share;
            self.before.busy *= share;
            self.before.owed_s *= share;
        } else if pods > self.pods {
            // New pods begin with nobody.
            self.felt_s *= f64::from(self.pods) / f64::from(pods);
        }
        self.pods = pods;
    }

    /// Nobody answers any more: everything is gone.
    pub(super) const fn vanish(&mut self) {
        self.queue.length = 0.0;
        self.before = Before {
            busy: 0.0,
            residual_s: 0.0,
            owed_s: 0.0,
        };
        self.felt_s = 0.0;
    }

    /// Serves for a step of so many `seconds` up to `end`; returns how much the wait changed, as a
    /// share of the time at the station, and the share that is served.
    pub(super) fn serve(&mut self, end: SimTime, seconds: f64, known: &mut Known) -> f64 {
        let before = self.service;
        let queues = f64::from(self.queues.max(1));
        let one = Queue {
            length: self.queue.length / queues,
        };
        let mut demand = self.demand();
        demand.hold = self.felt(seconds);
        let free = 1.0 - self.tied(seconds);
        if free < 1.0 {
            let cv_square = self.hold.cv_square();
            demand.hold = Moments::from_cv_square(demand.hold.mean / free, cv_square);
        }
        self.service = match self.stalled_until {
            Some(until) => {
                // Whoever comes while it stands still is before all others where the newest are.
                let ahead = match self.discipline {
                    Discipline::Lifo => 0.0,
                    Discipline::Fifo | Discipline::Priority | Discipline::ProcessorSharing => {
                        one.length
                    }
                };
                let resumes_s = until.since(end).as_s_f64();
                let stalled = standstill(&demand, ahead, seconds, resumes_s, before.utilization);
                Service {
                    queue: stalled.queue + one.length - ahead,
                    ..stalled
                }
            }
            None => {
                let service = one.serve(&demand, known.rest(&demand), seconds);
                if self.discipline == Discipline::Lifo {
                    newest_first(&service, &demand)
                } else {
                    service
                }
            }
        };
        // What is tied now will be free soon: it holds up who leaves, not who comes.
        self.service.wait_s *= free;
        self.service.stretch *= free;
        self.service.throughput *= queues;
        self.service.queue *= queues;
        self.service.queue_at_rest *= queues;
        let now = &self.service;
        let wait_s = now.p_wait * now.wait_s;
        let waits =
            (wait_s - before.p_wait * before.wait_s).abs() / (self.hold.mean + wait_s + 1e-9);
        let served = (now.served() - before.served()).abs();
        // What a full station lets through moves the stations behind it.
        let through = if now.traffic_intensity > 0.9 {
            let rate = now.throughput.max(before.throughput).max(1e-9);
            0.25 * (now.throughput - before.throughput).abs() / rate
        } else {
            0.0
        };
        waits.max(served).max(through)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Exponential services of 1 s on average.
    fn station(servers: u32, arrival_rate: f64) -> Pool {
        let mut pool = Pool {
            pods: 1,
            servers,
            queues: 1,
            places: f64::INFINITY,
            patience_sum: f64::INFINITY,
            arrival_rate,
            hold: Moments::from_cv(1.0, 1.0),
            ..Pool::default()
        };
        let rest = pool.demand().rest();
        pool.queue.length = rest.queue;
        pool.serve(SimTime::from_s(60), 60.0, &mut Known::default());
        pool
    }

    fn indifference(pool: &Pool, most: f64, tolerance: f64) -> Option<f64> {
        pool.indifference(most, tolerance, &mut Known::default())
    }

    #[test]
    fn a_load_is_followed_only_as_far_as_the_wait_stays() {
        for (servers, rho) in [(8, 0.3), (400, 0.9), (1000, 0.93), (2000, 0.96)] {
            let rate = f64::from(servers) * rho;
            let pool = station(servers, rate);
            let share = indifference(&pool, 0.05, 0.003).expect("at rest");
            let wait_s = |rate: f64| {
                let rest = station(servers, rate).demand().rest();
                rest.p_wait * rest.wait_s
            };
            let longer_s = wait_s(rate * (1.0 + share)) - wait_s(rate);
            assert!(longer_s <= 0.003 + 1e-9, "{servers} at {rho}: {longer_s}");
            assert!(rho * (1.0 + share) < 1.0, "{servers} at {rho}");
        }
    }

    #[test]
    fn a_queue_on_its_way_is_not_followed() {
        let mut pool = station(1, 0.98);
        assert!(
            indifference(&pool, 0.05, 0.003).is_none(),
            "no room for more"
        );
        pool = station(4, 2.0);
        assert!(indifference(&pool, 0.05, 0.1).is_some());
        pool.service.queue += 1.0;
        assert!(indifference(&pool, 0.05, 0.1).is_none());
    }
}
