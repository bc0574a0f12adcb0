//! Kinds of calls: what the flow graph says of each, ready for the hot path.
//!
//! Kind 0 is the users' call; the calls of the deployments follow in order. Every attempt of a kind
//! has the same patience, so timers of a kind run out in the order in which they were set: a list
//! with one event for its head takes the place of an event per attempt.

use std::collections::VecDeque;

use crate::sim::flow::{CallFlow, FlowGraph, Target};
use crate::units::{SimDuration, SimTime};

use super::guard::{Breaker, RetryBudget};
use super::visit::VisitId;

/// A list of timers has room for so many at least.
const FEW_TIMERS: usize = 64;

/// The users' call.
pub const USERS: u16 = 0;

/// A kind of call.
#[derive(Debug, Clone)]
pub struct Kind {
    /// Whom.
    pub target: Target,
    /// The same as a number among all that can be called.
    pub callee: u32,
    /// The caller gives up on an attempt after this time; none: never.
    pub timeout: Option<SimDuration>,
    /// Attempts in all.
    pub attempts: u8,
    /// Mean wait before a retry, in nanoseconds.
    pub backoff_ns: f64,
    /// How urgent it is to a callee that serves by priority.
    pub priority: u8,
    /// First kind of call that a visit makes in turn, and number of kinds.
    pub makes: (u16, u16),
    /// Calls that each request makes.
    pub whole: u32,
    /// Chance of one more.
    pub part: f64,
    /// All at the same time.
    pub parallel: bool,
    /// The request goes on without an answer.
    pub optional: bool,
    /// Made only for what this cache does not answer.
    pub spared_by: Option<Spare>,
    /// A second attempt is sent after this time.
    pub hedge_after: Option<SimDuration>,
    /// Position among the kinds that have a connection pool, and its size.
    pub pool: Option<(u32, u32)>,
}

/// A cache that spares calls.
#[derive(Debug, Clone, Copy)]
pub struct Spare {
    /// Index of the cache.
    pub cache: usize,
    /// The caller asks it by a call of its own; otherwise its answer is taken for granted.
    pub looked_up: bool,
}

impl Kind {
    fn new(flow: &CallFlow, callee: usize, siblings: &[CallFlow]) -> Self {
        // A look-up that fails is a miss when somebody else can answer instead.
        let is_look_up = matches!(flow.target, Target::Cache(cache)
            if siblings.iter().any(|it| it.unless_cached_by == Some(cache)));
        let whole = flow.per_request.floor();
        Self {
            target: flow.target,
            callee: callee as u32,
            timeout: flow
                .timeout_s
                .is_finite()
                .then(|| SimDuration::from_s_f64(flow.timeout_s)),
            attempts: u8::try_from(flow.attempts).unwrap_or(u8::MAX),
            backoff_ns: flow.backoff_s * 1e9,
            priority: flow.priority,
            makes: (0, 0),
            whole: whole as u32,
            part: flow.per_request - whole,
            parallel: flow.parallel,
            optional: flow.optional || is_look_up,
            spared_by: flow.unless_cached_by.map(|cache| Spare {
                cache,
                looked_up: siblings.iter().any(|it| it.target == Target::Cache(cache)),
            }),
            hedge_after: flow.hedge_after_s.map(SimDuration::from_s_f64),
            pool: None,
        }
    }
}

/// What one zone's callers of a kind do and remember.
#[derive(Debug, Clone)]
pub struct Caller {
    /// Their budget for retries.
    pub budget: Option<RetryBudget>,
    /// Their breaker.
    pub breaker: Option<Breaker>,
    /// Attempts sent in this step.
    pub attempts: u64,
    /// Of these, attempts answered in time.
    pub answered: u64,
    /// Of these, attempts that left the zone.
    pub crossed: u64,
}

/// Every kind of call of a design.
#[derive(Debug, Clone)]
pub struct Kinds {
    all: Vec<Kind>,
    /// Numbers of the first kind of each deployment, and one past the last.
    first: Vec<u16>,
    zones: usize,
    /// At `kind * zones + zone`.
    callers: Vec<Caller>,
    /// Number of kinds with a connection pool.
    pub pools: u32,
}

