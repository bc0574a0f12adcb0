//! What a single call takes: the way, waits, the service, and attempts before the one that counts.

use crate::sim::flow::{CallFlow, EndpointFlow, EndpointState, Impairment, Target};
use crate::sim::packet_loss::{self, Delay};

use super::super::law::Moments;
use super::super::network::CallState;
use super::super::pool::Pool;
use super::wait::WaitLaw;
use super::walk::{Calling, Moment, Walk};

/// A database, cache or external service that is called.
struct Endpoint<'a> {
    flow: &'a EndpointFlow,
    pool: &'a Pool,
    now: &'a EndpointState,
    is_external: bool,
}

impl<'a> Endpoint<'a> {
    /// None for a deployment.
    fn of(moment: &Moment<'a>, target: Target) -> Option<Self> {
        let (graph, network, state) = (moment.graph, moment.network, moment.state);
        let (flow, pool, now) = match target {
            Target::Database(at) => (
                &graph.databases[at],
                &network.databases[at],
                &state.databases[at],
            ),
            Target::Cache(at) => (&graph.caches[at], &network.caches[at], &state.caches[at]),
            Target::External(at) => (
                &graph.externals[at],
                &network.externals[at],
                &state.externals[at],
            ),
            Target::Deployment(_) => return None,
        };
        Some(Self {
            flow,
            pool,
            now,
            is_external: matches!(target, Target::External(_)),
        })
    }

    /// The way there and back from a zone: its round trip and what faults do to it.
    fn way_from(&self, zone: usize, moment: &Moment) -> Impairment {
        let (state, trips) = (moment.state, &moment.graph.round_trips);
        let (there, same_s) = match (self.is_external, self.flow.by_nat) {
            (false, _) => (self.now.zone, trips.same_zone_s),
            (true, true) => (state.egress_zone[zone], 0.0),
            (true, false) => (zone, 0.0),
        };
        let trip_s = if there == zone {
            same_s
        } else {
            trips.cross_zone_s
        };
        let mut way = self.now.network.and(state.way(zone, there));
        way.added_latency_s += trip_s;
        way
    }
}

impl Walk {
    /// One call with its retries.
    pub(super) fn call_once(
        &mut self,
        moment: &Moment,
        calling: &Calling,
        zones: &[f64],
        chosen: &[f64],
        times: &mut [f64],
    ) {
        let Calling { call, states, .. } = calling;
        let mut answer = self.take(times.len());
        self.send(moment, calling, zones, chosen, &mut answer);
        if let Some(after_s) = call.hedge_after_s {
            self.hedge(moment, calling, after_s, zones, chosen, &mut answer);
        }
        let by = self.dimension();
        let surely = states
            .iter()
            .all(|it| it.answer.ok > 1.0 - 1e-9 && it.call.ok > 0.0);
        let callee = moment.graph.callee(call.target);
        let limit_s = call.timeout_s + call.hedge_after_s.unwrap_or(0.0);
        for (at, time) in times.iter_mut().enumerate() {
            if chosen[at] <= 0.0 {
                continue;
            }
            let mut took = answer[at].min(limit_s);
            if !surely {
                let state = &states[zones[at] as usize];
                let (all, answered) = retried(call, state, by.uniform(self.point(at)), took);
                took = all;
                if !answered {
                    *time += took;
                    continue;
                }
            }
            *time += took;
            if let Some(times) = self.callees.get_mut(callee) {
                times.record(took, 1.0);
            }
        }
        self.spare.push(answer);
    }

    /// Time of an attempt, with the wait for a connection.
    fn send(
        &mut self,
        moment: &Moment,
        calling: &Calling,
        zones: &[f64],
        chosen: &[f64],
        answer: &mut [f64],
    ) {
        match calling.call.target {
            Target::Deployment(d) => {
                self.call_inside(moment, (calling.call, d), zones, chosen, answer);
            }
            _ => self.call_endpoint(moment, calling.call, zones, chosen, answer),
        }
        if calling.connections.is_empty() {
            return;
        }
        let (by_wait, by_length) = (self.dimension(), self.dimension());
        for (at, answer) in answer.iter_mut().enumerate() {
            let wait = &calling.connections[zones[at] as usize];
            let point = self.point(at);
            *answer += wait.draw(
                moment.tables,
                by_wait.stratum(point),
                by_length.stratum(point),
            );
        }
    }

    /// A second attempt beside those that take longer than `after_s`: the first answer counts.
    fn hedge(
        &mut self,
        moment: &Moment,
        calling: &Calling,
        after_s: f64,
        zones: &[f64],
        chosen: &[f64],
        answer: &mut [f64],
    ) {
        let mut second = self.take(answer.len());
        self.send(moment, calling, zones, chosen, &mut second);
        let by = self.dimension();
        for (at, first) in answer.iter_mut().enumerate() {
            let attempt = &calling.states[zones[at] as usize].attempt;
            let hedged_s = after_s + second[at].min(calling.call.timeout_s);
            // Of those answered in the end, some have lost their first attempt, some their second.
            let (ok, failing) = (attempt.ok, 1.0 - attempt.ok);
            // What fails sooner than that is tried again, not hedged.
            let lost = if attempt.fail_s > after_s {
                failing
            } else {
                0.0
            };
            let u = by.uniform(self.point(at)) * (ok + lost * ok);
            if u < lost * ok {
                *first = hedged_s;
            } else if *first > after_s && u >= lost * ok + failing * ok {
                *first = first.min(hedged_s);
            }
        }
        self.spare.push(second);
    }

