//! Knobs: the numbers of a component that the inspector offers as sliders.
//!
//! A knob knows where its number stands in the document, what the simulation uses now, the range
//! that makes sense on a slider (files may say more), and the source of its default.

mod service;

use serde_json::{Value, json};

use crate::model::defaults::{FACTS, Fact};
use crate::model::variation::Triangular;
use crate::model::{
    Cache, Component, Database, Deployment, HealthCheck, HorizontalPodAutoscaler, Language,
    LoadBalancer, NodeGroup, NodePool, Queue,
};
use crate::units::{Ratio, SimDuration};
use crate::view::format;

/// Which number.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum KnobId {
    /// CPU target of the HPA.
    HpaTarget,
    /// Fewest replicas of the HPA.
    MinReplicas,
    /// Most replicas of the HPA.
    MaxReplicas,
    /// CPU target of service auto scaling.
    TrackingTarget,
    /// Requests per minute and target that service auto scaling aims at.
    RequestTarget,
    /// Fewest tasks of service auto scaling.
    MinCapacity,
    /// Most tasks of service auto scaling.
    MaxCapacity,
    /// Cooldown of service auto scaling after scaling out.
    ScaleOutCooldown,
    /// Most frequent launch time of a task.
    TaskLaunchTime,
    /// Replicas at the start.
    Replicas,
    /// Mean service time.
    ServiceTime,
    /// CPU time per request.
    CpuPerRequest,
    /// Most frequent start-up time of a pod.
    StartupTime,
    /// Most frequent launch time of a node.
    LaunchTime,
    /// Share of nodes bought on the Spot market.
    SpotShare,
    /// Nodes kept free in each zone.
    SpareNodes,
    /// Nodes of a group.
    Nodes,
    /// Fewest nodes of a group.
    MinNodes,
    /// Most nodes of a group.
    MaxNodes,
    /// Most frequent time that an Auto Scaling group takes for an order.
    AsgTime,
    /// Most frequent failover time.
    FailoverTime,
    /// Most frequent time to come back without a standby.
    RecoveryTime,
    /// Share of look-ups that a cache answers.
    HitRatio,
    /// Replicas of a cache.
    CacheReplicas,
    /// Time between health checks.
    HealthCheckInterval,
    /// Failed checks until a target is out.
    UnhealthyThreshold,
    /// Time that clients keep an address.
    DnsTtl,
    /// How long a received message is hidden.
    VisibilityTimeout,
}

/// What a knob's number counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Quantity {
    /// A share, in percent.
    Percent,
    /// Things.
    Count,
    /// Seconds.
    Seconds,
    /// Milliseconds.
    Milliseconds,
}

/// One slider.
#[derive(Debug, Clone, PartialEq)]
pub struct Knob {
    /// Which number.
    pub id: KnobId,
    /// Unit of the numbers below.
    pub quantity: Quantity,
    /// What the simulation uses.
    pub value: f64,
    /// What holds when the file says nothing.
    pub default: f64,
    /// Smallest on the slider.
    pub min: f64,
    /// Largest on the slider.
    pub max: f64,
    /// Step of the slider.
    pub step: f64,
    /// Keys below the component.
    pub path: &'static [&'static str],
    /// Where the default comes from, when it is a figure about the world.
    pub fact: Option<&'static Fact>,
    law: Option<Triangular>,
}

impl Knob {
    /// A position of the slider as text, with its unit.
    #[must_use]
    pub fn text(&self, value: f64, language: Language) -> String {
        match self.quantity {
            Quantity::Percent => format::percent(value / 100.0, 1),
            Quantity::Count => format::count(value),
            Quantity::Seconds => format::seconds(value, language),
            Quantity::Milliseconds => format::milliseconds(value / 1000.0),
        }
    }

    /// The document's value for a position of the slider. A law of chance keeps its shape: its
    /// bounds move in proportion.
    #[must_use]
    pub fn written(&self, value: f64) -> Value {
        let text = |s: f64| json!(SimDuration::from_s_f64(s).to_string());
        match (self.quantity, self.law) {
            (Quantity::Percent, _) => json!(format!("{value}%")),
            (Quantity::Count, _) => json!(value as u32),
            (Quantity::Milliseconds, _) => text(value / 1000.0),
            (Quantity::Seconds, None) => text(value),
            (Quantity::Seconds, Some(law)) => {
                let scaled = |bound: SimDuration| {
                    let s = bound.as_s_f64() * value / law.mode.as_s_f64();
                    text((s * 1000.0 + 0.5).floor() / 1000.0)
                };
                json!({ "min": scaled(law.min), "mode": text(value), "max": scaled(law.max) })
            }
        }
    }
}

