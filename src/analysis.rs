//! From run logs to answers: figures, bills, comparisons, verdicts.
//!
//! A run log holds counters, usage and events. Here they become what people decide on:
//!
//! - [`availability`], [`latency`], [`slo`], [`mod@recovery`]: what users met, after the warm-up;
//! - [`callers`]: what users, and services, met of what they call;
//! - [`cost`]: metered usage times the price book, for the run and for a month;
//! - [`mod@figures`]: all of that for one run, as plain numbers, each with a direction and a unit;
//! - [`replicate`]: the same pair of designs played many times, in any order, by anyone;
//! - [`mod@compare`]: paired differences with intervals;
//! - [`objectives`]: targets met or missed, and how often;
//! - [`mod@verdict`]: the sentence's content: who is better in what, by how much, and how sure;
//! - [`queues`]: what became of messages;
//! - [`theory`]: closed forms that the engine is measured by, and error budgets and alerts;
//! - [`verify`]: cases with known outcomes, held against the engine's own functions.
//!
//! Figures of a run hold *given its tape*: a day with a zone outage in it says what that day is
//! like, not how often such days come.
//!
//! What this layer must not know: how a run is made, languages, pixels. It draws no simulation
//! random number; the bootstrap in [`mod@compare`] resamples results with a generator of its own
//! whose seed is a constant, so that equal results give equal intervals.

pub mod audit;
pub mod availability;
pub mod callers;
pub mod compare;
pub mod cost;
pub mod figures;
pub mod latency;
pub mod objectives;
pub mod queues;
pub mod recovery;
pub mod replicate;
pub mod slo;
mod statistics;
pub mod theory;
pub mod verdict;
pub mod verify;

#[cfg(test)]
mod fixture;

pub use availability::Availability;
pub use callers::{Answered, Callers};
pub use compare::{Delta, DeltaVerdict, Interval, compare};
pub use cost::{Bill, BillItem, BillLine, month_bill, run_bill};
pub use figures::{Direction, Figures, Metric, MetricUnit, figures};
pub use objectives::{ObjectiveResult, Outcome, assess};
pub use queues::QueueFigures;
pub use recovery::{Recovery, recovery};
pub use replicate::{Results, Task, experiment, tasks};
pub use verdict::{Axis, Overall, Side, Verdict, verdict};
