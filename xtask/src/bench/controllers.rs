//! `cargo xtask bench --controllers`: what one decision of each controller costs, and what the
//! control plane takes of the run of a thousand pods.

use anyhow::{Context, Result};

use super::Bench;
use super::machine;
use crate::process::ask;
use crate::project::Project;

/// Names as the program tells them, with what a decision is made over.
const CONTROLLERS: [(&str, &str, &str); 13] = [
    ("hpa", "HPA: one sync", "pods"),
    ("scheduler", "scheduler: place of one pod", "nodes"),
    ("karpenter", "Karpenter: plan of one batch", "pods"),
    (
        "consolidation",
        "Karpenter: pass of the disruption loop",
        "nodes",
    ),
    (
        "cluster_autoscaler",
        "Cluster Autoscaler: estimate of one group",
        "pods",
    ),
    (
        "scale_down",
        "Cluster Autoscaler: look for unneeded nodes",
        "nodes",
    ),
    ("vpa", "VPA: one recommendation", "samples"),
    ("preemption", "scheduler: node to preempt on", "nodes"),
    ("rollout", "Deployment: look at a rolling update", "pods"),
    ("eviction", "eviction API: one answer", "pods"),
    ("target_tracking", "ECS: look at a service", "points"),
    (
        "node_lifecycle",
        "node lifecycle: paces of evictions",
        "zones",
    ),
    (
        "health_check",
        "load balancer: when a target is found dead",
        "target",
    ),
];

/// Measures and prints the tables.
///
/// # Errors
/// If the program cannot be built or run.
pub fn run(project: &Project) -> Result<bool> {
    let bench = ["bench", "--locked", "--bench", "controllers"];
    let told = ask(project.command("cargo").args(bench)).context("the controllers' runs failed")?;
    let bench = Bench {
        project,
        python: None,
        is_pinned: false,
    };
    println!("\n{}\n{}", machine::describe(&bench), tables(&told)?);
    Ok(true)
}

/// The words behind a name at the begin of a line.
fn words<'a>(output: &'a str, name: &[&str]) -> Result<Vec<&'a str>> {
    let mut lines = output.lines().map(|it| it.split_whitespace().collect());
    let found = lines.find(|words: &Vec<&str>| words.starts_with(name));
    let words = found.with_context(|| format!("nothing was told of {name:?}:\n{output}"))?;
    Ok(words[name.len()..].to_vec())
}

fn tables(told: &str) -> Result<String> {
    let mut text = format!(
        "| {:43} | {:>13} | {:>9} |\n|{:-<45}|{:-<14}:|{:-<10}:|\n",
        "decision", "over", "time", "", "", ""
    );
    for (name, what, items) in CONTROLLERS {
        let figures = words(told, &["cost", name])?;
        let [n_items, ns] = figures[..] else {
            anyhow::bail!("{name} {figures:?}");
        };
        let ns = ns.parse::<f64>().with_context(|| format!("{name} {ns}"))?;
        let time = if ns < 1e3 {
            format!("{ns:.0} ns")
        } else {
            format!("{:.2} µs", ns / 1e3)
        };
        let over = format!("{n_items} {items}");
        text += &format!("| {what:43} | {over:>13} | {time:>9} |\n");
    }
    let figures = words(told, &["fleet"])?;
    let [n_steps, control_ms, data_ms] = figures[..] else {
        anyhow::bail!("fleet {figures:?}");
    };
    text += &format!(
        "\n| a day of 1,000 pods through the loss of a zone | steps | time |\n|---|--:|--:|\n\
         | control plane | {n_steps} | {control_ms} ms |\n| data plane (rates) | {n_steps} | \
         {data_ms} ms |\n"
    );
    Ok(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    const TOLD: &str = "cost hpa 100 1200\ncost scheduler 200 3400\ncost karpenter 330 81000\n\
                        cost consolidation 200 500000\ncost cluster_autoscaler 330 7000\n\
                        cost scale_down 201 40000\ncost vpa 11520 2000\n\
                        cost preemption 201 9000\ncost rollout 50 90\ncost eviction 50 3\n\
                        cost target_tracking 15 20\n\
                        cost node_lifecycle 3 12\ncost health_check 1 4\nfleet 10000 20.50 60.25\n";

    #[test]
    fn lines_become_tables() {
        let text = tables(TOLD).expect("all is told");
        assert!(text.contains("|     200 nodes |   3.40 µs |"), "{text}");
        assert!(text.contains("|       3 zones |     12 ns |"), "{text}");
        assert!(
            text.contains("| control plane | 10000 | 20.50 ms |"),
            "{text}"
        );
    }

    #[test]
    fn what_is_not_told_is_named() {
        let error = tables("cost hpa 100 1200").expect_err("the rest is missing");
        assert!(error.to_string().contains("scheduler"), "{error}");
    }
}
