//! Samplers: laws of chance on top of a stream of uniform numbers.
//!
//! Own samplers on `libm`, because the logarithms of the standard library differ between host and
//! WebAssembly in the last bit, and so do ready-made crates built on them. Each takes a fixed
//! number of uniforms per value ([`gamma`] a few), and all but [`normal`] and [`gamma`] invert
//! their law: a higher uniform never gives a lower value, so that two designs with different
//! parameters stay coupled.

use super::rng::Uniforms;
use crate::model::Triangular;
use crate::units::SimDuration;

/// 90th percentile of the standard normal law.
const NORMAL_P90: f64 = 1.281_551_565_544_600_4;

/// Exponential law with the given mean (any unit; the result has the same). One uniform.
#[inline]
pub fn exponential(stream: &mut impl Uniforms, mean: f64) -> f64 {
    -mean * libm::log(stream.uniform_open())
}

/// Triangular law between `min` and `max` with its top at `mode`. One uniform.
pub fn triangular(stream: &mut impl Uniforms, law: Triangular) -> SimDuration {
    let u = stream.uniform();
    let (min, mode, max) = (law.min.as_s_f64(), law.mode.as_s_f64(), law.max.as_s_f64());
    let width = max - min;
    if width <= 0.0 {
        return law.min;
    }
    let rise = (mode - min) / width;
    let value = if u < rise {
        min + (u * width * (mode - min)).sqrt()
    } else {
        max - ((1.0 - u) * width * (max - mode)).sqrt()
    };
    SimDuration::from_s_f64(value)
}

/// Standard normal law (Box and Muller's method, first of the pair). Two uniforms.
#[inline(never)]
pub fn normal(stream: &mut impl Uniforms) -> f64 {
    let radius = (-2.0 * libm::log(stream.uniform_open())).sqrt();
    radius * libm::cos(std::f64::consts::TAU * stream.uniform())
}

/// Lognormal law stated by its median and 90th percentile. Equal percentiles give a constant;
/// a 90th percentile below the median counts as equal. Two uniforms.
pub fn lognormal(stream: &mut impl Uniforms, median: SimDuration, p90: SimDuration) -> SimDuration {
    let z = normal(stream);
    if p90 <= median || median.is_zero() {
        return median;
    }
    let sigma = libm::log(p90.as_s_f64() / median.as_s_f64()) / NORMAL_P90;
    SimDuration::from_s_f64(median.as_s_f64() * libm::exp(sigma * z))
}

/// Gamma law with mean 1 and the given shape, at least 1 (1 over the squared variation): Marsaglia
/// and Tsang's method (2000), which throws a few per cent of its draws away.
#[inline(never)]
pub fn gamma(stream: &mut impl Uniforms, shape: f64) -> f64 {
    let d = shape - 1.0 / 3.0;
    let c = 1.0 / (9.0 * d).sqrt();
    loop {
        let x = normal(stream);
        let root = 1.0 + c * x;
        if root <= 0.0 {
            continue;
        }
        let v = root * root * root;
        if libm::log(stream.uniform_open()) < 0.5 * x * x + d * (1.0 - v + libm::log(v)) {
            return d * v / shape;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sim::rng::RngStream;

    const N: usize = 100_000;

    /// Mean and standard deviation of a sample against those of the law, within `tolerance`.
    #[track_caller]
    fn check(name: &str, mean: f64, sd: f64, tolerance: f64, draw: impl Fn(&mut RngStream) -> f64) {
        let mut stream = RngStream::new(11, 0, "test", name, 0);
        let sample: Vec<f64> = (0..N).map(|_| draw(&mut stream)).collect();
        let got_mean = sample.iter().sum::<f64>() / N as f64;
        let variance = sample
            .iter()
            .map(|x| (x - got_mean) * (x - got_mean))
            .sum::<f64>()
            / N as f64;
        let got_sd = variance.sqrt();
        assert!(
            (got_mean - mean).abs() < tolerance && (got_sd - sd).abs() < tolerance,
            "{name}: mean {got_mean} (law {mean}), sd {got_sd} (law {sd})"
        );
    }

    #[test]
    fn samples_have_the_moments_of_their_laws() {
        check("exponential", 2.0, 2.0, 0.04, |s| exponential(s, 2.0));
        check("normal", 0.0, 1.0, 0.02, normal);
        check("gamma 1.5625", 1.0, 0.8, 0.02, |s| gamma(s, 1.5625));
        check("gamma 25", 1.0, 0.2, 0.005, |s| gamma(s, 25.0));
        // Mean (a+b+c)/3; variance (a2+b2+c2-ab-ac-bc)/18.
        let law = Triangular::from_s(30, 55, 100);
        check("triangular", 185.0 / 3.0, 14.477_7, 0.3, |s| {
            triangular(s, law).as_s_f64()
        });
    }

    #[test]
    fn a_lognormal_meets_both_percentiles() {
        let mut stream = RngStream::new(12, 0, "test", "lognormal", 0);
        let (median, p90) = (SimDuration::from_h(3), SimDuration::from_h(12));
        let mut sample: Vec<f64> = (0..N)
            .map(|_| lognormal(&mut stream, median, p90).as_h_f64())
            .collect();
        sample.sort_by(f64::total_cmp);
        assert!((sample[N / 2] - 3.0).abs() < 0.06, "{}", sample[N / 2]);
        assert!(
            (sample[N * 9 / 10] - 12.0).abs() < 0.3,
            "{}",
            sample[N * 9 / 10]
        );
        assert_eq!(lognormal(&mut stream, median, median), median);
    }

    #[test]
    fn a_triangle_keeps_its_bounds_and_may_be_a_point() {
        let law = Triangular::from_s(60, 90, 120);
        let mut stream = RngStream::new(13, 0, "test", "bounds", 0);
        for _ in 0..1000 {
            let drawn = triangular(&mut stream, law);
            assert!(law.min <= drawn && drawn <= law.max, "{drawn}");
        }
        let point = Triangular::from_s(5, 5, 5);
        assert_eq!(triangular(&mut stream, point), point.min);
    }
}
