//! Arrivals: how many requests per second arrive, the same for both designs.
//!
//! The rate is the plan (profile and spikes) times the surges of the tape times a slow random
//! wandering. The wandering is a stationary first-order autoregression sampled every 60 s and
//! joined by straight lines; its stream belongs to the users, so no design can change it.
//!
//! Between two samples, bends or jumps the rate is a straight line, and a step is given the exact
//! mean of that line. So two designs are offered the same number of requests in any stretch of
//! time, however differently their steps fall.
//!
//! Assumed: the wandering is normal around 1 and cut off at 0, with correlation
//! `exp(-60 s / correlation_time)` between neighbouring samples. Arrivals within a step are a
//! Poisson stream, which is the data plane's business.

use super::dist;
use super::rng::RngStream;
use crate::model::{Load, LoadNoise, LoadProfile};
use crate::units::order;
use crate::units::{SimDuration, SimTime};

/// Distance of two samples of the wandering.
const NOISE_PERIOD: SimDuration = SimDuration::from_s(60);

/// A temporary multiplication of the rate.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Surge {
    /// When it begins.
    pub start: SimTime,
    /// When it ends.
    pub end: SimTime,
    /// The factor.
    pub factor: f64,
}

/// A stretch of time over which the rate is a straight line.
#[derive(Debug, Clone, Copy, Default)]
struct Segment {
    start: SimTime,
    end: SimTime,
    /// Rate at the start.
    first: f64,
    /// Rate just before the end.
    last: f64,
}

impl Segment {
    /// The rate, if it neither rises nor falls here and is not zero.
    fn steady_rate(&self) -> Option<f64> {
        let is_steady = self.last - self.first == 0.0 && self.first > 0.0;
        is_steady.then_some(self.first)
    }

    fn at(&self, at: SimTime) -> f64 {
        let length = self.end.since(self.start).as_ns().max(1) as f64;
        let share = at.since(self.start).as_ns() as f64 / length;
        self.first + (self.last - self.first) * share
    }
}

/// The arrival rate over a run.
#[derive(Debug, Clone)]
pub struct Arrivals {
    load: Load,
    surges: Vec<Surge>,
    noise: Noise,
    /// Times at which the plan bends or jumps, sorted.
    breaks: Vec<SimTime>,
    next_break: usize,
    segment: Segment,
}

impl Arrivals {
    /// The arrivals of a run; `stream` is the users' own.
    #[must_use]
    pub fn new(load: &Load, surges: Vec<Surge>, stream: RngStream) -> Self {
        let mut breaks = plan_breaks(load);
        breaks.extend(surges.iter().flat_map(|surge| [surge.start, surge.end]));
        order::sort(&mut breaks);
        breaks.dedup();
        Self {
            noise: Noise::new(load.noise, stream),
            load: load.clone(),
            surges,
            breaks,
            next_break: 0,
            segment: Segment::default(),
        }
    }

    /// The first bend or jump of the plan after `now`, which must not go back between calls. A
    /// step that ends there meets no jump.
    pub fn next_break(&mut self, now: SimTime) -> SimTime {
        while self
            .breaks
            .get(self.next_break)
            .is_some_and(|at| *at <= now)
        {
            self.next_break += 1;
        }
        self.breaks
            .get(self.next_break)
            .copied()
            .unwrap_or(SimTime::NEVER)
    }

    /// The mean rate over a step, in requests per second; over no time at all the rate at its
    /// start. Steps must follow each other in time.
    pub fn rate(&mut self, from: SimTime, to: SimTime) -> f64 {
        self.move_to(from);
        if to <= from {
            return self.segment.at(from);
        }
        let mut requests = 0.0;
        let mut at = from;
        while at < to {
            self.move_to(at);
            let end = to.min(self.segment.end);
            let mean = 0.5 * (self.segment.at(at) + self.segment.at(end));
            requests += mean * end.since(at).as_s_f64();
            at = end;
        }
        requests / to.since(from).as_s_f64()
    }

    /// The moment by which `requests` more are expected after `from`, which must not go back
    /// between calls. Exact on each straight line, so that single requests arrive at the same
    /// moments whatever steps a run makes.
    ///
    /// # Errors
    /// When that is not before `end`: how many are still expected then.
    #[inline]
    pub fn after(&mut self, from: SimTime, requests: f64, end: SimTime) -> Result<SimTime, f64> {
        if let Some(rate) = self.segment.steady_rate() {
            // Beyond the segment this is no answer, but nearly always it is not beyond.
            let next = from + SimDuration::from_s_f64(requests / rate);
            if next < self.segment.end.min(end) {
                return Ok(next);
            }
        }
        let mut at = from;
        let mut left = requests;
        while at < end {
            self.move_to(at);
            let stop = end.min(self.segment.end);
            let (first, last) = (self.segment.at(at), self.segment.at(stop));
            let length_s = stop.since(at).as_s_f64();
            let here = 0.5 * (first + last) * length_s;
            if left < here {
                // The root of first t + slope t^2 / 2 = left, in the form that never cancels.
                let slope = (last - first) / length_s;
                let root = (first * first + 2.0 * slope * left).max(0.0).sqrt();
                let wait = SimDuration::from_s_f64(2.0 * left / (first + root));
                return Ok((at + wait).min(stop));
            }
            left -= here;
            at = stop;
        }
        Err(left)
    }

