//! The price book: what EC2 instance types are, and what the bill's lines cost.
//!
//! Public AWS list prices in US dollars for Linux, shared tenancy, before tax, in two Regions.
//! `catalog/prices.json` holds the figures in tables; each table names where its figures come
//! from, as of when, and how well they are known ([`PriceGrade`]), so no figure lacks a source.
//! To renew a price, move it to a table that names the new source; a test reads every figure.
//!
//! Spot prices wander: the figure used is the on-demand price less the savings that the Spot
//! Advisor stated in 2025, and the average of 2024 stands beside it, so that a reader sees a range.
//! For one type the two differ by 6 to 7 points on average and by up to 26.
//!
//! Left out: taxes, free tiers, commitments, public IPv4 addresses, and traffic to other Regions.

mod book;
mod check;

use std::sync::OnceLock;

use litemap::LiteMap;
use serde::Serialize;

use super::cluster::CapacityType;
use super::data::DatabaseDeployment;
use super::ingress::LoadBalancerProduct;
use super::json::from_json;
use super::zone::Region;
use crate::units::{ByteSize, Cpu, Ratio, UnitPrice};

use book::Book;
pub use check::check;

/// Hours in a month, as AWS counts them in price examples and storage prices.
pub const HOURS_PER_MONTH: f64 = 730.0;

/// How well a price is known.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum PriceGrade {
    /// Read in the source named.
    Verified,
    /// Computed from verified figures.
    Derived,
    /// Verified for another Region and used here in its place.
    Proxy,
    /// Recalled; no source was found.
    Recalled,
}

from_json!(PriceGrade:
    "verified" => Verified, "derived" => Derived, "proxy" => Proxy, "recalled" => Recalled,
);

/// Where a figure comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct Origin {
    /// Key of the source; [`source`] gives its full name.
    pub source: &'static str,
    /// Date of the source as it states it: `"2026-09-23"`, `"2026-10"`, `"undated"`.
    pub as_of: &'static str,
    /// How well the figure is known.
    pub grade: PriceGrade,
    /// How it was computed or checked, in English, when there is something to say.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub note: Option<&'static str>,
}

/// A unit price and where it comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct Quote {
    /// The price of one unit; the unit is the item's.
    pub unit_price: UnitPrice,
    /// Where it comes from.
    #[serde(flatten)]
    pub origin: Origin,
}

/// An EC2 instance type as a Kubernetes node in one Region.
#[derive(Debug, Clone, PartialEq)]
pub struct InstanceType {
    /// Name, such as `"m6i.large"`.
    pub name: &'static str,
    /// Virtual CPUs.
    pub vcpu: u32,
    /// Memory of the machine.
    pub memory: ByteSize,
    /// CPU left for pods, as Karpenter computes it.
    pub allocatable_cpu: Cpu,
    /// Memory left for pods, as Karpenter computes it.
    pub allocatable_memory: ByteSize,
    /// Most pods, with the VPC CNI's secondary addresses.
    pub max_pods: u32,
    /// List price per hour.
    pub on_demand_hourly: UnitPrice,
    /// Usual Spot price per hour (mid-2025).
    pub spot_hourly: UnitPrice,
    /// Average Spot price per hour of early 2024: the other end of a range.
    pub spot_hourly_2024: UnitPrice,
    /// Chance that a Spot instance is reclaimed within a month of 730 h.
    pub spot_interruption_per_month: Ratio,
    on_demand_origin: Origin,
    spot_origin: Origin,
}

impl InstanceType {
    /// The hourly price for one way to buy it, with its source.
    #[must_use]
    pub const fn quote(&self, capacity_type: CapacityType) -> Quote {
        match capacity_type {
            CapacityType::OnDemand => Quote {
                unit_price: self.on_demand_hourly,
                origin: self.on_demand_origin,
            },
            CapacityType::Spot => Quote {
                unit_price: self.spot_hourly,
                origin: self.spot_origin,
            },
        }
    }
}

/// A priced item that is not an instance of some size.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum PriceItem {
    /// One EKS cluster for an hour (standard support).
    EksClusterHour,
    /// One Application Load Balancer for an hour.
    AlbHour,
    /// One load-balancer capacity unit for an hour.
    LcuHour,
    /// One Network Load Balancer for an hour.
    NlbHour,
    /// One network-load-balancer capacity unit for an hour.
    NlcuHour,
    /// One NAT gateway for an hour.
    NatHour,
    /// One gigabyte through a NAT gateway.
    NatGb,
    /// One gigabyte between zones, at each of its two ends.
    CrossZoneGbEachDirection,
    /// One gigabyte to the internet, within the first 10 TB of a month.
    EgressGbFirst10Tb,
    /// One gigabyte to the internet, within the next 40 TB.
    EgressGbNext40Tb,
    /// One gigabyte to the internet, within the next 100 TB.
    EgressGbNext100Tb,
    /// One gigabyte to the internet, beyond 150 TB.
    EgressGbOver150Tb,
    /// One gigabyte of gp3 volume for a month.
    Gp3GbMonth,
    /// One gigabyte of RDS gp3 storage for a month, Single-AZ.
    RdsGp3SingleAzGbMonth,
    /// One gigabyte of RDS gp3 storage for a month, Multi-AZ.
    RdsGp3MultiAzGbMonth,
    /// One gigabyte of Aurora I/O-Optimized storage for a month.
    AuroraGbMonth,
    /// A million requests to Amazon SQS, standard queues.
    SqsMillion,
    /// An interface endpoint in one zone for an hour.
    EndpointHour,
    /// One gigabyte through an interface endpoint.
    EndpointGb,
    /// One vCPU of Fargate tasks for an hour (Linux, x86).
    FargateVcpuHour,
    /// One gigabyte (2^30 bytes) of memory of Fargate tasks for an hour.
    FargateGbHour,
}

