// SPDX-License-Identifier: EUPL-1.2
//! What stands where on which page, and what it means: marks on sheets, and the tree by which a screen reader walks them. Nothing
//! is drawn here.

use super::font::{Fonts, Length, Weight, wrap};

/// A4, lying.
pub(super) const WIDTH: Length = 84_189;
pub(super) const HEIGHT: Length = 59_528;
/// White at each side.
pub(super) const MARGIN: Length = 3_600;
/// Where the last line may end.
const BOTTOM: Length = HEIGHT - 3_700;

/// Colours: few, each dark or light enough to be read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Tone {
    Black,
    Grey,
    Blue,
    White,
    Pale,
}

/// Something that is drawn.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Stroke {
    /// A line of text; the place is the left end of its base line.
    Text { left: Length, base: Length, size: Length, weight: Weight, tone: Tone, text: String },
    /// A filled rectangle.
    Fill { left: Length, top: Length, width: Length, height: Length, tone: Tone },
    /// The emblem of the Union.
    Emblem { left: Length, top: Length },
}

/// A stroke and what it is to a reader.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Mark {
    /// The leaf of the tree that it is; none: decoration.
    pub(super) leaf: Option<usize>,
    pub(super) stroke: Stroke,
}

/// What a branch of the tree is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Meaning {
    Heading { level: u16, text: String },
    Paragraph,
    Figure { alt: String },
    Table { summary: String },
    Head,
    Body,
    Foot,
    Row,
    HeadCell,
    Cell,
}

/// The tree.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Node {
    Branch(Meaning, Vec<Node>),
    Leaf(usize),
}

/// A heading that the outline leads to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Stop {
    pub(super) text: String,
    pub(super) page: usize,
    pub(super) top: Length,
}

/// Pages being filled from top to bottom.
pub(super) struct Pages<'f> {
    pub(super) fonts: &'f Fonts,
    pub(super) sheets: Vec<Vec<Mark>>,
    pub(super) tree: Vec<Node>,
    pub(super) stops: Vec<Stop>,
    /// Where the next thing begins.
    pub(super) top: Length,
    leaves: usize,
}

impl<'f> Pages<'f> {
    pub(super) fn new(fonts: &'f Fonts) -> Self {
        Self { fonts, sheets: vec![Vec::new()], tree: Vec::new(), stops: Vec::new(), top: MARGIN, leaves: 0 }
    }

    /// Width between the margins.
    pub(super) const fn width() -> Length {
        WIDTH - 2 * MARGIN
    }

    /// The tallest thing that fits on a page.
    pub(super) const fn tallest() -> Length {
        BOTTOM - MARGIN
    }

    /// Turns the page unless so much still fits; says whether it did.
    pub(super) fn make_room(&mut self, height: Length) -> bool {
        let turns = self.top + height > BOTTOM && self.top > MARGIN;
        if turns {
            self.sheets.push(Vec::new());
            self.top = MARGIN;
        }
        turns
    }

    /// A stroke that means something.
    pub(super) fn put(&mut self, stroke: Stroke) -> Node {
        let leaf = self.leaves;
        self.leaves += 1;
        self.push(Some(leaf), stroke);
        Node::Leaf(leaf)
    }

    /// A stroke that decorates.
    pub(super) fn decorate(&mut self, stroke: Stroke) {
        self.push(None, stroke);
    }

    fn push(&mut self, leaf: Option<usize>, stroke: Stroke) {
        if let Some(sheet) = self.sheets.last_mut() {
            sheet.push(Mark { leaf, stroke });
        }
    }

    /// A heading, with room left for some lines below it.
    pub(super) fn heading(&mut self, level: u16, text: &str) {
        let size = if level == 1 { 1_700 } else { 1_150 };
        let lines = wrap(self.fonts.of(Weight::Bold), text, size, Self::width() - 4_600);
        let height = size * 13 / 10;
        self.make_room(height * Length::try_from(lines.len()).unwrap_or(1) + 6_000);
        self.stops.push(Stop { text: text.to_owned(), page: self.sheets.len() - 1, top: self.top });
        let leaves = self.lines(&lines, size, height, Weight::Bold, Tone::Blue);
        self.tree.push(Node::Branch(Meaning::Heading { level, text: text.to_owned() }, leaves));
        self.top += 300;
    }

    /// A paragraph.
    pub(super) fn paragraph(&mut self, text: &str, weight: Weight, size: Length) {
        let lines = wrap(self.fonts.of(weight), text, size, Self::width());
        let leaves = self.lines(&lines, size, size * 13 / 10, weight, Tone::Black);
        self.tree.push(Node::Branch(Meaning::Paragraph, leaves));
        self.top += 100;
    }

    fn lines(
        &mut self,
        lines: &[String],
        size: Length,
        height: Length,
        weight: Weight,
        tone: Tone,
    ) -> Vec<Node> {
        let mut leaves = Vec::new();
        for line in lines {
            self.make_room(height);
            self.top += height;
            let base = self.top - height / 4;
            let text = line.clone();
            leaves.push(self.put(Stroke::Text { left: MARGIN, base, size, weight, tone, text }));
        }
        leaves
    }

    /// The foot of every page: what the document is, who pays for it, which page this is.
    pub(super) fn number(&mut self, title: &str) {
        let count = self.sheets.len();
        let (size, base) = (650, HEIGHT - 2_600);
        let face = self.fonts.of(Weight::Regular);
        for (page, sheet) in (1usize..).zip(&mut self.sheets) {
            let number = format!("Pagina {page} di {count}");
            let right = WIDTH - MARGIN - face.width(&number, size);
            let paid = format!("Finanziato dall'Unione europea - NextGenerationEU · {title}");
            for (left, text) in [(MARGIN, paid), (right, number)] {
                let stroke =
                    Stroke::Text { left, base, size, weight: Weight::Regular, tone: Tone::Grey, text };
                sheet.push(Mark { leaf: None, stroke });
            }
        }
    }
}