    /// Makes `segment` the one that holds `at`.
    #[inline]
    fn move_to(&mut self, at: SimTime) {
        if at >= self.segment.end {
            self.segment = self.segment_of(at);
        }
    }

    #[cold]
    fn segment_of(&mut self, at: SimTime) -> Segment {
        let period = NOISE_PERIOD.as_ns();
        let grid = |number: u64| SimTime::from_ns(number.saturating_mul(period));
        let number = at.as_ns() / period;
        let next_break = self.next_break(at);
        let last_break = match self.next_break {
            0 => SimTime::START,
            passed => self.breaks[passed - 1],
        };
        let start = grid(number).max(last_break);
        let end = grid(number + 1).min(next_break);
        let just_before = SimTime::from_ns(end.as_ns() - 1);
        Segment {
            start,
            end,
            first: self.rate_at(start),
            last: self.rate_at(just_before),
        }
    }

    fn rate_at(&mut self, at: SimTime) -> f64 {
        let planned = self.load.planned_rate(at.since(SimTime::START)).rps();
        let surge: f64 = self
            .surges
            .iter()
            .filter(|surge| surge.start <= at && at < surge.end)
            .map(|surge| surge.factor)
            .product();
        planned * surge * self.noise.factor(at)
    }
}

/// Bends and jumps of profile and spikes. A day's cosine has none.
fn plan_breaks(load: &Load) -> Vec<SimTime> {
    let mut breaks = Vec::new();
    if let LoadProfile::Stages { stages, .. } = &load.profile {
        let mut at = SimTime::START;
        for stage in stages {
            at += stage.duration;
            breaks.push(at);
        }
    }
    for spike in load.spikes.values() {
        let mut at = SimTime::START + spike.at;
        breaks.push(at);
        for part in [spike.ramp_up, spike.hold, spike.ramp_down] {
            at += part;
            breaks.push(at);
        }
    }
    breaks
}

/// A stationary first-order autoregression around 1.
#[derive(Debug, Clone)]
struct Noise {
    stream: RngStream,
    cv: f64,
    /// Correlation of neighbouring samples.
    correlation: f64,
    /// Standard deviation of what is new in a sample.
    fresh: f64,
    /// Number of the sample before the last time asked for.
    period: u64,
    /// That sample and the next, in standard deviations.
    samples: [f64; 2],
}

impl Noise {
    fn new(noise: LoadNoise, mut stream: RngStream) -> Self {
        let memory = noise.correlation_time.as_s_f64();
        let correlation = if memory > 0.0 {
            libm::exp(-NOISE_PERIOD.as_s_f64() / memory)
        } else {
            0.0
        };
        let fresh = (1.0 - correlation * correlation).sqrt();
        let first = dist::normal(&mut stream);
        let second = correlation * first + fresh * dist::normal(&mut stream);
        Self {
            stream,
            cv: noise.cv.value(),
            correlation,
            fresh,
            period: 0,
            samples: [first, second],
        }
    }

