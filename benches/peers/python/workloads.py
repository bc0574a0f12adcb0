"""The three workloads, as in ../src/workload.rs, and what the scripts have in common.

Every script is called as `python SCRIPT WORKLOAD SIZE SEED`, plays one run and prints one line of
figures. `python SCRIPT start` only imports, so that the start of the interpreter can be subtracted.
"""

import random
import sys

DAY_S = 86_400.0


class W1:
    """M/M/16; the size is the number of requests."""

    ARRIVAL_RATE = 12.8
    SERVERS = 16
    SERVICE_S = 1.0


class W2:
    """Edge, balancer, one of eight replicas, cache and at times database; (servers, mean in s)."""

    ARRIVAL_RATE = 2000.0
    REPLICAS = 8
    HIT_RATIO = 0.8
    EDGE_S = 0.002
    BALANCER = (2, 0.000_5)
    REPLICA = (4, 0.012)
    CACHE = (4, 0.001)
    DATABASE = (32, 0.060)


class W3:
    """An autoscaled cluster; the size is the number of days. Times are in seconds."""

    TICK_S = 15.0
    LOAD = 1750.0
    LOAD_SWING = 0.6
    PEAK_AT_S = 14 * 3600.0
    NOISE_CV = 0.03
    NOISE_MEMORY_S = 600.0
    POD_SERVERS = 5
    SERVICE_S = 0.1
    POD_START_S = 30.0
    PODS_AT_START = 24
    PATIENCE_S = 3.0
    HPA_TARGET = 0.7
    HPA_TOLERANCE = 0.1
    HPA_WINDOW = 20
    HPA_MAX_STEP = 4
    PODS_PER_NODE = 3
    NODE_BOOT_S = 90.0
    NODE_EMPTY_S = 600.0
    NODE_LIFE_S = 10 * DAY_S
    NODE_HOUR_USD = 0.124
    ZONES = 3
    LOST_ZONE = 0
    ZONE_LOST_AT_S = (10.5 * DAY_S, 20.5 * DAY_S)


def exponential(mean_s):
    """A time drawn from the exponential law."""
    return random.expovariate(1.0 / mean_s)


def waits(waited_s):
    """The answer to W1 from all requests' waits."""
    n = len(waited_s)
    return {
        "mean_wait_s": sum(waited_s) / n,
        "p_wait": sum(wait > 0.0 for wait in waited_s) / n,
    }


def response_times(responses_s):
    """The answer to W2 from all requests' response times."""
    in_order = sorted(responses_s)
    n = len(in_order)
    answer = {"mean_ms": sum(in_order) / n * 1e3}
    for percent in (50, 95, 99):
        answer[f"p{percent}_ms"] = in_order[n * percent // 100] * 1e3
    return answer


def main(**players):
    """Runs the player of the workload named on the command line and prints its answer."""
    if sys.argv[1:] == ["start"]:
        return
    if len(sys.argv) != 4 or sys.argv[1] not in players:
        sys.exit(f"usage: {sys.argv[0]} {'|'.join(players)} SIZE SEED")
    workload, size, seed = sys.argv[1:]
    random.seed(int(seed))
    answer = players[workload](int(size))
    print(*(f"{name}={value}" for name, value in answer.items()))
