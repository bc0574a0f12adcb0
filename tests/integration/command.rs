//! The command as scripts use it: JSON keys, exit codes, standard input.

use std::io::Write as _;
use std::process::{Command, Stdio};

use serde_json::Value;

/// What a call of the command gave.
pub struct Output {
    /// Exit code.
    pub code: i32,
    /// Standard output.
    pub stdout: String,
    /// Standard error.
    pub stderr: String,
}

/// Calls the command with nothing on standard input.
pub fn tradewind(arguments: &[&str]) -> Output {
    tradewind_with(arguments, "")
}

fn tradewind_with(arguments: &[&str], input: &str) -> Output {
    let mut child = Command::new(env!("CARGO_BIN_EXE_tradewind"))
        .args(arguments)
        .current_dir(env!("CARGO_MANIFEST_DIR"))
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("the command starts");
    // The command may end before it has read everything; that is not this test's matter.
    let _ = child
        .stdin
        .take()
        .expect("piped")
        .write_all(input.as_bytes());
    let output = child.wait_with_output().expect("the command ends");
    Output {
        code: output.status.code().expect("not ended by a signal"),
        stdout: String::from_utf8(output.stdout).expect("UTF-8"),
        stderr: String::from_utf8(output.stderr).expect("UTF-8"),
    }
}

#[track_caller]
fn json(output: &Output) -> Value {
    assert_eq!(output.code, 0, "{}", output.stderr);
    serde_json::from_str(&output.stdout).expect("JSON on standard output")
}

const Q1_2: &str = "scenarios/q1-2.tradewind.json";

#[test]
fn run_prints_each_design_with_its_figures() {
    let value = json(&tradewind(&["run", Q1_2, "--json"]));
    let designs = value["designs"].as_array().expect("an array");
    let names: Vec<_> = designs
        .iter()
        .map(|design| design["name"].as_str())
        .collect();
    assert_eq!(names, [Some("multi-az"), Some("single-az"), Some("two-az")]);
    for key in [
        "availability",
        "latency_p50_ms",
        "latency_p95_ms",
        "latency_p99_ms",
        "cost_per_month_usd",
    ] {
        assert!(
            designs[0]["summary"][key].is_f64(),
            "{key}: {}",
            designs[0]["summary"]
        );
    }
    assert!(
        designs[0]["summary"]
            .as_object()
            .expect("an object")
            .contains_key("recovery_s")
    );
}

#[test]
fn compare_adds_differences_with_intervals() {
    let value = json(&tradewind(&[
        "compare",
        "q1-2",
        "--json",
        "--replications",
        "4",
    ]));
    let deltas = value["comparison"]["deltas"].as_array().expect("an array");
    let cost = deltas
        .iter()
        .find(|delta| delta["metric"] == "cost_per_month_usd")
        .expect("the cost is compared");
    for key in ["baseline", "candidate", "difference", "ci_low", "ci_high"] {
        assert!(cost[key].is_f64(), "{key}: {cost}");
    }
    assert_eq!(cost["verdict"], "candidate_better");
}

#[test]
fn logs_are_equal_for_equal_inputs_and_differ_with_the_seed() {
    let log = |seed: &str| {
        let arguments = [
            "run",
            "q2-1",
            "--design",
            "karpenter",
            "--log",
            "--seed",
            seed,
        ];
        let output = tradewind(&arguments);
        assert_eq!(output.code, 0, "{}", output.stderr);
        output.stdout
    };
    assert!(log("7") == log("7"));
    assert!(log("7") != log("8"));
}

#[test]
fn an_unknown_key_is_reported_with_place_and_suggestion() {
    let text = std::fs::read_to_string(Q1_2).expect("the file is there");
    let slip = text.replacen("\"replicas\"", "\"replica\"", 1);
    let output = tradewind_with(&["validate", "-"], &slip);
    assert_eq!(output.code, 1);
    let line = slip
        .lines()
        .position(|line| line.contains("\"replica\""))
        .expect("there")
        + 1;
    assert!(
        output.stdout.contains(&format!("-:{line}:")),
        "{}",
        output.stdout
    );
    assert!(output.stdout.contains("\"replicas\""), "{}", output.stdout);
}

