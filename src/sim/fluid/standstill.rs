//! An endpoint that stands still: nobody is served, arrivals join the queue.
//!
//! When it will go on is known (the tape says it), and so is the wait of whoever arrives now: until
//! then, and behind all that wait already. Whether that is too long is decided by it and not by the
//! stall itself: a blip shorter than the callers' patience fails nobody.

use super::station::{Demand, Service, sliding};

/// What arrivals meet at an endpoint that stands still during `seconds` and goes on `resumes_s`
/// after the end of that, with `queue` waiting at its beginning. Its servers stay as busy as they
/// were (`utilization`).
#[must_use]
pub fn standstill(
    demand: &Demand,
    queue: f64,
    seconds: f64,
    resumes_s: f64,
    utilization: f64,
) -> Service {
    let rate = demand.arrival_rate;
    // Who leaves when patience ends makes room: no more wait than came within one patience.
    let room = demand
        .places
        .min(rate.max(f64::MIN_POSITIVE) * demand.patience_s);
    let end = (queue + rate * seconds).min(room.max(queue));
    let admitted = if rate > 0.0 && demand.places.is_finite() {
        ((demand.places - queue).max(0.0) / (rate * seconds)).min(1.0)
    } else {
        1.0
    };
    let each_s = 1.0 / demand.capacity().max(f64::MIN_POSITIVE);
    // The first of the step waits longest for the end of the stall, the last behind most others.
    let first_s = resumes_s + seconds + queue * each_s;
    let last_s = resumes_s + end * each_s;
    let wait_s = 0.5 * (first_s + last_s);
    let spread = (first_s - last_s) * (first_s - last_s) / 12.0;
    let gave_up = if wait_s > demand.patience_s {
        admitted
    } else {
        0.0
    };
    Service {
        p_wait: 1.0,
        wait_s,
        wait_cv_square: spread / (wait_s * wait_s).max(f64::MIN_POSITIVE),
        refused: 1.0 - admitted,
        gave_up,
        utilization,
        traffic_intensity: rate * each_s,
        queue: end,
        queue_at_rest: f64::INFINITY,
        waits: Some(sliding(wait_s, first_s - last_s)),
        stretch: 1.0,
        ..Service::default()
    }
}

#[cfg(test)]
mod tests {
    use super::super::law::Moments;
    use super::super::station::variability::Arrivals;
    use super::*;

    fn demand() -> Demand {
        Demand {
            arrival_rate: 280.0,
            arrivals: Arrivals::Poisson,
            servers: 1,
            hold: Moments::fixed(1.0 / 300.0),
            places: f64::INFINITY,
            patience_s: f64::INFINITY,
        }
    }

    #[test]
    fn the_wait_is_what_is_left_of_the_stall_and_the_queue() {
        let service = standstill(&demand(), 0.0, 0.5, 0.0, 0.3);
        assert!((service.queue - 140.0).abs() < 1e-9);
        // 0.5 s for the first, 140 others for the last.
        let last_s = 140.0 / 300.0;
        assert!((service.wait_s - 0.5 * (0.5 + last_s)).abs() < 1e-9);
        assert!(service.throughput <= 0.0 && service.served() >= 1.0);
    }

    #[test]
    fn impatience_and_places_bound_the_queue() {
        let impatient = Demand {
            patience_s: 1.0,
            ..demand()
        };
        let service = standstill(&impatient, 0.0, 5.0, 5.0, 0.3);
        assert!((service.queue - 280.0).abs() < 1e-9);
        assert!((service.gave_up - 1.0).abs() < 1e-9);
        let small = Demand {
            places: 140.0,
            ..demand()
        };
        let service = standstill(&small, 0.0, 1.0, 0.0, 0.3);
        assert!((service.queue - 140.0).abs() < 1e-9);
        assert!((service.refused - 0.5).abs() < 1e-9);
    }
}
