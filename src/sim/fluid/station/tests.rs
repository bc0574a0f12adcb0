use super::least_loaded::LeastLoaded;
use super::variability::Arrivals;
use super::*;

#[track_caller]
fn close(got: f64, expected: f64, tolerance: f64) {
    assert!(
        (got - expected).abs() <= tolerance * expected.abs() + 1e-12,
        "{got}, expected {expected}"
    );
}

fn demand(arrival_rate: f64, servers: u32, service_s: f64, places: f64) -> Demand {
    Demand {
        arrival_rate,
        arrivals: Arrivals::Poisson,
        servers,
        hold: Moments::from_cv(service_s, 1.0),
        places,
        patience_s: f64::INFINITY,
    }
}

#[test]
fn equal_arrivals_and_capacity_fill_a_finite_queue_evenly() {
    let rest = demand(1.0, 1, 1.0, 9.0).rest();
    close(rest.lost(), 1.0 / 11.0, 1e-3);
    close(rest.queue, 4.090_909, 1e-3);
}

#[test]
fn no_room_is_a_loss_system_and_no_server_serves_nobody() {
    let rest = demand(8.5, 12, 1.0, 0.0).rest();
    close(rest.lost(), 0.066_463_551_777_750_2, 1e-7);
    close(rest.p_wait, 0.0, 0.0);
    let nobody = demand(8.5, 0, 1.0, 5.0);
    let none = Queue::default().serve(&nobody, &nobody.rest(), 1.0);
    close(none.refused, 1.0, 0.0);
    close(none.throughput, 0.0, 0.0);
    let no_load = demand(0.0, 3, 1.0, 5.0);
    let idle = Queue::default().serve(&no_load, &no_load.rest(), 1.0);
    close(idle.utilization, 0.0, 0.0);
    assert!(idle.is_at_rest());
}

#[test]
fn every_step_conserves_arrivals() {
    for servers in [1, 7, 200] {
        for intensity in [0.1, 0.9, 0.999, 1.0, 1.001, 1.5, 5.0] {
            for places in [0.0, 3.0, 1000.0, f64::INFINITY] {
                for start in [0.0, 2.0, 900.0] {
                    let rate = intensity * f64::from(servers) / 0.05;
                    let demand = demand(rate, servers, 0.05, places);
                    let queue = Queue { length: start };
                    for seconds in [0.01, 1.0, 60.0] {
                        let service = queue.serve(&demand, &demand.rest(), seconds);
                        let began = start.min(demand.room());
                        let admitted = rate * service.served() * seconds;
                        let out = service.throughput * seconds + service.queue - began;
                        // Chance may fill a queue faster than arrivals alone would.
                        assert!(
                            (admitted - out).abs() <= 0.02 * admitted + 3.0,
                            "{servers} {intensity} {places} {start} {seconds}: {admitted} {out}"
                        );
                        assert!(service.throughput <= demand.capacity() * (1.0 + 1e-12));
                        assert!(service.queue >= 0.0 && service.queue <= demand.room());
                        assert!((0.0..=1.0).contains(&service.p_wait), "{service:?}");
                        assert!(service.wait_s >= 0.0 && service.wait_cv_square >= 0.0);
                    }
                }
            }
        }
    }
}

#[test]
fn patience_bounds_the_queue_and_the_wait() {
    let mut demand = demand(300.0, 10, 0.05, f64::INFINITY);
    demand.patience_s = 2.0;
    let mut queue = Queue::default();
    let mut last = Service::default();
    for _ in 0..20 {
        last = queue.serve(&demand, &demand.rest(), 1.0);
        queue.length = last.queue;
    }
    close(last.gave_up, 1.0 / 3.0, 0.01);
    close(last.wait_s, 2.0, 0.02);
    close(last.throughput, 200.0, 1e-6);
    close(last.refused, 0.0, 0.0);
}

