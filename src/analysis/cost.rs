//! The bill: metered usage times the price book.
//!
//! Each line is quantity times unit price, with the price's source, date and grade. Totals are
//! whole micro-dollars, so a bill is exactly the sum of its lines. It is a list-price bill without
//! taxes, free tiers or commitments; Spot nodes cost the catalogue's usual Spot price.
//!
//! A run's bill ([`run_bill`]) is what its usage costs. A month's bill ([`month_bill`]) is the
//! typical usage of the run (see [`typical`]) stretched to 730 h, plus what the run's faults cost
//! beyond that, once, as [`Bill::fault_extras`]. Those may be negative: dead nodes cost nothing.
//!
//! How AWS meters, where it is not plain multiplication:
//! - a load balancer is billed per hour by the capacity units of whichever dimension was used most
//!   in that hour (`cost::quantities`);
//! - traffic between zones is billed at both ends, so each gigabyte moved counts twice;
//! - traffic to the internet gets cheaper by tiers of a calendar month. A run's bill starts at the
//!   first tier; a month's bill goes through them.
//!
//! A gigabyte is 10^9 bytes throughout, as in AWS's own worked examples for load balancers; where
//! AWS counts 2^30 bytes this overstates traffic by up to 7 %.

mod quantities;
pub mod typical;

use std::borrow::Cow;

use litemap::LiteMap;
use serde::Serialize;

use crate::model::catalog::{self, HOURS_PER_MONTH, PriceGrade, PriceItem, Quote};
use crate::model::{CapacityType, DatabaseDeployment, LoadBalancerProduct, Region};
use crate::sim::RunLog;
use crate::sim::run_log::Usage;
use crate::units::{Money, Ratio, SimTime, UnitPrice};

use quantities::quantities;

/// What a line is for. Lines stand in this order.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(tag = "item", rename_all = "snake_case")]
pub enum BillItem {
    /// EKS clusters, in hours.
    Cluster,
    /// EC2 instances, in hours.
    Instance {
        /// Instance type.
        instance_type: String,
        /// How they are bought.
        capacity_type: CapacityType,
    },
    /// vCPUs of Fargate tasks, in vCPU-hours.
    FargateCpu,
    /// Memory of Fargate tasks, in GB-hours.
    FargateMemory,
    /// gp3 root volumes of nodes, in GB-months.
    Volume,
    /// Load balancers, in hours.
    Balancer {
        /// Product.
        product: LoadBalancerProduct,
    },
    /// Load-balancer capacity units, in unit-hours.
    BalancerCapacity {
        /// Product.
        product: LoadBalancerProduct,
    },
    /// NAT gateways, in hours.
    NatGateway,
    /// Data through NAT gateways, in GB.
    NatData,
    /// Interface endpoints, in hours of each zone.
    InterfaceEndpoint,
    /// Data through interface endpoints, in GB.
    InterfaceEndpointData,
    /// Data between zones, in GB, once per end.
    CrossZoneData,
    /// Data to the internet, in GB.
    InternetEgress {
        /// Tier of the month.
        tier: EgressTier,
    },
    /// Database instances, in hours (a Multi-AZ pair as one).
    Database {
        /// Instance class.
        instance_class: String,
        /// How it is protected.
        deployment: DatabaseDeployment,
    },
    /// Database storage, in GB-months.
    DatabaseStorage {
        /// How it is protected.
        deployment: DatabaseDeployment,
    },
    /// Proxies in front of databases, in hours of the instances behind them.
    DatabaseProxy,
    /// Cache nodes, in hours.
    CacheNode {
        /// Node type.
        node_type: String,
    },
    /// Requests to message queues, in millions.
    QueueRequests,
}

/// A tier of a month's traffic to the internet.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum EgressTier {
    /// The first 10 TB (10240 GB).
    First10Tb,
    /// The next 40 TB.
    Next40Tb,
    /// The next 100 TB.
    Next100Tb,
    /// What goes beyond 150 TB.
    Over150Tb,
}

impl EgressTier {
    /// Each tier and how many gigabytes it holds.
    pub const SIZES: [(Self, f64); 4] = [
        (Self::First10Tb, 10_240.0),
        (Self::Next40Tb, 40_960.0),
        (Self::Next100Tb, 102_400.0),
        (Self::Over150Tb, f64::INFINITY),
    ];
}

/// What a quantity counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum BillUnit {
    /// Hours.
    Hours,
    /// Capacity units for an hour.
    CapacityUnitHours,
    /// Gigabytes for a month of 730 h.
    GigabyteMonths,
    /// vCPUs for an hour.
    VcpuHours,
    /// Gigabytes for an hour.
    GigabyteHours,
    /// Gigabytes.
    Gigabytes,
    /// Millions of requests.
    MillionRequests,
}

