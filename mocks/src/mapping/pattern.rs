// SPDX-License-Identifier: EUPL-1.2
//! Which requests a mapping is for.

use std::collections::BTreeMap;

use regex::Regex;
use serde::Deserialize;
use serde_json::Value;
use wiremock::Request;

use crate::rest::header;

/// As it is written.
#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase", default)]
pub(super) struct File {
    method: String,
    url: Option<String>,
    url_path: Option<String>,
    url_path_pattern: Option<String>,
    query_parameters: BTreeMap<String, Equal>,
    headers: BTreeMap<String, Text>,
    body_patterns: Vec<BodyFile>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
struct Equal {
    equal_to: String,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
enum Text {
    EqualTo(String),
    Contains(String),
}

#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase", default)]
struct BodyFile {
    contains: Option<String>,
    equal_to_json: Option<Value>,
}

/// All of it must hold.
#[derive(Debug)]
pub(super) struct Pattern {
    method: String,
    address: Address,
    parameters: BTreeMap<String, Equal>,
    headers: BTreeMap<String, Text>,
    bodies: Vec<Body>,
}

#[derive(Debug)]
enum Address {
    Any,
    Whole(String),
    Path(String),
    Like(Regex),
}

#[derive(Debug)]
enum Body {
    Contains(String),
    Json(Value),
}

impl Default for File {
    fn default() -> Self {
        Self {
            method: "ANY".to_owned(),
            url: None,
            url_path: None,
            url_path_pattern: None,
            query_parameters: BTreeMap::new(),
            headers: BTreeMap::new(),
            body_patterns: Vec::new(),
        }
    }
}

impl File {
    pub(super) fn pattern(self) -> Result<Pattern, String> {
        if self.method.is_empty() || !self.method.bytes().all(|letter| letter.is_ascii_uppercase()) {
            return Err(format!("method: {} is none", self.method));
        }
        let address = match (self.url, self.url_path, self.url_path_pattern) {
            (None, None, None) => Address::Any,
            (Some(url), None, None) => Address::Whole(url),
            (None, Some(path), None) => Address::Path(path),
            (None, None, Some(pattern)) => {
                let whole = Regex::new(&format!("^(?:{pattern})$"));
                Address::Like(whole.map_err(|error| format!("urlPathPattern: {error}"))?)
            }
            _ => return Err("url, urlPath, urlPathPattern: only one of them".to_owned()),
        };
        let bodies = self.body_patterns.into_iter().map(BodyFile::body).collect::<Result<_, _>>()?;
        let (parameters, headers) = (self.query_parameters, self.headers);
        Ok(Pattern { method: self.method, address, parameters, headers, bodies })
    }
}

impl BodyFile {
    fn body(self) -> Result<Body, String> {
        match (self.contains, self.equal_to_json) {
            (Some(text), None) => Ok(Body::Contains(text)),
            // A document may be written as a string, too.
            (None, Some(Value::String(text))) => match serde_json::from_str(&text) {
                Ok(value) => Ok(Body::Json(value)),
                Err(error) => Err(format!("bodyPatterns.equalToJson: {error}")),
            },
            (None, Some(value)) => Ok(Body::Json(value)),
            _ => Err("bodyPatterns: each has contains, or equalToJson".to_owned()),
        }
    }
}

impl Pattern {
    pub(super) fn fits(&self, request: &Request) -> bool {
        (self.method == "ANY" || self.method == request.method.as_str())
            && self.address.fits(request)
            && self.parameters.iter().all(|(name, wanted)| has_parameter(request, name, &wanted.equal_to))
            && self.headers.iter().all(|(name, wanted)| {
                header(request, name).is_some_and(|value| match wanted {
                    Text::EqualTo(text) => value == text,
                    Text::Contains(text) => value.contains(text),
                })
            })
            && self.bodies.iter().all(|body| body.fits(&request.body))
    }
}

impl Address {
    fn fits(&self, request: &Request) -> bool {
        let path = request.url.path();
        match self {
            Self::Any => true,
            Self::Whole(wanted) => match request.url.query() {
                Some(query) => wanted.split_once('?') == Some((path, query)),
                None => wanted == path,
            },
            Self::Path(wanted) => wanted == path,
            Self::Like(pattern) => pattern.is_match(path),
        }
    }
}

impl Body {
    fn fits(&self, body: &[u8]) -> bool {
        match self {
            Self::Contains(text) => std::str::from_utf8(body).is_ok_and(|body| body.contains(text)),
            Self::Json(wanted) => serde_json::from_slice::<Value>(body).is_ok_and(|body| body == *wanted),
        }
    }
}

fn has_parameter(request: &Request, name: &str, wanted: &str) -> bool {
    request.url.query_pairs().any(|(key, value)| key == name && value == wanted)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fits(pattern: &str, request: &Request) -> bool {
        serde_json::from_str::<File>(pattern).unwrap().pattern().unwrap().fits(request)
    }

    #[test]
    fn all_that_is_asked_must_hold() {
        let request = Request {
            url: "http://h/a/b12?x=1&y=due%20parole".parse().unwrap(),
            method: "POST".parse().unwrap(),
            headers: [("soapaction".parse().unwrap(), "genera".parse().unwrap())].into_iter().collect(),
            body: br#"{"n": 1, "list": [1, 2]}"#.to_vec(),
        };
        for (pattern, wanted) in [
            ("{}", true),
            (r#"{"method": "POST"}"#, true),
            (r#"{"method": "GET"}"#, false),
            (r#"{"url": "/a/b12?x=1&y=due%20parole"}"#, true),
            (r#"{"url": "/a/b12"}"#, false),
            (r#"{"urlPath": "/a/b12"}"#, true),
            (r#"{"urlPath": "/a/b"}"#, false),
            (r#"{"urlPathPattern": "/a/b[0-9]+|/c"}"#, true),
            (r#"{"urlPathPattern": "/a/b"}"#, false),
            (r#"{"queryParameters": {"y": {"equalTo": "due parole"}, "x": {"equalTo": "1"}}}"#, true),
            (r#"{"queryParameters": {"y": {"equalTo": "due"}}}"#, false),
            (r#"{"headers": {"SOAPAction": {"equalTo": "genera"}}}"#, true),
            (r#"{"headers": {"SOAPAction": {"contains": "gene"}}}"#, true),
            (r#"{"headers": {"SOAPAction": {"equalTo": "gene"}}}"#, false),
            (r#"{"headers": {"Altro": {"contains": ""}}}"#, false),
            (r#"{"bodyPatterns": [{"contains": "list"}, {"equalToJson": {"list": [1, 2], "n": 1}}]}"#, true),
            (r#"{"bodyPatterns": [{"equalToJson": "{\"list\": [1, 2], \"n\": 1}"}]}"#, true),
            (r#"{"bodyPatterns": [{"contains": "list"}, {"equalToJson": {"n": 1}}]}"#, false),
        ] {
            assert_eq!(fits(pattern, &request), wanted, "{pattern}");
        }
    }
}
