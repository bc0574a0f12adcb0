//! Bills in words: one row per line, the faults' extra, the total.

use super::format;
use super::text::{Key, text};
use super::words;
use crate::analysis::Bill;
use crate::analysis::cost::{BillItem, BillLine, BillUnit, EgressTier};
use crate::model::{DatabaseDeployment, Language, LoadBalancerProduct};

/// One row.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BillRow {
    /// What for.
    pub item: String,
    /// How much: `2,190 h`; empty for sums.
    pub quantity: String,
    /// Price of one unit; empty for sums.
    pub price: String,
    /// Amount.
    pub amount: String,
    /// Source of the price and its date; empty for sums.
    pub source: String,
}

/// A bill as rows; the last one is the total.
#[must_use]
pub fn rows(bill: &Bill, language: Language) -> Vec<BillRow> {
    let mut rows: Vec<BillRow> = bill.lines.iter().map(|line| row(line, language)).collect();
    let sum = |item: &str, amount: String| BillRow {
        item: item.to_string(),
        quantity: String::new(),
        price: String::new(),
        amount,
        source: String::new(),
    };
    if let Some(extras) = bill.fault_extras {
        let amount = format::dollars_signed(extras.dollars());
        rows.push(sum(text(Key::BillFaultExtra, language), amount));
    }
    for unpriced in &bill.unpriced {
        rows.push(sum(&item(unpriced, language), format::NOTHING.to_string()));
    }
    rows.push(sum(
        text(Key::BillTotal, language),
        format::money(bill.total()),
    ));
    rows
}

fn row(line: &BillLine, language: Language) -> BillRow {
    let digits = if line.quantity < 100.0 { 1 } else { 0 };
    BillRow {
        item: item(&line.item, language),
        quantity: format!(
            "{} {}",
            format::quantity(line.quantity, digits),
            unit(line.unit, language)
        ),
        price: format::unit_price(line.unit_price.dollars()),
        amount: format::money(line.amount),
        source: format!("{} {}", line.source, line.as_of),
    }
}

/// What a line is for.
#[must_use]
pub fn item(item: &BillItem, language: Language) -> String {
    let pick = |ja: &str, en: &str| match language {
        Language::Ja => ja.to_string(),
        Language::En => en.to_string(),
    };
    let in_brackets = |name: String, more: &str| match language {
        Language::Ja => format!("{name}（{more}）"),
        Language::En => format!("{name} ({more})"),
    };
    match item {
        BillItem::Cluster => pick("EKS クラスター", "EKS cluster"),
        BillItem::Instance {
            instance_type,
            capacity_type,
        } => {
            let bought = words::capacity_type(*capacity_type, language);
            in_brackets(format!("EC2 {instance_type}"), bought)
        }
        BillItem::FargateCpu => pick("Fargate の vCPU", "Fargate vCPUs"),
        BillItem::FargateMemory => pick("Fargate のメモリ", "Fargate memory"),
        BillItem::Volume => pick("ノードのディスク（gp3）", "Node disks (gp3)"),
        BillItem::Balancer { product } => product_name(*product).to_string(),
        BillItem::BalancerCapacity { product } => {
            let unit = match product {
                LoadBalancerProduct::Alb => "LCU",
                LoadBalancerProduct::Nlb => "NLCU",
            };
            format!("{} {unit}", product_name(*product))
        }
        BillItem::NatGateway => pick("NAT ゲートウェイ", "NAT gateway"),
        BillItem::InterfaceEndpoint => {
            pick("インターフェイスエンドポイント", "Interface endpoints")
        }
        BillItem::InterfaceEndpointData => pick(
            "インターフェイスエンドポイントのデータ処理",
            "Interface endpoint data",
        ),
        BillItem::NatData => pick("NAT のデータ処理", "NAT data"),
        BillItem::CrossZoneData => pick(
            "AZ 間のデータ転送（両端）",
            "Data between zones (both ends)",
        ),
        BillItem::InternetEgress { tier } => in_brackets(
            pick("インターネットへの転送", "Data to the internet"),
            tier_name(*tier),
        ),
        BillItem::Database {
            instance_class,
            deployment,
        } => in_brackets(
            format!("RDS {instance_class}"),
            deployment_name(*deployment, language),
        ),
        BillItem::DatabaseStorage { deployment } => in_brackets(
            pick("RDS のストレージ", "RDS storage"),
            deployment_name(*deployment, language),
        ),
        BillItem::CacheNode { node_type } => format!("ElastiCache {node_type}"),
        BillItem::DatabaseProxy => pick("RDS Proxy（価格表にない）", "RDS Proxy (no price known)"),
        BillItem::QueueRequests => pick("SQS のリクエスト", "SQS requests"),
    }
}

