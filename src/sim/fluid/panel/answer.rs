//! What a single call takes: the way, waits, the service, and attempts before the one that counts.

use crate::sim::flow::{CallFlow, EndpointState, Target};
use crate::sim::packet_loss::{self, Delay};

use super::super::law::Moments;
use super::super::network::CallState;
use super::super::pool::Pool;
use super::wait::WaitLaw;
use super::walk::{Calling, Moment, Walk};

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
            Target::Deployment(d) => self.call_inside(moment, d, zones, chosen, answer),
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
        let (graph, network, state) = (moment.graph, moment.network, moment.state);
        let trips = &graph.round_trips;
        let (flow, pool, now, external) = match call.target {
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
            *answer = bases[zones[at] as usize] + took;
        }
        if now.packet_loss > 0.0 {
            let late = |base_s: &f64| delays_in_time(now, pool, *base_s, call.timeout_s);
            let delays: Vec<Vec<Delay>> = bases.iter().map(late).collect();
            self.retransmit(&delays, zones, chosen, answer);
        }
    }

    /// What lost messages add to attempts that are answered in time: `delays` by zone of the
    /// caller.
    fn retransmit(
        &mut self,
        delays: &[Vec<Delay>],
        zones: &[f64],
        chosen: &[f64],
        answer: &mut [f64],
    ) {
        let by = self.dimension();
        for (at, answer) in answer.iter_mut().enumerate() {
            if chosen[at] <= 0.0 {
                continue;
            }
            let mut left = by.uniform(self.point(at));
            for delay in &delays[zones[at] as usize] {
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

/// What lost messages add to an attempt at an endpoint, given that its answer comes in time: the
/// longer the delay, the fewer of those attempts it leaves.
fn delays_in_time(now: &EndpointState, pool: &Pool, way_s: f64, timeout_s: f64) -> Vec<Delay> {
    let served = pool.service.wait().plus(pool.hold);
    let time = served.plus(Moments::fixed(way_s));
    let mut delays = packet_loss::delays(now.packet_loss, timeout_s);
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
