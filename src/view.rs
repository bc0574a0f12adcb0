//! view layer.

pub mod state;
