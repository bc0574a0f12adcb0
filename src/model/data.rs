//! Databases, caches and services outside the platform.

use borsh::{BorshDeserialize, BorshSerialize};
use serde::Serialize;

use super::defaults;
use super::design::Design;
use super::json::{self, from_json};
use super::queueing::{AbandonedWork, Discipline};
use super::variation::{ServiceTime, Triangular};
use super::zone::{ZoneIndex, ZoneName};
use crate::units::{ByteSize, Ratio, SimDuration};

/// How a database is protected against the loss of a zone.
#[derive(
    Debug,
    Clone,
    Copy,
    PartialEq,
    Eq,
    PartialOrd,
    Ord,
    Default,
    Serialize,
    BorshSerialize,
    BorshDeserialize,
)]
#[serde(rename_all = "snake_case")]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub enum DatabaseDeployment {
    /// One instance: down as long as its zone, and then until it has recovered.
    #[default]
    SingleAz,
    /// A synchronous standby in another zone takes over.
    MultiAz,
    /// One of two synchronous standbys in two other zones takes over (RDS Multi-AZ DB cluster).
    MultiAzCluster,
    /// Storage in three zones; one of the readers takes over, or a new instance is created in
    /// another zone (Aurora PostgreSQL, I/O-Optimized).
    Aurora,
}

from_json!(DatabaseDeployment:
    "single_az" => SingleAz, "multi_az" => MultiAz, "multi_az_cluster" => MultiAzCluster,
    "aurora" => Aurora,
);

impl DatabaseDeployment {
    /// The word that files write.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::SingleAz => "single_az",
            Self::MultiAz => "multi_az",
            Self::MultiAzCluster => "multi_az_cluster",
            Self::Aurora => "aurora",
        }
    }
}

/// An Amazon RDS for PostgreSQL instance or cluster, or an Aurora PostgreSQL cluster.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[cfg_attr(test, schemars(default, deny_unknown_fields))]
pub struct Database {
    /// Instance class, such as `"db.m6g.large"`.
    pub instance_class: String,
    /// Protection against the loss of a zone.
    pub deployment: DatabaseDeployment,
    /// Zone of the writer at the start; absent means the architecture's first zone.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub zone: Option<ZoneName>,
    /// Readers of an Aurora cluster, 0 to 15, in the zones after the writer's by turns. The first
    /// that is in step takes over. They serve no queries of their own here.
    #[cfg_attr(test, schemars(range(min = 0, max = 15)))]
    pub readers: u32,
    /// Zone of the standby; absent means the next zone after the writer's.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub standby_zone: Option<ZoneName>,
    /// Queries worked on at the same time, 1 to 10000.
    #[cfg_attr(test, schemars(range(min = 1, max = 10_000)))]
    pub servers: u32,
    /// Time per query.
    pub service_time: ServiceTime,
    /// Queries that may wait; more are rejected. 0 to 100000.
    #[cfg_attr(test, schemars(range(min = 0, max = 100_000)))]
    pub queue_capacity: u32,
    /// The order in which waiting queries are served.
    #[serde(skip_serializing_if = "json::is_default")]
    pub discipline: Discipline,
    /// What becomes of waiting queries whose callers have given up.
    #[serde(skip_serializing_if = "json::is_default")]
    pub abandoned_work: AbandonedWork,
    /// Length of a failover to a standby or reader. Absent means what AWS states for the
    /// deployment: 60 to 120 s for `multi_az`, up to 35 s for `multi_az_cluster`, up to 60 s and
    /// often less than 30 s for `aurora`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub failover_time: Option<Triangular>,
    /// From the promotion of a new writer until the clients are rid of dead connections, all at
    /// once. Their DNS caches expire meanwhile, one by one: see `dns_cache_ttl` of a deployment.
    pub reconnect_time: Triangular,
    /// Clients connect through an RDS Proxy, which keeps their connections and finds the new writer
    /// by itself: neither `reconnect_time` nor their DNS caches count after a failover.
    #[serde(skip_serializing_if = "json::is_default")]
    pub proxy: bool,
    /// From the return of power until an instance without standby serves again.
    pub recovery_time: Triangular,
    /// From the loss of an Aurora writer without a reader until a new instance serves in another
    /// zone.
    pub replacement_time: Triangular,
    /// Allocated gp3 storage.
    pub storage: ByteSize,
}

impl Default for Database {
    fn default() -> Self {
        Self {
            instance_class: defaults::DATABASE_INSTANCE_CLASS.to_string(),
            deployment: DatabaseDeployment::SingleAz,
            zone: None,
            readers: 1,
            standby_zone: None,
            servers: defaults::DATABASE_SERVERS,
            service_time: defaults::DATABASE_SERVICE_TIME,
            queue_capacity: defaults::DATABASE_QUEUE_CAPACITY,
            discipline: Discipline::default(),
            abandoned_work: AbandonedWork::default(),
            failover_time: None,
            reconnect_time: defaults::DATABASE_RECONNECT_TIME,
            proxy: false,
            recovery_time: defaults::RDS_RECOVERY_TIME,
            replacement_time: defaults::AURORA_REPLACEMENT_TIME,
            storage: defaults::DATABASE_STORAGE,
        }
    }
}

from_json!(Database or default {
    instance_class, deployment, zone, readers, standby_zone, servers, service_time,
    queue_capacity, discipline, abandoned_work, failover_time, reconnect_time, proxy,
    recovery_time, replacement_time, storage,
});

