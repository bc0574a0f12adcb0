//! What shapes the law of response times, and when two moments shape it alike.
//!
//! Each part of a request's way is a time with a mean and a variance: a wait; the calls of one kind
//! with their retries, their crossings between zones and what a cache spares them; the whole, over
//! the zones that serve. What counts is not by how much a share has changed but how much time hangs
//! on it: where one more pod moves a tenth of the calls to another zone, half a millisecond away,
//! the law stays, and following a thousand requests again would show nothing.

use crate::sim::flow::FlowGraph;

use super::super::law::Moments;
use super::super::network::Network;
use crate::sim::entry::Entry;

/// A part may move the mean of the whole by this share of it, unnoticed.
const SAME_MEAN: f64 = 0.003;
/// And its variance, which the tail goes by, by this share.
const SAME_VARIANCE: f64 = 0.01;

/// The parts that a request's time is put together from, at one moment.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Shape {
    parts: Vec<Moments>,
}

impl Shape {
    /// Notes the parts: waits at the stations, what each kind of call takes, and the whole time
    /// over the zones that serve.
    pub fn note(&mut self, graph: &FlowGraph, entry: &Entry, network: &Network) {
        self.parts.clear();
        let present = network.queues().filter(|it| it.pods > 0);
        self.parts.extend(present.map(|it| it.service.wait()));
        self.parts
            .extend(network.calls.iter().map(|it| it.group.ok_time));
        let Some(d) = entry.deployment else {
            return;
        };
        let trips = &graph.round_trips;
        let pools = &network.pools[d * graph.zone_count..(d + 1) * graph.zone_count];
        let mut whole = Moments::default();
        let mut served = 0.0;
        for (z, pool) in pools.iter().enumerate() {
            let share = entry.reach[z] * pool.service.served() * pool.ok;
            let crossed = entry.crossed[z] + entry.forwarded[z];
            let way = Moments::fixed(crossed * (trips.cross_zone_s - trips.same_zone_s));
            let late = Moments::of(entry.delays_to(z));
            let time = pool.service.wait().plus(pool.ok_stay).plus(way).plus(late);
            whole = whole.mixed(time, share);
            served += share;
        }
        if served > 0.0 {
            self.parts.push(whole.scaled(1.0 / served));
        }
    }

    /// True when every part is much as in `other`, seen from a law of this mean in seconds and this
    /// variance in square seconds.
    #[must_use]
    pub fn is_close_to(&self, other: &Self, mean_s: f64, variance: f64) -> bool {
        let parts = || self.parts.iter().zip(&other.parts);
        mean_s > 0.0
            && self.parts.len() == other.parts.len()
            && parts().all(|(a, b)| (a.mean - b.mean).abs() <= SAME_MEAN * mean_s)
            && parts().all(|(a, b)| (a.variance() - b.variance()).abs() <= SAME_VARIANCE * variance)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shape(parts: &[(f64, f64)]) -> Shape {
        let parts = parts
            .iter()
            .map(|(mean_s, cv)| Moments::from_cv(*mean_s, *cv));
        Shape {
            parts: parts.collect(),
        }
    }

    #[test]
    fn a_part_counts_by_the_time_that_hangs_on_it() {
        // A request of 100 ms on average, exponential.
        let is_close =
            |a: (f64, f64), b: (f64, f64)| shape(&[a]).is_close_to(&shape(&[b]), 0.1, 0.01);
        // A wait of a tenth of a millisecond that doubles; one of 10 ms that grows by a twentieth.
        assert!(is_close((1e-4, 3.0), (2e-4, 3.0)));
        assert!(!is_close((0.010, 1.0), (0.010_5, 1.0)));
        // The same mean, in the hands of few: 1 % of requests wait for 100 ms, or all for 1 ms.
        assert!(!is_close((0.001, 14.0), (0.001, 1.0)));
        assert!(!shape(&[]).is_close_to(&shape(&[(0.0, 0.0)]), 0.1, 0.01));
        assert!(!shape(&[]).is_close_to(&shape(&[]), 0.0, 0.0), "no law yet");
    }
}
