"""SimPy: a process per request, and resources that it asks for."""

import random

import simpy

import simpy_cluster
from workloads import W1, W2, exponential, main, response_times, waits


def one_station(n_requests):
    """W1."""
    env = simpy.Environment()
    servers = simpy.Resource(env, W1.SERVERS)
    waited_s = []

    def request():
        arrived = env.now
        with servers.request() as slot:
            yield slot
            waited_s.append(env.now - arrived)
            yield env.timeout(exponential(W1.SERVICE_S))

    env.process(source(env, n_requests, W1.ARRIVAL_RATE, request))
    env.run()
    return waits(waited_s)


def web_chain(n_requests):
    """W2."""
    env = simpy.Environment()

    def station(law):
        n_servers, service_s = law
        return simpy.Resource(env, n_servers), service_s

    balancer, cache, database = map(station, (W2.BALANCER, W2.CACHE, W2.DATABASE))
    replicas = [station(W2.REPLICA) for _ in range(W2.REPLICAS)]
    responses_s = []

    def visit(station):
        servers, service_s = station
        with servers.request() as slot:
            yield slot
            yield env.timeout(exponential(service_s))

    def request():
        arrived = env.now
        yield env.timeout(exponential(W2.EDGE_S))
        yield from visit(balancer)
        yield from visit(random.choice(replicas))
        yield from visit(cache)
        if random.random() >= W2.HIT_RATIO:
            yield from visit(database)
        responses_s.append(env.now - arrived)

    env.process(source(env, n_requests, W2.ARRIVAL_RATE, request))
    env.run()
    return response_times(responses_s)


def source(env, n_requests, rate, request):
    """Starts requests at random times."""
    for _ in range(n_requests):
        yield env.timeout(exponential(1.0 / rate))
        env.process(request())


if __name__ == "__main__":
    main(w1=one_station, w2=web_chain, w3=simpy_cluster.month)
