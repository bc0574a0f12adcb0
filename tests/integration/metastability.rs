//! Metastable failures: retries that keep a system down after what brought it down is gone.
//!
//! Bronson et al., "Metastable Failures in Distributed Systems" (HotOS '21): a database serves 300
//! queries a second, 280 arrive, and clients try once more after waiting for a second. While the
//! database stands still for ten seconds a queue longer than anybody's patience builds up. From
//! then on every query is answered too late and asked twice, 560 a second, so the queue never ends,
//! though the database is as healthy as before. Above half of the capacity a system is open to
//! this; what ends it takes load away for long enough.
//!
//! The expected verdicts are those of an independent simulation of this system (first come first
//! served, a service takes exactly 1/300 s, abandoned queries are worked on). Which protections
//! cure it is what the planes themselves say.

use serde_json::{Value, json};
use tradewind::analysis::{Recovery, experiment, recovery};
use tradewind::scenario::{Scenario, presets};
use tradewind::sim::run_log::StationKind;
use tradewind::sim::{self, Experiment, Fidelity, RunLog};

/// The data planes that are held to the verdicts.
const PLANES: [Fidelity; 2] = [Fidelity::Requests, Fidelity::Fluid];

/// Onset of the outage, in seconds.
const ONSET_S: u64 = 60;
/// Recorded intervals, in seconds.
const INTERVAL_S: u64 = 10;
/// The run ends after a quarter of an hour.
const END_S: u64 = 900;

/// The published system and what is changed about it.
struct Case {
    rate: f64,
    /// Attempts per query.
    attempts: u32,
    /// The database stands still for so long.
    outage: &'static str,
    /// Shedding: begin, length, and share of the requests.
    shed: Option<(&'static str, &'static str, &'static str)>,
    /// Changes of the call to the database.
    call: Value,
    /// Changes of the database.
    database: Value,
}

/// The published system as it is.
fn published() -> Case {
    Case {
        rate: 280.0,
        attempts: 2,
        outage: "10s",
        shed: None,
        call: json!({}),
        database: json!({}),
    }
}

/// `base` with the members of `more`.
fn with(mut base: Value, more: &Value) -> Value {
    let members = more.as_object().into_iter().flatten();
    for (key, value) in members {
        base[key] = value.clone();
    }
    base
}

impl Case {
    fn scenario(&self) -> Scenario {
        let text = json!({ "ja": "試験", "en": "test" });
        let call = json!({ "attempts": self.attempts, "timeout": "1s", "backoff": "1ms" });
        let database = json!({
            "kind": "database", "servers": 1, "abandoned_work": "served",
            "queue_capacity": 100_000, "service_time": { "mean": "3333333ns", "cv": 0.0 },
        });
        let mut faults = json!({
            "outage": {
                "kind": "dependency_stalled", "at": format!("{ONSET_S}s"),
                "duration": self.outage, "target": "db",
            },
        });
        if let Some((at, duration, share)) = self.shed {
            faults["shed"] =
                json!({ "kind": "load_shed", "at": at, "duration": duration, "share": share });
        }
        let document = json!({
            "schema_version": 1, "id": "storm", "title": text, "question": text, "claim": text,
            "base": {
                "region": "ap-northeast-1", "zones": ["a"],
                "components": {
                    "users": { "kind": "users", "calls": { "api": { "timeout": "5s" } } },
                    // Clients: they wait without holding anything, and are never short of servers.
                    "api": {
                        "kind": "deployment", "runs_on": "nodes", "concurrency": "event_loop",
                        "service_time": { "mean": "100us", "cv": 0.0 },
                        "calls": { "db": with(call, &self.call) },
                    },
                    "db": with(database, &self.database),
                    "nodes": { "kind": "node_group", "nodes": 2 },
                },
            },
            "designs": {
                "one": { "name": text, "summary": text, "patch": {} },
                "two": { "name": text, "summary": text, "patch": {} },
            },
            "design_order": ["one", "two"],
            "load": {
                "profile": { "kind": "constant", "rate": format!("{}rps", self.rate) },
                "noise": { "cv": "0%" },
            },
            "tape": { "faults": faults },
            "objectives": {},
            "plan": {
                "duration": format!("{END_S}s"), "interval": format!("{INTERVAL_S}s"),
                "warm_up": "0s", "seed": 20_261_122,
            },
        });
        let (scenario, findings) = Scenario::parse(&document.to_string());
        assert!(findings.is_empty(), "{findings:?}");
        scenario.expect("a scenario without findings")
    }

