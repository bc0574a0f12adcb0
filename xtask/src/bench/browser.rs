//! `cargo xtask bench --browser`: the engine in Chromium beside the same engine on the host.
//!
//! Both play what `benches/works.rs` lists, one after the other and each several times, and tell
//! their best times. A ratio of one call compares what ran on the same machine within a minute.

use anyhow::{Context, Result};

use crate::process::ask;
use crate::project::Project;
use crate::stages;

/// Milliseconds of the worker's slice, in `src/ui/worker/guest.rs`.
const SLICE_MS: f64 = 6.0;
/// Days of the cluster's run.
const CLUSTER_DAYS: f64 = 30.0;

/// A line of the table.
struct Row {
    name: &'static str,
    unit: &'static str,
    /// On the host; none where there is nothing to compare.
    host: Option<f64>,
    browser: f64,
    /// The least or the most that is wanted of the browser.
    bar: Option<Bar>,
}

enum Bar {
    AtLeast(f64),
    AtMost(f64),
}

/// Measures and prints the table. Returns whether every bar is held.
///
/// # Errors
/// If either program cannot be built or run.
pub fn run(project: &Project) -> Result<bool> {
    let bench = ["bench", "--locked", "--bench", "speed"];
    println!("on the host");
    let host = ask(project.command("cargo").args(bench)).context("the host's runs failed")?;
    println!("in Chromium");
    let mut test = stages::wasm_test(project);
    test.args(["speed", "--nocapture"]);
    let browser = ask(&mut test).context("the browser's runs failed")?;
    let rows = rows(&host, &browser)?;
    println!("\n{}", table(&rows));
    Ok(rows.iter().all(Row::is_held))
}

/// The milliseconds that a program told for a name.
fn told(output: &str, name: &str) -> Result<f64> {
    let mut lines = output.lines().map(str::split_whitespace);
    let value = lines.find_map(|mut words| {
        let is_wanted = words.find(|word| *word == "speed").is_some() && words.next() == Some(name);
        words.next().filter(|_| is_wanted)
    });
    let value = value.with_context(|| format!("nothing was told of {name}:\n{output}"))?;
    value.parse().with_context(|| format!("{name} {value}"))
}

fn rows(host: &str, browser: &str) -> Result<Vec<Row>> {
    let both = |name| -> Result<[f64; 2]> { Ok([told(host, name)?, told(browser, name)?]) };
    let (pair, cluster, estate) = (both("pair")?, both("cluster")?, both("estate")?);
    let years_per_s = |ms: f64| CLUSTER_DAYS / 365.0 / (ms / 1e3);
    let row = |name, unit, [host, browser]: [f64; 2], bar| Row {
        name,
        unit,
        host: Some(host),
        browser,
        bar,
    };
    let ratio = |name, [host, browser]: [f64; 2]| Row {
        name,
        unit: "times the host",
        host: None,
        browser: browser / host,
        bar: Some(Bar::AtMost(1.6)),
    };
    let speed = Some(Bar::AtLeast(0.8));
    let second = Some(Bar::AtMost(2.0));
    Ok(vec![
        row(
            "cluster of 30 days",
            "years/s",
            cluster.map(years_per_s),
            speed,
        ),
        row("estate of a year", "s", estate.map(|ms| ms / 1e3), second),
        row("pair of q1-2", "ms", pair, Some(Bar::AtMost(60.0))),
        ratio("cluster of 30 days", cluster),
        ratio("estate of a year", estate),
        ratio("pair of q1-2", pair),
        Row {
            name: "longest call of the worker",
            unit: "ms",
            host: None,
            browser: SLICE_MS + told(browser, "piece")?,
            bar: Some(Bar::AtMost(8.0)),
        },
    ])
}

impl Row {
    const fn is_held(&self) -> bool {
        match self.bar {
            Some(Bar::AtLeast(least)) => self.browser >= least,
            Some(Bar::AtMost(most)) => self.browser <= most,
            None => true,
        }
    }
}

fn table(rows: &[Row]) -> String {
    let mut text = format!(
        "| {:26} | {:14} | {:>7} | {:>8} | {:>7} | held |\n\
         |{:-<28}|{:-<16}|{:-<8}:|{:-<9}:|{:-<8}:|------|\n",
        "", "", "host", "Chromium", "bar", "", "", "", "", ""
    );
    for row in rows {
        let host = row
            .host
            .map_or_else(String::new, |host| format!("{host:.2}"));
        let bar = match row.bar {
            Some(Bar::AtLeast(least)) => format!(">= {least}"),
            Some(Bar::AtMost(most)) => format!("<= {most}"),
            None => String::new(),
        };
        let held = if row.is_held() { "yes" } else { "no" };
        text += &format!(
            "| {:26} | {:14} | {host:>7} | {:>8.2} | {bar:>7} | {held:4} |\n",
            row.name, row.unit, row.browser
        );
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    const HOST: &str = "speed pair 10\nspeed cluster 60.5\nspeed estate 900\nspeed piece 0.5\n";
    const BROWSER: &str = "console.log div contained:\n    speed pair 15\n    speed cluster 90\n\
                           speed estate 2500\nspeed piece 1.25\n";

    #[test]
    fn lines_become_figures_and_bars_are_held_or_not() {
        let rows = rows(HOST, BROWSER).expect("all is told");
        let held: Vec<bool> = rows.iter().map(Row::is_held).collect();
        assert_eq!(held, [true, false, true, true, false, true, true]);
        let text = table(&rows);
        assert!(
            text.contains("| years/s        |    1.36 |     0.91 |  >= 0.8 | yes  |"),
            "{text}"
        );
        assert!(
            text.contains("| ms             |         |     7.25 |    <= 8 | yes  |"),
            "{text}"
        );
    }

    #[test]
    fn what_is_not_told_is_named() {
        let error = rows(HOST, "speed pair 15")
            .err()
            .expect("a figure is missing");
        assert!(
            error.to_string().contains("nothing was told of cluster"),
            "{error}"
        );
    }
}
