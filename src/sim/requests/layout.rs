//! Who is there: stations, and the lists from which callers choose one.
//!
//! The control plane says how many pods of each kind a zone has; here they are single stations. A
//! pod that appears is a new, idle station. Pods that go are the youngest of their zone: as many as
//! died are dead at once, with all they had taken in; the rest finish their work and get no more.

use crate::model::BalancingAlgorithm;
use crate::sim::entry::{Entry, live_targets};
use crate::sim::flow::{EndpointState, FlowGraph, FlowState, Impairment, PodGroup, Target};

use super::station::{Life, Row, Station, StationId};

/// Outcomes of a draw among members with parts of their own.
const DRAWS: usize = 1 << 30;

/// A member of a list.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Listed {
    /// A station that takes requests.
    Up(StationId),
    /// Nobody answers there.
    Dead,
    /// It refuses what it is sent.
    Stopped,
}

/// A list of targets.
#[derive(Debug, Clone, Default)]
pub struct Targets {
    list: Vec<Listed>,
    /// What part of its turns each takes, the largest 1; empty while all take every turn.
    parts: Vec<f64>,
    /// Parts of turns that each has left.
    left: Vec<f64>,
    /// Whose turn it is.
    turn: usize,
}

impl Targets {
    /// Chooses a target; none when nobody is listed. `random` is a uniform number below the length
    /// that it is given.
    #[inline]
    pub fn choose(
        &mut self,
        algorithm: BalancingAlgorithm,
        stations: &[Station],
        random: impl FnOnce(usize) -> usize,
    ) -> Option<Listed> {
        let count = self.list.len();
        if count <= 1 {
            return self.list.first().copied();
        }
        let at = match algorithm {
            BalancingAlgorithm::Random if self.parts.is_empty() => random(count),
            BalancingAlgorithm::Random => self.draw_part(random(DRAWS)),
            BalancingAlgorithm::RoundRobin if self.parts.is_empty() => self.take_turn(),
            BalancingAlgorithm::RoundRobin => self.take_part(),
            BalancingAlgorithm::LeastOutstandingRequests => {
                // Members that answer nobody get their turn, as on rates. In truth what was sent to
                // a silent one stays outstanding and keeps more away, and one that refuses at once
                // always has least and draws more.
                let outstanding = |at: &usize| match self.list[*at] {
                    Listed::Up(it) => stations[it as usize].outstanding,
                    Listed::Dead | Listed::Stopped => u32::MAX,
                };
                let turn = self.turn % count;
                let least = (0..count)
                    .map(|n| (turn + n) % count)
                    .min_by_key(outstanding)
                    .filter(|_| matches!(self.list[turn], Listed::Up(_)));
                self.take_turn();
                least.unwrap_or(turn)
            }
        };
        Some(self.list[at])
    }

    /// The one that a draw below [`DRAWS`] names, each as likely as its part is large.
    #[inline(never)]
    fn draw_part(&self, draw: usize) -> usize {
        let mut left = draw as f64 / DRAWS as f64 * self.parts.iter().sum::<f64>();
        let found = self.parts.iter().position(|part| {
            left -= part;
            left < 0.0
        });
        found.unwrap_or(0)
    }

    /// The next that has a whole turn: the largest has one each time.
    #[inline(never)]
    fn take_part(&mut self) -> usize {
        loop {
            let at = self.take_turn();
            self.left[at] += self.parts[at];
            if self.left[at] >= 1.0 - 1e-9 {
                self.left[at] -= 1.0;
                return at;
            }
        }
    }

    /// Takes over what part of its turns each member takes.
    fn set_parts(&mut self, mut parts: Vec<f64>, most: f64) {
        for part in &mut parts {
            *part /= most;
        }
        self.left.resize(parts.len(), 0.0);
        self.parts = parts;
    }

    fn take_turn(&mut self) -> usize {
        let at = self.turn % self.list.len();
        self.turn = at + 1;
        at
    }
}

