//! Bills: `service` names what is billed.
//!
//! A case's inputs become metered usage, its unit prices become quotes, and the engine's bill is
//! compared line by line. A service without a meter, and a case with an input or a price that has
//! no place in a run's bill, is unsupported.

use std::collections::BTreeMap;

use serde_json::{Map, Value, json};

use super::{Case, Figure, Gap, Obstacle, Outcome, Tolerance};
use crate::analysis::cost::{BillItem, bill};
use crate::model::catalog::{Origin, PriceGrade, Quote};
use crate::sim::run_log::{Meter, Usage};
use crate::units::{SimDuration, UnitPrice};

mod services;

/// How far a line's quantity may be off: sources print few digits.
const QUANTITY: Tolerance = Tolerance::Relative(1e-4);
/// How far a line's sum may be off, in dollars: sources print cents.
const LINE_USD: Tolerance = Tolerance::Absolute(0.006);

/// A case in the engine's words.
#[derive(Default)]
struct Translated {
    usage: BTreeMap<Meter, f64>,
    prices: BTreeMap<BillItem, f64>,
    /// The billed item behind each expected line, and billed units per unit of that line.
    lines: Vec<(BillItem, f64)>,
    /// Lines of usage that a run does not meter: quantity and unit price.
    unmetered: Vec<(f64, f64)>,
}

impl Translated {
    fn line(&mut self, item: BillItem, per_unit: f64, price: f64) {
        self.prices.insert(item.clone(), price);
        self.lines.push((item, per_unit));
    }

    fn meter(&mut self, meter: Meter, quantity: f64) {
        self.usage.insert(meter, quantity);
    }
}

/// A line of the engine's bill, in the case's units.
struct Line {
    quantity: f64,
    monthly: f64,
}

/// Bills a case and compares.
pub fn check(case: &Case) -> Outcome {
    let translated = match services::translate(case) {
        Ok(translated) => translated,
        Err(Obstacle::Unsupported(gap)) => return Outcome::unsupported(gap),
        Err(Obstacle::Refused(reason)) => return Outcome::unsupported(Gap::Unbillable(reason)),
    };
    let Some((lines, total)) = billed(&translated) else {
        return Outcome::unsupported(Gap::Lines);
    };
    compare(case, lines, total)
}

/// The lines and the total of the engine's bill; none when it has other lines than the case.
fn billed(case: &Translated) -> Option<(Vec<Line>, f64)> {
    let usage = Usage {
        row_length: SimDuration::from_h(1),
        meters: case.usage.keys().cloned().collect(),
        quantities: case.usage.values().copied().collect(),
    };
    let bill = bill(&usage, |item| case.prices.get(item).copied().map(quote));
    if !bill.unpriced.is_empty() || bill.lines.len() != case.lines.len() {
        return None;
    }
    let mut lines = Vec::new();
    for (item, per_unit) in &case.lines {
        let line = bill.lines.iter().find(|line| line.item == *item)?;
        lines.push(Line {
            quantity: line.quantity / per_unit,
            monthly: line.amount.dollars(),
        });
    }
    let mut total = bill.total().dollars();
    for (quantity, price) in &case.unmetered {
        total += quantity * price;
        lines.push(Line {
            quantity: *quantity,
            monthly: UnitPrice::from_dollars(*price).times(*quantity).dollars(),
        });
    }
    Some((lines, total))
}

fn quote(dollars: f64) -> Quote {
    Quote {
        unit_price: UnitPrice::from_dollars(dollars),
        origin: Origin {
            source: "case",
            as_of: "undated",
            grade: PriceGrade::Verified,
            note: None,
        },
    }
}

/// Expected lines stand in their source's order: each takes the line with its quantity and sum, and
/// gives it its name.
fn compare(case: &Case, mut lines: Vec<Line>, total: f64) -> Outcome {
    let no_lines = Vec::new();
    let expected = case.expect.get("lines").and_then(Value::as_array);
    let (mut shown, mut figures) = (Vec::new(), Vec::new());
    for (at, line) in expected.unwrap_or(&no_lines).iter().enumerate() {
        let admits = |tolerance: Tolerance, key: &str, mine: f64| {
            line.get(key)
                .is_some_and(|it| tolerance.admits(it, &json!(mine)))
        };
        let fits = |mine: &Line| {
            admits(QUANTITY, "quantity", mine.quantity) && admits(LINE_USD, "monthly", mine.monthly)
        };
        let found = lines.iter().position(fits).map(|place| lines.remove(place));
        let found = found.map(|mine| show(&mine, line.get("item")));
        compare_line(at, line, found.as_ref(), &mut figures);
        shown.extend(found);
    }
    let n_expected = expected.map_or(0, Vec::len);
    for (line, at) in lines.iter().zip(n_expected..) {
        let (line, name) = (show(line, None), format!("lines[{at}]"));
        figures.push(Figure::new(name, None, Some(&line), Tolerance::Exact));
        shown.push(line);
    }
    let lines_hold = expected.is_some() && figures.iter().all(|figure| figure.holds);
    let tolerance = Tolerance::Absolute(case.tolerance_usd);
    let (stated, total) = (case.expect.get("total"), json!(total));
    let of_total = Figure::new("total".to_string(), stated, Some(&total), tolerance);
    let differing: Vec<String> = [("lines", lines_hold), ("total", of_total.holds)]
        .into_iter()
        .filter(|(_, holds)| !holds)
        .map(|(key, _)| key.to_string())
        .collect();
    figures.push(of_total);
    Outcome::compared(
        json!({ "lines": shown, "total": total }),
        differing,
        figures,
    )
}

/// What is compared of an expected line, beside the line that it took.
fn compare_line(at: usize, line: &Value, found: Option<&Value>, figures: &mut Vec<Figure>) {
    for (key, tolerance) in [("quantity", QUANTITY), ("monthly", LINE_USD)] {
        let item = line.get("item").and_then(Value::as_str).unwrap_or_default();
        let name = format!("lines[{at}].{key} ({item})");
        let got = found.and_then(|found| found.get(key));
        figures.push(Figure::new(name, line.get(key), got, tolerance));
    }
}

fn show(line: &Line, item: Option<&Value>) -> Value {
    let mut shown = Map::new();
    if let Some(item) = item {
        shown.insert("item".to_string(), item.clone());
    }
    shown.insert("quantity".to_string(), json!(line.quantity));
    shown.insert("monthly".to_string(), json!(line.monthly));
    Value::Object(shown)
}
