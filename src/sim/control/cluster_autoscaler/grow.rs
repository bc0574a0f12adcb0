//! Upwards: pods that nothing on its way has room for, and the groups that could help them.

use super::percent;
use super::snapshot::Snapshot;
use crate::model::{CapacityType, NodeInclusionPolicy, TopologyKey, ZoneIndex};
use crate::sim::control::notes::Entity;
use crate::sim::control::{Cause, Control};
use crate::sim::event::{EventKind, Refusal};
use crate::sim::policy::cluster_autoscaler::balance::Shape;
use crate::sim::policy::cluster_autoscaler::estimate::{PodGroup, Template, room_on_their_way};
use crate::sim::policy::cluster_autoscaler::expander::ScaleUpOption;
use crate::sim::policy::cluster_autoscaler::health::GroupHealth;
use crate::sim::policy::cluster_autoscaler::look;
use crate::sim::policy::cluster_autoscaler::scale_up::{self, Decision, Increase};
use crate::sim::policy::resources::{Resources, SmallSet, ZoneSet, enforced_skew};
use crate::sim::policy::scheduler::{self, BetweenPods};
use crate::sim::policy::topology::{Place, Term};
use crate::sim::rng::Uniforms as _;
use crate::sim::world::{Machine, Node, Workload};
use crate::units::{SimDuration, SimTime};

/// Pending pods of a workload, and what stands in their way.
struct Waiting {
    workload: usize,
    /// When each was created, the oldest first.
    created: Vec<SimTime>,
    pods: PodGroup,
    /// Pods of the workload by zone, those included that are taken to go to nodes on their way.
    pods_per_zone: Vec<u32>,
    /// What the scheduler's filters say of other pods; none without such a rule.
    between: Option<BetweenPods>,
}

impl Control {
    /// Raises sizes for pods that wait; true when it did.
    pub(super) fn grow(&mut self) -> bool {
        let mut waiting = self.list_waiting();
        if waiting.is_empty() {
            self.autoscaler.refused = None;
            return false;
        }
        let zones = self.template_zones();
        self.leave_to_nodes_on_their_way(&mut waiting, &zones);
        waiting.retain(|it| it.pods.count > 0);
        let Some(oldest) = waiting.iter().filter_map(Waiting::oldest).min() else {
            self.autoscaler.refused = None;
            return false;
        };
        if look::too_young(oldest, self.now) {
            self.wake_autoscaler(self.now);
            return false;
        }
        let decision = self.decide_growth(&waiting, &zones);
        let causes = waiting
            .iter()
            .map(|it| self.newest_pending_cause(it.workload));
        let cause = causes.max().flatten();
        match decision {
            Decision::Raise {
                increases,
                option,
                n_options,
            } => {
                self.raise(&increases, &option, n_options, cause);
                true
            }
            Decision::Refuse(refusals) => {
                let pods = waiting.iter().map(|it| it.pods.count).sum();
                self.refuse(refusals.into_iter().max(), pods, cause);
                // Another look may take the template in a zone that the rules allow.
                if waiting.iter().any(|it| self.asks_for_zones(it.workload)) {
                    self.wake_autoscaler(self.now);
                }
                false
            }
        }
    }

