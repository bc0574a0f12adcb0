//! Axes with round ticks.

use crate::model::Language;
use crate::view::format;
use crate::view::text::{Key, fill};

/// A tick and its text.
#[derive(Debug, Clone, PartialEq)]
pub struct Tick {
    /// Where, in the axis's unit.
    pub value: f64,
    /// What is written there.
    pub label: String,
}

/// A range with ticks.
#[derive(Debug, Clone, PartialEq)]
pub struct Axis {
    /// Lower end.
    pub min: f64,
    /// Upper end; greater than the lower one.
    pub max: f64,
    /// Ticks inside the range, in order.
    pub ticks: Vec<Tick>,
}

/// Steps of a time axis in seconds.
const TIME_STEPS: [f64; 15] = [
    10.0,
    30.0,
    60.0,
    300.0,
    600.0,
    900.0,
    1_800.0,
    3_600.0,
    7_200.0,
    14_400.0,
    21_600.0,
    43_200.0,
    86_400.0,
    604_800.0,
    2_592_000.0,
];

/// Most ticks on the time axis.
const TIME_TICKS: f64 = 6.0;

/// Elapsed time in seconds: hours and minutes, or days for more than two.
pub(super) fn time((min, max): (f64, f64), language: Language) -> Axis {
    let length = (max - min).max(1.0);
    let max = min + length;
    let step = TIME_STEPS
        .into_iter()
        .find(|step| length / step <= TIME_TICKS);
    let step = step.unwrap_or(length / TIME_TICKS);
    let label = |s: f64| {
        if max > 172_800.0 && step >= 86_400.0 {
            fill(
                Key::DayTick,
                language,
                &[&format::quantity(s / 86_400.0, 1)],
            )
        } else {
            format::elapsed_short(s)
        }
    };
    let first = step * libm::ceil(min / step);
    Axis {
        min,
        max,
        ticks: ticks(first, max, step, label),
    }
}

/// From zero to a round figure above `highest`.
pub(super) fn from_zero(highest: f64, label: impl Fn(f64, usize) -> String) -> Axis {
    let highest = if highest > 0.0 { highest } else { 1.0 };
    let step = round_step(highest / 4.0);
    let max = step * libm::ceil(highest / step);
    let digits = step_digits(step);
    Axis {
        min: 0.0,
        max,
        ticks: ticks(0.0, max, step, |value| label(value, digits)),
    }
}

/// Percent from a round figure below `lowest` up to 100.
pub(super) fn up_to_hundred(lowest: f64) -> Axis {
    let missing = (100.0 - lowest).clamp(0.01, 100.0);
    let step = round_step(missing / 4.0);
    let max_missing = (step * libm::ceil(missing / step - 1e-9)).min(100.0);
    let min = 100.0 - max_missing;
    let digits = step_digits(step);
    Axis {
        min,
        max: 100.0,
        ticks: ticks(min, 100.0, step, |value| format::quantity(value, digits)),
    }
}

/// The smallest of 1, 2, 2.5 and 5 times a power of ten that is at least `least`.
fn round_step(least: f64) -> f64 {
    let power = libm::pow(10.0, libm::floor(libm::log10(least.max(1e-9))));
    let steps = [1.0, 2.0, 2.5, 5.0, 10.0];
    steps
        .into_iter()
        .map(|factor| factor * power)
        .find(|step| *step >= least * 0.999)
        .unwrap_or(1.0)
}

/// Decimals that tell multiples of a step apart.
fn step_digits(step: f64) -> usize {
    (0..6)
        .find(|digits| {
            let scaled = step * libm::pow(10.0, f64::from(*digits));
            (scaled - libm::round(scaled)).abs() < 1e-6
        })
        .map_or(6, |digits| digits as usize)
}

fn ticks(min: f64, max: f64, step: f64, label: impl Fn(f64) -> String) -> Vec<Tick> {
    let count = libm::floor((max - min) / step + 1e-6) as u32;
    let values = (0..=count).map(|at| min + step * f64::from(at));
    values
        .map(|value| Tick {
            value,
            label: label(value),
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(axis: &Axis, expected: &[&str]) {
        let labels: Vec<&str> = axis.ticks.iter().map(|tick| tick.label.as_str()).collect();
        assert_eq!(labels, expected);
        let ends = axis
            .ticks
            .iter()
            .all(|tick| axis.min <= tick.value && tick.value <= axis.max + 1e-6);
        assert!(ends && axis.min < axis.max, "{axis:?}");
    }

    #[test]
    fn ticks_are_round() {
        check(&up_to_hundred(0.0), &["0", "25", "50", "75", "100"]);
        check(
            &up_to_hundred(99.2),
            &["99.2", "99.4", "99.6", "99.8", "100"],
        );
        check(&up_to_hundred(99.95), &["99.94", "99.96", "99.98", "100"]);
        check(
            &up_to_hundred(100.0),
            &["99.99", "99.9925", "99.995", "99.9975", "100"],
        );
        check(
            &from_zero(1_900.0, format::quantity),
            &["0", "500", "1,000", "1,500", "2,000"],
        );
        check(
            &from_zero(0.0, format::quantity),
            &["0", "0.25", "0.5", "0.75", "1"],
        );
        check(
            &time((0.0, 86_400.0), Language::Ja),
            &[
                "00:00", "04:00", "08:00", "12:00", "16:00", "20:00", "24:00",
            ],
        );
        check(
            &time((0.0, 2_592_000.0), Language::En),
            &["0 d", "7 d", "14 d", "21 d", "28 d"],
        );
        check(
            &time((35_700.0, 36_900.0), Language::En),
            &["09:55", "10:00", "10:05", "10:10", "10:15"],
        );
    }
}
