//! Message queues, and who works their messages off.

use super::design::check_service_time;
use super::{Check, contradiction};
use crate::model::{Component, ConnectionKind, Design, Queue};
use crate::units::SimDuration;

pub(super) fn check_queue(check: &mut Check, at: &str, queue: &Queue) {
    check_service_time(check, at, &queue.service_time);
    let (second, half_day) = (SimDuration::from_s(1), SimDuration::from_h(12));
    let path = format!("{at}/visibility_timeout");
    check.between(path, queue.visibility_timeout, second, half_day);
    if let (Some(most), Some(partitions)) = (queue.max_receive_count, queue.partitions) {
        // A log keeps its order: a message that fails is tried until it succeeds.
        let this = format!("max_receive_count = {most}");
        let kind = contradiction(this, "without", format!("partitions = {partitions}"));
        check.error(format!("{at}/max_receive_count"), kind);
    }
}

/// Every queue has a consumer, and a consumer does nothing else.
pub(super) fn check_consumers(check: &mut Check, design: &Design) {
    for (at, vertex) in design.components() {
        let path = format!("/components/{}", vertex.id);
        let reached_by = |kind: ConnectionKind| {
            design.components().find(|(from, _)| {
                let mut edges = design.outgoing(*from);
                edges.any(|(to, edge)| to == at && edge.kind == kind)
            })
        };
        if matches!(vertex.component, Component::Queue(_))
            && reached_by(ConnectionKind::Consumes).is_none()
        {
            check.absent(&path, "a deployment that consumes it");
        }
        if design.target(at, ConnectionKind::Consumes).is_none() {
            continue;
        }
        let caller =
            reached_by(ConnectionKind::Calls).or_else(|| reached_by(ConnectionKind::RoutesTo));
        if let Some((_, caller)) = caller {
            let kind = contradiction("consumes", "without", format!("calls from {}", caller.id));
            check.error(format!("{path}/consumes"), kind);
        }
    }
}
