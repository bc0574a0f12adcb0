//! Which of several groups grows.

use crate::model::Expander;
use crate::sim::policy::resources::Resources;

/// A group that could take pending pods.
#[derive(Debug, Clone, PartialEq)]
pub struct ScaleUpOption {
    /// Which group, as its caller counts.
    pub group: usize,
    /// Nodes it would add.
    pub nodes: u32,
    /// Pods of each kind it would help.
    pub pods: Vec<u32>,
    /// What those pods request together.
    pub requests: Resources,
    /// What the machine of one node has, before anything is reserved.
    pub capacity: Resources,
    /// Its rank for [`Expander::Priority`].
    pub priority: Option<u32>,
}

impl ScaleUpOption {
    /// Pods it would help.
    #[must_use]
    pub fn n_pods(&self) -> u32 {
        self.pods.iter().sum()
    }

    /// Share of the new nodes' CPU that stays unused plus share of their memory, 0 to 2.
    #[must_use]
    pub fn waste(&self) -> f64 {
        let unused = |each: u64, taken: u64| {
            let all = each as f64 * f64::from(self.nodes);
            if all > 0.0 {
                (all - taken as f64) / all
            } else {
                0.0
            }
        };
        unused(self.capacity.cpu_m, self.requests.cpu_m)
            + unused(self.capacity.memory_bytes, self.requests.memory_bytes)
    }
}

/// The option that a chain of expanders leaves, as an index. `lot`, from 0 to 1, is drawn by the
/// caller and settles what they leave open.
#[must_use]
pub fn choose(options: &[ScaleUpOption], chain: &[Expander], lot: f64) -> Option<usize> {
    let mut left: Vec<usize> = (0..options.len()).collect();
    for expander in chain {
        if *expander == Expander::Random {
            break;
        }
        left = filter(options, &left, *expander);
    }
    let last = left.len().checked_sub(1)?;
    // The cast cuts off what is behind the point.
    let drawn = (lot * left.len() as f64) as usize;
    Some(left[drawn.min(last)])
}

/// The best of the options that are left, in the eyes of one expander.
fn filter(options: &[ScaleUpOption], left: &[usize], expander: Expander) -> Vec<usize> {
    let value = |at: usize| {
        let option = &options[at];
        match expander {
            Expander::Random => 0.0,
            Expander::MostPods => -f64::from(option.n_pods()),
            Expander::LeastWaste => option.waste(),
            Expander::LeastNodes => f64::from(option.nodes),
            Expander::Priority => option.priority.map_or(1.0, |rank| -f64::from(rank)),
        }
    };
    let best = left
        .iter()
        .map(|at| value(*at))
        .fold(f64::INFINITY, f64::min);
    let is_best = |at: &usize| value(*at) <= best;
    left.iter().copied().filter(is_best).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn option(nodes: u32, n_pods: u32, cpu_m: u64, priority: Option<u32>) -> ScaleUpOption {
        ScaleUpOption {
            group: 0,
            nodes,
            pods: vec![n_pods],
            requests: Resources {
                cpu_m: u64::from(n_pods) * 500,
                memory_bytes: u64::from(n_pods) << 29,
            },
            capacity: Resources {
                cpu_m,
                memory_bytes: cpu_m << 22,
            },
            priority,
        }
    }

    #[track_caller]
    fn check(chain: &[Expander], lot: f64, expected: usize) {
        let options = [
            option(4, 12, 2000, Some(10)),
            option(2, 12, 4000, Some(50)),
            option(1, 7, 4000, None),
            option(1, 12, 16_000, Some(50)),
        ];
        assert_eq!(choose(&options, chain, lot), Some(expected), "{chain:?}");
    }

    #[test]
    fn each_expander_has_its_own_best() {
        check(&[Expander::LeastWaste], 0.0, 2);
        check(&[Expander::LeastNodes], 0.0, 2);
        check(&[Expander::LeastNodes], 0.9, 3);
        check(&[Expander::MostPods], 0.0, 0);
        check(&[Expander::Priority], 0.0, 1);
        check(&[Expander::Random], 0.5, 2);
        check(&[Expander::Random], 1.0, 3);
    }

    #[test]
    fn a_chain_narrows_down_what_is_left() {
        check(&[Expander::MostPods, Expander::LeastNodes], 0.0, 3);
        check(&[Expander::Priority, Expander::LeastWaste], 0.99, 1);
        check(&[Expander::MostPods, Expander::LeastWaste], 0.0, 0);
        check(&[], 0.3, 1);
        assert_eq!(choose(&[], &[Expander::LeastWaste], 0.0), None);
    }

    #[test]
    fn without_any_priority_all_options_stay() {
        let options = [option(1, 1, 2000, None), option(1, 1, 2000, None)];
        assert_eq!(choose(&options, &[Expander::Priority], 0.6), Some(1));
    }

    #[test]
    fn waste_is_the_share_of_cpu_plus_the_share_of_memory() {
        // Twelve pods of 500m and 512 MiB on four nodes of 2000m and 7.8 GiB.
        let got = option(4, 12, 2000, None).waste();
        let memory = 1.0 - 12.0 * 0.5 / (4.0 * 7.8125);
        assert!((got - (0.25 + memory)).abs() < 1e-12, "{got}");
    }
}
