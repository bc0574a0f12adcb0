//! simcore (the core of DSLab): components that handle events and emit new ones.
//!
//! Written as its guide and examples do: a component owns a context, an event is a structure that
//! can be cloned and serialized, a handler matches on its type. Times come from the context's own
//! generator through `rand_distr` (a ziggurat).

use std::cell::RefCell;
use std::collections::VecDeque;
use std::process::ExitCode;
use std::rc::Rc;

use peers::answer::Requests;
use peers::program;
use peers::workload::{Workload, w1, w2};
use rand_distr_04::Exp;
use serde::Serialize;
use simcore::{Event, EventHandler, Id, Simulation, SimulationContext, cast};

fn main() -> ExitCode {
    program::main(|order| match order.workload {
        Workload::W1 => Ok(one_station(order.size, order.seed).waits()),
        Workload::W2 => Ok(web_chain(order.size, order.seed).response_times()),
        Workload::W3 => Err("simcore has no cluster; this program plays w1 and w2".to_owned()),
    })
}

/// A request enters the receiver.
#[derive(Clone, Serialize)]
struct Request {
    arrived: f64,
}

/// The source's next request is due.
#[derive(Clone, Serialize)]
struct NextArrival {}

/// A server of the receiver is done with a request.
#[derive(Clone, Serialize)]
struct Served {
    arrived: f64,
}

fn law(mean_s: f64) -> Exp<f64> {
    Exp::new(1.0 / mean_s).expect("a mean time is positive")
}

/// Sends requests at random times.
struct Source {
    ctx: SimulationContext,
    gap: Exp<f64>,
    /// On the way to the first station.
    delay: Option<Exp<f64>>,
    n_to_come: u32,
    to: Id,
}

impl Source {
    fn wait_for_next(&mut self) {
        if self.n_to_come > 0 {
            self.n_to_come -= 1;
            let gap = self.ctx.sample_from_distribution(&self.gap);
            self.ctx.emit_self(NextArrival {}, gap);
        }
    }

    fn send(&self) {
        let delay = self
            .delay
            .map(|law| self.ctx.sample_from_distribution(&law));
        let arrived = self.ctx.time();
        self.ctx
            .emit(Request { arrived }, self.to, delay.unwrap_or(0.0));
    }
}

impl EventHandler for Source {
    fn on(&mut self, event: Event) {
        cast!(match event.data {
            NextArrival {} => {
                self.send();
                self.wait_for_next();
            }
        });
    }
}

/// What becomes of a request that a station has served.
enum Route {
    Answered,
    To(Id),
    ToAny(Vec<Id>),
    AnsweredOr { ratio: f64, else_to: Id },
}

/// Parallel servers and a queue. What waits is the time of arrival, here and in the system.
struct Station {
    ctx: SimulationContext,
    n_idle: u32,
    service: Exp<f64>,
    waiting: VecDeque<(f64, f64)>,
    route: Route,
    answered: Rc<RefCell<Requests>>,
}

impl Station {
    fn on_request(&mut self, arrived: f64) {
        let now = self.ctx.time();
        if self.n_idle > 0 {
            self.n_idle -= 1;
            self.start(now, arrived);
        } else {
            self.waiting.push_back((now, arrived));
        }
    }

    fn start(&mut self, entered: f64, arrived: f64) {
        self.answered.borrow_mut().wait(self.ctx.time() - entered);
        let service = self.ctx.sample_from_distribution(&self.service);
        self.ctx.emit_self(Served { arrived }, service);
    }

    fn on_served(&mut self, arrived: f64) {
        match self.waiting.pop_front() {
            Some((entered, arrived)) => self.start(entered, arrived),
            None => self.n_idle += 1,
        }
        match self.next() {
            Some(to) => {
                self.ctx.emit_now(Request { arrived }, to);
            }
            None => {
                let response = self.ctx.time() - arrived;
                self.answered.borrow_mut().respond(response);
            }
        }
    }

    fn next(&self) -> Option<Id> {
        match &self.route {
            Route::Answered => None,
            Route::To(to) => Some(*to),
            Route::ToAny(all) => Some(all[self.ctx.gen_range(0..all.len())]),
            Route::AnsweredOr { ratio, else_to } => (self.ctx.rand() >= *ratio).then_some(*else_to),
        }
    }
}

impl EventHandler for Station {
    fn on(&mut self, event: Event) {
        cast!(match event.data {
            Request { arrived } => {
                self.on_request(arrived);
            }
            Served { arrived } => {
                self.on_served(arrived);
            }
        });
    }
}

/// A simulation, and what has been answered in it.
struct Bench {
    simulation: Simulation,
    answered: Rc<RefCell<Requests>>,
}

impl Bench {
    fn new(seed: u64) -> Self {
        Self {
            simulation: Simulation::new(seed),
            answered: Rc::default(),
        }
    }

    fn station(&mut self, name: &str, (n_servers, mean_s): (u32, f64), route: Route) -> Id {
        let station = Station {
            ctx: self.simulation.create_context(name),
            n_idle: n_servers,
            service: law(mean_s),
            waiting: VecDeque::new(),
            route,
            answered: Rc::clone(&self.answered),
        };
        self.simulation
            .add_handler(name, Rc::new(RefCell::new(station)))
    }

    /// Sends so many requests `to` a station and plays until all have been answered.
    fn run(mut self, rate: f64, delay_s: Option<f64>, n_requests: u32, to: Id) -> Requests {
        let source = Rc::new(RefCell::new(Source {
            ctx: self.simulation.create_context("source"),
            gap: law(1.0 / rate),
            delay: delay_s.map(law),
            n_to_come: n_requests,
            to,
        }));
        self.simulation.add_handler("source", source.clone());
        source.borrow_mut().wait_for_next();
        self.simulation.step_until_no_events();
        self.answered.take()
    }
}

fn one_station(n_requests: u32, seed: u64) -> Requests {
    let mut bench = Bench::new(seed);
    let station = bench.station("station", (w1::SERVERS, w1::SERVICE_S), Route::Answered);
    bench.run(w1::ARRIVAL_RATE, None, n_requests, station)
}

fn web_chain(n_requests: u32, seed: u64) -> Requests {
    let mut bench = Bench::new(seed);
    let database = bench.station("database", w2::DATABASE, Route::Answered);
    let hit_or_miss = Route::AnsweredOr {
        ratio: w2::HIT_RATIO,
        else_to: database,
    };
    let cache = bench.station("cache", w2::CACHE, hit_or_miss);
    let replicas = (0..w2::REPLICAS)
        .map(|n| bench.station(&format!("replica-{n}"), w2::REPLICA, Route::To(cache)))
        .collect();
    let balancer = bench.station("balancer", w2::BALANCER, Route::ToAny(replicas));
    bench.run(w2::ARRIVAL_RATE, Some(w2::EDGE_S), n_requests, balancer)
}
