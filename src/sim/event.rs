//! Events: what happened, to whom, and why, as data.
//!
//! Each controller decision and each effect of a fault is one event with the numbers that explain
//! it; sentences in Japanese and English are made by the view layer. `cause` links an event to the
//! earlier one that brought it about, so that a zone failure reads as a causal timeline.

mod contact;
mod disruption;
mod entry;
mod messages;
mod nodes;
mod replicas;
mod rollout;
mod service;
mod targets;

pub use contact::ContactEvent;
pub use disruption::{BudgetReason, DisruptionMethod, ForcefulReason};
pub use entry::{Event, EventId};
pub use messages::MessagesEvent;
pub use nodes::{
    DrainOutcome, DrainReason, EmptyPools, GroupFailure, LaunchRefusal, NodeFilter, NodeRemoval,
    OutageCause, PendingReason, Refusal, Refusals, ShiftStep,
};
pub use replicas::{HpaLimit, HpaReason, OomEvent, RequestsChange, ScalingMetric, ScalingQuantity};
pub use rollout::{RollbackReason, RolloutStep};
pub use service::{ScalingHold, ServiceEvent, ServiceMetric, TaskLoss, TrackingReason};
pub use targets::TargetsStopped;

use borsh::{BorshDeserialize, BorshSerialize};
use serde::Serialize;

use crate::model::{CapacityType, Expander, ZoneIndex, json};
use crate::units::SimDuration;

