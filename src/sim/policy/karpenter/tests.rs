//! Tables of (batch, expected nodes). The packing figures come from Karpenter's own tests
//! (`provisioning/suite_test.go`), whose types cost 0.1 per core and 0.1 per GB.

mod rules;

use super::*;
use crate::model::{TopologySpread, WhenUnsatisfiable};

const GIB: u64 = 1 << 30;

/// A type with 100 mCPU and 10 MiB of overhead, on demand in `n_zones` zones at `price`.
fn on_demand(
    cpu_m: u64,
    memory_bytes: u64,
    pod_slots: u32,
    n_zones: u8,
    price: u64,
) -> InstanceType {
    let offering = |zone| Offering {
        zone: ZoneIndex(zone),
        capacity_type: CapacityType::OnDemand,
        price_micro_usd: price,
        available: true,
    };
    InstanceType {
        cpu_m,
        allocatable: Resources {
            cpu_m: cpu_m - 100,
            memory_bytes: memory_bytes - 10_485_760,
        },
        pod_slots,
        offerings: (0..n_zones).map(offering).collect(),
    }
}

fn pool(instance_types: Vec<InstanceType>) -> Pool {
    Pool::new(instance_types, CapacityChoice::OnDemand)
}

/// One type of 2 cores and 8 GiB in three zones: three pods of 500m fit.
fn large() -> Pool {
    pool(vec![on_demand(2000, 8 * GIB, 29, 3, 96_000)])
}

fn pods(count: u32, cpu_m: u64, memory_bytes: u64) -> PendingPods {
    PendingPods {
        count,
        requests: Resources {
            cpu_m,
            memory_bytes,
        },
        workload: 0,
    }
}

fn anywhere() -> Workload {
    Workload {
        pools: vec![0],
        ..Workload::default()
    }
}

fn spread(when_unsatisfiable: WhenUnsatisfiable, pods_per_zone: &[u32]) -> Workload {
    let rule = TopologySpread {
        max_skew: 1,
        when_unsatisfiable,
        ..TopologySpread::default()
    };
    let rules = PodRules {
        spreads: vec![rule],
        ..PodRules::default()
    };
    Workload {
        rules,
        pods_per_zone: pods_per_zone.to_vec(),
        ..anywhere()
    }
}

fn round(pending: &[PendingPods], workload: Workload, in_flight: &[InFlight], pool: &Pool) -> Plan {
    plan(&Observed {
        pending,
        workloads: &[workload],
        in_flight,
        pools: &[pool],
    })
}

/// Instance types of the launches, sorted.
fn types_of(plan: &Plan) -> Vec<usize> {
    let mut types: Vec<usize> = plan.launches.iter().map(|l| l.instance_type).collect();
    types.sort_unstable();
    types
}

/// Pods per zone among the launches.
fn zones_of(plan: &Plan, n_zones: usize) -> Vec<u32> {
    let mut zones = vec![0; n_zones];
    for launch in &plan.launches {
        zones[launch.zone.index()] += launch.pods.iter().map(|(_, n)| n).sum::<u32>();
    }
    zones
}

#[test]
fn packing_follows_karpenters_own_cases() {
    #[track_caller]
    fn check(types: &[InstanceType], pending: &[PendingPods], expected: &[usize]) {
        let plan = round(pending, anywhere(), &[], &pool(types.to_vec()));
        assert_eq!(types_of(&plan), expected);
        assert_eq!(plan.unplaced, []);
    }
    let small = on_demand(2000, 2 * GIB, 5, 3, 414_748);
    let default = on_demand(4000, 4 * GIB, 5, 3, 829_497);
    let single_pod = on_demand(4000, 4 * GIB, 1, 3, 829_497);
    let types = [small, default, single_pod];
    // Two pods of 1.8 GB fit on 4 GiB; five pods of next to nothing fill a small node's slots.
    check(&types, &[pods(40, 0, 1_800_000_000)], &[1; 20]);
    check(&types, &[pods(25, 1, 0)], &[0; 5]);
    // 4.5 and 1.0 cores on types of 1 to 5 cores: one large node and one small one.
    let steps: Vec<InstanceType> = (1..=5)
        .map(|n| on_demand(1000 * n, 2 * n * GIB, 10 * n as u32, 3, 314_748 * n))
        .collect();
    check(&steps, &[pods(1, 1000, 0), pods(1, 4500, 0)], &[1, 4]);
}

