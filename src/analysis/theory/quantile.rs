//! Percentiles by bisection.

/// The time that a share `q` (0 to below 1) of times does not exceed, where `tail(t)` is the share
/// of times above t: falling, to 0. `scale` is any positive time, best near the answer. Exact to
/// the last bits in which the tail can be told from 1 - q.
pub fn quantile(q: f64, scale: f64, mut tail: impl FnMut(f64) -> f64) -> f64 {
    let above = 1.0 - q;
    if tail(0.0) <= above {
        return 0.0;
    }
    let (mut low, mut high) = (0.0, scale);
    while tail(high) > above && high.is_finite() {
        (low, high) = (high, 2.0 * high);
    }
    loop {
        let middle = 0.5 * (low + high);
        // Neighbouring numbers have nothing between them.
        if middle <= low || middle >= high {
            return middle;
        }
        if tail(middle) > above {
            low = middle;
        } else {
            high = middle;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_exponential_time() {
        for scale in [1e-6, 1.0, 1e6] {
            let got = quantile(0.99, scale, |t| libm::exp(-2.0 * t));
            let expected = libm::log(100.0) / 2.0;
            assert!((got / expected - 1.0).abs() < 1e-13, "{got}");
        }
    }

    #[test]
    fn a_time_that_is_mostly_zero() {
        let got = quantile(0.5, 1.0, |t| 0.3 * libm::exp(-t));
        assert!(got <= 0.0, "{got}");
    }
}
