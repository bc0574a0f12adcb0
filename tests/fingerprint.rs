//! Fingerprints of run logs: what the host recorded and the browser must compute to the byte.

use crc::{CRC_32_ISO_HDLC, Crc};
use tradewind::analysis::experiment;
use tradewind::scenario::Scenario;
use tradewind::sim::{self, Experiment, Fidelity, RunLog, Window};
use tradewind::units::{SimDuration, SimTime};

/// The canonical text of a run log.
pub fn text(log: &RunLog) -> Vec<u8> {
    let mut bytes = Vec::new();
    log.write_json_lines(&mut bytes)
        .expect("memory can be written");
    bytes
}

/// Length and checksum of each design's run log, a line each.
pub fn of(scenario: &Scenario, fidelity: Fidelity) -> String {
    let mut lines = String::new();
    for case in &scenario.designs {
        let whole = experiment(scenario, case, 0);
        let log = match fidelity {
            Fidelity::Fluid => sim::run(&whole),
            Fidelity::Requests => sim::run_requests(&Experiment {
                window: Some(eventful(scenario)),
                ..whole
            }),
        };
        let bytes = text(&log);
        let checksum = Crc::<u32>::new(&CRC_32_ISO_HDLC).checksum(&bytes);
        lines += &format!("{} {} {checksum:08x}\n", case.id, bytes.len());
    }
    lines
}

/// A minute before to a minute after the first thing that happens.
fn eventful(scenario: &Scenario) -> Window {
    let faults = scenario
        .tape
        .faults
        .values()
        .map(tradewind::model::FaultKind::at);
    let spikes = scenario.load.spikes.values().map(|spike| spike.at);
    let first = faults.chain(spikes).min().unwrap_or(SimDuration::from_h(1));
    let minute = SimDuration::from_min(1);
    Window {
        from: SimTime::START + first.saturating_sub(minute),
        to: SimTime::START + first + minute,
    }
}
