//! The recorder by itself.

use super::*;
use crate::model::{
    Architecture, CapacityType, Component, Database, Deployment, NodeGroup, ZoneIndex, ZoneName,
};
use crate::sim::event::EventKind;
use crate::sim::simulation::Fidelity;

fn recorder(interval_s: u64) -> Recorder {
    let deployment = Deployment {
        runs_on: "nodes".into(),
        ..Deployment::default()
    };
    let parts = [
        ("db", Component::Database(Database::default())),
        ("nodes", Component::NodeGroup(NodeGroup::default())),
        ("web", Component::Deployment(deployment)),
    ];
    let architecture = Architecture {
        zones: vec![ZoneName("a".to_string())],
        components: parts
            .map(|(id, it)| (id.to_string(), it))
            .into_iter()
            .collect(),
        ..Architecture::default()
    };
    let header = RunHeader {
        design: "one".to_string(),
        seed: 1,
        replication: 0,
        fidelity: Fidelity::Fluid,
        start: SimTime::START,
        duration: SimDuration::from_h(1),
        warm_up: SimDuration::from_s(interval_s),
        interval: SimDuration::from_s(interval_s),
        zones: architecture.zones.clone(),
    };
    let (design, _) = Design::resolve("one", architecture);
    Recorder::new(header, &design, &FlowGraph::from_design(&design))
}

#[test]
fn counters_start_anew_and_gauges_stay() {
    let mut recorder = recorder(60);
    let web = recorder.index().pods[0];
    recorder.gauge(web, StationState::Normal, 2, 3);
    recorder.replicas_desired(0, 3);
    let step = RequestCounts {
        offered: 10.0,
        succeeded: 8.0,
        in_flight: 2.0,
        attempts: 11.0,
        ..RequestCounts::default()
    };
    recorder.requests(&step);
    recorder.load(web, 30.0, 0.5, 4.0, false);
    recorder.close_interval(SimTime::from_s(60));
    recorder.latency().record(0.1, 2.0);
    recorder.requests(&RequestCounts {
        succeeded: 2.0,
        ..RequestCounts::default()
    });
    recorder.load(web, 60.0, 0.9, 4.0, false);
    recorder.close_interval(SimTime::from_s(120));
    recorder.close_interval(SimTime::from_s(120));
    let log = recorder.finish();
    assert_eq!(log.intervals.len(), 2);
    let first = log.sample(0, web);
    assert!((first.utilization - 0.25).abs() < 1e-12);
    assert!((first.arrival_rate - 2.0).abs() < 1e-12);
    assert_eq!((first.state, first.ready), (StationState::Normal, 2));
    assert_eq!(log.sample(1, web).state, StationState::HighLoad);
    assert_eq!(log.intervals[0].latency_p50_s, None);
    assert!(log.intervals[1].latency_p50_s.is_some());
    assert_eq!(log.replicas_desired, [3, 3]);
    assert!((log.latency.total() - 2.0).abs() < 1e-12);
}

#[test]
fn the_warm_up_is_left_out_of_the_run_s_response_times() {
    let mut recorder = recorder(60);
    recorder.latency().record(9.0, 1.0);
    recorder.close_interval(SimTime::from_s(60));
    recorder.latency().record(0.1, 1.0);
    recorder.close_interval(SimTime::from_s(120));
    let p99 = recorder
        .finish()
        .latency
        .quantile_s(0.99)
        .expect("one success");
    assert!(p99 < 0.2, "{p99}");
}

#[test]
fn usage_rows_hold_whole_intervals_and_sorted_meters() {
    assert_eq!(
        usage_row_length(SimDuration::from_s(60)),
        SimDuration::from_min(15)
    );
    assert_eq!(
        usage_row_length(SimDuration::from_min(7)),
        SimDuration::from_min(21)
    );
    assert_eq!(
        usage_row_length(SimDuration::from_h(1)),
        SimDuration::from_h(1)
    );
    let mut recorder = recorder(600);
    let nat = recorder.meter_index(&Meter::NatBytes);
    recorder.meter(nat, 5.0);
    recorder.close_interval(SimTime::from_s(600));
    recorder.close_interval(SimTime::from_s(1200));
    let spot = recorder.meter_index(&Meter::InstanceSeconds {
        instance_type: "m6i.large".to_string(),
        capacity_type: CapacityType::Spot,
    });
    assert_eq!(recorder.meter_index(&Meter::NatBytes), nat);
    recorder.meter(spot, 7.0);
    recorder.close_interval(SimTime::from_s(1800));
    let usage = recorder.finish().usage;
    assert_eq!(usage.row_count(), 2);
    assert!(usage.meters.is_sorted());
    assert_eq!(usage.quantities, [0.0, 5.0, 7.0, 0.0]);
}

#[test]
fn events_are_numbered_in_order() {
    let mut recorder = recorder(60);
    let event = |cause| Event {
        at: SimTime::START,
        entity: String::new(),
        zone: Some(ZoneIndex(0)),
        cause,
        kind: EventKind::FailOpen { targets: 3 },
    };
    let first = recorder.event(event(None));
    let second = recorder.event(event(Some(first)));
    assert_eq!((first, second), (0, 1));
    assert_eq!(recorder.events()[1].cause, Some(0));
}
