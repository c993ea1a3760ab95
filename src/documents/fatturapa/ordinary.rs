// SPDX-License-Identifier: EUPL-1.2
//! The ordinary invoice, 1.2.x and 1.1. The versions share their structure; where a code list grew, the newest holds, since a
//! document does not say which 1.2.x it follows and archives hold all of them.

use super::shape::{Element, Slot};
use crate::documents::schema::form::Form::{self, Amount, Basic, Code, Integer, Latin, Numbered};
use crate::documents::schema::{group, maybe, maybe_group, run, value};
use crate::domain::invoice::ReferenceBlock;

/// An amount with two decimals.
const AMOUNT2: Form = Amount { decimals_max: 2 };
/// An amount with two to eight decimals.
const AMOUNT8: Form = Amount { decimals_max: 8 };
/// A country.
const COUNTRY: Form = Form::Letters(2);
const YES: Form = Code(&["SI"]);
/// Why no VAT is due; the general N2, N3 and N6 stand in documents of before 2021.
pub(super) const EXEMPTION: Form = Code(&[
    "N1", "N2.1", "N2.2", "N3.1", "N3.2", "N3.3", "N3.4", "N3.5", "N3.6", "N4", "N5", "N6.1", "N6.2", "N6.3",
    "N6.4", "N6.5", "N6.6", "N6.7", "N6.8", "N6.9", "N7", "N2", "N3", "N6",
]);
/// Tax regimes; there is no third.
const REGIME: Form = Numbered { prefix: "RF", first: 1, last: 20, but: 3 };

/// What stands inside the root.
pub(super) static DOCUMENT: &[Element] = &[
    group("FatturaElettronicaHeader", Slot::Unused, HEADER),
    group("FatturaElettronicaBody", Slot::Body, BODY).many(),
];

static HEADER: &[Element] = &[
    group("DatiTrasmissione", Slot::Unused, TRANSMISSION),
    group("CedentePrestatore", Slot::Supplier, SUPPLIER),
    maybe_group("RappresentanteFiscale", Slot::OtherParty, REPRESENTATIVE),
    group("CessionarioCommittente", Slot::Buyer, BUYER),
    maybe_group("TerzoIntermediarioOSoggettoEmittente", Slot::OtherParty, REPRESENTATIVE_OR_OTHER),
    maybe("SoggettoEmittente", Slot::Unused, Code(&["CC", "TZ"])),
];

pub(super) static TRANSMISSION: &[Element] = &[
    group("IdTrasmittente", Slot::Unused, SENDER_ID),
    value("ProgressivoInvio", Slot::Progressive, Basic(1, 10)),
    value("FormatoTrasmissione", Slot::StatedFormat, Code(&["FPA12", "FPR12", "SDI11", "SDI10", "FSM10"])),
    value("CodiceDestinatario", Slot::RecipientCode, Form::Capitals(6, 7)),
    maybe_group(
        "ContattiTrasmittente",
        Slot::Unused,
        &[maybe("Telefono", Slot::Unused, Basic(5, 12)), maybe("Email", Slot::Unused, Form::Contact)],
    ),
    maybe("PECDestinatario", Slot::Unused, Form::Email),
];

/// A VAT number of which only the form matters.
static SENDER_ID: &[Element] =
    &[value("IdPaese", Slot::Unused, COUNTRY), value("IdCodice", Slot::Unused, Form::Any(1, 28))];

/// A VAT number of a party.
pub(super) static TAX_ID: &[Element] =
    &[value("IdPaese", Slot::TaxIdCountry, COUNTRY), value("IdCodice", Slot::TaxIdCode, Form::Any(1, 28))];

/// What stands in place of a company.
pub(super) const FIRST_NAME_AND_SURNAME: Element =
    run("Nome", Slot::FirstName, Latin(60), &[value("Cognome", Slot::Surname, Latin(60))]);

static NAME: &[Element] = &[
    value("Denominazione", Slot::Company, Latin(80)).or(),
    FIRST_NAME_AND_SURNAME,
    maybe("Titolo", Slot::Unused, Form::Title),
    maybe("CodEORI", Slot::Unused, Form::Any(13, 17)),
];

