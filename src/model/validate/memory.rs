//! Memory limits: not below what is requested, and not below what is used.

use super::{Check, contradiction};
use crate::model::autoscaler::{UpdateMode, VerticalPodAutoscaler};
use crate::model::finding::FindingKind;
use crate::model::workload::Deployment;
use crate::model::{DEFAULT_NAMESPACE, Design};
use crate::units::ByteSize;

/// Fewest replicas that a VPA's updater touches, as in `sim/policy/vpa`.
const MIN_REPLICAS: u32 = 2;

pub(super) fn check_limit(check: &mut Check, design: &Design, at: &str, deployment: &Deployment) {
    let Some(limit) = deployment.memory_limit else {
        return;
    };
    let path = format!("{at}/memory_limit");
    if limit < deployment.memory_request {
        let kind = FindingKind::LimitBelowRequest {
            limit: limit.to_string(),
            request: deployment.memory_request.to_string(),
        };
        check.error(path, kind);
        return;
    }
    let id = deployment.namespace.as_deref().unwrap_or(DEFAULT_NAMESPACE);
    let namespace = design.architecture.kubernetes.namespaces.get(id);
    if let Some(most) = namespace.and_then(|it| it.limit_range.max_memory)
        && limit > most
    {
        let this = format!("memory_limit = {limit}");
        let other = format!("limit_range/max_memory = {most}");
        check.error(&path, contradiction(this, "<=", other));
    }
    let usage = deployment.memory_usage.filter(|usage| *usage > limit);
    if let Some(usage) = usage.filter(|usage| !can_raise(deployment, limit, *usage)) {
        let kind = FindingKind::OutOfMemory {
            usage: usage.to_string(),
            limit: limit.to_string(),
        };
        check.warning(path, kind);
    }
}

/// True where a vertical autoscaler gives running pods a limit of at least `usage`.
fn can_raise(deployment: &Deployment, limit: ByteSize, usage: ByteSize) -> bool {
    let Some(vpa) = &deployment.vpa else {
        return false;
    };
    let scaler = deployment.hpa.as_ref();
    let most_pods = scaler.map_or(deployment.replicas, |it| it.max_replicas);
    let updates = !matches!(vpa.update_mode, UpdateMode::Off | UpdateMode::Initial);
    updates && most_pods >= MIN_REPLICAS && may_reach(vpa, deployment, limit, usage)
}

/// The limit keeps its ratio to the request, of which the policy may allow only so much.
fn may_reach(
    vpa: &VerticalPodAutoscaler,
    deployment: &Deployment,
    limit: ByteSize,
    usage: ByteSize,
) -> bool {
    vpa.max_allowed_memory.is_none_or(|most| {
        let reached = u128::from(limit.bytes()) * u128::from(most.bytes());
        reached >= u128::from(usage.bytes()) * u128::from(deployment.memory_request.bytes())
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::HorizontalPodAutoscaler;
    use crate::model::json::FromJson as _;
    use crate::model::{Architecture, Component};
    use serde_json::{Value, json};

    /// What is said of a deployment that requests 256Mi in a namespace with at most 2Gi.
    fn found(members: &Value) -> Vec<String> {
        let mut api = json!({ "kind": "deployment", "memory_request": "256Mi" });
        for (key, member) in members.as_object().into_iter().flatten() {
            if !member.is_null() {
                api[key] = member.clone();
            }
        }
        let range = json!({ "max_memory": "2Gi" });
        let text = json!({
            "kubernetes": { "namespaces": { "default": { "limit_range": range } } },
            "components": { "api": api },
        });
        let architecture = Architecture::from_json(&text).expect("well formed");
        let (design, _) = Design::resolve("one", architecture);
        let api = &design.vertex(design.find("api").expect("there")).component;
        let Component::Deployment(api) = api else {
            panic!("a deployment");
        };
        let mut check = Check::default();
        check_limit(&mut check, &design, "/api", api);
        let code = |kind: &FindingKind| {
            let value = serde_json::to_value(kind).expect("a finding is JSON");
            value["code"].as_str().unwrap_or_default().to_string()
        };
        let said = check.findings.iter();
        said.map(|it| format!("{:?} {} {}", it.severity, it.path, code(&it.kind)))
            .collect()
    }

    #[test]
    fn a_limit_stands_between_the_request_and_the_range() {
        let none = [""; 0];
        assert_eq!(found(&json!({ "memory_limit": "256Mi" })), none);
        assert_eq!(
            found(&json!({ "memory_limit": "255Mi", "memory_usage": "1Gi" })),
            ["Error /api/memory_limit limit_below_request"]
        );
        assert_eq!(
            found(&json!({ "memory_limit": "3Gi" })),
            ["Error /api/memory_limit contradiction"]
        );
        // The namespace's maximum is the limit of a pod that states none.
        assert_eq!(found(&json!({ "memory_usage": "2Gi" })), none);
        assert_eq!(
            found(&json!({ "memory_usage": "3Gi" })),
            ["Warning /api/memory_limit out_of_memory"]
        );
    }

    #[test]
    fn use_beyond_the_limit_is_warned_of_unless_a_vpa_can_raise_it() {
        let warned = |vpa: &Value, replicas: u32| {
            let limits = json!({
                "memory_limit": "512Mi", "memory_usage": "1Gi",
                "vpa": vpa, "replicas": replicas,
            });
            !found(&limits).is_empty()
        };
        assert!(warned(&Value::Null, 3));
        assert!(!warned(&json!({}), 2));
        assert!(!warned(&json!({ "update_mode": "in_place" }), 2));
        assert!(warned(&json!({}), 1), "the only pod is left alone");
        assert!(warned(&json!({ "update_mode": "off" }), 3));
        assert!(warned(&json!({ "update_mode": "initial" }), 3));
        // The limit is twice the request, so that half of what is used has to be allowed.
        assert!(!warned(&json!({ "max_allowed_memory": "512Mi" }), 3));
        assert!(warned(&json!({ "max_allowed_memory": "511Mi" }), 3));
    }

    #[test]
    fn a_horizontal_autoscaler_may_bring_the_second_pod() {
        let deployment = Deployment {
            replicas: 1,
            hpa: Some(HorizontalPodAutoscaler::default()),
            vpa: Some(VerticalPodAutoscaler::default()),
            ..Deployment::default()
        };
        let size = |mebibytes: u64| ByteSize::from_bytes(mebibytes << 20);
        assert!(can_raise(&deployment, size(512), size(1024)));
    }
}
