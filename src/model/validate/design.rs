//! One design: its zones, its references, and each component by kind.

use super::nodes::{check_cluster_autoscaler, check_group, check_one_autoscaler, check_pool};
use super::vertical::check_vpa;
use super::{
    Check, admission, balancer, contradiction, daemons, fargate, horizontal, memory, queues,
    rollout, scheduling,
};
use crate::model::connection::ConnectionKind;
use crate::model::data::DatabaseDeployment;
use crate::model::design::BrokenReference;
use crate::model::{
    Cache, Call, Component, ComponentIndex, Database, Deployment, Design, Discipline, Finding,
    FindingKind, LoadBalancer, LoadBalancerProduct, ServiceAccess, ServiceLaw, ServiceTime, Users,
    ZoneName,
};
use crate::units::{ByteSize, Cpu, SimDuration};

/// What is wrong with a design. `broken` is what [`Design::resolve`] returned beside it.
#[must_use]
pub fn design(design: &Design, broken: &[BrokenReference]) -> Vec<Finding> {
    let mut check = Check::default();
    check_zones(&mut check, design);
    check_kubernetes(&mut check, design);
    for reference in broken {
        check_broken(&mut check, design, reference);
    }
    for (_, vertex) in design.components() {
        let at = format!("/components/{}", vertex.id);
        check_component(&mut check, design, &at, &vertex.component);
    }
    check_paths(&mut check, design);
    check_priorities(&mut check, design);
    balancer::check_connections(&mut check, design);
    queues::check_consumers(&mut check, design);
    check.findings
}

fn check_zones(check: &mut Check, design: &Design) {
    let zones = &design.architecture.zones;
    if zones.is_empty() {
        check.absent("/zones", "a zone");
    }
    check_repeated(check, "/zones", zones);
}

pub(super) fn check_repeated<T: PartialEq + ToString>(check: &mut Check, path: &str, names: &[T]) {
    for (at, name) in names.iter().enumerate() {
        if names[..at].contains(name) {
            let key = name.to_string();
            check.error(format!("{path}/{at}"), FindingKind::DuplicateKey { key });
        }
    }
}

fn check_kubernetes(check: &mut Check, design: &Design) {
    let kubernetes = &design.architecture.kubernetes;
    let second = SimDuration::from_s(1);
    let hour = SimDuration::from_h(1);
    let times = [
        (
            "node_monitor_grace_period",
            kubernetes.node_monitor_grace_period,
        ),
        ("eviction_interval", kubernetes.eviction_interval),
        ("hpa_sync_period", kubernetes.hpa_sync_period),
        ("metrics_resolution", kubernetes.metrics_resolution),
    ];
    for (name, time) in times {
        check.between(format!("/kubernetes/{name}"), time, second, hour);
    }
    check.triangular("/kubernetes/node_reboot_time", kubernetes.node_reboot_time);
    check_cluster_autoscaler(check, &kubernetes.cluster_autoscaler);
    daemons::check_daemon_sets(check, design);
    admission::limit_ranges(check, design);
}

fn check_broken(check: &mut Check, design: &Design, reference: &BrokenReference) {
    if reference.id.is_empty() {
        let (parent, key) = reference.path.rsplit_once('/').unwrap_or_default();
        let key = key.to_string();
        check.error(parent, FindingKind::MissingKey { key });
        return;
    }
    let fits = design
        .components()
        .filter(|(_, vertex)| reference.expected.contains(&vertex.component.kind()))
        .map(|(_, vertex)| vertex.id.as_str());
    let expected = reference.expected.join(" or ");
    check.dangling(&reference.path, &reference.id, &expected, fits);
}

