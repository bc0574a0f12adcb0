//! Nodes and pods, and names for them that last.

use super::Cause;
use crate::model::{CapacityType, ZoneIndex};
use crate::sim::policy::karpenter::POD_EVENT_DEDUPE;
use crate::sim::policy::resources::Resources;
use crate::sim::policy::topology::Place;
use crate::sim::policy::vpa::OomPeak;
use crate::units::SimTime;

/// What a node's machine does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Machine {
    /// The slot is empty.
    Gone,
    /// Launched, not registered yet.
    Launching,
    /// Running.
    Running,
    /// Running in a zone that is cut off from the rest.
    CutOff,
    /// Without power.
    Dead,
    /// Power is back, it boots.
    Booting,
    /// Gone for good; its Node object is not deleted yet.
    Terminated,
    /// Fargate in a zone: no machine of the cluster, and the place of any number of tasks.
    Fargate,
}

impl Machine {
    /// True for a machine that a power failure of its zone would stop.
    #[must_use]
    pub const fn can_lose_power(self) -> bool {
        matches!(
            self,
            Self::Launching | Self::Running | Self::CutOff | Self::Booting
        )
    }

    /// True for a machine of the cluster, launched and not gone.
    #[must_use]
    pub const fn is_of_cluster(self) -> bool {
        !matches!(self, Self::Gone | Self::Fargate)
    }

    /// True for a machine whose heartbeats should arrive and do not.
    #[must_use]
    pub const fn is_silent(self) -> bool {
        matches!(
            self,
            Self::CutOff | Self::Dead | Self::Booting | Self::Terminated
        )
    }
}

/// A node.
#[derive(Debug, Clone, Copy)]
pub struct Node {
    /// Its pool.
    pub pool: usize,
    /// Its zone.
    pub zone: ZoneIndex,
    /// Index into the pool's instance types.
    pub instance_type: usize,
    /// How it is bought.
    pub capacity_type: CapacityType,
    /// The machine.
    pub machine: Machine,
    /// It has joined the cluster.
    pub registered: bool,
    /// When it joined; none before, and for a node that was there before the run.
    pub joined_at: Option<SimTime>,
    /// The Ready condition is true; false before registration and when Unknown.
    pub ready: bool,
    /// Closed to new pods.
    pub cordoned: bool,
    /// Chosen for removal.
    pub deleting: bool,
    /// Its node claim is deleted: it is drained and goes, whatever becomes of the command that
    /// chose it.
    pub terminating: bool,
    /// Kept without pods on purpose.
    pub spare: bool,
    /// Requests of the pods on it, daemon pods included.
    pub requested: Resources,
    /// Pods on it, terminating ones included.
    pub n_pods: u32,
    /// When it was launched.
    pub created_at: SimTime,
    /// When a pod last came or went, as Karpenter counts it; when it joined, if none did.
    pub pods_changed_at: SimTime,
    /// Since when it is not what its pool would launch; none while it is.
    pub drifted_since: Option<SimTime>,
    /// Not to be removed before: pods are on their way to it.
    pub nominated_until: SimTime,
    /// The last of Karpenter's batches that it asked for; 0 for none.
    pub batch: u64,
    /// When its taint was added; none without taint.
    pub tainted_at: Option<SimTime>,
    /// When its heartbeats ended; meaningless while it runs.
    pub silent_since: SimTime,
    /// When its registration or boot is due.
    pub due: SimTime,
    /// When the Spot market takes it.
    pub reclaim_at: SimTime,
    /// Since when Cluster Autoscaler has found it unneeded; none while it is needed.
    pub unneeded_since: Option<SimTime>,
    /// Cluster Autoscaler does not look at it again before: its pods have no other place.
    pub unremovable_until: SimTime,
    /// What brought it to its present state.
    pub cause: Cause,
    pub(super) epoch: u32,
}

impl Node {
    /// Where the node of a slot stands.
    #[must_use]
    pub const fn place(&self, at: usize) -> Place {
        Place {
            host: at,
            zone: self.zone,
            capacity_type: self.capacity_type,
        }
    }

    /// True for a node that has joined and that nobody removes.
    #[must_use]
    pub fn is_settled(&self) -> bool {
        self.machine != Machine::Gone && self.registered && !self.deleting
    }

    /// A pod came or went. Of several in short order Karpenter counts the first.
    pub(super) fn note_pod_event(&mut self, now: SimTime) {
        if now >= self.pods_changed_at + POD_EVENT_DEDUPE {
            self.pods_changed_at = now;
        }
    }
}

/// Names a node over time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct NodeRef {
    /// Slot.
    pub index: u32,
    pub(super) epoch: u32,
}