    fn play(&self, fidelity: Fidelity) -> Course {
        let scenario = self.scenario();
        let case = &scenario.designs[0];
        Course(play(fidelity, &experiment(&scenario, case, 0)))
    }
}

fn play(fidelity: Fidelity, experiment: &Experiment<'_>) -> RunLog {
    match fidelity {
        Fidelity::Fluid => sim::run(experiment),
        Fidelity::Requests => sim::run_requests(experiment),
    }
}

/// A run that is over.
struct Course(RunLog);

impl Course {
    /// Share of the offered requests that was answered, from one second to another.
    fn goodput(&self, from_s: u64, to_s: u64) -> f64 {
        let of = |seconds: u64| (seconds / INTERVAL_S) as usize;
        let window = &self.0.intervals[of(from_s)..of(to_s)];
        let offered: f64 = window.iter().map(|it| it.offered).sum();
        window.iter().map(|it| it.succeeded).sum::<f64>() / offered
    }

    /// Queries per second that reach the database in the last five minutes.
    fn database_load(&self) -> f64 {
        let is_database = |it: &tradewind::sim::run_log::Station| it.kind == StationKind::Database;
        let stations = &self.0.stations;
        let at = stations.iter().position(is_database).expect("a database");
        let last = self.0.intervals.len() - 30..self.0.intervals.len();
        last.map(|it| self.0.sample(it, at).arrival_rate)
            .sum::<f64>()
            / 30.0
    }

