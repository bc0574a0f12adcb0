//! Pods with preferences, taints and spreads, and several pools.

use proptest::prelude::*;

use super::*;
use crate::sim::policy::pod_rules::NodeTerm;

fn ruled(rules: PodRules) -> Workload {
    Workload {
        rules,
        ..anywhere()
    }
}

#[test]
fn preferences_are_given_up_one_after_the_other() {
    let term = |zones: &[u8], weight| NodeTerm {
        zones: Some(zones.iter().copied().map(ZoneIndex).collect()),
        capacity_type: None,
        weight,
    };
    #[track_caller]
    fn check(terms: &[NodeTerm], unavailable: &[u8], expected: Option<u8>) {
        let mut pool = large();
        for offering in &mut pool.instance_types[0].offerings {
            offering.available = !unavailable.contains(&offering.zone.0);
        }
        let rules = PodRules {
            node_affinity: terms.to_vec(),
            ..PodRules::default()
        };
        let plan = round(&[pods(1, 500, GIB)], ruled(rules), &[], &pool);
        assert_eq!(plan.launches.first().map(|it| it.zone.0), expected);
    }
    let wishes = [term(&[1], Some(10)), term(&[2], Some(90))];
    check(&wishes, &[], Some(2));
    check(&wishes, &[2], Some(1));
    check(&wishes, &[1, 2], Some(0));
    check(&[term(&[1, 2], None), term(&[0], Some(1))], &[], Some(1));
    check(&[term(&[1, 2], None)], &[1, 2], None);
}

#[test]
fn taints_keep_pods_from_a_pool() {
    let tainted = |hard: bool| {
        let one = [0].into_iter().collect();
        let mut pool = large();
        if hard {
            pool.taints = one;
        } else {
            pool.soft_taints = one;
        }
        pool
    };
    let plan = round(&[pods(1, 500, GIB)], anywhere(), &[], &tainted(true));
    assert_eq!(plan.unplaced[0].because, UnplacedReason::Taints);
    let tolerant = PodRules {
        tolerates: [0].into_iter().collect(),
        ..PodRules::default()
    };
    let plan = round(&[pods(1, 500, GIB)], ruled(tolerant), &[], &tainted(true));
    assert_eq!(plan.launches.len(), 1);
    // What only puts pods off is given up last.
    let plan = round(&[pods(1, 500, GIB)], anywhere(), &[], &tainted(false));
    assert_eq!(plan.launches.len(), 1);
}

#[test]
fn the_emptiest_zone_is_chosen_whether_it_has_capacity_or_not() {
    let mut pool = large();
    pool.instance_types[0].offerings[2].available = false;
    let wide = |placed: &[u32]| {
        let mut it = spread(WhenUnsatisfiable::DoNotSchedule, placed);
        it.rules.spreads[0].max_skew = 5;
        it
    };
    // Within the skew elsewhere, yet Karpenter asks for the emptiest zone only.
    let plan = round(&[pods(1, 500, GIB)], wide(&[1, 1, 0]), &[], &pool);
    assert_eq!(plan.launches, []);
    let plan = round(&[pods(1, 500, GIB)], wide(&[1, 1, 1]), &[], &pool);
    assert_eq!(
        plan.launches.len(),
        1,
        "of equal zones one that has capacity"
    );
}

proptest! {
    /// Whatever is asked, nothing is planned that does not hold its pods, and a strict spread over
    /// zones is kept by the pods whose zone was settled for it.
    #[test]
    fn plans_hold_their_pods(
        sizes in prop::collection::vec((1..6_u32, 50..1900_u64, any::<bool>()), 1..6),
        placed in prop::collection::vec(0..4_u32, 3),
        skew in 1..4_u32,
    ) {
        let pending: Vec<PendingPods> = sizes
            .iter()
            .map(|(count, cpu_m, strict)| PendingPods {
                workload: usize::from(*strict),
                ..pods(*count, *cpu_m, GIB)
            })
            .collect();
        let mut strict = spread(WhenUnsatisfiable::DoNotSchedule, &placed);
        strict.rules.spreads[0].max_skew = skew;
        let pool = large();
        let plan = plan(&Observed {
            pending: &pending,
            workloads: &[anywhere(), strict],
            in_flight: &[],
            pools: &[&pool],
        });
        let mut zones = placed.clone();
        let mut n_planned = 0;
        for launch in &plan.launches {
            let kind = &pool.instance_types[launch.instance_type];
            let mut sum = Resources::default();
            for (cohort, count) in &launch.pods {
                n_planned += count;
                for _ in 0..*count {
                    sum = sum.plus(pending[*cohort].requests);
                }
                if pending[*cohort].workload == 1 {
                    zones[launch.zone.index()] += count;
                }
            }
            prop_assert_eq!(sum, launch.requests);
            prop_assert!(sum.fit_in(kind.allocatable));
        }
        let n_left: u32 = plan.unplaced.iter().map(|it| it.count).sum();
        let n_pending: u32 = pending.iter().map(|it| it.count).sum();
        prop_assert_eq!(n_planned + n_left, n_pending);
        let spread_of = |it: &[u32]| it.iter().max().unwrap_or(&0) - it.iter().min().unwrap_or(&0);
        prop_assert!(spread_of(&zones) <= skew.max(spread_of(&placed)), "{zones:?}");
    }
}

#[test]
fn the_heaviest_pool_that_can_hold_a_pod_gets_it() {
    let of = |pools: &[usize]| Workload {
        pools: pools.to_vec(),
        ..anywhere()
    };
    #[track_caller]
    fn check(workload: Workload, pools: [&Pool; 2], expected: &[(usize, u32)]) {
        let plan = plan(&Observed {
            pending: &[pods(6, 500, GIB)],
            workloads: &[workload],
            in_flight: &[],
            pools: &pools,
        });
        let n_pods = |l: &Launch| l.pods.iter().map(|(_, n)| n).sum::<u32>();
        let got: Vec<_> = plan.launches.iter().map(|l| (l.pool, n_pods(l))).collect();
        assert_eq!(got, expected);
    }
    let limited = Pool {
        cpu_limit_m: Some(2000),
        ..large()
    };
    let mut dry = large();
    for offering in &mut dry.instance_types[0].offerings {
        offering.available = false;
    }
    check(of(&[0, 1]), [&large(), &large()], &[(0, 3), (0, 3)]);
    check(of(&[1, 0]), [&large(), &large()], &[(1, 3), (1, 3)]);
    check(of(&[0, 1]), [&limited, &large()], &[(0, 3), (1, 3)]);
    check(of(&[0, 1]), [&dry, &large()], &[(1, 3), (1, 3)]);
    check(of(&[0]), [&limited, &large()], &[(0, 3)]);
}
