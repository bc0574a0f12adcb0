//! Response times backwards: what a request's calls take, from the last called to the first caller.

use crate::model::{Concurrency, Discipline, ServiceTime};
use crate::sim::flow::{CallFlow, Conduct, EndpointState, FlowGraph, FlowState, Target};

use super::super::calls::{Attempt, Call, Group, Retries};
use super::super::law::Moments;
use super::super::pool::Pool;
use super::{CallState, Network, law};

/// A pod's own work on a request, where some pods are slower than others.
fn own_work(time: &ServiceTime, conduct: &Conduct) -> Moments {
    let own = law(time);
    if conduct.slow_share <= 0.0 {
        return own;
    }
    let slow = Moments::from_cv(own.mean * conduct.slow_factor, time.variation());
    own.scaled(1.0 - conduct.slow_share)
        .mixed(slow, conduct.slow_share)
}

impl Network {
    /// Response times, from the last called to the first caller.
    pub(super) fn backwards(&mut self, graph: &FlowGraph, state: &FlowState, damping: f64) {
        for d in (0..graph.deployments.len()).rev() {
            for z in 0..self.zones {
                if self.pools[d * self.zones + z].pods > 0 {
                    self.respond(graph, state, d, z, damping);
                }
            }
        }
    }

    /// Hold time and success of a deployment's requests in a zone, call by call.
    fn respond(&mut self, graph: &FlowGraph, state: &FlowState, d: usize, z: usize, damping: f64) {
        let flow = &graph.deployments[d];
        let conduct = &state.conduct[d];
        let own = own_work(&flow.service_time, conduct);
        let mut so_far = own;
        let mut alive = 1.0 - conduct.error_share;
        let mut failed = Moments::default().mixed(own, conduct.error_share);
        for (k, call) in flow.calls.iter().enumerate() {
            let at = self.call_at(d, k, z);
            let spared = self.spared(graph, state, d, z, call);
            let (attempt, crossing) = self.attempt(graph, state, call, z);
            let sent = self.send(at, call, attempt);
            // A look-up that fails is a miss when somebody else can answer instead.
            let look_up = matches!(call.target, Target::Cache(cache)
                if flow.calls.iter().any(|it| it.unless_cached_by == Some(cache)));
            let may_fail = call.optional || look_up;
            let (number, made) = (call.per_request, &sent.call);
            let group = match &self.guards[at].largest {
                Some(largest) => Group::at_once(made, number, largest, spared, may_fail),
                None => Group::new(made, number, spared, may_fail),
            };
            if group.ok < 1.0 {
                let ends = so_far.plus(Moments::fixed(group.fail_s));
                failed = failed.mixed(ends, alive * (1.0 - group.ok));
            }
            self.calls[at] = CallState {
                group,
                reach: alive,
                rate: self.calls[at].rate,
                spared,
                crossing,
                ..sent
            };
            so_far = so_far.plus(group.ok_time);
            alive *= group.ok;
        }
        let stay = failed.mixed(so_far, alive);
        let pool = &mut self.pools[d * self.zones + z];
        let old = pool.stay.scaled(1.0 - damping);
        pool.stay = old.mixed(stay, damping);
        let waits_for_calls = flow.concurrency == Concurrency::ThreadPerRequest;
        if waits_for_calls && flow.discipline != Discipline::ProcessorSharing {
            pool.hold = pool.stay;
        } else {
            pool.hold = own;
        }
        pool.ok = alive;
        pool.ok_stay = so_far;
        pool.fail_s = if alive < 1.0 {
            failed.mean / (1.0 - alive)
        } else {
            0.0
        };
    }

    /// What the callers' guards make of an attempt: a wait for a connection, a second attempt
    /// beside it, others after it, or none at all.
    fn send(&mut self, at: usize, flow: &CallFlow, attempt: Attempt) -> CallState {
        let guard = &mut self.guards[at];
        let attempt = match &mut guard.connections {
            Some(pool) => {
                let (answered, failed_s) = (attempt.ok_time, attempt.fail_s);
                pool.hold = answered
                    .scaled(attempt.ok)
                    .mixed(Moments::fixed(failed_s), 1.0 - attempt.ok);
                let (wait, gave_up) = (pool.service.wait(), pool.service.gave_up);
                attempt.behind(wait, gave_up, flow.timeout_s)
            }
            None => attempt,
        };
        let (answer, twins) = match flow.hedge_after_s {
            Some(after_s) => attempt.hedged(after_s),
            None => (attempt, 0.0),
        };
        let retries = Retries {
            attempts: flow.attempts,
            backoff_s: flow.backoff_s,
            budget: flow.retry_budget,
        };
        let call = if guard.breaker.is_some_and(|it| it.is_open()) {
            Call::refused()
        } else {
            let mut call = Call::new(&answer, &retries);
            call.attempts *= 1.0 + twins;
            call
        };
        CallState {
            attempt,
            answer,
            call,
            ..CallState::default()
        }
    }

