//! What one decision of each controller costs, in a cluster of a thousand pods on two hundred
//! nodes, and what the control plane takes of the whole run: a line per figure, for
//! `cargo xtask bench --controllers`.
//!
//! The inputs are those of the run itself, at its start: what the controllers see of it.

mod decisions;
#[expect(dead_code, reason = "other programs play the other platforms")]
mod platforms;

use std::hint::black_box;
use std::time::Instant;

use tradewind::model::HealthCheck;
use tradewind::sim::Simulation;
use tradewind::sim::policy::cluster_autoscaler::estimate::{PodGroup, Template, estimate};
use tradewind::sim::policy::health_check::{self, FailureMode};
use tradewind::sim::policy::hpa::{self, Metric, PodCohort, Readiness, Resource, Sample};
use tradewind::sim::policy::karpenter;
use tradewind::sim::policy::karpenter::disruption::{self, Method};
use tradewind::sim::policy::node_lifecycle::{self, LifecycleRules, ZoneNodes};
use tradewind::sim::policy::scheduler;
use tradewind::sim::world::{Workload, World};
use tradewind::units::{SimDuration, SimTime};

/// Each figure is the best of so many tries: what a neighbour adds is no property of the program.
const N_TRIES: u32 = 20;
/// Runs of the whole day.
const N_RUNS: u32 = 5;

fn main() {
    let fleet = platforms::fleet();
    let begun = Simulation::new(&fleet.experiment());
    let world = &begun.control().world;
    autoscaler(world);
    schedule(world);
    provision(world);
    estimate_group(world);
    evict(world);
    probe();
    decisions::tell_all(world);
    consolidate(&fleet);
    whole_run(&fleet);
}

#[expect(
    clippy::disallowed_methods,
    reason = "this program is a clock beside the runs"
)]
fn now() -> Instant {
    Instant::now()
}

/// Tells what a decision takes, in nanoseconds, and over how many things it is made.
fn tell<T>(name: &str, n_items: usize, n_calls: u32, mut decide: impl FnMut() -> T) {
    let mut best_ns = f64::INFINITY;
    for _ in 0..N_TRIES {
        let start = now();
        for _ in 0..n_calls {
            black_box(decide());
        }
        best_ns = best_ns.min(start.elapsed().as_secs_f64() * 1e9 / f64::from(n_calls));
    }
    println!("cost {name} {n_items} {best_ns:.0}");
}

/// A sync in which every pod of a workload is looked at by itself.
fn autoscaler(world: &World) {
    let workload = &world.workloads[0];
    let minute = SimDuration::from_min(1);
    let pods = vec![
        PodCohort {
            count: 1,
            phase: hpa::PodPhase::Running,
            deleting: false,
            start_age: Some(minute * 10),
            readiness: Some(Readiness {
                ready: true,
                age: minute * 9,
            }),
            request_m: Some(workload.requests.cpu_m),
            sample: Some(Sample {
                value_m: workload.requests.cpu_m / 2,
                age: SimDuration::ZERO,
                window: minute,
            }),
        };
        workload.pods.len()
    ];
    let replicas = workload.desired;
    let scaler = hpa::Hpa::with_bounds(1, 2 * replicas);
    let mut memory = hpa::Memory::started(replicas, SimTime::START);
    tell("hpa", pods.len(), 1000, || {
        let metrics = [Metric::Utilization {
            resource: Resource::Cpu,
            target_percent: 50,
            pods: &pods,
            n_unmatched_samples: 0,
        }];
        let observed = hpa::Observed {
            spec_replicas: replicas,
            status_replicas: replicas,
            metrics: &metrics,
        };
        hpa::reconcile(&scaler, &observed, &mut memory, SimTime::START + minute)
    });
}

/// The place of one more pod among all nodes.
fn schedule(world: &World) {
    let nodes = (0..world.nodes.len()).map(|at| world.scheduler_node(at));
    let nodes: Vec<_> = nodes.collect();
    let workload = &world.workloads[0];
    let pod = scheduler::Pod {
        workload: 0,
        pools: &workload.pools,
        requests: workload.requests,
    };
    let rules: Vec<_> = world.workloads.iter().map(|it| &it.rules).collect();
    let cluster = scheduler::Cluster {
        nodes: &nodes,
        rules: &rules,
        pods_on: &[pods_on(world, 0)],
        ending_on: &[],
    };
    tell("scheduler", nodes.len(), 1000, || {
        scheduler::place(&pod, &cluster).is_ok()
    });
}

