//! One harness for every integration test.

mod hpa_vectors;
