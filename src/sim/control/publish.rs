//! What requests and the recorder see of the world: the flow state and the gauges of the stations.

use super::Control;
use crate::model::Resolver;
use crate::sim::flow::{Conduct, EndpointState, EntryZone, FlowState, Impairment, PodGroup};
use crate::sim::recorder::Recorder;
use crate::sim::run_log::{StationKind, StationState};
use crate::sim::world::{CachePhase, DatabasePhase, Machine, Pod, PodPhase, TargetPhase, World};

/// Where the nodes of each pool and zone stand among the stations, and how many there are.
#[derive(Debug)]
pub(super) struct Gauges {
    /// At `pool * zones + zone`; none where the pool does not go.
    nodes: Vec<Option<usize>>,
    /// Placed, serving and starting pods, at `workload * zones + zone`.
    pods: Vec<Count>,
    /// Nodes that exist, are ready, and boot or come, at `pool * zones + zone`.
    machines: Vec<Count>,
    shown: Vec<Shown>,
}

/// How one station is.
#[derive(Debug, Clone, Copy)]
struct Shown {
    station: usize,
    state: StationState,
    ready: u32,
    total: u32,
}

/// Things of one kind in one zone.
#[derive(Debug, Clone, Copy, Default)]
struct Count {
    total: u32,
    ready: u32,
    coming: u32,
}

impl Count {
    /// State of a station that consists of these.
    const fn state(self, power: bool) -> StationState {
        if !power {
            StationState::Down
        } else if self.total == 0 {
            StationState::Absent
        } else if self.ready > 0 {
            StationState::Normal
        } else if self.coming > 0 {
            StationState::Recovering
        } else {
            StationState::Down
        }
    }
}

impl Gauges {
    pub(super) fn new(world: &World, recorder: &Recorder) -> Self {
        let n_zones = world.zones.len();
        let stations = recorder.stations();
        let nodes = world.pools.iter().flat_map(|pool| {
            (0..n_zones).map(|zone| {
                stations.iter().position(|it| {
                    matches!(it.kind, StationKind::Nodes | StationKind::Fargate)
                        && it.component == pool.id
                        && it.zone.map(usize::from) == Some(zone)
                })
            })
        });
        Self {
            nodes: nodes.collect(),
            pods: vec![Count::default(); world.workloads.len() * n_zones],
            machines: vec![Count::default(); world.pools.len() * n_zones],
            shown: Vec::new(),
        }
    }
}

/// A state of nothing at all, which stands in while the real one is made.
const fn blank_state() -> FlowState {
    FlowState {
        version: 0,
        entry: Vec::new(),
        networks: Vec::new(),
        shed_share: 0.0,
        fail_open: false,
        pods: Vec::new(),
        parts: Vec::new(),
        conduct: Vec::new(),
        databases: Vec::new(),
        caches: Vec::new(),
        externals: Vec::new(),
        egress: Vec::new(),
        egress_zone: Vec::new(),
    }
}

/// A state in which nothing is there yet.
pub(super) fn empty_state(world: &World) -> FlowState {
    let nowhere = EndpointState {
        up: false,
        stalled_until: None,
        zone: 0,
        network: Impairment::default(),
        hit_ratio: 1.0,
    };
    let n_zones = world.zones.len();
    let way = EntryZone {
        dns_share: 0.0,
        alive: false,
    };
    FlowState {
        version: 0,
        entry: vec![way; n_zones],
        networks: vec![Impairment::default(); n_zones],
        shed_share: 0.0,
        fail_open: false,
        pods: vec![PodGroup::default(); world.workloads.len() * n_zones],
        parts: Vec::new(),
        conduct: vec![Conduct::default(); world.workloads.len()],
        databases: vec![nowhere; world.databases.len()],
        caches: vec![nowhere; world.caches.len()],
        externals: vec![nowhere; world.externals.len()],
        egress: vec![true; n_zones],
        egress_zone: (0..n_zones).collect(),
    }
}

impl Control {
    /// Shows the world to requests and recorder; the version rises only when something differs.
    pub(super) fn publish(&mut self) {
        let mut next = std::mem::replace(&mut self.draft, blank_state());
        self.show_entry(&mut next);
        self.impaired_networks(&mut next.networks);
        self.show_pods(&mut next);
        self.show_conduct(&mut next.conduct);
        self.show_lost_ways(&mut next.conduct);
        self.show_endpoints(&mut next);
        next.egress.clone_from(&self.world.nat.open);
        let gateways = self.world.nat.gateway_zone.iter().map(|zone| zone.index());
        next.egress_zone.clear();
        next.egress_zone.extend(gateways);
        next.version = self.flow.version;
        if next != self.flow {
            next.version += 1;
            std::mem::swap(&mut self.flow, &mut next);
        }
        self.draft = next;
        self.show_gauges();
    }

