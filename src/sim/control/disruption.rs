//! Karpenter's disruption loop: when it looks, what it finds, what it tells.
//!
//! The decisions are [`disruption::look`] and [`disruption::validate`]. In fact Karpenter looks
//! every 10 s for ever; here a look is due only when something could change the answer, at the next
//! of those instants: when pods or nodes came, went or changed, when a node has been still for
//! `consolidateAfter`, when a budget's window opens or closes, and 5 min after a look that found
//! offerings unavailable.
//!
//! `commands` carries out what was decided, `forceful` does what no budget holds back, and `view`
//! lists what the controller sees.
//!
//! Assumed: the polls come at whole multiples of 10 s; after a command the loop looks again at
//! once.

mod commands;
mod forceful;
mod view;

use super::notes::Entity;
use super::{Cause, Control, ControlEvent};
use crate::model::{DisruptionReason, ZoneIndex};
use crate::sim::event::{BudgetReason, DisruptionMethod, EventKind};
use crate::sim::faults::FaultZones;
use crate::sim::policy::karpenter::disruption::{
    self, Allowance, Command, Found, Held, LOOK_AGAIN, Method, Observed,
};
use crate::sim::policy::karpenter::{DISRUPTION_POLL, VALIDATION_DELAY};
use crate::sim::world::{NodeRef, World};
use crate::units::SimTime;

use commands::Running;

/// What can be due for nodes that exist.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DisruptionEvent {
    /// The loop looks.
    Look,
    /// A command that was decided is looked at again.
    Validate,
    /// A command has waited long enough for its replacement.
    GiveUp(u32),
    /// A node has reached its age.
    Expire(NodeRef),
    /// The status checks of a zone's instances are read.
    ReadStatus(ZoneIndex),
    /// Nodes of a zone that have long not been Ready are looked at.
    Repair(ZoneIndex),
}

/// What the loop remembers.
#[derive(Debug)]
pub(super) struct DisruptionLoop {
    /// When the next look is due; [`SimTime::NEVER`] when none is.
    look_at: SimTime,
    /// Changes of the world that were noticed.
    n_changes: u64,
    /// What waits to be looked at again (its nodes by slot), and the names of its nodes.
    waiting: Option<(Vec<NodeRef>, Command)>,
    /// Commands whose replacements are on their way.
    running: Vec<Running>,
    /// Commands so far; numbers them.
    n_commands: u32,
    /// By pool and method: that it is held back was told.
    held: Vec<[bool; Method::ALL.len()]>,
}

impl DisruptionLoop {
    pub(super) fn new(world: &World) -> Self {
        Self {
            look_at: SimTime::NEVER,
            n_changes: 0,
            waiting: None,
            running: Vec::new(),
            n_commands: 0,
            held: vec![[false; Method::ALL.len()]; world.pools.len()],
        }
    }
}

impl Control {
    /// Something of nodes that exist is due.
    pub(in crate::sim) fn disruption_due(&mut self, event: DisruptionEvent) {
        use DisruptionEvent as E;
        match event {
            E::Look => self.look(),
            E::Validate => self.validate(),
            E::GiveUp(command) => self.give_up_late(command),
            E::Expire(node) => self.expire(node),
            E::ReadStatus(zone) => self.read_status(zone),
            E::Repair(zone) => self.repair(zone),
        }
    }

    /// The nodes of Karpenter's pools that a fault means are drifted from now on.
    pub(super) fn nodes_drift(&mut self, fault: usize, cause: Cause) {
        self.world.n_changes += 1;
        for at in self.nodes_of(fault, FaultZones::All) {
            let node = &mut self.world.nodes[at];
            node.drifted_since = Some(self.now);
            node.cause = node.cause.max(cause);
        }
    }

