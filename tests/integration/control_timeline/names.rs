//! Names are not resolved: what was looked up goes on working until it expires.

use tradewind::model::{Call, Component, Deployment, FaultKind, Resolver, Tape, Users};
use tradewind::sim::event::{ContactEvent, EventKind};
use tradewind::units::SimDuration;

use super::fixture::{FAULT, Played, deployment, design, edit, ids, parts, tape};

const LENGTH: SimDuration = SimDuration::from_min(10);

fn played(resolver: Resolver, change: impl FnOnce(&mut Deployment)) -> Played {
    let mut parts = parts();
    edit(&mut parts, "api", deployment, change);
    let fault = FaultKind::DnsLoss {
        at: FAULT,
        duration: LENGTH,
        resolver,
    };
    Played::new(&design(&["a", "c", "d"], parts), &tape(fault))
}

/// Share of the requests that fail in the n-th minute of the fault.
fn lost(played: &Played, minute: u64) -> f64 {
    1.0 - played.success(60 * minute, 60 * minute + 60)
}

#[test]
fn users_lose_the_platform_along_the_time_to_live() {
    let played = played(Resolver::Public, |_| {});
    let told = played.pick(|event| match event.kind {
        EventKind::Contact(it) => Some(it),
        _ => None,
    });
    let resolver = Resolver::Public;
    let ttl = SimDuration::from_s(60);
    let begin = (0.0, ContactEvent::NamesLost { resolver, ttl });
    let end = (600.0, ContactEvent::NamesBack { resolver });
    assert_eq!(told, [begin, end]);
    // Copies of a record that lives for 60 s have ages of 0 to 60 s: half are left on average.
    let first = lost(&played, 0);
    assert!((0.45..0.55).contains(&first), "{first}");
    assert!(
        lost(&played, 1) > 0.999,
        "nobody knows the address any more"
    );
    assert!(lost(&played, 9) > 0.999);
    assert!(
        lost(&played, 11) < 0.001,
        "all is well as soon as names are"
    );
    let unknown = |it: &EventKind| matches!(it, EventKind::TargetsUnhealthy { .. });
    assert!(played.times(unknown).is_empty(), "nothing is wrong inside");
}

#[test]
fn pods_forget_what_they_call_as_their_runtimes_do() {
    // 30 s, then none: 15 s of the first minute are left on average.
    let java = played(Resolver::Cluster, |_| {});
    let first = lost(&java, 0);
    assert!((0.68..0.80).contains(&first), "{first}");
    assert!(lost(&java, 1) > 0.999);
    assert!(lost(&java, 12) < 0.001);
    // A process that keeps addresses for ever comes through, until a database moves.
    let for_ever = played(Resolver::Cluster, |it| {
        it.dns_cache_ttl = SimDuration::from_h(1000);
    });
    assert!((0..10).all(|minute| lost(&for_ever, minute) < 0.001));
    let at_once = played(Resolver::Cluster, |it| it.dns_cache_ttl = SimDuration::ZERO);
    assert!(lost(&at_once, 0) > 0.999);
}

/// What one deployment keeps for ever makes another forget neither later nor sooner.
#[test]
fn each_deployment_forgets_by_its_own_time() {
    let mut parts = parts();
    let Some(Component::Deployment(api)) = parts.get("api") else {
        panic!("the service is there");
    };
    let stubborn = Deployment {
        dns_cache_ttl: SimDuration::from_h(1000),
        hpa: None,
        replicas: 1,
        ..api.clone()
    };
    parts.insert("stubborn".to_string(), Component::Deployment(stubborn));
    let fault = FaultKind::DnsLoss {
        at: FAULT,
        duration: LENGTH,
        resolver: Resolver::Cluster,
    };
    let both = Played::new(&design(&["a", "c", "d"], parts), &tape(fault));
    let first = lost(&both, 0);
    assert!((0.73..0.78).contains(&first), "{first}");
    assert!(lost(&both, 1) > 0.999);
}

#[test]
fn who_calls_nobody_needs_no_names() {
    let optional = played(Resolver::Cluster, |it| {
        for (_, call) in &mut it.calls {
            call.optional = true;
        }
    });
    assert!(lost(&optional, 5) < 0.001);
    // No balancer, no public name.
    let mut parts = parts();
    parts.remove("alb");
    let users = Users {
        calls: ids([("api", Call::default())]),
        ..Users::default()
    };
    parts.insert("users".to_string(), Component::Users(users));
    let fault = FaultKind::DnsLoss {
        at: FAULT,
        duration: LENGTH,
        resolver: Resolver::Public,
    };
    let inside = Played::new(&design(&["a", "c", "d"], parts), &tape(fault));
    assert!(lost(&inside, 5) < 0.001);
}

#[test]
fn overlapping_losses_of_a_resolver_are_one() {
    let loss = |at_min, length_min, resolver| FaultKind::DnsLoss {
        at: FAULT + SimDuration::from_min(at_min),
        duration: SimDuration::from_min(length_min),
        resolver,
    };
    let tape = Tape {
        faults: ids([
            ("first", loss(0, 10, Resolver::Public)),
            ("inside", loss(3, 10, Resolver::Cluster)),
            ("second", loss(8, 10, Resolver::Public)),
        ]),
        ..Tape::default()
    };
    let played = Played::new(&design(&["a", "c", "d"], parts()), &tape);
    let told = played.pick(|event| match event.kind {
        EventKind::Contact(ContactEvent::NamesLost { resolver, .. }) => Some((resolver, false)),
        EventKind::Contact(ContactEvent::NamesBack { resolver }) => Some((resolver, true)),
        _ => None,
    });
    let expected = [
        (0.0, (Resolver::Public, false)),
        (180.0, (Resolver::Cluster, false)),
        (780.0, (Resolver::Cluster, true)),
        (1080.0, (Resolver::Public, true)),
    ];
    assert_eq!(told, expected);
    // When the first ends nobody learns the address again, though the second is not as old.
    let served: Vec<f64> = (2..18).map(|n| 1.0 - lost(&played, n)).collect();
    assert!(served.iter().all(|it| *it < 0.001), "{served:?}");
    assert!(lost(&played, 19) < 0.001);
}