/// The two-zone design of q1-2 while its database is away: nine in ten of its arrivals find all
/// servers held, queues are full, and the last of those in them run out of patience.
#[test]
fn overload_fills_the_queue_and_what_is_served_has_waited_that_long() {
    let demand = Demand {
        hold: Moments::from_cv(0.25, 1.57),
        patience_s: 3.0,
        ..demand(122.0, 8, 0.25, 100.0)
    };
    let rest = demand.rest();
    close(122.0 * (1.0 - rest.lost()), 32.0, 1e-3);
    assert!(rest.refused > 0.65 && rest.gave_up > 0.01, "{rest:?}");
    assert!(rest.queue > 95.0 && rest.queue <= 100.0, "{rest:?}");
    let waits = rest.waits.expect("patience matters");
    assert!(waits[16] <= 3.0 && waits[0] > 1.0, "{waits:?}");
}

#[test]
fn one_pod_is_m_m_c_however_far_away() {
    // Erlang's C(8, 6.8) from B, and C / (c (1 - rho)) services.
    let all_busy = 1.0 / super::super::erlang::erlang_b_inverse_exact(8, 6.8);
    let p_wait = all_busy / (1.0 - 0.85 * (1.0 - all_busy));
    for transit in [0.1, 1.0, 20.0] {
        let law = LeastLoaded::new(1.0, 8, transit, 0.85).expect("not too near");
        close(law.p_wait, p_wait, 1e-4);
        close(law.wait, 1.0 / (8.0 * 0.15), 1e-4);
        close(law.wait_cv_square, 1.0, 1e-3);
    }
}

/// Simulated for this project: 2 to 6 million arrivals each, standard error of the mean about 1 %.
#[test]
fn pods_behind_least_outstanding_requests_wait_as_simulated() {
    let cases = [
        (12.0, 8, 0.5, 0.85, 0.2801, 0.0590),
        (12.0, 8, 0.5, 0.95, 0.6668, 0.2536),
        (12.0, 8, 2.0, 0.85, 0.4355, 0.1516),
        (100.0, 4, 0.5, 0.85, 0.3344, 0.1039),
        (6.0, 2, 0.5, 0.85, 0.5692, 0.5243),
    ];
    for (pods, servers, transit, intensity, p_wait, wait) in cases {
        let law = LeastLoaded::new(pods, servers, transit, intensity).expect("not too near");
        assert!((law.p_wait - p_wait).abs() < 0.02, "{pods} {law:?}");
        let apart = (law.p_wait * law.wait - wait).abs() / (1.0 + wait);
        assert!(apart < 0.015, "{pods} {law:?}");
    }
    assert!(LeastLoaded::new(12.0, 8, 0.5, 1.0).is_none());
}

/// Servers, squared variation of services, pods in turn, balancer nodes, load; chance to wait and
/// mean wait in services, simulated with 5 to 20 million arrivals each.
#[test]
fn turns_and_service_laws_change_waits_as_simulated() {
    let cases = [
        (8, 1.0, 12.0, 2.0, 0.95, 0.774, 1.069),
        (8, 2.25, 12.0, 2.0, 0.95, 0.790, 2.161),
        (8, 0.25, 12.0, 2.0, 0.85, 0.301, 0.0542),
        (16, 2.25, 1.0, 1.0, 0.85, 0.444, 0.248),
        (4, 0.25, 4.0, 2.0, 0.7, 0.217, 0.0582),
        (1, 2.25, 4.0, 2.0, 0.85, 0.794, 6.86),
    ];
    for (servers, services, pods, nodes, load, p_wait, wait) in cases {
        let demand = Demand {
            arrivals: Arrivals::InTurn { pods, nodes },
            hold: Moments::from_cv_square(1.0, services),
            ..demand(load * f64::from(servers), servers, 1.0, f64::INFINITY)
        };
        let rest = demand.rest();
        let what = format!("{servers} {services} {pods} {load}: {rest:?}");
        assert!((rest.p_wait - p_wait).abs() < 0.03, "{what}");
        let apart = (rest.p_wait * rest.wait_s - wait).abs() / (1.0 + wait);
        assert!(apart < 0.035, "{what}");
    }
}
