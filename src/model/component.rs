//! A component: one vertex of a design.

use serde::{Deserialize, Serialize};

use super::cluster::{NodeGroup, NodePool};
use super::data::{Cache, Database, ExternalService};
use super::ingress::{LoadBalancer, NatGateway, Users};
use super::workload::Deployment;

/// A part of a platform, told apart by `kind`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub enum Component {
    /// The load's origin.
    Users(Users),
    /// An ALB or NLB.
    LoadBalancer(LoadBalancer),
    /// A replicated workload.
    Deployment(Deployment),
    /// Nodes that Karpenter launches.
    NodePool(NodePool),
    /// Nodes of a fixed number.
    NodeGroup(NodeGroup),
    /// A relational database.
    Database(Database),
    /// A look-aside cache.
    Cache(Cache),
    /// The way out.
    NatGateway(NatGateway),
    /// Somebody else's service.
    ExternalService(ExternalService),
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
            Self::Database(_) => "database",
            Self::Cache(_) => "cache",
            Self::NatGateway(_) => "nat_gateway",
            Self::ExternalService(_) => "external_service",
        }
    }
}
