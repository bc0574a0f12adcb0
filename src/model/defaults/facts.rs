//! The rows behind the defaults.

use super::fact::{Fact, Grade, assumed, known};

/// The default of a flag of Cluster Autoscaler.
const fn ca_flag(key: &'static str) -> Fact {
    known(
        key,
        Verified,
        "kubernetes/autoscaler cluster-autoscaler/config/flags/flags.go",
        "1.36.1",
    )
}

/// A default of Application Auto Scaling for ECS services.
const fn scaling(key: &'static str) -> Fact {
    let guide = "Application Auto Scaling API reference, TargetTrackingScalingPolicyConfiguration";
    known(key, Verified, guide, "2026-11")
}

use Grade::{Derived, Reported, Verified};

const LBC: &str = "kubernetes-sigs/aws-load-balancer-controller pkg/ingress/model_builder.go, and \
     pkg/service/model_builder.go for an NLB";
const KARPENTER_POOL: &str = "kubernetes-sigs/karpenter pkg/apis/v1/nodepool.go";
const ALB_GUIDE: &str = "AWS Application Load Balancer user guide";
const HPA_DEFAULTS: &str = "kubernetes pkg/controller/podautoscaler/config/v1alpha1/defaults.go";
const LAUNCH_REPORTS: &str = "measured reports of 19 to 100 s from launch to Ready (karpenter PR \
     3827, issue 6128, amazon-vpc-cni-k8s issue 1956)";
const K8S_APPS: &str = "kubernetes pkg/apis/apps/v1/defaults.go";
const ECS_DEPLOYMENT: &str = "Amazon ECS API reference, DeploymentConfiguration";
const RDS_GUIDE: &str = "AWS RDS user guide, Multi-AZ instance deployments";

