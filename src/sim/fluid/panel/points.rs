//! The points of the panel: where chance would have fallen, spread as evenly as possible.
//!
//! A rank-1 lattice: along dimension d, point i has the uniform value ((i z_d + s_d) mod N + 1/2)
//! / N. Every dimension meets each of the N strata once, and any two early dimensions fill the
//! square evenly. All dimensions share the same N values, so a law needs one table of N quantiles,
//! computed once; after that a draw is a multiplication of integers and a look-up. Every fourth
//! point is itself a lattice of N/4 points, used when time is short.
//!
//! The points are the same in every run: chance in a run comes from load and faults, not from here.

use crate::model::Samples;
use crate::sim::service_law::UnitLaw;

/// Number of points, a power of two.
pub const POINTS: usize = 1024;
const MASK: usize = POINTS - 1;

/// Multipliers per dimension: chosen one after the other for the smallest worst two-dimensional
/// discrepancy (the P2 figure of merit, of all points and of every fourth) with those before.
const MULTIPLIERS: [usize; 48] = [
    1, 367, 415, 139, 187, 119, 201, 157, 391, 109, 209, 379, 449, 497, 199, 499, 281, 61, 263,
    423, 265, 453, 489, 387, 103, 33, 251, 405, 49, 445, 41, 431, 185, 101, 143, 285, 79, 461, 331,
    65, 371, 407, 45, 277, 173, 493, 91, 383,
];

/// Quantiles of a law with mean 1 (or of the normal law), one per stratum.
pub type Quantiles = Box<[f64; POINTS]>;

/// One dimension of the lattice.
#[derive(Debug, Clone, Copy)]
pub struct Dimension {
    multiplier: usize,
    shift: usize,
    fold: usize,
}

impl Dimension {
    /// Dimension `number`, from 0.
    #[must_use]
    pub const fn new(number: usize) -> Self {
        Self {
            multiplier: MULTIPLIERS[number % MULTIPLIERS.len()],
            // Any odd constant: it only has to keep dimensions from meeting at the same corner.
            shift: number.wrapping_mul(0x9e37_79b1) >> 7 & MASK,
            fold: number / MULTIPLIERS.len(),
        }
    }

    /// The stratum of a point.
    #[must_use]
    pub const fn stratum(self, point: usize) -> usize {
        // Beyond the table, indices are mixed first so that a multiplier can serve again.
        let point = if self.fold == 0 {
            point
        } else {
            (point ^ (point >> (1 + self.fold % 8))) & MASK
        };
        (point.wrapping_mul(self.multiplier) + self.shift) & MASK
    }

    /// The uniform value of a point, between 0 and 1.
    #[must_use]
    pub fn uniform(self, point: usize) -> f64 {
        (self.stratum(point) as f64 + 0.5) / POINTS as f64
    }
}

fn table(quantile: impl Fn(f64) -> f64) -> Quantiles {
    let mut values = Box::new([0.0; POINTS]);
    for (stratum, value) in values.iter_mut().enumerate() {
        *value = quantile((stratum as f64 + 0.5) / POINTS as f64);
    }
    values
}

/// The exponential law with mean 1.
#[must_use]
pub fn exponential() -> Quantiles {
    table(|u| -libm::log1p(-u))
}

/// The standard normal law.
#[must_use]
pub fn normal() -> Quantiles {
    table(normal_quantile)
}

/// A service law with mean 1.
#[must_use]
pub fn service(law: &UnitLaw) -> Quantiles {
    let mut values = match law {
        UnitLaw::Constant => return table(|_| 1.0),
        UnitLaw::Exponential => exponential(),
        &UnitLaw::Gamma { shape } => table(|u| gamma_quantile(shape, u) / shape),
        &UnitLaw::Lognormal { sigma } => {
            table(|u| libm::exp(sigma * (normal_quantile(u) - 0.5 * sigma)))
        }
        &UnitLaw::Hyperexponential { quick } => table(|u| hyperexponential_quantile(quick, u)),
        UnitLaw::Measured(samples) => stepped(samples),
    };
    // The middle of the last stratum does not stand for its whole tail: what the mean lacks is
    // there, and the other quantiles stay as they are.
    let sum = values.iter().sum::<f64>();
    values[POINTS - 1] += POINTS as f64 - sum;
    values
}

