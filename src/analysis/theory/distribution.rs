//! Distributions on 0, 1, 2, … by the ratio of neighbours.
//!
//! Binomial, Poisson and hypergeometric numbers, and the length of every birth-and-death queue,
//! have simple ratios p(n+1) / p(n) that fall with n. Weights are worked out from the likeliest
//! number outwards, so they neither overflow nor cancel, and far tails keep their relative
//! accuracy.

use super::TheoryError;

/// The most numbers that are looked at.
const MOST_STATES: usize = 10_000_000;

/// Weight, relative to the likeliest number, below which a number no longer matters to a mean.
pub const NEGLIGIBLE: f64 = 1e-30;

/// A number of entries that is not too large to be listed.
///
/// # Errors
/// [`TheoryError::TooLarge`] above ten million.
pub fn listed(n: u32) -> Result<usize, TheoryError> {
    let too_large = TheoryError::TooLarge { limit: MOST_STATES };
    let n = n as usize;
    if n <= MOST_STATES {
        Ok(n)
    } else {
        Err(too_large)
    }
}

/// Probabilities of 0, 1, 2, …, of which each is `ratio(n)` times the one before; `ratio` must not
/// rise with n. The list ends where the ratio is zero, or where weights fall to `negligible` of the
/// largest; zero keeps every tail.
///
/// # Errors
/// [`TheoryError::TooLarge`] when it would be longer than ten million.
pub fn by_ratios(ratio: impl Fn(usize) -> f64, negligible: f64) -> Result<Vec<f64>, TheoryError> {
    let too_large = TheoryError::TooLarge { limit: MOST_STATES };
    let peak = (0..MOST_STATES)
        .find(|&n| ratio(n) <= 1.0)
        .ok_or(too_large)?;
    let mut weights = vec![1.0_f64; peak + 1];
    for n in (0..peak).rev() {
        weights[n] = weights[n + 1] / ratio(n);
    }
    let mut weight = 1.0;
    for n in peak.. {
        weight *= ratio(n);
        if weight <= negligible {
            break;
        }
        if n >= MOST_STATES {
            return Err(too_large);
        }
        weights.push(weight);
    }
    let total: f64 = weights.iter().sum();
    for weight in &mut weights {
        *weight /= total;
    }
    Ok(weights)
}

/// Probabilities of 0 to `n` successes in `n` independent trials of chance `p` (0 to 1).
pub fn binomial(n: u32, p: f64) -> Result<Vec<f64>, TheoryError> {
    let n_numbers = listed(n)? + 1;
    let mut all = if p < 1.0 {
        let odds = p / (1.0 - p);
        by_ratios(|k| (f64::from(n) - k as f64) / (k as f64 + 1.0) * odds, 0.0)?
    } else {
        let mut certain = vec![0.0; n_numbers];
        certain[n_numbers - 1] = 1.0;
        certain
    };
    all.resize(n_numbers, 0.0);
    Ok(all)
}

/// Probabilities of 0, 1, 2, … events when `mean` are expected.
pub fn poisson(mean: f64) -> Result<Vec<f64>, TheoryError> {
    by_ratios(|k| mean / (k as f64 + 1.0), NEGLIGIBLE)
}

/// The sum of a list's entries from number `n` on.
pub fn from(probabilities: &[f64], n: usize) -> f64 {
    // From the small end, so that a tail is not lost in its own sum.
    probabilities.iter().skip(n).rev().sum()
}

/// The mean of `value(n)` over the numbers n.
pub fn mean_of(probabilities: &[f64], value: impl Fn(f64) -> f64) -> f64 {
    let weighed = |(n, p): (usize, &f64)| p * value(n as f64);
    probabilities.iter().enumerate().map(weighed).sum()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn close(got: f64, expected: f64) {
        assert!(
            (got - expected).abs() <= 1e-12 * expected.abs(),
            "{got}, expected {expected}"
        );
    }

    #[test]
    fn dice_and_coins() {
        let coins = binomial(4, 0.5).expect("small");
        for (got, expected) in coins.iter().zip([1.0, 4.0, 6.0, 4.0, 1.0]) {
            close(*got, expected / 16.0);
        }
        assert_eq!(binomial(2, 1.0).expect("small"), [0.0, 0.0, 1.0]);
        assert_eq!(binomial(2, 0.0).expect("small"), [1.0, 0.0, 0.0]);
        close(binomial(100, 1e-3).expect("small")[100], 1e-300);
    }

    #[test]
    fn large_means_neither_overflow_nor_lose_the_mean() {
        for mean in [0.0, 1e-3, 5.0, 3000.0] {
            let numbers = poisson(mean).expect("small");
            close(mean_of(&numbers, |n| n) + 1.0, mean + 1.0);
        }
        close(from(&poisson(2.0).expect("small"), 1), -libm::expm1(-2.0));
        close(poisson(2.0).expect("small")[0], libm::exp(-2.0));
    }

    #[test]
    fn a_ratio_that_never_falls_is_refused() {
        assert!(by_ratios(|_| 1.5, NEGLIGIBLE).is_err());
        assert!(binomial(u32::MAX, 0.5).is_err());
        assert!(by_ratios(|n| if n < 3 { 2.0 } else { 1.0 }, NEGLIGIBLE).is_err());
    }
}