    /// Workloads with pending pods that something is done for, in the order of the design. Those
    /// that wait for the victims of a preemption have a place, and expendable ones do without.
    fn list_waiting(&self) -> Vec<Waiting> {
        let delay = self.kubernetes.cluster_autoscaler.new_pod_scale_up_delay;
        let rules = self.all_rules();
        let mut snapshot: Option<Snapshot> = None;
        let mut all = Vec::new();
        for (workload, owner) in self.world.workloads.iter().enumerate() {
            let is_helped = self.is_served(owner) && !self.is_expendable(workload);
            if owner.n_pending == 0 || !is_helped {
                continue;
            }
            let pods = self.world.pending.iter().map(|at| &self.world.pods[*at]);
            let own = pods.filter(|pod| pod.workload == workload);
            let mut pods_per_zone = owner.pods_per_zone.clone();
            let mut created = Vec::new();
            for pod in own {
                match self.snapshot_node(pod) {
                    Some(node) => pods_per_zone[self.world.nodes[node].zone.index()] += 1,
                    None if pod.created_at + delay <= self.now => created.push(pod.created_at),
                    None => {}
                }
            }
            let between = scheduler::heeds_pods(workload, &rules).then(|| {
                let snapshot = snapshot.get_or_insert_with(|| self.snapshot());
                BetweenPods::new(&self.pod_of(workload), &snapshot.cluster(&rules))
            });
            let most_per_host = between
                .as_ref()
                .map_or(u32::MAX, BetweenPods::most_per_host);
            let is_alone = owner.rules.avoids_itself(workload, TopologyKey::Hostname);
            all.push(Waiting {
                workload,
                pods: PodGroup {
                    count: created.len() as u32,
                    requests: owner.requests,
                    host_port: owner.rules.host_ports.first(),
                    max_per_node: if is_alone { 1 } else { most_per_host },
                },
                created,
                pods_per_zone,
                between,
            });
        }
        all
    }

    /// True when it depends on a new node's zone whether a workload's pods may run on it.
    fn asks_for_zones(&self, workload: usize) -> bool {
        let owner = &self.world.workloads[workload];
        let rules = &owner.rules;
        if enforced_skew(rules.zone_spread()).is_some() {
            return true;
        }
        let mut groups = owner.pools.iter().map(|pool| &self.world.pools[*pool]);
        if !groups.any(|it| it.group.is_some() && it.zones.len() > 1) {
            return false;
        }
        let by_zone = |it: &Term| it.weight.is_none() && it.key == TopologyKey::Zone;
        let mut wishes = rules.node_affinity.iter();
        let mut others = self.world.workloads.iter();
        wishes.any(|it| it.weight.is_none() && it.zones.is_some())
            || rules.affinity.iter().any(by_zone)
            || rules.anti_affinity.iter().any(by_zone)
            || others.any(|other| {
                let mut terms = other.rules.anti_affinity.iter();
                terms.any(|it| it.workload == workload && by_zone(it))
            })
    }

    /// Pods that nodes on their way have room for wait for them.
    fn leave_to_nodes_on_their_way(&self, waiting: &mut [Waiting], zones: &[ZoneIndex]) {
        for (at, zone) in self.autoscaler.groups.iter().zip(zones) {
            let health = self.group_health(*at);
            let n_upcoming = health.upcoming().min(health.requested);
            if n_upcoming == 0 || self.is_backed_off(*at) {
                continue;
            }
            let admitted: Vec<PodGroup> = waiting
                .iter()
                .map(|it| PodGroup {
                    count: it.pods.count.min(self.admitted(it, *at, *zone)),
                    ..it.pods
                })
                .collect();
            let helped = room_on_their_way(&admitted, n_upcoming, &self.template(*at));
            for (it, helped) in waiting.iter_mut().zip(helped) {
                it.pods.count -= helped;
                it.pods_per_zone[zone.index()] += helped;
            }
        }
    }

    fn decide_growth(&mut self, waiting: &[Waiting], zones: &[ZoneIndex]) -> Decision {
        let pods: Vec<PodGroup> = waiting.iter().map(|it| it.pods).collect();
        let ordinal = self.autoscaler.n_lots;
        let lot = self.chance.stream("expander", "", ordinal).uniform();
        let listed = self.autoscaler.groups.iter().zip(zones);
        let groups: Vec<_> = listed
            .map(|(at, zone)| {
                let admits = waiting.iter().map(|it| self.admitted(it, *at, *zone));
                self.list_group(*at, admits.collect())
            })
            .collect();
        scale_up::decide(&scale_up::Observed {
            pods: &pods,
            groups: &groups,
            flags: &self.kubernetes.cluster_autoscaler,
            lot,
        })
    }

