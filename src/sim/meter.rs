//! What the data plane meters: connections, bytes by way, requests served.
//!
//! A byte that crosses from one zone to another is counted once per crossing, whichever way it
//! goes. Left out: bytes of error pages, retransmissions, and replication between database
//! instances (not charged).

use super::flow::{CallFlow, FlowGraph, FlowState, Target};
use super::recorder::Recorder;
use super::run_log::Meter;

use super::entry::Entry;

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
    /// None without an interface endpoint.
    endpoint_bytes: Option<usize>,
    cross_zone_bytes: usize,
    internet_bytes: usize,
    served: usize,
}

/// Traffic of a step at the way in.
#[derive(Debug, Clone, Copy, Default)]
pub struct EntryTraffic {
    /// Attempts begun.
    pub attempts: f64,
    /// Requests answered.
    pub succeeded: f64,
    /// Attempts in progress, times seconds.
    pub in_progress_s: f64,
}

/// Attempts of one call from one zone during a step.
#[derive(Debug, Clone, Copy, Default)]
pub struct CallTraffic {
    /// Attempts made.
    pub attempts: f64,
    /// Share of them that was answered.
    pub ok: f64,
    /// Share of them that left the zone.
    pub crossing: f64,
}

#[derive(Default)]
struct Bytes {
    nat: f64,
    endpoint: f64,
    cross_zone: f64,
    internet: f64,
}

impl Meters {
    /// Opens the meters.
    #[must_use]
    pub fn new(graph: &FlowGraph, recorder: &mut Recorder) -> Self {
        let has_endpoint = graph.externals.iter().any(|it| it.by_endpoint);
        Self {
            new_connections: recorder.meter_index(&Meter::BalancerNewConnections),
            connection_seconds: recorder.meter_index(&Meter::BalancerConnectionSeconds),
            balancer_bytes: recorder.meter_index(&Meter::BalancerBytes),
            rule_evaluations: recorder.meter_index(&Meter::BalancerRuleEvaluations),
            nat_bytes: recorder.meter_index(&Meter::NatBytes),
            endpoint_bytes: has_endpoint.then(|| recorder.meter_index(&Meter::EndpointBytes)),
            cross_zone_bytes: recorder.meter_index(&Meter::CrossZoneBytes),
            internet_bytes: recorder.meter_index(&Meter::InternetEgressBytes),
            served: recorder.meter_index(&Meter::RequestsServed),
        }
    }

    /// Meters a step; `calls` tells what was made of a deployment's call from a zone.
    pub fn record(
        &self,
        graph: &FlowGraph,
        state: &FlowState,
        entry: &Entry,
        traffic: &EntryTraffic,
        calls: impl Fn(usize, usize, usize) -> CallTraffic,
        recorder: &mut Recorder,
    ) {
        let flow = &graph.entry;
        let accepted = traffic.attempts * entry.accepted;
        let answered = traffic.succeeded * flow.call.response_bytes;
        if flow.balancer_id.is_some() {
            let opened = accepted / flow.requests_per_connection;
            recorder.meter(self.new_connections, opened);
            let lifetime_s = flow.connection_lifetime.as_s_f64().max(IDLE_CONNECTION_S);
            let open_s = opened * lifetime_s + traffic.in_progress_s;
            recorder.meter(self.connection_seconds, open_s);
            recorder.meter(
                self.balancer_bytes,
                accepted * flow.call.request_bytes + answered,
            );
            let charged = flow.rules.saturating_sub(FREE_RULES);
            recorder.meter(self.rule_evaluations, accepted * f64::from(charged));
        }
        recorder.meter(self.served, traffic.succeeded);
        let mut bytes = Bytes {
            internet: answered,
            ..Bytes::default()
        };
        entry_crossings(graph, entry, traffic, &mut bytes);
        for (d, deployment) in graph.deployments.iter().enumerate() {
            for (k, call) in deployment.calls.iter().enumerate() {
                for z in 0..graph.zone_count {
                    let made = calls(d, k, z);
                    call_bytes(graph, state, call, z, made, &mut bytes);
                }
            }
        }
        plain_egress(graph, state, entry, traffic, &mut bytes);
        recorder.meter(self.nat_bytes, bytes.nat);
        if let Some(meter) = self.endpoint_bytes {
            recorder.meter(meter, bytes.endpoint);
        }
        recorder.meter(self.cross_zone_bytes, bytes.cross_zone);
        recorder.meter(self.internet_bytes, bytes.internet);
    }
}

/// Bytes between the balancer's node (or a forwarding node) and a pod in another zone.
fn entry_crossings(graph: &FlowGraph, entry: &Entry, traffic: &EntryTraffic, bytes: &mut Bytes) {
    let flow = &graph.entry;
    let reached: f64 = entry.reach.iter().sum();
    if reached <= 0.0 {
        return;
    }
    for z in 0..graph.zone_count {
        let charged = if flow.cross_zone_charged {
            entry.crossed[z]
        } else {
            0.0
        };
        let share = charged + entry.forwarded[z];
        let sent = traffic.attempts * entry.reach[z] * flow.call.request_bytes;
        let answered = traffic.succeeded * entry.reach[z] / reached * flow.call.response_bytes;
        bytes.cross_zone += (sent + answered) * share;
    }
}

fn call_bytes(
    graph: &FlowGraph,
    state: &FlowState,
    call: &CallFlow,
    zone: usize,
    made: CallTraffic,
    bytes: &mut Bytes,
) {
    let reaches_somebody = match call.target {
        Target::Database(at) => state.databases[at].up,
        Target::Cache(at) => state.caches[at].up,
        Target::External(at) => {
            let flow = &graph.externals[at];
            let sent = state.externals[at].up && (!flow.by_nat || state.egress[zone]);
            if sent && flow.outside {
                bytes.internet += made.attempts * call.request_bytes;
            }
            sent
        }
        Target::Deployment(_) => true,
    };
    if !reaches_somebody {
        return;
    }
    let moved = made.attempts * (call.request_bytes + made.ok * call.response_bytes);
    bytes.cross_zone += moved * made.crossing;
    if let Target::External(at) = call.target {
        let flow = &graph.externals[at];
        bytes.nat += if flow.by_nat { moved } else { 0.0 };
        bytes.endpoint += if flow.by_endpoint { moved } else { 0.0 };
    }
}

/// What served requests send out besides their calls.
fn plain_egress(
    graph: &FlowGraph,
    state: &FlowState,
    entry: &Entry,
    traffic: &EntryTraffic,
    bytes: &mut Bytes,
) {
    let reached: f64 = entry.reach.iter().sum();
    let each = graph.egress_bytes_per_request * traffic.succeeded;
    if each <= 0.0 || reached <= 0.0 {
        return;
    }
    for z in 0..graph.zone_count {
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
