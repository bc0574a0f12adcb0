use super::table::{Count, NUMBER, STEP, TIME, UNIT, count, instant};
use super::*;

fn series(text: &str, per: Per) -> (SimDuration, Vec<f64>) {
    let table = read(text).expect("a table");
    match table.profile(per, USUAL_INTERVAL).expect("a profile") {
        LoadProfile::Series { interval, rates } => {
            (interval, rates.into_iter().map(RequestRate::rps).collect())
        }
        other => panic!("{other:?}"),
    }
}

/// Line, column and what was expected.
fn refusals(text: &str) -> Vec<(u32, u32, String)> {
    let findings = read(text).expect_err("problems").into_iter();
    let told = findings.map(|it| match (it.place, it.kind) {
        (Some(place), FindingKind::WrongType { expected, .. }) => {
            (place.line, place.column, expected)
        }
        (_, kind) => (0, 0, format!("{kind:?}")),
    });
    told.collect()
}

#[test]
fn a_lone_column_is_five_minutes_apart() {
    let (interval, rates) = series(
        "\u{feff}requests\n100 rps\n250.5 req/s\n\n40 /s\n",
        Per::Second,
    );
    assert_eq!(interval, SimDuration::from_min(5));
    assert_eq!(rates, [100.0, 250.5, 40.0]);
}

#[test]
fn cloudwatch_states_sums_per_period_under_several_headings() {
    let text = "Label,RequestCount\nPeriod,300\nStatistic,Sum\n\
                2026/11/22 10:00:00,\"90,000\"\n2026/11/22 10:05:00,30000\n";
    let (interval, rates) = series(text, Per::Interval);
    assert_eq!(interval, SimDuration::from_min(5));
    assert_eq!(rates, [300.0, 100.0]);
}

#[test]
fn a_spreadsheet_uses_tabs_and_the_newest_line_may_come_first() {
    let text = "time\trpm\n10:10\t1,200\n10:05\t\n10:00\t600";
    assert_eq!(series(text, Per::Minute).1, [10.0, 15.0, 20.0]);
    // A clock without a date goes the way that takes less time: here over a midnight.
    let text = "23:55,1\n0:00,2\n0:05,3\n";
    assert_eq!(series(text, Per::Second).1, [1.0, 2.0, 3.0]);
    let text = "2026-11-22T10:10:00+09:00\t1,200\n2026-11-22T10:05:00+09:00\tNaN\n\
                2026-11-22T10:00:00+09:00\t600";
    let (interval, rates) = series(text, Per::Minute);
    assert_eq!(interval, SimDuration::from_min(5));
    assert_eq!(rates, [10.0, 15.0, 20.0]);
}

#[test]
fn distances_that_waver_do_not_add_up() {
    // Eight steps of a minute, then seven of 55 s: 35 s short in the end.
    let steps = (0..8).map(|_| 60).chain((0..7).map(|_| 55));
    let mut at = 0;
    let rows = steps.map(|step| {
        at += step;
        format!("{at},{at}\n")
    });
    let table = read(&format!("0,0\n{}", rows.collect::<String>())).expect("a table");
    assert_eq!((table.counts.len(), table.n_filled), (16, 0));
    let late = (0..40).map(|n| format!("{},5\n", n * 60 + n.min(20) * 5));
    let table = read(&late.collect::<String>()).expect("a table");
    assert_eq!((table.counts.len(), table.n_filled), (40, 0));
}

#[test]
fn numbers_of_rows_are_no_times() {
    assert_eq!(read("1,10\n2,20\n3,30\n").expect("a table").interval, None);
    let seconds = read("0,10\n2,20\n4,30\n").expect("a table").interval;
    assert_eq!(seconds, Some(SimDuration::from_s(2)));
}

#[test]
fn numbers_with_a_unit_count_what_it_says() {
    assert_eq!(series("600 rpm\n1200 rpm\n", Per::Second).1, [10.0, 20.0]);
    assert_eq!(series("600 req/s\n", Per::Minute).1, [600.0]);
    let mixed = refusals("0:00,600 rpm\n0:05,\n0:10,10 req/s\n0:15,600\n");
    let at = |line| (line, 6, UNIT.to_string());
    assert_eq!(mixed, [at(3), at(4)]);
}

#[test]
fn missing_points_lie_on_a_straight_line_and_are_counted() {
    let table = read("0;10\n60;20\n240;50\n300;-\n360;0\n").expect("a table");
    assert_eq!(table.counts, [10.0, 20.0, 30.0, 40.0, 50.0, 25.0, 0.0]);
    assert_eq!(
        (table.interval, table.n_filled),
        (Some(SimDuration::from_min(1)), 3)
    );
}

