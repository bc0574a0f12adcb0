//! Reading the data file.
//!
//! Every figure lives in a table `{ source, as_of, grade, note, values }`, so a figure without a
//! source cannot be written down.

use std::collections::BTreeMap;

use serde::Deserialize;

use super::{BalancerCapacity, InstanceType, Origin, PriceGrade, PriceItem, Quote};
use crate::model::zone::Region;
use crate::units::{ByteSize, Cpu, Ratio, UnitPrice};

type Text = &'static str;

/// The parsed price book.
pub(super) struct Book {
    pub as_of: Text,
    pub sources: BTreeMap<Text, Text>,
    pub lcu: BalancerCapacity,
    pub nlcu: BalancerCapacity,
    pub balancer_origin: Origin,
    tokyo: RegionPrices,
    virginia: RegionPrices,
}

/// The prices of one Region.
pub(super) struct RegionPrices {
    /// In the order of [`PriceItem::ALL`].
    pub items: [Quote; PriceItem::ALL.len()],
    pub instances: BTreeMap<Text, InstanceType>,
    pub databases_single_az: BTreeMap<Text, Quote>,
    pub databases_multi_az: BTreeMap<Text, Quote>,
    pub cache_nodes: BTreeMap<Text, Quote>,
}

#[derive(Deserialize)]
struct File<'a> {
    #[serde(borrow)]
    currency: &'a str,
    as_of: &'a str,
    hours_per_month: u32,
    sources: BTreeMap<&'a str, &'a str>,
    shapes: Shapes<'a>,
    balancer_capacity: Vec<Table<'a>>,
    regions: BTreeMap<&'a str, FileRegion<'a>>,
}

#[derive(Deserialize)]
struct Shapes<'a> {
    #[serde(borrow)]
    vcpu: Vec<Table<'a>>,
    memory_gib: Vec<Table<'a>>,
    allocatable_cpu_millis: Vec<Table<'a>>,
    allocatable_memory_mib: Vec<Table<'a>>,
    max_pods: Vec<Table<'a>>,
}

#[derive(Deserialize)]
struct FileRegion<'a> {
    #[serde(borrow)]
    items: Vec<Table<'a>>,
    on_demand_hour: Vec<Table<'a>>,
    spot_hour: Vec<Table<'a>>,
    spot_hour_2024: Vec<Table<'a>>,
    spot_interruption_per_month: Vec<Table<'a>>,
    rds_single_az_hour: Vec<Table<'a>>,
    rds_multi_az_hour: Vec<Table<'a>>,
    cache_node_hour: Vec<Table<'a>>,
}

/// Figures of one origin.
#[derive(Deserialize)]
struct Table<'a> {
    source: &'a str,
    as_of: &'a str,
    grade: PriceGrade,
    #[serde(default)]
    note: Option<&'a str>,
    #[serde(borrow)]
    values: BTreeMap<&'a str, f64>,
}

impl Book {
    /// Reads the data file.
    ///
    /// # Errors
    /// What is missing or wrong, in English.
    pub fn parse(text: &'static str) -> Result<Self, String> {
        let file: File<'static> = serde_json::from_str(text).map_err(|e| e.to_string())?;
        if file.currency != "USD" || file.hours_per_month != 730 {
            return Err("the book counts in USD and months of 730 h".to_string());
        }
        let region = |region: Region| {
            let prices = file.regions.get(region.code());
            let prices = prices.ok_or_else(|| format!("no prices for {}", region.code()))?;
            RegionPrices::read(prices, &file.shapes)
        };
        let unit = |product: &str, with_rules: bool| {
            let limit = |name: &str| {
                find(&file.balancer_capacity, &format!("{product}_{name}")).map(|(value, _)| value)
            };
            Ok::<_, String>(BalancerCapacity {
                new_connections_per_s: limit("new_connections_per_s")?,
                active_connections: limit("active_connections")?,
                gb_per_h: limit("gb_per_h")?,
                rule_evaluations_per_s: with_rules
                    .then(|| limit("rule_evaluations_per_s"))
                    .transpose()?,
            })
        };
        Ok(Self {
            as_of: file.as_of,
            lcu: unit("lcu", true)?,
            nlcu: unit("nlcu", false)?,
            balancer_origin: find(&file.balancer_capacity, "lcu_gb_per_h")?.1,
            tokyo: region(Region::ApNortheast1)?,
            virginia: region(Region::UsEast1)?,
            sources: file.sources,
        })
    }

