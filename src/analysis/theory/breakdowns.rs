//! M/M/c whose servers fail and are repaired, each by itself.
//!
//! A server fails at a rate whether busy or idle, has a repair crew of its own, and work that it
//! was doing goes on elsewhere or later. The pair (number in the system, servers up) is a
//! quasi-birth-and-death process; from c in the system on, each level looks like the one before,
//! and the levels' probabilities fall by the factor R of matrix-geometric theory. Source: Neuts and
//! Lucantoni, "A Markovian queue with N servers subject to breakdowns and repairs", 1979; Latouche
//! and Ramaswami, "A logarithmic reduction algorithm for quasi-birth-death processes", 1993.

use super::TheoryError;
use super::linear::{Matrix, diagonal, product, row_times, solve, solve_chain, sum};
use super::range::{count, non_negative, positive, stable};

/// The most servers: the work grows with their fourth power.
const MOST_SERVERS: u32 = 128;

/// Servers that fail.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct FailingServers {
    /// λ, arrivals per unit of time, above 0.
    pub arrival_rate: f64,
    /// μ, services per unit of time of one busy server that is up, above 0.
    pub service_rate: f64,
    /// c, servers, 1 to 128.
    pub servers: u32,
    /// One over a server's mean time up, 0 or more.
    pub failure_rate: f64,
    /// One over a server's mean time down, above 0.
    pub repair_rate: f64,
}

/// Such a system at rest.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct FailingAtRest {
    /// Share of time each server is up.
    pub availability_per_server: f64,
    /// Services per unit of time that can be done in the long run.
    pub effective_capacity: f64,
    /// Mean number waiting or in service.
    pub mean_in_system: f64,
    /// Mean time from arrival to departure.
    pub mean_response: f64,
    /// Share of time with nobody in the system.
    pub p_empty: f64,
}

impl FailingServers {
    /// The steady state.
    ///
    /// # Errors
    /// Arguments out of range; arrivals of as much as the effective capacity or more.
    pub fn at_rest(&self) -> Result<FailingAtRest, TheoryError> {
        positive("the arrival rate", self.arrival_rate)?;
        positive("the service rate", self.service_rate)?;
        non_negative("the failure rate", self.failure_rate)?;
        positive("the repair rate", self.repair_rate)?;
        let range = (1, MOST_SERVERS);
        let servers = count("the number of servers", self.servers, range, "1 to 128")?;
        let availability = self.repair_rate / (self.repair_rate + self.failure_rate);
        let capacity = f64::from(servers) * availability * self.service_rate;
        stable(self.arrival_rate / capacity)?;
        let (p_empty, mean_in_system) = self.levels()?;
        Ok(FailingAtRest {
            availability_per_server: availability,
            effective_capacity: capacity,
            mean_in_system,
            mean_response: mean_in_system / self.arrival_rate,
            p_empty,
        })
    }

    /// Services per unit of time with `level` in the system, by number of servers up.
    fn served(&self, level: u32) -> Vec<f64> {
        let busy = |up: u32| f64::from(up.min(level)) * self.service_rate;
        (0..=self.servers).map(busy).collect()
    }

    /// Rates from phase to phase (servers up): failures and repairs.
    fn moves(&self) -> Matrix {
        let c = self.servers as usize;
        let mut rates = vec![vec![0.0; c + 1]; c + 1];
        for up in 0..c {
            rates[up][up + 1] = (c - up) as f64 * self.repair_rate;
            rates[up + 1][up] = (up + 1) as f64 * self.failure_rate;
        }
        rates
    }

    /// Chance of nobody in the system, and the mean number.
    ///
    /// Levels are left out from above: G says in which phase a level is first entered from the one
    /// above, so with G from above a level is a chain that is only left downwards, and
    /// R = λ (minus its generator)^-1 leads from one level to the next. From c on all are equal.
    fn levels(&self) -> Result<(f64, f64), TheoryError> {
        let identity = diagonal(&vec![1.0; self.servers as usize + 1]);
        let mut first_down = self.first_passage()?;
        let mut ratios = Vec::new();
        for level in (1..=self.servers).rev() {
            let chain = sum(&self.moves(), &scaled(&first_down, self.arrival_rate));
            let served = self.served(level);
            let inverse = solve_chain(chain, served.clone(), identity.clone())?;
            first_down = product(&inverse, &diagonal(&served));
            ratios.push(scaled(&inverse, self.arrival_rate));
        }
        let lowest = sum(&self.moves(), &scaled(&first_down, self.arrival_rate));
        self.sum_up(stationary(lowest)?, &ratios)
    }

    /// G from c on, by logarithmic reduction: chances, by phase, to get one level up and one level
    /// down before the other, then two, four, eight.
    fn first_passage(&self) -> Result<Matrix, TheoryError> {
        let served = self.served(self.servers);
        let arriving = vec![self.arrival_rate; served.len()];
        let leaving: Vec<f64> = served.iter().map(|rate| rate + self.arrival_rate).collect();
        let mut rising = solve_chain(self.moves(), leaving.clone(), diagonal(&arriving))?;
        let mut falling = solve_chain(self.moves(), leaving, diagonal(&served))?;
        let mut passage = falling.clone();
        let mut way_up = rising.clone();
        // 2^64 levels are beyond any queue.
        for _ in 0..64 {
            let back = sum(&product(&rising, &falling), &product(&falling, &rising));
            let (up, down) = (product(&rising, &rising), product(&falling, &falling));
            // What does not come back has gone two levels up or two levels down.
            let gone: Vec<f64> = sum(&up, &down).iter().map(|row| row.iter().sum()).collect();
            rising = solve_chain(back.clone(), gone.clone(), up)?;
            falling = solve_chain(back, gone, down)?;
            passage = sum(&passage, &product(&way_up, &falling));
            way_up = product(&way_up, &rising);
            let largest = way_up.iter().flatten().fold(0.0_f64, |m, x| m.max(*x));
            if largest < 1e-18 {
                break;
            }
        }
        Ok(passage)
    }

