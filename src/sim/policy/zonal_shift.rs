//! Zonal shift: traffic of a load balancer goes around a zone.
//!
//! The real thing. Operators of a balancer that allows it (`zonal_shift.config.enabled`) tell the
//! Application Recovery Controller to shift its traffic away from one zone, for up to three days;
//! with zonal autoshift AWS does so by itself when its telemetry finds the zone impaired, and takes
//! it back when the zone is well. The address of the balancer's node there leaves DNS at once, and
//! clients follow within its TTL. With cross-zone balancing on, the nodes of other zones also send
//! nothing to the zone's targets any more. Pods are neither stopped nor moved, and no other pod
//! is started: what is left has to carry everything (static stability).
//!
//! The cluster's traffic can be shifted too (EKS). Its nodes in the zone are cordoned, the
//! addresses of the pods there leave the EndpointSlices and the target groups, managed node groups
//! launch in the other zones only, and so does Karpenter, which takes no node there of its own
//! accord and counts on none of them for the pods of others. No pod is evicted: when the shift is
//! over the traffic comes back to the capacity that stayed.
//!
//! Rules: Elastic Load Balancing user guides, "Zonal shift" (ALB and NLB, read 2026-11-23), and
//! botocore 1.44.5. Until 2024 cross-zone balancing had to be off. EKS user guide, "ARC zonal
//! shift"; Karpenter's part is of 2026-05 (`settings.enableZonalShift`, which is taken to be on).
//! Read 2026-11-23.
//!
//! Assumed: the record changes at the moment of the shift; AWS finds trouble, and its end, after
//! `autoshift_delay`, which nobody publishes, and shifts for power loss and for a degraded network;
//! trouble that is over sooner is never shifted for. A balancer without another zone to send to
//! ignores the shift, as DNS does when every address fails, and so does a workload of the cluster
//! that serves in no other zone. Where balancer and cluster take part AWS shifts them together.
//!
//! Left out: the weekly practice runs of autoshift, connections that are still open (they may last
//! minutes), Cluster Autoscaler's estimate for the zone, spare nodes of the other zones.

use crate::units::{SimDuration, SimTime};

/// What a balancer knows of its node in one zone.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct NodeView {
    /// It can serve.
    pub healthy: bool,
    /// Traffic is shifted away from its zone.
    pub shifted: bool,
}

impl NodeView {
    const fn serves(self) -> bool {
        self.healthy && !self.shifted
    }
}

/// Whether an address is in DNS, for each of the balancer's nodes: those that serve, or all of them
/// when none does.
pub fn listed(nodes: &[NodeView]) -> impl Iterator<Item = bool> + '_ {
    let none_serves = !nodes.iter().any(|it| it.serves());
    nodes.iter().map(move |it| it.serves() || none_serves)
}

/// When AWS shifts away from a zone and back again, for trouble from `start` to `end` that it finds
/// after `delay`; none when the trouble is over before.
#[must_use]
pub fn autoshift(start: SimTime, end: SimTime, delay: SimDuration) -> Option<(SimTime, SimTime)> {
    let begin = start + delay;
    (begin < end).then(|| (begin, end + delay))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn node(healthy: bool, shifted: bool) -> NodeView {
        NodeView { healthy, shifted }
    }

    #[test]
    fn a_shift_takes_an_address_out_while_another_serves() {
        let names = |nodes: &[NodeView]| listed(nodes).collect::<Vec<_>>();
        let well = node(true, false);
        assert_eq!(names(&[node(true, true), well, well]), [false, true, true]);
        assert_eq!(names(&[node(true, true), node(false, false)]), [true, true]);
        assert_eq!(names(&[node(true, true)]), [true], "there is no other zone");
        assert!(names(&[]).is_empty());
    }

    #[test]
    fn short_trouble_is_never_shifted_for() {
        let (start, delay) = (SimTime::from_s(100), SimDuration::from_s(30));
        let shift = |end_s| autoshift(start, SimTime::from_s(end_s), delay);
        assert_eq!(shift(130), None);
        let expected = (SimTime::from_s(130), SimTime::from_s(161));
        assert_eq!(shift(131), Some(expected));
    }
}
