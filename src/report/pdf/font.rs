// SPDX-License-Identifier: EUPL-1.2
//! The two fonts of printed reports, and how wide text is in them. Letters stand beside each other without kerning, so that what
//! is measured is what is drawn.

use krilla::text::{Font, GlyphId, KrillaGlyph};
use ttf_parser::Face;

use super::PdfError;

/// A length on paper, in hundredths of a point.
pub(super) type Length = i32;

/// How heavy letters are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Weight {
    Regular,
    Bold,
}

/// What is drawn for a letter that the font does not have.
const UNKNOWN: char = '\u{fffd}';

/// Letters below this one are looked up once: nearly all of an Italian text.
const EVERYDAY: u32 = 0x250;

/// What is drawn for a letter.
#[derive(Clone, Copy)]
struct Drawn {
    letter: char,
    glyph: u16,
    advance: u16,
}

/// One font: its outlines for drawing, its widths for measuring.
pub(super) struct Typeface {
    pub(super) font: Font,
    face: Face<'static>,
    units: u16,
    everyday: Vec<Drawn>,
}

impl Typeface {
    fn new(bytes: &'static [u8]) -> Result<Self, PdfError> {
        let face = Face::parse(bytes, 0).map_err(|_| PdfError::Font)?;
        let font = Font::new(bytes.into(), 0).ok_or(PdfError::Font)?;
        let units = face.units_per_em();
        let mut typeface = Self { font, face, units, everyday: Vec::new() };
        typeface.everyday =
            (0..EVERYDAY).filter_map(char::from_u32).map(|letter| typeface.find(letter)).collect();
        Ok(typeface)
    }

    fn drawn(&self, letter: char) -> Drawn {
        let known = usize::try_from(u32::from(letter)).ok().and_then(|place| self.everyday.get(place));
        known.copied().unwrap_or_else(|| self.find(letter))
    }

    fn find(&self, letter: char) -> Drawn {
        let letter = self.letter(letter);
        let glyph = self.face.glyph_index(letter).unwrap_or_default();
        Drawn { letter, glyph: glyph.0, advance: self.face.glyph_hor_advance(glyph).unwrap_or(0) }
    }

    /// The letter as the font has it. Controls, marks of byte order and private letters may not stand in an archive.
    fn letter(&self, letter: char) -> char {
        let is_barred = matches!(letter, '\u{e000}'..='\u{f8ff}' | '\u{feff}' | '\u{fffe}' | '\u{f0000}'..);
        let has = !is_barred && self.face.glyph_index(letter).is_some_and(|glyph| glyph.0 != 0);
        match letter {
            _ if letter.is_control() => ' ',
            _ if has => letter,
            _ => UNKNOWN,
        }
    }

    /// How wide a letter is at a size.
    pub(super) fn width_of(&self, letter: char, size: Length) -> Length {
        i32::from(self.drawn(letter).advance) * size / i32::from(self.units)
    }

    /// How wide a text is at a size.
    pub(super) fn width(&self, text: &str, size: Length) -> Length {
        text.chars().map(|letter| self.width_of(letter, size)).sum()
    }

    /// The text with only letters that the font has, and its glyphs.
    pub(super) fn shape(&self, text: &str) -> (String, Vec<KrillaGlyph>) {
        let mut shaped = String::with_capacity(text.len());
        let mut glyphs = Vec::with_capacity(text.len());
        for drawn in text.chars().map(|letter| self.drawn(letter)) {
            let start = shaped.len();
            shaped.push(drawn.letter);
            let advance = em(drawn.advance, self.units);
            let id = GlyphId::new(u32::from(drawn.glyph));
            glyphs.push(KrillaGlyph::new(id, advance, 0.0, 0.0, 0.0, start..shaped.len(), None));
        }
        (shaped, glyphs)
    }
}

#[expect(clippy::float_arithmetic, reason = "a share of the em is what the drawing takes")]
fn em(advance: u16, units: u16) -> f32 {
    f32::from(advance) / f32::from(units)
}

/// The fonts.
pub(super) struct Fonts {
    regular: Typeface,
    bold: Typeface,
}

impl Fonts {
    pub(super) fn new() -> Result<Self, PdfError> {
        Ok(Self {
            regular: Typeface::new(dejavu::sans_condensed::regular())?,
            bold: Typeface::new(dejavu::sans_condensed::bold())?,
        })
    }

    pub(super) const fn of(&self, weight: Weight) -> &Typeface {
        match weight {
            Weight::Regular => &self.regular,
            Weight::Bold => &self.bold,
        }
    }
}

/// The lines that a text takes within a width: broken at blanks, a word that is too long within itself. There is always one.
pub(super) fn wrap(typeface: &Typeface, text: &str, size: Length, width: Length) -> Vec<String> {
    let mut lines = Vec::new();
    let (mut line, mut used) = (String::new(), 0);
    for word in text.split_inclusive(|letter: char| letter.is_whitespace() && letter != '\u{a0}') {
        let word_width = typeface.width(word.trim_end(), size);
        if used > 0 && used + word_width > width {
            lines.push(std::mem::take(&mut line));
            used = 0;
        }
        for letter in word.chars() {
            let step = typeface.width_of(letter, size);
            if used > 0 && used + step > width && !letter.is_whitespace() {
                lines.push(std::mem::take(&mut line));
                used = 0;
            }
            line.push(letter);
            used += step;
        }
    }
    lines.push(line);
    lines
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_break_at_blanks_and_long_words_within_themselves() {
        let fonts = Fonts::new().unwrap();
        let face = fonts.of(Weight::Regular);
        let width = face.width("parola lunga", 700);
        assert_eq!(wrap(face, "parola lunga e corta", 700, width), ["parola lunga ", "e corta"]);
        let lines = wrap(face, &"a".repeat(50), 700, width);
        assert!(lines.len() > 1 && lines.concat() == "a".repeat(50));
        assert!(lines.iter().all(|line| face.width(line, 700) <= width));
        assert_eq!(wrap(face, "", 700, width), [""]);
    }

    #[test]
    fn letters_of_all_italian_names_have_a_shape_and_others_are_told_as_unknown() {
        let fonts = Fonts::new().unwrap();
        let (shaped, _) =
            fonts.of(Weight::Bold).shape("Sèn Jan di Fassa, Mals/Màlles, Dolina - Žabnica ď ß ł €");
        assert!(!shaped.contains(UNKNOWN));
        assert_eq!(fonts.of(Weight::Regular).shape("a\u{e000}b\u{7}").0, "a\u{fffd}b ");
    }
}
