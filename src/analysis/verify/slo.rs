//! Cases of error budgets and alerts: `kind` names the figure.

use serde_json::json;

use super::fields::Fields;
use super::{Answer, Case, Gap, Obstacle};
use crate::analysis::theory::alert::{BurnRateAlert, Firing, most_per_day};
use crate::analysis::theory::error_budget::{ErrorBudget, used_at_alert};

/// The kinds of this family.
pub const KINDS: [&str; 9] = [
    "alert_count",
    "budget_consumed_at_alert",
    "budget_ledger",
    "burn_rate",
    "error_budget",
    "for_duration_alert",
    "low_traffic",
    "multiwindow_alert",
    "single_window_alert",
];

const DAY_S: f64 = 86_400.0;
const HOUR_S: f64 = 3600.0;

/// The engine's figures for a case.
pub fn answer(case: &Case) -> Answer {
    let mut input = Fields::new(&case.input);
    let from = &mut input;
    let figures = match case.subject.as_str() {
        "alert_count" => {
            let most = most_per_day(from.take("window_s")?)?;
            Ok(json!({ "max_alerts_per_day": most.floor() }))
        }
        "budget_consumed_at_alert" => consumed(from),
        "budget_ledger" => ledger(from),
        "burn_rate" => burn_rate(from),
        "error_budget" => error_budget(from),
        "for_duration_alert" => for_duration(from),
        "low_traffic" => low_traffic(from),
        "multiwindow_alert" => two_windows(from),
        "single_window_alert" => one_window(from),
        _ => Err(Gap::Subject.into()),
    }?;
    input.finish()?;
    Ok(figures)
}

fn budget(input: &mut Fields<'_>) -> Result<ErrorBudget, Obstacle> {
    Ok(ErrorBudget {
        slo: input.take("slo")?,
        period_s: period_s(input)?,
    })
}

fn period_s(input: &mut Fields<'_>) -> Result<f64, Obstacle> {
    Ok(input.take::<f64>("period_days")? * DAY_S)
}

fn error_budget(input: &mut Fields<'_>) -> Answer {
    let budget = budget(input)?;
    Ok(json!({
        "budget_fraction": budget.share()?,
        "full_outage_seconds_allowed": budget.full_outage_s()?,
    }))
}

fn burn_rate(input: &mut Fields<'_>) -> Answer {
    let budget = budget(input)?;
    let rate = input.take("burn_rate")?;
    Ok(json!({
        "error_rate": budget.error_ratio_at(rate)?,
        "seconds_to_exhaustion": budget.exhausted_after_s(rate)?,
    }))
}

fn consumed(input: &mut Fields<'_>) -> Answer {
    let rate = input.take("burn_rate")?;
    let used = used_at_alert(rate, input.take("window_s")?, period_s(input)?)?;
    Ok(json!({ "fraction_of_budget": used }))
}

fn one_window(input: &mut Fields<'_>) -> Answer {
    let window_s = input.take("window_s")?;
    let alert = BurnRateAlert {
        budget: budget(input)?,
        burn_rate: input.take("burn_rate_threshold")?,
        long_window_s: window_s,
        short_window_s: window_s,
    };
    let firing = alert.firing(input.take("constant_error_ratio")?, f64::INFINITY)?;
    Ok(json!({
        "fires": firing.is_some(),
        "seconds_to_fire": firing.map(|it| it.after_s),
        "budget_consumed_at_fire": firing.map(|it| it.budget_used),
        "seconds_to_clear_after_errors_stop": firing.map(|it| it.clears_after_s),
    }))
}

fn two_windows(input: &mut Fields<'_>) -> Answer {
    let alert = BurnRateAlert {
        budget: budget(input)?,
        burn_rate: input.take("burn_rate_threshold")?,
        long_window_s: input.take("long_window_s")?,
        short_window_s: input.take("short_window_s")?,
    };
    let error_ratio = input.take("error_ratio")?;
    let lasting_s: f64 = input.take("error_duration_s")?;
    let firing = alert.firing(error_ratio, lasting_s)?;
    let active = |it: Firing| lasting_s - it.after_s + it.clears_after_s;
    Ok(json!({
        "fires": firing.is_some(),
        "seconds_to_fire": firing.map(|it| it.after_s),
        "seconds_to_clear_after_errors_stop": firing.map(|it| it.clears_after_s),
        "alert_active_seconds": firing.map(active),
        "budget_consumed_at_fire": firing.map(|it| it.budget_used),
        "budget_consumed_total": alert.budget.used(error_ratio, lasting_s)?,
    }))
}

fn for_duration(input: &mut Fields<'_>) -> Answer {
    let budget = budget(input)?;
    let held_s = input.take("for_seconds")?;
    Ok(json!({
        "seconds_to_fire": held_s,
        "budget_consumed_at_fire": budget.used(input.take("error_ratio")?, held_s)?,
    }))
}

/// One hour of few requests, of which some fail.
fn low_traffic(input: &mut Fields<'_>) -> Answer {
    let budget = budget(input)?;
    let per_hour: f64 = input.take("requests_per_hour")?;
    let error_ratio = input.take::<f64>("failed_requests")? / per_hour;
    Ok(json!({
        "hourly_error_rate": error_ratio,
        "burn_rate_in_that_hour": budget.burn_rate_of(error_ratio)?,
        "budget_fraction": budget.used(error_ratio, HOUR_S)?,
        "failures_allowed_per_period": budget.failures_allowed(per_hour / HOUR_S)?.floor(),
    }))
}

fn ledger(input: &mut Fields<'_>) -> Answer {
    let budget = budget(input)?;
    let mut used = 0.0;
    for event in input.list("events")? {
        let mut event = Fields::of(event)?;
        used += budget.used(event.take("error_ratio")?, event.take("duration_s")?)?;
        event.finish()?;
    }
    Ok(json!({
        "fraction_used": used,
        "fraction_left": 1.0 - used,
        "slo_met": used <= 1.0,
    }))
}
