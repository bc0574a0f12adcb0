"""W3 on SimPy: nodes are processes that boot and die, a controller acts every tick.

The rules are those of the bare loop in ../src/bare/cluster.rs.
"""

import math
import random
from collections import deque

import simpy

from workloads import DAY_S, W3, exponential


def month(n_days):
    """W3 over so many days."""
    env = simpy.Environment()
    cluster = Cluster(env)
    env.process(cluster.lose_zones())
    env.process(cluster.control())
    env.run(until=n_days * DAY_S)
    return cluster.answer()


class Node:
    """A machine with places for pods; a pod is the time at which it is ready."""

    def __init__(self, cluster, zone, boot_s):
        self.cluster = cluster
        self.zone = zone
        self.pods = []
        self.is_ready = False
        self.empty_since = cluster.env.now + boot_s
        self.process = cluster.env.process(self.live(boot_s))

    def live(self, boot_s):
        """Boots, serves and dies, unless it is removed before."""
        try:
            yield self.cluster.env.timeout(boot_s)
            self.is_ready = True
            yield self.cluster.env.timeout(exponential(W3.NODE_LIFE_S))
            self.cluster.lose(self)
        except simpy.Interrupt:
            pass


class Cluster:
    """Everything: the load, the autoscalers, nodes in order of launch, and sums over ticks."""

    def __init__(self, env):
        self.env = env
        self.nodes = []
        self.n_launched = 0
        self.n_lost = 0
        self.n_wanted = W3.PODS_AT_START
        self.n_placed = 0
        self.recommended = deque(maxlen=W3.HPA_WINDOW)
        self.wandering = 0.0
        self.rate = 0.0
        self.backlog = 0.0
        self.n_ticks = 0
        self.sums = dict.fromkeys(("pods", "nodes", "served", "response", "dropped"), 0.0)
        for _ in range(-(-W3.PODS_AT_START // W3.PODS_PER_NODE)):
            node = self.launch(0.0)
            node.is_ready = True
        self.place_pods(0.0)

    def lose_zones(self):
        """Process: a zone goes with all its nodes."""
        for at in W3.ZONE_LOST_AT_S:
            yield self.env.timeout(at - self.env.now)
            for node in [node for node in self.nodes if node.zone == W3.LOST_ZONE]:
                node.process.interrupt()
                self.lose(node)

    def lose(self, node):
        """A node is gone with its pods."""
        self.nodes.remove(node)
        self.n_placed -= len(node.pods)
        self.n_lost += 1

    def control(self):
        """Process: what happens in every tick."""
        while True:
            self.scale_pods()
            self.scale_nodes()
            self.serve(self.load())
            yield self.env.timeout(W3.TICK_S)

    def load(self):
        """Requests per second: the day's curve times a slow wandering."""
        memory = math.exp(-W3.TICK_S / W3.NOISE_MEMORY_S)
        news = W3.NOISE_CV * math.sqrt(1.0 - memory * memory)
        self.wandering = memory * self.wandering + random.gauss(0.0, news)
        phase = (self.env.now - W3.PEAK_AT_S) / DAY_S * math.tau
        curve = 1.0 + W3.LOAD_SWING * math.cos(phase)
        return W3.LOAD * curve * max(1.0 + self.wandering, 0.0)

    def scale_pods(self):
        """The Horizontal Pod Autoscaler, on the share of servers that are busy."""
        n_pods = self.n_wanted
        needed = self.rate * W3.SERVICE_S / W3.POD_SERVERS / W3.HPA_TARGET
        is_near = abs(needed / n_pods - 1.0) <= W3.HPA_TOLERANCE
        recommended = n_pods if is_near else max(math.ceil(needed), 1)
        self.recommended.append(recommended)
        most = n_pods + max(n_pods, W3.HPA_MAX_STEP)
        down_to = min(n_pods, max(self.recommended))
        self.n_wanted = min(max(recommended, down_to), most)
        self.remove_pods()
        self.place_pods(W3.POD_START_S)

    def remove_pods(self):
        """Removes pods that are not wanted, newest node first."""
        for node in reversed(self.nodes):
            if self.n_placed <= self.n_wanted:
                break
            n_removed = min(len(node.pods), self.n_placed - self.n_wanted)
            if n_removed > 0:
                self.n_placed -= n_removed
                del node.pods[len(node.pods) - n_removed :]
                if not node.pods:
                    node.empty_since = self.env.now

    def place_pods(self, start_s):
        """Places pods that are wanted on the oldest nodes with room."""
        for node in self.nodes:
            if self.n_placed >= self.n_wanted:
                break
            if node.is_ready:
                n_new = min(W3.PODS_PER_NODE - len(node.pods), self.n_wanted - self.n_placed)
                node.pods += [self.env.now + start_s] * n_new
                self.n_placed += n_new

    def scale_nodes(self):
        """Launches nodes for pods without a place, and removes nodes that are empty for long."""
        n_needed = -(-(self.n_wanted - self.n_placed) // W3.PODS_PER_NODE)
        n_booting = sum(not node.is_ready for node in self.nodes)
        for _ in range(n_needed - n_booting):
            self.launch(W3.NODE_BOOT_S)
        latest = self.env.now - W3.NODE_EMPTY_S
        for node in [it for it in self.nodes if not it.pods and it.empty_since <= latest]:
            node.process.interrupt()
            self.nodes.remove(node)

    def launch(self, boot_s):
        """A new node, in the zones by turns."""
        node = Node(self, self.n_launched % W3.ZONES, boot_s)
        self.n_launched += 1
        self.nodes.append(node)
        return node

    def serve(self, load):
        """Serves a tick's requests; what is too much waits, or is given up."""
        now = self.env.now
        n_ready = sum(ready_at <= now for node in self.nodes for ready_at in node.pods)
        n_servers = n_ready * W3.POD_SERVERS
        capacity = n_servers / W3.SERVICE_S
        offered = load * W3.TICK_S + self.backlog
        served = min(offered, capacity * W3.TICK_S)
        left = offered - served
        self.backlog = min(left, capacity * W3.PATIENCE_S)
        self.rate = served / W3.TICK_S
        if self.backlog > 0.0:
            wait_s = self.backlog / capacity
        else:
            wait_s = mean_wait_s(n_servers, self.rate)
        self.n_ticks += 1
        self.sums["pods"] += self.n_placed
        self.sums["nodes"] += len(self.nodes)
        self.sums["served"] += served
        self.sums["response"] += served * (W3.SERVICE_S + wait_s)
        self.sums["dropped"] += left - self.backlog

    def answer(self):
        """Averages over the run."""
        sums = self.sums
        return {
            "pods": sums["pods"] / self.n_ticks,
            "nodes": sums["nodes"] / self.n_ticks,
            "nodes_lost": self.n_lost,
            "mean_ms": sums["response"] / sums["served"] * 1e3,
            "dropped_ppm": sums["dropped"] / (sums["served"] + sums["dropped"]) * 1e6,
            "node_cost_usd": sums["nodes"] * W3.TICK_S / 3600.0 * W3.NODE_HOUR_USD,
        }


def mean_wait_s(n_servers, rate):
    """Mean wait of M/M/c in seconds, by Sakasegawa's closed form of Erlang's formula."""
    busy = rate * W3.SERVICE_S
    if busy >= n_servers:
        return 0.0  # The backlog tells how long they wait.
    power = math.sqrt(2.0 * (n_servers + 1.0)) - 1.0
    return (busy / n_servers) ** power * W3.SERVICE_S / (n_servers - busy)
