// SPDX-License-Identifier: EUPL-1.2
//! One row of a list of mandati: every cell that says something is understood, or the row is rejected.

use std::borrow::Cow;
use std::sync::Arc;

use chrono::{Datelike, NaiveDate};

use super::columns::{Columns, Field};
use super::words_of_cells::{self, Told};
use super::{MandatoRow, MandatoState, RejectedRow, RowFault};
use crate::domain::cig::CigOrExclusion;
use crate::domain::cup::Cup;
use crate::domain::found::Found;
use crate::domain::money::Money;
use crate::domain::partita_iva::PartitaIva;
use crate::domain::payment::{DebtKind, InvoicePart, InvoiceRef, Payee, exclusion_of_word};
use crate::domain::sdi::SdiId;
use crate::domain::text::{Bilingual, Text};
use crate::import::amounts;
use crate::import::error::short;
use crate::import::places::with_zeros;
use crate::import::sheet::SheetRow;

const NO_DATE: Text =
    Text::new("non è una data gg/mm/aaaa o aaaa-mm-gg", "not a date dd/mm/yyyy or yyyy-mm-dd");

/// Reads a row.
pub(super) fn read(row: &SheetRow, columns: &Columns) -> Result<MandatoRow, RejectedRow> {
    let mut cells = Cells { row, columns, faults: Vec::new() };
    let date = cells.required_day(Field::Date);
    let exercise = cells.exercise(date);
    let number = cells.number(exercise);
    let amount = cells.amount();
    let payee = cells.payee();
    let invoice = cells.invoice(amount.unwrap_or_default(), &payee);
    let debt = cells.debt(invoice.is_some());
    let state = cells.state();
    let (cup, cig) = (cells.cup(), cells.cig());
    let mandato = exercise.zip(number);
    match (mandato, date, amount, state) {
        (Some((exercise, number)), Some(date), Some(amount), Some(state)) if cells.faults.is_empty() => {
            Ok(MandatoRow {
                sheet: Arc::clone(&row.sheet),
                row: row.row,
                exercise,
                number,
                date,
                amount,
                payee,
                iban: cells.text(Field::Iban),
                cause: cells.text(Field::Cause).unwrap_or_default(),
                cup,
                cig,
                debt,
                invoice,
                state,
            })
        }
        _ => Err(RejectedRow { sheet: Arc::clone(&row.sheet), row: row.row, mandato, faults: cells.faults }),
    }
}

struct Cells<'r> {
    row: &'r SheetRow,
    columns: &'r Columns,
    faults: Vec<RowFault>,
}

