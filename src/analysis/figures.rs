//! The figures of one run, as plain numbers, each with a direction, a unit and a shape.

use borsh::{BorshDeserialize, BorshSerialize};
use serde::Serialize;

use super::availability::{Availability, counted};
use super::cost::{month_bill, per_million_requests, run_bill};
use super::latency::Latency;
use super::recovery::{Recovery, recovery};
use super::slo;
use crate::model::{Objectives, Region};
use crate::sim::RunLog;
use crate::sim::run_log::{Station, StationKind};

/// What one run says, given its tape. Minutes and counts are of the run after its warm-up, not of a
/// month. None means that there is nothing to measure.
#[derive(Debug, Clone, PartialEq, Serialize, BorshSerialize, BorshDeserialize)]
pub struct Figures {
    /// Served over valid requests, 0 to 1.
    pub availability: Option<f64>,
    /// Minutes that a complete outage with the same effect would last.
    pub downtime_min: f64,
    /// Minutes in intervals below the objective.
    pub slo_breach_min: f64,
    /// Share of the 30 days' error budget used; may exceed 1.
    pub error_budget_used: Option<f64>,
    /// Median response time of successes in seconds.
    pub latency_p50_s: Option<f64>,
    /// 95th percentile.
    pub latency_p95_s: Option<f64>,
    /// 99th percentile.
    pub latency_p99_s: Option<f64>,
    /// Return from the last fault.
    pub recovery: Recovery,
    /// List cost of a month of typical usage and the run's fault extras, in dollars.
    pub cost_per_month_usd: f64,
    /// List cost of the run over the requests it served, in dollars per million.
    pub cost_per_million_requests_usd: Option<f64>,
    /// Requests that failed.
    pub lost_requests: f64,
    /// Most nodes ready at the same time.
    pub peak_nodes: u32,
    /// Pods wanted and not placed on a node, times minutes.
    pub pod_pending_min: f64,
}

/// A figure by name.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, BorshSerialize, BorshDeserialize,
)]
#[serde(rename_all = "snake_case")]
pub enum Metric {
    /// [`Figures::availability`].
    Availability,
    /// [`Figures::downtime_min`].
    Downtime,
    /// [`Figures::slo_breach_min`].
    SloBreach,
    /// [`Figures::error_budget_used`].
    ErrorBudgetUsed,
    /// [`Figures::latency_p50_s`].
    LatencyP50,
    /// [`Figures::latency_p95_s`].
    LatencyP95,
    /// [`Figures::latency_p99_s`].
    LatencyP99,
    /// [`Figures::recovery`], in seconds.
    Recovery,
    /// [`Figures::cost_per_month_usd`].
    CostPerMonth,
    /// [`Figures::cost_per_million_requests_usd`].
    CostPerMillionRequests,
    /// [`Figures::lost_requests`].
    LostRequests,
    /// [`Figures::peak_nodes`].
    PeakNodes,
    /// [`Figures::pod_pending_min`].
    PodPending,
}

/// Which way a figure is good.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, BorshSerialize, BorshDeserialize)]
#[serde(rename_all = "snake_case")]
pub enum Direction {
    /// More is better.
    Higher,
    /// Less is better.
    Lower,
}

/// What a figure counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, BorshSerialize, BorshDeserialize)]
#[serde(rename_all = "snake_case")]
pub enum MetricUnit {
    /// A share; 1 is the whole.
    Ratio,
    /// Minutes.
    Minutes,
    /// Seconds.
    Seconds,
    /// US dollars.
    Dollars,
    /// Requests.
    Requests,
    /// Nodes.
    Nodes,
    /// Pods times minutes.
    PodMinutes,
}

impl Metric {
    /// Every metric, in order of display.
    pub const ALL: [Self; 13] = [
        Self::Availability,
        Self::Downtime,
        Self::SloBreach,
        Self::ErrorBudgetUsed,
        Self::LatencyP50,
        Self::LatencyP95,
        Self::LatencyP99,
        Self::Recovery,
        Self::CostPerMonth,
        Self::CostPerMillionRequests,
        Self::LostRequests,
        Self::PeakNodes,
        Self::PodPending,
    ];

    /// Which way it is good.
    #[must_use]
    pub const fn direction(self) -> Direction {
        match self {
            Self::Availability => Direction::Higher,
            _ => Direction::Lower,
        }
    }

