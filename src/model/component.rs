//! A component: one vertex of a design.

use serde::Serialize;
use serde_json::Value;

use super::cluster::{NodeGroup, NodePool};
use super::data::{Cache, Database, ExternalService};
use super::fargate::Fargate;
use super::ingress::{LoadBalancer, NatGateway, Users};
use super::json::{FromJson, Members, Refusal};
use super::message_queue::Queue;
use super::scheduling::Taint;
use super::workload::Deployment;

/// A part of a platform, told apart by `kind`.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[expect(clippy::large_enum_variant, reason = "a design holds a few dozen")]
pub enum Component {
    /// The load's origin.
    Users(Users),
    /// An ALB or NLB.
    LoadBalancer(LoadBalancer),
    /// A replicated workload.
    Deployment(Deployment),
    /// Nodes that Karpenter launches.
    NodePool(NodePool),
    /// Nodes of a number that is fixed or that Cluster Autoscaler moves.
    NodeGroup(NodeGroup),
    /// Capacity without nodes, for an ECS service.
    Fargate(Fargate),
    /// A relational database.
    Database(Database),
    /// A look-aside cache.
    Cache(Cache),
    /// The way out.
    NatGateway(NatGateway),
    /// Somebody else's service.
    ExternalService(ExternalService),
    /// Messages between producers and consumers.
    Queue(Queue),
}

impl FromJson for Component {
    fn from_json(value: &Value) -> Result<Self, Refusal> {
        Ok(match Members::of(value)?.kind()? {
            "users" => Self::Users(Users::from_json(value)?),
            "load_balancer" => Self::LoadBalancer(LoadBalancer::from_json(value)?),
            "deployment" => Self::Deployment(Deployment::from_json(value)?),
            "node_pool" => Self::NodePool(NodePool::from_json(value)?),
            "node_group" => Self::NodeGroup(NodeGroup::from_json(value)?),
            "fargate" => Self::Fargate(Fargate::from_json(value)?),
            "database" => Self::Database(Database::from_json(value)?),
            "cache" => Self::Cache(Cache::from_json(value)?),
            "nat_gateway" => Self::NatGateway(NatGateway::from_json(value)?),
            "queue" => Self::Queue(Queue::from_json(value)?),
            "external_service" => Self::ExternalService(ExternalService::from_json(value)?),
            _ => return Err(Refusal::Expected("a kind of component")),
        })
    }
}
impl Component {
    /// The `kind` as files write it.
    #[must_use]
    pub const fn kind(&self) -> &'static str {
        match self {
            Self::Users(_) => "users",
            Self::LoadBalancer(_) => "load_balancer",
            Self::Deployment(_) => "deployment",
            Self::NodePool(_) => "node_pool",
            Self::NodeGroup(_) => "node_group",
            Self::Fargate(_) => "fargate",
            Self::Database(_) => "database",
            Self::Cache(_) => "cache",
            Self::NatGateway(_) => "nat_gateway",
            Self::ExternalService(_) => "external_service",
            Self::Queue(_) => "queue",
        }
    }

    /// Taints of the nodes of a pool or group.
    #[must_use]
    pub fn taints(&self) -> &[Taint] {
        match self {
            Self::NodePool(it) => &it.taints,
            Self::NodeGroup(it) => &it.taints,
            _ => &[],
        }
    }
}