    /// Follows what changed in this instant: commands go on, and the loop will look.
    pub(super) fn follow_changes(&mut self) {
        // Going on changes the world in turn, until nothing is left to do.
        while self.disruption.n_changes != self.world.n_changes {
            self.disruption.n_changes = self.world.n_changes;
            self.follow_commands();
            self.look_by(self.now);
        }
    }

    /// Sees to it that the loop looks at the first poll from `at` on.
    fn look_by(&mut self, at: SimTime) {
        let poll_ns = DISRUPTION_POLL.as_ns();
        let ticks = at.max(self.now).as_ns().div_ceil(poll_ns);
        let at = SimTime::from_ns(ticks.saturating_mul(poll_ns));
        if at < self.disruption.look_at {
            self.disruption.look_at = at;
            let event = DisruptionEvent::Look;
            self.queue.push(at, ControlEvent::Disruption(event));
        }
    }

    /// A look that could not be had is due now.
    pub(super) fn look_at_disruption_now(&mut self) {
        self.disruption.look_at = self.now;
    }

    fn look(&mut self) {
        if self.disruption.look_at != self.now {
            return;
        }
        self.disruption.look_at = SimTime::NEVER;
        // The loop stands still while a command waits to be looked at again.
        if self.disruption.waiting.is_none() {
            self.pass(0);
        }
    }

    /// Tries the methods from one of them on, until one finds something that has to wait.
    fn pass(&mut self, first: usize) {
        let mut is_held = false;
        let mut next = first;
        self.forget_failures();
        while next < Method::ALL.len() {
            let (mut all, allowance) = self.with_view(|view, slots| {
                let mut all = disruption::pass(view, &Method::ALL[next..]);
                let command = all.last_mut().and_then(|it| it.command.as_mut());
                let allowance = command.map(|command| {
                    let allowance = allowance_of(view, command);
                    name_by_slot(command, slots);
                    allowance
                });
                (all, allowance)
            });
            for (at, found) in (next..).zip(&all) {
                is_held |= !found.held.is_empty();
                self.tell_held(at, found);
            }
            let command = all.pop().and_then(|it| it.command);
            let Some((command, allowance)) = command.zip(allowance) else {
                break;
            };
            if command.method.is_validated() {
                let names = command.nodes.iter().map(|at| self.world.node_ref(*at));
                self.disruption.waiting = Some((names.collect(), command));
                let event = ControlEvent::Disruption(DisruptionEvent::Validate);
                self.queue.push(self.now + VALIDATION_DELAY, event);
                return;
            }
            self.start(&command, &allowance);
            next = 0;
        }
        self.plan_next_look(is_held);
    }

    /// A command is looked at again; what still holds is carried out.
    fn validate(&mut self) {
        let Some((names, command)) = self.disruption.waiting.take() else {
            return;
        };
        let method = command.method;
        let still = names.iter().filter(|it| self.world.holds_node(**it));
        let still: Vec<usize> = still.map(|it| it.at()).collect();
        let is_whole = still.len() == names.len();
        self.forget_failures();
        let valid = self.with_view(|view, slots| {
            let place = |slot: &usize| slots.iter().position(|it| it == slot);
            let again = Command {
                nodes: still.iter().filter_map(place).collect(),
                ..command
            };
            let mut valid = disruption::validate(view, &again)?;
            let allowance = allowance_of(view, &valid);
            name_by_slot(&mut valid, slots);
            Some((valid, allowance))
        });
        let at = Method::ALL.iter().position(|it| *it == method);
        match valid.filter(|_| is_whole || method == Method::Emptiness) {
            Some((valid, allowance)) => {
                self.start(&valid, &allowance);
                self.pass(0);
            }
            None => {
                self.look_by(self.now + DISRUPTION_POLL);
                self.pass(at.map_or(0, |at| at + 1));
            }
        }
    }