/// The knobs of a component, most useful first.
#[must_use]
pub fn knobs(component: &Component) -> Vec<Knob> {
    match component {
        Component::Deployment(deployment) => of_deployment(deployment),
        Component::NodePool(pool) => of_node_pool(pool),
        Component::NodeGroup(group) => of_node_group(group),
        Component::Fargate(it) => service::of_fargate(it),
        Component::Database(database) => of_database(database),
        Component::Cache(cache) => of_cache(cache),
        Component::LoadBalancer(balancer) => of_load_balancer(balancer),
        Component::ExternalService(service) => {
            let default = crate::model::ExternalService::default();
            let mean = [service.service_time.mean, default.service_time.mean];
            let key = "external_service.service_time";
            vec![milliseconds(
                KnobId::ServiceTime,
                &["service_time", "mean"],
                key,
                mean,
                500.0,
            )]
        }
        Component::Queue(queue) => vec![seconds(
            KnobId::VisibilityTimeout,
            &["visibility_timeout"],
            "queue.visibility_timeout",
            [
                queue.visibility_timeout,
                Queue::default().visibility_timeout,
            ],
            [1.0, 600.0],
        )],
        Component::Users(_) | Component::NatGateway(_) => Vec::new(),
    }
}

fn of_cache(cache: &Cache) -> Vec<Knob> {
    let default = Cache::default();
    let hit = [cache.hit_ratio, default.hit_ratio];
    vec![
        percent(
            KnobId::HitRatio,
            &["hit_ratio"],
            "cache.hit_ratio",
            hit,
            [0.0, 99.0],
        ),
        count(
            KnobId::CacheReplicas,
            &["replicas"],
            cache.replicas,
            0,
            0,
            5,
        ),
    ]
}

fn of_load_balancer(balancer: &LoadBalancer) -> Vec<Knob> {
    let check = &balancer.health_check;
    let default = LoadBalancer::default();
    let normal = HealthCheck::of(balancer.product);
    let interval = [check.interval, normal.interval];
    let ttl = [balancer.dns_ttl, default.dns_ttl];
    let thresholds = [check.unhealthy_threshold, normal.unhealthy_threshold];
    vec![
        seconds(
            KnobId::HealthCheckInterval,
            &["health_check", "interval"],
            "load_balancer.health_check.interval",
            interval,
            [5.0, 120.0],
        ),
        Knob {
            fact: fact("load_balancer.health_check.unhealthy_threshold"),
            ..count(
                KnobId::UnhealthyThreshold,
                &["health_check", "unhealthy_threshold"],
                thresholds[0],
                thresholds[1],
                2,
                10,
            )
        },
        seconds(
            KnobId::DnsTtl,
            &["dns_ttl"],
            "load_balancer.dns_ttl",
            ttl,
            [0.0, 300.0],
        ),
    ]
}

fn of_deployment(deployment: &Deployment) -> Vec<Knob> {
    let default = Deployment::default();
    let mut knobs = Vec::new();
    if let Some(hpa) = &deployment.hpa {
        let normal = HorizontalPodAutoscaler::default();
        let targets = [hpa.target_cpu_utilization, normal.target_cpu_utilization];
        let key = "horizontal_pod_autoscaler.target_cpu_utilization";
        let path = &["hpa", "target_cpu_utilization"];
        knobs.push(percent(KnobId::HpaTarget, path, key, targets, [20.0, 95.0]));
        let path = &["hpa", "min_replicas"];
        let (min, max) = (hpa.min_replicas, hpa.max_replicas);
        knobs.push(count(
            KnobId::MinReplicas,
            path,
            min,
            normal.min_replicas,
            1,
            60,
        ));
        let path = &["hpa", "max_replicas"];
        knobs.push(count(
            KnobId::MaxReplicas,
            path,
            max,
            normal.max_replicas,
            1,
            200,
        ));
    }
    if let Some(policy) = &deployment.target_tracking {
        knobs.extend(service::of_target_tracking(policy));
    }
    let replicas = deployment.replicas;
    knobs.push(count(
        KnobId::Replicas,
        &["replicas"],
        replicas,
        default.replicas,
        1,
        60,
    ));
    let mean = [deployment.service_time.mean, default.service_time.mean];
    let path = &["service_time", "mean"];
    knobs.push(milliseconds(
        KnobId::ServiceTime,
        path,
        "deployment.service_time",
        mean,
        300.0,
    ));
    let cpu = [deployment.cpu_per_request, default.cpu_per_request];
    let path = &["cpu_per_request"];
    knobs.push(milliseconds(
        KnobId::CpuPerRequest,
        path,
        "deployment.cpu_per_request",
        cpu,
        50.0,
    ));
    let startup = [deployment.startup_time, default.startup_time];
    let path = &["startup_time"];
    knobs.push(law(
        KnobId::StartupTime,
        path,
        "deployment.startup_time",
        startup,
        180.0,
    ));
    knobs
}

