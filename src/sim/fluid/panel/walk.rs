//! Following the virtual requests through the design.
//!
//! All points go through a hop together: the loops are over points, innermost, and short. Each
//! draw takes the next dimension of the lattice; which dimension serves which draw depends on the
//! design alone (but for lost packets and slow releases, which take one only while there are any),
//! so that equal
//! designs meet equal luck whatever happens to them. What a single call takes is in
//! [`super::answer`].

use crate::sim::flow::{CallFlow, FlowGraph, FlowState};
use crate::sim::histogram::LatencyHistogram;

use super::super::law::GammaForm;
use super::super::network::{CallState, Network};
use super::points::{Dimension, POINTS};
use super::wait::WaitLaw;
use super::{Tables, point_count};
use crate::sim::entry::Entry;

/// Calls of one kind that are followed one by one; the rest of a larger number is taken together.
const FOLLOWED: u32 = 4;
/// The same of calls that are made at the same time: the longest counts, which few do not show.
const FOLLOWED_AT_ONCE: u32 = 128;

/// What the walk looks at.
pub struct Moment<'a> {
    pub graph: &'a FlowGraph,
    pub state: &'a FlowState,
    pub entry: &'a Entry,
    pub network: &'a Network,
    pub tables: &'a Tables,
}

/// A kind of call, as it is made from each zone.
pub struct Calling<'a> {
    pub call: &'a CallFlow,
    /// By zone of the caller.
    pub states: Vec<CallState>,
    /// Waits for a connection, by zone of the caller; empty where nobody ever waits for one.
    pub connections: Vec<WaitLaw>,
}

impl<'a> Calling<'a> {
    /// Call number `k` of deployment `d`.
    fn new(moment: &Moment<'a>, d: usize, k: usize) -> Self {
        let network = moment.network;
        let places = || (0..moment.graph.zone_count).map(|z| network.call_at(d, k, z));
        Self {
            call: &moment.graph.deployments[d].calls[k],
            states: places().map(|at| network.calls[at]).collect(),
            connections: places()
                .filter_map(|at| network.guards[at].connections.as_deref())
                .map(WaitLaw::new)
                .collect(),
        }
    }
}

/// Buffers of a walk, kept between steps.
#[derive(Debug, Clone, Default)]
pub struct Walk {
    first: usize,
    stride: usize,
    next_dimension: usize,
    pub(super) spare: Vec<Vec<f64>>,
    /// Times that answered calls took, by callee; empty unless callees are followed.
    pub(super) callees: Vec<LatencyHistogram>,
}

impl Walk {
    /// Follows so many callees from now on.
    pub fn follow_callees(&mut self, count: usize) {
        self.callees = vec![LatencyHistogram::default(); count];
    }

    /// True when callees are followed.
    pub const fn follows_callees(&self) -> bool {
        !self.callees.is_empty()
    }

    /// What answered calls took in the last walk, by callee.
    pub fn callees(&self) -> &[LatencyHistogram] {
        &self.callees
    }

    /// Response times of every `stride`-th point from `first`, given that the request succeeds.
    pub fn follow(&mut self, moment: &Moment, first: usize, stride: usize, times: &mut Vec<f64>) {
        self.first = first;
        self.stride = stride;
        self.next_dimension = 0;
        self.callees.iter_mut().for_each(LatencyHistogram::clear);
        let count = point_count(stride);
        times.clear();
        times.resize(count, 0.0);
        let Some(d) = moment.entry.deployment else {
            return;
        };
        let (graph, network) = (moment.graph, moment.network);
        let trips = &graph.round_trips;
        let base_s = trips.user_s + graph.entry.added_latency_s + trips.same_zone_s;
        let extra_s = trips.cross_zone_s - trips.same_zone_s;
        let weight = |z: usize| {
            let pool = &network.pools[d * graph.zone_count + z];
            moment.entry.reach[z] * pool.service.served() * pool.ok
        };
        let weights: Vec<f64> = (0..graph.zone_count).map(weight).collect();
        let mut zones = self.take(count);
        // The wait, which shapes the tail, takes the best dimensions; the zone a later one.
        let waits = (self.dimension(), self.dimension(), self.dimension());
        self.pick_zones(&weights, &mut zones);
        let cross = self.dimension();
        for (at, time) in times.iter_mut().enumerate() {
            let point = self.point(at);
            let zone = zones[at] as usize;
            *time = base_s;
            let crossed = moment.entry.crossed[zone] + moment.entry.forwarded[zone];
            if cross.uniform(point) < crossed {
                *time += extra_s;
            }
        }
        self.impair_way_in(moment.entry, &zones, times);
        self.serve(moment, d, &zones, None, waits, times);
        self.spare.push(zones);
    }

