//! Chance: one named stream of random numbers per purpose and entity.
//!
//! A run has one source of chance, the plan's seed. From it grows one *stream* per thing that can
//! be lucky or unlucky, named by purpose and entity: `("zone_power_loss", "a")`. A stream belongs
//! to an entity of the tape (a zone, a Spot pool), not to a design's, so two designs meet the same
//! luck however often each of them draws. Draws that only one design makes (the third launch in
//! zone a) have their own ordinal, so that one more launch here shifts no other draw.
//!
//! The key is a written fold, never a hash of the standard library: FNV-1a over purpose, a
//! separator and entity; then `SplitMix64` over fold, seed, replication and ordinal fills the state
//! of Xoshiro256++ 1.0 (crate `rand_xoshiro`, pinned in the lock file). All three are public
//! algorithms with known answers, which the tests state.

use rand::{Rng, SeedableRng};
use rand_xoshiro::Xoshiro256PlusPlus;

const FNV_OFFSET: u64 = 0xcbf2_9ce4_8422_2325;
const FNV_PRIME: u64 = 0x0100_0000_01b3;
/// No UTF-8 text holds this byte, so `("ab", "c")` and `("a", "bc")` differ.
const SEPARATOR: u8 = 0xff;
/// Odd, and far from the step of `SplitMix64`: the first 64 bits of the fraction of sqrt(2), made
/// odd.
const KEY_STEP: u64 = 0x6a09_e667_f3bc_c909;
/// Distance of two neighbouring f64 in [0.5, 1).
const ULP: f64 = 1.0 / (1_u64 << 53) as f64;

/// A stream of random numbers of one purpose and entity.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RngStream {
    generator: Xoshiro256PlusPlus,
}

impl RngStream {
    /// The stream of `(seed, replication, purpose, entity, ordinal)`: equal keys, equal streams.
    #[must_use]
    pub fn new(seed: u64, replication: u32, purpose: &str, entity: &str, ordinal: u64) -> Self {
        let name = fnv1a(FNV_OFFSET, purpose.as_bytes());
        let name = fnv1a(name, &[SEPARATOR]);
        let name = fnv1a(name, entity.as_bytes());
        let mut state = name;
        for word in [seed, u64::from(replication), ordinal] {
            state = split_mix(&mut state) ^ word;
        }
        let mut bytes = [0; 32];
        for chunk in bytes.chunks_exact_mut(8) {
            chunk.copy_from_slice(&split_mix(&mut state).to_le_bytes());
        }
        Self {
            generator: Xoshiro256PlusPlus::from_seed(bytes),
        }
    }
}

/// A source of uniform numbers, which samplers draw from.
pub trait Uniforms {
    /// 64 random bits.
    fn next_u64(&mut self) -> u64;

    /// Uniform on [0, 1), a multiple of 2^-53.
    fn uniform(&mut self) -> f64 {
        (self.next_u64() >> 11) as f64 * ULP
    }

    /// Uniform on (0, 1): safe to take a logarithm of.
    fn uniform_open(&mut self) -> f64 {
        ((self.next_u64() >> 12) as f64 + 0.5) * (2.0 * ULP)
    }

    /// Uniform on the whole numbers 0 to `n` - 1; 0 when `n` is 0. Without bias (Lemire's
    /// multiply-and-reject method).
    fn below(&mut self, n: u64) -> u64 {
        loop {
            let product = u128::from(self.next_u64()) * u128::from(n);
            let low = product as u64;
            // The threshold, 2^64 modulo n, costs a division and lies below n: few need it.
            if low >= n || low >= n.wrapping_neg() % n {
                return (product >> 64) as u64;
            }
        }
    }
}

impl Uniforms for RngStream {
    #[inline]
    fn next_u64(&mut self) -> u64 {
        self.generator.next_u64()
    }
}

/// The draws of one request at one place of its way: a function of their name, so that both designs
/// serve the same requests however differently they route them.
///
/// A request is known by its number, which names its *key*; a place on its way (a call and its
/// ordinal) names a salt. From both grows a `SplitMix64` sequence, because unlike a Xoshiro state
/// it costs nothing to begin in the middle.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct KeyedDraws {
    state: u64,
}

impl KeyedDraws {
    /// The draws of `key` at the place `salt`.
    #[must_use]
    #[inline]
    pub const fn new(key: u64, salt: u64) -> Self {
        Self {
            state: derive_key(key, salt),
        }
    }
}

impl Uniforms for KeyedDraws {
    #[inline]
    fn next_u64(&mut self) -> u64 {
        split_mix(&mut self.state)
    }
}

/// The key of the `number`-th thing that belongs to `key`: a request of a run, a call of a request.
#[must_use]
#[inline]
pub const fn derive_key(key: u64, number: u64) -> u64 {
    let mut state = key ^ number.wrapping_mul(KEY_STEP);
    split_mix(&mut state)
}

