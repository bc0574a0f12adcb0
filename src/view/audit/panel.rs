//! The state of the audit's panel: which window of which design is chosen, and what came of it.
//!
//! A window consists of whole intervals of the run. It may be as long as [`LONGEST`] and hold as
//! many requests as [`MOST_REQUESTS`], so that nobody waits for minutes; the command has neither
//! limit. The window is placed near a moment that the visitor chose: where a fault or a spike
//! begins near it, a little before that, so that the window shows both.

use crate::analysis::audit::Audit;
use crate::model::{FaultKind, Language};
use crate::scenario::Scenario;
use crate::sim::Window;
use crate::units::{SimDuration, SimTime};
use crate::view::report::LETTERS;
use crate::view::{format, timeline};

use super::Phrase;

/// The longest window that the page plays.
pub const LONGEST: SimDuration = SimDuration::from_min(30);
/// Most requests that the page plays, as expected from the planned load: some seven seconds in a
/// browser.
pub const MOST_REQUESTS: f64 = 3e6;
/// A window's length at first.
const USUAL: SimDuration = SimDuration::from_min(10);
/// So long before a moment its window begins.
const BEFORE_MOMENT: SimDuration = SimDuration::from_min(5);
/// The same before a fault or a spike.
const BEFORE_HAPPENING: SimDuration = SimDuration::from_min(2);
/// The designs on screen.
const SIDES: usize = 2;

/// What can be pressed or filled in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Field {
    /// The choice of a design, by position.
    Design,
    /// The begin of the window, in seconds.
    From,
    /// The length of the window, in seconds.
    Length,
    /// The button that begins an audit, or stops it.
    Run,
    /// The button that takes the result away.
    Clear,
}

impl Field {
    /// Every field.
    pub const ALL: [Self; 5] = [
        Self::Design,
        Self::From,
        Self::Length,
        Self::Run,
        Self::Clear,
    ];

    /// Its name in messages and in HTML.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Design => "design",
            Self::From => "from",
            Self::Length => "length",
            Self::Run => "run",
            Self::Clear => "clear",
        }
    }
}

/// What is to be played.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Task {
    /// Position of the design.
    pub side: usize,
    /// Which part of the run.
    pub window: Window,
}

/// What an audit gave.
#[derive(Debug, Clone, PartialEq)]
pub struct Outcome {
    /// What was played.
    pub task: Task,
    /// How far the planes are apart.
    pub audit: Audit,
}

/// How far it is.
#[derive(Debug, Clone, PartialEq)]
pub enum Stage {
    /// Nothing has been asked for.
    Idle,
    /// It is being played: the share that is done, 0 to 1.
    Running(Task, f64),
    /// It was stopped.
    Stopped,
    /// The inputs have changed since.
    Outdated,
    /// It is over.
    Done(Box<Outcome>),
}

/// What a field asks of whoever plays.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Wish {
    /// To draw again.
    Draw,
    /// To play.
    Play(Task),
    /// To stop, or to take the result away.
    Clear,
}

/// The panel.
#[derive(Debug)]
pub struct Panel {
    /// Its language.
    pub language: Language,
    /// What is played; none when the document cannot be.
    pub scenario: Option<Scenario>,
    /// Position of the chosen design.
    pub side: usize,
    /// How far it is.
    pub stage: Stage,
    from: SimTime,
    length: SimDuration,
}

impl Panel {
    /// A panel for a scenario, with a window near a moment.
    #[must_use]
    pub fn new(language: Language, scenario: Option<Scenario>, moment: SimTime) -> Self {
        let mut panel = Self {
            language,
            scenario,
            side: 0,
            stage: Stage::Idle,
            from: SimTime::START,
            length: USUAL,
        };
        panel.place(moment);
        panel
    }

    /// Puts another document in the place of the last one. Its result goes with it.
    pub fn renew(&mut self, scenario: Option<Scenario>) {
        self.scenario = scenario;
        self.stage = match self.stage {
            Stage::Idle | Stage::Stopped => Stage::Idle,
            _ => Stage::Outdated,
        };
        self.fit();
    }

    /// Places the window near a moment: around what happens near it, or around the moment itself.
    /// The start of the run is where the playhead stands before anybody chose a moment.
    pub fn place(&mut self, moment: SimTime) {
        let mut near: Option<SimTime> = None;
        for start in self.happenings() {
            let distance = apart(start, moment);
            let is_near = moment == SimTime::START || distance <= USUAL;
            if is_near && near.is_none_or(|best| distance < apart(best, moment)) {
                near = Some(start);
            }
        }
        let lead = near.map_or(BEFORE_MOMENT, |_| BEFORE_HAPPENING);
        let from = near.unwrap_or(moment).since(SimTime::START + lead);
        // Figures leave the warm-up out.
        let warm_up = self.scenario.as_ref().map(|it| it.plan.warm_up);
        self.from = SimTime::START + from.max(warm_up.unwrap_or_default());
        self.length = USUAL;
        self.fit();
    }

