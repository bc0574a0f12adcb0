//! The law of waits at a station, ready to be drawn from.

use crate::model::Discipline;

use super::super::law::GammaForm;
use super::super::lengths::Ahead;
use super::super::patience::{QUANTILES, Waits};
use super::super::pool::Pool;
use super::Tables;
use super::points::POINTS;

/// The wait at a station, ready to be drawn.
#[derive(Clone, Copy)]
pub enum WaitLaw {
    Nobody,
    /// Of those whose unit exponential exceeds the threshold; the excess is exponential again.
    Exponential {
        threshold: f64,
        mean_s: f64,
    },
    /// Until a random walk first comes back, for a share of arrivals: the inverse Gaussian law.
    Passage {
        share: f64,
        mean_s: f64,
        cv_square: f64,
    },
    /// Nobody waits, but everybody is served more slowly.
    Shared {
        slowdown: GammaForm,
    },
    /// Of a share of arrivals, by two moments.
    Gamma {
        threshold: f64,
        form: GammaForm,
    },
    /// Of a share of arrivals, by quantiles at equal distances.
    Listed {
        share: f64,
        waits: Waits,
        stretch: f64,
    },
    /// Of a share of arrivals, behind a geometric number of others: as many services.
    Behind {
        share: f64,
        ahead: Ahead,
        stretch: f64,
    },
}

impl WaitLaw {
    /// The law of a station's waits.
    pub fn new(pool: &Pool) -> Self {
        let service = &pool.service;
        if service.p_wait <= 1e-9 || service.wait_s <= 0.0 {
            return Self::Nobody;
        }
        match pool.discipline {
            Discipline::Lifo if pool.stalled_until.is_none() => {
                return Self::Passage {
                    share: service.p_wait,
                    mean_s: service.wait_s,
                    cv_square: service.wait_cv_square,
                };
            }
            // Who shares servers that stand still is not slowed down by a factor but waits.
            Discipline::ProcessorSharing if pool.stalled_until.is_none() => {
                return Self::shared(pool);
            }
            Discipline::Fifo
            | Discipline::Lifo
            | Discipline::ProcessorSharing
            | Discipline::Priority => {}
        }
        if let Some(ahead) = service.ahead {
            return Self::Behind {
                share: service.p_wait,
                ahead,
                stretch: service.stretch,
            };
        }
        if let Some(waits) = service.waits {
            return Self::Listed {
                share: service.p_wait,
                waits,
                stretch: service.stretch,
            };
        }
        let threshold = -libm::log(service.p_wait.min(1.0));
        let variation = service.wait_cv_square.max(1e-4);
        if (variation - 1.0).abs() < 0.02 {
            Self::Exponential {
                threshold,
                mean_s: service.wait_s,
            }
        } else {
            Self::Gamma {
                threshold,
                form: GammaForm::new(service.wait_s, 1.0 / variation),
            }
        }
    }

    /// Services stretched by what others get meanwhile: on average as long as in a queue, since
    /// what the servers work off is the same. In M/M/1 the sojourn's squared variation is
    /// (2 + ρ) / (2 - ρ), of which 1 is the service's own, and ρ is the share of the sojourn by
    /// which others stretch it; that share takes the place of ρ where servers are many.
    fn shared(pool: &Pool) -> Self {
        let service = &pool.service;
        let slowdown = 1.0 + service.p_wait * service.wait_s / pool.hold.mean;
        let stretched = 1.0 - 1.0 / slowdown;
        let variation = stretched / (2.0 - stretched);
        Self::Shared {
            slowdown: GammaForm::new(slowdown, 1.0 / variation.max(1e-6)),
        }
    }

    /// True when nobody waits.
    pub const fn is_nobody(&self) -> bool {
        matches!(self, Self::Nobody)
    }

    /// The time of a point from its arrival to the end of a service of `service_s`, by its strata
    /// in two dimensions.
    pub fn through(&self, tables: &Tables, first: usize, second: usize, service_s: f64) -> f64 {
        if let Self::Shared { slowdown } = self {
            return slowdown.at(tables.normal[second]) * service_s;
        }
        self.draw(tables, first, second) + service_s
    }

    /// The wait of a point by its strata in two dimensions.
    pub fn draw(&self, tables: &Tables, first: usize, second: usize) -> f64 {
        match *self {
            Self::Nobody | Self::Shared { .. } => 0.0,
            Self::Passage {
                share,
                mean_s,
                cv_square,
            } => {
                let Some(above) = place_among_waiting(first, share) else {
                    return 0.0;
                };
                mean_s * passage(tables.normal[second], above, cv_square)
            }
            Self::Exponential { threshold, mean_s } => {
                (tables.exponential[first] - threshold).max(0.0) * mean_s
            }
            Self::Gamma { threshold, form } => {
                if tables.exponential[first] <= threshold {
                    0.0
                } else {
                    form.at(tables.normal[second])
                }
            }
            Self::Listed {
                share,
                ref waits,
                stretch,
            } => {
                let Some(above) = place_among_waiting(first, share) else {
                    return 0.0;
                };
                let place = above.min(1.0) * (QUANTILES - 1) as f64;
                let from = (place as usize).min(QUANTILES - 2);
                let (low, high) = (waits[from], waits[from + 1]);
                (low + (high - low) * (place - from as f64)) * stretch
            }
            Self::Behind {
                share,
                ahead,
                stretch,
            } => {
                let Some(above) = place_among_waiting(first, share) else {
                    return 0.0;
                };
                let services = ahead.at(above) + 1.0;
                let shape = 1.0 / ahead.wait_cv_square(services);
                let form = GammaForm::new(services * ahead.each_s, shape);
                form.at(tables.normal[second]) * stretch
            }
        }
    }
}

/// Where a stratum stands among the share of arrivals that wait, from 0 to 1; none for those that
/// do not.
fn place_among_waiting(stratum: usize, share: f64) -> Option<f64> {
    let u = (stratum as f64 + 0.5) / POINTS as f64;
    let nobody_waits = 1.0 - share;
    (u >= nobody_waits).then(|| (u - nobody_waits) / share)
}

/// A value of the inverse Gaussian law with mean 1 and a squared variation, from a normal and a
/// uniform one, by the two roots of Michael, Schucany and Haas (1976).
fn passage(normal: f64, uniform: f64, cv_square: f64) -> f64 {
    let half = 0.5 * cv_square * normal * normal;
    // The smaller root, written without a difference of nearly equal numbers.
    let root = 1.0 / (1.0 + half + (half * (2.0 + half)).sqrt());
    if uniform <= 1.0 / (1.0 + root) {
        root
    } else {
        1.0 / root
    }
}
