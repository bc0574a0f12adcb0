//! Following the virtual requests through the design.
//!
//! All points go through a hop together: the loops are over points, innermost, and short. Each
//! draw takes the next dimension of the lattice; which dimension serves which draw depends on the
//! design alone, so that equal designs meet equal luck whatever happens to them.

use crate::sim::flow::{CallFlow, FlowGraph, FlowState, Target};

use super::super::law::GammaForm;
use super::super::network::{CallState, Network};
use super::points::{Dimension, POINTS};
use super::wait::WaitLaw;
use super::{Tables, point_count};
use crate::sim::entry::Entry;

/// Calls of one kind that are followed one by one; the rest of a larger number is taken together.
const FOLLOWED: u32 = 4;

/// What the walk looks at.
pub struct Moment<'a> {
    pub graph: &'a FlowGraph,
    pub state: &'a FlowState,
    pub entry: &'a Entry,
    pub network: &'a Network,
    pub tables: &'a Tables,
}

/// Buffers of a walk, kept between steps.
#[derive(Debug, Clone, Default)]
pub struct Walk {
    first: usize,
    stride: usize,
    next_dimension: usize,
    spare: Vec<Vec<f64>>,
}

impl Walk {
    /// Response times of every `stride`-th point from `first`, given that the request succeeds.
    pub fn follow(&mut self, moment: &Moment, first: usize, stride: usize, times: &mut Vec<f64>) {
        self.first = first;
        self.stride = stride;
        self.next_dimension = 0;
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
        self.serve(moment, d, &zones, None, waits, times);
        self.spare.push(zones);
    }

    const fn dimension(&mut self) -> Dimension {
        self.next_dimension += 1;
        Dimension::new(self.next_dimension - 1)
    }

    const fn point(&self, at: usize) -> usize {
        self.first + at * self.stride
    }

    fn take(&mut self, count: usize) -> Vec<f64> {
        let mut buffer = self.spare.pop().unwrap_or_default();
        buffer.clear();
        buffer.resize(count, 0.0);
        buffer
    }