#[test]
fn pods_wait_for_nodes_on_their_way() {
    let coming = |zone, n_pods| InFlight {
        pool: 0,
        zone: ZoneIndex(zone),
        capacity_type: CapacityType::OnDemand,
        host_ports: SmallSet::default(),
        free: Resources {
            cpu_m: 1000,
            memory_bytes: 4 * GIB,
        },
        free_slots: 20,
        n_pods,
    };
    let plan = round(
        &[pods(5, 500, GIB)],
        anywhere(),
        &[coming(0, 3), coming(1, 1)],
        &large(),
    );
    let nomination = |in_flight, count| Nomination {
        in_flight,
        cohort: 0,
        count,
    };
    assert_eq!(plan.nominations, [nomination(0, 2), nomination(1, 2)]);
    assert_eq!(
        types_of(&plan),
        [0],
        "the fifth pod needs a node of its own"
    );
}

#[test]
fn a_spread_decides_the_zones() {
    use WhenUnsatisfiable::{DoNotSchedule, ScheduleAnyway};
    #[track_caller]
    fn check(when: WhenUnsatisfiable, placed: &[u32], count: u32, zones: &[u32]) {
        let plan = round(
            &[pods(count, 500, GIB)],
            spread(when, placed),
            &[],
            &large(),
        );
        assert_eq!(zones_of(&plan, 3), zones);
        assert_eq!(plan.unplaced, []);
    }
    check(DoNotSchedule, &[], 6, &[2, 2, 2]);
    check(DoNotSchedule, &[3, 0, 0], 3, &[0, 2, 1]);
    // A node that is open and allowed is filled before another zone gets one.
    check(ScheduleAnyway, &[2, 2, 0], 3, &[0, 0, 3]);
    check(DoNotSchedule, &[2, 2], 2, &[0, 0, 2]);
}

#[test]
fn a_zone_without_capacity_still_holds_a_strict_spread_back() {
    let mut pool = large();
    pool.instance_types[0].offerings[2].available = false;
    let pending = [pods(6, 500, GIB)];
    let strict = spread(WhenUnsatisfiable::DoNotSchedule, &[2, 2, 0]);
    let plan = round(&pending, strict, &[], &pool);
    assert_eq!(plan.launches, []);
    let expected = Unplaced {
        cohort: 0,
        count: 6,
        because: UnplacedReason::Spread {
            emptiest_zone: Some(ZoneIndex(2)),
        },
    };
    assert_eq!(plan.unplaced, [expected]);
    let relaxed = spread(WhenUnsatisfiable::ScheduleAnyway, &[2, 2, 0]);
    let plan = round(&pending, relaxed, &[], &pool);
    assert_eq!(zones_of(&plan, 3), [3, 3, 0]);
    // From nothing, a strict spread gives each zone with capacity one pod.
    let fresh = spread(WhenUnsatisfiable::DoNotSchedule, &[]);
    let plan = round(&[pods(10, 500, GIB)], fresh, &[], &pool);
    assert_eq!(zones_of(&plan, 3), [1, 1, 0]);
    assert_eq!(plan.unplaced[0].count, 8);
}

#[test]
fn a_refusal_says_why() {
    #[track_caller]
    fn check(pool: &Pool, cpu_m: u64, expected: UnplacedReason) {
        let plan = round(&[pods(2, cpu_m, GIB)], anywhere(), &[], pool);
        let refused: Vec<_> = plan.unplaced.iter().map(|u| (u.count, u.because)).collect();
        assert_eq!(refused, [(2, expected)]);
    }
    check(&large(), 1901, UnplacedReason::TooLarge);
    let limited = Pool {
        cpu_limit_m: Some(10_000),
        cpu_used_m: 9000,
        ..large()
    };
    check(&limited, 500, UnplacedReason::LimitReached);
    let mut dry = large();
    for offering in &mut dry.instance_types[0].offerings {
        offering.available = false;
    }
    check(&dry, 500, UnplacedReason::NoCapacity);
    check(&pool(Vec::new()), 500, UnplacedReason::TooLarge);
}

