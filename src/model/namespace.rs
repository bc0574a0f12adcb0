//! Namespaces: what the pods of some deployments may ask for together, and each of them.

use serde::Serialize;
use serde_json::Value;

use super::ById;
use super::json::{self, FromJson as _, from_json};
use crate::units::{ByteSize, Cpu};

/// The namespace of a deployment that names none; it needs no entry, and has limits only with one.
pub const DEFAULT_NAMESPACE: &str = "default";

/// A namespace of the cluster.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[cfg_attr(test, schemars(default, deny_unknown_fields))]
pub struct Namespace {
    /// What all of its pods may request together.
    #[serde(skip_serializing_if = "json::is_default")]
    pub resource_quota: ResourceQuota,
    /// What one pod may request.
    #[serde(skip_serializing_if = "json::is_default")]
    pub limit_range: LimitRange,
}

from_json!(Namespace or default { resource_quota, limit_range });

/// A `ResourceQuota`: a pod beyond it is refused when it is created. What is absent is not limited.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[cfg_attr(test, schemars(default, deny_unknown_fields))]
pub struct ResourceQuota {
    /// CPU that all pods may request (`requests.cpu`).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cpu_requests: Option<Cpu>,
    /// Memory that all pods may request (`requests.memory`).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub memory_requests: Option<ByteSize>,
    /// Pods, 0 to 100000.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[cfg_attr(test, schemars(range(min = 0, max = 100_000)))]
    pub pods: Option<u32>,
}

from_json!(ResourceQuota or default { cpu_requests, memory_requests, pods });

/// A `LimitRange` of type `Container`; a pod has one container here. What is absent is not limited.
///
/// Requests that a deployment does not state are those of [`LimitRange::default_requests`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[cfg_attr(test, schemars(default, deny_unknown_fields))]
pub struct LimitRange {
    /// Least CPU that one pod may request.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub min_cpu: Option<Cpu>,
    /// Least memory that one pod may request.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub min_memory: Option<ByteSize>,
    /// Most CPU that one pod may request.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub max_cpu: Option<Cpu>,
    /// Most memory that one pod may request.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub max_memory: Option<ByteSize>,
    /// CPU request of pods that state none; absent means `default_cpu`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub default_request_cpu: Option<Cpu>,
    /// Memory request of pods that state none; absent means `default_memory`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub default_request_memory: Option<ByteSize>,
    /// CPU limit of pods, none of which states its own; absent means `max_cpu`. No pod may request
    /// more.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub default_cpu: Option<Cpu>,
    /// Memory limit of pods that state none; absent means `max_memory`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub default_memory: Option<ByteSize>,
}

from_json!(LimitRange or default {
    min_cpu, min_memory, max_cpu, max_memory, default_request_cpu, default_request_memory,
    default_cpu, default_memory,
});

impl LimitRange {
    /// The memory limit of pods that do not say: the default limit, else the maximum (likewise).
    #[must_use]
    pub fn default_memory_limit(&self) -> Option<ByteSize> {
        self.default_memory.or(self.max_memory)
    }

    /// What pods request that do not say: the default request, else the default limit, else the
    /// maximum, else the minimum (kubernetes `pkg/apis/core/v1/defaults.go`,
    /// `SetDefaults_LimitRangeItem`, read 2026-11-23).
    #[must_use]
    pub fn default_requests(&self) -> (Option<Cpu>, Option<ByteSize>) {
        let cpu = self.default_request_cpu.or(self.default_cpu);
        let memory = self.default_request_memory.or(self.default_memory);
        (
            cpu.or(self.max_cpu).or(self.min_cpu),
            memory.or(self.max_memory).or(self.min_memory),
        )
    }
}

