//! Queues and their consumers: what the pods of a deployment can work off, and what becomes of
//! messages when they die or fail.
//!
//! The real thing. Producers are answered by the queue alone, so they notice nothing while
//! consumers are away: the backlog grows instead, and with it the age of the oldest message. That
//! is the point of a queue, and the price is the time to drain it. Consumers poll; how fast they
//! are together is pods x threads / time per message, at most one thread per partition in a log.
//! What they call has to answer: messages of a consumer whose database is away fail, come back
//! after the visibility timeout, and end in the dead-letter queue.
//!
//! Producers are calls in both data planes, to a service in three zones. The messages themselves
//! are a flow (`sim/messages.rs`), in both planes alike.
//!
//! Assumed: a message takes its consumer's mean service time and that of what it calls; messages
//! fail by time-out while something that they need is away. Each message is sent, received and
//! deleted by a request of its own, as SQS bills them.
//!
//! Left out: consumers' load on what they call, and their waiting there; batches (SQS takes ten
//! messages a request), requests that find nothing, brokers of a log and their price, rebalances
//! that stop a whole group.

use super::notes::Entity;
use super::{Cause, Control};
use crate::model::{Component, Design};
use crate::sim::event::{Event, EventKind, MessagesEvent};
use crate::sim::flow::{CallFlow, FlowGraph, FlowState, Observation, PodGroup, Target};
use crate::sim::messages::{BEHIND, Handling, MessageQueue, Rules, Totals};
use crate::sim::run_log::{Meter, QueueSample, QueueTrack};
use crate::units::{SimDuration, SimTime};

/// A queue with those who consume it.
#[derive(Debug)]
pub(super) struct Channel {
    /// Index among external services.
    external: usize,
    visibility_timeout: SimDuration,
    max_receives: u32,
    partitions: Option<u32>,
    consumers: Vec<Consumer>,
    queue: MessageQueue,
    /// Consumers that died, and until when their partitions rest.
    resting: (u32, SimTime),
    /// Messages handled per second in the last step.
    handled_rate: f64,
    /// How long consumers had each of them, in seconds.
    time_s: f64,
    /// The present backlog, from when it was told of.
    episode: Option<Episode>,
    has_told_dead_letters: bool,
    meter: Option<usize>,
    metered: f64,
    /// Totals at the last sample.
    sampled: Totals,
}

/// A backlog that was told of.
#[derive(Debug, Clone, Copy)]
struct Episode {
    since: SimTime,
    cause: Cause,
    largest: f64,
    oldest: SimDuration,
}

/// A deployment that consumes a queue.
#[derive(Debug)]
struct Consumer {
    /// Index in the flow graph.
    deployment: usize,
    servers: u32,
    /// A server's own time per message, in seconds.
    service_s: f64,
    cpu_s: f64,
    /// Calls per message, with the mean service time of what is called in seconds.
    calls: Vec<(CallFlow, f64)>,
    trip_s: f64,
    /// Pods ready, and dead ones still listed, when last looked at.
    seen: (u32, u32),
}

/// What a consumer's pods can do now.
struct Ability {
    ready: u32,
    servers: f64,
    /// Per message, in seconds.
    time_s: f64,
    succeeds: bool,
}

impl Consumer {
    fn new(graph: &FlowGraph, deployment: usize) -> Self {
        let flow = &graph.deployments[deployment];
        let mean_s = |call: &CallFlow| match call.target {
            Target::Deployment(at) => graph.deployments[at].service_time.mean.as_s_f64(),
            Target::Database(at) => graph.databases[at].service_time.mean.as_s_f64(),
            Target::Cache(at) => graph.caches[at].service_time.mean.as_s_f64(),
            Target::External(at) => graph.externals[at].service_time.mean.as_s_f64(),
        };
        let calls = flow.calls.iter();
        Self {
            deployment,
            servers: flow.servers,
            service_s: flow.service_time.mean.as_s_f64(),
            cpu_s: flow.cpu_s_per_request,
            calls: calls.map(|it| (it.clone(), mean_s(it))).collect(),
            trip_s: graph.round_trips.same_zone_s,
            seen: (0, 0),
        }
    }

