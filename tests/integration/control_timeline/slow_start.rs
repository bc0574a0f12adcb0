//! New targets that come to their share step by step.

use tradewind::model::{ById, Component, Rollout, Triangular};
use tradewind::sim::{Experiment, Simulation};
use tradewind::units::{SimDuration, SimTime};

use super::fixture::{
    FAULT, balancer, deployment, design, edit, good_release, load, on_twelve_nodes, parts, plan,
};

/// Nine pods on twelve nodes, and a balancer with a slow start of so many seconds.
fn platform(slow_start_s: u64) -> ById<Component> {
    let mut parts = parts();
    edit(&mut parts, "api", deployment, |it| {
        it.hpa = None;
        it.calls = ById::new();
        it.startup_time = Triangular::from_s(5, 5, 5);
        *it.rollout = Rollout {
            min_ready_time: SimDuration::from_s(300),
            ..Rollout::default()
        };
    });
    edit(&mut parts, "alb", balancer, |it| {
        it.slow_start = SimDuration::from_s(slow_start_s);
    });
    on_twelve_nodes(&mut parts);
    parts
}

/// The smallest part of a share that a target gets, every second after the first five minutes of a
/// rollout begin.
fn smallest_parts(slow_start_s: u64) -> Vec<f64> {
    let design = design(&["a", "c", "d"], platform(slow_start_s));
    let tape = good_release();
    let (load, plan) = (load(270.0), plan());
    let mut simulation = Simulation::new(&Experiment::new(&design, &load, &tape, &plan, 0));
    let mut seen = Vec::new();
    for second in 0..300 {
        let at = SimTime::START + FAULT + SimDuration::from_s(second);
        while simulation.now() < at {
            simulation.step();
        }
        let flow = &simulation.control().flow;
        for (zone, parts) in flow.parts.iter().enumerate() {
            let live = flow.pods[zone].in_balancer as usize;
            assert_eq!(parts.len(), live, "one for each target of zone {zone}");
        }
        let all = flow.parts.iter().flatten();
        seen.push(all.fold(1.0, |least: f64, it| least.min(*it)));
    }
    seen
}

#[test]
fn a_new_target_takes_its_share_along_a_line() {
    let seen = smallest_parts(60);
    // Five new pods are ready after 5 s, and probed within 15 s after that; the youngest has the
    // whole line of 60 s before it, in twenty steps.
    let began = seen.iter().position(|it| *it < 1.0).expect("a slow start");
    assert!((5..=20).contains(&began), "{began}");
    let ended = seen.iter().rposition(|it| *it < 1.0).expect("an end");
    assert!(
        (60..=80).contains(&(ended - began + 1)),
        "{began} to {ended}"
    );
    let least = seen.iter().fold(1.0, |least: f64, it| least.min(*it));
    assert!(
        (least - 0.025).abs() < 1e-9,
        "the middle of the first step: {least}"
    );
    let grows = seen[began + 20..=ended].windows(2).all(|it| it[0] <= it[1]);
    assert!(grows, "{seen:?}");
    assert!(
        smallest_parts(0).iter().all(|it| *it >= 1.0),
        "off unless stated"
    );
}