    /// What it counts.
    #[must_use]
    pub const fn unit(self) -> MetricUnit {
        match self {
            Self::Availability | Self::ErrorBudgetUsed => MetricUnit::Ratio,
            Self::Downtime | Self::SloBreach => MetricUnit::Minutes,
            Self::LatencyP50 | Self::LatencyP95 | Self::LatencyP99 | Self::Recovery => {
                MetricUnit::Seconds
            }
            Self::CostPerMonth | Self::CostPerMillionRequests => MetricUnit::Dollars,
            Self::LostRequests => MetricUnit::Requests,
            Self::PeakNodes => MetricUnit::Nodes,
            Self::PodPending => MetricUnit::PodMinutes,
        }
    }

    /// Smallest difference worth a word, in the figure's unit: half of what is shown of it. Common
    /// random numbers can prove differences of microseconds, which no reader should act on.
    #[must_use]
    pub const fn resolution(self) -> f64 {
        match self {
            Self::Availability => 5e-7,
            Self::ErrorBudgetUsed | Self::LatencyP50 | Self::LatencyP95 | Self::LatencyP99 => 5e-4,
            Self::CostPerMillionRequests => 0.005,
            Self::Downtime | Self::SloBreach | Self::PeakNodes | Self::PodPending => 0.05,
            Self::Recovery | Self::CostPerMonth | Self::LostRequests => 0.5,
        }
    }

    /// True for figures that a few bad runs dominate: their intervals come from a bootstrap, the
    /// others' from Student's t.
    #[must_use]
    pub const fn is_skewed(self) -> bool {
        !matches!(
            self,
            Self::LatencyP50 | Self::CostPerMonth | Self::CostPerMillionRequests | Self::PeakNodes
        )
    }

    /// Its value among a run's figures.
    #[must_use]
    pub fn of(self, figures: &Figures) -> Option<f64> {
        match self {
            Self::Availability => figures.availability,
            Self::Downtime => Some(figures.downtime_min),
            Self::SloBreach => Some(figures.slo_breach_min),
            Self::ErrorBudgetUsed => figures.error_budget_used,
            Self::LatencyP50 => figures.latency_p50_s,
            Self::LatencyP95 => figures.latency_p95_s,
            Self::LatencyP99 => figures.latency_p99_s,
            Self::Recovery => figures.recovery.seconds(),
            Self::CostPerMonth => Some(figures.cost_per_month_usd),
            Self::CostPerMillionRequests => figures.cost_per_million_requests_usd,
            Self::LostRequests => Some(figures.lost_requests),
            // A design of serverless tasks has none, which is no small number of nodes.
            Self::PeakNodes => (figures.peak_nodes > 0).then_some(f64::from(figures.peak_nodes)),
            Self::PodPending => Some(figures.pod_pending_min),
        }
    }
}

/// The figures of a run against a scenario's objectives, at a Region's prices.
#[must_use]
pub fn figures(log: &RunLog, objectives: &Objectives, region: Region) -> Figures {
    let slo = objectives.availability;
    let counts = Availability::of(log);
    let latency = Latency::of(log);
    let served_in_all: f64 = log.intervals.iter().map(|one| one.succeeded).sum();
    let run_cost = run_bill(log, region).total();
    Figures {
        availability: counts.ratio(),
        downtime_min: slo::downtime_min(log),
        slo_breach_min: slo::breach_min(log, slo),
        error_budget_used: slo::error_budget_used(&counts, slo),
        latency_p50_s: latency.p50_s,
        latency_p95_s: latency.p95_s,
        latency_p99_s: latency.p99_s,
        recovery: recovery(log, slo),
        cost_per_month_usd: month_bill(log, region, slo).total().dollars(),
        cost_per_million_requests_usd: per_million_requests(run_cost, served_in_all),
        lost_requests: counts.lost(),
        peak_nodes: peak_nodes(log),
        pod_pending_min: pod_pending_min(log),
    }
}

/// Most nodes ready at the end of any interval after the warm-up.
fn peak_nodes(log: &RunLog) -> u32 {
    let nodes = stations(log, |station| station.kind == StationKind::Nodes);
    let ready = |interval| {
        let samples = nodes.iter().map(|at| log.sample(interval, *at));
        samples.map(|sample| sample.ready).sum()
    };
    counted(log).map(ready).max().unwrap_or(0)
}

