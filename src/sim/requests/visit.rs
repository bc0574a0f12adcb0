//! Visits: one attempt of a call, from the moment it is sent until nobody can meet it any more.
//!
//! A visit is known by its place in a slab, so that nothing is allocated per request once the slab
//! has grown to the largest crowd. A place is used again after its visit has ended; what may still
//! name the old visit (a timer) carries its generation.
//!
//! Exactly one thing will move a visit on, by its stage: an event of the queue, its station when a
//! server is free, the calls that it waits for, or its caller's timer.

use crate::sim::rng::{KeyedDraws, Uniforms as _};
use crate::units::SimTime;

use super::salt;

/// Place of a visit in the slab.
pub type VisitId = u32;

/// No visit: the caller of users' attempts, the end of a list.
pub const NOBODY: VisitId = u32::MAX;

/// No station yet.
const NOWHERE: u32 = u32::MAX;

/// A call: what all attempts of it have in common.
#[derive(Debug, Clone, Copy)]
pub struct Call {
    /// Names every draw of the call.
    pub key: u64,
    /// When the call was made, attempts before included.
    pub made_at: SimTime,
    /// The visit that made it; [`NOBODY`] for users.
    pub caller: VisitId,
    /// Number of its kind.
    pub kind: u16,
    /// Zone of whoever made it; 0 for users.
    pub zone: u8,
}

/// Where a visit stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stage {
    /// Its place is free.
    Free,
    /// It waits to be sent: an event sends it.
    Unsent,
    /// It waits for a connection to be sent on.
    Unconnected,
    /// It is on its way: an event brings it.
    Travelling,
    /// It waits for a server.
    Waiting,
    /// A server works on it: an event ends that.
    Served,
    /// It waits for the calls that it has made.
    Calling,
    /// Its failure is known: an event tells it.
    Doomed,
    /// Its station died with it: what was to move it on finds nobody.
    Dead,
    /// Nobody will ever answer: the caller's timer ends it.
    Lost,
}

/// One attempt of a call, in one cache line.
#[derive(Debug, Clone, Copy)]
#[repr(align(64))]
pub struct Visit {
    /// The call.
    pub call: Call,
    /// Caches that have answered, one bit each.
    pub hits: u64,
    /// The next in a queue, or the next free place.
    pub next: VisitId,
    /// The other attempt of a hedged call.
    pub twin: VisitId,
    /// Where it is served, once chosen.
    pub station: u32,
    /// How often the place was used before.
    pub generation: u32,
    /// Calls of the current kind still to be made.
    pub left: u32,
    /// Calls made and not decided.
    pub pending: u32,
    /// Kind of calls that it makes at present, from the first of its deployment.
    pub step: u16,
    /// Attempts before this one.
    pub attempt: u8,
    /// Where it stands.
    pub stage: Stage,
    /// The caller has given up.
    pub abandoned: bool,
    /// It holds a server.
    pub holds_server: bool,
    /// It holds a connection of its caller.
    pub holds_connection: bool,
    /// A call of it has failed for good.
    pub failed: bool,
}

const _: () = assert!(size_of::<Visit>() == 64, "a visit is one cache line");

impl Visit {
    /// An attempt that is about to be made.
    #[inline]
    const fn new(call: Call, attempt: u8, generation: u32) -> Self {
        Self {
            call,
            hits: 0,
            next: NOBODY,
            twin: NOBODY,
            station: NOWHERE,
            generation,
            left: 0,
            pending: 0,
            step: 0,
            attempt,
            stage: Stage::Unsent,
            abandoned: false,
            holds_server: false,
            holds_connection: false,
            failed: false,
        }
    }

    /// The draws of this attempt's service time.
    #[inline]
    pub const fn service_draws(&self) -> KeyedDraws {
        KeyedDraws::new(self.call.key, salt::SERVICE + self.attempt as u64)
    }

    /// A uniform number that says which release this attempt meets: whether it errs, or is slow.
    #[must_use]
    pub fn release_draw(&self, errs: bool) -> f64 {
        let salt = salt::RELEASE + 2 * u64::from(self.attempt) + u64::from(errs);
        KeyedDraws::new(self.call.key, salt).uniform()
    }
}

/// All visits.
#[derive(Debug, Clone)]
pub struct Visits {
    places: Vec<Visit>,
    free: VisitId,
}

impl Default for Visits {
    fn default() -> Self {
        Self {
            places: Vec::new(),
            free: NOBODY,
        }
    }
}

impl Visits {
    /// Takes an attempt of a call in; `attempt` were made before.
    #[inline]
    pub fn insert(&mut self, call: Call, attempt: u8) -> VisitId {
        let id = self.free;
        // Written where it stays: a copy would have to wait until all of it has been written.
        if let Some(place) = self.places.get_mut(id as usize) {
            self.free = place.next;
            *place = Visit::new(call, attempt, place.generation);
            id
        } else {
            self.append(Visit::new(call, attempt, 0))
        }
    }

    #[cold]
    fn append(&mut self, visit: Visit) -> VisitId {
        self.places.push(visit);
        (self.places.len() - 1) as VisitId
    }

    /// Frees the place of a visit that nothing names any more but timers.
    #[inline]
    pub fn remove(&mut self, id: VisitId) {
        let free = self.free;
        let visit = &mut self[id];
        debug_assert!(visit.stage != Stage::Free, "freed once");
        visit.stage = Stage::Free;
        visit.generation = visit.generation.wrapping_add(1);
        visit.next = free;
        self.free = id;
    }

    /// Every place, used or free.
    pub fn ids(&self) -> std::ops::Range<VisitId> {
        0..self.places.len() as VisitId
    }

    /// Number of visits there are; looks at every place.
    #[must_use]
    pub fn count(&self) -> usize {
        let live = |visit: &&Visit| visit.stage != Stage::Free;
        self.places.iter().filter(live).count()
    }
}

impl std::ops::Index<VisitId> for Visits {
    type Output = Visit;

    #[inline]
    fn index(&self, id: VisitId) -> &Visit {
        &self.places[id as usize]
    }
}

impl std::ops::IndexMut<VisitId> for Visits {
    #[inline]
    fn index_mut(&mut self, id: VisitId) -> &mut Visit {
        &mut self.places[id as usize]
    }
}
