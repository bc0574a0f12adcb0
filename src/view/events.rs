//! Events as sentences: what happened, with its numbers and why.
//!
//! The simulation writes events as data; here each becomes one sentence in each language, a marker
//! on the timeline and a weight. Important are the steps of the story (a zone is lost, targets are
//! taken out, a failover ends); the rest is detail that a reader may ask for. Who decided it and
//! under which rule stands in `decided`.

mod autoscaling;
mod contact;
mod decided;
mod disruption;
mod draining;
mod endpoints;
mod filter;
mod messages;
mod node_groups;
mod pending;
mod rollouts;
mod services;
mod traffic;
mod vertical;

pub use decided::{Controller, Rule, decided};
pub use filter::{EventFilter, controllers, current, merged};

use super::format;
use super::text::fill_template;
use crate::model::Language;
use crate::sim::event::{
    DrainOutcome, DrainReason, Event, EventKind, MessagesEvent, OomEvent, PendingReason,
    ServiceEvent,
};
use crate::sim::run_log::RunLog;
use crate::units::SimDuration;

/// Time within which a launch counts as the answer to waiting pods: a scheduler and a batching
/// round of a few seconds each.
const LAUNCH_FOLLOWS: SimDuration = SimDuration::from_s(30);

/// The marker of an event, told apart by shape before colour.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Shape {
    /// ✕: a fault, or something stops.
    Cross,
    /// !: something is wrong but still runs.
    Bang,
    /// ▲: capacity grows.
    Up,
    /// ▽: capacity shrinks.
    Down,
    /// ○: something is back.
    Ring,
    /// ◆: a decision or step in between.
    Diamond,
}

impl Shape {
    /// The character that stands for the shape in text.
    #[must_use]
    pub const fn glyph(self) -> &'static str {
        match self {
            Self::Cross => "✕",
            Self::Bang => "!",
            Self::Up => "▲",
            Self::Down => "▽",
            Self::Ring => "○",
            Self::Diamond => "◆",
        }
    }
}

/// The lane of the timeline that an event belongs to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Lane {
    /// Faults and what they stop.
    Faults,
    /// Pods and nodes that come and go.
    Scaling,
    /// Detection, failover, overload.
    Alerts,
}

/// One event, ready to be shown.
#[derive(Debug, Clone, PartialEq)]
pub struct EventLine {
    /// Position in the run's event list.
    pub index: usize,
    /// Seconds since the start.
    pub at_s: f64,
    /// Elapsed time, `10:00:28`.
    pub time: String,
    /// The sentence.
    pub text: String,
    /// Its marker.
    pub shape: Shape,
    /// Its lane.
    pub lane: Lane,
    /// True for a step of the story.
    pub important: bool,
    /// Id of the component or fault concerned; empty for a zone.
    pub entity: String,
    /// Who decided or did it.
    pub controller: Controller,
    /// The rule that was followed, if one was.
    pub rule: Option<Rule>,
    /// Position of the event that brought this one about.
    pub cause: Option<usize>,
}

/// What a sentence needs to know besides its event.
#[derive(Debug, Clone, Copy)]
pub struct Words<'a> {
    /// Short names of the zones by index, see [`super::words::zones`].
    pub zones: &'a [String],
    /// The faults of the tape by id, see [`super::words::faults`]; a fault that is not among them
    /// is called by its kind.
    pub faults: &'a [(String, String)],
    /// Language.
    pub language: Language,
}

/// All events of a run in order of time.
#[must_use]
pub fn lines(log: &RunLog, words: Words<'_>) -> Vec<EventLine> {
    let mut lines: Vec<EventLine> = Vec::with_capacity(log.events.len());
    // Stations over capacity, by component.
    let mut overloaded: Vec<&str> = Vec::new();
    for (index, event) in log.events.iter().enumerate() {
        let entity = event.entity.as_str();
        let mut line = line(index, event, log, words);
        line.important = match &event.kind {
            EventKind::Saturated { .. } => {
                overloaded.push(entity);
                true
            }
            EventKind::Desaturated => {
                let at = overloaded.iter().position(|it| *it == entity);
                at.map(|at| overloaded.swap_remove(at));
                true
            }
            EventKind::HpaScaled { .. } | EventKind::Service(ServiceEvent::Scaled { .. }) => {
                overloaded.contains(&entity)
            }
            EventKind::PodsPending { .. } => !is_routine(log, index),
            kind if is_response(kind) => answered(log, index).is_some_and(|at| lines[at].important),
            _ => line.important,
        };
        lines.push(line);
    }
    lines
}

