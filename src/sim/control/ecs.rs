//! Amazon ECS on Fargate: tasks are placed, paid for, found dead and replaced.
//!
//! The real thing. The service scheduler keeps the desired count. Fargate has no nodes: each task
//! is a micro virtual machine of its own in one of the service's zones, and takes most of a minute
//! until its network interface is attached and its image pulled, since no image is there before. A
//! task that fails the load balancer's health checks is stopped and replaced at once: there is no
//! taint and no toleration to wait for, as on Kubernetes.
//!
//! How it maps onto the world. An ECS task is a *pod* of its service's workload. Fargate in a zone
//! is one *node* that never joins the cluster ([`Machine::Fargate`]), so that none of Kubernetes'
//! controllers looks at it, and that has room for any number of tasks. A task that is stopped for
//! being dead is gone at once. One that is ended otherwise is deregistered first and sent SIGTERM
//! when the balancer no longer sends to it (AWS, "Best Practices for Amazon ECS", load balancer
//! connection draining, read 2026-11-23), so that the race of Kubernetes between the two does not
//! exist; it then has its `stopTimeout` of 30 s, which is `termination_grace_period` here.
//!
//! Assumed: ECS replaces the dead tasks of a zone together, when the balancer has found the last of
//! them; tasks that no balancer finds are replaced after `task_loss_time`; what finds no capacity
//! anywhere is tried again every minute; a crashed task is replaced at once; payment begins with
//! the launch, some seconds before the download of the image.
//!
//! Left out: rebalancing between zones after an outage, launch quotas (100 tasks at once, 20 a
//! second more), the throttling of services whose tasks never start, ECS on EC2, Fargate Spot.

use super::notes::Entity;
use super::{Cause, Control, ControlEvent};
use crate::model::{CapacityType, ZoneIndex};
use crate::sim::dist;
use crate::sim::event::{EventKind, ServiceEvent, TaskLoss};
use crate::sim::policy::ecs::{self, LEAST_CHARGED};
use crate::sim::world::{Machine, NewNode, PodPhase, TargetPhase};
use crate::units::{SimDuration, SimTime};

use super::nodes::Order;

/// Tasks without capacity are tried again after this time (an assumption: the service publishes no
/// figure).
const TRY_AGAIN: SimDuration = SimDuration::from_min(1);

/// Bytes of a gigabyte as Fargate sells memory.
const GIBI: f64 = 1_073_741_824.0;

impl Control {
    /// Opens Fargate in the zones of every pool that is of it.
    pub(super) fn open_fargate(&mut self) {
        for pool in 0..self.world.pools.len() {
            if self.world.pools[pool].fargate.is_none() {
                continue;
            }
            for zone in self.world.pools[pool].zones.clone() {
                let new = NewNode {
                    pool,
                    zone,
                    instance_type: 0,
                    capacity_type: CapacityType::OnDemand,
                    spare: false,
                    cause: None,
                };
                let place = self.world.add_node(new, self.now);
                self.world.nodes[place.at()].machine = Machine::Fargate;
            }
        }
    }

    /// True of a pod that is a task.
    pub(super) fn is_task(&self, at: usize) -> bool {
        self.world
            .fargate_of(self.world.pods[at].workload)
            .is_some()
    }

    /// Launches the tasks that wait.
    pub(super) fn place_tasks(&mut self) {
        let n_workloads = self.world.workloads.len();
        self.scratch.told_tasks.resize(n_workloads, 0);
        for workload in 0..n_workloads {
            if self.world.workloads[workload].n_pending == 0 {
                continue;
            }
            let Some(pool) = self.world.fargate_of(workload) else {
                continue;
            };
            let mut waiting = self.world.pending.clone();
            waiting.retain(|at| self.world.pods[*at].workload == workload);
            for at in waiting {
                let Some(place) = self.choose_place(workload, pool) else {
                    self.no_capacity(workload);
                    break;
                };
                self.world.bind(at, place, self.now);
                self.meter_task(at, 1.0);
                self.start_pod(at);
                self.wants_publish = true;
            }
        }
    }

