//! The canonical text of run logs.

use tradewind::model::{CapacityType, ZoneIndex, ZoneName};
use tradewind::sim::event::{Event, EventKind};
use tradewind::sim::run_log::{
    CalleeLatency, FailureCause, Interval, Meter, RunHeader, RunLog, Station, StationKind,
    StationSample, StationState, Usage,
};
use tradewind::sim::{Fidelity, LatencyHistogram};
use tradewind::units::{SimDuration, SimTime};

fn interval(offered: f64, succeeded: f64, timed_out: f64) -> Interval {
    let mut failed = [0.0; FailureCause::ALL.len()];
    failed[FailureCause::TimedOut.index()] = timed_out;
    Interval {
        offered,
        succeeded,
        failed,
        attempts: offered,
        in_flight: offered - succeeded - timed_out,
        latency_p50_s: (succeeded > 0.0).then_some(0.05),
        latency_p95_s: (succeeded > 0.0).then_some(0.1 + 0.2),
        latency_p99_s: (succeeded > 0.0).then_some(1.0),
    }
}

fn sample(state: StationState, utilization: f64) -> StationSample {
    StationSample {
        state,
        ready: 3,
        total: 4,
        utilization,
        arrival_rate: 1e-7,
    }
}

fn log() -> RunLog {
    let mut latency = LatencyHistogram::default();
    latency.record(0.5, 99.25);
    RunLog {
        header: RunHeader {
            design: "multi-az".to_string(),
            seed: 20_250_415,
            replication: 2,
            fidelity: Fidelity::Fluid,
            start: SimTime::START,
            duration: SimDuration::from_s(90),
            warm_up: SimDuration::ZERO,
            interval: SimDuration::from_min(1),
            zones: vec![ZoneName("a".to_string())],
        },
        intervals: vec![interval(100.0, 99.0, 0.0), interval(1.0, 0.0, 2.0)],
        stations: vec![
            Station {
                component: "web".to_string(),
                kind: StationKind::Pods,
                zone: Some(0),
            },
            Station {
                component: "pay".to_string(),
                kind: StationKind::External,
                zone: None,
            },
        ],
        samples: vec![
            sample(StationState::Normal, 0.5),
            sample(StationState::HighLoad, 1.0),
            sample(StationState::Down, -0.0),
            sample(StationState::Absent, 0.0),
        ],
        replicas_desired: vec![4, 5],
        deployments: vec!["web".to_string()],
        queues: Vec::new(),
        callees: vec![CalleeLatency {
            id: "pay".to_string(),
            intervals: vec![[Some(0.25), Some(0.5), Some(0.5)], [None; 3]],
            latency: latency.clone(),
            attempts: 120.0,
        }],
        latency,
        usage: Usage {
            row_length: SimDuration::from_min(15),
            meters: vec![
                Meter::InstanceSeconds {
                    instance_type: "m6i.large".to_string(),
                    capacity_type: CapacityType::OnDemand,
                },
                Meter::NatBytes,
            ],
            quantities: vec![180.0, 1e21],
        },
        events: vec![Event {
            at: SimTime::from_s(60),
            entity: "zone-a".to_string(),
            zone: Some(ZoneIndex(0)),
            cause: Some(0),
            kind: EventKind::ZoneLost { nodes: 2, pods: 3 },
        }],
    }
}

const TEXT: &str = include_str!("../golden/run_log.jsonl");

#[test]
fn the_text_is_canonical() {
    assert_eq!(log().to_json_lines().expect("finite figures"), TEXT);
    for line in TEXT.lines() {
        let value: serde_json::Value = serde_json::from_str(line).expect("each line is JSON");
        assert!(value["record"].is_string());
    }
}

#[test]
fn a_number_that_is_not_finite_is_refused() {
    let refused = |change: fn(&mut RunLog)| {
        let mut log = log();
        change(&mut log);
        let error = log.to_json_lines().expect_err("refused");
        assert_eq!(error.kind(), std::io::ErrorKind::InvalidData, "{error}");
    };
    refused(|log| log.intervals[0].offered = f64::NAN);
    refused(|log| log.intervals[0].failed[1] = f64::NAN);
    refused(|log| log.intervals[0].failed[1] = f64::INFINITY);
    refused(|log| log.samples[1].utilization = f64::INFINITY);
    refused(|log| log.usage.quantities[0] = f64::NEG_INFINITY);
}