/// Users, what they reach, and circles of calls.
fn check_paths(check: &mut Check, design: &Design) {
    let all: Vec<_> = design
        .components()
        .filter(|(_, vertex)| matches!(vertex.component, Component::Users(_)))
        .collect();
    let [(users, vertex), others @ ..] = all.as_slice() else {
        check.absent("/components", "users");
        return;
    };
    for (_, other) in others {
        let path = format!("/components/{}", other.id);
        check.out_of_range(path, "a second component of kind users", "1");
    }
    let mut targets = design.outgoing(*users);
    let entry = targets.next().map(|(to, _)| to);
    for (to, _) in targets {
        let path = format!("/components/{}/calls/{}", vertex.id, design.vertex(to).id);
        check.out_of_range(path, "a second target of users", "1");
    }
    if entry.is_none() {
        check.absent(
            format!("/components/{}/calls", vertex.id),
            "a target of users",
        );
    }
    let reached = entry.map(|at| design.target(at, ConnectionKind::RoutesTo).unwrap_or(at));
    let serves = |component: &Component| matches!(component, Component::Deployment(_));
    if !reached.is_some_and(|at| serves(&design.vertex(at).component)) {
        check.absent("/components", "a deployment that users reach");
    }
    if let Err(ids) = design.call_order() {
        check.error("/components", FindingKind::Cycle { ids });
    }
}

/// Priorities that nobody looks at, since the callee serves in another order; those that it does
/// look at are played request by request only.
fn check_priorities(check: &mut Check, design: &Design) {
    for (caller, vertex) in design.components() {
        for (to, edge) in design.outgoing(caller) {
            let priority = edge.call.as_ref().map_or(0, |call| call.priority);
            if priority == 0 {
                continue;
            }
            // A load balancer hands the users' requests on as they are.
            let callee = design.target(to, ConnectionKind::RoutesTo).unwrap_or(to);
            let called = &design.vertex(to).id;
            let path = format!("/components/{}/calls/{called}/priority", vertex.id);
            if serves_by_priority(design, callee) {
                check.warning(path, FindingKind::RequestsOnly);
                continue;
            }
            let other = format!("{}/discipline = priority", design.vertex(callee).id);
            let this = format!("priority = {priority}");
            check.warning(path, contradiction(this, "needs", other));
        }
    }
}

fn serves_by_priority(design: &Design, at: ComponentIndex) -> bool {
    match &design.vertex(at).component {
        Component::Deployment(it) => it.discipline == Discipline::Priority,
        Component::Database(it) => it.discipline == Discipline::Priority,
        _ => false,
    }
}

fn check_component(check: &mut Check, design: &Design, at: &str, component: &Component) {
    match component {
        Component::Users(users) => check_users(check, at, users),
        Component::LoadBalancer(balancer) => check_balancer(check, design, at, balancer),
        Component::Deployment(deployment) => check_deployment(check, design, at, deployment),
        Component::NodePool(pool) => check_pool(check, design, at, pool),
        Component::NodeGroup(group) => check_group(check, design, at, group),
        Component::Fargate(it) => fargate::check_fargate(check, design, at, it),
        Component::Database(database) => check_database(check, design, at, database),
        Component::Cache(cache) => check_cache(check, design, at, cache),
        Component::NatGateway(nat) => check_zone_list(check, design, at, nat.zones.as_deref()),
        Component::ExternalService(service) => {
            check_service_time(check, at, &service.service_time);
            if service.access != ServiceAccess::Internet && service.egress_by.is_some() {
                // An endpoint spares the way through the gateway.
                let kind = contradiction("egress_by", "needs", "access = internet");
                check.error(format!("{at}/egress_by"), kind);
            }
        }
        Component::Queue(queue) => queues::check_queue(check, at, queue),
    }
}

pub(super) fn check_zone(check: &mut Check, design: &Design, path: String, zone: &ZoneName) {
    if design.zone(zone).is_none() {
        let known = design.architecture.zones.iter().map(|zone| zone.0.as_str());
        check.dangling(path, &zone.0, "a zone of the architecture", known);
    }
}

pub(super) fn check_zone_list(
    check: &mut Check,
    design: &Design,
    at: &str,
    zones: Option<&[ZoneName]>,
) {
    let Some(zones) = zones else {
        return;
    };
    let path = format!("{at}/zones");
    if zones.is_empty() {
        check.out_of_range(&path, "an empty list", "1 to 6 items");
    }
    check_repeated(check, &path, zones);
    for (index, zone) in zones.iter().enumerate() {
        check_zone(check, design, format!("{path}/{index}"), zone);
    }
}