    fn ability(&self, state: &FlowState, zones: usize) -> Ability {
        let pods = |at: usize| &state.pods[at * zones..(at + 1) * zones];
        let ready: u32 = pods(self.deployment).iter().map(|it| it.ready).sum();
        let mut time_s = self.service_s;
        let mut succeeds = true;
        for (call, mean_s) in &self.calls {
            let (is_up, late_s) = match call.target {
                Target::Deployment(at) => (pods(at).iter().any(|it| it.ready > 0), 0.0),
                Target::Database(at) => answers(&state.databases[at]),
                Target::Cache(at) => answers(&state.caches[at]),
                Target::External(at) => answers(&state.externals[at]),
            };
            let missed = call
                .unless_cached_by
                .map_or(1.0, |at| 1.0 - state.caches[at].hit_ratio);
            let n = call.per_request * missed;
            time_s += n * if is_up {
                (mean_s + late_s + self.trip_s).min(call.timeout_s)
            } else {
                call.timeout_s * f64::from(call.attempts)
            };
            succeeds &= is_up || call.optional || n <= 0.0;
        }
        Ability {
            ready,
            servers: f64::from(ready * self.servers),
            time_s,
            succeeds,
        }
    }
}

/// Whether an endpoint answers, and by how many seconds late.
fn answers(state: &crate::sim::flow::EndpointState) -> (bool, f64) {
    (
        state.up && state.stalled_until.is_none(),
        state.network.added_latency_s,
    )
}

impl Control {
    /// Opens the queues of a design.
    pub(super) fn open_channels(&mut self, design: &Design, graph: &FlowGraph) {
        for (external, endpoint) in graph.externals.iter().enumerate() {
            let found = design.find(&endpoint.id).map(|at| design.vertex(at));
            let Some(Component::Queue(model)) = found.map(|vertex| &vertex.component) else {
                continue;
            };
            let consumes = |at: &usize| graph.deployments[*at].consumes == Some(external);
            let consumers = (0..graph.deployments.len()).filter(consumes);
            let is_sqs = model.partitions.is_none();
            let meter = is_sqs.then(|| self.recorder.meter_index(&Meter::QueueRequests));
            self.recorder.follow_queue(QueueTrack {
                id: endpoint.id.clone(),
                samples: Vec::new(),
            });
            self.channels.push(Channel {
                external,
                visibility_timeout: model.visibility_timeout,
                max_receives: model.max_receive_count.unwrap_or(0),
                partitions: model.partitions,
                consumers: consumers.map(|at| Consumer::new(graph, at)).collect(),
                queue: MessageQueue::new(Rules {
                    visibility_timeout: model.visibility_timeout,
                    max_receives: model.max_receive_count,
                }),
                resting: (0, SimTime::START),
                handled_rate: 0.0,
                time_s: 0.0,
                episode: None,
                has_told_dead_letters: false,
                meter,
                metered: 0.0,
                sampled: Totals::default(),
            });
        }
    }

    /// When a queue changes by itself.
    pub(in crate::sim) fn messages_change(&self, now: SimTime) -> SimTime {
        let mut next = SimTime::NEVER;
        for it in &self.channels {
            next = next.min(it.queue.next_change(now));
            if it.resting.1 > now {
                next = next.min(it.resting.1);
            }
        }
        next
    }

    /// Moves messages through a step, whose producers the data plane saw.
    pub(in crate::sim) fn move_messages(&mut self, seen: &Observation, from: SimTime, to: SimTime) {
        if to <= from {
            return;
        }
        let mut channels = std::mem::take(&mut self.channels);
        for channel in &mut channels {
            let is_up = self.flow.externals[channel.external].up;
            let calls = seen.external_calls[channel.external];
            let rate = if is_up { calls } else { 0.0 };
            self.work_off(channel, rate, (from, to));
        }
        self.channels = channels;
    }