impl BillItem {
    /// What its quantity counts.
    #[must_use]
    pub const fn unit(&self) -> BillUnit {
        match self {
            Self::Cluster
            | Self::Instance { .. }
            | Self::Balancer { .. }
            | Self::NatGateway
            | Self::InterfaceEndpoint
            | Self::Database { .. }
            | Self::DatabaseProxy
            | Self::CacheNode { .. } => BillUnit::Hours,
            Self::FargateCpu => BillUnit::VcpuHours,
            Self::FargateMemory => BillUnit::GigabyteHours,
            Self::BalancerCapacity { .. } => BillUnit::CapacityUnitHours,
            Self::Volume | Self::DatabaseStorage { .. } => BillUnit::GigabyteMonths,
            Self::QueueRequests => BillUnit::MillionRequests,
            Self::NatData
            | Self::InterfaceEndpointData
            | Self::CrossZoneData
            | Self::InternetEgress { .. } => BillUnit::Gigabytes,
        }
    }

    /// Its price in a Region; none when the price book does not list it.
    #[must_use]
    pub fn quote(&self, region: Region) -> Option<Quote> {
        let item = match self {
            Self::Instance {
                instance_type,
                capacity_type,
            } => {
                let listed = catalog::instance(region, instance_type);
                return listed.map(|listed| listed.quote(*capacity_type));
            }
            Self::Database {
                instance_class,
                deployment,
            } => return catalog::database(region, instance_class, *deployment),
            // Sold by the vCPU of the instances; the price book has no price of it.
            Self::DatabaseProxy => return None,
            Self::CacheNode { node_type } => return catalog::cache_node(region, node_type),
            Self::QueueRequests => PriceItem::SqsMillion,
            Self::Cluster => PriceItem::EksClusterHour,
            Self::FargateCpu => PriceItem::FargateVcpuHour,
            Self::FargateMemory => PriceItem::FargateGbHour,
            Self::Volume => PriceItem::Gp3GbMonth,
            Self::Balancer { product } => match product {
                LoadBalancerProduct::Alb => PriceItem::AlbHour,
                LoadBalancerProduct::Nlb => PriceItem::NlbHour,
            },
            Self::BalancerCapacity { product } => match product {
                LoadBalancerProduct::Alb => PriceItem::LcuHour,
                LoadBalancerProduct::Nlb => PriceItem::NlcuHour,
            },
            Self::NatGateway => PriceItem::NatHour,
            Self::NatData => PriceItem::NatGb,
            Self::InterfaceEndpoint => PriceItem::EndpointHour,
            Self::InterfaceEndpointData => PriceItem::EndpointGb,
            Self::CrossZoneData => PriceItem::CrossZoneGbEachDirection,
            Self::InternetEgress { tier } => match tier {
                EgressTier::First10Tb => PriceItem::EgressGbFirst10Tb,
                EgressTier::Next40Tb => PriceItem::EgressGbNext40Tb,
                EgressTier::Next100Tb => PriceItem::EgressGbNext100Tb,
                EgressTier::Over150Tb => PriceItem::EgressGbOver150Tb,
            },
            Self::DatabaseStorage { deployment } => match deployment {
                DatabaseDeployment::SingleAz | DatabaseDeployment::MultiAzCluster => {
                    PriceItem::RdsGp3SingleAzGbMonth
                }
                DatabaseDeployment::Aurora => PriceItem::AuroraGbMonth,
                DatabaseDeployment::MultiAz => PriceItem::RdsGp3MultiAzGbMonth,
            },
        };
        Some(catalog::price(region, item))
    }
}

/// One line of a bill: quantity times unit price.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct BillLine {
    /// What for.
    #[serde(flatten)]
    pub item: BillItem,
    /// How much.
    pub quantity: f64,
    /// What the quantity counts.
    pub unit: BillUnit,
    /// Price of one unit.
    pub unit_price: UnitPrice,
    /// Quantity times unit price.
    #[serde(rename = "amount_micro_usd")]
    pub amount: Money,
    /// Key of the price's source.
    pub source: Cow<'static, str>,
    /// Date of the source.
    pub as_of: Cow<'static, str>,
    /// How well the price is known.
    pub grade: PriceGrade,
    /// How the price was computed or checked, in English, when there is something to say.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub note: Option<Cow<'static, str>>,
}

/// A list-price bill.
#[derive(Debug, Clone, PartialEq, Default, Serialize)]
pub struct Bill {
    /// The lines in order of item; none has a quantity of zero.
    pub lines: Vec<BillLine>,
    /// What the run's faults cost beyond typical usage, once; only in a month's bill, and only
    /// when there was a fault.
    #[serde(rename = "fault_extras_micro_usd")]
    pub fault_extras: Option<Money>,
    /// Items that were used and that the price book does not list; they are not in the total.
    pub unpriced: Vec<BillItem>,
    /// What the bill stands for.
    pub basis: Basis,
}

