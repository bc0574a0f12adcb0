//! DaemonSets: one pod of each on every node that it may run on.
//!
//! The real thing. The DaemonSet controller wants a pod on each node whose labels and taints allow
//! it, and kube-scheduler puts it there; it tolerates not-ready, unreachable and closed nodes for
//! ever, and a drain leaves it alone. It takes room on every node, which is what small nodes cost:
//! Karpenter and Cluster Autoscaler subtract it from each node that they think of.
//!
//! Assumed: its pods are on a node from the moment it joins until it goes, before any other (the
//! add-ons of EKS have the priority `system-node-critical`), and use no more than they request.
//!
//! Left out: their rollouts, pods that their node is too small for (a finding says so), quotas.

use serde::Serialize;

use super::architecture::Architecture;
use super::json::{self, from_json};
use super::one_or_list::OneOrList;
use super::scheduling::{TaintEffect, Toleration};
use crate::units::{ByteSize, Cpu};

/// A DaemonSet: what one of its pods takes, and of which nodes.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[cfg_attr(test, schemars(default, deny_unknown_fields))]
pub struct DaemonSet {
    /// CPU reserved per pod; absent means none, as in Kubernetes.
    #[serde(skip_serializing_if = "json::is_default")]
    pub cpu_request: Cpu,
    /// Memory reserved per pod; absent means none.
    #[serde(skip_serializing_if = "json::is_default")]
    pub memory_request: ByteSize,
    /// Id of the node pool or node group whose nodes it runs on, or a list of 1 to 10 such ids;
    /// absent means all nodes with taints that it tolerates.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub runs_on: Option<OneOrList<String>>,
    /// Taints that the pods tolerate; at most 10. A toleration without a key tolerates all.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    #[cfg_attr(test, schemars(length(max = 10)))]
    pub tolerations: Vec<Toleration>,
}

from_json!(DaemonSet or default { cpu_request, memory_request, runs_on, tolerations });

/// What daemon pods take of a node.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct DaemonOverhead {
    /// CPU that they request together.
    pub cpu: Cpu,
    /// Memory that they request together.
    pub memory: ByteSize,
    /// How many they are.
    pub pods: u32,
}

impl Architecture {
    /// What daemon pods take of each node of a pool or group.
    #[must_use]
    pub fn daemons_on(&self, pool: &str) -> DaemonOverhead {
        let taints = self.components.get(pool).map_or(&[][..], |it| it.taints());
        let mut sum = DaemonOverhead::default();
        for daemon in self.kubernetes.daemon_sets.values() {
            let selects = |ids: &OneOrList<String>| ids.0.iter().any(|id| id == pool);
            let tolerated = taints.iter().all(|taint| {
                let only_wished = taint.effect == TaintEffect::PreferNoSchedule;
                only_wished || daemon.tolerations.iter().any(|it| it.tolerates(taint))
            });
            if tolerated && daemon.runs_on.as_ref().is_none_or(selects) {
                let millis = sum.cpu.millis().saturating_add(daemon.cpu_request.millis());
                let bytes = sum
                    .memory
                    .bytes()
                    .saturating_add(daemon.memory_request.bytes());
                sum.cpu = Cpu::from_millis(millis);
                sum.memory = ByteSize::from_bytes(bytes);
                sum.pods += 1;
            }
        }
        sum
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{Component, NodePool, Taint};

    #[test]
    fn daemons_run_where_selector_and_taints_let_them() {
        let taint = |effect| Taint {
            key: "gpu".to_string(),
            value: None,
            effect,
        };
        let pool = |taints: Vec<Taint>| {
            let pool = NodePool {
                taints,
                ..NodePool::default()
            };
            Component::NodePool(pool)
        };
        let mut architecture = Architecture::default();
        let components = [
            ("gpu", pool(vec![taint(TaintEffect::NoSchedule)])),
            ("plain", pool(Vec::new())),
            ("soft", pool(vec![taint(TaintEffect::PreferNoSchedule)])),
        ];
        architecture.components = components
            .into_iter()
            .map(|(id, it)| (id.to_string(), it))
            .collect();
        let daemon = |millis, runs_on: Option<&str>, tolerates: bool| DaemonSet {
            cpu_request: Cpu::from_millis(millis),
            runs_on: runs_on.map(OneOrList::from),
            tolerations: vec![Toleration::default(); usize::from(tolerates)],
            ..DaemonSet::default()
        };
        let daemons = [
            ("a", daemon(1, None, false)),
            ("b", daemon(10, None, true)),
            ("c", daemon(100, Some("plain"), false)),
            ("d", daemon(1000, Some("gpu"), false)),
        ];
        architecture.kubernetes.daemon_sets = daemons
            .into_iter()
            .map(|(id, it)| (id.to_string(), it))
            .collect();
        let on = |pool| {
            let sum = architecture.daemons_on(pool);
            (sum.cpu.millis(), sum.pods)
        };
        assert_eq!(on("gpu"), (10, 1), "only what tolerates everything");
        assert_eq!(on("plain"), (111, 3));
        assert_eq!(on("soft"), (11, 2), "a wish keeps no daemon away");
    }
}
