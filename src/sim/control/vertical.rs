//! Vertical autoscaling: once a minute every VPA looks, recommends, and replaces or resizes pods.
//!
//! The rules are in `policy/vpa.rs`; here samples are taken from the metrics API's last reading,
//! new pods get the recommendation, and the pods that the updater picks are evicted or resized.
//!
//! Assumed: recommender and updater look at the same instants; pods that are still waiting for a
//! node get the new requests in place, where the real updater evicts them and their ReplicaSet
//! creates the same again; a resize that the node has room for is done at once and restarts
//! nothing, one that has to wait is tried again every minute.

use super::notes::Entity;
use super::{Control, ControlEvent};
use crate::model::UpdateMode;
use crate::sim::event::{EventKind, OomEvent, RequestsChange};
use crate::sim::policy::resources::Resources;
use crate::sim::policy::vpa::{self, Group, Live, Recommendation, UpdateReason};
use crate::sim::world::PodPhase;
use crate::units::SimDuration;

/// A resize that a node has no room for is given up for a replacement after this time (1.7.1).
const RESIZE_PATIENCE: SimDuration = SimDuration::from_s(5 * 60);
/// A recommendation that has moved by less than one part in this many is not told of.
const TOLD_PART: u64 = 10;

/// What can be done about a pod that should have other requests.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Way {
    Resize,
    Evict,
    Wait,
}

/// Pods that are given their target at once, in the same way and for the same reason.
struct Batch {
    way: Way,
    pods: u32,
    /// What the first of them requested.
    before: Resources,
    because: UpdateReason,
}

impl Batch {
    fn is_oom(&self) -> bool {
        self.because == UpdateReason::QuickOom
    }
}

impl Control {
    /// Every vertical autoscaler looks.
    pub(in crate::sim) fn vpa_loop(&mut self) {
        let next = self.now + vpa::LOOP_PERIOD;
        self.queue.push(next, ControlEvent::VpaLoop);
        if self.api.is_away() {
            return;
        }
        for workload in 0..self.world.workloads.len() {
            let Some(recommended) = self.recommend(workload) else {
                continue;
            };
            self.tell_recommendation(workload, &recommended);
            let mode = self.world.workloads[workload]
                .vertical
                .as_ref()
                .map(|it| it.mode);
            match mode {
                None | Some(UpdateMode::Off) => {}
                Some(UpdateMode::Initial) => {
                    self.world.set_requests(workload, recommended.target);
                }
                Some(mode) => {
                    self.world.set_requests(workload, recommended.target);
                    self.update_pods(workload, mode, &recommended);
                }
            }
        }
    }

    /// Takes in the last reading of a workload's pods and recommends; none without a VPA or
    /// before the first sample.
    fn recommend(&mut self, workload: usize) -> Option<Recommendation> {
        self.take_in_kills(workload);
        let n_zones = self.world.zones.len();
        let owner = &mut self.world.workloads[workload];
        let present = owner.requests;
        let vertical = owner.vertical.as_mut()?;
        let mut n_read = 0;
        for zone in 0..n_zones {
            let slot = workload * n_zones + zone;
            let pods = self.flow.pods[slot].ready;
            let Some(used_m) = self.window.reading(slot).filter(|_| pods > 0) else {
                continue;
            };
            vertical.history.add_cpu(pods, used_m, self.now);
            n_read += pods;
        }
        if let Some(used) = vertical.memory_usage.filter(|_| n_read > 0) {
            vertical.history.add_memory(n_read, used.bytes(), self.now);
        }
        vpa::recommend(&vertical.history, vertical.allowed, present)
    }

    /// Tells of a recommendation that differs by a tenth from what was told last.
    fn tell_recommendation(&mut self, workload: usize, recommended: &Recommendation) {
        let owner = &mut self.world.workloads[workload];
        let requests = owner.requests;
        let Some(vertical) = &mut owner.vertical else {
            return;
        };
        let told = vertical.told.unwrap_or(requests);
        let moved = |told: u64, target: u64| told.abs_diff(target) > told / TOLD_PART;
        let target = recommended.target;
        if !moved(told.cpu_m, target.cpu_m) && !moved(told.memory_bytes, target.memory_bytes) {
            return;
        }
        vertical.told = Some(target);
        let history_days = vertical.history.confidence_days();
        let kind = EventKind::VpaRecommended {
            change: change(told, target),
            lower_cpu_m: recommended.lower.cpu_m,
            upper_cpu_m: recommended.upper.cpu_m,
            history_days,
        };
        self.tell(Entity::Workload(workload), None, None, kind);
    }

