//! What pods ask for and nodes have, and small sets: shared by the scheduler and by Karpenter,
//! which imitates it.

use crate::model::{TopologySpread, WhenUnsatisfiable, ZoneIndex};
use crate::units::{ByteSize, Cpu};

/// An amount of CPU and memory, exact in integers so that sums do not depend on their order.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Resources {
    /// CPU in milli-cores.
    pub cpu_m: u64,
    /// Memory in bytes.
    pub memory_bytes: u64,
}

impl Resources {
    /// From the model's quantities.
    #[must_use]
    pub const fn new(cpu: Cpu, memory: ByteSize) -> Self {
        Self {
            cpu_m: cpu.millis() as u64,
            memory_bytes: memory.bytes(),
        }
    }

    /// True when both amounts are at most `room`'s.
    #[must_use]
    pub const fn fit_in(self, room: Self) -> bool {
        self.cpu_m <= room.cpu_m && self.memory_bytes <= room.memory_bytes
    }

    /// Sum; saturates.
    #[must_use]
    pub const fn plus(self, other: Self) -> Self {
        Self {
            cpu_m: self.cpu_m.saturating_add(other.cpu_m),
            memory_bytes: self.memory_bytes.saturating_add(other.memory_bytes),
        }
    }

    /// Difference; saturates at zero.
    #[must_use]
    pub const fn minus(self, other: Self) -> Self {
        Self {
            cpu_m: self.cpu_m.saturating_sub(other.cpu_m),
            memory_bytes: self.memory_bytes.saturating_sub(other.memory_bytes),
        }
    }

    /// So many times as much; saturates.
    #[must_use]
    pub const fn times(self, count: u32) -> Self {
        Self {
            cpu_m: self.cpu_m.saturating_mul(count as u64),
            memory_bytes: self.memory_bytes.saturating_mul(count as u64),
        }
    }
}

/// What the parts of a pod ask for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct PodRequests {
    /// Its containers together, which run at the same time.
    pub containers: Resources,
    /// The most that an init container asks for; they run before, one after the other.
    pub init: Resources,
    /// What its runtime takes besides (`RuntimeClass`).
    pub overhead: Resources,
}

impl PodRequests {
    /// What a node has to set aside: the larger of the two phases, and the overhead.
    #[must_use]
    pub const fn effective(self) -> Resources {
        let (main, init) = (self.containers, self.init);
        let most = Resources {
            cpu_m: if main.cpu_m > init.cpu_m {
                main.cpu_m
            } else {
                init.cpu_m
            },
            memory_bytes: if main.memory_bytes > init.memory_bytes {
                main.memory_bytes
            } else {
                init.memory_bytes
            },
        };
        most.plus(self.overhead)
    }
}

/// A set of numbers below 64, such as taints or ports, without allocation.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct SmallSet(u64);

impl SmallSet {
    /// Numbers that fit.
    pub const LIMIT: usize = 64;

    /// Adds a number; one that does not fit is left out.
    pub const fn insert(&mut self, number: usize) {
        if number < Self::LIMIT {
            self.0 |= 1 << number;
        }
    }

    /// True when every member is in `other` too.
    #[must_use]
    pub const fn is_within(self, other: Self) -> bool {
        self.0 & !other.0 == 0
    }

    /// True when some member is in both.
    #[must_use]
    pub const fn meets(self, other: Self) -> bool {
        self.0 & other.0 != 0
    }

    /// The members that are in either.
    #[must_use]
    pub const fn with(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }

    /// The members that are not in `other`.
    #[must_use]
    pub const fn without(self, other: Self) -> Self {
        Self(self.0 & !other.0)
    }

    /// The smallest member.
    #[must_use]
    pub const fn first(self) -> Option<u16> {
        if self.0 == 0 {
            None
        } else {
            // At most 63.
            Some(self.0.trailing_zeros() as u16)
        }
    }

    /// How many there are.
    #[must_use]
    pub const fn len(self) -> u32 {
        self.0.count_ones()
    }

    /// True without members.
    #[must_use]
    pub const fn is_empty(self) -> bool {
        self.0 == 0
    }
}

impl FromIterator<usize> for SmallSet {
    fn from_iter<I: IntoIterator<Item = usize>>(numbers: I) -> Self {
        let mut set = Self::default();
        for number in numbers {
            set.insert(number);
        }
        set
    }
}

/// A set of zones, without allocation.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct ZoneSet([u64; 4]);

impl ZoneSet {
    /// Adds a zone.
    pub const fn insert(&mut self, zone: ZoneIndex) {
        self.0[zone.index() / 64] |= 1 << (zone.index() % 64);
    }

    /// True when the zone is in the set.
    #[must_use]
    pub const fn contains(&self, zone: ZoneIndex) -> bool {
        self.0[zone.index() / 64] & (1 << (zone.index() % 64)) != 0
    }

