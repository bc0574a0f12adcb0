use super::*;
use crate::analysis::fixture::LogBuilder;
use crate::model::catalog::Origin;
use crate::sim::run_log::Meter;
use crate::units::SimDuration;

const TOKYO: Region = Region::ApNortheast1;

fn meters() -> Vec<Meter> {
    vec![
        Meter::InstanceSeconds {
            instance_type: "m6i.large".to_string(),
            capacity_type: CapacityType::OnDemand,
        },
        Meter::ClusterSeconds,
        Meter::BalancerSeconds {
            product: LoadBalancerProduct::Alb,
        },
        Meter::BalancerNewConnections,
        Meter::BalancerBytes,
        Meter::NatBytes,
        Meter::CrossZoneBytes,
    ]
}

fn day(row: impl Fn(usize) -> Vec<f64>) -> LogBuilder {
    LogBuilder::minutes(24 * 60).usage(&meters(), row)
}

#[track_caller]
fn quantity(bill: &Bill, item: &BillItem, expected: f64) {
    let line = bill.lines.iter().find(|line| line.item == *item);
    let got = line.map_or(0.0, |line| line.quantity);
    assert!(
        (got - expected).abs() <= 1e-9 * expected.abs(),
        "{item:?}: {got}, expected {expected}"
    );
}

fn alb_capacity() -> BillItem {
    BillItem::BalancerCapacity {
        product: LoadBalancerProduct::Alb,
    }
}

#[test]
fn a_day_is_billed_line_by_line_and_adds_up() {
    let log = day(|_| vec![2700.0, 900.0, 900.0, 0.0, 0.5e9, 1e9, 2e9]).build();
    let bill = run_bill(&log, TOKYO);
    let instance = BillItem::Instance {
        instance_type: "m6i.large".to_string(),
        capacity_type: CapacityType::OnDemand,
    };
    quantity(&bill, &BillItem::Cluster, 24.0);
    quantity(&bill, &instance, 72.0);
    quantity(&bill, &BillItem::NatData, 96.0);
    quantity(&bill, &BillItem::CrossZoneData, 2.0 * 192.0);
    quantity(&bill, &alb_capacity(), 48.0);
    let dollars = 24.0 * 0.1 + 72.0 * 0.124 + 24.0 * 0.0243 + 48.0 * 0.008 + 96.0 * 0.062 + 3.84;
    assert!((bill.total().dollars() - dollars).abs() < 1e-5);
    let sum: Money = bill.lines.iter().map(|line| line.amount).sum();
    assert_eq!(bill.total(), sum);
    for line in &bill.lines {
        assert_eq!(line.amount, line.unit_price.times(line.quantity));
        assert!(!line.source.is_empty() && !line.as_of.is_empty());
    }
    let rates = cost_rates(&log, TOKYO);
    assert_eq!(rates.len(), 96);
    assert!((rates[5].1 - dollars / 24.0).abs() < 1e-5, "{:?}", rates[5]);
}

#[test]
fn the_dimension_used_most_in_an_hour_is_billed() {
    // Hour 0: 50 new connections per second in its first row only, little data. Hour 1: 3 GB.
    let log = LogBuilder::minutes(120)
        .usage(&meters(), |row| match row {
            0 => vec![0.0, 0.0, 900.0, 50.0 * 900.0, 0.1e9, 0.0, 0.0],
            4 => vec![0.0, 0.0, 900.0, 25.0 * 900.0, 3e9, 0.0, 0.0],
            _ => vec![0.0, 0.0, 900.0, 0.0, 0.0, 0.0, 0.0],
        })
        .build();
    quantity(&run_bill(&log, TOKYO), &alb_capacity(), 0.5 + 3.0);
}

#[test]
fn a_month_is_730_hours_of_a_calm_day() {
    let log = day(|_| vec![2700.0, 900.0, 900.0, 0.0, 0.5e9, 1e9, 2e9]).build();
    let month = month_bill(&log, TOKYO, Ratio::new(0.999));
    assert_eq!(month.fault_extras, None);
    assert_eq!(month.basis, Basis::TypicalMonth { replaced_h: 0.0 });
    quantity(&month, &BillItem::Cluster, 730.0);
    let run = run_bill(&log, TOKYO).total().dollars();
    let expected = run * 730.0 / 24.0;
    assert!((month.total().dollars() - expected).abs() < 1e-3);
}

