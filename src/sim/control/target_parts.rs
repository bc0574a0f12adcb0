//! What part of the requests each target of the load balancer gets, where that is not the same for
//! all: new targets that start slowly, and connections that stay where they were opened. The rules
//! are in `policy/slow_start.rs` and `policy/connections.rs`.

use super::{Control, ControlEvent};
use crate::sim::policy::deregistration::Answer;
use crate::sim::policy::{connections, slow_start};
use crate::sim::world::{Balancer, PodRef, TargetPhase};
use crate::units::{SimTime, order};

/// Looks per mean lifetime of a connection, while shares move.
const LOOKS: u64 = 10;

/// A target that serves: its zone, its number and its name, in this order.
type ServingTarget = (usize, u64, PodRef);

impl Control {
    /// A target has passed its first check: it starts slowly, if the balancer does that.
    pub(super) fn begin_slow_start(&mut self, pod: PodRef) {
        let others = self.world.behind_balancer().iter();
        let others = others.filter(|at| **at != pod.at());
        let healthy = others.filter(|at| self.world.pods[**at].target == TargetPhase::Healthy);
        let n_healthy = healthy.count() as u32;
        let Some(balancer) = &mut self.world.balancer else {
            return;
        };
        if !slow_start::applies(balancer.slow_start, n_healthy) {
            return;
        }
        if balancer.slow.is_empty() {
            let step = slow_start::step(balancer.slow_start);
            self.queue.push(self.now + step, ControlEvent::PartsMove);
        }
        balancer.slow.push((pod, self.now));
    }

    /// New targets get a little more, or connections have moved on.
    pub(in crate::sim) fn parts_move(&mut self) {
        let now = self.now;
        let Some(balancer) = &mut self.world.balancer else {
            return;
        };
        let length = balancer.slow_start;
        let (mut slow, pods) = (std::mem::take(&mut balancer.slow), &self.world.pods);
        slow.retain(|(pod, since)| {
            let is_target = pods[pod.at()].target == TargetPhase::Healthy;
            is_target && now.since(*since) < length
        });
        if !slow.is_empty() {
            let next = now + slow_start::step(length);
            self.queue.push(next, ControlEvent::PartsMove);
        }
        balancer.slow = slow;
        if let Some(workload) = balancer.workload {
            self.world.pods.touch(workload);
        }
        self.wants_publish = true;
    }

    /// What part of an even share each target gets, by zone, in order of age; none while all get
    /// the same.
    pub(super) fn show_parts(&mut self, parts: &mut Vec<Vec<f64>>) {
        parts.clear();
        let Some(balancer) = &self.world.balancer else {
            return;
        };
        let has_connections = !balancer.connection_lifetime.is_zero();
        if balancer.fail_open || (balancer.slow.is_empty() && !has_connections) {
            return;
        }
        let targets = self.serving_targets(balancer);
        let Some(balancer) = &mut self.world.balancer else {
            return;
        };
        let weights: Vec<f64> = if has_connections {
            if move_connections(balancer, &targets, self.now) {
                return;
            }
            let n = targets.len() as f64;
            let shares = balancer.connections.iter().map(|(_, share)| share * n);
            shares.collect()
        } else {
            let ages = targets.iter().map(|(.., pod)| {
                let slow = balancer.slow.iter().find(|(it, _)| it == pod);
                slow.map_or(1.0, |(_, since)| {
                    slow_start::part(self.now.since(*since), balancer.slow_start)
                })
            });
            ages.collect()
        };
        if has_connections && balancer.next_look <= self.now {
            let step = balancer.connection_lifetime.as_ns() / LOOKS;
            balancer.next_look = SimTime::from_ns(self.now.as_ns() + step.max(1));
            self.queue.push(balancer.next_look, ControlEvent::PartsMove);
        }
        parts.resize(self.world.zones.len(), Vec::new());
        for ((zone, ..), weight) in targets.iter().zip(weights) {
            parts[*zone].push(weight);
        }
    }

    /// The targets that serve, those that leave included, by zone and age.
    fn serving_targets(&self, balancer: &Balancer) -> Vec<ServingTarget> {
        let mut targets = Vec::new();
        let heeds_shifts = balancer
            .workload
            .is_some_and(|it| self.world.heeds_shifts(it));
        for at in self.world.behind_balancer() {
            let pod = &self.world.pods[*at];
            let is_target = pod.serves() && pod.target == TargetPhase::Healthy;
            if !is_target || !self.world.receives(pod) {
                continue;
            }
            let zone = self.world.nodes[pod.node].zone;
            let shifted = heeds_shifts && self.world.zones[zone.index()].is_shifted();
            if !balancer.spares(zone) && !shifted {
                targets.push((zone.index(), pod.number, self.world.pod_ref(*at)));
            }
        }
        for it in &balancer.leaving {
            let pod = &self.world.pods[it.pod.at()];
            let is_there = self.world.holds_pod(it.pod) && pod.alive;
            let serves = it.times.answer(self.now, is_there) == Answer::Served;
            if serves && !balancer.spares(it.zone) {
                targets.push((it.zone.index(), pod.number, it.pod));
            }
        }
        order::sort_by(&mut targets, |a, b| (a.0, a.1).cmp(&(b.0, b.1)));
        targets
    }
}

/// Moves the shares of all connections on to now and to the targets that there are; true when all
/// have about the same.
fn move_connections(balancer: &mut Balancer, targets: &[ServingTarget], now: SimTime) -> bool {
    let before = &balancer.connections;
    let lives = now.since(balancer.moved_at).as_s_f64() / balancer.connection_lifetime.as_s_f64();
    let mut shares: Vec<f64> = before.iter().map(|(_, share)| *share).collect();
    connections::relax(&mut shares, lives);
    let share_of = |pod: &PodRef| {
        let found = before.iter().position(|(it, _)| it == pod);
        found.map_or(0.0, |at| shares[at])
    };
    let mut moved: Vec<f64> = targets.iter().map(|(.., pod)| share_of(pod)).collect();
    connections::take_over(&mut moved);
    let is_even = connections::are_even(&moved);
    let names = targets.iter().map(|(.., pod)| *pod);
    balancer.connections = names.zip(moved).collect();
    balancer.moved_at = now;
    is_even
}
