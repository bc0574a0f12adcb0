//! The way in and out: users, load balancers, NAT gateways.

use borsh::{BorshDeserialize, BorshSerialize};
use serde::Serialize;
use serde_json::Value;

use super::ById;
use super::connection::Call;
use super::defaults;
use super::json::{self, FromJson, Members, Refusal, from_json, update};
use super::queueing::BalancingAlgorithm;
use super::variation::Triangular;
use super::zone::ZoneName;
use crate::units::{ByteSize, SimDuration};

/// The people and programs outside that send the load.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[cfg_attr(test, schemars(default, deny_unknown_fields))]
pub struct Users {
    /// Where requests go first, and how long the client waits and retries. One target.
    #[serde(serialize_with = "json::write_object")]
    #[cfg_attr(test, schemars(with = "std::collections::BTreeMap<String, Call>"))]
    pub calls: ById<Call>,
    /// Requests sent over one connection before it is closed; decides new connections per second.
    /// At least 1.
    #[cfg_attr(test, schemars(range(min = 1.0, max = 100_000.0)))]
    pub requests_per_connection: f64,
    /// How long a connection stays open on average. A Network Load Balancer sends all requests of a
    /// connection to the target that it chose when it was opened; 0s: as if each request had one of
    /// its own. Up to 7d.
    #[serde(skip_serializing_if = "json::is_default")]
    pub connection_lifetime: SimDuration,
}

impl Default for Users {
    fn default() -> Self {
        Self {
            calls: ById::new(),
            requests_per_connection: defaults::REQUESTS_PER_CONNECTION,
            connection_lifetime: SimDuration::ZERO,
        }
    }
}

from_json!(Users or default { calls, requests_per_connection, connection_lifetime });

/// The product behind a load balancer; decides price units.
#[derive(
    Debug,
    Clone,
    Copy,
    PartialEq,
    Eq,
    PartialOrd,
    Ord,
    Default,
    Serialize,
    BorshSerialize,
    BorshDeserialize,
)]
#[serde(rename_all = "snake_case")]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub enum LoadBalancerProduct {
    /// Application Load Balancer.
    #[default]
    Alb,
    /// Network Load Balancer.
    Nlb,
}

from_json!(LoadBalancerProduct: "alb" => Alb, "nlb" => Nlb);

/// What a target group registers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize)]
#[serde(rename_all = "snake_case")]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub enum TargetType {
    /// Pod addresses: the balancer reaches pods directly.
    #[default]
    Ip,
    /// Node addresses: kube-proxy adds a hop, possibly to another zone.
    Instance,
}

from_json!(TargetType: "ip" => Ip, "instance" => Instance);

/// Whether traffic of a load balancer can be shifted away from a zone.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize)]
#[serde(rename_all = "snake_case")]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub enum ZonalShift {
    /// It cannot: the attribute `zonal_shift.config.enabled` is false, as by default.
    #[default]
    Off,
    /// Operators can (`zonal_shift` on the tape).
    On,
    /// Operators can, and AWS does so by itself when it finds a zone impaired.
    Autoshift,
}

from_json!(ZonalShift: "off" => Off, "on" => On, "autoshift" => Autoshift);

/// How a load balancer tests its targets.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[cfg_attr(test, schemars(default, deny_unknown_fields))]
pub struct HealthCheck {
    /// Time between two probes of one target.
    pub interval: SimDuration,
    /// A probe without an answer fails after this time.
    pub timeout: SimDuration,
    /// Successes in a row that make an unhealthy target healthy, 2 to 10.
    #[cfg_attr(test, schemars(range(min = 2, max = 10)))]
    pub healthy_threshold: u32,
    /// Failures in a row that make a target unhealthy, 2 to 10.
    #[cfg_attr(test, schemars(range(min = 2, max = 10)))]
    pub unhealthy_threshold: u32,
}

impl HealthCheck {
    /// What the AWS Load Balancer Controller gives the target groups of a product.
    #[must_use]
    pub const fn of(product: LoadBalancerProduct) -> Self {
        match product {
            LoadBalancerProduct::Alb => defaults::ALB_HEALTH_CHECK,
            LoadBalancerProduct::Nlb => defaults::NLB_HEALTH_CHECK,
        }
    }

    /// Reads what is stated; the rest stays as it is.
    fn stated(value: &Value, mut rest: Self) -> Result<Self, Refusal> {
        let members = Members::of(value)?;
        update!(members => rest { interval, timeout, healthy_threshold, unhealthy_threshold });
        members.accept(rest)
    }
}

/// That of an Application Load Balancer.
impl Default for HealthCheck {
    fn default() -> Self {
        Self::of(LoadBalancerProduct::Alb)
    }
}

