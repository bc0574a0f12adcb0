//! The Spot market: notice, drain, reclaim.
//!
//! The real thing. EC2 takes a Spot instance back with two minutes' notice. Karpenter reads the
//! notice from its queue, closes the node and drains it at once (`drain.rs`); the pods'
//! replacements are pending the same moment, so new nodes are launched while the old ones still
//! run. A disruption budget may hold pods back until the two minutes are over: they then die with
//! the machine. Reclaims come together: capacity of one type in one zone runs short, and many
//! instances of that pool go.
//!
//! Random reclaims come pool by pool (instance type and zone) at exponential gaps; each takes a
//! share of the pool's nodes, as often as the Spot Advisor's figures say (`policy/spot.rs`). What
//! is left of the pool gets a rebalance recommendation, which Karpenter notes and nothing more.
//!
//! Assumed: the notice is acted upon at once (in fact within seconds), drained nodes are kept until
//! they are reclaimed, which nodes of a pool are taken is a matter of chance.
//!
//! Left out: rebalance recommendations that come before a notice, or without one.

use super::notes::Entity;
use super::{Cause, Control, ControlEvent, losses};
use crate::model::{CapacityType, ZoneIndex};
use crate::sim::dist;
use crate::sim::event::{DrainReason, EventKind};
use crate::sim::faults::FaultZones;
use crate::sim::policy::drain::DrainRules;
use crate::sim::policy::karpenter::CapacityChoice;
use crate::sim::policy::spot;
use crate::sim::rng::RngStream;
use crate::sim::world::{Machine, Node, Pod, PodPhase};
use crate::units::{IntOrPercent, Ratio, SimDuration, SimTime};

/// From the notice until the instance is gone.
const NOTICE: SimDuration = SimDuration::from_s(120);

/// The market of one instance type in one zone, as one node pool meets it.
#[derive(Debug, Clone)]
pub(super) struct Market {
    /// Names its streams: fault, instance type and zone.
    entity: String,
    pool: usize,
    instance_type: usize,
    zone: ZoneIndex,
    share: Ratio,
    /// Mean gap in seconds.
    mean_gap_s: f64,
    gaps: RngStream,
    n_events: u64,
}

impl Control {
    /// Opens the markets of every pool that buys Spot.
    pub(super) fn open_markets(&mut self, fault: &str, share: Ratio) {
        let first = self.markets.len();
        for (pool, it) in self.world.pools.iter().enumerate() {
            if it.karpenter.capacity == CapacityChoice::OnDemand {
                continue;
            }
            for (instance_type, name) in it.type_names.iter().enumerate() {
                let per_month = it.reclaim_per_month[instance_type];
                let Some(gap_hours) = spot::mean_gap_hours(per_month, share) else {
                    continue;
                };
                for zone in &it.zones {
                    let entity = format!("{fault}/{name}/{}", self.zone_name(*zone));
                    self.markets.push(Market {
                        gaps: self.chance.stream("spot_reclaim_gap", &entity, 0),
                        entity,
                        pool,
                        instance_type,
                        zone: *zone,
                        share,
                        mean_gap_s: gap_hours * 3600.0,
                        n_events: 0,
                    });
                }
            }
        }
        for at in first..self.markets.len() {
            self.next_reclaim(at);
        }
    }

    fn next_reclaim(&mut self, at: usize) {
        let market = &mut self.markets[at];
        let gap = dist::exponential(&mut market.gaps, market.mean_gap_s);
        let due = self.now + SimDuration::from_s_f64(gap);
        self.queue.push(due, ControlEvent::SpotMarket(at as u32));
    }

    /// The market takes a share of a pool's nodes.
    pub(in crate::sim) fn market_takes(&mut self, at: usize) {
        self.next_reclaim(at);
        let market = &mut self.markets[at];
        let ordinal = market.n_events;
        market.n_events += 1;
        let (pool, kind, zone) = (market.pool, market.instance_type, market.zone);
        let share = market.share;
        let mut stream = self
            .chance
            .stream("spot_reclaim_nodes", &market.entity, ordinal);
        let of_market =
            |node: &Node| node.pool == pool && node.instance_type == kind && node.zone == zone;
        let taken = self.choose_spot(&mut stream, share, of_market);
        self.give_notice(&taken, None);
        let Some(first) = taken.first() else {
            return;
        };
        let at_risk = self.world.nodes.iter().filter(|node| {
            let is_left = node.machine == Machine::Running && node.reclaim_at == SimTime::NEVER;
            of_market(node) && is_left && node.capacity_type == CapacityType::Spot
        });
        let kind = EventKind::RebalanceRecommended {
            nodes: at_risk.count() as u32,
            per_month: self.world.pools[pool].reclaim_per_month[kind].value(),
        };
        let cause = self.world.nodes[*first].cause;
        self.tell(Entity::Pool(pool), Some(zone), cause, kind);
    }

