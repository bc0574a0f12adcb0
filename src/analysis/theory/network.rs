//! Open networks of queues: one after another, or routed at random.
//!
//! What leaves an M/M/c queue is again Poisson (Burke 1956), so queues one after another behave as
//! if each stood alone and their times are independent (Reich 1957). With random routing the
//! numbers at the stations are still independent, though times on overlapping ways are not
//! (Jackson 1957): means only.

use super::TheoryError;
use super::linear::{Matrix, diagonal, solve};
use super::multi_server::MultiServer;
use super::range::{below_one, non_negative};
use super::single_server::SingleServer;
use super::stages::{one_after_another, staged_quantile};

/// M/M/1 queues that every arrival passes in turn.
#[derive(Debug, Clone, PartialEq)]
pub struct Tandem {
    /// λ, arrivals per unit of time, 0 or more.
    pub arrival_rate: f64,
    /// μ of each queue, above 0.
    pub service_rates: Vec<f64>,
}

impl Tandem {
    fn stations(&self) -> impl Iterator<Item = SingleServer> + '_ {
        self.service_rates.iter().map(|&service_rate| SingleServer {
            arrival_rate: self.arrival_rate,
            service_rate,
        })
    }

    /// Mean time from the first arrival to the last departure: the sum of 1 / (μ - λ).
    ///
    /// # Errors
    /// Rates out of range, and a queue with a load of 1 or more.
    pub fn mean_response(&self) -> Result<f64, TheoryError> {
        self.stations().map(|one| one.mean_response()).sum()
    }

    /// Mean number in all queues: the sum of ρ / (1 - ρ).
    ///
    /// # Errors
    /// As [`Self::mean_response`].
    pub fn mean_in_system(&self) -> Result<f64, TheoryError> {
        self.stations().map(|one| one.mean_in_system()).sum()
    }

    /// The time that a share `q` (0 to below 1) of responses does not exceed: of a sum of
    /// independent exponential times with rates μ - λ.
    ///
    /// # Errors
    /// As [`Self::mean_response`]; a share out of range; rates further apart than a million times.
    pub fn response_quantile(&self, q: f64) -> Result<f64, TheoryError> {
        let q = below_one("the quantile", q)?;
        self.mean_response()?;
        let spare = |rate: &f64| rate - self.arrival_rate;
        let rates: Vec<f64> = self.service_rates.iter().map(spare).collect();
        if rates.is_empty() {
            return Ok(0.0);
        }
        let (clock, unfinished) = one_after_another(&rates);
        staged_quantile(q, clock, unfinished)
    }
}

/// M/M/c stations between which departures are routed at random.
#[derive(Debug, Clone, PartialEq)]
pub struct JacksonNetwork {
    /// Arrivals from outside per unit of time, by station; 0 or more.
    pub external_rates: Vec<f64>,
    /// Chance to go from one station (row) to another (column); what a row lacks to 1 leaves.
    pub routing: Vec<Vec<f64>>,
    /// μ of each station's servers, above 0.
    pub service_rates: Vec<f64>,
    /// Servers of each station, 1 or more.
    pub servers: Vec<u32>,
}

/// Such a network at rest.
#[derive(Debug, Clone, PartialEq)]
pub struct JacksonAtRest {
    /// Arrivals per unit of time at each station, from outside and from other stations.
    pub station_rates: Vec<f64>,
    /// Mean number waiting or in service at each station.
    pub station_mean_in_system: Vec<f64>,
    /// Mean number in the network.
    pub mean_in_system: f64,
    /// Mean time from entering the network to leaving it.
    pub mean_response: f64,
}

