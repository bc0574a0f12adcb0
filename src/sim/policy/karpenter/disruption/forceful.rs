//! What no budget holds back: old, impaired and broken nodes.
//!
//! The real thing. A node claim is deleted at the age `expireAfter`. EC2's status checks are read
//! every minute; an instance that they have called impaired for two minutes is terminated at once,
//! without a drain. With the feature gate `NodeRepair` a node that is not Ready for half an hour is
//! terminated too, but only while at most a fifth of its pool, rounded up, is not. For none of
//! these is a replacement launched first: the pods become pending, and nodes are launched for them.
//!
//! Assumed: EC2 tests its instances every minute, so that one is called impaired from the first
//! full minute after it stopped; Karpenter reads the results half a minute later, in the mean of
//! what may be.

use crate::units::{IntOrPercent, Ratio, SimDuration, SimTime};

/// Karpenter reads the status checks this often; EC2 makes them as often (AWS provider 1.14.1).
const STATUS_PERIOD: SimDuration = SimDuration::from_s(60);
/// From a check until it is read.
const READ_AFTER: SimDuration = SimDuration::from_s(30);
/// An instance that has been impaired for this long is terminated (AWS provider 1.14.1).
const IMPAIRED_FOR: SimDuration = SimDuration::from_s(120);
/// A node that has not been Ready for this long is repaired (AWS provider 1.14.1).
const NOT_READY_FOR: SimDuration = SimDuration::from_s(30 * 60);
/// Nothing is repaired in a pool of which more than this is not Ready (Karpenter 1.14.1).
const MOST_UNHEALTHY: IntOrPercent = IntOrPercent::Percent(Ratio::new_const(0.2));

/// When a pool that was too unhealthy is looked at again (Karpenter 1.14.1).
pub const REPAIR_RETRY: SimDuration = SimDuration::from_min(5);

/// When a node's age is its pool's `expireAfter`.
#[must_use]
pub fn expires_at(created_at: SimTime, expire_after: SimDuration) -> SimTime {
    created_at + expire_after
}

/// When Karpenter terminates an instance that stopped at `stopped_at`, if EC2 reports it.
#[must_use]
pub fn impaired_ends_at(stopped_at: SimTime) -> SimTime {
    let period = STATUS_PERIOD.as_ns();
    let impaired_since = (stopped_at.as_ns() / period + 1).saturating_mul(period);
    SimTime::from_ns(impaired_since) + IMPAIRED_FOR + READ_AFTER
}

/// When a node that is not Ready since `since` is to be repaired.
#[must_use]
pub fn repair_due(since: SimTime) -> SimTime {
    since + NOT_READY_FOR
}

/// True while few enough nodes of a pool are not Ready for one to be repaired.
#[must_use]
pub fn may_repair(n_unhealthy: u32, n_nodes: u32) -> bool {
    n_unhealthy <= MOST_UNHEALTHY.rounded_up_of(n_nodes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_impaired_instance_goes_about_three_minutes_after_it_stopped() {
        for stopped_s in 0..600 {
            let stopped_at = SimTime::from_s(stopped_s);
            let wait = impaired_ends_at(stopped_at).since(stopped_at);
            assert!((150.0..=210.0).contains(&wait.as_s_f64()), "{wait}");
        }
    }

    #[test]
    fn a_fifth_of_a_pool_may_be_repaired() {
        #[track_caller]
        fn check(n_unhealthy: u32, n_nodes: u32, expected: bool) {
            assert_eq!(may_repair(n_unhealthy, n_nodes), expected);
        }
        check(1, 3, true);
        check(2, 3, false);
        check(2, 10, true);
        check(3, 10, false);
        check(3, 11, true);
    }
}
