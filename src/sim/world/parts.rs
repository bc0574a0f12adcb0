//! Parts of the world besides nodes and pods: zones, the way in, data, the way out.

use super::{Cause, PodRef};
use crate::model::{
    DatabaseDeployment, HealthCheck, LoadBalancerProduct, Triangular, ZonalShift, ZoneIndex,
};
use crate::sim::flow::Impairment;
use crate::sim::policy::deregistration::Leaving;
use crate::units::{SimDuration, SimTime};

/// A zone.
#[derive(Debug, Clone)]
pub struct Zone {
    /// Its name, which names streams.
    pub name: String,
    /// Shifts of the cluster's traffic away from it.
    pub shifts: Shifts,
    /// Faults that hold its power down; 0 means power.
    pub n_power_faults: u32,
    /// Faults that cut its network; 0 means that what is in it can be reached.
    pub n_network_faults: u32,
    /// When it was last lost: without power, or cut off.
    pub lost_at: SimTime,
    /// How often it was lost; numbers the losses.
    pub n_losses: u32,
    /// It was without power at some time since it was lost.
    pub was_dark: bool,
    /// Nodes that were heard of again since its network is back and are not told of yet.
    pub n_heard: u32,
    /// Nodes heard of again so far; numbers the draws of when.
    pub n_renewals: u64,
    /// The event of its last loss or return.
    pub cause: Cause,
    /// Nodes launched here so far; numbers the launch draws.
    pub n_launches: u64,
    /// Fargate tasks launched here so far; numbers the launch draws.
    pub n_task_launches: u64,
    /// Targets here that have left the balancer so far; numbers the draws.
    pub n_deregistered: u64,
    /// Nodes rebooted here so far; numbers the reboot draws.
    pub n_reboots: u64,
    /// Instances replaced here so far; numbers the draws.
    pub n_replacements: u64,
    /// When the last node of this zone was tainted.
    pub tainted_at: Option<SimTime>,
    /// When the next node of this zone is to be tainted; [`SimTime::NEVER`] when none is.
    pub taint_due: SimTime,
    /// The loss for which a failed launch was already told.
    pub launch_failure_told: SimTime,
}

impl Zone {
    /// True while the cluster's traffic is shifted away from it.
    #[must_use]
    pub const fn is_shifted(&self) -> bool {
        self.shifts.n_held > 0
    }

    /// True when it has power.
    #[must_use]
    pub const fn has_power(&self) -> bool {
        self.n_power_faults == 0
    }

    /// True when its border can be crossed.
    #[must_use]
    pub const fn has_network(&self) -> bool {
        self.n_network_faults == 0
    }

    /// True when what is in it serves the rest of the world.
    #[must_use]
    pub const fn is_reachable(&self) -> bool {
        self.has_power() && self.has_network()
    }
}

/// How an Auto Scaling group replaces an instance that is gone.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Replacement {
    /// From its end until another one is launched.
    pub notice_time: Triangular,
    /// From then until the node is Ready.
    pub launch_time: Triangular,
}

/// A load balancer: one node per zone, an address for each in DNS, and a target group.
#[derive(Debug, Clone)]
pub struct Balancer {
    /// Id in the design.
    pub id: String,
    /// Product; decides what is billed.
    pub product: LoadBalancerProduct,
    /// The workload behind it; none when its reference leads nowhere.
    pub workload: Option<usize>,
    /// How targets are tested.
    pub check: HealthCheck,
    /// Each node spreads over the targets of all zones.
    pub cross_zone: bool,
    /// Whether its traffic can be shifted away from a zone.
    pub zonal_shift: ZonalShift,
    /// Until AWS finds that a zone is in trouble, or out of it.
    pub autoshift_delay: Triangular,
    /// Its targets are nodes, which pass requests on to pods of any zone.
    pub via_nodes: bool,
    /// Its pods are ready when their targets are healthy.
    pub readiness_gate: bool,
    /// Shifts of its traffic that hold now, by zone of the architecture.
    pub shifts: Vec<Shifts>,
    /// Time to live of its DNS records.
    pub ttl: SimDuration,
    /// Until an address leaves DNS, or comes back.
    pub removal_delay: SimDuration,
    /// Its nodes, by zone of the architecture; none where it has no node.
    pub zones: Vec<Option<BalancerZone>>,
    /// Shares of clients when the present change of DNS began, by zone.
    pub shares_from: Vec<f64>,
    /// Shares they move to, by zone.
    pub shares_to: Vec<f64>,
    /// When the present change of DNS began.
    pub changed_at: SimTime,
    /// How long a new target needs to come to its share; zero for at once.
    pub slow_start: SimDuration,
    /// Targets that do so, and since when.
    pub slow: Vec<(PodRef, SimTime)>,
    /// How long connections last on average, where a target is chosen once for each; zero where it
    /// is chosen for each request.
    pub connection_lifetime: SimDuration,
    /// Share of all connections that each target has, as of `moved_at`.
    pub connections: Vec<(PodRef, f64)>,
    /// When these were last looked at.
    pub moved_at: SimTime,
    /// When they are looked at next.
    pub next_look: SimTime,
    /// From the moment that a pod is told to end until it is sent nothing new.
    pub deregistration_time: Triangular,
    /// Targets that leave and are still sent requests.
    pub leaving: Vec<LeavingTarget>,
    /// Some of them have stopped taking any.
    pub has_stopped: bool,
    /// No target is healthy, so that it sends to all.
    pub fail_open: bool,
    /// Targets that became healthy since some were lost; none while none were lost.
    pub n_regained: Option<u32>,
}

