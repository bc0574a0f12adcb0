//! Reading the data file.
//!
//! Every figure lives in a table `{ source, as_of, grade, note, values }`, so a figure without a
//! source cannot be written down.

use litemap::LiteMap;
use serde_json::{Map, Value};

use super::{BalancerCapacity, InstanceType, Origin, PriceGrade, PriceItem, Quote};
use crate::model::json::FromJson;
use crate::model::zone::Region;
use crate::units::{ByteSize, Cpu, Ratio, UnitPrice};

type Text = &'static str;

/// The parsed price book.
pub(super) struct Book {
    pub as_of: Text,
    pub sources: LiteMap<Text, Text>,
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
    pub instances: LiteMap<Text, InstanceType>,
    pub databases_single_az: LiteMap<Text, Quote>,
    pub databases_multi_az: LiteMap<Text, Quote>,
    pub aurora: LiteMap<Text, Quote>,
    pub cache_nodes: LiteMap<Text, Quote>,
}

/// A part of the data file: lists of tables by name.
#[derive(Clone, Copy)]
struct Section(&'static Value);

/// Figures of one origin.
struct Table {
    origin: Origin,
    values: &'static Map<String, Value>,
}

impl Book {
    /// Reads the data file.
    ///
    /// # Errors
    /// What is missing or wrong, in English.
    pub fn parse(text: &str) -> Result<Self, String> {
        let file: Value = serde_json::from_str(text).map_err(|error| error.to_string())?;
        // The book is read once and borrows its texts from the file as long as the program runs.
        let file: &'static Value = Box::leak(Box::new(file));
        if file["currency"] != "USD" || file["hours_per_month"] != 730 {
            return Err("the book counts in USD and months of 730 h".to_string());
        }
        let shapes = Section(&file["shapes"]);
        let region = |region: Region| {
            RegionPrices::read(Section(&file["regions"][region.code()]), shapes)
                .map_err(|error| format!("{}: {error}", region.code()))
        };
        let all = Section(file);
        let limit = |name: &str| {
            all.figure("balancer_capacity", name)
                .map(|(value, _)| value)
        };
        Ok(Self {
            as_of: text_of(file, "as_of")?,
            lcu: BalancerCapacity {
                new_connections_per_s: limit("lcu_new_connections_per_s")?,
                active_connections: limit("lcu_active_connections")?,
                gb_per_h: limit("lcu_gb_per_h")?,
                rule_evaluations_per_s: Some(limit("lcu_rule_evaluations_per_s")?),
            },
            nlcu: BalancerCapacity {
                new_connections_per_s: limit("nlcu_new_connections_per_s")?,
                active_connections: limit("nlcu_active_connections")?,
                gb_per_h: limit("nlcu_gb_per_h")?,
                rule_evaluations_per_s: None,
            },
            balancer_origin: all.figure("balancer_capacity", "lcu_gb_per_h")?.1,
            tokyo: region(Region::ApNortheast1)?,
            virginia: region(Region::UsEast1)?,
            sources: sources(file)?,
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

fn sources(file: &'static Value) -> Result<LiteMap<Text, Text>, String> {
    let part = &file["sources"];
    let mut sources = LiteMap::new();
    for key in part.as_object().ok_or("no sources")?.keys() {
        sources.insert(key.as_str(), text_of(part, key)?);
    }
    Ok(sources)
}

fn text_of(part: &'static Value, key: &str) -> Result<Text, String> {
    let text = part.get(key).and_then(Value::as_str);
    text.ok_or_else(|| format!("no text {key}"))
}

impl RegionPrices {
    fn read(file: Section, shapes: Section) -> Result<Self, String> {
        let mut items = Vec::with_capacity(PriceItem::ALL.len());
        for item in PriceItem::ALL {
            items.push(file.quote("items", item.key())?);
        }
        let mut instances = LiteMap::new();
        for name in file.names("on_demand_hour")? {
            instances.insert(name, instance(name, file, shapes)?);
        }
        Ok(Self {
            items: items
                .try_into()
                .map_err(|_| "one quote per item".to_string())?,
            instances,
            databases_single_az: file.quotes("rds_single_az_hour")?,
            databases_multi_az: file.quotes("rds_multi_az_hour")?,
            aurora: file.quotes("aurora_hour")?,
            cache_nodes: file.quotes("cache_node_hour")?,
        })
    }
}

fn instance(name: Text, file: Section, shapes: Section) -> Result<InstanceType, String> {
    let shape = |list| shapes.figure(list, name).map(|(value, _)| value);
    let on_demand = file.quote("on_demand_hour", name)?;
    let spot = file.quote("spot_hour", name)?;
    let mebi = 1_048_576.0;
    Ok(InstanceType {
        name,
        vcpu: shape("vcpu")? as u32,
        memory: ByteSize::from_bytes((shape("memory_gib")? * 1024.0 * mebi) as u64),
        allocatable_cpu: Cpu::from_millis(shape("allocatable_cpu_millis")? as u32),
        allocatable_memory: ByteSize::from_bytes((shape("allocatable_memory_mib")? * mebi) as u64),
        max_pods: shape("max_pods")? as u32,
        on_demand_hourly: on_demand.unit_price,
        spot_hourly: spot.unit_price,
        spot_hourly_2024: file.quote("spot_hour_2024", name)?.unit_price,
        spot_interruption_per_month: Ratio::new(
            file.figure("spot_interruption_per_month", name)?.0,
        ),
        on_demand_origin: on_demand.origin,
        spot_origin: spot.origin,
    })
}

impl Section {
    fn tables(self, list: &str) -> Result<Vec<Table>, String> {
        let tables = self.0.get(list).and_then(Value::as_array);
        let tables = tables.ok_or_else(|| format!("no tables {list}"))?;
        tables.iter().map(Table::read).collect()
    }

    /// The one figure of a name, with its origin.
    fn figure(self, list: &str, name: &str) -> Result<(f64, Origin), String> {
        find(&self.tables(list)?, name)
    }

    fn quote(self, list: &str, name: &str) -> Result<Quote, String> {
        let (dollars, origin) = self.figure(list, name)?;
        Ok(Quote {
            unit_price: UnitPrice::from_dollars(dollars),
            origin,
        })
    }

    fn quotes(self, list: &str) -> Result<LiteMap<Text, Quote>, String> {
        let mut quotes = LiteMap::new();
        for name in self.names(list)? {
            quotes.insert(name, self.quote(list, name)?);
        }
        Ok(quotes)
    }

    fn names(self, list: &str) -> Result<Vec<Text>, String> {
        let tables = self.tables(list)?;
        let names = tables.iter().flat_map(|table| table.values.keys());
        Ok(names.map(String::as_str).collect())
    }
}

impl Table {
    fn read(file: &'static Value) -> Result<Self, String> {
        let values = file.get("values").and_then(Value::as_object);
        let grade = PriceGrade::from_json(&file["grade"]);
        Ok(Self {
            origin: Origin {
                source: text_of(file, "source")?,
                as_of: text_of(file, "as_of")?,
                grade: grade.map_err(|refusal| refusal.to_string())?,
                note: file.get("note").and_then(Value::as_str),
            },
            values: values.ok_or("a table without values")?,
        })
    }
}

/// The one figure of a name, with its origin; a name in two tables is a slip.
fn find(tables: &[Table], name: &str) -> Result<(f64, Origin), String> {
    let mut found = None;
    for table in tables {
        if let Some(value) = table.values.get(name)
            && found.replace((value, table.origin)).is_some()
        {
            return Err(format!("{name} stands in two tables"));
        }
    }
    let (value, origin) = found.ok_or_else(|| format!("no figure for {name}"))?;
    match value.as_f64() {
        Some(figure) if figure > 0.0 => Ok((figure, origin)),
        _ => Err(format!("{name} is not a positive figure")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[track_caller]
    fn refuse(text: &str, why: &str) {
        let error = Book::parse(text).err().expect("refused");
        assert!(error.contains(why), "{error}");
    }

    fn table(name: &str, value: f64) -> Table {
        let file = json!({
            "source": "a", "as_of": "2026", "grade": "verified", "values": { name: value },
        });
        Table::read(Box::leak(Box::new(file))).expect("a table")
    }

    #[test]
    fn a_damaged_book_says_what_is_wrong() {
        refuse("{}", "USD");
        assert!(find(&[], "m5.large").is_err_and(|e| e.contains("no figure")));
        let twice = [table("m5.large", 0.1), table("m5.large", 0.2)];
        assert!(find(&twice, "m5.large").is_err_and(|e| e.contains("two tables")));
        assert!(find(&[table("x", 0.0)], "x").is_err_and(|e| e.contains("positive")));
    }
}
