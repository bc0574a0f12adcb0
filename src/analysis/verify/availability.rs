//! Availability cases: `kind` names the figure.

use serde_json::{Value, json};

use super::fields::Fields;
use super::{Answer, Case, Gap, Obstacle};
use crate::analysis::theory::calls::success_within;
use crate::analysis::theory::quorum::{ZonedCopies, copies_left};
use crate::analysis::theory::redundancy::{
    MONTH_S, YEAR_S, common_cause_unavailability, event_downtime_s, independent_losses,
    k_of_n_unavailability, parallel_unavailability, series_unavailability,
};
use crate::analysis::theory::renewal::{AlternatingRenewal, TwoStates};
use crate::analysis::theory::repair::RepairedParts;
use crate::analysis::theory::sharding::ShuffleSharding;
use crate::analysis::theory::zones::{
    Routing, ZonalCapacity, ZonalSizing, cross_zone_hops, p_stays, touched_by_a_zone,
};

/// The kinds of this family.
pub const KINDS: [&str; 19] = [
    "alternating_renewal_asymptotic",
    "beta_factor",
    "cross_zone_traffic_fraction",
    "downtime_conversion",
    "failover_downtime",
    "k_of_n",
    "k_of_n_markov",
    "parallel",
    "quorum_6_copies_3_zones",
    "quorum_probability",
    "request_retries_independent",
    "requests_touching_bad_zone",
    "series",
    "series_of_parallel",
    "shuffle_sharding",
    "spot_interruptions_independent",
    "two_state_markov",
    "zonal_sizing",
    "zones_capacity",
];

const DAY_S: f64 = 86_400.0;

/// The engine's figures for a case.
pub fn answer(case: &Case) -> Answer {
    let mut input = Fields::new(&case.input);
    let from = &mut input;
    let figures = match case.subject.as_str() {
        "alternating_renewal_asymptotic" => alternating(from),
        "beta_factor" => beta_factor(from),
        "cross_zone_traffic_fraction" => cross_zone(from),
        "downtime_conversion" => downtime(from),
        "failover_downtime" => failover(from),
        "k_of_n" => {
            let availability: f64 = from.take("component_availability")?;
            let (n, k) = (from.take("n")?, from.take("k")?);
            Ok(yearly(k_of_n_unavailability(n, k, 1.0 - availability)?))
        }
        "k_of_n_markov" => repaired(from),
        "parallel" => Ok(yearly(parallel_unavailability(&unavailabilities(from)?)?)),
        "quorum_6_copies_3_zones" => quorum(from),
        "quorum_probability" => quorum_probability(from),
        "request_retries_independent" => {
            let failure = 1.0 - from.take::<f64>("attempt_success")?;
            let success = success_within(failure, from.take("attempts")?)?;
            Ok(json!({ "success": success }))
        }
        "requests_touching_bad_zone" => touched(from),
        "series" => Ok(yearly(series_unavailability(&unavailabilities(from)?)?)),
        "series_of_parallel" => groups(from),
        "shuffle_sharding" => sharding(from),
        "spot_interruptions_independent" => spot(from),
        "two_state_markov" => two_states(from),
        "zonal_sizing" => sizing(from),
        "zones_capacity" => capacity(from),
        _ => Err(Gap::Subject.into()),
    }?;
    input.finish()?;
    Ok(figures)
}

/// An unavailability as people state it.
fn yearly(unavailability: f64) -> Value {
    json!({
        "availability": 1.0 - unavailability,
        "downtime_s_per_year": unavailability * YEAR_S,
    })
}

fn unavailabilities(input: &mut Fields<'_>) -> Result<Vec<f64>, Obstacle> {
    let parts: Vec<f64> = input.take("availabilities")?;
    Ok(parts.into_iter().map(|part| 1.0 - part).collect())
}