    /// Messages in a queue, those included that consumers have in hand.
    pub(super) fn messages_in(&self, external: usize) -> f64 {
        let found = self.channels.iter().find(|it| it.external == external);
        let Some(channel) = found else {
            return 0.0;
        };
        let in_hand = channel.handled_rate * channel.time_s;
        channel.queue.backlog() + channel.queue.hidden() + in_hand
    }

    fn work_off(&mut self, channel: &mut Channel, rate: f64, (from, to): (SimTime, SimTime)) {
        let seconds = to.since(from).as_s_f64();
        self.count_dead(channel, from, to);
        let zones = self.world.zones.len();
        let (mut own_capacity, mut servers, mut members) = (0.0, 0.0, 0);
        let mut succeeds = true;
        let abilities: Vec<Ability> = channel
            .consumers
            .iter()
            .map(|it| it.ability(&self.flow, zones))
            .collect();
        for it in &abilities {
            own_capacity += it.servers / it.time_s.max(1e-9);
            servers += it.servers;
            members += it.ready;
            succeeds &= it.succeeds;
        }
        let mut capacity = own_capacity;
        if let Some(partitions) = channel.partitions {
            let (resting, until) = channel.resting;
            let resting = if until > from { resting } else { 0 };
            let owned = f64::from(members) / f64::from((members + resting).max(1));
            // A server reads one partition; others have nothing to read.
            let readable = f64::from(partitions) * owned;
            capacity *= (readable / f64::max(servers, 1.0)).min(1.0);
            if !succeeds {
                // A log keeps its order: what fails is tried until it succeeds.
                capacity = 0.0;
            }
        }
        // Servers at work over what they begin per second.
        channel.time_s = servers / own_capacity.max(1e-9);
        let can = Handling {
            rate: capacity,
            succeeds,
        };
        let handled = channel.queue.advance((from, to), rate, can);
        channel.handled_rate = handled / seconds;
        let dead = channel.queue.bring_back(to);
        // Servers without a partition of their own have nothing to do.
        let busy = if own_capacity > 0.0 {
            (handled / (own_capacity * seconds)).min(1.0)
        } else {
            0.0
        };
        for (consumer, ability) in channel.consumers.iter().zip(&abilities) {
            let share = ability.servers / ability.time_s.max(1e-9) / own_capacity.max(1e-9);
            let per_pod = handled * share / f64::from(ability.ready.max(1));
            self.load_consumer(consumer, (per_pod, busy), seconds);
        }
        self.tell_backlog(channel, (rate, capacity), dead, to);
    }

    /// Consumers that died since the last step leave what they had received.
    fn count_dead(&mut self, channel: &mut Channel, from: SimTime, to: SimTime) {
        let zones = self.world.zones.len();
        let mut died = 0;
        let mut before = 0;
        for it in &mut channel.consumers {
            let pods = &self.flow.pods[it.deployment * zones..(it.deployment + 1) * zones];
            let ready = pods.iter().map(|it| it.ready).sum();
            let dead = pods.iter().map(PodGroup::lost_in_endpoints).sum();
            let (ready_before, dead_before) = std::mem::replace(&mut it.seen, (ready, dead));
            before += ready_before;
            // Pods that leave in peace finish what they have begun.
            died += ready_before
                .saturating_sub(ready)
                .min(dead.saturating_sub(dead_before));
        }
        if died == 0 {
            return;
        }
        channel.resting = (died, from + channel.visibility_timeout);
        let mut time_s = 0.0_f64;
        for it in &channel.consumers {
            time_s = time_s.max(it.ability(&self.flow, zones).time_s);
        }
        let in_hand = channel.handled_rate * time_s * f64::from(died) / f64::from(before);
        channel.queue.lose(in_hand, from);
        let kind = MessagesEvent::Abandoned {
            count: in_hand,
            after: channel.visibility_timeout,
        };
        self.tell_messages(channel, None, kind, to);
    }

