//! Namespaces with quotas: pods that may not be created, and when they are.

use tradewind::model::{
    Architecture, Component, Deployment, Design, FaultKind, Namespace, NodeGroup, ResourceQuota,
};
use tradewind::sim::event::EventKind;
use tradewind::units::SimDuration;

use super::fixture::{FAULT, Played, deployment, edit, ids, parts, tape, zone};

/// Nine pods in a namespace that has room for `pods`, on nodes with room for all.
fn design(pods: u32, beside: Option<Deployment>) -> Design {
    let mut parts = parts();
    edit(&mut parts, "api", deployment, |it| it.hpa = None);
    let group = NodeGroup {
        nodes: 9,
        ..NodeGroup::default()
    };
    parts.insert("nodes".to_string(), Component::NodeGroup(group));
    if let Some(it) = beside {
        parts.insert("beside".to_string(), Component::Deployment(it));
    }
    let mut architecture = Architecture {
        zones: ["a", "c", "d"].map(zone).to_vec(),
        components: parts,
        ..Architecture::default()
    };
    let namespace = Namespace {
        resource_quota: ResourceQuota {
            pods: Some(pods),
            ..ResourceQuota::default()
        },
        ..Namespace::default()
    };
    architecture.kubernetes.namespaces = ids([("default", namespace)]);
    let (design, broken) = Design::resolve("test", architecture);
    assert!(broken.is_empty(), "{broken:?}");
    design
}

fn drained(design: &Design) -> Played {
    let fault = FaultKind::NodeDrain {
        at: FAULT,
        duration: SimDuration::from_min(30),
        zone: Some(zone("a")),
        pool: None,
    };
    Played::new(design, &tape(fault))
}

/// When the api's pods are all ready again.
fn back(played: &Played) -> f64 {
    let ready = played.pick(|event| match event.kind {
        EventKind::PodsReady { ready, desired, .. } if ready == desired => Some(()),
        _ => None,
    });
    ready.last().expect("they come back").0
}

#[test]
fn replacements_wait_for_the_end_of_the_pods_they_replace() {
    let refused = |played: &Played| {
        played.pick(|event| match event.kind {
            EventKind::CreationRefused { pods } => Some(pods),
            _ => None,
        })
    };
    let roomy = drained(&design(100, None));
    assert!(refused(&roomy).is_empty());
    // One pod a node: three nodes of the zone, one after the other, each with 30 s of grace.
    let full = drained(&design(9, None));
    let told = refused(&full);
    assert_eq!(told.first(), Some(&(0.0, 1)), "{told:?}");
    let late = back(&full) - back(&roomy);
    assert!((10.0..50.0).contains(&late), "{late}");
}

#[test]
fn what_does_not_fit_at_the_start_is_not_there() {
    let beside = Deployment {
        replicas: 4,
        runs_on: "nodes".into(),
        ..Deployment::default()
    };
    let played = drained(&design(12, Some(beside)));
    let refused = played.log.events.iter().find_map(|event| match event.kind {
        EventKind::CreationRefused { pods } => Some((event.entity.clone(), pods)),
        _ => None,
    });
    assert_eq!(refused, Some(("beside".to_string(), 1)));
}
