//! What all designs share: load, tape, objectives and plan.

use super::{Check, contradiction};
use crate::model::{
    ArrivalProcess, Component, Design, Fault, FaultKind, Finding, FindingKind, Load, LoadProfile,
    Objectives, RandomFaultKind, RunPlan, Tape, ZonalShift, ZoneName,
};
use crate::units::{EventRate, IntOrPercent, Ratio, SimDuration};

/// The largest share of packets that a fault may lose: beyond it, more is lost than goes through,
/// and retransmissions are late without bound.
const PACKET_LOSS_LIMIT: Ratio = Ratio::new_const(0.5);
/// How long a zonal shift may last before it has to be renewed.
const LONGEST_SHIFT: SimDuration = SimDuration::from_h(72);
/// Most failures of one node in a year: each counts for all places of a zone, whether nodes have
/// them or not, so that a run takes its time by this rate.
const NODE_LOSS_LIMIT: f64 = 100.0;
/// Most losses of power of one zone in a year: they are drawn before a run begins.
const ZONE_LOSS_LIMIT: f64 = 1000.0;
/// Most recorded intervals of one run.
const INTERVALS_LIMIT: u64 = 20_000;

/// What is wrong with a run plan.
#[must_use]
pub fn plan(plan: &RunPlan) -> Vec<Finding> {
    let mut check = Check::default();
    let (shortest, longest) = (SimDuration::from_min(1), SimDuration::from_h(400 * 24));
    check.between("/plan/duration".into(), plan.duration, shortest, longest);
    let (shortest, longest) = (SimDuration::from_s(1), SimDuration::from_h(1));
    check.between("/plan/interval".into(), plan.interval, shortest, longest);
    if plan.warm_up >= plan.duration {
        let this = format!("warm_up = {}", plan.warm_up);
        let other = format!("duration = {}", plan.duration);
        check.error("/plan/warm_up", contradiction(this, "<", other));
    }
    let intervals = plan.duration.as_ns() / plan.interval.as_ns().max(1);
    if intervals > INTERVALS_LIMIT && !plan.interval.is_zero() {
        let this = format!("duration / interval = {intervals}");
        let kind = contradiction(this, "<=", INTERVALS_LIMIT.to_string());
        check.error("/plan/interval", kind);
    }
    check.findings
}

/// What is wrong with a load that is played under a plan.
#[must_use]
pub fn load(load: &Load, plan: &RunPlan) -> Vec<Finding> {
    let mut check = Check::default();
    match &load.profile {
        LoadProfile::Constant { .. } => {}
        LoadProfile::Stages { stages, .. } => {
            let length = stages
                .iter()
                .fold(SimDuration::ZERO, |sum, stage| sum + stage.duration);
            if length > plan.duration {
                let this = format!("stages last {length}");
                let other = format!("duration = {}", plan.duration);
                check.warning("/load/profile/stages", contradiction(this, "<=", other));
            }
        }
        LoadProfile::Diurnal { low, high, peak_at } => {
            if low > high {
                let kind = contradiction(format!("low = {low}"), "<=", format!("high = {high}"));
                check.error("/load/profile", kind);
            }
            let day = SimDuration::from_h(24);
            let path = "/load/profile/peak_at".to_string();
            check.between(path, *peak_at, SimDuration::ZERO, day);
        }
        LoadProfile::Series { interval, .. } => {
            let (minute, day) = (SimDuration::from_min(1), SimDuration::from_h(24));
            let path = "/load/profile/interval".to_string();
            check.between(path, *interval, minute, day);
        }
    }
    for (id, spike) in &load.spikes {
        starts_in_run(&mut check, format!("/load/spikes/{id}/at"), spike.at, plan);
    }
    check.positive("/load/noise/correlation_time", load.noise.correlation_time);
    if load.arrivals != ArrivalProcess::Poisson {
        check.warning("/load/arrivals", FindingKind::RequestsOnly);
    }
    check.findings
}