#[test]
fn a_cpu_limit_counts_whole_machines() {
    let limited = Pool {
        cpu_limit_m: Some(10_000),
        cpu_used_m: 5000,
        ..large()
    };
    let plan = round(&[pods(9, 500, GIB)], anywhere(), &[], &limited);
    assert_eq!(plan.launches.len(), 2, "5 cores are left, 2 to a machine");
    assert_eq!(plan.unplaced[0].count, 3);
    assert_eq!(plan.unplaced[0].because, UnplacedReason::LimitReached);
}

#[test]
fn equally_cheap_zones_share_the_nodes() {
    let uneven = Pool {
        nodes_per_zone: vec![2, 1, 0],
        ..large()
    };
    let plan = round(&[pods(18, 500, GIB)], anywhere(), &[], &uneven);
    let zones: Vec<u8> = plan.launches.iter().map(|l| l.zone.0).collect();
    assert_eq!(zones, [2, 1, 2, 0, 1, 2]);
}

/// A type whose Spot price is `spot` and whose on-demand price is 96,000 micro-dollars.
fn both(spot: u64, spot_available: bool) -> Pool {
    let mut pool = large();
    let spots: Vec<Offering> = pool.instance_types[0]
        .offerings
        .iter()
        .map(|o| Offering {
            capacity_type: CapacityType::Spot,
            price_micro_usd: spot,
            available: spot_available,
            ..*o
        })
        .collect();
    pool.instance_types[0].offerings.extend(spots);
    pool
}

#[test]
fn spot_comes_first_while_it_is_cheaper_and_there() {
    use CapacityChoice::{OnDemand, Spot, SpotFirst};
    #[track_caller]
    fn check(
        pool: Pool,
        capacity: CapacityChoice,
        expected: CapacityType,
        because: CapacityReason,
    ) {
        let pool = Pool { capacity, ..pool };
        let plan = round(&[pods(1, 500, GIB)], anywhere(), &[], &pool);
        let got = (plan.launches[0].capacity_type, plan.launches[0].because);
        assert_eq!(got, (expected, because));
    }
    check(
        both(35_000, true),
        SpotFirst,
        CapacityType::Spot,
        CapacityReason::SpotFirst,
    );
    check(
        both(35_000, false),
        SpotFirst,
        CapacityType::OnDemand,
        CapacityReason::OtherUnavailable,
    );
    check(
        both(96_000, true),
        SpotFirst,
        CapacityType::OnDemand,
        CapacityReason::SpotDearer,
    );
    check(
        both(35_000, true),
        OnDemand,
        CapacityType::OnDemand,
        CapacityReason::OnlyChoice,
    );
    check(
        both(99_000, true),
        Spot,
        CapacityType::Spot,
        CapacityReason::OnlyChoice,
    );
}

#[test]
fn a_share_of_spot_is_kept_as_nodes_come_one_by_one() {
    #[track_caller]
    fn check(share: f64, n_nodes: u32, expected: u32) {
        let pool = Pool {
            capacity: CapacityChoice::SpotShare(Ratio::new(share)),
            ..both(35_000, true)
        };
        let plan = round(&[pods(3 * n_nodes, 500, GIB)], anywhere(), &[], &pool);
        let spot = |l: &&Launch| l.capacity_type == CapacityType::Spot;
        assert_eq!(plan.launches.len(), n_nodes as usize);
        assert_eq!(plan.launches.iter().filter(spot).count(), expected as usize);
    }
    check(0.7, 10, 7);
    check(0.7, 20, 14);
    check(0.7, 3, 2);
    check(0.0, 5, 0);
    check(1.0, 5, 5);
    check(0.5, 4, 2);
}

#[test]
fn a_batch_closes_after_a_quiet_second_or_ten() {
    #[track_caller]
    fn check(first_s: u64, latest_s: u64, expected_s: u64) {
        let closes = batch_closes_at(SimTime::from_s(first_s), SimTime::from_s(latest_s));
        assert_eq!(closes, SimTime::from_s(expected_s));
    }
    check(100, 100, 101);
    check(100, 105, 106);
    check(100, 109, 110);
    check(100, 110, 110);
}
