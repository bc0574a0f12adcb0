//! The way in: what becomes of a user's attempt before a pod takes it.
//!
//! DNS share -> balancer node (a dead one does not answer) -> zone -> target (a dead one does not
//! answer either) -> pod. Where operators shed load, the balancer answers their share of the
//! attempts itself, with an error and at once, whether a first attempt or a retry; without a
//! balancer the first pod's proxy does. A degraded network makes late what touches its zone, be it
//! the node's or the pod's. Everything here depends on the state of the platform only, not on load,
//! so it is computed once per state.

use super::flow::{FlowGraph, FlowState, Impairment, PodGroup, Target};
use super::packet_loss::{self, Delay};
use super::run_log::{ByCause, FailureCause};
use crate::units::order;

/// Shares of users' attempts, before any pod is asked.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Entry {
    /// Deployment behind the balancer; none when there is none.
    pub deployment: Option<usize>,
    /// Share that reaches a live pod, per zone.
    pub reach: Vec<f64>,
    /// Share of those that crossed from a balancer node in another zone, per zone.
    pub crossed: Vec<f64>,
    /// Share of those that a node handed on to a pod in another zone, per zone.
    pub forwarded: Vec<f64>,
    /// Share that a balancer node accepts, and turns away or passes on.
    pub accepted: f64,
    /// Share of those that it turns away.
    pub shed_share: f64,
    /// Share that meets a pod which takes nothing new, and fails at once.
    pub refused: f64,
    /// Share that fails otherwise, by cause.
    pub failed: ByCause<f64>,
    /// How long that takes, in seconds, by cause.
    pub fail_s: ByCause<f64>,
    /// How late those come that reach a zone over impaired networks, by zone, with the chance of
    /// each delay; those that are later than patience lasts are late by that. Empty while no
    /// network is impaired, or none of them on the way to that zone.
    pub delays: Vec<Vec<Delay>>,
}

/// Live and dead targets of a zone.
#[derive(Clone, Copy)]
struct Targets {
    live: f64,
    dead: f64,
    stopped: f64,
}

impl Targets {
    fn all(&self) -> f64 {
        self.live + self.dead + self.stopped
    }
}

/// The pods of a group that the balancer sends to.
#[must_use]
pub const fn live_targets(pods: &PodGroup, fail_open: bool) -> u32 {
    if fail_open {
        pods.ready
    } else {
        pods.in_balancer
    }
}

impl Entry {
    /// Works the shares out for a state of the platform.
    #[must_use]
    pub fn new(graph: &FlowGraph, state: &FlowState) -> Self {
        let zones = graph.zone_count;
        let mut entry = Self {
            reach: vec![0.0; zones],
            crossed: vec![0.0; zones],
            forwarded: vec![0.0; zones],
            shed_share: state.shed_share,
            ..Self::default()
        };
        let timeout_s = graph.entry.call.timeout_s;
        let trip_s = graph.round_trips.user_s + graph.entry.added_latency_s;
        let connect_s = graph.entry.connect_timeout_s.min(timeout_s);
        entry.fail_s[FailureCause::EntryUnreachable.index()] = connect_s;
        entry.fail_s[FailureCause::TargetUnreachable.index()] = (trip_s + connect_s).min(timeout_s);
        entry.fail_s[FailureCause::NoCapacity.index()] = trip_s;
        entry.fail_s[FailureCause::Rejected.index()] = trip_s;
        entry.fail_s[FailureCause::Shed.index()] = trip_s;
        entry.fail_s[FailureCause::TimedOut.index()] = timeout_s;
        let targets = entry.find_targets(graph, state);
        entry.share_out(graph, state, &targets);
        entry
    }

