//! The world: what exists at a moment of a run, as plain data by index.
//!
//! Zones with or without power, nodes, pods, the load balancer, databases, caches and gateways.
//! The controllers (`control/`) read and change it; nothing here decides. Everything is found by
//! small integers: names were looked up once, when the world was built (`world::build`).
//!
//! A node is two things at once, and the difference is the lesson of an outage: a *machine* that
//! has power or not, and a *Node object* whose Ready condition lags behind it. A pod likewise
//! lives or not (`alive`), while the API may still call it ready (`listed`).
//!
//! Slots of nodes and pods are used again. Whoever refers to one over time holds an epoch too
//! ([`NodeRef`], [`PodRef`]), which tells that the slot holds somebody else by now.

mod build;
mod cluster;
mod group;
mod parts;
mod pod_life;
mod pods;
mod rollout;
mod rules;
mod workload;

pub use cluster::{Machine, Node, NodeRef, Pod, PodPhase, PodRef, TargetPhase};
pub use group::{Disruption, Growth, ScalingGroup};
pub use parts::{
    Balancer, BalancerZone, Cache, CachePhase, Database, DatabaseInstance, DatabasePhase, External,
    Nat, Replacement, Shifts, Stall, Zone,
};
pub use pods::Pods;
pub use rollout::{Progress, ReplicaSet, RolloutState};
pub use workload::{Scaler, Vertical, Workload};

use super::event::EventId;
use super::policy::karpenter;
use super::policy::quota::Quota;
use super::policy::resources::Resources;
use crate::model::{CapacityType, ZoneIndex};
use crate::units::{Ratio, SimTime};

/// What brought something about; `None` orders before every event.
pub type Cause = Option<EventId>;

/// Everything that exists.
#[derive(Debug, Clone)]
pub struct World {
    /// Zones by index.
    pub zones: Vec<Zone>,
    /// Node pools and node groups, in order of id.
    pub pools: Vec<Pool>,
    /// What the pods of each namespace with limits may request, in order of id.
    pub quotas: Vec<Quota>,
    /// Deployments, indexed as in the flow graph.
    pub workloads: Vec<Workload>,
    /// Node slots.
    pub nodes: Vec<Node>,
    /// Pod slots.
    pub pods: Pods,
    /// The load balancer on the way in, if there is one.
    pub balancer: Option<Balancer>,
    /// Databases, indexed as in the flow graph.
    pub databases: Vec<Database>,
    /// Caches, indexed as in the flow graph.
    pub caches: Vec<Cache>,
    /// External services, indexed as in the flow graph.
    pub externals: Vec<External>,
    /// The way out.
    pub nat: Nat,
    /// Karpenter's batch of pending pods.
    pub provisioner: Provisioner,
    /// Slots of pods without a node, oldest first.
    pub pending: Vec<usize>,
    free_nodes: Vec<u32>,
    free_pods: Vec<u32>,
    n_pods_created: u64,
    /// Counts what may matter to consolidation: pods and nodes that come, go or change.
    pub n_changes: u64,
}

/// A node pool or node group.
#[derive(Debug, Clone)]
pub struct Pool {
    /// Id in the design.
    pub id: String,
    /// Zones it spans.
    pub zones: Vec<ZoneIndex>,
    /// Names of its instance types, in the order of `karpenter.instance_types`.
    pub type_names: Vec<String>,
    /// Instance types with offerings, and what the pool holds; for a node group just its type.
    pub karpenter: karpenter::Pool,
    /// When each offering may be tried again, at `type * offerings + offering`.
    pub unavailable_until: Vec<SimTime>,
    /// How Karpenter runs it; none for a node group.
    pub growth: Option<Growth>,
    /// Karpenter asks the heaviest pool first.
    pub weight: u32,
    /// How lost instances are replaced; none for a node pool.
    pub replacement: Option<Replacement>,
    /// How Cluster Autoscaler runs it; none for a node pool or a group of fixed size.
    pub group: Option<ScalingGroup>,
    /// Nodes of a node group at the start; 0 for a node pool.
    pub n_initial_nodes: u32,
    /// How Karpenter may disrupt its nodes; none for a node group.
    pub disruption: Option<Disruption>,
    /// Chance of a reclaim within a month of 730 h, per instance type.
    pub reclaim_per_month: Vec<Ratio>,
}

/// When Karpenter looks at pending pods: one controller for all pools.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Provisioner {
    /// When the open batch of pending pods began; none without one.
    pub batch_since: Option<SimTime>,
    /// When the next round is due; [`SimTime::NEVER`] when none is.
    pub due: SimTime,
}

