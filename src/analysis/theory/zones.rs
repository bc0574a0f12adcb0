//! Zones: capacity that survives one, and how much traffic crosses between them.
//!
//! Zones fail independently. Sources: elementary; the sizing rule is static stability as in AWS,
//! *Fault Isolation Boundaries*, 2022.

use super::TheoryError;
use super::distribution::{binomial, from, mean_of};
use super::range::{at_least_one, non_negative, positive, share};

/// Equal zones that serve a demand together.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct ZonalCapacity {
    /// Zones, 1 or more.
    pub zones: u32,
    /// Share of time each is up.
    pub zone_availability: f64,
    /// What one can serve, in any unit.
    pub capacity_per_zone: f64,
    /// What is asked for, in the same unit, above 0.
    pub demand: f64,
}

impl ZonalCapacity {
    fn zones_up(&self) -> Result<Vec<f64>, TheoryError> {
        at_least_one("the number of zones", self.zones)?;
        non_negative("the capacity of a zone", self.capacity_per_zone)?;
        positive("the demand", self.demand)?;
        let up = share("the availability of a zone", self.zone_availability)?;
        binomial(self.zones, up)
    }

    /// Share of time in which the zones that are up can serve the whole demand.
    ///
    /// # Errors
    /// Arguments out of range.
    pub fn p_full_service(&self) -> Result<f64, TheoryError> {
        let up = self.zones_up()?;
        let enough = |n: &u32| f64::from(*n) * self.capacity_per_zone >= self.demand;
        let least = (0..=self.zones).find(enough);
        Ok(least.map_or(0.0, |least| from(&up, least as usize)))
    }

    /// Mean share of the demand that is served.
    ///
    /// # Errors
    /// Arguments out of range.
    pub fn expected_served(&self) -> Result<f64, TheoryError> {
        let up = self.zones_up()?;
        let served = |n: f64| (n * self.capacity_per_zone / self.demand).min(1.0);
        Ok(mean_of(&up, served))
    }

    /// What there is beyond the demand, as a share of it; negative when there is less.
    ///
    /// # Errors
    /// Arguments out of range.
    pub fn over_provision(&self) -> Result<f64, TheoryError> {
        self.zones_up()?;
        Ok(f64::from(self.zones) * self.capacity_per_zone / self.demand - 1.0)
    }
}

/// A peak that zones have to serve after losing some of them.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct ZonalSizing {
    /// Zones, more than are lost.
    pub zones: u32,
    /// Zones lost.
    pub zones_lost: u32,
    /// Requests per second at the peak, above 0.
    pub peak_rate: f64,
    /// Requests per second that one instance can serve, above 0.
    pub instance_rate: f64,
    /// Share of that which it should serve, above 0 up to 1.
    pub target_utilization: f64,
}

/// Instances for that.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct ZonalFleet {
    /// Instances that serve the peak.
    pub needed: f64,
    /// Instances in each zone, so that those left are enough.
    pub per_zone: f64,
    /// Instances in all zones.
    pub total: f64,
    /// Those beyond the needed ones, as a share of them.
    pub extra: f64,
}

impl ZonalSizing {
    /// The smallest fleet of equal zones.
    ///
    /// # Errors
    /// Arguments out of range, and no zone left.
    pub fn fleet(&self) -> Result<ZonalFleet, TheoryError> {
        let peak = positive("the peak", self.peak_rate)?;
        let each = positive("the rate of an instance", self.instance_rate)?;
        share("the target utilization", self.target_utilization)?;
        let target = positive("the target utilization", self.target_utilization)?;
        let left = self.zones.saturating_sub(self.zones_lost);
        let left = at_least_one("the number of zones left", left)?;
        let needed = whole(peak / (each * target));
        let per_zone = whole(needed / left);
        let total = per_zone * f64::from(self.zones);
        Ok(ZonalFleet {
            needed,
            per_zone,
            total,
            extra: total / needed - 1.0,
        })
    }
}

/// The next whole number, forgiving what decimal fractions lose in binary.
fn whole(x: f64) -> f64 {
    (x * (1.0 - 1e-12)).ceil()
}

/// How a request finds the next service of its chain.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Routing {
    /// Any zone, with equal chances.
    UniformRandom,
    /// The zone in which it is.
    Zonal,
}

/// Mean number of `hops` (0 or more) from service to service that cross between `zones` (1 or
/// more): h (1 - 1/z) at random.
///
/// # Errors
/// No zone.
pub fn cross_zone_hops(zones: u32, hops: u32, routing: Routing) -> Result<f64, TheoryError> {
    let z = at_least_one("the number of zones", zones)?;
    Ok(match routing {
        Routing::UniformRandom => f64::from(hops) * (1.0 - 1.0 / z),
        Routing::Zonal => 0.0,
    })
}

/// Chance that a request with `hops` hops never leaves its zone: z^(-h) at random.
///
/// # Errors
/// No zone.
pub fn p_stays(zones: u32, hops: u32, routing: Routing) -> Result<f64, TheoryError> {
    let z = at_least_one("the number of zones", zones)?;
    Ok(match routing {
        Routing::UniformRandom => libm::pow(z, -f64::from(hops)),
        Routing::Zonal => 1.0,
    })
}

/// Share of requests that one bad zone touches, in a chain of `services` (1 or more) services:
/// 1 - (1 - 1/z)^h at random, 1/z when a request stays in its zone.
///
/// # Errors
/// No zone, and no service.
pub fn touched_by_a_zone(zones: u32, services: u32, routing: Routing) -> Result<f64, TheoryError> {
    let z = at_least_one("the number of zones", zones)?;
    let n = at_least_one("the number of services", services)?;
    Ok(match routing {
        Routing::UniformRandom => -libm::expm1(n * libm::log1p(-1.0 / z)),
        Routing::Zonal => 1.0 / z,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_zone_is_all_or_nothing() {
        let capacity = ZonalCapacity {
            zones: 1,
            zone_availability: 0.99,
            capacity_per_zone: 10.0,
            demand: 10.0,
        };
        let full = capacity.p_full_service().expect("valid");
        let served = capacity.expected_served().expect("valid");
        assert!((full - 0.99).abs() + (served - 0.99).abs() < 1e-12);
        let small = ZonalCapacity {
            capacity_per_zone: 9.0,
            ..capacity
        };
        assert!(small.p_full_service().expect("valid") <= 0.0);
        assert!(
            ZonalCapacity {
                zones: 0,
                ..capacity
            }
            .over_provision()
            .is_err()
        );
    }

    #[test]
    fn decimal_fractions_do_not_add_an_instance() {
        let sizing = ZonalSizing {
            zones: 3,
            zones_lost: 1,
            peak_rate: 2100.0,
            instance_rate: 100.0,
            target_utilization: 0.7,
        };
        let fleet = sizing.fleet().expect("valid");
        assert!((fleet.needed - 30.0).abs() + (fleet.per_zone - 15.0).abs() < 1e-12);
        let none = ZonalSizing {
            zones_lost: 3,
            ..sizing
        };
        assert!(none.fleet().is_err());
    }

    #[test]
    fn a_single_zone_is_never_left_and_always_touched() {
        for routing in [Routing::UniformRandom, Routing::Zonal] {
            assert!(cross_zone_hops(1, 5, routing).expect("valid") <= 0.0);
            assert!(p_stays(1, 5, routing).expect("valid") >= 1.0);
            assert!(touched_by_a_zone(1, 5, routing).expect("valid") >= 1.0);
            assert!(p_stays(0, 1, routing).is_err());
        }
    }
}