    /// Tasks that found no capacity are tried again.
    pub(in crate::sim) const fn look_for_places(&mut self) {
        self.scratch.tries_tasks_again = false;
        self.wants_placement = true;
    }

    /// The node that stands for Fargate in the zone of the service's next task.
    fn choose_place(&self, workload: usize, pool: usize) -> Option<usize> {
        let nodes = self.world.nodes.iter().enumerate();
        let places: Vec<_> = nodes.filter(|(_, it)| it.pool == pool).collect();
        let per_zone = &self.world.workloads[workload].pods_per_zone;
        let views = places.iter().map(|(_, it)| ecs::ZoneView {
            tasks: per_zone[it.zone.index()],
            open: self.has_capacity(Order {
                pool,
                zone: it.zone,
                instance_type: 0,
                capacity_type: it.capacity_type,
                spare: false,
            }),
        });
        let views: Vec<_> = views.collect();
        ecs::place(&views).map(|chosen| places[chosen].0)
    }

    fn no_capacity(&mut self, workload: usize) {
        // One look is for all tasks; it must not multiply with each placement in between.
        if !std::mem::replace(&mut self.scratch.tries_tasks_again, true) {
            let again = self.now + TRY_AGAIN;
            self.queue.push(again, ControlEvent::PlaceTasks);
        }
        let tasks = self.world.workloads[workload].n_pending;
        let told = &mut self.scratch.told_tasks[workload];
        if tasks > *told {
            *told = tasks;
            let cause = self.newest_pending_cause(workload);
            let kind = EventKind::Service(ServiceEvent::NoCapacity {
                tasks,
                retry: TRY_AGAIN,
            });
            self.tell(Entity::Workload(workload), None, cause, kind);
        }
    }

    /// How long Fargate takes until a task's containers run; nothing for a pod on a node.
    pub(super) fn task_launch_time(&mut self, at: usize) -> SimDuration {
        let pod = &self.world.pods[at];
        let pool = self.world.fargate_of(pod.workload);
        let Some(fargate) = pool.and_then(|pool| self.world.pools[pool].fargate.as_ref()) else {
            return SimDuration::ZERO;
        };
        let zone = &mut self.world.zones[self.world.nodes[pod.node].zone.index()];
        let ordinal = zone.n_task_launches;
        zone.n_task_launches += 1;
        let mut stream = self.chance.stream("task_launch", &zone.name, ordinal);
        dist::triangular(&mut stream, fargate.launch_time)
    }

    /// A task begins (`change` 1) or ceases (-1) to be paid for.
    pub(super) fn meter_task(&mut self, at: usize, change: f64) {
        let pod = &self.world.pods[at];
        let (size, age) = (pod.requests, self.now.since(pod.started_at));
        let Some(meters) = self.task_meters() else {
            return;
        };
        let rates = [size.cpu_m as f64 / 1000.0, size.memory_bytes as f64 / GIBI];
        self.read_meters(self.now);
        for (meter, rate) in meters.into_iter().zip(rates) {
            let number = self.change_meter(meter, change * rate);
            if change < 0.0 && age < LEAST_CHARGED {
                let missing = LEAST_CHARGED.saturating_sub(age).as_s_f64();
                self.recorder.meter(number, rate * missing);
            }
        }
    }

    /// The balancer has found the dead targets of a zone: those that are tasks are replaced.
    pub(super) fn replace_found_tasks(&mut self, zone: ZoneIndex, cause: Cause) {
        self.replace_dead_tasks(zone, None, TaskLoss::HealthCheck, cause);
    }

