//! End-to-end tests of the built site. The harness is the crate's library.

mod audit;
mod callers;
mod decisions;
mod links;
mod load;
mod opening;
mod policy;
mod story;
mod validation;