fn check_call(check: &mut Check, path: &str, call: &Call) {
    check.positive(format!("{path}/timeout"), call.timeout);
}

/// The law of a component's service time; beside samples nothing else may say what the law is.
pub(super) fn check_service_time(check: &mut Check, at: &str, time: &ServiceTime) {
    /// Shares of a variation that nobody would round away.
    const DIFFERENT: f64 = 0.01;
    /// As for a variation that is stated.
    const WIDEST: f64 = 10.0;
    let path = format!("{at}/service_time");
    check.positive(&path, time.mean);
    let Some(samples) = &time.samples else {
        return;
    };
    let variation = samples.variation();
    if samples.mean_ns() <= 0.0 {
        let path = format!("{path}/samples");
        check.out_of_range(path, "nothing but 0s", "at least one above 0s");
    } else if variation > WIDEST {
        let got = format!("a variation of {variation:.1}");
        check.out_of_range(format!("{path}/samples"), got, "0 to 10");
    } else if (time.cv - variation).abs() > DIFFERENT * variation.max(1.0) {
        let other = format!("{variation:.3}, as of the samples");
        let kind = contradiction(format!("cv = {}", time.cv), "=", other);
        check.warning(format!("{path}/cv"), kind);
    }
    if time.law != ServiceLaw::default() {
        let kind = contradiction("law", "without", "samples");
        check.warning(format!("{path}/law"), kind);
    }
}

fn check_users(check: &mut Check, at: &str, users: &Users) {
    for (to, call) in &users.calls {
        let path = format!("{at}/calls/{to}");
        check_call(check, &path, call);
        // A request of the load is one request to the entry: anything else would change the load.
        if (call.per_request - 1.0).abs() > f64::EPSILON {
            check.out_of_range(format!("{path}/per_request"), call.per_request, "1");
        }
        if let Some(cache) = &call.unless_cached_by {
            let path = format!("{path}/unless_cached_by");
            check.dangling(path, cache, "absent: users call no cache", []);
        }
        let played_singly = [
            ("retry_budget", call.retry_budget.is_some()),
            ("circuit_breaker", call.circuit_breaker.is_some()),
            ("hedge_after", call.hedge_after.is_some()),
        ];
        for (key, _) in played_singly.iter().filter(|(_, is_set)| *is_set) {
            check.warning(format!("{path}/{key}"), FindingKind::RequestsOnly);
        }
    }
}

fn check_balancer(check: &mut Check, design: &Design, at: &str, balancer: &LoadBalancer) {
    check_zone_list(check, design, at, balancer.zones.as_deref());
    let probe = &balancer.health_check;
    let path = format!("{at}/health_check");
    let s = SimDuration::from_s;
    check.between(format!("{path}/interval"), probe.interval, s(5), s(300));
    check.between(format!("{path}/timeout"), probe.timeout, s(2), s(120));
    // A TCP probe of a Network Load Balancer may take until the next: the AWS Load Balancer
    // Controller gives its target groups 10 s and 10 s.
    let (relation, is_met) = match balancer.product {
        LoadBalancerProduct::Alb => ("<", probe.timeout < probe.interval),
        LoadBalancerProduct::Nlb => ("<=", probe.timeout <= probe.interval),
    };
    if !is_met {
        let this = format!("timeout = {}", probe.timeout);
        let other = format!("interval = {}", probe.interval);
        check.error(path, contradiction(this, relation, other));
    }
    check.positive(format!("{at}/connect_timeout"), balancer.connect_timeout);
    balancer::check_targets(check, at, balancer);
    balancer::check_gate(check, design, at, balancer);
}