const fn product_name(product: LoadBalancerProduct) -> &'static str {
    match product {
        LoadBalancerProduct::Alb => "ALB",
        LoadBalancerProduct::Nlb => "NLB",
    }
}

const fn tier_name(tier: EgressTier) -> &'static str {
    match tier {
        EgressTier::First10Tb => "0–10 TB",
        EgressTier::Next40Tb => "10–50 TB",
        EgressTier::Next100Tb => "50–150 TB",
        EgressTier::Over150Tb => "> 150 TB",
    }
}

const fn deployment_name(deployment: DatabaseDeployment, language: Language) -> &'static str {
    match (deployment, language) {
        (DatabaseDeployment::SingleAz, Language::Ja) => "シングルAZ",
        (DatabaseDeployment::SingleAz, Language::En) => "single-AZ",
        (DatabaseDeployment::MultiAz, Language::Ja) => "マルチAZ",
        (DatabaseDeployment::MultiAz, Language::En) => "multi-AZ",
        (DatabaseDeployment::MultiAzCluster, Language::Ja) => "マルチAZクラスター",
        (DatabaseDeployment::MultiAzCluster, Language::En) => "multi-AZ cluster",
        (DatabaseDeployment::Aurora, _) => "Aurora",
    }
}

const fn unit(unit: BillUnit, language: Language) -> &'static str {
    match (unit, language) {
        (BillUnit::Hours, Language::Ja) => "時間",
        (BillUnit::Hours, Language::En) => "h",
        (BillUnit::CapacityUnitHours, Language::Ja) => "ユニット時間",
        (BillUnit::CapacityUnitHours, Language::En) => "unit-h",
        (BillUnit::GigabyteMonths, Language::Ja) => "GB 月",
        (BillUnit::GigabyteMonths, Language::En) => "GB-months",
        (BillUnit::VcpuHours, Language::Ja) => "vCPU 時間",
        (BillUnit::VcpuHours, Language::En) => "vCPU-h",
        (BillUnit::GigabyteHours, Language::Ja) => "GB 時間",
        (BillUnit::GigabyteHours, Language::En) => "GB-h",
        (BillUnit::Gigabytes, _) => "GB",
        (BillUnit::MillionRequests, Language::Ja) => "百万件",
        (BillUnit::MillionRequests, Language::En) => "million",
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::analysis::cost::line;
    use crate::model::{CapacityType, Region};
    use crate::units::Money;

    #[test]
    fn rows_end_with_the_total() {
        let nodes = BillItem::Instance {
            instance_type: "m6i.large".into(),
            capacity_type: CapacityType::OnDemand,
        };
        let quote = nodes
            .quote(Region::ApNortheast1)
            .expect("in the price book");
        let price = quote.unit_price.dollars();
        let bill = Bill {
            lines: vec![line(nodes, 2_190.0, quote)],
            fault_extras: Some(Money::from_micros(-1_500_000)),
            ..Bill::default()
        };
        let rows = rows(&bill, Language::Ja);
        let texts: Vec<_> = rows
            .iter()
            .map(|row| (row.item.as_str(), row.amount.as_str()))
            .collect();
        let amount = format::dollars(price * 2_190.0);
        let total = format::dollars(price * 2_190.0 - 1.5);
        assert_eq!(
            texts,
            [
                ("EC2 m6i.large（オンデマンド）", amount.as_str()),
                ("障害による増減", "−$1.50"),
                ("合計", total.as_str()),
            ]
        );
        assert_eq!(rows[0].quantity, "2,190 時間");
    }
}
