//! Node pools, node groups and the autoscaler that resizes the groups.

use super::design::check_zone_list;
use super::{Check, contradiction};
use crate::model::{
    ClusterAutoscaler, Component, Design, DisruptionBudget, FindingKind, NodeGroup, NodePool,
    OneOrList,
};
use crate::units::{Cpu, SimDuration};

pub(super) fn check_pool(check: &mut Check, design: &Design, at: &str, pool: &NodePool) {
    check_zone_list(check, design, at, pool.zones.as_deref());
    check.triangular(format!("{at}/launch_time"), pool.launch_time);
    if pool.cpu_limit == Some(Cpu::default()) {
        check.out_of_range(format!("{at}/cpu_limit"), "0", "more than 0");
    }
    let (low, high) = (SimDuration::from_min(5), SimDuration::from_h(24 * 3650));
    check.between(format!("{at}/expire_after"), pool.expire_after, low, high);
    for (index, budget) in pool.budgets.iter().enumerate() {
        check_budget(check, &format!("{at}/budgets/{index}"), budget);
    }
}

/// A window has a beginning and a length.
fn check_budget(check: &mut Check, at: &str, budget: &DisruptionBudget) {
    match (&budget.schedule, budget.duration) {
        (Some(_), None) => check.absent(at, "a duration beside the schedule"),
        (None, Some(_)) => check.absent(at, "a schedule beside the duration"),
        (_, duration) => {
            let window = duration.unwrap_or(SimDuration::from_min(1));
            let (low, high) = (SimDuration::from_min(1), SimDuration::from_h(24 * 365));
            check.between(format!("{at}/duration"), window, low, high);
        }
    }
}

pub(super) fn check_group(check: &mut Check, design: &Design, at: &str, group: &NodeGroup) {
    check_zone_list(check, design, at, group.zones.as_deref());
    check.triangular(format!("{at}/launch_time"), group.launch_time);
    check.triangular(format!("{at}/replacement_time"), group.replacement_time);
    check.triangular(format!("{at}/asg_time"), group.asg_time);
    let Some((min, max)) = group.bounds() else {
        if group.expander_priority.is_some() {
            let kind = contradiction("expander_priority", "needs", "min_nodes or max_nodes");
            check.warning(format!("{at}/expander_priority"), kind);
        }
        return;
    };
    if min > max {
        let other = format!("max_nodes = {max}");
        check.error(at, contradiction(format!("min_nodes = {min}"), "<=", other));
    } else if group.nodes < min || group.nodes > max {
        // An Auto Scaling group refuses such a number; here it starts at the nearer bound.
        let other = format!("min_nodes to max_nodes = {min} to {max}");
        let kind = contradiction(format!("nodes = {}", group.nodes), "within", other);
        check.warning(format!("{at}/nodes"), kind);
    }
}

/// Pods that two autoscalers would launch nodes for: each counts on what the other does not know.
pub(super) fn check_one_autoscaler(
    check: &mut Check,
    design: &Design,
    at: &str,
    runs_on: &OneOrList<String>,
) {
    let components = &design.architecture.components;
    let first = |wanted: fn(&Component) -> bool| {
        let mut ids = runs_on.0.iter();
        ids.find(|id| components.get(id.as_str()).is_some_and(wanted))
    };
    let pool = first(|it| matches!(it, Component::NodePool(_)));
    let group = first(|it| matches!(it, Component::NodeGroup(it) if it.bounds().is_some()));
    if let (Some(pool), Some(group)) = (pool, group) {
        let (pool, group) = (pool.clone(), group.clone());
        let kind = FindingKind::TwoNodeAutoscalers { pool, group };
        check.warning(format!("{at}/runs_on"), kind);
    }
}

pub(super) fn check_cluster_autoscaler(check: &mut Check, flags: &ClusterAutoscaler) {
    let at = "/kubernetes/cluster_autoscaler";
    check_times(check, at, flags);
    let (first, longest) = (
        flags.initial_node_group_backoff_duration,
        flags.max_node_group_backoff_duration,
    );
    if first > longest {
        let this = format!("initial_node_group_backoff_duration = {first}");
        let other = format!("max_node_group_backoff_duration = {longest}");
        check.error(at, contradiction(this, "<=", other));
    }
    for (index, expander) in flags.expander.iter().enumerate() {
        if flags.expander[..index].contains(expander) {
            let path = format!("{at}/expander/{index}");
            check.out_of_range(path, "an expander named twice", "each at most once");
        }
    }
    if flags.expander.is_empty() {
        check.out_of_range(format!("{at}/expander"), "an empty list", "1 to 5 items");
    }
}

#[rustfmt::skip] // A table.
fn check_times(check: &mut Check, at: &str, flags: &ClusterAutoscaler) {
    let s = SimDuration::from_s;
    let (minute, hour) = (SimDuration::from_min(1), SimDuration::from_h(1));
    let (half_day, day) = (SimDuration::from_h(12), SimDuration::from_h(24));
    let first_backoff = flags.initial_node_group_backoff_duration;
    let longest_backoff = flags.max_node_group_backoff_duration;
    let times = [
        ("scan_interval", flags.scan_interval, s(1), s(600)),
        ("new_pod_scale_up_delay", flags.new_pod_scale_up_delay, s(0), hour),
        ("max_node_provision_time", flags.max_node_provision_time, minute, hour),
        ("max_node_startup_time", flags.max_node_startup_time, minute, hour),
        ("initial_node_group_backoff_duration", first_backoff, s(10), hour),
        ("max_node_group_backoff_duration", longest_backoff, s(10), half_day),
        ("node_group_backoff_reset_timeout", flags.node_group_backoff_reset_timeout, minute, day),
        ("scale_down_unneeded_time", flags.scale_down_unneeded_time, s(0), day),
        ("scale_down_unready_time", flags.scale_down_unready_time, s(0), day),
        ("scale_down_delay_after_add", flags.scale_down_delay_after_add, s(0), day),
        ("scale_down_delay_after_delete", flags.scale_down_delay_after_delete, s(0), day),
        ("scale_down_delay_after_failure", flags.scale_down_delay_after_failure, s(0), day),
    ];
    for (name, time, low, high) in times {
        check.between(format!("{at}/{name}"), time, low, high);
    }
}