fn check_deployment(check: &mut Check, design: &Design, at: &str, deployment: &Deployment) {
    check.triangular(format!("{at}/startup_time"), deployment.startup_time);
    check_one_autoscaler(check, design, at, &deployment.runs_on);
    check_repeated(check, &format!("{at}/runs_on"), &deployment.runs_on.0);
    scheduling::check_deployment(check, design, at, deployment);
    check_service_time(check, at, &deployment.service_time);
    admission::termination(check, at, deployment);
    admission::disruption_budget(check, at, deployment);
    admission::namespace(check, design, at, deployment);
    let is_service = design.architecture.is_service(deployment);
    rollout::check_rollout(check, at, deployment, is_service);
    if deployment.cpu_request == Cpu::default() {
        check.out_of_range(format!("{at}/cpu_request"), "0", "more than 0");
    }
    if deployment.memory_request == ByteSize::default() {
        check.out_of_range(format!("{at}/memory_request"), "0B", "more than 0B");
    }
    if let Some(hpa) = &deployment.hpa {
        horizontal::check_hpa(check, design, at, deployment, hpa);
    }
    check_vpa(check, at, deployment);
    memory::check_limit(check, design, at, deployment);
    fargate::check_service(check, design, at, deployment);
    for (to, call) in &deployment.calls {
        let path = format!("{at}/calls/{to}");
        check_call(check, &path, call);
        let Some(cache) = &call.unless_cached_by else {
            continue;
        };
        let called =
            |id: &str| id != to && deployment.calls.contains_key(id) && is_cache(design, id);
        if !called(cache) {
            let caches = deployment.calls.keys().map(String::as_str);
            let path = format!("{path}/unless_cached_by");
            let expected = "a cache that the same deployment calls";
            check.dangling(path, cache, expected, caches.filter(|id| called(id)));
        }
    }
}

fn is_cache(design: &Design, id: &str) -> bool {
    matches!(
        design.architecture.components.get(id),
        Some(Component::Cache(_))
    )
}

fn check_database(check: &mut Check, design: &Design, at: &str, database: &Database) {
    check.triangular(format!("{at}/failover_time"), database.failover_time());
    check.triangular(format!("{at}/reconnect_time"), database.reconnect_time);
    if database.proxy && database.deployment == DatabaseDeployment::SingleAz {
        // There is nobody to fail over to: it only costs.
        let kind = contradiction("proxy", "needs", "a deployment with a standby or readers");
        check.warning(format!("{at}/proxy"), kind);
    }
    check.triangular(format!("{at}/recovery_time"), database.recovery_time);
    check.triangular(format!("{at}/replacement_time"), database.replacement_time);
    check_service_time(check, at, &database.service_time);
    for (key, zone) in [
        ("zone", &database.zone),
        ("standby_zone", &database.standby_zone),
    ] {
        if let Some(zone) = zone {
            check_zone(check, design, format!("{at}/{key}"), zone);
        }
    }
    if database.deployment == DatabaseDeployment::SingleAz {
        return;
    }
    let n_zones = match database.deployment {
        DatabaseDeployment::MultiAzCluster => 3,
        DatabaseDeployment::Aurora if database.readers == 0 => 1,
        _ => 2,
    };
    if design.zone_count() < n_zones {
        let this = format!("deployment = {}", database.deployment.word());
        let path = format!("{at}/deployment");
        check.error(
            path,
            contradiction(this, "needs", format!("{n_zones} zones")),
        );
    }
    let writer = database.zone.as_ref().or(design.architecture.zones.first());
    if database.standby_zone.is_some() && database.standby_zone.as_ref() == writer {
        let this = format!(
            "standby_zone = {}",
            writer.map_or("", |zone| zone.0.as_str())
        );
        let path = format!("{at}/standby_zone");
        check.error(
            path,
            contradiction(this, "differs from", "the writer's zone"),
        );
    }
}

fn check_cache(check: &mut Check, design: &Design, at: &str, cache: &Cache) {
    check.triangular(format!("{at}/failover_time"), cache.failover_time);
    check_service_time(check, at, &cache.service_time);
    if let Some(zone) = &cache.zone {
        check_zone(check, design, format!("{at}/zone"), zone);
    }
    if cache.replicas > 0 && design.zone_count() < 2 {
        let this = format!("replicas = {}", cache.replicas);
        let path = format!("{at}/replicas");
        check.warning(path, contradiction(this, "needs", "2 zones"));
    }
}
