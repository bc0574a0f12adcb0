//! The bill against `tests/vectors/cost.json`: worked AWS bills with the unit prices of their time
//! (each case names its source).
//!
//! A case's inputs become metered usage, its unit prices become quotes, and the engine's bill is
//! compared line by line. Every input has to be used and every case has to stand in one of the two
//! lists below, so that nothing is skipped in silence.

use std::collections::{BTreeMap, BTreeSet};

use serde::Deserialize;
use serde_json::{Map, Value};
use tradewind::analysis::cost::{BillItem, EgressTier, bill};
use tradewind::model::catalog::{Origin, PriceGrade, Quote};
use tradewind::model::{CapacityType, DatabaseDeployment, LoadBalancerProduct};
use tradewind::sim::run_log::{Meter, Usage};
use tradewind::units::{SimDuration, UnitPrice};

const FILE: &str = include_str!("../vectors/cost.json");

/// Cases that the engine bills.
const SUPPORTED: [&str; 14] = [
    "alb-1000gb",
    "alb-example-1-fra",
    "alb-example-2",
    "dt-apne1",
    "dt-use1",
    "ebs-gp2",
    "eks-cluster",
    "nat-100gb",
    "ng-t3m-6",
    "ng-t3m-credits",
    "ng-t3m-reserved",
    "nlb-1000gb",
    "rds-ri-1y-multiaz",
    "redis-ri",
];

/// Services whose usage no meter of a run counts (yet), and the number of their cases.
const UNSUPPORTED: [(&str, u32); 22] = [
    ("AWS Backup", 1),
    ("Aurora", 2),
    ("CloudWatch Logs", 1),
    ("EBS", 1),              // provisioned IOPS and throughput
    ("EC2 Auto Scaling", 1), // surplus CPU credits
    ("ECR", 1),
    ("EFS", 1),
    ("EKS Fargate", 1),
    ("Global Accelerator", 1),
    ("Glue", 1),
    ("Interface endpoint", 2),
    ("Kinesis", 1),
    ("Lambda", 3),
    ("MSK", 1),
    ("MWAA", 2),
    ("RDS", 3), // extra backups and provisioned IOPS
    ("Route 53", 1),
    ("SQS", 1),
    ("Step Functions Express", 2),
    ("Step Functions Standard", 1),
    ("Transit gateway", 1),
    ("total", 29),
];

#[derive(Deserialize)]
struct File {
    cases: Vec<Case>,
}

#[derive(Deserialize)]
struct Case {
    id: String,
    service: String,
    input: Map<String, Value>,
    #[serde(default)]
    unit_prices: Map<String, Value>,
    expect: Expect,
    tolerance_usd: f64,
}

#[derive(Deserialize)]
struct Expect {
    lines: Vec<ExpectedLine>,
    total: f64,
}

#[derive(Deserialize)]
struct ExpectedLine {
    item: String,
    quantity: f64,
    monthly: f64,
}

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

/// The values of a case; each may be taken once, and all have to be.
struct Values(Map<String, Value>);

impl Values {
    fn optional(&mut self, key: &str) -> Option<f64> {
        let value = self.0.remove(key)?;
        Some(
            value
                .as_f64()
                .unwrap_or_else(|| panic!("{key} is a number")),
        )
    }

    fn number(&mut self, key: &str) -> f64 {
        self.optional(key)
            .unwrap_or_else(|| panic!("{key} is given"))
    }

    fn text(&mut self, key: &str) -> String {
        let value = self.0.remove(key);
        let text = value.as_ref().and_then(Value::as_str);
        text.unwrap_or_else(|| panic!("{key} is a text"))
            .to_string()
    }

    fn ignore(&mut self, key: &str) {
        self.0.remove(key);
    }
}

#[test]
fn every_supported_bill_holds() {
    let file: File = serde_json::from_str(FILE).expect("the vectors follow their schema");
    let mut passed = BTreeSet::new();
    let mut left_out: BTreeMap<&str, u32> = BTreeMap::new();
    for case in &file.cases {
        if SUPPORTED.contains(&case.id.as_str()) {
            check(case);
            passed.insert(case.id.as_str());
        } else {
            *left_out.entry(&case.service).or_default() += 1;
            *left_out.entry("total").or_default() += 1;
        }
    }
    assert_eq!(passed, BTreeSet::from(SUPPORTED));
    assert_eq!(left_out, BTreeMap::from(UNSUPPORTED));
}