/// A node to be added.
#[derive(Debug, Clone, Copy)]
pub struct NewNode {
    /// Its pool.
    pub pool: usize,
    /// Its zone.
    pub zone: ZoneIndex,
    /// Index into the pool's instance types.
    pub instance_type: usize,
    /// How it is bought.
    pub capacity_type: CapacityType,
    /// Kept without pods on purpose.
    pub spare: bool,
    /// Why.
    pub cause: Cause,
}

impl World {
    /// True when some workload has an autoscaler of either kind.
    #[must_use]
    pub fn autoscales(&self) -> bool {
        let scales = |it: &Workload| it.scaler.is_some() || it.vertical.is_some();
        self.workloads.iter().any(scales)
    }

    /// Sets what a workload's new pods request, and those that wait for a node.
    pub fn set_requests(&mut self, workload: usize, requests: Resources) {
        let owner = &mut self.workloads[workload];
        owner.requests = requests;
        for at in &owner.pods {
            let pod = &mut self.pods[*at];
            if pod.phase == PodPhase::Pending {
                pod.requests = requests;
            }
        }
    }

    /// Gives a pod other requests where it is.
    pub fn resize_pod(&mut self, at: usize, requests: Resources, now: SimTime) {
        let pod = &mut self.pods[at];
        let node = &mut self.nodes[pod.node];
        node.requested = node.requested.minus(pod.requests).plus(requests);
        self.n_changes += 1;
        pod.requests = requests;
        pod.resize_since = None;
        self.workloads[pod.workload].changed_at = now;
    }

    /// Adds a launching node and counts it in its pool.
    pub fn add_node(&mut self, new: NewNode, now: SimTime) -> NodeRef {
        self.n_changes += 1;
        let epoch = self
            .free_nodes
            .last()
            .map_or(0, |at| self.nodes[*at as usize].epoch + 1);
        let node = Node {
            pool: new.pool,
            zone: new.zone,
            instance_type: new.instance_type,
            capacity_type: new.capacity_type,
            machine: Machine::Launching,
            registered: false,
            ready: false,
            joined_at: None,
            cordoned: false,
            deleting: false,
            terminating: false,
            spare: new.spare,
            requested: Resources::default(),
            n_pods: 0,
            created_at: now,
            pods_changed_at: now,
            drifted_since: None,
            nominated_until: SimTime::START,
            tainted_at: None,
            silent_since: SimTime::NEVER,
            due: SimTime::NEVER,
            reclaim_at: SimTime::NEVER,
            unneeded_since: None,
            unremovable_until: SimTime::START,
            cause: new.cause,
            epoch,
        };
        let at = match self.free_nodes.pop() {
            Some(at) => {
                self.nodes[at as usize] = node;
                at as usize
            }
            None => {
                self.nodes.push(node);
                self.nodes.len() - 1
            }
        };
        let pool = &mut self.pools[new.pool].karpenter;
        pool.nodes_per_zone[new.zone.index()] += 1;
        pool.cpu_used_m += pool.instance_types[new.instance_type].cpu_m;
        pool.n_spot_nodes += u32::from(new.capacity_type == CapacityType::Spot);
        self.node_ref(at)
    }

    /// Removes a node without pods and empties its slot.
    pub fn remove_node(&mut self, at: usize) {
        self.n_changes += 1;
        let node = self.nodes[at];
        let pool = &mut self.pools[node.pool].karpenter;
        pool.nodes_per_zone[node.zone.index()] -= 1;
        pool.cpu_used_m -= pool.instance_types[node.instance_type].cpu_m;
        pool.n_spot_nodes -= u32::from(node.capacity_type == CapacityType::Spot);
        self.nodes[at].machine = Machine::Gone;
        self.nodes[at].ready = false;
        self.free_nodes.push(slot(at));
    }

    /// The name of a node over time.
    #[must_use]
    pub fn node_ref(&self, at: usize) -> NodeRef {
        NodeRef {
            index: slot(at),
            epoch: self.nodes[at].epoch,
        }
    }

    /// True while the slot still holds the node that was meant.
    #[must_use]
    pub fn holds_node(&self, node: NodeRef) -> bool {
        let found = &self.nodes[node.at()];
        found.epoch == node.epoch && found.machine != Machine::Gone
    }

    /// Resources that a node offers to pods, and how many it may hold.
    #[must_use]
    pub fn allocatable(&self, node: &Node) -> (Resources, u32) {
        let kind = &self.pools[node.pool].karpenter.instance_types[node.instance_type];
        (kind.allocatable, kind.pod_slots)
    }
}

fn slot(at: usize) -> u32 {
    u32::try_from(at).expect("a design holds far fewer nodes and pods than 2^32")
}
