//! Queueing cases: `model` names the system.

use serde_json::{Map, Value, json};

use super::fields::Fields;
use super::{Answer, Case, Gap, Obstacle};
use crate::analysis::theory::TheoryError;
use crate::analysis::theory::backlog::Shortage;
use crate::analysis::theory::balancing;
use crate::analysis::theory::breakdowns::FailingServers;
use crate::analysis::theory::calls;
use crate::analysis::theory::closed_network::ClosedNetwork;
use crate::analysis::theory::erlang;
use crate::analysis::theory::finite_queue::FiniteQueue;
use crate::analysis::theory::general_service::{GeneralService, ServiceLaw};
use crate::analysis::theory::impatience::ImpatientQueue;
use crate::analysis::theory::multi_server::MultiServer;
use crate::analysis::theory::network::{JacksonNetwork, Tandem};
use crate::analysis::theory::priority;
use crate::analysis::theory::single_server::SingleServer;

/// The engine's figures for a case.
pub fn answer(case: &Case) -> Answer {
    let mut input = Fields::new(&case.input);
    let (from, wanted) = (&mut input, &case.expect);
    let figures = match case.subject.as_str() {
        "M/M/1" => single_server(from, wanted),
        "M/M/c" => multi_server(from, wanted),
        "M/M/c/K" => finite_queue(from, wanted),
        "Erlang-B (M/G/c/c)" => loss(from),
        "Erlang-B dimensioning" => servers_for_blocking(from),
        "Erlang-C dimensioning" => servers_for_waiting(from),
        "M/G/1" => general_service(from, wanted),
        "M/M/1 non-preemptive priority" => two_priorities(from),
        "tandem M/M/1" => tandem(from, wanted),
        "Jackson network" => jackson(from),
        "M/M/c+M (Erlang A)" => impatience(from),
        "M/M/c with independent breakdowns" => breakdowns(from),
        "closed network (exact MVA)" => closed_network(from),
        "power of two choices (many-server limit)" => choices(from),
        "fan-out tail" => fan_out(from),
        "fan-out required quantile" => fan_out_quantile(from),
        "independent retries" => retries(from),
        "layered retries, total failure" => layers(from),
        "fluid backlog" => backlog(from),
        _ => Err(Gap::Subject.into()),
    }?;
    input.finish()?;
    Ok(figures)
}

/// The share that a key such as `response_p95` or `wait_p999` asks for: 0.95, 0.999. The maximum,
/// `p100`, is none.
fn share_in(key: &str, prefix: &str) -> Option<f64> {
    let digits = key.strip_prefix(prefix)?;
    let is_number = digits.len() >= 2 && digits.bytes().all(|byte| byte.is_ascii_digit());
    (is_number && digits != "100").then(|| format!("0.{digits}").parse().ok())?
}

/// Adds the percentiles that are wanted under keys with a prefix.
fn add_quantiles(
    figures: &mut Value,
    wanted: &Map<String, Value>,
    prefix: &str,
    quantile: impl Fn(f64) -> Result<f64, TheoryError>,
) -> Result<(), Obstacle> {
    for key in wanted.keys() {
        if let Some(share) = share_in(key, prefix) {
            figures[key.as_str()] = json!(quantile(share)?);
        }
    }
    Ok(())
}

const RESPONSE: &str = "response_p";
const WAIT: &str = "wait_p";

fn single_server(input: &mut Fields<'_>, wanted: &Map<String, Value>) -> Answer {
    let queue = SingleServer {
        arrival_rate: input.take("arrival_rate")?,
        service_rate: input.take("service_rate")?,
    };
    let mut figures = json!({
        "utilization": queue.utilization()?,
        "p_wait": queue.utilization()?,
        "mean_in_system": queue.mean_in_system()?,
        "mean_in_queue": queue.mean_in_queue()?,
        "mean_response": queue.mean_response()?,
        "mean_wait": queue.mean_wait()?,
        "var_in_system": queue.variance_in_system()?,
    });
    add_quantiles(&mut figures, wanted, RESPONSE, |q| {
        queue.response_quantile(q)
    })?;
    add_quantiles(&mut figures, wanted, WAIT, |q| queue.wait_quantile(q))?;
    for key in wanted.keys() {
        let number = key.strip_prefix("p_at_least_").map(str::parse);
        if let Some(Ok(n)) = number {
            figures[key.as_str()] = json!(queue.p_at_least(n)?);
        }
    }
    Ok(figures)
}

fn multi_server(input: &mut Fields<'_>, wanted: &Map<String, Value>) -> Answer {
    let queue = MultiServer {
        arrival_rate: input.take("arrival_rate")?,
        service_rate: input.take("service_rate")?,
        servers: input.take("servers")?,
    };
    let mut figures = json!({
        "utilization": queue.utilization()?,
        "p_wait": queue.p_wait()?,
        "mean_wait": queue.mean_wait()?,
        "mean_response": queue.mean_response()?,
        "mean_in_queue": queue.mean_in_queue()?,
        "mean_in_system": queue.mean_in_system()?,
    });
    add_quantiles(&mut figures, wanted, RESPONSE, |q| {
        queue.response_quantile(q)
    })?;
    add_quantiles(&mut figures, wanted, WAIT, |q| queue.wait_quantile(q))?;
    Ok(figures)
}

