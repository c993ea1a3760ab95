// SPDX-License-Identifier: EUPL-1.2
//! How figures are laid out for the Protocollo Unico di Colloquio: which structures, which fields in which order, what stands in
//! each. It is data, because newer versions of the protocol are not published as data.

use std::str::FromStr;

use crate::fault::FaultLog;

use super::document::{Section, boolean, check_unique, number, owned_text, parsed, read_document};

/// The layout.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PucMap {
    /// Version of the protocol.
    pub version: String,
    /// Who sends.
    pub sender: String,
    /// Where the layout comes from.
    pub source: String,
    /// Whether it was read in an act.
    pub official: bool,
    /// Structures in their order.
    pub structures: Vec<PucStructure>,
}

/// One structure.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PucStructure {
    /// Which records it lays out.
    pub code: PucCode,
    /// Its name for people.
    pub title: String,
    /// Its fields in their order.
    pub fields: Vec<PucField>,
}

/// One field.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PucField {
    /// Its name.
    pub name: String,
    /// What stands in it.
    pub content: PucContent,
    /// Letters it may have.
    pub max: Option<usize>,
}

/// What stands in a field.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum PucContent {
    /// Always the same.
    Constant(String),
    /// What a record has under this word.
    Value(String),
}

/// The structures that are known.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum PucCode {
    /// The project.
    AP00,
    /// Those who take part in it.
    SC00,
    /// Awards.
    PG00,
    /// Commitments.
    FN04,
    /// Payments.
    FN06,
    /// Payments admitted to the financing.
    FN07,
}

impl PucCode {
    /// Every structure.
    pub const ALL: [Self; 6] = [Self::AP00, Self::SC00, Self::PG00, Self::FN04, Self::FN06, Self::FN07];

    /// Its name.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::AP00 => "AP00",
            Self::SC00 => "SC00",
            Self::PG00 => "PG00",
            Self::FN04 => "FN04",
            Self::FN06 => "FN06",
            Self::FN07 => "FN07",
        }
    }

    /// The words under which its records have something.
    #[must_use]
    pub const fn words(self) -> &'static [&'static str] {
        match self {
            Self::AP00 => &["project_code", "title", "summary", "cup", "first_day", "last_day"],
            Self::SC00 => &["project_code", "role", "tax_code", "is_public", "ipa_code", "name"],
            Self::PG00 => &["project_code", "order_number", "cig", "description", "net", "gross", "date"],
            Self::FN04 | Self::FN06 | Self::FN07 => {
                &["project_code", "code", "kind", "date", "amount", "note"]
            }
        }
    }
}

impl FromStr for PucCode {
    type Err = String;

    fn from_str(raw: &str) -> Result<Self, String> {
        let known = Self::ALL.into_iter().find(|code| code.as_str() == raw);
        known.ok_or_else(|| {
            let all: Vec<&str> = Self::ALL.iter().map(|code| code.as_str()).collect();
            format!("one of {} expected, {raw:?} found", all.join(", "))
        })
    }
}

/// Reads and checks `puc.toml`.
pub(super) fn read(text: &str, log: &mut FaultLog) -> Option<PucMap> {
    read_document(text, log, |document| {
        let (version, sender) = (document.text("version"), document.text("sender"));
        let (source, official) = (document.text("source"), document.required("official", boolean));
        let structures = document.sections("structure", read_structure)?;
        check_unique(&structures, "code", |structure| structure.code.as_str());
        Some(PucMap {
            version: version?,
            sender: sender?,
            source: source?,
            official: official?,
            structures: structures.into_iter().map(|structure| structure.value).collect(),
        })
    })
}

fn read_structure(section: &Section<'_, '_>) -> Option<PucStructure> {
    let (code, title) = (section.required("code", parsed), section.text("title"));
    let fields = section.sections("fields", |field| read_field(field, code));
    Some(PucStructure {
        code: code?,
        title: title?,
        fields: fields?.into_iter().map(|field| field.value).collect(),
    })
}

fn read_field(section: &Section<'_, '_>, code: Option<PucCode>) -> Option<PucField> {
    let name = section.text("name");
    let (value, constant) = (section.optional("value", owned_text), section.optional("constant", any_text));
    let max: Option<u32> = section.optional("max", number);
    let content = match (value, constant) {
        (Some(word), None) => {
            let known = code.map_or(&[][..], PucCode::words);
            if code.is_some() && !known.contains(&&*word) {
                section.fault("value", format!("one of {} expected, {word:?} found", known.join(", ")));
            }
            Some(PucContent::Value(word))
        }
        (None, Some(text)) => Some(PucContent::Constant(text)),
        _ => {
            section.fault("name", "either value or constant must stand beside it");
            None
        }
    };
    Some(PucField { name: name?, content: content?, max: max.and_then(|max| usize::try_from(max).ok()) })
}

/// A text, also an empty one.
fn any_text(value: &toml::de::DeValue<'_>) -> Result<String, String> {
    value.as_str().map(str::to_owned).ok_or_else(|| format!("a text expected, {} found", value.type_str()))
}
