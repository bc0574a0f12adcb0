//! How soon a change is noticed: by a load balancer, by the node controller, by an autoscaler.
//!
//! Each window is the sum of the periods that lie between the change and the decision; where in
//! them the change falls is chance or, here, the run's clock.

use tradewind::model::{HealthCheck, Spike, Tape};
use tradewind::sim::event::EventKind;
use tradewind::units::SimDuration;

use super::fixture::{
    FAULT, Played, balancer, check_between, deployment, design_with, edit, ids, load, parts,
    power_loss,
};
use tradewind::model::{Component, Kubernetes, NodeGroup};

fn out_of_rotation(played: &Played) -> Vec<f64> {
    played.times(|it| matches!(it, EventKind::TargetsUnhealthy { .. }))
}

/// Two failed probes: up to an interval until the first begins, an interval between them, and the
/// timeout of the second, since a dead target does not answer. 15 s and 5 s as the AWS Load
/// Balancer Controller sets them up, 30 s and 5 s as an ALB target group comes.
#[test]
fn a_balancer_takes_dead_targets_out_by_its_health_check() {
    let found = |interval: u64| {
        let mut parts = parts();
        edit(&mut parts, "alb", balancer, |it| {
            it.health_check = HealthCheck {
                interval: SimDuration::from_s(interval),
                ..it.health_check
            };
        });
        let design = design_with(&["a", "c", "d"], parts, Kubernetes::default());
        out_of_rotation(&Played::new(&design, &power_loss("a")))
    };
    check_between("controller's defaults", &found(15), 15.0, 35.0);
    check_between("raw ALB defaults", &found(30), 30.0, 65.0);
}

/// Longer than the grace period (50 s from Kubernetes 1.32 on, 40 s before) no node is Ready.
#[test]
fn nodes_are_unknown_when_the_grace_period_of_their_version_is_over() {
    for grace in [40, 50] {
        let kubernetes = Kubernetes {
            node_monitor_grace_period: SimDuration::from_s(grace),
            ..Kubernetes::default()
        };
        let design = design_with(&["a", "c", "d"], parts(), kubernetes);
        let played = Played::new(&design, &power_loss("a"));
        let unknown = played.times(|it| matches!(it, EventKind::NodesNotReady { .. }));
        let grace = grace as f64;
        check_between("nodes are Unknown", &unknown, grace, grace);
        let first = played.times(|it| matches!(it, EventKind::PodsEvicted { .. }))[0];
        check_between(
            "their pods are deleted",
            &[first],
            grace + 300.0,
            grace + 310.0,
        );
    }
}

/// A step to twice the load, with room on the nodes. Up to 15 s of sampling, 15 s until
/// metrics-server has read, 15 s until the HPA looks: 10 to 45 s; then a pod's start of 5 to 30 s.
#[test]
fn an_autoscaler_answers_a_step_within_three_periods() {
    let mut parts = parts();
    edit(&mut parts, "api", deployment, |it| it.replicas = 9);
    let large = NodeGroup {
        nodes: 12,
        ..NodeGroup::default()
    };
    parts.insert("nodes".to_string(), Component::NodeGroup(large));
    let design = design_with(&["a", "c", "d"], parts, Kubernetes::default());
    // The step comes at all times of the periods, a second apart.
    for second in 0..15 {
        let at = FAULT + SimDuration::from_s(second);
        let mut load = load(540.0);
        load.spikes = ids([(
            "step",
            Spike {
                at,
                factor: 2.0,
                hold: SimDuration::from_h(1),
                ramp_up: SimDuration::ZERO,
                ramp_down: SimDuration::ZERO,
            },
        )]);
        let played = Played::under(&design, &load, &Tape::default(), SimDuration::from_h(2));
        let since = second as f64;
        let scaled = played.times(|it| matches!(it, EventKind::HpaScaled { .. }));
        check_between("new number of replicas", &[scaled[0] - since], 10.0, 45.0);
        let ready = played.times(|it| matches!(it, EventKind::PodsReady { .. }));
        let start = ready[0] - scaled[0];
        check_between("and a pod's start later", &[start], 5.0, 60.0);
    }
}

/// A tape without faults changes nothing: nobody acts on a load that stays the same.
#[test]
fn nobody_acts_without_a_cause() {
    let design = design_with(&["a", "c", "d"], parts(), Kubernetes::default());
    let played = Played::new(&design, &Tape::default());
    assert_eq!(played.log.events, []);
}
