//! What the data plane meters: connections, bytes by way, requests served.
//!
//! A byte that crosses from one zone to another is counted once per crossing, whichever way it
//! goes. Left out: bytes of error pages, retransmissions, and replication between database
//! instances (not charged).

use crate::sim::flow::{CallFlow, Target};
use crate::sim::recorder::Recorder;
use crate::sim::run_log::Meter;

use super::network::CallState;
use super::report::{Solution, Stretch};

/// A load balancer keeps an idle client connection open for this long, in seconds: the idle
/// timeout of an Application Load Balancer (AWS Elastic Load Balancing API model, default 60).
const IDLE_CONNECTION_S: f64 = 60.0;
/// Rules that each request may be checked against without charge (ALB pricing, 2026).
const FREE_RULES: u32 = 10;

/// Numbers of the meters in the recorder.
#[derive(Debug, Clone, Copy)]
pub struct Meters {
    new_connections: usize,
    connection_seconds: usize,
    balancer_bytes: usize,
    rule_evaluations: usize,
    nat_bytes: usize,
    cross_zone_bytes: usize,
    internet_bytes: usize,
    served: usize,
}

#[derive(Default)]
struct Bytes {
    nat: f64,
    cross_zone: f64,
    internet: f64,
}

impl Meters {
    /// Opens the meters.
    #[must_use]
    pub fn new(recorder: &mut Recorder) -> Self {
        Self {
            new_connections: recorder.meter_index(&Meter::BalancerNewConnections),
            connection_seconds: recorder.meter_index(&Meter::BalancerConnectionSeconds),
            balancer_bytes: recorder.meter_index(&Meter::BalancerBytes),
            rule_evaluations: recorder.meter_index(&Meter::BalancerRuleEvaluations),
            nat_bytes: recorder.meter_index(&Meter::NatBytes),
            cross_zone_bytes: recorder.meter_index(&Meter::CrossZoneBytes),
            internet_bytes: recorder.meter_index(&Meter::InternetEgressBytes),
            served: recorder.meter_index(&Meter::RequestsServed),
        }
    }

    /// Meters a stretch.
    pub fn record(&self, solution: &Solution<'_>, stretch: &Stretch, recorder: &mut Recorder) {
        let graph = solution.graph;
        let flow = &graph.entry;
        let accepted = stretch.flows.attempts * solution.entry.accepted;
        let succeeded = stretch.succeeded();
        let answered = succeeded * flow.call.response_bytes;
        if flow.balancer_id.is_some() {
            let opened = accepted / flow.requests_per_connection;
            recorder.meter(self.new_connections, opened);
            let open_s = opened * IDLE_CONNECTION_S + stretch.in_progress_s;
            recorder.meter(self.connection_seconds, open_s);
            recorder.meter(
                self.balancer_bytes,
                accepted * flow.call.request_bytes + answered,
            );
            let charged = flow.rules.saturating_sub(FREE_RULES);
            recorder.meter(self.rule_evaluations, accepted * f64::from(charged));
        }
        recorder.meter(self.served, succeeded);
        let mut bytes = Bytes {
            internet: answered,
            ..Bytes::default()
        };
        let network = solution.network;
        entry_crossings(solution, stretch, &mut bytes);
        for (d, deployment) in graph.deployments.iter().enumerate() {
            for (k, call) in deployment.calls.iter().enumerate() {
                for z in 0..graph.zone_count {
                    let now = &network.calls[network.call_at(d, k, z)];
                    call_bytes(solution, call, z, now, stretch.seconds, &mut bytes);
                }
            }
        }
        plain_egress(solution, succeeded, &mut bytes);
        recorder.meter(self.nat_bytes, bytes.nat);
        recorder.meter(self.cross_zone_bytes, bytes.cross_zone);
        recorder.meter(self.internet_bytes, bytes.internet);
    }
}

/// Bytes between the balancer's node (or a forwarding node) and a pod in another zone.
fn entry_crossings(solution: &Solution<'_>, stretch: &Stretch, bytes: &mut Bytes) {
    let (flow, entry) = (&solution.graph.entry, solution.entry);
    let reached: f64 = entry.reach.iter().sum();
    if reached <= 0.0 {
        return;
    }
    let succeeded = stretch.succeeded();
    for z in 0..solution.graph.zone_count {
        let charged = if flow.cross_zone_charged {
            entry.crossed[z]
        } else {
            0.0
        };
        let share = charged + entry.forwarded[z];
        let sent = stretch.flows.attempts * entry.reach[z] * flow.call.request_bytes;
        let answered = succeeded * entry.reach[z] / reached * flow.call.response_bytes;
        bytes.cross_zone += (sent + answered) * share;
    }
}

/// Bytes of the calls of one kind from a zone over some seconds.
fn call_bytes(
    solution: &Solution<'_>,
    call: &CallFlow,
    zone: usize,
    now: &CallState,
    seconds: f64,
    bytes: &mut Bytes,
) {
    let (graph, state) = (solution.graph, solution.state);
    let attempts = now.rate * seconds;
    let reaches_somebody = match call.target {
        Target::Database(at) => state.databases[at].up,
        Target::Cache(at) => state.caches[at].up,
        Target::External(at) => {
            let by_nat = graph.externals[at].by_nat;
            let sent = state.externals[at].up && (!by_nat || state.egress[zone]);
            if sent {
                bytes.internet += attempts * call.request_bytes;
            }
            sent
        }
        Target::Deployment(_) => true,
    };
    if !reaches_somebody {
        return;
    }
    let moved = attempts * (call.request_bytes + now.attempt.ok * call.response_bytes);
    bytes.cross_zone += moved * now.crossing;
    if matches!(call.target, Target::External(at) if graph.externals[at].by_nat) {
        bytes.nat += moved;
    }
}

/// What served requests send out besides their calls.
fn plain_egress(solution: &Solution<'_>, succeeded: f64, bytes: &mut Bytes) {
    let (state, entry) = (solution.state, solution.entry);
    let reached: f64 = entry.reach.iter().sum();
    let each = solution.graph.egress_bytes_per_request * succeeded;
    if each <= 0.0 || reached <= 0.0 {
        return;
    }
    for z in 0..solution.graph.zone_count {
        let sent = each * entry.reach[z] / reached;
        if !state.egress[z] {
            continue;
        }
        bytes.nat += sent;
        bytes.internet += sent;
        if state.egress_zone[z] != z {
            bytes.cross_zone += sent;
        }
    }
}
