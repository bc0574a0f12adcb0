//! What the callers of a component met, for the panel beside it: response times of answers, and how
//! many attempts had none, in two designs side by side.
//!
//! A component may have callers of two kinds. Users meet the whole system, so theirs is shown at
//! what they call and at what its balancer routes to; services meet the component alone.

use crate::analysis::{Answered, Callers};
use crate::model::{Component, ConnectionKind, Design, Language};
use crate::view::format;
use crate::view::side_by_side::{Cell, Row, Table};
use crate::view::text::apart::phrases;

phrases! {
    ByUsers => "利用者から見た応答", "Response as users see it";
    ByServices => "呼び出し側から見た応答", "Response as its callers see it";
    Note => "1 回目の試行、ウォームアップ後。p50〜p99 は成功した呼び出しだけで、再試行の時間を含みます。\
        「応答なし」は再試行も 1 回ずつ数えます。",
        "First run, after the warm-up. p50 to p99 are of answered calls, retries included. \
         \"No answer\" counts each attempt.";
    P50 => "p50", "p50";
    P95 => "p95", "p95";
    P99 => "p99", "p99";
    Answers => "応答あり", "Answered";
    Unanswered => "応答なし", "No answer";
    UnansweredRatio => "応答なし率", "No-answer rate";
    During => "{0} からの区間", "Interval from {0}";
    Nobody => "この構成要素を呼び出すものはありません。", "Nothing calls this part.";
}

/// Who calls.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Caller {
    /// Users, through whatever lies between.
    Users,
    /// Services.
    Services,
}

/// What callers of one kind met.
#[derive(Debug, Clone, PartialEq)]
pub struct Met {
    /// Which kind.
    pub caller: Caller,
    /// What they met.
    pub table: Table,
}

/// What to tell.
#[derive(Debug, Clone, Copy)]
pub struct Order<'a> {
    /// A and B.
    pub designs: [&'a Design; 2],
    /// What their callers met.
    pub callers: &'a [Callers; 2],
    /// Id of the component.
    pub component: &'a str,
    /// Number of the recorded interval, and when it begins, as text.
    pub interval: (usize, &'a str),
    /// Language of the texts.
    pub language: Language,
}

/// Who calls a component in a design.
#[must_use]
pub fn callers_of(design: &Design, component: &str) -> Vec<Caller> {
    let Some(index) = design.find(component) else {
        return Vec::new();
    };
    let (mut users, mut services) = (None, None);
    for (from, vertex) in design.components() {
        let mut edges = design.outgoing(from).filter(|(to, _)| *to == index);
        let calls = edges
            .any(|(_, edge)| matches!(edge.kind, ConnectionKind::Calls | ConnectionKind::RoutesTo));
        match &vertex.component {
            Component::Users(_) if calls || from == index => users = Some(Caller::Users),
            Component::LoadBalancer(_) if calls => users = Some(Caller::Users),
            _ if calls => services = Some(Caller::Services),
            _ => {}
        }
    }
    users.into_iter().chain(services).collect()
}

/// Says that nothing calls a component; none where something does, and of what cannot be called.
#[must_use]
pub fn nobody(designs: [&Design; 2], component: &str, language: Language) -> Option<&'static str> {
    let could_be_called = |design: &&Design| {
        let index = design.find(component);
        index.is_some_and(|index| {
            matches!(
                design.vertex(index).component,
                Component::Deployment(_)
                    | Component::Database(_)
                    | Component::Cache(_)
                    | Component::ExternalService(_)
                    | Component::Queue(_)
            )
        })
    };
    let is_called = |design: &Design| !callers_of(design, component).is_empty();
    let is_idle = designs.iter().any(could_be_called) && !designs.into_iter().any(is_called);
    is_idle.then(|| Phrase::Nobody.text(language))
}

/// One table per kind of caller that the component has in either design.
#[must_use]
pub fn tables(order: &Order<'_>) -> Vec<Met> {
    let sides = order
        .designs
        .map(|design| callers_of(design, order.component));
    let kinds = [Caller::Users, Caller::Services].into_iter();
    kinds
        .filter(|kind| sides.iter().any(|side| side.contains(kind)))
        .map(|kind| {
            let met = [0, 1].map(|at| {
                let callers = &order.callers[at];
                let met = match kind {
                    Caller::Users => Some(&callers.users),
                    Caller::Services => callers.of_callee(order.component),
                };
                met.filter(|_| sides[at].contains(&kind))
            });
            Met {
                caller: kind,
                table: table(order, kind, met),
            }
        })
        .collect()
}