/// What a bill stands for.
#[derive(Debug, Clone, Copy, PartialEq, Default, Serialize)]
#[serde(tag = "basis", rename_all = "snake_case")]
pub enum Basis {
    /// The usage of the run as it was.
    #[default]
    Run,
    /// A month of 730 h of the run's typical usage.
    TypicalMonth {
        /// Hours of the run whose usage was replaced by what is typical for their load.
        replaced_h: f64,
    },
    /// A month of 730 h of the whole run's usage: faults left too little else to call typical.
    WholeRunMonth,
}

impl Bill {
    /// The sum of the lines and of the fault extras.
    #[must_use]
    pub fn total(&self) -> Money {
        self.lines.iter().map(|line| line.amount).sum::<Money>()
            + self.fault_extras.unwrap_or_default()
    }
}

/// The bill of metered usage at given prices. An item without a price is set apart.
#[must_use]
pub fn bill(usage: &Usage, quote: impl Fn(&BillItem) -> Option<Quote>) -> Bill {
    priced(quantities(usage), quote)
}

/// What a run's usage costs at the Region's list prices.
#[must_use]
pub fn run_bill(log: &RunLog, region: Region) -> Bill {
    bill(&log.usage, |item| item.quote(region))
}

/// What a month of the run's typical usage costs at the Region's list prices, and what its faults
/// cost beyond that. The objective tells when service was back after a fault.
#[must_use]
pub fn month_bill(log: &RunLog, region: Region, slo: Ratio) -> Bill {
    let duration_h = log.header.duration.as_h_f64();
    if duration_h <= 0.0 {
        return Bill::default();
    }
    let quote = |item: &BillItem| item.quote(region);
    let stretched = |usage: &Usage| {
        let mut all = quantities(usage);
        for (_, quantity) in &mut all {
            *quantity *= HOURS_PER_MONTH / duration_h;
        }
        priced(all, quote)
    };
    let Some(typical) = typical::typical(log, slo) else {
        return Bill {
            basis: Basis::WholeRunMonth,
            ..stretched(&log.usage)
        };
    };
    let fault_extras = typical
        .with_faults
        .map(|with_faults| bill(&with_faults, quote).total() - bill(&typical.usage, quote).total());
    Bill {
        fault_extras,
        basis: Basis::TypicalMonth {
            replaced_h: typical.replaced.as_h_f64(),
        },
        ..stretched(&typical.usage)
    }
}

/// Cost in dollars per hour over the run: start of each usage row and the rate within it.
#[must_use]
pub fn cost_rates(log: &RunLog, region: Region) -> Vec<(SimTime, f64)> {
    let usage = &log.usage;
    let width = usage.meters.len().max(1);
    let mut one = Usage {
        row_length: usage.row_length,
        meters: usage.meters.clone(),
        quantities: Vec::new(),
    };
    usage
        .quantities
        .chunks_exact(width)
        .enumerate()
        .map(|(row, quantities)| {
            let start = log.header.start + usage.row_length * row as u64;
            let hours = typical::row_length(log, row).as_h_f64();
            one.quantities.clear();
            one.quantities.extend_from_slice(quantities);
            let cost = bill(&one, |item| item.quote(region)).total().dollars();
            (start, if hours > 0.0 { cost / hours } else { 0.0 })
        })
        .collect()
}

/// Dollars per million requests served; none when none was.
#[must_use]
pub fn per_million_requests(cost: Money, served: f64) -> Option<f64> {
    (served > 0.0).then(|| cost.dollars() / served * 1e6)
}

fn priced(mut all: LiteMap<BillItem, f64>, quote: impl Fn(&BillItem) -> Option<Quote>) -> Bill {
    split_egress(&mut all);
    let mut bill = Bill::default();
    for (item, quantity) in all {
        if quantity <= 0.0 {
            continue;
        }
        match quote(&item) {
            Some(quote) => bill.lines.push(line(item, quantity, quote)),
            None => bill.unpriced.push(item),
        }
    }
    bill
}

/// One line: quantity times the quoted price.
#[must_use]
pub fn line(item: BillItem, quantity: f64, quote: Quote) -> BillLine {
    BillLine {
        unit: item.unit(),
        item,
        quantity,
        unit_price: quote.unit_price,
        amount: quote.unit_price.times(quantity),
        source: quote.origin.source.into(),
        as_of: quote.origin.as_of.into(),
        grade: quote.origin.grade,
        note: quote.origin.note.map(Cow::from),
    }
}

/// Spreads all traffic to the internet, gathered under the first tier, over the tiers.
fn split_egress(all: &mut LiteMap<BillItem, f64>) {
    let whole = BillItem::InternetEgress {
        tier: EgressTier::First10Tb,
    };
    let mut left = all.remove(&whole).unwrap_or(0.0);
    for (tier, size) in EgressTier::SIZES {
        let part = left.min(size);
        left -= part;
        if part > 0.0 {
            all.insert(BillItem::InternetEgress { tier }, part);
        }
    }
}

#[cfg(test)]
mod tests;
