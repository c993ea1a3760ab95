// SPDX-License-Identifier: EUPL-1.2
//! The schema of a document as tables: what may stand inside what, in which order, how often and in which form. `walk` goes
//! along a document by its tables and hands what matters to a draft; `form` is what a text may look like, `pattern` the
//! forms that are runs of characters. Nothing here knows what a document means.

use self::form::Form;
use crate::domain::text::Text;

pub(crate) mod form;
pub(crate) mod pattern;
pub(crate) mod walk;

/// A document in the making: what the walk passes by is put together there.
pub(crate) trait Draft {
    /// What an element means.
    type Slot: Copy + 'static;

    /// An element with others inside begins.
    fn enter(&mut self, slot: Self::Slot);

    /// It ends.
    ///
    /// # Errors
    /// What is wrong with it as a whole; told with its place.
    fn leave(&mut self, slot: Self::Slot) -> Result<(), Text>;

    /// Takes a text in, also one that breaks its form.
    ///
    /// # Errors
    /// When it cannot be understood as what it should be; told unless its form was broken already.
    fn value(&mut self, slot: Self::Slot, text: &str) -> Result<(), Text>;

    /// An element of this name stands where the schema knows none, and was passed over with all that is in it.
    fn passed_over(&mut self, _name: &str) {}
}

/// One element that may stand inside another.
#[derive(Debug)]
pub(crate) struct Element<S: 'static> {
    pub(crate) name: &'static str,
    pub(crate) slot: S,
    pub(crate) is_required: bool,
    pub(crate) is_repeated: bool,
    /// The next element of the table may stand in its place. How often, the first of such elements says for all.
    pub(crate) or_next: bool,
    pub(crate) content: Content<S>,
}

/// What stands inside an element.
#[derive(Debug)]
pub(crate) enum Content<S: 'static> {
    /// Elements, in this order.
    Group(&'static [Element<S>]),
    /// A text of this form.
    Value(Form),
    /// A text of this form; these elements, in this order, follow it as its siblings.
    Run(Form, &'static [Element<S>]),
    /// Anything: it is passed over.
    Anything,
}

const fn element<S: Copy>(name: &'static str, slot: S, is_required: bool, content: Content<S>) -> Element<S> {
    Element { name, slot, is_required, is_repeated: false, or_next: false, content }
}

/// A value that has to be there.
pub(crate) const fn value<S: Copy>(name: &'static str, slot: S, form: Form) -> Element<S> {
    element(name, slot, true, Content::Value(form))
}

/// A value that may be there.
pub(crate) const fn maybe<S: Copy>(name: &'static str, slot: S, form: Form) -> Element<S> {
    element(name, slot, false, Content::Value(form))
}

/// A group that has to be there.
pub(crate) const fn group<S: Copy>(name: &'static str, slot: S, inside: &'static [Element<S>]) -> Element<S> {
    element(name, slot, true, Content::Group(inside))
}

/// A group that may be there.
pub(crate) const fn maybe_group<S: Copy>(
    name: &'static str,
    slot: S,
    inside: &'static [Element<S>],
) -> Element<S> {
    element(name, slot, false, Content::Group(inside))
}

/// A value that has to be there, with elements that follow it.
pub(crate) const fn run<S: Copy>(
    name: &'static str,
    slot: S,
    form: Form,
    behind: &'static [Element<S>],
) -> Element<S> {
    element(name, slot, true, Content::Run(form, behind))
}

/// Anything, that has to be there.
pub(crate) const fn anything<S: Copy>(name: &'static str, slot: S) -> Element<S> {
    element(name, slot, true, Content::Anything)
}

impl<S: Copy> Element<S> {
    /// The same element, as often as wanted.
    pub(crate) const fn many(self) -> Self {
        Self { is_repeated: true, ..self }
    }

    /// The same element, not required.
    pub(crate) const fn optional(self) -> Self {
        Self { is_required: false, ..self }
    }

    /// The same element, or the next one of the table.
    pub(crate) const fn or(self) -> Self {
        Self { or_next: true, ..self }
    }
}