impl Database {
    /// Length of a failover: as stated, or what AWS states for the deployment.
    #[must_use]
    pub fn failover_time(&self) -> Triangular {
        self.failover_time.unwrap_or(match self.deployment {
            DatabaseDeployment::SingleAz | DatabaseDeployment::MultiAz => {
                defaults::RDS_FAILOVER_TIME
            }
            DatabaseDeployment::MultiAzCluster => defaults::RDS_CLUSTER_FAILOVER_TIME,
            DatabaseDeployment::Aurora => defaults::AURORA_FAILOVER_TIME,
        })
    }

    /// Instances that are paid for.
    #[must_use]
    pub const fn n_instances(&self) -> u32 {
        match self.deployment {
            DatabaseDeployment::SingleAz => 1,
            DatabaseDeployment::MultiAz => 2,
            DatabaseDeployment::MultiAzCluster => 3,
            DatabaseDeployment::Aurora => 1 + self.readers,
        }
    }

    /// Zones of its instances: the writer's, then those of standbys or readers in the order in
    /// which they take over, in the zones after the writer's by turns. A zone named that does not
    /// exist counts as absent; with one zone only there is just the writer.
    #[must_use]
    pub fn instance_zones(&self, design: &Design) -> Vec<ZoneIndex> {
        let all = design.zones_or_all(None);
        let find = |named: &Option<ZoneName>| named.as_ref().and_then(|name| design.zone(name));
        let writer = find(&self.zone).unwrap_or(ZoneIndex(0));
        let mut others: Vec<ZoneIndex> = (1..all.len())
            .map(|step| all[(writer.index() + step) % all.len()])
            .collect();
        if let Some(named) = find(&self.standby_zone).filter(|zone| *zone != writer) {
            others.retain(|zone| *zone != named);
            others.insert(0, named);
        }
        let n_others = match self.deployment {
            // Two copies of a cluster in one zone would go together.
            DatabaseDeployment::MultiAzCluster => others.len().min(2),
            _ => self.n_instances() as usize - 1,
        };
        let mut zones = vec![writer];
        zones.extend(others.iter().cycle().take(n_others));
        zones
    }
}

/// An ElastiCache for Redis replication group used as a look-aside cache.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[cfg_attr(test, schemars(default, deny_unknown_fields))]
pub struct Cache {
    /// Node type, such as `"cache.m6g.large"`.
    pub node_type: String,
    /// Zone of the primary; absent means the architecture's first zone.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub zone: Option<ZoneName>,
    /// Replicas in other zones, 0 to 5. With at least one, the loss of the primary's zone is a
    /// failover; with none, the cache is lost with its zone.
    #[cfg_attr(test, schemars(range(min = 0, max = 5)))]
    pub replicas: u32,
    /// Share of look-ups answered when warm.
    pub hit_ratio: Ratio,
    /// Time per look-up.
    pub service_time: ServiceTime,
    /// Look-ups worked on at the same time, 1 to 10000.
    #[cfg_attr(test, schemars(range(min = 1, max = 10_000)))]
    pub servers: u32,
    /// Length of a failover to a replica.
    pub failover_time: Triangular,
    /// Time constant with which an empty cache regains its hit ratio.
    pub warm_up_time: SimDuration,
}

impl Default for Cache {
    fn default() -> Self {
        Self {
            node_type: defaults::CACHE_NODE_TYPE.to_string(),
            zone: None,
            replicas: 0,
            hit_ratio: defaults::CACHE_HIT_RATIO,
            service_time: defaults::CACHE_SERVICE_TIME,
            servers: defaults::CACHE_SERVERS,
            failover_time: defaults::CACHE_FAILOVER_TIME,
            warm_up_time: defaults::CACHE_WARM_UP_TIME,
        }
    }
}

from_json!(Cache or default {
    node_type, zone, replicas, hit_ratio, service_time, servers, failover_time, warm_up_time,
});

/// How calls to a service outside the VPC get there.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize)]
#[serde(rename_all = "snake_case")]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub enum ServiceAccess {
    /// Over the internet: what is sent is charged for.
    #[default]
    Internet,
    /// By a gateway endpoint, as for S3 and DynamoDB: inside the Region and free of charge.
    GatewayEndpoint,
    /// By an interface endpoint with a network interface in every zone: inside the Region, charged
    /// by the hour and zone, and by the gigabyte.
    InterfaceEndpoint,
}

from_json!(ServiceAccess:
    "internet" => Internet, "gateway_endpoint" => GatewayEndpoint,
    "interface_endpoint" => InterfaceEndpoint,
);

/// A service somebody else runs, or a managed service of the Region such as S3.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[cfg_attr(test, schemars(default, deny_unknown_fields))]
pub struct ExternalService {
    /// Time from call to answer, network included. It has no queue of its own.
    pub service_time: ServiceTime,
    /// How calls get there. Endpoints stand in every zone, so that none of them is a single point
    /// of failure as a NAT gateway is.
    #[serde(skip_serializing_if = "json::is_default")]
    pub access: ServiceAccess,
    /// Id of the NAT gateway its traffic leaves by; absent means a way out that cannot fail.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub egress_by: Option<String>,
}

impl Default for ExternalService {
    fn default() -> Self {
        Self {
            service_time: defaults::EXTERNAL_SERVICE_TIME,
            access: ServiceAccess::Internet,
            egress_by: None,
        }
    }
}

from_json!(ExternalService or default { service_time, access, egress_by });
