//! A group whose new nodes failed is left alone for a while, longer each time.

use crate::model::ClusterAutoscaler;
use crate::units::{SimDuration, SimTime};

/// What is remembered of a group's failures.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Backoff {
    /// Length of the latest back-off.
    pub duration: SimDuration,
    /// When it ends.
    pub until: SimTime,
    /// When the group failed last.
    pub failed_at: SimTime,
}

impl Backoff {
    /// The back-off after a failure now. One that comes after an earlier back-off has ended
    /// doubles it; one that comes during it only begins it again.
    #[must_use]
    pub fn after_failure(before: Option<Self>, now: SimTime, flags: &ClusterAutoscaler) -> Self {
        let remembered =
            before.filter(|it| now <= it.failed_at + flags.node_group_backoff_reset_timeout);
        let duration = match remembered {
            None => flags.initial_node_group_backoff_duration,
            Some(it) if it.until < now => {
                let doubled = it.duration + it.duration;
                doubled.min(flags.max_node_group_backoff_duration)
            }
            Some(it) => it.duration,
        };
        Self {
            duration,
            until: now + duration,
            failed_at: now,
        }
    }

    /// True while the group may not grow.
    #[must_use]
    pub fn holds(&self, now: SimTime) -> bool {
        self.until >= now
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn failures_in_a_row_double_up_to_half_an_hour_and_are_forgotten() {
        let flags = ClusterAutoscaler::default();
        let mut last = None;
        let mut fails = |at_min: u64| {
            let now = SimTime::START + SimDuration::from_min(at_min);
            let next = Backoff::after_failure(last, now, &flags);
            last = Some(next);
            next.until.since(now).whole_s() / 60
        };
        assert_eq!(fails(0), 5);
        assert_eq!(fails(3), 5, "another failure during the back-off");
        assert_eq!(fails(9), 10);
        assert_eq!(fails(30), 20);
        assert_eq!(fails(60), 30);
        assert_eq!(fails(100), 30);
        assert_eq!(fails(100 + 181), 5);
    }
}
