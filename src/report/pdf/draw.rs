// SPDX-License-Identifier: EUPL-1.2
//! Draws laid-out pages with krilla, which refuses to write what does not conform to PDF/A-2a and PDF/UA-1.

use std::num::NonZeroU16;

use chrono::{DateTime, Datelike, Timelike, Utc};
use krilla::color::rgb;
use krilla::configure::{Accessibility, Archival, ConfigurationBuilder};
use krilla::destination::XyzDestination;
use krilla::geom::{PathBuilder, Point, Rect};
use krilla::metadata::{DateTime as PdfDateTime, Metadata};
use krilla::num::NormalizedF32;
use krilla::outline::{Outline, OutlineNode};
use krilla::page::PageSettings;
use krilla::paint::{Fill, FillRule};
use krilla::surface::Surface;
use krilla::tagging::{
    Artifact, ArtifactType, ContentTag, Identifier, Node as TagNode, SpanTag, TableHeaderScope, Tag,
    TagGroup, TagTree,
};
use krilla::{Document, SerializeSettings};

use super::PdfError;
use super::font::{Fonts, Length};
use super::page::{HEIGHT, Mark, Meaning, Node, Pages, Stroke, Tone, WIDTH};

/// Centres of the twelve stars and the ten corners of a star, for an emblem 24 points high.
const STARS: [(Length, Length); 12] = [
    (1800, 400),
    (2200, 507),
    (2493, 800),
    (2600, 1200),
    (2493, 1600),
    (2200, 1893),
    (1800, 2000),
    (1400, 1893),
    (1107, 1600),
    (1000, 1200),
    (1107, 800),
    (1400, 507),
];
const CORNERS: [(Length, Length); 10] = [
    (0, -133),
    (30, -41),
    (127, -41),
    (48, 16),
    (78, 108),
    (0, 51),
    (-78, 108),
    (-48, 16),
    (-127, -41),
    (-30, -41),
];
/// Width and height of the emblem.
pub(super) const EMBLEM: (Length, Length) = (3_600, 2_400);

/// Hundredths of a point as points.
#[expect(clippy::float_arithmetic, clippy::cast_precision_loss, reason = "lengths on paper are no money")]
fn points(length: Length) -> f32 {
    length as f32 / 100.0
}

fn color(tone: Tone) -> rgb::Color {
    match tone {
        Tone::Black => rgb::Color::new(0x1a, 0x1a, 0x1a),
        Tone::Grey => rgb::Color::new(0x55, 0x5f, 0x6b),
        Tone::Blue => rgb::Color::new(0x00, 0x33, 0x66),
        Tone::White => rgb::Color::new(0xff, 0xff, 0xff),
        Tone::Pale => rgb::Color::new(0xee, 0xf3, 0xf8),
    }
}

fn fill(color: rgb::Color) -> Option<Fill> {
    Some(Fill { paint: color.into(), opacity: NormalizedF32::ONE, rule: FillRule::NonZero })
}

/// Writes the pages.
pub(super) fn draw(pages: &Pages<'_>, title: &str, made_at: DateTime<Utc>) -> Result<Vec<u8>, PdfError> {
    let configuration = ConfigurationBuilder::new()
        .with_archival_validator(Archival::A2_A)
        .with_accessibility_validator(Accessibility::UA1)
        .finish()
        .map_err(|error| PdfError::Refused(format!("{error:?}")))?;
    let mut document =
        Document::new_with(SerializeSettings { configuration, ..SerializeSettings::default() });
    let mut leaves: Vec<Option<Identifier>> = Vec::new();
    let settings = PageSettings::from_wh(points(WIDTH), points(HEIGHT)).ok_or(PdfError::Font)?;
    for sheet in &pages.sheets {
        let mut page = document.start_page_with(settings.clone());
        let mut surface = page.surface();
        for mark in sheet {
            let id = draw_mark(&mut surface, pages.fonts, mark);
            if let Some(leaf) = mark.leaf {
                leaves.resize(leaves.len().max(leaf + 1), None);
                leaves[leaf] = Some(id);
            }
        }
        surface.finish();
        page.finish();
    }
    let mut tree = TagTree::new().with_lang(Some("it-IT".to_owned()));
    for node in &pages.tree {
        if let Some(node) = tag(node, &mut leaves) {
            tree.push(node);
        }
    }
    document.set_tag_tree(tree);
    document.set_outline(outline(pages));
    document.set_metadata(metadata(title, made_at));
    document.finish().map_err(|error| PdfError::Refused(format!("{error:?}")))
}

