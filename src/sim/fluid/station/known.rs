//! What was worked out for one station and serves the next as well.
//!
//! The zones of a deployment are often alike: equal pods, equal shares of the load. Their rates
//! differ in the last bits only, as shares of a whole do, so stations count as alike that differ by
//! less than could ever be seen.

use super::least_loaded::LeastLoaded;
use super::{Demand, Rest};

/// Numbers that differ by this share of themselves are the same.
const ALIKE: f64 = 1e-9;

/// The station that was looked at last.
#[derive(Debug, Clone, Copy, Default)]
pub struct Known {
    demand: Option<Demand>,
    rest: Rest,
    least_loaded: Option<(Balanced, Option<LeastLoaded>)>,
}

/// Pods behind a balancer that knows the least loaded: see [`LeastLoaded::new`].
#[derive(Debug, Clone, Copy)]
pub(super) struct Balanced {
    pub pods: f64,
    pub servers: u32,
    pub transit: f64,
    pub intensity: f64,
}

impl Known {
    /// The station at rest under a demand.
    #[must_use]
    pub fn rest(&mut self, demand: &Demand) -> &Rest {
        let is_like = |known: &Demand| known.is_like(demand);
        if !self.demand.as_ref().is_some_and(is_like) {
            self.rest = demand.work_out(self);
            self.demand = Some(*demand);
        }
        &self.rest
    }

    /// What arrivals meet at pods that the balancer keeps level.
    pub(super) fn least_loaded(&mut self, balanced: Balanced) -> Option<LeastLoaded> {
        if let Some((known, law)) = self.least_loaded
            && known.is_like(&balanced)
        {
            return law;
        }
        let Balanced {
            pods,
            servers,
            transit,
            intensity,
        } = balanced;
        let law = LeastLoaded::new(pods, servers, transit, intensity);
        self.least_loaded = Some((balanced, law));
        law
    }
}

impl Balanced {
    fn is_like(&self, other: &Self) -> bool {
        self.servers == other.servers
            && are_alike(self.pods, other.pods)
            && are_alike(self.intensity, other.intensity)
            && are_alike(self.transit, other.transit)
    }
}

impl Demand {
    fn is_like(&self, other: &Self) -> bool {
        self.servers == other.servers
            && self.arrivals == other.arrivals
            && are_alike(self.arrival_rate, other.arrival_rate)
            && are_alike(self.hold.mean, other.hold.mean)
            && are_alike(self.hold.square, other.hold.square)
            && are_alike(self.places, other.places)
            && are_alike(self.patience_s, other.patience_s)
    }
}

/// Infinity is like itself and nothing else.
fn are_alike(a: f64, b: f64) -> bool {
    a.to_bits() == b.to_bits() || (a - b).abs() <= ALIKE * a.abs().min(b.abs())
}

#[cfg(test)]
mod tests {
    use super::super::super::law::Moments;
    use super::super::variability::Arrivals;
    use super::*;

    fn demand() -> Demand {
        Demand {
            arrival_rate: 0.7 * 8.0,
            arrivals: Arrivals::Poisson,
            servers: 8,
            hold: Moments::from_cv(1.0, 1.0),
            places: f64::INFINITY,
            patience_s: f64::INFINITY,
        }
    }

    #[test]
    fn what_is_alike_to_the_last_bits_is_worked_out_once() {
        let mut known = Known::default();
        let first = *known.rest(&demand());
        let hair = Demand {
            arrival_rate: demand().arrival_rate * (1.0 + 1e-14),
            ..demand()
        };
        assert_eq!(*known.rest(&hair), first);
        assert_ne!(hair.rest(), first, "it would differ in the last bits");
    }

    #[test]
    fn whatever_differs_is_worked_out_anew() {
        let other = [
            Demand {
                arrival_rate: 5.0,
                ..demand()
            },
            Demand {
                servers: 9,
                ..demand()
            },
            Demand {
                hold: Moments::from_cv(1.0, 0.5),
                ..demand()
            },
            Demand {
                places: 3.0,
                ..demand()
            },
            Demand {
                patience_s: 0.1,
                ..demand()
            },
            Demand {
                arrivals: Arrivals::LeastLoaded {
                    pods: 4.0,
                    servers: 2,
                    transit_s: 0.01,
                },
                ..demand()
            },
        ];
        for other in other {
            let mut known = Known::default();
            let first = *known.rest(&demand());
            assert_eq!(*known.rest(&other), other.rest());
            assert_ne!(other.rest(), first, "{other:?}");
        }
    }

    #[test]
    fn zones_of_different_size_share_the_law_of_their_balancer() {
        let zone = |pods: u32, intensity: f64| Demand {
            arrival_rate: intensity * f64::from(5 * pods),
            arrivals: Arrivals::LeastLoaded {
                pods: 50.0,
                servers: 5,
                transit_s: 0.0,
            },
            servers: 5 * pods,
            ..demand()
        };
        let mut known = Known::default();
        let large = *known.rest(&zone(17, 0.8));
        let small = *known.rest(&zone(16, 0.8));
        assert!((large.p_wait - small.p_wait).abs() < 1e-12);
        assert!(large.queue > small.queue);
        assert!(known.rest(&zone(17, 0.81)).p_wait > large.p_wait);
    }
}
