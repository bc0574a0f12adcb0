//! Times made of exponential stages, such as passing several queues one after another.
//!
//! A clock ticks at random with a rate no smaller than any stage's; at each tick the current stage
//! ends with the ratio of its rate to the clock's. Then P(T > t) is the mean, over the Poisson
//! number k of ticks until t, of the chance not to be finished after k ticks. All terms are
//! positive, so equal rates need no special case and nothing cancels (Jensen 1953,
//! "uniformization").

use super::TheoryError;
use super::distribution::poisson;
use super::quantile::quantile;

/// The time that a share `q` (0 to below 1) of times does not exceed. `rate` is the clock's, and
/// `unfinished` goes through the chances not to be finished after 0, 1, 2, … ticks.
///
/// # Errors
/// [`TheoryError::TooLarge`] when the clock has to tick more than ten million times.
pub fn staged_quantile(
    q: f64,
    rate: f64,
    mut unfinished: impl Iterator<Item = f64>,
) -> Result<f64, TheoryError> {
    let mut known = Vec::new();
    let mut failure = None;
    let time = quantile(q, 1.0 / rate, |t| {
        let ticks = match poisson(rate * t) {
            Ok(ticks) => ticks,
            Err(error) => {
                failure = Some(error);
                return 0.0;
            }
        };
        let missing = ticks.len().saturating_sub(known.len());
        known.extend(unfinished.by_ref().take(missing));
        ticks.iter().zip(&known).map(|(p, open)| p * open).sum()
    });
    failure.map_or(Ok(time), Err)
}

/// Chances not to be finished after 0, 1, 2, … ticks of a clock with the largest of `rates`, for
/// exponential stages of these rates one after another.
pub fn one_after_another(rates: &[f64]) -> (f64, impl Iterator<Item = f64>) {
    let clock = rates.iter().copied().fold(0.0, f64::max);
    let ends: Vec<f64> = rates.iter().map(|rate| rate / clock).collect();
    let mut at = vec![0.0; ends.len()];
    if let Some(first) = at.first_mut() {
        *first = 1.0;
    }
    let unfinished = std::iter::repeat_with(move || {
        let open: f64 = at.iter().sum();
        let mut entering = 0.0;
        for (chance, end) in at.iter_mut().zip(&ends) {
            let leaving = *chance * end;
            *chance = *chance - leaving + entering;
            entering = leaving;
        }
        open
    });
    (clock, unfinished)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(rates: &[f64], t: f64, tail: f64) {
        let (clock, unfinished) = one_after_another(rates);
        let got = staged_quantile(1.0 - tail, clock, unfinished).expect("few ticks");
        assert!((got / t - 1.0).abs() < 1e-10, "{got}, expected {t}");
    }

    #[test]
    fn one_two_and_equal_stages() {
        check(&[2.0], 1.5, libm::exp(-3.0));
        // Rates 1 and 3: (3 e^-t - e^-3t) / 2.
        check(
            &[1.0, 3.0],
            2.0,
            1.5 * libm::exp(-2.0) - 0.5 * libm::exp(-6.0),
        );
        // Erlang of three stages at rate 2: e^-2t (1 + 2t + 2t²).
        check(&[2.0; 3], 1.0, 5.0 * libm::exp(-2.0));
    }
}
