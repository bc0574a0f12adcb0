//! What holds of the world at every moment of every history.

use crate::model::{CapacityType, Resolver};
use crate::sim::RunLog;
use crate::sim::control::Control;
use crate::sim::policy::cluster_autoscaler::expendable::is_expendable;
use crate::sim::world::{Machine, Node, Pod, PodPhase, PodRef};
use crate::units::SimTime;

/// Every sum that the world keeps equals what it is the sum of.
pub(super) fn books_are_in_order(control: &Control) {
    let world = &control.world;
    let placed = |at: usize| {
        let on_it = move |pod: &&Pod| pod.is_placed() && pod.node == at;
        world.pods.iter().filter(on_it)
    };
    for (at, node) in world.nodes.iter().enumerate() {
        if node.machine == Machine::Gone {
            assert_eq!(placed(at).count(), 0, "pods on no node");
            continue;
        }
        assert_eq!(placed(at).count() as u32, node.n_pods);
        let daemons = world.pools[node.pool].daemons;
        let requested = placed(at).fold(daemons, |sum, pod| sum.plus(pod.requests));
        assert_eq!(requested, node.requested);
        let selects = |pod: &Pod| world.workloads[pod.workload].pools.contains(&node.pool);
        assert!(placed(at).all(selects), "pods run where they may");
        let (allocatable, slots) = world.allocatable(node);
        assert!(requested.fit_in(allocatable) && node.n_pods <= slots);
        assert!(!node.ready || node.registered);
        let lit = world.zones[node.zone.index()].has_power();
        let follows = lit == (node.machine != Machine::Dead);
        let none = matches!(node.machine, Machine::Terminated | Machine::Fargate);
        assert!(follows || none, "machines follow power");
    }
    for (at, workload) in world.workloads.iter().enumerate() {
        let count = |pick: &dyn Fn(&Pod) -> bool| {
            let own = world.pods.iter().filter(|pod| pod.workload == at);
            own.filter(|pod| pick(pod)).count() as u32
        };
        let replica = |phase: PodPhase| !matches!(phase, PodPhase::Gone | PodPhase::Terminating);
        assert_eq!(
            workload.n_pending,
            count(&|it| it.phase == PodPhase::Pending)
        );
        assert_eq!(workload.n_replicas, count(&|it| replica(it.phase)));
        // A rollout may have more of them for a while, or fewer.
        let follows = workload.n_replicas == workload.desired;
        assert!(follows || workload.rollout.is_some(), "at once");
        for (zone, n) in workload.pods_per_zone.iter().enumerate() {
            let here = |it: &Pod| {
                let up = replica(it.phase) && it.is_placed();
                up && world.nodes[it.node].zone.index() == zone
            };
            assert_eq!(*n, count(&here));
        }
    }
    for (at, pool) in world.pools.iter().enumerate() {
        let own = || {
            let nodes = world.nodes.iter();
            nodes.filter(move |it| it.pool == at && it.machine != Machine::Gone)
        };
        let kinds = &pool.karpenter.instance_types;
        let cpu: u64 = own().map(|it| kinds[it.instance_type].cpu_m).sum();
        assert_eq!(cpu, pool.karpenter.cpu_used_m);
        let spot = own().filter(|it| it.capacity_type == CapacityType::Spot);
        assert_eq!(spot.count() as u32, pool.karpenter.n_spot_nodes);
        let n_nodes: u32 = pool.karpenter.nodes_per_zone.iter().sum();
        assert_eq!(n_nodes, own().count() as u32);
        if let Some(group) = &pool.group {
            let running = own().filter(|it| it.machine != Machine::Terminated);
            assert!(running.count() as u32 <= group.target && group.requested <= group.target);
            let bounds = group.min_nodes..=group.max_nodes;
            assert!(bounds.contains(&group.target), "{group:?}");
        }
    }
}

/// From its first look on, an autoscaler keeps the pods that are wanted within its bounds.
pub(super) fn replicas_stay_in_bounds(control: &Control) {
    if control.now <= SimTime::from_s(15) {
        return;
    }
    for workload in &control.world.workloads {
        if let Some(scaler) = &workload.scaler {
            let bounds = scaler.hpa.min_replicas..=scaler.hpa.max_replicas;
            assert!(bounds.contains(&workload.desired), "{}", workload.desired);
        }
        if let Some(tracker) = &workload.tracker {
            let bounds = tracker.settings.min_capacity..=tracker.settings.max_capacity;
            assert!(bounds.contains(&workload.desired), "{}", workload.desired);
        }
    }
}

/// Fargate is paid for the tasks that are there, each once.
pub(super) fn tasks_are_paid_for(control: &Control) {
    let world = &control.world;
    let Some(rates) = control.task_rates() else {
        return;
    };
    let placed = world.pods.iter().filter(|it| it.is_placed());
    let tasks = placed.filter(|it| world.nodes[it.node].machine == Machine::Fargate);
    let sum = tasks.fold([0.0; 2], |[vcpus, gigabytes], task| {
        assert!(world.fargate_of(task.workload).is_some(), "a task");
        let (cores, bytes) = (
            task.requests.cpu_m as f64,
            task.requests.memory_bytes as f64,
        );
        [vcpus + cores / 1000.0, gigabytes + bytes / (1 << 30) as f64]
    });
    for (rate, sum) in rates.iter().zip(sum) {
        assert!((rate - sum).abs() < 1e-6, "{rate} paid for of {sum}");
    }
}

