//! Metering: what exists is paid for by the second, whether it serves or not.
//!
//! Every meter here runs at a rate of units per second (nodes of a type, gateways, gigabytes) that
//! changes only when something is bought or given back; the quantity is the rate's integral.
//!
//! Assumed: an instance is paid for from its launch call until it is terminated, through outages
//! too (AWS credits those afterwards, if at all); a node's root volume has 20 GB of gp3, as
//! Karpenter's default block device mapping for Amazon Linux; a cache pays for its replicas.

use super::Control;
use crate::model::{CapacityType, DatabaseDeployment};
use crate::sim::run_log::Meter;
use crate::sim::world::{Node, World};
use crate::units::SimTime;

/// Size of a node's root volume.
const ROOT_VOLUME_GB: f64 = 20.0;

/// Meters that run by the second.
#[derive(Debug, Default)]
pub(super) struct Meters {
    /// Number in the recorder and units per second.
    running: Vec<(usize, f64)>,
    /// Meters of nodes, as positions in `running`: by pool, then type, then on-demand and Spot.
    nodes: Vec<Vec<[usize; 2]>>,
    volumes: usize,
    /// vCPUs and gigabytes of Fargate tasks, as positions in `running`; none without Fargate.
    tasks: Option<[usize; 2]>,
    read_at: SimTime,
}

impl Control {
    /// Opens a meter for everything that the design has from the start.
    pub(super) fn open_meters(&mut self) {
        let world = &self.world;
        let recorder = &mut self.recorder;
        let mut running = Vec::new();
        let mut open = |meter: &Meter, rate: f64| {
            running.push((recorder.meter_index(meter), rate));
            running.len() - 1
        };
        let volumes = open(&Meter::VolumeGbSeconds, 0.0);
        // A design without nodes has no use for Kubernetes.
        if world.pools.iter().any(|it| it.fargate.is_none()) {
            open(&Meter::ClusterSeconds, 1.0);
        }
        let has_fargate = world.pools.iter().any(|it| it.fargate.is_some());
        let tasks = has_fargate
            .then(|| [Meter::FargateVcpuSeconds, Meter::FargateGbSeconds].map(|it| open(&it, 0.0)));
        if let Some(balancer) = &world.balancer {
            let product = balancer.product;
            open(&Meter::BalancerSeconds { product }, 1.0);
        }
        if world.nat.n_gateways > 0 {
            open(&Meter::NatSeconds, f64::from(world.nat.n_gateways));
        }
        open_databases(world, &mut open);
        for service in world.externals.iter().filter(|it| it.n_endpoints > 0) {
            open(&Meter::EndpointSeconds, f64::from(service.n_endpoints));
        }
        for cache in &world.caches {
            let node_type = cache.node_type.clone();
            let n_nodes = 1.0 + f64::from(cache.n_replicas);
            open(&Meter::CacheNodeSeconds { node_type }, n_nodes);
        }
        let mut of_type = |name: &String| {
            [CapacityType::OnDemand, CapacityType::Spot].map(|capacity_type| {
                let instance_type = name.clone();
                let meter = Meter::InstanceSeconds {
                    instance_type,
                    capacity_type,
                };
                open(&meter, 0.0)
            })
        };
        let nodes = world
            .pools
            .iter()
            .map(|pool| {
                let sold = pool.type_names.iter().filter(|_| pool.fargate.is_none());
                sold.map(&mut of_type).collect()
            })
            .collect();
        self.meters = Meters {
            running,
            nodes,
            volumes,
            tasks,
            read_at: SimTime::START,
        };
    }

    /// Adds what has run since the last reading.
    pub(in crate::sim) fn read_meters(&mut self, at: SimTime) {
        let seconds = at.since(self.meters.read_at).as_s_f64();
        self.meters.read_at = at;
        if seconds > 0.0 {
            for (meter, rate) in &self.meters.running {
                if *rate > 0.0 {
                    self.recorder.meter(*meter, rate * seconds);
                }
            }
        }
    }

    /// The meters of Fargate tasks.
    pub(super) const fn task_meters(&self) -> Option<[usize; 2]> {
        self.meters.tasks
    }

    /// How fast the meters of Fargate tasks run, in vCPUs and gigabytes.
    #[cfg(test)]
    pub(super) fn task_rates(&self) -> Option<[f64; 2]> {
        let rate = |meter: usize| self.meters.running[meter].1;
        self.meters.tasks.map(|meters| meters.map(rate))
    }

    /// Changes how fast a meter runs; its number in the recorder.
    pub(super) fn change_meter(&mut self, meter: usize, change: f64) -> usize {
        let (number, rate) = &mut self.meters.running[meter];
        *rate += change;
        *number
    }

    /// A node begins (`change` 1) or ceases (-1) to be paid for.
    pub(super) fn meter_node(&mut self, node: &Node, change: f64) {
        self.read_meters(self.now);
        let spot = usize::from(node.capacity_type == CapacityType::Spot);
        let meter = self.meters.nodes[node.pool][node.instance_type][spot];
        self.meters.running[meter].1 += change;
        self.meters.running[self.meters.volumes].1 += change * ROOT_VOLUME_GB;
    }
}

/// Instances, their proxies and their storage.
fn open_databases(world: &World, open: &mut impl FnMut(&Meter, f64) -> usize) {
    for database in &world.databases {
        let deployment = database.deployment;
        let instance_class = database.instance_class.clone();
        let meter = Meter::DatabaseSeconds {
            instance_class,
            deployment,
        };
        let n_instances = database.instances.len() as f64;
        // A Multi-AZ pair is sold as one; a cluster keeps a copy of its data per instance.
        let (n_sold, n_copies) = match deployment {
            DatabaseDeployment::SingleAz | DatabaseDeployment::MultiAz => (1.0, 1.0),
            DatabaseDeployment::MultiAzCluster => (n_instances, n_instances),
            DatabaseDeployment::Aurora => (n_instances, 1.0),
        };
        open(&meter, n_sold);
        if database.proxy {
            open(&Meter::DatabaseProxySeconds, n_instances);
        }
        let gigabytes = n_copies * database.storage_gb;
        open(&Meter::DatabaseGbSeconds { deployment }, gigabytes);
    }
}
