//! Quotas: whether a namespace has room for one more pod.
//!
//! The real thing. The API server admits a pod only while what the pods of its namespace request
//! together stays within every `ResourceQuota`; otherwise it answers 403. Whoever creates the pod
//! for a ReplicaSet is its controller: it notes `FailedCreate` and tries again after a back-off of
//! 5 ms that doubles up to nearly 17 min, or at once when one of its own pods comes or goes. So a
//! deployment that waits for room of others may notice minutes late. Pods that are ending count
//! until their grace period is over.
//!
//! Rules: kubernetes `pkg/quota/v1/evaluator/core/pods.go`, `plugin/pkg/admission/resourcequota`
//! and `client-go/util/workqueue/default_rate_limiters.go` (5 ms, 1000 s), read 2026-11-23.
//!
//! Left out: limits, scopes, counts of other objects, pods without requests, which a quota refuses
//! (a deployment here has some: its own, its namespace's `LimitRange`'s, or the engine's default).

use super::drain::RetryPace;
use super::resources::Resources;
use crate::units::SimDuration;

/// How a ReplicaSet controller that was refused tries again.
pub const RETRY: RetryPace = RetryPace::BackOff {
    first: SimDuration::from_ms(5),
    longest: SimDuration::from_s(1000),
};

/// What a namespace's pods may request together; none for no limit.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Quota {
    /// CPU in milli-cores.
    pub cpu_m: Option<u64>,
    /// Memory in bytes.
    pub memory_bytes: Option<u64>,
    /// Pods.
    pub pods: Option<u32>,
}

/// What they request now.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Usage {
    /// CPU and memory.
    pub requests: Resources,
    /// Pods, ending ones included.
    pub pods: u32,
}

/// True when a namespace has room for one more pod.
#[must_use]
pub fn admits(quota: &Quota, used: &Usage, requests: Resources) -> bool {
    let with = used.requests.plus(requests);
    quota.cpu_m.is_none_or(|most| with.cpu_m <= most)
        && quota
            .memory_bytes
            .is_none_or(|most| with.memory_bytes <= most)
        && quota.pods.is_none_or(|most| used.pods < most)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_limit_binds_by_itself() {
        let pod = Resources {
            cpu_m: 500,
            memory_bytes: 100,
        };
        let used = Usage {
            requests: Resources {
                cpu_m: 1500,
                memory_bytes: 300,
            },
            pods: 3,
        };
        let check = |cpu_m, memory_bytes, pods, expected| {
            let quota = Quota {
                cpu_m,
                memory_bytes,
                pods,
            };
            assert_eq!(admits(&quota, &used, pod), expected, "{quota:?}");
        };
        check(None, None, None, true);
        check(Some(2000), Some(400), Some(4), true);
        check(Some(1999), None, None, false);
        check(None, Some(399), None, false);
        check(None, None, Some(3), false);
    }
}
