//! Three workloads, and what the programs that play them have in common.
//!
//! Every program here is called in the same way, `PROGRAM WORKLOAD SIZE SEED`, plays one run and
//! prints one line of figures, `name=value name=value ...`. `cargo xtask bench` calls them in turn,
//! measures their CPU time from outside and compares what they printed: a simulator is only fast if
//! its answer is right. `docs/BENCHMARKS.md` explains how to read the result.
//!
//! [`workload`] says what is simulated, [`answer`] what has to be known of it, [`program`] how a
//! program is called. The programs themselves are `bare` (plain loops, the yardstick), `engine`
//! (Tradewind), `simcore_peer`, `nexosim_peer`, and the scripts in `python/`.

pub mod answer;
pub mod program;
pub mod workload;
