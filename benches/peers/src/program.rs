//! How a program is called: `PROGRAM WORKLOAD SIZE SEED`.

use std::fmt::Display;
use std::process::ExitCode;

use crate::workload::Workload;

/// One run to play.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Order {
    /// What to simulate.
    pub workload: Workload,
    /// How much of it: requests, or days.
    pub size: u32,
    /// The one source of chance.
    pub seed: u64,
}

impl Order {
    fn from_words(words: &[String]) -> Result<Self, String> {
        let [workload, size, seed] = words else {
            return Err("usage: PROGRAM w1|w2|w3 SIZE SEED".to_owned());
        };
        let wrong = |what: &str, text: &str| format!("`{text}` is no {what}");
        Ok(Self {
            workload: Workload::from_name(workload).ok_or_else(|| wrong("workload", workload))?,
            size: size.parse().map_err(|_| wrong("size", size))?,
            seed: seed.parse().map_err(|_| wrong("seed", seed))?,
        })
    }
}

/// The whole `main` of a program: reads the command line, plays and prints the answer.
pub fn main<A: Display>(play: impl FnOnce(Order) -> Result<A, String>) -> ExitCode {
    let words: Vec<String> = std::env::args().skip(1).collect();
    match Order::from_words(&words).and_then(play) {
        Ok(answer) => {
            println!("{answer}");
            ExitCode::SUCCESS
        }
        Err(message) => {
            eprintln!("error: {message}");
            ExitCode::FAILURE
        }
    }
}
