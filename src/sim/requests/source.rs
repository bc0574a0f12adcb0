//! The source: when each request arrives.
//!
//! A process lays requests out in *expected requests*: a Poisson stream has exponential gaps with
//! mean 1, an even one gaps of 1. The planned rate turns them into moments. So a process and a plan
//! combine freely, and both designs of a pair meet the same requests at the same nanoseconds.

use crate::model::ArrivalProcess;
use crate::sim::arrivals::Arrivals;
use crate::sim::dist;
use crate::sim::rng::{RngStream, Uniforms as _};
use crate::units::{SimDuration, SimTime};

/// Makes requests arrive.
#[derive(Debug, Clone)]
pub struct Source {
    arrivals: Arrivals,
    stream: RngStream,
    gaps: Gaps,
    /// When the last request arrived.
    last: SimTime,
    end: SimTime,
    /// When the next request arrives.
    pub next: SimTime,
}

#[derive(Debug, Clone)]
enum Gaps {
    Poisson,
    Even,
    Bursty(Bursts),
    /// Gaps in expected requests, with mean 1, and which is next.
    Trace(Vec<f64>, usize),
}

/// A rate that jumps between two levels.
#[derive(Debug, Clone)]
struct Bursts {
    /// Rate outside bursts and within, as multiples of the planned rate.
    factors: [f64; 2],
    /// Mean times there, in seconds.
    lengths_s: [f64; 2],
    bursting: bool,
    until: SimTime,
}

impl Source {
    /// A source that begins at `start` and is never asked beyond `end`; `stream` is the users' own.
    #[must_use]
    pub fn new(
        process: &ArrivalProcess,
        arrivals: Arrivals,
        mut stream: RngStream,
        start: SimTime,
        end: SimTime,
    ) -> Self {
        let gaps = match process {
            ArrivalProcess::Poisson => Gaps::Poisson,
            ArrivalProcess::Deterministic => Gaps::Even,
            ArrivalProcess::Bursty {
                factor,
                share,
                length,
            } => Gaps::Bursty(Bursts::new(
                (*factor, share.value(), *length),
                start,
                &mut stream,
            )),
            ArrivalProcess::Trace { gaps } => Gaps::trace(gaps),
        };
        let mut source = Self {
            arrivals,
            stream,
            gaps,
            last: start,
            end,
            next: start,
        };
        source.advance();
        source
    }

    /// Moves on to the request after the next.
    #[inline]
    pub fn advance(&mut self) {
        let gap = match &mut self.gaps {
            Gaps::Poisson => dist::exponential(&mut self.stream, 1.0),
            Gaps::Even => 1.0,
            Gaps::Trace(gaps, at) => {
                let gap = gaps[*at];
                *at = (*at + 1) % gaps.len();
                gap
            }
            Gaps::Bursty(bursts) => {
                self.next = bursts.next(&mut self.arrivals, &mut self.stream, self.last, self.end);
                self.last = self.next;
                return;
            }
        };
        let next = self.arrivals.after(self.last, gap, self.end);
        self.next = next.unwrap_or(SimTime::NEVER);
        self.last = self.next;
    }
}

impl Gaps {
    /// A pattern of gaps, or an even stream when there is none to speak of.
    fn trace(gaps: &[SimDuration]) -> Self {
        let total: f64 = gaps.iter().map(|gap| gap.as_s_f64()).sum();
        if total <= 0.0 {
            return Self::Even;
        }
        let mean = total / gaps.len() as f64;
        Self::Trace(gaps.iter().map(|gap| gap.as_s_f64() / mean).collect(), 0)
    }
}

impl Bursts {
    fn new(
        (factor, share, length): (f64, f64, SimDuration),
        start: SimTime,
        stream: &mut RngStream,
    ) -> Self {
        let share = share.clamp(1e-9, 1.0 - 1e-9);
        let inside_s = length.as_s_f64();
        let mut bursts = Self {
            factors: [((1.0 - share * factor) / (1.0 - share)).max(0.0), factor],
            lengths_s: [inside_s * (1.0 - share) / share, inside_s],
            bursting: stream.uniform() < share,
            until: start,
        };
        bursts.until = start + bursts.length(stream);
        bursts
    }

    fn length(&self, stream: &mut RngStream) -> SimDuration {
        let mean_s = self.lengths_s[usize::from(self.bursting)];
        // At least a nanosecond, so that time goes on.
        SimDuration::from_s_f64(dist::exponential(stream, mean_s)) + SimDuration::from_ns(1)
    }

    fn next(
        &mut self,
        arrivals: &mut Arrivals,
        stream: &mut RngStream,
        last: SimTime,
        end: SimTime,
    ) -> SimTime {
        let mut left = dist::exponential(stream, 1.0);
        let mut at = last;
        while at < end {
            // Silence between bursts is a rate too small to bring anybody.
            let factor = self.factors[usize::from(self.bursting)].max(1e-12);
            let stop = self.until.min(end);
            match arrivals.after(at, left / factor, stop) {
                Ok(next) => return next,
                Err(rest) => left = rest * factor,
            }
            at = stop;
            if at == self.until {
                self.bursting = !self.bursting;
                self.until = at + self.length(stream);
            }
        }
        SimTime::NEVER
    }
}
