// SPDX-License-Identifier: EUPL-1.2
//! What a rule says about a document: severity, place, values, source, remedy; and the verdict that follows.

use std::borrow::Cow;

use serde::{Deserialize, Serialize};

use super::remedy::Remedy;
use super::text::Text;

/// How much a finding weighs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Severity {
    /// The order cannot stand: verdict `refused`.
    Blocks,
    /// Something is missing that can still be given: verdict `incomplete`.
    Curable,
    /// To be looked at; the verdict does not change.
    Warning,
    /// Advice, or a rule whose facts could not be had.
    Info,
}

impl Severity {
    /// The name used in answers: `blocks`, `curable`, `warning`, `info`.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Blocks => "blocks",
            Self::Curable => "curable",
            Self::Warning => "warning",
            Self::Info => "info",
        }
    }
}

/// What the findings of an order add up to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Verdict {
    /// Every blocking rule passes and nothing curable is open.
    Accepted,
    /// Only curable findings stand in the way; nothing is reserved.
    Incomplete,
    /// At least one blocking finding.
    Refused,
}

impl Verdict {
    /// The verdict that a set of severities gives.
    pub fn of(severities: impl IntoIterator<Item = Severity>) -> Self {
        let worst = severities.into_iter().min();
        match worst {
            Some(Severity::Blocks) => Self::Refused,
            Some(Severity::Curable) => Self::Incomplete,
            Some(Severity::Warning | Severity::Info) | None => Self::Accepted,
        }
    }

    /// The name used in answers.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Accepted => "accepted",
            Self::Incomplete => "incomplete",
            Self::Refused => "refused",
        }
    }

    /// The verdict of that name.
    pub fn from_name(name: &str) -> Option<Self> {
        [Self::Accepted, Self::Incomplete, Self::Refused].into_iter().find(|verdict| verdict.as_str() == name)
    }
}

/// One value that a rule compared, as shown to people.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Compared {
    /// What the value is, e.g. `available`.
    pub name: Cow<'static, str>,
    /// The value as text.
    pub value: String,
}

/// One finding about one field of a document.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Finding {
    /// Rule id, e.g. `ORD-080`; never reused.
    pub rule: Cow<'static, str>,
    /// Weight.
    pub severity: Severity,
    /// JSON pointer or XPath of the field.
    pub field: String,
    /// What is wrong, with the values.
    pub message: Text,
    /// What to do next.
    pub remedy: Text,
    /// The lawful way out, where a rule of invoices or payments names one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub action: Option<Remedy>,
    /// Legal or technical source of the rule.
    pub source: Cow<'static, str>,
    /// The values that were compared.
    #[serde(default)]
    pub values: Vec<Compared>,
}