/// Every default that files may leave out and that is a figure about the world.
pub static FACTS: &[Fact] = &[
    known(
        "load_balancer.health_check.interval",
        Verified,
        LBC,
        "2026-08",
    ),
    known(
        "load_balancer.health_check.timeout",
        Verified,
        LBC,
        "2026-08",
    ),
    known(
        "load_balancer.health_check.healthy_threshold",
        Verified,
        LBC,
        "2026-08",
    ),
    known(
        "load_balancer.health_check.unhealthy_threshold",
        Verified,
        LBC,
        "2026-08",
    ),
    known("load_balancer.dns_ttl", Verified, ALB_GUIDE, "2023-06"),
    assumed(
        "load_balancer.dns_removal_delay",
        "the balancer's own check of its node is unpublished; about two minutes with the TTL",
        "10s",
        "60s",
    ),
    known(
        "load_balancer.zonal_shift",
        Verified,
        "botocore 1.44.5: zonal_shift.config.enabled, up to three days",
        "2026-11",
    ),
    assumed(
        "load_balancer.autoshift_delay",
        "AWS shifts when its telemetry finds a zone impaired and does not say how soon",
        "1min",
        "30min",
    ),
    assumed(
        "load_balancer.deregistration_time",
        "pods sleep in preStop for as long as it takes: reports of 10 s to 60 s behind an ALB and \
         2 to 5 min behind an NLB (aws-load-balancer-controller issues 1064, 1834, 2106, 2366)",
        "0s",
        "5min",
    ),
    known(
        "load_balancer.deregistration_delay",
        Verified,
        ALB_GUIDE,
        "2023-06",
    ),
    assumed(
        "load_balancer.connect_timeout",
        "ALB gives up on a target after seconds",
        "1s",
        "10s",
    ),
    assumed("load_balancer.added_latency", "a proxy hop", "200us", "5ms"),
    assumed("load_balancer.rules", "a small ingress", "1", "100"),
    known(
        "kubernetes.node_monitor_grace_period",
        Verified,
        "kube-controller-manager defaults, PR 126287",
        "1.32",
    ),
    known(
        "kubernetes.unreachable_toleration",
        Verified,
        "kubernetes/website taint-and-toleration.md (added by admission)",
        "2026",
    ),
    known(
        "kubernetes.eviction_interval",
        Verified,
        "kube-controller-manager node-eviction-rate 0.1/s per zone",
        "1.26",
    ),
    known("kubernetes.hpa_sync_period", Verified, HPA_DEFAULTS, "1.33"),
    known(
        "kubernetes.metrics_resolution",
        Verified,
        "metrics-server manifests and Helm chart",
        "v0.9.0",
    ),
    assumed(
        "kubernetes.node_reboot_time",
        "boot of a powered-off instance, near a fresh launch",
        "30s",
        "10min",
    ),
    known(
        "horizontal_pod_autoscaler.target_cpu_utilization",
        Verified,
        HPA_DEFAULTS,
        "1.33",
    ),
    known(
        "horizontal_pod_autoscaler.tolerance",
        Verified,
        HPA_DEFAULTS,
        "1.33",
    ),
    known(
        "horizontal_pod_autoscaler.scale_up",
        Verified,
        HPA_DEFAULTS,
        "1.33",
    ),
    known(
        "horizontal_pod_autoscaler.scale_down",
        Verified,
        HPA_DEFAULTS,
        "1.33",
    ),
    assumed(
        "horizontal_pod_autoscaler.metrics_interval",
        "Prometheus is commonly set to scrape every 15 s to 1 min; CloudWatch has one figure a \
         minute",
        "15s",
        "1min",
    ),
    known(
        "node_pool.launch_time",
        Derived,
        LAUNCH_REPORTS,
        "2022 to 2024",
    ),
    known(
        "node_group.launch_time",
        Derived,
        "as node_pool.launch_time: the part of EC2 and the kubelet is the same",
        "2022 to 2024",
    ),
    assumed(
        "node_group.replacement_time",
        "EC2 Auto Scaling says that it checks instances periodically and replaces one that is not \
         running at once; the period is not published",
        "5s",
        "5min",
    ),
    known(
        "node_pool.consolidation_policy",
        Verified,
        KARPENTER_POOL,
        "v1.14.1",
    ),
    known(
        "node_pool.consolidate_after",
        Verified,
        KARPENTER_POOL,
        "v1.14.1",
    ),
    known("node_pool.budgets", Verified, KARPENTER_POOL, "v1.14.1"),
    known(
        "node_pool.expire_after",
        Verified,
        "kubernetes-sigs/karpenter pkg/apis/v1/nodeclaim.go",
        "v1.14.1",
    ),
    known(
        "kubernetes.karpenter",
        Verified,
        "kubernetes-sigs/karpenter pkg/operator/options, feature gates; whether EC2 reports \
         impairment during an outage is not promised, so it is off",
        "v1.14.1",
    ),
    assumed(
        "node_group.asg_time",
        "the Auto Scaling group's own part: nodes it launches come 10 to 60 s later than others",
        "10s",
        "60s",
    ),
    ca_flag("kubernetes.cluster_autoscaler.scan_interval"),
    ca_flag("kubernetes.cluster_autoscaler.frequent_loops_enabled"),
    ca_flag("kubernetes.cluster_autoscaler.expander"),
    ca_flag("kubernetes.cluster_autoscaler.balance_similar_node_groups"),
    ca_flag("kubernetes.cluster_autoscaler.new_pod_scale_up_delay"),
    ca_flag("kubernetes.cluster_autoscaler.max_nodes_per_scaleup"),
    ca_flag("kubernetes.cluster_autoscaler.max_node_provision_time"),
    ca_flag("kubernetes.cluster_autoscaler.max_node_startup_time"),
    ca_flag("kubernetes.cluster_autoscaler.initial_node_group_backoff_duration"),
    ca_flag("kubernetes.cluster_autoscaler.max_node_group_backoff_duration"),
    ca_flag("kubernetes.cluster_autoscaler.node_group_backoff_reset_timeout"),
    ca_flag("kubernetes.cluster_autoscaler.ok_total_unready_count"),
    ca_flag("kubernetes.cluster_autoscaler.max_total_unready_percentage"),
    ca_flag("kubernetes.cluster_autoscaler.scale_down_enabled"),
    ca_flag("kubernetes.cluster_autoscaler.scale_down_utilization_threshold"),
    ca_flag("kubernetes.cluster_autoscaler.ignore_daemonsets_utilization"),
    ca_flag("kubernetes.cluster_autoscaler.scale_down_unneeded_time"),
    ca_flag("kubernetes.cluster_autoscaler.scale_down_unready_time"),
    ca_flag("kubernetes.cluster_autoscaler.scale_down_delay_after_add"),
    ca_flag("kubernetes.cluster_autoscaler.scale_down_delay_after_delete"),
    ca_flag("kubernetes.cluster_autoscaler.scale_down_delay_after_failure"),
    ca_flag("kubernetes.cluster_autoscaler.max_scale_down_parallelism"),
    ca_flag("kubernetes.cluster_autoscaler.max_drain_parallelism"),
    known("database.failover_time", Verified, RDS_GUIDE, "2023-06"),
    assumed(
        "database.reconnect_time",
        "dead connections in pools, beside DNS; one case lost 41 to 78 s to both together",
        "0s",
        "5min",
    ),
    assumed(
        "database.recovery_time",
        "restart and crash recovery after power returns; in Tokyo 2019 RDS came back hours later",
        "1min",
        "4h",
    ),
    known(
        "database.replacement_time",
        Derived,
        "AWS Aurora user guide: typically less than 10 minutes",
        "2023-06",
    ),
    assumed(
        "database.servers",
        "queries a small instance works on at once",
        "8",
        "200",
    ),
    assumed("database.service_time", "an indexed query", "1ms", "50ms"),
    assumed(
        "database.queue_capacity",
        "connections beyond the busy ones",
        "50",
        "1000",
    ),
    assumed("database.storage", "a middle-sized database", "20GB", "2TB"),
    known(
        "cache.failover_time",
        Verified,
        "AWS ElastiCache user guide: writes stop for a few seconds",
        "2023-06",
    ),
    assumed(
        "cache.hit_ratio",
        "a look-aside cache in front of a database",
        "50%",
        "99%",
    ),
    assumed("cache.service_time", "one look-up", "200us", "2ms"),
    assumed("cache.servers", "look-ups worked on at once", "1", "64"),
    assumed(
        "cache.warm_up_time",
        "time to fill an empty cache again",
        "1min",
        "1h",
    ),
    assumed(
        "external_service.service_time",
        "a call over the internet",
        "20ms",
        "500ms",
    ),
    assumed(
        "queue.service_time",
        "a SendMessage call inside the Region; no vendor states it",
        "5ms",
        "50ms",
    ),
    known(
        "queue.visibility_timeout",
        Verified,
        "AWS SQS API, ChangeMessageVisibility (default 30 s, 0 s to 12 h)",
        "2026-11-23",
    ),
    assumed("deployment.cpu_request", "a small web service", "100m", "2"),
    assumed(
        "deployment.memory_request",
        "a small web service",
        "128Mi",
        "4Gi",
    ),
    assumed("deployment.servers", "threads per pod", "1", "200"),
    assumed(
        "deployment.service_time",
        "a web request without its calls",
        "5ms",
        "500ms",
    ),
    assumed(
        "deployment.cpu_per_request",
        "a web request",
        "1ms",
        "100ms",
    ),
    assumed(
        "deployment.queue_capacity",
        "accept queue of a web server",
        "10",
        "1000",
    ),
    known(
        "deployment.dns_cache_ttl",
        Reported,
        "OpenJDK 21, networkaddress.cache.ttl: 30 s; other runtimes keep nothing, or for ever. AWS \
         recommends 5 s, and names of RDS live for 5 s",
        "2023-09",
    ),
    assumed(
        "deployment.startup_time",
        "pod start of about 5 s (Kubernetes start-up SLO) and the application's own start",
        "5s",
        "2min",
    ),
    known(
        "deployment.termination_grace_period",
        Verified,
        "kubernetes pkg/apis/core/v1/defaults.go",
        "1.37",
    ),
    known("deployment.rollout.max_surge", Verified, K8S_APPS, "1.28"),
    known(
        "deployment.rollout.max_unavailable",
        Verified,
        K8S_APPS,
        "1.28",
    ),
    known(
        "service.rollout.max_surge",
        Verified,
        ECS_DEPLOYMENT,
        "2026-11",
    ),
    known(
        "service.rollout.max_unavailable",
        Verified,
        ECS_DEPLOYMENT,
        "2026-11",
    ),
    known(
        "deployment.rollout.progress_deadline",
        Verified,
        K8S_APPS,
        "1.28",
    ),
    known(
        "deployment.rollout.scale_down_delay",
        Verified,
        "argoproj/argo-rollouts utils/defaults/defaults.go",
        "2026-08",
    ),
    assumed(
        "call.timeout",
        "a client library's usual setting",
        "500ms",
        "30s",
    ),
    assumed(
        "call.backoff",
        "a client library's usual setting",
        "10ms",
        "5s",
    ),
    assumed("call.request_size", "a small message", "200B", "100kB"),
    assumed(
        "call.response_size",
        "a page fragment or record set",
        "500B",
        "1MB",
    ),
    assumed(
        "users.requests_per_connection",
        "browsers with keep-alive",
        "1",
        "1000",
    ),
    assumed(
        "network.user_rtt",
        "users in the same country",
        "5ms",
        "200ms",
    ),
    assumed(
        "network.same_zone_rtt",
        "usual figure, not measured here",
        "100us",
        "300us",
    ),
    known(
        "network.cross_zone_rtt",
        Reported,
        "measured averages of 0.82 to 0.83 ms in eu-west-1",
        "2022",
    ),
    assumed(
        "load.noise.cv",
        "minute-to-minute wandering of a web load",
        "0%",
        "20%",
    ),
    assumed(
        "load.noise.correlation_time",
        "minute-to-minute wandering",
        "1min",
        "1h",
    ),
    known(
        "fargate.launch_time",
        Reported,
        "23 s in AWS's benchmark of 2026-06-18; first tasks after 30 s (vladionescu.me, 2022); \
         53 to 62 s with an image of 413 MB (elasticscale.com, 2024)",
        "2022 to 2026",
    ),
    assumed(
        "fargate.task_loss_time",
        "ECS replaces a task whose machine fails and does not say how soon it knows",
        "10s",
        "10min",
    ),
    known(
        "target_tracking.target_cpu_utilization",
        Verified,
        "the example of aws application-autoscaling put-scaling-policy",
        "2026-11",
    ),
    scaling("target_tracking.scale_out_cooldown"),
    scaling("target_tracking.scale_in_cooldown"),
    known(
        "target_tracking.metric_delay",
        Derived,
        "AWS's benchmark: scaled out after 363 s with metrics of a minute, after 86 s with those \
         of 20 s, less three periods and half a one; taken for a load balancer's metrics as well",
        "2026-06-18",
    ),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_fact_names_a_source_and_only_assumptions_have_a_range() {
        let mut keys: Vec<_> = FACTS.iter().map(|fact| fact.key).collect();
        for fact in FACTS {
            assert!(
                !fact.source.is_empty() && !fact.as_of.is_empty(),
                "{}",
                fact.key
            );
            assert_eq!(
                fact.range.is_some(),
                fact.grade == Grade::Assumption,
                "{}",
                fact.key
            );
        }
        keys.sort_unstable();
        keys.dedup();
        assert_eq!(keys.len(), FACTS.len(), "no key twice");
    }
}
