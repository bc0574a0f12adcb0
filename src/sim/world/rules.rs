//! The rules of a design's pods with every name looked up.

use crate::model::{Component, Deployment, Design, NodeAffinity, PodAffinity, Taint, TaintEffect};
use crate::sim::flow::FlowGraph;
use crate::sim::policy::pod_rules::{NodeTerm, PodRules};
use crate::sim::policy::resources::SmallSet;
use crate::sim::policy::topology::Term;

/// What the names of a design stand for: its taints and host ports, numbered.
pub(super) struct Rules<'a> {
    graph: &'a FlowGraph,
    taints: Vec<&'a Taint>,
    host_ports: Vec<u32>,
}

impl<'a> Rules<'a> {
    pub(super) fn new(design: &'a Design, graph: &'a FlowGraph) -> Self {
        let mut taints = Vec::new();
        let mut host_ports = Vec::new();
        for (_, vertex) in design.components() {
            for taint in vertex.component.taints() {
                if !taints.contains(&taint) {
                    taints.push(taint);
                }
            }
            if let Component::Deployment(it) = &vertex.component {
                host_ports.extend(it.host_port.filter(|port| !host_ports.contains(port)));
            }
        }
        Self {
            graph,
            taints,
            host_ports,
        }
    }

    /// Taints of a pool's nodes that keep pods away, and those that only put them off.
    pub(super) fn taints_of(&self, pool: &Component) -> (SmallSet, SmallSet) {
        let own = pool.taints();
        let numbers = |soft: bool| {
            let all = self.taints.iter().enumerate();
            let meant = all.filter(move |(_, taint)| {
                own.contains(taint) && (taint.effect == TaintEffect::PreferNoSchedule) == soft
            });
            meant.map(|(number, _)| number).collect()
        };
        (numbers(false), numbers(true))
    }

    /// The rules of a deployment's pods. A wish about a deployment that is not there is left out.
    pub(super) fn of(&self, design: &Design, id: &str, model: &Deployment) -> PodRules {
        let tolerates = |taint: &Taint| model.tolerations.iter().any(|it| it.tolerates(taint));
        let taints = self.taints.iter().enumerate();
        let ports = self.host_ports.iter().enumerate();
        let term = |it: &PodAffinity| {
            Some(Term {
                workload: self.graph.deployment(it.to.as_deref().unwrap_or(id))?,
                key: it.topology_key,
                weight: it.weight,
            })
        };
        let node_term = |it: &NodeAffinity| NodeTerm {
            zones: it.zones.as_deref().map(|zones| {
                let known = zones.iter().filter_map(|zone| design.zone(zone));
                known.collect()
            }),
            capacity_type: it.capacity_type,
            weight: it.weight,
        };
        PodRules {
            tolerates: taints
                .filter(|(_, taint)| tolerates(taint))
                .map(|(number, _)| number)
                .collect(),
            host_ports: ports
                .filter(|(_, port)| model.host_port == Some(**port))
                .map(|(number, _)| number)
                .collect(),
            node_affinity: model.node_affinity.iter().map(node_term).collect(),
            spreads: model.topology_spread.clone().map_or(Vec::new(), |it| it.0),
            affinity: model.pod_affinity.iter().filter_map(term).collect(),
            anti_affinity: model.pod_anti_affinity.iter().filter_map(term).collect(),
        }
    }
}