/// What comes is answered, fails, or is still there: nothing is lost or counted twice.
pub(super) fn requests_are_conserved(log: &RunLog) {
    let mut in_flight = 0.0;
    for one in &log.intervals {
        let out = one.succeeded + one.failed.iter().sum::<f64>();
        let balance = one.offered - out - (one.in_flight - in_flight);
        assert!(balance.abs() < 1e-9 * one.offered.max(1.0), "{balance}");
        in_flight = one.in_flight;
    }
}

/// A deployment's healthy pods, how many it wants, and whether it is between two releases.
pub(super) type Healthy = (Vec<PodRef>, u32, bool);

/// The healthy pods of every deployment.
pub(super) fn all_healthy(control: &Control) -> Vec<Healthy> {
    let workloads = control.world.workloads.iter().enumerate();
    workloads
        .map(|(at, it)| (healthy(control, at), it.desired, it.rollout.is_some()))
        .collect()
}

fn healthy(control: &Control, workload: usize) -> Vec<PodRef> {
    let world = &control.world;
    let is_healthy = |at: &&usize| {
        let pod = &world.pods[**at];
        pod.phase == PodPhase::Ready && pod.listed
    };
    let own = world.workloads[workload].pods.iter().filter(is_healthy);
    own.map(|at| world.pod_ref(*at)).collect()
}

/// No drain has taken more pods than a budget allows. `before` are the healthy pods of every
/// deployment before the step. Pods that are ending on a closed node with time left were evicted,
/// unless more of the deployment went at the same instant or another number is wanted now, which
/// is somebody else's doing. A drain that has to end in time asks no budget.
pub(super) fn budgets_hold(control: &Control, before: &[Healthy]) {
    let world = &control.world;
    for (workload, (before, desired, is_rolling)) in before.iter().enumerate() {
        // What a rollout ends it ends without asking, at its first instant as well.
        let owner = &world.workloads[workload];
        if owner.desired != *desired || *is_rolling || owner.rollout.is_some() {
            continue;
        }
        let Some(status) = control.budget_status(workload) else {
            continue;
        };
        let (mut n_evicted, mut n_others) = (0, 0);
        for pod in before {
            let it = &world.pods[pod.at()];
            if world.holds_pod(*pod) && it.phase == PodPhase::Ready && it.listed {
                continue;
            }
            let node = &world.nodes[it.node];
            let ending = world.holds_pod(*pod) && it.phase == PodPhase::Terminating;
            // Cluster Autoscaler asks nobody about expendable pods, and a pool with a limit waits
            // for no budget beyond it.
            let pool = &world.pools[node.pool];
            let goes_along = node.deleting && pool.group.is_some() && is_expendable(owner.priority);
            let rules = pool.disruption.as_ref();
            let is_bounded = rules.is_some_and(|it| it.termination_grace_period.is_some());
            let runs = node.machine == Machine::Running;
            let drained = node.cordoned && runs && !goes_along && !is_bounded;
            let evicted = ending && drained;
            n_evicted += u32::from(evicted);
            n_others += u32::from(!evicted);
        }
        let kept = status.current_healthy >= status.desired_healthy;
        assert!(
            n_evicted == 0 || n_others > 0 || kept,
            "{n_evicted} evicted: {status:?}"
        );
    }
}

/// What requests see follows from the world.
pub(super) fn the_picture_is_true(control: &Control) {
    let known = |ttl| 1.0 - control.forgotten(Resolver::Public, ttl);
    let known = control
        .world
        .balancer
        .as_ref()
        .map_or(1.0, |it| known(it.ttl));
    let shares: f64 = control.flow.entry.iter().map(|it| it.dns_share).sum();
    assert!((shares - known).abs() < 1e-9, "{shares} of {known}");
    for group in &control.flow.pods {
        let leaving = control
            .world
            .balancer
            .as_ref()
            .map_or(0, |it| it.leaving.len());
        assert!(
            group.in_balancer <= group.ready + leaving as u32,
            "{group:?}"
        );
    }
    // Pods of a zone that was cut off serve once it is reached, and are listed with their node.
    let nodes = &control.world.nodes;
    let is_listed = |it: &Node| it.ready || it.machine == Machine::Fargate;
    let serves = |it: &&Pod| it.serves() && is_listed(&nodes[it.node]);
    let serving = control.world.pods.iter().filter(serves).count();
    let ready: u32 = control.flow.pods.iter().map(|it| it.ready).sum();
    assert_eq!(serving as u32, ready, "who serves is listed");
    for (endpoint, database) in control.flow.databases.iter().zip(&control.world.databases) {
        let reached = control.world.zones[database.zone().index()].is_reachable();
        assert!(
            !endpoint.up || reached,
            "no answer from a zone that is away"
        );
    }
}
