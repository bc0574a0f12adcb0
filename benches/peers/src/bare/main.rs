//! The yardstick: the three workloads as plain loops, by hand, for nothing else.
//!
//! What an engine costs beyond this is the price of its generality: any graph, any policy, any
//! fault. The generator, the exponential sampler and the histogram are the engine's own, so that
//! the ratio of the two tells of the event loop and not of the logarithm.

mod cluster;
mod event_list;
mod queues;

use std::process::ExitCode;

use peers::program;
use peers::workload::Workload;

fn main() -> ExitCode {
    program::main(|order| {
        Ok(match order.workload {
            Workload::W1 => queues::one_station(order.size, order.seed),
            Workload::W2 => queues::web_chain(order.size, order.seed),
            Workload::W3 => cluster::month(order.size, order.seed),
        })
    })
}
