// SPDX-License-Identifier: EUPL-1.2
//! Reads `catalogue.toml` and checks it: counts, unique codes and names, every link, CPV codes against the table.

use std::str::FromStr;

use crate::domain::cpv::Cpv;
use crate::fault::FaultLog;
use crate::programme::document::{Placed, Section, boolean, check_unique, date, list, parsed, read_document};
use crate::reference::CpvTable;

use super::lookup::Lookup;
use super::suffix::stem;
use super::{Catalogue, Category, Direttrice, Sheet, SheetKind};

/// How much `programme.toml` says the catalogue holds.
#[derive(Clone, Copy)]
pub(in crate::programme) struct Counts {
    pub(in crate::programme) direttrici: u32,
    pub(in crate::programme) categories: u32,
    /// Sheets that are goods.
    pub(in crate::programme) goods: u32,
    /// Sheets that are services.
    pub(in crate::programme) services: u32,
}

/// Reads and checks the catalogue.
pub(in crate::programme) fn read(
    text: &str,
    suffix: &str,
    counts: Counts,
    cpv: &CpvTable,
    log: &mut FaultLog,
) -> Option<Catalogue> {
    read_document(text, log, |document| {
        let (official, source) = (document.required("official", boolean), document.text("source"));
        let valid_from = document.optional("valid_from", date);
        let direttrici = document.sections("direttrice", read_direttrice);
        let categories = document.sections("category", read_category);
        let sheets = document.sections("sheet", read_sheet);
        let (direttrici, (categories, sheets)) = direttrici.zip(categories.zip(sheets))?;
        check_counts(document, counts, &direttrici, &categories, &sheets);
        check_links(&direttrici, &categories, &sheets);
        check_names(suffix, &sheets);
        check_cpv(cpv, &sheets);
        let sheets = values(sheets);
        Some(Catalogue {
            official: official?,
            source: source?,
            valid_from,
            direttrici: values(direttrici),
            categories: values(categories),
            lookup: Lookup::new(suffix, &sheets),
            sheets,
        })
    })
}

fn values<T>(placed: Vec<Placed<'_, '_, T>>) -> Vec<T> {
    placed.into_iter().map(|placed| placed.value).collect()
}

fn read_direttrice(section: &Section<'_, '_>) -> Option<Direttrice> {
    let (code, name) = (section.text("code"), section.bilingual("name"));
    Some(Direttrice { code: code?, name: name? })
}

fn read_category(section: &Section<'_, '_>) -> Option<Category> {
    let (code, direttrice, name) =
        (section.text("code"), section.text("direttrice"), section.bilingual("name"));
    Some(Category { code: code?, direttrice: direttrice?, name: name? })
}

fn read_sheet(section: &Section<'_, '_>) -> Option<Sheet> {
    let (code, kind) = (section.text("code"), section.required("kind", parsed));
    let (category, name) = (section.text("category"), section.bilingual("name"));
    let (cpv, green) = (section.required("cpv", list), section.required("green", parsed));
    Some(Sheet { code: code?, kind: kind?, category: category?, name: name?, cpv: cpv?, green: green? })
}

impl FromStr for SheetKind {
    type Err = String;

    fn from_str(raw: &str) -> Result<Self, String> {
        match raw {
            "good" => Ok(Self::Good),
            "service" => Ok(Self::Service),
            _ => Err(format!("good or service expected, {raw:?} found")),
        }
    }
}

fn check_counts(
    document: &Section<'_, '_>,
    counts: Counts,
    direttrici: &[Placed<'_, '_, Direttrice>],
    categories: &[Placed<'_, '_, Category>],
    sheets: &[Placed<'_, '_, Sheet>],
) {
    let of_kind = |kind| sheets.iter().filter(|sheet| sheet.value.kind == kind).count();
    for (key, what, declared, found) in [
        ("direttrice", "direttrici", counts.direttrici, direttrici.len()),
        ("category", "categories", counts.categories, categories.len()),
        ("sheet", "goods", counts.goods, of_kind(SheetKind::Good)),
        ("sheet", "services", counts.services, of_kind(SheetKind::Service)),
    ] {
        if usize::try_from(declared) != Ok(found) {
            document.fault(key, format!("{found} {what} found, programme.toml declares {declared}"));
        }
    }
}

/// A category stands once and names one direttrice, so each is in exactly one; none may be empty.
fn check_links(
    direttrici: &[Placed<'_, '_, Direttrice>],
    categories: &[Placed<'_, '_, Category>],
    sheets: &[Placed<'_, '_, Sheet>],
) {
    check_unique(direttrici, "code", |direttrice| &direttrice.code);
    check_unique(categories, "code", |category| &category.code);
    check_unique(sheets, "code", |sheet| &sheet.code);
    for category in categories {
        let wanted = &category.value.direttrice;
        if !direttrici.iter().any(|direttrice| direttrice.value.code == *wanted) {
            category.fault("direttrice", format!("there is no direttrice {wanted:?}"));
        }
        if !sheets.iter().any(|sheet| sheet.value.category == category.value.code) {
            category.fault("code", format!("no sheet is in category {:?}", category.value.code));
        }
    }
    for direttrice in direttrici {
        let code = &direttrice.value.code;
        if !categories.iter().any(|category| category.value.direttrice == *code) {
            direttrice.fault("code", format!("no category is in direttrice {code:?}"));
        }
    }
    for sheet in sheets {
        let wanted = &sheet.value.category;
        if !categories.iter().any(|category| category.value.code == *wanted) {
            sheet.fault("category", format!("there is no category {wanted:?}"));
        }
    }
}

fn check_names(suffix: &str, sheets: &[Placed<'_, '_, Sheet>]) {
    check_unique(sheets, "name.it", |sheet| &sheet.name.it);
    for sheet in sheets {
        if stem(&sheet.value.name.it, suffix).is_none_or(str::is_empty) {
            sheet.fault("name.it", format!("must be a name that ends with {suffix:?}"));
        }
    }
}

/// Each root is in the table with its published check digit, and belongs to one sheet.
fn check_cpv(table: &CpvTable, sheets: &[Placed<'_, '_, Sheet>]) {
    let mut roots: Vec<(&Cpv, &Sheet)> = Vec::new();
    for sheet in sheets {
        for root in &sheet.value.cpv {
            match (table.get(root), root.check()) {
                (None, _) => sheet.fault("cpv", format!("{root} is not in the CPV table")),
                (Some(entry), Some(check)) if entry.check == check => {}
                (Some(entry), _) => {
                    let reason = format!("{root} must be written {}-{}", entry.code, entry.check);
                    sheet.fault("cpv", reason);
                }
            }
            let taken = roots.iter().find(|(known, _)| known.code() == root.code());
            if let Some((_, other)) = taken {
                sheet.fault("cpv", format!("{root} belongs already to sheet {:?}", other.code));
            }
            roots.push((root, &sheet.value));
        }
    }
}
