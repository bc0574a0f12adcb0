//! Deregistration: what a target that leaves does with what it is still sent.
//!
//! The real thing. When a pod is deleted, two chains begin at once and know nothing of each other.
//! The kubelet runs the container's `preStop` hook, then sends SIGTERM, upon which most servers
//! take no new connections, finish what they have and end; what is left after the grace period
//! (hook included) is killed. The AWS Load Balancer Controller meanwhile sees the pod leave the
//! endpoints and calls `DeregisterTargets`, and some seconds later the balancer's nodes send
//! nothing new to it; requests under way may go on for the deregistration delay. A pod that stops
//! before the balancer has heard of it refuses what it is sent: 502. A `preStop` sleep that is
//! longer than the balancer needs closes the gap. Once the pod is gone nobody answers at all. A pod
//! whose process ends by itself stops at once, and is sent requests until the balancer has heard of
//! it or its probes have failed, whichever is first.
//!
//! Rules: Kubernetes, "Pod Lifecycle", "Termination of Pods"; Application Load Balancer user guide,
//! "Deregistration delay" (0 to 3600 s, 300 s by default, ends early without requests under way);
//! issues 1064, 1719, 2106 and 2366 of the AWS Load Balancer Controller for how long it takes. Read
//! 2026-11-23.
//!
//! Assumed: all nodes of a balancer hear of it at the same time; a server stops taking requests at
//! SIGTERM, and at once.
//!
//! Left out: servers that ignore SIGTERM, idle connections kept alive, targets of type `instance`
//! (nodes stay registered when a pod ends, and kube-proxy forgets it within a second).

use crate::units::SimTime;

/// When a target that leaves stops, and when the balancer does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Leaving {
    /// The pod takes no new requests from then on: SIGTERM.
    pub stops_at: SimTime,
    /// The balancer sends it nothing new from then on.
    pub forgotten_at: SimTime,
}

/// What becomes of a request that is sent to such a target.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Answer {
    /// It is served.
    Served,
    /// It is refused at once.
    Refused,
    /// Nobody answers: the pod is gone, or its machine.
    Silence,
    /// None is sent any more.
    Forgotten,
}

impl Leaving {
    /// What a request meets at `now`; `is_there` while the pod exists on a living machine.
    #[must_use]
    pub fn answer(self, now: SimTime, is_there: bool) -> Answer {
        if now >= self.forgotten_at {
            Answer::Forgotten
        } else if !is_there {
            Answer::Silence
        } else if now >= self.stops_at {
            Answer::Refused
        } else {
            Answer::Served
        }
    }

    /// The pod stops while it is still sent requests.
    #[must_use]
    pub fn is_too_early(self) -> bool {
        self.stops_at < self.forgotten_at
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sleep_that_is_longer_than_the_balancer_needs_closes_the_gap() {
        let answers = |sleep_s: u64, needs_s: u64| {
            let leaving = Leaving {
                stops_at: SimTime::from_s(100 + sleep_s),
                forgotten_at: SimTime::from_s(100 + needs_s),
            };
            let at = [100, 105, 112, 140].map(SimTime::from_s);
            // The grace period of 30 s ends at 130.
            let answers = at.map(|now| leaving.answer(now, now < SimTime::from_s(130)));
            (leaving.is_too_early(), answers)
        };
        use Answer::{Forgotten, Refused, Served, Silence};
        let none = answers(0, 10);
        assert_eq!(none, (true, [Refused, Refused, Forgotten, Forgotten]));
        let short = answers(8, 15);
        assert_eq!(short, (true, [Served, Served, Refused, Forgotten]));
        let enough = answers(15, 10);
        assert_eq!(enough, (false, [Served, Served, Forgotten, Forgotten]));
        let slow = answers(15, 60);
        assert_eq!(slow, (true, [Served, Served, Served, Silence]));
    }
}