    /// Shares of attempts that fail on the way in, and after what time, in seconds.
    pub fn failures(&self) -> impl Iterator<Item = (f64, f64)> + '_ {
        let at_once_s = self.fail_s[FailureCause::NoCapacity.index()];
        let by_cause = self.failed.iter().copied().zip(self.fail_s);
        by_cause.chain([(self.refused, at_once_s)])
    }

    /// How late those come that reach a zone, and how likely; nothing where no network is impaired.
    #[must_use]
    pub fn delays_to(&self, zone: usize) -> &[Delay] {
        self.delays.get(zone).map_or(&[], Vec::as_slice)
    }

    fn find_targets(&mut self, graph: &FlowGraph, state: &FlowState) -> Vec<Targets> {
        let Target::Deployment(at) = graph.entry.call.target else {
            return Vec::new();
        };
        if at >= graph.deployments.len() {
            return Vec::new();
        }
        self.deployment = Some(at);
        state.pods[at * graph.zone_count..(at + 1) * graph.zone_count]
            .iter()
            .enumerate()
            .map(|(zone, pods)| Targets {
                live: state.weigh(zone, live_targets(pods, state.fail_open)),
                dead: f64::from(pods.dead_in_balancer) * graph.entry.miss_part,
                stopped: f64::from(pods.stopped_in_balancer + pods.crashed_in_balancer)
                    * graph.entry.miss_part,
            })
            .collect()
    }

    fn share_out(&mut self, graph: &FlowGraph, state: &FlowState, targets: &[Targets]) {
        let spread = graph.entry.cross_zone || graph.entry.via_nodes;
        let timeout_s = graph.entry.call.timeout_s;
        if state.networks.iter().any(|it| !it.is_none()) {
            self.delays = vec![Vec::new(); graph.zone_count];
        }
        let count = |of: &[Targets]| of.iter().map(Targets::all).sum::<f64>();
        let mut listed = 0.0;
        for (zone, way) in state.entry.iter().enumerate() {
            listed += way.dns_share;
            if way.dns_share <= 0.0 {
                continue;
            }
            if !way.alive {
                self.failed[FailureCause::EntryUnreachable.index()] += way.dns_share;
                continue;
            }
            self.accepted += way.dns_share;
            let shed = way.dns_share * self.shed_share;
            self.failed[FailureCause::Shed.index()] += shed;
            let admitted = way.dns_share - shed;
            let (from, to) = if spread {
                (0, targets.len())
            } else {
                (zone, zone + 1)
            };
            let choice = targets.get(from..to).unwrap_or(&[]);
            let total = count(choice);
            if total <= 0.0 {
                self.failed[FailureCause::NoCapacity.index()] += admitted;
                continue;
            }
            for (offset, it) in choice.iter().enumerate() {
                let at = from + offset;
                let live = admitted * it.live / total;
                if let Some(delays) = self.delays.get_mut(at)
                    && live > 0.0
                {
                    add_delays(delays, state.way(zone, at), live, timeout_s);
                }
                self.failed[FailureCause::TargetUnreachable.index()] += admitted * it.dead / total;
                self.refused += admitted * it.stopped / total;
                self.reach[at] += live;
                if at != zone {
                    self.crossed[at] += live;
                }
            }
        }
        // Shares are of clients; without any address the name leads nowhere, and fails at once.
        let missing = (1.0 - listed).max(0.0);
        if missing > 1e-9 {
            let cause = FailureCause::EntryUnreachable.index();
            let before = self.failed[cause];
            self.failed[cause] += missing;
            self.fail_s[cause] *= before / self.failed[cause];
        }
        let reached: f64 = self.reach.iter().sum();
        for zone in 0..self.reach.len() {
            if self.reach[zone] > 0.0 {
                if let Some(delays) = self.delays.get_mut(zone) {
                    given_reached(delays, self.reach[zone]);
                }
                self.crossed[zone] /= self.reach[zone];
                if graph.entry.via_nodes {
                    self.forwarded[zone] = 1.0 - self.reach[zone] / reached;
                }
            }
        }
    }
}

/// Adds the delays of a share of all attempts that comes over a network.
fn add_delays(delays: &mut Vec<Delay>, network: Impairment, share: f64, timeout_s: f64) {
    let mut rest = 1.0;
    let added_s = network.added_latency_s;
    for course in packet_loss::delays(network.packet_loss, timeout_s - added_s) {
        rest -= course.chance;
        delays.push(Delay {
            after_s: added_s + course.after_s,
            chance: share * course.chance,
        });
    }
    delays.push(Delay {
        after_s: timeout_s,
        chance: share * rest.max(0.0),
    });
}

/// Turns shares of all attempts into chances of those that reach a zone, which are `reach` of all.
fn given_reached(delays: &mut Vec<Delay>, reach: f64) {
    if delays.iter().all(|it| it.after_s <= 0.0) {
        delays.clear();
    }
    // The latest last: few points of a panel meet those, and they should be the same few.
    order::sort_by(delays, |a, b| a.after_s.total_cmp(&b.after_s));
    for delay in delays {
        delay.chance /= reach;
    }
}
