use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use super::*;

/// Placeholders of a text, sorted.
fn placeholders(text: &str) -> BTreeSet<&str> {
    text.split('{')
        .skip(1)
        .filter_map(|rest| rest.split_once('}').map(|(name, _)| name))
        .collect()
}

/// Holds a text to the rules: both languages are there, take the same values and keep the tone.
#[track_caller]
pub fn check_text(name: &str, ja: &str, en: &str) {
    for text in [ja, en] {
        assert!(!text.trim().is_empty(), "{name} is empty");
        assert!(!text.contains("  "), "{name} has two spaces: {text:?}");
        assert_eq!(text.trim(), text, "{name} has space at an end");
    }
    assert_eq!(
        placeholders(ja),
        placeholders(en),
        "{name}: {ja:?} / {en:?}"
    );
    let banned_ja = [
        "することができ",
        "させていただ",
        "保証",
        "必ず",
        "レイテンシー",
        "！",
    ];
    let banned_en = ["!", "Please ", "please ", "guarantee", "always"];
    for word in banned_ja {
        assert!(!ja.contains(word), "{name} says {word}: {ja}");
    }
    for word in banned_en {
        assert!(!en.contains(word), "{name} says {word}: {en}");
    }
}

#[test]
fn every_text_keeps_the_rules() {
    for key in Key::ALL {
        let [ja, en] = [Language::Ja, Language::En].map(|language| text(*key, language));
        check_text(&format!("{key:?}"), ja, en);
    }
}

#[test]
fn values_are_put_in_once() {
    assert_eq!(fill_template("{1} and {0}", &["a", "{1}"]), "{1} and a");
    assert_eq!(fill_template("{2} {x} {", &["a"]), "{2} {x} {");
    assert_eq!(fill(Key::SloLine, Language::En, &["99.9 %"]), "SLO 99.9 %");
}

fn sources(under: &Path, into: &mut Vec<PathBuf>) {
    let entries = std::fs::read_dir(under).expect("a folder of sources");
    for entry in entries {
        let path = entry.expect("an entry").path();
        if path.is_dir() {
            sources(&path, into);
        } else if path.extension().is_some_and(|ext| ext == "rs") {
            into.push(path);
        }
    }
}

/// Names `Key::…` in the sources outside the tables.
#[test]
fn every_key_is_used() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut files = Vec::new();
    sources(&root, &mut files);
    let mut used = BTreeSet::new();
    for file in files
        .iter()
        .filter(|file| !file.starts_with(root.join("view/text")))
    {
        let source = std::fs::read_to_string(file).expect("readable source");
        for rest in source.split("Key::").skip(1) {
            let name: String = rest
                .chars()
                .take_while(char::is_ascii_alphanumeric)
                .collect();
            used.insert(name);
        }
    }
    let unused: Vec<_> = Key::ALL
        .iter()
        .map(|key| format!("{key:?}"))
        .filter(|name| !used.contains(name))
        .collect();
    assert!(unused.is_empty(), "nothing uses {unused:?}");
}
