//! The timeline: the load curve, the faults, and the events in their lanes.
//!
//! Positions are seconds, and shares of the greatest rate; whoever draws turns them into pixels.
//! Events of one lane that would lie on top of each other are gathered into one marker with a
//! count, which shows the most telling of them.

use super::chart::Band;
use super::events::{EventLine, Lane, Shape};
use super::series;
use super::text::{Key, fill};
use super::{format, words};
use crate::model::{FaultKind, Language, Load, Region, RunPlan, Tape};
use crate::units::{SimDuration, order};

/// Points of the load curve.
const CURVE_POINTS: u32 = 240;

/// One marker: an event, or several close to each other.
#[derive(Debug, Clone, PartialEq)]
pub struct Marker {
    /// When the first of them happens, in seconds.
    pub at_s: f64,
    /// Lane.
    pub lane: Lane,
    /// Shape of the most telling one.
    pub shape: Shape,
    /// Positions of the events in the run's list, in order of time.
    pub events: Vec<usize>,
    /// What the marker says: the event's sentence, or how many events it stands for and the first.
    pub label: String,
}

/// Everything a timeline shows.
#[derive(Debug, Clone, PartialEq)]
pub struct Timeline {
    /// Length of the run in seconds.
    pub duration_s: f64,
    /// Planned load: seconds, and share of [`Timeline::peak_rps`] from 0 to 1.
    pub load: Vec<(f64, f64)>,
    /// Greatest planned load in requests per second.
    pub peak_rps: f64,
    /// The load curve in words.
    pub load_label: String,
    /// Planned faults in order of begin.
    pub bands: Vec<Band>,
    /// Markers in order of time.
    pub markers: Vec<Marker>,
}

/// Builds a timeline. Markers closer than `gap_s` seconds share one.
#[must_use]
pub fn timeline(
    load: &Load,
    tape: &Tape,
    plan: &RunPlan,
    region: Region,
    events: &[EventLine],
    gap_s: f64,
    language: Language,
) -> Timeline {
    let rates = planned_with_surges(load, tape, plan);
    let peak_rps = rates.iter().map(|point| point.1).fold(0.0, f64::max);
    let load_label = {
        let first = rates.first().map_or(0.0, |point| point.1);
        let last = rates.last().map_or(0.0, |point| point.1);
        let texts = [first, last, peak_rps].map(format::rate);
        fill(
            Key::LoadSummary,
            language,
            &[&texts[0], &texts[1], &texts[2]],
        )
    };
    let share = |rate: f64| if peak_rps > 0.0 { rate / peak_rps } else { 0.0 };
    Timeline {
        duration_s: plan.duration.as_s_f64(),
        load: rates.iter().map(|(at, rate)| (*at, share(*rate))).collect(),
        peak_rps,
        load_label,
        bands: bands(tape, plan, region, language),
        markers: markers(events, gap_s, language),
    }
}

/// The planned load, multiplied where the tape surges.
fn planned_with_surges(load: &Load, tape: &Tape, plan: &RunPlan) -> Vec<(f64, f64)> {
    let points = series::planned_load(load, plan.duration, CURVE_POINTS);
    points
        .into_iter()
        .map(|(at, rate)| (at, rate * surge(tape, at)))
        .collect()
}

/// The planned load at a time in seconds, multiplied where the tape surges, in requests per second.
#[must_use]
pub fn planned_rate(load: &Load, tape: &Tape, at_s: f64) -> f64 {
    load.planned_rate(SimDuration::from_s_f64(at_s)).rps() * surge(tape, at_s)
}

/// By how much the tape multiplies the load at a time in seconds.
fn surge(tape: &Tape, at_s: f64) -> f64 {
    let surges = tape.faults.values().filter_map(|fault| match fault {
        FaultKind::Surge { factor, .. } => {
            let from_s = fault.at().as_s_f64();
            (from_s <= at_s && at_s < from_s + fault.duration().as_s_f64()).then_some(*factor)
        }
        _ => None,
    });
    surges.product()
}

