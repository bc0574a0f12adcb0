//! From a run to moments of its picture.
//!
//! A [`Scene`] looks once which samples of the run log belong to which box; a frame is then a few
//! look-ups per box. A moment is the end of a recorded interval.

mod boxes;

use super::{BoxFrame, BoxState, EdgeFrame, EdgeKind, Frame, GroupFrame, GroupKind, Layout};
use super::{ListRow, Node, Role};
use crate::model::{Design, Language};
use crate::sim::event::{ContactEvent, EventKind};
use crate::sim::run_log::{RunLog, StationKind};
use crate::units::SimTime;
use crate::units::order;
use crate::view::text::{Key, text};
use crate::view::words;

/// Upper bounds of the five widths of a line, as shares of the run's greatest rate.
const WIDTH_STEPS: [f64; 4] = [0.05, 0.2, 0.45, 0.75];

/// One run of a design, ready to be shown in its picture.
#[derive(Debug, Clone)]
pub struct Scene<'a> {
    design: &'a Design,
    layout: &'a Layout,
    log: &'a RunLog,
    /// Stations of each box.
    stations: Vec<Vec<usize>>,
    /// Where writers and primaries are: component, since when, zone.
    homes: Vec<(String, SimTime, usize)>,
    /// Failovers under way: component, begin, end, target zone.
    failovers: Vec<(String, SimTime, SimTime, usize)>,
    /// Zones without power: zone, begin, end.
    outages: Vec<(usize, SimTime, SimTime)>,
    /// Greatest rate of the run, requests per second.
    peak: f64,
}

impl<'a> Scene<'a> {
    /// Prepares a run of `design` for its picture.
    #[must_use]
    pub fn new(design: &'a Design, layout: &'a Layout, log: &'a RunLog) -> Self {
        let stations = layout
            .nodes
            .iter()
            .map(|node| stations_of(node, log))
            .collect();
        let peak = (0..log.intervals.len())
            .map(|at| offered_rate(log, at))
            .fold(0.0, f64::max);
        let mut scene = Self {
            design,
            layout,
            log,
            stations,
            homes: Vec::new(),
            failovers: Vec::new(),
            outages: Vec::new(),
            peak,
        };
        scene.read_events();
        scene
    }

    /// The last recorded interval that has begun at a time in seconds.
    #[must_use]
    pub fn interval_at(&self, at_s: f64) -> usize {
        let length = self.log.header.interval.as_s_f64().max(1e-9);
        let index = (at_s.max(0.0) / length) as usize;
        index.min(self.log.intervals.len().saturating_sub(1))
    }

    /// The picture at the end of an interval.
    #[must_use]
    pub fn frame(&self, interval: usize, language: Language) -> Frame {
        if interval >= self.log.intervals.len() {
            return Frame::default();
        }
        let nodes: Vec<BoxFrame> = (0..self.layout.nodes.len())
            .map(|at| self.node(at, interval, language))
            .collect();
        let edges = (0..self.layout.edges.len())
            .map(|at| self.edge(at, interval))
            .collect();
        let groups = self.layout.groups.iter();
        let groups = groups.map(|group| {
            let zone = group.zone.filter(|_| group.kind == GroupKind::Zone);
            let state = zone.map_or(BoxState::Normal, |zone| {
                self.zone_state(zone, interval, &nodes)
            });
            let note = match state {
                BoxState::Down => format!("{} {}", state.glyph(), text(Key::ZoneDown, language)),
                BoxState::Recovering => {
                    format!("{} {}", state.glyph(), text(Key::ZoneRecovering, language))
                }
                _ => String::new(),
            };
            GroupFrame { state, note }
        });
        Frame {
            groups: groups.collect(),
            nodes,
            edges,
        }
    }