/// A target that leaves on purpose, or because its process has ended.
#[derive(Debug, Clone, Copy)]
pub struct LeavingTarget {
    /// When it stops, and when the balancer does.
    pub times: Leaving,
    /// The pod, which may be gone before.
    pub pod: PodRef,
    /// Its number, which outlives a start in place.
    pub number: u64,
    /// Its process ended by itself.
    pub has_crashed: bool,
    /// Its zone.
    pub zone: ZoneIndex,
    /// Why it ends.
    pub cause: Cause,
}

/// Shifts of a balancer's traffic away from one zone.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Shifts {
    /// How many hold.
    pub n_held: u32,
    /// The event of the last change.
    pub cause: Cause,
}

/// The balancer's address in one zone.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct BalancerZone {
    /// Its node can serve: power, and targets it may use.
    pub healthy: bool,
    /// Counts changes of `healthy`, so that a removal under way can be called off.
    pub n_changes: u32,
    /// Its address is in DNS.
    pub in_dns: bool,
    /// The event of its last change in DNS.
    pub cause: Cause,
}

impl Balancer {
    /// True when nothing is sent to the targets of a zone because traffic is shifted away from it,
    /// healthy or not. Without cross-zone balancing only the zone's own node knows them, and
    /// clients that hold its address still reach them by it.
    pub fn spares(&self, zone: ZoneIndex) -> bool {
        self.cross_zone && !self.via_nodes && self.shifts[zone.index()].n_held > 0
    }

    /// Share of clients that use each address at `now`: a straight line over the TTL from the
    /// shares before the last change of DNS to those after it.
    pub fn shares(&self, now: SimTime) -> impl Iterator<Item = f64> + '_ {
        let elapsed = now.since(self.changed_at);
        let moved = if elapsed >= self.ttl {
            1.0
        } else {
            elapsed.as_s_f64() / self.ttl.as_s_f64()
        };
        self.shares_from
            .iter()
            .zip(&self.shares_to)
            .map(move |(from, to)| from + (to - from) * moved)
    }
}

/// How a database is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DatabasePhase {
    /// It answers.
    Up,
    /// A standby takes over.
    FailingOver,
    /// The new writer is there; its clients have yet to find it.
    Reconnecting,
    /// Neither zone has power; it waits.
    Down,
    /// Power is back and it recovers, or a new instance is created.
    Recovering,
}

/// An instance of a database.
#[derive(Debug, Clone, Copy)]
pub struct DatabaseInstance {
    /// Where it is.
    pub zone: ZoneIndex,
    /// A number that stands for its address; no two instances of a database have the same.
    pub address: u32,
    /// It has power and all data, so that it can be promoted.
    pub in_step: bool,
    /// Counts losses, so that a rebuilding under way can be called off.
    pub epoch: u32,
}

/// A database.
#[derive(Debug, Clone)]
pub struct Database {
    /// Id in the design.
    pub id: String,
    /// Instance class.
    pub instance_class: String,
    /// Protection.
    pub deployment: DatabaseDeployment,
    /// Storage in gigabytes.
    pub storage_gb: f64,
    /// The writer, then standbys or readers in the order in which they are promoted.
    pub instances: Vec<DatabaseInstance>,
    /// Length of a failover.
    pub failover_time: Triangular,
    /// From the promotion until the clients have found the new writer.
    pub reconnect_time: Triangular,
    /// A proxy finds the new writer for the clients.
    pub proxy: bool,
    /// From the return of power until it serves again.
    pub recovery_time: Triangular,
    /// From the loss of an Aurora writer without a reader until a new one serves.
    pub replacement_time: Triangular,
    /// How it is.
    pub phase: DatabasePhase,
    /// When it stopped answering.
    pub down_since: SimTime,
    /// Faults that keep it from answering.
    pub n_down_faults: u32,
    /// Faults that make it stand still.
    pub stall: Stall,
    /// What faults do to its network.
    pub network: Impairment,
    /// Failovers so far; numbers the draws.
    pub n_failovers: u64,
    /// Recoveries so far; numbers the draws.
    pub n_recoveries: u64,
    /// The address that its name stands for.
    pub address: u32,
    /// Addresses given so far; numbers those of new instances.
    pub n_addresses: u32,
    /// When its name began to stand for another address; none when every client uses that.
    pub moved_at: Option<SimTime>,
    /// Counts such changes, so that the steps of the one before can be called off.
    pub n_moves: u32,
    /// Counts changes of phase, so that what was under way can be called off.
    pub epoch: u32,
    /// What brought it to its present state.
    pub cause: Cause,
}

