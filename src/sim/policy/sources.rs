//! Where the controllers' rules were read, and in which version: one table, beside the policies
//! whose module heads state the same.
//!
//! A rule that Kubernetes or AWS changes is looked up here first: the row says what to read again.

/// A text that rules were read in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Source {
    /// Whose rules, and in which version, as a reader would look them up.
    pub title: &'static str,
    /// When they were read, or the date of the text.
    pub as_of: &'static str,
}

/// `replica_calculator.go` and `horizontal.go`.
pub const HPA: Source = Source {
    title: "HPA calculator 1.33, controller 1.29",
    as_of: "2026-11-22",
};

/// Recommender and updater of the Vertical Pod Autoscaler.
pub const VPA: Source = Source {
    title: "VPA 1.7.1",
    as_of: "2026-11-23",
};

/// API texts and `topology-spread-constraints.md`.
pub const SCHEDULER: Source = Source {
    title: "Kubernetes API 1.37",
    as_of: "2026-11-22",
};

/// `node_lifecycle_controller.go`, and the flags of kube-controller-manager.
pub const NODE_LIFECYCLE: Source = Source {
    title: "node lifecycle controller 1.26, kube-controller-manager 1.32",
    as_of: "2026-11-22",
};

/// ECS service auto scaling.
pub const TARGET_TRACKING: Source = Source {
    title: "Application Auto Scaling user guide, \"Target tracking\"",
    as_of: "2026-11-23",
};

/// Desired count, placement over zones, replacement of unhealthy tasks.
pub const ECS: Source = Source {
    title: "Amazon ECS developer guide, \"Services\"",
    as_of: "2026-11-23",
};

/// Karpenter's core and its AWS provider.
pub const KARPENTER: Source = Source {
    title: "Karpenter 1.14.1",
    as_of: "2026-11-22",
};

/// Scale-up, scale-down and their guards.
pub const CLUSTER_AUTOSCALER: Source = Source {
    title: "Cluster Autoscaler 1.36.1",
    as_of: "2026-11-22",
};

/// Restarts of crashed containers by the kubelet.
pub const CRASH_LOOP: Source = Source {
    title: "kubelet, \"Pod Lifecycle\"",
    as_of: "2026-11-23",
};

/// `preemption.go` and `default_preemption.go` of the scheduler.
pub const PREEMPTION: Source = Source {
    title: "kube-scheduler, framework/preemption",
    as_of: "2026-11-23",
};

/// Admission of pods, and how a ReplicaSet tries again.
pub const QUOTA: Source = Source {
    title: "Kubernetes admission/resourcequota, client-go workqueue",
    as_of: "2026-11-23",
};

/// The Deployment controller, and Argo Rollouts.
pub const ROLLOUT: Source = Source {
    title: "Deployment controller 1.28, Argo Rollouts",
    as_of: "2026-11-23",
};

/// How nodes are emptied, by whoever does it.
pub const DRAIN: Source = Source {
    title: "kubectl 1.37, Karpenter 1.14.1, Cluster Autoscaler 1.36.1",
    as_of: "2026-11-23",
};

/// The disruption controller and the eviction API.
pub const DISRUPTION_BUDGET: Source = Source {
    title: "disruption controller, policy/v1 API 1.37",
    as_of: "2026-11-23",
};

/// Health checks of targets: the balancer's rules with the controller's defaults.
pub const HEALTH_CHECK: Source = Source {
    title: "ALB user guide 2023-06, AWS Load Balancer Controller 2026-08",
    as_of: "2026-11-22",
};

/// Targets that leave on purpose.
pub const DEREGISTRATION: Source = Source {
    title: "Kubernetes, \"Pod Lifecycle\"; ALB user guide, \"Deregistration delay\"",
    as_of: "2026-11-23",
};

/// Traffic that goes around a zone.
pub const ZONAL_SHIFT: Source = Source {
    title: "ELB user guides, \"Zonal shift\"",
    as_of: "2026-11-23",
};

/// Spot interruptions, as EC2 announces them.
pub const SPOT: Source = Source {
    title: "EC2 user guide 2023-06",
    as_of: "2023-06-15",
};

/// Failover of a Multi-AZ instance.
pub const RDS: Source = Source {
    title: "RDS user guide 2023-06",
    as_of: "2023-06-15",
};

/// Copies of DNS records.
pub const NAME_CACHE: Source = Source {
    title: "Aurora MySQL administrator's handbook, \"DNS caching\"; OpenJDK 21",
    as_of: "2026-11-23",
};

/// Failover of a cluster with replicas.
pub const ELASTICACHE: Source = Source {
    title: "ElastiCache user guide 2023-06",
    as_of: "2023-06-15",
};

/// Messages that are hidden, come back and are dead letters at last.
pub const SQS: Source = Source {
    title: "Amazon SQS API reference, ChangeMessageVisibility",
    as_of: "2026-11-23",
};

/// Gateways and their zones.
pub const NAT_GATEWAY: Source = Source {
    title: "VPC user guide 2023-06",
    as_of: "2023-06-15",
};

#[cfg(test)]
mod tests {
    use super::*;

    /// Every version of a title stands in the head of the policy that follows it.
    #[test]
    fn the_heads_of_the_policies_state_the_same() {
        let policies = [
            (HPA, include_str!("hpa.rs")),
            (VPA, include_str!("vpa.rs")),
            (SCHEDULER, include_str!("scheduler.rs")),
            (NODE_LIFECYCLE, include_str!("node_lifecycle.rs")),
            (KARPENTER, include_str!("karpenter.rs")),
            (CRASH_LOOP, include_str!("crash_loop.rs")),
            (ROLLOUT, include_str!("rollout.rs")),
            (DRAIN, include_str!("drain.rs")),
            (DISRUPTION_BUDGET, include_str!("disruption_budget.rs")),
            (DEREGISTRATION, include_str!("deregistration.rs")),
            (HEALTH_CHECK, include_str!("health_check.rs")),
            (NAME_CACHE, include_str!("name_cache.rs")),
            (ZONAL_SHIFT, include_str!("zonal_shift.rs")),
            (TARGET_TRACKING, include_str!("target_tracking.rs")),
            (ECS, include_str!("ecs.rs")),
        ];
        for (source, text) in policies {
            let head: Vec<&str> = text
                .lines()
                .take_while(|it| it.starts_with("//!"))
                .collect();
            let head = head.join(" ");
            let is_version = |word: &&str| word.starts_with(|it: char| it.is_ascii_digit());
            for version in source.title.split([' ', ',']).filter(is_version) {
                assert!(head.contains(version), "{version} of {}", source.title);
            }
            assert!(head.contains(source.as_of), "the date of {}", source.title);
        }
    }
}
