// SPDX-License-Identifier: EUPL-1.2
//! The scanner against quick-xml: whatever is accepted here is accepted there, with the same elements and attributes, on
//! whole documents and on mutilated ones.

use proptest::prelude::*;
use quick_xml::Reader;
use quick_xml::events::Event;

use super::{Tokens, Vocabulary};
use crate::documents::guard::Limits;

static NOTHING: Vocabulary = Vocabulary { spaces: &[], attributes: &[], repeated: &[] };

/// Start tags with their attributes, and end tags.
#[derive(Debug, PartialEq, Eq)]
enum Seen {
    Open(String, Vec<(String, String)>),
    Close,
}

fn here(source: &str) -> Option<Vec<Seen>> {
    let mut tokens = Tokens::new(source, &NOTHING, &Limits::default());
    let mut seen = Vec::new();
    let root = tokens.root().ok()?;
    let mut depth = 1;
    seen.push(opened(&tokens, &root));
    while depth > 0 {
        match tokens.child_of_unknown().ok()? {
            Some(tag) => {
                seen.push(opened(&tokens, &tag));
                depth += 1;
            }
            None => {
                seen.push(Seen::Close);
                depth -= 1;
            }
        }
    }
    tokens.finish().ok()?;
    Some(seen)
}

fn opened(tokens: &Tokens<'_>, tag: &super::Tag<'_>) -> Seen {
    let attributes =
        tokens.attributes_of(tag).map(|(name, value)| (name.to_owned(), value.to_owned())).collect();
    Seen::Open(tag.local.to_owned(), attributes)
}

fn there(source: &str) -> Option<Vec<Seen>> {
    let mut reader = Reader::from_str(source);
    reader.config_mut().expand_empty_elements = true;
    reader.config_mut().check_comments = true;
    let (mut seen, mut depth) = (Vec::new(), 0);
    loop {
        match reader.read_event().ok()? {
            Event::Start(start) => {
                let attributes: Option<Vec<_>> = start
                    .attributes()
                    .map(|attribute| {
                        let attribute = attribute.ok()?;
                        Some((attribute.key.as_ref().to_owned(), attribute.value.to_string()))
                    })
                    .collect();
                seen.push(Seen::Open(start.local_name().as_ref().to_owned(), attributes?));
                depth += 1;
            }
            Event::End(_) => {
                seen.push(Seen::Close);
                depth -= 1;
            }
            Event::Text(text) if depth == 0 && !text.trim().is_empty() => return None,
            Event::DocType(_) => return None,
            Event::Eof => return (depth == 0).then_some(seen),
            _ => {}
        }
    }
}

const DOCUMENTS: [&str; 5] = [
    include_str!("../../../../tests/fixtures/orders/mepa-download.xml"),
    include_str!("../../../../tests/fixtures/orders/nso.xml"),
    include_str!("../../../../tests/fixtures/orders/nso-revocation.xml"),
    "<?xml version='1.0'?><!-- a - b --><?p q?><a x='1' y=\"2>'\"><b/>t&amp;&#10;<![CDATA[<c>&]]]]><d e = 'f' ></d ></a>\n<!---->",
    "<à:è xmlns:à='u'><ü.-1/>x</à:è>",
];

/// A document with other characters in place of some of its own.
pub(super) fn mutilated(document: &str, changes: Vec<(prop::sample::Index, String)>) -> String {
    let mut text: Vec<char> = document.chars().collect();
    for (place, new) in changes {
        let at = place.index(text.len());
        text.splice(at..=at, new.chars());
    }
    text.into_iter().collect()
}

#[test]
fn whole_documents_are_seen_alike() {
    for document in DOCUMENTS {
        let seen = here(document).expect(document);
        assert_eq!(Some(seen), there(document));
    }
}

#[test]
fn what_is_not_well_formed_is_refused() {
    for document in [
        "",
        "<a>",
        "<a></b>",
        "<a></a></a>",
        "<a/><b/>",
        "<a/>x",
        "x<a/>",
        "<a b='1' b='2'/>",
        "<a b=1/>",
        "<a b='<'/>",
        "<a b='1'c='2'/>",
        "<a/ >",
        "< a/>",
        "<1a/>",
        "<a>&b;</a>",
        "<a>&</a>",
        "<a>&#0;</a>",
        "<p:a/>",
        "<a><!-- -- --></a>",
        "<a><!-- </a>",
        "<a><![CDATA[</a>",
        "<a><?xml version='1.0'?></a>",
        " <?xml version='1.0'?><a/>",
        "<?>ml version='1.0'?><a/>",
        "<a><? p?></a>",
        "<!DOCTYPE a><a/>",
        "<a><!ELEMENT a></a>",
        "<![CDATA[x]]><a/>",
        "<a></a b='1'>",
        "<a xmlns:p=''/>",
    ] {
        assert_eq!(here(document), None, "{document}");
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2_000))]

    #[test]
    fn mutilated_documents_are_never_taken_for_more_than_they_are(
        document in 0..DOCUMENTS.len(),
        changes in proptest::collection::vec((any::<prop::sample::Index>(), "[<>/&;'\" =a:!\\-?\\]\\[x]{0,3}"), 1..4),
    ) {
        let text = mutilated(DOCUMENTS[document], changes);
        if let Some(seen) = here(&text) {
            prop_assert_eq!(Some(seen), there(&text), "{}", text);
        }
    }
}
