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
    let none = Queue::default().serve(&demand(8.5, 0, 1.0, 5.0), 1.0);
    close(none.refused, 1.0, 0.0);
    close(none.throughput, 0.0, 0.0);
    let idle = Queue::default().serve(&demand(0.0, 3, 1.0, 5.0), 1.0);
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
                        let service = queue.serve(&demand, seconds);
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
        last = queue.serve(&demand, 1.0);
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
