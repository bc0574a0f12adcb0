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
mod scaler;
mod workload;

pub use cluster::{Machine, Node, NodeRef, Oom, Pod, PodPhase, PodRef, TargetPhase};
pub use group::{Disruption, Growth, ScalingGroup};
pub use parts::{
    Balancer, BalancerZone, Cache, CachePhase, Database, DatabaseInstance, DatabasePhase, External,
    LeavingTarget, Nat, Replacement, Shifts, Stall, Zone,
};
pub use pods::Pods;
pub use rollout::{Progress, ReplicaSet, RolloutState};
pub use scaler::{Followed, Reading, Scaler, Source, Target};
pub use workload::{MemoryBounds, Need, ServicePolicy, Tracker, Vertical, Workload};

use super::event::EventId;
use super::policy::karpenter;
use super::policy::quota::Quota;
use super::policy::resources::{Resources, SmallSet};
use super::policy::scheduler;
use crate::model::{CapacityType, Fargate, ZoneIndex};
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
    /// What daemon pods request of each of its nodes; neither counted among a node's pods nor part
    /// of what its instance types offer.
    pub daemons: Resources,
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
    /// Fargate; none for nodes. It has one node in each of its zones, the place of all tasks there.
    pub fargate: Option<Fargate>,
    /// Chance of a reclaim within a month of 730 h, per instance type.
    pub reclaim_per_month: Vec<Ratio>,
}

/// When Karpenter looks at pending pods: one controller for all pools.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Provisioner {
    /// When the open batch of pending pods began; none without one.
    pub batch_since: Option<SimTime>,
    /// Number of the open batch, or of the next one; from 1.
    pub number: u64,
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

    /// True for a node on which processes run: its machine does, or Fargate's zone is reachable.
    #[must_use]
    pub fn runs(&self, node: &Node) -> bool {
        match node.machine {
            Machine::Running => true,
            Machine::Fargate => self.zones[node.zone.index()].is_reachable(),
            _ => false,
        }
    }

    /// The Fargate pool of a workload that is an ECS service; none for one on Kubernetes.
    #[must_use]
    pub fn fargate_of(&self, workload: usize) -> Option<usize> {
        self.workloads[workload]
            .pools
            .first()
            .copied()
            .filter(|first| self.pools[*first].fargate.is_some())
    }

    /// True of a workload that is a service of ECS.
    #[must_use]
    pub fn is_service(&self, workload: &Workload) -> bool {
        let first = workload.pools.first();
        first.is_some_and(|first| self.pools[*first].fargate.is_some())
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
            requested: self.pools[new.pool].daemons,
            n_pods: 0,
            created_at: now,
            pods_changed_at: now,
            drifted_since: None,
            nominated_until: SimTime::START,
            batch: 0,
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

    /// Resources that a node offers to pods, daemon pods included, and how many others it may hold.
    #[must_use]
    pub fn allocatable(&self, node: &Node) -> (Resources, u32) {
        let pool = &self.pools[node.pool];
        let kind = &pool.karpenter.instance_types[node.instance_type];
        (kind.allocatable.plus(pool.daemons), kind.pod_slots)
    }

    /// True for a node that new pods may go to: it is not cordoned, nor is its zone shifted away
    /// from.
    #[must_use]
    pub fn is_open(&self, node: &Node) -> bool {
        !node.cordoned && !self.zones[node.zone.index()].is_shifted()
    }

    /// Whether a workload's pods in a zone that the cluster is shifted away from get nothing: only
    /// while others serve elsewhere.
    #[must_use]
    pub fn heeds_shifts(&self, workload: usize) -> bool {
        let is_shifted = |zone: usize| self.zones[zone].is_shifted();
        if !(0..self.zones.len()).any(is_shifted) {
            return false;
        }
        let mut pods = self.workloads[workload].pods.iter();
        pods.any(|at| {
            let pod = &self.pods[*at];
            pod.serves() && !is_shifted(self.nodes[pod.node].zone.index())
        })
    }

    /// The node in a slot as the scheduler sees it; host ports that pods take are not counted yet.
    #[must_use]
    pub fn scheduler_node(&self, at: usize) -> scheduler::Node {
        let node = &self.nodes[at];
        let (allocatable, pod_slots) = self.allocatable(node);
        let pool = &self.pools[node.pool].karpenter;
        scheduler::Node {
            pool: node.pool,
            place: node.place(at),
            allocatable,
            requested: node.requested,
            pod_slots,
            n_pods: node.n_pods,
            ready: node.ready,
            schedulable: self.is_open(node),
            taints: pool.taints,
            soft_taints: pool.soft_taints,
            host_ports: SmallSet::default(),
        }
    }
}

fn slot(at: usize) -> u32 {
    u32::try_from(at).expect("a design holds far fewer nodes and pods than 2^32")
}
