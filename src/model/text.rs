//! Text in Japanese and English.

use borsh::{BorshDeserialize, BorshSerialize};
use serde::Serialize;

use super::json::from_json;

/// A language of the product.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, BorshSerialize, BorshDeserialize,
)]
#[serde(rename_all = "snake_case")]
pub enum Language {
    /// Japanese.
    #[default]
    Ja,
    /// English.
    En,
}

from_json!(Language: "ja" => Ja, "en" => En);

/// A text in both languages. Each is at most 2000 characters.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[cfg_attr(test, schemars(default, deny_unknown_fields))]
pub struct Text {
    /// The Japanese text.
    #[cfg_attr(test, schemars(length(max = 2000)))]
    pub ja: String,
    /// The English text.
    #[cfg_attr(test, schemars(length(max = 2000)))]
    pub en: String,
}

from_json!(Text or default { ja, en });

impl Text {
    /// The text in `language`; the other language when that one is empty.
    #[must_use]
    pub fn get(&self, language: Language) -> &str {
        let (wanted, other) = match language {
            Language::Ja => (&self.ja, &self.en),
            Language::En => (&self.en, &self.ja),
        };
        if wanted.is_empty() { other } else { wanted }
    }
}
