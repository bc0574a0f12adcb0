use std::collections::BTreeSet;

use super::*;

/// Placeholders of a text, sorted.
fn placeholders(text: &str) -> BTreeSet<&str> {
    text.split('{')
        .skip(1)
        .filter_map(|rest| rest.split_once('}').map(|(name, _)| name))
        .collect()
}

#[test]
fn every_text_is_there_and_both_languages_take_the_same_values() {
    for key in Key::ALL {
        let ja = text(*key, Language::Ja);
        let en = text(*key, Language::En);
        for text in [ja, en] {
            assert!(!text.trim().is_empty(), "{key:?} is empty");
            assert!(!text.contains("  "), "{key:?} has two spaces: {text:?}");
            assert_eq!(text.trim(), text, "{key:?} has space at an end");
        }
        assert_eq!(
            placeholders(ja),
            placeholders(en),
            "{key:?}: {ja:?} / {en:?}"
        );
    }
}

#[test]
fn the_tone_is_kept() {
    let banned_ja = [
        "することができ",
        "させていただ",
        "保証",
        "必ず",
        "レイテンシー",
        "！",
    ];
    let banned_en = ["!", "lease ", "guarantee", "always"];
    for key in Key::ALL {
        let ja = text(*key, Language::Ja);
        let en = text(*key, Language::En);
        for word in banned_ja {
            assert!(!ja.contains(word), "{key:?} says {word}: {ja}");
        }
        for word in banned_en {
            assert!(!en.contains(word), "{key:?} says {word}: {en}");
        }
    }
}

#[test]
fn values_are_put_in_once() {
    assert_eq!(fill_template("{1} and {0}", &["a", "{1}"]), "{1} and a");
    assert_eq!(fill_template("{2} {x} {", &["a"]), "{2} {x} {");
    assert_eq!(
        fill(Key::KpiObjective, Language::En, &["99.9 %"]),
        "Objective 99.9 %"
    );
}
