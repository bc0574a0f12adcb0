//! Each service's inputs as metered usage.

use serde_json::Value;

use super::Translated;
use crate::analysis::cost::{BillItem, EgressTier};
use crate::analysis::verify::fields::Fields;
use crate::analysis::verify::{Case, Gap, Obstacle};
use crate::model::{CapacityType, DatabaseDeployment, LoadBalancerProduct};
use crate::sim::run_log::Meter;

type Translation = Result<Translated, Obstacle>;

/// Seconds in an hour.
const HOUR_S: f64 = 3600.0;

/// A case in the engine's words.
pub fn translate(case: &Case) -> Translation {
    let mut input = Fields::new(&case.input);
    let mut prices = Fields::new(&case.unit_prices);
    let hours = input.take("hours_per_month");
    let (from, at) = (&mut input, &mut prices);
    let translated = match case.subject.as_str() {
        "ALB" => balancer(LoadBalancerProduct::Alb, hours?, from, at),
        "NLB" => balancer(LoadBalancerProduct::Nlb, hours?, from, at),
        "NAT gateway" => nat(hours?, from, at),
        "Data transfer" => transfer(from, at),
        "EKS" => cluster(hours?, from, at),
        "EKS nodes" => nodes(hours?, from, at),
        "EBS" => volume(hours?, from, at),
        "RDS" => database(hours?, from, at),
        "ElastiCache" => cache(hours?, from, at),
        _ => Err(Gap::Subject.into()),
    }?;
    input.finish()?;
    prices.finish()?;
    Ok(translated)
}

fn balancer(
    product: LoadBalancerProduct,
    hours: f64,
    input: &mut Fields<'_>,
    prices: &mut Fields<'_>,
) -> Translation {
    let mut case = Translated::default();
    let seconds = hours * HOUR_S;
    let (hour, unit_hour, unit_month) = match product {
        LoadBalancerProduct::Alb => ("alb_hour", "lcu_hour", "lcu_month"),
        LoadBalancerProduct::Nlb => ("nlb_hour", "nlcu_hour", "nlcu_month"),
    };
    case.meter(Meter::BalancerSeconds { product }, seconds);
    case.line(BillItem::Balancer { product }, 1.0, prices.take(hour)?);
    let capacity = BillItem::BalancerCapacity { product };
    case.line(capacity, hours, prices.take(unit_hour)?);
    // The hourly price over a month.
    prices.ignore(unit_month);
    case.meter(Meter::BalancerBytes, traffic_gb(hours, input)? * 1e9);
    if let Some(opened) = input.maybe::<f64>("new_connections_per_s")? {
        let open = opened * input.take::<f64>("connection_seconds")?;
        case.meter(Meter::BalancerNewConnections, opened * seconds);
        case.meter(Meter::BalancerConnectionSeconds, open * seconds);
    }
    let evaluated = match input.maybe::<f64>("requests_per_s")? {
        Some(requests) => {
            let (rules, free): (f64, f64) = (input.take("rules")?, input.take("free_rules")?);
            requests * (rules - free).max(0.0)
        }
        None => input.maybe("rule_evaluations_per_s")?.unwrap_or(0.0),
    };
    case.meter(Meter::BalancerRuleEvaluations, evaluated * seconds);
    Ok(case)
}

/// Gigabytes through a balancer in a month. A number of capacity units given outright is that many
/// gigabytes per hour.
fn traffic_gb(hours: f64, input: &mut Fields<'_>) -> Result<f64, Obstacle> {
    if let Some(gb) = input.maybe("processed_gb_per_month")? {
        return Ok(gb);
    }
    if let Some(units) = input.maybe::<f64>("lcu")? {
        return Ok(units * hours);
    }
    let kb_per_s: f64 = input.take("processed_kb_per_s")?;
    Ok(kb_per_s * hours * HOUR_S / 1e6)
}

fn nat(hours: f64, input: &mut Fields<'_>, prices: &mut Fields<'_>) -> Translation {
    let mut case = Translated::default();
    let gateways: f64 = input.take("gateways")?;
    case.meter(Meter::NatSeconds, gateways * hours * HOUR_S);
    case.meter(Meter::NatBytes, input.take::<f64>("processed_gb")? * 1e9);
    case.line(BillItem::NatGateway, 1.0, prices.take("hour")?);
    case.line(BillItem::NatData, 1.0, prices.take("gb")?);
    Ok(case)
}

