//! Newest first: whom a queue of that order serves, and how late.
//!
//! Order does not change how many wait, so lengths and mean waits below capacity are those of first
//! come, first served. What an arrival that finds all servers busy waits for is that the number
//! present falls by one: the newer ones are served before it, and a backlog from before stays
//! behind it and does not touch it. The number present is a random walk with steps up at rate λ and
//! down at capacity C, so below capacity that takes 1 / (C - λ) on average with a squared variation
//! of (1 + ρ) / (1 - ρ). Above capacity the walk comes back with chance C / λ only; given that it
//! does, it is the same walk with both rates exchanged; a queue of few places turns away most of
//! those for whom it would not. Other services than exponential ones
//! stretch time by (1 + cv²) / 2, as in the queue of first come, first served.

use super::station::{Demand, Service};

/// Nearer to capacity than this share of it, patience decides and not the walk.
const NEAREST: f64 = 0.01;

/// What arrivals meet that are served before all who wait, given what they would meet behind them.
#[must_use]
pub fn newest_first(behind: &Service, demand: &Demand) -> Service {
    let capacity = demand.capacity();
    if behind.p_wait <= 0.0 || !capacity.is_finite() || capacity <= 0.0 {
        return *behind;
    }
    let intensity = demand.arrival_rate / capacity;
    let stretch_s = 0.5 * (1.0 + demand.hold.cv_square()) / capacity;
    let gap = (1.0 - intensity).abs().max(NEAREST);
    let (wait_s, wait_cv_square) = if intensity < 1.0 && behind.is_at_rest() {
        // The mean is known better than by the walk, which takes arrivals as Poisson. How far the
        // walk has to go follows from it, and the spread from that.
        let noise = demand.arrivals.cv_square() + demand.hold.cv_square();
        let spread = noise / (gap * gap * behind.wait_s * capacity);
        (behind.wait_s, (spread - 1.0).max(1.0))
    } else if intensity < 1.0 {
        (stretch_s / gap, (2.0 - gap) / gap)
    } else {
        (stretch_s / gap, (2.0 + gap) / gap)
    };
    let never = if intensity > 1.0 {
        (1.0 - behind.refused - 1.0 / intensity).max(0.0)
    } else {
        behind.gave_up
    };
    Service {
        wait_s,
        wait_cv_square,
        gave_up: never,
        ahead: None,
        waits: None,
        stretch: 1.0,
        ..*behind
    }
}

#[cfg(test)]
mod tests {
    use super::super::law::Moments;
    use super::super::station::Queue;
    use super::super::station::variability::Arrivals;
    use super::*;

    fn demand(arrival_rate: f64) -> Demand {
        Demand {
            arrival_rate,
            arrivals: Arrivals::Poisson,
            servers: 1,
            hold: Moments::from_cv(1.0, 1.0),
            places: f64::INFINITY,
            patience_s: f64::INFINITY,
        }
    }

    #[test]
    fn order_leaves_the_mean_and_spreads_the_wait() {
        // M/M/1: the second moment of the wait is that of the other order over 1 - ρ.
        for rho in [0.3, 0.6, 0.9] {
            let demand = demand(rho);
            let length = demand.rest().queue;
            let oldest = Queue { length }.serve(&demand, &demand.rest(), 60.0);
            let newest = newest_first(&oldest, &demand);
            let (old, new) = (oldest.wait(), newest.wait());
            assert!((new.mean / old.mean - 1.0).abs() < 1e-6, "{rho}");
            let ratio = new.square / old.square * (1.0 - rho);
            assert!((ratio - 1.0).abs() < 1e-6, "{rho}: {ratio}");
        }
    }

    #[test]
    fn under_overload_the_newest_are_served_soon() {
        let demand = demand(2.0);
        let oldest = Queue { length: 1000.0 }.serve(&demand, &demand.rest(), 1.0);
        let newest = newest_first(&oldest, &demand);
        assert!((newest.served() - 0.5).abs() < 1e-9);
        assert!((newest.wait_s - 1.0).abs() < 1e-9, "as fast as it grows");
        assert!((newest.queue - oldest.queue).abs() < 1e-9);
    }
}
