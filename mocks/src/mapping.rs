// SPDX-License-Identifier: EUPL-1.2
//! Canned answers, in a part of WireMock's mapping format: they take the place of what the stand-in would say. What this
//! part does not have is refused, not overlooked. `mocks/README.md` lists the members.

mod pattern;

use std::collections::BTreeMap;
use std::path::Path;

use serde::Deserialize;
use serde_json::Value;
use wiremock::Request;
use wiremock::http::{HeaderName, HeaderValue};

use crate::operation::Platform;
use crate::reply::Reply;
use crate::wire;
use pattern::Pattern;

/// A request and what is answered to it.
#[derive(Debug)]
pub(crate) struct Mapping {
    platform: Platform,
    priority: u32,
    request: Pattern,
    answer: Reply,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
struct File {
    /// For people only.
    #[serde(default, rename = "name")]
    _name: Option<String>,
    #[serde(default = "middling")]
    priority: u32,
    request: pattern::File,
    response: Response,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
struct Response {
    status: u16,
    #[serde(default)]
    headers: BTreeMap<String, String>,
    body: Option<String>,
    json_body: Option<Value>,
    #[serde(default)]
    fixed_delay_milliseconds: u64,
}

fn middling() -> u32 {
    5
}

/// The answer to a request, if one is canned.
pub(crate) fn answer(mappings: &[Mapping], platform: Platform, request: &Request) -> Option<Reply> {
    let mut mine = mappings.iter().filter(|mapping| mapping.platform == platform);
    mine.find(|mapping| mapping.request.fits(request)).map(|mapping| mapping.answer.clone())
}

/// The mappings of a folder, those to be tried first in front. `<platform>.<anything>.json` is for that platform.
pub(crate) fn load(folder: &Path) -> Result<Vec<Mapping>, String> {
    let told = |why: std::io::Error| format!("{}: {why}", folder.display());
    let mut paths = Vec::new();
    for entry in std::fs::read_dir(folder).map_err(told)? {
        paths.push(entry.map_err(told)?.path());
    }
    paths.retain(|path| path.extension().is_some_and(|extension| extension == "json"));
    paths.sort_unstable();
    let mut mappings = Vec::with_capacity(paths.len());
    for path in paths {
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        let told = |why: String| format!("{}: {why}", path.display());
        let platform =
            platform_of(&name).ok_or_else(|| told("the name begins with no platform".to_owned()))?;
        let text = std::fs::read_to_string(&path).map_err(|error| told(error.to_string()))?;
        mappings.push(read(platform, &text).map_err(told)?);
    }
    // Stable: of two that are alike the name decides.
    mappings.sort_by_key(|mapping| mapping.priority);
    Ok(mappings)
}

fn platform_of(name: &str) -> Option<Platform> {
    let (platform, _) = name.split_once('.')?;
    serde_json::from_value(platform.into()).ok()
}

fn read(platform: Platform, text: &str) -> Result<Mapping, String> {
    let file: File = serde_json::from_str(text).map_err(|error| error.to_string())?;
    let request = file.request.pattern().map_err(|why| format!("request.{why}"))?;
    let answer = file.response.reply().map_err(|why| format!("response.{why}"))?;
    Ok(Mapping { platform, priority: file.priority, request, answer })
}

impl Response {
    fn reply(self) -> Result<Reply, String> {
        if !(200..=599).contains(&self.status) {
            return Err(format!("status: {} is not from 200 to 599", self.status));
        }
        let (body, usual) = match (self.body, self.json_body) {
            (Some(_), Some(_)) => return Err("jsonBody: there is a body already".to_owned()),
            (None, Some(json)) => (json.to_string(), "application/json"),
            (body, None) => (body.unwrap_or_default(), "text/plain"),
        };
        let mut reply = Reply::new(self.status, usual, body);
        reply.delay_ms = self.fixed_delay_milliseconds;
        for (name, value) in self.headers {
            let known =
                HeaderName::from_bytes(name.as_bytes()).is_ok() && HeaderValue::from_str(&value).is_ok();
            // A length of one's own would mislead the wire, and so would an instruction.
            let ours = ["content-length", "transfer-encoding", "connection", wire::ACT];
            if !known || ours.iter().any(|ours| name.eq_ignore_ascii_case(ours)) {
                return Err(format!("headers.{name}: cannot be set"));
            }
            if name.eq_ignore_ascii_case("content-type") {
                reply.media_type = value;
            } else {
                reply = reply.header(name, value);
            }
        }
        Ok(reply)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refusal(text: &str) -> String {
        read(Platform::Anac, text).unwrap_err()
    }

    #[test]
    fn what_is_not_known_is_refused_by_name() {
        for (text, member) in [
            (r#"{"request": {}, "response": {"status": 200}, "scenarioName": "x"}"#, "scenarioName"),
            (r#"{"request": {"cookies": {}}, "response": {"status": 200}}"#, "cookies"),
            (r#"{"request": {"headers": {"a": {"matches": "x"}}}, "response": {"status": 200}}"#, "matches"),
            (
                r#"{"request": {"bodyPatterns": [{"equalToXml": "x"}]}, "response": {"status": 200}}"#,
                "equalToXml",
            ),
            (r#"{"request": {}, "response": {"status": 200, "fault": "EMPTY_RESPONSE"}}"#, "fault"),
            (r#"{"request": {}, "response": {"status": 99}}"#, "response.status"),
            (
                r#"{"request": {}, "response": {"status": 200, "body": "", "jsonBody": 1}}"#,
                "response.jsonBody",
            ),
            (r#"{"request": {}, "response": {"status": 200, "headers": {"x y": "z"}}}"#, "headers.x y"),
            (
                r#"{"request": {}, "response": {"status": 200, "headers": {"X-Stand-In-Act": "z"}}}"#,
                "headers.X-Stand-In-Act",
            ),
            (r#"{"request": {"url": "/a", "urlPath": "/a"}, "response": {"status": 200}}"#, "request.url"),
            (
                r#"{"request": {"urlPathPattern": "("}, "response": {"status": 200}}"#,
                "request.urlPathPattern",
            ),
            (r#"{"request": {"bodyPatterns": [{}]}, "response": {"status": 200}}"#, "request.bodyPatterns"),
            (r#"{"request": {"method": "GET /"}, "response": {"status": 200}}"#, "request.method"),
        ] {
            assert!(refusal(text).contains(member), "{text}: {}", refusal(text));
        }
    }

    #[test]
    fn a_name_says_the_platform() {
        assert_eq!(platform_of("sistema_cup.x.json"), Some(Platform::SistemaCup));
        assert_eq!(platform_of("cup.json"), None);
    }
}
