//! The A|B screen: derives everything from the state and the latest answer, and lays it out.

use std::rc::Rc;

use gloo::timers::callback::Timeout;
use tradewind::model::Finding;
use tradewind::scenario::Scenario;
use tradewind::units::SimDuration;
use tradewind::view::events::{self, Words};
use tradewind::view::state::{Dialog, State};
use tradewind::view::words as names;
use yew::prelude::*;

use super::charts::Charts;
use super::designs::Designs;
use super::events::Lines;
use super::files::{Saving, use_files};
use super::help::Help;
use super::live::Live;
use super::notes::{Notes, Toast};
use super::share::Share;
use super::side::Side;
use super::status::Status;
use super::summary::{DeltaTable, Kpis, Verdict, summary};
use super::tabs::Tabs;
use super::timeline::Timeline;
use super::top_bar::TopBar;
use crate::engine::{Answers, Outcome, use_engine};
use crate::keyboard::use_keys;
use crate::playhead::Playhead;
use crate::reveal;
use crate::store::{Texts, use_texts};

#[derive(Properties, PartialEq)]
pub struct Props {
    /// The state of the page.
    pub state: State,
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
    let answers = use_engine(reading.0.clone());
    use_reveal(&answers);
    let Some(scenario) = last.borrow().clone() else {
        return html! {};
    };
    html! { <Desk state={state.clone()} is_stored={props.is_stored} {scenario} {answers} /> }
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
    state: State,
    is_stored: bool,
    scenario: Rc<Scenario>,
    answers: Answers,
}

impl PartialEq for DeskProps {
    fn eq(&self, other: &Self) -> bool {
        self.state == other.state
            && self.is_stored == other.is_stored
            && Rc::ptr_eq(&self.scenario, &other.scenario)
            && self.answers == other.answers
    }
}

/// Everything on screen, for a scenario that can be played.
#[component]
fn Desk(props: &DeskProps) -> Html {
    let DeskProps {
        state,
        scenario,
        answers,
        ..
    } = props;
    let texts = use_texts();
    let playhead = use_transport(scenario);
    let files = use_files(Saving::new(state, scenario));
    use_keys(files.open.clone(), files.save.clone());
    let lines = use_memo((answers.outcome.clone(), texts), |(outcome, texts)| {
        outcome
            .as_ref()
            .map(|outcome| event_lines(outcome, *texts))
            .unwrap_or_default()
    });
    let words = use_memo((answers.outcome.clone(), texts), |(outcome, texts)| {
        outcome
            .as_ref()
            .map(|outcome| Rc::new(summary(outcome, *texts)))
    });
    let words = (*words).clone();
    let is_settled = !answers.is_stale && answers.progress.is_none();
    let verdict = words
        .as_ref()
        .filter(|_| is_settled)
        .and_then(|words| words.verdict.as_ref());
    let message = verdict.map(|verdict| AttrValue::from(verdict.sentence.clone()));
    let title = AttrValue::from(scenario.title.get(texts.0).to_string());
    let selected = state.selected.clone().map(AttrValue::from);
    let region = scenario
        .designs
        .first()
        .map(|case| case.design.architecture.region);
    let preset = state.work().preset.clone().map(AttrValue::from);
    let dialog = match &state.dialog {
        Some(Dialog::Share) => html! {
            <Share work={state.work().clone()} title={title.clone()} on_save={files.save.clone()} />
        },
        Some(Dialog::Help) => html! { <Help /> },
        None => html! {},
    };
    let stale = answers.is_stale.then_some("stale");
    html! {
        <ContextProvider<Playhead> context={playhead}>
            <div class={classes!("shell", stale)} data-tab={state.tab.name()}>
                <div class="app" data-testid="app" data-stale={answers.is_stale.to_string()}>
                    <TopBar title={title.clone()} {preset}
                        can_undo={state.history().can_undo()} can_redo={state.history().can_redo()}
                        on_open={files.open.clone()} on_save={files.save.clone()} />
                    <Notes slot={state.slot()} notice={state.notice.clone()}
                        failure={answers.failure.clone()} is_stored={props.is_stored} />
                    <Verdict summary={words.clone()} progress={answers.progress}
                        stop={answers.stop.clone()} more={answers.more.clone()} />
                    <Kpis summary={words.clone()} />
                    <Designs {scenario} outcome={answers.outcome.clone()}
                        selected={selected.clone()} look={state.look} />
                    <Side {scenario} {selected} scope={state.scope} panel={state.panel}
                        is_open={state.panel_open} filter={state.events} lines={(*lines).clone()} />
                    <Timeline {scenario} lines={(*lines).clone()} />
                    <Charts outcome={answers.outcome.clone()}>
                        <DeltaTable summary={words.clone()} />
                    </Charts>
                    <Status {scenario} lines={(*lines).clone()} slot={state.slot()}
                        is_stored={props.is_stored} />
                </div>
                <Live {message} />
                <Tabs tab={state.tab} />
                <Toast notice={state.notice.clone()} region={region.unwrap_or_default()} {title} />
                { files.picker.clone() }
                { files.findings.clone() }
                { dialog }
            </div>
        </ContextProvider<Playhead>>
    }
}

/// How long after the first fault the playhead stands at the start: detection is over by then, and
/// repair has not begun. The picture that comes with the page shows the same moment.
const AFTER_FIRST_FAULT: SimDuration = SimDuration::from_min(5);

/// The playhead, for runs as long as the scenario says.
#[hook]
fn use_transport(scenario: &Rc<Scenario>) -> Playhead {
    let playhead = use_memo((), |()| {
        let playhead = Playhead::new(scenario.plan.duration);
        let first = scenario
            .tape
            .faults
            .values()
            .map(tradewind::model::FaultKind::at)
            .min();
        if let Some(first) = first {
            playhead.change(|transport| transport.forward(first + AFTER_FIRST_FAULT));
        }
        playhead
    });
    {
        let playhead = (*playhead).clone();
        use_effect_with(scenario.plan.duration, move |duration| {
            playhead.change(|transport| transport.set_duration(*duration));
        });
    }
    (*playhead).clone()
}

fn event_lines(outcome: &Outcome, texts: Texts) -> Lines {
    let of = |side: usize| {
        let case = &outcome.scenario.designs[side];
        let zones = names::zones(&case.design);
        events::lines(
            &outcome.logs[side],
            Words {
                zones: &zones,
                language: texts.0,
            },
        )
    };
    Lines(Rc::new([of(0), of(1)]))
}
