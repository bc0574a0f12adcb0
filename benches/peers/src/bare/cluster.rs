//! W3: an autoscaled cluster, tick by tick, with every pod and every node as an entry of a list.
//!
//! A tick loses nodes, scales pods, places them, scales nodes and serves the load, in this order.
//! Requests are a rate: the pods together are one station of Erlang's kind, and what they cannot
//! serve is a backlog.

use peers::answer::Answer;
use peers::workload::w3;
use tradewind::sim::dist::{exponential, normal};
use tradewind::sim::{LatencyHistogram, RngStream};

/// W3 over so many days.
pub fn month(n_days: u32, seed: u64) -> Answer {
    let mut load = Load::new(seed);
    let mut cluster = Cluster::new(seed);
    let mut autoscaler = PodAutoscaler::default();
    let mut service = Service::default();
    let mut totals = Totals::default();
    let n_ticks = (f64::from(n_days) * w3::DAY_S / w3::TICK_S) as u32;
    for tick in 0..n_ticks {
        let now = f64::from(tick) * w3::TICK_S;
        cluster.lose_nodes(now);
        let n_wanted = autoscaler.decide(service.rate, cluster.n_wanted);
        cluster.scale_pods(n_wanted, now);
        cluster.scale_nodes(now);
        service.serve(load.at(now), cluster.count_ready_pods(now));
        totals.add(&cluster, &service);
    }
    totals.answer(n_ticks, cluster.n_lost)
}

/// Requests per second: the day's curve times a slow wandering.
struct Load {
    chance: RngStream,
    wandering: f64,
    memory: f64,
    news: f64,
}

impl Load {
    fn new(seed: u64) -> Self {
        let memory = libm::exp(-w3::TICK_S / w3::NOISE_MEMORY_S);
        Self {
            chance: RngStream::new(seed, 0, "bench", "w3-load", 0),
            wandering: 0.0,
            memory,
            news: w3::NOISE_CV * (1.0 - memory * memory).sqrt(),
        }
    }

    /// The load now; called once a tick.
    fn at(&mut self, now: f64) -> f64 {
        self.wandering = self.memory * self.wandering + self.news * normal(&mut self.chance);
        let phase = (now - w3::PEAK_AT_S) / w3::DAY_S * std::f64::consts::TAU;
        let curve = 1.0 + w3::LOAD_SWING * libm::cos(phase);
        w3::LOAD * curve * (1.0 + self.wandering).max(0.0)
    }
}

/// The Horizontal Pod Autoscaler, on the share of servers that are busy.
#[derive(Default)]
struct PodAutoscaler {
    recommended: [u32; w3::HPA_WINDOW],
    next: usize,
}

impl PodAutoscaler {
    /// How many pods there should be, given the requests per second that were served and how many
    /// there should have been so far.
    fn decide(&mut self, rate: f64, n_pods: u32) -> u32 {
        let n_busy_pods = rate * w3::SERVICE_S / f64::from(w3::POD_SERVERS);
        let needed = n_busy_pods / w3::HPA_TARGET;
        let is_near = (needed / f64::from(n_pods) - 1.0).abs() <= w3::HPA_TOLERANCE;
        let recommended = if is_near {
            n_pods
        } else {
            needed.ceil().max(1.0) as u32
        };
        self.recommended[self.next] = recommended;
        self.next = (self.next + 1) % w3::HPA_WINDOW;
        let highest = self.recommended.iter().fold(0, |a, b| a.max(*b));
        let most = n_pods + n_pods.max(w3::HPA_MAX_STEP);
        // Up to what is recommended now, down to the highest recommendation of the window.
        recommended.max(n_pods.min(highest)).min(most)
    }
}

/// A node and the pods on it.
struct Node {
    zone: usize,
    ready_at: f64,
    dies_at: f64,
    empty_since: f64,
    /// When each pod is ready, in order of placement; the first `n_pods` count.
    pods_ready_at: [f64; w3::PODS_PER_NODE as usize],
    n_pods: u32,
}

impl Node {
    fn pods(&self) -> &[f64] {
        &self.pods_ready_at[..self.n_pods as usize]
    }
}

/// Nodes in order of launch.
struct Cluster {
    chance: RngStream,
    nodes: Vec<Node>,
    n_wanted: u32,
    n_placed: u32,
    n_launched: usize,
    n_lost: u32,
    n_zone_losses: usize,
}

impl Cluster {
    /// A cluster with the nodes and pods of the start, all ready.
    fn new(seed: u64) -> Self {
        let mut cluster = Self {
            chance: RngStream::new(seed, 0, "bench", "w3-nodes", 0),
            nodes: Vec::new(),
            n_wanted: w3::PODS_AT_START,
            n_placed: 0,
            n_launched: 0,
            n_lost: 0,
            n_zone_losses: 0,
        };
        for _ in 0..w3::PODS_AT_START.div_ceil(w3::PODS_PER_NODE) {
            cluster.launch(0.0);
        }
        cluster.place_pods(0.0, 0.0);
        cluster
    }

    /// Nodes die, one by one or with their zone, and their pods with them.
    fn lose_nodes(&mut self, now: f64) {
        let zone_loss = w3::ZONE_LOST_AT_S.get(self.n_zone_losses);
        let lost_zone = zone_loss.is_some_and(|at| *at <= now);
        self.n_zone_losses += usize::from(lost_zone);
        let is_lost =
            |node: &Node| node.dies_at <= now || (lost_zone && node.zone == w3::LOST_ZONE);
        for node in self.nodes.extract_if(.., |node| is_lost(node)) {
            self.n_placed -= node.n_pods;
            self.n_lost += 1;
        }
    }