    fn factor(&mut self, at: SimTime) -> f64 {
        let ns = at.as_ns();
        while self.period < ns / NOISE_PERIOD.as_ns() {
            let last = self.samples[1];
            let next = self.correlation * last + self.fresh * dist::normal(&mut self.stream);
            self.samples = [last, next];
            self.period += 1;
        }
        let within = (ns % NOISE_PERIOD.as_ns()) as f64 / NOISE_PERIOD.as_ns() as f64;
        let sample = self.samples[0] + within * (self.samples[1] - self.samples[0]);
        (1.0 + self.cv * sample).max(0.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{ArrivalProcess, ById, Spike, Stage};
    use crate::units::{Ratio, RequestRate};

    fn stream(replication: u32) -> RngStream {
        RngStream::new(5, replication, "load_noise", "users", 0)
    }

    fn load(profile: LoadProfile, cv: f64) -> Load {
        Load {
            profile,
            spikes: ById::new(),
            noise: LoadNoise {
                cv: Ratio::new(cv),
                correlation_time: SimDuration::from_min(10),
            },
            arrivals: ArrivalProcess::Poisson,
        }
    }

    fn constant(cv: f64) -> Load {
        let rate = RequestRate::per_second(100.0);
        load(LoadProfile::Constant { rate }, cv)
    }

    #[test]
    fn the_wandering_has_its_spread_and_memory() {
        let mut arrivals = Arrivals::new(&constant(0.1), Vec::new(), stream(0));
        let n = 20_000;
        let sample: Vec<f64> = (0..n)
            .map(|i| {
                let at = SimTime::from_s(60 * i);
                arrivals.rate(at, at) / 100.0 - 1.0
            })
            .collect();
        let mean = sample.iter().sum::<f64>() / n as f64;
        let variance = sample.iter().map(|x| x * x).sum::<f64>() / n as f64;
        let lagged = sample.windows(2).map(|w| w[0] * w[1]).sum::<f64>() / n as f64;
        // The mean's standard error is about 0.003 with this much memory.
        assert!(mean.abs() < 0.012, "{mean}");
        assert!((variance.sqrt() - 0.1).abs() < 0.007, "{}", variance.sqrt());
        let expected = libm::exp(-0.1);
        assert!(
            (lagged / variance - expected).abs() < 0.02,
            "{}",
            lagged / variance
        );
    }

    #[test]
    fn a_coarse_walk_meets_as_many_requests_as_a_fine_one() {
        let mut load = load(
            LoadProfile::Diurnal {
                low: RequestRate::per_second(10.0),
                high: RequestRate::per_second(1000.0),
                peak_at: SimDuration::from_h(1),
            },
            0.2,
        );
        let spike = Spike {
            at: SimDuration::from_s(130),
            factor: 3.0,
            ramp_up: SimDuration::from_s(15),
            hold: SimDuration::from_s(20),
            ramp_down: SimDuration::ZERO,
        };
        load.spikes.insert("sale".to_string(), spike);
        let mut fine = Arrivals::new(&load, Vec::new(), stream(1));
        let mut coarse = fine.clone();
        let at = |s: u64| SimTime::from_s(s);
        for step in 0..20 {
            let (from, to) = (step * 97, (step + 1) * 97);
            let pieces: f64 = (from..to).map(|s| fine.rate(at(s), at(s + 1))).sum();
            let whole = 97.0 * coarse.rate(at(from), at(to));
            assert!((pieces - whole).abs() < 1e-9 * whole, "{pieces} {whole}");
        }
    }

    #[test]
    fn expected_requests_come_when_the_rate_has_brought_them() {
        let rate = RequestRate::per_second;
        let profile = LoadProfile::Stages {
            start: rate(0.0),
            stages: vec![Stage {
                duration: SimDuration::from_s(10),
                target: rate(20.0),
            }],
        };
        let mut arrivals = Arrivals::new(&load(profile, 0.0), Vec::new(), stream(0));
        let end = SimTime::from_s(1000);
        // The integral is t^2 up to 10 s, then grows by 20 a second.
        let mut at = SimTime::START;
        for (requests, expected_s) in [(1.0, 1.0), (24.0, 5.0), (75.0, 10.0), (100.0, 15.0)] {
            at = arrivals.after(at, requests, end).expect("before the end");
            assert!((at.as_s_f64() - expected_s).abs() < 1e-6, "{at:?}");
        }
        let left = arrivals.after(at, 1e5, end).expect_err("beyond the end");
        assert!((left - (1e5 - 20.0 * 985.0)).abs() < 1e-3, "{left}");
    }

    #[test]
    fn surges_multiply_and_break_steps() {
        let surge = |start, end, factor| Surge {
            start: SimTime::from_s(start),
            end: SimTime::from_s(end),
            factor,
        };
        let surges = vec![surge(10, 30, 2.0), surge(20, 40, 3.0)];
        let mut arrivals = Arrivals::new(&constant(0.0), surges, stream(0));
        let mut at = SimTime::START;
        let mut rates = Vec::new();
        while at < SimTime::from_s(50) {
            let to = arrivals.next_break(at).min(SimTime::from_s(50));
            rates.push(arrivals.rate(at, to));
            at = to;
        }
        let rounded: Vec<f64> = rates.iter().map(|rate| rate.round()).collect();
        assert_eq!(rounded, [100.0, 200.0, 600.0, 300.0, 100.0]);
    }

    #[test]
    fn a_plan_breaks_where_it_bends() {
        let rate = RequestRate::per_second(1.0);
        let stage = |s| Stage {
            duration: SimDuration::from_s(s),
            target: rate,
        };
        let stages = vec![stage(5), stage(10)];
        let mut load = load(
            LoadProfile::Stages {
                start: rate,
                stages,
            },
            0.0,
        );
        let spike = Spike {
            at: SimDuration::from_s(20),
            factor: 2.0,
            ramp_up: SimDuration::from_s(1),
            hold: SimDuration::from_s(2),
            ramp_down: SimDuration::ZERO,
        };
        load.spikes.insert("sale".to_string(), spike);
        let breaks = Arrivals::new(&load, Vec::new(), stream(0)).breaks;
        assert_eq!(breaks, [5, 15, 20, 21, 23].map(SimTime::from_s));
    }
}