/// What belongs to the story when what brought it about does: pods and nodes come and go all day.
const fn is_response(kind: &EventKind) -> bool {
    matches!(
        kind,
        EventKind::NodesLaunched { .. }
            | EventKind::NodesReady { .. }
            | EventKind::PodsReady { .. }
            | EventKind::Service(ServiceEvent::Ready { .. })
            | EventKind::TargetsHealthy { .. }
            | EventKind::DnsExpired
            | EventKind::ZoneBackInDns
    )
}

/// The event that a response answers: pods that wait only pass it on.
fn answered(log: &RunLog, index: usize) -> Option<usize> {
    let mut cause = log.events[index].cause;
    while let Some(at) = cause {
        let event = log.events.get(at as usize)?;
        if !matches!(event.kind, EventKind::PodsPending { .. }) {
            return Some(at as usize);
        }
        cause = event.cause;
    }
    None
}

/// Pods that wait for room for which nodes are launched soon are how an autoscaler works, not a
/// step of the story.
fn is_routine(log: &RunLog, index: usize) -> bool {
    let event = &log.events[index];
    let EventKind::PodsPending { reason, .. } = event.kind else {
        return false;
    };
    let is_for_room = matches!(
        reason,
        PendingReason::InsufficientCpu
            | PendingReason::InsufficientMemory
            | PendingReason::TooManyPods
    );
    let soon = event.at + LAUNCH_FOLLOWS;
    let mut later = log.events[index..]
        .iter()
        .take_while(|later| later.at <= soon);
    let answers = |kind: &EventKind| {
        matches!(
            kind,
            EventKind::NodesLaunched { .. } | EventKind::GroupRaised { .. }
        )
    };
    is_for_room && later.any(|later| answers(&later.kind))
}

/// One event, ready to be shown.
#[must_use]
pub fn line(index: usize, event: &Event, log: &RunLog, words: Words<'_>) -> EventLine {
    let (shape, lane, important) = look(&event.kind);
    let (controller, rule) = decided(event, log);
    EventLine {
        index,
        at_s: event.at.as_s_f64(),
        time: format::elapsed(event.at),
        text: sentence(event, words),
        shape,
        lane,
        important,
        entity: event.entity.clone(),
        controller,
        rule,
        cause: event.cause.map(|id| id as usize),
    }
}

/// An event as one sentence.
#[must_use]
pub fn sentence(event: &Event, words: Words<'_>) -> String {
    traffic::sentence(event, words)
        .or_else(|| autoscaling::sentence(event, words))
        .or_else(|| vertical::sentence(event, words))
        .or_else(|| draining::sentence(event, words))
        .or_else(|| node_groups::sentence(event, words))
        .or_else(|| disruption::sentence(event, words))
        .or_else(|| rollouts::sentence(event, words))
        .or_else(|| endpoints::sentence(event, words))
        .or_else(|| contact::sentence(event, words))
        .or_else(|| messages::sentence(event, words))
        .or_else(|| services::sentence(event, words))
        .unwrap_or_default()
}