    /// The same content as rows, zone by zone; what stands outside the zones comes first.
    #[must_use]
    pub fn rows(&self, frame: &Frame, language: Language) -> Vec<ListRow> {
        let mut rows = Vec::new();
        let boxes = self.layout.nodes.iter().zip(&frame.nodes).enumerate();
        let outside = boxes.clone().filter(|(_, (node, _))| node.zone.is_none());
        rows.extend(outside.map(|(at, (node, now))| self.row(at, node, now, 1, language)));
        for (group, now) in self.layout.groups.iter().zip(&frame.groups) {
            let Some(zone) = group.zone else { continue };
            rows.push(ListRow {
                node: None,
                level: 1,
                name: group.label.clone(),
                kind: String::new(),
                state: now.state,
                word: now.state.word(language).to_string(),
                figure: String::new(),
            });
            let inside = boxes
                .clone()
                .filter(|(_, (node, _))| node.zone == Some(zone));
            let mut inside: Vec<_> = inside.collect();
            order::sort_by(&mut inside, |(_, (a, _)), (_, (b, _))| {
                (a.rect.y, a.rect.x).cmp(&(b.rect.y, b.rect.x))
            });
            let inside = inside.into_iter();
            rows.extend(inside.map(|(at, (node, now))| self.row(at, node, now, 2, language)));
        }
        rows
    }

    fn row(
        &self,
        at: usize,
        node: &Node,
        now: &BoxFrame,
        level: u8,
        language: Language,
    ) -> ListRow {
        let component = self.design.find(&node.component);
        let kind = component.map_or("", |index| {
            words::kind(&self.design.vertex(index).component, language)
        });
        ListRow {
            node: Some(at),
            level,
            name: node.component.clone(),
            kind: kind.to_string(),
            state: now.state,
            word: now.state.word(language).to_string(),
            figure: now.figure.clone(),
        }
    }

    fn read_events(&mut self) {
        let never = SimTime::NEVER;
        for event in &self.log.events {
            let zone = event.zone.map(crate::model::ZoneIndex::index);
            match &event.kind {
                EventKind::ZoneLost { .. }
                | EventKind::Contact(ContactEvent::ZoneCutOff { .. }) => {
                    self.outages
                        .extend(zone.map(|zone| (zone, event.at, never)));
                }
                EventKind::ZoneRestored | EventKind::Contact(ContactEvent::ZoneReconnected) => {
                    let lost = self.outages.iter_mut().rev();
                    let mut of_zone =
                        lost.filter(|(one, _, end)| Some(*one) == zone && *end == never);
                    if let Some((_, _, end)) = of_zone.next() {
                        *end = event.at;
                    }
                }
                EventKind::FailoverStarted { to, .. } => {
                    self.failovers
                        .push((event.entity.clone(), event.at, never, to.index()));
                }
                EventKind::FailoverCompleted { .. } => {
                    let mut mine = self
                        .failovers
                        .iter_mut()
                        .rev()
                        .filter(|(id, ..)| *id == event.entity);
                    if let Some((id, _, end, to)) = mine.next() {
                        *end = event.at;
                        self.homes.push((id.clone(), event.at, *to));
                    }
                }
                _ => {}
            }
        }
    }

    /// Just before the end of an interval.
    fn moment(&self, interval: usize) -> SimTime {
        let end = self.log.interval_start(interval) + self.log.interval_length(interval);
        SimTime::from_ns(end.as_ns().saturating_sub(1))
    }

    fn is_zone_down(&self, zone: usize, moment: SimTime) -> bool {
        self.outages
            .iter()
            .any(|(one, from, to)| *one == zone && *from <= moment && moment < *to)
    }

    fn zone_state(&self, zone: usize, interval: usize, nodes: &[BoxFrame]) -> BoxState {
        let moment = self.moment(interval);
        if self.is_zone_down(zone, moment) {
            return BoxState::Down;
        }
        let had_outage = self
            .outages
            .iter()
            .any(|(one, _, end)| *one == zone && *end <= moment);
        let inside = self
            .layout
            .nodes
            .iter()
            .zip(nodes)
            .filter(|(node, _)| node.zone == Some(zone));
        let is_booting = inside
            .into_iter()
            .any(|(_, now)| matches!(now.state, BoxState::Recovering | BoxState::Down));
        if had_outage && is_booting {
            BoxState::Recovering
        } else {
            BoxState::Normal
        }
    }

    /// Zone of a database's writer or a cache's primary.
    fn home(&self, node: &Node, moment: SimTime) -> Option<usize> {
        let moved = self.homes.iter().rev();
        let moved = moved.filter(|(id, since, _)| *id == node.component && *since <= moment);
        let start = || {
            let same = self
                .layout
                .nodes
                .iter()
                .filter(|one| one.component == node.component);
            same.into_iter()
                .find(|one| one.role == Role::Primary)
                .and_then(|one| one.zone)
        };
        moved.map(|(_, _, zone)| *zone).next().or_else(start)
    }