fn groups(input: &mut Fields<'_>) -> Answer {
    let mut in_a_row = Vec::new();
    for group in input.list("groups")? {
        let mut group = Fields::of(group)?;
        let one_down = 1.0 - group.take::<f64>("availability")?;
        in_a_row.push(k_of_n_unavailability(group.take("replicas")?, 1, one_down)?);
        group.finish()?;
    }
    Ok(yearly(series_unavailability(&in_a_row)?))
}

fn two_states(input: &mut Fields<'_>) -> Answer {
    // Says only that all three times are in one unit.
    input.ignore("same_time_unit");
    let part = TwoStates {
        mean_up: input.take("mean_up")?,
        mean_down: input.take("mean_down")?,
    };
    let horizon = input.take("horizon")?;
    let variance = part.interval_variance(horizon)?;
    Ok(json!({
        "steady_availability": part.steady()?,
        "point_availability_at_horizon_from_up": part.point_from_up(horizon)?,
        "expected_interval_availability_from_up": part.interval_from_up(horizon)?,
        "interval_availability_variance_stationary": variance,
        "interval_availability_variance_from_up": part.interval_variance_from_up(horizon)?,
        "interval_availability_sd_stationary": variance.sqrt(),
        "expected_failures_in_horizon_stationary": part.failures(horizon)?,
    }))
}

fn alternating(input: &mut Fields<'_>) -> Answer {
    let part = AlternatingRenewal {
        mean_up: input.take("mean_up")?,
        cv_up: input.take("cv_up")?,
        mean_down: input.take("mean_down")?,
        cv_down: input.take("cv_down")?,
    };
    let variance = part.variance(input.take("horizon")?)?;
    Ok(json!({
        "mean_availability": part.mean_availability()?,
        "variance": variance,
        "sd": variance.sqrt(),
    }))
}

fn repaired(input: &mut Fields<'_>) -> Answer {
    let parts = RepairedParts {
        n: input.take("n")?,
        k: input.take("k")?,
        mean_up: input.take("mean_up")?,
        mean_down: input.take("mean_down")?,
        repair_crews: input.take("repair_crews")?,
    };
    let system = parts.system()?;
    Ok(json!({
        "availability": 1.0 - system.unavailability,
        "system_failures_per_unit_time": system.failure_rate,
        "mean_outage_duration": system.mean_outage,
        "mean_time_to_first_failure": system.mean_time_to_failure,
    }))
}

fn beta_factor(input: &mut Fields<'_>) -> Answer {
    let (n, k) = (input.take("n")?, input.take("k")?);
    let q = input.take("component_unavailability")?;
    let shared = common_cause_unavailability(n, k, q, input.take("beta")?)?;
    let independent = k_of_n_unavailability(n, k, q)?;
    Ok(json!({
        "unavailability": shared,
        "unavailability_if_independent": independent,
        "ratio": shared / independent,
    }))
}

fn capacity(input: &mut Fields<'_>) -> Answer {
    let zones = ZonalCapacity {
        zones: input.take("zones")?,
        zone_availability: input.take("zone_availability")?,
        capacity_per_zone: input.take("capacity_per_zone")?,
        demand: input.take("demand")?,
    };
    Ok(json!({
        "p_full_service": zones.p_full_service()?,
        "expected_served_fraction": zones.expected_served()?,
        "total_over_provision": zones.over_provision()?,
    }))
}

fn sizing(input: &mut Fields<'_>) -> Answer {
    let sizing = ZonalSizing {
        zones: input.take("zones")?,
        zones_lost: input.take("zones_lost")?,
        peak_rate: input.take("peak_rps")?,
        instance_rate: input.take("rps_per_instance")?,
        target_utilization: input.take("target_utilization")?,
    };
    let fleet = sizing.fleet()?;
    Ok(json!({
        "instances_needed": fleet.needed,
        "per_zone": fleet.per_zone,
        "total": fleet.total,
        "extra_fraction": fleet.extra,
    }))
}

