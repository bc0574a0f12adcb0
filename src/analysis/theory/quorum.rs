//! Quorums over copies that stand in zones.
//!
//! A copy answers when its zone and its node are up; zones and nodes fail independently. Source:
//! Verbitski et al., "Amazon Aurora", SIGMOD 2017 (six copies, two in each of three zones).

use super::TheoryError;
use super::distribution::{binomial, from, listed};
use super::range::{at_least_one, count, share};

/// Copies spread evenly over zones.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct ZonedCopies {
    /// Zones, 1 or more.
    pub zones: u32,
    /// Copies in each, 1 or more.
    pub copies_per_zone: u32,
    /// Chance that a zone is down, 0 to 1.
    pub zone_unavailability: f64,
    /// Chance that a node is down while its zone is up, 0 to 1.
    pub node_unavailability: f64,
}

impl ZonedCopies {
    /// Chance that fewer than `quorum` copies answer: over the number of zones that are down, the
    /// binomial chance that too many nodes of the others are.
    ///
    /// # Errors
    /// Arguments out of range; a quorum of more copies than there are; too many zones and copies.
    pub fn p_short_of(&self, quorum: u32) -> Result<f64, TheoryError> {
        at_least_one("the number of zones", self.zones)?;
        at_least_one("the copies in a zone", self.copies_per_zone)?;
        let copies = self.zones.saturating_mul(self.copies_per_zone);
        count(
            "the quorum",
            quorum,
            (0, copies),
            "0 to the number of copies",
        )?;
        // Every number of zones lists its copies.
        listed(self.zones.saturating_mul(copies))?;
        let zone = share("the unavailability of a zone", self.zone_unavailability)?;
        let node = share("the unavailability of a node", self.node_unavailability)?;
        let mut short = 0.0;
        for (zones_down, p) in (0..=self.zones).zip(binomial(self.zones, zone)?) {
            let nodes = (self.zones - zones_down) * self.copies_per_zone;
            let short_here = match nodes.checked_sub(quorum) {
                Some(spare) => from(&binomial(nodes, node)?, spare as usize + 1),
                None => 1.0,
            };
            short += p * short_here;
        }
        Ok(short)
    }
}

/// Copies left of `zones` x `per_zone` after whole zones and further copies are lost; none when
/// more are lost than there are.
///
/// # Errors
/// More zones lost than there are.
pub fn copies_left(
    (zones, per_zone): (u32, u32),
    zones_lost: u32,
    further_lost: u32,
) -> Result<u32, TheoryError> {
    let lost = count("the zones lost", zones_lost, (0, zones), "0 to the zones")?;
    let left = (zones - lost).saturating_mul(per_zone);
    Ok(left.saturating_sub(further_lost))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn perfect_zones_leave_k_of_n_and_perfect_nodes_leave_zones() {
        let copies = ZonedCopies {
            zones: 3,
            copies_per_zone: 2,
            zone_unavailability: 0.0,
            node_unavailability: 0.5,
        };
        // Fewer than 4 of 6 fair coins: 1 - (15 + 6 + 1) / 64.
        let short = copies.p_short_of(4).expect("valid");
        assert!((short - 42.0 / 64.0).abs() < 1e-12);
        let zonal = ZonedCopies {
            zone_unavailability: 0.1,
            node_unavailability: 0.0,
            ..copies
        };
        let short = zonal.p_short_of(4).expect("valid");
        assert!((short - (3.0 * 0.9 * 0.01 + 0.001)).abs() < 1e-12);
        assert!(copies.p_short_of(7).is_err());
        let vast = ZonedCopies {
            zones: 10_000,
            copies_per_zone: 10_000_000,
            ..copies
        };
        assert!(matches!(
            vast.p_short_of(1),
            Err(TheoryError::TooLarge { .. })
        ));
    }

    #[test]
    fn zones_take_their_copies_along() {
        assert_eq!(copies_left((3, 2), 1, 1), Ok(3));
        assert_eq!(copies_left((3, 2), 3, 1), Ok(0));
        assert!(copies_left((3, 2), 4, 0).is_err());
    }
}
