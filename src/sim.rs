//! sim layer.

pub mod policy;