    /// What impaired networks add on the users' way in.
    fn impair_way_in(&mut self, entry: &Entry, zones: &[f64], times: &mut [f64]) {
        if entry.delays.is_empty() {
            return;
        }
        let by = self.dimension();
        for (at, time) in times.iter_mut().enumerate() {
            let mut left = by.uniform(self.point(at));
            for delay in entry.delays_to(zones[at] as usize) {
                if left < delay.chance {
                    *time += delay.after_s;
                    break;
                }
                left -= delay.chance;
            }
        }
    }

    pub(super) const fn dimension(&mut self) -> Dimension {
        self.next_dimension += 1;
        Dimension::new(self.next_dimension - 1)
    }

    pub(super) const fn point(&self, at: usize) -> usize {
        self.first + at * self.stride
    }

    pub(super) fn take(&mut self, count: usize) -> Vec<f64> {
        let mut buffer = self.spare.pop().unwrap_or_default();
        buffer.clear();
        buffer.resize(count, 0.0);
        buffer
    }

    /// A zone for each point, by weights.
    pub(super) fn pick_zones(&mut self, weights: &[f64], zones: &mut [f64]) {
        let dimension = self.dimension();
        let total: f64 = weights.iter().sum();
        for (at, zone) in zones.iter_mut().enumerate() {
            let mut left = dimension.uniform(self.first + at * self.stride) * total;
            *zone = 0.0;
            for (z, weight) in weights.iter().enumerate() {
                if *weight > 0.0 {
                    *zone = z as f64;
                    if left < *weight {
                        break;
                    }
                }
                left -= weight;
            }
        }
    }

    /// Wait, service and calls at a deployment, added to `times` where `mask` is set.
    pub(super) fn serve(
        &mut self,
        moment: &Moment,
        d: usize,
        zones: &[f64],
        mask: Option<&[f64]>,
        (by_wait, by_service, by_length): (Dimension, Dimension, Dimension),
        times: &mut [f64],
    ) {
        let graph = moment.graph;
        let flow = &graph.deployments[d];
        let pools = &moment.network.pools[d * graph.zone_count..(d + 1) * graph.zone_count];
        let waits: Vec<WaitLaw> = pools.iter().map(WaitLaw::new).collect();
        let table = moment.tables.service(&flow.service_time);
        let mean_s = flow.service_time.mean.as_s_f64();
        let tables = moment.tables;
        let conduct = &moment.state.conduct[d];
        let by_release = (conduct.slow_share > 0.0).then(|| self.dimension());
        for (at, time) in times.iter_mut().enumerate() {
            if mask.is_some_and(|mask| mask[at] <= 0.0) {
                continue;
            }
            let point = self.point(at);
            let wait = &waits[zones[at] as usize];
            let (first, second) = (by_wait.stratum(point), by_length.stratum(point));
            let mut service_s = mean_s * table[by_service.stratum(point)];
            if by_release.is_some_and(|it| it.uniform(point) < conduct.slow_share) {
                service_s *= conduct.slow_factor;
            }
            *time += wait.through(tables, first, second, service_s);
        }
        self.call_all(moment, d, zones, mask, times);
    }

