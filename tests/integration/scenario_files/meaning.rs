//! Values that are well formed and make no sense together: one case for every such rule.

use serde_json::{Value, json};
use tradewind::scenario::{Scenario, merge};

use super::broken::{lines, small};

/// Applies a merge patch to the small scenario and checks the findings, without places.
#[track_caller]
fn check(patch: &Value, expected: &[&str]) {
    let mut document: Value = serde_json::from_str(&small()).expect("JSON");
    merge::apply(&mut document, patch);
    let (_, findings) = Scenario::from_value(document);
    let expected: Vec<String> = expected
        .iter()
        .map(|line| line.replacen(' ', " - ", 1))
        .collect();
    assert_eq!(lines(&findings), expected, "{patch}");
}

/// A patch on the base architecture.
fn base(patch: &Value) -> Value {
    json!({ "base": patch })
}

/// A patch on one component of the base.
fn component(id: &str, patch: &Value) -> Value {
    base(&json!({ "components": { id: patch } }))
}

#[test]
fn zones() {
    check(
        &base(&json!({ "zones": ["a", "c", "a"] })),
        &["error /base/zones/2 twice: a"],
    );
    check(
        &component("nodes", &json!({ "zones": ["a", "q"] })),
        &["error /base/components/nodes/zones/1 no q, expected a zone of the architecture near=a"],
    );
    check(
        &component("nodes", &json!({ "zones": [] })),
        &["error /base/components/nodes/zones an empty list outside 1 to 6 items"],
    );
    check(
        &component("db", &json!({ "zone": "x" })),
        &["error /base/components/db/zone no x, expected a zone of the architecture near=a"],
    );
    let cache = json!({ "kind": "cache", "zone": "x", "replicas": 1 });
    check(
        &component("cache", &cache),
        &["error /base/components/cache/zone no x, expected a zone of the architecture near=a"],
    );
    let nat = json!({ "kind": "nat_gateway", "zones": ["x"] });
    check(
        &component("nat", &nat),
        &["error /base/components/nat/zones/0 no x, expected a zone of the architecture near=a"],
    );
}

#[test]
fn redundancy_needs_a_second_zone() {
    check(
        &json!({
            "base": { "zones": ["a"], "components": {
                "cache": { "kind": "cache", "replicas": 1 },
                "db": { "deployment": "multi_az" },
            } },
        }),
        &[
            "warning /base/components/cache/replicas not: replicas = 1 needs 2 zones",
            "error /base/components/db/deployment not: deployment = multi_az needs 2 zones",
        ],
    );
}

#[test]
fn the_way_from_users() {
    check(
        &component("users", &Value::Null),
        &["error /base/components absent: users"],
    );
    check(
        &component("users", &json!({ "calls": null })),
        &[
            "error /base/components/users/calls absent: a target of users",
            "error /base/components absent: a deployment that users reach",
        ],
    );
    check(
        &component("more", &json!({ "kind": "users", "calls": { "api": {} } })),
        &["error /base/components/users a second component of kind users outside 1"],
    );
    let second = json!({ "kind": "deployment", "runs_on": "nodes" });
    check(
        &base(&json!({ "components": { "web": second, "users": { "calls": { "web": {} } } } })),
        &["error /base/components/users/calls/web a second target of users outside 1"],
    );
    let call = json!({ "calls": { "api": { "per_request": 2, "unless_cached_by": "c" } } });
    check(
        &component("users", &call),
        &[
            "error /base/components/users/calls/api/per_request 2 outside 1",
            "error /base/components/users/calls/api/unless_cached_by no c, expected absent: users \
             call no cache",
        ],
    );
    check(
        &component("alb", &json!({ "kind": "load_balancer" })),
        &["error /base/components/alb missing: routes_to"],
    );
}

#[test]
fn autoscalers_that_undo_each_other() {
    let both = |mode: &str| {
        let vpa = json!({ "update_mode": mode });
        component("api", &json!({ "hpa": {}, "vpa": vpa }))
    };
    let fight = "warning /base/components/api/vpa two autoscalers on one metric";
    check(&both("recreate"), &[fight]);
    check(&both("initial"), &[fight]);
    check(&both("off"), &[]);
    let bounds = json!({ "min_allowed_cpu": "2", "max_allowed_cpu": "1" });
    check(
        &component("api", &json!({ "vpa": bounds })),
        &["error /base/components/api/vpa not: min_allowed_cpu = 2 <= max_allowed_cpu = 1"],
    );
}

