//! Equal inputs give equal run logs, and two designs meet the same weather.

use tradewind::model::{
    Architecture, ArrivalProcess, ById, Call, Component, Deployment, Design,
    HorizontalPodAutoscaler, Load, LoadBalancer, LoadNoise, LoadProfile, NodePool, RandomFault,
    RunPlan, Tape, Users, ZoneName,
};
use tradewind::sim::event::EventKind;
use tradewind::sim::{Experiment, RunLog, Simulation, run};
use tradewind::units::{EventRate, Ratio, RequestRate, SimDuration, SimTime};

fn design(zones: &[&str], spot_share: f64, replicas: u32) -> Design {
    let to = |id: &str| -> ById<Call> { ById::from_iter([(id.to_string(), Call::default())]) };
    let users = Users {
        calls: to("alb"),
        ..Users::default()
    };
    let alb = LoadBalancer {
        routes_to: "api".to_string(),
        ..LoadBalancer::default()
    };
    let api = Deployment {
        replicas,
        runs_on: "nodes".into(),
        hpa: Some(HorizontalPodAutoscaler {
            min_replicas: 2,
            ..HorizontalPodAutoscaler::default()
        }),
        ..Deployment::default()
    };
    let nodes = NodePool {
        spot_share: Ratio::new(spot_share),
        spot_interruption_per_month: Some(Ratio::new(0.999)),
        ..NodePool::default()
    };
    let parts = [
        ("users", Component::Users(users)),
        ("alb", Component::LoadBalancer(alb)),
        ("api", Component::Deployment(api)),
        ("nodes", Component::NodePool(nodes)),
    ];
    let architecture = Architecture {
        zones: zones.iter().map(|it| ZoneName((*it).to_string())).collect(),
        components: parts
            .map(|(id, it)| (id.to_string(), it))
            .into_iter()
            .collect(),
        ..Architecture::default()
    };
    Design::resolve("test", architecture).0
}

fn load() -> Load {
    Load {
        arrivals: ArrivalProcess::Poisson,
        profile: LoadProfile::Diurnal {
            low: RequestRate::per_second(200.0),
            high: RequestRate::per_second(800.0),
            peak_at: SimDuration::from_h(14),
        },
        spikes: ById::new(),
        noise: LoadNoise::default(),
    }
}

/// A stormy month in three days: outages of zones and reclaims of Spot nodes at random.
fn tape() -> Tape {
    let outages = RandomFault::ZonePowerLoss {
        rate: EventRate::per_year(1000.0),
        median_duration: SimDuration::from_min(20),
        p90_duration: SimDuration::from_h(1),
    };
    let reclaims = RandomFault::SpotReclaims {
        share: Ratio::new(0.5),
    };
    Tape {
        random: [
            ("outages".to_string(), outages),
            ("reclaims".to_string(), reclaims),
        ]
        .into_iter()
        .collect(),
        ..Tape::default()
    }
}

fn plan() -> RunPlan {
    RunPlan {
        duration: SimDuration::from_h(72),
        ..RunPlan::default()
    }
}

fn play(design: &Design, replication: u32) -> RunLog {
    let (load, tape, plan) = (load(), tape(), plan());
    run(&Experiment::new(design, &load, &tape, &plan, replication))
}

/// Times at which a zone lost power.
fn losses(log: &RunLog, zone: &str) -> Vec<SimTime> {
    let at = log.header.zones.iter().position(|it| it.0 == zone);
    log.events
        .iter()
        .filter(|it| matches!(it.kind, EventKind::ZoneLost { .. }))
        .filter(|it| it.zone.map(|zone| usize::from(zone.0)) == at)
        .map(|it| it.at)
        .collect()
}

#[test]
fn equal_inputs_give_equal_run_logs() {
    let design = design(&["a", "c", "d"], 0.7, 6);
    let first = play(&design, 0);
    assert_eq!(first, play(&design, 0));
    assert!(first.events.len() > 50, "{}", first.events.len());
    let other = play(&design, 1);
    assert_ne!(first.intervals, other.intervals, "another replication");
}

#[test]
fn steps_taken_one_by_one_give_the_same_log() {
    let design = design(&["a", "c"], 0.0, 4);
    let mut simulation = Simulation::new(&Experiment::new(&design, &load(), &tape(), &plan(), 2));
    let mut progress = 0.0;
    while simulation.step() {
        assert!(simulation.progress() >= progress);
        progress = simulation.progress();
    }
    assert_eq!(simulation.finish(), play(&design, 2));
}

#[test]
fn two_designs_meet_the_same_load_and_the_same_outages() {
    let one = play(&design(&["a", "c", "d"], 0.7, 6), 3);
    let other = play(&design(&["d", "a"], 0.0, 12), 3);
    for zone in ["a", "d"] {
        let lost = losses(&one, zone);
        assert!(!lost.is_empty(), "a storm without losses tests nothing");
        assert_eq!(lost, losses(&other, zone), "zone {zone}");
    }
    let offered = |log: &RunLog| {
        log.intervals
            .iter()
            .map(|it| it.offered)
            .collect::<Vec<_>>()
    };
    for (a, b) in offered(&one).into_iter().zip(offered(&other)) {
        // Steps differ between designs, and with them the order of summation.
        assert!((a - b).abs() < 1e-9 * a, "{a} and {b}");
    }
}

#[test]
fn requests_are_conserved_through_a_storm() {
    let log = play(&design(&["a", "c", "d"], 0.7, 6), 4);
    let mut before = 0.0;
    for (at, it) in log.intervals.iter().enumerate() {
        let out = it.succeeded + it.failed.iter().sum::<f64>();
        let error = it.offered - out - (it.in_flight - before);
        assert!(error.abs() < 1e-6 * it.offered.max(1.0), "{at}: {error}");
        before = it.in_flight;
    }
    let hours = plan().duration.as_h_f64() * 60.0;
    assert!((log.intervals.len() as f64 - hours).abs() < 1e-9);
}
