//! M/M/c+M, "Erlang A": who waits leaves after an exponential patience.
//!
//! A birth-and-death chain: with n in the system, min(n, c) μ + max(n - c, 0) θ leave per unit of
//! time, θ the rate at which one who waits gives up. Stable under any load when θ > 0. Source:
//! Palm 1957; Garnett, Mandelbaum and Reiman, "Designing a call center with impatient customers",
//! 2002.

use super::TheoryError;
use super::distribution::{NEGLIGIBLE, by_ratios, from, mean_of};
use super::range::{at_least_one, non_negative, positive, stable};

/// Several servers in front of a queue of impatient callers.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct ImpatientQueue {
    /// λ, arrivals per unit of time, above 0.
    pub arrival_rate: f64,
    /// μ, services per unit of time of one busy server, above 0.
    pub service_rate: f64,
    /// c, servers, 1 or more.
    pub servers: u32,
    /// θ, one over the mean patience; 0 means endless patience.
    pub abandonment_rate: f64,
}

/// Such a queue at rest.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct ImpatientAtRest {
    /// Share of arrivals that give up.
    pub p_abandon: f64,
    /// Share of arrivals that find all servers busy.
    pub p_wait: f64,
    /// Mean number waiting.
    pub mean_in_queue: f64,
    /// Services per unit of time.
    pub throughput: f64,
    /// Share of servers busy.
    pub utilization: f64,
}

impl ImpatientQueue {
    /// The steady state.
    ///
    /// # Errors
    /// Arguments out of range; endless patience under a load of 1 or more; a queue of more than
    /// ten million.
    pub fn at_rest(&self) -> Result<ImpatientAtRest, TheoryError> {
        let arrival_rate = positive("the arrival rate", self.arrival_rate)?;
        let service_rate = positive("the service rate", self.service_rate)?;
        let servers = at_least_one("the number of servers", self.servers)?;
        let giving_up = non_negative("the abandonment rate", self.abandonment_rate)?;
        if giving_up <= 0.0 {
            stable(arrival_rate / (servers * service_rate))?;
        }
        let numbers = by_ratios(
            |n| {
                let n = n as f64 + 1.0;
                let waiting = (n - servers).max(0.0);
                arrival_rate / (n.min(servers) * service_rate + waiting * giving_up)
            },
            NEGLIGIBLE,
        )?;
        let mean_in_queue = mean_of(&numbers, |n| (n - servers).max(0.0));
        let busy = mean_of(&numbers, |n| n.min(servers));
        Ok(ImpatientAtRest {
            p_abandon: giving_up * mean_in_queue / arrival_rate,
            p_wait: from(&numbers, self.servers as usize),
            mean_in_queue,
            throughput: busy * service_rate,
            utilization: busy / servers,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::analysis::theory::erlang::waiting_probability;

    const QUEUE: ImpatientQueue = ImpatientQueue {
        arrival_rate: 8.0,
        service_rate: 1.0,
        servers: 10,
        abandonment_rate: 0.0,
    };

    #[test]
    fn endless_patience_is_m_m_c() {
        let got = QUEUE.at_rest().expect("stable").p_wait;
        let expected = waiting_probability(10, 8.0).expect("stable");
        assert!((got / expected - 1.0).abs() < 1e-12, "{got}");
        let overloaded = ImpatientQueue {
            arrival_rate: 10.0,
            ..QUEUE
        };
        assert_eq!(
            overloaded.at_rest(),
            Err(TheoryError::Unstable { utilization: 1.0 })
        );
    }

    #[test]
    fn leaving_as_fast_as_being_served_is_a_room_without_limit() {
        // With θ = μ the number in the system is Poisson with mean λ / μ.
        let queue = ImpatientQueue {
            arrival_rate: 30.0,
            abandonment_rate: 1.0,
            ..QUEUE
        };
        let rest = queue.at_rest().expect("stable");
        let in_system = rest.mean_in_queue + rest.utilization * 10.0;
        assert!((in_system - 30.0).abs() < 1e-10, "{in_system}");
        let out = rest.throughput + 30.0 * rest.p_abandon;
        assert!((out - 30.0).abs() < 1e-10, "{out}");
    }
}
