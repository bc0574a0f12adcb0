//! What Karpenter does to nodes that exist, and when.
//!
//! Windows come from Karpenter 1.14.1: pods are batched for 1 to 10 s, a node takes 30 to 100 s to
//! join, the disruption loop looks every 10 s and looks again after 15 s, EC2's status checks are
//! read every minute and must fail for two.

use tradewind::model::{
    Architecture, ArrivalProcess, ById, CapacityType, Component, ConsolidationPolicy, Design,
    DisruptionBudget, FaultKind, Load, LoadNoise, LoadProfile, NodeGroup, OneOrList, RunPlan,
    Stage, Tape, catalog,
};
use tradewind::sim::event::{DisruptionMethod, Event, EventKind, ForcefulReason, NodeRemoval};
use tradewind::sim::run_log::Meter;
use tradewind::sim::{self, Experiment, RunLog};
use tradewind::units::{
    CronSchedule, FromText as _, IntOrPercent, Ratio, RequestRate, SimDuration,
};

use super::fixture::{
    FAULT, Played, check_between, deployment, design, edit, node_pool, parts, plan, power_loss,
    tape, zone,
};

const ZONES: [&str; 3] = ["a", "c", "d"];

/// The three-zone platform with a node pool of its own making.
fn platform(change: impl FnOnce(&mut tradewind::model::NodePool)) -> ById<Component> {
    let mut parts = parts();
    edit(&mut parts, "nodes", node_pool, change);
    parts
}

/// The load rises for an hour and falls again.
fn hill() -> Load {
    let stage = |minutes, rps| Stage {
        duration: SimDuration::from_min(minutes),
        target: RequestRate::per_second(rps),
    };
    Load {
        arrivals: ArrivalProcess::Poisson,
        profile: LoadProfile::Stages {
            start: RequestRate::per_second(540.0),
            stages: vec![stage(30, 1_800.0), stage(30, 1_800.0), stage(30, 400.0)],
        },
        spikes: ById::new(),
        noise: LoadNoise::default(),
    }
}

fn play(design: &Design, load: &Load, tape: &Tape) -> RunLog {
    sim::run(&Experiment::new(design, load, tape, &plan(), 0))
}

fn seconds(events: &[Event], pick: impl Fn(&EventKind) -> bool) -> Vec<f64> {
    let found = events.iter().filter(|event| pick(&event.kind));
    found.map(|event| event.at.as_s_f64()).collect()
}

/// Node-hours that were paid for.
fn node_hours(log: &RunLog) -> f64 {
    let meters = log.usage.meters.iter().enumerate();
    let nodes = meters.filter(|(_, meter)| matches!(meter, Meter::InstanceSeconds { .. }));
    nodes
        .map(|(column, _)| log.usage.total(column))
        .sum::<f64>()
        / 3600.0
}

#[test]
fn a_step_of_load_gets_nodes_within_two_minutes() {
    let surge = FaultKind::Surge {
        at: FAULT,
        duration: SimDuration::from_min(30),
        factor: 2.0,
    };
    let played = Played::new(&design(&ZONES, parts()), &tape(surge));
    let pending = played.times(|it| matches!(it, EventKind::PodsPending { .. }));
    let launched = played.times(|it| matches!(it, EventKind::NodesLaunched { .. }));
    let ready = played.times(|it| matches!(it, EventKind::NodesReady { .. }));
    // A sample of up to 15 s, metrics of up to 15 s, a look of the autoscaler of up to 15 s.
    check_between("pods are pending", &pending[..1], 0.0, 45.0);
    check_between("batch", &[launched[0] - pending[0]], 1.0, 10.0);
    check_between("node", &[ready[0] - launched[0]], 30.0, 100.0 + 60.0);
}