#[test]
fn exit_codes_tell_what_happened() {
    let code = |arguments: &[&str]| tradewind(arguments).code;
    assert_eq!(code(&["validate", Q1_2]), 0);
    assert_eq!(code(&["run", "no-such-file.json"]), 2);
    assert_eq!(code(&["run", Q1_2, "--design", "nobody"]), 2);
    assert_eq!(code(&["fly"]), 2);
    assert_eq!(
        code(&["run", "q1-2", "--design", "single-az", "--check"]),
        1
    );
    assert_eq!(tradewind_with(&["run", "-"], "{").code, 1);
    assert_eq!(code(&["link", "decode", "http://127.0.0.1/?q=q1-2&e=1"]), 1);
}

#[test]
fn a_measured_load_takes_the_place_of_the_scenarios() {
    let offered = |table: &str, arguments: &[&str]| {
        let arguments = [
            &["run", Q1_2, "--log", "--design", "multi-az", "--load", "-"],
            arguments,
        ];
        let output = tradewind_with(&arguments.concat(), table);
        assert_eq!(output.code, 0, "{}", output.stderr);
        let lines = output.stdout.lines();
        let offered = lines.filter_map(|line| {
            let line: Value = serde_json::from_str(line).expect("JSON");
            line["offered"].as_f64()
        });
        offered.sum::<f64>()
    };
    // A day of 600 requests per second, but for the load's own wandering.
    let lines: String = (0..24).map(|h| format!("{h:02}:00,36000\n")).collect();
    let per_minute = offered(&lines, &["--load-per", "minute"]);
    let day = 600.0 * 86_400.0;
    assert!(
        (0.97 * day..1.03 * day).contains(&per_minute),
        "{per_minute}"
    );
    let untimed = "600\n0\n".repeat(12);
    let half = offered(&untimed, &["--load-every", "1h"]);
    assert!(
        (half / per_minute - 0.5).abs() < 0.02,
        "{half} of {per_minute}"
    );

    let refused = tradewind_with(&["run", Q1_2, "--load", "-"], "10:00,1\n10:05,many\n");
    assert_eq!(refused.code, 1);
    assert!(
        refused.stderr.starts_with("-:2:7: error: "),
        "{}",
        refused.stderr
    );
    let told = tradewind_with(&["run", Q1_2, "--load", "-"], "10:00,7\n10:05,9\n");
    assert!(
        told.stderr
            .contains("-: 2 points, 5 min apart, 10 min in all. 7.0 req/s to 9.0 req/s."),
        "{}",
        told.stderr
    );
    assert_eq!(tradewind_with(&["run", "-", "--load", "-"], "").code, 2);
    assert_eq!(tradewind(&["run", Q1_2, "--load", "none.csv"]).code, 2);
    assert_eq!(tradewind(&["run", Q1_2, "--load-per", "minute"]).code, 2);
}

#[test]
fn a_link_carries_an_edited_scenario() {
    let text = std::fs::read_to_string(Q1_2).expect("the file is there");
    let edited = text.replacen("\"60%\"", "\"55%\"", 1);
    let link = tradewind_with(&["link", "encode", "-"], &edited);
    assert_eq!(link.code, 0, "{}", link.stderr);
    let back = tradewind(&["link", "decode", link.stdout.trim()]);
    assert_eq!(back.code, 0, "{}", back.stderr);
    let value = |text: &str| serde_json::from_str::<Value>(text).expect("JSON");
    assert_eq!(value(&back.stdout), value(&edited));
}

#[test]
fn the_schema_and_the_list_are_json() {
    assert_eq!(
        json(&tradewind(&["schema"]))["$schema"],
        "http://json-schema.org/draft-07/schema#"
    );
    let list = json(&tradewind(&["list", "--json"]));
    let ids: Vec<_> = list["scenarios"]
        .as_array()
        .expect("an array")
        .iter()
        .map(|s| &s["id"])
        .collect();
    assert_eq!(
        ids,
        ["q1-1", "q1-2", "q2-1", "q2-1-retries", "q2-1-spot", "q2-2"]
    );
}

const QUEUEING: &str = "tests/vectors/queueing.json";
const COST: &str = "tests/vectors/cost.json";

/// The queueing cases with the first expected wait doctored, which is that of `mm1-01`.
fn doctored() -> String {
    let text = std::fs::read_to_string(QUEUEING).expect("the file is there");
    let right = "\"mean_wait\": 0.1111111111111111";
    assert!(text.contains(right), "the case is there");
    text.replacen(right, "\"mean_wait\": 0.1111111211111111", 1)
}