static SUPPLIER: &[Element] = &[
    group(
        "DatiAnagrafici",
        Slot::Unused,
        &[
            group("IdFiscaleIVA", Slot::TaxId, TAX_ID),
            maybe("CodiceFiscale", Slot::TaxCode, Form::Capitals(11, 16)),
            group("Anagrafica", Slot::Unused, NAME),
            maybe("AlboProfessionale", Slot::Unused, Latin(60)),
            maybe("ProvinciaAlbo", Slot::Unused, Form::Letters(2)),
            maybe("NumeroIscrizioneAlbo", Slot::Unused, Basic(1, 60)),
            maybe("DataIscrizioneAlbo", Slot::Unused, Form::Date),
            value("RegimeFiscale", Slot::Regime, REGIME),
        ],
    ),
    group("Sede", Slot::Unused, ADDRESS),
    maybe_group("StabileOrganizzazione", Slot::Unused, ADDRESS),
    maybe_group("IscrizioneREA", Slot::Unused, REGISTER),
    maybe_group(
        "Contatti",
        Slot::Unused,
        &[
            maybe("Telefono", Slot::Unused, Basic(5, 12)),
            maybe("Fax", Slot::Unused, Basic(5, 12)),
            maybe("Email", Slot::Unused, Form::Contact),
        ],
    ),
    maybe("RiferimentoAmministrazione", Slot::Unused, Basic(1, 20)),
];

pub(super) static REGISTER: &[Element] = &[
    value("Ufficio", Slot::Unused, Form::Letters(2)),
    value("NumeroREA", Slot::Unused, Basic(1, 20)),
    maybe("CapitaleSociale", Slot::Unused, AMOUNT2),
    maybe("SocioUnico", Slot::Unused, Code(&["SU", "SM"])),
    value("StatoLiquidazione", Slot::Unused, Code(&["LS", "LN"])),
];

pub(super) static ADDRESS: &[Element] = &[
    value("Indirizzo", Slot::Unused, Latin(60)),
    maybe("NumeroCivico", Slot::Unused, Basic(1, 8)),
    value("CAP", Slot::Unused, Form::Digits(5)),
    value("Comune", Slot::Unused, Latin(60)),
    maybe("Provincia", Slot::Unused, Form::Letters(2)),
    value("Nazione", Slot::Unused, Form::Nation),
];

static REPRESENTATIVE: &[Element] = &[group(
    "DatiAnagrafici",
    Slot::Unused,
    &[
        group("IdFiscaleIVA", Slot::TaxId, TAX_ID),
        maybe("CodiceFiscale", Slot::TaxCode, Form::Capitals(11, 16)),
        group("Anagrafica", Slot::Unused, NAME),
    ],
)];

static REPRESENTATIVE_OR_OTHER: &[Element] = &[group("DatiAnagrafici", Slot::Unused, OTHER_PARTY)];

static OTHER_PARTY: &[Element] = &[
    maybe_group("IdFiscaleIVA", Slot::TaxId, TAX_ID),
    maybe("CodiceFiscale", Slot::TaxCode, Form::Capitals(11, 16)),
    group("Anagrafica", Slot::Unused, NAME),
];

static BUYER: &[Element] = &[
    group("DatiAnagrafici", Slot::Unused, OTHER_PARTY),
    group("Sede", Slot::Unused, ADDRESS),
    maybe_group("StabileOrganizzazione", Slot::Unused, ADDRESS),
    group("RappresentanteFiscale", Slot::OtherParty, BUYERS_REPRESENTATIVE).optional(),
];

pub(super) static BUYERS_REPRESENTATIVE: &[Element] = &[
    group("IdFiscaleIVA", Slot::TaxId, TAX_ID),
    value("Denominazione", Slot::Company, Latin(80)).or(),
    FIRST_NAME_AND_SURNAME,
];

