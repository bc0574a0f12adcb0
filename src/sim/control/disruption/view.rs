//! What the disruption controller sees of the world.

use crate::sim::control::Control;
use crate::sim::policy::disruption_budget;
use crate::sim::policy::karpenter::disruption::{
    DisruptablePool, Node, Observed, Settings, Workload, eviction_cost,
};
use crate::sim::policy::resources::SmallSet;
use crate::sim::world;

impl Control {
    /// Hands over what the controller sees, with the slot of each of its nodes.
    pub fn with_view<T>(&self, use_it: impl FnOnce(&Observed<'_>, &[usize]) -> T) -> T {
        let pods = self.pods_by_node();
        let blocked = self.blocked_nodes();
        let pools: Vec<DisruptablePool<'_>> = self.world.pools.iter().map(pool).collect();
        let workloads = self.world.workloads.iter().map(workload);
        let mut workloads: Vec<Workload<'_>> = workloads.collect();
        for (node, pods) in self.world.nodes.iter().zip(&pods) {
            for (workload, count) in pods {
                let counts = &mut workloads[*workload].pods_per_capacity_type;
                counts[node.capacity_type as usize] += count;
            }
        }
        let (mut slots, mut nodes) = (Vec::new(), Vec::new());
        for (at, it) in self.world.nodes.iter().enumerate() {
            if it.machine.is_of_cluster() {
                slots.push(at);
                let seen = self.see(it, &pods[at]);
                // While a zone is shifted away from, Karpenter takes no node there of its own
                // accord, and counts on none of them.
                let shifted = self.world.zones[it.zone.index()].is_shifted();
                nodes.push(Node {
                    blocked: blocked[at],
                    shifted,
                    spare: seen.spare || shifted,
                    ..seen
                });
            }
        }
        let view = Observed {
            nodes: &nodes,
            pools: &pools,
            workloads: &workloads,
            spot_to_spot: self.kubernetes.karpenter.spot_to_spot_consolidation,
            now: self.now,
        };
        use_it(&view, &slots)
    }

    /// By slot of the node: a disruption budget lets one of its pods not go now.
    fn blocked_nodes(&self) -> Vec<bool> {
        let workloads = 0..self.world.workloads.len();
        let statuses: Vec<_> = workloads.map(|at| self.budget_status(at)).collect();
        let mut blocked = vec![false; self.world.nodes.len()];
        for pod in self.world.pods.iter().filter(|it| it.is_active()) {
            let budget = self.world.workloads[pod.workload].disruption_budget;
            if let Some((budget, status)) = budget.zip(statuses[pod.workload]) {
                let ready = pod.is_ready();
                blocked[pod.node] |= disruption_budget::holds_node(ready, &budget, &status);
            }
        }
        blocked
    }

    /// By slot of the node: its pods that would have to move, by workload in order.
    fn pods_by_node(&self) -> Vec<Vec<(usize, u32)>> {
        let mut found: Vec<Vec<(usize, u32)>> = vec![Vec::new(); self.world.nodes.len()];
        for pod in &self.world.pods {
            if !pod.is_active() {
                continue;
            }
            let here = &mut found[pod.node];
            match here.binary_search_by_key(&pod.workload, |(workload, _)| *workload) {
                Ok(at) => here[at].1 += 1,
                Err(at) => here.insert(at, (pod.workload, 1)),
            }
        }
        found
    }

    /// Host ports that pods of these workloads take.
    fn host_ports_of(&self, pods: &[(usize, u32)]) -> SmallSet {
        pods.iter()
            .fold(SmallSet::default(), |taken, (workload, _)| {
                taken.with(self.world.workloads[*workload].rules.host_ports)
            })
    }

    fn see<'a>(&self, node: &world::Node, pods: &'a [(usize, u32)]) -> Node<'a> {
        let (allocatable, slots) = self.world.allocatable(node);
        let pool = &self.world.pools[node.pool].karpenter;
        let mut offerings = pool.instance_types[node.instance_type].offerings.iter();
        let own =
            offerings.find(|it| it.zone == node.zone && it.capacity_type == node.capacity_type);
        Node {
            pool: node.pool,
            instance_type: node.instance_type,
            zone: node.zone,
            capacity_type: node.capacity_type,
            price_micro_usd: own.map_or(0, |it| it.price_micro_usd),
            registered: node.registered,
            ready: node.ready,
            deleting: node.deleting,
            spare: node.spare,
            blocked: false,
            shifted: false,
            nominated_until: node.nominated_until,
            pods_changed_at: node.pods_changed_at,
            drifted_since: node.drifted_since,
            free: allocatable.minus(node.requested),
            free_slots: slots - node.n_pods,
            host_ports: self.host_ports_of(pods),
            pods,
        }
    }
}

fn pool(of: &world::Pool) -> DisruptablePool<'_> {
    DisruptablePool {
        karpenter: &of.karpenter,
        settings: of.disruption.as_ref().map(|it| Settings {
            policy: it.policy,
            consolidate_after: it.consolidate_after,
            budgets: &it.budgets,
            termination_grace_period: it.termination_grace_period,
        }),
    }
}

fn workload(of: &world::Workload) -> Workload<'_> {
    Workload {
        pools: &of.pools,
        requests: of.requests,
        eviction_cost: eviction_cost(of.priority),
        rules: &of.rules,
        pods_per_zone: &of.pods_per_zone,
        // Counted by nodes, once for all.
        pods_per_capacity_type: [0; 2],
        n_pending: of.n_pending,
    }
}