impl<'r> Cells<'r> {
    fn shown(&self, field: Field) -> Option<&'r str> {
        self.columns.shown(self.row, field)
    }

    fn text(&self, field: Field) -> Option<String> {
        self.shown(field).map(str::to_owned)
    }

    fn fault(&mut self, field: Field, reason: Text) {
        self.faults.push(RowFault {
            column: self.columns.heading(field),
            value: short(self.shown(field).unwrap_or_default()).into_owned(),
            reason,
        });
    }

    fn missing(&mut self, field: Field) {
        let Text { it, en } = field.text();
        let reason = Text { it: format!("manca: {it}").into(), en: format!("missing: {en}").into() };
        self.fault(field, reason);
    }

    fn day(&mut self, field: Field) -> Option<NaiveDate> {
        let day = words_of_cells::day(self.shown(field)?);
        if day.is_none() {
            self.fault(field, NO_DATE);
        }
        day
    }

    fn required_day(&mut self, field: Field) -> Option<NaiveDate> {
        if self.shown(field).is_none() {
            self.missing(field);
        }
        self.day(field)
    }

    fn exercise(&mut self, date: Option<NaiveDate>) -> Option<u16> {
        let Some(text) = self.shown(Field::Exercise) else {
            return date.and_then(|date| u16::try_from(date.year()).ok());
        };
        let year = words_of_cells::year(text);
        if year.is_none() {
            self.fault(Field::Exercise, Text::new("non è un anno", "not a year"));
        }
        year
    }

    fn number(&mut self, exercise: Option<u16>) -> Option<u64> {
        let Some(text) = self.shown(Field::Number) else {
            self.missing(Field::Number);
            return None;
        };
        let number = words_of_cells::number(text, exercise);
        if number.is_none() {
            let (it, en) = ("non è il numero di un mandato", "not the number of a mandato");
            self.fault(Field::Number, Text::new(it, en));
        }
        number
    }

    fn amount(&mut self) -> Option<Money> {
        match amounts::read(self.columns.cell(self.row, Field::Amount)) {
            Ok(amount) if amount.is_zero() => {
                self.fault(Field::Amount, Text::new("l'importo è zero", "the amount is zero"));
                None
            }
            Ok(amount) => Some(amount),
            Err(reason) => {
                self.fault(Field::Amount, reason);
                None
            }
        }
    }

    fn payee(&mut self) -> Payee {
        let code = |text: &str| {
            // Zeros that a spreadsheet lost are put back when that makes a number of which the check digit holds.
            let whole = with_zeros(text);
            if whole.parse::<PartitaIva>().is_ok() { whole } else { text.to_owned() }
        };
        let payee = Payee {
            name: self.text(Field::Payee).unwrap_or_default(),
            vat: self.shown(Field::Vat).map(code),
            tax_code: self.shown(Field::TaxCode).map(code),
        };
        if payee == Payee::default() {
            self.missing(Field::Payee);
        }
        payee
    }

    fn invoice(&mut self, amount: Money, payee: &Payee) -> Option<InvoicePart> {
        const OF_INVOICE: [Field; 3] = [Field::SdiId, Field::InvoiceDate, Field::InvoiceYear];
        let Some(number) = self.text(Field::InvoiceNumber) else {
            if OF_INVOICE.into_iter().any(|field| self.shown(field).is_some()) {
                self.missing(Field::InvoiceNumber);
            }
            return None;
        };
        let year = self.invoice_year();
        let sdi = self.sdi();
        let issuer = payee.vat.clone().or_else(|| payee.tax_code.clone());
        let document = match (sdi, issuer.zip(year)) {
            (Some(sdi), _) => InvoiceRef::Electronic(sdi),
            (None, Some((issuer, year))) => InvoiceRef::Analogue { issuer, year },
            (None, None) => {
                self.fault(
                    Field::InvoiceNumber,
                    Text::new(
                        "per riconoscere la fattura serve l'identificativo SdI, oppure l'anno con la partita IVA o il \
                         codice fiscale del beneficiario",
                        "the invoice can be known by its IdentificativoSdI, or by its year with the VAT number or the tax \
                         code of the payee",
                    ),
                );
                return None;
            }
        };
        Some(InvoicePart {
            office: String::new(),
            document,
            number,
            amount,
            due: None,
            nature: None,
            credit_note_use: None,
        })
    }

    /// The year of the invoice, from either column.
    fn invoice_year(&mut self) -> Option<u16> {
        for field in [Field::InvoiceYear, Field::InvoiceDate] {
            let Some(text) = self.shown(field) else { continue };
            let year = words_of_cells::year(text)
                .or_else(|| words_of_cells::day(text).and_then(|day| u16::try_from(day.year()).ok()));
            if year.is_none() {
                self.fault(field, NO_DATE);
            }
            return year;
        }
        None
    }

    fn sdi(&mut self) -> Option<Found<SdiId>> {
        let text = self.shown(Field::SdiId)?;
        let value: Result<SdiId, _> = text.trim_start_matches('0').parse();
        if value.is_err() {
            let (it, en) = ("servono da 1 a 12 cifre", "1 to 12 digits are needed");
            self.fault(Field::SdiId, Text::new(it, en));
        }
        Some(self.found(Field::SdiId, text, value.map_err(|_| NO_DATE)))
    }

    fn debt(&mut self, has_invoice: bool) -> DebtKind {
        let Some(text) = self.shown(Field::Debt) else {
            return if has_invoice { DebtKind::Commercial } else { DebtKind::NonCommercial };
        };
        words_of_cells::debt(text).unwrap_or_else(|| {
            self.fault(
                Field::Debt,
                Text::new(
                    "serve COMMERCIALE, IVA o NON COMMERCIALE",
                    "COMMERCIALE, IVA or NON COMMERCIALE is needed",
                ),
            );
            DebtKind::NonCommercial
        })
    }

    fn state(&mut self) -> Option<MandatoState> {
        let day = match self.shown(Field::PaidAt) {
            Some(_) => Some(self.day(Field::PaidAt)?),
            None => None,
        };
        let reason = match words_of_cells::state(self.shown(Field::State), day) {
            Told::State(state) => return Some(state),
            Told::Unknown => Text::new(
                "stato sconosciuto: servono EMESSO, PAGATO, REGOLARIZZATO, STORNATO o ANNULLATO",
                "unknown state: EMESSO, PAGATO, REGOLARIZZATO, STORNATO or ANNULLATO is needed",
            ),
            Told::NoDay => Text::new("manca la data del pagamento", "the date of payment is missing"),
            Told::DayOfNothing => Text::new(
                "lo stato dice che non è pagato, ma c'è una data di pagamento",
                "the state says that it is not paid, but there is a date of payment",
            ),
        };
        self.fault(Field::State, reason);
        None
    }

    fn cup(&self) -> Option<Found<Cup>> {
        let text = self.shown(Field::Cup)?;
        Some(self.found(Field::Cup, text, Cup::parse_lenient(text).map_err(|error| error.text())))
    }

    fn cig(&self) -> Option<Found<CigOrExclusion>> {
        let text = self.shown(Field::Cig)?;
        let value = match exclusion_of_word(&text.to_uppercase()) {
            Some(exclusion) => Ok(CigOrExclusion::Exclusion(exclusion)),
            None => CigOrExclusion::parse_lenient(text).map_err(|error| error.text()),
        };
        Some(self.found(Field::Cig, text, value))
    }

    fn found<T>(&self, field: Field, text: &str, value: Result<T, Text>) -> Found<T> {
        let at = format!("{} {}, {}", self.row.sheet, self.row.row, self.columns.heading(field));
        Found { raw: text.to_owned(), at: Cow::Owned(at), value }
    }
}
