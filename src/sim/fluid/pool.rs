//! A station with its books: who arrives, how long a server is held, what comes of it.

use super::law::Moments;
use super::station::{Demand, Queue, Service};

/// The pods of one deployment in one zone, or an endpoint, as a station.
#[derive(Debug, Clone, Default)]
pub struct Pool {
    /// Requests waiting.
    pub queue: Queue,
    /// Live pods that take requests; 1 for an endpoint that answers.
    pub pods: u32,
    /// Parallel servers.
    pub servers: u32,
    /// Waiting places.
    pub places: f64,
    /// Arrivals per second.
    pub arrival_rate: f64,
    /// Sum of arrivals times the time their callers wait, for the mean patience.
    pub(super) patience_sum: f64,
    /// Time a server is held, whatever comes of it.
    pub hold: Moments,
    /// What arrivals meet.
    pub service: Service,
    /// Chance that a served request succeeds.
    pub ok: f64,
    /// Time a server is held by those that succeed.
    pub ok_hold: Moments,
    /// Mean time a server is held by those that fail, in seconds.
    pub fail_s: f64,
}

impl Pool {
    /// Adds arrivals whose callers wait for `timeout_s` at most.
    pub(super) const fn arrive(&mut self, rate: f64, timeout_s: f64) {
        self.arrival_rate += rate;
        self.patience_sum += rate * timeout_s;
    }

    /// Multiplies the rates.
    pub(super) fn scale(&mut self, factor: f64) {
        self.arrival_rate *= factor;
        self.patience_sum *= factor;
        self.service.throughput *= factor;
        self.service.traffic_intensity *= factor;
        self.service.utilization = (self.service.utilization * factor).min(1.0);
    }

    /// By how much the mean wait, as a share of the time held, changes per share of load: at least
    /// in proportion to c (1 - rho), as the chance to wait, and to 1 / (1 - rho), as its length.
    pub(super) fn sensitivity(&self) -> f64 {
        let service = &self.service;
        let rho = service.traffic_intensity;
        if service.refused + service.gave_up > 1e-9 || rho >= 0.999 {
            return f64::INFINITY;
        }
        let waits = service.p_wait * service.wait_s / self.hold.mean.max(1e-9);
        waits * (f64::from(self.servers) * (1.0 - rho) + 1.0 / (1.0 - rho))
    }

    /// What is asked of the station.
    #[must_use]
    pub fn demand(&self) -> Demand {
        Demand {
            arrival_rate: self.arrival_rate,
            servers: self.servers,
            hold: self.hold,
            places: self.places,
            patience_s: if self.arrival_rate > 0.0 {
                self.patience_sum / self.arrival_rate
            } else {
                f64::INFINITY
            },
        }
    }

    /// Serves for a step; returns how much the wait changed, as a share of the time at the station,
    /// and the share that is served.
    pub(super) fn serve(&mut self, seconds: f64) -> f64 {
        let before = self.service;
        self.service = self.queue.serve(&self.demand(), seconds);
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