    /// Chance that a cache answers before a call is made.
    fn spared(
        &self,
        graph: &FlowGraph,
        state: &FlowState,
        d: usize,
        z: usize,
        call: &CallFlow,
    ) -> f64 {
        let Some(cache) = call.unless_cached_by else {
            return 0.0;
        };
        let now = &state.caches[cache];
        let looked_up = graph.deployments[d]
            .calls
            .iter()
            .position(|it| it.target == Target::Cache(cache));
        match looked_up {
            Some(k) => {
                let made = graph.deployments[d].calls[k].per_request.min(1.0);
                made * self.calls[self.call_at(d, k, z)].call.ok * now.hit_ratio
            }
            None if now.up => now.hit_ratio,
            None => 0.0,
        }
    }

    /// One attempt of a call from a zone, and the share of such attempts that leaves the zone.
    fn attempt(
        &self,
        graph: &FlowGraph,
        state: &FlowState,
        call: &CallFlow,
        z: usize,
    ) -> (Attempt, f64) {
        let trips = &graph.round_trips;
        let trip = |other: bool| {
            if other {
                trips.cross_zone_s
            } else {
                trips.same_zone_s
            }
        };
        let away = Attempt::failing(call.timeout_s);
        let endpoint = |pool: &Pool, now: &EndpointState| {
            if !now.up {
                return (away, 0.0);
            }
            let other = now.zone != z;
            let network = now.network.and(state.way(z, now.zone));
            let added = Moments::fixed(trip(other) + network.added_latency_s);
            let time = pool.service.wait().plus(pool.hold).plus(added);
            let ends = (pool.service.served(), pool.service.gave_up);
            let (loss, timeout_s) = (network.packet_loss, call.timeout_s);
            let attempt = Attempt::over_network(loss, time, ends, timeout_s, trip(other));
            (attempt, f64::from(u8::from(other)))
        };
        match call.target {
            Target::Database(at) => endpoint(&self.databases[at], &state.databases[at]),
            Target::Cache(at) => endpoint(&self.caches[at], &state.caches[at]),
            Target::External(at) => {
                let (flow, now) = (&graph.externals[at], &state.externals[at]);
                if !now.up || (flow.by_nat && !state.egress[z]) {
                    return (away, 0.0);
                }
                let other = flow.by_nat && state.egress_zone[z] != z;
                let extra = if other { trips.cross_zone_s } else { 0.0 };
                let by = if flow.by_nat { state.egress_zone[z] } else { z };
                let network = now.network.and(state.way(z, by));
                let time = self.externals[at]
                    .hold
                    .plus(Moments::fixed(extra + network.added_latency_s));
                let (loss, timeout_s) = (network.packet_loss, call.timeout_s);
                let attempt = Attempt::over_network(loss, time, (1.0, 0.0), timeout_s, 0.0);
                (attempt, f64::from(u8::from(other)))
            }
            Target::Deployment(at) => self.attempt_inside((graph, state), call, at, z),
        }
    }

    /// An attempt at another deployment: its ready pods of all zones evenly, dead ones and crashed
    /// ones among them.
    fn attempt_inside(
        &self,
        (graph, state): (&FlowGraph, &FlowState),
        call: &CallFlow,
        d: usize,
        z: usize,
    ) -> (Attempt, f64) {
        let trips = &graph.round_trips;
        let at_once = Attempt::failing(trips.same_zone_s.min(call.timeout_s));
        if self.inside_empty[d] {
            return (at_once, 0.0);
        }
        let mut mix = Attempt::mix();
        let live = self.inside_live(d);
        mix.add(&Attempt::failing(call.timeout_s), self.inside_dead[d]);
        if self.inside_refused[d] > 0.0 {
            mix.add(&at_once, self.inside_refused[d]);
        }
        let mut crossing = 0.0;
        for other in 0..self.zones {
            let share = self.inside[d * self.zones + other] * live;
            if share <= 0.0 {
                continue;
            }
            let trip_s = if other == z {
                trips.same_zone_s
            } else {
                trips.cross_zone_s
            };
            let pool = &self.pools[d * self.zones + other];
            let network = state.way(z, other);
            let trip_s = trip_s + network.added_latency_s;
            let before = pool.service.wait().plus(Moments::fixed(trip_s));
            let answered = Attempt::over_network(
                network.packet_loss,
                before.plus(pool.ok_stay),
                (pool.service.served(), pool.service.gave_up),
                call.timeout_s,
                trip_s,
            );
            let error = Attempt::failing((before.mean + pool.fail_s).min(call.timeout_s));
            mix.add(&answered, share * pool.ok);
            mix.add(&error, share * (1.0 - pool.ok));
            if other != z {
                crossing += share;
            }
        }
        (mix.finish(), crossing)
    }
}