/// A workload's pods by node.
fn pods_on(world: &World, workload: usize) -> Vec<u32> {
    let on = |node| {
        let pods = world.pods.on_node(node).iter();
        pods.filter(|at| world.pods[**at].workload == workload)
            .count() as u32
    };
    (0..world.nodes.len()).map(on).collect()
}

/// New nodes for a third of all pods, as after the loss of a zone.
fn provision(world: &World) {
    let pools: Vec<_> = world.pools.iter().map(|pool| &pool.karpenter).collect();
    let mut pending = Vec::new();
    let mut workloads = Vec::new();
    for (at, workload) in world.workloads.iter().enumerate() {
        pending.push(karpenter::PendingPods {
            count: workload.desired / 3,
            requests: workload.requests,
            workload: at,
        });
        workloads.push(karpenter::Workload {
            pools: workload.pools.clone(),
            rules: workload.rules.clone(),
            pods_per_zone: workload.pods_per_zone.clone(),
            ..karpenter::Workload::default()
        });
    }
    let n_pods: u32 = pending.iter().map(|it| it.count).sum();
    tell("karpenter", n_pods as usize, 20, || {
        karpenter::plan(&karpenter::Observed {
            pending: &pending,
            workloads: &workloads,
            in_flight: &[],
            pools: &pools,
        })
    });
}

/// The same pods, as Cluster Autoscaler packs them on nodes of one group.
fn estimate_group(world: &World) {
    let of = |workload: &Workload| PodGroup {
        count: workload.desired / 3,
        requests: workload.requests,
        host_port: None,
        max_per_node: u32::MAX,
    };
    let groups: Vec<_> = world.workloads.iter().map(of).collect();
    let n_pods: u32 = groups.iter().map(|it| it.count).sum();
    let (free, free_slots) = world.allocatable(&world.nodes[0]);
    let template = Template { free, free_slots };
    tell("cluster_autoscaler", n_pods as usize, 200, || {
        estimate(&groups, &template, 1000)
    });
}

/// A pass over all nodes for those that could go, a twentieth of the day into the run.
fn consolidate(fleet: &platforms::Platform) {
    let mut simulation = Simulation::new(&fleet.experiment());
    while simulation.progress() < 0.05 {
        simulation.step();
    }
    simulation.control().with_view(|view, slots| {
        tell("consolidation", slots.len(), 5, || {
            disruption::pass(view, &Method::ALL)
        });
    });
}

/// The pace of evictions in every zone.
fn evict(world: &World) {
    let mut zones = vec![ZoneNodes::default(); world.zones.len()];
    for node in &world.nodes {
        zones[node.zone.index()].n_ready += 1;
    }
    let rules = LifecycleRules::default();
    tell("node_lifecycle", zones.len(), 10_000, || {
        node_lifecycle::paces(black_box(&zones), &rules)
            .map(black_box)
            .count()
    });
}

/// When one dead target is found.
fn probe() {
    let check = HealthCheck::default();
    let died = SimTime::from_s(36_000);
    tell("health_check", 1, 10_000, || {
        health_check::unhealthy_at(black_box(died), SimTime::START, FailureMode::Silent, &check)
    });
}

/// The day through the loss of a zone: milliseconds of the control plane and of the data plane.
fn whole_run(fleet: &platforms::Platform) {
    let mut best_ms = [f64::INFINITY; 2];
    let mut n_steps = 0_u32;
    for _ in 0..N_RUNS {
        let mut simulation = Simulation::new(&fleet.experiment());
        let mut spent_ms = [0.0; 2];
        n_steps = 0;
        loop {
            let start = now();
            simulation.decide();
            let decided = now();
            let goes_on = simulation.advance();
            spent_ms[0] += (decided - start).as_secs_f64() * 1e3;
            spent_ms[1] += decided.elapsed().as_secs_f64() * 1e3;
            n_steps += 1;
            if !goes_on {
                break;
            }
        }
        if spent_ms[0] + spent_ms[1] < best_ms[0] + best_ms[1] {
            best_ms = spent_ms;
        }
    }
    let [control_ms, data_ms] = best_ms;
    println!("fleet {n_steps} {control_ms:.2} {data_ms:.2}");
}