static BODY: &[Element] = &[
    group("DatiGenerali", Slot::Unused, GENERAL),
    group(
        "DatiBeniServizi",
        Slot::Unused,
        &[
            group("DettaglioLinee", Slot::Line, LINE).many(),
            group("DatiRiepilogo", Slot::Summary, SUMMARY).many(),
        ],
    ),
    maybe_group(
        "DatiVeicoli",
        Slot::Unused,
        &[value("Data", Slot::Unused, Form::Date), value("TotalePercorso", Slot::Unused, Basic(1, 15))],
    ),
    maybe_group(
        "DatiPagamento",
        Slot::Unused,
        &[
            value("CondizioniPagamento", Slot::Unused, Numbered { prefix: "TP", first: 1, last: 3, but: 0 }),
            group("DettaglioPagamento", Slot::Payment, PAYMENT).many(),
        ],
    )
    .many(),
    maybe_group("Allegati", Slot::Attachment, ATTACHMENT).many(),
];

static GENERAL: &[Element] = &[
    group("DatiGeneraliDocumento", Slot::Unused, DOCUMENT_DATA),
    maybe_group("DatiOrdineAcquisto", Slot::Reference(ReferenceBlock::Order), REFERENCE).many(),
    maybe_group("DatiContratto", Slot::Reference(ReferenceBlock::Contract), REFERENCE).many(),
    maybe_group("DatiConvenzione", Slot::Reference(ReferenceBlock::Framework), REFERENCE).many(),
    maybe_group("DatiRicezione", Slot::Reference(ReferenceBlock::Receipt), REFERENCE).many(),
    maybe_group("DatiFattureCollegate", Slot::Reference(ReferenceBlock::Invoice), REFERENCE).many(),
    maybe_group("DatiSAL", Slot::Unused, &[value("RiferimentoFase", Slot::Unused, Integer(1, 999))]).many(),
    maybe_group("DatiDDT", Slot::Unused, DELIVERY_NOTE).many(),
    maybe_group("DatiTrasporto", Slot::Unused, TRANSPORT),
    maybe_group(
        "FatturaPrincipale",
        Slot::Unused,
        &[
            value("NumeroFatturaPrincipale", Slot::Unused, Basic(1, 20)),
            value("DataFatturaPrincipale", Slot::Unused, Form::Date),
        ],
    ),
];

static DOCUMENT_DATA: &[Element] = &[
    value(
        "TipoDocumento",
        Slot::Kind,
        Form::Listed(&["TD01", "TD02", "TD03", "TD04", "TD05", "TD06"], "TD", 16, 29),
    ),
    value("Divisa", Slot::Currency, Form::Letters(3)),
    value("Data", Slot::Date, Form::InvoiceDate),
    value("Numero", Slot::Number, Basic(1, 20)),
    maybe_group("DatiRitenuta", Slot::Unused, WITHHOLDING).many(),
    maybe_group(
        "DatiBollo",
        Slot::Unused,
        &[value("BolloVirtuale", Slot::Unused, YES), maybe("ImportoBollo", Slot::Stamp, AMOUNT2)],
    ),
    maybe_group("DatiCassaPrevidenziale", Slot::Fund, FUND).many(),
    maybe_group("ScontoMaggiorazione", Slot::DocumentAllowance, ALLOWANCE).many(),
    maybe("ImportoTotaleDocumento", Slot::Total, AMOUNT2),
    maybe("Arrotondamento", Slot::Rounding, AMOUNT2),
    maybe("Causale", Slot::Cause, Latin(200)).many(),
    maybe("Art73", Slot::Unused, YES),
];

static WITHHOLDING: &[Element] = &[
    value("TipoRitenuta", Slot::Unused, Numbered { prefix: "RT", first: 1, last: 6, but: 0 }),
    value("ImportoRitenuta", Slot::Withheld, AMOUNT2),
    value("AliquotaRitenuta", Slot::Unused, Form::Rate),
    value(
        "CausalePagamento",
        Slot::Unused,
        Code(&[
            "A", "B", "C", "D", "E", "G", "H", "I", "L", "M", "N", "O", "P", "Q", "R", "S", "T", "U", "V",
            "W", "X", "Y", "Z", "L1", "M1", "M2", "O1", "V1", "ZO",
        ]),
    ),
];

