//! The harness of the end-to-end tests: one browser, one server and one page per test.
//!
//! A test opens a [`Page`] on the built site, drives it through [`Page::client`] and ends with
//! [`Page::close`], which fails if the page logged an error or asked for a file that is not there:
//!
//! ```ignore
//! #[tokio::test]
//! async fn the_title_is_in_english() {
//!     let page = Page::open(Look { lang: "en", ..Look::default() }, "#s=q1-2").await;
//!     page.see("h1", "Which design survives?").await;
//!     page.screenshot("title").await;
//!     page.close().await;
//! }
//! ```
//!
//! Build the site first: `cargo xtask test --only site`. Then `cargo xtask test --only e2e`.
//! Screenshots go to `target/e2e`, one of the page at its end for every test that fails.

pub mod app;
pub mod driver;
pub mod native;
pub mod page;

pub use fantoccini::Locator;
pub use native::native;
pub use page::{Look, Page};
