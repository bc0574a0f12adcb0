//! Releases: what is wrong with one, and what requests meet at its pods.
//!
//! A release of the tape errs, is slow, or has pods that never become ready; the first release,
//! which every run begins with, is sound. While pods of several releases serve, requests meet them
//! by chance, in proportion to their number or to the share that a canary is given.

use super::Control;
use crate::sim::faults::{Effect, Release};
use crate::sim::flow::Conduct;
use crate::sim::policy::rollout::Traffic;
use crate::sim::rng::Uniforms as _;

impl Control {
    /// What the tape says of a release; nothing of the first.
    pub(super) fn release(&self, release: u32) -> Option<&Release> {
        let fault = (release as usize).checked_sub(1)?;
        match &self.faults.get(fault)?.effect {
            Effect::Rollout(it) => Some(it),
            _ => None,
        }
    }

    /// Whether a new pod of a release will never be ready; drawn by the release and the pod's
    /// number, so that equal rollouts meet equal luck.
    pub(super) fn draw_never_ready(&self, release: u32, ordinal: u64) -> bool {
        let share = self
            .release(release)
            .map_or(0.0, |it| it.never_ready.value());
        if share <= 0.0 {
            return false;
        }
        let id = &self.faults[release as usize - 1].id;
        let mut stream = self.chance.stream("never_ready", id, ordinal);
        stream.uniform() < share
    }
}

/// Pods of some releases that share their requests evenly, added up.
#[derive(Debug, Clone, Copy, Default)]
struct Mixture {
    pods: f64,
    errors: f64,
    slow: f64,
    /// Factors of the slow ones.
    factors: f64,
}

impl Mixture {
    fn add(&mut self, release: Option<&Release>) {
        self.pods += 1.0;
        if let Some(it) = release {
            self.errors += it.errors.value();
            let is_slow = f64::from(u8::from((it.slowdown - 1.0).abs() > 0.0));
            self.slow += is_slow;
            self.factors += is_slow * it.slowdown;
        }
    }
}

impl Control {
    /// What requests meet at the pods of each deployment.
    pub(super) fn show_conduct(&self, conduct: &mut [Conduct]) {
        conduct.fill(Conduct::default());
        for (owner, conduct) in self.world.workloads.iter().zip(conduct) {
            if owner.release == 0 && owner.rollout.is_none() {
                continue;
            }
            // Pods that get a share whatever their number, and all others.
            let (mut steered, mut others) = (Mixture::default(), Mixture::default());
            let mut share = None;
            for at in &owner.pods {
                let pod = &self.world.pods[*at];
                if !pod.serves() || !self.world.receives(pod) {
                    continue;
                }
                let release = self.release(pod.release);
                match owner.rollout.as_ref().map(|it| (it, it.traffic)) {
                    Some((it, Traffic::Share(at, part))) if it.sets[at].release == pod.release => {
                        share = Some(part);
                        steered.add(release);
                    }
                    _ => others.add(release),
                }
            }
            let part = if others.pods > 0.0 {
                share.unwrap_or(0.0)
            } else {
                1.0
            };
            *conduct = mixed(&steered, part, &others);
        }
    }
}

/// Requests that meet pods of the first mixture with chance `part`, else of the second.
fn mixed(steered: &Mixture, part: f64, others: &Mixture) -> Conduct {
    let of = |value: fn(&Mixture) -> f64| {
        let mean = |it: &Mixture| value(it) / it.pods.max(1.0);
        part * mean(steered) + (1.0 - part) * mean(others)
    };
    let slow_share = of(|it| it.slow);
    Conduct {
        error_share: of(|it| it.errors),
        lost_share: 0.0,
        slow_share,
        slow_factor: if slow_share > 0.0 {
            of(|it| it.factors) / slow_share
        } else {
            1.0
        },
    }
}
