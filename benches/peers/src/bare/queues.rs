//! The queueing workloads: one station, and a chain of them.

use std::collections::VecDeque;

use peers::answer::{Answer, Requests};
use peers::workload::{w1, w2};
use tradewind::sim::RngStream;
use tradewind::sim::dist::exponential;
use tradewind::sim::rng::Uniforms as _;

use crate::event_list::EventList;

/// Parallel servers and those who wait for one. A waiting request is all that `R` says about it.
struct Station<R> {
    n_idle: u32,
    service_s: f64,
    waiting: VecDeque<R>,
}

impl<R> Station<R> {
    fn new((n_servers, service_s): (u32, f64)) -> Self {
        Self {
            n_idle: n_servers,
            service_s,
            waiting: VecDeque::new(),
        }
    }

    /// A request comes; it is given back when a server takes it at once.
    fn enter(&mut self, request: R) -> Option<R> {
        if self.n_idle == 0 {
            self.waiting.push_back(request);
            return None;
        }
        self.n_idle -= 1;
        Some(request)
    }

    /// A server is done; the request that it takes next, if one waits.
    fn leave(&mut self) -> Option<R> {
        let next = self.waiting.pop_front();
        self.n_idle += u32::from(next.is_none());
        next
    }
}

/// W1: a request is the time of its arrival. Its response time is known when its service begins.
pub fn one_station(n_requests: u32, seed: u64) -> Answer {
    enum Event {
        Arrival,
        Departure,
    }
    let mut chance = RngStream::new(seed, 0, "bench", "w1", 0);
    let mut station = Station::new((w1::SERVERS, w1::SERVICE_S));
    let mut events = EventList::with_capacity(w1::SERVERS as usize + 1);
    let mut requests = Requests::default();
    let gap_s = 1.0 / w1::ARRIVAL_RATE;
    let mut n_to_come = n_requests;

    events.push(exponential(&mut chance, gap_s), Event::Arrival);
    while let Some((now, event)) = events.pop() {
        let started = match event {
            Event::Arrival if n_to_come == 0 => None,
            Event::Arrival => {
                n_to_come -= 1;
                events.push(now + exponential(&mut chance, gap_s), Event::Arrival);
                station.enter(now)
            }
            Event::Departure => station.leave(),
        };
        if let Some(arrived) = started {
            let service_s = exponential(&mut chance, station.service_s);
            events.push(now + service_s, Event::Departure);
            requests.wait(now - arrived);
            requests.respond(now - arrived + service_s);
        }
    }
    requests.waits()
}

/// Where the stations of W2 stand in their list; the replicas come first.
const BALANCER: usize = w2::REPLICAS as usize;
const CACHE: usize = BALANCER + 1;
const DATABASE: usize = BALANCER + 2;

/// W2: a request is the time of its arrival, which its events carry along.
pub fn web_chain(n_requests: u32, seed: u64) -> Answer {
    enum Event {
        Arrival,
        PassedEdge { arrived: f64 },
        Served { at: usize, arrived: f64 },
    }
    let mut chance = RngStream::new(seed, 0, "bench", "w2", 0);
    let mut stations: Vec<Station<f64>> = (0..w2::REPLICAS)
        .map(|_| w2::REPLICA)
        .chain([w2::BALANCER, w2::CACHE, w2::DATABASE])
        .map(Station::new)
        .collect();
    let mut events = EventList::with_capacity(256);
    let mut requests = Requests::default();
    let gap_s = 1.0 / w2::ARRIVAL_RATE;
    let mut n_to_come = n_requests;

    events.push(exponential(&mut chance, gap_s), Event::Arrival);
    while let Some((now, event)) = events.pop() {
        // Who goes on, and where to.
        let (arrived, next) = match event {
            Event::Arrival if n_to_come == 0 => continue,
            Event::Arrival => {
                n_to_come -= 1;
                events.push(now + exponential(&mut chance, gap_s), Event::Arrival);
                let passed = now + exponential(&mut chance, w2::EDGE_S);
                events.push(passed, Event::PassedEdge { arrived: now });
                continue;
            }
            Event::PassedEdge { arrived } => (arrived, Some(BALANCER)),
            Event::Served { at, arrived } => {
                if let Some(arrived) = stations[at].leave() {
                    let done = now + exponential(&mut chance, stations[at].service_s);
                    events.push(done, Event::Served { at, arrived });
                }
                (arrived, next_station(at, &mut chance))
            }
        };
        let Some(at) = next else {
            requests.respond(now - arrived);
            continue;
        };
        if let Some(arrived) = stations[at].enter(arrived) {
            let done = now + exponential(&mut chance, stations[at].service_s);
            events.push(done, Event::Served { at, arrived });
        }
    }
    requests.response_times()
}

/// Where a request goes after a station; none when it has been answered.
fn next_station(at: usize, chance: &mut RngStream) -> Option<usize> {
    match at {
        BALANCER => Some(chance.below(u64::from(w2::REPLICAS)) as usize),
        CACHE => (chance.uniform() >= w2::HIT_RATIO).then_some(DATABASE),
        DATABASE => None,
        _ => Some(CACHE),
    }
}