#[test]
fn status_checks_replace_a_dead_zone_before_the_node_lifecycle_does() {
    let mut with_checks = Architecture {
        zones: ZONES.iter().map(|name| zone(name)).collect(),
        components: parts(),
        ..Architecture::default()
    };
    with_checks.kubernetes.karpenter.ec2_status_checks = true;
    let (checked, broken) = Design::resolve("test", with_checks);
    assert!(broken.is_empty());
    let played = Played::new(&checked, &power_loss("a"));
    let terminated = played.pick(|event| match &event.kind {
        EventKind::NodesTerminated {
            reason: ForcefulReason::Impaired,
            pods,
            ..
        } => Some(*pods),
        _ => None,
    });
    // Reported from the next full minute on, for two minutes, and read within one.
    assert_eq!(terminated.len(), 1);
    check_between("terminated", &[terminated[0].0], 180.0, 240.0);
    assert!(terminated[0].1 > 0);
    let evicted = played.times(|it| matches!(it, EventKind::PodsEvicted { .. }));
    assert!(evicted.is_empty(), "nothing is left for the 350 s path");

    let back = |played: &Played| {
        let whole = played.pick(|event| match event.kind {
            EventKind::PodsReady { ready, desired, .. } if ready == desired => Some(()),
            _ => None,
        });
        whole[0].0
    };
    let unchecked = Played::new(&design(&ZONES, parts()), &power_loss("a"));
    let (with, without) = (back(&played), back(&unchecked));
    assert!(
        with < 360.0 && without > 380.0,
        "capacity is back after {with} s with status checks and {without} s without"
    );
}

#[test]
fn consolidation_costs_fewer_node_hours_than_none() {
    let hours = |policy| {
        let parts = platform(|it| it.consolidation_policy = policy);
        node_hours(&play(&design(&ZONES, parts), &hill(), &Tape::default()))
    };
    let never = hours(ConsolidationPolicy::Never);
    let empty = hours(ConsolidationPolicy::WhenEmpty);
    let underused = hours(ConsolidationPolicy::WhenEmptyOrUnderutilized);
    // A vendor saw Karpenter with consolidation use over 25 % less than an autoscaler without.
    assert!(
        underused < empty && empty <= never && underused < 0.9 * never,
        "{underused} of {empty} of {never} node-hours"
    );
}

/// A day that rises to 1,620 requests per second at noon; a third of it at midnight.
fn day() -> Load {
    Load {
        profile: LoadProfile::Diurnal {
            low: RequestRate::per_second(540.0),
            high: RequestRate::per_second(1_620.0),
            peak_at: SimDuration::from_h(12),
        },
        ..hill()
    }
}

/// CPU-hours of the nodes that were paid for through such a day.
fn cpu_hours(parts: ById<Component>) -> f64 {
    let plan = RunPlan {
        duration: SimDuration::from_h(24),
        ..plan()
    };
    let tape = Tape::default();
    let design = design(&ZONES, parts);
    let log = sim::run(&Experiment::new(&design, &day(), &tape, &plan, 0));
    let meters = log.usage.meters.iter().enumerate();
    let hours = meters.filter_map(|(column, meter)| {
        let Meter::InstanceSeconds { instance_type, .. } = meter else {
            return None;
        };
        let kind = catalog::instance(design.architecture.region, instance_type);
        let vcpu = f64::from(kind.expect("a known type").vcpu);
        Some(log.usage.total(column) / 3600.0 * vcpu)
    });
    hours.sum()
}

/// The same on a group per zone, as Cluster Autoscaler's documents advise.
fn on_groups(instance_type: &str) -> ById<Component> {
    let mut parts = parts();
    parts.remove("nodes");
    let ids = ZONES.map(|name| format!("group-{name}"));
    for (id, name) in ids.iter().zip(ZONES) {
        let group = NodeGroup {
            zones: Some(vec![zone(name)]),
            instance_type: instance_type.to_string(),
            nodes: 1,
            min_nodes: Some(1),
            max_nodes: Some(20),
            ..NodeGroup::default()
        };
        parts.insert(id.clone(), Component::NodeGroup(group));
    }
    edit(&mut parts, "api", deployment, |it| {
        it.runs_on = OneOrList(ids.to_vec());
    });
    parts
}

