//! Names: who goes on with an address that was looked up before.
//!
//! The real thing. Nobody needs DNS while he knows the address. When a resolver goes away, whoever
//! has a copy of the record goes on until its time to live is over, so the loss creeps in along the
//! TTL; when the resolver is back everybody who asks gets an answer at once, so it ends in an
//! instant. When a name comes to stand for another address it is the other way round: a database's
//! endpoint names the new writer once that is promoted, its record lives for 5 s, and each process
//! goes on asking the old instance until its own copy is gone. Users ask public DNS for the
//! balancer's name, whose record lives for 60 s; pods ask CoreDNS in the cluster for whatever they
//! call (tasks of ECS ask the resolver of their VPC, which no fault takes away), and what their
//! processes keep is a setting of the language (`dns_cache_ttl`).
//!
//! Assumed: copies expire along a straight line (`policy/name_cache.rs`); who has none fails at
//! once (a resolver that cannot ask answers SERVFAIL, though it may take seconds to); a pod's
//! request fails when one of the calls that it needs does, after the pod's own work. With an old
//! address, all requests of a pod fail that need the database, and those of other pods are none the
//! worse: the share of the pods is the share of the requests. In truth they wait for their timeout
//! and hold up what else the pod does; here they fail at once. A process that begins after the
//! change knows nothing old, so where addresses are kept for ever, new pods are the cure.
//!
//! Left out: connections that are open already and need no name (a pool keeps them for its own
//! lifetime), negative answers that are cached, resolvers that serve stale records (RFC 8767),
//! consumers of queues, platforms without a balancer, whose users need no public name, drivers that
//! know all instances of a cluster and ask them instead of DNS, reboots of a pod's node.

use super::notes::Entity;
use super::{Cause, Control, ControlEvent};
use crate::model::Resolver;
use crate::sim::event::{ContactEvent, EventKind};
use crate::sim::flow::Conduct;
use crate::sim::policy::name_cache::{self, DATABASE_RECORD_TTL};
use crate::sim::world::Workload;
use crate::units::{SimDuration, SimTime};

/// Whether a resolver answers.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct NameService {
    /// Faults that keep it away.
    n_faults: u32,
    /// When the first of them began.
    lost_at: SimTime,
    /// Times that it was lost so far.
    n_losses: u32,
}

impl Control {
    /// A fault keeps a resolver away.
    pub(super) fn names_lost(&mut self, resolver: Resolver, cause: Cause) {
        if !self.has_resolver(resolver) {
            return;
        }
        let service = &mut self.names[resolver as usize];
        service.n_faults += 1;
        if service.n_faults > 1 {
            return;
        }
        service.lost_at = self.now;
        service.n_losses += 1;
        let n_losses = service.n_losses;
        let ttl = self.memories(resolver).max().unwrap_or_default();
        let kind = EventKind::Contact(ContactEvent::NamesLost { resolver, ttl });
        self.tell(Entity::Zone, None, cause, kind);
        self.names_fade(resolver, n_losses);
    }

    /// A fault no longer keeps a resolver away.
    pub(super) fn names_return(&mut self, resolver: Resolver, cause: Cause) {
        if !self.has_resolver(resolver) {
            return;
        }
        let service = &mut self.names[resolver as usize];
        service.n_faults -= 1;
        if service.n_faults > 0 {
            return;
        }
        let kind = EventKind::Contact(ContactEvent::NamesBack { resolver });
        self.tell(Entity::Zone, None, cause, kind);
        self.wants_publish = true;
    }

    /// A few more clients of a resolver that is away have forgotten what they knew, if it has not
    /// answered meanwhile.
    pub(in crate::sim) fn names_fade(&mut self, resolver: Resolver, n_losses: u32) {
        let service = self.names[resolver as usize];
        if service.n_faults == 0 || service.n_losses != n_losses {
            return;
        }
        self.wants_publish = true;
        let age = self.now.since(service.lost_at);
        let steps = self.memories(resolver);
        let next = steps
            .filter_map(|ttl| name_cache::next_step(age, ttl))
            .min();
        if let Some(step) = next {
            let event = ControlEvent::NamesFade(resolver, n_losses);
            self.queue.push(self.now + step, event);
        }
    }

