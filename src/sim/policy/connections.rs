//! Connections: who gets the requests when a balancer chooses once per connection.
//!
//! The real thing. A Network Load Balancer hashes a flow to a target when its connection is opened,
//! and every later packet of the connection goes there. So a new target gets nothing over the
//! connections that are open already, only its part of each new one; a target that ends or dies
//! leaves its connections behind, and its clients open others, to any target that is healthy. After
//! a rolling update the pod that came last has next to nothing, and keeps it for as long as
//! connections last. An Application Load Balancer has connections of its own to its targets and
//! chooses for each request: nothing of this happens behind it.
//!
//! Rules: Network Load Balancer user guide, "Routing algorithm" (flow hash) and "Connection
//! termination for unhealthy targets" (on by default). Read 2026-11-23.
//!
//! Assumed: connections last for exponential times and all carry equally many requests; there are
//! so many that chance does not show; what is lost is opened again at once, evenly.
//!
//! Left out: source address affinity, idle time-outs (350 s), connections to an address that has
//! left DNS, the retries of clients whose connection was refused.

/// How small the largest gap to an even share is when shares count as even.
const EVEN: f64 = 0.02;

/// Moves shares of all connections towards even ones, as connections end and others are opened:
/// `lives` is the time that has passed, in mean lifetimes.
pub fn relax(shares: &mut [f64], lives: f64) {
    let even = 1.0 / shares.len().max(1) as f64;
    let stays = libm::exp(-lives);
    for share in shares {
        *share = even + (*share - even) * stays;
    }
}

/// Gives what targets that are gone have left behind to those that are there, evenly; all of it
/// when they are the first.
pub fn take_over(shares: &mut [f64]) {
    let left = 1.0 - shares.iter().sum::<f64>();
    let each = left / shares.len().max(1) as f64;
    for share in shares {
        *share = (*share + each).max(0.0);
    }
}

/// Whether all have about the same.
#[must_use]
pub fn are_even(shares: &[f64]) -> bool {
    let n = shares.len() as f64;
    shares.iter().all(|it| (it * n - 1.0).abs() < EVEN)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn near(shares: &[f64], expected: &[f64]) {
        for (share, expected) in shares.iter().zip(expected) {
            assert!((share - expected).abs() < 1e-9, "{shares:?} {expected:?}");
        }
    }

    #[test]
    fn a_new_target_gets_its_part_of_new_connections_only() {
        let mut shares = [1.0, 0.0];
        relax(&mut shares, libm::log(2.0));
        near(&shares, &[0.75, 0.25]);
        relax(&mut shares, 100.0);
        near(&shares, &[0.5, 0.5]);
        assert!(are_even(&shares) && !are_even(&[0.6, 0.4]));
    }

    #[test]
    fn who_comes_last_in_an_update_has_next_to_nothing() {
        // Three pods are replaced one by one, faster than connections end: a new one comes with
        // nothing, and takes a third of what each old one leaves.
        let mut shares = vec![0.0; 3];
        take_over(&mut shares);
        near(&shares, &[1.0 / 3.0; 3]);
        for _ in 0..3 {
            shares.push(0.0);
            shares.remove(0);
            take_over(&mut shares);
        }
        let (first, last) = (shares[0], shares[2]);
        near(
            &[shares.iter().sum(), first, last],
            &[1.0, 37.0 / 81.0, 16.0 / 81.0],
        );
    }
}
