// SPDX-License-Identifier: EUPL-1.2
//! The bank's journal (`flusso_giornale_di_cassa`): the union of 1.7.1 and 1.6.1. Balances, fees and stamps are passed over.

use super::shape::{
    AMOUNT, ANY_NUMBER, EXERCISE, Element, FLOW_ID, FREE, JOURNAL_ID, MESSAGE_HEAD, NUMBER, POSITIVE, Slot,
    TEXT,
};
use crate::documents::schema::form::Form::{self, Any, Code, Integer};
use crate::documents::schema::{anything, group, maybe, maybe_group, value};

/// Up to 18 digits.
const LONG_NUMBER: Form = Integer(0, 999_999_999_999_999_999);

/// What stands inside the root, signatures apart.
pub(super) static DOCUMENT: &[Element] = &[
    group("testata_messaggio", Slot::Unused, MESSAGE_HEAD),
    value("identificativo_flusso_BT", Slot::BankFlowId, JOURNAL_ID),
    value("pagina", Slot::Page, NUMBER),
    value("pagine_totali", Slot::Pages, NUMBER),
    maybe("riferimento_ente", Slot::Unused, FREE),
    value("esercizio", Slot::Exercise, EXERCISE),
    value("data_riferimento_GdC", Slot::JournalDate, Form::Date),
    group("informazioni_conto_evidenza", Slot::Unused, ACCOUNT).many(),
    maybe("saldo_complessivo_precedente", Slot::Unused, AMOUNT),
    maybe("totale_complessivo_entrate", Slot::Unused, AMOUNT),
    maybe("totale_complessivo_uscite", Slot::Unused, AMOUNT),
    maybe("saldo_complessivo_finale", Slot::Unused, AMOUNT),
    anything("totali_esercizio", Slot::Unused).optional(),
    anything("totali_disponibilita_liquide", Slot::Unused).optional(),
];

static ACCOUNT: &[Element] = &[
    value("conto_evidenza", Slot::Unused, Any(1, 25)),
    maybe("descrizione_conto_evidenza", Slot::Unused, TEXT),
    maybe_group("movimento_conto_evidenza", Slot::Movement, MOVEMENT).many(),
    maybe("saldo_precedente_conto_evidenza", Slot::Unused, AMOUNT),
    maybe("totale_entrate_conto_evidenza", Slot::Unused, AMOUNT),
    maybe("totale_uscite_conto_evidenza", Slot::Unused, AMOUNT),
    maybe("saldo_finale_conto_evidenza", Slot::Unused, AMOUNT),
];

static MOVEMENT: &[Element] = &[
    value("identificativo_flusso", Slot::MovementFlowId, FLOW_ID),
    value("numero_movimento", Slot::Unused, LONG_NUMBER),
    value("tipo_movimento", Slot::Direction, Code(&["ENTRATA", "USCITA"])),
    value(
        "tipo_documento",
        Slot::Document,
        Code(&[
            "MANDATO",
            "REVERSALE",
            "SOSPESO ENTRATA",
            "SOSPESO USCITA",
            "ANTICIPAZIONE",
            "GIROCONTO",
            "FONDO DI CASSA",
            "DEFICIT DI CASSA",
        ]),
    ),
    value(
        "tipo_operazione",
        Slot::Operation,
        Code(&["ESEGUITO", "STORNATO", "REGOLARIZZATO", "RIPRISTINATO"]),
    ),
    value("numero_documento", Slot::MovementNumber, LONG_NUMBER),
    anything("sospeso_da_regolarizzare", Slot::Unused).optional(),
    anything("tipologia_pagamento_funzionario_delegato", Slot::Unused).optional(),
    anything("numero_pagamento_funzionario_delegato", Slot::Unused).optional(),
    value("progressivo_documento", Slot::MovementProgressive, ANY_NUMBER),
    value("importo", Slot::MovementAmount, AMOUNT),
    maybe("importo_ritenute", Slot::MovementWithheld, POSITIVE),
    maybe("numero_bolletta_quietanza", Slot::Unused, ANY_NUMBER),
    maybe("numero_bolletta_quietanza_storno", Slot::Unused, ANY_NUMBER),
    value("data_movimento", Slot::MovementDate, Form::Date),
    value("data_movimento_siope", Slot::Unused, Form::Date),
    maybe("data_valuta_ente", Slot::Unused, Form::Date),
    anything("tipo_esecuzione", Slot::Unused),
    maybe("coordinate", Slot::Unused, TEXT),
    maybe("codice_riferimento_operazione", Slot::Unused, TEXT),
    maybe("end_to_end_id", Slot::MovementEndToEnd, Any(1, 35)),
    maybe("codice_riferimento_interno", Slot::Unused, Any(1, 60)),
    anything("tipo_contabilita", Slot::Unused).optional(),
    anything("destinazione", Slot::Unused).optional(),
    anything("assoggettamento_bollo", Slot::Unused),
    anything("importo_bollo", Slot::Unused).optional(),
    anything("assoggettamento_spese", Slot::Unused).optional(),
    anything("importo_spese", Slot::Unused).optional(),
    anything("assoggettamento_commissioni", Slot::Unused).optional(),
    anything("importo_commissioni", Slot::Unused).optional(),
    anything("cliente", Slot::Unused),
    anything("delegato", Slot::Unused).optional(),
    anything("creditore_effettivo", Slot::Unused).optional(),
    value("causale", Slot::Unused, TEXT),
    anything("sospeso", Slot::Unused).optional().many(),
    anything("dati_a_disposizione_BT", Slot::Unused).optional(),
];