/// The stations, and the lists that lead to them.
#[derive(Debug, Clone)]
pub struct Layout {
    zones: usize,
    /// At `deployment * zones + zone`, then databases, then caches.
    pub rows: Vec<Row>,
    /// Every station that ever was.
    pub stations: Vec<Station>,
    /// Stations that get nothing new since the last state.
    pub draining: Vec<StationId>,
    /// Targets of each balancer node, by zone.
    pub balanced: Vec<Targets>,
    /// Pods of each deployment, as callers inside find them.
    pub inside: Vec<Targets>,
    /// Databases as they are.
    pub databases: Vec<EndpointState>,
    /// Caches as they are.
    pub caches: Vec<EndpointState>,
    /// External services as they are.
    pub externals: Vec<EndpointState>,
    /// Each zone's traffic has a way out, by the gateway of that zone.
    pub egress: Vec<Option<usize>>,
    /// Shares of the ways in.
    pub entry: Entry,
    /// Balancer nodes by zone: share of clients, and whether it answers.
    pub nodes: Vec<(f64, bool)>,
    /// What faults do to the network of each zone; empty while they do nothing to any.
    networks: Vec<Impairment>,
    groups: Vec<PodGroup>,
    first_database: usize,
    first_cache: usize,
}

impl Layout {
    /// Nobody is there yet.
    #[must_use]
    pub fn new(graph: &FlowGraph) -> Self {
        let zones = graph.zone_count;
        let mut rows = Vec::new();
        for flow in &graph.deployments {
            rows.extend(std::iter::repeat_n(Row::of_deployment(flow), zones));
        }
        let first_database = rows.len();
        let first_cache = first_database + graph.databases.len();
        let mut stations = Vec::new();
        for flow in graph.databases.iter().chain(&graph.caches) {
            rows.push(Row::of_endpoint(flow, stations.len() as StationId));
            stations.push(Station::new(rows.len() - 1, 0));
        }
        Self {
            zones,
            rows,
            stations,
            draining: Vec::new(),
            balanced: vec![Targets::default(); zones],
            inside: vec![Targets::default(); graph.deployments.len()],
            databases: Vec::new(),
            caches: Vec::new(),
            externals: Vec::new(),
            egress: Vec::new(),
            entry: Entry::default(),
            nodes: Vec::new(),
            networks: Vec::new(),
            groups: vec![PodGroup::default(); graph.deployments.len() * zones],
            first_database,
            first_cache,
        }
    }

    /// The station of a database.
    #[must_use]
    pub const fn database(&self, at: usize) -> StationId {
        (at) as StationId
    }

    /// The station of a cache.
    #[must_use]
    pub const fn cache(&self, at: usize) -> StationId {
        (self.first_cache - self.first_database + at) as StationId
    }

    /// Takes a new state over; returns the stations that have died.
    pub fn take_state(&mut self, graph: &FlowGraph, state: &FlowState) -> Vec<StationId> {
        let mut died = Vec::new();
        self.entry = Entry::new(graph, state);
        for (at, group) in state.pods.iter().enumerate() {
            self.resize(at, group, state.fail_open, &mut died);
        }
        self.groups.clone_from(&state.pods);
        for (at, row) in self.rows[..self.first_database].iter_mut().enumerate() {
            row.conduct = state.conduct[at / self.zones];
        }
        self.list_targets(graph, state);
        self.take_endpoints(state, &mut died);
        self.nodes = state
            .entry
            .iter()
            .map(|it| (it.dns_share, it.alive))
            .collect();
        self.networks.clear();
        if state.networks.iter().any(|it| !it.is_none()) {
            self.networks.extend(&state.networks);
        }
        self.egress = (0..self.zones)
            .map(|z| state.egress[z].then_some(state.egress_zone[z]))
            .collect();
        died
    }

    /// The zone whose address a client uses, at a uniform number that is drawn where it matters;
    /// none when there is no address.
    #[inline]
    pub fn node(&self, uniform: impl FnOnce() -> f64) -> Option<usize> {
        let is_only = |(share, _): &(f64, bool)| *share >= 1.0;
        if let Some(zone) = self.nodes.iter().position(is_only) {
            return Some(zone);
        }
        let mut left = uniform();
        self.nodes.iter().position(|(share, _)| {
            left -= share;
            left < 0.0
        })
    }

