//! How long a database is away when its writer's zone is, by deployment, and what its clients add.
//!
//! Windows: RDS guide 2023-06 (Multi-AZ instance 60 to 120 s, Multi-AZ DB cluster less than 35 s),
//! Aurora guide 2023-06 (with a reader less than 60 s, without one less than 10 min). The zone is
//! away for 30 min, so what waits for it is away for longer.

use tradewind::model::{Database, DatabaseDeployment, Triangular};
use tradewind::sim::event::EventKind;
use tradewind::sim::run_log::Meter;

use super::fixture::{Played, check_between, design, edit, parts, power_loss};
use tradewind::model::Component;

fn database(part: &mut Component) -> Option<&mut Database> {
    match part {
        Component::Database(it) => Some(it),
        _ => None,
    }
}

/// The run in which the writer's zone is lost.
fn played(change: impl FnOnce(&mut Database)) -> Played {
    let mut parts = parts();
    edit(&mut parts, "db", database, |it| {
        *it = Database {
            instance_class: "db.r6g.large".to_string(),
            ..Database::default()
        };
        change(it);
    });
    Played::new(&design(&["a", "c", "d"], parts), &power_loss("a"))
}

/// Seconds after the fault at which the database answered again, as its clients see it.
fn back(played: &Played) -> Vec<f64> {
    let found = played.pick(|event| {
        let back = matches!(
            event.kind,
            EventKind::FailoverCompleted { .. } | EventKind::Available { .. }
        );
        (back && event.entity == "db").then_some(())
    });
    found.into_iter().map(|(at, ())| at).collect()
}

fn of(deployment: DatabaseDeployment) -> Vec<f64> {
    back(&played(|it| it.deployment = deployment))
}

#[test]
fn each_deployment_is_back_within_its_window() {
    check_between("Multi-AZ", &of(DatabaseDeployment::MultiAz), 60.0, 120.0);
    check_between(
        "cluster",
        &of(DatabaseDeployment::MultiAzCluster),
        5.0,
        35.0,
    );
    check_between("Aurora", &of(DatabaseDeployment::Aurora), 5.0, 60.0);
    let waits = of(DatabaseDeployment::SingleAz);
    check_between("Single-AZ", &waits, 1800.0 + 120.0, 1800.0 + 900.0);
}

#[test]
fn aurora_without_a_reader_is_created_anew_in_another_zone() {
    let played = played(|it| {
        it.deployment = DatabaseDeployment::Aurora;
        it.readers = 0;
    });
    check_between("a new instance", &back(&played), 60.0, 600.0);
}

/// A second zone is lost while the first is away: the third of a cluster's instances takes over,
/// the pair of a Multi-AZ instance has nothing left.
#[test]
fn a_cluster_survives_a_second_zone() {
    use tradewind::model::{FaultKind, Tape};
    use tradewind::units::SimDuration;
    let second = FaultKind::ZonePowerLoss {
        at: super::fixture::FAULT + SimDuration::from_min(5),
        duration: SimDuration::from_min(30),
        zone: super::fixture::zone("c"),
    };
    let mut tape: Tape = power_loss("a");
    tape.faults.insert("second".to_string(), second);
    let away = |deployment| {
        let mut parts = parts();
        edit(&mut parts, "db", database, |it| it.deployment = deployment);
        let played = Played::new(&design(&["a", "c", "d"], parts), &tape);
        let down = |it: &EventKind| matches!(it, EventKind::Unavailable { .. });
        let from = played.pick(|it| (down(&it.kind) && it.entity == "db").then_some(()));
        let lengths = back(&played).into_iter().zip(from);
        lengths
            .map(|(to, (from, ()))| to - from)
            .collect::<Vec<f64>>()
    };
    let cluster = away(DatabaseDeployment::MultiAzCluster);
    assert_eq!(cluster.len(), 2, "{cluster:?}");
    check_between("twice a failover", &cluster, 5.0, 35.0);
    let pair = away(DatabaseDeployment::MultiAz);
    assert!(pair[1] > 1200.0, "waits for a zone: {pair:?}");
}

/// 72technologies.com: the engine switched in about 28 s, DNS caches and pools took 41 to 78 s
/// more, users saw 90 s; with both mended, 12 s were left.
#[test]
fn clients_that_cling_to_an_address_cost_more_than_the_failover() {
    let promotion = Triangular::from_s(28, 28, 28);
    let users_saw = |reconnect| {
        let played = played(|it| {
            it.deployment = DatabaseDeployment::MultiAz;
            it.failover_time = Some(promotion);
            it.reconnect_time = reconnect;
        });
        *back(&played).last().expect("it comes back")
    };
    let before = users_saw(Triangular::from_s(41, 62, 78));
    assert!((69.0..=106.0).contains(&before), "around 90 s: {before}");
    let after = users_saw(Triangular::from_s(0, 0, 0));
    assert!(
        (12.0..=30.0).contains(&after),
        "the promotion is left: {after}"
    );
    // divinechukwu.com: six minutes with records of 60 to 300 s and nothing that reconnects.
    let clinging = users_saw(Triangular::from_s(60, 300, 332));
    assert!((88.0..=360.0).contains(&clinging), "{clinging}");
}

/// RDS guide, "Using Amazon RDS Proxy": failovers are up to 66 % shorter for clients, who keep
/// their connections and need not wait for DNS.
#[test]
fn a_proxy_spares_clients_the_search() {
    let users_saw = |proxy| {
        let played = played(|it| {
            it.deployment = DatabaseDeployment::MultiAz;
            it.failover_time = Some(Triangular::from_s(28, 28, 28));
            it.reconnect_time = Triangular::from_s(54, 54, 54);
            it.proxy = proxy;
        });
        let proxied = Meter::DatabaseProxySeconds;
        let column = played.log.usage.meters.iter().position(|it| *it == proxied);
        let hours = column.map(|at| played.log.usage.total(at) / 3600.0);
        (*back(&played).last().expect("it comes back"), hours)
    };
    let (direct, unmetered) = users_saw(false);
    let (proxied, hours) = users_saw(true);
    assert!((direct - 82.0).abs() < 1.0, "{direct}");
    assert!((proxied - 28.0).abs() < 1.0, "{proxied}");
    let shorter = 1.0 - proxied / direct;
    assert!((0.64..=0.67).contains(&shorter), "{shorter}");
    assert_eq!(unmetered, None);
    // Three hours of both instances.
    assert!(hours.is_some_and(|it| (it - 6.0).abs() < 0.01), "{hours:?}");
}
