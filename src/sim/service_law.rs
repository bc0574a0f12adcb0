//! Drawing service times: the whole law behind a mean and a variation.
//!
//! A scenario states a service time by mean, coefficient of variation and, if it matters, a law.
//! Without a law the variation decides: constant at 0, gamma below 1 (a service of several like
//! stages), exponential at 1, lognormal above (most answers quick, a few very slow). Measured times
//! are a law of their own: whoever draws gets one of them, by inversion, so that mean and variation
//! are exactly theirs. The fluid plane's [`super::fluid::panel`] tabulates the same laws.

use super::dist;
use super::rng::Uniforms;
use crate::model::{Samples, ServiceLaw, ServiceTime};
use crate::units::SimDuration;

/// Below this variation a service time counts as constant.
const CONSTANT_BELOW: f64 = 0.01;

/// A law with mean 1.
#[derive(Debug, Clone, PartialEq)]
pub enum UnitLaw {
    /// Always 1.
    Constant,
    /// Exponential.
    Exponential,
    /// Gamma, at least as steady as exponential.
    Gamma {
        /// 1 over the squared variation, at least 1.
        shape: f64,
    },
    /// Lognormal.
    Lognormal {
        /// Standard deviation of the logarithm.
        sigma: f64,
    },
    /// A mixture of two exponentials that carry half of the mean each ("balanced means").
    Hyperexponential {
        /// Share of the quick ones, above one half.
        quick: f64,
    },
    /// Measured times, each as likely as the others.
    Measured(Samples),
}

impl UnitLaw {
    /// The law of a service time.
    #[must_use]
    pub fn of(time: &ServiceTime) -> Self {
        if let Some(samples) = &time.samples {
            return Self::measured(samples);
        }
        let cv = time.cv;
        let square = cv * cv;
        match time.law {
            _ if cv < CONSTANT_BELOW => Self::Constant,
            ServiceLaw::Lognormal => Self::lognormal(square),
            // A mixture of exponentials cannot be steadier than one of them.
            ServiceLaw::Hyperexponential if cv > 1.0 => Self::Hyperexponential {
                quick: 0.5 * (1.0 + ((square - 1.0) / (square + 1.0)).sqrt()),
            },
            ServiceLaw::ByVariation | ServiceLaw::Hyperexponential => {
                if (cv - 1.0).abs() < 1e-9 {
                    Self::Exponential
                } else if cv < 1.0 {
                    Self::Gamma {
                        shape: 1.0 / square,
                    }
                } else {
                    Self::lognormal(square)
                }
            }
        }
    }

    fn measured(samples: &Samples) -> Self {
        // Times of nothing but zero have no shape.
        if samples.mean_ns() <= 0.0 {
            return Self::Constant;
        }
        Self::Measured(samples.clone())
    }

    fn lognormal(cv_square: f64) -> Self {
        Self::Lognormal {
            sigma: libm::log(1.0 + cv_square).sqrt(),
        }
    }

    /// A value of the law.
    #[inline]
    pub fn draw(&self, stream: &mut impl Uniforms) -> f64 {
        match self {
            Self::Constant => 1.0,
            Self::Exponential => dist::exponential(stream, 1.0),
            &Self::Gamma { shape } => dist::gamma(stream, shape),
            &Self::Lognormal { sigma } => libm::exp(sigma * (dist::normal(stream) - 0.5 * sigma)),
            &Self::Hyperexponential { quick } => Self::draw_of_two(stream, quick),
            Self::Measured(samples) => Self::draw_measured(stream, samples),
        }
    }

    /// A value of the mixture. Not where it is called: that place is the hot path.
    #[inline(never)]
    fn draw_of_two(stream: &mut impl Uniforms, quick: f64) -> f64 {
        let share = if stream.uniform() < quick {
            quick
        } else {
            1.0 - quick
        };
        dist::exponential(stream, 0.5 / share)
    }

