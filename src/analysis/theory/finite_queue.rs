//! M/M/c/K: several servers and a bounded system; an arrival that finds it full is lost.
//!
//! A birth-and-death chain over the number in the system. It has a steady state under any load.
//! Response times are those of accepted arrivals. Source: Gross and Harris, *Fundamentals of
//! Queueing Theory*, 1998, section 2.4.

use super::TheoryError;
use super::distribution::{by_ratios, listed, mean_of};
use super::range::{at_least_one, below_one, count, non_negative, positive};
use super::stages::staged_quantile;

/// Several servers in front of a bounded queue.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct FiniteQueue {
    /// λ, arrivals per unit of time, lost ones included; 0 or more.
    pub arrival_rate: f64,
    /// μ, services per unit of time of one busy server, above 0.
    pub service_rate: f64,
    /// c, servers, 1 or more.
    pub servers: u32,
    /// K, the most in the system, waiting or in service; c or more.
    pub capacity: u32,
}

/// A bounded queue at rest.
#[derive(Debug, Clone, PartialEq)]
pub struct FiniteAtRest {
    queue: FiniteQueue,
    /// Share of time with 0, 1, … K in the system.
    numbers: Vec<f64>,
    /// Share of arrivals lost: of time with K in the system.
    pub blocking: f64,
    /// Accepted arrivals per unit of time.
    pub throughput: f64,
    /// Share of servers busy.
    pub utilization: f64,
    /// Mean number waiting or in service.
    pub mean_in_system: f64,
    /// Mean number waiting.
    pub mean_in_queue: f64,
    /// Mean time of accepted arrivals from arrival to departure.
    pub mean_response: f64,
    /// Mean time of accepted arrivals before service.
    pub mean_wait: f64,
}

impl FiniteQueue {
    /// The steady state.
    ///
    /// # Errors
    /// Arguments out of range; a capacity of more than ten million.
    pub fn at_rest(&self) -> Result<FiniteAtRest, TheoryError> {
        let arrival_rate = non_negative("the arrival rate", self.arrival_rate)?;
        let service_rate = positive("the service rate", self.service_rate)?;
        let servers = at_least_one("the number of servers", self.servers)?;
        let room = (self.servers, u32::MAX);
        let capacity = count("the capacity", self.capacity, room, "the servers or more")?;
        let capacity = listed(capacity)?;
        let mut numbers = by_ratios(
            |n| match n {
                n if n < capacity => arrival_rate / ((n as f64 + 1.0).min(servers) * service_rate),
                _ => 0.0,
            },
            0.0,
        )?;
        numbers.resize(capacity + 1, 0.0);
        let blocking = numbers[capacity];
        let busy = mean_of(&numbers, |n| n.min(servers));
        let mean_in_queue = mean_of(&numbers, |n| (n - servers).max(0.0));
        // What is served was accepted, and stays accurate where nearly everything is lost.
        let throughput = busy * service_rate;
        let mean_wait = if throughput > 0.0 {
            mean_in_queue / throughput
        } else {
            0.0
        };
        Ok(FiniteAtRest {
            queue: *self,
            blocking,
            throughput,
            utilization: busy / servers,
            mean_in_system: busy + mean_in_queue,
            mean_in_queue,
            mean_response: mean_wait + 1.0 / service_rate,
            mean_wait,
            numbers,
        })
    }
}

impl FiniteAtRest {
    /// The time that a share `q` (0 to below 1) of accepted responses does not exceed.
    ///
    /// Who finds n < c in the system is served at once; who finds n ≥ c waits for n - c + 1 ends of
    /// service, which come at rate cμ, and is served then. A clock of rate cμ therefore ends one
    /// wait per tick and one service per tick with chance 1 / c.
    ///
    /// # Errors
    /// A share out of range; no arrivals at all; more than ten million ticks.
    pub fn response_quantile(&self, q: f64) -> Result<f64, TheoryError> {
        let q = below_one("the quantile", q)?;
        let arrival_rate = positive("the arrival rate", self.queue.arrival_rate)?;
        let (servers, capacity) = (self.queue.servers as usize, self.queue.capacity as usize);
        let c = f64::from(self.queue.servers);
        let accepted = self.throughput / arrival_rate;
        let at_once: f64 = self.numbers[..servers].iter().sum();
        // Chances to have 0, 1, … ticks of waiting ahead.
        let ahead = std::iter::once(at_once)
            .chain(self.numbers[servers..capacity].iter().copied())
            .map(|p| p / accepted);
        let mut waiting: f64 = ahead.clone().rev().sum();
        let mut in_service = 0.0;
        let mut ahead = ahead;
        let unfinished = std::iter::repeat_with(|| {
            let entering = ahead.next().unwrap_or(0.0);
            waiting = (waiting - entering).max(0.0);
            in_service = in_service * (1.0 - 1.0 / c) + entering;
            waiting + in_service
        });
        staged_quantile(q, c * self.queue.service_rate, unfinished)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::analysis::theory::erlang::blocking;
    use crate::analysis::theory::multi_server::MultiServer;

    #[track_caller]
    fn close(got: f64, expected: f64) {
        assert!(
            (got - expected).abs() <= 1e-9 * expected.abs(),
            "{got}, expected {expected}"
        );
    }

    #[test]
    fn no_waiting_place_is_erlang_s_loss_system() {
        let queue = FiniteQueue {
            arrival_rate: 17.0,
            service_rate: 2.0,
            servers: 12,
            capacity: 12,
        };
        let rest = queue.at_rest().expect("valid");
        close(rest.blocking, blocking(12, 8.5).expect("valid"));
        assert!(rest.mean_wait <= 0.0);
        close(
            rest.response_quantile(0.5).expect("valid"),
            libm::log(2.0) / 2.0,
        );
    }

    #[test]
    fn a_long_queue_is_an_unbounded_one() {
        let bounded = FiniteQueue {
            arrival_rate: 8.0,
            service_rate: 1.0,
            servers: 10,
            capacity: 400,
        };
        let open = MultiServer {
            arrival_rate: 8.0,
            service_rate: 1.0,
            servers: 10,
        };
        let rest = bounded.at_rest().expect("valid");
        close(rest.mean_wait, open.mean_wait().expect("stable"));
        for q in [0.1, 0.5, 0.99] {
            let expected = open.response_quantile(q).expect("stable");
            close(rest.response_quantile(q).expect("valid"), expected);
        }
    }

    #[test]
    fn arguments_out_of_range_are_refused() {
        let queue = FiniteQueue {
            arrival_rate: 0.0,
            service_rate: 1.0,
            servers: 2,
            capacity: 3,
        };
        let rest = queue.at_rest().expect("nobody comes");
        assert!(rest.response_quantile(0.5).is_err());
        let small = FiniteQueue {
            capacity: 1,
            ..queue
        };
        assert!(small.at_rest().is_err());
        let endless = FiniteQueue {
            capacity: u32::MAX,
            ..queue
        };
        assert!(endless.at_rest().is_err());
    }
}
