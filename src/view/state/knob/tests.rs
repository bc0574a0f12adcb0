//! Knobs and the documents they write agree.

use super::*;
use crate::model::json::FromJson as _;

#[track_caller]
fn find(component: &Component, id: KnobId) -> Knob {
    let found = knobs(component).into_iter().find(|knob| knob.id == id);
    found.expect("the component has this knob")
}

/// Writing what a knob shows gives the component that it was made from.
#[test]
fn a_knob_writes_what_it_shows() {
    let deployment = Deployment {
        hpa: Some(HorizontalPodAutoscaler::default()),
        ..Deployment::default()
    };
    let service = Deployment {
        target_tracking: Some(crate::model::TargetTracking {
            target_cpu_utilization: Some(Ratio::new(0.6)),
            target_requests_per_target: Some(3000),
            ..crate::model::TargetTracking::default()
        }),
        ..Deployment::default()
    };
    let database = Database {
        failover_time: Some(Database::default().failover_time()),
        ..Database::default()
    };
    let components = [
        Component::Deployment(deployment),
        Component::Deployment(service),
        Component::Fargate(crate::model::Fargate::default()),
        Component::NodePool(NodePool::default()),
        Component::NodeGroup(NodeGroup::default()),
        Component::NodeGroup(NodeGroup {
            min_nodes: Some(2),
            max_nodes: Some(9),
            ..NodeGroup::default()
        }),
        Component::Database(database),
        Component::Cache(crate::model::Cache::default()),
        Component::LoadBalancer(crate::model::LoadBalancer::default()),
        Component::ExternalService(crate::model::ExternalService::default()),
        Component::Queue(crate::model::Queue::default()),
    ];
    for component in components {
        let before = serde_json::to_value(&component).expect("plain data");
        for knob in knobs(&component) {
            let mut document = before.clone();
            super::super::document::set(&mut document, knob.path, knob.written(knob.value));
            let after = Component::from_json(&document).expect("readable");
            assert_eq!(after, component, "{:?}", knob.id);
            assert!(
                knob.min <= knob.value && knob.value <= knob.max,
                "{:?}",
                knob.id
            );
        }
    }
}

#[test]
fn a_law_keeps_its_shape() {
    let pool = Component::NodePool(NodePool::default());
    let written = find(&pool, KnobId::LaunchTime).written(110.0);
    let expected = json!({ "min": "1min", "mode": "1min50s", "max": "3min20s" });
    assert_eq!(written, expected);
}

#[test]
fn figures_about_the_world_name_their_source() {
    let database = Component::Database(Database::default());
    let knob = find(&database, KnobId::FailoverTime);
    assert_eq!(
        knob.fact.map(|fact| fact.key),
        Some("database.failover_time")
    );
}
