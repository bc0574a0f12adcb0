//! What a design *is*, as plain data: components, connections, load, tape, objectives, plan.
//!
//! Nothing here behaves over time or reads a file; prices are looked up, never multiplied. The
//! structures double as the vocabulary of scenario files: [`json`] reads them, and the JSON Schema
//! is generated from them.
//! A default that a file leaves out comes from [`defaults`], where each has a source and a date.
//!
//! In reading order: [`text`] (two languages), [`component`] and its kinds, [`architecture`] (the
//! components of one platform), [`design`] (the resolved graph), [`load`], [`tape`] (faults),
//! [`objectives`], [`plan`], [`finding`] (what is wrong with any of these), [`catalog`] (sizes and
//! prices of what AWS sells).

pub mod architecture;
pub mod autoscaler;
pub mod catalog;
pub mod cluster;
pub mod cluster_autoscaler;
pub mod component;
pub mod connection;
pub mod daemon_set;
pub mod data;
pub mod defaults;
pub mod design;
pub mod disruption;
pub mod fargate;
pub mod finding;
pub mod hpa_metric;
pub mod ingress;
pub mod json;
pub mod load;
pub mod message_queue;
pub mod namespace;
pub mod objectives;
pub mod one_or_list;
pub mod plan;
pub mod queueing;
pub mod resilience;
pub mod rollout;
pub mod scheduling;
pub mod tape;
pub mod target_tracking;
pub mod text;
pub mod validate;
pub mod variation;
pub mod workload;
pub mod zone;

pub use architecture::{Architecture, Kubernetes, Network};
pub use autoscaler::{
    HorizontalPodAutoscaler, ScalingPolicy, ScalingRules, UpdateMode, VerticalPodAutoscaler,
};
pub use cluster::{CapacityType, NodeGroup, NodePool};
pub use cluster_autoscaler::{ClusterAutoscaler, Expander};
pub use component::Component;
pub use connection::{Call, Connection, ConnectionKind};
pub use daemon_set::{DaemonOverhead, DaemonSet};
pub use data::{Cache, Database, DatabaseDeployment, ExternalService, ServiceAccess};
pub use design::{ComponentIndex, Design};
pub use disruption::{ConsolidationPolicy, DisruptionBudget, DisruptionReason, Karpenter};
pub use fargate::Fargate;
pub use finding::{Finding, FindingKind, Place, Severity};
pub use hpa_metric::{HpaMetric, PodMetric};
pub use ingress::{
    HealthCheck, LoadBalancer, LoadBalancerProduct, NatGateway, TargetType, Users, ZonalShift,
};
pub use load::{ArrivalProcess, Load, LoadNoise, LoadProfile, Spike, Stage};
pub use message_queue::Queue;
pub use namespace::{DEFAULT_NAMESPACE, LimitRange, Namespace, ResourceQuota};
pub use objectives::Objectives;
pub use one_or_list::OneOrList;
pub use plan::RunPlan;
pub use queueing::{AbandonedWork, BalancingAlgorithm, Concurrency, Discipline};
pub use resilience::CircuitBreaker;
pub use rollout::{CanaryStep, Rollout, UpdateStrategy};
pub use scheduling::{
    NodeAffinity, NodeInclusionPolicy, PodAffinity, Taint, TaintEffect, Toleration, TopologyKey,
    TopologySpread, WhenUnsatisfiable,
};
pub use tape::{Fault, FaultKind, RandomFault, RandomFaultKind, Resolver, Tape};
pub use target_tracking::{MetricResolution, TargetTracking};
pub use text::{Language, Text};
pub use variation::{Samples, ServiceLaw, ServiceTime, Triangular};
pub use workload::{Deployment, PodDisruptionBudget, PreemptionPolicy, UnhealthyPodEvictionPolicy};
pub use zone::{Region, ZoneIndex, ZoneName};

/// Things of one kind by id, in order of id. A design has a dozen, so they stand in one sorted
/// list; a tree makes 4 kB of code for each kind, which every visitor of the page downloads.
pub type ById<T> = litemap::LiteMap<String, T>;
