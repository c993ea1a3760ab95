// SPDX-License-Identifier: EUPL-1.2
//! Orders of payment (`flusso_ordinativi`): the union of 1.7.1 and 1.6.1. What no reconciliation needs is passed over.

use super::shape::{
    AMOUNT, BIC, CIG, CPV, CUP, EXERCISE, Element, FLOW_HEAD, FREE, IBAN, NUMBER, POSITIVE, SIOPE_CODE, Slot,
    TEXT,
};
use crate::documents::schema::form::Form::{self, Any, Capitals, Code, Filled, Integer};
use crate::documents::schema::pattern::{Pattern, Run, digit};
use crate::documents::schema::{anything, group, maybe, maybe_group, run, value};
use crate::domain::text::Text;

/// What stands inside the root, signatures apart.
pub(super) static DOCUMENT: &[Element] = &[
    group("testata_flusso", Slot::Unused, FLOW_HEAD),
    value("esercizio", Slot::Exercise, EXERCISE),
    group("mandato", Slot::Mandato, MANDATO).many().or(),
    anything("reversale", Slot::Reversale),
];

static MANDATO: &[Element] = &[
    value(
        "tipo_operazione",
        Slot::MandatoOperation,
        Code(&["INSERIMENTO", "VARIAZIONE", "ANNULLO", "SOSTITUZIONE"]),
    ),
    value("numero_mandato", Slot::MandatoNumber, NUMBER),
    value("data_mandato", Slot::MandatoDate, Form::Date),
    value("importo_mandato", Slot::MandatoAmount, POSITIVE),
    maybe("conto_evidenza", Slot::Unused, Any(1, 25)),
    maybe("estremi_provvedimento_autorizzativo", Slot::Act, FREE),
    maybe("responsabile_provvedimento", Slot::Unused, FREE),
    maybe("ufficio_responsabile", Slot::Unused, FREE),
    anything("bilancio", Slot::Unused).optional().many(),
    anything("funzionario_delegato", Slot::Unused).optional(),
    group("informazioni_beneficiario", Slot::Position, POSITION).many(),
    anything("dati_a_disposizione_ente_mandato", Slot::Unused).optional().or(),
    anything("dati_a_disposizione_ente_mandato_MIUR", Slot::Unused),
];

static POSITION: &[Element] = &[
    value("progressivo_beneficiario", Slot::Progressive, NUMBER),
    value("importo_beneficiario", Slot::PositionAmount, POSITIVE),
    value("tipo_pagamento", Slot::Method, METHOD),
    anything("impignorabili", Slot::Unused).optional(),
    anything("frazionabile", Slot::Unused).optional(),
    anything("gestione_provvisoria", Slot::Unused).optional(),
    maybe("data_esecuzione_pagamento", Slot::Unused, Form::Date),
    maybe("data_scadenza_pagamento", Slot::Unused, Form::Date),
    maybe("destinazione", Slot::Unused, Code(&["LIBERA", "VINCOLATA"])),
    maybe("numero_conto_banca_italia_ente_ricevente", Slot::Unused, ACCOUNT_AT_STATE_BANK),
    maybe("tipo_contabilita_ente_ricevente", Slot::Unused, Code(&["FRUTTIFERA", "INFRUTTIFERA"])),
    anything("tipo_postalizzazione", Slot::Unused).optional(),
    maybe_group("classificazione", Slot::Class, CLASS).many(),
    anything("bollo", Slot::Unused),
    anything("spese", Slot::Unused).optional(),
    group("beneficiario", Slot::Unused, PAYEE),
    anything("delegato", Slot::Unused).optional().many(),
    maybe_group("creditore_effettivo", Slot::Creditor, CREDITOR),
    anything("piazzatura", Slot::Unused).optional(),
    maybe_group("sepa_credit_transfer", Slot::Unused, TRANSFER),
    anything("codice_versante", Slot::Unused).optional(),
    value("causale", Slot::Cause, Filled(usize::MAX)),
    anything("sospeso", Slot::Unused).optional().many(),
    maybe_group("ritenute", Slot::Unused, WITHHELD).many(),
    anything("informazioni_aggiuntive", Slot::Unused).optional(),
    maybe_group("sostituzione_mandato", Slot::Replaced, REPLACED),
    anything("dati_a_disposizione_ente_beneficiario", Slot::Unused).optional(),
];