impl PriceItem {
    /// Every item, in order.
    pub const ALL: [Self; 21] = [
        Self::EksClusterHour,
        Self::AlbHour,
        Self::LcuHour,
        Self::NlbHour,
        Self::NlcuHour,
        Self::NatHour,
        Self::NatGb,
        Self::CrossZoneGbEachDirection,
        Self::EgressGbFirst10Tb,
        Self::EgressGbNext40Tb,
        Self::EgressGbNext100Tb,
        Self::EgressGbOver150Tb,
        Self::Gp3GbMonth,
        Self::RdsGp3SingleAzGbMonth,
        Self::RdsGp3MultiAzGbMonth,
        Self::AuroraGbMonth,
        Self::SqsMillion,
        Self::EndpointHour,
        Self::EndpointGb,
        Self::FargateVcpuHour,
        Self::FargateGbHour,
    ];

    /// Its key in the data file.
    #[must_use]
    pub const fn key(self) -> &'static str {
        match self {
            Self::EksClusterHour => "eks_cluster_hour",
            Self::AlbHour => "alb_hour",
            Self::LcuHour => "lcu_hour",
            Self::NlbHour => "nlb_hour",
            Self::NlcuHour => "nlcu_hour",
            Self::NatHour => "nat_hour",
            Self::NatGb => "nat_gb",
            Self::CrossZoneGbEachDirection => "cross_zone_gb_each_direction",
            Self::EgressGbFirst10Tb => "egress_gb_first_10_tb",
            Self::EgressGbNext40Tb => "egress_gb_next_40_tb",
            Self::EgressGbNext100Tb => "egress_gb_next_100_tb",
            Self::EgressGbOver150Tb => "egress_gb_over_150_tb",
            Self::Gp3GbMonth => "gp3_gb_month",
            Self::RdsGp3SingleAzGbMonth => "rds_gp3_single_az_gb_month",
            Self::RdsGp3MultiAzGbMonth => "rds_gp3_multi_az_gb_month",
            Self::AuroraGbMonth => "aurora_gb_month",
            Self::SqsMillion => "sqs_million",
            Self::EndpointHour => "endpoint_hour",
            Self::EndpointGb => "endpoint_gb",
            Self::FargateVcpuHour => "fargate_vcpu_hour",
            Self::FargateGbHour => "fargate_gb_hour",
        }
    }
}

/// What one capacity unit of a load balancer holds. The dimension used most is the one billed.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct BalancerCapacity {
    /// New connections per second.
    pub new_connections_per_s: f64,
    /// Open connections.
    pub active_connections: f64,
    /// Gigabytes per hour.
    pub gb_per_h: f64,
    /// Rule evaluations per second; none for a product without rules.
    pub rule_evaluations_per_s: Option<f64>,
}

fn book() -> &'static Book {
    static BOOK: OnceLock<Book> = OnceLock::new();
    BOOK.get_or_init(|| {
        Book::parse(include_str!("catalog/prices.json"))
            .expect("the embedded price book is complete: a test reads every figure")
    })
}

/// The day the price book was put together.
#[must_use]
pub fn as_of() -> &'static str {
    book().as_of
}

/// The full name of a source; the key itself when it is unknown.
#[must_use]
pub fn source(key: &'static str) -> &'static str {
    book().sources.get(key).copied().unwrap_or(key)
}

/// Every source: key to full name.
#[must_use]
pub fn sources() -> &'static LiteMap<&'static str, &'static str> {
    &book().sources
}

/// An instance type of a Region by name; none when the book does not list it.
#[must_use]
pub fn instance(region: Region, name: &str) -> Option<&'static InstanceType> {
    book().region(region).instances.get(name)
}

/// The instance types of a Region in order of name.
pub fn instances(region: Region) -> impl Iterator<Item = &'static InstanceType> {
    book().region(region).instances.values()
}

/// The price of an item in a Region.
#[must_use]
pub fn price(region: Region, item: PriceItem) -> Quote {
    book().region(region).items[item as usize]
}