impl Kinds {
    /// The kinds of a design.
    #[must_use]
    pub fn new(graph: &FlowGraph) -> Self {
        let zones = graph.zone_count.max(1);
        let mut flows = vec![&graph.entry.call];
        let mut all = vec![Kind::new(
            &graph.entry.call,
            graph.callee(graph.entry.call.target),
            &[],
        )];
        let mut first = Vec::new();
        let mut pools = 0;
        for deployment in &graph.deployments {
            first.push(all.len() as u16);
            for flow in &deployment.calls {
                let mut kind = Kind::new(flow, graph.callee(flow.target), &deployment.calls);
                kind.pool = flow.pool_size.map(|size| (pools, size));
                pools += u32::from(kind.pool.is_some());
                all.push(kind);
                flows.push(flow);
            }
        }
        first.push(all.len() as u16);
        for kind in &mut all {
            if let Target::Deployment(d) = kind.target
                && let (Some(from), Some(to)) = (first.get(d), first.get(d + 1))
            {
                kind.makes = (*from, to - from);
            }
        }
        let caller = |flow: &CallFlow| Caller {
            budget: flow.retry_budget.map(RetryBudget::new),
            breaker: flow.circuit_breaker.map(Breaker::new),
            attempts: 0,
            answered: 0,
            crossed: 0,
        };
        Self {
            callers: flows
                .iter()
                .flat_map(|flow| std::iter::repeat_n(caller(flow), zones))
                .collect(),
            all,
            first,
            zones,
            pools,
        }
    }

    /// Number of kinds.
    #[must_use]
    pub fn len(&self) -> usize {
        self.all.len()
    }

    /// A kind.
    #[must_use]
    #[inline]
    pub fn get(&self, kind: u16) -> &Kind {
        &self.all[usize::from(kind)]
    }

    /// The callers of a kind in a zone.
    #[inline]
    pub fn caller(&mut self, kind: u16, zone: u8) -> &mut Caller {
        &mut self.callers[usize::from(kind) * self.zones + usize::from(zone)]
    }

    /// What the callers of a deployment's call in a zone have done in this step.
    #[must_use]
    pub fn tally(&self, deployment: usize, call: usize, zone: usize) -> &Caller {
        let kind = usize::from(self.first[deployment]) + call;
        &self.callers[kind * self.zones + zone]
    }

    /// Begins to count anew.
    pub fn clear_tallies(&mut self) {
        for caller in &mut self.callers {
            caller.attempts = 0;
            caller.answered = 0;
            caller.crossed = 0;
        }
    }
}

/// A timer that has been set for a visit.
#[derive(Debug, Clone, Copy)]
pub struct Timer {
    /// When it runs out.
    pub at: SimTime,
    /// The visit.
    pub visit: VisitId,
    /// Its generation: the place may have been used again since.
    pub generation: u32,
}

/// Timers of equal length, in the order in which they run out.
#[derive(Debug, Clone, Default)]
pub struct Timers {
    list: VecDeque<Timer>,
    /// An event for the head is in the queue.
    watched: bool,
}

impl Timers {
    /// Sets a timer; true when an event for it is to be made.
    #[inline]
    pub fn set(&mut self, timer: Timer, is_stale: impl Fn(&Timer) -> bool) -> bool {
        if self.list.len() == self.list.capacity() {
            self.sweep(is_stale);
        }
        self.list.push_back(timer);
        !std::mem::replace(&mut self.watched, true)
    }

    /// Drops the timers that nobody needs before the list grows: it is then never longer than a few
    /// times the calls that are open, however long their callers would wait.
    #[cold]
    fn sweep(&mut self, is_stale: impl Fn(&Timer) -> bool) {
        self.list.retain(|timer| !is_stale(timer));
        self.list.reserve((3 * self.list.len()).max(FEW_TIMERS));
    }

    /// Takes the first timer out if it has run out at `now` or nobody needs it (`is_stale`).
    pub fn take(&mut self, now: SimTime, is_stale: impl Fn(&Timer) -> bool) -> Option<Timer> {
        let first = *self.list.front()?;
        if first.at <= now || is_stale(&first) {
            self.list.pop_front();
            return Some(first);
        }
        None
    }

    /// When the head runs out; an event is to be made for it.
    pub fn watch(&mut self) -> Option<SimTime> {
        let next = self.list.front().map(|timer| timer.at);
        self.watched = next.is_some();
        next
    }
}
