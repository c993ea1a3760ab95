// SPDX-License-Identifier: EUPL-1.2
//! The ways in which a document ends early.

use super::Tokens;
use crate::documents::fault::{Broken, ReadErrorKind};
use crate::domain::text::Text;

impl Tokens<'_> {
    #[cold]
    fn broken(&self, kind: ReadErrorKind, offset: usize, reason: Text) -> Box<Broken> {
        let value: String = self.source.get(offset..).unwrap_or_default().chars().take(40).collect();
        Broken::new(kind, offset, &value, reason)
    }

    #[cold]
    pub(super) fn malformed(&self, it: &'static str, en: &'static str) -> Box<Broken> {
        self.broken(ReadErrorKind::Malformed, self.position, Text::new(it, en))
    }

    #[cold]
    pub(super) fn too_big(&self, it: &str, en: &str, limit: u64) -> Box<Broken> {
        let reason =
            Text { it: format!("più di {limit} {it}").into(), en: format!("more than {limit} {en}").into() };
        self.broken(ReadErrorKind::TooBig, self.position, reason)
    }

    #[cold]
    pub(super) fn unknown_reference(&self) -> Box<Broken> {
        self.malformed(
            "riferimento non ammesso: si usano solo &amp; &lt; &gt; &quot; &apos; e i caratteri per numero",
            "reference not accepted: only &amp; &lt; &gt; &quot; &apos; and characters by number are",
        )
    }

    #[cold]
    pub(super) fn unfinished(&self) -> Box<Broken> {
        let reason = Text::new(
            "il documento finisce prima della fine degli elementi",
            "the document ends before its elements do",
        );
        self.broken(ReadErrorKind::Malformed, self.source.len(), reason)
    }
}