fn of_node_pool(pool: &NodePool) -> Vec<Knob> {
    let default = NodePool::default();
    let launch = [pool.launch_time, default.launch_time];
    let spot = [pool.spot_share, default.spot_share];
    let (spare, normal) = (pool.spare_nodes_per_zone, default.spare_nodes_per_zone);
    let key = "node_pool.launch_time";
    vec![
        law(KnobId::LaunchTime, &["launch_time"], key, launch, 300.0),
        percent(KnobId::SpotShare, &["spot_share"], "", spot, [0.0, 100.0]),
        count(
            KnobId::SpareNodes,
            &["spare_nodes_per_zone"],
            spare,
            normal,
            0,
            10,
        ),
    ]
}

fn of_node_group(group: &NodeGroup) -> Vec<Knob> {
    let default = NodeGroup::default();
    let nodes = group.nodes;
    let mut knobs = vec![count(
        KnobId::Nodes,
        &["nodes"],
        nodes,
        default.nodes,
        1,
        40,
    )];
    // Only what Cluster Autoscaler resizes has bounds, and waits for new nodes.
    if let Some((min, max)) = group.bounds() {
        knobs.push(count(KnobId::MinNodes, &["min_nodes"], min, nodes, 0, 40));
        knobs.push(count(KnobId::MaxNodes, &["max_nodes"], max, nodes, 1, 60));
        let launch = [group.launch_time, default.launch_time];
        let key = "node_group.launch_time";
        knobs.push(law(
            KnobId::LaunchTime,
            &["launch_time"],
            key,
            launch,
            300.0,
        ));
        let asg = [group.asg_time, default.asg_time];
        let key = "node_group.asg_time";
        knobs.push(law(KnobId::AsgTime, &["asg_time"], key, asg, 180.0));
    }
    knobs
}

fn of_database(database: &Database) -> Vec<Knob> {
    let default = Database {
        deployment: database.deployment,
        ..Database::default()
    };
    let failover = [database.failover_time(), default.failover_time()];
    let recovery = [database.recovery_time, default.recovery_time];
    let mean = [database.service_time.mean, default.service_time.mean];
    let key = "database.failover_time";
    let path = &["service_time", "mean"];
    vec![
        law(
            KnobId::FailoverTime,
            &["failover_time"],
            key,
            failover,
            300.0,
        ),
        law(
            KnobId::RecoveryTime,
            &["recovery_time"],
            "database.recovery_time",
            recovery,
            1800.0,
        ),
        milliseconds(
            KnobId::ServiceTime,
            path,
            "database.service_time",
            mean,
            100.0,
        ),
    ]
}

fn fact(key: &str) -> Option<&'static Fact> {
    FACTS.iter().find(|fact| fact.key == key)
}

/// A knob whose range also holds the value it has.
fn knob(
    id: KnobId,
    quantity: Quantity,
    path: &'static [&'static str],
    fact: Option<&'static Fact>,
    [value, default]: [f64; 2],
    [min, max]: [f64; 2],
) -> Knob {
    Knob {
        id,
        quantity,
        value,
        default,
        min: min.min(value),
        max: max.max(value),
        step: 1.0,
        path,
        fact,
        law: None,
    }
}

fn count(
    id: KnobId,
    path: &'static [&'static str],
    value: u32,
    default: u32,
    min: u32,
    max: u32,
) -> Knob {
    let values = [value, default].map(f64::from);
    let range = [min, max].map(f64::from);
    knob(id, Quantity::Count, path, None, values, range)
}

fn percent(
    id: KnobId,
    path: &'static [&'static str],
    key: &str,
    values: [Ratio; 2],
    range: [f64; 2],
) -> Knob {
    let values = values.map(|share| rounded(share.value() * 100.0));
    knob(id, Quantity::Percent, path, fact(key), values, range)
}

fn seconds(
    id: KnobId,
    path: &'static [&'static str],
    key: &str,
    values: [SimDuration; 2],
    range: [f64; 2],
) -> Knob {
    let values = values.map(SimDuration::as_s_f64);
    knob(id, Quantity::Seconds, path, fact(key), values, range)
}

fn milliseconds(
    id: KnobId,
    path: &'static [&'static str],
    key: &str,
    values: [SimDuration; 2],
    max: f64,
) -> Knob {
    let (values, range) = (values.map(SimDuration::as_ms_f64), [1.0, max]);
    knob(id, Quantity::Milliseconds, path, fact(key), values, range)
}

fn law(
    id: KnobId,
    path: &'static [&'static str],
    key: &str,
    [value, default]: [Triangular; 2],
    max: f64,
) -> Knob {
    let modes = [value.mode, default.mode];
    Knob {
        // A law whose middle is zero has no shape to keep; the default lends its own.
        law: Some(if value.mode.is_zero() { default } else { value }),
        ..seconds(id, path, key, modes, [1.0, max])
    }
}

/// Without the last digits that a share in percent picks up.
fn rounded(percent: f64) -> f64 {
    (percent * 1e6 + 0.5).floor() / 1e6
}

#[cfg(test)]
mod tests;
