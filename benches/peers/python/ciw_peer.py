"""Ciw: a network described by its laws and its routing matrix, read from the records of a run."""

import sys

import ciw

from workloads import W1, W2, main, response_times, waits


def simulate(network, n_requests):
    """Plays until so many requests have been answered; all requests that arrived, in any order."""
    ciw.seed(int(sys.argv[3]))
    simulation = ciw.Simulation(network)
    simulation.simulate_until_max_customers(n_requests, method="Finish")
    return simulation


def one_station(n_requests):
    """W1."""
    network = ciw.create_network(
        arrival_distributions=[ciw.dists.Exponential(W1.ARRIVAL_RATE)],
        service_distributions=[ciw.dists.Exponential(1.0 / W1.SERVICE_S)],
        number_of_servers=[W1.SERVERS],
    )
    records = simulate(network, n_requests).get_all_records()
    return waits([record.waiting_time for record in records])


def web_chain(n_requests):
    """W2: edge, balancer, replicas, cache, database, in this order."""
    stations = [(float("inf"), W2.EDGE_S), W2.BALANCER]
    stations += [W2.REPLICA] * W2.REPLICAS
    stations += [W2.CACHE, W2.DATABASE]
    n = len(stations)
    cache, database = n - 2, n - 1
    replicas = range(2, cache)

    routing = [[0.0] * n for _ in range(n)]
    routing[0][1] = 1.0
    for replica in replicas:
        routing[1][replica] = 1.0 / W2.REPLICAS
        routing[replica][cache] = 1.0
    routing[cache][database] = 1.0 - W2.HIT_RATIO

    network = ciw.create_network(
        arrival_distributions=[ciw.dists.Exponential(W2.ARRIVAL_RATE)] + [None] * (n - 1),
        service_distributions=[ciw.dists.Exponential(1.0 / mean_s) for _, mean_s in stations],
        number_of_servers=[n_servers for n_servers, _ in stations],
        routing=routing,
    )
    answered = simulate(network, n_requests).nodes[-1].all_individuals
    visits = (individual.data_records for individual in answered)
    return response_times([visit[-1].exit_date - visit[0].arrival_date for visit in visits])


if __name__ == "__main__":
    main(w1=one_station, w2=web_chain)