#[test]
fn days_begin_at_their_first_midnight() {
    let text: String = (0..48)
        .map(|at| {
            format!(
                "2026-11-{:02} {:02}:00,{at}\n",
                22 + (14 + at) / 24,
                (14 + at) % 24
            )
        })
        .collect();
    let (interval, rates) = series(&text, Per::Second);
    assert_eq!(interval, SimDuration::from_h(1));
    // Ten in the morning of the first full day is 20 hours after 14:00.
    assert_eq!((rates[0], rates[10], rates.len()), (10.0, 20.0, 48));
    let half_a_day: String = text.lines().take(12).map(|it| format!("{it}\n")).collect();
    assert!(series(&half_a_day, Per::Second).1[0] < 0.5);
}

#[test]
fn points_that_are_too_fine_or_too_many_are_averaged() {
    let text: String = (0..8).map(|at| format!("{},{at}\n", at * 15)).collect();
    assert_eq!(
        series(&text, Per::Second),
        (SimDuration::from_min(1), vec![1.5, 5.5])
    );
    let week: String = (0..10_080).map(|_| "7\n").collect();
    let table = read(&week).expect("a table");
    let profile = table.profile(Per::Second, SimDuration::from_min(1));
    let Ok(LoadProfile::Series { interval, rates }) = profile else {
        panic!("{profile:?}");
    };
    assert_eq!((interval, rates.len()), (SimDuration::from_min(2), 5_040));
}

#[test]
fn everything_that_is_wrong_is_told_with_its_place() {
    let text = "time,requests\n10:00,1\n10:05,many\nnoon,3\n10:15,-4\n10:17,5\n";
    let expected = [(3, 7, NUMBER), (4, 1, TIME), (5, 7, NUMBER)];
    let expected = expected.map(|(line, column, it)| (line, column, it.to_string()));
    assert_eq!(refusals(text), expected);
    let odd = "10:00,1\n10:05,2\n10:05,2\n10:10,3\n10:12,3\n10:15,4\n10:20,4\n10:25,4\n";
    let lines: Vec<u32> = refusals(odd).into_iter().map(|it| it.0).collect();
    assert_eq!(lines, [3, 5, 6]);
    assert!(refusals(odd).iter().all(|it| it.2 == STEP));
    assert_eq!(
        refusals("yesterday,5\ntoday,6\n")[0],
        (1, 1, TIME.to_string())
    );
    for text in ["", "no numbers\nat all", "-\n-\n"] {
        let expected = (1, 1, NUMBER.to_string());
        assert_eq!(refusals(text), [expected], "{text:?}");
    }
    assert!(matches!(
        read(&"1\n".repeat(600_000)).expect_err("too large")[0].kind,
        FindingKind::TooLarge { .. }
    ));
    // Seconds that are far apart do not fill the memory.
    let far = "0,1\n1,1\n2,1\n1e15,1\n";
    assert!(read(far).is_err());
}

#[test]
fn what_no_profile_can_hold_is_refused() {
    let out_of_range = |text: &str| {
        let refusal = read(text)
            .expect("a table")
            .profile(Per::Second, USUAL_INTERVAL);
        matches!(
            refusal.expect_err("refused").kind,
            FindingKind::OutOfRange { .. }
        )
    };
    assert!(out_of_range("0,1\n200000,1\n"));
    assert!(out_of_range("1e9\n"));
    // Days that could only be averaged over two.
    let days = (0..10_001).map(|day| format!("{},1\n", 86_400 * day));
    assert!(out_of_range(&days.collect::<String>()));
}

#[test]
fn cells_are_numbers_times_or_nothing() {
    let per_second = Count {
        number: 1_234_567.5,
        per: Some(Per::Second),
    };
    assert_eq!(count("1,234,567.5 req/s"), Some(Some(per_second)));
    assert_eq!(count("12,5"), None);
    assert_eq!(count("-1"), None);
    assert_eq!(count("inf"), None);
    assert_eq!(count("null"), Some(None));
    let s = |text| instant(text).map(|it| it.s);
    let (Some(before), Some(after)) = (s("2028-02-28 23:59"), s("2028-03-01T00:01Z")) else {
        panic!("times");
    };
    assert!(
        (after - before - 86_520.0).abs() < 1e-3,
        "2028 is a leap year"
    );
    assert_eq!(s("1790000000000"), Some(1_790_000_000.0));
    for text in [
        "24:00",
        "10:60",
        "10",
        "2026-13-01 10:00",
        "22/11/2026 10:00",
        "1:2:3:4",
        "é",
    ] {
        assert!(text == "10" || s(text).is_none(), "{text}");
    }
}
