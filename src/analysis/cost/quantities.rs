//! Meters to billed quantities.

use litemap::LiteMap;

use super::{BillItem, EgressTier};
use crate::model::LoadBalancerProduct;
use crate::model::catalog::{BalancerCapacity, HOURS_PER_MONTH, balancer_capacity};
use crate::sim::run_log::{Meter, Usage};
use crate::units::SimDuration;

const SECONDS_PER_HOUR: f64 = 3600.0;
const BYTES_PER_GB: f64 = 1e9;

/// Billed quantities of metered usage. All traffic to the internet stands under the first tier.
pub(super) fn quantities(usage: &Usage) -> LiteMap<BillItem, f64> {
    let mut all = LiteMap::new();
    for (column, meter) in usage.meters.iter().enumerate() {
        if let Some((item, per_unit)) = linear(meter) {
            *all.entry(item).or_insert(0.0) += usage.total(column) * per_unit;
        }
    }
    if let Some(product) = product_in_use(usage) {
        let unit_hours = capacity_unit_hours(usage, &balancer_capacity(product).0);
        all.insert(BillItem::BalancerCapacity { product }, unit_hours);
    }
    all
}

/// The item a meter is billed as, and billed units per metered unit; none for meters that are not
/// billed by plain multiplication.
fn linear(meter: &Meter) -> Option<(BillItem, f64)> {
    let hours = 1.0 / SECONDS_PER_HOUR;
    let gb_months = hours / HOURS_PER_MONTH;
    let gb = 1.0 / BYTES_PER_GB;
    Some(match meter {
        Meter::InstanceSeconds {
            instance_type,
            capacity_type,
        } => {
            let item = BillItem::Instance {
                instance_type: instance_type.clone(),
                capacity_type: *capacity_type,
            };
            (item, hours)
        }
        Meter::VolumeGbSeconds => (BillItem::Volume, gb_months),
        Meter::FargateVcpuSeconds => (BillItem::FargateCpu, hours),
        Meter::FargateGbSeconds => (BillItem::FargateMemory, hours),
        Meter::ClusterSeconds => (BillItem::Cluster, hours),
        Meter::BalancerSeconds { product } => (BillItem::Balancer { product: *product }, hours),
        Meter::DatabaseProxySeconds => (BillItem::DatabaseProxy, hours),
        Meter::QueueRequests => (BillItem::QueueRequests, 1e-6),
        Meter::EndpointSeconds => (BillItem::InterfaceEndpoint, hours),
        Meter::EndpointBytes => (BillItem::InterfaceEndpointData, gb),
        Meter::NatSeconds => (BillItem::NatGateway, hours),
        Meter::NatBytes => (BillItem::NatData, gb),
        Meter::CrossZoneBytes => (BillItem::CrossZoneData, 2.0 * gb),
        Meter::InternetEgressBytes => {
            let tier = EgressTier::First10Tb;
            (BillItem::InternetEgress { tier }, gb)
        }
        Meter::DatabaseSeconds {
            instance_class,
            deployment,
        } => {
            let item = BillItem::Database {
                instance_class: instance_class.clone(),
                deployment: *deployment,
            };
            (item, hours)
        }
        Meter::DatabaseGbSeconds { deployment } => {
            let deployment = *deployment;
            (BillItem::DatabaseStorage { deployment }, gb_months)
        }
        Meter::CacheNodeSeconds { node_type } => {
            let node_type = node_type.clone();
            (BillItem::CacheNode { node_type }, hours)
        }
        Meter::BalancerNewConnections
        | Meter::BalancerConnectionSeconds
        | Meter::BalancerBytes
        | Meter::BalancerRuleEvaluations
        | Meter::RequestsServed => return None,
    })
}

/// The product whose capacity units are billed. Users enter by one balancer, and its traffic
/// meters do not name the product: it is the one that ran, the ALB when both did.
fn product_in_use(usage: &Usage) -> Option<LoadBalancerProduct> {
    let ran = |wanted: LoadBalancerProduct| {
        usage.meters.iter().enumerate().any(|(column, meter)| {
            matches!(meter, Meter::BalancerSeconds { product } if *product == wanted)
                && usage.total(column) > 0.0
        })
    };
    [LoadBalancerProduct::Alb, LoadBalancerProduct::Nlb]
        .into_iter()
        .find(|product| ran(*product))
}

/// Capacity units times hours: per hour since the start, the dimension used most is billed.
fn capacity_unit_hours(usage: &Usage, capacity: &BalancerCapacity) -> f64 {
    let per_hour = |limit: f64| 1.0 / (limit * SECONDS_PER_HOUR);
    let no_rules = capacity.rule_evaluations_per_s.is_none();
    let rules = capacity.rule_evaluations_per_s.map_or(0.0, per_hour);
    let dimensions = [
        (
            Meter::BalancerNewConnections,
            per_hour(capacity.new_connections_per_s),
        ),
        (
            Meter::BalancerConnectionSeconds,
            per_hour(capacity.active_connections),
        ),
        (
            Meter::BalancerBytes,
            1.0 / (capacity.gb_per_h * BYTES_PER_GB),
        ),
        (Meter::BalancerRuleEvaluations, rules),
    ];
    let n_dimensions = if no_rules { 3 } else { 4 };
    let columns: Vec<(Option<usize>, f64)> = dimensions[..n_dimensions]
        .iter()
        .map(|(meter, per_unit)| {
            let column = usage.meters.iter().position(|known| known == meter);
            (column, *per_unit)
        })
        .collect();
    let width = usage.meters.len().max(1);
    let mut hour = 0;
    let mut used = [0.0; 4];
    let mut total = 0.0;
    let most = |used: &[f64; 4]| used.iter().copied().fold(0.0, f64::max);
    for (row, quantities) in usage.quantities.chunks_exact(width).enumerate() {
        let this_hour = (usage.row_length * row as u64).as_ns() / SimDuration::from_h(1).as_ns();
        if this_hour != hour {
            total += most(&used);
            used = [0.0; 4];
            hour = this_hour;
        }
        for (sum, (column, per_unit)) in used.iter_mut().zip(&columns) {
            *sum += column.map_or(0.0, |column| quantities[column]) * per_unit;
        }
    }
    total + most(&used)
}
