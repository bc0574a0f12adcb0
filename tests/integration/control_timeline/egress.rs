//! The way to services outside of the VPC: a NAT gateway in one zone undoes three zones, an
//! endpoint does not, and what each costs.
//!
//! Prices (Tokyo): an interface endpoint is sold by the hour and zone and by the gigabyte, as a NAT
//! gateway is; a gateway endpoint costs nothing.

use tradewind::analysis::{BillItem, run_bill};
use tradewind::model::{
    Component, ExternalService, NatGateway, Region, ServiceAccess, ServiceTime, Tape,
};
use tradewind::sim::run_log::Meter;

use super::fixture::{Played, deployment, design, edit, parts, power_loss, zone};

/// The platform with one NAT gateway, in zone a, that payments go by or not.
fn reached(access: ServiceAccess, tape: &Tape) -> Played {
    let mut parts = parts();
    edit(&mut parts, "api", deployment, |it| it.hpa = None);
    let nat = NatGateway {
        zones: Some(vec![zone("a")]),
        ..NatGateway::default()
    };
    let is_internet = access == ServiceAccess::Internet;
    let payments = ExternalService {
        service_time: ServiceTime::from_ms(20, 1.0),
        access,
        egress_by: is_internet.then(|| "nat".to_string()),
    };
    parts.insert("nat".to_string(), Component::NatGateway(nat));
    parts.insert("payments".to_string(), Component::ExternalService(payments));
    Played::new(&design(&["a", "c", "d"], parts), tape)
}

const ALL: [ServiceAccess; 3] = [
    ServiceAccess::Internet,
    ServiceAccess::GatewayEndpoint,
    ServiceAccess::InterfaceEndpoint,
];

#[test]
fn an_endpoint_outlives_the_zone_of_the_only_nat_gateway() {
    // From five minutes on balancer, database and cache have found their way.
    let success = ALL.map(|access| reached(access, &power_loss("a")).success(300, 1500));
    assert!(success[0] < 0.01, "no way to pay: {success:?}");
    assert!(success[1] > 0.99 && success[2] > 0.99, "{success:?}");
}

#[test]
fn each_way_is_billed_as_it_is_sold() {
    let [internet, gateway, interface] = ALL.map(|access| reached(access, &Tape::default()).log);
    let metered = |log: &tradewind::sim::RunLog, meter: &Meter| {
        let column = log.usage.meters.iter().position(|it| it == meter);
        column.map_or(0.0, |at| log.usage.total(at))
    };
    let by_nat = metered(&internet, &Meter::NatBytes);
    let by_interface = metered(&interface, &Meter::EndpointBytes);
    let besides = metered(&gateway, &Meter::NatBytes);
    // The same calls, another way.
    assert!(((by_nat - besides) / by_interface - 1.0).abs() < 1e-3);
    assert!(metered(&gateway, &Meter::EndpointBytes) <= 0.0);
    assert!(
        metered(&gateway, &Meter::InternetEgressBytes)
            < metered(&internet, &Meter::InternetEgressBytes)
    );
    let bill = run_bill(&interface, Region::ApNortheast1);
    let amount = |item: &BillItem| {
        let line = bill.lines.iter().find(|it| it.item == *item);
        line.map_or(0.0, |it| it.amount.dollars())
    };
    // Three zones for three hours.
    let hours = amount(&BillItem::InterfaceEndpoint);
    assert!((hours - 9.0 * 0.014).abs() < 1e-6, "{hours}");
    let data = amount(&BillItem::InterfaceEndpointData);
    assert!((data - by_interface / 1e9 * 0.01).abs() < 1e-5, "{data}");
}