fn table(order: &Order<'_>, caller: Caller, met: [Option<&Answered>; 2]) -> Table {
    let language = order.language;
    let title = match caller {
        Caller::Users => Phrase::ByUsers,
        Caller::Services => Phrase::ByServices,
    };
    let (interval, begin) = order.interval;
    let mut whole = times(met.map(|met| met.map(|it| it.quantiles_s)), language);
    whole.push(Row {
        name: Phrase::Answers.text(language),
        cells: met.map(|met| Cell::of(met.map(|it| it.answers), format::count)),
    });
    whole.push(Row {
        name: Phrase::Unanswered.text(language),
        cells: met.map(|met| Cell::of(met.map(|it| it.unanswered), format::count)),
    });
    whole.push(Row {
        name: Phrase::UnansweredRatio.text(language),
        cells: met.map(|met| {
            let ratio = met.and_then(Answered::unanswered_ratio);
            Cell::of(ratio, |share| format::percent(share, 2))
        }),
    });
    let now = met.map(|met| met.and_then(|it| it.intervals_s.get(interval).copied()));
    Table {
        title: title.text(language),
        note: Phrase::Note.text(language),
        whole,
        during: Phrase::During.fill(language, &[begin]),
        interval: times(now, language),
    }
}

/// A row per percentile.
fn times(quantiles_s: [Option<[Option<f64>; 3]>; 2], language: Language) -> Vec<Row> {
    let names = [Phrase::P50, Phrase::P95, Phrase::P99].into_iter();
    names
        .enumerate()
        .map(|(at, name)| Row {
            name: name.text(language),
            cells: quantiles_s
                .map(|all| Cell::of(all.and_then(|all| all[at]), format::milliseconds)),
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::scenario::presets;

    fn answered(answers: f64, unanswered: f64, p99_s: f64) -> Answered {
        let quantiles_s = [Some(0.5 * p99_s), Some(0.9 * p99_s), Some(p99_s)];
        Answered {
            answers,
            unanswered,
            quantiles_s,
            intervals_s: vec![quantiles_s, [None; 3]],
        }
    }

    fn told(component: &str, interval: usize) -> Vec<Met> {
        let scenario = presets::find("q1-2").expect("built in").scenario();
        let designs = [0, 1].map(|at| &scenario.designs[at].design);
        let callers = [1.0, 2.0].map(|scale| Callers {
            users: answered(1_000.0 * scale, 0.0, 0.2 * scale),
            callees: vec![("db".to_string(), answered(900.0, 100.0, 0.012 * scale))],
        });
        tables(&Order {
            designs,
            callers: &callers,
            component,
            interval: (interval, "10:00:00"),
            language: Language::En,
        })
    }

    fn texts(rows: &[Row]) -> Vec<[&str; 2]> {
        let rows = rows.iter().map(|row| row.cells.each_ref());
        rows.map(|cells| cells.map(|cell| cell.text.as_str()))
            .collect()
    }

    #[test]
    fn a_database_is_called_by_services() {
        let tables = told("db", 0);
        let [Met { caller, table }] = tables.as_slice() else {
            panic!("one table: {tables:?}");
        };
        assert_eq!(*caller, Caller::Services);
        assert_eq!(
            texts(&table.whole)[2..],
            [
                ["12 ms", "24 ms"],
                ["900", "900"],
                ["100", "100"],
                ["10 %", "10 %"]
            ]
        );
        assert_eq!(texts(&table.interval)[2], ["12 ms", "24 ms"]);
        assert_eq!(table.during, "Interval from 10:00:00");
        // Nobody was answered in the other interval.
        let silent = &told("db", 1)[0].table;
        assert_eq!(texts(&silent.interval), [["–", "–"]; 3]);
    }

    #[test]
    fn users_are_shown_along_their_way_in() {
        for component in ["users", "alb", "api"] {
            let tables = told(component, 0);
            let callers: Vec<Caller> = tables.iter().map(|met| met.caller).collect();
            assert_eq!(callers, [Caller::Users], "{component}");
            assert_eq!(texts(&tables[0].table.whole)[3], ["1,000", "2,000"]);
        }
    }

    #[test]
    fn what_cannot_be_called_says_nothing() {
        let scenario = presets::find("q1-2").expect("built in").scenario();
        let designs = [0, 1].map(|at| &scenario.designs[at].design);
        for component in ["nodes", "nat", "nowhere"] {
            assert_eq!(told(component, 0), [], "{component}");
            assert_eq!(nobody(designs, component, Language::En), None);
        }
        assert_eq!(nobody(designs, "db", Language::En), None);
    }
}
