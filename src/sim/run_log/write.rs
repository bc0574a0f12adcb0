//! The canonical text of a run log: JSON Lines.
//!
//! One record a line, each an object whose first key says what it is: `run_log` (the header, with
//! the version), `deployments`, `station`, `interval`, `meter`, `usage`, `event`, `queue` (if there
//! are some), `callee` (if they were followed), `latency`, and `end` with the number of records
//! before it, so that a cut-off
//! file shows. Equal logs give equal bytes on every host: records come in the order of the log,
//! keys in the order written here, floats as the shortest text that reads back the same, minus zero
//! as zero. A number that is not finite is refused rather than written as something else.

use std::io::{self, Write};

use serde::{Serialize, Serializer};

use super::{
    ByCause, FailureCause, Interval, Meter, QueueSample, RUN_LOG_VERSION, RunHeader, RunLog,
    Station, StationSample, StationState,
};
use crate::sim::event::{Event, EventId};
use crate::sim::histogram::LatencyHistogram;
use crate::units::{SimDuration, SimTime};

impl RunLog {
    /// Writes the log as canonical JSON Lines.
    ///
    /// # Errors
    /// What the writer reports; `InvalidData` when a figure is not a finite number.
    pub fn write_json_lines(&self, out: &mut impl Write) -> io::Result<()> {
        let mut lines = Lines { out, count: 0 };
        lines.header(self)?;
        lines.parts(self)?;
        lines.intervals(self)?;
        lines.usage(self)?;
        for (id, event) in (0..).zip(&self.events) {
            lines.write(&Record::Event { id, event })?;
        }
        for queue in &self.queues {
            let samples = queue.samples.iter();
            lines.write(&Record::Queue {
                id: &queue.id,
                samples: samples.map(queue_sample).collect(),
            })?;
        }
        for callee in &self.callees {
            let intervals = callee.intervals.iter();
            lines.write(&Record::Callee {
                id: &callee.id,
                intervals: intervals.map(|it| it.map(|it| it.map(Float))).collect(),
                buckets: buckets(&callee.latency),
                attempts: Float(callee.attempts),
            })?;
        }
        lines.write(&Record::Latency {
            buckets: buckets(&self.latency),
        })?;
        let records = lines.count;
        lines.write(&Record::End { records })
    }

    /// The log as canonical JSON Lines.
    ///
    /// # Errors
    /// As [`Self::write_json_lines`].
    pub fn to_json_lines(&self) -> io::Result<String> {
        let mut bytes = Vec::new();
        self.write_json_lines(&mut bytes)?;
        String::from_utf8(bytes).map_err(|error| io::Error::new(io::ErrorKind::InvalidData, error))
    }
}

/// Filled buckets: lower bound and width in seconds, number.
type Buckets = Vec<[Float; 3]>;

fn buckets(latency: &LatencyHistogram) -> Buckets {
    let filled = latency.buckets();
    filled
        .map(|(low, width, n)| [Float(low), Float(width), Float(n)])
        .collect()
}

fn queue_sample(it: &QueueSample) -> [Float; 6] {
    let all = [
        it.backlog,
        it.oldest_age_s,
        it.stored,
        it.handled,
        it.returned,
        it.dead_lettered,
    ];
    all.map(Float)
}

/// A finite number.
#[derive(Clone, Copy)]
struct Float(f64);

impl Serialize for Float {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        if self.0.is_finite() {
            // Adding zero turns minus zero into zero.
            serializer.serialize_f64(self.0 + 0.0)
        } else {
            Err(serde::ser::Error::custom(format!(
                "{} is not finite",
                self.0
            )))
        }
    }
}

/// One line.
#[derive(Serialize)]
#[serde(tag = "record", rename_all = "snake_case")]
enum Record<'a> {
    RunLog {
        version: u32,
        #[serde(flatten)]
        header: &'a RunHeader,
    },
    Deployments {
        ids: &'a [String],
    },
    Station {
        number: u32,
        #[serde(flatten)]
        station: &'a Station,
    },
    Interval(IntervalLine<'a>),
    Meter {
        number: u32,
        #[serde(flatten)]
        meter: &'a Meter,
    },
    Usage {
        at: SimTime,
        length: SimDuration,
        quantities: Vec<Float>,
    },
    Event {
        id: EventId,
        #[serde(flatten)]
        event: &'a Event,
    },
    Queue {
        id: &'a str,
        /// Backlog, age of the oldest, then messages stored, handled, returned and dead-lettered.
        samples: Vec<[Float; 6]>,
    },
    Callee {
        id: &'a str,
        /// p50, p95 and p99 of each interval, in seconds.
        intervals: Vec<[Option<Float>; 3]>,
        buckets: Buckets,
        attempts: Float,
    },
    Latency {
        buckets: Buckets,
    },
    End {
        records: u64,
    },
}

