//! The A|B screen: derives everything from the state and the latest answer, and lays it out.

use std::rc::Rc;

use gloo::timers::callback::Timeout;
use tradewind::model::{Finding, Region};
use tradewind::scenario::Scenario;
use tradewind::units::SimDuration;
use tradewind::view::events::{self, Words};
use tradewind::view::state::{Dialog, Panel, State, Tab, Transport};
use tradewind::view::text::Key;
use tradewind::view::words as names;
use yew::prelude::*;

use super::audit::use_auditor;
use super::charts::Charts;
use super::designs::Designs;
use super::events::Lines;
use super::files::{Files, Saving, use_files};
use super::help::help;
use super::live::use_live;
use super::load::LoadWindow;
use super::notes::{Toast, notes};
use super::question_menu::use_questions;
use super::share::share;
use super::side::side;
use super::status::status;
use super::summary::{Summary, delta_table, kpi_row, summary, verdict};
use super::tabs::tabs;
use super::timeline::Timeline;
use super::top_bar::top_bar;
use super::validation::validation;
use crate::boot::is_narrow;
use crate::element::{el, on_any};
use crate::engine::{Answers, Outcome, use_engine};
use crate::keyboard::use_keys;
use crate::playhead::Playhead;
use crate::reveal;
use crate::store::{Texts, Ui};

#[derive(Properties, PartialEq)]
pub struct Props {
    /// What all parts share.
    pub ui: Ui,
    /// The state of the page.
    pub state: Rc<State>,
    /// False when the browser refuses to store.
    pub is_stored: bool,
}

/// The scenario of a document, if it can be played, and what is wrong with it.
type Reading = (Option<Rc<Scenario>>, Vec<Finding>);

/// The A|B screen.
#[component]
pub fn Screen(props: &Props) -> Html {
    let state = &props.state;
    let reading: Rc<Reading> = use_memo(Rc::clone(&state.work().document), |document| {
        let (scenario, findings) = Scenario::from_value((**document).clone());
        (scenario.map(Rc::new), findings)
    });
    // A scenario that cannot be played leaves the last one on screen.
    let last = use_mut_ref(|| None::<Rc<Scenario>>);
    if let Some(scenario) = &reading.0 {
        *last.borrow_mut() = Some(Rc::clone(scenario));
    }
    let answers = use_engine(reading.0.clone(), looks_at_callers(state));
    use_reveal(&answers);
    let Some(scenario) = last.borrow().clone() else {
        return html! {};
    };
    html! {
        <Desk ui={props.ui.clone()} state={state.clone()} is_stored={props.is_stored} {scenario}
            {answers} />
    }
}

/// True when the panel shows what callers meet.
fn looks_at_callers(state: &State) -> bool {
    state.panel == Panel::Inspector && state.selected.is_some()
}

/// Takes the place of the first picture when the live result is as good as the one in it, or soon.
#[hook]
fn use_reveal(answers: &Answers) {
    const PATIENCE_MS: u32 = 2_000;
    let is_answered = answers.outcome.is_some() || answers.failure.is_some();
    let is_final = is_answered && answers.progress.is_none();
    use_effect_with((is_answered, is_final), |(is_answered, is_final)| {
        if *is_final {
            reveal::now();
        }
        let timer = (*is_answered && !is_final).then(|| Timeout::new(PATIENCE_MS, reveal::now));
        move || drop(timer)
    });
}

#[derive(Clone, Properties)]
struct DeskProps {
    ui: Ui,
    state: Rc<State>,
    is_stored: bool,
    scenario: Rc<Scenario>,
    answers: Answers,
}

impl PartialEq for DeskProps {
    fn eq(&self, other: &Self) -> bool {
        Rc::ptr_eq(&self.state, &other.state)
            && self.ui == other.ui
            && self.is_stored == other.is_stored
            && Rc::ptr_eq(&self.scenario, &other.scenario)
            && self.answers == other.answers
    }
}

