//! Cases of kind `consolidate`: what Karpenter does to nodes whose pods could go elsewhere.
//!
//! A case states nodes and what could replace them; pods have no size, so that every type holds
//! them. Where it says nothing about cheaper Spot types there are enough of them.

use serde_json::{Value, json};

use super::super::fields::Fields;
use super::super::{Answer, Case, Obstacle};
use super::bed;
use crate::model::json::{FromJson, Refusal, text};
use crate::model::{CapacityType, ConsolidationPolicy, ZoneIndex};
use crate::sim::policy::karpenter::disruption::{
    Command, DisruptablePool, Method, Node, Observed, SPOT_TO_SPOT_TYPES, Settings, Workload, look,
};
use crate::sim::policy::karpenter::{InstanceType, Offering, Pool};
use crate::sim::policy::pod_rules::PodRules;
use crate::sim::policy::resources::{Resources, SmallSet};
use crate::units::{SimDuration, SimTime};

/// What a node costs an hour where the case does not say, in dollars.
const PRICE: f64 = 1.0;
/// Long after the nodes came.
const NOW: SimTime = SimTime::from_s(3600);
/// More pods than any case has.
const SLOTS: u32 = 100;

/// How a node is bought, in the words of the files.
struct Bought(CapacityType);

impl FromJson for Bought {
    fn from_json(value: &Value) -> Result<Self, Refusal> {
        match text(value)? {
            "spot" => Ok(Self(CapacityType::Spot)),
            "on-demand" => Ok(Self(CapacityType::OnDemand)),
            _ => Err(Refusal::Expected("spot or on-demand")),
        }
    }
}

/// A node of a case.
struct Stated {
    capacity_type: CapacityType,
    price_micro_usd: u64,
    pods: [(usize, u32); 1],
}

pub(super) fn answer(case: &Case) -> Answer {
    let mut input = Fields::new(&case.input);
    let stated = input.list("nodes")?;
    let spot_to_spot = input.maybe("spot_to_spot")?.unwrap_or(false);
    let n_cheaper: Option<u64> = input.maybe("cheaper_spot_types")?;
    let offerings = match input.value("replacement_offerings") {
        Some(_) => Some(input.list("replacement_offerings")?),
        None => None,
    };
    input.finish()?;
    let stated: Vec<Stated> = stated.iter().map(node).collect::<Result<_, _>>()?;
    let mut pool = Pool {
        nodes_per_zone: vec![stated.len() as u32],
        n_spot_nodes: stated.len() as u32,
        ..bed::pool(Vec::new())
    };
    for node in &stated {
        pool.instance_types
            .push(one_way(node.capacity_type, node.price_micro_usd));
    }
    match offerings {
        Some(list) => pool.instance_types.push(kind(replacements(list)?)),
        None => {
            let n_cheaper = n_cheaper.unwrap_or(SPOT_TO_SPOT_TYPES as u64);
            let lowest = stated
                .iter()
                .map(|it| it.price_micro_usd)
                .min()
                .unwrap_or(0);
            for n in 1..=n_cheaper {
                let price = lowest.saturating_sub(n);
                pool.instance_types.push(one_way(CapacityType::Spot, price));
            }
        }
    }
    let command = decide(&stated, &pool, spot_to_spot);
    Ok(told(stated.len(), command.as_ref()))
}

fn decide(stated: &[Stated], pool: &Pool, spot_to_spot: bool) -> Option<Command> {
    let seen = stated.iter().enumerate().map(|(at, it)| Node {
        pool: 0,
        instance_type: at,
        zone: ZoneIndex(0),
        capacity_type: it.capacity_type,
        price_micro_usd: it.price_micro_usd,
        registered: true,
        ready: true,
        deleting: false,
        spare: false,
        blocked: false,
        shifted: false,
        nominated_until: SimTime::START,
        pods_changed_at: SimTime::START,
        drifted_since: None,
        // A case says nothing of room on the nodes themselves.
        free: Resources::default(),
        free_slots: 0,
        host_ports: SmallSet::default(),
        pods: if it.pods[0].1 > 0 { &it.pods } else { &[] },
    });
    let nodes: Vec<Node<'_>> = seen.collect();
    let observed = Observed {
        nodes: &nodes,
        pools: &[DisruptablePool {
            karpenter: pool,
            settings: Some(Settings {
                policy: ConsolidationPolicy::default(),
                consolidate_after: SimDuration::ZERO,
                budgets: &[],
                termination_grace_period: None,
            }),
        }],
        workloads: &[Workload {
            pools: &[0],
            requests: Resources::default(),
            eviction_cost: 1.0,
            rules: &PodRules::default(),
            pods_per_zone: &[stated.iter().map(|it| it.pods[0].1).sum()],
            pods_per_capacity_type: [CapacityType::OnDemand, CapacityType::Spot].map(|of| {
                let own = stated.iter().filter(|it| it.capacity_type == of);
                own.map(|it| it.pods[0].1).sum()
            }),
            n_pending: 0,
        }],
        spot_to_spot,
        now: NOW,
    };
    let mut methods = Method::ALL.iter();
    methods.find_map(|method| look(&observed, *method).command)
}

/// A decision in the words of the cases.
fn told(n_nodes: usize, command: Option<&Command>) -> Value {
    let (n_gone, n_new) = command.map_or((0, 0), |it| (it.nodes.len(), it.replacements.len()));
    let action = match (n_gone, n_new) {
        (0, _) => "none",
        (_, 0) => "delete",
        _ => "replace",
    };
    json!({
        "action": action,
        "deleted": n_gone,
        "launched": n_new,
        "nodes_left": n_nodes - n_gone + n_new,
    })
}

fn node(value: &Value) -> Result<Stated, Obstacle> {
    let mut fields = Fields::of(value)?;
    fields.ignore("id");
    let Bought(capacity_type) = fields.take("capacity_type")?;
    let price: Option<f64> = fields.maybe("price")?;
    let n_pods = fields.take("pods")?;
    fields.finish()?;
    Ok(Stated {
        capacity_type,
        price_micro_usd: micro(price.unwrap_or(PRICE)),
        pods: [(0, n_pods)],
    })
}

/// The offerings of one type; its zones in the order of their names.
fn replacements(list: &[Value]) -> Result<Vec<Offering>, Obstacle> {
    let mut zones: Vec<String> = Vec::new();
    let mut offerings = Vec::new();
    for value in list {
        let mut fields = Fields::of(value)?;
        let Bought(capacity_type) = fields.take("capacity_type")?;
        let zone: String = fields.take("zone")?;
        let price: f64 = fields.take("price")?;
        fields.finish()?;
        let known = zones.iter().position(|it| *it == zone);
        let at = known.unwrap_or(zones.len());
        if known.is_none() {
            zones.push(zone);
        }
        offerings.push(Offering {
            zone: ZoneIndex(at as u8),
            ..offering(capacity_type, micro(price))
        });
    }
    Ok(offerings)
}

fn one_way(capacity_type: CapacityType, price_micro_usd: u64) -> InstanceType {
    kind(vec![offering(capacity_type, price_micro_usd)])
}

fn kind(offerings: Vec<Offering>) -> InstanceType {
    InstanceType {
        cpu_m: 0,
        allocatable: Resources::default(),
        pod_slots: SLOTS,
        offerings,
    }
}

fn offering(capacity_type: CapacityType, price_micro_usd: u64) -> Offering {
    Offering {
        zone: ZoneIndex(0),
        capacity_type,
        price_micro_usd,
        available: true,
    }
}

/// Dollars as micro-dollars.
fn micro(dollars: f64) -> u64 {
    (dollars * 1e6).round() as u64
}