/// Pods wanted and not placed at the end of each interval, times its length in minutes.
fn pod_pending_min(log: &RunLog) -> f64 {
    let pods_of = |id: &String| {
        let is_of = |it: &Station| it.kind.is_of_deployment() && it.component == *id;
        stations(log, is_of)
    };
    let pods: Vec<Vec<usize>> = log.deployments.iter().map(pods_of).collect();
    let pending = |interval: usize, deployment: usize| {
        let wanted = log.replicas_desired[interval * pods.len() + deployment];
        let samples = pods[deployment].iter().map(|at| log.sample(interval, *at));
        let placed: u32 = samples.map(|sample| sample.total).sum();
        wanted.saturating_sub(placed)
    };
    counted(log)
        .map(|interval| {
            let waiting: u32 = (0..pods.len()).map(|one| pending(interval, one)).sum();
            f64::from(waiting) * log.interval_length(interval).as_s_f64() / 60.0
        })
        .sum()
}

fn stations(log: &RunLog, wanted: impl Fn(&Station) -> bool) -> Vec<usize> {
    (0..log.stations.len())
        .filter(|at| wanted(&log.stations[*at]))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::analysis::fixture::LogBuilder;
    use crate::sim::run_log::{Meter, StationSample};

    fn station(component: &str, kind: StationKind, zone: u8) -> Station {
        Station {
            component: component.to_string(),
            kind,
            zone: Some(zone),
        }
    }

    #[test]
    fn a_runs_figures_are_those_of_its_parts() {
        let mut log = LogBuilder::minutes(60)
            .served(1000.0, &[&[1.0; 10][..], &[0.0, 0.5, 1.0]].concat())
            .fault(600, Some(700))
            .latency(&[(0.02, 58_500.0)])
            .usage(&[Meter::ClusterSeconds], |_| vec![900.0])
            .build();
        log.stations = vec![
            station("api", StationKind::Pods, 0),
            station("api", StationKind::Pods, 1),
            station("nodes", StationKind::Nodes, 0),
            station("nodes", StationKind::Nodes, 1),
        ];
        let sample = |total, ready| StationSample {
            total,
            ready,
            ..StationSample::default()
        };
        log.samples = (0..60)
            .flat_map(|at| {
                let second = if at == 20 { 2 } else { 3 };
                [
                    sample(3, 3),
                    sample(second, 2),
                    sample(2, 2),
                    sample(2, second),
                ]
            })
            .collect();
        log.deployments = vec!["api".to_string()];
        log.replicas_desired = vec![6; 60];
        let got = figures(&log, &Objectives::default(), Region::ApNortheast1);
        assert_eq!(got.availability, Some(58_500.0 / 60_000.0));
        assert_eq!(Metric::LostRequests.of(&got), Some(1500.0));
        assert_eq!((got.downtime_min, got.slo_breach_min), (1.5, 2.0));
        assert_eq!(got.recovery, Recovery::Recovered { after_s: 120.0 });
        assert_eq!(got.peak_nodes, 5);
        assert_eq!(Metric::PodPending.of(&got), Some(1.0));
        // All of the hour but its first quarter lies in the fault window: no typical usage.
        assert_eq!(Metric::CostPerMonth.of(&got), Some(73.0));
        let per_million = got.cost_per_million_requests_usd.expect("served");
        assert!((per_million - 0.1 / 0.0585).abs() < 1e-4);
        let bytes = borsh::to_vec(&got).expect("plain data");
        assert_eq!(borsh::from_slice::<Figures>(&bytes).expect("its own"), got);
    }

    #[test]
    fn each_metric_reads_its_own_figure() {
        let empty = figures(
            &LogBuilder::minutes(3).build(),
            &Objectives::default(),
            Region::UsEast1,
        );
        assert_eq!(Metric::Availability.of(&empty), None);
        assert_eq!(Metric::Recovery.of(&empty), None);
        assert_eq!(Metric::CostPerMonth.of(&empty), Some(0.0));
        for (at, metric) in Metric::ALL.into_iter().enumerate() {
            assert_eq!(metric as usize, at, "ALL is in order");
        }
    }
}
