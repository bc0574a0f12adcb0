//! The audit's panel as HTML: a frame that is written when the window is placed, and places in it
//! whose content follows the state. Fields are not places, so what a visitor moves stays in hand.

use std::fmt::Write as _;

use super::markup::escaped;
use crate::model::Language;
use crate::view::audit::{COLUMNS, Field, FigureRow, Outcome, Panel, Phrase, Stage, Task, bars};
use crate::view::format;
use crate::view::report::LETTERS;

/// The place of the frame.
pub const FRAME: &str = "page";
/// Its style: the page's own sheet holds only what every visitor needs.
const STYLE: &str = include_str!("../../www/audit.css");

/// The panel with its places still empty. `is_called`: the visitor asked for it just now, so the
/// focus goes to the button that begins.
#[must_use]
pub fn frame(panel: &Panel, is_called: bool) -> String {
    let say = |phrase: Phrase| escaped(phrase.text(panel.language));
    let design = Field::Design.name();
    let designs: String = panel
        .designs()
        .enumerate()
        .map(|(at, name)| {
            let chosen = if at == panel.side {
                " selected=\"\""
            } else {
                ""
            };
            format!("<option value=\"{at}\"{chosen}>{}</option>", escaped(&name))
        })
        .collect();
    let focus = if is_called { " autofocus=\"\"" } else { "" };
    format!(
        "<style>{STYLE}</style><h3>{}</h3><p class=\"muted small\" data-place=\"what\"></p>\
         <label class=\"line\"><span>{}</span>\
         <select class=\"field\" data-field=\"{design}\">{designs}</select></label>{}{}\
         <p class=\"muted small\" role=\"status\" data-place=\"cost\"></p>\
         <div class=\"row\"><button class=\"button primary\" data-field=\"{}\" data-place=\"verb\"\
         {focus}></button><span data-place=\"clear\"></span></div>\
         <p role=\"status\" data-place=\"stage\"></p><div data-place=\"progress\"></div>\
         <div data-place=\"result\"></div>\
         <p class=\"muted small\">{} <code data-place=\"command\"></code></p>",
        say(Phrase::Title),
        say(Phrase::Design),
        slider(panel, Field::From, Phrase::From, panel.begins()),
        slider(panel, Field::Length, Phrase::Length, panel.lengths()),
        Field::Run.name(),
        say(Phrase::Natively),
    )
}

/// A slider with its value beside it, which is a place; screen readers hear the value's text and
/// not the slider's number.
fn slider(panel: &Panel, field: Field, label: Phrase, [min, max, value, step]: [u64; 4]) -> String {
    let (name, label) = (field.name(), escaped(label.text(panel.language)));
    format!(
        "<label class=\"line\"><span>{label}</span>\
         <input type=\"range\" data-field=\"{name}\" min=\"{min}\" max=\"{max}\" step=\"{step}\" \
         value=\"{value}\" aria-label=\"{label}\"/>\
         <output data-place=\"{name}-value\" data-of=\"{name}\"></output></label>"
    )
}