/// Everything on screen, for a scenario that can be played.
#[component]
fn Desk(props: &DeskProps) -> Html {
    let DeskProps {
        ui,
        state,
        is_stored,
        scenario,
        answers,
    } = props;
    use_transport(&ui.playhead, scenario);
    let files = use_files(ui, Saving::new(state, scenario));
    use_keys(&ui.store, &files.open, &files.save);
    use_top(state);
    let questions = use_questions();
    let outcome = &answers.outcome;
    let told = use_memo((outcome.clone(), ui.texts), |(outcome, texts)| {
        outcome.as_ref().map(|outcome| Told::new(outcome, *texts))
    });
    let told = told.as_ref().as_ref();
    let summary = told.map(|told| &told.summary);
    let lines = told.map(|told| told.lines.clone()).unwrap_or_default();
    let is_settled = !answers.is_stale && answers.progress.is_none();
    let verdict_now = summary.filter(|_| is_settled);
    let verdict_now = verdict_now.and_then(|summary| summary.verdict.as_ref());
    let live = use_live(verdict_now.map(|verdict| verdict.sentence.clone().into()));
    let (auditor, audited) = use_auditor(ui, scenario);
    let title = scenario.title.get(ui.language());
    let region = scenario.designs.first();
    let region = region.map(|case| case.design.architecture.region);
    let failure = answers.failure.as_deref();
    let designs = html! {
        <Designs ui={ui.clone()} {scenario} outcome={outcome.clone()}
            selected={state.selected.clone()} look={state.look} />
    };
    let timeline = html! {
        <Timeline ui={ui.clone()} {scenario} lines={lines.clone()} auditor={auditor.clone()} />
    };
    let charts = html! { <Charts ui={ui.clone()} outcome={outcome.clone()} {audited} /> };
    let charts = el("section")
        .class("charts")
        .set("id", "charts")
        .label(ui.get(Key::RegionCharts))
        .add(charts)
        .add(delta_table(ui, summary));
    let app = el("div")
        .class("app")
        .testid("app")
        .truth("data-stale", answers.is_stale)
        .add(top_bar(ui, title, state, &questions, &files))
        .add(notes(ui, state, failure, *is_stored))
        .add(verdict(ui, summary, answers))
        .add(kpi_row(ui, summary))
        .add(designs)
        .add(side(ui, scenario, state, answers, &lines, &auditor))
        .add(timeline)
        .add(charts)
        .add(status(ui, scenario, &lines, state.slot(), *is_stored));
    el("div")
        .class_if("shell", answers.is_stale, "stale")
        .set("data-tab", state.tab.name())
        .add(app)
        .add(live)
        .add(tabs(ui, state.tab))
        .add(toast(ui, state, region.unwrap_or_default(), title))
        .add(files.picker.clone())
        .add(files.findings.clone())
        .add(dialog(ui, state, scenario, &files))
        .into()
}

/// The last change, if it is one to tell of.
fn toast(ui: &Ui, state: &State, region: Region, title: &str) -> Html {
    let notice = state.notice.as_ref().filter(|notice| notice.is_passing());
    notice.map_or_else(Html::default, |notice| {
        html! {
            <Toast ui={ui.clone()} notice={notice.clone()} {region} title={title.to_string()} />
        }
    })
}

/// The window over the page, if one is open.
fn dialog(ui: &Ui, state: &State, scenario: &Scenario, files: &Files) -> Html {
    let title = scenario.title.get(ui.language());
    match &state.dialog {
        Some(Dialog::Share) => share(ui, state.work(), title, on_any(&files.save)),
        Some(Dialog::Help) => help(ui),
        Some(Dialog::Validation) => validation(ui),
        Some(Dialog::Load(text)) => html! {
            <LoadWindow
                key={text.as_str()} ui={ui.clone()} text={text.clone()}
                run={scenario.plan.duration}
            />
        },
        None => Html::default(),
    }
}

/// Brings a phone's page to its top when it shows something else: another tab, or another panel on
/// the tab that is nothing but a panel.
#[hook]
fn use_top(state: &State) {
    let panel = (state.tab == Tab::Faults).then_some(state.panel);
    let first = use_mut_ref(|| true);
    use_effect_with((state.tab, panel), move |_| {
        if !first.replace(false)
            && is_narrow()
            && let Some(window) = web_sys::window()
        {
            window.scroll_to_with_x_and_y(0.0, 0.0);
        }
    });
}

/// An answer in words.
struct Told {
    lines: Lines,
    summary: Summary,
}

impl Told {
    fn new(outcome: &Outcome, texts: Texts) -> Self {
        Self {
            lines: event_lines(outcome, texts),
            summary: summary(outcome, texts),
        }
    }
}

/// How long after the first fault the playhead stands at the start: detection is over by then, and
/// repair has not begun. The picture that comes with the page shows the same moment.
const AFTER_FIRST_FAULT: SimDuration = SimDuration::from_min(5);

/// Fits the playhead to runs as long as the scenario says.
#[hook]
fn use_transport(playhead: &Playhead, scenario: &Scenario) {
    let duration = scenario.plan.duration;
    use_memo((), |()| {
        let faults = scenario.tape.faults.values();
        let first = faults.map(tradewind::model::FaultKind::at).min();
        playhead.change(|transport| {
            *transport = Transport::new(duration);
            if let Some(first) = first {
                transport.forward(first + AFTER_FIRST_FAULT);
            }
        });
    });
    let playhead = playhead.clone();
    use_effect_with(duration, move |duration| {
        playhead.change(|transport| transport.set_duration(*duration));
    });
}

fn event_lines(outcome: &Outcome, texts: Texts) -> Lines {
    let of = |side: usize| {
        let case = &outcome.scenario.designs[side];
        let zones = names::zones(&case.design);
        let region = case.design.architecture.region;
        let faults = names::faults(&outcome.scenario.tape, region, texts.0);
        events::lines(
            &outcome.logs[side],
            Words {
                zones: &zones,
                faults: &faults,
                language: texts.0,
            },
        )
    };
    Lines(Rc::new([of(0), of(1)]))
}
