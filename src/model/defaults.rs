//! Defaults, each with source, date and grade.
//!
//! A scenario may leave most numbers out. What then holds is written here once: the constant that
//! the types use, and in [`FACTS`] the row a reader sees: where the figure comes from, as of when,
//! how well it is known ([`Grade`]) and, for assumptions, between which bounds it may lie. A test
//! keeps constants and rows together.

mod fact;
mod facts;

pub use fact::{Fact, Grade};
pub use facts::FACTS;

use super::ingress::HealthCheck;
use super::variation::{ServiceLaw, ServiceTime, Triangular};
use crate::units::{ByteSize, Cpu, IntOrPercent, Ratio, SimDuration};

pub(super) const CALL_TIMEOUT: SimDuration = SimDuration::from_s(2);
pub(super) const CALL_BACKOFF: SimDuration = SimDuration::from_ms(100);
pub(super) const CALL_REQUEST_SIZE: ByteSize = ByteSize::from_bytes(1_000);
pub(super) const CALL_RESPONSE_SIZE: ByteSize = ByteSize::from_bytes(8_000);
pub(super) const REQUESTS_PER_CONNECTION: f64 = 20.0;

pub(super) const ALB_HEALTH_CHECK: HealthCheck = HealthCheck {
    interval: SimDuration::from_s(15),
    timeout: SimDuration::from_s(5),
    healthy_threshold: 2,
    unhealthy_threshold: 2,
};
pub(super) const NLB_HEALTH_CHECK: HealthCheck = HealthCheck {
    interval: SimDuration::from_s(10),
    timeout: SimDuration::from_s(10),
    healthy_threshold: 3,
    unhealthy_threshold: 3,
};
pub(super) const LOAD_BALANCER_DNS_TTL: SimDuration = SimDuration::from_s(60);
pub(super) const LOAD_BALANCER_DNS_REMOVAL_DELAY: SimDuration = SimDuration::from_s(60);
pub(super) const AUTOSHIFT_DELAY: Triangular = Triangular::from_s(120, 300, 900);
pub(super) const DEREGISTRATION_TIME: Triangular = Triangular::from_s(0, 0, 0);
pub(super) const DEREGISTRATION_DELAY: SimDuration = SimDuration::from_s(300);
pub(super) const CONNECT_TIMEOUT: SimDuration = SimDuration::from_s(5);
pub(super) const LOAD_BALANCER_ADDED_LATENCY: SimDuration = SimDuration::from_ms(1);
pub(super) const LOAD_BALANCER_RULES: u32 = 5;

pub(super) const POD_CPU_REQUEST: Cpu = Cpu::from_millis(500);
pub(super) const POD_MEMORY_REQUEST: ByteSize = ByteSize::from_bytes(512 << 20);
pub(super) const POD_SERVERS: u32 = 8;
pub(super) const POD_SERVICE_TIME: ServiceTime = ServiceTime::from_ms(20, 1.0);
pub(super) const POD_CPU_PER_REQUEST: SimDuration = SimDuration::from_ms(5);
pub(super) const POD_QUEUE_CAPACITY: u32 = 100;
pub(super) const POD_DNS_CACHE_TTL: SimDuration = SimDuration::from_s(30);
pub(super) const POD_STARTUP_TIME: Triangular = Triangular::from_s(5, 12, 30);

pub(super) const TERMINATION_GRACE_PERIOD: SimDuration = SimDuration::from_s(30);

pub(super) const ROLLOUT_SHARE: IntOrPercent = IntOrPercent::Percent(Ratio::new_const(0.25));
pub(super) const SERVICE_SURGE: IntOrPercent = IntOrPercent::Percent(Ratio::ONE);
pub(super) const SERVICE_UNAVAILABLE: IntOrPercent = IntOrPercent::Percent(Ratio::ZERO);
pub(super) const PROGRESS_DEADLINE: SimDuration = SimDuration::from_s(600);
pub(super) const SCALE_DOWN_DELAY: SimDuration = SimDuration::from_s(30);

pub(super) const HPA_TARGET: Ratio = Ratio::new_const(0.8);
pub(super) const HPA_TOLERANCE: Ratio = Ratio::new_const(0.1);
pub(super) const HPA_METRICS_INTERVAL: SimDuration = SimDuration::from_s(30);
pub(super) const HPA_POLICY_PERIOD: SimDuration = SimDuration::from_s(15);
pub(super) const HPA_SCALE_DOWN_WINDOW: SimDuration = SimDuration::from_s(300);

pub(super) const INSTANCE_TYPE: &str = "m6i.large";
pub(super) const NODE_LAUNCH_TIME: Triangular = Triangular::from_s(30, 55, 100);
pub(super) const INSTANCE_REPLACEMENT_TIME: Triangular = Triangular::from_s(15, 45, 120);
pub(super) const CONSOLIDATE_AFTER: SimDuration = SimDuration::ZERO;
pub(super) const DISRUPTION_BUDGET: IntOrPercent = IntOrPercent::Percent(Ratio::new_const(0.1));
pub(super) const EXPIRE_AFTER: SimDuration = SimDuration::from_h(720);
pub(super) const ASG_TIME: Triangular = Triangular::from_s(10, 30, 60);

