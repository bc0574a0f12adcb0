//! Where pods may and should run: spreads, affinities, taints and tolerations.
//!
//! What an architect writes in a pod template, in a compact form: a label selector is the id of a
//! deployment, a node selector is `runs_on`, and node labels are zone, capacity type and hostname.

use serde::Serialize;

use super::cluster::CapacityType;
use super::json::{self, from_json};
use super::zone::ZoneName;

/// What nodes are grouped by.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize)]
#[serde(rename_all = "snake_case")]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub enum TopologyKey {
    /// The Availability Zone.
    #[default]
    Zone,
    /// Each node for itself.
    Hostname,
    /// On-demand or Spot.
    CapacityType,
}

from_json!(TopologyKey:
    "zone" => Zone, "hostname" => Hostname, "capacity_type" => CapacityType,
);

/// What the scheduler does when the spread cannot be kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize)]
#[serde(rename_all = "snake_case")]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub enum WhenUnsatisfiable {
    /// The pod stays pending.
    #[default]
    DoNotSchedule,
    /// The spread only ranks nodes.
    ScheduleAnyway,
}

from_json!(WhenUnsatisfiable:
    "do_not_schedule" => DoNotSchedule, "schedule_anyway" => ScheduleAnyway,
);

/// Whether nodes that the pod could not run on count all the same.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize)]
#[serde(rename_all = "snake_case")]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub enum NodeInclusionPolicy {
    /// They count: a dead zone whose tainted Node objects remain is still a domain.
    #[default]
    Ignore,
    /// They are left out.
    Honor,
}

from_json!(NodeInclusionPolicy: "ignore" => Ignore, "honor" => Honor);

/// A topology spread constraint.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[cfg_attr(test, schemars(default, deny_unknown_fields))]
pub struct TopologySpread {
    /// What pods are spread over.
    #[serde(skip_serializing_if = "json::is_default")]
    pub topology_key: TopologyKey,
    /// Largest allowed difference in pod count between domains, 1 to 100.
    #[cfg_attr(test, schemars(range(min = 1, max = 100)))]
    pub max_skew: u32,
    /// What happens when it cannot be kept.
    pub when_unsatisfiable: WhenUnsatisfiable,
    /// With fewer domains than this the emptiest counts as empty, 1 to 100; absent means 1.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[cfg_attr(test, schemars(range(min = 1, max = 100)))]
    pub min_domains: Option<u32>,
    /// Whether nodes outside the pod's selector and affinity count as domains; `honor` by default.
    #[serde(skip_serializing_if = "is_honor")]
    pub node_affinity_policy: NodeInclusionPolicy,
    /// Whether tainted nodes count as domains.
    pub node_taints_policy: NodeInclusionPolicy,
}

fn is_honor(policy: &NodeInclusionPolicy) -> bool {
    *policy == NodeInclusionPolicy::Honor
}

impl Default for TopologySpread {
    fn default() -> Self {
        Self {
            topology_key: TopologyKey::Zone,
            max_skew: 1,
            when_unsatisfiable: WhenUnsatisfiable::DoNotSchedule,
            min_domains: None,
            node_affinity_policy: NodeInclusionPolicy::Honor,
            node_taints_policy: NodeInclusionPolicy::Ignore,
        }
    }
}

from_json!(TopologySpread or default {
    topology_key, max_skew, when_unsatisfiable, min_domains, node_affinity_policy,
    node_taints_policy,
});

/// A wish about the node itself. All required ones have to hold; preferred ones rank nodes.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[cfg_attr(test, schemars(default, deny_unknown_fields))]
pub struct NodeAffinity {
    /// Zones that will do; absent means every zone.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub zones: Option<Vec<ZoneName>>,
    /// The capacity type that will do; absent means both.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub capacity_type: Option<CapacityType>,
    /// Weight of a preference, 1 to 100; absent means that it is required.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[cfg_attr(test, schemars(range(min = 1, max = 100)))]
    pub weight: Option<u32>,
}

from_json!(NodeAffinity or default { zones, capacity_type, weight });

/// A wish about the pods near by.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[cfg_attr(test, schemars(default, deny_unknown_fields))]
pub struct PodAffinity {
    /// Id of the deployment whose pods are meant; absent means its own.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub to: Option<String>,
    /// What counts as near.
    #[serde(skip_serializing_if = "json::is_default")]
    pub topology_key: TopologyKey,
    /// Weight of a preference, 1 to 100; absent means that it is required.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[cfg_attr(test, schemars(range(min = 1, max = 100)))]
    pub weight: Option<u32>,
}

from_json!(PodAffinity or default { to, topology_key, weight });

/// What a taint does to pods that do not tolerate it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize)]
#[serde(rename_all = "snake_case")]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub enum TaintEffect {
    /// They are not placed there.
    #[default]
    NoSchedule,
    /// They are placed elsewhere if that is possible.
    PreferNoSchedule,
    /// They are not placed there, nor kept.
    NoExecute,
}

from_json!(TaintEffect:
    "no_schedule" => NoSchedule, "prefer_no_schedule" => PreferNoSchedule,
    "no_execute" => NoExecute,
);

/// A taint that every node of a pool carries from the start.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[cfg_attr(test, schemars(deny_unknown_fields))]
pub struct Taint {
    /// Its name, such as `"gpu"`.
    pub key: String,
    /// Its value; absent means none.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub value: Option<String>,
    /// What it does.
    #[serde(default)]
    pub effect: TaintEffect,
}

from_json!(Taint { key, value or None, effect or TaintEffect::default() });

/// Taints that pods put up with.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[cfg_attr(test, schemars(default, deny_unknown_fields))]
pub struct Toleration {
    /// Name of the taints; absent means every name.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub key: Option<String>,
    /// Value of the taints; absent means every value.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub value: Option<String>,
    /// Effect of the taints; absent means every effect.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub effect: Option<TaintEffect>,
}

from_json!(Toleration or default { key, value, effect });

impl Toleration {
    /// True for a taint that it is about.
    #[must_use]
    pub fn tolerates(&self, taint: &Taint) -> bool {
        let says = |own: &Option<String>, other: Option<&str>| {
            own.as_deref().is_none_or(|own| Some(own) == other)
        };
        says(&self.key, Some(&taint.key))
            && says(&self.value, taint.value.as_deref())
            && self.effect.is_none_or(|effect| effect == taint.effect)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_toleration_leaves_open_what_it_does_not_say() {
        let text = |it: &str| (!it.is_empty()).then(|| it.to_string());
        let taint = Taint {
            key: "team".to_string(),
            value: text("search"),
            effect: TaintEffect::NoExecute,
        };
        let check = |key: &str, value: &str, effect: Option<TaintEffect>, expected: bool| {
            let toleration = Toleration {
                key: text(key),
                value: text(value),
                effect,
            };
            assert_eq!(toleration.tolerates(&taint), expected, "{toleration:?}");
        };
        check("", "", None, true);
        check("team", "", None, true);
        check("team", "search", Some(TaintEffect::NoExecute), true);
        check("teams", "", None, false);
        check("team", "sales", None, false);
        check("", "", Some(TaintEffect::NoSchedule), false);
    }
}