    /// Removes pods that are not wanted, newest node first, and places those that are.
    fn scale_pods(&mut self, n_wanted: u32, now: f64) {
        self.n_wanted = n_wanted;
        for node in self.nodes.iter_mut().rev() {
            if self.n_placed <= n_wanted {
                break;
            }
            let n_removed = node.n_pods.min(self.n_placed - n_wanted);
            if n_removed > 0 && n_removed == node.n_pods {
                node.empty_since = now;
            }
            node.n_pods -= n_removed;
            self.n_placed -= n_removed;
        }
        self.place_pods(now, now + w3::POD_START_S);
    }

    fn place_pods(&mut self, now: f64, ready_at: f64) {
        for node in &mut self.nodes {
            if self.n_placed >= self.n_wanted {
                break;
            }
            if node.ready_at > now {
                continue;
            }
            let n_new = (w3::PODS_PER_NODE - node.n_pods).min(self.n_wanted - self.n_placed);
            let places = node.n_pods as usize..(node.n_pods + n_new) as usize;
            node.pods_ready_at[places].fill(ready_at);
            node.n_pods += n_new;
            self.n_placed += n_new;
        }
    }

    /// Launches nodes for pods without a place, and removes nodes that are empty for long.
    fn scale_nodes(&mut self, now: f64) {
        let n_booting = self.nodes.iter().filter(|node| node.ready_at > now).count() as u32;
        let n_homeless = self.n_wanted.saturating_sub(self.n_placed);
        let n_needed = n_homeless.div_ceil(w3::PODS_PER_NODE);
        for _ in n_booting..n_needed {
            self.launch(now + w3::NODE_BOOT_S);
        }
        self.nodes
            .retain(|node| node.n_pods > 0 || now - node.empty_since < w3::NODE_EMPTY_S);
    }

    fn launch(&mut self, ready_at: f64) {
        self.nodes.push(Node {
            zone: self.n_launched % w3::ZONES,
            ready_at,
            dies_at: ready_at + exponential(&mut self.chance, w3::NODE_LIFE_S),
            empty_since: ready_at,
            pods_ready_at: [0.0; w3::PODS_PER_NODE as usize],
            n_pods: 0,
        });
        self.n_launched += 1;
    }

    fn count_ready_pods(&self, now: f64) -> u32 {
        let ready_on = |node: &Node| node.pods().iter().filter(|at| **at <= now).count();
        self.nodes.iter().map(ready_on).sum::<usize>() as u32
    }
}

/// What the requests of a tick meet.
#[derive(Default)]
struct Service {
    /// Requests served per second.
    rate: f64,
    /// Mean response time in seconds.
    response_s: f64,
    /// Requests that wait since earlier ticks.
    backlog: f64,
    /// Requests given up.
    dropped: f64,
}

impl Service {
    fn serve(&mut self, load: f64, n_pods: u32) {
        let n_servers = n_pods * w3::POD_SERVERS;
        let capacity = f64::from(n_servers) / w3::SERVICE_S;
        let offered = load * w3::TICK_S + self.backlog;
        let served = offered.min(capacity * w3::TICK_S);
        let left = offered - served;
        self.backlog = left.min(capacity * w3::PATIENCE_S);
        self.dropped = left - self.backlog;
        self.rate = served / w3::TICK_S;
        let wait_s = if self.backlog > 0.0 {
            self.backlog / capacity
        } else {
            mean_wait_s(n_servers, self.rate)
        };
        self.response_s = w3::SERVICE_S + wait_s;
    }
}

/// Mean wait of M/M/c in seconds: Sakasegawa's closed form of Erlang's formula (1977), which is
/// within a few percent of it wherever a wait is worth the name.
fn mean_wait_s(n_servers: u32, rate: f64) -> f64 {
    let (c, busy) = (f64::from(n_servers), rate * w3::SERVICE_S);
    if busy >= c {
        return 0.0; // The backlog tells how long they wait.
    }
    libm::pow(busy / c, (2.0 * (c + 1.0)).sqrt() - 1.0) * w3::SERVICE_S / (c - busy)
}

/// Sums over all ticks.
#[derive(Default)]
struct Totals {
    pods: f64,
    nodes: f64,
    dropped: f64,
    responses: LatencyHistogram,
}

impl Totals {
    fn add(&mut self, cluster: &Cluster, service: &Service) {
        self.pods += f64::from(cluster.n_placed);
        self.nodes += cluster.nodes.len() as f64;
        self.dropped += service.dropped;
        self.responses
            .record(service.response_s, service.rate * w3::TICK_S);
    }

    fn answer(&self, n_ticks: u32, n_lost: u32) -> Answer {
        let n = f64::from(n_ticks);
        let node_hours = self.nodes * w3::TICK_S / 3600.0;
        let offered = self.responses.total() + self.dropped;
        let mean_s = self.responses.mean_s().unwrap_or(f64::NAN);
        Answer(vec![
            ("pods", self.pods / n),
            ("nodes", self.nodes / n),
            ("nodes_lost", f64::from(n_lost)),
            ("mean_ms", mean_s * 1e3),
            ("dropped_ppm", self.dropped / offered * 1e6),
            ("node_cost_usd", node_hours * w3::NODE_HOUR_USD),
        ])
    }
}