fn draw_mark(surface: &mut Surface<'_>, fonts: &Fonts, mark: &Mark) -> Identifier {
    let tag = match mark.leaf {
        Some(_) => ContentTag::Span(SpanTag::empty()),
        None => ContentTag::Artifact(Artifact::with_kind(ArtifactType::Layout)),
    };
    let id = surface.start_tagged(tag);
    match &mark.stroke {
        Stroke::Text { left, base, size, weight, tone, text } => {
            let face = fonts.of(*weight);
            let (text, glyphs) = face.shape(text);
            surface.set_fill(fill(color(*tone)));
            let start = Point::from_xy(points(*left), points(*base));
            surface.draw_glyphs(start, &glyphs, face.font.clone(), &text, points(*size), false);
        }
        Stroke::Fill { left, top, width, height, tone } => {
            surface.set_fill(fill(color(*tone)));
            rectangle(surface, (*left, *top), (*width, *height));
        }
        Stroke::Emblem { left, top } => emblem(surface, *left, *top),
    }
    surface.end_tagged();
    id
}

fn rectangle(surface: &mut Surface<'_>, (left, top): (Length, Length), (width, height): (Length, Length)) {
    let Some(rect) = Rect::from_xywh(points(left), points(top), points(width), points(height)) else {
        return;
    };
    let mut path = PathBuilder::new();
    path.push_rect(rect);
    if let Some(path) = path.finish() {
        surface.draw_path(&path);
    }
}

/// Twelve golden stars on blue, as the rules on the emblem want it.
fn emblem(surface: &mut Surface<'_>, left: Length, top: Length) {
    surface.set_fill(fill(rgb::Color::new(0x00, 0x33, 0x99)));
    rectangle(surface, (left, top), EMBLEM);
    let mut path = PathBuilder::new();
    for (across, down) in STARS {
        for (corner, (x, y)) in CORNERS.into_iter().enumerate() {
            let (x, y) = (points(left + across + x), points(top + down + y));
            if corner == 0 { path.move_to(x, y) } else { path.line_to(x, y) }
        }
        path.close();
    }
    surface.set_fill(fill(rgb::Color::new(0xff, 0xcc, 0x00)));
    if let Some(path) = path.finish() {
        surface.draw_path(&path);
    }
}

/// A branch of the tree with what was drawn for it.
fn tag(node: &Node, leaves: &mut [Option<Identifier>]) -> Option<TagNode> {
    match node {
        Node::Leaf(leaf) => leaves.get_mut(*leaf)?.take().map(TagNode::from),
        Node::Branch(meaning, children) => {
            let mut group = match meaning {
                Meaning::Heading { level, text } => TagGroup::new(Tag::Hn(
                    NonZeroU16::new(*level).unwrap_or(NonZeroU16::MIN),
                    Some(text.clone()),
                )),
                Meaning::Paragraph => TagGroup::new(Tag::P),
                Meaning::Figure { alt } => TagGroup::new(Tag::Figure(Some(alt.clone()))),
                Meaning::Table { summary } => TagGroup::new(Tag::Table.with_summary(Some(summary.clone()))),
                Meaning::Head => TagGroup::new(Tag::THead),
                Meaning::Body => TagGroup::new(Tag::TBody),
                Meaning::Foot => TagGroup::new(Tag::TFoot),
                Meaning::Row => TagGroup::new(Tag::TR),
                Meaning::HeadCell => TagGroup::new(Tag::TH(TableHeaderScope::Column)),
                Meaning::Cell => TagGroup::new(Tag::TD),
            };
            for child in children {
                if let Some(child) = tag(child, leaves) {
                    group.push(child);
                }
            }
            Some(group.into())
        }
    }
}

fn outline(pages: &Pages<'_>) -> Outline {
    let mut outline = Outline::new();
    for stop in &pages.stops {
        let place = XyzDestination::new(stop.page, Point::from_xy(0.0, points(stop.top)));
        outline.push_child(OutlineNode::new(stop.text.clone(), place));
    }
    outline
}

fn metadata(title: &str, made_at: DateTime<Utc>) -> Metadata {
    let part = |n: u32| u8::try_from(n).unwrap_or(0);
    let date = PdfDateTime::new(u16::try_from(made_at.year()).unwrap_or(0))
        .month(part(made_at.month()))
        .day(part(made_at.day()))
        .hour(part(made_at.hour()))
        .minute(part(made_at.minute()))
        .second(part(made_at.second()))
        .utc_offset_hour(0)
        .utc_offset_minute(0);
    Metadata::new()
        .title(title.to_owned())
        .language("it-IT".to_owned())
        .creator("mepa-gateway".to_owned())
        .document_id(format!("{title} {made_at}"))
        .creation_date(date)
}