#[track_caller]
fn check(case: &Case) {
    let id = &case.id;
    let translated = translate(case);
    let usage = Usage {
        row_length: SimDuration::from_h(1),
        meters: translated.usage.keys().cloned().collect(),
        quantities: translated.usage.values().copied().collect(),
    };
    let bill = bill(&usage, |item| {
        let price = translated.prices.get(item)?;
        Some(quote(*price))
    });
    assert!(bill.unpriced.is_empty(), "{id}: {:?}", bill.unpriced);
    assert_eq!(bill.lines.len(), translated.lines.len(), "{id}");
    let mut got: Vec<(f64, f64)> = translated
        .lines
        .iter()
        .map(|(item, per_unit)| {
            let line = bill.lines.iter().find(|line| line.item == *item);
            let line = line.unwrap_or_else(|| panic!("{id}: no line for {item:?}"));
            (line.quantity / per_unit, line.amount.dollars())
        })
        .collect();
    let unmetered = translated.unmetered.iter().map(|(quantity, price)| {
        let amount = UnitPrice::from_dollars(*price).times(*quantity);
        (*quantity, amount.dollars())
    });
    got.extend(unmetered);
    assert_eq!(got.len(), case.expect.lines.len(), "{id}: number of lines");
    // Expected lines stand in their source's order: each takes the line with its quantity and sum.
    for expected in &case.expect.lines {
        let at = got.iter().position(|(quantity, amount)| {
            (quantity / expected.quantity - 1.0).abs() < 1e-4
                && (amount - expected.monthly).abs() < 0.006
        });
        let at = at.unwrap_or_else(|| panic!("{id}: {}: not among {got:?}", expected.item));
        got.remove(at);
    }
    let extra: f64 = translated
        .unmetered
        .iter()
        .map(|(q, price)| q * price)
        .sum();
    let total = bill.total().dollars() + extra;
    let off = (total - case.expect.total).abs();
    assert!(
        off <= case.tolerance_usd,
        "{id}: {total}, expected {}",
        case.expect.total
    );
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

fn translate(case: &Case) -> Translated {
    let mut input = Values(case.input.clone());
    let mut prices = Values(case.unit_prices.clone());
    let hours = input.number("hours_per_month");
    let translated = match case.service.as_str() {
        "ALB" => balancer(LoadBalancerProduct::Alb, hours, &mut input, &mut prices),
        "NLB" => balancer(LoadBalancerProduct::Nlb, hours, &mut input, &mut prices),
        "NAT gateway" => nat(hours, &mut input, &mut prices),
        "Data transfer" => transfer(&mut input, &mut prices),
        "EKS" => cluster(hours, &mut input, &mut prices),
        "EKS nodes" => nodes(hours, &mut input, &mut prices),
        "EBS" => volume(hours, &mut input, &mut prices),
        "RDS" => database(hours, &mut input, &mut prices),
        "ElastiCache" => cache(hours, &mut input, &mut prices),
        other => panic!("{}: {other} is not translated", case.id),
    };
    for values in [input, prices] {
        assert!(values.0.is_empty(), "{}: {:?} not used", case.id, values.0);
    }
    translated
}

fn balancer(
    product: LoadBalancerProduct,
    hours: f64,
    input: &mut Values,
    prices: &mut Values,
) -> Translated {
    let mut case = Translated::default();
    let seconds = hours * 3600.0;
    let prefix = match product {
        LoadBalancerProduct::Alb => ("alb_hour", "lcu_hour", "lcu_month"),
        LoadBalancerProduct::Nlb => ("nlb_hour", "nlcu_hour", "nlcu_month"),
    };
    case.meter(Meter::BalancerSeconds { product }, seconds);
    case.line(BillItem::Balancer { product }, 1.0, prices.number(prefix.0));
    let capacity = BillItem::BalancerCapacity { product };
    case.line(capacity, hours, prices.number(prefix.1));
    prices.ignore(prefix.2);
    // A number of capacity units given outright is that many gigabytes per hour.
    let given = input.optional("lcu").map(|units| units * hours);
    let stream = input
        .optional("processed_kb_per_s")
        .map(|kb| kb * seconds / 1e6);
    let gb = input
        .optional("processed_gb_per_month")
        .or(given)
        .or(stream);
    case.meter(Meter::BalancerBytes, gb.expect("some traffic") * 1e9);
    if let Some(opened) = input.optional("new_connections_per_s") {
        let open = opened * input.number("connection_seconds");
        case.meter(Meter::BalancerNewConnections, opened * seconds);
        case.meter(Meter::BalancerConnectionSeconds, open * seconds);
    }
    let evaluated = input.optional("rule_evaluations_per_s").or_else(|| {
        let requests = input.optional("requests_per_s")?;
        Some(requests * (input.number("rules") - input.number("free_rules")))
    });
    case.meter(
        Meter::BalancerRuleEvaluations,
        evaluated.unwrap_or(0.0) * seconds,
    );
    case
}

fn nat(hours: f64, input: &mut Values, prices: &mut Values) -> Translated {
    let mut case = Translated::default();
    case.meter(Meter::NatSeconds, input.number("gateways") * hours * 3600.0);
    case.meter(Meter::NatBytes, input.number("processed_gb") * 1e9);
    case.line(BillItem::NatGateway, 1.0, prices.number("hour"));
    case.line(BillItem::NatData, 1.0, prices.number("gb"));
    case
}

fn transfer(input: &mut Values, prices: &mut Values) -> Translated {
    let mut case = Translated::default();
    case.meter(Meter::CrossZoneBytes, input.number("intra_region_gb") * 1e9);
    case.meter(
        Meter::InternetEgressBytes,
        input.number("to_internet_gb") * 1e9,
    );
    let each_way = prices.number("intra_region_gb_each_way");
    case.line(BillItem::CrossZoneData, 1.0, each_way);
    let tiers = prices.0.remove("internet_tiers_gb").expect("tiers");
    let tiers: Vec<(Option<f64>, f64)> = serde_json::from_value(tiers).expect("size and price");
    for ((tier, size), (given, price)) in EgressTier::SIZES.into_iter().zip(tiers) {
        assert!((given.unwrap_or(f64::INFINITY) - size).abs() < 1.0 || size.is_infinite());
        case.line(BillItem::InternetEgress { tier }, 1.0, price);
    }
    // A run stays in one Region.
    for (quantity, price) in [
        ("to_us_east_2_gb", "us_east_pair"),
        ("to_other_regions_gb", "other_region"),
    ] {
        if let Some(gb) = input.optional(quantity) {
            case.unmetered.push((gb, prices.number(price)));
        }
    }
    case
}

fn cluster(hours: f64, input: &mut Values, prices: &mut Values) -> Translated {
    let mut case = Translated::default();
    assert_eq!(input.text("support"), "standard");
    case.meter(
        Meter::ClusterSeconds,
        input.number("clusters") * hours * 3600.0,
    );
    case.line(BillItem::Cluster, 1.0, prices.number("hour"));
    case
}

fn nodes(hours: f64, input: &mut Values, prices: &mut Values) -> Translated {
    let mut case = Translated::default();
    let n_nodes = input.number("nodes");
    let instance_type = input.text("instance");
    // A reserved instance differs by its price alone, and the case states that.
    input.ignore("purchase");
    let capacity_type = CapacityType::OnDemand;
    let meter = Meter::InstanceSeconds {
        instance_type: instance_type.clone(),
        capacity_type,
    };
    case.meter(meter, n_nodes * hours * 3600.0);
    let item = BillItem::Instance {
        instance_type,
        capacity_type,
    };
    case.line(item, 1.0, prices.number("instance_hour"));
    let gb = n_nodes * input.number("gp2_gb_per_node");
    case.meter(Meter::VolumeGbSeconds, gb * hours * 3600.0);
    case.line(BillItem::Volume, 1.0, prices.number("gp2_gb"));
    // Credits of burstable instances are not simulated.
    if let Some(vcpu_hours) = input.optional("surplus_vcpu_hours") {
        let price = prices.number("credit_vcpu_hour");
        case.unmetered.push((vcpu_hours, price));
    }
    case
}

fn volume(hours: f64, input: &mut Values, prices: &mut Values) -> Translated {
    let mut case = Translated::default();
    input.ignore("type");
    case.meter(Meter::VolumeGbSeconds, input.number("gb") * hours * 3600.0);
    case.line(BillItem::Volume, 1.0, prices.number("gb"));
    case
}

fn database(hours: f64, input: &mut Values, prices: &mut Values) -> Translated {
    let mut case = Translated::default();
    // Engine and purchase differ by price alone, and the case states that.
    input.ignore("engine");
    input.ignore("purchase");
    let instance_class = input.text("instance");
    assert_eq!(input.0.remove("multi_az"), Some(Value::Bool(true)));
    let deployment = DatabaseDeployment::MultiAz;
    let meter = Meter::DatabaseSeconds {
        instance_class: instance_class.clone(),
        deployment,
    };
    case.meter(meter, hours * 3600.0);
    let item = BillItem::Database {
        instance_class,
        deployment,
    };
    case.line(item, 1.0, prices.number("instance_hour"));
    let gb_seconds = input.number("gp2_gb") * hours * 3600.0;
    case.meter(Meter::DatabaseGbSeconds { deployment }, gb_seconds);
    case.line(
        BillItem::DatabaseStorage { deployment },
        1.0,
        prices.number("gp2_gb"),
    );
    case
}

fn cache(hours: f64, input: &mut Values, prices: &mut Values) -> Translated {
    let mut case = Translated::default();
    input.ignore("purchase");
    let node_type = input.text("node_type");
    let node = Meter::CacheNodeSeconds {
        node_type: node_type.clone(),
    };
    case.meter(node, input.number("nodes") * hours * 3600.0);
    case.line(
        BillItem::CacheNode { node_type },
        1.0,
        prices.number("node_hour"),
    );
    case
}