    /// Seconds from the onset until nearly every request is answered for good.
    fn recovery_s(&self) -> u64 {
        let bad = self
            .0
            .intervals
            .iter()
            .rposition(|it| it.succeeded < 0.95 * it.offered);
        let end_s = bad.map_or(ONSET_S, |at| (at as u64 + 1) * INTERVAL_S);
        end_s - ONSET_S
    }
}

/// Holds a case to its verdict in every plane.
fn check(name: &str, case: &Case, verdict: impl Fn(&Course) -> bool) {
    check_in(&PLANES, name, case, verdict);
}

/// Holds a case to its verdict in some planes.
fn check_in(planes: &[Fidelity], name: &str, case: &Case, verdict: impl Fn(&Course) -> bool) {
    for fidelity in planes.iter().copied() {
        let course = case.play(fidelity);
        let story = format!(
            "{name}, {fidelity:?}: goodput {:.3} before, {:.3} at the end, back after {} s, \
             {:.0} queries/s",
            course.goodput(0, ONSET_S),
            course.goodput(END_S - 300, END_S),
            course.recovery_s(),
            course.database_load(),
        );
        println!("{story}");
        assert!(course.goodput(0, ONSET_S) > 0.99, "{story}");
        assert!(verdict(&course), "{story}");
    }
}

/// Nobody is answered for the rest of the run.
fn stays_down(course: &Course) -> bool {
    course.goodput(ONSET_S + 20, END_S) < 0.01
}

/// Everybody is answered again, some time after the onset of the outage.
fn back_between(course: &Course, earliest_s: u64, latest_s: u64) -> bool {
    let back_s = course.recovery_s();
    (earliest_s..=latest_s).contains(&back_s) && course.goodput(END_S - 300, END_S) > 0.999
}

#[test]
fn an_outage_of_ten_seconds_never_ends() {
    check("280 with retry", &published(), |course| {
        stays_down(course) && (course.database_load() - 560.0).abs() < 6.0
    });
}

#[test]
fn so_it_is_at_little_more_than_half_of_the_capacity() {
    let case = Case {
        rate: 160.0,
        ..published()
    };
    check("160 with retry", &case, |course| {
        stays_down(course) && (course.database_load() - 320.0).abs() < 5.0
    });
}

#[test]
fn below_half_of_the_capacity_it_ends_by_itself() {
    let case = Case {
        rate: 140.0,
        ..published()
    };
    check("140 with retry", &case, |course| {
        back_between(course, 90, 180)
    });
}

#[test]
fn without_retries_it_ends_by_itself() {
    let case = Case {
        attempts: 1,
        ..published()
    };
    check("280 without retry", &case, |course| {
        back_between(course, 90, 180)
    });
}

#[test]
fn a_blip_shorter_than_patience_does_no_harm() {
    let case = Case {
        outage: "500ms",
        ..published()
    };
    check("280 with retry, blip", &case, |course| {
        back_between(course, 0, 0)
    });
}

#[test]
fn shedding_everything_for_a_minute_cures_it_at_once() {
    let case = Case {
        shed: Some(("100s", "60s", "100%")),
        ..published()
    };
    check("all shed", &case, |course| {
        course.goodput(100, 160) < 0.001 && back_between(course, 100, 110)
    });
}

#[test]
fn shedding_some_of_it_late_cures_nothing() {
    let case = Case {
        shed: Some(("300s", "120s", "60%")),
        ..published()
    };
    check("60 % shed", &case, stays_down);
}

#[test]
fn a_retry_budget_cures_it_only_below_the_capacity_that_is_left() {
    // Ten percent on top of 280 are 308: more than the 300 that the database serves.
    let budget = |share: &str| Case {
        call: json!({ "retry_budget": share }),
        ..published()
    };
    check("budget of 10 %", &budget("10%"), stays_down);
    check("budget of 5 %", &budget("5%"), |course| {
        back_between(course, 200, 700)
    });
    check("budget of 1 %", &budget("1%"), |course| {
        back_between(course, 90, 240)
    });
    let roomy = Case {
        rate: 240.0,
        ..budget("10%")
    };
    check("240, budget of 10 %", &roomy, |course| {
        back_between(course, 40, 120)
    });
}

#[test]
fn a_queue_shorter_than_patience_cures_it_at_once() {
    // 280 places are a wait of 0.93 s, 400 one of 1.33 s.
    let places = |count: u32| Case {
        database: json!({ "queue_capacity": count }),
        ..published()
    };
    check("280 places", &places(280), |course| {
        back_between(course, 10, 20)
    });
    check("400 places", &places(400), stays_down);
}

#[test]
fn serving_the_newest_first_cures_it_at_once() {
    let case = Case {
        database: json!({ "discipline": "lifo" }),
        ..published()
    };
    check("newest first", &case, |course| back_between(course, 10, 20));
}

#[test]
fn dropping_abandoned_work_lets_chance_end_it() {
    // Who is next has waited for nearly a second, and is answered just too late: the queue stays as
    // long as patience until it happens to run empty. Rates know no chance; on them it never does.
    let case = Case {
        database: json!({ "abandoned_work": "dropped" }),
        ..published()
    };
    let requests = [Fidelity::Requests];
    check_in(&requests, "abandoned work dropped", &case, |course| {
        back_between(course, 20, 400)
    });
}

#[test]
fn a_breaker_cures_it_within_the_time_it_stays_open() {
    // While it is open nobody asks, which works the queue off as shedding does.
    let breaker = |open_for: &str| Case {
        call: json!({ "circuit_breaker": { "open_for": open_for } }),
        ..published()
    };
    check("breaker, open for 1 min", &breaker("1min"), |course| {
        back_between(course, 60, 80)
    });
    check("breaker, open for 2 s", &breaker("2s"), |course| {
        back_between(course, 10, 40)
    });
}

#[test]
fn the_shipped_scenario_claims_what_happens() {
    let scenario = presets::find("q2-1-retries").expect("a preset").scenario();
    for fidelity in PLANES {
        let [retry, budget, short_queue] = [0, 1, 2].map(|design| {
            let log = play(
                fidelity,
                &experiment(&scenario, &scenario.designs[design], 0),
            );
            recovery(&log, scenario.objectives.availability)
        });
        assert_eq!(retry, Recovery::StillBelow, "{fidelity:?}");
        let within = |it: Recovery, earliest_s: f64, latest_s: f64| {
            it.seconds()
                .is_some_and(|s| (earliest_s..=latest_s).contains(&s))
        };
        assert!(within(budget, 40.0, 130.0), "{fidelity:?}: {budget:?}");
        assert!(
            within(short_queue, 10.0, 30.0),
            "{fidelity:?}: {short_queue:?}"
        );
    }
}
