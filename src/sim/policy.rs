//! What the controllers decide: pure functions from plain data to decisions.
//!
//! Kubernetes and AWS run a handful of loops that look at the world and change it: the HPA, the
//! scheduler, Karpenter, Cluster Autoscaler, the node lifecycle controller, a load balancer's
//! health checks. Each file here is the *decision* of one such loop. A function takes what the
//! controller can see, its parameters and its memory, and returns what it would do together with
//! the reason as data: the numbers that made it, never a sentence, because sentences are written
//! in two languages elsewhere.
//!
//! A policy knows no world, no clock and no chance: the time is an argument, nothing is drawn, and
//! only the simulation applies a decision. Ties have a written rule, so equal inputs give equal
//! decisions on every host. Pods come in *cohorts* (so many alike), because a simulated day asks
//! each HPA 5760 times; a single pod is a cohort of one.
//!
//! Left out of every policy: reading and writing objects, retries against the API server, and the
//! time a controller needs to think. The simulation adds the delays that matter.

pub mod cluster_autoscaler;
pub mod connections;
pub mod crash_loop;
pub mod deregistration;
pub mod disruption_budget;
pub mod drain;
pub mod ecs;
pub mod health_check;
pub mod hpa;
pub mod instance_loss;
pub mod karpenter;
pub mod name_cache;
pub mod node_lifecycle;
pub mod pod_rules;
pub mod preemption;
pub mod quota;
pub mod readiness_gate;
pub mod resources;
pub mod rollout;
pub mod scheduler;
pub mod slow_start;
pub mod sources;
pub mod spot;
pub mod target_tracking;
pub mod topology;
pub mod vpa;
pub mod zonal_shift;