    /// The zones, lowest index first.
    pub fn iter(&self) -> impl Iterator<Item = ZoneIndex> + use<> {
        let mut words = self.0;
        std::iter::from_fn(move || {
            let word = words.iter().position(|bits| *bits != 0)?;
            let bit = words[word].trailing_zeros();
            words[word] &= words[word] - 1;
            u8::try_from(word as u32 * 64 + bit).ok().map(ZoneIndex)
        })
    }
}

impl FromIterator<ZoneIndex> for ZoneSet {
    fn from_iter<I: IntoIterator<Item = ZoneIndex>>(zones: I) -> Self {
        let mut set = Self::default();
        for zone in zones {
            set.insert(zone);
        }
        set
    }
}

/// The zones a spread constraint looks at, with the emptiest of them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SpreadDomains<'a> {
    pods_per_zone: &'a [u32],
    lowest: Option<(ZoneIndex, u32)>,
}

impl<'a> SpreadDomains<'a> {
    /// `pods_per_zone` counts the workload's pods by zone index, terminating ones left out; a zone
    /// beyond its end has none. Of two emptiest zones the first counts as the lowest.
    #[must_use]
    pub fn new(pods_per_zone: &'a [u32], domains: ZoneSet) -> Self {
        let lowest = domains
            .iter()
            .map(|zone| (zone, count_in(pods_per_zone, zone)))
            .min_by_key(|(_, count)| *count);
        Self {
            pods_per_zone,
            lowest,
        }
    }

    /// Pods of the workload in a zone.
    #[must_use]
    pub fn count(&self, zone: ZoneIndex) -> u32 {
        count_in(self.pods_per_zone, zone)
    }

    /// The emptiest domain and its pods; `None` without domains.
    #[must_use]
    pub const fn lowest(&self) -> Option<(ZoneIndex, u32)> {
        self.lowest
    }

    /// The rule of `DoNotSchedule`: one more pod in `zone` must not exceed the emptiest domain by
    /// more than `max_skew`.
    #[must_use]
    pub fn allows(&self, zone: ZoneIndex, max_skew: u32) -> bool {
        let lowest = self.lowest.map_or(0, |(_, count)| count);
        self.count(zone) < lowest.saturating_add(max_skew)
    }
}

/// The largest skew a constraint enforces; `None` when it only ranks nodes.
#[must_use]
pub fn enforced_skew(spread: Option<&TopologySpread>) -> Option<u32> {
    spread
        .filter(|s| s.when_unsatisfiable == WhenUnsatisfiable::DoNotSchedule)
        .map(|s| s.max_skew)
}

fn count_in(pods_per_zone: &[u32], zone: ZoneIndex) -> u32 {
    pods_per_zone.get(zone.index()).copied().unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(counts: &[u32], max_skew: u32, allowed: &[u8]) {
        let zones = || (0_u8..).map(ZoneIndex).take(counts.len());
        let domains = SpreadDomains::new(counts, zones().collect());
        let got: Vec<u8> = zones()
            .filter(|zone| domains.allows(*zone, max_skew))
            .map(|zone| zone.0)
            .collect();
        assert_eq!(got, allowed, "{counts:?} with a skew of {max_skew}");
    }

    #[test]
    fn a_spread_allows_what_kubernetes_allows() {
        check(&[2, 2, 1], 1, &[2]);
        check(&[2, 2, 1], 2, &[0, 1, 2]);
        check(&[2, 2, 2], 1, &[0, 1, 2]);
        check(&[3, 0, 0], 1, &[1, 2]);
        check(&[1, 1, 6], 5, &[0, 1]);
        check(&[1, 1, 5], 5, &[0, 1, 2]);
        check(&[7], 1, &[0]);
    }

    #[test]
    fn a_zone_set_holds_every_index() {
        for i in 0..=u8::MAX {
            let set: ZoneSet = [ZoneIndex(i)].into_iter().collect();
            let found: Vec<u8> = (0..=u8::MAX)
                .filter(|j| set.contains(ZoneIndex(*j)))
                .collect();
            assert_eq!(found, [i]);
            assert!(set.iter().eq([ZoneIndex(i)]));
        }
        assert!(ZoneSet::default().iter().next().is_none());
        let some: ZoneSet = [200, 0, 64, 63].into_iter().map(ZoneIndex).collect();
        let listed: Vec<u8> = some.iter().map(|zone| zone.0).collect();
        assert_eq!(listed, [0, 63, 64, 200]);
    }

    #[test]
    fn amounts_fit_by_the_scarcer_resource() {
        #[track_caller]
        fn check(cpu_m: u64, memory_bytes: u64, fits: bool) {
            let room = Resources {
                cpu_m: 1930,
                memory_bytes: 7000,
            };
            let amount = Resources {
                cpu_m,
                memory_bytes,
            };
            assert_eq!(amount.fit_in(room), fits);
            assert_eq!(room.minus(amount).plus(amount) == room, fits);
        }
        check(1930, 7000, true);
        check(0, 0, true);
        check(1931, 1, false);
        check(1, 7001, false);
    }
}
