// SPDX-License-Identifier: EUPL-1.2
//! The simplified invoice (FSM10), as far as it differs from the ordinary one. It may not be sent to a public administration;
//! it is read so that it can be told for what it is.

use super::ordinary::{
    ADDRESS, ATTACHMENT, BUYERS_REPRESENTATIVE, EXEMPTION, FIRST_NAME_AND_SURNAME, REGISTER, TAX_ID,
    TRANSMISSION,
};
use super::shape::{Element, Slot};
use crate::documents::schema::form::Form::{self, Amount, Basic, Code, Latin};
use crate::documents::schema::{group, maybe, maybe_group, value};
use crate::domain::invoice::ReferenceBlock;

/// What stands inside the root.
pub(super) static DOCUMENT: &[Element] = &[
    group(
        "FatturaElettronicaHeader",
        Slot::Unused,
        &[
            group("DatiTrasmissione", Slot::Unused, TRANSMISSION),
            group("CedentePrestatore", Slot::Supplier, SUPPLIER),
            group("CessionarioCommittente", Slot::Buyer, BUYER),
            maybe("SoggettoEmittente", Slot::Unused, Code(&["CC", "TZ"])),
        ],
    ),
    group("FatturaElettronicaBody", Slot::Body, BODY).many(),
];

static SUPPLIER: &[Element] = &[
    group("IdFiscaleIVA", Slot::TaxId, TAX_ID),
    maybe("CodiceFiscale", Slot::TaxCode, Form::Capitals(11, 16)),
    value("Denominazione", Slot::Company, Latin(80)).or(),
    FIRST_NAME_AND_SURNAME,
    group("Sede", Slot::Unused, ADDRESS),
    maybe_group("StabileOrganizzazione", Slot::Unused, ADDRESS),
    group("RappresentanteFiscale", Slot::OtherParty, BUYERS_REPRESENTATIVE).optional(),
    maybe_group("IscrizioneREA", Slot::Unused, REGISTER),
    value("RegimeFiscale", Slot::Regime, Form::Numbered { prefix: "RF", first: 1, last: 20, but: 3 }),
];

static BUYER: &[Element] = &[
    group(
        "IdentificativiFiscali",
        Slot::Unused,
        &[
            maybe_group("IdFiscaleIVA", Slot::TaxId, TAX_ID),
            maybe("CodiceFiscale", Slot::TaxCode, Form::Capitals(11, 16)),
        ],
    ),
    group(
        "AltriDatiIdentificativi",
        Slot::Unused,
        &[
            value("Denominazione", Slot::Company, Latin(80)).or(),
            FIRST_NAME_AND_SURNAME,
            group("Sede", Slot::Unused, ADDRESS),
            maybe_group("StabileOrganizzazione", Slot::Unused, ADDRESS),
            group("RappresentanteFiscale", Slot::OtherParty, BUYERS_REPRESENTATIVE).optional(),
        ],
    )
    .optional(),
];

static BODY: &[Element] = &[
    group(
        "DatiGenerali",
        Slot::Unused,
        &[
            group(
                "DatiGeneraliDocumento",
                Slot::Unused,
                &[
                    value("TipoDocumento", Slot::Kind, Code(&["TD07", "TD08", "TD09"])),
                    value("Divisa", Slot::Currency, Form::Letters(3)),
                    value("Data", Slot::Date, Form::InvoiceDate),
                    value("Numero", Slot::Number, Basic(1, 20)),
                    maybe("BolloVirtuale", Slot::Unused, Code(&["SI"])),
                ],
            ),
            maybe_group("DatiFatturaRettificata", Slot::Reference(ReferenceBlock::Invoice), CORRECTED),
        ],
    ),
    group("DatiBeniServizi", Slot::SimplifiedLine, LINE).many(),
    maybe_group("Allegati", Slot::Attachment, ATTACHMENT).many(),
];

static CORRECTED: &[Element] = &[
    value("NumeroFR", Slot::ReferenceId, Basic(1, 20)),
    value("DataFR", Slot::ReferenceDate, Form::InvoiceDate),
    value("ElementiRettificati", Slot::Unused, Latin(1000)),
];

static LINE: &[Element] = &[
    value("Descrizione", Slot::Description, Latin(1000)),
    value("Importo", Slot::SimplifiedGross, Amount { decimals_max: 2 }),
    group(
        "DatiIVA",
        Slot::Unused,
        &[
            maybe("Imposta", Slot::SummaryVat, Amount { decimals_max: 2 }),
            maybe("Aliquota", Slot::SummaryVatRate, Form::Rate),
        ],
    ),
    maybe("Natura", Slot::SummaryExemption, EXEMPTION),
    maybe("RiferimentoNormativo", Slot::Law, Latin(100)),
];