#[test]
fn groups_that_grow() {
    let group = |patch: Value| component("nodes", &patch);
    check(&group(json!({ "min_nodes": 1, "max_nodes": 9 })), &[]);
    check(
        &group(json!({ "min_nodes": 5, "max_nodes": 3 })),
        &["error /base/components/nodes not: min_nodes = 5 <= max_nodes = 3"],
    );
    check(
        &group(json!({ "min_nodes": 3, "max_nodes": 9 })),
        &[
            "warning /base/components/nodes/nodes not: nodes = 2 within min_nodes to max_nodes = \
             3 to 9",
        ],
    );
    let rank = "warning /base/components/nodes/expander_priority not: expander_priority needs \
                min_nodes or max_nodes";
    check(&group(json!({ "expander_priority": 10 })), &[rank]);
    let both = json!({
        "api": { "runs_on": ["nodes", "pool"] },
        "nodes": { "max_nodes": 9 },
        "pool": { "kind": "node_pool" },
    });
    check(
        &base(&json!({ "components": both })),
        &["warning /base/components/api/runs_on pool beside nodes"],
    );
}

#[test]
fn flags_of_the_cluster_autoscaler() {
    let flags = |patch: Value| base(&json!({ "kubernetes": { "cluster_autoscaler": patch } }));
    let at = "/base/kubernetes/cluster_autoscaler";
    check(
        &flags(json!({ "expander": ["priority", "least_waste"] })),
        &[],
    );
    check(
        &flags(json!({ "expander": ["random", "random"], "scan_interval": "0s" })),
        &[
            &format!("error {at}/scan_interval 0s outside 1s to 10min"),
            &format!("error {at}/expander/1 an expander named twice outside each at most once"),
        ],
    );
    let backoff = json!({ "initial_node_group_backoff_duration": "40min" });
    let order = "initial_node_group_backoff_duration = 40min <= max_node_group_backoff_duration = \
                 30min";
    check(&flags(backoff), &[&format!("error {at} not: {order}")]);
}

#[test]
fn what_rates_take_no_notice_of() {
    let call = json!({
        "retry_budget": "10%",
        "hedge_after": "50ms",
        "circuit_breaker": { "failure_threshold": "50%" },
    });
    check(
        &component("users", &json!({ "calls": { "api": call } })),
        &[
            "warning /base/components/users/calls/api/retry_budget requests only",
            "warning /base/components/users/calls/api/circuit_breaker requests only",
            "warning /base/components/users/calls/api/hedge_after requests only",
        ],
    );
    check(
        &json!({ "load": { "arrivals": { "kind": "deterministic" } } }),
        &["warning /load/arrivals requests only"],
    );
    check(
        &json!({ "load": { "arrivals": { "kind": "poisson" } } }),
        &[],
    );
}

#[test]
fn load_balancers() {
    let alb = json!({
        "kind": "load_balancer",
        "routes_to": "api",
        "connect_timeout": "0s",
        "health_check": { "interval": "2s", "timeout": "1s" },
    });
    check(
        &component("alb", &alb),
        &[
            "error /base/components/alb/health_check/interval 2s outside 5s to 5min",
            "error /base/components/alb/health_check/timeout 1s outside 2s to 2min",
            "error /base/components/alb/connect_timeout 0s outside more than 0s",
        ],
    );
    let slow = json!({
        "kind": "load_balancer",
        "routes_to": "api",
        "health_check": { "interval": "5s", "timeout": "5s" },
    });
    check(
        &component("alb", &slow),
        &["error /base/components/alb/health_check not: timeout = 5s < interval = 5s"],
    );
    let of_a_service = json!({ "kind": "load_balancer", "product": "nlb", "routes_to": "api",
        "health_check": { "interval": "10s", "timeout": "10s" } });
    check(&component("alb", &of_a_service), &[]);
}

