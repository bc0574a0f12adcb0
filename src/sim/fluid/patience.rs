//! A queue whose customers are patient for a fixed time, with room for a limited number.
//!
//! With Poisson arrivals at rate λ, capacity C, K waiting places and patience τ, n wait with the
//! weight (λ/C)^n Q_n, where Q_n is the chance that n services fit into τ, and the waits of those
//! that are served have the density
//!
//! ```text
//! g(v) ~ exp((λ - C) v) P(Poisson(λ v) < K),   0 < v < τ
//! ```
//!
//! relative to the weight 1 of "all servers busy, nobody waits". It follows from the product form
//! of Brandt and Brandt (1999) for M/M/c queues with general patience and any arrival rates by
//! state; without a limit of places it is the well-known M/M/c+D. Under overload everything happens
//! at the far end: where places are few, waits are those of a full queue, cut off at τ; where
//! there is room enough, nearly everybody is served at the last moment.
//!
//! The density is summed numerically in logarithms, because its two factors overflow where their
//! product matters.

/// Quantiles kept of the waits.
pub const QUANTILES: usize = 17;
/// Points of the sum.
const POINTS: usize = 32;
/// What is smaller than the peak by this factor's exponent does not count.
const NEGLIGIBLE: f64 = 18.0;

/// Waits of those that are served after waiting: quantiles in seconds at 0, 1/16 … 1.
pub type Waits = [f64; QUANTILES];

/// The queue at rest; weights relative to "all servers busy, nobody waits".
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Impatient {
    /// Weight of all states in which somebody waits, as a logarithm.
    pub log_waiting: f64,
    /// Weight of a full queue over that.
    pub full: f64,
    /// Mean wait of those that wait and are served, in seconds.
    pub wait_s: f64,
    /// Squared variation of that wait.
    pub wait_cv_square: f64,
    /// Its law.
    pub waits: Waits,
}

impl Impatient {
    /// The queue with arrivals and capacity per second, places, and patience in seconds.
    #[must_use]
    pub fn new(arrival_rate: f64, capacity: f64, places: f64, patience_s: f64) -> Self {
        let queue = Law {
            arrival_rate,
            capacity,
            places,
        };
        // Beyond this nobody waits, however patient.
        let longest_s = patience_s.min((places + 9.0 * places.sqrt() + 9.0) / capacity);
        let (from_s, to_s) = queue.support(longest_s);
        let width_s = (to_s - from_s) / POINTS as f64;
        let at = |cell: usize| from_s + (cell as f64 + 0.5) * width_s;
        let logs: [f64; POINTS] = std::array::from_fn(|cell| queue.log_density(at(cell)));
        let peak = logs.iter().copied().fold(f64::NEG_INFINITY, f64::max);
        let weights = logs.map(|log| libm::exp(log - peak));
        let total: f64 = weights.iter().sum();
        let moment = |power: fn(f64) -> f64| {
            let terms = weights.iter().enumerate();
            terms.map(|(cell, w)| w * power(at(cell))).sum::<f64>() / total
        };
        let wait_s = moment(|v| v);
        let spread = moment(|v| v * v) - wait_s * wait_s + width_s * width_s / 12.0;
        let log_waiting = peak + libm::log(arrival_rate * total * width_s);
        let log_full = if places.is_finite() {
            places * libm::log(arrival_rate / capacity)
                + log_gamma_share(places, capacity * patience_s, false)
        } else {
            f64::NEG_INFINITY
        };
        Self {
            log_waiting,
            full: libm::exp(log_full - log_waiting),
            wait_s,
            wait_cv_square: spread.max(0.0) / (wait_s * wait_s),
            waits: quantiles(&weights, total, (from_s, width_s)),
        }
    }
}

/// The density of waits.
struct Law {
    arrival_rate: f64,
    capacity: f64,
    places: f64,
}

impl Law {
    fn log_density(&self, wait_s: f64) -> f64 {
        let room = if self.places.is_finite() {
            log_gamma_share(self.places, self.arrival_rate * wait_s, true)
        } else {
            0.0
        };
        (self.arrival_rate - self.capacity) * wait_s + room
    }

    /// Where the density is not negligible: twice a closer look around its peak.
    fn support(&self, longest_s: f64) -> (f64, f64) {
        const CELLS: usize = 16;
        let (mut from_s, mut to_s) = (0.0, longest_s);
        for _ in 0..2 {
            let width_s = (to_s - from_s) / CELLS as f64;
            let at = |edge: usize| from_s + edge as f64 * width_s;
            let logs: [f64; CELLS + 1] = std::array::from_fn(|edge| self.log_density(at(edge)));
            let peak = logs.iter().copied().fold(f64::NEG_INFINITY, f64::max);
            let counts = |log: &f64| *log > peak - NEGLIGIBLE;
            let first = logs.iter().position(counts).unwrap_or(0);
            let last = logs.iter().rposition(counts).unwrap_or(CELLS);
            let (near, far) = (at(first.saturating_sub(1)), at((last + 1).min(CELLS)));
            (from_s, to_s) = (near, far);
        }
        (from_s, to_s)
    }
}

