//! Availability of parts in a row, side by side, and k of n.
//!
//! Parts fail independently unless a function says otherwise. Unavailability is computed as such:
//! taking 1 minus an availability of nine nines would leave it a single digit. Sources: AWS,
//! *Reliability Pillar*, "Availability", 2023 (rows and parallels); Barlow and Proschan,
//! *Mathematical Theory of Reliability*, 1965 (k of n); Fleming 1975 (common causes).

use super::TheoryError;
use super::distribution::{binomial, from};
use super::range::{at_least_one, count, non_negative, share};

/// Seconds in a year of 365 days.
pub const YEAR_S: f64 = 365.0 * 86_400.0;
/// Seconds in a month of 30 days.
pub const MONTH_S: f64 = 30.0 * 86_400.0;

/// Unavailability (0 to 1) of parts in a row that are all needed: 1 - Π (1 - qᵢ), from the parts'
/// unavailabilities (0 to 1).
///
/// # Errors
/// An unavailability out of range.
pub fn series_unavailability(parts: &[f64]) -> Result<f64, TheoryError> {
    let mut down = 0.0;
    for part in parts {
        down += (1.0 - down) * share("an unavailability", *part)?;
    }
    Ok(down)
}

/// Unavailability (0 to 1) of parts of which any will do: Π qᵢ, from the parts' unavailabilities (0
/// to 1). Without any part nothing works.
///
/// # Errors
/// An unavailability out of range.
pub fn parallel_unavailability(parts: &[f64]) -> Result<f64, TheoryError> {
    let mut down = 1.0;
    for part in parts {
        down *= share("an unavailability", *part)?;
    }
    Ok(down)
}

/// Unavailability (0 to 1) of `n` equal parts of which `k` (0 to n) are needed, from the
/// unavailability q (0 to 1) of one: the chance that more than n - k are down.
///
/// # Errors
/// Arguments out of range.
pub fn k_of_n_unavailability(n: u32, k: u32, q: f64) -> Result<f64, TheoryError> {
    let k = count("the parts needed", k, (0, n), "0 to the number of parts")?;
    let q = share("the unavailability of a part", q)?;
    let down = binomial(n, q)?;
    Ok(from(&down, (n - k) as usize + 1))
}

/// As [`k_of_n_unavailability`], with a share `beta` (0 to 1) of each part's unavailability due to
/// one shared cause that takes all of them: βq + (1 - βq) P(independent causes take more than
/// n - k).
///
/// # Errors
/// Arguments out of range.
pub fn common_cause_unavailability(n: u32, k: u32, q: f64, beta: f64) -> Result<f64, TheoryError> {
    let q = share("the unavailability of a part", q)?;
    let beta = share("the share of common causes", beta)?;
    let independent = k_of_n_unavailability(n, k, (1.0 - beta) * q)?;
    let shared = beta * q;
    Ok(shared + (1.0 - shared) * independent)
}

/// Seconds lost per year of 365 days by so many events of so many seconds each, 0 or more.
///
/// # Errors
/// Arguments out of range.
pub fn event_downtime_s(events_per_year: f64, seconds_per_event: f64) -> Result<f64, TheoryError> {
    let events = non_negative("the number of events", events_per_year)?;
    let each = non_negative("the time lost by an event", seconds_per_event)?;
    Ok(events * each)
}

/// Mean number of `n` parts lost, and the chances to lose at least one and more than `threshold`,
/// when each is lost with chance p (0 to 1), independently. Pool-wide causes make both ends
/// likelier than this.
///
/// # Errors
/// A chance out of range, and no part at all.
pub fn independent_losses(n: u32, p: f64, threshold: u32) -> Result<[f64; 3], TheoryError> {
    let p = share("the chance of a loss", p)?;
    let parts = at_least_one("the number of parts", n)?;
    let lost = binomial(n, p)?;
    let at_least_one = -libm::expm1(parts * libm::log1p(-p));
    let more = from(&lost, threshold as usize + 1);
    Ok([parts * p, at_least_one, more])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn close(got: Result<f64, TheoryError>, expected: f64) {
        let got = got.expect("valid");
        assert!(
            (got - expected).abs() <= 1e-12 * expected.abs(),
            "{got}, expected {expected}"
        );
    }

    #[test]
    fn k_of_n_ends_in_a_row_and_side_by_side() {
        close(k_of_n_unavailability(3, 3, 1e-7), 3e-7 - 3e-14 + 1e-21);
        close(k_of_n_unavailability(3, 1, 1e-7), 1e-21);
        close(k_of_n_unavailability(3, 0, 0.5), 0.0);
        close(k_of_n_unavailability(3, 2, 1.0), 1.0);
        assert!(k_of_n_unavailability(3, 4, 0.1).is_err());
        close(series_unavailability(&[]), 0.0);
        close(parallel_unavailability(&[]), 1.0);
        close(series_unavailability(&[1e-12, 1e-12]), 2e-12 - 1e-24);
        close(parallel_unavailability(&[1e-12, 1e-12]), 1e-24);
        assert!(series_unavailability(&[0.9, 1.2]).is_err());
    }

    #[test]
    fn a_common_cause_bounds_what_redundancy_gives() {
        close(common_cause_unavailability(5, 1, 0.01, 1.0), 0.01);
        close(common_cause_unavailability(2, 1, 0.01, 0.0), 1e-4);
        assert!(common_cause_unavailability(2, 1, 0.01, 2.0).is_err());
    }

    #[test]
    fn losses_of_a_pool() {
        let [mean, any, more] = independent_losses(2, 0.5, 1).expect("valid");
        assert!((mean - 1.0).abs() + (any - 0.75).abs() + (more - 0.25).abs() < 1e-12);
        let [_, any, more] = independent_losses(2, 1.0, 2).expect("valid");
        assert!((any - 1.0).abs() + more < 1e-12);
    }
}