fn starts_in_run(check: &mut Check, path: String, at: SimDuration, plan: &RunPlan) {
    if at >= plan.duration {
        let other = format!("duration = {}", plan.duration);
        check.warning(path, contradiction(format!("at = {at}"), "<", other));
    }
}

/// What is wrong with objectives.
#[must_use]
pub fn objectives(objectives: &Objectives) -> Vec<Finding> {
    let mut check = Check::default();
    if objectives.availability == Ratio::ZERO || objectives.availability == Ratio::ONE {
        let path = "/objectives/availability";
        // Without an error budget there is nothing to spend or to burn.
        check.out_of_range(
            path,
            objectives.availability,
            "more than 0% and less than 100%",
        );
    }
    if let Some(latency) = objectives.latency_p99 {
        check.positive("/objectives/latency_p99", latency);
    }
    check.findings
}

/// What is wrong with a tape that is played to some designs under a plan.
#[must_use]
pub fn tape(tape: &Tape, designs: &[&Design], plan: &RunPlan) -> Vec<Finding> {
    let mut check = Check::default();
    for (id, fault) in &tape.faults {
        let path = format!("/tape/faults/{id}");
        starts_in_run(&mut check, format!("{path}/at"), fault.at(), plan);
        check_fault(&mut check, &path, fault, designs);
    }
    for (id, fault) in &tape.random {
        check_random(&mut check, format!("/tape/random/{id}"), fault);
    }
    check.findings
}

fn check_random(check: &mut Check, path: String, fault: &RandomFaultKind) {
    match fault {
        RandomFaultKind::ZonePowerLoss {
            rate,
            median_duration,
            p90_duration,
        } => {
            at_most(check, &path, *rate, ZONE_LOSS_LIMIT);
            check.positive(format!("{path}/median_duration"), *median_duration);
            if p90_duration < median_duration {
                let this = format!("median_duration = {median_duration}");
                let other = format!("p90_duration = {p90_duration}");
                check.error(path, contradiction(this, "<=", other));
            }
        }
        RandomFaultKind::NodeLoss { rate } => at_most(check, &path, *rate, NODE_LOSS_LIMIT),
        RandomFaultKind::SpotReclaims { .. } => {}
    }
}

/// A random fault strikes at most so many times a year.
fn at_most(check: &mut Check, path: &str, rate: EventRate, most: f64) {
    if rate.events_per_year() > most {
        let range = format!("0/year to {most}/year");
        check.out_of_range(format!("{path}/rate"), rate, &range);
    }
}

/// True for a fault that need not last.
const fn is_instant(fault: &Fault) -> bool {
    matches!(
        fault,
        FaultKind::SpotReclaim { .. }
            | FaultKind::NodeDrift { .. }
            | FaultKind::NodeLoss { .. }
            | FaultKind::PodCrash { .. }
            | FaultKind::Rollout { .. }
    )
}

