//! The controllers that the fleet itself has no use for: they are shown its pods and nodes all the
//! same, in the state that costs them most.

use std::hint::black_box;

use tradewind::model::{ClusterAutoscaler, PodDisruptionBudget};
use tradewind::sim::policy::cluster_autoscaler::scale_down::{self, find_unneeded};
use tradewind::sim::policy::disruption_budget::{self, Observed};
use tradewind::sim::policy::preemption::{self, Candidate, Preemptor, Running};
use tradewind::sim::policy::resources::Resources;
use tradewind::sim::policy::rollout::{self, Bounds, ReplicaSet};
use tradewind::sim::policy::scheduler;
use tradewind::sim::policy::target_tracking::{self, Memory, Settings, Tracked};
use tradewind::sim::policy::vpa::{self, Allowed, History};
use tradewind::sim::world::World;
use tradewind::units::{IntOrPercent, Ratio, SimDuration, SimTime};

use super::{pods_on, tell};

/// Every figure of this file.
pub fn tell_all(world: &World) {
    shrink(world);
    preempt(world);
    recommend(world);
    roll(world);
    budget(world);
    track(world);
}

/// All nodes are underused, so each is asked whether its pods could go elsewhere.
fn shrink(world: &World) {
    let workloads: Vec<_> = world
        .workloads
        .iter()
        .map(|it| scale_down::Workload {
            requests: it.requests,
            pools: it.pools.clone(),
            rules: it.rules.clone(),
            disruptions_allowed: u32::MAX,
            is_unmovable: false,
        })
        .collect();
    let pods: Vec<_> = (0..world.workloads.len())
        .map(|workload| pods_on(world, workload))
        .collect();
    let of = |at| {
        let here = (0..pods.len()).map(|workload| (workload, pods[workload][at]));
        scale_down::Node {
            seen: scheduler::Node {
                ready: true,
                schedulable: true,
                ..world.scheduler_node(at)
            },
            daemons: Resources::default(),
            pods: here.filter(|(_, n)| *n > 0).collect(),
            is_candidate: true,
            unneeded_since: None,
        }
    };
    let nodes: Vec<_> = (0..world.nodes.len()).map(of).collect();
    let flags = ClusterAutoscaler {
        scale_down_utilization_threshold: Ratio::ONE,
        ..ClusterAutoscaler::default()
    };
    tell("scale_down", nodes.len(), 5, || {
        find_unneeded(&nodes, &workloads, &flags)
    });
}

/// A pod of higher priority than all others looks for the node on which it costs least.
fn preempt(world: &World) {
    let of = |(at, node)| {
        let (allocatable, pod_slots) = world.allocatable(node);
        let pods = world.pods.on_node(at).iter().map(|id| Running {
            id: *id,
            workload: world.pods[*id].workload,
            priority: 0,
            requests: world.pods[*id].requests,
            started_at: *id as u64,
        });
        Candidate {
            allocatable,
            requested: allocatable,
            pod_slots,
            n_pods: node.n_pods,
            pods: pods.collect(),
        }
    };
    let nodes: Vec<_> = world.nodes.iter().enumerate().map(of).collect();
    let pod = Preemptor {
        priority: 1,
        requests: world.workloads[0].requests,
    };
    let allowed = vec![None; world.workloads.len()];
    tell("preemption", nodes.len(), 100, || {
        preemption::choose(&pod, &nodes, &allowed)
    });
}

/// The recommendation from eight days of samples, one a minute.
fn recommend(world: &World) {
    let pods = world.workloads[0].desired;
    let mut history = History::default();
    let minutes = 8 * 24 * 60;
    for minute in 0..minutes {
        let at = SimTime::START + SimDuration::from_min(minute);
        history.add_cpu(pods, 100 + minute % 400, at);
        history.add_memory(pods, (200 + minute % 90) << 20, at);
    }
    let allowed = Allowed {
        min: Resources::default(),
        max: Resources {
            cpu_m: u64::MAX,
            memory_bytes: u64::MAX,
        },
    };
    let present = world.workloads[0].requests;
    tell("vpa", minutes as usize, 1000, || {
        vpa::recommend(&history, allowed, present)
    });
}

/// A look at a rolling update that is half through.
fn roll(world: &World) {
    let replicas = world.workloads[0].desired;
    let quarter = IntOrPercent::Percent(Ratio::new(0.25));
    let bounds = Bounds::of(replicas, quarter, quarter);
    let half = ReplicaSet {
        wanted: replicas / 2,
        available: replicas / 2,
        present: replicas / 2,
    };
    tell("rollout", replicas as usize, 10_000, || {
        rollout::roll(replicas, bounds, &[half, half], 1)
    });
}

/// One answer of the eviction API.
fn budget(world: &World) {
    let replicas = world.workloads[0].desired;
    let budget = PodDisruptionBudget {
        max_unavailable: Some(IntOrPercent::Percent(Ratio::new(0.1))),
        ..PodDisruptionBudget::default()
    };
    tell("eviction", replicas as usize, 10_000, || {
        let seen = Observed {
            replicas: black_box(replicas),
            pods: replicas,
            healthy: replicas - 1,
        };
        let status = disruption_budget::status(&budget, seen);
        disruption_budget::evict(true, &budget, &status)
    });
}

/// A quarter of an hour of data points, after which service auto scaling scales in.
fn track(world: &World) {
    let capacity = world.workloads[0].desired;
    let points = [Some(0.3); target_tracking::LOW_PERIODS];
    let cooldown = SimDuration::from_min(5);
    let settings = Settings {
        min_capacity: 1,
        max_capacity: 2 * capacity,
        scale_out_cooldown: cooldown,
        scale_in_cooldown: cooldown,
        disable_scale_in: false,
    };
    let policies = [Tracked {
        target: 0.6,
        points: &points,
    }];
    tell("target_tracking", points.len(), 10_000, || {
        let observed = target_tracking::Observed {
            capacity: black_box(capacity),
            policies: &policies,
            deploying: false,
        };
        let mut memory = Memory::default();
        target_tracking::decide(&settings, &observed, &mut memory, SimTime::START)
    });
}