    /// The calls of a deployment in their order.
    fn call_all(
        &mut self,
        moment: &Moment,
        d: usize,
        zones: &[f64],
        mask: Option<&[f64]>,
        times: &mut [f64],
    ) {
        let count = times.len();
        // Per cache, which points it spares their calls.
        let mut hits: Vec<(usize, Vec<f64>)> = Vec::new();
        for (k, call) in moment.graph.deployments[d].calls.iter().enumerate() {
            let calling = Calling::new(moment, d, k);
            let mut chosen = self.take(count);
            chosen.fill(1.0);
            if let Some(mask) = mask {
                chosen.copy_from_slice(mask);
            }
            if let Some(cache) = call.unless_cached_by {
                let at = hits
                    .iter()
                    .position(|(known, _)| *known == cache)
                    .unwrap_or_else(|| {
                        let mut hit = self.take(count);
                        let by = self.dimension();
                        for (at, hit) in hit.iter_mut().enumerate() {
                            // The points succeed: the less calls do so, the more were spared.
                            let state = &calling.states[zones[at] as usize];
                            let spared = state.spared / state.group.ok.max(state.spared);
                            *hit = f64::from(u8::from(by.uniform(self.point(at)) < spared));
                        }
                        hits.push((cache, hit));
                        hits.len() - 1
                    });
                for (chosen, hit) in chosen.iter_mut().zip(&hits[at].1) {
                    *chosen *= 1.0 - hit;
                }
            }
            self.repeat(moment, &calling, zones, &mut chosen, times);
            self.spare.push(chosen);
        }
        self.spare
            .extend(hits.into_iter().map(|(_, buffer)| buffer));
    }

    /// The number of calls of one kind that each chosen point makes.
    fn repeat(
        &mut self,
        moment: &Moment,
        calling: &Calling,
        zones: &[f64],
        chosen: &mut [f64],
        times: &mut [f64],
    ) {
        let call = calling.call;
        let whole = call.per_request.floor() as u32;
        let part = call.per_request - f64::from(whole);
        if call.parallel {
            self.repeat_at_once(moment, calling, zones, chosen, times);
            return;
        }
        for _ in 0..whole.min(FOLLOWED) {
            self.call_once(moment, calling, zones, chosen, times);
        }
        if whole > FOLLOWED {
            self.call_together(
                &calling.states,
                whole - FOLLOWED,
                moment.tables,
                zones,
                chosen,
                times,
            );
        }
        if part > 0.0 {
            self.choose(part, chosen);
            self.call_once(moment, calling, zones, chosen, times);
        }
    }

    /// Leaves a share of the chosen points.
    fn choose(&mut self, share: f64, chosen: &mut [f64]) {
        let by = self.dimension();
        for (at, chosen) in chosen.iter_mut().enumerate() {
            if by.uniform(self.point(at)) >= share {
                *chosen = 0.0;
            }
        }
    }

    /// The calls of one kind at the same time: the longest counts.
    fn repeat_at_once(
        &mut self,
        moment: &Moment,
        calling: &Calling,
        zones: &[f64],
        chosen: &mut [f64],
        times: &mut [f64],
    ) {
        let number = calling.call.per_request;
        let whole = (number.floor() as u32).min(FOLLOWED_AT_ONCE);
        let part = number.fract();
        let mut longest = self.take(times.len());
        for number in 0..=whole {
            if number == whole {
                if part <= 0.0 {
                    break;
                }
                self.choose(part, chosen);
            }
            let mut took = self.take(times.len());
            self.call_once(moment, calling, zones, chosen, &mut took);
            for (longest, took) in longest.iter_mut().zip(&took) {
                *longest = longest.max(*took);
            }
            self.spare.push(took);
        }
        for (time, longest) in times.iter_mut().zip(&longest) {
            *time += longest;
        }
        self.spare.push(longest);
    }

    /// Many calls of one kind as one gamma-distributed sum.
    fn call_together(
        &mut self,
        states: &[CallState],
        number: u32,
        tables: &Tables,
        zones: &[f64],
        chosen: &[f64],
        times: &mut [f64],
    ) {
        let by = self.dimension();
        let number = f64::from(number);
        let form = |it: &CallState| {
            let variation = it.call.ok_time.cv_square().max(1e-6);
            GammaForm::new(number * it.call.ok_time.mean, number / variation)
        };
        let forms: Vec<GammaForm> = states.iter().map(form).collect();
        for (at, time) in times.iter_mut().enumerate() {
            let z = tables.normal[by.stratum(self.point(at))];
            *time += chosen[at] * forms[zones[at] as usize].at(z);
        }
    }
}

const _: () = assert!(POINTS.is_power_of_two());