#[test]
fn deployments() {
    let nothing = json!({
        "service_time": { "mean": "0s" },
        "cpu_request": "0",
        "memory_request": "0B",
        "cpu_per_request": "0s",
        "hpa": { "target_cpu_utilization": "0%" },
    });
    check(
        &component("api", &nothing),
        &[
            "error /base/components/api/service_time 0s outside more than 0s",
            "error /base/components/api/cpu_request 0 outside more than 0",
            "error /base/components/api/memory_request 0B outside more than 0B",
            "error /base/components/api/hpa/target_cpu_utilization 0% outside 1% to 100%",
            "error /base/components/api/cpu_per_request 0s outside more than 0s",
        ],
    );
    let rules = json!({ "hpa": { "scale_up": {
        "stabilization_window": "2h",
        "policies": [{ "unit": "pods", "value": 1, "period": "0s" }],
    }, "scale_down": { "stabilization_window": "0s", "policies": [] } } });
    check(
        &component("api", &rules),
        &[
            "error /base/components/api/hpa/scale_up/stabilization_window 2h outside 0s to 1h",
            "error /base/components/api/hpa/scale_up/policies/0/period 0s outside 1s to 30min",
            "error /base/components/api/hpa/scale_down/policies an empty list outside at least 1",
        ],
    );
    check(
        &component("api", &json!({ "calls": { "db": { "timeout": "0s" } } })),
        &["error /base/components/api/calls/db/timeout 0s outside more than 0s"],
    );
    check(
        &component(
            "api",
            &json!({ "calls": { "db": { "unless_cached_by": "db" } } }),
        ),
        &[
            "error /base/components/api/calls/db/unless_cached_by no db, expected a cache that the \
           same deployment calls",
        ],
    );
}

#[test]
fn measured_service_times() {
    let measured = |time: &Value| component("api", &json!({ "service_time": time }));
    let plain = json!({ "mean": "20ms", "samples": ["3ms", "1ms", "2ms"] });
    check(&measured(&plain), &[]);
    check(
        &measured(&json!({ "mean": "20ms", "cv": 0.5, "law": "lognormal", "samples": ["3ms"] })),
        &[
            "warning /base/components/api/service_time/cv not: cv = 0.5 = 0.000, as of the samples",
            "warning /base/components/api/service_time/law not: law without samples",
        ],
    );
    check(
        &measured(&json!({ "mean": "20ms", "samples": ["0s", "0s"] })),
        &[
            "error /base/components/api/service_time/samples nothing but 0s outside at least one \
             above 0s",
        ],
    );
    let mut wide = vec!["1us"; 999];
    wide.push("1s");
    check(
        &measured(&json!({ "mean": "20ms", "samples": wide })),
        &["error /base/components/api/service_time/samples a variation of 31.6 outside 0 to 10"],
    );
    wide.push("1s");
    check(
        &measured(&json!({ "mean": "20ms", "samples": wide })),
        &["error /base/components/api/service_time/samples 1001 items outside 1 to 1000"],
    );
    check(
        &measured(&json!({ "mean": "20ms", "samples": ["3ms", 4] })),
        &[
            "error /base/components/api/service_time/samples/1 4 is not a duration of at most \
             ten years, such as \"90s\", \"1h30min\" or \"250ms\"",
        ],
    );
}

#[test]
fn priorities_need_a_callee_that_looks_at_them() {
    let urgent = |discipline: &str| {
        base(&json!({ "components": {
            "users": { "calls": { "api": { "priority": 7 } } },
            "api": { "discipline": discipline, "calls": { "db": { "priority": 1 } } },
            "db": { "discipline": discipline },
        } }))
    };
    check(
        &urgent("priority"),
        &[
            "warning /base/components/api/calls/db/priority requests only",
            "warning /base/components/users/calls/api/priority requests only",
        ],
    );
    check(
        &urgent("lifo"),
        &[
            "warning /base/components/api/calls/db/priority not: priority = 1 needs db/discipline \
             = priority",
            "warning /base/components/users/calls/api/priority not: priority = 7 needs \
             api/discipline = priority",
        ],
    );
    let behind = json!({ "components": {
        "users": { "calls": { "api": null, "alb": { "priority": 2 } } },
        "alb": { "kind": "load_balancer", "routes_to": "api" },
    } });
    check(
        &base(&behind),
        &[
            "warning /base/components/users/calls/alb/priority not: priority = 2 needs \
             api/discipline = priority",
        ],
    );
    let call = |priority: Value| {
        component(
            "api",
            &json!({ "calls": { "db": { "priority": priority } } }),
        )
    };
    check(
        &call(json!(8)),
        &["error /base/components/api/calls/db/priority 8 outside 0 to 7"],
    );
}

