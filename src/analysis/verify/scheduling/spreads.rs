//! Spread constraints as cases write them.

use crate::analysis::verify::fields::Fields;
use crate::analysis::verify::{Gap, Obstacle};
use crate::model::{TopologyKey, TopologySpread, WhenUnsatisfiable};

/// A constraint: its key, skew, what happens when it cannot be kept, and least domains.
pub(super) fn read(fields: &mut Fields<'_>) -> Result<TopologySpread, Obstacle> {
    Ok(TopologySpread {
        topology_key: key(&fields.take::<String>("topology_key")?)?,
        ..rule(fields)?
    })
}

/// A constraint without its key.
pub(super) fn rule(fields: &mut Fields<'_>) -> Result<TopologySpread, Obstacle> {
    let max_skew = fields.take("max_skew")?;
    let when = fields.maybe::<String>("when_unsatisfiable")?;
    Ok(TopologySpread {
        max_skew,
        when_unsatisfiable: match when.as_deref() {
            None | Some("DoNotSchedule") => WhenUnsatisfiable::DoNotSchedule,
            Some("ScheduleAnyway") => WhenUnsatisfiable::ScheduleAnyway,
            Some(other) => return Err(Gap::Value(other.to_string()).into()),
        },
        min_domains: fields.maybe("min_domains")?,
        ..TopologySpread::default()
    })
}

/// A topology key.
pub(super) fn key(word: &str) -> Result<TopologyKey, Obstacle> {
    match word {
        "zone" => Ok(TopologyKey::Zone),
        "node" | "hostname" => Ok(TopologyKey::Hostname),
        "capacity_type" => Ok(TopologyKey::CapacityType),
        other => Err(Gap::Value(other.to_string()).into()),
    }
}
