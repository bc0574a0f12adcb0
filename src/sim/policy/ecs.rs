//! The ECS service scheduler: where a task goes, and what a Fargate task is paid for.
//!
//! Rules as of the Amazon ECS developer guide, read 2026-11-23. The scheduler keeps the desired
//! count: whatever stops is replaced. By default it spreads a service's tasks over the Availability
//! Zones of its subnets; a task that cannot be had in one zone is launched in another (best effort,
//! unlike a strict topology spread). Fargate charges vCPU and memory by the second from the
//! download of the image until the task ends, a minute at least.

use crate::units::SimDuration;

/// A task that ends earlier is paid for as long.
pub const LEAST_CHARGED: SimDuration = SimDuration::from_s(60);

/// A running task that nothing checks, neither a load balancer nor its container, counts as healthy
/// after this time (Amazon ECS API reference, `DeploymentConfiguration`, read 2026-11-23).
pub const UNCHECKED_WAIT: SimDuration = SimDuration::from_s(40);

/// A zone of the service, as the scheduler sees it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ZoneView {
    /// Tasks of the service there.
    pub tasks: u32,
    /// A launch there would succeed.
    pub open: bool,
}

/// The position of the zone that the next task goes to: the one with the fewest tasks, the first of
/// equal ones; none when no zone has capacity.
#[must_use]
pub fn place(zones: &[ZoneView]) -> Option<usize> {
    let open = zones.iter().enumerate().filter(|(_, it)| it.open);
    open.min_by_key(|(_, it)| it.tasks).map(|(at, _)| at)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tasks_are_spread_over_the_zones_that_have_capacity() {
        #[track_caller]
        fn check(zones: &[(u32, bool)], expected: Option<usize>) {
            let view = |(tasks, open): &(u32, bool)| ZoneView {
                tasks: *tasks,
                open: *open,
            };
            let zones: Vec<_> = zones.iter().map(view).collect();
            assert_eq!(place(&zones), expected, "{zones:?}");
        }
        check(&[(2, true), (1, true), (1, true)], Some(1));
        check(&[(3, true), (0, false), (4, true)], Some(0));
        check(&[(0, false), (0, false)], None);
        check(&[], None);
    }
}
