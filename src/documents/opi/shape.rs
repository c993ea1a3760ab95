// SPDX-License-Identifier: EUPL-1.2
//! What the elements mean to the reader, and what the tables share: forms of codes, heads of documents.

use crate::documents::schema::form::Form::{self, Any, Capitals, Digits, Integer, Money};
use crate::documents::schema::pattern::{Pattern, Run, alphanumeric, capital, digit, hexadecimal};
use crate::documents::schema::{self, maybe, value};
use crate::domain::text::Text;

/// One element that may stand inside another.
pub(super) type Element = schema::Element<Slot>;

/// What an element means to the reader; one that is only checked or passed over is [`Slot::Unused`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Slot {
    Unused,
    // Head.
    CreatedAt,
    Office,
    TaxCode,
    FlowId,
    BankFlowId,
    Exercise,
    Reversale,
    // Orders.
    Mandato,
    MandatoOperation,
    MandatoNumber,
    MandatoDate,
    MandatoAmount,
    Act,
    Position,
    Progressive,
    PositionAmount,
    Method,
    PayeeName,
    PayeeVat,
    PayeeTaxCode,
    Creditor,
    Iban,
    EndToEnd,
    Cause,
    Withheld,
    Replaced,
    ReplacedNumber,
    ReplacedProgressive,
    ReplacedExercise,
    // What they are for.
    Class,
    SiopeCode,
    Cup,
    Cpv,
    ClassAmount,
    Debts,
    DebtKind,
    Cig,
    CigExclusion,
    Part,
    PartOffice,
    SdiId,
    Issuer,
    IssueYear,
    PartNumber,
    PartAmount,
    PartDue,
    PartNature,
    CreditNoteUse,
    // Outcomes.
    Outcome,
    OutcomeFlowId,
    OutcomeExercise,
    OutcomeNumber,
    OutcomeProgressive,
    OutcomeAmount,
    OutcomeKind,
    OutcomeAt,
    OutcomeError,
    ErrorProgressive,
    // Errors of outcomes, remarks of an ack.
    RemarkCode,
    RemarkText,
    RemarkElement,
    // Ack.
    AckState,
    AckError,
    AckWarning,
    // Journal.
    Page,
    Pages,
    JournalDate,
    Movement,
    MovementFlowId,
    Direction,
    Document,
    Operation,
    MovementNumber,
    MovementProgressive,
    MovementAmount,
    MovementWithheld,
    MovementEndToEnd,
    MovementDate,
}