fn finite_queue(input: &mut Fields<'_>, wanted: &Map<String, Value>) -> Answer {
    let queue = FiniteQueue {
        arrival_rate: input.take("arrival_rate")?,
        service_rate: input.take("service_rate")?,
        servers: input.take("servers")?,
        capacity: input.take("capacity_including_in_service")?,
    };
    let rest = queue.at_rest()?;
    let mut figures = json!({
        "blocking": rest.blocking,
        "throughput": rest.throughput,
        "utilization": rest.utilization,
        "mean_in_system": rest.mean_in_system,
        "mean_in_queue": rest.mean_in_queue,
        "mean_response": rest.mean_response,
        "mean_wait": rest.mean_wait,
    });
    add_quantiles(&mut figures, wanted, RESPONSE, |q| {
        rest.response_quantile(q)
    })?;
    Ok(figures)
}

fn loss(input: &mut Fields<'_>) -> Answer {
    let offered = input.take("offered_load")?;
    let blocking = erlang::blocking(input.take("servers")?, offered)?;
    Ok(json!({ "blocking": blocking, "carried_load": offered * (1.0 - blocking) }))
}

fn servers_for_blocking(input: &mut Fields<'_>) -> Answer {
    let offered = input.take("offered_load")?;
    let servers = erlang::servers_for_blocking(offered, input.take("max_blocking")?)?;
    let one_fewer = servers.checked_sub(1);
    Ok(json!({
        "min_servers": servers,
        "blocking_at_min": erlang::blocking(servers, offered)?,
        "blocking_one_fewer": one_fewer.map(|n| erlang::blocking(n, offered)).transpose()?,
    }))
}

fn servers_for_waiting(input: &mut Fields<'_>) -> Answer {
    let arrival_rate: f64 = input.take("arrival_rate")?;
    let offered = arrival_rate / input.take::<f64>("service_rate")?;
    let servers = erlang::servers_for_waiting(offered, input.take("max_p_wait")?)?;
    // With one server fewer the queue may have no steady state: everyone waits.
    let one_fewer = match erlang::waiting_probability(servers.saturating_sub(1), offered) {
        Err(TheoryError::Unstable { .. }) => Ok(1.0),
        other => other,
    };
    Ok(json!({
        "min_servers": servers,
        "p_wait_at_min": erlang::waiting_probability(servers, offered)?,
        "p_wait_one_fewer": one_fewer?,
    }))
}

fn service_law(law: &Value) -> Result<ServiceLaw, Obstacle> {
    let mut law = Fields::of(law)?;
    let read = match law.take::<String>("dist")?.as_str() {
        "deterministic" => ServiceLaw::Deterministic {
            value: law.take("value")?,
        },
        "lognormal" => {
            // The same law once more, as parameters of its logarithm.
            law.ignore("mu");
            law.ignore("sigma");
            ServiceLaw::Lognormal {
                mean: law.take("mean")?,
                cv: law.take("cv")?,
            }
        }
        "hyperexponential" => ServiceLaw::Hyperexponential {
            p: law.take("p")?,
            rate1: law.take("rate1")?,
            rate2: law.take("rate2")?,
        },
        "erlang" => ServiceLaw::Erlang {
            k: law.take("k")?,
            mean: law.take("mean")?,
        },
        other => return Err(Gap::Value(other.to_string()).into()),
    };
    law.finish()?;
    Ok(read)
}

fn general_service(input: &mut Fields<'_>, wanted: &Map<String, Value>) -> Answer {
    let queue = GeneralService {
        arrival_rate: input.take("arrival_rate")?,
        service: service_law(&input.take::<Value>("service")?)?,
    };
    let rest = queue.at_rest()?;
    let mut figures = json!({
        "utilization": rest.utilization,
        "mean_service": rest.mean_service,
        "scv_service": rest.cv_square_service,
        "mean_wait": rest.mean_wait,
        "var_wait": rest.variance_wait,
        "mean_response": rest.mean_response,
        "mean_in_queue": rest.mean_in_queue,
        "mean_in_system": rest.mean_in_system,
    });
    for key in wanted.keys() {
        if let Some(share) = share_in(key, RESPONSE)
            && let Some(time) = queue.response_quantile(share)?
        {
            figures[key.as_str()] = json!(time);
        }
    }
    Ok(figures)
}

fn two_priorities(input: &mut Fields<'_>) -> Answer {
    let rates: [f64; 2] = [
        input.take("arrival_rate_high")?,
        input.take("arrival_rate_low")?,
    ];
    let service_rate = input.take("service_rate")?;
    let waits = priority::mean_waits(&rates, service_rate, 1)?;
    let together = priority::mean_waits(&[rates[0] + rates[1]], service_rate, 1)?;
    Ok(json!({
        "mean_wait_high": waits[0],
        "mean_wait_low": waits[1],
        "mean_wait_fcfs": together[0],
    }))
}

