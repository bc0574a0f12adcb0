//! Where the pods of some nodes would go if those nodes were gone.
//!
//! The question is put to the very function that places pending pods ([`plan`]): the candidates'
//! pods join those that are pending or on nodes that are being removed anyway; every other node
//! counts with its free room. A node that is still on its way may take pending pods but none of a
//! candidate's: a disruption must not rely on a machine that may never come.

use super::super::{InFlight, Launch, Observed as PlanObserved, PendingPods, Pool, Workload, plan};
use super::{DisruptablePool, Node, Observed};
use crate::model::CapacityType;
use crate::sim::policy::pod_rules::PodRules;

/// Where the pods go.
#[derive(Debug, Clone, PartialEq, Default)]
pub(super) struct Moves {
    /// Nodes to launch.
    pub launches: Vec<Planned>,
    /// Nodes that take pods, as indices.
    pub hosts: Vec<usize>,
    /// Pods of the candidates.
    pub n_pods: u32,
}

/// A node to launch.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Planned {
    /// As it was planned.
    pub launch: Launch,
    /// Its pods have rules about places, so that its zone and capacity type are settled.
    pub is_placed: bool,
}

/// Where the candidates' pods would go; `None` when some would go nowhere.
pub(super) fn without(observed: &Observed<'_>, candidates: &[usize]) -> Option<Moves> {
    let mut batch = Batch::new(observed);
    for at in candidates {
        batch.take(&observed.nodes[*at]);
    }
    let n_moving = batch.pending.len();
    let others = (0..observed.nodes.len()).filter(|at| !candidates.contains(at));
    let others: Vec<usize> = others.collect();
    for at in &others {
        if observed.nodes[*at].deleting {
            batch.take(&observed.nodes[*at]);
        }
    }
    batch.take_pending();
    // What has joined is filled before what is on its way.
    let mut hosts = Vec::new();
    for registered in [true, false] {
        let fits = |at: &&usize| {
            let node = &observed.nodes[**at];
            node.registered == registered && batch.fits_some(node)
        };
        hosts.extend(others.iter().filter(fits).copied());
    }
    let in_flight: Vec<InFlight> = hosts.iter().map(|at| batch.host(*at)).collect();
    let pools = pools_without(observed, candidates);
    let pools: Vec<&Pool> = pools.iter().collect();
    let planned = plan(&PlanObserved {
        pending: &batch.pending,
        workloads: &batch.workloads,
        in_flight: &in_flight,
        pools: &pools,
    });
    let is_moving = |cohort: usize| cohort < n_moving;
    let relies_on_hope = planned
        .nominations
        .iter()
        .any(|it| is_moving(it.cohort) && !observed.nodes[hosts[it.in_flight]].registered);
    if relies_on_hope || planned.unplaced.iter().any(|it| is_moving(it.cohort)) {
        return None;
    }
    let taking = planned.nominations.iter().map(|it| hosts[it.in_flight]);
    let launches = planned.launches.into_iter().map(|launch| Planned {
        is_placed: launch
            .pods
            .iter()
            .any(|(cohort, _)| batch.is_choosy(*cohort)),
        launch,
    });
    Some(Moves {
        launches: launches.collect(),
        hosts: taking.collect(),
        n_pods: batch.pending[..n_moving].iter().map(|it| it.count).sum(),
    })
}

/// The pools as they would be without the candidates. Karpenter launches nothing in those that are
/// not its own, but their nodes take pods.
fn pools_without(observed: &Observed<'_>, candidates: &[usize]) -> Vec<Pool> {
    let own = |it: &DisruptablePool<'_>| match it.settings {
        Some(_) => it.karpenter.clone(),
        None => Pool {
            cpu_limit_m: Some(0),
            ..it.karpenter.clone()
        },
    };
    let mut left: Vec<Pool> = observed.pools.iter().map(own).collect();
    for at in candidates {
        let node = &observed.nodes[*at];
        let pool = &mut left[node.pool];
        pool.nodes_per_zone[node.zone.index()] -= 1;
        pool.n_spot_nodes -= u32::from(node.capacity_type == CapacityType::Spot);
        pool.cpu_used_m -= pool.instance_types[node.instance_type].cpu_m;
    }
    left
}

/// The pods to be placed, and their workloads as they are without them.
struct Batch<'a> {
    observed: &'a Observed<'a>,
    pending: Vec<PendingPods>,
    workloads: Vec<Workload>,
}

impl<'a> Batch<'a> {
    fn new(observed: &'a Observed<'a>) -> Self {
        // Rules of pods that stay matter only where they keep others away.
        let rules_of = |it: &super::Workload<'_>| match it.rules.anti_affinity.is_empty() {
            true => PodRules::default(),
            false => it.rules.clone(),
        };
        let workloads = observed.workloads.iter().map(|it| Workload {
            pools: it.pools.to_vec(),
            rules: rules_of(it),
            pods_per_zone: it.pods_per_zone.to_vec(),
            pods_per_capacity_type: it.pods_per_capacity_type,
            pods_on: Vec::new(),
        });
        Self {
            observed,
            pending: Vec::new(),
            workloads: workloads.collect(),
        }
    }

    /// True for a node with room for one of the pods at least; others could just as well not be
    /// there.
    fn fits_some(&self, node: &Node<'_>) -> bool {
        let fits = |it: &PendingPods| it.requests.fit_in(node.free);
        node.takes_pods() && node.free_slots > 0 && self.pending.iter().any(fits)
    }

    /// The next node with room, and the pods on it.
    fn host(&mut self, at: usize) -> InFlight {
        let node = &self.observed.nodes[at];
        for workload in &mut self.workloads {
            workload.pods_on.push(0);
        }
        for (workload, count) in node.pods {
            let on = &mut self.workloads[*workload].pods_on;
            *on.last_mut().expect("pushed above") = *count;
        }
        InFlight {
            pool: node.pool,
            zone: node.zone,
            capacity_type: node.capacity_type,
            host_ports: node.host_ports,
            free: node.free,
            free_slots: node.free_slots,
            n_pods: 0,
        }
    }

    /// The pods of a node have to go somewhere else.
    fn take(&mut self, node: &Node<'_>) {
        for (workload, count) in node.pods {
            let counts = &mut self.workloads[*workload];
            counts.pods_per_zone[node.zone.index()] -= count;
            counts.pods_per_capacity_type[node.capacity_type as usize] -= count;
            self.add(*workload, *count);
        }
    }

    /// Pods that have no node yet.
    fn take_pending(&mut self) {
        for (at, it) in self.observed.workloads.iter().enumerate() {
            if it.n_pending > 0 {
                self.add(at, it.n_pending);
            }
        }
    }

    /// True for pods that may not go just anywhere.
    fn is_choosy(&self, cohort: usize) -> bool {
        let workload = self.pending[cohort].workload;
        let rules = &self.workloads[workload].rules;
        let is_alone = rules.spreads.is_empty() && rules.affinity.is_empty();
        !is_alone || !rules.anti_affinity.is_empty() || !rules.node_affinity.is_empty()
    }

    fn add(&mut self, workload: usize, count: u32) {
        if self.pending.iter().all(|it| it.workload != workload) {
            self.workloads[workload].rules = self.observed.workloads[workload].rules.clone();
        }
        self.pending.push(PendingPods {
            count,
            requests: self.observed.workloads[workload].requests,
            workload,
        });
    }
}
