//! A run in the browser leaves the same bytes as on the host, where the fingerprints were taken.

use crc::{CRC_32_ISO_HDLC, Crc};
use tradewind::analysis::experiment;
use tradewind::scenario::presets;
use tradewind::sim;
use wasm_bindgen_test::wasm_bindgen_test;

#[track_caller]
fn check(id: &str, golden: &str) {
    let scenario = presets::find(id).expect("a built-in scenario").scenario();
    let mut fingerprint = String::new();
    for case in &scenario.designs {
        let log = sim::run(&experiment(&scenario, case, 0));
        let mut bytes = Vec::new();
        log.write_json_lines(&mut bytes)
            .expect("memory can be written");
        fingerprint += &format!(
            "{} {} {:08x}\n",
            case.id,
            bytes.len(),
            Crc::<u32>::new(&CRC_32_ISO_HDLC).checksum(&bytes)
        );
    }
    assert_eq!(fingerprint, golden, "{id}");
}

#[wasm_bindgen_test]
fn q1_2_is_the_same_as_on_the_host() {
    check("q1-2", include_str!("../golden/q1-2/run_log.fingerprint"));
}

#[wasm_bindgen_test]
fn q2_1_is_the_same_as_on_the_host() {
    check("q2-1", include_str!("../golden/q2-1/run_log.fingerprint"));
}

#[wasm_bindgen_test]
fn q2_1_spot_is_the_same_as_on_the_host() {
    check(
        "q2-1-spot",
        include_str!("../golden/q2-1-spot/run_log.fingerprint"),
    );
}
