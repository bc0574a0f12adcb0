//! Erlang's formulas, and how many servers they ask for.
//!
//! `offered` is the work that arrives per unit of time, in servers: λ / μ. Source: Erlang 1917;
//! Cooper, *Introduction to Queueing Theory*, 1981, chapter 3. The sum itself is the fluid plane's
//! ([`crate::sim::fluid::erlang`]).

use super::TheoryError;
use super::range::{non_negative, share, stable};
use crate::sim::fluid::erlang::erlang_b_inverse_exact;

/// The most servers that are tried.
const MOST_SERVERS: u32 = 1 << 24;

/// B, the share of arrivals that find all servers busy and are lost; holds for any law of service
/// (M/G/c/c). With the same arrivals, `offered * (1 - B)` is carried.
///
/// # Errors
/// Offered work that is negative or not finite, and more than 16 million servers.
pub fn blocking(servers: u32, offered: f64) -> Result<f64, TheoryError> {
    let offered = non_negative("the offered work", offered)?;
    limited(servers)?;
    Ok(1.0 / erlang_b_inverse_exact(servers, offered))
}

/// C, the share of arrivals that wait when none is lost: 1 / (ρ + (1 - ρ) / B).
///
/// # Errors
/// As [`blocking`], and offered work of as much as the servers or more.
pub fn waiting_probability(servers: u32, offered: f64) -> Result<f64, TheoryError> {
    let offered = non_negative("the offered work", offered)?;
    let rho = stable(offered / f64::from(servers))?;
    limited(servers)?;
    Ok(1.0 / (rho + (1.0 - rho) * erlang_b_inverse_exact(servers, offered)))
}

/// The fewest servers with B of at most `max_blocking` (0 to 1).
///
/// # Errors
/// As [`blocking`], and a share out of range.
pub fn servers_for_blocking(offered: f64, max_blocking: f64) -> Result<u32, TheoryError> {
    let most = share("the largest blocking", max_blocking)?;
    fewest(0, |servers| Ok(blocking(servers, offered)? <= most))
}

/// The fewest servers with C of at most `max_waiting` (0 to 1).
///
/// # Errors
/// As [`servers_for_blocking`].
pub fn servers_for_waiting(offered: f64, max_waiting: f64) -> Result<u32, TheoryError> {
    let most = share("the largest share that waits", max_waiting)?;
    let offered = non_negative("the offered work", offered)?;
    // A cast of too large a number gives the largest, which `fewest` refuses.
    fewest((offered as u32).saturating_add(1), |servers| {
        Ok(waiting_probability(servers, offered)? <= most)
    })
}

fn limited(servers: u32) -> Result<(), TheoryError> {
    if servers > MOST_SERVERS {
        let limit = MOST_SERVERS as usize;
        return Err(TheoryError::TooLarge { limit });
    }
    Ok(())
}

/// The fewest servers, from `start` on, that are enough; more than enough stay enough.
fn fewest(
    start: u32,
    enough: impl Fn(u32) -> Result<bool, TheoryError>,
) -> Result<u32, TheoryError> {
    if enough(start)? {
        return Ok(start);
    }
    let (mut short, mut step) = (start, 1_u32);
    loop {
        let tried = short.saturating_add(step);
        if enough(tried)? {
            break;
        }
        (short, step) = (tried, step.saturating_mul(2));
    }
    let mut many = short + step;
    while many - short > 1 {
        let middle = short + (many - short) / 2;
        if enough(middle)? {
            many = middle;
        } else {
            short = middle;
        }
    }
    Ok(many)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_server_fewer_is_not_enough() {
        for offered in [0.1, 1.0, 9.5, 100.0, 2500.0] {
            let servers = servers_for_blocking(offered, 0.01).expect("few");
            assert!(blocking(servers, offered).expect("valid") <= 0.01);
            assert!(blocking(servers - 1, offered).expect("valid") > 0.01);
            let servers = servers_for_waiting(offered, 0.2).expect("few");
            assert!(waiting_probability(servers, offered).expect("valid") <= 0.2);
            let fewer = waiting_probability(servers - 1, offered);
            assert!(fewer.is_err() || fewer.expect("stable") > 0.2);
        }
    }

    #[test]
    fn impossible_wishes_are_refused() {
        assert_eq!(servers_for_blocking(0.0, 0.5), Ok(1));
        assert!(servers_for_blocking(1e9, 0.5).is_err());
        assert!(servers_for_waiting(1e12, 0.5).is_err());
        assert!(servers_for_blocking(1.0, 1.5).is_err());
        assert!(waiting_probability(3, 3.0).is_err());
        assert!(waiting_probability(0, 0.0).is_err());
    }
}