fn fnv1a(hash: u64, bytes: &[u8]) -> u64 {
    bytes.iter().fold(hash, |hash, byte| {
        (hash ^ u64::from(*byte)).wrapping_mul(FNV_PRIME)
    })
}

/// `SplitMix64`: moves the state on and returns the next output.
#[inline]
const fn split_mix(state: &mut u64) -> u64 {
    *state = state.wrapping_add(0x9e37_79b9_7f4a_7c15);
    let z = (*state ^ (*state >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    let z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    z ^ (z >> 31)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_folds_give_their_published_answers() {
        assert_eq!(fnv1a(FNV_OFFSET, b""), 0xcbf2_9ce4_8422_2325);
        assert_eq!(fnv1a(FNV_OFFSET, b"a"), 0xaf63_dc4c_8601_ec8c);
        assert_eq!(fnv1a(FNV_OFFSET, b"foobar"), 0x8594_4171_f739_67e8);
        let mut state = 1_234_567;
        let outputs: Vec<u64> = (0..3).map(|_| split_mix(&mut state)).collect();
        assert_eq!(
            outputs,
            [
                6_457_827_717_110_365_317,
                3_203_168_211_198_807_973,
                9_817_491_932_198_370_423
            ]
        );
    }

    #[test]
    fn the_generator_gives_its_published_answers() {
        let mut seed = [0; 32];
        for (word, chunk) in (1_u64..).zip(seed.chunks_exact_mut(8)) {
            chunk.copy_from_slice(&word.to_le_bytes());
        }
        let mut stream = RngStream {
            generator: Xoshiro256PlusPlus::from_seed(seed),
        };
        let outputs: Vec<u64> = (0..4).map(|_| stream.next_u64()).collect();
        assert_eq!(
            outputs,
            [
                41_943_041,
                58_720_359,
                3_588_806_011_781_223,
                3_591_011_842_654_386
            ]
        );
    }

    /// First output per key: pinned, because every golden figure hangs on the key's fold.
    #[test]
    fn keys_are_pinned_and_all_parts_count() {
        let first = |seed, replication, purpose, entity, ordinal| {
            RngStream::new(seed, replication, purpose, entity, ordinal).next_u64()
        };
        let base = first(1, 0, "load", "users", 0);
        assert_eq!(base, first(1, 0, "load", "users", 0));
        let mut all = vec![
            base,
            first(2, 0, "load", "users", 0),
            first(1, 1, "load", "users", 0),
            first(1, 0, "loadu", "sers", 0),
            first(1, 0, "load", "users", 1),
            first(1, 0, "load", "other", 0),
            first(0, 1, "load", "users", 0),
        ];
        all.sort_unstable();
        all.dedup();
        assert_eq!(all.len(), 7, "no two keys share a stream");
        assert_eq!(base, PINNED);
    }

    /// Computed by a separate program from the three published algorithms.
    const PINNED: u64 = 610_848_281_263_451_405;

    #[test]
    fn keyed_draws_are_even_and_do_not_follow_their_names() {
        let n = 40_000;
        let (mut sum, mut product) = (0.0, 0.0);
        let mut before = 0.5;
        for number in 0..n {
            let u = KeyedDraws::new(derive_key(17, number), 3).uniform();
            sum += u;
            product += (u - 0.5) * (before - 0.5);
            before = u;
        }
        let n = n as f64;
        // 5 standard errors of a mean of uniforms and of a mean product of neighbours.
        assert!((sum / n - 0.5).abs() < 0.0073, "{sum}");
        assert!((product / n).abs() < 0.0021, "{product}");
        let mut other = KeyedDraws::new(1, 2);
        assert_ne!(KeyedDraws::new(2, 1).next_u64(), other.next_u64());
        assert_eq!(
            KeyedDraws::new(1, 2).next_u64(),
            KeyedDraws::new(1, 2).next_u64()
        );
    }

    #[test]
    fn numbers_lie_in_their_ranges_evenly() {
        let mut stream = RngStream::new(7, 0, "test", "ranges", 0);
        let mut counts = [0_u32; 6];
        let mut sum = 0.0;
        for _ in 0..60_000 {
            counts[stream.below(6) as usize] += 1;
            let open = stream.uniform_open();
            assert!(open > 0.0 && open < 1.0);
            let half_open = stream.uniform();
            assert!((0.0..1.0).contains(&half_open));
            sum += half_open;
        }
        // 5 standard deviations of a binomial count and of a mean of uniforms.
        assert!(
            counts.iter().all(|n| n.abs_diff(10_000) < 460),
            "{counts:?}"
        );
        assert!((sum / 60_000.0 - 0.5).abs() < 0.006, "{sum}");
        assert_eq!(stream.below(1), 0);
        assert_eq!(stream.below(0), 0);
    }
}
