//! What the boxes of a picture show at one moment: their state and one figure each.

use super::super::{BoxFrame, BoxState, Node, Role};
use super::{Scene, offered_rate};
use crate::model::Language;
use crate::sim::messages::BEHIND;
use crate::sim::run_log::{QueueSample, StationSample};
use crate::view::format;
use crate::view::text::{Key, fill, text};

impl Scene<'_> {
    pub(super) fn node(&self, at: usize, interval: usize, language: Language) -> BoxFrame {
        let node = &self.layout.nodes[at];
        let samples: Vec<StationSample> = self.stations[at]
            .iter()
            .map(|station| self.log.sample(interval, *station))
            .collect();
        if node.kind == "users" {
            let figure = format::rate(offered_rate(self.log, interval));
            return BoxFrame {
                state: BoxState::Normal,
                figure,
            };
        }
        if node.role != Role::Single {
            return self.paired(node, &samples, interval, language);
        }
        let state = overall(&samples);
        if let Some(messages) = self.messages(node, interval) {
            return waiting(state, &messages, language);
        }
        let figure = match (node.kind, samples.first()) {
            (_, None) => format::NOTHING.to_string(),
            ("deployment", Some(one)) => match state {
                BoxState::Absent => format::NOTHING.to_string(),
                BoxState::Down => ready(Key::FigurePods, one, language),
                _ => format!("{} · {}", of(one), format::percent(one.utilization, 0)),
            },
            ("node_pool" | "node_group", Some(one)) => ready(Key::FigureNodes, one, language),
            ("fargate", Some(one)) => ready(Key::FigureTasks, one, language),
            ("load_balancer" | "external_service", Some(_)) => {
                format::rate(samples.iter().map(|sample| sample.arrival_rate).sum())
            }
            ("database" | "cache", Some(one)) if !is_out(state) => busy(one, language),
            _ => state.word(language).to_string(),
        };
        BoxFrame { state, figure }
    }

    /// What stands in a queue at the end of an interval; none of what is no queue.
    fn messages(&self, node: &Node, interval: usize) -> Option<QueueSample> {
        let queue = self.log.queues.iter().find(|it| it.id == node.component)?;
        queue.samples.get(interval).copied()
    }

    /// A writer or standby: which of the two a box is may change during the run.
    fn paired(
        &self,
        node: &Node,
        samples: &[StationSample],
        interval: usize,
        language: Language,
    ) -> BoxFrame {
        let moment = self.moment(interval);
        let is_database = node.kind == "database";
        let is_home = self.home(node, moment) == node.zone;
        let key = match (is_database, is_home) {
            (true, true) => Key::RoleWriter,
            (true, false) => Key::RoleStandby,
            (false, true) => Key::RolePrimary,
            (false, false) => Key::RoleReplica,
        };
        let role = text(key, language);
        let is_dark = node
            .zone
            .is_some_and(|zone| self.is_zone_down(zone, moment));
        if is_home {
            let state = if is_dark {
                BoxState::Down
            } else {
                overall(samples)
            };
            let figure = match samples.first() {
                Some(one) if !is_out(state) => {
                    format!("{role} {}", format::percent(one.utilization, 0))
                }
                _ => role.to_string(),
            };
            return BoxFrame { state, figure };
        }
        let is_rising = self.failovers.iter().any(|(id, from, to, zone)| {
            *id == node.component && Some(*zone) == node.zone && *from <= moment && moment < *to
        });
        let state = match (is_dark, is_rising) {
            (true, _) => BoxState::Down,
            (false, true) => BoxState::Recovering,
            (false, false) => BoxState::Normal,
        };
        BoxFrame {
            state,
            figure: role.to_string(),
        }
    }
}

/// One state for several stations: the worst, or partly down when only some are out.
fn overall(samples: &[StationSample]) -> BoxState {
    let states: Vec<BoxState> = samples.iter().map(|sample| sample.state.into()).collect();
    let present: Vec<BoxState> = states
        .into_iter()
        .filter(|state| *state != BoxState::Absent)
        .collect();
    let out = present.iter().filter(|state| is_out(**state)).count();
    match present.as_slice() {
        [] => BoxState::Absent,
        [only] => *only,
        _ if out == 0 => present.into_iter().max().unwrap_or_default(),
        _ if out < present.len() => BoxState::Partial,
        _ if present.contains(&BoxState::Recovering) => BoxState::Recovering,
        _ => BoxState::Down,
    }
}

/// A queue works as ever while messages pile up in it; the picture says that they do.
fn waiting(state: BoxState, messages: &QueueSample, language: Language) -> BoxFrame {
    let is_behind = messages.oldest_age_s >= BEHIND.as_s_f64();
    BoxFrame {
        state: match state {
            BoxState::Normal if is_behind => BoxState::HighLoad,
            state => state,
        },
        figure: fill(
            Key::FigureMessages,
            language,
            &[&format::count(messages.backlog)],
        ),
    }
}

const fn is_out(state: BoxState) -> bool {
    matches!(
        state,
        BoxState::Down | BoxState::Recovering | BoxState::Absent
    )
}

fn of(sample: &StationSample) -> String {
    format!(
        "{}/{}",
        format::count(f64::from(sample.ready)),
        format::count(f64::from(sample.total))
    )
}

fn ready(key: Key, sample: &StationSample, language: Language) -> String {
    let ready = format::count(f64::from(sample.ready));
    let total = format::count(f64::from(sample.total));
    fill(key, language, &[&ready, &total])
}

fn busy(sample: &StationSample, language: Language) -> String {
    fill(
        Key::FigureBusy,
        language,
        &[&format::percent(sample.utilization, 0)],
    )
}
