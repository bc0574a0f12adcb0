//! Each action does what its name says, and nothing else.

use serde_json::json;

use super::*;
use crate::model::ZoneName;
use crate::units::SimTime;

fn document() -> Value {
    json!({
        "base": { "components": { "api": { "replicas": 9 } } },
        "designs": { "a": { "patch": {} }, "b": { "patch": {} }, "c": { "patch": {} } },
        "design_order": ["a", "b", "c"],
        "tape": { "faults": { "out": {
            "kind": "zone_power_loss", "at": "10h", "duration": "1h3min", "zone": "a"
        } } }
    })
}

fn state() -> State {
    let work = Work::new(Some("q1-2".to_string()), document());
    State::new(work, Language::Ja, Theme::System)
}

fn replicas(value: u32, gesture: Option<Gesture>) -> Action {
    replicas_of(Scope::Both, value, gesture)
}

fn replicas_of(scope: Scope, value: u32, gesture: Option<Gesture>) -> Action {
    Action::SetParameter {
        component: "api".to_string(),
        path: &["replicas"],
        value: json!(value),
        scope,
        gesture,
    }
}

fn at<'a>(state: &'a State, path: &[&str]) -> Option<&'a Value> {
    document::get(&state.work().document, path)
}

const REPLICAS: [&str; 4] = ["base", "components", "api", "replicas"];

#[test]
fn a_drag_of_a_slider_is_one_undo_step() {
    let gesture = Some(Gesture(1));
    let state = [5, 6, 7].into_iter().fold(state(), |state, value| {
        state.after(replicas(value, gesture))
    });
    assert_eq!(at(&state, &REPLICAS), Some(&json!(7)));
    let undone = state.after(Action::Undo);
    assert_eq!(at(&undone, &REPLICAS), Some(&json!(9)));
    assert!(!undone.work().is_edited() && !undone.history().can_undo());
    assert_eq!(undone.after(Action::Redo).work(), state.work());
}

#[test]
fn an_edit_that_changes_nothing_is_no_step() {
    let state = state().after(replicas(9, None));
    assert!(!state.history().can_undo());
}

#[test]
fn the_scope_says_which_design_is_edited() {
    let state = state().after(replicas_of(Scope::Candidate, 3, None));
    let patched = ["designs", "b", "patch", "components", "api", "replicas"];
    assert_eq!(at(&state, &REPLICAS), Some(&json!(9)));
    assert_eq!(at(&state, &patched), Some(&json!(3)));
}

#[test]
fn a_link_leaves_the_own_work_alone() {
    let mine = state().after(replicas(4, None));
    let shared = Work::new(None, json!({ "id": "theirs" }));
    let looking = mine.after(Action::OpenShared(shared.clone(), None));
    assert_eq!((looking.slot(), looking.work()), (Slot::Shared, &shared));
    assert_eq!(looking.own_work(), mine.work());
    let edited = looking.after(replicas(1, None));
    assert_eq!(edited.own_work(), mine.work());
    let back = edited.after(Action::LeaveShared);
    assert_eq!((back.slot(), back.work()), (Slot::Own, mine.work()));
    assert!(
        back.history().can_undo(),
        "the steps of the own work are kept"
    );
}

#[test]
fn a_kept_copy_is_a_step_of_the_own_work() {
    let mine = state().after(replicas(4, None));
    let shared = Work::new(None, json!({ "id": "theirs" }));
    let kept = mine
        .after(Action::OpenShared(shared.clone(), None))
        .after(Action::KeepCopy);
    assert_eq!((kept.slot(), kept.own_work()), (Slot::Own, &shared));
    assert_eq!(kept.after(Action::Undo).work(), mine.work());
}

#[test]
fn opening_a_file_can_be_undone() {
    let mine = state().after(Action::Select(Some("api".to_string())));
    let file = Work::new(None, json!({ "id": "file" }));
    let opened = mine.after(Action::Open(file, Some(Notice::Opened)));
    assert_eq!(
        (opened.selected.as_deref(), opened.notice.clone()),
        (None, Some(Notice::Opened))
    );
    assert_eq!(opened.after(Action::Undo).work(), mine.work());
}

#[test]
fn faults_come_and_go_with_a_notice_that_undo_takes_away() {
    let verb = FaultVerb::ZonePowerLoss(ZoneName("c".to_string()));
    let fault = verb.fault(SimTime::from_s(3600));
    let state = state();
    let id = verb.free_id(&state.work().document);
    let state = state.after(Action::SetFault(id.clone(), fault.clone(), None));
    assert_eq!(state.notice, Some(Notice::FaultAdded(fault.clone())));
    assert_eq!(state.faults().len(), 2);
    let removed = state.after(Action::RemoveFault(id));
    assert_eq!(removed.notice, Some(Notice::FaultRemoved(fault)));
    assert_eq!(removed.faults().len(), 1);
    let undone = removed.after(Action::Undo);
    assert_eq!((undone.faults().len(), undone.notice), (2, None));
}

#[test]
fn a_chosen_design_changes_places() {
    let state = state().after(Action::ChooseDesign(1, "c".to_string()));
    assert_eq!(
        document::pair(&state.work().document),
        [Some("a"), Some("c")]
    );
    assert!(state.history().can_undo());
}

#[test]
fn looks_are_no_steps() {
    let actions = [
        Action::SetLanguage(Language::En),
        Action::SetTheme(Theme::Dark),
        Action::SetLook(PaneLook::List),
        Action::SetTab(Tab::Faults),
        Action::SetPanel(Panel::Events),
        Action::SetEvents(EventFilter {
            with_details: true,
            ..EventFilter::default()
        }),
        Action::SetDialog(Some(Dialog::Help)),
    ];
    let state = actions
        .into_iter()
        .fold(state(), |state, action| state.after(action));
    assert!(!state.history().can_undo() && !state.work().is_edited());
    assert_eq!((state.language, state.theme), (Language::En, Theme::Dark));
    assert!(state.panel_open);
}
