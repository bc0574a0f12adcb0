//! Copies of DNS records: who still uses an address that does not hold any more.
//!
//! The real thing. Whoever resolves a name keeps the answer: resolvers as long as the record's
//! time to live says, processes as long as their language has it (Java 30 s unless told otherwise,
//! others not at all, or for ever). When the record changes, or can no longer be asked for, each
//! copy goes on being used until it expires.
//!
//! Rules: Amazon Aurora MySQL Database Administrator's Handbook, "DNS caching" (records of cluster
//! endpoints live for 5 s; copies may be kept anywhere between network and application), read
//! 2026-11-23; OpenJDK 21, `networkaddress.cache.ttl`.
//!
//! Assumed: copies are of all ages, evenly, so the share that is still used falls in a straight
//! line. Behind two caches in a row, one of which asks the other, the true course sags at first and
//! then trails, but it ends when both times have passed one after the other, and as much is lost
//! under it, as long as the process keeps a copy for longer than the resolver does: a straight line
//! over the sum of both stands for it. The line is drawn in steps, each at its own mean, so that
//! nothing is lost or gained by them.

use crate::units::SimDuration;

/// How long a record of an endpoint of RDS or Aurora lives. Nobody can change it.
pub const DATABASE_RECORD_TTL: SimDuration = SimDuration::from_s(5);

/// The shortest step.
const FINEST: SimDuration = SimDuration::from_s(1);
/// Steps of a line at least, where they are not shorter than the finest.
const STEPS: u64 = 20;
/// A step is at most this part of the time that has passed. Otherwise a cache that keeps addresses
/// for years would lose a day's worth of its line at once.
const PART_OF_AGE: u64 = 4;

/// The step of the line that `age` is in: its beginning and its end, both since the record changed;
/// none when the last copy has expired.
fn step(age: SimDuration, ttl: SimDuration) -> Option<(SimDuration, SimDuration)> {
    let mut begin = SimDuration::ZERO;
    while begin < ttl {
        let even = ttl.as_ns() / STEPS;
        let length = even.min(begin.as_ns() / PART_OF_AGE).max(FINEST.as_ns());
        let end = (begin + SimDuration::from_ns(length)).min(ttl);
        if age < end {
            return Some((begin, end));
        }
        begin = end;
    }
    None
}

/// Share of the copies that have expired `age` after their record changed, if they live for `ttl`:
/// 0 to 1.
#[must_use]
pub fn forgotten(age: SimDuration, ttl: SimDuration) -> f64 {
    step(age, ttl).map_or(1.0, |(begin, end)| {
        (begin.as_s_f64() + end.as_s_f64()) / (2.0 * ttl.as_s_f64())
    })
}

/// How long until that share is another one; none when all have expired.
#[must_use]
pub fn next_step(age: SimDuration, ttl: SimDuration) -> Option<SimDuration> {
    step(age, ttl).map(|(_, end)| end - age)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Copy-seconds lost under the steps, per copy, and how many steps there are.
    fn area(ttl: SimDuration) -> (f64, u32) {
        let (mut age, mut area, mut n_steps) = (SimDuration::ZERO, 0.0, 0);
        while let Some(step) = next_step(age, ttl) {
            area += (1.0 - forgotten(age, ttl)) * step.as_s_f64();
            age += step;
            n_steps += 1;
        }
        assert_eq!(age, ttl, "the line ends with the last copy");
        (area, n_steps)
    }

    #[test]
    fn half_of_the_time_to_live_is_lost_whatever_the_steps() {
        for ttl_ms in [1, 900, 5_000, 35_000, 60_000, 3_600_000, 3_600_000_000] {
            let ttl = SimDuration::from_ms(ttl_ms);
            let (area, n_steps) = area(ttl);
            let expected = ttl.as_s_f64() / 2.0;
            assert!((area / expected - 1.0).abs() < 1e-9, "{ttl_ms} ms: {area}");
            assert!(n_steps <= 80, "{ttl_ms} ms: {n_steps}");
        }
        assert!((forgotten(SimDuration::ZERO, SimDuration::ZERO) - 1.0).abs() < 1e-12);
        assert_eq!(next_step(SimDuration::ZERO, SimDuration::ZERO), None);
    }

    #[test]
    fn the_steps_stay_close_to_the_line() {
        for ttl_s in [35, 60, 3_600, 3_600_000] {
            let ttl = SimDuration::from_s(ttl_s);
            for part in 0..1000 {
                let age = SimDuration::from_ns(ttl.as_ns() / 1000 * part);
                let line = age.as_s_f64() / ttl.as_s_f64();
                let off = (forgotten(age, ttl) - line).abs();
                let finest = 0.5 / ttl.as_s_f64();
                assert!(off <= finest.max(0.5 / 20.0) + 1e-9, "{ttl_s} s at {line}");
                assert!(off <= finest.max(line / 4.0) + 1e-9, "{ttl_s} s at {line}");
            }
        }
        assert!(forgotten(SimDuration::from_min(10), SimDuration::from_h(1000)) < 0.0002);
    }

    /// A process asks a resolver, and each keeps what it got: 15 s and 2.5 s are lost, as under a
    /// straight line of 35 s.
    #[test]
    fn two_caches_in_a_row_lose_half_of_the_sum() {
        const N: u32 = 400;
        let even = |at: u32| (f64::from(at) + 0.5) / f64::from(N);
        let (process_s, record_s) = (30.0, 5.0);
        let mut lost_s = 0.0;
        for process in 0..N {
            // Until this process asks again, and until the resolver does.
            let asks_s = process_s * even(process);
            for resolver in 0..N {
                let answers_s = record_s * even(resolver);
                lost_s += if asks_s < answers_s {
                    asks_s + process_s
                } else {
                    asks_s
                };
            }
        }
        let mean_s = lost_s / f64::from(N * N);
        assert!(
            (mean_s - (process_s + record_s) / 2.0).abs() < 0.02,
            "{mean_s}"
        );
    }
}