#[test]
fn verify_prints_counts_per_file() {
    let output = tradewind(&["verify", QUEUEING, COST]);
    assert_eq!(output.code, 0, "{}", output.stderr);
    assert_eq!(
        output.stdout,
        format!(
            "{QUEUEING}: 67 passed, 0 failed, 0 unsupported\n\
             {COST}: 14 passed, 0 failed, 29 unsupported\n"
        )
    );
}

#[test]
fn verify_shows_inputs_expected_and_got_of_a_failed_case() {
    let output = tradewind_with(&["verify", "-"], &doctored());
    assert_eq!(output.code, 1, "{}", output.stderr);
    let lines: Vec<&str> = output.stdout.lines().collect();
    assert_eq!(lines[0], "-: 66 passed, 1 failed, 0 unsupported");
    assert_eq!(lines[1], "  mm1-01 (M/M/1)");
    assert_eq!(lines[2], "    differs: mean_wait");
    assert_eq!(
        lines[3],
        "    inputs: {\"arrival_rate\":0.1,\"service_rate\":1}"
    );
    assert!(lines[4].starts_with("    expected: {"), "{}", lines[4]);
    assert!(lines[4].contains("\"mean_wait\":0.1111111211111111,"));
    assert!(lines[5].starts_with("    got: {"), "{}", lines[5]);
    assert!(lines[5].contains("\"mean_wait\":0.1111111111111111"));
    assert_eq!(lines.len(), 6);
}

#[test]
fn verify_prints_json_with_every_case() {
    let value = json(&tradewind(&["verify", QUEUEING, COST, "--json"]));
    let files = value["files"].as_array().expect("an array");
    assert_eq!(value.as_object().expect("an object").len(), 1);
    let keys = |value: &Value| -> Vec<String> {
        value
            .as_object()
            .expect("an object")
            .keys()
            .cloned()
            .collect()
    };
    for (file, (name, n_cases)) in files.iter().zip([(QUEUEING, 67), (COST, 43)]) {
        assert_eq!(
            keys(file),
            ["cases", "failed", "file", "passed", "unsupported"]
        );
        assert_eq!(file["file"], name);
        let cases = file["cases"].as_array().expect("an array");
        assert_eq!(cases.len(), n_cases);
        for status in ["passed", "failed", "unsupported"] {
            let n = cases.iter().filter(|case| case["status"] == status).count();
            assert_eq!(file[status], n, "{name} {status}");
        }
        for case in cases {
            assert_eq!(keys(case), ["expected", "got", "id", "reason", "status"]);
            let is_unsupported = case["status"] == "unsupported";
            assert_eq!(case["got"].is_null(), is_unsupported);
            assert_eq!(case["reason"].is_string(), is_unsupported);
        }
    }
    let failed = tradewind_with(&["verify", "--json", "-"], &doctored());
    assert_eq!(failed.code, 1);
    let value: Value = serde_json::from_str(&failed.stdout).expect("JSON on standard output");
    let case = &value["files"][0]["cases"][0];
    assert_eq!(case["id"], "mm1-01");
    assert_eq!(case["status"], "failed");
    assert_eq!(case["expected"]["mean_wait"], 0.111_111_121_111_111_1);
}

#[test]
fn verify_tells_every_file_it_cannot_use_and_checks_the_others() {
    let whole = doctored();
    let truncated = &whole[..whole.len() / 2];
    let arguments = ["verify", "no-such-file.json", "-", "tests/vectors/slo.json"];
    let output = tradewind_with(&arguments, truncated);
    assert_eq!(output.code, 2);
    let expected = "tests/vectors/slo.json: 33 passed, 0 failed, 0 unsupported\n";
    assert_eq!(output.stdout, expected);
    let errors: Vec<&str> = output.stderr.lines().collect();
    assert_eq!(errors.len(), 2, "{}", output.stderr);
    assert!(errors[0].starts_with("tradewind: no-such-file.json: cannot be read: "));
    assert!(
        errors[1].starts_with("tradewind: -: not JSON: EOF "),
        "{}",
        errors[1]
    );
    assert_eq!(
        tradewind(&["verify", "scenarios/q1-2.tradewind.json"]).code,
        2
    );
    assert_eq!(tradewind(&["verify"]).code, 2);
}
