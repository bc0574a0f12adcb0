//! DaemonSets: where they run.

use super::Check;
use super::design::check_repeated;
use crate::model::{Component, Design};

/// What a DaemonSet runs on are pools and groups.
pub(super) fn check_daemon_sets(check: &mut Check, design: &Design) {
    let carries = |component: &Component| {
        matches!(component, Component::NodePool(_) | Component::NodeGroup(_))
    };
    for (id, daemon) in &design.architecture.kubernetes.daemon_sets {
        let Some(runs_on) = &daemon.runs_on else {
            continue;
        };
        let path = format!("/kubernetes/daemon_sets/{id}/runs_on");
        check_repeated(check, &path, &runs_on.0);
        for (path, to) in runs_on.placed(&path) {
            let target = design.architecture.components.get(to);
            if !target.is_some_and(carries) {
                let all = design.components().map(|(_, it)| it);
                let known = all.filter(|it| carries(&it.component));
                let known = known.map(|it| it.id.as_str());
                check.dangling(path, to, "node_pool or node_group", known);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{Architecture, DaemonSet, NodeGroup, OneOrList};

    #[test]
    fn a_daemon_set_runs_on_nodes() {
        let mut architecture = Architecture::default();
        let nodes = Component::NodeGroup(NodeGroup::default());
        architecture.components.insert("nodes".to_string(), nodes);
        let on = |ids: &[&str]| DaemonSet {
            runs_on: Some(OneOrList(ids.iter().map(|it| (*it).to_string()).collect())),
            ..DaemonSet::default()
        };
        let daemons = [
            ("all", DaemonSet::default()),
            ("lost", on(&["nodes", "node"])),
            ("some", on(&["nodes"])),
            ("twice", on(&["nodes", "nodes"])),
        ];
        for (id, it) in daemons {
            let all = &mut architecture.kubernetes.daemon_sets;
            all.insert(id.to_string(), it);
        }
        let (design, _) = Design::resolve("one", architecture);
        let mut check = Check::default();
        check_daemon_sets(&mut check, &design);
        let paths = check.findings.iter().map(|it| it.path.as_str());
        assert_eq!(
            paths.collect::<Vec<_>>(),
            [
                "/kubernetes/daemon_sets/lost/runs_on/1",
                "/kubernetes/daemon_sets/twice/runs_on/1"
            ]
        );
    }
}