pub(super) const FARGATE_LAUNCH_TIME: Triangular = Triangular::from_s(20, 30, 60);
pub(super) const FARGATE_TASK_LOSS_TIME: Triangular = Triangular::from_s(60, 120, 300);
pub(super) const TARGET_TRACKING_TARGET: Ratio = Ratio::new_const(0.75);
pub(super) const SCALING_COOLDOWN: SimDuration = SimDuration::from_s(300);
pub(super) const STANDARD_METRIC_DELAY: SimDuration = SimDuration::from_s(150);
pub(super) const HIGH_RESOLUTION_METRIC_DELAY: SimDuration = SimDuration::from_s(16);

pub(super) const CA_SCAN_INTERVAL: SimDuration = SimDuration::from_s(10);
pub(super) const CA_MAX_NODES_PER_SCALEUP: u32 = 1000;
pub(super) const CA_MAX_NODE_PROVISION_TIME: SimDuration = SimDuration::from_min(15);
pub(super) const CA_MAX_NODE_STARTUP_TIME: SimDuration = SimDuration::from_min(15);
pub(super) const CA_INITIAL_BACKOFF: SimDuration = SimDuration::from_min(5);
pub(super) const CA_MAX_BACKOFF: SimDuration = SimDuration::from_min(30);
pub(super) const CA_BACKOFF_RESET: SimDuration = SimDuration::from_h(3);
pub(super) const CA_OK_TOTAL_UNREADY: u32 = 3;
pub(super) const CA_MAX_TOTAL_UNREADY: Ratio = Ratio::new_const(0.45);
pub(super) const CA_UTILIZATION_THRESHOLD: Ratio = Ratio::new_const(0.5);
pub(super) const CA_UNNEEDED_TIME: SimDuration = SimDuration::from_min(10);
pub(super) const CA_UNREADY_TIME: SimDuration = SimDuration::from_min(20);
pub(super) const CA_DELAY_AFTER_ADD: SimDuration = SimDuration::from_min(10);
pub(super) const CA_DELAY_AFTER_FAILURE: SimDuration = SimDuration::from_min(3);
pub(super) const CA_SCALE_DOWN_PARALLELISM: u32 = 10;

pub(super) const DATABASE_INSTANCE_CLASS: &str = "db.m6g.large";
pub(super) const DATABASE_SERVERS: u32 = 32;
pub(super) const DATABASE_SERVICE_TIME: ServiceTime = ServiceTime::from_ms(4, 1.0);
pub(super) const DATABASE_QUEUE_CAPACITY: u32 = 200;
pub(super) const RDS_FAILOVER_TIME: Triangular = Triangular::from_s(60, 90, 120);
pub(super) const RDS_CLUSTER_FAILOVER_TIME: Triangular = Triangular::from_s(15, 25, 35);
pub(super) const AURORA_FAILOVER_TIME: Triangular = Triangular::from_s(15, 25, 60);
pub(super) const AURORA_REPLACEMENT_TIME: Triangular = Triangular::from_s(180, 360, 600);
pub(super) const DATABASE_RECONNECT_TIME: Triangular = Triangular::from_s(0, 0, 0);
pub(super) const RDS_RECOVERY_TIME: Triangular = Triangular::from_s(120, 300, 900);
pub(super) const DATABASE_STORAGE: ByteSize = ByteSize::from_bytes(100_000_000_000);

pub(super) const CACHE_NODE_TYPE: &str = "cache.m6g.large";
pub(super) const CACHE_HIT_RATIO: Ratio = Ratio::new_const(0.8);
pub(super) const CACHE_SERVICE_TIME: ServiceTime = ServiceTime {
    mean: SimDuration::from_ns(500_000),
    cv: 1.0,
    law: ServiceLaw::ByVariation,
    samples: None,
};
pub(super) const CACHE_SERVERS: u32 = 16;
pub(super) const CACHE_FAILOVER_TIME: Triangular = Triangular::from_s(3, 6, 15);
pub(super) const CACHE_WARM_UP_TIME: SimDuration = SimDuration::from_s(300);

pub(super) const EXTERNAL_SERVICE_TIME: ServiceTime = ServiceTime::from_ms(80, 1.0);

pub(super) const QUEUE_SERVICE_TIME: ServiceTime = ServiceTime::from_ms(10, 1.0);
pub(super) const QUEUE_VISIBILITY_TIMEOUT: SimDuration = SimDuration::from_s(30);

pub(super) const NODE_MONITOR_GRACE_PERIOD: SimDuration = SimDuration::from_s(50);
pub(super) const UNREACHABLE_TOLERATION: SimDuration = SimDuration::from_s(300);
pub(super) const EVICTION_INTERVAL: SimDuration = SimDuration::from_s(10);
pub(super) const HPA_SYNC_PERIOD: SimDuration = SimDuration::from_s(15);
pub(super) const METRICS_RESOLUTION: SimDuration = SimDuration::from_s(15);
pub(super) const NODE_REBOOT_TIME: Triangular = Triangular::from_s(60, 120, 300);

pub(super) const USER_RTT: SimDuration = SimDuration::from_ms(10);
pub(super) const SAME_ZONE_RTT: SimDuration = SimDuration::from_ns(200_000);
pub(super) const CROSS_ZONE_RTT: SimDuration = SimDuration::from_ns(830_000);

pub(super) const LOAD_NOISE_CV: Ratio = Ratio::new_const(0.03);
pub(super) const LOAD_NOISE_CORRELATION_TIME: SimDuration = SimDuration::from_s(600);

pub(super) const SLO_AVAILABILITY: Ratio = Ratio::new_const(0.999);
pub(super) const REPLICATIONS: u32 = 32;
pub(super) const RECORDING_INTERVAL: SimDuration = SimDuration::from_s(60);

pub(super) const fn service_time_cv() -> f64 {
    1.0
}
