//! Connections behind a Network Load Balancer: who comes last gets least.

use tradewind::model::{ById, Call, Component, LoadBalancerProduct, Triangular, Users};
use tradewind::sim::{Experiment, Simulation};
use tradewind::units::{SimDuration, SimTime};

use super::fixture::{
    FAULT, balancer, deployment, design, edit, good_release, ids, load, on_twelve_nodes,
    one_by_one, parts, plan,
};

/// Nine pods, replaced one by one behind a balancer of this product; connections last for so long.
fn platform(product: LoadBalancerProduct, lifetime: SimDuration) -> ById<Component> {
    let mut parts = parts();
    edit(&mut parts, "api", deployment, |it| {
        it.hpa = None;
        it.calls = ById::new();
        it.startup_time = Triangular::from_s(5, 5, 5);
        *it.rollout = one_by_one();
    });
    edit(&mut parts, "alb", balancer, |it| {
        it.product = product;
        it.cross_zone = Some(true);
    });
    let users = Users {
        calls: ids([("alb", Call::default())]),
        connection_lifetime: lifetime,
        ..Users::default()
    };
    parts.insert("users".to_string(), Component::Users(users));
    on_twelve_nodes(&mut parts);
    parts
}

/// What the targets get, as shares of all requests in falling order, so many minutes after a
/// rollout begins; nothing where all get the same.
fn shares(parts: &ById<Component>, minutes: u64) -> Vec<f64> {
    let design = design(&["a", "c", "d"], parts.clone());
    let tape = good_release();
    let (load, plan) = (load(270.0), plan());
    let mut simulation = Simulation::new(&Experiment::new(&design, &load, &tape, &plan, 0));
    let at = SimTime::START + FAULT + SimDuration::from_min(minutes);
    while simulation.now() < at {
        simulation.step();
    }
    let all: Vec<f64> = simulation.control().flow.parts.concat();
    let sum: f64 = all.iter().sum();
    let mut shares: Vec<f64> = all.iter().map(|it| it / sum).collect();
    shares.sort_by(|a, b| b.total_cmp(a));
    shares
}

/// Nine even shares, of which one after the other is left to the eight others and a new one.
fn by_hand() -> Vec<f64> {
    let mut shares = vec![1.0 / 9.0; 9];
    for _ in 0..9 {
        let left = shares[0];
        shares.rotate_left(1);
        shares[8] = 0.0;
        for share in &mut shares {
            *share += left / 9.0;
        }
    }
    shares
}

#[test]
fn who_comes_last_gets_least_for_as_long_as_connections_last() {
    let day = SimDuration::from_h(24);
    let after = shares(&platform(LoadBalancerProduct::Nlb, day), 6);
    let expected = by_hand();
    assert_eq!(after.len(), 9);
    for (share, expected) in after.iter().zip(&expected) {
        // Within five minutes a few connections of a day end.
        assert!((share - expected).abs() < 0.01, "{after:?} {expected:?}");
    }
    assert!(after[0] / after[8] > 5.0, "{after:?}");
    // Ten minutes: after an hour all is even again.
    let minutes = SimDuration::from_min(10);
    assert!(!shares(&platform(LoadBalancerProduct::Nlb, minutes), 6).is_empty());
    assert!(shares(&platform(LoadBalancerProduct::Nlb, minutes), 60).is_empty());
}

#[test]
fn an_application_load_balancer_chooses_for_each_request() {
    let day = SimDuration::from_h(24);
    assert!(shares(&platform(LoadBalancerProduct::Alb, day), 6).is_empty());
    let none = SimDuration::ZERO;
    assert!(shares(&platform(LoadBalancerProduct::Nlb, none), 6).is_empty());
}