/// The hourly price of an RDS for PostgreSQL instance class (a Multi-AZ pair as one), or of one
/// instance of a cluster. For those of a Multi-AZ DB cluster the price of a Single-AZ instance
/// stands in: each of the three is billed.
#[must_use]
pub fn database(
    region: Region,
    instance_class: &str,
    deployment: DatabaseDeployment,
) -> Option<Quote> {
    let region = book().region(region);
    let prices = match deployment {
        DatabaseDeployment::SingleAz | DatabaseDeployment::MultiAzCluster => {
            &region.databases_single_az
        }
        DatabaseDeployment::MultiAz => &region.databases_multi_az,
        DatabaseDeployment::Aurora => &region.aurora,
    };
    prices.get(instance_class).copied()
}

/// The RDS instance classes of a Region in order of name.
pub fn database_classes(region: Region) -> impl Iterator<Item = &'static str> {
    book().region(region).databases_single_az.keys().copied()
}

/// The hourly price of an ElastiCache for Redis node.
#[must_use]
pub fn cache_node(region: Region, node_type: &str) -> Option<Quote> {
    book().region(region).cache_nodes.get(node_type).copied()
}

/// The ElastiCache node types of a Region in order of name.
pub fn cache_node_types(region: Region) -> impl Iterator<Item = &'static str> {
    book().region(region).cache_nodes.keys().copied()
}

/// What one capacity unit of a product holds, and where that is stated.
#[must_use]
pub fn balancer_capacity(product: LoadBalancerProduct) -> (BalancerCapacity, Origin) {
    let book = book();
    let capacity = match product {
        LoadBalancerProduct::Alb => book.lcu,
        LoadBalancerProduct::Nlb => book.nlcu,
    };
    (capacity, book.balancer_origin)
}

#[cfg(test)]
mod tests {
    use super::*;

    const REGIONS: [Region; 2] = [Region::ApNortheast1, Region::UsEast1];

    #[track_caller]
    fn check_price(region: Region, item: PriceItem, expected: &str) {
        assert_eq!(price(region, item).unit_price.to_string(), expected);
    }

    #[test]
    fn prices_are_those_of_the_region() {
        check_price(Region::ApNortheast1, PriceItem::NatGb, "0.062 USD");
        check_price(Region::UsEast1, PriceItem::NatGb, "0.045 USD");
        check_price(Region::ApNortheast1, PriceItem::AlbHour, "0.0243 USD");
        let tokyo = instance(Region::ApNortheast1, "m6i.large").expect("listed");
        assert_eq!(tokyo.on_demand_hourly.to_string(), "0.124 USD");
        assert_eq!(tokyo.spot_hourly.to_string(), "0.04464 USD");
        assert_eq!(
            (tokyo.vcpu, tokyo.allocatable_cpu.millis(), tokyo.max_pods),
            (2, 1930, 29)
        );
        assert_eq!(
            tokyo.allocatable_memory,
            ByteSize::from_bytes(6903 * 1_048_576)
        );
        let pair = database(
            Region::ApNortheast1,
            "db.m6g.large",
            DatabaseDeployment::MultiAz,
        );
        assert_eq!(
            pair.expect("listed").unit_price.to_string(),
            "0.442 USD",
            "a pair costs twice the single"
        );
        assert!(cache_node(Region::UsEast1, "cache.m6g.large").is_some());
        assert!(instance(Region::UsEast1, "m6i.metal").is_none());
    }

    #[test]
    fn every_figure_names_a_listed_source() {
        let mut used: Vec<&str> = vec![balancer_capacity(LoadBalancerProduct::Alb).1.source];
        for region in REGIONS {
            used.extend(PriceItem::ALL.map(|item| price(region, item).origin.source));
            for instance in instances(region) {
                let sold = [CapacityType::OnDemand, CapacityType::Spot];
                used.extend(sold.map(|how| instance.quote(how).origin.source));
            }
            for class in database_classes(region) {
                for how in [DatabaseDeployment::SingleAz, DatabaseDeployment::MultiAz] {
                    let quote = database(region, class, how).expect("both ways are priced");
                    used.push(quote.origin.source);
                }
            }
            for node_type in cache_node_types(region) {
                used.push(cache_node(region, node_type).expect("listed").origin.source);
            }
        }
        for key in used {
            assert!(sources().contains_key(key), "{key} is not listed");
        }
    }

    #[test]
    fn prices_are_plausible() {
        for region in REGIONS {
            assert!(instances(region).count() >= 25);
            for instance in instances(region) {
                let list = instance.on_demand_hourly.dollars();
                for spot in [instance.spot_hourly, instance.spot_hourly_2024] {
                    let share = spot.dollars() / list;
                    assert!((0.1..0.7).contains(&share), "{}: {share}", instance.name);
                }
                assert!(instance.allocatable_memory < instance.memory);
                assert!(instance.allocatable_cpu.millis() < instance.vcpu * 1000);
                assert!(instance.max_pods > 0);
            }
            for pair in PriceItem::ALL[8..12].windows(2) {
                let [more, less] = [price(region, pair[0]), price(region, pair[1])];
                assert!(more.unit_price > less.unit_price, "egress falls by tier");
            }
        }
    }
}