    fn show_entry(&self, next: &mut FlowState) {
        next.shed_share = self.shed_share();
        let Some(balancer) = &self.world.balancer else {
            // Users resolve the service's name inside the platform: any zone will do.
            let share = 1.0 / next.entry.len().max(1) as f64;
            next.entry.fill(EntryZone {
                dns_share: share,
                alive: true,
            });
            return;
        };
        next.fail_open = balancer.fail_open;
        let shares = balancer.shares(self.now);
        let known = 1.0 - self.forgotten(Resolver::Public, balancer.ttl);
        for ((at, way), share) in next.entry.iter_mut().enumerate().zip(shares) {
            *way = EntryZone {
                dns_share: share * known,
                alive: balancer.zones[at].is_some() && self.world.zones[at].is_reachable(),
            };
        }
    }

    /// Counts pods by workload and zone; of a workload whose pods are as they were, nothing is
    /// counted again.
    fn show_pods(&mut self, next: &mut FlowState) {
        if next.fail_open != self.flow.fail_open {
            self.world.pods.touch_all();
        }
        next.pods.clone_from(&self.flow.pods);
        next.parts.clone_from(&self.flow.parts);
        for workload in 0..self.world.workloads.len() {
            if self.world.pods.take_touched(workload) {
                self.count_pods(workload, next);
            }
        }
    }

    fn count_pods(&mut self, workload: usize, next: &mut FlowState) {
        let n_zones = self.world.zones.len();
        let slots = workload * n_zones..(workload + 1) * n_zones;
        let leaving = slots.clone();
        next.pods[slots.clone()].fill(PodGroup::default());
        self.gauges.pods[slots].fill(Count::default());
        let balancer = self.world.balancer.as_ref();
        let behind = balancer.and_then(|it| it.workload);
        let shifts = self.world.heeds_shifts(workload);
        for at in &self.world.workloads[workload].pods {
            let pod = &self.world.pods[*at];
            if !pod.is_active() {
                continue;
            }
            let node = &self.world.nodes[pod.node];
            let slot = pod.workload * n_zones + node.zone.index();
            let shifted = shifts && self.world.zones[node.zone.index()].is_shifted();
            if self.world.receives(pod) && !shifted {
                count_pod(
                    &mut next.pods[slot],
                    pod,
                    behind == Some(pod.workload),
                    balancer.is_some_and(|it| it.spares(node.zone)),
                    next.fail_open,
                    node.machine == Machine::Running,
                );
            }
            let count = &mut self.gauges.pods[slot];
            count.total += 1;
            count.ready += u32::from(pod.serves());
            let coming = pod.phase == PodPhase::Starting && pod.alive;
            count.coming += u32::from(coming || node.machine == Machine::Booting);
        }
        if behind == Some(workload) {
            self.count_leaving(&mut next.pods[leaving]);
            self.show_parts(&mut next.parts);
        }
    }

    fn show_endpoints(&self, next: &mut FlowState) {
        for (state, it) in next.databases.iter_mut().zip(&self.world.databases) {
            *state = EndpointState {
                up: it.answers(),
                stalled_until: it.stall.until(),
                zone: it.zone().index(),
                network: it.network,
                hit_ratio: 1.0,
            };
        }
        for (state, it) in next.caches.iter_mut().zip(&self.world.caches) {
            *state = EndpointState {
                up: it.answers(),
                stalled_until: it.stall.until(),
                zone: it.zone.index(),
                network: it.network,
                hit_ratio: it.hit_ratio(self.now),
            };
        }
        for (state, it) in next.externals.iter_mut().zip(&self.world.externals) {
            *state = EndpointState {
                up: it.n_down_faults == 0,
                stalled_until: None,
                zone: 0,
                network: it.network,
                hit_ratio: 1.0,
            };
        }
    }

    fn show_gauges(&mut self) {
        self.count_machines();
        let mut shown = std::mem::take(&mut self.gauges.shown);
        shown.clear();
        self.show_groups(&mut shown);
        self.show_data(&mut shown);
        for it in &shown {
            self.recorder
                .gauge(it.station, it.state, it.ready, it.total);
        }
        self.gauges.shown = shown;
        for (at, workload) in self.world.workloads.iter().enumerate() {
            self.recorder.replicas_desired(at, workload.desired);
        }
    }