fn downtime(input: &mut Fields<'_>) -> Answer {
    let availability: f64 = input.take("availability")?;
    let down = series_unavailability(&[1.0 - availability])?;
    Ok(json!({
        "seconds_per_365d_year": down * YEAR_S,
        "seconds_per_30d_month": down * MONTH_S,
        "seconds_per_week": down * 7.0 * DAY_S,
        "seconds_per_day": down * DAY_S,
    }))
}

fn failover(input: &mut Fields<'_>) -> Answer {
    let events = input.take("events_per_year")?;
    let down_s = event_downtime_s(events, input.take("seconds_per_event")?)?;
    Ok(yearly(down_s / YEAR_S))
}

fn quorum(input: &mut Fields<'_>) -> Answer {
    // Says what zones and copies per zone make.
    input.ignore("copies");
    let spread = (input.take("zones")?, input.take("copies_per_zone")?);
    let zones_lost = input.take("zones_lost")?;
    let left = copies_left(spread, zones_lost, input.take("further_copies_lost")?)?;
    Ok(json!({
        "copies_left": left,
        "writes_available": left >= input.take("write_quorum")?,
        "reads_available": left >= input.take("read_quorum")?,
    }))
}

fn quorum_probability(input: &mut Fields<'_>) -> Answer {
    let (zones, copies): (u32, u32) = (input.take("zones")?, input.take("copies")?);
    let copies_per_zone = copies.checked_div(zones).unwrap_or(0);
    if copies_per_zone * zones != copies {
        return Err(Obstacle::Refused(format!(
            "{copies} copies cannot be spread evenly over {zones} zones"
        )));
    }
    let copies = ZonedCopies {
        zones,
        copies_per_zone,
        zone_unavailability: input.take("zone_unavailability")?,
        node_unavailability: input.take("node_unavailability")?,
    };
    Ok(json!({
        "write_availability": 1.0 - copies.p_short_of(input.take("write_quorum")?)?,
        "read_availability": 1.0 - copies.p_short_of(input.take("read_quorum")?)?,
    }))
}

fn sharding(input: &mut Fields<'_>) -> Answer {
    let sharding = ShuffleSharding {
        workers: input.take("workers")?,
        shard_size: input.take("shard_size")?,
    };
    let overlap = sharding.p_overlap()?;
    Ok(json!({
        "combinations": sharding.combinations()?,
        "p_identical_shard": overlap.last(),
        "p_overlap_by_count": overlap,
        "plain_sharding_blast_radius": sharding.plain_blast_radius()?,
    }))
}

fn spot(input: &mut Fields<'_>) -> Answer {
    let n = input.take("instances")?;
    let p = input.take("interruption_probability_per_month")?;
    let [mean, any, more] = independent_losses(n, p, input.take("threshold")?)?;
    Ok(json!({
        "expected": mean,
        "p_at_least_one": any,
        "p_more_than_threshold": more,
    }))
}

fn routing(input: &mut Fields<'_>) -> Result<Routing, Obstacle> {
    match input.take::<String>("routing")?.as_str() {
        "uniform random" => Ok(Routing::UniformRandom),
        "zonal" => Ok(Routing::Zonal),
        other => Err(Gap::Value(other.to_string()).into()),
    }
}

fn cross_zone(input: &mut Fields<'_>) -> Answer {
    let (zones, hops) = (input.take("zones")?, input.take("service_hops")?);
    let routing = routing(input)?;
    Ok(json!({
        "expected_cross_zone_hops": cross_zone_hops(zones, hops, routing)?,
        "p_stays_in_one_zone": p_stays(zones, hops, routing)?,
    }))
}

fn touched(input: &mut Fields<'_>) -> Answer {
    let (zones, services) = (input.take("zones")?, input.take("services_in_chain")?);
    let fraction = touched_by_a_zone(zones, services, routing(input)?)?;
    Ok(json!({ "fraction": fraction }))
}