/// A text with at least one character.
pub(super) const TEXT: Form = Any(1, usize::MAX);
/// Any text.
pub(super) const FREE: Form = Any(0, usize::MAX);
/// A budget year.
pub(super) const EXERCISE: Form = Integer(1999, 2099);
/// Number of an order, or of a position in it.
pub(super) const NUMBER: Form = Integer(1, 9_999_999);
/// A number with no limit of its own.
pub(super) const ANY_NUMBER: Form = Integer(0, u64::MAX);
/// An amount with any sign.
pub(super) const AMOUNT: Form = Money(i64::MIN);
/// An amount that may be zero.
pub(super) const NOT_NEGATIVE: Form = Money(0);
/// An amount of a cent or more.
pub(super) const POSITIVE: Form = Money(1);
/// Name of a flow.
pub(super) const FLOW_ID: Form = Form::Pattern(&Pattern {
    shown: Text::new("di 1-70 lettere, cifre, #, _, -, .", "of 1-70 letters, digits, #, _, -, ."),
    any_of: &[&[Run::Of(|byte| alphanumeric(byte) || matches!(byte, b'#' | b'_' | b'-' | b'.'), 1, 70)]],
});
/// Name of a page of the journal.
pub(super) const JOURNAL_ID: Form = Form::Pattern(&Pattern {
    shown: Text::new("GDC-AAAAMMGG...#001#001", "GDC-YYYYMMDD...#001#001"),
    any_of: &[&[
        Run::Just("GDC-"),
        Run::Of(digit, 8, 8),
        Run::Of(alphanumeric, 10, 50),
        Run::Just("#"),
        Run::Of(digit, 3, 3),
        Run::Just("#"),
        Run::Of(digit, 3, 3),
    ]],
});
const A2A: Form = Form::Pattern(&Pattern {
    shown: Text::new("A2A-12345678", "A2A-12345678"),
    any_of: &[&[Run::Just("A2A-"), Run::Of(digit, 8, 8)]],
});
const SIOPE_BODY: Form = Form::Pattern(&Pattern {
    shown: Text::new("di 9-15 cifre", "of 9-15 digits"),
    any_of: &[&[Run::Of(digit, 9, 15)]],
});
/// SIOPE code.
pub(super) const SIOPE_CODE: Form = Form::Pattern(&Pattern {
    shown: Text::new("di 4-10 cifre", "of 4-10 digits"),
    any_of: &[&[Run::Of(digit, 4, 10)]],
});
/// CUP, as loosely as the national schema has it.
pub(super) const CUP: Form = Form::Pattern(&Pattern {
    shown: Text::new("di 15 lettere o cifre", "of 15 letters or digits"),
    any_of: &[&[Run::Of(|byte| alphanumeric(byte) || byte == b'|', 15, 15)]],
});
/// CPV with its check digit.
pub(super) const CPV: Form = Form::Pattern(&Pattern {
    shown: Text::new("12345678-9", "12345678-9"),
    any_of: &[&[Run::Of(digit, 8, 8), Run::Just("-"), Run::Of(digit, 1, 1)]],
});
/// CIG, as loosely as the national schema has it.
pub(super) const CIG: Form = Form::Pattern(&Pattern {
    shown: Text::new(
        "di un CIG (10 cifre o lettere da A a F; il primo carattere può essere qualsiasi lettera maiuscola)",
        "of a CIG (10 digits or letters A to F; the first may be any capital letter)",
    ),
    any_of: &[
        &[Run::Of(digit, 7, 7), Run::Of(hexadecimal, 3, 3)],
        &[Run::Of(capital, 1, 1), Run::Of(hexadecimal, 9, 9)],
    ],
});
/// Account, as loosely as the national schema has it.
pub(super) const IBAN: Form = Form::Pattern(&Pattern {
    shown: Text::new("di un IBAN", "of an IBAN"),
    any_of: &[&[
        Run::Of(capital, 2, 2),
        Run::Of(digit, 2, 2),
        Run::Of(|byte| capital(byte) || digit(byte) || byte == b'|', 5, 30),
    ]],
});
/// Bank, as loosely as the national schema has it.
pub(super) const BIC: Form = Form::Pattern(&Pattern {
    shown: Text::new("di un BIC", "of a BIC"),
    any_of: &[&[Run::Of(bank, 8, 8)], &[Run::Of(bank, 11, 11)]],
});

const fn bank(byte: u8) -> bool {
    alphanumeric(byte) || byte == b'|'
}

const ABI: Element = value("codice_ABI_BT", Slot::Unused, Digits(5));
const CREATED_AT: Element = value("data_ora_creazione_flusso", Slot::CreatedAt, Form::DateTime);
const OFFICE: Element = value("codice_ente", Slot::Office, Capitals(6, 6));
const BODY_NAME: Element = value("descrizione_ente", Slot::Unused, TEXT);
const BODY_CODE: Element = value("codice_istat_ente", Slot::Unused, SIOPE_BODY);
const TAX_CODE: Element = value("codice_fiscale_ente", Slot::TaxCode, Capitals(11, 16));
const CHANNEL: Element = value("codice_tramite_ente", Slot::Unused, A2A);
const CHANNEL_OF_BANK: Element = value("codice_tramite_BT", Slot::Unused, A2A);
const BODY_AT_BANK: Element = value("codice_ente_BT", Slot::Unused, TEXT);

/// What stands inside `testata_flusso`.
pub(super) static FLOW_HEAD: &[Element] = &[
    ABI,
    value("identificativo_flusso", Slot::FlowId, FLOW_ID),
    CREATED_AT,
    OFFICE,
    BODY_NAME,
    BODY_CODE,
    TAX_CODE,
    CHANNEL,
    CHANNEL_OF_BANK,
    BODY_AT_BANK,
    maybe("riferimento_ente", Slot::Unused, FREE),
];

/// What stands inside `testata_messaggio`.
pub(super) static MESSAGE_HEAD: &[Element] =
    &[ABI, CREATED_AT, OFFICE, BODY_NAME, BODY_CODE, TAX_CODE, CHANNEL, CHANNEL_OF_BANK, BODY_AT_BANK];