fn bands(tape: &Tape, plan: &RunPlan, region: Region, language: Language) -> Vec<Band> {
    let end = plan.duration.as_s_f64();
    let mut bands: Vec<Band> = tape
        .faults
        .values()
        .map(|fault| {
            let from_s = fault.at().as_s_f64();
            let to_s = (from_s + fault.duration().as_s_f64()).min(end);
            Band {
                from_s,
                to_s,
                label: words::fault(fault, region, language),
            }
        })
        .filter(|band| band.from_s < end)
        .collect();
    order::sort_by(&mut bands, |a, b| a.from_s.total_cmp(&b.from_s));
    bands
}

fn markers(events: &[EventLine], gap_s: f64, language: Language) -> Vec<Marker> {
    let mut markers: Vec<Marker> = Vec::new();
    for event in events.iter().filter(|event| event.important) {
        let near = markers
            .iter_mut()
            .rev()
            .find(|marker| marker.lane == event.lane);
        match near {
            Some(marker) if event.at_s - marker.at_s < gap_s => {
                marker.events.push(event.index);
                marker.shape = marker.shape.min(event.shape);
            }
            _ => markers.push(Marker {
                at_s: event.at_s,
                lane: event.lane,
                shape: event.shape,
                events: vec![event.index],
                label: format!("{} {}", event.time, event.text),
            }),
        }
    }
    for marker in &mut markers {
        if marker.events.len() > 1 {
            let count = format::count(marker.events.len() as f64);
            marker.label = format!(
                "{}: {}",
                fill(Key::ClusterOf, language, &[&count]),
                marker.label
            );
        }
    }
    markers
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::json::FromJson as _;
    use crate::view::events::Controller;
    use serde_json::json;

    fn event(index: usize, at_s: f64, lane: Lane, shape: Shape) -> EventLine {
        EventLine {
            index,
            at_s,
            time: format::elapsed_short(at_s),
            text: format!("event {index}"),
            shape,
            lane,
            important: index != 3,
            entity: String::new(),
            controller: Controller::Tape,
            rule: None,
            cause: None,
        }
    }

    #[test]
    fn crowded_events_share_a_marker_per_lane() {
        let events = [
            event(0, 0.0, Lane::Faults, Shape::Bang),
            event(1, 10.0, Lane::Alerts, Shape::Bang),
            event(2, 20.0, Lane::Faults, Shape::Cross),
            event(3, 25.0, Lane::Faults, Shape::Cross),
            event(4, 500.0, Lane::Faults, Shape::Ring),
        ];
        let markers = markers(&events, 60.0, Language::En);
        let got: Vec<_> = markers
            .iter()
            .map(|one| (one.shape, one.events.as_slice()))
            .collect();
        assert_eq!(
            got,
            [
                (Shape::Cross, &[0, 2][..]),
                (Shape::Bang, &[1][..]),
                (Shape::Ring, &[4][..]),
            ]
        );
        assert_eq!(markers[0].label, "2 events: 00:00 event 0");
    }

    #[test]
    fn the_load_curve_has_the_surge_of_the_tape() {
        let load = Load::from_json(&json!({"profile": {"kind": "constant", "rate": "100rps"}}))
            .expect("a load");
        let tape = Tape::from_json(&json!({"faults": {
            "surge": {"kind": "surge", "at": "12h", "duration": "2h", "factor": 3.0},
            "zone": {"kind": "zone_power_loss", "at": "1h", "duration": "2h", "zone": "a"},
        }}))
        .expect("a tape");
        let plan = RunPlan::default();
        let region = Region::ApNortheast1;
        let line = timeline(&load, &tape, &plan, region, &[], 60.0, Language::Ja);
        assert!((line.peak_rps - 300.0).abs() < 1e-9);
        assert_eq!(
            line.load_label,
            "100 req/s から 100 req/s まで、最大は 300 req/s"
        );
        let labels: Vec<&str> = line.bands.iter().map(|band| band.label.as_str()).collect();
        assert_eq!(labels, ["AZ 1a の停止", "アクセスが 3 倍"]);
        assert!(
            line.load
                .iter()
                .all(|(_, share)| (0.0..=1.0).contains(share))
        );
    }
}
