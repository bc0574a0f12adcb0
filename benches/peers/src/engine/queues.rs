//! W1 and W2 on the engine: request by request, under a control plane that has nothing to do.
//!
//! The whole engine plays them as it plays any scenario: arrivals by a rate, a graph of calls,
//! timers for every attempt, response times in a histogram.

use peers::answer::Answer;
use tradewind::sim::{Fidelity, RunLog};
use tradewind::units::SimDuration;

const M_M_16: &str = include_str!("../../workloads/w1.tradewind.json");
const WEB_CHAIN: &str = include_str!("../../workloads/w2.tradewind.json");

/// Requests per second of W1, and the mean service time in seconds.
const M_M_16_RATE: f64 = 12.8;
const M_M_16_SERVICE_S: f64 = 1.0;
/// Requests per second of W2.
const WEB_CHAIN_RATE: f64 = 2000.0;

/// W1 with so many requests.
pub fn m_m_16(n_requests: u32, seed: u64) -> Result<Answer, String> {
    let log = play(M_M_16, f64::from(n_requests) / M_M_16_RATE, seed)?;
    let mean_s = log.latency.mean_s().unwrap_or(f64::NAN);
    Ok(Answer(vec![("mean_wait_s", mean_s - M_M_16_SERVICE_S)]))
}

/// W2 with so many requests.
pub fn web_chain(n_requests: u32, seed: u64) -> Result<Answer, String> {
    let log = play(WEB_CHAIN, f64::from(n_requests) / WEB_CHAIN_RATE, seed)?;
    let ms = |seconds: Option<f64>| seconds.unwrap_or(f64::NAN) * 1e3;
    Ok(Answer(vec![
        ("mean_ms", ms(log.latency.mean_s())),
        ("p50_ms", ms(log.latency.quantile_s(0.5))),
        ("p95_ms", ms(log.latency.quantile_s(0.95))),
        ("p99_ms", ms(log.latency.quantile_s(0.99))),
    ]))
}

fn play(scenario: &str, seconds: f64, seed: u64) -> Result<RunLog, String> {
    let duration = SimDuration::from_s_f64(seconds);
    super::play(super::read(scenario)?, duration, seed, Fidelity::Requests)
}
