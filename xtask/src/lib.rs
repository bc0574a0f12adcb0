//! The work behind `cargo xtask`: set-up, site build, local server and the full test run.
//!
//! It is a crate of its own, outside the root dependency graph, so that the engine's lock file
//! lists only what the engine needs. The end-to-end tests use [`server`] and [`budget`] from here,
//! so that a test serves and weighs the site exactly as `cargo xtask serve` and `build` do.

pub mod budget;
pub mod policy;
pub mod process;
pub mod project;
pub mod referee;
pub mod server;
pub mod setup;
pub mod shrink;
pub mod site;
pub mod stages;
