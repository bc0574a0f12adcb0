//! What tests do with the app again and again: wait for its figures, read them, share them.

use std::time::Duration;

use serde_json::Value;
use tokio::time::{Instant, sleep};

use crate::Page;

/// Time for all replications on a slow machine.
const PATIENCE: Duration = Duration::from_secs(60);

impl Page {
    /// Waits until every planned replication of the shown scenario has been played.
    ///
    /// # Panics
    /// If that takes longer than a minute.
    pub async fn wait_until_refined(&self) {
        let done = "const app = document.querySelector('[data-testid=app]'); \
                    return !!app && app.dataset.stale === 'false' \
                      && !document.querySelector('[data-testid=progress]') \
                      && !!document.querySelector('[data-testid=delta] tbody tr');";
        let start = Instant::now();
        while self.script(done).await != Value::Bool(true) {
            assert!(start.elapsed() < PATIENCE, "the replications do not end");
            sleep(Duration::from_millis(100)).await;
        }
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
