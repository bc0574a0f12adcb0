//! Three zones with half of the demand each need no controller when one is lost; with a third each
//! they serve two thirds until controllers have answered.
//!
//! The idea is AWS's ("Static stability using Availability Zones", Builders' Library); the numbers
//! are arithmetic: what two of three zones can carry, over the demand. The windows of the recovery
//! are those of the zone's nodes becoming Unknown (50 s), their pods being deleted (300 s later,
//! one node every 10 s), a batch, a node's launch (30 to 100 s) and a pod's start.

use tradewind::model::{
    ById, Component, Deployment, LoadBalancer, NodePool, OneOrList, ServiceTime, TopologySpread,
    Users, WhenUnsatisfiable,
};
use tradewind::units::SimDuration;

use super::fixture::{Played, design, ids, power_loss};
use tradewind::model::Call;

/// What the users of the fixture ask for.
const DEMAND_RPS: f64 = 540.0;
const PODS_PER_ZONE: u32 = 4;
const SERVERS: u32 = 8;

/// Users, balancer and pods, each zone of which can carry `share` of the demand.
fn parts(share: f64) -> ById<Component> {
    let mean_s = f64::from(PODS_PER_ZONE * SERVERS) / (share * DEMAND_RPS);
    let api = Deployment {
        replicas: 3 * PODS_PER_ZONE,
        runs_on: "nodes".into(),
        servers: SERVERS,
        // Less than a second of work: a queue longer than its callers' 2 s of patience would serve
        // nobody in time, and two thirds would become a third.
        queue_capacity: 40,
        service_time: ServiceTime {
            mean: SimDuration::from_s_f64(mean_s),
            ..Deployment::default().service_time
        },
        topology_spread: Some(OneOrList::one(TopologySpread {
            when_unsatisfiable: WhenUnsatisfiable::ScheduleAnyway,
            ..TopologySpread::default()
        })),
        ..Deployment::default()
    };
    let users = Users {
        calls: ids([("alb", Call::default())]),
        ..Users::default()
    };
    let alb = LoadBalancer {
        routes_to: "api".to_string(),
        ..LoadBalancer::default()
    };
    ids([
        ("users", Component::Users(users)),
        ("alb", Component::LoadBalancer(alb)),
        ("api", Component::Deployment(api)),
        ("nodes", Component::NodePool(NodePool::default())),
    ])
}

fn played(share: f64) -> Played {
    Played::new(&design(&["a", "c", "d"], parts(share)), &power_loss("a"))
}

#[test]
fn half_of_the_demand_in_each_zone_needs_nobody() {
    // 55 % rather than 50: a queue at its full capacity has no end.
    let played = played(0.55);
    // From two minutes on no client holds the dead balancer node's address any more.
    let served = played.success(120, 340);
    assert!(served > 0.999, "before any pod is replaced: {served}");
}

#[test]
fn a_third_in_each_zone_serves_two_thirds_until_controllers_answer() {
    let played = played(0.34);
    // Three whole minutes; the demand wanders around its mean, what can be served does not.
    let (offered, served) = played.requests(120, 300);
    let carried = served / (180.0 * DEMAND_RPS);
    assert!(
        (0.67..=0.685).contains(&carried),
        "2 x 0.34 of the demand: {carried}"
    );
    assert!(
        offered > 1.3 * served,
        "the rest is turned away: {offered} {served}"
    );
    let back = played.success(600, 1200);
    assert!(back > 0.99, "capacity is back after 6 to 8 minutes: {back}");
}
