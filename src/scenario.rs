//! scenario layer.
