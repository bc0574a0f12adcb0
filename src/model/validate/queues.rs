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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::validate::design;
    use crate::model::{Architecture, Call, Deployment, NodeGroup, Users, ZoneName};

    /// Where something is wrong with a queue, and with the deployment that consumes it or not.
    fn found(queue: Queue, consumes: bool, called: bool) -> Vec<String> {
        let api = Deployment {
            runs_on: "nodes".into(),
            calls: called
                .then(|| ("worker".to_string(), Call::default()))
                .into_iter()
                .collect(),
            ..Deployment::default()
        };
        let worker = Deployment {
            runs_on: "nodes".into(),
            consumes: consumes.then(|| "orders".to_string()),
            ..Deployment::default()
        };
        let users = Users {
            calls: [("api".to_string(), Call::default())].into_iter().collect(),
            ..Users::default()
        };
        let parts = [
            ("api", Component::Deployment(api)),
            ("nodes", Component::NodeGroup(NodeGroup::default())),
            ("orders", Component::Queue(queue)),
            ("users", Component::Users(users)),
            ("worker", Component::Deployment(worker)),
        ];
        let architecture = Architecture {
            zones: vec![ZoneName("a".to_string())],
            components: parts
                .map(|(id, part)| (id.to_string(), part))
                .into_iter()
                .collect(),
            ..Architecture::default()
        };
        let (resolved, broken) = Design::resolve("one", architecture);
        let findings = design(&resolved, &broken).into_iter();
        findings.map(|it| it.path).collect()
    }

    #[test]
    fn a_queue_wants_a_consumer_that_does_nothing_else() {
        assert_eq!(found(Queue::default(), true, false), [""; 0]);
        let alone = found(Queue::default(), false, false);
        assert_eq!(alone, ["/components/orders"]);
        let both = found(Queue::default(), true, true);
        assert_eq!(both, ["/components/worker/consumes"]);
    }

    #[test]
    fn a_log_has_no_dead_letters_and_a_timeout_has_bounds() {
        let odd = Queue {
            visibility_timeout: SimDuration::ZERO,
            max_receive_count: Some(5),
            partitions: Some(12),
            ..Queue::default()
        };
        assert_eq!(
            found(odd, true, false),
            [
                "/components/orders/visibility_timeout",
                "/components/orders/max_receive_count"
            ]
        );
    }
}
