//! analysis layer.