/// What stands in each place of the frame.
#[must_use]
pub fn places(panel: &Panel) -> [(&'static str, String); 10] {
    let language = panel.language;
    let window = panel.task().window;
    let begins = format::elapsed(window.from);
    let length = format::duration(window.to.since(window.from), language);
    let is_running = matches!(panel.stage, Stage::Running(..));
    let verb = if is_running {
        Phrase::Stop
    } else {
        Phrase::Begin
    };
    [
        ("what", what(panel)),
        ("from-value", begins),
        ("length-value", length),
        ("cost", cost(panel)),
        ("verb", escaped(verb.text(language))),
        ("clear", clear(panel)),
        ("stage", stage(panel)),
        ("progress", progress(panel)),
        ("result", result(panel)),
        ("command", command(panel)),
    ]
}

/// What this is about, until there is something to see.
fn what(panel: &Panel) -> String {
    match panel.stage {
        Stage::Done(_) => String::new(),
        _ => escaped(Phrase::What.text(panel.language)),
    }
}

/// A button that takes the result away, if there is one.
fn clear(panel: &Panel) -> String {
    let Stage::Done(_) = panel.stage else {
        return String::new();
    };
    let (field, text) = (Field::Clear.name(), Phrase::Clear.text(panel.language));
    let text = escaped(text);
    format!("<button class=\"button\" data-field=\"{field}\">{text}</button>")
}

/// How much there is to play, or why it is not played.
fn cost(panel: &Panel) -> String {
    if let Some(obstacle) = panel.obstacle() {
        return format!("<b class=\"bad\">✕ {}</b>", escaped(&obstacle));
    }
    escaped(&panel.expected_text())
}

/// The command, word by word, so that no line ends inside one.
fn command(panel: &Panel) -> String {
    let command = panel.command();
    let words = command.split(' ');
    let words = words.map(|word| format!("<span>{}</span>", escaped(word)));
    words.collect::<Vec<_>>().join(" ")
}

/// Where it stands, in a sentence that changes only when something begins or ends.
fn stage(panel: &Panel) -> String {
    let language = panel.language;
    let (name, text) = match &panel.stage {
        Stage::Idle => return String::new(),
        Stage::Running(task, _) => {
            let values = [letter(*task).to_string(), window(panel, *task)];
            let values = values.each_ref().map(String::as_str);
            ("running", Phrase::Running.fill(language, &values))
        }
        Stage::Stopped => ("stopped", Phrase::Stopped.text(language).to_string()),
        Stage::Outdated => ("outdated", Phrase::Outdated.text(language).to_string()),
        Stage::Done(outcome) => ("done", finished(panel, outcome)),
    };
    format!("<span data-state=\"{name}\">{}</span>", escaped(&text))
}

fn finished(panel: &Panel, outcome: &Outcome) -> String {
    let agreements = &outcome.audit.agreements;
    let n_held = agreements.iter().filter(|it| it.holds()).count();
    let values = [
        letter(outcome.task).to_string(),
        window(panel, outcome.task),
        n_held.to_string(),
        agreements.len().to_string(),
    ];
    let values = values.each_ref().map(String::as_str);
    Phrase::Finished.fill(panel.language, &values)
}

fn letter(task: Task) -> &'static str {
    LETTERS[task.side]
}

fn window(panel: &Panel, task: Task) -> String {
    panel.window_text(task.window)
}

/// How much of it is done; beside the sentence, so that it is not read out at every change.
fn progress(panel: &Panel) -> String {
    let Stage::Running(_, done) = panel.stage else {
        return String::new();
    };
    let percent = format::percent(done, 0);
    let share = (done * 100.0) as u32;
    format!(
        "<progress max=\"100\" value=\"{share}\"></progress> <span class=\"num\">{percent}</span>"
    )
}

/// The figures against their bars.
fn result(panel: &Panel) -> String {
    let Stage::Done(outcome) = &panel.stage else {
        return String::new();
    };
    let say = |phrase: Phrase| escaped(phrase.text(panel.language));
    let between = match panel.language {
        Language::Ja => "",
        Language::En => " ",
    };
    let heads = COLUMNS.map(|column| {
        let head = say(column);
        format!("<th scope=\"col\" role=\"columnheader\">{head}</th>")
    });
    let mut out = format!(
        "<p class=\"small\">{}{between}{}</p>\
         <table class=\"audit\" role=\"table\"><caption class=\"unseen\">{}</caption>\
         <thead class=\"unseen\" role=\"rowgroup\"><tr role=\"row\">{}</tr></thead>\
         <tbody role=\"rowgroup\">",
        say(bars(&outcome.audit)),
        say(Phrase::OnCharts),
        escaped(&finished(panel, outcome)),
        heads.concat(),
    );
    for agreement in &outcome.audit.agreements {
        let exact = [
            Some(agreement.fluid),
            Some(agreement.requests),
            Some(agreement.difference),
            Some(agreement.bar),
            agreement.chance,
        ];
        let row = FigureRow::of(agreement, panel.language);
        write_figure(&mut out, &row, exact, panel.language);
    }
    let _ = write!(
        out,
        "</tbody></table><p class=\"muted small\">{}</p>",
        say(Phrase::ByChance)
    );
    out
}

