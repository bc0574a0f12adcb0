//! Erlang's loss formula, the root of every many-server queue.
//!
//! Of `servers` busy one by one with Poisson arrivals and no waiting place, the share of arrivals
//! that finds all of them busy is B. Its inverse is a sum of positive terms,
//! 1/B = 1 + c/a + c(c-1)/a² + … (`a` the offered work in servers, `c` their number), so nothing
//! cancels, and no factorial is taken that could overflow. A large 1/B may overflow to infinity;
//! B is then zero for every purpose.
//!
//! Source: A. K. Erlang 1917; the recurrence is standard (e.g. Cooper, *Introduction to Queueing
//! Theory*, 1981, section 3.3).

/// 1 / B(servers, offered) for the fluid plane, which asks for it in every step: the series stops
/// where what is left cannot move the result by more than 1e-9 of itself, or where B is below 1e-9.
#[must_use]
pub fn erlang_b_inverse(servers: u32, offered: f64) -> f64 {
    inverse(servers, offered, 1e-11, 1e9)
}

/// 1 / B(servers, offered) to the last term. Time grows with the number of servers.
#[must_use]
pub fn erlang_b_inverse_exact(servers: u32, offered: f64) -> f64 {
    inverse(servers, offered, 0.0, f64::INFINITY)
}

/// The series, until a term is below `negligible` of the sum or the sum exceeds `enough`.
fn inverse(servers: u32, offered: f64, negligible: f64, enough: f64) -> f64 {
    let per_offered = 1.0 / offered;
    let mut left = f64::from(servers);
    let (mut term, mut sum) = (1.0_f64, 1.0_f64);
    while left >= 1.0 {
        term *= left * per_offered;
        sum += term;
        left -= 1.0;
        if sum > enough || (term < negligible * sum && left < offered) {
            break;
        }
    }
    sum
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn close(got: f64, expected: f64, tolerance: f64) {
        assert!(
            (got - expected).abs() <= tolerance * expected.abs(),
            "{got}, expected {expected}"
        );
    }

    #[test]
    fn known_offices() {
        // B(12, 8.5) and B(1, a) = a / (1 + a).
        for inverse in [erlang_b_inverse, erlang_b_inverse_exact] {
            close(1.0 / inverse(12, 8.5), 0.066_463_551_777_750_2, 1e-8);
            close(1.0 / inverse(1, 0.25), 0.2, 1e-12);
            close(inverse(0, 3.0), 1.0, 0.0);
        }
    }

    #[test]
    fn large_offices_agree_with_the_whole_recursion() {
        for (servers, offered) in [(1600, 1590.0), (1600, 1500.0), (400, 600.0), (240, 200.0)] {
            let mut expected = 1.0;
            for k in 1..=servers {
                expected = 1.0 + expected * f64::from(k) / offered;
            }
            close(erlang_b_inverse_exact(servers, offered), expected, 1e-12);
            let got = erlang_b_inverse(servers, offered);
            if expected < 1e9 {
                close(got, expected, 1e-7);
            } else {
                assert!(got > 1e9);
            }
        }
    }

    #[test]
    fn nobody_arriving_is_never_refused() {
        close(1.0 / erlang_b_inverse_exact(3, 0.0) + 1.0, 1.0, 0.0);
        close(1.0 / erlang_b_inverse_exact(5000, 0.1) + 1.0, 1.0, 0.0);
    }
}