    /// The prices of a Region.
    pub const fn region(&self, region: Region) -> &RegionPrices {
        match region {
            Region::ApNortheast1 => &self.tokyo,
            Region::UsEast1 => &self.virginia,
        }
    }
}

impl RegionPrices {
    fn read(file: &FileRegion<'static>, shapes: &Shapes<'static>) -> Result<Self, String> {
        let mut items = Vec::with_capacity(PriceItem::ALL.len());
        for item in PriceItem::ALL {
            items.push(quote(find(&file.items, item.key())?));
        }
        let mut instances = BTreeMap::new();
        for name in names(&file.on_demand_hour) {
            instances.insert(name, instance(name, file, shapes)?);
        }
        Ok(Self {
            items: items
                .try_into()
                .map_err(|_| "one quote per item".to_string())?,
            instances,
            databases_single_az: quotes(&file.rds_single_az_hour)?,
            databases_multi_az: quotes(&file.rds_multi_az_hour)?,
            cache_nodes: quotes(&file.cache_node_hour)?,
        })
    }
}

fn instance(
    name: Text,
    file: &FileRegion<'static>,
    shapes: &Shapes<'static>,
) -> Result<InstanceType, String> {
    let shape = |table| find(table, name).map(|(value, _)| value);
    let on_demand = quote(find(&file.on_demand_hour, name)?);
    let spot = quote(find(&file.spot_hour, name)?);
    let mebi = 1_048_576.0;
    Ok(InstanceType {
        name,
        vcpu: shape(&shapes.vcpu)? as u32,
        memory: ByteSize::from_bytes((shape(&shapes.memory_gib)? * 1024.0 * mebi) as u64),
        allocatable_cpu: Cpu::from_millis(shape(&shapes.allocatable_cpu_millis)? as u32),
        allocatable_memory: ByteSize::from_bytes(
            (shape(&shapes.allocatable_memory_mib)? * mebi) as u64,
        ),
        max_pods: shape(&shapes.max_pods)? as u32,
        on_demand_hourly: on_demand.unit_price,
        spot_hourly: spot.unit_price,
        spot_hourly_2024: quote(find(&file.spot_hour_2024, name)?).unit_price,
        spot_interruption_per_month: Ratio::new(find(&file.spot_interruption_per_month, name)?.0),
        on_demand_origin: on_demand.origin,
        spot_origin: spot.origin,
    })
}

/// The one figure of a name, with its origin; a name in two tables is a slip.
fn find(tables: &[Table<'static>], name: &str) -> Result<(f64, Origin), String> {
    let mut found = None;
    for table in tables {
        if let Some(value) = table.values.get(name) {
            let origin = Origin {
                source: table.source,
                as_of: table.as_of,
                grade: table.grade,
                note: table.note,
            };
            if found.replace((*value, origin)).is_some() {
                return Err(format!("{name} stands in two tables"));
            }
        }
    }
    let (value, origin) = found.ok_or_else(|| format!("no figure for {name}"))?;
    if value > 0.0 {
        Ok((value, origin))
    } else {
        Err(format!("{name} is not a positive figure"))
    }
}

fn quote((dollars, origin): (f64, Origin)) -> Quote {
    Quote {
        unit_price: UnitPrice::from_dollars(dollars),
        origin,
    }
}

fn quotes(tables: &[Table<'static>]) -> Result<BTreeMap<Text, Quote>, String> {
    names(tables)
        .map(|name| Ok((name, quote(find(tables, name)?))))
        .collect()
}

fn names(tables: &[Table<'static>]) -> impl Iterator<Item = Text> {
    tables.iter().flat_map(|table| table.values.keys().copied())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn refuse(text: &'static str, why: &str) {
        let error = Book::parse(text).err().expect("refused");
        assert!(error.contains(why), "{error}");
    }

    fn table(name: &'static str, value: f64) -> Table<'static> {
        Table {
            source: "a",
            as_of: "2026",
            grade: PriceGrade::Verified,
            note: None,
            values: BTreeMap::from([(name, value)]),
        }
    }

    #[test]
    fn a_damaged_book_says_what_is_wrong() {
        refuse("{}", "missing field");
        assert!(find(&[], "m5.large").is_err_and(|e| e.contains("no figure")));
        let twice = [table("m5.large", 0.1), table("m5.large", 0.2)];
        assert!(find(&twice, "m5.large").is_err_and(|e| e.contains("two tables")));
        assert!(find(&[table("x", 0.0)], "x").is_err_and(|e| e.contains("positive")));
    }
}