#[derive(Serialize)]
struct IntervalLine<'a> {
    at: SimTime,
    offered: Float,
    succeeded: Float,
    failed: Failed,
    attempts: Float,
    in_flight: Float,
    latency_p50_s: Option<Float>,
    latency_p95_s: Option<Float>,
    latency_p99_s: Option<Float>,
    replicas_desired: &'a [u32],
    stations: Vec<(StationState, u32, u32, Float, Float)>,
}

/// Failures by cause, only those that occurred.
struct Failed(ByCause<f64>);

impl Serialize for Failed {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_map(
            FailureCause::ALL
                .iter()
                .map(|cause| (cause.name(), Float(self.0[cause.index()])))
                // A number that is not finite must reach the writer, to be refused there.
                .filter(|(_, number)| number.0 > 0.0 || !number.0.is_finite()),
        )
    }
}

impl<'a> IntervalLine<'a> {
    fn new(
        at: SimTime,
        interval: &Interval,
        samples: &[StationSample],
        replicas_desired: &'a [u32],
    ) -> Self {
        let station = |it: &StationSample| {
            (
                it.state,
                it.ready,
                it.total,
                Float(it.utilization),
                Float(it.arrival_rate),
            )
        };
        Self {
            at,
            offered: Float(interval.offered),
            succeeded: Float(interval.succeeded),
            failed: Failed(interval.failed),
            attempts: Float(interval.attempts),
            in_flight: Float(interval.in_flight),
            latency_p50_s: interval.latency_p50_s.map(Float),
            latency_p95_s: interval.latency_p95_s.map(Float),
            latency_p99_s: interval.latency_p99_s.map(Float),
            replicas_desired,
            stations: samples.iter().map(station).collect(),
        }
    }
}

struct Lines<'w, W> {
    out: &'w mut W,
    count: u64,
}

impl<W: Write> Lines<'_, W> {
    fn write(&mut self, record: &Record) -> io::Result<()> {
        self.count += 1;
        serde_json::to_writer(&mut *self.out, record).map_err(|error| {
            error.io_error_kind().map_or_else(
                || io::Error::new(io::ErrorKind::InvalidData, error.to_string()),
                |kind| io::Error::new(kind, error.to_string()),
            )
        })?;
        self.out.write_all(b"\n")
    }

    fn header(&mut self, log: &RunLog) -> io::Result<()> {
        self.write(&Record::RunLog {
            version: RUN_LOG_VERSION,
            header: &log.header,
        })
    }

    fn parts(&mut self, log: &RunLog) -> io::Result<()> {
        self.write(&Record::Deployments {
            ids: &log.deployments,
        })?;
        for (number, station) in (0..).zip(&log.stations) {
            self.write(&Record::Station { number, station })?;
        }
        Ok(())
    }

    fn intervals(&mut self, log: &RunLog) -> io::Result<()> {
        let (stations, deployments) = (log.stations.len(), log.deployments.len());
        for (number, interval) in log.intervals.iter().enumerate() {
            let samples = &log.samples[number * stations..(number + 1) * stations];
            let replicas = &log.replicas_desired[number * deployments..][..deployments];
            let at = log.interval_start(number);
            let line = IntervalLine::new(at, interval, samples, replicas);
            self.write(&Record::Interval(line))?;
        }
        Ok(())
    }

    fn usage(&mut self, log: &RunLog) -> io::Result<()> {
        let usage = &log.usage;
        for (number, meter) in (0..).zip(&usage.meters) {
            self.write(&Record::Meter { number, meter })?;
        }
        let end = log.header.end();
        let mut at = log.header.start;
        for row in usage.quantities.chunks(usage.meters.len().max(1)) {
            self.write(&Record::Usage {
                at,
                length: end.since(at).min(usage.row_length),
                quantities: row.iter().copied().map(Float).collect(),
            })?;
            at += usage.row_length;
        }
        Ok(())
    }
}
