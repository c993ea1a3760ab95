// SPDX-License-Identifier: EUPL-1.2
//! What is read at once against what is read step by step: the same, of whole documents and of mutilated ones.

use proptest::prelude::*;

use super::oracle::mutilated;
use super::{Step, Tag, Tokens, Vocabulary};
use crate::documents::guard::Limits;

static NOTHING: Vocabulary = Vocabulary { spaces: &[], attributes: &["x"], repeated: &[] };

const NAMES: [&str; 4] = ["a", "ab", "b", "c"];

const DOCUMENTS: [&str; 4] = [
    "<a><b>1</b><ab>two</ab> <c> 3 </c>\n<b>&amp;4</b><c/><c></c><c>\n</c><b x='1'>5</b></a>",
    "<p:a xmlns:p='u'><b>x<!-- y --></b><c>1<ab/></c><b><![CDATA[<]]></b><a><b>z\r\n</b></a><b>à</b></p:a>",
    "<a xmlns='u'><b>1</b><c>2</c></a>",
    "<a><b xmlns='u'><c>1</c></b><ab>2</ab>text<b>3</b><b >4</b></a>",
];

/// All that later steps depend on.
fn state(tokens: &Tokens<'_>) -> impl PartialEq + std::fmt::Debug {
    let Tokens { position, nodes, ends_at_once, just_opened, attribute, .. } = tokens;
    let rest = (tokens.open.clone(), tokens.bindings.len(), tokens.empty.clone(), tokens.misplaced.clone());
    (*position, *nodes, *ends_at_once, *just_opened, attribute.map(str::to_owned), rest)
}

/// Reads an element both ways; how many shortcuts there were.
fn element<'a>(tokens: &mut Tokens<'a>, tag: &Tag<'a>) -> Step<usize> {
    let mut slow = tokens.clone();
    match tokens.literal() {
        Ok(Some(text)) => {
            assert_eq!(slow.written(tag).expect("it was read at once"), text);
            assert_eq!(state(tokens), state(&slow));
            return Ok(1);
        }
        Ok(None) => assert_eq!(state(tokens), state(&slow)),
        Err(broken) => {
            slow.written(tag).expect_err("it was refused at once");
            return Err(broken);
        }
    }
    let mut count = 0;
    loop {
        let mut slow = tokens.clone();
        let child = match tokens.plain_child(NAMES.into_iter()) {
            Some((place, tag)) => {
                let other = slow.child().expect("it was read at once").expect("an element");
                assert_eq!(
                    (tag.space, tag.local, tag.at, tag.end),
                    (other.space, other.local, other.at, other.end)
                );
                assert_eq!(NAMES[place], tag.local);
                assert_eq!(state(tokens), state(&slow));
                count += 1;
                Some(tag)
            }
            None => {
                assert_eq!(state(tokens), state(&slow));
                tokens.child()?
            }
        };
        match child {
            Some(child) => count += element(tokens, &child)?,
            None => return Ok(count),
        }
    }
}

fn shortcuts(document: &str, limits: &Limits) -> Option<usize> {
    let mut tokens = Tokens::new(document, &NOTHING, limits);
    let root = tokens.root().ok()?;
    element(&mut tokens, &root).ok()
}

#[test]
fn plain_elements_are_read_at_once() {
    let counts = DOCUMENTS.map(|document| shortcuts(document, &Limits::default()));
    assert_eq!(counts, [9, 7, 2, 5].map(Some));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2_000))]

    #[test]
    fn mutilated_documents_are_read_alike(
        document in 0..DOCUMENTS.len(),
        changes in proptest::collection::vec((any::<prop::sample::Index>(), "[<>/&;' =abc!\\-?x\n]{0,3}"), 0..4),
        nodes in 1..40_u32,
        depth in 1..5_usize,
    ) {
        let text = mutilated(DOCUMENTS[document], changes);
        shortcuts(&text, &Limits { nodes, depth, ..Limits::default() });
    }
}