fn check_fault(check: &mut Check, path: &str, fault: &Fault, designs: &[&Design]) {
    if !is_instant(fault) {
        check.positive(format!("{path}/duration"), fault.duration());
    }
    match fault {
        FaultKind::ZonePowerLoss { zone, .. } | FaultKind::ZoneIsolated { zone, .. } => {
            check_zone(check, path, zone, designs);
        }
        FaultKind::ZoneDegraded {
            zone,
            added_latency,
            packet_loss,
            ..
        } => {
            check_zone(check, path, zone, designs);
            check_network(check, path, *added_latency, *packet_loss);
        }
        FaultKind::SpotReclaim { zone, .. } => {
            check_any_zone(check, path, zone.as_ref(), designs);
        }
        FaultKind::CapacityShortage { zone, share, .. } => {
            check_any_zone(check, path, zone.as_ref(), designs);
            check_types(check, path, fault.instance_types(), designs);
            check_share(check, path, *share);
        }
        FaultKind::NodeDrain { zone, pool, .. } => {
            check_any_zone(check, path, zone.as_ref(), designs);
            check_any_pool(check, path, pool.as_ref(), designs, &NODES);
        }
        FaultKind::NodeDrift { pool, .. } => {
            check_any_pool(check, path, pool.as_ref(), designs, &POOLS);
        }
        FaultKind::NodeLoss {
            zone, pool, nodes, ..
        } => {
            check_any_zone(check, path, zone.as_ref(), designs);
            check_reference(check, format!("{path}/pool"), pool, designs, &NODES);
            check_some(check, format!("{path}/nodes"), *nodes);
        }
        FaultKind::PodCrash { target, pods, .. } => {
            check_target(check, path, target, designs, &WITH_PODS);
            check_some(check, format!("{path}/pods"), *pods);
        }
        FaultKind::Rollout { .. } => check_release(check, path, fault, designs),
        FaultKind::DependencySlow {
            target,
            added_latency,
            packet_loss,
            ..
        } => {
            check_target(check, path, target, designs, &ANY_DEPENDENCY);
            check_network(check, path, *added_latency, *packet_loss);
        }
        FaultKind::DependencyDown { target, .. } => {
            check_target(check, path, target, designs, &ANY_DEPENDENCY);
        }
        FaultKind::DependencyStalled { target, .. } => {
            check_target(check, path, target, designs, &WITH_A_QUEUE);
        }
        FaultKind::ZonalShift { zone, duration, .. } => {
            check_zone(check, path, zone, designs);
            check_shift(check, path, *duration, designs);
        }
        FaultKind::LoadShed { share, .. } => check_share(check, path, *share),
        FaultKind::Surge { .. }
        | FaultKind::ControlPlaneLoss { .. }
        | FaultKind::RegionLoss { .. }
        | FaultKind::DnsLoss { .. } => {}
    }
}

/// A network that a fault impairs is late, or loses packets, or both.
fn check_network(
    check: &mut Check,
    path: &str,
    added_latency: Option<SimDuration>,
    packet_loss: Ratio,
) {
    if added_latency.is_none() && packet_loss == Ratio::ZERO {
        let key = "added_latency / packet_loss".to_string();
        check.error(path, FindingKind::MissingKey { key });
    }
    if packet_loss > PACKET_LOSS_LIMIT {
        let range = format!("0% to {PACKET_LOSS_LIMIT}");
        check.out_of_range(format!("{path}/packet_loss"), packet_loss, &range);
    }
}

/// Some balancer or cluster should take part in a shift, which does not last for ever.
fn check_shift(check: &mut Check, path: &str, duration: SimDuration, designs: &[&Design]) {
    let at = format!("{path}/duration");
    check.between(at, duration, SimDuration::ZERO, LONGEST_SHIFT);
    let mut parts = designs.iter().flat_map(|design| design.components());
    let takes_part = |it: &Component| match it {
        Component::LoadBalancer(it) => it.zonal_shift != ZonalShift::Off,
        _ => false,
    };
    let mut clusters = designs.iter().map(|it| &it.architecture.kubernetes);
    let cluster = clusters.any(|it| it.zonal_shift != ZonalShift::Off);
    if !cluster && !parts.any(|(_, vertex)| takes_part(&vertex.component)) {
        let this = "kind = zonal_shift".to_string();
        let other = "zonal_shift of a load_balancer or of kubernetes = on".to_string();
        check.warning(path, contradiction(this, "needs", other));
    }
}

/// The zone of a fault that need not name one.
fn check_any_zone(check: &mut Check, path: &str, zone: Option<&ZoneName>, designs: &[&Design]) {
    if let Some(zone) = zone {
        check_zone(check, path, zone, designs);
    }
}

/// The pool of a fault that need not name one.
fn check_any_pool(
    check: &mut Check,
    path: &str,
    pool: Option<&String>,
    designs: &[&Design],
    pools: &Targets,
) {
    if let Some(pool) = pool {
        check_reference(check, format!("{path}/pool"), pool, designs, pools);
    }
}

