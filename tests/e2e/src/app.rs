//! What tests do with the app again and again: wait for its figures, read them, share them.

use std::time::Duration;

use serde_json::Value;
use tokio::time::{Instant, sleep};

use crate::Page;

/// Time for whatever is computed, on a slow machine.
const PATIENCE: Duration = Duration::from_secs(120);

/// Every planned replication of the shown scenario has been played.
const REFINED: &str = "document.querySelector('[data-testid=app]')?.dataset.stale === 'false' \
                       && !document.querySelector('[data-testid=progress]') \
                       && document.querySelector('[data-testid=delta] tbody tr')";

impl Page {
    /// Waits until an expression of JavaScript holds.
    ///
    /// # Panics
    /// If it does not within two minutes.
    pub async fn wait_until(&self, condition: &str) {
        let ask = format!("return !!({condition})");
        let start = Instant::now();
        while self.script(&ask).await != Value::Bool(true) {
            assert!(start.elapsed() < PATIENCE, "never: {condition}");
            sleep(Duration::from_millis(50)).await;
        }
    }

    /// Waits until every planned replication of the shown scenario has been played.
    ///
    /// # Panics
    /// As [`Self::wait_until`].
    pub async fn wait_until_refined(&self) {
        self.wait_until(REFINED).await;
    }

    /// Writes into a field as a visitor does.
    ///
    /// # Panics
    /// If there is no such field.
    pub async fn fill(&self, css: &str, value: &str) {
        let (css, value) = (Value::from(css), Value::from(value));
        self.script(&format!(
            "const field = document.querySelector({css}); field.value = {value}; \
             field.dispatchEvent(new Event('input', {{ bubbles: true }}))"
        ))
        .await;
    }

    /// True when neither the page nor this part of it is wider than its place.
    pub async fn fits(&self, css: &str) -> bool {
        let fits = format!(
            "const it = document.querySelector('{css}'); \
             return document.documentElement.scrollWidth <= innerWidth \
                 && it.scrollWidth <= it.clientWidth"
        );
        self.script(&fits).await == Value::Bool(true)
    }

    /// The key figures of both designs as shown, in order.
    ///
    /// # Panics
    /// If the page shows none.
    pub async fn figures(&self) -> Vec<String> {
        let body = "return [...document.querySelectorAll('[data-testid=app] [data-testid^=kpi-]')]\
                    .filter(e => /-[ab]$/.test(e.dataset.testid)).map(e => e.textContent)";
        let values = self.script(body).await;
        values
            .as_array()
            .expect("a list")
            .iter()
            .map(|value| value.as_str().expect("a text").to_string())
            .collect()
    }

    /// Opens the share window, which stays open, and reads the link.
    ///
    /// # Panics
    /// If there is no link.
    pub async fn share_link(&self) -> String {
        self.click("[data-testid=share]").await;
        self.text("[data-testid=share-window]").await;
        let link = self
            .script("return document.querySelector('[data-testid=share-link]').value")
            .await;
        link.as_str().expect("a link").to_string()
    }

    /// True when something on the page matches.
    pub async fn has(&self, css: &str) -> bool {
        let body = format!("return !!document.querySelector('{css}')");
        self.script(&body).await == Value::Bool(true)
    }
}