#[test]
fn faults_cost_their_extras_once() {
    // Two more nodes in two rows of a fault, three hours of one node less in another run.
    let busy = |row: usize| {
        if row == 40 || row == 41 {
            4500.0
        } else {
            2700.0
        }
    };
    let log = day(|row| vec![busy(row), 900.0, 900.0, 0.0, 0.0, 0.0, 0.0])
        .served(60.0, &[1.0])
        .fault(36_000, Some(36_900))
        .build();
    let month = month_bill(&log, TOKYO, Ratio::new(0.999));
    let extras = month.fault_extras.expect("a fault");
    assert_eq!(extras, Money::from_micros(124_000), "one node-hour");
    let calm = day(|_| vec![2700.0, 900.0, 900.0, 0.0, 0.0, 0.0, 0.0]).build();
    let calm = month_bill(&calm, TOKYO, Ratio::new(0.999));
    assert_eq!(month.lines, calm.lines);
    assert_eq!(month.total(), calm.total() + extras);
}

#[test]
fn a_run_that_is_all_fault_says_so() {
    let log = day(|_| vec![2700.0, 900.0, 900.0, 0.0, 0.0, 0.0, 0.0])
        .served(60.0, &[0.0])
        .fault(0, None)
        .build();
    let month = month_bill(&log, TOKYO, Ratio::new(0.999));
    assert_eq!(month.basis, Basis::WholeRunMonth);
    quantity(&month, &BillItem::Cluster, 730.0);
}

#[test]
fn what_has_no_price_is_set_apart() {
    let meters = [Meter::CacheNodeSeconds {
        node_type: "cache.x.huge".to_string(),
    }];
    let log = LogBuilder::minutes(60)
        .usage(&meters, |_| vec![900.0])
        .build();
    let bill = run_bill(&log, TOKYO);
    assert_eq!((bill.lines.len(), bill.unpriced.len()), (0, 1));
    assert_eq!(bill.total(), Money::ZERO);
}

#[test]
fn egress_goes_through_the_tiers() {
    let usage = Usage {
        row_length: SimDuration::from_h(730),
        meters: vec![Meter::InternetEgressBytes],
        quantities: vec![157_000e9],
    };
    let bill = bill(&usage, |item| item.quote(TOKYO));
    let amounts: Vec<_> = bill.lines.iter().map(|line| line.amount.micros()).collect();
    assert_eq!(
        amounts,
        [1_167_360_000, 3_645_440_000, 8_806_400_000, 285_600_000]
    );
}

#[test]
fn a_bill_is_written_in_whole_micro_dollars() {
    let log = day(|_| vec![2700.0, 900.0, 900.0, 0.0, 0.5e9, 1e9, 2e9]).build();
    let bill = run_bill(&log, TOKYO);
    let written = serde_json::to_value(&bill).expect("plain data");
    let lines = written["lines"].as_array().expect("a list");
    assert_eq!(lines.len(), bill.lines.len());
    for (line, written) in bill.lines.iter().zip(lines) {
        let amount = written["amount_micro_usd"].as_i64();
        assert_eq!(amount, Some(line.amount.micros()), "{written}");
    }
}

#[test]
fn usage_scales_linearly_below_the_first_tier() {
    let quote = |_: &BillItem| {
        Some(Quote {
            unit_price: UnitPrice::from_dollars(1.0),
            origin: Origin {
                source: "test",
                as_of: "undated",
                grade: PriceGrade::Verified,
                note: None,
            },
        })
    };
    let base = |row: usize| {
        let x = row as f64;
        vec![900.0 * x, 900.0, 900.0, 1e5 * x, 1e9, 3e8 * x, 7e8]
    };
    for factor in [0.25, 2.0, 8.0] {
        let one = day(base).build();
        let scaled = day(|row| base(row).iter().map(|q| q * factor).collect()).build();
        let one = bill(&one.usage, quote).total().dollars();
        let scaled = bill(&scaled.usage, quote).total().dollars();
        assert!((scaled - one * factor).abs() < 1e-4 * factor, "{factor}");
    }
}
