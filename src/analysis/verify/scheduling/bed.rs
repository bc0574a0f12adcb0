//! A small cluster on which cases play rounds of Karpenter: pools, workloads, and the nodes that
//! earlier rounds have launched.

use crate::model::{CapacityType, ZoneIndex};
use crate::sim::policy::karpenter::{
    self, CapacityChoice, InFlight, InstanceType, Observed, Offering, PendingPods, Pool, Workload,
};
use crate::sim::policy::resources::{Resources, SmallSet};

/// A node of the bed.
pub(super) struct Node {
    pub(super) pool: usize,
    pub(super) instance_type: usize,
    pub(super) zone: ZoneIndex,
    pub(super) capacity_type: CapacityType,
    /// What its pods request.
    pub(super) requested: Resources,
    /// Its pods by workload.
    pub(super) pods: Vec<u32>,
}

/// The cluster.
pub(super) struct Bed {
    pub(super) pools: Vec<Pool>,
    pub(super) workloads: Vec<Workload>,
    pub(super) nodes: Vec<Node>,
}

/// An instance type that is offered on demand and as Spot in some zones.
pub(super) fn instance_type(
    room: Resources,
    pod_slots: u32,
    zones: &[u8],
    price_micro_usd: u64,
) -> InstanceType {
    let mut offerings = Vec::new();
    for zone in zones {
        for capacity_type in [CapacityType::OnDemand, CapacityType::Spot] {
            let is_spot = capacity_type == CapacityType::Spot;
            offerings.push(Offering {
                zone: ZoneIndex(*zone),
                capacity_type,
                price_micro_usd: price_micro_usd / if is_spot { 2 } else { 1 },
                available: true,
            });
        }
    }
    InstanceType {
        cpu_m: room.cpu_m,
        allocatable: room,
        pod_slots,
        offerings,
    }
}

/// A type with room for far more pods than a case has.
pub(super) fn roomy(zones: &[u8]) -> InstanceType {
    let room = Resources {
        cpu_m: 1_000_000,
        memory_bytes: 1 << 40,
    };
    instance_type(room, 1000, zones, 1_000_000)
}

pub(super) fn pool(instance_types: Vec<InstanceType>) -> Pool {
    Pool::new(instance_types, CapacityChoice::SpotFirst)
}

/// A workload of one pool, without rules.
pub(super) fn workload(pools: &[usize]) -> Workload {
    Workload {
        pools: pools.to_vec(),
        ..Workload::default()
    }
}

/// So many pods of a workload.
pub(super) const fn pods(workload: usize, count: u32, requests: Resources) -> PendingPods {
    PendingPods {
        count,
        requests,
        workload,
    }
}

impl Bed {
    /// One round of provisioning: the pods that found no node.
    pub(super) fn round(&mut self, pending: &[PendingPods]) -> u32 {
        self.count_pods();
        let in_flight: Vec<InFlight> = self.nodes.iter().map(|it| self.with_room(it)).collect();
        let pools: Vec<&Pool> = self.pools.iter().collect();
        let plan = karpenter::plan(&Observed {
            pending,
            workloads: &self.workloads,
            in_flight: &in_flight,
            pools: &pools,
        });
        for it in &plan.nominations {
            self.put(it.in_flight, &pending[it.cohort], it.count);
        }
        for launch in &plan.launches {
            let at = self.add_node(launch.pool, launch.zone, launch.capacity_type);
            self.nodes[at].instance_type = launch.instance_type;
            for (cohort, count) in &launch.pods {
                self.put(at, &pending[*cohort], *count);
            }
        }
        plan.unplaced.iter().map(|it| it.count).sum()
    }

    /// Adds a node without pods.
    pub(super) fn add_node(
        &mut self,
        pool: usize,
        zone: ZoneIndex,
        capacity_type: CapacityType,
    ) -> usize {
        self.nodes.push(Node {
            pool,
            instance_type: 0,
            zone,
            capacity_type,
            requested: Resources::default(),
            pods: vec![0; self.workloads.len()],
        });
        self.nodes.len() - 1
    }

    /// Puts pods on a node.
    pub(super) fn put(&mut self, at: usize, pods: &PendingPods, count: u32) {
        let node = &mut self.nodes[at];
        node.pods[pods.workload] += count;
        for _ in 0..count {
            node.requested = node.requested.plus(pods.requests);
        }
    }

    fn with_room(&self, node: &Node) -> InFlight {
        let kind = &self.pools[node.pool].instance_types[node.instance_type];
        let n_pods: u32 = node.pods.iter().sum();
        let inhabited = node.pods.iter().zip(&self.workloads).filter(|it| *it.0 > 0);
        InFlight {
            pool: node.pool,
            zone: node.zone,
            capacity_type: node.capacity_type,
            host_ports: inhabited.fold(SmallSet::default(), |taken, (_, workload)| {
                taken.with(workload.rules.host_ports)
            }),
            free: kind.allocatable.minus(node.requested),
            free_slots: kind.pod_slots.saturating_sub(n_pods),
            n_pods: 0,
        }
    }

    fn count_pods(&mut self) {
        for (at, workload) in self.workloads.iter_mut().enumerate() {
            workload.pods_per_zone = vec![0; 8];
            workload.pods_per_capacity_type = [0; 2];
            workload.pods_on.clear();
            for node in &self.nodes {
                let count = node.pods[at];
                workload.pods_per_zone[node.zone.index()] += count;
                workload.pods_per_capacity_type[node.capacity_type as usize] += count;
                workload.pods_on.push(count);
            }
        }
    }
}
