//! Quantities with a unit, and how people write them.
//!
//! Every quantity is a newtype, so that a duration cannot be passed where a size is expected, and
//! each knows its text form (`"90s"`, `"250m"`, `"512Mi"`, `"1200rps"`, `"99.9%"`): [`FromText`]
//! reads it, `Display` writes it, and files use the same two. A wrong text gives a
//! [`UnitError`] that says what was expected and shows an example.
//!
//! Time is integer nanoseconds and money integer micro-dollars, so that sums do not depend on the
//! order of addition; rates and ratios are `f64`.

mod cron;
mod int_or_percent;
mod money;
pub mod order;
mod rate;
mod ratio;
mod size;
mod text;
mod time;

pub use cron::CronSchedule;
pub use int_or_percent::IntOrPercent;
pub use money::{Money, UnitPrice};
pub use rate::{EventRate, RequestRate};
pub use ratio::Ratio;
pub use size::{ByteSize, Cpu};
pub use text::{FromText, UnitError};
pub use time::{SimDuration, SimTime};