    /// A zone for each point, by weights.
    fn pick_zones(&mut self, weights: &[f64], zones: &mut [f64]) {
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
    fn serve(
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
        let table = moment.tables.service(flow.service_time);
        let mean_s = flow.service_time.mean.as_s_f64();
        let tables = moment.tables;
        for (at, time) in times.iter_mut().enumerate() {
            if mask.is_some_and(|mask| mask[at] <= 0.0) {
                continue;
            }
            let point = self.point(at);
            let wait = &waits[zones[at] as usize];
            let waited = wait.draw(tables, by_wait.stratum(point), by_length.stratum(point));
            let own = waited + mean_s * table[by_service.stratum(point)];
            *time += own;
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
            let states: Vec<CallState> = (0..moment.graph.zone_count)
                .map(|z| moment.network.calls[moment.network.call_at(d, k, z)])
                .collect();
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
                            let state = &states[zones[at] as usize];
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
            self.repeat(moment, call, &states, zones, &mut chosen, times);
            self.spare.push(chosen);
        }
        self.spare
            .extend(hits.into_iter().map(|(_, buffer)| buffer));
    }

    /// The number of calls of one kind that each chosen point makes.
    fn repeat(
        &mut self,
        moment: &Moment,
        call: &CallFlow,
        states: &[CallState],
        zones: &[f64],
        chosen: &mut [f64],
        times: &mut [f64],
    ) {
        let whole = call.per_request.floor() as u32;
        let part = call.per_request - f64::from(whole);
        for _ in 0..whole.min(FOLLOWED) {
            self.call_once(moment, call, states, zones, chosen, times);
        }
        if whole > FOLLOWED {
            self.call_together(
                states,
                whole - FOLLOWED,
                moment.tables,
                zones,
                chosen,
                times,
            );
        }
        if part > 0.0 {
            let by = self.dimension();
            for (at, chosen) in chosen.iter_mut().enumerate() {
                if by.uniform(self.point(at)) >= part {
                    *chosen = 0.0;
                }
            }
            self.call_once(moment, call, states, zones, chosen, times);
        }
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

    /// One call with its retries.
    fn call_once(
        &mut self,
        moment: &Moment,
        call: &CallFlow,
        states: &[CallState],
        zones: &[f64],
        chosen: &[f64],
        times: &mut [f64],
    ) {
        let mut answer = self.take(times.len());
        match call.target {
            Target::Deployment(d) => self.call_inside(moment, d, zones, chosen, &mut answer),
            target => self.call_endpoint(moment, target, zones, chosen, &mut answer),
        }
        let by = self.dimension();
        let surely = states.iter().all(|it| it.attempt.ok > 1.0 - 1e-9);
        for (at, time) in times.iter_mut().enumerate() {
            if chosen[at] <= 0.0 {
                continue;
            }
            let mut took = answer[at].min(call.timeout_s);
            if !surely {
                let state = &states[zones[at] as usize];
                took = retried(call, state, by.uniform(self.point(at)), took);
            }
            *time += took;
        }
        self.spare.push(answer);
    }

    /// Time of an attempt at a database, cache or external service.
    fn call_endpoint(
        &mut self,
        moment: &Moment,
        target: Target,
        zones: &[f64],
        chosen: &[f64],
        answer: &mut [f64],
    ) {
        let (graph, network, state) = (moment.graph, moment.network, moment.state);
        let trips = &graph.round_trips;
        let (flow, pool, now, external) = match target {
            Target::Database(at) => (
                &graph.databases[at],
                &network.databases[at],
                &state.databases[at],
                false,
            ),
            Target::Cache(at) => (
                &graph.caches[at],
                &network.caches[at],
                &state.caches[at],
                false,
            ),
            Target::External(at) => (
                &graph.externals[at],
                &network.externals[at],
                &state.externals[at],
                true,
            ),
            Target::Deployment(_) => return,
        };
        let base = |z: usize| {
            let trip_s = if external {
                let away = flow.by_nat && state.egress_zone[z] != z;
                if away { trips.cross_zone_s } else { 0.0 }
            } else if now.zone == z {
                trips.same_zone_s
            } else {
                trips.cross_zone_s
            };
            trip_s + now.added_latency_s
        };
        let bases: Vec<f64> = (0..graph.zone_count).map(base).collect();
        let wait = WaitLaw::new(pool);
        let (by_wait, by_length, by_service) =
            (self.dimension(), self.dimension(), self.dimension());
        let table = moment.tables.service(flow.service_time);
        let mean_s = flow.service_time.mean.as_s_f64();
        let nobody_waits = wait.is_nobody();
        for (at, answer) in answer.iter_mut().enumerate() {
            if chosen[at] <= 0.0 {
                continue;
            }
            let point = self.point(at);
            let mut took = bases[zones[at] as usize] + mean_s * table[by_service.stratum(point)];
            if !nobody_waits {
                let (first, second) = (by_wait.stratum(point), by_length.stratum(point));
                took += wait.draw(moment.tables, first, second);
            }
            *answer = took;
        }
    }

    /// Time of an attempt at another deployment.
    fn call_inside(
        &mut self,
        moment: &Moment,
        d: usize,
        zones: &[f64],
        chosen: &[f64],
        answer: &mut [f64],
    ) {
        let (graph, network) = (moment.graph, moment.network);
        let weight = |z: usize| {
            let at = d * graph.zone_count + z;
            network.inside[at] * network.pools[at].service.served() * network.pools[at].ok
        };
        let weights: Vec<f64> = (0..graph.zone_count).map(weight).collect();
        let mut there = self.take(answer.len());
        let waits = (self.dimension(), self.dimension(), self.dimension());
        self.pick_zones(&weights, &mut there);
        let trips = &graph.round_trips;
        for (at, answer) in answer.iter_mut().enumerate() {
            let same = (there[at] - zones[at]).abs() < 0.5;
            *answer = if same {
                trips.same_zone_s
            } else {
                trips.cross_zone_s
            };
        }
        self.serve(moment, d, &there, Some(chosen), waits, answer);
        self.spare.push(there);
    }
}

/// Time of a call given that the request succeeds: failed attempts before the answer, or all of
/// them when the call may fail.
fn retried(call: &CallFlow, state: &CallState, u: f64, answer_s: f64) -> f64 {
    // The group goes on with chance 1 exactly when the call may fail.
    let may_fail = state.group.ok >= 1.0 && state.call.ok < 1.0;
    let u = if may_fail { u } else { u * state.call.ok };
    if u >= state.call.ok {
        return state.call.fail_s;
    }
    let failing = 1.0 - state.attempt.ok;
    let mut still_failing = failing;
    let mut before_s = 0.0;
    for _ in 1..call.attempts {
        if u < 1.0 - still_failing {
            break;
        }
        still_failing *= failing;
        before_s += state.attempt.fail_s + call.backoff_s;
    }
    before_s + answer_s
}

const _: () = assert!(POINTS.is_power_of_two());