    /// One of the samples, each as likely as the others.
    #[inline(never)]
    fn draw_measured(stream: &mut impl Uniforms, samples: &Samples) -> f64 {
        let times = samples.times();
        // A uniform number is below 1, so that the place is one of the list.
        let place = (stream.uniform() * times.len() as f64) as usize;
        times[place].as_ns() as f64 / samples.mean_ns()
    }

    /// The share of values that are at most `x`; none for laws that have a closed quantile.
    #[must_use]
    pub fn hyperexponential_share(quick: f64, x: f64) -> f64 {
        let part = |share: f64| share * (1.0 - libm::exp(-2.0 * share * x));
        part(quick) + part(1.0 - quick)
    }
}

/// Draws service times in whole nanoseconds.
#[derive(Debug, Clone, PartialEq)]
pub struct ServiceSampler {
    mean_ns: f64,
    shape: UnitLaw,
}

impl ServiceSampler {
    /// The sampler of a service time.
    #[must_use]
    pub fn new(time: &ServiceTime) -> Self {
        Self {
            mean_ns: time.mean.as_ns() as f64,
            shape: UnitLaw::of(time),
        }
    }

    /// A service time.
    #[inline]
    pub fn draw(&self, stream: &mut impl Uniforms) -> SimDuration {
        SimDuration::from_ns((self.mean_ns * self.shape.draw(stream) + 0.5) as u64)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sim::rng::RngStream;

    #[test]
    fn every_law_has_its_mean_and_variation() {
        let n = 200_000;
        for (number, (cv, law)) in [
            (0.0, ServiceLaw::ByVariation),
            (0.5, ServiceLaw::ByVariation),
            (1.0, ServiceLaw::ByVariation),
            (1.5, ServiceLaw::ByVariation),
            (0.7, ServiceLaw::Lognormal),
            (2.0, ServiceLaw::Hyperexponential),
        ]
        .into_iter()
        .enumerate()
        {
            let time = ServiceTime {
                law,
                ..ServiceTime::from_ms(20, cv)
            };
            let sampler = ServiceSampler::new(&time);
            let mut stream = RngStream::new(3, 0, "test", "service", number as u64);
            let sample: Vec<f64> = (0..n)
                .map(|_| sampler.draw(&mut stream).as_s_f64() / 0.02)
                .collect();
            let mean = sample.iter().sum::<f64>() / f64::from(n);
            let variance =
                sample.iter().map(|x| (x - mean) * (x - mean)).sum::<f64>() / f64::from(n);
            let error = 5.0 * cv.max(1e-9) / f64::from(n).sqrt();
            assert!((mean - 1.0).abs() < error + 1e-6, "{law:?} {cv}: {mean}");
            assert!(
                (variance.sqrt() - cv).abs() < 0.04 * cv + 1e-6,
                "{law:?} {cv}: {}",
                variance.sqrt()
            );
        }
    }

    #[test]
    fn measured_times_are_drawn_evenly_and_stretched_to_the_mean() {
        let times = [4, 1, 1, 2].map(SimDuration::from_s);
        let time = ServiceTime {
            samples: Samples::new(times.to_vec()),
            ..ServiceTime::from_ms(20, 1.0)
        };
        let sampler = ServiceSampler::new(&time);
        let mut stream = RngStream::new(3, 0, "test", "measured", 0);
        let n = 100_000;
        let mut drawn = [0_u32; 3];
        for _ in 0..n {
            match sampler.draw(&mut stream).as_ns() {
                10_000_000 => drawn[0] += 1,
                20_000_000 => drawn[1] += 1,
                40_000_000 => drawn[2] += 1,
                other => panic!("{other} ns was not measured"),
            }
        }
        for (drawn, share) in drawn.into_iter().zip([0.5, 0.25, 0.25]) {
            let off = f64::from(drawn) / f64::from(n) - share;
            assert!(off.abs() < 0.007, "{drawn} of {n}, expected {share}");
        }
        assert!((time.variation() - 0.375_f64.sqrt()).abs() < 1e-12);
    }
}
