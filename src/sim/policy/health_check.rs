//! Load-balancer health checks: how long a dead target still receives requests.
//!
//! The real thing. Each node of a load balancer probes each target every interval; a probe that
//! gets no answer fails after the timeout. So many failures in a row make a target unhealthy,
//! so many successes make it healthy again; a newly registered target needs one success. When no
//! target is healthy the balancer *fails open* and sends to all of them. The balancer's own
//! address in a zone leaves DNS when the zone cannot serve, but clients keep it until their copy
//! of the record expires.
//!
//! Rules: AWS Application Load Balancer user guide (2023-06) and botocore 1.44.5; defaults of the
//! AWS Load Balancer Controller (2026-08): interval 15 s, timeout 5 s, 2 and 2 for an Ingress, and
//! 10 s, 10 s, 3 and 3 for a Service behind a Network Load Balancer. A raw target group has 30 s,
//! 5 s, 5 and 2 (to be stated). Read 2026-11-22.
//!
//! Assumed: the probes of a target start at a fixed phase plus multiples of the interval; clients'
//! copies of a DNS record have ages spread evenly over its TTL.
//!
//! Left out: several balancer nodes probing with phases of their own, anomaly mitigation,
//! resolvers that ignore the TTL. Targets that leave on purpose: `deregistration.rs`.

use crate::model::HealthCheck;
use crate::units::{SimDuration, SimTime};

/// What a balancer knows about one target.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Target {
    /// Its state.
    pub state: TargetState,
    /// Equal outcomes in a row that speak against the state.
    pub n_contrary: u32,
}

/// State of a target.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TargetState {
    /// Registered, not probed with success yet; receives nothing.
    Initial,
    /// Receives requests.
    Healthy,
    /// Receives nothing, unless the balancer fails open.
    Unhealthy,
}

impl Target {
    /// A target that has just been registered.
    pub const REGISTERED: Self = Self {
        state: TargetState::Initial,
        n_contrary: 0,
    };

    /// The target after a probe with outcome `success`.
    #[must_use]
    pub fn after_probe(self, success: bool, check: &HealthCheck) -> Self {
        let agrees = success == (self.state == TargetState::Healthy);
        // A registered target that fails is not "agreed with": failures count towards Unhealthy.
        if agrees && self.state != TargetState::Initial {
            return Self {
                n_contrary: 0,
                ..self
            };
        }
        let (needed, next) = match (self.state, success) {
            (TargetState::Initial, true) => (1, TargetState::Healthy),
            (_, true) => (check.healthy_threshold, TargetState::Healthy),
            (_, false) => (check.unhealthy_threshold, TargetState::Unhealthy),
        };
        let n_contrary = self.n_contrary + 1;
        if n_contrary >= needed {
            Self {
                state: next,
                n_contrary: 0,
            }
        } else {
            Self { n_contrary, ..self }
        }
    }
}

/// Where a balancer node sends requests.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Routing {
    /// To the healthy targets.
    Healthy,
    /// To all targets, because none is healthy.
    FailOpen,
    /// Nowhere: there is no target.
    NoTargets,
}

/// Where a balancer node sends requests, given its targets.
#[must_use]
pub const fn routing(n_healthy: u32, n_targets: u32) -> Routing {
    match (n_healthy, n_targets) {
        (_, 0) => Routing::NoTargets,
        (0, _) => Routing::FailOpen,
        _ => Routing::Healthy,
    }
}

/// How a target fails a probe.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FailureMode {
    /// It does not answer: the host is gone, or the zone. The probe waits for its timeout.
    Silent,
    /// It refuses at once: the host is there, the process is not, or answers with an error.
    Refusing,
}

impl FailureMode {
    /// From the start of a failing probe until it has failed.
    #[must_use]
    pub const fn probe_time(self, check: &HealthCheck) -> SimDuration {
        match self {
            Self::Silent => check.timeout,
            Self::Refusing => SimDuration::ZERO,
        }
    }
}

/// The first probe that starts at or after `at`, for a target probed at `phase` and every
/// interval after it.
#[must_use]
pub fn first_probe_at(at: SimTime, phase: SimTime, check: &HealthCheck) -> SimTime {
    let interval_ns = check.interval.as_ns().max(1);
    // The phase counts modulo the interval, so that it also serves times before it.
    let offset_ns = phase.as_ns() % interval_ns;
    let n_intervals = at.as_ns().saturating_sub(offset_ns).div_ceil(interval_ns);
    SimTime::from_ns(
        n_intervals
            .saturating_mul(interval_ns)
            .saturating_add(offset_ns),
    )
}