fn transfer(input: &mut Fields<'_>, prices: &mut Fields<'_>) -> Translation {
    let mut case = Translated::default();
    let between_zones_gb: f64 = input.take("intra_region_gb")?;
    case.meter(Meter::CrossZoneBytes, between_zones_gb * 1e9);
    let egress_gb: f64 = input.take("to_internet_gb")?;
    case.meter(Meter::InternetEgressBytes, egress_gb * 1e9);
    let each_way = prices.take("intra_region_gb_each_way")?;
    case.line(BillItem::CrossZoneData, 1.0, each_way);
    let tiers = prices.list("internet_tiers_gb")?;
    for ((tier, size_gb), stated) in EgressTier::SIZES.into_iter().zip(tiers) {
        let (given_gb, price) = (&stated[0], stated[1].as_f64());
        let same = match given_gb.as_f64() {
            Some(given_gb) => (given_gb - size_gb).abs() < 1.0,
            None => given_gb.is_null(),
        };
        let other = || Gap::Value(format!("internet_tiers_gb: {given_gb}"));
        let price = price.filter(|_| same).ok_or_else(other)?;
        case.line(BillItem::InternetEgress { tier }, 1.0, price);
    }
    // A run stays in one Region.
    for (quantity, price) in [
        ("to_us_east_2_gb", "us_east_pair"),
        ("to_other_regions_gb", "other_region"),
    ] {
        if let Some(gb) = input.maybe(quantity)? {
            case.unmetered.push((gb, prices.take(price)?));
        }
    }
    Ok(case)
}

fn cluster(hours: f64, input: &mut Fields<'_>, prices: &mut Fields<'_>) -> Translation {
    let mut case = Translated::default();
    let support: String = input.take("support")?;
    if support != "standard" {
        return Err(Gap::Value(support).into());
    }
    let clusters: f64 = input.take("clusters")?;
    case.meter(Meter::ClusterSeconds, clusters * hours * HOUR_S);
    case.line(BillItem::Cluster, 1.0, prices.take("hour")?);
    Ok(case)
}

fn nodes(hours: f64, input: &mut Fields<'_>, prices: &mut Fields<'_>) -> Translation {
    let mut case = Translated::default();
    let n_nodes: f64 = input.take("nodes")?;
    let instance_type: String = input.take("instance")?;
    // A reserved instance differs by its price alone, and the case states that.
    input.ignore("purchase");
    let capacity_type = CapacityType::OnDemand;
    let meter = Meter::InstanceSeconds {
        instance_type: instance_type.clone(),
        capacity_type,
    };
    case.meter(meter, n_nodes * hours * HOUR_S);
    let item = BillItem::Instance {
        instance_type,
        capacity_type,
    };
    case.line(item, 1.0, prices.take("instance_hour")?);
    let gb = n_nodes * input.take::<f64>("gp2_gb_per_node")?;
    case.meter(Meter::VolumeGbSeconds, gb * hours * HOUR_S);
    case.line(BillItem::Volume, 1.0, prices.take("gp2_gb")?);
    // Credits of burstable instances are not simulated.
    if let Some(vcpu_hours) = input.maybe("surplus_vcpu_hours")? {
        let price = prices.take("credit_vcpu_hour")?;
        case.unmetered.push((vcpu_hours, price));
    }
    Ok(case)
}

fn volume(hours: f64, input: &mut Fields<'_>, prices: &mut Fields<'_>) -> Translation {
    let mut case = Translated::default();
    // Types differ by price alone, and the case states that.
    input.ignore("type");
    let gb: f64 = input.take("gb")?;
    case.meter(Meter::VolumeGbSeconds, gb * hours * HOUR_S);
    case.line(BillItem::Volume, 1.0, prices.take("gb")?);
    Ok(case)
}

fn database(hours: f64, input: &mut Fields<'_>, prices: &mut Fields<'_>) -> Translation {
    let mut case = Translated::default();
    // Engine and purchase differ by price alone, and the case states that.
    input.ignore("engine");
    input.ignore("purchase");
    let instance_class: String = input.take("instance")?;
    let deployment = match input.value("multi_az") {
        Some(Value::Bool(true)) => DatabaseDeployment::MultiAz,
        Some(Value::Bool(false)) => DatabaseDeployment::SingleAz,
        other => {
            let stated = other.map_or_else(String::new, ToString::to_string);
            return Err(Gap::Value(format!("multi_az: {stated}")).into());
        }
    };
    let meter = Meter::DatabaseSeconds {
        instance_class: instance_class.clone(),
        deployment,
    };
    case.meter(meter, hours * HOUR_S);
    let item = BillItem::Database {
        instance_class,
        deployment,
    };
    case.line(item, 1.0, prices.take("instance_hour")?);
    let gb_seconds = input.take::<f64>("gp2_gb")? * hours * HOUR_S;
    case.meter(Meter::DatabaseGbSeconds { deployment }, gb_seconds);
    let storage = BillItem::DatabaseStorage { deployment };
    case.line(storage, 1.0, prices.take("gp2_gb")?);
    Ok(case)
}

fn cache(hours: f64, input: &mut Fields<'_>, prices: &mut Fields<'_>) -> Translation {
    let mut case = Translated::default();
    // A reserved node differs by its price alone, and the case states that.
    input.ignore("purchase");
    let node_type: String = input.take("node_type")?;
    let node = Meter::CacheNodeSeconds {
        node_type: node_type.clone(),
    };
    case.meter(node, input.take::<f64>("nodes")? * hours * HOUR_S);
    let item = BillItem::CacheNode { node_type };
    case.line(item, 1.0, prices.take("node_hour")?);
    Ok(case)
}
