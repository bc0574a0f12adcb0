//! Horizontal autoscalers on other metrics than CPU utilization: what they see that CPU does not
//! show, and what they do about it.
//!
//! A consumer works on 8 messages at a time, 100 ms each: 80 a second, at 2 ms of CPU per message
//! 160m of 500m. An API pod serves 60 requests per second of 540.

use tradewind::model::{
    ById, Call, Component, Deployment, Design, FaultKind, HorizontalPodAutoscaler, HpaMetric, Load,
    NodeGroup, PodMetric, Queue, ServiceTime, Spike, Tape, Triangular,
};
use tradewind::sim::event::{EventKind, HpaReason, ScalingMetric};
use tradewind::units::{ByteSize, Ratio, SimDuration, SimTime};

use super::fixture::{FAULT, Played, deployment, design, edit, ids, parts, plan, steady, tape};

/// Nodes with room for every pod that may come.
fn roomy() -> Component {
    Component::NodeGroup(NodeGroup {
        nodes: 20,
        ..NodeGroup::default()
    })
}

/// The platform whose API stores a message per request, and consumers with an autoscaler.
fn with_consumers(hpa: HorizontalPodAutoscaler) -> Design {
    let mut parts: ById<Component> = parts();
    edit(&mut parts, "api", deployment, |it| {
        it.hpa = None;
        it.replicas = 30;
        it.calls.insert("orders".to_string(), Call::default());
    });
    let worker = Deployment {
        replicas: 3,
        runs_on: "workers".into(),
        service_time: ServiceTime::from_ms(100, 1.0),
        cpu_per_request: SimDuration::from_ms(2),
        consumes: Some("orders".to_string()),
        startup_time: Triangular::from_s(10, 10, 10),
        hpa: Some(hpa),
        ..Deployment::default()
    };
    let queue = Component::Queue(Queue::default());
    parts.insert("orders".to_string(), queue);
    parts.insert("worker".to_string(), Component::Deployment(worker));
    parts.insert("workers".to_string(), roomy());
    design(&["a", "c", "d"], parts)
}

/// Follows the backlog: as many pods as could work it off in a second.
fn by_backlog(min_replicas: u32) -> HorizontalPodAutoscaler {
    HorizontalPodAutoscaler {
        min_replicas,
        max_replicas: 30,
        metrics: vec![HpaMetric::External {
            queue: "orders".to_string(),
            value: None,
            average_value: Some(80.0),
        }],
        ..HorizontalPodAutoscaler::default()
    }
}

/// What the autoscaler did since the fault: when, from how many to how many, and why.
fn scaled(played: &Played, id: &str) -> Vec<(f64, (u32, u32, HpaReason))> {
    played.pick(|event| match event.kind {
        EventKind::HpaScaled { from, to, reason } if event.entity == id => Some((from, to, reason)),
        _ => None,
    })
}

/// Largest backlog of the run.
fn largest_backlog(played: &Played) -> f64 {
    let samples = played.log.queues[0].samples.iter();
    samples.map(|it| it.backlog).fold(0.0, f64::max)
}

#[test]
fn an_autoscaler_on_the_backlog_absorbs_what_one_on_cpu_does_not_see() {
    // 200 messages a second become 800 for 20 min; three consumers work off 240.
    let surge = tape(FaultKind::Surge {
        at: FAULT,
        duration: SimDuration::from_min(20),
        factor: 4.0,
    });
    let played = |hpa| {
        Played::under(
            &with_consumers(hpa),
            &steady(200.0),
            &surge,
            plan().duration,
        )
    };
    let by_cpu = played(HorizontalPodAutoscaler {
        metrics: Vec::new(),
        ..by_backlog(3)
    });
    assert!(
        scaled(&by_cpu, "worker").is_empty(),
        "they wait, they do not compute"
    );
    let missed = largest_backlog(&by_cpu);
    let expected = (800.0 - 240.0) * 1200.0;
    assert!((missed / expected - 1.0).abs() < 0.05, "{missed}");
    let by_queue = played(by_backlog(3));
    let scaled = scaled(&by_queue, "worker");
    let (at, (from, to, reason)) = scaled[0];
    // A reading of 30 s, a sync of 15 s.
    assert!(at <= 45.0 && from == 3 && to > 3, "{scaled:?}");
    assert_eq!(reason.metric, ScalingMetric::Backlog);
    let absorbed = largest_backlog(&by_queue);
    // Two readings, a sync and 10 s of start, twice over: the rate policy doubles.
    assert!(absorbed < 560.0 * 120.0, "{absorbed}");
    let end = by_queue.log.queues[0].samples.last().expect("samples");
    assert!(end.backlog < 1.0, "{}", end.backlog);
}

#[test]
fn consumers_go_to_zero_and_come_back() {
    // No messages for half an hour.
    let pause = Spike {
        at: FAULT,
        factor: 0.0,
        ramp_up: SimDuration::ZERO,
        hold: SimDuration::from_min(30),
        ramp_down: SimDuration::ZERO,
    };
    let load = Load {
        spikes: ids([("pause", pause)]),
        ..steady(200.0)
    };
    let design = with_consumers(by_backlog(0));
    let played = Played::under(&design, &load, &Tape::default(), plan().duration);
    let scaled = scaled(&played, "worker");
    let to_zero = scaled.iter().find(|(_, (_, to, _))| *to == 0);
    let (gone_at, (_, _, reason)) = to_zero.expect("nothing is left to do");
    assert_eq!(reason.replicas_raw, 0);
    // Five minutes of stabilisation from the last recommendation of one pod.
    assert!((300.0..400.0).contains(gone_at), "{scaled:?}");
    let from_zero = scaled.iter().find(|(_, (from, ..))| *from == 0);
    let (back_at, (_, to, _)) = from_zero.expect("messages bring them back");
    assert!((1800.0..1845.0).contains(back_at) && *to > 0, "{scaled:?}");
    let end = played.log.queues[0].samples.last().expect("samples");
    assert!(end.backlog < 1.0, "{}", end.backlog);
}