/// What happened.
#[derive(Debug, Clone, PartialEq, Serialize, BorshSerialize, BorshDeserialize)]
#[serde(tag = "event", rename_all = "snake_case")]
pub enum EventKind {
    /// A fault of the tape begins. `entity` is the fault's id.
    FaultStarted {
        /// Kind of fault, as files write it.
        fault: String,
        /// Planned length; zero for an instant.
        duration: SimDuration,
    },
    /// A fault of the tape ends.
    FaultEnded {
        /// Kind of fault.
        fault: String,
    },
    /// A zone loses power: its nodes, balancer node, gateways and instances are gone at once.
    ZoneLost {
        /// Nodes that were running there.
        nodes: u32,
        /// Pods that were ready there.
        pods: u32,
    },
    /// Power is back in a zone; instances begin to boot.
    ZoneRestored,
    /// Something that runs can no longer be reached, or is heard of again.
    Contact(ContactEvent),
    /// The load balancer stops sending to dead targets of a zone.
    TargetsUnhealthy {
        /// Targets taken out.
        targets: u32,
        /// Time since they died.
        detection: SimDuration,
    },
    /// All targets are unhealthy: the balancer sends to all of them.
    FailOpen {
        /// Targets registered.
        targets: u32,
    },
    /// The balancer's address in a zone leaves DNS; clients keep it for the record's TTL.
    ZoneLeftDns {
        /// Time to live of the record.
        ttl: SimDuration,
    },
    /// The last client has forgotten the address.
    DnsExpired,
    /// The balancer's address in a zone is back in DNS.
    ZoneBackInDns,
    /// Traffic of the balancer is shifted away from a zone, or back.
    Shifted {
        /// Which way, and by whom.
        step: ShiftStep,
    },
    /// Targets that are told to end stop before the balancer does.
    TargetsStopped(TargetsStopped),
    /// New targets passed their first check and receive requests.
    TargetsHealthy {
        /// Targets added.
        targets: u32,
    },
    /// Nodes missed their heartbeats: Ready becomes Unknown, their pods leave the endpoints.
    NodesNotReady {
        /// Nodes concerned.
        nodes: u32,
        /// Grace period that ran out.
        grace: SimDuration,
    },
    /// Pods on an unreachable node are deleted; replacements are created.
    PodsEvicted {
        /// Pods deleted.
        pods: u32,
        /// Time since the node became Unknown.
        toleration: SimDuration,
        /// Position of the node in its zone's queue of evictions, from 1.
        node: u32,
        /// Nodes of the zone that are not ready.
        of_nodes: u32,
    },
    /// Every zone is down: the node controller evicts nothing.
    EvictionsHalted {
        /// Nodes that are not ready.
        nodes: u32,
    },
    /// Nodes are Ready: launched ones for the first time, rebooted ones again.
    NodesReady {
        /// Nodes concerned.
        nodes: u32,
        /// True after a reboot, false after a launch.
        rebooted: bool,
    },
    /// Pods became ready.
    PodsReady {
        /// Pods concerned.
        pods: u32,
        /// Pods of the deployment now ready.
        ready: u32,
        /// Pods wanted.
        desired: u32,
    },
    /// Pods cannot be placed.
    PodsPending {
        /// Pods waiting.
        pods: u32,
        /// Why.
        reason: PendingReason,
        /// What stood in the way, node by node.
        refused: Refusals,
    },
    /// The HPA changes the number of replicas.
    HpaScaled {
        /// Before.
        from: u32,
        /// After.
        to: u32,
        /// Why.
        reason: HpaReason,
    },
    /// The HPA sees a failure and keeps the number of replicas: noted once per episode.
    HpaHeld {
        /// Replicas kept.
        replicas: u32,
        /// Why.
        reason: HpaReason,
    },
    /// A VPA's target has moved by more than a tenth since it was told of last.
    VpaRecommended {
        /// From the last target told, or the pods' requests, to the new one.
        #[serde(flatten)]
        change: RequestsChange,
        /// Below this request pods are replaced, in milli-cores.
        lower_cpu_m: u64,
        /// Above this request pods are replaced, in milli-cores.
        upper_cpu_m: u64,
        /// How much history it rests on.
        history_days: f64,
    },
    /// A VPA's updater gives pods the recommended requests.
    VpaUpdated {
        /// Pods concerned.
        pods: u32,
        /// True when they are resized where they are, false when they are evicted and created anew.
        in_place: bool,
        /// Requests of the first of them before, and of all of them after.
        #[serde(flatten)]
        change: RequestsChange,
        /// They were out of bounds, not a tenth off after twelve hours.
        outside_bounds: bool,
    },
    /// Pods run out of memory, or a VPA gives them more for it.
    OutOfMemory(OomEvent),
    /// Karpenter launches nodes for pending pods.
    NodesLaunched {
        /// Nodes launched.
        nodes: u32,
        /// Instance type.
        instance_type: String,
        /// How they are bought.
        capacity_type: CapacityType,
        /// Pods they are for, pending or to be moved; none for a node that is kept spare.
        pods: u32,
    },
    /// A launch failed for want of capacity in the zone; it is tried again after `retry`.
    LaunchFailed {
        /// Instance type.
        instance_type: String,
        /// How long the offer counts as unavailable.
        retry: SimDuration,
    },
    /// EC2 has no instance left of what Karpenter asked for.
    InsufficientCapacity(EmptyPools),
    /// Messages of a queue wait, are worked off, or go astray.
    Messages(MessagesEvent),
    /// Cluster Autoscaler raises the desired size of a node group.
    GroupRaised {
        /// Nodes wanted before.
        from: u32,
        /// Nodes wanted now.
        to: u32,
        /// Pending pods that the decision helps, on all groups that share it.
        pods: u32,
        /// The expander that chose first.
        expander: Expander,
        /// Groups that could have helped.
        options: u32,
        /// Share of the new nodes' CPU and memory that stays unused, the mean of both in percent.
        unused_percent: u32,
    },
    /// No node group can grow for pending pods: told when the reason is new.
    GroupsRefused {
        /// Pods that nothing on its way has room for.
        pods: u32,
        /// Why; of several groups the reason that passes soonest.
        because: Refusal,
    },
    /// An Auto Scaling group launches instances.
    GroupLaunches {
        /// Nodes launched.
        nodes: u32,
        /// Instance type.
        instance_type: String,
    },
    /// An Auto Scaling group finds no capacity in a zone and turns to its others.
    GroupLaunchFailed {
        /// Nodes that were to come up there.
        nodes: u32,
        /// Instance type.
        instance_type: String,
    },
    /// New nodes of a group did not come: it is left alone for a while.
    GroupBackedOff {
        /// Nodes that are no longer waited for.
        nodes: u32,
        /// Why they did not come.
        because: GroupFailure,
        /// How long the group is left alone.
        backoff: SimDuration,
    },
    /// So many nodes are unready that Cluster Autoscaler does nothing any more.
    AutoscalerHalted {
        /// Unready nodes.
        unready: u32,
        /// All nodes.
        registered: u32,
        /// Unready nodes that never stop it.
        ok_unready: u32,
        /// Largest share of unready nodes, in percent.
        max_percent: u32,
    },
    /// Enough nodes are ready again.
    AutoscalerResumed {
        /// Unready nodes.
        unready: u32,
        /// All nodes.
        registered: u32,
    },
    /// Cluster Autoscaler begins to remove nodes that are not needed.
    NodesUnneeded {
        /// Nodes that go.
        nodes: u32,
        /// Pods that have to move.
        pods: u32,
        /// Their highest utilization, in percent of what a node offers.
        utilization_percent: u32,
        /// Utilization up to which a node may go, in percent.
        threshold_percent: u32,
        /// The shortest time that one of them was unneeded.
        unneeded_for: SimDuration,
        /// Other unneeded nodes that wait because their pods were to go to the same places.
        to_recheck: u32,
    },
    /// Karpenter launches nothing for pods that wait.
    LaunchRefused {
        /// Pods it cannot help.
        pods: u32,
        /// Why.
        #[serde(flatten)]
        reason: LaunchRefusal,
    },
    /// Nodes are removed.
    NodesRemoved {
        /// Nodes removed.
        nodes: u32,
        /// Why.
        reason: NodeRemoval,
    },
    /// Karpenter disrupts nodes: they are closed, replacements come first, then they are drained.
    NodesDisrupted {
        /// How it found them.
        method: DisruptionMethod,
        /// Nodes that go.
        nodes: u32,
        /// Pods that have to move.
        pods: u32,
        /// Nodes launched in their place.
        replacements: u32,
        /// Micro-dollars an hour of the nodes that go.
        price_before: u64,
        /// Of those that come.
        price_after: u64,
        /// The budget that allowed it.
        budget: BudgetReason,
    },
    /// Karpenter would disrupt nodes, but the budget leaves none: noted once per episode.
    DisruptionHeld {
        /// How it found them.
        method: DisruptionMethod,
        /// Nodes that it might take.
        nodes: u32,
        /// The budget that holds it back.
        budget: BudgetReason,
    },
    /// A replacement did not come: the nodes it was for stay.
    DisruptionGivenUp {
        /// Nodes that stay.
        nodes: u32,
        /// How long they waited.
        waited: SimDuration,
    },
    /// Karpenter terminates nodes whatever the budgets say, and launches none first.
    NodesTerminated {
        /// Nodes that go.
        nodes: u32,
        /// Pods on them.
        pods: u32,
        /// Why.
        reason: ForcefulReason,
        /// How long that had been so: age, or time since the machine stopped.
        after: SimDuration,
    },
    /// Nodes are not Ready for long, but too many of their pool are for any to be repaired.
    RepairBlocked {
        /// Nodes that are not Ready.
        nodes: u32,
        /// Nodes of the pool.
        total: u32,
    },
    /// Spot nodes get their two minutes' notice; their pods are drained at once.
    SpotNotice {
        /// Nodes concerned.
        nodes: u32,
        /// Pods that have to move.
        pods: u32,
    },
    /// EC2 recommends to leave Spot nodes whose like were reclaimed; Karpenter notes it only.
    RebalanceRecommended {
        /// Nodes at risk.
        nodes: u32,
        /// Chance of a reclaim within a month, 0 to 1.
        per_month: f64,
    },
    /// Spot nodes are gone.
    SpotReclaimed {
        /// Nodes concerned.
        nodes: u32,
        /// Pods that were still on them, because a disruption budget had kept them there.
        #[serde(skip_serializing_if = "json::is_default")]
        pods: u32,
    },
    /// Instances are terminated without notice.
    NodesLost {
        /// Nodes concerned.
        nodes: u32,
        /// Pods that were ready on them.
        pods: u32,
    },
    /// The quota of a namespace refuses new pods: `FailedCreate`. They are tried again.
    CreationRefused {
        /// Pods that are missing.
        pods: u32,
    },
    /// The scheduler ends pods to make room for a pod of higher priority. `entity` is theirs.
    PodsPreempted {
        /// Pods that give way.
        pods: u32,
        /// The deployment whose pod takes their place.
        by: String,
        /// Their priority.
        priority: i32,
        /// That of the other pod.
        over: i32,
        /// Pods on the node that go against their disruption budgets.
        violations: u32,
    },
    /// ECS looks after a service.
    Service(ServiceEvent),
    /// A step of a rollout. `entity` is the deployment.
    Rollout(RolloutStep),
    /// Processes of ready pods ended; they are started again in place.
    PodsCrashed {
        /// Pods concerned.
        pods: u32,
    },
    /// The cause of a crash loop is gone, but pods still wait for their next start.
    CrashLoopBackOff {
        /// Pods concerned.
        pods: u32,
        /// The longest of their waits.
        longest: SimDuration,
    },
    /// Nodes are closed to new pods, and the pods on them asked to go.
    DrainStarted {
        /// Nodes concerned.
        nodes: u32,
        /// Pods on them.
        pods: u32,
        /// Who and why.
        reason: DrainReason,
    },
    /// A disruption budget refuses evictions; they are tried again. `entity` is the deployment.
    EvictionsRefused {
        /// Pods that stay for now.
        pods: u32,
        /// Pods of the deployment that are ready.
        healthy: u32,
        /// Pods that its budget wants to be ready.
        desired_healthy: u32,
        /// Who asked.
        reason: DrainReason,
    },
    /// A drain has come to its end.
    DrainEnded {
        /// Nodes concerned.
        nodes: u32,
        /// Who and why.
        reason: DrainReason,
        /// How.
        outcome: DrainOutcome,
        /// Since its beginning.
        lasted: SimDuration,
    },
    /// A database, cache or service stops answering.
    Unavailable {
        /// Why.
        because: OutageCause,
    },
    /// A standby or replica takes over.
    FailoverStarted {
        /// Where the new primary will be.
        to: ZoneIndex,
        /// Length drawn for this failover.
        duration: SimDuration,
    },
    /// The failover is complete.
    FailoverCompleted {
        /// Length of the outage.
        outage: SimDuration,
    },
    /// A database, cache or service answers again.
    Available {
        /// Length of the outage.
        outage: SimDuration,
    },
    /// A cache lost its content; the hit ratio recovers with the given time constant.
    CacheEmptied {
        /// Time constant of the recovery.
        warm_up: SimDuration,
    },
    /// A dependency, or without an entity all of a zone, is late, or normal again at zero.
    Slowed {
        /// Added to each answer.
        added_latency: SimDuration,
        /// Share of the messages to and from it that is lost, 0 to 1.
        #[serde(skip_serializing_if = "json::is_default")]
        packet_loss: f64,
    },
    /// A database or cache stands still: it serves nobody, and its queue grows.
    Stalled,
    /// It goes on with what it has.
    Resumed {
        /// How long it stood still.
        stalled_for: SimDuration,
    },
    /// Traffic of a zone has no way out.
    EgressLost,
    /// Traffic of a zone has a way out again.
    EgressRestored,
    /// Offered work exceeds capacity: a queue grows without bound.
    Saturated {
        /// Offered work over capacity.
        traffic_intensity: f64,
    },
    /// The queue of a saturated station is worked off.
    Desaturated,
}
