//! The validation page as HTML: a frame that is written once, and places in it whose content
//! follows the state. Fields are not places, so what a visitor writes is never overwritten.

use std::fmt::Write as _;

use super::markup::escaped;
use crate::analysis::verify::Status;
use crate::view::validation::{
    CaseRow, FILES, Field, FigureRow, Inputs, Page, Part, Phrase, Tally,
};

/// The place of the frame.
pub const FRAME: &str = "page";
/// The command that does the same.
const COMMAND: &str = "cargo run --release -- verify tests/vectors/*.json";
/// Its style: the page's own sheet holds only what every visitor needs.
const STYLE: &str = include_str!("../../www/validation.css");

/// Word, class and sign of each status, in the order of [`Status::ALL`].
const STATUSES: [(Phrase, &str, char); 3] = [
    (Phrase::Passed, "chip passed", '✓'),
    (Phrase::Failed, "chip down", '✕'),
    (Phrase::Unsupported, "chip absent", '–'),
];

/// The page with its places still empty.
#[must_use]
pub fn frame(page: &Page) -> String {
    let text = |phrase: Phrase| escaped(phrase.text(page.language));
    let about: String = [Phrase::Proves, Phrase::ProvesNot, Phrase::Origin]
        .map(|phrase| format!("<p>{}</p>", text(phrase)))
        .concat();
    let [what, natively] = [Phrase::What, Phrase::Natively].map(text);
    let [search, hint] = [Phrase::Search, Phrase::SearchHint].map(text);
    let [run, word] = [Field::Run, Field::Text].map(Field::name);
    let families = FILES.map(|(_, family)| family);
    let families = choice(page, Field::File, Phrase::Family, &families);
    let statuses = STATUSES.map(|(phrase, _, _)| phrase);
    let statuses = choice(page, Field::Status, Phrase::Status, &statuses);
    format!(
        "<style>{STYLE}</style><p>{what}</p>\
         <div class=\"note\">\
         <span class=\"grow\" role=\"status\" data-place=\"progress\"></span>\
         <button class=\"button\" data-field=\"{run}\" data-place=\"verb\"></button></div>\
         <div class=\"split\"><div data-place=\"tally\"></div>\
         <div class=\"about\">{about}<p>{natively} <code>{COMMAND}</code></p></div></div>\
         <div class=\"row filters\">{families}{statuses}\
         <input class=\"field\" type=\"search\" data-field=\"{word}\" placeholder=\"{hint}\" \
         aria-label=\"{search}\"/>\
         <span role=\"status\" data-place=\"shown\"></span></div>\
         <div data-place=\"cases\"></div>"
    )
}

/// A choice of one phrase or all, by number.
fn choice(page: &Page, field: Field, label: Phrase, among: &[Phrase]) -> String {
    let label = escaped(label.text(page.language));
    let all = escaped(Phrase::All.text(page.language));
    let mut out = format!(
        "<select class=\"field\" data-field=\"{}\" aria-label=\"{label}\">\
         <option value=\"\">{label}: {all}</option>",
        field.name()
    );
    for (at, phrase) in among.iter().enumerate() {
        let text = escaped(phrase.text(page.language));
        let _ = write!(out, "<option value=\"{at}\">{text}</option>");
    }
    out + "</select>"
}