/// A vendor saw Karpenter use over 25 % less than Cluster Autoscaler on a cluster that it does not
/// describe. What it saves depends on how well the groups' only size fits: next to nothing where a
/// node is small beside the load of its zone, and much where a single one is more than half empty
/// at night and cannot go, since it is the zone's last.
#[test]
fn it_uses_fewer_resources_than_cluster_autoscaler() {
    let sizes = ["m6i.large", "m6i.xlarge", "m6i.2xlarge"];
    let by_karpenter = cpu_hours(platform(|it| {
        it.instance_types = sizes.map(String::from).to_vec();
    }));
    for (size, least, most) in [
        ("m6i.large", 0.01, 0.1),
        ("m6i.xlarge", 0.01, 0.1),
        ("m6i.2xlarge", 0.25, 0.5),
    ] {
        let by_groups = cpu_hours(on_groups(size));
        let saved = 1.0 - by_karpenter / by_groups;
        assert!(
            (least..most).contains(&saved),
            "{size}: {by_karpenter} of {by_groups} CPU-hours, {saved}"
        );
    }
}

#[test]
fn a_command_tells_its_numbers_and_keeps_to_its_budget() {
    let log = play(&design(&ZONES, parts()), &hill(), &Tape::default());
    let mut n_commands = 0;
    for event in &log.events {
        let EventKind::NodesDisrupted {
            method,
            nodes,
            replacements,
            price_before,
            price_after,
            budget,
            ..
        } = &event.kind
        else {
            continue;
        };
        n_commands += 1;
        let limit = IntOrPercent::from_text(&budget.budget).expect("a budget");
        assert!(
            budget.disrupted + nodes <= limit.rounded_up_of(budget.total),
            "{event:?}"
        );
        assert!(price_after < price_before, "{event:?}");
        assert!(*replacements <= 1 && nodes > replacements || *method != DisruptionMethod::Drift);
    }
    assert!(n_commands > 3, "{n_commands} commands on the way down");
}

#[test]
fn a_window_of_no_disruption_holds_everything_back() {
    let window = DisruptionBudget {
        schedule: Some(CronSchedule::from_text("0 1 * * *").expect("valid")),
        duration: Some(SimDuration::from_min(90)),
        ..DisruptionBudget::of(IntOrPercent::Int(0))
    };
    let parts = platform(|it| it.budgets.push(window));
    let log = play(&design(&ZONES, parts), &hill(), &Tape::default());
    let times = |pick: fn(&EventKind) -> bool| seconds(&log.events, pick);
    let held = times(|it| matches!(it, EventKind::DisruptionHeld { .. }));
    assert!(
        held.iter().any(|at| (3600.0..9000.0).contains(at)),
        "{held:?}"
    );
    let disrupted = times(|it| matches!(it, EventKind::NodesDisrupted { .. }));
    let open = 3600.0 + 90.0 * 60.0;
    // A command that was decided before the window would be looked at within it, and dropped.
    assert!(
        !disrupted.iter().any(|at| (3600.0..=open).contains(at)),
        "{disrupted:?}"
    );
    // The first poll after its end, and 15 s to look again.
    check_between(
        "after it",
        &[first_after(&disrupted, open) - open],
        15.0,
        25.0,
    );
}

fn first_after(times: &[f64], from: f64) -> f64 {
    let later = times.iter().copied().find(|at| *at > from);
    later.expect("something comes after it")
}

#[test]
fn empty_nodes_go_after_the_validation_delay() {
    let parts = platform(|it| {
        it.consolidation_policy = ConsolidationPolicy::WhenEmpty;
        it.consolidate_after = SimDuration::from_min(5);
    });
    let log = play(&design(&ZONES, parts), &hill(), &Tape::default());
    let removed = seconds(&log.events, |it| {
        let reason = NodeRemoval::Empty;
        matches!(it, EventKind::NodesRemoved { reason: got, .. } if *got == reason)
    });
    assert!(!removed.is_empty());
    for at in &removed {
        assert!((at % 10.0 - 5.0).abs() < 1e-6, "a poll and 15 s: {at}");
    }
}

#[test]
fn old_nodes_are_replaced_whatever_the_budgets_say() {
    let parts = platform(|it| {
        it.expire_after = SimDuration::from_h(1);
        it.budgets = vec![DisruptionBudget::of(IntOrPercent::Int(0))];
    });
    let played = Played::new(&design(&ZONES, parts), &Tape::default());
    let expired = played.pick(|event| match &event.kind {
        EventKind::NodesTerminated {
            reason: ForcefulReason::Expired,
            nodes,
            after,
            ..
        } => Some((*nodes, *after)),
        _ => None,
    });
    assert!(expired.len() >= 2, "again an hour later: {expired:?}");
    let (at, (nodes, after)) = expired[0];
    assert!(at.abs() < 1e-9 && nodes == 3 && after == SimDuration::from_h(1));
    let launched = played.times(|it| matches!(it, EventKind::NodesLaunched { .. }));
    check_between(
        "after the drain has begun, not before",
        &launched[..1],
        1.0,
        10.0,
    );
}

