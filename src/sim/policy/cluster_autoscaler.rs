//! Cluster Autoscaler: which node groups grow for pending pods, and which nodes may go.
//!
//! The real thing. A loop of about 10 s. If too many nodes are unready it does nothing at all.
//! Otherwise it takes the pods that neither the nodes there are nor those on their way have room
//! for, and for each group that may grow it *estimates* how many nodes of the group's template
//! they would need; an *expander* picks one group, and its size is raised. In a look that adds
//! nothing it asks of each underused node whether its pods would fit elsewhere; a node of which
//! that was so for 10 min is drained and removed.
//!
//! Unlike Karpenter it knows nothing of instances: it moves the desired size of groups that exist,
//! of nodes that are alike, and AWS decides in which zone a node comes up. A group over several
//! zones has a template in *one* of them, so that a strict zone spread is judged wrongly: that is
//! why one group per zone and `balance_similar_node_groups` are recommended.
//!
//! Rules: kubernetes/autoscaler, tag cluster-autoscaler-1.36.1 (2026-07-22), read 2026-11-22 and
//! 2026-11-23. The flags `scale-down-non-empty-candidates-count`, `-candidates-pool-ratio` and
//! `-candidates-pool-min-count` still exist there and are read by nothing; what limits the
//! candidates is [`unneeded_limit`].
//!
//! One idea a file: [`estimate`] (how many nodes), [`expander`] (which group), [`balance`] (shared
//! among groups that are alike), [`health`] (the guards), [`backoff`], [`expendable`] (pods below
//! a priority that nothing is done for), [`scale_up`] and
//! [`scale_down`] (a whole look in each direction), [`sequence`] (who may follow a removed node),
//! [`look`] (when the next look is).
//!
//! Assumed: a look takes no time (the project's own goal is 5 s on average up to 100 nodes); ties
//! are settled in the order of the list, or by a lot that the caller draws.
//!
//! Left out: several instance types in one group (the real one would simulate the first), the
//! expanders `price` and `grpc`, GPUs, provisioning requests, soft taints on nodes about to go,
//! node templates from tags, the removal of a group's surplus when AWS and Kubernetes disagree
//! about its size.

pub mod backoff;
pub mod balance;
pub mod estimate;
pub mod expander;
pub mod expendable;
pub mod health;
pub mod look;
pub mod scale_down;
pub mod scale_up;
pub mod sequence;

pub use scale_down::unneeded_limit;