/// What stands in each place of the frame.
#[must_use]
pub fn places(page: &Page) -> [(&'static str, String); 5] {
    let (shown, n_found) = page.shown();
    let (state, progress, verb) = progress(page);
    [
        (
            "progress",
            format!("<span data-state=\"{state}\">{}</span>", escaped(&progress)),
        ),
        ("verb", escaped(verb.text(page.language))),
        ("tally", tally(page)),
        ("shown", escaped(&count(page, shown.len()))),
        ("cases", cases(page, &shown, n_found)),
    ]
}

/// How far the run is: a name for tests, a sentence, and what the button does.
fn progress(page: &Page) -> (&'static str, String, Phrase) {
    let (run, language) = (&page.run, page.language);
    let (done, all) = (run.done().to_string(), FILES.len().to_string());
    if run.is_running {
        let text = Phrase::Progress.fill(language, &[&done, &all]);
        return ("running", text, Phrase::Stop);
    }
    if run.failed() > 0 {
        let values = [run.failed().to_string(), all];
        let text = Phrase::Trouble.fill(language, &values.each_ref().map(String::as_str));
        return ("failed", text, Phrase::Retry);
    }
    if run.done() < FILES.len() {
        let text = Phrase::Stopped.text(language).to_string();
        return ("stopped", text, Phrase::Again);
    }
    let tally = run.tally();
    let [passed, failed, unsupported] = Status::ALL.map(|status| tally.of(status).to_string());
    let values = [&tally.total().to_string(), &passed, &failed, &unsupported];
    let text = Phrase::Finished.fill(language, &values.map(String::as_str));
    ("done", text, Phrase::Again)
}

fn count(page: &Page, n_shown: usize) -> String {
    let values = [n_shown, page.run.tally().total()].map(|count| count.to_string());
    Phrase::Shown.fill(page.language, &values.each_ref().map(String::as_str))
}

/// The counts of every file.
fn tally(page: &Page) -> String {
    let text = |phrase: Phrase| escaped(phrase.text(page.language));
    let statuses = STATUSES.map(|(phrase, _, _)| phrase);
    let columns = [Phrase::Family].into_iter().chain(statuses);
    let mut out = format!(
        "<table class=\"sheet tally\"><caption class=\"unseen\">{}</caption><thead><tr>{}</tr>\
         </thead><tbody>",
        text(Phrase::Summary),
        headings(page, columns.chain([Phrase::File]))
    );
    for ((name, family), part) in FILES.iter().zip(&page.run.parts) {
        let _ = write!(
            out,
            "<tr data-file=\"{name}\"><th scope=\"row\">{}</th>{}<td><a href=\"./vectors/{name}\" \
             target=\"_blank\">{name}</a></td></tr>",
            text(*family),
            standing(page, part)
        );
    }
    let _ = write!(
        out,
        "</tbody><tfoot><tr data-file=\"all\"><th scope=\"row\">{}</th>{}<td></td></tr></tfoot>\
         </table>",
        text(Phrase::Total),
        counts(page.run.tally())
    );
    out
}

fn headings(page: &Page, columns: impl Iterator<Item = Phrase>) -> String {
    columns
        .map(|column| {
            let text = escaped(column.text(page.language));
            format!("<th scope=\"col\">{text}</th>")
        })
        .collect()
}

/// Where a file stands: its counts, or a word.
fn standing(page: &Page, part: &Part) -> String {
    let word = match part {
        Part::Checked(sheet) => return counts(Tally::count(&sheet.cases)),
        Part::Waiting => Phrase::Waiting.text(page.language).to_string(),
        Part::Running => Phrase::Running.text(page.language).to_string(),
        Part::Failed(trouble) => Phrase::Broken.fill(page.language, &[trouble]),
    };
    format!("<td colspan=\"3\">{}</td>", escaped(&word))
}

fn counts(tally: Tally) -> String {
    let cell = |status| {
        let (word, count) = (Status::word(status), tally.of(status));
        let bad = if status == Status::Failed && count > 0 {
            " bad"
        } else {
            ""
        };
        format!("<td class=\"num{bad}\" data-count=\"{word}\">{count}</td>")
    };
    Status::ALL.map(cell).concat()
}

/// The cases, and a button for the rest of them.
fn cases(page: &Page, shown: &[&CaseRow], n_found: usize) -> String {
    let columns = [
        Phrase::Status,
        Phrase::Case,
        Phrase::Input,
        Phrase::Figure,
        Phrase::Expected,
        Phrase::Got,
        Phrase::Tolerance,
        Phrase::Error,
    ];
    let mut out = format!(
        "<table class=\"sheet cases\"><caption class=\"unseen\">{}</caption><thead><tr>{}</tr>\
         </thead>",
        escaped(Phrase::Cases.text(page.language)),
        headings(page, columns.into_iter())
    );
    for case in shown {
        write_case(&mut out, page, case);
    }
    out.push_str("</table>");
    if shown.len() < n_found {
        let all = Phrase::ShowAll.fill(page.language, &[&n_found.to_string()]);
        let field = Field::All.name();
        let text = escaped(&all);
        let _ = write!(
            out,
            "<button class=\"button\" data-field=\"{field}\">{text}</button>"
        );
    }
    out
}

/// A case: a row for each figure, and what holds for all of them beside the first.
fn write_case(out: &mut String, page: &Page, case: &CaseRow) {
    let id = escaped(&case.id);
    let _ = write!(out, "<tbody data-case=\"{id}\"><tr>");
    let n_rows = case.figures.len();
    let (word, class, sign) = STATUSES[case.status as usize];
    let _ = write!(
        out,
        "<td rowspan=\"{n_rows}\"><span class=\"{class}\">{sign} {}</span></td>\
         <th scope=\"rowgroup\" rowspan=\"{n_rows}\"><b>{id}</b> <span>{}</span> \
         <span class=\"muted small\">{}</span></th>{}{}</td>",
        escaped(word.text(page.language)),
        escaped(&case.subject),
        escaped(&case.source),
        opening(
            page,
            Phrase::Input,
            &format!("class=\"inputs\" rowspan=\"{n_rows}\"")
        ),
        inputs(&case.inputs)
    );
    for (at, row) in case.figures.iter().enumerate() {
        if at > 0 {
            out.push_str("</tr><tr>");
        }
        write_figure(out, page, row);
        if case.reason.is_empty() {
            write_difference(out, page, row);
        } else if at == 0 {
            let reason = escaped(&case.reason);
            let _ = write!(out, "<td colspan=\"3\" rowspan=\"{n_rows}\">{reason}</td>");
        }
    }
    out.push_str("</tr></tbody>");
}

fn inputs(inputs: &Inputs) -> String {
    let line = escaped(&inputs.line);
    if inputs.whole.is_empty() {
        return line;
    }
    let whole = escaped(&inputs.whole);
    format!("<details><summary>{line}</summary><pre>{whole}</pre></details>")
}

/// The start of a cell that a narrow screen shows behind the name of its column.
fn opening(page: &Page, column: Phrase, attributes: &str) -> String {
    let label = escaped(column.text(page.language));
    format!("<td data-label=\"{label}\" {attributes}>")
}

fn write_figure(out: &mut String, page: &Page, row: &FigureRow) {
    write_value(out, page, Phrase::Figure, "name", &row.name);
    write_value(
        out,
        page,
        Phrase::Expected,
        width(&row.expected),
        &row.expected,
    );
}

fn write_difference(out: &mut String, page: &Page, row: &FigureRow) {
    if row.holds {
        write_value(out, page, Phrase::Got, width(&row.got), &row.got);
    } else {
        let class = format!("bad {}", width(&row.got));
        write_value(out, page, Phrase::Got, &class, &format!("✕ {}", row.got));
    }
    write_value(out, page, Phrase::Tolerance, "num", &row.tolerance);
    write_value(out, page, Phrase::Error, "num", &row.error);
}

fn write_value(out: &mut String, page: &Page, column: Phrase, class: &str, text: &str) {
    let attributes = format!("class=\"{class}\"");
    out.push_str(&opening(page, column, &attributes));
    out.push_str(&escaped(text));
    out.push_str("</td>");
}

/// The class of a value: one as long as a number stays in one line.
fn width(value: &str) -> &'static str {
    const NUMBER: usize = 24;
    if value.chars().count() <= NUMBER {
        "num"
    } else {
        "whole"
    }
}

