//! What is told: whom an event concerns, and pods and nodes that became ready, told of together.
//!
//! Seventeen pods that start within a minute are one line of a timeline, not seventeen. They are
//! told of when the last of them is ready, or [`PATIENCE`] after the first.

use super::{Cause, Control, ControlEvent};
use crate::model::ZoneIndex;
use crate::sim::event::{EventKind, ServiceEvent};
use crate::sim::faults::ScheduledFault;
use crate::sim::world::{Machine, World};
use crate::units::SimDuration;

/// Longest time that readiness waits to be told of.
const PATIENCE: SimDuration = SimDuration::from_s(60);

/// Whom an event concerns.
#[derive(Debug, Clone, Copy)]
pub(super) enum Entity {
    /// Nobody in particular: a whole zone.
    Zone,
    Fault(usize),
    Pool(usize),
    /// Cluster Autoscaler: the cluster.
    Autoscaler,
    /// The cluster itself.
    Cluster,
    Workload(usize),
    Balancer,
    Database(usize),
    Cache(usize),
    External(usize),
    Nat,
}

impl Entity {
    /// The id as events write it.
    pub(super) fn id(self, world: &World, faults: &[ScheduledFault]) -> String {
        let id = match self {
            Self::Zone | Self::Autoscaler | Self::Cluster => "",
            Self::Fault(at) => &faults[at].id,
            Self::Pool(at) => &world.pools[at].id,
            Self::Workload(at) => &world.workloads[at].id,
            Self::Balancer => world.balancer.as_ref().map_or("", |it| &it.id),
            Self::Database(at) => &world.databases[at].id,
            Self::Cache(at) => &world.caches[at].id,
            Self::External(at) => &world.externals[at].id,
            Self::Nat => world.nat.id.as_deref().unwrap_or(""),
        };
        id.to_string()
    }
}

/// Things of one kind that became ready and are not told of yet.
#[derive(Debug, Clone, Copy, Default)]
struct Untold {
    count: u32,
    cause: Cause,
}

impl Untold {
    /// Counts one more; true for the first.
    fn add(&mut self, cause: Cause) -> bool {
        self.count += 1;
        self.cause = self.cause.max(cause);
        self.count == 1
    }
}

/// What became ready and is not told of yet.
#[derive(Debug)]
pub(super) struct ReadyNotes {
    /// By workload.
    pods: Vec<Untold>,
    /// By pool and zone, then launched and rebooted.
    nodes: Vec<[Untold; 2]>,
    n_zones: usize,
}

impl ReadyNotes {
    pub(super) fn new(world: &World) -> Self {
        let n_zones = world.zones.len();
        Self {
            pods: vec![Untold::default(); world.workloads.len()],
            nodes: vec![Default::default(); world.pools.len() * n_zones],
            n_zones,
        }
    }
}

impl Control {
    /// Counts a pod that became ready.
    pub(super) fn note_pod_ready(&mut self, workload: usize, cause: Cause) {
        if self.ready_notes.pods[workload].add(cause) {
            let later = self.now + PATIENCE;
            let event = ControlEvent::TellPodsReady(workload as u32);
            self.queue.push(later, event);
        }
        let owner = &self.world.workloads[workload];
        let mut own = owner.pods.iter().map(|at| &self.world.pods[*at]);
        let still_coming =
            owner.n_pending > 0 || own.any(|it| it.is_starting(workload) || it.is_gated());
        if !still_coming {
            self.tell_pods_ready(workload);
        }
    }

    /// Tells of the pods of a workload that became ready.
    pub(in crate::sim) fn tell_pods_ready(&mut self, workload: usize) {
        let untold = std::mem::take(&mut self.ready_notes.pods[workload]);
        if untold.count == 0 {
            return;
        }
        let own = self.world.workloads[workload].pods.iter();
        let own = own.map(|at| &self.world.pods[*at]);
        let ready = own.filter(|it| it.serves() && !it.is_gated()).count();
        let (count, ready) = (untold.count, ready as u32);
        let desired = self.world.workloads[workload].desired;
        let kind = if self.world.fargate_of(workload).is_some() {
            EventKind::Service(ServiceEvent::Ready {
                tasks: count,
                ready,
                desired,
            })
        } else {
            EventKind::PodsReady {
                pods: count,
                ready,
                desired,
            }
        };
        self.tell(Entity::Workload(workload), None, untold.cause, kind);
    }

    /// Counts a node that became ready.
    pub(super) fn note_node_ready(&mut self, at: usize, rebooted: bool) {
        let node = self.world.nodes[at];
        let slot = node.pool * self.ready_notes.n_zones + node.zone.index();
        if self.ready_notes.nodes[slot][usize::from(rebooted)].add(node.cause) {
            let later = self.now + PATIENCE;
            let event = ControlEvent::TellNodesReady(slot as u32);
            self.queue.push(later, event);
        }
        let still_coming = self.world.nodes.iter().any(|it| {
            let coming = matches!(it.machine, Machine::Launching | Machine::Booting);
            coming && it.pool == node.pool && it.zone == node.zone
        });
        if !still_coming {
            self.tell_nodes_ready(slot);
        }
    }

    /// Tells of the nodes of a pool in a zone that became ready.
    pub(in crate::sim) fn tell_nodes_ready(&mut self, slot: usize) {
        let untold = std::mem::take(&mut self.ready_notes.nodes[slot]);
        let n_zones = self.ready_notes.n_zones;
        for (rebooted, untold) in [false, true].into_iter().zip(untold) {
            if untold.count == 0 {
                continue;
            }
            let kind = EventKind::NodesReady {
                nodes: untold.count,
                rebooted,
            };
            let zone = u8::try_from(slot % n_zones).ok().map(ZoneIndex);
            self.tell(Entity::Pool(slot / n_zones), zone, untold.cause, kind);
        }
    }
}