    /// What consumers do is seen like what other pods do.
    fn load_consumer(&mut self, consumer: &Consumer, (per_pod, busy): (f64, f64), seconds: f64) {
        let zones = self.world.zones.len();
        for zone in 0..zones {
            let slot = consumer.deployment * zones + zone;
            let here = per_pod * f64::from(self.flow.pods[slot].ready);
            if here > 0.0 {
                self.use_cpu(slot, here * consumer.cpu_s);
                let station = self.recorder.index().pods[slot];
                self.recorder
                    .load(station, seconds, busy, here / seconds, false);
            }
        }
    }

    fn tell_backlog(
        &mut self,
        channel: &mut Channel,
        (arrival_rate, capacity): (f64, f64),
        dead_letters: f64,
        to: SimTime,
    ) {
        let age = channel.queue.oldest_age(to);
        let cause = channel.episode.and_then(|it| it.cause);
        if dead_letters > 0.0 && !channel.has_told_dead_letters {
            channel.has_told_dead_letters = true;
            let receives = channel.max_receives;
            let kind = MessagesEvent::DeadLettered { receives };
            self.tell_messages(channel, cause, kind, to);
        }
        let backlog = channel.queue.backlog() + channel.queue.hidden();
        match &mut channel.episode {
            None if age >= BEHIND => {
                let kind = MessagesEvent::Behind {
                    arrival_rate,
                    capacity,
                };
                let cause = self.tell_messages(channel, None, kind, to);
                channel.episode = Some(Episode {
                    since: to,
                    cause,
                    largest: backlog,
                    oldest: age,
                });
            }
            Some(episode) => {
                episode.largest = episode.largest.max(backlog);
                episode.oldest = episode.oldest.max(age);
                if backlog <= 0.0 {
                    let kind = MessagesEvent::Drained {
                        largest_backlog: episode.largest,
                        oldest_age: episode.oldest,
                        took: to.since(episode.since),
                    };
                    channel.episode = None;
                    channel.has_told_dead_letters = false;
                    self.tell_messages(channel, cause, kind, to);
                }
            }
            None => {}
        }
    }

    fn tell_messages(
        &mut self,
        channel: &Channel,
        cause: Cause,
        kind: MessagesEvent,
        at: SimTime,
    ) -> Cause {
        let entity = Entity::External(channel.external).id(&self.world, &self.faults);
        Some(self.recorder.event(Event {
            at,
            entity,
            zone: None,
            cause,
            kind: EventKind::Messages(kind),
        }))
    }

    /// Notes what stands in the queues at the end of an interval, and what became of messages in
    /// it.
    pub(in crate::sim) fn note_backlogs(&mut self, at: SimTime) {
        for (number, channel) in self.channels.iter_mut().enumerate() {
            let totals = channel.queue.totals();
            let before = std::mem::replace(&mut channel.sampled, totals);
            self.recorder.queue_sample(
                number,
                at,
                QueueSample {
                    backlog: channel.queue.backlog() + channel.queue.hidden(),
                    oldest_age_s: channel.queue.oldest_age(at).as_s_f64(),
                    stored: totals.stored - before.stored,
                    // Messages that a dead consumer had in hand are not handled after all.
                    handled: totals.handled - before.handled,
                    returned: totals.returned - before.returned,
                    dead_lettered: totals.dead_lettered - before.dead_lettered,
                },
            );
            if let Some(meter) = channel.meter {
                // Sent, received, deleted.
                let requests = totals.stored + totals.receives + totals.receives - totals.returned;
                let more = (requests - channel.metered).max(0.0);
                channel.metered += more;
                self.recorder.meter(meter, more);
            }
        }
    }
}