/// Measured times over their mean. They are a function of steps, whose edges the strata do not
/// meet: each stratum gets its mean, so that the mean of the whole is exact.
fn stepped(samples: &Samples) -> Quantiles {
    let times = samples.times();
    // Exact, as a whole number over a power of two.
    let each = times.len() as f64 / POINTS as f64;
    let mut values = Box::new([0.0; POINTS]);
    for (stratum, value) in values.iter_mut().enumerate() {
        let (mut from, end) = (stratum as f64 * each, (stratum + 1) as f64 * each);
        let mut sum_ns = 0.0;
        while from < end {
            let step = from.floor();
            let to = (step + 1.0).min(end);
            sum_ns += (to - from) * times[step as usize].as_ns() as f64;
            from = to;
        }
        *value = sum_ns / (each * samples.mean_ns());
    }
    values
}

/// The value below which a share `u` of a hyperexponential law with mean 1 lies, by halving.
fn hyperexponential_quantile(quick: f64, u: f64) -> f64 {
    // Nobody is slower than the slow part alone.
    let (mut low, mut high) = (0.0, -libm::log1p(-u) / (2.0 * (1.0 - quick)));
    for _ in 0..60 {
        let middle = 0.5 * (low + high);
        if UnitLaw::hyperexponential_share(quick, middle) < u {
            low = middle;
        } else {
            high = middle;
        }
    }
    high
}

/// Inverse of the standard normal distribution function: Acklam's rational approximation (relative
/// error 1.2e-9) as it stands, since a stratum is far wider than its error.
#[must_use]
pub fn normal_quantile(u: f64) -> f64 {
    const A: [f64; 6] = [
        -3.969_683_028_665_376e1,
        2.209_460_984_245_205e2,
        -2.759_285_104_469_687e2,
        1.383_577_518_672_69e2,
        -3.066_479_806_614_716e1,
        2.506_628_277_459_239,
    ];
    const B: [f64; 6] = [
        -5.447_609_879_822_406e1,
        1.615_858_368_580_409e2,
        -1.556_989_798_598_866e2,
        6.680_131_188_771_972e1,
        -1.328_068_155_288_572e1,
        1.0,
    ];
    const C: [f64; 6] = [
        -7.784_894_002_430_293e-3,
        -3.223_964_580_411_365e-1,
        -2.400_758_277_161_838,
        -2.549_732_539_343_734,
        4.374_664_141_464_968,
        2.938_163_982_698_783,
    ];
    const D: [f64; 5] = [
        7.784_695_709_041_462e-3,
        3.224_671_290_700_398e-1,
        2.445_134_137_142_996,
        3.754_408_661_907_416,
        1.0,
    ];
    let polynomial = |by: &[f64], x: f64| by.iter().fold(0.0, |sum, a| sum * x + a);
    let tail = |p: f64| {
        let x = (-2.0 * libm::log(p)).sqrt();
        polynomial(&C, x) / polynomial(&D, x)
    };
    if u < 0.024_25 {
        tail(u)
    } else if u > 1.0 - 0.024_25 {
        -tail(1.0 - u)
    } else {
        let x = u - 0.5;
        x * polynomial(&A, x * x) / polynomial(&B, x * x)
    }
}