/// What the API does to an architecture as a file writes it. Deployments that state a memory limit
/// and no request request as much (kubernetes `pkg/apis/core/v1/defaults.go`, `SetDefaults_Pod`,
/// read 2026-11-23); then the admission plugin `LimitRanger` gives those that state no requests or
/// limits what their namespace says.
pub fn admit(architecture: &mut Value) {
    let listed = architecture.pointer("/kubernetes/namespaces");
    let namespaces = match listed.map(ById::<Namespace>::from_json) {
        Some(Ok(namespaces)) => namespaces,
        _ => ById::new(),
    };
    let components = architecture.get_mut("components");
    let Some(components) = components.and_then(Value::as_object_mut) else {
        return;
    };
    let is_fargate = |part: &Value| part.get("kind").and_then(Value::as_str) == Some("fargate");
    let of_fargate = components.iter().filter(|(_, part)| is_fargate(part));
    let fargate: Vec<_> = of_fargate.map(|(id, _)| id.clone()).collect();
    // ECS services have no namespace.
    let is_service = |home: &Value| match home {
        Value::Array(homes) => homes
            .iter()
            .any(|it| fargate.iter().any(|id| it.as_str() == Some(id))),
        one => fargate.iter().any(|id| one.as_str() == Some(id)),
    };
    for component in components.values_mut().filter_map(Value::as_object_mut) {
        let text = |key| component.get(key).and_then(Value::as_str);
        let is_task = component.get("runs_on").is_some_and(is_service);
        if text("kind") != Some("deployment") || is_task {
            continue;
        }
        let namespace = namespaces.get(text("namespace").unwrap_or(DEFAULT_NAMESPACE));
        let range = namespace.map(|it| it.limit_range).unwrap_or_default();
        let (cpu, memory) = range.default_requests();
        let limit = range.default_memory_limit();
        let stated = text("memory_limit").map(str::to_string);
        let defaults = [
            ("cpu_request", cpu.map(|it| it.to_string())),
            ("memory_request", stated.or(memory.map(|it| it.to_string()))),
            ("memory_limit", limit.map(|it| it.to_string())),
        ];
        for (key, default) in defaults {
            if let Some(default) = default.filter(|_| !component.contains_key(key)) {
                component.insert(key.to_string(), Value::String(default));
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    /// Requests of a deployment after admission to a namespace with a limit range.
    #[track_caller]
    fn check(range: &Value, stated: &Value, expected: [Option<&str>; 2]) {
        let mut architecture = json!({
            "kubernetes": { "namespaces": { "team": { "limit_range": range } } },
            "components": {
                "api": stated,
                "nodes": { "kind": "node_pool" },
                "serverless": { "kind": "fargate" },
            },
        });
        admit(&mut architecture);
        let api = &architecture["components"]["api"];
        let got = ["cpu_request", "memory_request"].map(|key| api.get(key)?.as_str());
        assert_eq!(got, expected, "{range} {stated}");
        assert_eq!(
            architecture["components"]["nodes"],
            json!({ "kind": "node_pool" })
        );
    }

    #[test]
    fn a_limit_range_fills_in_what_a_deployment_does_not_say() {
        let silent = json!({ "kind": "deployment", "namespace": "team" });
        let range = json!({ "default_request_cpu": "250m", "default_cpu": "1", "max_cpu": "2" });
        check(&range, &silent, [Some("250m"), None]);
        let range = json!({ "default_cpu": "1", "max_cpu": "2", "min_memory": "64Mi" });
        check(&range, &silent, [Some("1"), Some("64Mi")]);
        let range = json!({ "max_cpu": "2", "min_cpu": "100m", "max_memory": "1Gi" });
        check(&range, &silent, [Some("2"), Some("1Gi")]);
        let stated = json!({ "kind": "deployment", "namespace": "team", "cpu_request": "300m" });
        check(&range, &stated, [Some("300m"), Some("1Gi")]);
        let elsewhere = json!({ "kind": "deployment" });
        check(&range, &elsewhere, [None, None]);
        for home in [json!("serverless"), json!(["serverless"])] {
            let service = json!({ "kind": "deployment", "namespace": "team", "runs_on": home });
            check(&range, &service, [None, None]);
        }
        let on_nodes = json!({ "kind": "deployment", "namespace": "team", "runs_on": "nodes" });
        check(&range, &on_nodes, [Some("2"), Some("1Gi")]);
        check(&json!({ "max_cpu": 3 }), &silent, [None, None]);
    }

    #[test]
    fn a_memory_limit_comes_from_the_range_and_stands_for_a_request() {
        let limited = |range: Value, stated: Option<&str>| {
            let mut api = json!({ "kind": "deployment" });
            if let Some(limit) = stated {
                api["memory_limit"] = json!(limit);
            }
            let mut architecture = json!({
                "kubernetes": { "namespaces": { "default": { "limit_range": range } } },
                "components": { "api": api },
            });
            admit(&mut architecture);
            let api = &architecture["components"]["api"];
            ["memory_request", "memory_limit"].map(|key| api[key].as_str().map(str::to_string))
        };
        let is = |request: &str, limit: &str| [request, limit].map(|it| Some(it.to_string()));
        let range = json!({
            "default_request_memory": "1Gi", "default_memory": "2Gi", "max_memory": "4Gi",
        });
        assert_eq!(limited(range.clone(), None), is("1Gi", "2Gi"));
        assert_eq!(limited(range, Some("3Gi")), is("3Gi", "3Gi"));
        assert_eq!(
            limited(json!({ "max_memory": "4Gi" }), None),
            is("4Gi", "4Gi")
        );
        assert_eq!(limited(json!({}), Some("3Gi")), is("3Gi", "3Gi"));
        assert_eq!(limited(json!({ "min_memory": "1Gi" }), None)[1], None);
    }
}
