//! Behaviour over simulated time: a pure function of (design, load, tape, plan, replication).
//!
//! One control plane, two data planes. The *control plane* is a discrete-event simulation of what
//! Kubernetes and AWS do: metrics, autoscalers, scheduler, node life, load-balancer health checks,
//! Spot, failover. It decides which pods, databases and gateways can serve and says so in a
//! [`flow::FlowState`]. A *data plane* moves requests through the [`flow::FlowGraph`] under that
//! state and reports CPU use and requests back, which is all that autoscalers ever see. What
//! happened is written to a [`run_log::RunLog`].
//!
//! What this layer must not know: prices, files, sentences, colours, clocks.

pub mod arrivals;
pub mod control;
pub mod dist;
pub mod entry;
pub mod event;
pub mod faults;
pub mod flow;
pub mod fluid;
pub mod histogram;
pub mod messages;
mod meter;
pub mod packet_loss;
pub mod plane;
pub mod policy;
pub mod queue;
pub mod recorder;
pub mod requests;
pub mod response_times;
pub mod rng;
pub mod run_log;
pub mod service_law;
pub mod simulation;
pub mod world;

pub use event::{Event, EventKind};
pub use flow::{FlowGraph, FlowState};
pub use histogram::LatencyHistogram;
pub use recorder::Recorder;
pub use rng::RngStream;
pub use run_log::RunLog;
pub use simulation::{Experiment, Fidelity, Simulation, Window, run, run_requests};