    /// When ECS will know of tasks that are lost with their zone.
    pub(super) fn expect_task_loss(&mut self, zone: ZoneIndex) {
        let place = &mut self.world.zones[zone.index()];
        place.n_losses += 1;
        let loss = place.n_losses;
        for pool in 0..self.world.pools.len() {
            let Some(fargate) = &self.world.pools[pool].fargate else {
                continue;
            };
            let name = &self.world.zones[zone.index()].name;
            let mut stream = self.chance.stream("task_loss", name, self.now.as_ns());
            let due = self.now + dist::triangular(&mut stream, fargate.task_loss_time);
            let event = ControlEvent::TasksLost(zone, pool as u32, loss);
            self.queue.push(due, event);
        }
    }

    /// ECS knows of the tasks of a pool that were lost with a zone. Of a zone that has come back
    /// and is lost again it learns anew.
    pub(in crate::sim) fn tasks_lost(&mut self, zone: ZoneIndex, pool: usize, loss: u32) {
        let place = &self.world.zones[zone.index()];
        if place.n_losses == loss {
            self.replace_dead_tasks(zone, Some(pool), TaskLoss::Infrastructure, place.cause);
        }
    }

    /// Stops the dead tasks of a zone (and of one pool) that ECS knows of, and has others launched.
    fn replace_dead_tasks(
        &mut self,
        zone: ZoneIndex,
        pool: Option<usize>,
        because: TaskLoss,
        cause: Cause,
    ) {
        for workload in 0..self.world.workloads.len() {
            let of = self.world.fargate_of(workload);
            if of.is_none() || pool.is_some_and(|pool| of != Some(pool)) {
                continue;
            }
            let mut dead = self.world.workloads[workload].pods.clone();
            dead.retain(|at| {
                let pod = &self.world.pods[*at];
                let here = pod.is_placed() && self.world.nodes[pod.node].zone == zone;
                let found =
                    because == TaskLoss::Infrastructure || pod.target == TargetPhase::Unhealthy;
                here && !pod.alive && found
            });
            let mut tasks = 0;
            for at in dead {
                tasks += u32::from(self.stop_task(at));
            }
            if tasks > 0 {
                let kind = EventKind::Service(ServiceEvent::Replaced { tasks, because });
                let cause = self.tell(Entity::Workload(workload), Some(zone), cause, kind);
                self.reconcile_replicas(cause);
            }
        }
    }

    /// Stops a task without a grace period. True when it counted as one of the service's.
    fn stop_task(&mut self, at: usize) -> bool {
        let counted = self.world.pods[at].phase != PodPhase::Terminating;
        if counted {
            self.world.terminate(at, self.now);
            self.check_balancer_zones();
        }
        self.release_pod(at);
        counted
    }

    /// When a pod that is to end is told so: at once, and a task once its target is deregistered.
    pub(super) fn told_to_end_at(&self, at: usize) -> SimTime {
        let leaving = self.world.balancer.iter().flat_map(|it| &it.leaving);
        let task = self.world.pod_ref(at);
        let mut own = leaving.filter(|it| it.pod == task && self.is_task(at));
        own.next().map_or(self.now, |it| it.times.forgotten_at)
    }

    /// A task's essential container has ended: the task stops, and another is launched.
    pub(super) fn task_crashed(&mut self, at: usize) {
        let pod = &self.world.pods[at];
        let (cause, until) = (pod.cause, pod.crashes_until);
        let owner = &mut self.world.workloads[pod.workload];
        // The crash loop goes on in its successor, and in no other task.
        owner.crashes_until = until;
        let workload = pod.workload;
        self.stop_task(at);
        self.reconcile_replicas(cause);
        self.heir_of_crashes(workload);
    }

    /// Until when the next task of a workload ends at every start; whoever asks is that task.
    pub(super) fn heir_of_crashes(&mut self, workload: usize) -> SimTime {
        let until = &mut self.world.workloads[workload].crashes_until;
        std::mem::replace(until, SimTime::START)
    }
}