/// When a healthy target that fails from `failed_at` on becomes unhealthy.
#[must_use]
pub fn unhealthy_at(
    failed_at: SimTime,
    phase: SimTime,
    mode: FailureMode,
    check: &HealthCheck,
) -> SimTime {
    let n_more = u64::from(check.unhealthy_threshold.max(1)) - 1;
    first_probe_at(failed_at, phase, check) + check.interval * n_more + mode.probe_time(check)
}

/// When an unhealthy target that answers from `recovered_at` on becomes healthy.
#[must_use]
pub fn healthy_at(recovered_at: SimTime, phase: SimTime, check: &HealthCheck) -> SimTime {
    let n_more = u64::from(check.healthy_threshold.max(1)) - 1;
    first_probe_at(recovered_at, phase, check) + check.interval * n_more
}

/// When a target registered at `registered_at`, and answering, becomes healthy: at its first probe.
#[must_use]
pub fn registered_healthy_at(
    registered_at: SimTime,
    phase: SimTime,
    check: &HealthCheck,
) -> SimTime {
    first_probe_at(registered_at, phase, check)
}

/// Shortest and longest time from a failure until a healthy target is unhealthy, over all phases:
/// `(threshold - 1) x interval` to `threshold x interval`, plus the timeout of a silent target.
#[must_use]
pub fn detection_delay(mode: FailureMode, check: &HealthCheck) -> (SimDuration, SimDuration) {
    let threshold = u64::from(check.unhealthy_threshold.max(1));
    let probe_time = mode.probe_time(check);
    (
        check.interval * (threshold - 1) + probe_time,
        check.interval * threshold + probe_time,
    )
}

/// Share of many targets, failed together at phases spread evenly, that are unhealthy after
/// `elapsed`: 0 before the shortest delay, 1 after the longest, a straight line between.
#[must_use]
pub fn detected_share(elapsed: SimDuration, mode: FailureMode, check: &HealthCheck) -> f64 {
    let (shortest, longest) = detection_delay(mode, check);
    if elapsed >= longest {
        1.0
    } else {
        let into = elapsed.saturating_sub(shortest).as_s_f64();
        into / check.interval.as_s_f64()
    }
}

/// When the address of a balancer node in a zone stops being used.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct DnsRemoval {
    /// When the address leaves DNS.
    pub removed_at: SimTime,
    /// When the last client has forgotten it.
    pub forgotten_at: SimTime,
}

impl DnsRemoval {
    /// For a zone that cannot serve from `lost_at` on. `removal_delay` is the time until the
    /// balancer takes its address out, `ttl` that of the record (60 s for AWS).
    #[must_use]
    pub fn after_loss(lost_at: SimTime, removal_delay: SimDuration, ttl: SimDuration) -> Self {
        let removed_at = lost_at + removal_delay;
        Self {
            removed_at,
            forgotten_at: removed_at + ttl,
        }
    }