    /// Time of an attempt at a database, cache or external service.
    fn call_endpoint(
        &mut self,
        moment: &Moment,
        call: &CallFlow,
        zones: &[f64],
        chosen: &[f64],
        answer: &mut [f64],
    ) {
        let Some(endpoint) = Endpoint::of(moment, call.target) else {
            return;
        };
        let (flow, pool) = (endpoint.flow, endpoint.pool);
        let ways: Vec<Impairment> = (0..moment.graph.zone_count)
            .map(|z| endpoint.way_from(z, moment))
            .collect();
        let wait = WaitLaw::new(pool);
        let (by_wait, by_length, by_service) =
            (self.dimension(), self.dimension(), self.dimension());
        let table = moment.tables.service(&flow.service_time);
        let mean_s = flow.service_time.mean.as_s_f64();
        let nobody_waits = wait.is_nobody();
        for (at, answer) in answer.iter_mut().enumerate() {
            if chosen[at] <= 0.0 {
                continue;
            }
            let point = self.point(at);
            let mut took = mean_s * table[by_service.stratum(point)];
            if !nobody_waits {
                let (first, second) = (by_wait.stratum(point), by_length.stratum(point));
                took = wait.through(moment.tables, first, second, took);
            }
            *answer = ways[zones[at] as usize].added_latency_s + took;
        }
        if ways.iter().any(|it| it.packet_loss > 0.0) {
            let served = pool.service.wait().plus(pool.hold);
            let late = |way: &Impairment| {
                let time = served.plus(Moments::fixed(way.added_latency_s));
                delays_in_time(way.packet_loss, time, call.timeout_s)
            };
            let delays: Vec<Vec<Delay>> = ways.iter().map(late).collect();
            self.retransmit(&delays, zones, chosen, answer);
        }
    }

    /// What lost messages add to attempts that are answered in time: `delays` by way, and the way
    /// of each point.
    fn retransmit(
        &mut self,
        delays: &[Vec<Delay>],
        ways: &[f64],
        chosen: &[f64],
        answer: &mut [f64],
    ) {
        let by = self.dimension();
        for (at, answer) in answer.iter_mut().enumerate() {
            if chosen[at] <= 0.0 {
                continue;
            }
            let mut left = by.uniform(self.point(at));
            for delay in &delays[ways[at] as usize] {
                if left < delay.chance {
                    *answer += delay.after_s;
                    break;
                }
                left -= delay.chance;
            }
        }
    }

    /// Time of an attempt at another deployment.
    fn call_inside(
        &mut self,
        moment: &Moment,
        (call, d): (&CallFlow, usize),
        zones: &[f64],
        chosen: &[f64],
        answer: &mut [f64],
    ) {
        let (graph, network, state) = (moment.graph, moment.network, moment.state);
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
        if state.networks.iter().any(|it| !it.is_none()) {
            self.impair(moment, (call, d), (zones, &mut there), chosen, answer);
        }
        self.spare.push(there);
    }

    /// What impaired networks add to attempts at another deployment; turns the zones of the called
    /// into numbers of ways.
    fn impair(
        &mut self,
        moment: &Moment,
        (call, d): (&CallFlow, usize),
        (zones, there): (&[f64], &mut [f64]),
        chosen: &[f64],
        answer: &mut [f64],
    ) {
        let Moment { graph, network, .. } = moment;
        let n_zones = graph.zone_count;
        let trips = &graph.round_trips;
        let mut ways = Vec::with_capacity(n_zones * n_zones);
        for (from, to) in (0..n_zones).flat_map(|from| (0..n_zones).map(move |to| (from, to))) {
            let pool = &network.pools[d * n_zones + to];
            let way = moment.state.way(from, to);
            let trip_s = if from == to {
                trips.same_zone_s
            } else {
                trips.cross_zone_s
            };
            let trip = Moments::fixed(trip_s + way.added_latency_s);
            let time = pool.service.wait().plus(pool.ok_stay).plus(trip);
            let mut delays = delays_in_time(way.packet_loss, time, call.timeout_s);
            for delay in &mut delays {
                delay.after_s += way.added_latency_s;
            }
            ways.push(delays);
        }
        for (there, zone) in there.iter_mut().zip(zones) {
            *there += zone * n_zones as f64;
        }
        self.retransmit(&ways, there, chosen, answer);
    }
}

/// What lost messages add to an attempt that takes `time` without losses, given that its answer
/// comes in time: the longer the delay, the fewer of those attempts it leaves.
fn delays_in_time(packet_loss: f64, time: Moments, timeout_s: f64) -> Vec<Delay> {
    let mut delays = packet_loss::delays(packet_loss, timeout_s);
    for Delay { after_s, chance } in &mut delays {
        *chance *= 1.0 - time.plus(Moments::fixed(*after_s)).tail(timeout_s);
    }
    let in_time: f64 = delays.iter().map(|it| it.chance).sum();
    for delay in &mut delays {
        delay.chance /= in_time.max(f64::MIN_POSITIVE);
    }
    delays
}

/// Time of a call given that the request succeeds: failed attempts before the answer, or all of
/// them when the call may fail; and whether it is answered.
fn retried(call: &CallFlow, state: &CallState, u: f64, answer_s: f64) -> (f64, bool) {
    // The group goes on with chance 1 exactly when the call may fail.
    let may_fail = state.group.ok >= 1.0 && state.call.ok < 1.0;
    let u = if may_fail { u } else { u * state.call.ok };
    if u >= state.call.ok {
        return (state.call.fail_s, false);
    }
    let answer = &state.answer;
    let again = (1.0 - answer.ok) * state.call.retry_chance;
    let (mut answered, mut reach) = (answer.ok, 1.0);
    let mut before_s = 0.0;
    for _ in 1..call.attempts {
        if u < answered {
            break;
        }
        reach *= again;
        answered += reach * answer.ok;
        before_s += answer.fail_s + call.backoff_s;
    }
    (before_s + answer_s, true)
}