/// A load balancer with one node in each of its zones.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[cfg_attr(test, schemars(default, deny_unknown_fields))]
pub struct LoadBalancer {
    /// The product.
    pub product: LoadBalancerProduct,
    /// Id of the deployment behind it.
    pub routes_to: String,
    /// Zones with a load-balancer node; absent means every zone of the architecture.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub zones: Option<Vec<ZoneName>>,
    /// What is registered as a target.
    pub target_type: TargetType,
    /// How targets are tested. What is not stated is what the AWS Load Balancer Controller asks
    /// for: 15s, 5s, 2 and 2 of an ALB, 10s, 10s, 3 and 3 of an NLB.
    pub health_check: HealthCheck,
    /// When true, each node spreads requests over the targets of all zones; absent means true for
    /// an Application Load Balancer and false for a Network Load Balancer, as with AWS.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cross_zone: Option<bool>,
    /// How each node chooses among its targets.
    #[serde(skip_serializing_if = "json::is_default")]
    pub algorithm: BalancingAlgorithm,
    /// Whether its traffic can be shifted away from a zone.
    #[serde(skip_serializing_if = "json::is_default")]
    pub zonal_shift: ZonalShift,
    /// From the beginning or the end of a zone's trouble until AWS shifts traffic away or back.
    pub autoshift_delay: Triangular,
    /// How long a new target needs to come to its share of the requests, in a straight line: 30s to
    /// 15min; 0s for at once. Round robin of an Application Load Balancer only.
    #[serde(skip_serializing_if = "json::is_default")]
    pub slow_start: SimDuration,
    /// Whether pods wait for their target to be healthy before Kubernetes calls them ready (the
    /// namespace's label `elbv2.k8s.aws/pod-readiness-gate-inject`); needs target type `ip` and
    /// pods on nodes. Off unless stated, as with the controller.
    #[serde(skip_serializing_if = "json::is_default")]
    pub readiness_gate: bool,
    /// From the moment that a pod is told to end until the balancer sends it nothing new: the
    /// controller calls the API, and the balancer's nodes hear of it (an ALB's in 10 s to 60 s, an
    /// NLB's in 2 to 5 min). What a pod that has stopped is sent meanwhile fails at once (502). 0s
    /// unless stated, as if pods slept in `pre_stop` for as long as it takes.
    pub deregistration_time: Triangular,
    /// Requests under way at a target that leaves are cut off after this time, 0s to 1h.
    pub deregistration_delay: SimDuration,
    /// Time to live of the balancer's DNS records.
    pub dns_ttl: SimDuration,
    /// Time from the loss of a zone until the balancer's address there leaves DNS.
    pub dns_removal_delay: SimDuration,
    /// A connection attempt to an address that does not answer fails after this time.
    pub connect_timeout: SimDuration,
    /// Mean time the balancer itself adds to a request.
    pub added_latency: SimDuration,
    /// Rules evaluated per request, 0 to 100; the first 10 are free.
    #[cfg_attr(test, schemars(range(min = 0, max = 100)))]
    pub rules: u32,
}

impl Default for LoadBalancer {
    fn default() -> Self {
        Self {
            product: LoadBalancerProduct::Alb,
            routes_to: String::new(),
            zones: None,
            target_type: TargetType::Ip,
            health_check: HealthCheck::default(),
            cross_zone: None,
            algorithm: BalancingAlgorithm::default(),
            zonal_shift: ZonalShift::Off,
            autoshift_delay: defaults::AUTOSHIFT_DELAY,
            slow_start: SimDuration::ZERO,
            readiness_gate: false,
            deregistration_time: defaults::DEREGISTRATION_TIME,
            deregistration_delay: defaults::DEREGISTRATION_DELAY,
            dns_ttl: defaults::LOAD_BALANCER_DNS_TTL,
            dns_removal_delay: defaults::LOAD_BALANCER_DNS_REMOVAL_DELAY,
            connect_timeout: defaults::CONNECT_TIMEOUT,
            added_latency: defaults::LOAD_BALANCER_ADDED_LATENCY,
            rules: defaults::LOAD_BALANCER_RULES,
        }
    }
}

impl LoadBalancer {
    /// Whether each node spreads requests over the targets of all zones.
    #[must_use]
    pub fn crosses_zones(&self) -> bool {
        let of_product = self.product == LoadBalancerProduct::Alb;
        self.cross_zone.unwrap_or(of_product)
    }
}

impl FromJson for LoadBalancer {
    fn from_json(value: &Value) -> Result<Self, Refusal> {
        let members = Members::of(value)?;
        let mut read = Self::default();
        update!(members => read {
            product, routes_to, zones, target_type, cross_zone, algorithm, zonal_shift,
            autoshift_delay, slow_start, readiness_gate, deregistration_time, deregistration_delay,
            dns_ttl, dns_removal_delay, connect_timeout, added_latency, rules; but health_check
        });
        let rest = HealthCheck::of(*product);
        *health_check = rest;
        members.update_by("health_check", health_check, |it| {
            HealthCheck::stated(it, rest)
        });
        members.accept(read)
    }
}

/// NAT gateways: the way out for private subnets.
#[derive(Debug, Clone, PartialEq, Serialize, Default)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[cfg_attr(test, schemars(default, deny_unknown_fields))]
pub struct NatGateway {
    /// Zones that have a gateway; absent means one in every zone. A zone without one sends its
    /// traffic to the first zone listed, and loses the way out with that zone.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub zones: Option<Vec<ZoneName>>,
    /// Further data sent out per served request besides calls to external services.
    pub egress_per_request: ByteSize,
}

from_json!(NatGateway or default { zones, egress_per_request });

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn health_checks_that_are_not_stated_are_those_of_the_product() {
        #[track_caller]
        fn check(written: &Value, seconds: [u64; 2], thresholds: [u32; 2]) {
            let read = LoadBalancer::from_json(written).map(|it| it.health_check);
            let [interval, timeout] = seconds.map(SimDuration::from_s);
            let [healthy_threshold, unhealthy_threshold] = thresholds;
            let expected = HealthCheck {
                interval,
                timeout,
                healthy_threshold,
                unhealthy_threshold,
            };
            assert_eq!(read, Ok(expected), "{written}");
        }
        check(&json!({}), [15, 5], [2, 2]);
        check(&json!({ "product": "nlb" }), [10, 10], [3, 3]);
        let some = json!({ "interval": "30s", "unhealthy_threshold": 2 });
        let stated = json!({ "product": "nlb", "health_check": some });
        check(&stated, [30, 10], [3, 2]);
        let wrong = json!({ "health_check": { "timeout": "soon" } });
        assert!(LoadBalancer::from_json(&wrong).is_err());
    }
}