    /// The next instant at which the answer may differ though nothing comes or goes.
    fn plan_next_look(&mut self, is_held: bool) {
        let now = self.now;
        let mut next = SimTime::NEVER;
        for node in &self.world.nodes {
            let pool = &self.world.pools[node.pool];
            if let Some(rules) = pool.disruption.as_ref().filter(|_| node.is_settled()) {
                let still_at = node.pods_changed_at + rules.consolidate_after;
                for at in [still_at, node.nominated_until] {
                    if at > now {
                        next = next.min(at);
                    }
                }
            }
        }
        for pool in &self.world.pools {
            let Some(rules) = &pool.disruption else {
                continue;
            };
            if is_held && let Some(at) = disruption::next_change(&rules.budgets, now) {
                next = next.min(at);
            }
            if pool.unavailable_until.iter().any(|until| *until > now) {
                next = next.min(now + LOOK_AGAIN);
            }
        }
        if next != SimTime::NEVER {
            self.look_by(next);
        }
    }

    /// Tells of pools whose budgets leave a method nothing, once until they do. Consolidation has
    /// candidates at all times, so that only a budget of none is news there.
    fn tell_held(&mut self, at: usize, found: &Found) {
        let method = Method::ALL[at];
        for pool in 0..self.world.pools.len() {
            let is_news = |it: &&Held| match method.reason() {
                DisruptionReason::Underutilized => it.allowance.limit == 0,
                DisruptionReason::Empty | DisruptionReason::Drifted => it.allowance.allowed == 0,
            };
            let held = found.held.iter().find(|it| it.pool == pool);
            let held = held.filter(is_news);
            let was_told = std::mem::replace(&mut self.disruption.held[pool][at], held.is_some());
            if let Some(held) = held.filter(|_| !was_told) {
                let kind = EventKind::DisruptionHeld {
                    method: method_of(method),
                    nodes: held.nodes,
                    budget: budget_of(&held.allowance),
                };
                self.tell(Entity::Pool(pool), None, None, kind);
            }
        }
    }

    /// Tells of a command that is carried out, and of the budget that lets it.
    fn tell_command(&mut self, command: &Command, allowance: &Allowance) -> Cause {
        let first = self.world.nodes[command.nodes[0]];
        let same_zone = |at: &usize| self.world.nodes[*at].zone == first.zone;
        let zone = command.nodes.iter().all(same_zone).then_some(first.zone);
        let kind = EventKind::NodesDisrupted {
            method: method_of(command.method),
            nodes: command.nodes.len() as u32,
            pods: command.n_pods,
            replacements: command.replacements.len() as u32,
            price_before: command.price_before,
            price_after: command.price_after,
            budget: budget_of(allowance),
        };
        // What a node drifted for is known; the rest is Karpenter's own idea.
        let cause = first.cause.filter(|_| command.method == Method::Drift);
        self.tell(Entity::Pool(first.pool), zone, cause, kind)
    }
}

/// What the budgets of its first node's pool leave for a command.
fn allowance_of(view: &Observed<'_>, command: &Command) -> Allowance {
    let pool = view.nodes[command.nodes[0]].pool;
    view.allowance(pool, command.method)
}

/// Names a command's nodes by their slots in the world instead of their places in the view.
fn name_by_slot(command: &mut Command, slots: &[usize]) {
    for at in command.nodes.iter_mut().chain(&mut command.hosts) {
        *at = slots[*at];
    }
}

fn method_of(method: Method) -> DisruptionMethod {
    match method {
        Method::Emptiness => DisruptionMethod::Emptiness,
        Method::Drift => DisruptionMethod::Drift,
        Method::MultiNode => DisruptionMethod::MultiNodeConsolidation,
        Method::SingleNode => DisruptionMethod::SingleNodeConsolidation,
    }
}

fn budget_of(allowance: &Allowance) -> BudgetReason {
    BudgetReason {
        budget: allowance
            .strictest
            .map_or(String::new(), |it| it.to_string()),
        total: allowance.counts.total,
        disrupted: allowance.counts.disrupted,
    }
}