static FUND: &[Element] = &[
    value("TipoCassa", Slot::Unused, Numbered { prefix: "TC", first: 1, last: 22, but: 0 }),
    value("AlCassa", Slot::Unused, Form::Rate),
    value("ImportoContributoCassa", Slot::FundAmount, AMOUNT2),
    maybe("ImponibileCassa", Slot::Unused, AMOUNT2),
    value("AliquotaIVA", Slot::FundVatRate, Form::Rate),
    maybe("Ritenuta", Slot::Unused, YES),
    maybe("Natura", Slot::FundExemption, EXEMPTION),
    maybe("RiferimentoAmministrazione", Slot::Unused, Basic(1, 20)),
];

static ALLOWANCE: &[Element] = &[
    value("Tipo", Slot::AllowanceKind, Code(&["SC", "MG"])),
    maybe("Percentuale", Slot::AllowancePercent, Form::Rate),
    maybe("Importo", Slot::AllowanceAmount, AMOUNT8),
];

static REFERENCE: &[Element] = &[
    maybe("RiferimentoNumeroLinea", Slot::ReferenceLine, Integer(1, 9999)).many(),
    value("IdDocumento", Slot::ReferenceId, Basic(1, 20)),
    maybe("Data", Slot::ReferenceDate, Form::Date),
    maybe("NumItem", Slot::ReferenceItem, Basic(1, 20)),
    maybe("CodiceCommessaConvenzione", Slot::ReferenceConvention, Latin(100)),
    maybe("CodiceCUP", Slot::ReferenceCup, Basic(1, 15)),
    maybe("CodiceCIG", Slot::ReferenceCig, Basic(1, 15)),
];

static DELIVERY_NOTE: &[Element] = &[
    value("NumeroDDT", Slot::Unused, Basic(1, 20)),
    value("DataDDT", Slot::Unused, Form::Date),
    maybe("RiferimentoNumeroLinea", Slot::Unused, Integer(1, 9999)).many(),
];

static TRANSPORT: &[Element] = &[
    maybe_group(
        "DatiAnagraficiVettore",
        Slot::OtherParty,
        &[
            group("IdFiscaleIVA", Slot::TaxId, TAX_ID),
            maybe("CodiceFiscale", Slot::TaxCode, Form::Capitals(11, 16)),
            group("Anagrafica", Slot::Unused, NAME),
            maybe("NumeroLicenzaGuida", Slot::Unused, Basic(1, 20)),
        ],
    ),
    maybe("MezzoTrasporto", Slot::Unused, Latin(80)),
    maybe("CausaleTrasporto", Slot::Unused, Latin(100)),
    maybe("NumeroColli", Slot::Unused, Integer(1, 9999)),
    maybe("Descrizione", Slot::Unused, Latin(100)),
    maybe("UnitaMisuraPeso", Slot::Unused, Basic(1, 10)),
    maybe("PesoLordo", Slot::Unused, Form::Weight),
    maybe("PesoNetto", Slot::Unused, Form::Weight),
    maybe("DataOraRitiro", Slot::Unused, Form::DateTime),
    maybe("DataInizioTrasporto", Slot::Unused, Form::Date),
    maybe("TipoResa", Slot::Unused, Form::Letters(3)),
    maybe_group("IndirizzoResa", Slot::Unused, ADDRESS),
    maybe("DataOraConsegna", Slot::Unused, Form::DateTime),
];

