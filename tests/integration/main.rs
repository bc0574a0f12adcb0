//! One harness for every integration test.

mod hpa_vectors;
mod layering;
mod source;
mod tidy;