/// Ways of payment; the last four are of 1.6.1 only.
const METHOD: Form = Code(&[
    "ACCREDITO CONTO CORRENTE POSTALE",
    "ACCREDITO TESORERIA PROVINCIALE STATO",
    "ADDEBITO PREAUTORIZZATO",
    "ASSEGNO BANCARIO E POSTALE",
    "ASSEGNO CIRCOLARE",
    "AVVISO PAGOPA",
    "BONIFICO ESTERO EURO",
    "CASSA",
    "COMPENSAZIONE",
    "DISPOSIZIONE DOCUMENTO ESTERNO",
    "F24EP",
    "REGOLARIZZAZIONE",
    "SEPA CREDIT TRANSFER",
    "SOSTITUZIONE",
    "ACCREDITO TESORERIA PROVINCIALE STATO PER TAB A",
    "ACCREDITO TESORERIA PROVINCIALE STATO PER TAB B",
    "REGOLARIZZAZIONE ACCREDITO TESORERIA PROVINCIALE STATO PER TAB A",
    "REGOLARIZZAZIONE ACCREDITO TESORERIA PROVINCIALE STATO PER TAB B",
]);

/// 1.6.1 only.
const ACCOUNT_AT_STATE_BANK: Form = Form::Pattern(&Pattern {
    shown: Text::new("di 1-7 cifre", "of 1-7 digits"),
    any_of: &[&[Run::Of(digit, 1, 7)]],
});

static PAYEE: &[Element] = &[
    value("anagrafica_beneficiario", Slot::PayeeName, Filled(usize::MAX)),
    maybe("indirizzo_beneficiario", Slot::Unused, FREE),
    maybe("cap_beneficiario", Slot::Unused, Filled(16)),
    maybe("localita_beneficiario", Slot::Unused, FREE),
    maybe("provincia_beneficiario", Slot::Unused, FREE),
    maybe("stato_beneficiario", Slot::Unused, Form::Letters(2)),
    maybe("partita_iva_beneficiario", Slot::PayeeVat, Filled(35)),
    maybe("codice_fiscale_beneficiario", Slot::PayeeTaxCode, Filled(35)),
];

static CREDITOR: &[Element] = &[
    value("anagrafica_creditore_effettivo", Slot::PayeeName, TEXT),
    maybe("indirizzo_creditore_effettivo", Slot::Unused, FREE),
    maybe("cap_creditore_effettivo", Slot::Unused, Filled(16)),
    maybe("localita_creditore_effettivo", Slot::Unused, FREE),
    maybe("provincia_creditore_effettivo", Slot::Unused, FREE),
    maybe("stato_creditore_effettivo", Slot::Unused, Form::Letters(2)),
    maybe("partita_iva_creditore_effettivo", Slot::PayeeVat, Filled(35)),
    maybe("codice_fiscale_creditore_effettivo", Slot::PayeeTaxCode, Filled(35)),
];

static TRANSFER: &[Element] = &[
    value("iban", Slot::Iban, IBAN),
    maybe("bic", Slot::Unused, BIC),
    maybe("identificativo_end_to_end", Slot::EndToEnd, Any(1, 35)),
    anything("identificativo_category_purpose", Slot::Unused).optional(),
];

static WITHHELD: &[Element] = &[
    value("importo_ritenute", Slot::Withheld, POSITIVE),
    value("numero_reversale", Slot::Unused, NUMBER),
    value("progressivo_versante", Slot::Unused, NUMBER),
];

static REPLACED: &[Element] = &[
    value("numero_mandato_da_sostituire", Slot::ReplacedNumber, NUMBER),
    value("progressivo_beneficiario_da_sostituire", Slot::ReplacedProgressive, NUMBER),
    value("esercizio_mandato_da_sostituire", Slot::ReplacedExercise, EXERCISE),
];

static CLASS: &[Element] = &[
    value("codice_cgu", Slot::SiopeCode, SIOPE_CODE),
    maybe("codice_cup", Slot::Cup, CUP),
    maybe("codice_cpv", Slot::Cpv, CPV),
    value("importo", Slot::ClassAmount, POSITIVE),
    group("classificazione_dati_siope_uscite", Slot::Debts, DEBTS),
];