    /// Share of the clients that used the address who still do: all until it is removed, none
    /// when forgotten, a straight line between.
    #[must_use]
    pub fn stale_share(&self, now: SimTime) -> f64 {
        if now <= self.removed_at {
            1.0
        } else if now >= self.forgotten_at {
            0.0
        } else {
            let ttl = self.forgotten_at.since(self.removed_at);
            self.forgotten_at.since(now).as_s_f64() / ttl.as_s_f64()
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Target group of the AWS Load Balancer Controller.
    const CONTROLLER: HealthCheck = HealthCheck {
        interval: SimDuration::from_s(15),
        timeout: SimDuration::from_s(5),
        healthy_threshold: 2,
        unhealthy_threshold: 2,
    };

    /// Target group with the balancer's own defaults.
    const RAW: HealthCheck = HealthCheck {
        interval: SimDuration::from_s(30),
        timeout: SimDuration::from_s(5),
        healthy_threshold: 5,
        unhealthy_threshold: 2,
    };

    fn s(seconds: u64) -> SimTime {
        SimTime::from_s(seconds)
    }

    #[test]
    fn a_zone_loss_is_detected_between_these_bounds() {
        #[track_caller]
        fn check(check: &HealthCheck, mode: FailureMode, shortest_s: u64, longest_s: u64) {
            let expected = (
                SimDuration::from_s(shortest_s),
                SimDuration::from_s(longest_s),
            );
            assert_eq!(detection_delay(mode, check), expected);
        }
        check(&CONTROLLER, FailureMode::Silent, 20, 35);
        check(&CONTROLLER, FailureMode::Refusing, 15, 30);
        check(&RAW, FailureMode::Silent, 35, 65);
        check(&RAW, FailureMode::Refusing, 30, 60);
    }

    #[test]
    fn closed_forms_agree_with_stepping() {
        for check in [CONTROLLER, RAW] {
            for phase_s in 0..check.interval.whole_s() {
                for mode in [FailureMode::Silent, FailureMode::Refusing] {
                    let (failed, phase) = (s(100), s(phase_s));
                    let mut target = Target {
                        state: TargetState::Healthy,
                        n_contrary: 0,
                    };
                    let mut probe = first_probe_at(failed, phase, &check);
                    loop {
                        target = target.after_probe(false, &check);
                        if target.state == TargetState::Unhealthy {
                            break;
                        }
                        probe += check.interval;
                    }
                    let closed = unhealthy_at(failed, phase, mode, &check);
                    assert_eq!(closed, probe + mode.probe_time(&check));
                    let (shortest, longest) = detection_delay(mode, &check);
                    let delay = closed.since(failed);
                    assert!(shortest <= delay && delay < longest);

                    let mut probe = first_probe_at(closed, phase, &check);
                    loop {
                        target = target.after_probe(true, &check);
                        if target.state == TargetState::Healthy {
                            break;
                        }
                        probe += check.interval;
                    }
                    assert_eq!(healthy_at(closed, phase, &check), probe);
                }
            }
        }
    }

    #[test]
    fn states_follow_the_thresholds() {
        #[track_caller]
        fn check(start: TargetState, outcomes: &[bool], expected: TargetState) {
            let start = Target {
                state: start,
                n_contrary: 0,
            };
            let end = outcomes.iter().fold(start, |target, outcome| {
                target.after_probe(*outcome, &CONTROLLER)
            });
            assert_eq!(end.state, expected, "{outcomes:?}");
        }
        use TargetState::{Healthy, Initial, Unhealthy};
        check(Initial, &[], Initial);
        check(Initial, &[true], Healthy);
        check(Initial, &[false], Initial);
        check(Initial, &[false, false], Unhealthy);
        check(Initial, &[false, true], Healthy);
        check(Healthy, &[false, true, false], Healthy);
        check(Healthy, &[false, false], Unhealthy);
        check(Unhealthy, &[true, false, true], Unhealthy);
        check(Unhealthy, &[true, true], Healthy);
    }

    #[test]
    fn probes_start_at_their_phase() {
        #[track_caller]
        fn check(at_s: u64, phase_s: u64, expected_s: u64) {
            assert_eq!(
                first_probe_at(s(at_s), s(phase_s), &CONTROLLER),
                s(expected_s)
            );
        }
        check(0, 0, 0);
        check(1, 0, 15);
        check(15, 0, 15);
        check(100, 7, 112);
        check(0, 7, 7);
        check(3, 22, 7);
        let registered = registered_healthy_at(s(100), s(7), &CONTROLLER);
        assert_eq!(registered, s(112));
    }

    #[test]
    fn a_group_without_healthy_targets_fails_open() {
        assert_eq!(routing(3, 6), Routing::Healthy);
        assert_eq!(routing(0, 6), Routing::FailOpen);
        assert_eq!(routing(0, 0), Routing::NoTargets);
    }

    #[test]
    fn detection_over_many_phases_is_a_ramp() {
        #[track_caller]
        fn check(elapsed_s: u64, expected: f64) {
            let elapsed = SimDuration::from_s(elapsed_s);
            let share = detected_share(elapsed, FailureMode::Silent, &CONTROLLER);
            assert!((share - expected).abs() < 1e-12, "{share} at {elapsed_s} s");
        }
        check(0, 0.0);
        check(20, 0.0);
        check(26, 0.4);
        check(35, 1.0);
        check(600, 1.0);
    }

    #[test]
    fn clients_forget_a_dead_address_within_the_ttl() {
        let minute = SimDuration::from_s(60);
        let removal = DnsRemoval::after_loss(s(1000), minute, minute);
        assert_eq!(
            (removal.removed_at, removal.forgotten_at),
            (s(1060), s(1120))
        );
        for (now_s, expected) in [
            (1000, 1.0),
            (1060, 1.0),
            (1075, 0.75),
            (1120, 0.0),
            (2000, 0.0),
        ] {
            let share = removal.stale_share(s(now_s));
            assert!((share - expected).abs() < 1e-12, "{share} at {now_s} s");
        }
        let at_once = DnsRemoval::after_loss(s(1000), SimDuration::ZERO, SimDuration::ZERO);
        assert!((at_once.stale_share(s(1001))).abs() < 1e-12);
    }
}