    /// Adds up the levels, given weights of level 0 and the ratios of neighbouring levels, the
    /// topmost first.
    fn sum_up(&self, mut level: Vec<f64>, ratios: &[Matrix]) -> Result<(f64, f64), TheoryError> {
        let empty: f64 = level.iter().sum();
        let (mut total, mut mean) = (empty, 0.0);
        for (index, ratio) in ratios.iter().rev().enumerate() {
            level = row_times(&level, ratio);
            if index + 1 < ratios.len() {
                let here: f64 = level.iter().sum();
                total += here;
                mean += (index + 1) as f64 * here;
            }
        }
        // From c on: x + x R + x R² + … = x (I - R)^-1, and the mean of the steps beyond c.
        let top = ratios.first().ok_or(TheoryError::Singular)?;
        let identity = diagonal(&vec![1.0; level.len()]);
        let sums = solve(sum(&identity, &scaled(top, -1.0)), identity)?;
        let from_c = row_times(&level, &sums);
        let beyond = row_times(&row_times(&from_c, &sums), top);
        let here: f64 = from_c.iter().sum();
        total += here;
        mean += f64::from(self.servers) * here + beyond.iter().sum::<f64>();
        Ok((empty / total, mean / total))
    }
}

fn scaled(a: &Matrix, factor: f64) -> Matrix {
    let scale = |row: &Vec<f64>| row.iter().map(|x| x * factor).collect();
    a.iter().map(scale).collect()
}

/// The stationary distribution of a chain, given the rates from state to state, without
/// subtractions (Grassmann, Taksar and Heyman 1985). States are left out one by one from the first,
/// so the last must be reachable from all others; repairs see to that.
fn stationary(mut rates: Matrix) -> Result<Vec<f64>, TheoryError> {
    let n = rates.len();
    for first in 0..n.saturating_sub(1) {
        let onwards: f64 = rates[first][first + 1..].iter().sum();
        positive("the rate out of a state", onwards)?;
        let row = rates[first].clone();
        for others in &mut rates[first + 1..] {
            others[first] /= onwards;
            let share = others[first];
            for (rate, by_way) in others[first + 1..].iter_mut().zip(&row[first + 1..]) {
                *rate += share * by_way;
            }
        }
    }
    let mut weights = vec![1.0; n];
    for state in (0..n.saturating_sub(1)).rev() {
        let into = |from: usize| weights[from] * rates[from][state];
        weights[state] = (state + 1..n).map(into).sum();
    }
    let total: f64 = weights.iter().sum();
    Ok(weights.iter().map(|weight| weight / total).collect())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::analysis::theory::multi_server::MultiServer;

    const RELIABLE: FailingServers = FailingServers {
        arrival_rate: 3.0,
        service_rate: 1.0,
        servers: 4,
        failure_rate: 0.0,
        repair_rate: 1.0,
    };

    #[test]
    fn servers_that_never_fail_are_m_m_c() {
        let got = RELIABLE.at_rest().expect("stable");
        let plain = MultiServer {
            arrival_rate: 3.0,
            service_rate: 1.0,
            servers: 4,
        };
        let expected = plain.mean_in_system().expect("stable");
        assert!((got.mean_in_system / expected - 1.0).abs() < 1e-11);
    }

    /// One server has a closed form: the completion time of a service with its repairs, and a first
    /// service that may find the server down (White and Christie 1958).
    #[test]
    fn one_server_is_white_and_christie_s() {
        let (lambda, mu, fail, repair) = (0.5, 1.0, 0.02, 0.1);
        let one = FailingServers {
            arrival_rate: lambda,
            service_rate: mu,
            servers: 1,
            failure_rate: fail,
            repair_rate: repair,
        };
        let up = repair / (repair + fail);
        let expected =
            lambda * (1.0 + fail * mu / ((repair + fail) * (repair + fail))) / (mu * up - lambda);
        let got = one.at_rest().expect("stable");
        assert!(
            (got.mean_in_system / expected - 1.0).abs() < 1e-11,
            "{got:?}"
        );
        // Up and idle is what is left of up; down and empty comes from there by failures alone.
        let empty = (up - lambda / mu) * (1.0 + fail / (lambda + repair));
        assert!((got.p_empty / empty - 1.0).abs() < 1e-11, "{got:?}");
    }

    /// Rare failures of many servers, evaluated elsewhere at 40 digits: an elimination that
    /// subtracts is off by 1e-8 here.
    #[test]
    fn rare_failures_and_small_chances_keep_their_digits() {
        let servers = FailingServers {
            arrival_rate: 190.0,
            service_rate: 10.0,
            servers: 20,
            failure_rate: 1.0 / 86_400.0,
            repair_rate: 1.0 / 600.0,
        };
        let got = servers.at_rest().expect("stable");
        let off = got.mean_in_system / 202.638_615_252_900_4 - 1.0;
        assert!(off.abs() < 1e-10, "{got:?}");
        assert!(
            (got.p_empty / 2.112_106_582_377_059e-9 - 1.0).abs() < 1e-10,
            "{got:?}"
        );
    }

    #[test]
    fn too_little_capacity_in_the_long_run_is_refused() {
        let failing = FailingServers {
            failure_rate: 1.0,
            ..RELIABLE
        };
        assert_eq!(
            failing.at_rest(),
            Err(TheoryError::Unstable { utilization: 1.5 })
        );
        let crowd = FailingServers {
            servers: 1000,
            ..RELIABLE
        };
        assert!(crowd.at_rest().is_err());
    }
}