    fn edge(&self, at: usize, interval: usize) -> EdgeFrame {
        let edge = &self.layout.edges[at];
        if edge.kind == EdgeKind::Replicates {
            return EdgeFrame {
                step: 1,
                is_shown: true,
            };
        }
        let target = &self.layout.nodes[edge.to];
        let moment = self.moment(interval);
        if target.role != Role::Single && self.home(target, moment) != target.zone {
            return EdgeFrame {
                step: 0,
                is_shown: false,
            };
        }
        let rate = self.arrivals(edge.to, interval) * self.share(at, interval);
        EdgeFrame {
            step: width_step(rate, self.peak),
            is_shown: true,
        }
    }

    /// Requests or calls per second that reach a box. A gateway has no count of its own: it carries
    /// what the services behind it receive.
    fn arrivals(&self, node: usize, interval: usize) -> f64 {
        let kind = self.layout.nodes[node].kind;
        if kind == "nat_gateway" {
            let onward = self
                .layout
                .edges
                .iter()
                .enumerate()
                .filter(|(_, edge)| edge.from == node);
            return onward
                .map(|(at, edge)| self.arrivals(edge.to, interval) * self.share(at, interval))
                .sum();
        }
        let stations = self.stations[node].iter();
        stations
            .map(|station| self.log.sample(interval, *station).arrival_rate)
            .sum()
    }

    /// Share of what reaches a line's end that comes along this line: callers send in proportion to
    /// what they receive.
    fn share(&self, at: usize, interval: usize) -> f64 {
        let edge = &self.layout.edges[at];
        let weight = |from: usize| {
            let node = &self.layout.nodes[from];
            match node.kind {
                "users" => 1.0,
                "nat_gateway" => {
                    let callers = self.layout.edges.iter().filter(|edge| edge.to == from);
                    callers.map(|edge| self.arrivals(edge.from, interval)).sum()
                }
                _ => self.arrivals(from, interval),
            }
        };
        let rivals = self.layout.edges.iter();
        let rivals = rivals.filter(|one| one.to == edge.to && one.kind != EdgeKind::Replicates);
        let total: f64 = rivals.map(|one| weight(one.from)).sum();
        if total > 0.0 {
            weight(edge.from) / total
        } else {
            0.0
        }
    }
}

fn stations_of(node: &Node, log: &RunLog) -> Vec<usize> {
    let fits = |kind: StationKind| match kind {
        StationKind::BalancerNode => node.kind == "load_balancer",
        StationKind::Pods | StationKind::Tasks => node.kind == "deployment",
        StationKind::Nodes => matches!(node.kind, "node_pool" | "node_group"),
        StationKind::Database => node.kind == "database",
        StationKind::Cache => node.kind == "cache",
        StationKind::NatGateway => node.kind == "nat_gateway",
        StationKind::Fargate => node.kind == "fargate",
        StationKind::External => matches!(node.kind, "external_service" | "queue"),
    };
    let is_single_place = matches!(node.kind, "database" | "cache" | "load_balancer");
    let stations = log.stations.iter().enumerate();
    stations
        .filter(|(_, station)| {
            let zone = station.zone.map(usize::from);
            fits(station.kind)
                && station.component == node.component
                && (is_single_place || zone == node.zone)
        })
        .map(|(at, _)| at)
        .collect()
}

fn offered_rate(log: &RunLog, interval: usize) -> f64 {
    let length = log.interval_length(interval).as_s_f64();
    if length > 0.0 {
        log.intervals[interval].offered / length
    } else {
        0.0
    }
}

fn width_step(rate: f64, peak: f64) -> u8 {
    let is_positive = |value: f64| value > 0.0;
    if !is_positive(rate) || !is_positive(peak) {
        return 0;
    }
    let share = rate / peak;
    let step = WIDTH_STEPS
        .iter()
        .position(|bound| share <= *bound)
        .unwrap_or(WIDTH_STEPS.len());
    u8::try_from(step + 1).unwrap_or(5)
}