/// Quantiles of a density given by cells.
fn quantiles(weights: &[f64; POINTS], total: f64, (from_s, width_s): (f64, f64)) -> Waits {
    let mut values = [from_s; QUANTILES];
    let (mut cell, mut below) = (0, 0.0);
    for (number, value) in values.iter_mut().enumerate() {
        // The ends stand for the middle of the outermost strata's tails, not for the last cells.
        let share = (number as f64 / (QUANTILES - 1) as f64).clamp(0.002, 0.998);
        let wanted = share * total;
        while cell + 1 < POINTS && below + weights[cell] < wanted {
            below += weights[cell];
            cell += 1;
        }
        let within = ((wanted - below) / weights[cell].max(f64::MIN_POSITIVE)).clamp(0.0, 1.0);
        *value = from_s + (cell as f64 + within) * width_s;
    }
    values
}

/// Logarithm of the chance that a gamma variable of shape `shape` exceeds `x` (`over`) or does not,
/// by the first term of Temme's uniform expansion (1979), whose relative error stays below a per
/// cent in the far tails, where a normal approximation is off by orders of magnitude.
fn log_gamma_share(shape: f64, x: f64, over: bool) -> f64 {
    let shape = shape.max(0.05);
    let ratio = (x / shape).max(1e-12);
    let gap = ratio - 1.0;
    let half_square = (gap - libm::log(ratio)).max(0.0);
    let eta = (2.0 * half_square).sqrt().copysign(gap);
    // The two terms cancel at their pole; beside it a series takes over.
    let correction = if gap.abs() < 1e-3 {
        -1.0 / 3.0 + gap / 36.0
    } else {
        1.0 / gap - 1.0 / eta
    };
    let sign = if over { 1.0 } else { -1.0 };
    let score = sign * eta * (0.5 * shape).sqrt();
    let correction = sign * correction / (std::f64::consts::TAU * shape).sqrt();
    if score < 0.0 {
        let share = 0.5 * libm::erfc(score) + libm::exp(-shape * half_square) * correction;
        return libm::log(share.min(1.0));
    }
    let share = 0.5 * scaled_erfc(score) + correction;
    -shape * half_square + libm::log(share.max(f64::MIN_POSITIVE))
}

/// exp(z^2) erfc(z) for z of at least 0.
fn scaled_erfc(z: f64) -> f64 {
    if z < 5.0 {
        return libm::exp(z * z) * libm::erfc(z);
    }
    let inverse = 1.0 / (z * z);
    let series = 1.0 - 0.5 * inverse * (1.0 - 1.5 * inverse * (1.0 - 2.5 * inverse));
    series / (z * std::f64::consts::PI.sqrt())
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
    fn without_a_limit_of_places_it_is_m_m_c_d() {
        // The density is exp((λ - C) v) on (0, τ): everything is known in closed form.
        let (arrival_rate, capacity, patience_s) = (82.0, 32.0, 3.0);
        let queue = Impatient::new(arrival_rate, capacity, f64::INFINITY, patience_s);
        let drift = arrival_rate - capacity;
        let log_waiting = drift * patience_s + libm::log(arrival_rate / drift);
        close(queue.log_waiting, log_waiting, 1e-3);
        close(queue.wait_s, patience_s - 1.0 / drift, 1e-3);
        close(
            queue.wait_cv_square.sqrt() * queue.wait_s,
            1.0 / drift,
            0.03,
        );
        close(queue.full, 0.0, 0.0);
        close(
            queue.waits[8],
            patience_s - std::f64::consts::LN_2 / drift,
            1e-3,
        );
    }

    #[test]
    fn without_impatience_it_is_m_m_c_k() {
        // Waiting weights ρ + ρ² + … + ρ^K, and a full queue of weight ρ^K.
        for (rho, places) in [(0.9_f64, 40.0), (1.0, 60.0), (1.4, 50.0)] {
            let capacity = 50.0;
            let queue = Impatient::new(rho * capacity, capacity, places, 1e3);
            let sum: f64 = (1..=places as i32)
                .map(|n| libm::pow(rho, f64::from(n)))
                .sum();
            close(queue.log_waiting, libm::log(sum), 2e-3);
            close(queue.full, libm::pow(rho, places) / sum, 0.01);
        }
    }

    #[test]
    fn gamma_tails_are_right_where_they_are_tiny() {
        // Poisson sums, evaluated term by term elsewhere: P(Poisson(281) <= 76),
        // P(Poisson(5) <= 9), P(Poisson(20) >= 60).
        close(log_gamma_share(77.0, 281.0, true), -108.3926, 1e-3);
        close(
            log_gamma_share(10.0, 5.0, true),
            libm::log(0.968_171_9),
            0.02,
        );
        close(
            log_gamma_share(60.0, 20.0, false),
            libm::log(POISSON_20_FROM_60),
            2e-3,
        );
    }

    const POISSON_20_FROM_60: f64 = 4.233284695e-13;

    #[test]
    fn what_comes_in_goes_out() {
        // Arrivals that find all busy: turned away, served after a wait, or out of patience; the
        // last share must be a share.
        for places in [20.0, 90.0, 100.0, 140.0, 400.0] {
            let (arrival_rate, capacity, patience_s) = (82.0, 32.0, 3.0);
            let queue = Impatient::new(arrival_rate, capacity, places, patience_s);
            let waiting = libm::exp(queue.log_waiting.min(600.0));
            let busy = 1.0 + waiting;
            let gave_up = busy - queue.full * waiting - capacity / arrival_rate * waiting;
            let share = gave_up / busy;
            assert!((-0.02..0.7).contains(&share), "{places}: {share}");
            assert!(queue.wait_s < patience_s, "{places}: {queue:?}");
            assert!(queue.waits.is_sorted_by(f64::le), "{places}: {queue:?}");
        }
    }
}