    /// A scheduled reclaim takes a share of the Spot nodes.
    pub(super) fn reclaim_share(
        &mut self,
        fault: usize,
        zones: FaultZones,
        share: Ratio,
        cause: Cause,
    ) {
        let mut stream = self
            .chance
            .stream("spot_reclaim", &self.faults[fault].id, 0);
        let taken = self.choose_spot(&mut stream, share, |node| zones.hold(node.zone));
        self.give_notice(&taken, cause);
    }

    /// A share of the running Spot nodes that are meant, by chance.
    fn choose_spot(
        &self,
        stream: &mut RngStream,
        share: Ratio,
        meant: impl Fn(&Node) -> bool,
    ) -> Vec<usize> {
        let nodes = self.world.nodes.iter().enumerate();
        let left: Vec<usize> = nodes
            .filter(|(_, node)| {
                node.capacity_type == CapacityType::Spot
                    && node.machine == Machine::Running
                    && node.reclaim_at == SimTime::NEVER
                    && meant(node)
            })
            .map(|(at, _)| at)
            .collect();
        losses::choose(stream, left, IntOrPercent::Percent(share))
    }

    /// Gives nodes their notice: they are closed and drained at once.
    fn give_notice(&mut self, taken: &[usize], cause: Cause) {
        let reclaim_at = self.now + NOTICE;
        for zone in 0..self.world.zones.len() {
            let zone = ZoneIndex(zone as u8);
            let here: Vec<usize> = taken
                .iter()
                .copied()
                .filter(|at| self.world.nodes[*at].zone == zone)
                .collect();
            let Some(first) = here.first() else {
                continue;
            };
            let pool = self.world.nodes[*first].pool;
            let on_them = |pod: &&Pod| {
                matches!(pod.phase, PodPhase::Starting | PodPhase::Ready)
                    && here.contains(&pod.node)
            };
            let kind = EventKind::SpotNotice {
                nodes: here.len() as u32,
                pods: self.world.pods.iter().filter(on_them).count() as u32,
            };
            let cause = self.tell(Entity::Pool(pool), Some(zone), cause, kind);
            for at in &here {
                let node = &mut self.world.nodes[*at];
                node.deleting = true;
                node.reclaim_at = reclaim_at;
                node.cause = cause;
                let pool = &self.world.pools[node.pool];
                let name = pool.type_names[node.instance_type].clone();
                self.mark_type_unavailable(&name, zone, CapacityType::Spot);
            }
            let rules = DrainRules::of(DrainReason::SpotInterruption);
            self.drain(&here, DrainReason::SpotInterruption, rules, cause);
            self.queue.push(reclaim_at, ControlEvent::Reclaim(zone));
        }
        self.wants_placement = true;
    }

    /// Instances whose notice has run out are gone.
    pub(in crate::sim) fn reclaim(&mut self, zone: ZoneIndex) {
        let (mut nodes, mut pods) = (0, 0);
        let mut told: Option<(usize, Cause)> = None;
        for at in 0..self.world.nodes.len() {
            let node = self.world.nodes[at];
            let due = node.machine != Machine::Gone && node.reclaim_at == self.now;
            if !due || node.zone != zone || node.machine == Machine::Terminated {
                continue;
            }
            if self.api.is_away() {
                // The instance is gone, and nobody can delete its Node object.
                self.terminate_instances(node.pool, zone, &[at], node.cause);
                continue;
            }
            pods += self.lose_pods(at);
            told = told.max(Some((node.pool, node.cause)));
            self.remove_node(at);
            nodes += 1;
        }
        if let Some((pool, cause)) = told {
            let kind = EventKind::SpotReclaimed { nodes, pods };
            let cause = self.tell(Entity::Pool(pool), Some(zone), cause, kind);
            if pods > 0 {
                self.reconcile_replicas(cause);
            }
        }
    }
}
