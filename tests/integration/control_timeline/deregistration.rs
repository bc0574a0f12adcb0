//! Pods that end behind a load balancer: what is lost, and how to lose nothing.

use tradewind::model::{ById, Call, Component, FaultKind, ServiceTime, Tape, Triangular};
use tradewind::sim::event::EventKind;
use tradewind::sim::{self, Experiment, RunLog, Window};
use tradewind::units::{IntOrPercent, SimDuration, SimTime};

use super::fixture::{
    FAULT, balancer, deployment, design, edit, good_release, ids, load, on_twelve_nodes,
    one_by_one, parts, plan, tape,
};

const RATE: f64 = 270.0;

/// Nine pods, replaced one by one: a new one is in the balancer before an old one goes. The
/// balancer needs `needs_s` to hear of it, and pods sleep for `sleep_s` first.
fn platform(needs_s: u64, sleep_s: u64) -> ById<Component> {
    let mut parts = parts();
    edit(&mut parts, "api", deployment, |it| {
        it.hpa = None;
        it.calls = ById::new();
        it.startup_time = Triangular::from_s(5, 5, 5);
        it.pre_stop = SimDuration::from_s(sleep_s);
        *it.rollout = one_by_one();
    });
    edit(&mut parts, "alb", balancer, |it| {
        it.deregistration_time = Triangular::from_s(needs_s, needs_s, needs_s);
    });
    on_twelve_nodes(&mut parts);
    parts
}

/// The twenty minutes of a rolling update, on rates and request by request.
fn roll(parts: &ById<Component>) -> [RunLog; 2] {
    play(parts, &good_release())
}

/// Twenty minutes after a fault.
fn play(parts: &ById<Component>, tape: &Tape) -> [RunLog; 2] {
    let design = design(&["a", "c", "d"], parts.clone());
    let at = |minutes| SimTime::START + FAULT + SimDuration::from_min(minutes);
    let (load, plan) = (load(RATE), plan());
    let experiment = Experiment {
        window: Some(Window {
            from: SimTime::START + FAULT,
            to: at(20),
        }),
        ..Experiment::new(&design, &load, tape, &plan, 0)
    };
    [sim::run(&experiment), sim::run_requests(&experiment)]
}

fn lost(log: &RunLog) -> f64 {
    log.intervals
        .iter()
        .map(|it| it.failed.iter().sum::<f64>())
        .sum()
}

/// The load wanders by a few percent.
#[track_caller]
fn check_lost(what: &str, parts: &ById<Component>, expected: f64) -> [RunLog; 2] {
    let logs = roll(parts);
    for log in &logs {
        let lost = lost(log);
        println!("{what}: {lost} of {expected}");
        let bar = 0.08 * expected + 1.0;
        assert!((lost - expected).abs() < bar, "{what}: {lost}");
    }
    logs
}

fn told(log: &RunLog) -> Vec<(u32, f64)> {
    let stopped = log.events.iter().filter_map(|it| match &it.kind {
        EventKind::TargetsStopped(it) => Some((it.targets, it.early.as_s_f64())),
        _ => None,
    });
    stopped.collect()
}

#[test]
fn a_pod_that_stops_before_the_balancer_knows_refuses_what_it_is_sent() {
    // Nine times, one of the ten targets refuses for 10 s: 9 x 10 s x 270/s / 10.
    let logs = check_lost("no sleep", &platform(10, 0), 9.0 * 10.0 * RATE / 10.0);
    assert_eq!(told(&logs[0]), vec![(1, 10.0); 9]);
    // Of the ten seconds, four are slept through.
    let logs = check_lost("a short sleep", &platform(10, 4), 9.0 * 6.0 * RATE / 10.0);
    assert_eq!(told(&logs[0]), vec![(1, 6.0); 9]);
    // A sleep that lasts longer loses nothing at all, nor does a balancer that hears at once.
    for parts in [platform(10, 12), platform(0, 0)] {
        let logs = check_lost("enough", &parts, 0.0);
        assert!(told(&logs[0]).is_empty());
    }
}

#[test]
fn a_pod_that_is_gone_does_not_answer_at_all() {
    // 60 s, of which the pod refuses for 30 and is gone for 30, while old pods go every 21 s: one
    // or two more are on their way out, then three of eleven to twelve targets.
    let [fluid, requests] = roll(&platform(60, 0));
    let (fluid, requests) = (lost(&fluid), lost(&requests));
    assert!((fluid / requests - 1.0).abs() < 0.05, "{fluid} {requests}");
    let alone = 9.0 * 60.0 * RATE / 10.0;
    assert!((0.75..1.0).contains(&(fluid / alone)), "{fluid} {alone}");
}

#[test]
fn what_outlasts_the_grace_period_is_cut_off() {
    // Services of 1 s (exponential): 30 are under way at each pod, and a share of 1/e of them
    // needs more than the second that is left.
    let long = |grace_s, delay_s| {
        let mut parts = platform(0, 0);
        edit(&mut parts, "api", deployment, |it| {
            it.servers = 100;
            it.service_time = ServiceTime::from_ms(1000, 1.0);
            it.termination_grace_period = SimDuration::from_s(grace_s);
        });
        edit(&mut parts, "alb", balancer, |it| {
            it.deregistration_delay = SimDuration::from_s(delay_s);
        });
        edit(&mut parts, "users", users, |it| {
            let patient = Call {
                timeout: SimDuration::from_s(60),
                ..Call::default()
            };
            it.calls = ids([("alb", patient)]);
        });
        roll(&parts).map(|log| lost(&log))
    };
    let expected = RATE / std::f64::consts::E;
    for lost in long(1, 300).into_iter().chain(long(30, 1)) {
        // 99 on average, 10 more or less by chance.
        assert!((lost - expected).abs() < 35.0, "{lost} of {expected}");
    }
    let none = long(30, 300);
    assert!(none.iter().all(|lost| *lost <= 0.0), "{none:?}");
}

#[test]
fn a_crashed_pod_refuses_until_the_balancer_hears_of_it_or_its_probes_fail() {
    let crash = |length_s| {
        tape(FaultKind::PodCrash {
            at: FAULT,
            duration: SimDuration::from_s(length_s),
            target: "api".to_string(),
            pods: IntOrPercent::Int(1),
        })
    };
    let lost = |needs_s, tape: &Tape| play(&platform(needs_s, 0), tape).map(|log| lost(&log));
    let of_one_pod = RATE / 9.0;
    for lost in lost(10, &crash(600)) {
        let expected = 10.0 * of_one_pod;
        assert!((lost - expected).abs() < 0.1 * expected, "{lost}");
    }
    // Two refused probes, 15 s apart: whatever the controller needs.
    let [fluid, requests] = lost(600, &crash(600));
    for lost in [fluid, requests] {
        let seconds = lost / of_one_pod;
        assert!((14.0..31.0).contains(&seconds), "{seconds} s");
    }
    assert!((fluid / requests - 1.0).abs() < 0.08, "{fluid} {requests}");
    // A pod that is ready again after its start of 5 s is a target again, and refuses nothing.
    for lost in lost(600, &crash(0)) {
        let seconds = lost / of_one_pod;
        assert!((4.5..5.5).contains(&seconds), "{seconds} s");
    }
    // Heard of at once, it costs nothing.
    assert!(lost(0, &crash(600)).iter().all(|lost| *lost <= 0.0));
}

fn users(part: &mut Component) -> Option<&mut tradewind::model::Users> {
    match part {
        Component::Users(it) => Some(it),
        _ => None,
    }
}