    /// What faults do to an exchange between two zones.
    #[inline]
    pub fn way(&self, from: usize, to: usize) -> Impairment {
        if self.networks.is_empty() {
            Impairment::default()
        } else {
            Impairment::between(&self.networks, from, to)
        }
    }

    /// Brings a group of pods to its new size.
    fn resize(&mut self, at: usize, now: &PodGroup, fail_open: bool, died: &mut Vec<StationId>) {
        let before = self.groups[at];
        let wanted = now.ready.max(live_targets(now, fail_open)) as usize;
        let in_endpoints = now.lost_in_endpoints();
        let in_balancer = now.lost_in_balancer();
        let newly_dead = in_endpoints
            .saturating_sub(before.lost_in_endpoints())
            .max(in_balancer.saturating_sub(before.lost_in_balancer()));
        while self.rows[at].stations.len() < wanted {
            self.rows[at]
                .stations
                .push(self.stations.len() as StationId);
            self.stations.push(Station::new(at, at % self.zones));
        }
        let gone = self.rows[at].stations.split_off(wanted);
        for (number, station) in gone.into_iter().enumerate() {
            let is_dead = number < newly_dead as usize;
            self.stations[station as usize].life =
                if is_dead { Life::Dead } else { Life::Draining };
            if is_dead {
                died.push(station);
            } else {
                self.draining.push(station);
            }
        }
    }

    fn list_targets(&mut self, graph: &FlowGraph, state: &FlowState) {
        let zones = self.zones;
        for (d, targets) in self.inside.iter_mut().enumerate() {
            targets.list.clear();
            for at in d * zones..(d + 1) * zones {
                let ready = state.pods[at].ready as usize;
                let live = self.rows[at].stations.iter().take(ready);
                targets.list.extend(live.map(|it| Listed::Up(*it)));
                let group = &state.pods[at];
                for (of, count) in [
                    (Listed::Dead, group.dead_in_endpoints),
                    (Listed::Stopped, group.crashed_in_endpoints),
                ] {
                    let them = std::iter::repeat_n(of, count as usize);
                    targets.list.extend(them);
                }
            }
        }
        let Target::Deployment(d) = graph.entry.call.target else {
            return;
        };
        if d >= graph.deployments.len() {
            return;
        }
        let spread = graph.entry.cross_zone || graph.entry.via_nodes;
        for (node, targets) in self.balanced.iter_mut().enumerate() {
            targets.list.clear();
            let mut parts = Vec::new();
            let of = if spread { 0..zones } else { node..node + 1 };
            for zone in of {
                let at = d * zones + zone;
                let group = &state.pods[at];
                let live = live_targets(group, state.fail_open) as usize;
                let stations = self.rows[at].stations.iter().take(live);
                targets.list.extend(stations.map(|it| Listed::Up(*it)));
                parts.extend(state.parts.get(zone).into_iter().flatten().take(live));
                parts.resize(targets.list.len(), 1.0);
                for (of, count) in [
                    (Listed::Dead, group.dead_in_balancer),
                    (Listed::Stopped, group.stopped_in_balancer),
                    (Listed::Stopped, group.crashed_in_balancer),
                ] {
                    let them = std::iter::repeat_n(of, count as usize);
                    targets.list.extend(them);
                }
                let misses = targets.list.len() - parts.len();
                parts.extend(std::iter::repeat_n(graph.entry.miss_part, misses));
            }
            let most = parts.iter().fold(0.0, |most: f64, it| most.max(*it));
            let all_alike = parts.iter().all(|it| (most - it).abs() <= 0.0);
            if all_alike {
                parts.clear();
            }
            targets.set_parts(parts, most);
        }
    }

    fn take_endpoints(&mut self, state: &FlowState, died: &mut Vec<StationId>) {
        for (number, now) in state.databases.iter().chain(&state.caches).enumerate() {
            let station = &mut self.stations[number];
            station.zone = now.zone as u8;
            if now.up {
                station.life = Life::Up;
            } else if station.life == Life::Up {
                station.life = Life::Dead;
                died.push(number as StationId);
            }
        }
        self.databases.clone_from(&state.databases);
        self.caches.clone_from(&state.caches);
        self.externals.clone_from(&state.externals);
    }
}
