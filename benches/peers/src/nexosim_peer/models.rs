//! The models: a source of requests, and parallel servers with a queue.

use std::collections::VecDeque;
use std::time::Duration;

use nexosim::model::{Context, Model, schedulable};
use nexosim::ports::Output;
use nexosim::time::MonotonicTime;
use rand::{RngExt, SeedableRng};
use rand_distr::{Distribution, Exp};
use rand_xoshiro::Xoshiro256PlusPlus;
use serde::{Deserialize, Serialize};

/// A request on its way.
#[derive(Clone, Serialize, Deserialize)]
pub struct Request {
    /// When the source sent it.
    pub arrived: MonotonicTime,
    /// When it came to where it is; at the end, when it was answered.
    pub entered: MonotonicTime,
    /// Time spent in queues so far.
    pub waited: Duration,
}

/// An exponential law.
#[derive(Serialize, Deserialize)]
struct Law {
    exponential: Exp<f64>,
    chance: Xoshiro256PlusPlus,
}

impl Law {
    fn new(mean_s: f64, seed: u64) -> Self {
        Self {
            exponential: Exp::new(1.0 / mean_s).expect("a mean time is positive"),
            chance: Xoshiro256PlusPlus::seed_from_u64(seed),
        }
    }

    /// A time of at least a nanosecond: nothing can be scheduled for now.
    fn draw(&mut self) -> Duration {
        let seconds = self.exponential.sample(&mut self.chance);
        Duration::from_secs_f64(seconds).max(Duration::from_nanos(1))
    }
}

/// Sends requests at random times.
#[derive(Serialize, Deserialize)]
pub struct Source {
    /// Requests -- output port.
    pub out: Output<Request>,
    gap: Law,
    n_to_come: u32,
}

#[Model]
impl Source {
    /// A source of `n_requests` at `rate` per second.
    pub fn new(rate: f64, n_requests: u32, seed: u64) -> Self {
        Self {
            out: Output::default(),
            gap: Law::new(1.0 / rate, seed),
            n_to_come: n_requests,
        }
    }

    #[nexosim(init)]
    async fn init(&mut self, cx: &Context<Self>) {
        self.wait_for_next(cx);
    }

    #[nexosim(schedulable)]
    async fn send(&mut self, _: (), cx: &Context<Self>) {
        let now = cx.time();
        let request = Request {
            arrived: now,
            entered: now,
            waited: Duration::ZERO,
        };
        self.out.send(request).await;
        self.wait_for_next(cx);
    }

    fn wait_for_next(&mut self, cx: &Context<Self>) {
        if self.n_to_come > 0 {
            self.n_to_come -= 1;
            cx.schedule_event(self.gap.draw(), schedulable!(Self::send), ())
                .expect("a gap lies ahead");
        }
    }
}

/// Parallel servers and a queue.
#[derive(Serialize, Deserialize)]
pub struct Station {
    /// What it does not answer itself -- output port.
    pub miss: Output<Request>,
    out: Vec<Output<Request>>,
    hit_ratio: f64,
    n_idle: u32,
    service: Law,
    waiting: VecDeque<Request>,
}

#[Model]
impl Station {
    /// Servers with their mean service time in seconds; a share of `hit_ratio` leaves by one of the
    /// ordinary outputs, the rest by `miss`.
    pub fn new((n_servers, service_s): (u32, f64), hit_ratio: f64, seed: u64) -> Self {
        Self {
            miss: Output::default(),
            out: Vec::new(),
            hit_ratio,
            n_idle: n_servers,
            service: Law::new(service_s, seed),
            waiting: VecDeque::new(),
        }
    }

    /// One more output port; requests leave by any of them.
    pub fn add_output(&mut self) -> &mut Output<Request> {
        self.out.push(Output::default());
        self.out.last_mut().expect("one was pushed")
    }

    /// A request comes -- input port.
    pub async fn enter(&mut self, request: Request, cx: &Context<Self>) {
        if self.n_idle > 0 {
            self.n_idle -= 1;
            self.start(request, cx);
        } else {
            self.waiting.push_back(request);
        }
    }

    fn start(&mut self, mut request: Request, cx: &Context<Self>) {
        request.waited += cx.time().duration_since(request.entered);
        cx.schedule_event(self.service.draw(), schedulable!(Self::leave), request)
            .expect("a service ends later than it begins");
    }

    #[nexosim(schedulable)]
    async fn leave(&mut self, mut request: Request, cx: &Context<Self>) {
        match self.waiting.pop_front() {
            Some(next) => self.start(next, cx),
            None => self.n_idle += 1,
        }
        request.entered = cx.time();
        self.port().send(request).await;
    }

    /// The output port that the next request leaves by.
    fn port(&mut self) -> &mut Output<Request> {
        let chance = &mut self.service.chance;
        let is_hit = self.hit_ratio >= 1.0 || chance.random_bool(self.hit_ratio);
        if !is_hit {
            return &mut self.miss;
        }
        let at = match self.out.len() {
            1 => 0,
            n => chance.random_range(0..n),
        };
        &mut self.out[at]
    }
}
