//! Name resolution that does not answer: what was looked up before works until it expires.
//!
//! The real thing. Nobody needs DNS while he knows the address. When a resolver goes away, whoever
//! has a copy of the record goes on until its time to live is over, so the loss creeps in along the
//! TTL; when the resolver is back everybody who asks gets an answer at once, so it ends in an
//! instant. Users ask public DNS for the balancer's name, whose record lives for 60 s; pods ask
//! CoreDNS in the cluster for whatever they call, and what their processes keep is a setting of the
//! language (`dns_cache_ttl`).
//!
//! Assumed: copies of a record have ages spread evenly over the TTL, here in steps; who has none
//! fails at once (a resolver that cannot ask answers SERVFAIL, though it may take seconds to); a
//! pod's request fails when one of the calls that it needs does, after the pod's own work.
//!
//! Left out: connections that are open already and need no name (a pool keeps them for its own
//! lifetime), negative answers that are cached, resolvers that serve stale records (RFC 8767),
//! consumers of queues, platforms without a balancer, whose users need no public name.

use super::notes::Entity;
use super::{Cause, Control, ControlEvent};
use crate::model::Resolver;
use crate::sim::event::{ContactEvent, EventKind};
use crate::sim::faults::Effect;
use crate::sim::flow::Conduct;
use crate::units::SimDuration;

/// The shortest step in which the share of those who have forgotten is renewed.
const STEP: SimDuration = SimDuration::from_s(5);
/// Steps until everybody has, where that takes longer.
const STEPS: u64 = 20;

impl Control {
    /// A resolver stops answering.
    pub(super) fn names_lost(&mut self, fault: usize, resolver: Resolver, cause: Cause) {
        self.n_names_away += 1;
        let ttl = self.longest_memory(resolver);
        let kind = EventKind::Contact(ContactEvent::NamesLost { resolver, ttl });
        self.tell(Entity::Zone, None, cause, kind);
        self.names_fade(fault);
    }

    /// A resolver answers again.
    pub(super) fn names_return(&mut self, resolver: Resolver, cause: Cause) {
        self.n_names_away -= 1;
        let kind = EventKind::Contact(ContactEvent::NamesBack { resolver });
        self.tell(Entity::Zone, None, cause, kind);
        self.wants_publish = true;
    }

    /// A few more clients of a resolver that is away have forgotten what they knew.
    pub(in crate::sim) fn names_fade(&mut self, fault: usize) {
        self.wants_publish = true;
        let Effect::DnsLoss(resolver) = self.faults[fault].effect else {
            return;
        };
        let age = self.now.since(self.faults[fault].start);
        let longest = self.longest_memory(resolver);
        if age < longest && self.now < self.faults[fault].end {
            let step = STEP.max(SimDuration::from_ns(longest.as_ns() / STEPS));
            let step = step.min(longest.saturating_sub(age));
            let event = ControlEvent::NamesFade(fault as u32);
            self.queue.push(self.now + step, event);
        }
    }

    /// How long the last client of a resolver remembers what it was told.
    fn longest_memory(&self, resolver: Resolver) -> SimDuration {
        match resolver {
            Resolver::Public => {
                let balancer = self.world.balancer.as_ref();
                balancer.map_or(SimDuration::ZERO, |it| it.ttl)
            }
            Resolver::Cluster => {
                let memories = self.world.workloads.iter().map(|it| it.dns_cache_ttl);
                memories.max().unwrap_or(SimDuration::ZERO)
            }
        }
    }

    /// Share of the clients that have forgotten what they knew from a resolver, if they keep it for
    /// `ttl`.
    pub(super) fn forgotten(&self, resolver: Resolver, ttl: SimDuration) -> f64 {
        let mut share: f64 = 0.0;
        if self.n_names_away == 0 {
            return share;
        }
        for fault in &self.faults {
            let lasts = fault.start <= self.now && self.now < fault.end;
            if lasts && fault.effect == Effect::DnsLoss(resolver) {
                let age = self.now.since(fault.start);
                share = share.max(if age >= ttl {
                    1.0
                } else {
                    age.as_s_f64() / ttl.as_s_f64()
                });
            }
        }
        share
    }

    /// Adds to what pods are like the requests that fail for want of a name.
    pub(super) fn show_lost_names(&self, conduct: &mut [Conduct]) {
        for (owner, conduct) in self.world.workloads.iter().zip(conduct) {
            let lost = owner.names_needed * self.forgotten(Resolver::Cluster, owner.dns_cache_ttl);
            if lost > 0.0 {
                conduct.error_share = 1.0 - (1.0 - conduct.error_share) * (1.0 - lost);
            }
        }
    }
}
