//! The workloads as seen from outside: their size, their figures and what is known of those.
//!
//! What is simulated stands in `benches/peers/src/workload.rs`. Truths: W1 by Erlang's formula,
//! W2's mean by Jackson's theorem; W2's percentiles are the stations' exact laws convolved,
//! confirmed by a hundred million simulated requests. Bounds are three standard deviations of one
//! run of full size, measured over a hundred seeds of a bare loop (2026-11-22).

use anyhow::{Context, Result};

use super::measure::Answer;

/// One of the three workloads.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Workload {
    /// M/M/16.
    W1,
    /// A web chain.
    W2,
    /// An autoscaled cluster.
    W3,
}

/// A figure of an answer.
pub struct Figure {
    /// As programs print it.
    pub name: &'static str,
    /// As the table heads it.
    pub label: &'static str,
    /// Digits after the point.
    pub n_decimals: usize,
}

const fn figure(name: &'static str, label: &'static str, n_decimals: usize) -> Figure {
    Figure {
        name,
        label,
        n_decimals,
    }
}

/// What a figure has to be.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Check {
    /// Which figure.
    pub name: &'static str,
    /// Its true value.
    pub value: f64,
    /// How far off a run of full size may be.
    pub bound: f64,
}

const fn check(name: &'static str, value: f64, bound: f64) -> Check {
    Check { name, value, bound }
}

/// W3 has no closed form: what has to agree with the bare loop, and to within which share. Nodes
/// are left to each program's own scheduler.
const ALIKE: [(&str, f64); 2] = [("pods", 0.05), ("mean_ms", 0.05)];

impl Workload {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::W1, Self::W2, Self::W3];

    /// The name that programs and `--only` take.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::W1 => "w1",
            Self::W2 => "w2",
            Self::W3 => "w3",
        }
    }

    /// The workload with this name.
    ///
    /// # Errors
    /// If there is none; the message lists the names.
    pub fn from_name(name: &str) -> Result<Self> {
        Self::ALL
            .into_iter()
            .find(|it| it.name() == name)
            .with_context(|| {
                let names = Self::ALL.map(Self::name).join(", ");
                format!("there is no workload `{name}`; the workloads are {names}")
            })
    }

    /// What it is, in a few words.
    pub const fn title(self) -> &'static str {
        match self {
            Self::W1 => "W1: M/M/16, 12.8 requests/s, 1,000,000 requests",
            Self::W2 => "W2: web chain, 2,000 requests/s, 300,000 requests",
            Self::W3 => "W3: autoscaled cluster, 30 days in ticks of 15 s",
        }
    }

    /// Its full size: requests, or days.
    pub const fn size(self) -> u32 {
        match self {
            Self::W1 => 1_000_000,
            Self::W2 => 300_000,
            Self::W3 => 30,
        }
    }

    /// How a size counts as speed: what is counted, and how many there are per request or day.
    ///
    /// Events are the model's, the same for all programs: in W1 a request's arrival and departure,
    /// in W2 its arrival and the end of each stage that it passes (edge, balancer, replica, cache,
    /// and the database for one in five). What a simulator does inside does not count.
    pub const fn speed(self) -> (&'static str, f64) {
        match self {
            Self::W1 => ("events/s", 2.0),
            Self::W2 => ("events/s", 5.2),
            Self::W3 => ("years/s", 1.0 / 365.0),
        }
    }

    /// The figures of its answer.
    pub const fn figures(self) -> &'static [Figure] {
        match self {
            Self::W1 => {
                const {
                    &[
                        figure("mean_wait_s", "mean wait, s", 4),
                        figure("p_wait", "P(wait)", 4),
                    ]
                }
            }
            Self::W2 => {
                const {
                    &[
                        figure("mean_ms", "mean, ms", 2),
                        figure("p50_ms", "p50", 2),
                        figure("p95_ms", "p95", 1),
                        figure("p99_ms", "p99", 1),
                    ]
                }
            }
            Self::W3 => {
                const {
                    &[
                        figure("pods", "pods", 1),
                        figure("nodes", "nodes", 1),
                        figure("nodes_lost", "nodes lost", 0),
                        figure("mean_ms", "mean, ms", 1),
                        figure("dropped_ppm", "dropped, ppm", 0),
                        figure("node_cost_usd", "nodes, USD", 0),
                    ]
                }
            }
        }
    }

    /// What has to be true of an answer, given the bare loop's.
    pub fn checks(self, bare: &Answer) -> Vec<Check> {
        match self {
            Self::W1 => vec![
                check("mean_wait_s", 0.095_276_2, 0.007_8),
                check("p_wait", 0.304_883_9, 0.009_6),
            ],
            Self::W2 => vec![
                check("mean_ms", 33.991_2, 0.52),
                check("p50_ms", 21.76, 0.40),
                check("p95_ms", 109.04, 1.8),
                check("p99_ms", 204.8, 3.4),
            ],
            Self::W3 => {
                let alike = |(name, share): (&'static str, f64)| {
                    let value = bare.get(name).unwrap_or(f64::NAN);
                    check(name, value, share * value)
                };
                ALIKE.into_iter().map(alike).collect()
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_workload_is_found_by_its_name() {
        for workload in Workload::ALL {
            assert_eq!(Workload::from_name(workload.name()).unwrap(), workload);
        }
        let error = Workload::from_name("w4").unwrap_err().to_string();
        assert!(error.contains("w1, w2, w3"), "{error}");
    }

    /// Erlang C and Jackson's theorem, computed here anew from the rates and servers.
    #[test]
    fn the_truths_follow_from_theory() {
        let wait = |servers: u32, rate: f64, service: f64| {
            let work = rate * service;
            let b = (1..=servers).fold(1.0, |b, n| work * b / (f64::from(n) + work * b));
            let rho = work / f64::from(servers);
            let p_wait = b / (1.0 - rho * (1.0 - b));
            (
                p_wait,
                p_wait * service / (f64::from(servers) * (1.0 - rho)),
            )
        };
        let empty = Answer::default();
        let is = |check: Check, value: f64| {
            assert!(
                (check.value / value - 1.0).abs() < 1e-5,
                "{check:?}: {value}"
            );
        };
        let (p_wait, mean_wait) = wait(16, 12.8, 1.0);
        is(Workload::W1.checks(&empty)[0], mean_wait);
        is(Workload::W1.checks(&empty)[1], p_wait);
        let visit = |servers, rate, service: f64| 1e3 * (service + wait(servers, rate, service).1);
        let chain = 2.0
            + visit(2, 2000.0, 0.000_5)
            + visit(4, 250.0, 0.012)
            + visit(4, 2000.0, 0.001)
            + 0.2 * visit(32, 400.0, 0.060);
        is(Workload::W2.checks(&empty)[0], chain);
    }
}