    /// Pods, nodes, balancer nodes and gateways.
    fn show_groups(&self, shown: &mut Vec<Shown>) {
        let index = self.recorder.index();
        let n_zones = self.world.zones.len();
        let power = |zone: usize| self.world.zones[zone].is_reachable();
        for (slot, (station, count)) in index.pods.iter().zip(&self.gauges.pods).enumerate() {
            let zone = slot % n_zones;
            let pools = &self.world.workloads[slot / n_zones].pools;
            let spans = |pool: &usize| self.gauges.nodes[pool * n_zones + zone].is_some();
            let state = if pools.iter().any(spans) {
                count.state(power(zone))
            } else {
                StationState::Absent
            };
            shown.push(Shown::group(*station, state, *count));
        }
        for (slot, station) in self.gauges.nodes.iter().enumerate() {
            let count = self.gauges.machines[slot];
            let state = count.state(power(slot % n_zones));
            shown.extend(station.map(|it| Shown::group(it, state, count)));
        }
        for zone in 0..n_zones {
            for station in [index.balancer_nodes[zone], index.nat_gateways[zone]] {
                shown.extend(station.map(|it| Shown::single(it, power(zone), None)));
            }
        }
    }

    /// Databases, caches and external services.
    fn show_data(&self, shown: &mut Vec<Shown>) {
        let index = self.recorder.index();
        for (station, it) in index.databases.iter().zip(&self.world.databases) {
            let returning = matches!(
                it.phase,
                DatabasePhase::FailingOver
                    | DatabasePhase::Reconnecting
                    | DatabasePhase::Recovering
            );
            let serves = it.answers() && !it.stall.is_on();
            shown.push(Shown::single(*station, serves, Some(returning)));
        }
        for (station, it) in index.caches.iter().zip(&self.world.caches) {
            let warming = it.emptied_at.is_some();
            let returning = matches!(it.phase, CachePhase::FailingOver | CachePhase::Recovering);
            let serves = it.answers() && !it.stall.is_on();
            shown.push(Shown::single(*station, serves, Some(returning || warming)));
        }
        for (station, it) in index.externals.iter().zip(&self.world.externals) {
            shown.push(Shown::single(*station, it.n_down_faults == 0, None));
        }
    }

    fn count_machines(&mut self) {
        let n_zones = self.world.zones.len();
        self.gauges.machines.fill(Count::default());
        for node in &self.world.nodes {
            if node.machine == Machine::Gone {
                continue;
            }
            let count = &mut self.gauges.machines[node.pool * n_zones + node.zone.index()];
            if node.machine == Machine::Fargate {
                // What is counted there is tasks.
                count.total += node.n_pods;
                count.ready += if self.world.runs(node) {
                    node.n_pods
                } else {
                    0
                };
                continue;
            }
            count.total += 1;
            count.ready += u32::from(node.machine == Machine::Running && node.ready);
            let coming = matches!(node.machine, Machine::Launching | Machine::Booting);
            count.coming += u32::from(coming);
        }
    }
}

impl Shown {
    /// Pods or nodes of a zone.
    const fn group(station: usize, state: StationState, count: Count) -> Self {
        Self {
            station,
            state,
            ready: count.ready,
            total: count.total,
        }
    }

    /// One endpoint that answers or not; `returning` when it is on its way back.
    fn single(station: usize, up: bool, returning: Option<bool>) -> Self {
        let state = match (returning, up) {
            (Some(true), _) => StationState::Recovering,
            (_, true) => StationState::Normal,
            (_, false) => StationState::Down,
        };
        Self {
            station,
            state,
            ready: u32::from(up),
            total: 1,
        }
    }
}

/// Adds a pod to its group. A workload without balancer is reached through its endpoints; a pod
/// that is spared receives nothing unless all do; the machine of a dead one refuses if it runs.
fn count_pod(
    group: &mut PodGroup,
    pod: &Pod,
    balanced: bool,
    spared: bool,
    fail_open: bool,
    machine_runs: bool,
) {
    let serves = pod.serves() && (pod.listed || pod.is_gated());
    let lost_listed = u32::from(pod.phase == PodPhase::Ready && !pod.alive && pod.listed);
    group.ready += u32::from(serves);
    let (crashed, dead) = if machine_runs { (1, 0) } else { (0, 1) };
    group.dead_in_endpoints += dead * lost_listed;
    group.crashed_in_endpoints += crashed * lost_listed;
    let (lives, lost) = if balanced {
        let receives = match pod.target {
            TargetPhase::None => false,
            TargetPhase::Healthy => fail_open || !spared,
            TargetPhase::Initial | TargetPhase::Unhealthy => fail_open,
        };
        (receives && serves, u32::from(receives && !pod.alive))
    } else {
        (serves, lost_listed)
    };
    group.in_balancer += u32::from(lives);
    group.dead_in_balancer += dead * lost;
    group.crashed_in_balancer += crashed * lost;
}