    /// When faults and spikes begin.
    fn happenings(&self) -> impl Iterator<Item = SimTime> {
        let scenario = self.scenario.iter();
        let starts = scenario.flat_map(|it| {
            let faults = it.tape.faults.values().map(FaultKind::at);
            faults.chain(it.load.spikes.values().map(|spike| spike.at))
        });
        starts.map(|at| SimTime::START + at)
    }

    /// What a field says.
    pub fn hear(&mut self, name: &str, value: &str) -> Wish {
        let field = Field::ALL.into_iter().find(|field| field.name() == name);
        let seconds = || value.parse().unwrap_or(0);
        match field {
            Some(Field::Design) => self.side = value.parse().unwrap_or(0),
            Some(Field::From) => self.from = SimTime::from_s(seconds()),
            Some(Field::Length) => self.length = SimDuration::from_s(seconds()),
            Some(Field::Run) => return self.toggle(),
            Some(Field::Clear) => {
                self.stage = Stage::Idle;
                return Wish::Clear;
            }
            None => {}
        }
        self.fit();
        Wish::Draw
    }

    fn toggle(&mut self) -> Wish {
        if matches!(self.stage, Stage::Running(..)) {
            self.stage = Stage::Stopped;
            return Wish::Clear;
        }
        if self.obstacle().is_some() {
            return Wish::Draw;
        }
        let task = self.task();
        self.stage = Stage::Running(task, 0.0);
        Wish::Play(task)
    }

    /// What would be played now.
    #[must_use]
    pub fn task(&self) -> Task {
        let window = Window {
            from: self.from,
            to: self.from + self.length,
        };
        Task {
            side: self.side,
            window,
        }
    }

    /// Why the chosen window is not played, if it is not.
    #[must_use]
    pub fn obstacle(&self) -> Option<String> {
        let Some(scenario) = &self.scenario else {
            return Some(Phrase::Unplayable.text(self.language).to_string());
        };
        let time = |length| format::duration(length, self.language);
        if scenario.plan.interval > LONGEST {
            let values = [time(scenario.plan.interval), time(LONGEST)];
            let values = values.each_ref().map(String::as_str);
            return Some(Phrase::TooLong.fill(self.language, &values));
        }
        let expected = self.expected();
        (expected > MOST_REQUESTS).then(|| {
            let values = [about(expected), format::count(MOST_REQUESTS)];
            let values = values.each_ref().map(String::as_str);
            Phrase::TooMany.fill(self.language, &values)
        })
    }

    /// How many requests the window is expected to hold, by the planned load and the tape.
    #[must_use]
    pub fn expected(&self) -> f64 {
        const PARTS: u32 = 60;
        let Some(scenario) = &self.scenario else {
            return 0.0;
        };
        let length_s = self.length.as_s_f64() / f64::from(PARTS);
        let rates = (0..PARTS).map(|part| {
            let at_s = self.from.as_s_f64() + (f64::from(part) + 0.5) * length_s;
            timeline::planned_rate(&scenario.load, &scenario.tape, at_s)
        });
        rates.sum::<f64>() * length_s
    }

    /// The same in words.
    #[must_use]
    pub fn expected_text(&self) -> String {
        Phrase::Expected.fill(self.language, &[&about(self.expected())])
    }

    /// The designs that can be chosen: letter and name.
    pub fn designs(&self) -> impl Iterator<Item = String> {
        let designs = self.scenario.iter().flat_map(|it| it.designs.iter());
        let lettered = designs.take(SIDES).zip(LETTERS);
        lettered.map(|(case, letter)| format!("{letter} {}", case.name.get(self.language)))
    }

    /// The lowest, the highest, the chosen value and the step of the window's begin, in seconds.
    #[must_use]
    pub fn begins(&self) -> [u64; 4] {
        let (interval, duration) = self.grid();
        let last = duration.saturating_sub(self.length).whole_s();
        let step = interval.whole_s().max(1);
        [
            0,
            last / step * step,
            self.from.since(SimTime::START).whole_s(),
            step,
        ]
    }

    /// The same of its length.
    #[must_use]
    pub fn lengths(&self) -> [u64; 4] {
        let (interval, duration) = self.grid();
        let step = interval.whole_s().max(1);
        let most = LONGEST.min(duration).whole_s() / step * step;
        [step, most.max(step), self.length.whole_s(), step]
    }

    /// The window in words.
    #[must_use]
    pub fn window_text(&self, window: Window) -> String {
        let ends = [window.from, window.to].map(format::elapsed);
        let ends = ends.each_ref().map(String::as_str);
        Phrase::WindowIs.fill(self.language, &ends)
    }

    /// The command that does the same with a saved scenario.
    #[must_use]
    pub fn command(&self) -> String {
        let Window { from, to } = self.task().window;
        let [from, to] = [from, to].map(|at| at.since(SimTime::START));
        let designs = self.scenario.iter().flat_map(|it| it.designs.iter());
        let design = designs.map(|case| case.id.as_str()).nth(self.side);
        let design = design.unwrap_or_default();
        format!("tradewind audit FILE --design {design} --window {from}..{to}")
    }

