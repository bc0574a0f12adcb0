//! Quantities are read and written as on the host: the text form is part of files and links, and
//! its digits must not depend on where they are made.

use tradewind::units::{ByteSize, Cpu, FromText, Ratio, RequestRate, SimDuration};
use wasm_bindgen_test::wasm_bindgen_test;

#[track_caller]
fn check_round_trip<T: FromText + std::fmt::Display>(texts: &[&str]) {
    for text in texts {
        let value = T::from_text(text).expect("the text is well-formed");
        assert_eq!(value.to_string(), *text);
    }
}

#[wasm_bindgen_test]
fn quantities_keep_their_text() {
    check_round_trip::<SimDuration>(&["1min30s", "350ms", "1h3min"]);
    check_round_trip::<Cpu>(&["250m"]);
    check_round_trip::<ByteSize>(&["512Mi"]);
    check_round_trip::<RequestRate>(&["1200rps", "0.1rps"]);
    check_round_trip::<Ratio>(&["99.9%", "99.995%"]);
}

#[wasm_bindgen_test]
fn what_is_no_quantity_is_refused() {
    assert!(SimDuration::from_text("90").is_err());
    assert!(Ratio::from_text("NaN%").is_err());
}