    /// Tasks of ECS ask the resolver of their VPC: without nodes there is no CoreDNS.
    fn has_resolver(&self, resolver: Resolver) -> bool {
        resolver == Resolver::Public || self.has_cluster()
    }

    /// How long each kind of client of a resolver remembers what it was told.
    fn memories(&self, resolver: Resolver) -> impl Iterator<Item = SimDuration> {
        let users = self.world.balancer.iter().map(|it| it.ttl);
        let owners = self.world.workloads.iter();
        let pods = owners.filter(|it| !self.world.is_service(it));
        let pods = pods.map(|it| it.dns_cache_ttl);
        let is_public = resolver == Resolver::Public;
        let users = users.filter(move |_| is_public);
        users.chain(pods.filter(move |_| !is_public))
    }

    /// Share of the clients that have forgotten what they knew from a resolver, if they keep it for
    /// `ttl`.
    pub(super) fn forgotten(&self, resolver: Resolver, ttl: SimDuration) -> f64 {
        let service = self.names[resolver as usize];
        if service.n_faults == 0 {
            return 0.0;
        }
        name_cache::forgotten(self.now.since(service.lost_at), ttl)
    }

    /// A database's writer serves: where its name stood for another instance, it begins to stand
    /// for this one. A proxy keeps its own address, and finds the writer by itself.
    pub(super) fn name_follows_writer(&mut self, at: usize) {
        let it = &mut self.world.databases[at];
        let address = it.instances[0].address;
        if std::mem::replace(&mut it.address, address) == address || it.proxy {
            return;
        }
        it.moved_at = Some(self.now);
        it.n_moves += 1;
        let (zone, cause, n_moves) = (it.zone(), it.cause, it.n_moves);
        if let Some(ttl) = self.old_addresses(at).max() {
            let kind = EventKind::Contact(ContactEvent::AddressMoved { ttl });
            self.tell(Entity::Database(at), Some(zone), cause, kind);
        }
        self.address_fades(at, n_moves);
    }

    /// A few more clients of a database have forgotten its old address.
    pub(in crate::sim) fn address_fades(&mut self, at: usize, n_moves: u32) {
        let it = &self.world.databases[at];
        let Some(moved_at) = it.moved_at.filter(|_| it.n_moves == n_moves) else {
            return;
        };
        self.wants_publish = true;
        let age = self.now.since(moved_at);
        let steps = self.old_addresses(at);
        let next = steps
            .filter_map(|ttl| name_cache::next_step(age, ttl))
            .min();
        if let Some(step) = next {
            let event = ControlEvent::AddressFades(at as u32, n_moves);
            self.queue.push(self.now + step, event);
        } else {
            self.world.databases[at].moved_at = None;
        }
    }

    /// How long an old address of a database is used by each deployment that cannot do without it.
    fn old_addresses(&self, database: usize) -> impl Iterator<Item = SimDuration> {
        let owners = self.world.workloads.iter();
        let callers = owners.filter(move |it| {
            let need = self.world.share_in_need(it, database, self.now);
            need.is_some()
        });
        callers.map(old_address)
    }

    /// Adds to what pods are like the requests that fail for want of a name, or because it stood
    /// for another address when it was looked up.
    pub(super) fn show_lost_ways(&self, conduct: &mut [Conduct]) {
        for (owner, conduct) in self.world.workloads.iter().zip(conduct) {
            let nameless = self.forgotten(Resolver::Cluster, owner.dns_cache_ttl);
            if nameless > 0.0 && !self.world.is_service(owner) {
                conduct.lose(owner.names_needed() * nameless);
            }
            for (at, database) in self.world.databases.iter().enumerate() {
                // While nobody finds it, nobody is lost on the way as well.
                let Some(moved_at) = database.moved_at.filter(|_| database.answers()) else {
                    continue;
                };
                if let Some(need) = self.world.share_in_need(owner, at, self.now) {
                    let age = self.now.since(moved_at);
                    let followed = name_cache::forgotten(age, old_address(owner));
                    let old = self.world.share_begun_before(owner, moved_at);
                    conduct.lose(need * old * (1.0 - followed));
                }
            }
        }
    }
}

/// How long the last pod of a deployment goes on with a database's old address: its process may
/// have asked a resolver whose own copy was about to expire.
fn old_address(owner: &Workload) -> SimDuration {
    DATABASE_RECORD_TTL + owner.dns_cache_ttl
}