/// A release has a deployment, and is not taken back before it has come.
fn check_release(check: &mut Check, path: &str, fault: &Fault, designs: &[&Design]) {
    let FaultKind::Rollout {
        target,
        roll_back_after,
        ..
    } = fault
    else {
        return;
    };
    check_target(check, path, target, designs, &WITH_PODS);
    if let Some(after) = roll_back_after {
        check.positive(format!("{path}/roll_back_after"), *after);
    }
}

/// A fault's zone has to exist in one design at least; where it does not, nothing happens.
fn check_zone(check: &mut Check, path: &str, zone: &ZoneName, designs: &[&Design]) {
    let known: Vec<&ZoneName> = designs
        .iter()
        .flat_map(|design| &design.architecture.zones)
        .collect();
    if !known.contains(&zone) {
        let known = known.iter().map(|zone| zone.0.as_str());
        check.dangling(format!("{path}/zone"), &zone.0, "a zone of a design", known);
    }
}

/// Components that a fault may name.
struct Targets {
    /// As a finding calls them.
    expected: &'static str,
    fits: fn(&Component) -> bool,
}

/// What can be slow or away.
const ANY_DEPENDENCY: Targets = Targets {
    expected: "a database, cache, external_service or queue",
    fits: |component| {
        matches!(
            component,
            Component::Database(_)
                | Component::Cache(_)
                | Component::ExternalService(_)
                | Component::Queue(_)
        )
    },
};

/// What consists of nodes.
const NODES: Targets = Targets {
    expected: "a node_pool or node_group",
    fits: |component| matches!(component, Component::NodePool(_) | Component::NodeGroup(_)),
};

/// What Karpenter runs.
const POOLS: Targets = Targets {
    expected: "a node_pool",
    fits: |component| matches!(component, Component::NodePool(_)),
};

/// What consists of pods.
const WITH_PODS: Targets = Targets {
    expected: "a deployment",
    fits: |component| matches!(component, Component::Deployment(_)),
};

/// What can stand still: it has a queue to keep.
const WITH_A_QUEUE: Targets = Targets {
    expected: "a database or cache",
    fits: |component| matches!(component, Component::Database(_) | Component::Cache(_)),
};

fn check_target(
    check: &mut Check,
    path: &str,
    target: &str,
    designs: &[&Design],
    targets: &Targets,
) {
    check_reference(check, format!("{path}/target"), target, designs, targets);
}

/// What a fault names has to exist in one design at least.
fn check_reference(
    check: &mut Check,
    path: String,
    id: &str,
    designs: &[&Design],
    targets: &Targets,
) {
    let known: Vec<&str> = designs
        .iter()
        .flat_map(|design| design.components())
        .filter(|(_, vertex)| (targets.fits)(&vertex.component))
        .map(|(_, vertex)| vertex.id.as_str())
        .collect();
    if !known.contains(&id) {
        check.dangling(path, id, targets.expected, known);
    }
}

/// A share of nothing is no fault.
fn check_share(check: &mut Check, path: &str, share: Ratio) {
    if share == Ratio::ZERO {
        check.out_of_range(format!("{path}/share"), share, "more than 0%");
    }
}

/// Instance types that a fault names have to be some that a design launches.
fn check_types(check: &mut Check, path: &str, names: &[String], designs: &[&Design]) {
    let mut known: Vec<&str> = Vec::new();
    for (_, vertex) in designs.iter().flat_map(|design| design.components()) {
        match &vertex.component {
            Component::NodePool(pool) => {
                known.extend(pool.instance_types.iter().map(String::as_str));
            }
            Component::NodeGroup(group) => known.push(&group.instance_type),
            _ => {}
        }
    }
    for (at, name) in names.iter().enumerate() {
        if !known.contains(&name.as_str()) {
            let path = format!("{path}/instance_types/{at}");
            let expected = "an instance type of a design";
            check.dangling(path, name, expected, known.iter().copied());
        }
    }
}

/// A fault of nothing is none.
fn check_some(check: &mut Check, path: String, how_many: IntOrPercent) {
    if how_many.rounded_up_of(1) == 0 {
        check.out_of_range(path, how_many, "more than 0");
    }
}
