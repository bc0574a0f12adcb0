//! NeXosim: models with input methods and output ports, put together on a bench.
//!
//! Written as its examples do: inputs are `async` methods, a model schedules its own methods, ports
//! are connected to inputs before the run, and a queue collects what comes out at the end. One
//! thread: with two, a chain that has one event at a time only waits for itself. Times come from
//! `rand_distr` (a ziggurat) on the generator that Tradewind uses.

mod models;

use std::process::ExitCode;

use nexosim::ports::{EventSinkReader, SinkState, event_queue};
use nexosim::simulation::{Mailbox, SimInit, SimulationError};
use nexosim::time::MonotonicTime;
use peers::answer::Requests;
use peers::program;
use peers::workload::{Workload, w1, w2};

use models::{Request, Source, Station};

fn main() -> ExitCode {
    program::main(|order| {
        let result = match order.workload {
            Workload::W1 => one_station(order.size, order.seed).map(|it| it.waits()),
            Workload::W2 => web_chain(order.size, order.seed).map(|it| it.response_times()),
            Workload::W3 => return Err("NeXosim has no cluster; this plays w1 and w2".to_owned()),
        };
        result.map_err(|error| error.to_string())
    })
}

fn one_station(n_requests: u32, seed: u64) -> Result<Requests, SimulationError> {
    let mut source = Source::new(w1::ARRIVAL_RATE, n_requests, seed);
    let mut station = Station::new((w1::SERVERS, w1::SERVICE_S), 1.0, seed + 1);
    let station_mailbox = Mailbox::new();
    source.out.connect(Station::enter, &station_mailbox);
    let (sink, answered) = event_queue(SinkState::Enabled);
    station.add_output().connect_sink(sink);

    let bench = SimInit::with_num_threads(1)
        .add_model(source, Mailbox::new(), "source")
        .add_model(station, station_mailbox, "station");
    run(bench, answered)
}

fn web_chain(n_requests: u32, seed: u64) -> Result<Requests, SimulationError> {
    let mut source = Source::new(w2::ARRIVAL_RATE, n_requests, seed);
    let mut edge = Station::new((u32::MAX, w2::EDGE_S), 1.0, seed + 1);
    let mut balancer = Station::new(w2::BALANCER, 1.0, seed + 2);
    let mut cache = Station::new(w2::CACHE, w2::HIT_RATIO, seed + 3);
    let mut database = Station::new(w2::DATABASE, 1.0, seed + 4);
    let [
        edge_mailbox,
        balancer_mailbox,
        cache_mailbox,
        database_mailbox,
    ] = std::array::from_fn(|_| Mailbox::new());

    source.out.connect(Station::enter, &edge_mailbox);
    edge.add_output().connect(Station::enter, &balancer_mailbox);
    let (sink, answered) = event_queue(SinkState::Enabled);
    cache.add_output().connect_sink(sink.clone());
    cache.miss.connect(Station::enter, &database_mailbox);
    database.add_output().connect_sink(sink);

    let mut bench = SimInit::with_num_threads(1);
    for n in 0..w2::REPLICAS {
        let mut replica = Station::new(w2::REPLICA, 1.0, seed + 5 + u64::from(n));
        let mailbox = Mailbox::new();
        balancer.add_output().connect(Station::enter, &mailbox);
        replica.add_output().connect(Station::enter, &cache_mailbox);
        bench = bench.add_model(replica, mailbox, &format!("replica-{n}"));
    }
    let bench = bench
        .add_model(source, Mailbox::new(), "source")
        .add_model(edge, edge_mailbox, "edge")
        .add_model(balancer, balancer_mailbox, "balancer")
        .add_model(cache, cache_mailbox, "cache")
        .add_model(database, database_mailbox, "database");
    run(bench, answered)
}

/// Plays until nothing is left to happen.
fn run(
    bench: SimInit,
    mut answered: impl EventSinkReader<Request>,
) -> Result<Requests, SimulationError> {
    bench.init(MonotonicTime::EPOCH)?.run()?;
    let mut requests = Requests::default();
    while let Some(request) = answered.try_read() {
        let response = request.entered.duration_since(request.arrived);
        requests.wait(request.waited.as_secs_f64());
        requests.respond(response.as_secs_f64());
    }
    Ok(requests)
}