    /// Gives the pods that are due the requests they should have, and tells of it.
    fn update_pods(&mut self, workload: usize, mode: UpdateMode, recommended: &Recommendation) {
        let owner = &self.world.workloads[workload];
        let mut slots = Vec::new();
        let mut live = Vec::new();
        for at in &owner.pods {
            let pod = &self.world.pods[*at];
            if pod.phase != PodPhase::Terminating {
                slots.push(*at);
                live.push(Live {
                    requests: pod.requests,
                    started_at: pod.is_placed().then_some(pod.started_at),
                    quick_oom: pod.oom.is_some_and(|it| it.quick),
                });
            }
        }
        let group = Group {
            configured: owner.desired,
            pods: &live,
        };
        let mut done: Vec<Batch> = Vec::new();
        for update in vpa::updates(group, recommended, self.now) {
            let at = slots[update.pod];
            let way = self.way_to_update(at, mode, recommended.target);
            match way {
                Way::Resize => self.world.resize_pod(at, recommended.target, self.now),
                // The updater asks the eviction API, as a drain does, and looks again in a minute.
                Way::Evict if !self.eviction_of(at).allows() => continue,
                Way::Evict => self.terminate_pod(at),
                Way::Wait => continue,
            }
            let is_oom = update.because == UpdateReason::QuickOom;
            let same = |it: &&mut Batch| it.way == way && it.is_oom() == is_oom;
            match done.iter_mut().find(same) {
                Some(batch) => batch.pods += 1,
                None => done.push(Batch {
                    way,
                    pods: 1,
                    before: live[update.pod].requests,
                    because: update.because,
                }),
            }
        }
        // Resizes are told of before evictions.
        done.sort_by_key(|it| it.way == Way::Evict);
        for batch in done {
            let kind = self.updated(workload, &batch, recommended.target);
            let cause = self.world.workloads[workload].memory.as_ref();
            let cause = cause
                .and_then(|it| it.told.last()?.1)
                .filter(|_| batch.is_oom());
            let cause = self.tell(Entity::Workload(workload), None, cause, kind);
            self.reconcile_replicas(cause);
            self.wants_placement = true;
        }
    }

    /// The event of pods that are given their target.
    fn updated(&self, workload: usize, batch: &Batch, target: Resources) -> EventKind {
        let (pods, in_place) = (batch.pods, batch.way == Way::Resize);
        let change = change(batch.before, target);
        let bounds = self.world.workloads[workload].memory.as_ref();
        match bounds.filter(|_| batch.is_oom()) {
            Some(bounds) => EventKind::OutOfMemory(OomEvent::Raised {
                pods,
                in_place,
                change,
                bumped_bytes: vpa::oom_bump(change.memory_from_bytes),
                limit_from_bytes: bounds.limit_at(change.memory_from_bytes),
                limit_to_bytes: bounds.limit_at(change.memory_to_bytes),
            }),
            None => EventKind::VpaUpdated {
                pods,
                in_place,
                change,
                outside_bounds: batch.because == UpdateReason::OutsideBounds,
            },
        }
    }

    /// How a pod gets other requests: by the mode, and for a resize by the room on its node.
    fn way_to_update(&mut self, at: usize, mode: UpdateMode, target: Resources) -> Way {
        let pod = &self.world.pods[at];
        if mode == UpdateMode::Recreate {
            return Way::Evict;
        }
        // A container that waits for its next start has a pod that can be resized.
        let is_within_reach = pod.alive || pod.oom.is_some() && self.has_running_machine(at);
        if !pod.is_placed() || !is_within_reach {
            return Way::Wait;
        }
        // The kubelet lowers no limit below what is in use.
        let bounds = self.world.workloads[pod.workload].memory.as_ref();
        if pod.serves() && bounds.is_some_and(|it| it.ends(target.memory_bytes)) {
            return Way::Wait;
        }
        let node = &self.world.nodes[pod.node];
        let (allocatable, _) = self.world.allocatable(node);
        let others = node.requested.minus(pod.requests);
        if others.plus(target).fit_in(allocatable) {
            return Way::Resize;
        }
        let since = pod.resize_since.unwrap_or(self.now);
        let hopeless = !target.fit_in(allocatable) || self.now.since(since) > RESIZE_PATIENCE;
        self.world.pods[at].resize_since = Some(since);
        if hopeless && mode == UpdateMode::InPlaceOrRecreate {
            Way::Evict
        } else {
            Way::Wait
        }
    }
}

fn change(from: Resources, to: Resources) -> RequestsChange {
    RequestsChange {
        cpu_from_m: from.cpu_m,
        cpu_to_m: to.cpu_m,
        memory_from_bytes: from.memory_bytes,
        memory_to_bytes: to.memory_bytes,
    }
}
