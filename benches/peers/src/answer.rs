//! What a program has to know about its run: the same bookkeeping for all programs in Rust.

use std::fmt;

use tradewind::sim::LatencyHistogram;

/// The figures of a run, printed as `name=value name=value ...`.
#[derive(Debug, Clone, PartialEq)]
pub struct Answer(pub Vec<(&'static str, f64)>);

impl fmt::Display for Answer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (at, (name, value)) in self.0.iter().enumerate() {
            let space = if at == 0 { "" } else { " " };
            write!(f, "{space}{name}={value}")?;
        }
        Ok(())
    }
}

/// What is written down about each request of a queueing workload.
#[derive(Debug, Clone, Default)]
pub struct Requests {
    responses: LatencyHistogram,
    n_waited: u64,
    waited_s: f64,
}

impl Requests {
    /// A request waited for a server, or not at all. W1 asks for this.
    pub fn wait(&mut self, seconds: f64) {
        self.n_waited += u64::from(seconds > 0.0);
        self.waited_s += seconds;
    }

    /// A request has been answered after so many seconds.
    pub fn respond(&mut self, seconds: f64) {
        self.responses.record(seconds, 1.0);
    }

    /// The answer to W1: waits in seconds.
    #[must_use]
    pub fn waits(&self) -> Answer {
        let n = self.responses.total();
        Answer(vec![
            ("mean_wait_s", self.waited_s / n),
            ("p_wait", self.n_waited as f64 / n),
        ])
    }

    /// The answer to W2: response times in milliseconds.
    #[must_use]
    pub fn response_times(&self) -> Answer {
        let ms = |seconds: Option<f64>| seconds.unwrap_or(f64::NAN) * 1e3;
        let [p50, p95, p99] = self.responses.quantiles_s([0.5, 0.95, 0.99]);
        Answer(vec![
            ("mean_ms", ms(self.responses.mean_s())),
            ("p50_ms", ms(p50)),
            ("p95_ms", ms(p95)),
            ("p99_ms", ms(p99)),
        ])
    }
}