fn tandem(input: &mut Fields<'_>, wanted: &Map<String, Value>) -> Answer {
    let queues = Tandem {
        arrival_rate: input.take("arrival_rate")?,
        service_rates: input.take("service_rates")?,
    };
    let mut figures = json!({
        "mean_response": queues.mean_response()?,
        "mean_in_system": queues.mean_in_system()?,
    });
    add_quantiles(&mut figures, wanted, RESPONSE, |q| {
        queues.response_quantile(q)
    })?;
    Ok(figures)
}

fn jackson(input: &mut Fields<'_>) -> Answer {
    let network = JacksonNetwork {
        external_rates: input.take("external_rates")?,
        routing: input.take("routing")?,
        service_rates: input.take("service_rates")?,
        servers: input.take("servers")?,
    };
    let rest = network.at_rest()?;
    Ok(json!({
        "station_rates": rest.station_rates,
        "station_mean_in_system": rest.station_mean_in_system,
        "mean_in_system": rest.mean_in_system,
        "mean_response": rest.mean_response,
    }))
}

fn impatience(input: &mut Fields<'_>) -> Answer {
    let queue = ImpatientQueue {
        arrival_rate: input.take("arrival_rate")?,
        service_rate: input.take("service_rate")?,
        servers: input.take("servers")?,
        abandonment_rate: input.take("abandonment_rate")?,
    };
    let rest = queue.at_rest()?;
    Ok(json!({
        "p_abandon": rest.p_abandon,
        "p_wait": rest.p_wait,
        "mean_in_queue": rest.mean_in_queue,
        "throughput": rest.throughput,
        "utilization": rest.utilization,
    }))
}

fn breakdowns(input: &mut Fields<'_>) -> Answer {
    let servers = FailingServers {
        arrival_rate: input.take("arrival_rate")?,
        service_rate: input.take("service_rate")?,
        servers: input.take("servers")?,
        failure_rate: input.take("failure_rate")?,
        repair_rate: input.take("repair_rate")?,
    };
    let rest = servers.at_rest()?;
    Ok(json!({
        "availability_per_server": rest.availability_per_server,
        "effective_capacity": rest.effective_capacity,
        "mean_in_system": rest.mean_in_system,
        "mean_response": rest.mean_response,
        "p_empty": rest.p_empty,
    }))
}

fn closed_network(input: &mut Fields<'_>) -> Answer {
    let network = ClosedNetwork {
        users: input.take("users")?,
        think_time: input.take("think_time")?,
        service_demands: input.take("service_demands")?,
    };
    let rest = network.at_rest()?;
    Ok(json!({
        "throughput": rest.throughput,
        "mean_response": rest.mean_response,
        "utilizations": rest.utilizations,
    }))
}

fn choices(input: &mut Fields<'_>) -> Answer {
    let utilization = input.take("utilization")?;
    let choices = input.take("choices")?;
    Ok(json!({
        "mean_response_in_service_times": balancing::mean_response(utilization, choices)?,
        "random_choice_response": balancing::mean_response(utilization, 1)?,
    }))
}

fn fan_out(input: &mut Fields<'_>) -> Answer {
    let quantile = input.take("per_call_quantile")?;
    let slower = calls::fan_out_slower(quantile, input.take("parallel_calls")?)?;
    Ok(json!({ "p_request_slower_than_quantile": slower }))
}

fn fan_out_quantile(input: &mut Fields<'_>) -> Answer {
    let quantile = input.take("request_quantile")?;
    let per_call = calls::fan_out_quantile(quantile, input.take("parallel_calls")?)?;
    Ok(json!({ "per_call_quantile": per_call }))
}

fn retries(input: &mut Fields<'_>) -> Answer {
    let failure = input.take("failure_prob")?;
    let retries: u32 = input.take("max_retries")?;
    Ok(json!({
        "mean_attempts": calls::mean_attempts(failure, retries)?,
        "final_success": calls::success_within(failure, retries.saturating_add(1))?,
    }))
}

fn layers(input: &mut Fields<'_>) -> Answer {
    let layers = input.take("layers")?;
    let calls = calls::calls_at_bottom(layers, input.take("attempts_per_layer")?);
    Ok(json!({ "calls_at_bottom": calls }))
}

fn backlog(input: &mut Fields<'_>) -> Answer {
    let shortage = Shortage {
        arrival_rate: input.take("arrival_rate")?,
        capacity_during: input.take("capacity_during")?,
        duration: input.take("duration_s")?,
        capacity_after: input.take("capacity_after")?,
    };
    let aftermath = shortage.aftermath()?;
    Ok(json!({
        "peak_backlog": aftermath.peak_backlog,
        "drain_seconds": aftermath.drain,
        "max_fifo_delay_s": aftermath.max_delay,
        "total_recovery_seconds": aftermath.total_recovery,
    }))
}