    fn list_group(&self, pool: usize, admits: Vec<u32>) -> scale_up::Group<'_> {
        let it = &self.world.pools[pool];
        let group = it
            .group
            .as_ref()
            .expect("only groups with bounds are listed");
        let kind = &it.karpenter.instance_types[0];
        let template = self.template(pool);
        scale_up::Group {
            template,
            shape: Shape {
                instance_type: &it.type_names[0],
                capacity: group.capacity,
                allocatable: kind.allocatable.plus(it.daemons),
                free: template.free,
                pod_slots: kind.pod_slots,
            },
            health: self.group_health(pool),
            max_nodes: group.max_nodes,
            backed_off: self.is_backed_off(pool),
            priority: group.priority,
            admits,
        }
    }

    /// What a new node of a group offers pods.
    fn template(&self, pool: usize) -> Template {
        let kind = &self.world.pools[pool].karpenter.instance_types[0];
        Template {
            free: kind.allocatable,
            free_slots: kind.pod_slots,
        }
    }

    /// The zone that each group's new nodes are taken to be in: that of one of its ready nodes,
    /// whichever the list of nodes happens to begin with, or the group's first.
    fn template_zones(&mut self) -> Vec<ZoneIndex> {
        let ordinal = self.autoscaler.n_lots;
        self.autoscaler.n_lots += 1;
        let zone_of = |pool: &usize| {
            let it = &self.world.pools[*pool];
            let is_model = |node: &&Node| node.pool == *pool && node.ready;
            let models = || self.world.nodes.iter().filter(is_model);
            let n_models = models().count() as u64;
            let mut stream = self.chance.stream("template_node", &it.id, ordinal);
            let drawn = (n_models > 0).then(|| stream.below(n_models) as usize);
            let zone = drawn.and_then(|at| models().nth(at)).map(|node| node.zone);
            let first = it.zones.first().copied();
            zone.or(first).unwrap_or(ZoneIndex(0))
        };
        self.autoscaler.groups.iter().map(zone_of).collect()
    }

    fn group_health(&self, pool: usize) -> GroupHealth {
        let group = self.world.pools[pool].group.as_ref();
        let (target, requested) = group.map_or((0, 0), |it| (it.target, it.requested));
        GroupHealth {
            target,
            requested,
            nodes: self.census_of(pool),
        }
    }

    fn is_backed_off(&self, pool: usize) -> bool {
        let group = self.world.pools[pool].group.as_ref();
        let backoff = group.and_then(|it| it.backoff);
        backoff.is_some_and(|it| it.holds(self.now))
    }

    /// How many pods may run on new nodes of a group, which all would be in one zone.
    fn admitted(&self, waiting: &Waiting, pool: usize, zone: ZoneIndex) -> u32 {
        let workload = waiting.workload;
        let owner = &self.world.workloads[workload];
        let pod = self.pod_of(workload);
        let node = self.new_node(pool, zone);
        if !scheduler::takes_alone(&pod, &owner.rules, &node) {
            return 0;
        }
        if let Some(between) = &waiting.between {
            let has_company =
                between.has_company(&node.place) || self.waits_with_company(workload, pool);
            if !has_company || between.avoidance(&node.place).is_some() {
                return 0;
            }
        }
        let count = |zone: ZoneIndex| waiting.pods_per_zone[zone.index()];
        let mut most = u32::MAX;
        if owner.rules.avoids_itself(workload, TopologyKey::Zone) {
            most = 1_u32.saturating_sub(count(zone));
        }
        if owner
            .rules
            .avoids_itself(workload, TopologyKey::CapacityType)
        {
            most = most.min(1);
        }
        let Some(skew) = enforced_skew(owner.rules.zone_spread()) else {
            return most;
        };
        let others = self.spread_zones(owner).iter().filter(|it| *it != zone);
        let Some(lowest) = others.map(count).min() else {
            return most;
        };
        let room = lowest.saturating_add(skew).saturating_sub(count(zone));
        most.min(room)
    }

    /// A group's next node in a zone, as the scheduler would see it.
    fn new_node(&self, pool: usize, zone: ZoneIndex) -> scheduler::Node {
        let it = &self.world.pools[pool];
        let template = self.template(pool);
        scheduler::Node {
            pool,
            place: Place {
                // No other node has its name.
                host: self.world.nodes.len(),
                zone,
                capacity_type: CapacityType::OnDemand,
            },
            allocatable: template.free,
            requested: Resources::default(),
            pod_slots: template.free_slots,
            n_pods: 0,
            ready: true,
            schedulable: true,
            taints: it.karpenter.taints,
            soft_taints: it.karpenter.soft_taints,
            host_ports: SmallSet::default(),
        }
    }

    /// True when pods that a workload's pods have to be with wait as well, and for nodes of the
    /// same group: they are taken to come together.
    fn waits_with_company(&self, workload: usize, pool: usize) -> bool {
        let waits = |it: &Term| {
            let other = &self.world.workloads[it.workload];
            let goes_there = other.n_pending > 0 && other.pools.contains(&pool);
            it.weight.is_none() && it.workload != workload && goes_there
        };
        let rules = &self.world.workloads[workload].rules;
        rules.affinity.iter().any(waits)
    }

    /// Zones that a workload's spread looks at: those of Node objects, or of nodes that pods may
    /// run on.
    fn spread_zones(&self, owner: &Workload) -> ZoneSet {
        let policy = owner.rules.zone_spread().map(|it| it.node_taints_policy);
        let honors_taints = policy == Some(NodeInclusionPolicy::Honor);
        let nodes = self.world.nodes.iter().filter(|node| {
            let counts = !honors_taints || (node.ready && !node.cordoned);
            owner.pools.contains(&node.pool)
                && node.machine != Machine::Gone
                && node.registered
                && counts
        });
        nodes.map(|node| node.zone).collect()
    }

    fn raise(
        &mut self,
        increases: &[Increase],
        option: &ScaleUpOption,
        n_options: u32,
        cause: Cause,
    ) {
        let now = self.now;
        self.autoscaler.added_at = Some(now);
        self.autoscaler.refused = None;
        let expander = self.kubernetes.cluster_autoscaler.expander[0];
        for increase in increases {
            let pool = self.autoscaler.groups[increase.group];
            let group = self.group(pool);
            group.requested += increase.to - increase.from;
            group.target = increase.to;
            let kind = EventKind::GroupRaised {
                from: increase.from,
                to: increase.to,
                pods: option.n_pods(),
                expander,
                options: n_options,
                unused_percent: percent(option.waste() / 2.0),
            };
            let cause = self.tell(Entity::Pool(pool), None, cause, kind);
            self.order_nodes(pool, cause);
        }
    }

    /// No group can help: told when the reason is new or more pods wait.
    fn refuse(&mut self, because: Option<Refusal>, pods: u32, cause: Cause) {
        let Some(because) = because else {
            return;
        };
        let is_news = self
            .autoscaler
            .refused
            .is_none_or(|(told, reason)| reason != because || told < pods);
        if is_news {
            self.autoscaler.refused = Some((pods, because));
            let kind = EventKind::GroupsRefused { pods, because };
            self.tell(Entity::Autoscaler, None, cause, kind);
        }
        for at in 0..self.autoscaler.groups.len() {
            let pool = self.autoscaler.groups[at];
            if let Some(backoff) = self.group(pool).backoff.filter(|it| it.holds(self.now)) {
                self.wake_autoscaler(backoff.until + SimDuration::from_ns(1));
            }
        }
    }
}

impl Waiting {
    /// When the oldest of the pods was created that nothing on its way has room for: the pods
    /// before it were served first.
    fn oldest(&self) -> Option<SimTime> {
        let served = self.created.len() - self.pods.count as usize;
        self.created.get(served).copied()
    }
}
