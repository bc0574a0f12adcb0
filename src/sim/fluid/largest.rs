//! The largest of several alike times: what calls made at the same time take together.

use super::law::{GammaForm, Moments};
use super::panel::normal_quantile;

/// Quantiles that stand for the law of the largest.
const NODES: usize = 32;

/// The largest of `whole` or, by chance, `whole + 1` independent times.
#[derive(Debug, Clone, PartialEq)]
pub struct Largest {
    whole: u32,
    part: f64,
    /// Normal quantiles of the largest of each number.
    scores: [[f64; NODES]; 2],
}

impl Largest {
    /// Of `mean_number` times on average: the whole part always, one more by chance.
    #[must_use]
    pub fn new(mean_number: f64) -> Self {
        let whole = mean_number.floor() as u32;
        let scores = |number: u32| {
            std::array::from_fn(|node| {
                // All of them lie below where one alone does with the n-th root of the chance.
                let u = (node as f64 + 0.5) / NODES as f64;
                normal_quantile(libm::pow(u, 1.0 / f64::from(number.max(1))))
            })
        };
        Self {
            whole,
            part: mean_number - f64::from(whole),
            scores: [scores(whole), scores(whole + 1)],
        }
    }

    /// The law of the largest, if each is like `time`.
    #[must_use]
    pub fn of(&self, time: Moments) -> Moments {
        if time.mean <= 0.0 {
            return Moments::default();
        }
        let form = GammaForm::new(time.mean, 1.0 / time.cv_square().max(1e-6));
        let law = |scores: &[f64; NODES]| {
            let each = 1.0 / NODES as f64;
            scores.iter().fold(Moments::default(), |sum, score| {
                sum.mixed(Moments::fixed(form.at(*score)), each)
            })
        };
        let more = law(&self.scores[1]).scaled(self.part);
        if self.whole == 0 {
            return more;
        }
        more.mixed(law(&self.scores[0]), 1.0 - self.part)
    }

    /// The chance that all succeed, if each does with chance `ok`.
    #[must_use]
    pub fn all(&self, ok: f64) -> f64 {
        libm::pow(ok, f64::from(self.whole)) * (1.0 - self.part + self.part * ok)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_largest_of_exponential_times_is_a_sum() {
        let time = Moments::from_cv(1.0, 1.0);
        for number in [1_u32, 2, 5, 20, 100] {
            // 1 + 1/2 + ... + 1/n, and the same with squares.
            let harmonic: f64 = (1..=number).map(|k| 1.0 / f64::from(k)).sum();
            let squares: f64 = (1..=number).map(|k| 1.0 / f64::from(k * k)).sum();
            let got = Largest::new(f64::from(number)).of(time);
            assert!(
                (got.mean / harmonic - 1.0).abs() < 0.02,
                "{number}: {got:?}"
            );
            let deviation = (got.variance() / squares).sqrt();
            assert!((0.85..1.1).contains(&deviation), "{number}: {got:?}");
        }
    }

    #[test]
    fn one_more_comes_by_chance() {
        let time = Moments::fixed(2.0);
        let got = Largest::new(0.25).of(time);
        assert!((got.mean - 0.5).abs() < 1e-3 && (got.square - 1.0).abs() < 1e-3);
        let all = Largest::new(2.5).all(0.9);
        assert!((all - 0.81 * 0.95).abs() < 1e-12);
    }
}
