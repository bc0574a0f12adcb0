//! What a design says about where pods run.

use super::design::{check_repeated, check_zone};
use super::{Check, contradiction};
use crate::model::{Component, Deployment, Design, TopologyKey, WhenUnsatisfiable};

pub(super) fn check_deployment(check: &mut Check, design: &Design, at: &str, it: &Deployment) {
    let spreads = it.topology_spread.as_ref();
    for (path, spread) in
        spreads.map_or(Vec::new(), |it| it.placed(&format!("{at}/topology_spread")))
    {
        // Kubernetes refuses the pair: a preference has no domains to wait for.
        if spread.min_domains.is_some()
            && spread.when_unsatisfiable == WhenUnsatisfiable::ScheduleAnyway
        {
            let other = "when_unsatisfiable = do_not_schedule";
            check.error(
                format!("{path}/min_domains"),
                contradiction("min_domains", "needs", other),
            );
        }
    }
    for (index, term) in it.node_affinity.iter().enumerate() {
        let path = format!("{at}/node_affinity/{index}");
        if let Some(zones) = &term.zones {
            let path = format!("{path}/zones");
            if zones.is_empty() {
                check.out_of_range(&path, "an empty list", "1 to 6 items");
            }
            check_repeated(check, &path, zones);
            for (index, zone) in zones.iter().enumerate() {
                check_zone(check, design, format!("{path}/{index}"), zone);
            }
        } else if term.capacity_type.is_none() {
            check.absent(path, "zones or capacity_type");
        }
    }
    for (key, terms) in [
        ("pod_affinity", &it.pod_affinity),
        ("pod_anti_affinity", &it.pod_anti_affinity),
    ] {
        for (index, to) in terms.iter().enumerate().map(|(at, it)| (at, &it.to)) {
            let Some(to) = to else { continue };
            if !is_deployment(design, to) {
                let all = design
                    .components()
                    .filter(|(_, it)| is_deployment(design, &it.id));
                let known = all.map(|(_, it)| it.id.as_str());
                check.dangling(format!("{at}/{key}/{index}/to"), to, "deployment", known);
            }
        }
    }
    check_own_anti_affinity(check, design, at, it);
}

fn is_deployment(design: &Design, id: &str) -> bool {
    matches!(
        design.architecture.components.get(id),
        Some(Component::Deployment(_))
    )
}

/// More pods than places when each needs a zone of its own.
fn check_own_anti_affinity(check: &mut Check, design: &Design, at: &str, it: &Deployment) {
    for (index, term) in it.pod_anti_affinity.iter().enumerate() {
        let n_places = match term.topology_key {
            TopologyKey::Zone => design.zone_count(),
            TopologyKey::CapacityType => 2,
            TopologyKey::Hostname => continue,
        };
        if term.to.is_none() && term.weight.is_none() && it.replicas as usize > n_places {
            let this = format!("replicas = {}", it.replicas);
            let other = format!("places for pods that avoid each other = {n_places}");
            let path = format!("{at}/pod_anti_affinity/{index}");
            check.warning(path, contradiction(this, "<=", other));
        }
    }
}
