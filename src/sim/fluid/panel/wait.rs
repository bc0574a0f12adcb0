//! The law of waits at a station, ready to be drawn from.

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

    /// True when nobody waits.
    pub const fn is_nobody(&self) -> bool {
        matches!(self, Self::Nobody)
    }

    /// The wait of a point by its strata in two dimensions.
    pub fn draw(&self, tables: &Tables, first: usize, second: usize) -> f64 {
        match *self {
            Self::Nobody => 0.0,
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
                let u = (first as f64 + 0.5) / POINTS as f64;
                let above = (u - (1.0 - share)) / share;
                if above < 0.0 {
                    return 0.0;
                }
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
                let u = (first as f64 + 0.5) / POINTS as f64;
                let waits = 1.0 - share;
                if u < waits {
                    return 0.0;
                }
                let services = ahead.at((u - waits) / share) + 1.0;
                let shape = 1.0 / ahead.wait_cv_square(services);
                let form = GammaForm::new(services * ahead.each_s, shape);
                form.at(tables.normal[second]) * stretch
            }
        }
    }
}
