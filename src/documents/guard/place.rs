// SPDX-License-Identifier: EUPL-1.2
//! Byte offsets to places that people understand. Reading keeps offsets only; this goes over the document once more,
//! and only when something has to be told.

use std::collections::{HashMap, VecDeque};

use super::Limits;
use super::attributes::Attributes;
use super::tokens::{Tag, Tokens, Vocabulary};
use crate::documents::fault::{Broken, DocumentFault, RawFault, line_and_column};

/// One element on the way from the root.
struct Level<'a> {
    step: String,
    seen: HashMap<(u8, &'a str), usize>,
}

/// The XPath of the innermost element around each offset. Offsets may come in any order.
pub(crate) fn paths(source: &str, vocabulary: &'static Vocabulary, limits: &Limits, offsets: &[usize]) -> Vec<String> {
    let mut order: Vec<usize> = (0..offsets.len()).collect();
    order.sort_by_key(|&index| offsets.get(index).copied().unwrap_or_default());
    let mut walk = Walk {
        tokens: Tokens::new(source, vocabulary, limits),
        vocabulary,
        levels: vec![Level { step: String::new(), seen: HashMap::new() }],
        waiting: order.into_iter().map(|index| (index, offsets.get(index).copied().unwrap_or_default())).collect(),
        found: vec![String::new(); offsets.len()],
    };
    // A document that breaks off has no more places than those before the break.
    let _broken = walk.document();
    walk.settle(usize::MAX);
    walk.found
}

/// Faults with line, column and path.
pub(crate) fn placed(
    source: &str,
    vocabulary: &'static Vocabulary,
    limits: &Limits,
    faults: Vec<RawFault>,
) -> Vec<DocumentFault> {
    let offsets: Vec<usize> = faults.iter().map(|fault| fault.offset).collect();
    let pointers = paths(source, vocabulary, limits, &offsets);
    let mut placed: Vec<(usize, DocumentFault)> = faults
        .into_iter()
        .zip(pointers)
        .map(|(fault, pointer)| {
            let (line, column) = line_and_column(source, fault.offset);
            (fault.offset, DocumentFault { line, column, pointer, value: fault.value, reason: fault.reason })
        })
        .collect();
    placed.sort_by_key(|(offset, _)| *offset);
    placed.into_iter().map(|(_, fault)| fault).collect()
}

struct Walk<'a> {
    tokens: Tokens<'a>,
    vocabulary: &'static Vocabulary,
    levels: Vec<Level<'a>>,
    waiting: VecDeque<(usize, usize)>,
    found: Vec<String>,
}

impl<'a> Walk<'a> {
    fn document(&mut self) -> Result<(), Box<Broken>> {
        let root = self.tokens.root()?;
        self.element(&root)
    }

    fn element(&mut self, tag: &Tag<'a>) -> Result<(), Box<Broken>> {
        self.settle(tag.at);
        self.enter(tag);
        self.settle_inside(tag);
        while let Some(child) = self.tokens.child_of_unknown()? {
            self.element(&child)?;
        }
        self.settle(self.tokens.position());
        self.levels.pop();
        Ok(())
    }

    fn enter(&mut self, tag: &Tag<'a>) {
        let count = match self.levels.last_mut() {
            Some(parent) => {
                let count = parent.seen.entry((tag.space, tag.local)).or_insert(0);
                *count += 1;
                *count
            }
            None => 1,
        };
        let prefix = match self.vocabulary.spaces.get(usize::from(tag.space)) {
            Some((_, "")) | None => String::new(),
            Some((_, prefix)) => format!("{prefix}:"),
        };
        let step = if count > 1 || self.vocabulary.repeated.contains(&tag.local) {
            format!("/{prefix}{}[{count}]", tag.local)
        } else {
            format!("/{prefix}{}", tag.local)
        };
        self.levels.push(Level { step, seen: HashMap::new() });
    }

    /// Everything before this offset stands in the element that is open now.
    fn settle(&mut self, before: usize) {
        self.settle_with(before, |_| None);
    }

    /// Everything before the end of this start tag stands in the tag: in one of its attributes, or just in it.
    fn settle_inside(&mut self, tag: &Tag<'a>) {
        let source = self.tokens.source();
        let attributes = tag.attributes;
        self.settle_with(tag.end, |offset| {
            let holds = |value: &str| {
                let start = value.as_ptr() as usize - source.as_ptr() as usize;
                (start..=start + value.len()).contains(&offset)
            };
            Attributes::new(attributes).flatten().find(|attribute| holds(attribute.value)).map(|attribute| attribute.name)
        });
    }

    fn settle_with(&mut self, before: usize, attribute_at: impl Fn(usize) -> Option<&'a str>) {
        while let Some(&(index, offset)) = self.waiting.front()
            && offset < before
        {
            self.waiting.pop_front();
            let mut path: String = self.levels.iter().map(|level| level.step.as_str()).collect();
            if let Some(name) = attribute_at(offset) {
                path.push_str("/@");
                path.push_str(name);
            }
            if let Some(slot) = self.found.get_mut(index) {
                *slot = path;
            }
        }
    }
}
