// SPDX-License-Identifier: EUPL-1.2
//! Byte offsets to places that people understand. Reading keeps offsets only; this goes over the document once more,
//! and only when something has to be told.

use std::collections::VecDeque;
use std::fmt::Write as _;

use super::Limits;
use super::tokens::{Tag, Tokens, Vocabulary};
use crate::documents::fault::{Broken, DocumentFault, RawFault, line_and_column};

/// One element on the way from the root. Its path is written only when it is asked for.
struct Level<'a> {
    space: u8,
    local: &'a str,
    position: usize,
    /// Children so far, by name.
    seen: Vec<(u8, &'a str, usize)>,
}

/// The XPath of the innermost element around each offset. Offsets may come in any order.
pub(crate) fn paths(
    source: &str,
    vocabulary: &'static Vocabulary,
    limits: &Limits,
    offsets: &[usize],
) -> Vec<String> {
    let mut order: Vec<usize> = (0..offsets.len()).collect();
    order.sort_by_key(|&index| offsets.get(index).copied().unwrap_or_default());
    let mut walk = Walk {
        tokens: Tokens::new(source, vocabulary, limits),
        vocabulary,
        levels: Vec::new(),
        waiting: order
            .into_iter()
            .map(|index| (index, offsets.get(index).copied().unwrap_or_default()))
            .collect(),
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
    if faults.is_empty() {
        return Vec::new();
    }
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
        while !self.waiting.is_empty()
            && let Some(child) = self.tokens.child_of_unknown()?
        {
            self.element(&child)?;
        }
        self.settle(self.tokens.position());
        self.levels.pop();
        Ok(())
    }

    fn enter(&mut self, tag: &Tag<'a>) {
        let position = self.levels.last_mut().map_or(1, |parent| parent.count(tag));
        self.levels.push(Level { space: tag.space, local: tag.local, position, seen: Vec::new() });
    }

    fn path(&self) -> String {
        let mut path = String::new();
        for level in &self.levels {
            let prefix =
                self.vocabulary.spaces.get(usize::from(level.space)).map_or("", |(_, prefix)| prefix);
            let colon = if prefix.is_empty() { "" } else { ":" };
            // Writing to a string cannot fail.
            let _ok = write!(path, "/{prefix}{colon}{}", level.local);
            if level.position > 1 || self.vocabulary.repeated.contains(&level.local) {
                let _ok = write!(path, "[{}]", level.position);
            }
        }
        path
    }

    /// Everything before this offset stands in the element that is open now.
    fn settle(&mut self, before: usize) {
        self.settle_with(before, |_| None);
    }

    /// Everything before the end of this start tag stands in the tag: in one of its attributes, or just in it.
    fn settle_inside(&mut self, tag: &Tag<'a>) {
        let source = self.tokens.source();
        let attributes: Vec<(&str, &str)> = match self.waiting.front() {
            Some(&(_, offset)) if offset < tag.end => self.tokens.attributes_of(tag).collect(),
            Some(_) | None => Vec::new(),
        };
        self.settle_with(tag.end, |offset| {
            let holds = |value: &str| {
                let start = (value.as_ptr() as usize).saturating_sub(source.as_ptr() as usize);
                (start..=start + value.len()).contains(&offset)
            };
            attributes.iter().find(|(_, value)| holds(value)).map(|(name, _)| *name)
        });
    }

    fn settle_with(&mut self, before: usize, attribute_at: impl Fn(usize) -> Option<&'a str>) {
        while let Some(&(index, offset)) = self.waiting.front()
            && offset < before
        {
            self.waiting.pop_front();
            let mut path = self.path();
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

impl<'a> Level<'a> {
    /// The position of a child among those of its name.
    fn count(&mut self, tag: &Tag<'a>) -> usize {
        let same = |(space, local, _): &&mut (u8, &str, usize)| *space == tag.space && *local == tag.local;
        match self.seen.iter_mut().find(same) {
            Some((_, _, count)) => {
                *count += 1;
                *count
            }
            None => {
                self.seen.push((tag.space, tag.local, 1));
                1
            }
        }
    }
}
