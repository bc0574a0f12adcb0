//! The border between a run and its data plane.
//!
//! A run knows nothing of a data plane but this trait, so it contains only the planes that somebody
//! hands to it: the page plays rates, and no code that plays single requests is part of it. A step
//! makes a few calls through the trait, however many requests it moves; inside a plane every call
//! is a plain one. The trait asks for nothing else, not even `Debug`: what can be called through it
//! stays in the program, whether somebody does or not.

use super::arrivals::Arrivals;
use super::flow::{FlowGraph, FlowState, Observation};
use super::fluid::FluidPlane;
use super::recorder::Recorder;
use crate::units::SimTime;

/// Moves requests through the graph, step by step.
pub trait DataPlane {
    /// Where a step from `now` on has to end at the latest.
    fn step_end(&mut self, now: SimTime) -> SimTime;

    /// Plays everything from `from` up to, but not at, `to` under `state`. Steps follow each other
    /// in time.
    fn advance(
        &mut self,
        graph: &FlowGraph,
        state: &FlowState,
        from: SimTime,
        to: SimTime,
        recorder: &mut Recorder,
    ) -> &Observation;

    /// Writes down what it has kept back so far. Called before an interval of the recorder closes;
    /// a plane that writes each step down at once has nothing to do.
    fn report(&mut self, _graph: &FlowGraph, _recorder: &mut Recorder) {}
}

/// The fluid plane with the load that it moves.
#[derive(Debug)]
pub struct Rates {
    plane: FluidPlane,
    arrivals: Arrivals,
}

impl Rates {
    /// An empty system before its load.
    #[must_use]
    pub fn new(graph: &FlowGraph, arrivals: Arrivals) -> Self {
        Self {
            plane: FluidPlane::new(graph),
            arrivals,
        }
    }
}

impl DataPlane for Rates {
    /// A step meets no bend or jump of the load.
    fn step_end(&mut self, now: SimTime) -> SimTime {
        (now + self.plane.step_hint()).min(self.arrivals.next_break(now))
    }

    fn advance(
        &mut self,
        graph: &FlowGraph,
        state: &FlowState,
        from: SimTime,
        to: SimTime,
        recorder: &mut Recorder,
    ) -> &Observation {
        let rate = self.arrivals.rate(from, to);
        self.plane.advance(graph, state, rate, from, to, recorder)
    }

    fn report(&mut self, graph: &FlowGraph, recorder: &mut Recorder) {
        self.plane.report(graph, recorder);
    }
}