/// Replicas of the API at the end, with an autoscaler that follows these metrics.
fn settled(metrics: Vec<HpaMetric>, change: impl FnOnce(&mut Deployment)) -> (u32, HpaReason) {
    let mut parts = parts();
    edit(&mut parts, "api", deployment, |it| {
        it.calls = ById::new();
        it.memory_usage = Some(ByteSize::from_bytes(400 << 20));
        it.hpa = Some(HorizontalPodAutoscaler {
            min_replicas: 2,
            max_replicas: 30,
            metrics,
            ..HorizontalPodAutoscaler::default()
        });
        change(it);
    });
    parts.insert("nodes".to_string(), roomy());
    let design = design(&["a", "c", "d"], parts);
    let played = Played::under(&design, &steady(540.0), &Tape::default(), plan().duration);
    let mut changes = played
        .log
        .events
        .iter()
        .filter_map(|event| match event.kind {
            EventKind::HpaScaled { to, reason, .. } => Some((to, reason)),
            _ => None,
        });
    changes.next_back().expect("it does something")
}

fn per_pod(metric: PodMetric, average_value: f64) -> Vec<HpaMetric> {
    vec![HpaMetric::Pods {
        metric,
        average_value,
    }]
}

#[test]
fn pods_follow_the_requests_that_reach_them() {
    let (replicas, reason) = settled(per_pod(PodMetric::RequestsPerSecond, 30.0), |_| ());
    assert_eq!(reason.metric, ScalingMetric::Requests);
    // 540 / 30; a hair more than twice the target is rounded up.
    assert!((18..=19).contains(&replicas), "{replicas}");
}

#[test]
fn pods_follow_the_requests_in_their_hands() {
    // Little's law: 540 requests per second x 20 ms are 10.8 at a time.
    let (replicas, reason) = settled(per_pod(PodMetric::RequestsInFlight, 0.6), |_| ());
    assert_eq!(reason.metric, ScalingMetric::InFlight);
    assert!((18..=19).contains(&replicas), "{replicas}");
}

#[test]
fn of_several_metrics_the_most_demanding_counts() {
    let entry = HpaMetric::Object {
        value: None,
        average_value: Some(45.0),
    };
    let cpu = HpaMetric::Cpu {
        average_value: None,
    };
    // CPU: 2.7 cores at 400m a pod are 7 pods; requests: 540 / 45 are 12.
    let (replicas, reason) = settled(vec![cpu, entry], |_| ());
    assert_eq!(
        (replicas, reason.metric, reason.n_metrics),
        (12, ScalingMetric::Entry, 2)
    );
}

#[test]
fn memory_that_does_not_fall_with_load_drives_pods_to_the_maximum() {
    // 400 Mi of 512 Mi are 78 %, with nine pods as with thirty.
    let memory = HpaMetric::Memory {
        utilization: Some(Ratio::new(0.5)),
        average_value: None,
    };
    let (replicas, reason) = settled(vec![memory], |_| ());
    assert_eq!((replicas, reason.metric), (30, ScalingMetric::Memory));
    assert_eq!(
        (reason.utilization_percent, reason.target_percent),
        (78, 50)
    );
}

#[test]
fn an_adapter_is_as_late_as_its_interval() {
    let first = |seconds| {
        let hpa = HorizontalPodAutoscaler {
            metrics_interval: SimDuration::from_s(seconds),
            ..by_backlog(3)
        };
        let surge = tape(FaultKind::Surge {
            at: FAULT,
            duration: SimDuration::from_min(20),
            factor: 4.0,
        });
        let played = Played::under(
            &with_consumers(hpa),
            &steady(200.0),
            &surge,
            plan().duration,
        );
        let at = scaled(&played, "worker")[0].0;
        (SimTime::START + FAULT + SimDuration::from_s_f64(at)).as_s_f64()
    };
    // Readings at whole multiples of 7 min: the first after an hour is at 63 min.
    assert!((first(420) - 3780.0).abs() < 15.0 + 1e-9);
    assert!(first(15) <= 3630.0);
}

/// Half of the load goes: nine pods at 30 % of a target of 60 %. A tolerance of 10 % either way
/// brings the least number, one of 60 % on the way down none, and that on the way up is not asked.
#[test]
fn each_direction_has_a_tolerance_of_its_own() {
    let after = |up: Option<f64>, down: Option<f64>| {
        let mut parts = parts();
        edit(&mut parts, "api", deployment, |it| {
            let hpa = it.hpa.as_mut().expect("it has one");
            hpa.scale_up.tolerance = up.map(Ratio::new);
            hpa.scale_down.tolerance = down.map(Ratio::new);
        });
        let half = FaultKind::Surge {
            at: FAULT,
            duration: plan().duration - FAULT,
            factor: 0.5,
        };
        let design = design(&["a", "c", "d"], parts);
        let load = steady(540.0);
        let played = Played::under(&design, &load, &tape(half), plan().duration);
        scaled(&played, "api").last().map(|(_, (_, to, _))| *to)
    };
    assert_eq!(after(None, None), Some(6));
    assert_eq!(after(Some(0.6), None), Some(6));
    assert_eq!(after(None, Some(0.6)), None);
}