static LINE: &[Element] = &[
    value("NumeroLinea", Slot::LineNumber, Integer(1, 9999)),
    maybe("TipoCessionePrestazione", Slot::Unused, Code(&["SC", "PR", "AB", "AC"])),
    maybe_group(
        "CodiceArticolo",
        Slot::ItemCode,
        &[
            value("CodiceTipo", Slot::ItemCodeKind, Basic(1, 35)),
            value("CodiceValore", Slot::ItemCodeValue, Form::Any(1, 35)),
        ],
    )
    .many(),
    value("Descrizione", Slot::Description, Latin(1000)),
    maybe("Quantita", Slot::Quantity, Form::Quantity),
    maybe("UnitaMisura", Slot::Unit, Basic(1, 10)),
    maybe("DataInizioPeriodo", Slot::Unused, Form::Date),
    maybe("DataFinePeriodo", Slot::Unused, Form::Date),
    value("PrezzoUnitario", Slot::UnitPrice, AMOUNT8),
    maybe_group("ScontoMaggiorazione", Slot::LineAllowance, ALLOWANCE).many(),
    value("PrezzoTotale", Slot::LineNet, AMOUNT8),
    value("AliquotaIVA", Slot::LineVatRate, Form::Rate),
    maybe("Ritenuta", Slot::Unused, YES),
    maybe("Natura", Slot::LineExemption, EXEMPTION),
    maybe("RiferimentoAmministrazione", Slot::Unused, Basic(1, 20)),
    maybe_group(
        "AltriDatiGestionali",
        Slot::Extra,
        &[
            value("TipoDato", Slot::ExtraKind, Basic(1, 10)),
            maybe("RiferimentoTesto", Slot::ExtraText, Latin(60)),
            maybe("RiferimentoNumero", Slot::Unused, AMOUNT8),
            maybe("RiferimentoData", Slot::Unused, Form::Date),
        ],
    )
    .many(),
];

static SUMMARY: &[Element] = &[
    value("AliquotaIVA", Slot::SummaryVatRate, Form::Rate),
    maybe("Natura", Slot::SummaryExemption, EXEMPTION),
    maybe("SpeseAccessorie", Slot::Expenses, AMOUNT2),
    maybe("Arrotondamento", Slot::SummaryRounding, AMOUNT8),
    value("ImponibileImporto", Slot::SummaryNet, AMOUNT2),
    value("Imposta", Slot::SummaryVat, AMOUNT2),
    maybe("EsigibilitaIVA", Slot::Exigibility, Code(&["I", "D", "S"])),
    maybe("RiferimentoNormativo", Slot::Law, Latin(100)),
];

static PAYMENT: &[Element] = &[
    maybe("Beneficiario", Slot::Unused, Latin(200)),
    value("ModalitaPagamento", Slot::PaymentMethod, Numbered { prefix: "MP", first: 1, last: 23, but: 0 }),
    maybe("DataRiferimentoTerminiPagamento", Slot::Unused, Form::Date),
    maybe("GiorniTerminiPagamento", Slot::Unused, Integer(0, 999)),
    maybe("DataScadenzaPagamento", Slot::PaymentDue, Form::Date),
    value("ImportoPagamento", Slot::PaymentAmount, AMOUNT2),
    maybe("CodUfficioPostale", Slot::Unused, Basic(1, 20)),
    maybe("CognomeQuietanzante", Slot::Unused, Latin(60)),
    maybe("NomeQuietanzante", Slot::Unused, Latin(60)),
    maybe("CFQuietanzante", Slot::Unused, Form::Capitals(16, 16)),
    maybe("TitoloQuietanzante", Slot::Unused, Form::Title),
    maybe("IstitutoFinanziario", Slot::Unused, Latin(80)),
    maybe("IBAN", Slot::PaymentIban, Form::Iban),
    maybe("ABI", Slot::Unused, Form::Digits(5)),
    maybe("CAB", Slot::Unused, Form::Digits(5)),
    maybe("BIC", Slot::Unused, Form::Bic),
    maybe("ScontoPagamentoAnticipato", Slot::Unused, AMOUNT2),
    maybe("DataLimitePagamentoAnticipato", Slot::Unused, Form::Date),
    maybe("PenalitaPagamentiRitardati", Slot::Unused, AMOUNT2),
    maybe("DataDecorrenzaPenale", Slot::Unused, Form::Date),
    maybe("CodicePagamento", Slot::Unused, Basic(1, 60)),
];

pub(super) static ATTACHMENT: &[Element] = &[
    value("NomeAttachment", Slot::Unused, Latin(60)),
    maybe("AlgoritmoCompressione", Slot::Unused, Basic(1, 10)),
    maybe("FormatoAttachment", Slot::Unused, Basic(1, 10)),
    maybe("DescrizioneAttachment", Slot::Unused, Latin(100)),
    value("Attachment", Slot::Unused, Form::Base64),
];