/// Quantile of the gamma law with scale 1 and shape of at least 1: Wilson and Hilferty's value,
/// improved by two Newton steps on the series of the distribution function.
fn gamma_quantile(shape: f64, u: f64) -> f64 {
    let ninth = 1.0 / (9.0 * shape);
    let root = 1.0 - ninth + ninth.sqrt() * normal_quantile(u);
    let mut x = shape * root * root * root;
    if shape > 400.0 {
        return x;
    }
    let log_gamma = libm::lgamma(shape + 1.0);
    if root < 0.3 {
        // Near zero the distribution function is x^shape / Gamma(shape + 1).
        x = libm::exp((libm::log(u) + log_gamma) / shape);
    }
    for _ in 0..2 {
        let power = libm::exp(shape * libm::log(x) - x - log_gamma);
        let (mut term, mut sum, mut k) = (1.0, 1.0, shape);
        while term > 1e-12 * sum {
            k += 1.0;
            term *= x / k;
            sum += term;
        }
        let density = power * shape / x;
        x = (x - (power * sum - u) / density).max(0.1 * x);
    }
    x
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::ServiceTime;
    use crate::units::SimDuration;

    #[track_caller]
    fn close(got: f64, expected: f64, tolerance: f64) {
        assert!(
            (got - expected).abs() <= tolerance * expected.abs() + 1e-9,
            "{got}, expected {expected}"
        );
    }

    #[test]
    fn each_dimension_meets_each_stratum_once() {
        for number in [0, 1, 7, 47, 48, 95, 130, 700] {
            let dimension = Dimension::new(number);
            let mut met = vec![false; POINTS];
            (0..POINTS).for_each(|point| met[dimension.stratum(point)] = true);
            assert!(met.iter().all(|it| *it), "dimension {number}");
        }
    }

    #[test]
    fn two_dimensions_are_as_good_as_independent() {
        for (a, b) in [(0, 1), (1, 2), (3, 9), (12, 40), (2, 50), (49, 97)] {
            let (a, b) = (Dimension::new(a), Dimension::new(b));
            let covariance = (0..POINTS)
                .map(|i| (a.uniform(i) - 0.5) * (b.uniform(i) - 0.5))
                .sum::<f64>()
                / POINTS as f64;
            // Uniform variance is 1/12.
            assert!((covariance * 12.0).abs() < 0.06, "{}", covariance * 12.0);
        }
    }

    #[test]
    fn quantiles_are_those_of_the_laws() {
        close(normal_quantile(0.975), 1.959_963_985, 1e-8);
        close(normal_quantile(0.001), -3.090_232_306, 1e-8);
        close(gamma_quantile(1.0, 0.5), std::f64::consts::LN_2, 1e-6);
        close(gamma_quantile(1.0, 0.000_5), 0.000_500_125, 1e-4);
        // Chi-square with 8 degrees of freedom is twice a gamma of shape 4.
        close(gamma_quantile(4.0, 0.95), 15.507_313 / 2.0, 1e-6);
        close(gamma_quantile(4.0, 0.01), 1.646_497 / 2.0, 1e-4);
    }

    #[test]
    fn service_laws_have_mean_one_and_the_variation_asked_for() {
        for cv in [0.0, 0.1, 0.5, 0.8, 1.0, 1.5, 2.0] {
            let time = ServiceTime::from_ms(1, cv);
            let values = service(&UnitLaw::of(&time));
            let n = POINTS as f64;
            let mean = values.iter().sum::<f64>() / n;
            let variance = values.iter().map(|v| (v - mean) * (v - mean)).sum::<f64>() / n;
            close(mean, 1.0, 1e-9);
            // A thousand strata cut the tail of the widest laws short.
            close(variance.sqrt(), cv, if cv > 1.0 { 0.12 } else { 0.01 });
        }
    }

    #[test]
    fn measured_times_keep_their_mean_variation_and_values() {
        for count in [1, 3, 10, 999] {
            let times = (0..count).map(|at| SimDuration::from_ms(1 + at * at % 97));
            let time = ServiceTime {
                samples: Samples::new(times.collect()),
                ..ServiceTime::from_ms(7, 1.0)
            };
            let values = service(&UnitLaw::of(&time));
            let n = POINTS as f64;
            let mean = values.iter().sum::<f64>() / n;
            let variance = values.iter().map(|v| (v - mean) * (v - mean)).sum::<f64>() / n;
            close(mean, 1.0, 1e-12);
            // A stratum with a step in it varies less than what it stands for.
            close(variance.sqrt(), time.variation(), 0.003);
            let samples = time.samples.expect("given");
            let longest_ms = samples.times()[samples.times().len() - 1].as_ns() as f64;
            close(values[POINTS - 1], longest_ms / samples.mean_ns(), 1e-12);
        }
    }
}
