//! What a first visit downloads, and how much of it is allowed.
//!
//! A cold load transfers `index.html` and the files that it names. What is fetched afterwards, by a
//! service worker or on demand, does not count there; the referee, which is fetched on demand, has
//! limits of its own. Sizes are gzip at level 6, near what GitHub Pages sends; kB is 1,000 bytes.

use std::fs;
use std::io::Write as _;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};
use flate2::{Compression, write::GzEncoder};

/// The goal for a cold load, in bytes: what a visitor on a slow line should wait for.
pub const COLD_LOAD_GOAL: usize = 400_000;

/// The most that a cold load may transfer today, in bytes. The goal is [`COLD_LOAD_GOAL`]: 1 044
/// 111 were measured on 2026-11-22 before the first cure and 474 400 after the latest; what the
/// page holds of an audit then added 6 700, what the fluid plane has learnt to play, with one more
/// scenario, 15 000, what callers meet 7 700, and service times from samples, packet loss,
/// priorities and warnings about what only requests play 7 000. The controllers of Kubernetes and
/// AWS (Cluster Autoscaler, VPA, drains and budgets, preemption, quotas, kube-scheduler's filters
/// and scores, the decision log) then added some 90 000, Karpenter's disruption, rollouts,
/// shortages, gray zones, zonal shift, queues and endpoints 53 000, and ECS, memory limits, names,
/// readiness gates and what audits of controllers and page asked for some 90 000: 744 800 on
/// 2026-11-23 (see "What the page weighs" in docs/DESIGN.md).
pub const COLD_LOAD_LIMIT: usize = 750_000;

/// Limits on single kinds of file, in bytes: file name ending, limit.
pub const LIMITS_BY_ENDING: [(&str, usize); 4] = [
    // The goal is 320 000, as part of the whole.
    (".wasm", 722_000),
    (".html", 40_000),
    (".js", 8_000),
    (".css", 10_000),
];

/// What the names of the referee's files begin with. The page names its script, and loads it only
/// when somebody asks.
const REFEREE: &str = "referee-";

/// Limits on the referee's files, in bytes: file name ending, limit. Half of it plays audits; it
/// links the control plane, so it grew with that from 354 000 to 520 700.
pub const REFEREE_LIMITS: [(&str, usize); 2] = [(".wasm", 525_000), (".js", 4_000)];

/// One file of the site.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Part {
    /// Name inside the site, such as `index.html`.
    pub name: String,
    /// Size after gzip, in bytes.
    pub n_bytes: usize,
}

/// Weighs the built site: `index.html` and every file that it names.
///
/// # Errors
/// If the site is not there or cannot be read.
pub fn weigh(dist: &Path) -> Result<Vec<Part>> {
    let page = dist.join("index.html");
    let html = fs::read_to_string(&page)
        .with_context(|| format!("cannot read {}: run `cargo xtask build`", page.display()))?;
    let is_named = |name: &str| html.contains(name) && !name.starts_with(REFEREE);
    weigh_those(dist, |name| name == "index.html" || is_named(name))
}

/// Weighs what is fetched when somebody has the engine checked, without the files of cases.
///
/// # Errors
/// If the site is not there or cannot be read.
pub fn weigh_referee(dist: &Path) -> Result<Vec<Part>> {
    weigh_those(dist, |name| name.starts_with(REFEREE))
}

fn weigh_those(dist: &Path, is_wanted: impl Fn(&str) -> bool) -> Result<Vec<Part>> {
    let mut parts = Vec::new();
    for file in files_below(dist)? {
        let inside = file
            .strip_prefix(dist)
            .context("a file of the site is in its folder")?;
        let name = inside.to_string_lossy().replace('\\', "/");
        if is_wanted(&name) {
            let bytes = fs::read(&file).with_context(|| format!("cannot read {name}"))?;
            let n_bytes = gzip_size(&bytes)?;
            parts.push(Part { name, n_bytes });
        }
    }
    parts.sort_by(|left, right| {
        right
            .n_bytes
            .cmp(&left.n_bytes)
            .then(left.name.cmp(&right.name))
    });
    Ok(parts)
}

/// A table of the cold load with its sum, and of the referee.
#[must_use]
pub fn table(cold: &[Part], referee: &[Part]) -> String {
    let rows = |parts: &[Part]| -> String {
        let row = |part: &Part| format!("{:>9}  {}\n", part.n_bytes, part.name);
        parts.iter().map(row).collect()
    };
    format!(
        "cold load, gzip bytes:\n{}{:>9}  of {COLD_LOAD_LIMIT} allowed\non demand:\n{}",
        rows(cold),
        total(cold),
        rows(referee)
    )
}