/// A figure: a row that is shown as a small card. Roles are written out, because a row that is laid
/// out as a grid is no row for some browsers.
fn write_figure(out: &mut String, row: &FigureRow, exact: [Option<f64>; 5], language: Language) {
    let _ = write!(
        out,
        "<tr role=\"row\"><th scope=\"row\" role=\"rowheader\">{}</th>",
        escaped(row.name)
    );
    for ((text, exact), column) in row.values.iter().zip(exact).zip(&COLUMNS[1..]) {
        let exact = exact.map(|it| it.to_string()).unwrap_or_default();
        let _ = write!(
            out,
            "<td role=\"cell\" data-label=\"{}\"><data value=\"{exact}\">{}</data></td>",
            escaped(column.text(language)),
            escaped(text)
        );
    }
    let (class, sign) = if row.holds {
        ("chip passed", '✓')
    } else {
        ("chip down", '✕')
    };
    let _ = write!(
        out,
        "<td role=\"cell\" class=\"verdict-cell\"><span class=\"{class}\">{sign} {}</span></td>\
         </tr>",
        escaped(row.verdict)
    );
}

#[cfg(test)]
mod tests {
    use super::super::markup::check_well_formed;
    use super::*;
    use crate::analysis::audit::{Agreement, Audit, Subject};
    use crate::scenario::presets;
    use crate::units::SimTime;

    fn panel(language: Language) -> Panel {
        let scenario = presets::find("q1-2").expect("built in").scenario();
        Panel::new(language, Some(scenario), SimTime::from_s(36_000))
    }

    fn place(panel: &Panel, name: &str) -> String {
        let found = places(panel).into_iter().find(|(place, _)| *place == name);
        found.expect("a place").1
    }

    fn done(panel: &mut Panel) {
        let figure = |subject, difference| Agreement {
            subject,
            fluid: 0.1025,
            requests: 0.1,
            difference,
            bar: 0.05,
            chance: None,
        };
        let audit = Audit {
            calm: true,
            agreements: vec![
                figure(Subject::LatencyMean, 0.025),
                figure(Subject::LatencyP99, 0.06),
            ],
            moments: Vec::new(),
        };
        let task = panel.task();
        panel.stage = Stage::Done(Box::new(Outcome { task, audit }));
    }

    #[test]
    fn frame_and_places_are_well_formed_and_fit_together() {
        for language in [Language::Ja, Language::En] {
            let mut panel = panel(language);
            done(&mut panel);
            let frame = frame(&panel, true);
            let body = frame.split_once("</style>").expect("a style").1;
            check_well_formed(body);
            for (name, html) in places(&panel) {
                check_well_formed(&html);
                assert!(frame.contains(&format!("data-place=\"{name}\"")), "{name}");
            }
            let all = frame + &place(&panel, "clear");
            for field in Field::ALL {
                let name = format!("data-field=\"{}\"", field.name());
                assert!(all.contains(&name), "{name}");
            }
        }
    }

    #[test]
    fn each_figure_says_in_words_whether_it_is_within_its_bar() {
        let mut panel = panel(Language::En);
        done(&mut panel);
        let result = place(&panel, "result");
        assert!(
            result.contains("<data value=\"0.1025\">102.5 ms</data>"),
            "{result}"
        );
        assert_eq!(result.matches("✓ Within its bar").count(), 1);
        assert_eq!(result.matches("✕ Outside its bar").count(), 1);
        let stage = place(&panel, "stage");
        assert!(
            stage.contains("A, 09:58:00 to 10:08:00: 1 of 2 figures within their bars"),
            "{stage}"
        );
    }

    #[test]
    fn the_sentence_does_not_change_while_it_runs() {
        let mut panel = panel(Language::Ja);
        let task = panel.task();
        let mut at = |done| {
            panel.stage = Stage::Running(task, done);
            (place(&panel, "stage"), place(&panel, "progress"))
        };
        let (begin, later) = (at(0.0), at(0.427));
        assert_eq!(begin.0, later.0);
        assert!(
            later.1.contains("value=\"42\"") && later.1.contains("43 %"),
            "{later:?}"
        );
    }
}