#[test]
fn nodes_and_data() {
    let pool = json!({
        "kind": "node_pool",
        "nodes": null,
        "instance_types": [""],
        "cpu_limit": "0",
        "launch_time": { "min": "2s", "mode": "1s", "max": "3s" },
    });
    check(
        &component("nodes", &pool),
        &[
            "error /base/components/nodes/launch_time not: min = 2s, mode = 1s, max = 3s is \
             ordered as min <= mode <= max",
            "error /base/components/nodes/cpu_limit 0 outside more than 0",
            "error /base/components/nodes/instance_types/0 no price: ",
        ],
    );
    check(
        &component("nodes", &json!({ "instance_type": "" })),
        &["error /base/components/nodes/instance_type no price: "],
    );
    let outside = json!({
        "kind": "external_service",
        "service_time": { "mean": "0s" },
        "egress_by": "nodes",
    });
    check(
        &component("outside", &outside),
        &[
            "error /base/components/outside/egress_by no nodes, expected nat_gateway",
            "error /base/components/outside/service_time 0s outside more than 0s",
        ],
    );
    let kubernetes = json!({
        "hpa_sync_period": "0s",
        "node_reboot_time": { "min": "1s", "mode": "3s", "max": "2s" },
    });
    check(
        &base(&json!({ "kubernetes": kubernetes })),
        &[
            "error /base/kubernetes/hpa_sync_period 0s outside 1s to 1h",
            "error /base/kubernetes/node_reboot_time not: min = 1s, mode = 3s, max = 2s is \
             ordered as min <= mode <= max",
        ],
    );
}

#[test]
fn load_and_objectives() {
    let day = json!({ "kind": "diurnal", "rate": null, "low": "2rps", "high": "1rps",
        "peak_at": "25h" });
    check(
        &json!({ "load": { "profile": day, "noise": { "correlation_time": "0s" } } }),
        &[
            "error /load/profile not: low = 2rps <= high = 1rps",
            "error /load/profile/peak_at 1d1h outside 0s to 1d",
            "error /load/noise/correlation_time 0s outside more than 0s",
        ],
    );
    let stages = json!({ "kind": "stages", "rate": null, "start": "1rps",
        "stages": [{ "duration": "2d", "target": "1rps" }] });
    check(
        &json!({ "load": { "profile": stages } }),
        &["warning /load/profile/stages not: stages last 2d <= duration = 1d"],
    );
    let rates = ["1rps", "2rps"];
    let series = json!({ "kind": "series", "rate": null, "interval": "1s", "rates": rates });
    check(
        &json!({ "load": { "profile": series } }),
        &["error /load/profile/interval 1s outside 1min to 1d"],
    );
    check(
        &json!({ "load": { "spikes": { "s": { "at": "1d", "factor": 2, "hold": "1h" } } } }),
        &["warning /load/spikes/s/at not: at = 1d < duration = 1d"],
    );
    check(
        &json!({ "objectives": { "availability": "100%", "latency_p99": "0s" } }),
        &[
            "error /objectives/availability 100% outside more than 0% and less than 100%",
            "error /objectives/latency_p99 0s outside more than 0s",
        ],
    );
}

#[test]
fn tape_and_plan() {
    let zone = json!({ "kind": "zone_power_loss", "rate": "1001/year",
        "median_duration": "2h", "p90_duration": "1h" });
    let node = json!({ "kind": "node_loss", "rate": "101/year" });
    check(
        &json!({ "tape": { "random": { "n": node, "z": zone } } }),
        &[
            "error /tape/random/n/rate 101/year outside 0/year to 100/year",
            "error /tape/random/z/rate 1001/year outside 0/year to 1000/year",
            "error /tape/random/z not: median_duration = 2h <= p90_duration = 1h",
        ],
    );
    check(
        &json!({ "tape": { "faults": { "s": { "kind": "surge", "at": "3d", "duration": "1h",
            "factor": 2 } } } }),
        &["warning /tape/faults/s/at not: at = 3d < duration = 1d"],
    );
    check(
        &json!({ "plan": { "interval": "1s" } }),
        &["error /plan/interval not: duration / interval = 86400 <= 20000"],
    );
    check(
        &json!({ "plan": { "interval": "0s" } }),
        &["error /plan/interval 0s outside 1s to 1h"],
    );
    let text = json!({ "ja": "", "en": "" });
    let step = json!({ "at": "2d", "focus": "dbb", "title": text, "caption": text });
    check(
        &json!({ "storyboard": [step] }),
        &[
            "warning /storyboard/0/at not: at = 2d <= duration = 1d",
            "error /storyboard/0/focus no dbb, expected a component near=db",
        ],
    );
    let source = json!({ "text": text, "as_of": "2026", "grade": "assumption" });
    check(
        &json!({ "sources": { "/base/nothing": source } }),
        &[
            "warning /sources/~1base~1nothing no /base/nothing, expected a JSON Pointer into this \
           file",
        ],
    );
}
