//! Queues and their consumers through outages: backlog, age, time to drain, redelivery, dead
//! letters, partitions.
//!
//! Each pod of a consumer handles 8 messages at a time, 100 ms each: 80 a second. Closed forms:
//! backlog = rate x outage, time to drain = backlog / (capacity - rate).

use tradewind::analysis::QueueFigures;
use tradewind::model::{
    ById, Call, Component, Deployment, Design, FaultKind, NodeGroup, Queue, ServiceTime, Tape,
    Triangular,
};
use tradewind::sim::event::{EventKind, MessagesEvent};
use tradewind::sim::run_log::{Meter, QueueSample};
use tradewind::sim::{self, Experiment, Window};
use tradewind::units::{IntOrPercent, Ratio, SimDuration, SimTime};

use super::fixture::{
    FAULT, Played, check_between, deployment, design, edit, ids, parts, plan, steady, tape, zone,
};

/// Messages that a consumer pod can handle per second.
const PER_POD: f64 = 80.0;

/// The platform whose API stores a message per request, with consumers on nodes of their own.
fn with_queue(queue: Queue, consumers: u32, calls: &[&'static str]) -> ById<Component> {
    let mut parts = parts();
    edit(&mut parts, "api", deployment, |it| {
        it.hpa = None;
        it.calls.insert("orders".to_string(), Call::default());
    });
    let worker = Deployment {
        replicas: consumers,
        runs_on: "workers".into(),
        servers: 8,
        service_time: ServiceTime::from_ms(100, 1.0),
        consumes: Some("orders".to_string()),
        calls: ids(calls.iter().map(|id| (*id, Call::default()))),
        startup_time: Triangular::from_s(10, 10, 10),
        ..Deployment::default()
    };
    let nodes = NodeGroup {
        nodes: 6,
        ..NodeGroup::default()
    };
    parts.insert("orders".to_string(), Component::Queue(queue));
    parts.insert("worker".to_string(), Component::Deployment(worker));
    parts.insert("workers".to_string(), Component::NodeGroup(nodes));
    parts
}

fn in_three_zones(parts: ById<Component>) -> Design {
    design(&["a", "c", "d"], parts)
}

fn played(design: &Design, tape: &Tape, rps: f64) -> Played {
    Played::under(design, &steady(rps), tape, plan().duration)
}

fn samples(played: &Played) -> &[QueueSample] {
    &played.log.queues[0].samples
}

fn events(played: &Played) -> Vec<(f64, MessagesEvent)> {
    played.pick(|event| match event.kind {
        EventKind::Messages(it) => Some(it),
        _ => None,
    })
}

/// Every pod of the consumer crashes, and goes on crashing.
fn consumers_away(length: SimDuration) -> Tape {
    tape(FaultKind::PodCrash {
        at: FAULT,
        duration: length,
        target: "worker".to_string(),
        pods: IntOrPercent::Percent(Ratio::ONE),
    })
}

#[test]
fn a_backlog_is_built_and_drained_in_closed_form() {
    let rate = 200.0;
    let design = in_three_zones(with_queue(Queue::default(), 6, &[]));
    let played = played(&design, &consumers_away(SimDuration::from_min(10)), rate);
    assert!(played.success(0, 7200) > 0.9999, "producers notice nothing");
    let events = events(&played);
    let MessagesEvent::Behind { arrival_rate, .. } = events[0].1 else {
        panic!("{events:?}");
    };
    assert!((arrival_rate / rate - 1.0).abs() < 0.01, "{arrival_rate}");
    check_between("told of", &[events[0].0], 10.0, 75.0);
    let Some((
        drained_at,
        MessagesEvent::Drained {
            largest_backlog, ..
        },
    )) = events.last().copied()
    else {
        panic!("{events:?}");
    };
    // The crash loop's back-off outlives the fault; whenever the pods are back, the closed forms
    // hold from there.
    let capacity = 6.0 * PER_POD;
    let outage = largest_backlog / rate;
    assert!((600.0..1000.0).contains(&outage), "{outage} s");
    let drain = largest_backlog / (capacity - rate);
    let error = drained_at - outage - drain;
    assert!(error.abs() < 20.0, "{drained_at}, not {outage} + {drain}");
    let totals = QueueFigures::of(&played.log.queues[0]);
    assert!(
        (totals.stored - totals.handled).abs() < 1e-3 * totals.stored,
        "{totals:?}"
    );
}

#[test]
fn the_queue_outlives_a_zone_and_redelivers_what_dead_consumers_had() {
    let design = in_three_zones(with_queue(Queue::default(), 6, &[]));
    let lost = tape(FaultKind::ZonePowerLoss {
        at: FAULT,
        duration: SimDuration::from_min(30),
        zone: zone("a"),
    });
    // Four of six pods are left: 320 messages a second are more than 300.
    let played = played(&design, &lost, 300.0);
    let Some((at, MessagesEvent::Abandoned { count, after })) = events(&played).first().copied()
    else {
        panic!("{:?}", events(&played));
    };
    assert!(at <= 1.0, "{at}");
    assert_eq!(after, SimDuration::from_s(30));
    // 300 a second for 0.1 s are in hand, a third of them at the dead.
    assert!((count - 10.0).abs() < 1.0, "{count}");
    let totals = QueueFigures::of(&played.log.queues[0]);
    assert!((totals.returned - count).abs() < 1e-6, "{totals:?}");
    // Three requests a message, and one more for each that is received again.
    let requests = metered(&played, &Meter::QueueRequests);
    let expected = 3.0 * totals.handled + count;
    assert!(
        (requests / expected - 1.0).abs() < 1e-6,
        "{requests}, not {expected}"
    );
    assert!(
        totals.dead_lettered <= 0.0 && totals.backlog_at_end <= 0.0,
        "{totals:?}"
    );
}

fn metered(played: &Played, meter: &Meter) -> f64 {
    let usage = &played.log.usage;
    let column = usage.meters.iter().position(|it| it == meter);
    usage.total(column.expect("metered"))
}

#[test]
fn messages_stay_in_the_region() {
    let sent_per_request = |parts| {
        let played = played(&in_three_zones(parts), &Tape::default(), 100.0);
        let served = metered(&played, &Meter::RequestsServed);
        metered(&played, &Meter::InternetEgressBytes) / served
    };
    let without = sent_per_request(parts());
    let with = sent_per_request(with_queue(Queue::default(), 6, &[]));
    assert!((with / without - 1.0).abs() < 1e-3, "{with}, not {without}");
}

#[test]
fn messages_that_fail_come_back_and_end_in_the_dead_letter_queue() {
    let queue = Queue {
        max_receive_count: Some(3),
        ..Queue::default()
    };
    let design = in_three_zones(with_queue(queue, 6, &["payments"]));
    let down = |minutes| {
        tape(FaultKind::DependencyDown {
            at: FAULT,
            duration: SimDuration::from_min(minutes),
            target: "payments".to_string(),
        })
    };
    // Three receives take over a minute: a short outage costs nothing, a long one messages.
    let short = played(&design, &down(1), 5.0);
    let totals = QueueFigures::of(&short.log.queues[0]);
    assert!(
        totals.returned > 0.0 && totals.dead_lettered <= 0.0,
        "{totals:?}"
    );
    let long = played(&design, &down(10), 5.0);
    let totals = QueueFigures::of(&long.log.queues[0]);
    // What arrived in all but the last 60 to 90 s is received three times in vain. (Three receives
    // of 2.1 s each for 5 a second are less than the consumers' 48 servers can do.)
    assert!(
        (2_500.0..2_750.0).contains(&totals.dead_lettered),
        "{totals:?}"
    );
    let inside = totals.stored - totals.handled - totals.dead_lettered - totals.backlog_at_end;
    assert!(inside.abs() < 1e-3, "{totals:?}");
    let told = events(&long);
    let dead = told
        .iter()
        .filter(|(_, it)| matches!(it, MessagesEvent::DeadLettered { receives: 3 }));
    assert_eq!(dead.count(), 1, "{told:?}");
}

#[test]
fn partitions_bound_how_many_consumers_work() {
    let partitioned = |partitions| {
        let queue = Queue {
            partitions: Some(partitions),
            ..Queue::default()
        };
        let design = in_three_zones(with_queue(queue, 6, &[]));
        played(&design, &Tape::default(), 200.0)
    };
    // 16 partitions: 16 messages at a time, 160 a second; 40 a second are left over.
    let short = partitioned(16);
    let at_end = samples(&short).last().expect("samples").backlog;
    let expected = 40.0 * plan().duration.as_s_f64();
    assert!(
        (at_end / expected - 1.0).abs() < 0.01,
        "{at_end}, not {expected}"
    );
    // What the pods are seen to do is what was handled: 16 of 48 servers are busy.
    let (mut rate, mut busy) = (0.0, 0.0);
    for (at, station) in short.log.stations.iter().enumerate() {
        if station.component == "worker" {
            let sample = short.log.sample(60, at);
            rate += sample.arrival_rate;
            busy = f64::max(busy, sample.utilization);
        }
    }
    assert!((rate / 160.0 - 1.0).abs() < 0.01, "{rate}");
    assert!((busy - 16.0 / 48.0).abs() < 0.01, "{busy}");
    let enough = partitioned(48);
    assert!(samples(&enough).last().expect("samples").backlog <= 0.0);
}

/// The request-level plane counts the same messages, request by request.
#[test]
fn both_planes_move_the_same_messages() {
    let design = in_three_zones(with_queue(Queue::default(), 6, &[]));
    let (load, plan) = (steady(200.0), plan());
    let tape = consumers_away(SimDuration::from_min(5));
    let window = Window {
        from: SimTime::START + SimDuration::from_min(59),
        to: SimTime::START + SimDuration::from_min(64),
    };
    let experiment = Experiment {
        window: Some(window),
        ..Experiment::new(&design, &load, &tape, &plan, 0)
    };
    let [rates, requests] = [sim::run(&experiment), sim::run_requests(&experiment)]
        .map(|log| QueueFigures::of(&log.queues[0]));
    assert!(
        (rates.stored / requests.stored - 1.0).abs() < 0.02,
        "{rates:?} {requests:?}"
    );
    let ratio = rates.backlog_at_end / requests.backlog_at_end;
    assert!((ratio - 1.0).abs() < 0.02, "{rates:?} {requests:?}");
    assert!(rates.backlog_at_end > 40_000.0, "{rates:?}");
}
