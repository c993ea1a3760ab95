// SPDX-License-Identifier: EUPL-1.2
//! Start tags: their attributes and namespaces; and what is neither element nor text.

use super::{Binding, FOREIGN_SPACE, Markup, NO_SPACE, Step, Tag, Tokens};
use crate::documents::guard::scan::{Attribute, Name, key_of};

impl<'a> Tokens<'a> {
    /// The start tag that stands here: always one, in the form in which [`Tokens::child`] hands it on, since to put it in
    /// another costs more than to read it.
    #[inline]
    pub(super) fn start_tag(&mut self) -> Step<Option<Tag<'a>>> {
        let at = self.position;
        let Some(name) = self.bytes.name(at + 1) else {
            return Err(self.malformed("nome di elemento non valido", "not a name of an element"));
        };
        if self.open.len() >= self.limits.depth {
            return Err(self.too_big(
                "livelli di annidamento",
                "levels of nesting",
                self.limits.depth as u64,
            ));
        }
        self.open.push((at + 1, name.end));
        self.attribute = None;
        let mut position = name.end;
        let is_empty = loop {
            match self.bytes.at(position) {
                b'>' => break false,
                b'/' if self.bytes.at(position + 1) == b'>' => break true,
                b' ' | b'\n' | b'\t' | b'\r' => {
                    position = self.bytes.after_blanks(position);
                    if !matches!(self.bytes.at(position), b'>' | b'/') {
                        position = self.attributes(position)?;
                    }
                }
                _ => return Err(self.malformed("tag non ben formato", "tag that is not well formed")),
            }
        };
        let end = position + if is_empty { 2 } else { 1 };
        let space = self.space_of(at + 1, &name)?;
        let local = self.source.get(name.local..name.end).unwrap_or_default();
        self.position = end;
        self.ends_at_once = is_empty;
        self.just_opened = Some(at);
        Ok(Some(Tag { space, local, at, end }))
    }

    #[inline]
    fn space_of(&self, start: usize, name: &Name) -> Step<u8> {
        let prefix = self.source.get(start..name.local.saturating_sub(1)).unwrap_or_default();
        let is_it = |binding: &&Binding<'_>| {
            binding.key == name.prefix_key && (prefix.len() <= 8 || binding.prefix == prefix)
        };
        match self.bindings.iter().rev().find(is_it) {
            Some(binding) => Ok(binding.space),
            None if prefix.is_empty() => Ok(NO_SPACE),
            None => {
                Err(self.malformed("prefisso di namespace non dichiarato", "namespace prefix not declared"))
            }
        }
    }

    /// Reads every attribute of a tag, takes in namespace declarations, keeps the value asked for.
    fn attributes(&mut self, first: usize) -> Step<usize> {
        let mut position = first;
        self.attribute_names.clear();
        loop {
            let Some((found, end)) = self.bytes.attribute(position) else {
                return Err(
                    self.malformed("attributi non ben formati", "attributes that are not well formed")
                );
            };
            self.take_attribute(&found)?;
            position = self.bytes.after_blanks(end);
            match self.bytes.at(position) {
                b'>' | b'/' => return Ok(position),
                _ if position > end => {}
                _ => {
                    return Err(
                        self.malformed("attributi non ben formati", "attributes that are not well formed")
                    );
                }
            }
        }
    }

    #[inline]
    fn take_attribute(&mut self, found: &Attribute) -> Step<()> {
        if self.attribute_names.len() >= self.limits.attributes {
            return Err(self.too_big("attributi", "attributes", self.limits.attributes as u64));
        }
        let name = self.source.get(found.name.0..found.name.1).unwrap_or_default();
        let value = self.source.get(found.value.0..found.value.1).unwrap_or_default();
        if self.attribute_names.iter().any(|&(from, to)| self.source.get(from..to) == Some(name)) {
            return Err(self.malformed("attributo ripetuto", "attribute given twice"));
        }
        self.attribute_names.push(found.name);
        if name.starts_with("xmlns") {
            self.declare(name, value)
        } else {
            if self.attribute.is_none() && self.vocabulary.attributes.contains(&name) {
                self.attribute = Some(value);
            }
            Ok(())
        }
    }

    fn declare(&mut self, name: &'a str, uri: &str) -> Step<()> {
        let prefix = match name.split_once(':') {
            Some(("xmlns", prefix)) => prefix,
            None if name == "xmlns" => "",
            Some(_) | None => return Ok(()),
        };
        let known = self.vocabulary.spaces.iter().position(|&(known, _)| known == uri);
        let space = match known.and_then(|index| u8::try_from(index).ok()) {
            Some(index) => index,
            None if uri.is_empty() && prefix.is_empty() => NO_SPACE,
            None if uri.is_empty() => return Err(self.malformed("namespace vuoto", "empty namespace")),
            None => FOREIGN_SPACE,
        };
        let key = key_of(prefix.as_bytes());
        self.bindings.push(Binding { prefix, key, space, depth: self.open.len() });
        Ok(())
    }

    /// A comment or CDATA; everything else that begins with `<!` is refused.
    #[cold]
    pub(super) fn declaration(&mut self) -> Step<Markup> {
        let start = self.position;
        if self.bytes.starts_with(start, b"<!--") {
            let end = self.bytes.behind(start + 4, b"--").ok_or_else(|| self.unfinished())?;
            if self.bytes.at(end) != b'>' {
                return Err(self.malformed("due trattini dentro un commento", "two hyphens inside a comment"));
            }
            self.position = end + 1;
            return Ok(Markup::Aside);
        }
        if self.bytes.starts_with(start, b"<![CDATA[") && !self.open.is_empty() {
            self.position = self.bytes.behind(start + 9, b"]]>").ok_or_else(|| self.unfinished())?;
            self.just_opened = None;
            return Ok(Markup::Text);
        }
        Err(self.malformed(
            "DOCTYPE e altre dichiarazioni non ammesse",
            "DOCTYPE and other declarations are not accepted",
        ))
    }

    #[cold]
    pub(super) fn instruction(&mut self) -> Step<()> {
        let start = self.position;
        let target = self.bytes.0.get(start + 2..start + 5).unwrap_or_default();
        if target.eq_ignore_ascii_case(b"xml") && !self.bytes.starts_with(start + 5, b"-") {
            return Err(
                self.malformed("dichiarazione XML non all'inizio", "XML declaration not at the beginning")
            );
        }
        if !self.bytes.is_target(start + 2) {
            return Err(self.malformed(
                "istruzione di elaborazione senza nome",
                "processing instruction without a name",
            ));
        }
        self.position = self.bytes.behind(start + 2, b"?>").ok_or_else(|| self.unfinished())?;
        Ok(())
    }
}