/// Compares the parts with the limits.
///
/// # Errors
/// If a limit is passed; the message names every one.
pub fn check(parts: &[Part]) -> Result<()> {
    let mut broken = beyond(parts, &LIMITS_BY_ENDING, "the cold load");
    if total(parts) > COLD_LOAD_LIMIT {
        broken.push(format!(
            "the cold load has {} of {COLD_LOAD_LIMIT} bytes",
            total(parts)
        ));
    }
    refuse(&broken)
}

/// Compares the referee's parts with their limits.
///
/// # Errors
/// If a limit is passed; the message names every one.
pub fn check_referee(parts: &[Part]) -> Result<()> {
    refuse(&beyond(parts, &REFEREE_LIMITS, "the referee"))
}

/// What of the parts is beyond the limits on its kind of file.
fn beyond(parts: &[Part], limits: &[(&str, usize)], what: &str) -> Vec<String> {
    let mut broken = Vec::new();
    for (ending, limit) in limits {
        let n_bytes = total(parts.iter().filter(|part| part.name.ends_with(ending)));
        if n_bytes == 0 && *ending == ".wasm" {
            broken.push(format!("{what} holds no wasm module"));
        }
        if n_bytes > *limit {
            broken.push(format!(
                "{what}: {ending} files have {n_bytes} of {limit} bytes"
            ));
        }
    }
    broken
}

fn refuse(broken: &[String]) -> Result<()> {
    if !broken.is_empty() {
        bail!("over budget: {}", broken.join("; "));
    }
    Ok(())
}

fn files_below(folder: &Path) -> Result<Vec<PathBuf>> {
    let mut files = Vec::new();
    let mut folders = vec![folder.to_path_buf()];
    while let Some(folder) = folders.pop() {
        let cannot_list = || format!("cannot list {}", folder.display());
        for entry in fs::read_dir(&folder).with_context(cannot_list)? {
            let path = entry.with_context(cannot_list)?.path();
            if path.is_dir() {
                folders.push(path);
            } else {
                files.push(path);
            }
        }
    }
    Ok(files)
}

fn total<'a>(parts: impl IntoIterator<Item = &'a Part>) -> usize {
    parts.into_iter().map(|part| part.n_bytes).sum()
}

fn gzip_size(bytes: &[u8]) -> Result<usize> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::new(6));
    encoder.write_all(bytes).context("cannot compress")?;
    Ok(encoder.finish().context("cannot compress")?.len())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn part(name: &str, n_bytes: usize) -> Part {
        Part {
            name: name.to_owned(),
            n_bytes,
        }
    }

    #[track_caller]
    fn assert_broken(parts: &[Part], expected: &str) {
        let error = check(parts).unwrap_err().to_string();
        assert!(error.contains(expected), "{error}");
    }

    /// The limit on files with this ending.
    fn limit(limits: &[(&str, usize)], ending: &str) -> usize {
        let limit = limits.iter().find(|(known, _)| *known == ending);
        limit.expect("an ending with a limit").1
    }

    #[test]
    fn a_site_at_its_limits_passes_and_a_byte_more_does_not() {
        let most = |ending| limit(&LIMITS_BY_ENDING, ending);
        let wasm = part("a.wasm", most(".wasm"));
        let rest = COLD_LOAD_LIMIT - wasm.n_bytes;
        check(&[wasm.clone(), part("a.png", rest)]).unwrap();
        let one_more = COLD_LOAD_LIMIT + 1;
        assert_broken(
            &[wasm.clone(), part("a.png", rest + 1)],
            &format!("cold load has {one_more}"),
        );
        for ending in [".wasm", ".html", ".js"] {
            let half = most(ending) / 2;
            let parts = [
                part("a.wasm", usize::from(ending != ".wasm")),
                part(&format!("b{ending}"), half),
                part(&format!("c{ending}"), most(ending) - half + 1),
            ];
            assert_broken(&parts, &format!("{ending} files have {}", most(ending) + 1));
        }
    }

    #[test]
    fn the_referee_has_limits_of_its_own() {
        let [wasm, js] = [".wasm", ".js"].map(|ending| limit(&REFEREE_LIMITS, ending));
        let parts = |wasm, js| [part("referee-1_bg.wasm", wasm), part("referee-1.js", js)];
        check_referee(&parts(wasm, js)).unwrap();
        for (parts, expected) in [
            (
                &parts(wasm + 1, 1)[..],
                format!(".wasm files have {}", wasm + 1),
            ),
            (&parts(1, js + 1)[..], format!(".js files have {}", js + 1)),
            (&[], "the referee holds no wasm module".to_owned()),
        ] {
            let error = check_referee(parts).unwrap_err().to_string();
            assert!(error.contains(&expected), "{error}");
        }
    }

    #[test]
    fn a_site_without_its_module_is_not_a_light_site() {
        assert_broken(&[part("index.html", 1)], "no wasm module");
    }
}
