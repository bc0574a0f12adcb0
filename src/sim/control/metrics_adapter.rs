//! The custom and external metrics APIs: what their adapters know.
//!
//! The real thing. Metrics other than CPU and memory are served by adapters: prometheus-adapter
//! answers from what Prometheus scraped, KEDA asks the queue itself, others ask CloudWatch. The HPA
//! reads them at its own pace and gets a figure that is as old as the adapter's last reading.
//!
//! Assumed: an adapter reads at a fixed interval (`metrics_interval` of the autoscaler). Rates and
//! requests in flight are means over that interval, of the pods in a zone together; a queue is
//! counted at the reading, with the messages that consumers have in hand, as KEDA's scaler for SQS
//! does (`scaleOnInFlight`). An adapter outlives every fault: it stands in no zone.

use super::{Control, ControlEvent};
use crate::sim::flow::Observation;
use crate::sim::world::Source;
use crate::units::SimTime;

/// What an adapter adds up for one metric of an autoscaler until its next reading.
#[derive(Debug)]
pub(super) struct Adapter {
    workload: usize,
    /// Which of the autoscaler's metrics.
    metric: usize,
    source: Source,
    /// Figure times seconds: by zone for what pods have, in all in front for what they share.
    sums: Vec<f64>,
    /// Pod seconds by zone.
    pod_s: Vec<f64>,
    from: SimTime,
}

impl Control {
    /// Sets up an adapter for each custom metric that somebody follows.
    pub(super) fn open_adapters(&mut self) {
        let n_zones = self.world.zones.len();
        for (workload, owner) in self.world.workloads.iter().enumerate() {
            let Some(scaler) = &owner.scaler else {
                continue;
            };
            for (metric, followed) in scaler.metrics.iter().enumerate() {
                if followed.source.is_custom() {
                    let due = SimTime::START + scaler.metrics_interval;
                    let index = self.adapters.len() as u32;
                    self.queue.push(due, ControlEvent::AdapterReads(index));
                    self.adapters.push(Adapter {
                        workload,
                        metric,
                        source: followed.source,
                        sums: vec![0.0; n_zones],
                        pod_s: vec![0.0; n_zones],
                        from: SimTime::START,
                    });
                }
            }
        }
    }

    /// Takes in what the data plane saw during a step.
    pub(super) fn feed_adapters(&mut self, seen: &Observation, seconds: f64) {
        let n_zones = self.world.zones.len();
        for adapter in &mut self.adapters {
            let figures = match adapter.source {
                Source::Requests => &seen.requests,
                Source::InFlight => &seen.in_flight,
                Source::Entry => {
                    adapter.sums[0] += seen.entry_rate * seconds;
                    continue;
                }
                Source::Backlog(_) | Source::Cpu | Source::Memory(_) => continue,
            };
            for zone in 0..n_zones {
                let slot = adapter.workload * n_zones + zone;
                let ready = f64::from(self.flow.pods[slot].ready);
                adapter.sums[zone] += figures[slot] * seconds;
                adapter.pod_s[zone] += ready * seconds;
            }
        }
    }

    /// An adapter reads what it serves from now on.
    pub(in crate::sim) fn adapter_reads(&mut self, index: usize) {
        // Half a milli-unit rounds up; the cast cuts off, and saturates.
        let milli = |value: f64| (1000.0 * value + 0.5) as u64;
        let now = self.now;
        let backlog = match self.adapters[index].source {
            Source::Backlog(external) => self.messages_in(external),
            _ => 0.0,
        };
        let adapter = &mut self.adapters[index];
        let Some(scaler) = &mut self.world.workloads[adapter.workload].scaler else {
            return;
        };
        let span = now.since(adapter.from);
        let reading = &mut scaler.metrics[adapter.metric].reading;
        reading.value_m.clear();
        match adapter.source {
            Source::Backlog(_) => reading.value_m.push(Some(milli(backlog))),
            Source::Entry => {
                let rate = adapter.sums[0] / span.as_s_f64();
                reading.value_m.push(Some(milli(rate)));
            }
            _ => {
                let zones = adapter.sums.iter().zip(&adapter.pod_s);
                let each = zones.map(|(sum, pod_s)| (*pod_s > 0.0).then(|| milli(sum / pod_s)));
                reading.value_m.extend(each);
            }
        }
        reading.taken_at = Some(now);
        reading.span = span;
        adapter.sums.fill(0.0);
        adapter.pod_s.fill(0.0);
        adapter.from = now;
        let next = now + scaler.metrics_interval;
        let event = ControlEvent::AdapterReads(index as u32);
        self.queue.push(next, event);
    }
}