/// Marker, lane and weight.
fn look(kind: &EventKind) -> (Shape, Lane, bool) {
    use EventKind as E;
    use Lane::{Alerts, Faults, Scaling};
    use Shape::{Bang, Cross, Diamond, Down, Ring, Up};
    match kind {
        E::FaultStarted { .. } => (Cross, Faults, true),
        E::FaultEnded { .. } => (Ring, Faults, true),
        E::ZoneLost { .. } | E::EgressLost => (Cross, Faults, true),
        E::Shifted { .. } => (Bang, Alerts, true),
        E::Unavailable { .. } | E::Stalled => (Cross, Faults, true),
        E::ZoneRestored | E::EgressRestored => (Ring, Faults, true),
        E::Available { .. } | E::Resumed { .. } => (Ring, Faults, true),
        E::CacheEmptied { .. } | E::Slowed { .. } => (Bang, Faults, true),
        E::TargetsUnhealthy { .. } | E::NodesNotReady { .. } => (Bang, Alerts, true),
        E::TargetsStopped(_) => (Bang, Alerts, true),
        E::FailOpen { .. } | E::EvictionsHalted { .. } => (Bang, Alerts, true),
        E::LaunchRefused { .. } | E::RepairBlocked { .. } => (Bang, Alerts, true),
        E::Saturated { .. } | E::PodsPending { .. } => (Bang, Alerts, true),
        E::LaunchFailed { .. } | E::SpotNotice { .. } => (Bang, Alerts, true),
        E::Desaturated | E::FailoverCompleted { .. } => (Ring, Alerts, true),
        E::ZoneLeftDns { .. } | E::FailoverStarted { .. } => (Diamond, Alerts, true),
        E::DnsExpired | E::ZoneBackInDns => (Diamond, Alerts, false),
        E::TargetsHealthy { .. } => (Ring, Alerts, false),
        E::NodesTerminated { .. } | E::SpotReclaimed { .. } => (Down, Scaling, true),
        E::DisruptionHeld { .. } | E::DisruptionGivenUp { .. } => (Diamond, Scaling, false),
        E::RebalanceRecommended { .. } => (Diamond, Alerts, false),
        // The first and the last node of a zone tell the story of those between.
        E::PodsEvicted { node, of_nodes, .. } => (Down, Scaling, *node == 1 || node == of_nodes),
        E::NodesLost { .. } | E::PodsCrashed { .. } => (Cross, Faults, true),
        E::CrashLoopBackOff { .. } | E::CreationRefused { .. } => (Bang, Alerts, true),
        E::PodsPreempted { .. } => (Down, Scaling, true),
        // Karpenter drains all day long; its commands are the same detail.
        E::DrainStarted { reason, .. } => (Down, Scaling, *reason != DrainReason::Karpenter),
        E::EvictionsRefused { .. } | E::InsufficientCapacity(_) => (Bang, Alerts, true),
        E::DrainEnded {
            reason, outcome, ..
        } => {
            let is_routine = *reason == DrainReason::Karpenter && *outcome == DrainOutcome::Emptied;
            (Diamond, Scaling, !is_routine)
        }
        E::NodesRemoved { .. } | E::NodesDisrupted { .. } | E::NodesUnneeded { .. } => {
            (Down, Scaling, false)
        }
        E::NodesReady { rebooted, .. } => (Up, Scaling, *rebooted),
        E::PodsReady { .. } => (Up, Scaling, false),
        E::NodesLaunched { .. } | E::GroupLaunches { .. } => (Up, Scaling, false),
        E::GroupRaised { .. } => (Up, Scaling, false),
        E::GroupsRefused { .. } | E::AutoscalerHalted { .. } => (Bang, Alerts, true),
        E::GroupLaunchFailed { .. } | E::GroupBackedOff { .. } => (Bang, Alerts, true),
        E::AutoscalerResumed { .. } => (Ring, Alerts, true),
        E::HpaScaled { from, to, .. } => (if to >= from { Up } else { Down }, Scaling, false),
        E::Messages(MessagesEvent::Drained { .. }) => (Ring, Alerts, true),
        E::Messages(_) => (Bang, Alerts, true),
        E::VpaRecommended { .. } => (Diamond, Scaling, false),
        E::VpaUpdated { in_place, .. } => (Diamond, Scaling, !in_place),
        E::OutOfMemory(OomEvent::Killed { .. }) => (Cross, Faults, true),
        E::OutOfMemory(OomEvent::Raised { .. }) => (Diamond, Scaling, true),
        E::Rollout(step) => rollouts::look(step),
        E::Contact(it) => contact::look(it),
        E::Service(it) => services::look(it),
        E::HpaHeld { .. } => (Diamond, Scaling, true),
    }
}

/// A sentence from a template in each language.
fn say(words: Words<'_>, ja: &str, en: &str, values: &[&str]) -> String {
    let template = match words.language {
        Language::Ja => ja,
        Language::En => en,
    };
    fill_template(template, values)
}

/// A number of things: `3 台`, `1 node`, `3 nodes`.
fn number(words: Words<'_>, n: u32, counter: &str, thing: &str) -> String {
    let n_text = format::count(f64::from(n));
    match words.language {
        Language::Ja => format!("{n_text} {counter}"),
        Language::En if n == 1 => format!("1 {thing}"),
        Language::En => format!("{n_text} {thing}s"),
    }
}

fn pods(words: Words<'_>, n: u32) -> String {
    number(words, n, "個", "pod")
}

fn nodes(words: Words<'_>, n: u32) -> String {
    number(words, n, "台", "node")
}

#[cfg(test)]
mod tests;
#[cfg(test)]
mod told;
