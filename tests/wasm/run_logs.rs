//! A run in the browser leaves the same bytes as on the host, where the fingerprints were taken:
//! a day on rates, and two minutes request by request.

use tradewind::scenario::presets;
use tradewind::sim::Fidelity;
use wasm_bindgen_test::wasm_bindgen_test;

use crate::fingerprint;

#[track_caller]
fn check(id: &str, fluid: &str, requests: &str) {
    let scenario = presets::find(id).expect("a built-in scenario").scenario();
    assert_eq!(fingerprint::of(&scenario, Fidelity::Fluid), fluid, "{id}");
    assert_eq!(
        fingerprint::of(&scenario, Fidelity::Requests),
        requests,
        "{id}, request by request"
    );
}

#[wasm_bindgen_test]
fn q1_1_is_the_same_as_on_the_host() {
    check(
        "q1-1",
        include_str!("../golden/q1-1/run_log.fingerprint"),
        include_str!("../golden/q1-1/requests.fingerprint"),
    );
}

#[wasm_bindgen_test]
fn q1_2_is_the_same_as_on_the_host() {
    check(
        "q1-2",
        include_str!("../golden/q1-2/run_log.fingerprint"),
        include_str!("../golden/q1-2/requests.fingerprint"),
    );
}

#[wasm_bindgen_test]
fn q2_1_is_the_same_as_on_the_host() {
    check(
        "q2-1",
        include_str!("../golden/q2-1/run_log.fingerprint"),
        include_str!("../golden/q2-1/requests.fingerprint"),
    );
}

#[wasm_bindgen_test]
fn q2_1_retries_is_the_same_as_on_the_host() {
    check(
        "q2-1-retries",
        include_str!("../golden/q2-1-retries/run_log.fingerprint"),
        include_str!("../golden/q2-1-retries/requests.fingerprint"),
    );
}

#[wasm_bindgen_test]
fn q2_1_spot_is_the_same_as_on_the_host() {
    check(
        "q2-1-spot",
        include_str!("../golden/q2-1-spot/run_log.fingerprint"),
        include_str!("../golden/q2-1-spot/requests.fingerprint"),
    );
}

#[wasm_bindgen_test]
fn q2_2_is_the_same_as_on_the_host() {
    check(
        "q2-2",
        include_str!("../golden/q2-2/run_log.fingerprint"),
        include_str!("../golden/q2-2/requests.fingerprint"),
    );
}