#[test]
fn most_spot_nodes_are_replaced_before_they_are_reclaimed() {
    let mut parts = platform(|it| {
        it.spot_share = Ratio::ONE;
        it.instance_types = vec!["m6i.large".to_string(), "m5.large".to_string()];
    });
    edit(&mut parts, "api", deployment, |it| it.hpa = None);
    let design = design(&ZONES, parts);
    let reclaim = FaultKind::SpotReclaim {
        at: SimDuration::from_min(20),
        zone: Some(zone("a")),
        share: Ratio::ONE,
    };
    let (tape, load) = (tape(reclaim), hill());
    let plan = tradewind::model::RunPlan {
        duration: SimDuration::from_min(30),
        ..plan()
    };
    let (mut in_time, n_draws) = (0, 40);
    for replication in 0..n_draws {
        let log = sim::run(&Experiment::new(&design, &load, &tape, &plan, replication));
        let notice = seconds(&log.events, |it| matches!(it, EventKind::SpotNotice { .. }))[0];
        let gone = seconds(&log.events, |it| {
            matches!(it, EventKind::SpotReclaimed { .. })
        })[0];
        assert!((gone - notice - 120.0).abs() < 1e-9);
        let ready = seconds(
            &log.events,
            |it| matches!(it, EventKind::PodsReady { ready, desired, .. } if ready == desired),
        );
        in_time += u32::from(ready.iter().any(|at| (notice..=gone).contains(at)));
    }
    // 1 s of batch, 30 to 100 s of node, 5 to 30 s of pod: in the mean 78 s of 120.
    assert!(in_time > n_draws * 3 / 4, "{in_time} of {n_draws} in time");
}

#[test]
fn a_spot_node_of_few_types_is_not_exchanged_for_another() {
    let parts = platform(|it| {
        it.spot_share = Ratio::ONE;
        it.instance_types = vec!["m6i.large".to_string(), "m6i.2xlarge".to_string()];
    });
    let log = play(&design(&ZONES, parts), &hill(), &Tape::default());
    let exchanged = |event: &&Event| match &event.kind {
        EventKind::NodesDisrupted { replacements, .. } => *replacements > 0,
        _ => false,
    };
    assert_eq!(log.events.iter().find(exchanged), None);
    let spot = |event: &&Event| match &event.kind {
        EventKind::NodesLaunched { capacity_type, .. } => *capacity_type == CapacityType::Spot,
        _ => false,
    };
    assert!(
        log.events.iter().any(|it| spot(&it)),
        "there was Spot to exchange"
    );
}

#[test]
fn drifted_nodes_are_replaced_one_at_a_time() {
    let drift = FaultKind::NodeDrift {
        at: FAULT,
        pool: Some("nodes".to_string()),
    };
    let mut parts = parts();
    edit(&mut parts, "api", deployment, |it| it.hpa = None);
    let played = Played::new(&design(&ZONES, parts), &tape(drift));
    let replaced = played.pick(|event| match &event.kind {
        EventKind::NodesDisrupted {
            method: DisruptionMethod::Drift,
            nodes,
            replacements,
            ..
        } => Some((*nodes, *replacements)),
        _ => None,
    });
    assert_eq!(
        replaced.len(),
        3,
        "three nodes hold nine pods: {replaced:?}"
    );
    assert!(
        replaced.iter().all(|(_, numbers)| *numbers == (1, 1)),
        "{replaced:?}"
    );
    check_between("the first at the next poll", &[replaced[0].0], 0.0, 10.0);
    for pair in replaced.windows(2) {
        // A tenth of three nodes is one: the new node joins (30 to 100 s), the old one is drained
        // (30 s), and the loop looks at the next poll.
        check_between("one after the other", &[pair[1].0 - pair[0].0], 60.0, 145.0);
    }
    let success = played.success(0, 600);
    assert!(
        success > 0.99,
        "{success} of the requests are answered meanwhile"
    );
}
