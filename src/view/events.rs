//! Events as sentences: what happened, with its numbers and why.
//!
//! The simulation writes events as data; here each becomes one sentence in each language, a marker
//! on the timeline and a weight. Important are the steps of the story (a zone is lost, targets are
//! taken out, a failover ends); the rest is detail that a reader may ask for.

mod autoscaling;
mod draining;
mod endpoints;
mod node_groups;
mod traffic;
mod vertical;

use super::format;
use super::text::fill_template;
use crate::model::Language;
use crate::sim::event::{Event, EventKind, HpaLimit, PendingReason};
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
    /// Position of the event that brought this one about.
    pub cause: Option<usize>,
}

/// What a sentence needs to know besides its event.
#[derive(Debug, Clone, Copy)]
pub struct Words<'a> {
    /// Short names of the zones by index, see [`super::words::zones`].
    pub zones: &'a [String],
    /// Language.
    pub language: Language,
}

/// All events of a run in order of time.
#[must_use]
pub fn lines(log: &RunLog, words: Words<'_>) -> Vec<EventLine> {
    let indexed = log.events.iter().enumerate();
    indexed
        .map(|(index, event)| {
            let mut line = line(index, event, words);
            line.important &= !is_routine(log, index);
            line
        })
        .collect()
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
pub fn line(index: usize, event: &Event, words: Words<'_>) -> EventLine {
    let (shape, lane, important) = look(&event.kind);
    EventLine {
        index,
        at_s: event.at.as_s_f64(),
        time: format::elapsed(event.at),
        text: sentence(event, words),
        shape,
        lane,
        important,
        entity: event.entity.clone(),
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
        .or_else(|| endpoints::sentence(event, words))
        .unwrap_or_default()
}

/// Marker, lane and weight.
fn look(kind: &EventKind) -> (Shape, Lane, bool) {
    use Lane::{Alerts, Faults, Scaling};
    use Shape::{Bang, Cross, Diamond, Down, Ring, Up};
    match kind {
        EventKind::FaultStarted { .. } => (Cross, Faults, true),
        EventKind::FaultEnded { .. } => (Ring, Faults, true),
        EventKind::ZoneLost { .. } | EventKind::EgressLost => (Cross, Faults, true),
        EventKind::Unavailable { .. } | EventKind::Stalled => (Cross, Faults, true),
        EventKind::ZoneRestored | EventKind::EgressRestored => (Ring, Faults, true),
        EventKind::Available { .. } | EventKind::Resumed { .. } => (Ring, Faults, true),
        EventKind::CacheEmptied { .. } | EventKind::Slowed { .. } => (Bang, Faults, true),
        EventKind::TargetsUnhealthy { .. } | EventKind::NodesNotReady { .. } => {
            (Bang, Alerts, true)
        }
        EventKind::FailOpen | EventKind::EvictionsHalted => (Bang, Alerts, true),
        EventKind::Saturated { .. } | EventKind::PodsPending { .. } => (Bang, Alerts, true),
        EventKind::LaunchFailed { .. } | EventKind::SpotNotice { .. } => (Bang, Alerts, true),
        EventKind::Desaturated | EventKind::FailoverCompleted { .. } => (Ring, Alerts, true),
        EventKind::ZoneLeftDns { .. } | EventKind::FailoverStarted { .. } => {
            (Diamond, Alerts, true)
        }
        EventKind::DnsExpired | EventKind::ZoneBackInDns => (Diamond, Alerts, false),
        EventKind::TargetsHealthy { .. } => (Ring, Alerts, false),
        EventKind::PodsEvicted { .. } => (Down, Scaling, true),
        EventKind::SpotReclaimed { .. } => (Down, Scaling, true),
        EventKind::NodesLost { .. } | EventKind::PodsCrashed { .. } => (Cross, Faults, true),
        EventKind::CrashLoopBackOff { .. } => (Bang, Alerts, true),
        EventKind::DrainStarted { .. } => (Down, Scaling, true),
        EventKind::EvictionsRefused { .. } => (Bang, Alerts, true),
        EventKind::DrainEnded { .. } => (Diamond, Scaling, true),
        EventKind::NodesRemoved { .. } => (Down, Scaling, false),
        EventKind::NodesReady { rebooted, .. } => (Up, Scaling, *rebooted),
        EventKind::PodsReady { .. } => (Up, Scaling, false),
        EventKind::NodesLaunched { .. } | EventKind::GroupLaunches { .. } => (Up, Scaling, false),
        EventKind::GroupRaised { .. } => (Up, Scaling, false),
        EventKind::NodesUnneeded { .. } => (Down, Scaling, false),
        EventKind::GroupsRefused { .. } | EventKind::AutoscalerHalted { .. } => {
            (Bang, Alerts, true)
        }
        EventKind::GroupLaunchFailed { .. } | EventKind::GroupBackedOff { .. } => {
            (Bang, Alerts, true)
        }
        EventKind::AutoscalerResumed { .. } => (Ring, Alerts, true),
        EventKind::HpaScaled { from, to, .. } => {
            (if to >= from { Up } else { Down }, Scaling, false)
        }
        EventKind::VpaRecommended { .. } => (Diamond, Scaling, false),
        EventKind::VpaUpdated { in_place, .. } => (Diamond, Scaling, !in_place),
        EventKind::HpaHeld { reason, .. } => (
            Diamond,
            Scaling,
            reason.pods_missing > 0 || reason.limit == HpaLimit::MissingMetrics,
        ),
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