impl JacksonNetwork {
    /// The steady state: the traffic equations λ = γ + λ P, then M/M/c at each station, then
    /// Little's law.
    ///
    /// # Errors
    /// Arguments out of range or of different lengths; a routing that is never left; a station with
    /// a load of 1 or more.
    pub fn at_rest(&self) -> Result<JacksonAtRest, TheoryError> {
        let station_rates = self.station_rates()?;
        let mut station_mean_in_system = Vec::with_capacity(station_rates.len());
        for (index, &arrival_rate) in station_rates.iter().enumerate() {
            let station = MultiServer {
                arrival_rate,
                service_rate: self.service_rates[index],
                servers: self.servers[index],
            };
            station_mean_in_system.push(station.mean_in_system()?);
        }
        let mean_in_system: f64 = station_mean_in_system.iter().sum();
        let entering: f64 = self.external_rates.iter().sum();
        let mean_response = if entering > 0.0 {
            mean_in_system / entering
        } else {
            0.0
        };
        Ok(JacksonAtRest {
            station_rates,
            station_mean_in_system,
            mean_in_system,
            mean_response,
        })
    }

    fn station_rates(&self) -> Result<Vec<f64>, TheoryError> {
        self.check()?;
        let n = self.external_rates.len();
        // (I - P) transposed, against the rates from outside.
        let mut equations: Matrix = diagonal(&vec![1.0; n]);
        for (from, row) in self.routing.iter().enumerate() {
            for (to, chance) in row.iter().enumerate() {
                equations[to][from] -= chance;
            }
        }
        let outside = self.external_rates.iter().map(|rate| vec![*rate]).collect();
        let rates = solve(equations, outside)?;
        // An echo of the elimination may be a hair below zero.
        Ok(rates.iter().map(|row| row[0].max(0.0)).collect())
    }

    fn check(&self) -> Result<(), TheoryError> {
        let expected = self.external_rates.len();
        let length = |what, got| match got == expected {
            true => Ok(()),
            false => Err(TheoryError::Length {
                what,
                expected,
                got,
            }),
        };
        length("the routing", self.routing.len())?;
        length("the list of service rates", self.service_rates.len())?;
        length("the list of servers", self.servers.len())?;
        for rate in &self.external_rates {
            non_negative("an arrival rate", *rate)?;
        }
        for row in &self.routing {
            length("a row of the routing", row.len())?;
            for chance in row {
                non_negative("a chance of the routing", *chance)?;
            }
            let leaving: f64 = row.iter().sum();
            if leaving > 1.0 + 1e-9 {
                return Err(TheoryError::OutOfRange {
                    what: "the sum of a row of the routing",
                    expected: "0 to 1",
                    got: leaving,
                });
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_row_of_single_servers_is_a_tandem() {
        let tandem = Tandem {
            arrival_rate: 0.5,
            service_rates: vec![1.0, 2.0, 1.0],
        };
        let network = JacksonNetwork {
            external_rates: vec![0.5, 0.0, 0.0],
            routing: vec![
                vec![0.0, 1.0, 0.0],
                vec![0.0, 0.0, 1.0],
                vec![0.0, 0.0, 0.0],
            ],
            service_rates: vec![1.0, 2.0, 1.0],
            servers: vec![1, 1, 1],
        };
        let got = network.at_rest().expect("stable").mean_response;
        let expected = tandem.mean_response().expect("stable");
        assert!((got - expected).abs() < 1e-12);
    }

    #[test]
    fn going_back_multiplies_visits() {
        // One station that sends back 3 of 4 is visited four times.
        let mut network = JacksonNetwork {
            external_rates: vec![1.0],
            routing: vec![vec![0.75]],
            service_rates: vec![5.0],
            servers: vec![1],
        };
        let rest = network.at_rest().expect("stable");
        assert!((rest.station_rates[0] - 4.0).abs() < 1e-12);
        assert!((rest.mean_response - 4.0).abs() < 1e-12);
        network.routing = vec![vec![1.0]];
        assert_eq!(network.at_rest(), Err(TheoryError::Singular));
        network.routing = vec![vec![0.9, 0.0]];
        assert!(matches!(network.at_rest(), Err(TheoryError::Length { .. })));
        network.routing = vec![vec![1.5]];
        assert!(network.at_rest().is_err());
    }
}
