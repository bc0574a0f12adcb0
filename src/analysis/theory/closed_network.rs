//! A closed network: a fixed number of users who think, then ask one station after another.
//!
//! Exact mean value analysis: with one user fewer in the network, a newcomer finds it as it is on
//! average. Source: Reiser and Lavenberg, "Mean-value analysis of closed multichain queuing
//! networks", 1980.

use super::TheoryError;
use super::distribution::listed;
use super::range::{non_negative, positive};

/// Users, their thinking, and the stations' work for each of their requests.
#[derive(Debug, Clone, PartialEq)]
pub struct ClosedNetwork {
    /// Users.
    pub users: u32,
    /// Mean time between an answer and the next request, 0 or more.
    pub think_time: f64,
    /// Mean time that one request keeps each single-server station busy, 0 or more.
    pub service_demands: Vec<f64>,
}

/// Such a network at rest.
#[derive(Debug, Clone, PartialEq)]
pub struct ClosedAtRest {
    /// Requests answered per unit of time.
    pub throughput: f64,
    /// Mean time from request to answer.
    pub mean_response: f64,
    /// Share of time each station is busy.
    pub utilizations: Vec<f64>,
}

impl ClosedNetwork {
    /// The steady state, built up user by user: Rₖ = Dₖ (1 + Qₖ), X = n / (Z + Σ R), Qₖ = X Rₖ.
    ///
    /// # Errors
    /// Times out of range; users who neither think nor wait; more than ten million users.
    pub fn at_rest(&self) -> Result<ClosedAtRest, TheoryError> {
        let think_time = non_negative("the think time", self.think_time)?;
        for demand in &self.service_demands {
            non_negative("a service demand", *demand)?;
        }
        let demands: f64 = self.service_demands.iter().sum();
        listed(self.users)?;
        positive("the time of a whole round", think_time + demands)?;
        let mut queues = vec![0.0; self.service_demands.len()];
        let (mut throughput, mut mean_response) = (0.0, demands);
        for users in 1..=self.users {
            let times: Vec<f64> = queues
                .iter()
                .zip(&self.service_demands)
                .map(|(queue, demand)| demand * (1.0 + queue))
                .collect();
            mean_response = times.iter().sum();
            throughput = f64::from(users) / (think_time + mean_response);
            queues = times.iter().map(|time| throughput * time).collect();
        }
        let busy = |demand: &f64| throughput * demand;
        Ok(ClosedAtRest {
            throughput,
            mean_response,
            utilizations: self.service_demands.iter().map(busy).collect(),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_user_never_waits_and_many_wait_for_the_slowest() {
        let network = |users| ClosedNetwork {
            users,
            think_time: 1.0,
            service_demands: vec![0.1, 0.3],
        };
        let one = network(1).at_rest().expect("valid");
        assert!((one.mean_response - 0.4).abs() < 1e-12);
        let many = network(1000).at_rest().expect("valid");
        assert!((many.throughput - 1.0 / 0.3).abs() < 1e-9);
        let idle = ClosedNetwork {
            think_time: 0.0,
            service_demands: vec![],
            ..network(3)
        };
        assert!(idle.at_rest().is_err());
    }
}