    /// Length of an interval and of the run.
    fn grid(&self) -> (SimDuration, SimDuration) {
        let plan = self.scenario.as_ref().map(|it| &it.plan);
        plan.map_or((SimDuration::from_s(1), USUAL), |plan| {
            (plan.interval, plan.duration)
        })
    }

    /// Keeps the window inside the run, and on its intervals.
    fn fit(&mut self) {
        let (interval, duration) = self.grid();
        let step = interval.as_ns().max(1);
        let most = LONGEST.min(duration).max(interval);
        let length = self.length.min(most).max(interval).as_ns() / step * step;
        self.length = SimDuration::from_ns(length);
        let last = duration.saturating_sub(self.length);
        let from = self.from.since(SimTime::START).min(last).as_ns() / step * step;
        self.from = SimTime::from_ns(from);
        self.side = self.side.min(SIDES - 1);
    }
}

/// A number that is known to three digits.
fn about(n: f64) -> String {
    let unit = libm::pow(10.0, libm::floor(libm::log10(n.max(1.0))) - 2.0).max(1.0);
    format::count(libm::round(n / unit) * unit)
}

fn apart(one: SimTime, other: SimTime) -> SimDuration {
    one.since(other).max(other.since(one))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::scenario::presets;

    /// Question 1-2: a zone fails at 10:00, intervals of a minute.
    fn panel(moment_s: u64) -> Panel {
        let scenario = presets::find("q1-2").expect("built in").scenario();
        Panel::new(Language::En, Some(scenario), SimTime::from_s(moment_s))
    }

    #[track_caller]
    fn check(panel: &Panel, expected: &str) {
        assert_eq!(panel.window_text(panel.task().window), expected);
    }

    #[test]
    fn the_window_begins_before_a_fault_nearby_or_lies_around_the_moment() {
        check(&panel(36_300), "09:58:00 to 10:08:00");
        check(&panel(35_500), "09:58:00 to 10:08:00");
        check(&panel(50_030), "13:48:00 to 13:58:00");
        check(&panel(60), "00:10:00 to 00:20:00");
        check(&panel(0), "09:58:00 to 10:08:00");
        assert_eq!(panel(36_300).expected_text(), "About 724,000 requests");
        check(&panel(86_400), "23:50:00 to 24:00:00");
    }

    #[test]
    fn the_window_stays_inside_the_run_and_on_its_intervals() {
        let mut panel = panel(50_000);
        assert_eq!(panel.hear("length", "86399"), Wish::Draw);
        assert_eq!(panel.lengths(), [60, 1_800, 1_800, 60]);
        assert_eq!(panel.hear("from", "86399"), Wish::Draw);
        check(&panel, "23:30:00 to 24:00:00");
        assert_eq!(panel.begins(), [0, 84_600, 84_600, 60]);
        assert_eq!(panel.hear("length", "0"), Wish::Draw);
        check(&panel, "23:30:00 to 23:31:00");
        assert_eq!(panel.hear("from", "noon"), Wish::Draw);
        check(&panel, "00:00:00 to 00:01:00");
        assert_eq!(panel.hear("mood", "good"), Wish::Draw);
        assert_eq!(
            panel.command(),
            "tradewind audit FILE --design multi-az --window 0s..1min"
        );
    }

    #[test]
    fn too_many_requests_are_told_and_not_played() {
        let mut panel = panel(50_000);
        panel.hear("length", "600");
        panel.hear("from", "50100");
        let mean = panel.expected() / 600.0;
        assert!((1_490.0..1_500.0).contains(&mean), "{mean} a second");
        assert_eq!(panel.obstacle(), None);
        let scenario = panel.scenario.take().expect("there is one");
        let patch = serde_json::json!({ "load": { "profile": {
            "kind": "constant", "high": null, "low": null, "peak_at": null, "rate": "6000rps"
        } } });
        panel.renew(scenario.with_patch(&patch).0);
        let obstacle = panel.obstacle().expect("3.6 million are too many");
        assert!(
            obstacle.starts_with("About 3,600,000 requests are more than the 3,000,000"),
            "{obstacle}"
        );
        assert_eq!(panel.hear("run", ""), Wish::Draw);
        assert_eq!(panel.stage, Stage::Idle);
    }

    #[test]
    fn the_button_begins_and_stops_and_a_change_outdates() {
        let mut panel = panel(36_300);
        panel.hear("design", "1");
        let Wish::Play(task) = panel.hear("run", "") else {
            panic!("it begins");
        };
        assert_eq!(
            (task.side, panel.stage == Stage::Running(task, 0.0)),
            (1, true)
        );
        assert_eq!(panel.hear("run", ""), Wish::Clear);
        assert_eq!(panel.stage, Stage::Stopped);
        panel.hear("run", "");
        let same = panel.scenario.clone();
        panel.renew(same);
        assert_eq!(panel.stage, Stage::Outdated);
        panel.renew(None);
        assert_eq!(
            panel.obstacle().as_deref(),
            Some("This scenario cannot be played.")
        );
        assert_eq!(panel.hear("clear", ""), Wish::Clear);
        assert_eq!(panel.stage, Stage::Idle);
    }
}
