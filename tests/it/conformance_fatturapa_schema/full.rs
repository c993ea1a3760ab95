// SPDX-License-Identifier: EUPL-1.2
//! A document with every element that a published schema of the FatturaPA knows, made of that schema.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use uppsala::{Document, NodeId};

/// Two documents, each with one branch of every choice. `root` is what the root is called and says it is.
pub(super) fn full(schema: &Path, namespace: &str, root: (&str, &str)) -> Vec<(String, String)> {
    let text = fs::read_to_string(schema).unwrap();
    let document = uppsala::parse(&text).unwrap();
    let (root, version) = root;
    [0, 1]
        .map(|branch| {
            let content = Published::new(&document, branch).value("FatturaElettronicaType");
            let text =
                format!("<p:{root} xmlns:p=\"{namespace}\" versione=\"{version}\">{content}</p:{root}>");
            // One of this type is not one of that: the code of a body is shorter in 1.1.
            let text = if version == "1.1" { text.replace("UFABC12", "UFABC1") } else { text };
            (format!("all of {version}, {branch}"), text)
        })
        .to_vec()
}

/// What a published schema calls by name.
struct Published<'a> {
    document: &'a Document<'a>,
    types: BTreeMap<&'a str, NodeId>,
    /// Which branch of a choice is taken, the last when there are fewer.
    branch: usize,
}

impl<'a> Published<'a> {
    fn new(document: &'a Document<'a>, branch: usize) -> Self {
        let root = document.document_element().unwrap();
        let named = |node| Some((attribute(document, node, "name")?, node));
        let types = elements(document, root).into_iter().filter(|n| local(document, *n).ends_with("Type"));
        Self { document, types: types.filter_map(named).collect(), branch }
    }

    /// The content of a type: of each element one, or of a sequence of the smallest.
    fn content(&self, node: NodeId) -> String {
        let children = elements(self.document, node);
        match local(self.document, node) {
            "element" => match attribute(self.document, node, "name") {
                Some(name) => {
                    let type_of = attribute(self.document, node, "type").unwrap();
                    format!("<{name}>{}</{name}>", self.value(type_of))
                }
                None => String::new(),
            },
            "choice" => self.content(children[self.branch.min(children.len() - 1)]),
            "attribute" | "annotation" => String::new(),
            _ => children.into_iter().map(|child| self.content(child)).collect(),
        }
    }

    fn value(&self, name: &'a str) -> String {
        let Some(node) = self.types.get(name) else { return plain(name).to_owned() };
        if local(self.document, *node) == "complexType" {
            return self.content(*node);
        }
        let restriction = elements(self.document, *node)[0];
        let word = elements(self.document, restriction).into_iter().find_map(|facet| {
            (local(self.document, facet) == "enumeration")
                .then(|| attribute(self.document, facet, "value"))
                .flatten()
        });
        word.unwrap_or_else(|| plain(name)).to_owned()
    }
}

/// A value that a published type without a list of words takes.
fn plain(name: &str) -> &'static str {
    match name {
        "xs:date" | "DataFatturaType" => "2026-01-20",
        "xs:dateTime" => "2026-01-20T09:00:00",
        "xs:base64Binary" => "QQ==",
        "CodiceDestinatarioType" => "UFABC12",
        "NazioneType" | "ProvinciaType" => "IT",
        "DivisaType" | "TipoResaType" => "EUR",
        "CAPType" | "ABIType" | "CABType" => "00100",
        "CodiceFiscaleType" | "CodiceFiscalePFType" => "AAABBB80A01H501X",
        "CodEORIType" => "IT12345678901",
        "IBANType" => "IT60X0542811101000000123456",
        "BICType" => "BCITITMM",
        "TelFaxType" => "0612345",
        "EmailType" | "EmailContattiType" => "a.b@example.it",
        "RiferimentoFaseType" | "NumeroColliType" | "NumeroLineaType" | "RiferimentoNumeroLineaType" => "1",
        "GiorniTerminePagamentoType" => "30",
        name if name.starts_with("Amount") => "10.00",
        "RateType" | "PesoType" | "QuantitaType" => "22.00",
        _ => "AB",
    }
}

fn attribute<'a>(document: &'a Document<'a>, node: NodeId, name: &str) -> Option<&'a str> {
    document.element(node)?.get_attribute(name)
}

fn local<'a>(document: &'a Document<'a>, node: NodeId) -> &'a str {
    document.element(node).map_or("", |element| element.name.local_name.as_ref())
}

fn elements(document: &Document, node: NodeId) -> Vec<NodeId> {
    document.children(node).into_iter().filter(|child| document.element(*child).is_some()).collect()
}
