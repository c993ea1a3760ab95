// SPDX-License-Identifier: EUPL-1.2
//! A real browser (Chromium), driven over WebDriver: what a visitor sees and does, scripts and all.

use std::io::{BufRead, BufReader};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use serde_json::{Value, json};
use tempfile::TempDir;

/// The key under which WebDriver names an element.
const ELEMENT: &str = "element-6066-11e4-a52e-4f735466cecf";

/// A browser with one window and a profile of its own.
pub(crate) struct Browser {
    client: reqwest::Client,
    session: String,
    _driver: Driver,
    _profile: TempDir,
}

/// The program between us and the browser.
struct Driver(Child);

impl Browser {
    /// A new window; none, and loudly so, where no browser is installed.
    pub(crate) async fn open() -> Option<Self> {
        let mut command = Command::new("chromedriver");
        let driver = command.arg("--port=0").stdout(Stdio::piped()).stderr(Stdio::null()).spawn();
        let Ok(mut driver) = driver.map(Driver) else {
            eprintln!(
                "SKIPPED: chromedriver is not installed, so nothing was tried in a browser (tests/run installs it)"
            );
            return None;
        };
        let lines = BufReader::new(driver.0.stdout.take().unwrap()).lines();
        let port = lines
            .map(Result::unwrap)
            .find_map(|line| {
                Some(line.split_once("started successfully on port ")?.1.trim_end_matches('.').to_owned())
            })
            .unwrap();
        let profile = tempfile::tempdir().unwrap();
        let arguments = [
            "--headless=new",
            "--no-sandbox",
            "--disable-gpu",
            "--disable-dev-shm-usage",
            "--no-first-run",
            "--disable-background-networking",
            "--disable-component-update",
            "--disable-sync",
            "--window-size=1280,1000",
            "--force-prefers-reduced-motion",
        ];
        let mut arguments: Vec<String> = arguments.map(str::to_owned).into();
        arguments.push(format!("--user-data-dir={}", profile.path().display()));
        let wanted =
            json!({ "capabilities": { "alwaysMatch": { "goog:chromeOptions": { "args": arguments } } } });
        // The client wants a provider of TLS, though the driver is on this machine.
        let _installed_before = rustls::crypto::ring::default_provider().install_default();
        let client = reqwest::Client::builder().build().unwrap();
        let server = format!("http://127.0.0.1:{port}/session");
        let answer: Value = client.post(&server).json(&wanted).send().await.unwrap().json().await.unwrap();
        let id = answer["value"]["sessionId"].as_str().unwrap_or_else(|| panic!("{answer:#}"));
        Some(Self { client, session: format!("{server}/{id}"), _driver: driver, _profile: profile })
    }

    async fn ask(&self, path: &str, body: Value) -> Value {
        let answer = self.client.post(format!("{}/{path}", self.session)).json(&body).send().await.unwrap();
        let answer: Value = answer.json().await.unwrap();
        assert!(answer["value"]["error"].is_null(), "{path} {body}: {answer:#}");
        answer["value"].clone()
    }

    /// Opens an address.
    pub(crate) async fn go(&self, url: &str) {
        self.ask("url", json!({ "url": url })).await;
    }

    async fn find(&self, css: &str) -> String {
        let found = self.ask("element", json!({ "using": "css selector", "value": css })).await;
        found[ELEMENT].as_str().unwrap().to_owned()
    }

    /// Clicks the first element that is meant.
    pub(crate) async fn click(&self, css: &str) {
        let element = self.find(css).await;
        self.ask(&format!("element/{element}/click"), json!({})).await;
    }

    /// Types into a field.
    pub(crate) async fn type_into(&self, css: &str, text: &str) {
        let element = self.find(css).await;
        self.ask(&format!("element/{element}/value"), json!({ "text": text })).await;
    }

    /// What a script comes to; it may be a promise.
    pub(crate) async fn run(&self, script: &str) -> Value {
        self.ask("execute/sync", json!({ "script": script, "args": [] })).await
    }

    /// Waits until an expression is true.
    pub(crate) async fn wait_until(&self, expression: &str) {
        let truth = async {
            while self.run(&format!("return Boolean({expression})")).await != true {
                tokio::time::sleep(Duration::from_millis(50)).await;
            }
        };
        if tokio::time::timeout(Duration::from_secs(60), truth).await.is_err() {
            panic!("never true: {expression}\n{}", self.run("return document.body.innerText").await);
        }
    }
}

impl Drop for Driver {
    fn drop(&mut self) {
        // Asked to end, it ends the browser too; killed, it could not.
        drop(Command::new("kill").arg(self.0.id().to_string()).status());
        drop(self.0.wait());
    }
}