impl NodeRef {
    /// The slot as an index.
    #[must_use]
    pub const fn at(self) -> usize {
        self.index as usize
    }
}

/// Where a pod is in its life.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PodPhase {
    /// The slot is empty.
    Gone,
    /// Without a node.
    Pending,
    /// On a node, not ready.
    Starting,
    /// Ready, as far as the API knows.
    Ready,
    /// Told to end; receives nothing new.
    Terminating,
}

/// A pod's place in the balancer's target group.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TargetPhase {
    /// Not registered.
    None,
    /// Registered, not probed with success yet.
    Initial,
    /// Receives requests.
    Healthy,
    /// Probes failed.
    Unhealthy,
}

/// A container's end for want of memory (`OOMKilled`).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Oom {
    /// When.
    pub at: SimTime,
    /// Memory that it requested, in bytes.
    pub request: u64,
    /// It came soon after the container's start.
    pub quick: bool,
    /// The recommender knows of it.
    pub seen: bool,
}

/// A pod.
#[derive(Debug, Clone, Copy)]
pub struct Pod {
    /// Its workload.
    pub workload: usize,
    /// What it requests: its workload's requests when it was created.
    pub requests: Resources,
    /// Since when it should have other requests than its node has room for.
    pub resize_since: Option<SimTime>,
    /// Its node's slot; meaningless while pending.
    pub node: usize,
    /// Where it is in its life.
    pub phase: PodPhase,
    /// Its process runs, or would, where others can reach it.
    pub alive: bool,
    /// Its Ready condition holds, and its address is in the EndpointSlices.
    pub listed: bool,
    /// Its place in the target group.
    pub target: TargetPhase,
    /// Phase of the balancer's probes.
    pub probe_phase: SimTime,
    /// When it was created.
    pub created_at: SimTime,
    /// When it was placed on its node.
    pub started_at: SimTime,
    /// When its Ready condition last changed.
    pub ready_changed_at: SimTime,
    /// When it is to be gone, once it was told to end: its deletion timestamp.
    pub ends_by: SimTime,
    /// The node whose room it waits for after a preemption; none for a pod that has a node.
    pub nominated: Option<NodeRef>,
    /// The last of Karpenter's batches that it was in; 0 for none.
    pub batch: u64,
    /// Its release: 0 for the first, then the fault of the tape that released it, from 1.
    pub release: u32,
    /// It starts and never becomes ready.
    pub never_ready: bool,
    /// Crashes that the kubelet remembers.
    pub n_crashes: u32,
    /// Its process ends again at every start before this time.
    pub crashes_until: SimTime,
    /// When its process is started again after its last crash.
    pub restart_at: SimTime,
    /// How its container last ended, if that was for want of memory.
    pub oom: Option<Oom>,
    /// What the VPA's recommender keeps of its kills.
    pub oom_peak: OomPeak,
    /// Numbers pods in order of creation.
    pub number: u64,
    /// What brought it to its present state.
    pub cause: Cause,
    pub(super) epoch: u32,
}

impl Pod {
    /// True for a process that serves.
    #[must_use]
    pub fn serves(&self) -> bool {
        self.phase == PodPhase::Ready && self.alive
    }

    /// True while its Ready condition holds, as far as the API knows.
    #[must_use]
    pub fn is_ready(&self) -> bool {
        self.phase == PodPhase::Ready && self.listed
    }

    /// True for a pod on a node that has not been told to end.
    #[must_use]
    pub const fn is_active(&self) -> bool {
        matches!(self.phase, PodPhase::Starting | PodPhase::Ready)
    }

    /// True of a pod whose container has run: it has crashed, or was ready once.
    #[must_use]
    pub fn has_run(&self) -> bool {
        self.phase == PodPhase::Ready
            || self.n_crashes > 0
            || self.ready_changed_at > self.started_at
    }

    /// True while it serves and its readiness gate waits for its target.
    #[must_use]
    pub fn is_gated(&self) -> bool {
        self.serves() && !self.listed && self.target != TargetPhase::None
    }

    /// True for a pod on a node.
    #[must_use]
    pub const fn is_placed(&self) -> bool {
        !matches!(self.phase, PodPhase::Gone | PodPhase::Pending)
    }

    /// True for a living pod of a workload that is on its way to ready.
    #[must_use]
    pub fn is_starting(&self, workload: usize) -> bool {
        self.workload == workload && self.phase == PodPhase::Starting && self.alive
    }
}

/// Names a pod over time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PodRef {
    /// Slot.
    pub index: u32,
    pub(super) epoch: u32,
}

impl PodRef {
    /// The slot as an index.
    #[must_use]
    pub const fn at(self) -> usize {
        self.index as usize
    }
}
