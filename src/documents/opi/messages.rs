// SPDX-License-Identifier: EUPL-1.2
//! What comes back of orders: outcomes of the bank (`messaggi_esito_applicativo`) and acks of SIOPE+ (`messaggio_ack_siope`).

use super::shape::{ANY_NUMBER, EXERCISE, Element, FLOW_ID, FREE, MESSAGE_HEAD, NOT_NEGATIVE, Slot, TEXT};
use crate::documents::schema::form::Form::{self, Code};
use crate::documents::schema::{anything, group, maybe, maybe_group, value};

/// What stands inside the root of outcomes, signatures apart.
pub(super) static OUTCOME: &[Element] = &[
    group("testata_messaggio", Slot::Unused, MESSAGE_HEAD),
    value("identificativo_flusso_BT", Slot::BankFlowId, TEXT),
    group("esito_mandati", Slot::Outcome, OUTCOME_OF_MANDATO).many().or(),
    anything("esito_reversali", Slot::Reversale),
];

static OUTCOME_OF_MANDATO: &[Element] = &[
    value("identificativo_flusso", Slot::OutcomeFlowId, FLOW_ID),
    value("esercizio", Slot::OutcomeExercise, EXERCISE),
    value("numero_mandato", Slot::OutcomeNumber, ANY_NUMBER),
    maybe("progressivo_beneficiario", Slot::OutcomeProgressive, ANY_NUMBER),
    maybe("data_mandato", Slot::Unused, Form::Date),
    maybe("importo", Slot::OutcomeAmount, NOT_NEGATIVE),
    value(
        "esito_operazione",
        Slot::OutcomeKind,
        Code(&[
            "ACQUISITO",
            "NON ACQUISITO",
            "VARIATO",
            "NON VARIATO",
            "ANNULLATO",
            "NON ANNULLATO",
            "SOSTITUITO",
            "NON SOSTITUITO",
            "PAGATO",
            "STORNATO",
            "REGOLARIZZATO",
            "NON REGOLARIZZATO",
            "NON ESEGUIBILE",
        ]),
    ),
    value("data_ora_esito_operazione", Slot::OutcomeAt, Form::DateTime),
    maybe_group(
        "lista_errori",
        Slot::OutcomeError,
        &[
            maybe("progressivo_beneficiario", Slot::ErrorProgressive, ANY_NUMBER),
            maybe("codice_errore", Slot::RemarkCode, ANY_NUMBER),
            value("descrizione", Slot::RemarkText, FREE),
            maybe("elemento", Slot::RemarkElement, FREE),
        ],
    )
    .many(),
];

/// What stands inside the root of an ack.
pub(super) static ACK: &[Element] = &[
    group("testata_messaggio", Slot::Unused, MESSAGE_HEAD),
    maybe("identificativo_flusso", Slot::FlowId, FREE),
    maybe("identificativo_flusso_BT", Slot::Unused, FREE),
    maybe("esercizio", Slot::Exercise, EXERCISE),
    value("stato_flusso", Slot::AckState, Code(&["OK", "KO", "WARNING"])),
    maybe_group("errore", Slot::AckError, REMARK).many(),
    maybe_group("warning", Slot::AckWarning, REMARK).many(),
];

static REMARK: &[Element] = &[
    value("codice", Slot::RemarkCode, ANY_NUMBER),
    value("descrizione", Slot::RemarkText, TEXT),
    maybe("elemento", Slot::RemarkElement, FREE),
];
