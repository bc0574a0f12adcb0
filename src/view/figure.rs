//! Figures by metric: their names, and their values and differences as text.

use super::format;
use super::text::{Key, text};
use crate::analysis::{Metric, Recovery};
use crate::model::Language;

/// Name of a metric.
#[must_use]
pub fn name(metric: Metric, language: Language) -> &'static str {
    let key = match metric {
        Metric::Availability => Key::MetricAvailability,
        Metric::Downtime => Key::MetricDowntime,
        Metric::SloBreach => Key::MetricSloBreach,
        Metric::ErrorBudgetUsed => Key::MetricErrorBudget,
        Metric::LatencyP50 => Key::MetricLatencyP50,
        Metric::LatencyP95 => Key::MetricLatencyP95,
        Metric::LatencyP99 => Key::MetricLatencyP99,
        Metric::Recovery => Key::MetricRecovery,
        Metric::CostPerMonth => Key::MetricCostPerMonth,
        Metric::CostPerMillionRequests => Key::MetricCostPerMillion,
        Metric::LostRequests => Key::MetricLostRequests,
        Metric::PeakNodes => Key::MetricPeakNodes,
        Metric::PodPending => Key::MetricPodPending,
    };
    text(key, language)
}

/// A value of a metric.
#[must_use]
pub fn value(metric: Metric, value: Option<f64>, language: Language) -> String {
    let Some(value) = value else {
        return format::NOTHING.to_string();
    };
    match metric {
        Metric::Availability => format::availability(value),
        Metric::ErrorBudgetUsed => format::percent(value, usize::from(value < 0.1)),
        Metric::Downtime | Metric::SloBreach => format::minutes(value, language),
        Metric::LatencyP50 | Metric::LatencyP95 | Metric::LatencyP99 => format::milliseconds(value),
        Metric::Recovery => format::seconds(value, language),
        Metric::CostPerMonth | Metric::CostPerMillionRequests => format::dollars(value),
        Metric::LostRequests => format::count(value),
        Metric::PeakNodes => format::quantity(value, 1),
        Metric::PodPending => pod_minutes(&format::quantity(value, 1), language),
    }
}

/// A difference of a metric, with its sign.
#[must_use]
pub fn difference(metric: Metric, value: Option<f64>, language: Language) -> String {
    let Some(value) = value else {
        return format::NOTHING.to_string();
    };
    match metric {
        Metric::Availability | Metric::ErrorBudgetUsed => format::points(value),
        Metric::Downtime | Metric::SloBreach => format::minutes_signed(value, language),
        Metric::LatencyP50 | Metric::LatencyP95 | Metric::LatencyP99 => {
            format::milliseconds_signed(value)
        }
        Metric::Recovery => format::seconds_signed(value, language),
        Metric::CostPerMonth | Metric::CostPerMillionRequests => format::dollars_signed(value),
        Metric::LostRequests => format::quantity_signed(value, 0),
        Metric::PeakNodes => format::quantity_signed(value, 1),
        Metric::PodPending => pod_minutes(&format::quantity_signed(value, 1), language),
    }
}

/// Why a run has no recovery time; none when it has one.
#[must_use]
pub fn no_recovery(recovery: Recovery, language: Language) -> Option<&'static str> {
    let key = match recovery {
        Recovery::Recovered { .. } => return None,
        Recovery::NoFault => Key::RecoveryNoFault,
        Recovery::StillBelow => Key::RecoveryNever,
        Recovery::EndedTooEarly => Key::RecoveryTooLate,
    };
    Some(text(key, language))
}

fn pod_minutes(number: &str, language: Language) -> String {
    match language {
        Language::Ja => format!("{number} Pod·分"),
        Language::En => format!("{number} pod·min"),
    }
}