impl Database {
    /// Zone of the writer.
    #[must_use]
    pub fn zone(&self) -> ZoneIndex {
        self.instances[0].zone
    }

    /// The instance that would be promoted now.
    #[must_use]
    pub fn next_writer(&self) -> Option<usize> {
        let found = self.instances.iter().skip(1).position(|it| it.in_step);
        found.map(|standby| standby + 1)
    }

    /// Makes an instance the writer. The old one goes to the end and has lost what was written
    /// since.
    pub fn promote(&mut self, instance: usize) {
        if instance == 0 {
            return;
        }
        let next = self.instances.remove(instance);
        let mut old = std::mem::replace(&mut self.instances[0], next);
        old.in_step = false;
        old.epoch += 1;
        self.instances.push(old);
    }

    /// True when it answers.
    #[must_use]
    pub fn answers(&self) -> bool {
        self.phase == DatabasePhase::Up && self.n_down_faults == 0
    }
}

/// How a cache is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CachePhase {
    /// It answers.
    Up,
    /// A replica takes over.
    FailingOver,
    /// No zone of its nodes has power.
    Down,
    /// Power is back; it boots, empty.
    Recovering,
}

/// A cache.
#[derive(Debug, Clone)]
pub struct Cache {
    /// Id in the design.
    pub id: String,
    /// Node type.
    pub node_type: String,
    /// Zone of the primary.
    pub zone: ZoneIndex,
    /// Zones of the replicas that can take over now or later.
    pub replica_zones: Vec<ZoneIndex>,
    /// Replicas that are paid for.
    pub n_replicas: u32,
    /// Length of a failover.
    pub failover_time: Triangular,
    /// Time constant of warming up.
    pub warm_up: SimDuration,
    /// Share of look-ups answered when warm.
    pub warm_hit_ratio: f64,
    /// When it was last empty; none when it is warm.
    pub emptied_at: Option<SimTime>,
    /// How it is.
    pub phase: CachePhase,
    /// When it stopped answering.
    pub down_since: SimTime,
    /// Faults that keep it from answering.
    pub n_down_faults: u32,
    /// Faults that make it stand still.
    pub stall: Stall,
    /// What faults do to its network.
    pub network: Impairment,
    /// Failovers so far; numbers the draws.
    pub n_failovers: u64,
    /// Boots so far; numbers the draws.
    pub n_boots: u64,
    /// Counts changes of phase, so that what was under way can be called off.
    pub epoch: u32,
    /// What brought it to its present state.
    pub cause: Cause,
}

impl Cache {
    /// True when it answers.
    #[must_use]
    pub fn answers(&self) -> bool {
        self.phase == CachePhase::Up && self.n_down_faults == 0
    }

    /// Makes a replica the primary, and the primary's zone the replica's.
    pub fn make_primary(&mut self, zone: ZoneIndex) {
        if let Some(replica) = self.replica_zones.iter_mut().find(|it| **it == zone) {
            *replica = std::mem::replace(&mut self.zone, zone);
        }
    }

    /// Share of look-ups answered from the cache at `now`.
    #[must_use]
    pub fn hit_ratio(&self, now: SimTime) -> f64 {
        match self.emptied_at {
            Some(at) if !self.warm_up.is_zero() => {
                let age = now.since(at).as_s_f64() / self.warm_up.as_s_f64();
                self.warm_hit_ratio * (1.0 - libm::exp(-age))
            }
            _ => self.warm_hit_ratio,
        }
    }
}

/// Whether a database or cache stands still: it serves nobody and keeps its queue.
#[derive(Debug, Clone, Copy, Default)]
pub struct Stall {
    /// Faults that make it stand still.
    pub n_faults: u32,
    /// When the first of them began.
    pub since: SimTime,
    /// When the last of them ends.
    pub end: SimTime,
}

impl Stall {
    /// True while it stands still.
    #[must_use]
    pub const fn is_on(self) -> bool {
        self.n_faults > 0
    }

    /// When it goes on; none while it does not stand still.
    #[must_use]
    pub fn until(self) -> Option<SimTime> {
        self.is_on().then_some(self.end)
    }
}

/// An external service.
#[derive(Debug, Clone)]
pub struct External {
    /// Id in the design.
    pub id: String,
    /// Zones with a network interface of an endpoint to it.
    pub n_endpoints: u32,
    /// Faults that keep it from answering.
    pub n_down_faults: u32,
    /// What faults do to its network.
    pub network: Impairment,
    /// When it stopped answering.
    pub down_since: SimTime,
    /// What brought it to its present state.
    pub cause: Cause,
}

/// The way out of private subnets.
#[derive(Debug, Clone, Default)]
pub struct Nat {
    /// Id of the gateways; none when the design has none and the way out cannot fail.
    pub id: Option<String>,
    /// Gateways.
    pub n_gateways: u32,
    /// The zone whose gateway carries a zone's egress, by zone.
    pub gateway_zone: Vec<ZoneIndex>,
    /// A zone has a way out, by zone.
    pub open: Vec<bool>,
}
