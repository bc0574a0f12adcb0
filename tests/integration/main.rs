//! One harness for every integration test.
