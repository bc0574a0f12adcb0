//! plot layer.
