use super::table::{NUMBER, STEP, TIME, count, instant};
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
    let (interval, rates) = series("\u{feff}requests\n100\n250.5\n\n40 rps\n", Per::Second);
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
    // A clock without a date can only go forward: each line is a day after the one before.
    assert_eq!(series(text, Per::Minute).0, SimDuration::from_s(86_100));
    let text = "2026-11-22T10:10:00+09:00\t1,200\n2026-11-22T10:05:00+09:00\tNaN\n\
                2026-11-22T10:00:00+09:00\t600";
    let (interval, rates) = series(text, Per::Minute);
    assert_eq!(interval, SimDuration::from_min(5));
    assert_eq!(rates, [10.0, 15.0, 20.0]);
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
}

#[test]
fn cells_are_numbers_times_or_nothing() {
    assert_eq!(count("1,234,567.5 req/s"), Some(Some(1_234_567.5)));
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