/// Debts of any kind in any order; each lasts to the next.
static DEBTS: &[Element] = &[
    run("tipo_debito_siope_nc", Slot::DebtKind, Code(&["IVA", "NON_COMMERCIALE"]), OTHER_DEBT).many().or(),
    run("tipo_debito_siope_c", Slot::DebtKind, Code(&["COMMERCIALE"]), COMMERCIAL_DEBT),
    anything("dati_ARCONET_siope", Slot::Unused).optional(),
];

static COMMERCIAL_DEBT: &[Element] = &[
    value("codice_cig_siope", Slot::Cig, CIG).or(),
    value("motivo_esclusione_cig_siope", Slot::CigExclusion, CIG_EXCLUSION),
    group("fattura_siope", Slot::Part, INVOICE).many(),
];

/// Either nothing, or CIG or reason and invoices; that neither stands alone is checked where they are put together.
static OTHER_DEBT: &[Element] = &[
    maybe("codice_cig_siope", Slot::Cig, CIG).or(),
    value("motivo_esclusione_cig_siope", Slot::CigExclusion, CIG_EXCLUSION),
    maybe_group("fattura_siope", Slot::Part, INVOICE).many(),
];

const CIG_EXCLUSION: Form = Code(&[
    "ACCORDO_AMM_AGGIUDICATRICI",
    "ACQUISTO_LOCAZIONE",
    "AFFIDAMENTI_IN_HOUSE",
    "AMMINISTRAZIONE DIRETTA",
    "APPALTI_ENERGIA_ACQUA",
    "ARBITRATO",
    "ATTIVITA_CONCORRENZA",
    "CONCESSIONI_PAESI_TERZI",
    "CONTRATTI_ASSOCIAZIONE",
    "CONTRATTI_AUTORITA_GIUDIZIARIA",
    "CONTRATTI_DIFESA",
    "CONTRATTI_ESTERO",
    "CONTRATTI_LAVORO",
    "DIRITTO_ESCLUSIVO",
    "EROGAZIONI_LIBERALITA",
    "IMPRESA_COLLEGATA",
    "INCARICHI_COLLABORAZIONE",
    "JOINT_VENTURE",
    "PRESTAZIONI",
    "RIASSICURAZIONE",
    "RISARCIMENTI_INDENNIZZI",
    "SERVIZI_BANCHE_CENTRALI_EFSF",
    "SERVIZI_CAMPAGNE_POLITICHE",
    "SPESE_ECONOMALI",
    "SPONSORIZZAZIONE_PURA",
    "TRASFERIMENTO_FONDI",
    "TRASPORTO_AEREO",
]);

static INVOICE: &[Element] = &[
    value("codice_ipa_ente_siope", Slot::PartOffice, Capitals(6, 6)),
    run(
        "tipo_documento_siope_e",
        Slot::Unused,
        Code(&["ELETTRONICO"]),
        &[value("identificativo_lotto_sdi_siope", Slot::SdiId, Integer(1, i64::MAX.unsigned_abs()))],
    )
    .or(),
    run("tipo_documento_siope_a", Slot::Unused, Code(&["ANALOGICO"]), ANALOGUE),
    group("dati_fattura_siope", Slot::Unused, INVOICE_DATA),
];

static ANALOGUE: &[Element] = &[
    value("tipo_documento_analogico_siope", Slot::Unused, Code(&["FATT_ANALOGICA", "DOC_EQUIVALENTE"])),
    value("codice_fiscale_emittente_siope", Slot::Issuer, Any(1, 30)),
    value("anno_emissione_fattura_siope", Slot::IssueYear, Integer(1980, 2099)),
];

static INVOICE_DATA: &[Element] = &[
    value("numero_fattura_siope", Slot::PartNumber, Any(1, 20)),
    value("importo_siope", Slot::PartAmount, AMOUNT),
    value("data_scadenza_pagam_siope", Slot::PartDue, Form::Date),
    maybe(
        "motivo_scadenza_siope",
        Slot::Unused,
        Code(&["SCAD_FATTURA", "CORRETTA_SCAD_FATTURA", "SOSP_DECORRENZA_TERMINI"]),
    ),
    value("natura_spesa_siope", Slot::PartNature, Code(&["CORRENTE", "CAPITALE"])),
    maybe("utilizzo_nota_di_credito", Slot::CreditNoteUse, Code(&["INCASSO/COMPENSAZIONE", "SPLIT PAYMENT"])),
];