#[cfg(test)]
mod tests {
    use super::super::markup::check_well_formed;
    use super::*;
    use crate::model::Language;

    const FILE: &str = r#"{ "schema_version": 1, "cases": [
        { "id": "<b>", "model": "M/M/1", "source": "\"a\" & b",
          "input": { "arrival_rate": 1, "service_rate": 2 },
          "expect": { "mean_wait": 0.4, "utilization": 0.5 } },
        { "id": "foreign", "model": "G/G/1", "input": {}, "expect": { "x": 1, "y": 2 } } ] }"#;

    fn page(language: Language) -> Page {
        let mut page = Page::new(language);
        page.take(0, 0, Ok(FILE.to_string()));
        page.take(0, 1, Err("<404>".to_string()));
        page
    }

    fn place(page: &Page, name: &str) -> String {
        let found = places(page).into_iter().find(|(place, _)| *place == name);
        found.expect("a place").1
    }

    #[test]
    fn frame_and_places_are_well_formed_and_fit_together() {
        for language in [Language::Ja, Language::En] {
            let page = page(language);
            let frame = frame(&page);
            let body = frame.split_once("</style>").expect("a style").1;
            check_well_formed(body);
            for (name, html) in places(&page) {
                check_well_formed(&html);
                assert!(frame.contains(&format!("data-place=\"{name}\"")), "{name}");
            }
            for field in Field::ALL.into_iter().filter(|field| *field != Field::All) {
                let name = format!("data-field=\"{}\"", field.name());
                assert!(frame.contains(&name), "{name}");
            }
        }
    }

    #[test]
    fn each_figure_has_a_row_and_a_reason_stands_in_place_of_a_result() {
        let cases = place(&page(Language::En), "cases");
        assert_eq!(cases.matches("<tbody").count(), 2);
        assert_eq!(cases.matches("</tr><tr>").count(), 2);
        assert!(cases.contains("class=\"bad num\">✕ 0.5</td>"), "{cases}");
        assert!(cases.contains("<b>&lt;b&gt;</b>"));
        let reason = "<td colspan=\"3\" rowspan=\"2\">No function of the engine is about “G/G/1”.";
        assert!(cases.contains(reason), "{cases}");
    }

    #[test]
    fn the_button_says_what_it_does_in_each_state() {
        let mut page = page(Language::En);
        let told = |page: &Page| (place(page, "progress"), place(page, "verb"));
        let (progress, verb) = told(&page);
        assert_eq!(progress, "<span data-state=\"running\">Running 2/6</span>");
        assert_eq!(verb, "Stop");
        page.run.is_running = false;
        assert!(told(&page).0.contains("1 of 6 files did not load"));
        assert_eq!(told(&page).1, "Try again");
        page.take(0, 1, Ok(FILE.to_string()));
        assert!(told(&page).0.contains("Stopped."));
        for file in 0..FILES.len() {
            page.take(0, file, Ok(FILE.to_string()));
        }
        let (progress, verb) = told(&page);
        assert!(
            progress.contains("12 cases: 0 passed, 6 failed, 6 unsupported"),
            "{progress}"
        );
        assert_eq!(verb, "Run again");
    }
}
