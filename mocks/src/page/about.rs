// SPDX-License-Identifier: EUPL-1.2
//! What the pages say of each platform.

use crate::operation::{Operation, Platform};

/// A platform in words.
pub(super) struct About {
    pub(super) name: &'static str,
    pub(super) what: &'static str,
    /// With its address, and what it does.
    pub(super) operations: &'static [(Operation, &'static str, &'static str)],
}

pub(super) fn about(platform: Platform) -> &'static About {
    match platform {
        Platform::SistemaCup => &SISTEMA_CUP,
        Platform::LavoroPubblico => &LAVORO_PUBBLICO,
        Platform::Acquistinretepa => &ACQUISTINRETEPA,
        Platform::Anac => &ANAC,
        Platform::Sdi => &SDI,
        Platform::Siope => &SIOPE,
    }
}

const SISTEMA_CUP: About = About {
    name: "Sistema CUP",
    what: "Sta al posto del Sistema CUP del DIPE: genera i CUP e li ritrova. I CUP che genera non esistono.",
    operations: &[
        (Operation::GenerateCup, "POST /CUPServices", "genera un CUP (SOAP)"),
        (Operation::CupDetail, "POST /CUPServices", "dettaglio di un CUP (SOAP)"),
        (Operation::CupList, "POST /CUPServices", "ricerca di CUP (SOAP)"),
        (Operation::EndCup, "POST /CUPServices", "chiude o revoca un CUP (SOAP)"),
    ],
};

const LAVORO_PUBBLICO: About = About {
    name: "Lavoro Pubblico",
    what: "Sta al posto di Lavoro Pubblico, applicazione «Risorse in Comune»: elenchi dei Comuni, comunicazione del CUP e ricevuta.",
    operations: &[
        (Operation::ListComuni, "GET /risorse-in-comune/v1/elenchi/{elenco}", "una pagina di un elenco"),
        (Operation::CommunicateCup, "POST /risorse-in-comune/v1/comunicazioni-cup", "comunica un CUP"),
        (
            Operation::ReadReceipt,
            "GET /risorse-in-comune/v1/comunicazioni-cup/{codice_fiscale}",
            "rilegge la ricevuta",
        ),
    ],
};

const ACQUISTINRETEPA: About = About {
    name: "Acquistinretepa",
    what: "Sta al posto del portale Acquistinretepa (MePA): bozze di ODA, stati e documenti.",
    operations: &[
        (Operation::CreateDraft, "POST /oda/v1/bozze", "consegna una bozza di ODA (UBL)"),
        (Operation::FindOrders, "GET /oda/v1/ordini?riferimento_esterno=", "cerca ODA per riferimento"),
        (Operation::ListChanges, "GET /oda/v1/ordini?modificati_da=", "ODA cambiati da un momento"),
        (Operation::ReadOrder, "GET /oda/v1/ordini/{numero}", "un ODA con la sua storia"),
        (Operation::ReadDocument, "GET /oda/v1/ordini/{numero}/documento", "il documento di un ODA"),
        (
            Operation::CancelDraft,
            "POST /oda/v1/ordini/{numero}/annullamento, DELETE /oda/v1/bozze/{numero}",
            "annulla una bozza",
        ),
    ],
};

const ANAC: About = About {
    name: "ANAC",
    what: "Sta al posto della PCP di ANAC e del server di autorizzazione della PDND: voucher, appalti per CIG, schede, esiti.",
    operations: &[
        (Operation::IssueVoucher, "POST /authorization-server/token", "rilascia un voucher"),
        (
            Operation::FindProcurement,
            "GET /modi/rest/ComunicaAppalto/v2/ricerca-appalto",
            "cerca un appalto per CIG",
        ),
        (Operation::ReadProcurement, "GET /modi/rest/ComunicaAppalto/v2/consulta-appalto", "la scheda"),
        (Operation::ReadOutcome, "GET /modi/rest/ServiziComuni/v2/esito-operazione", "esito della conferma"),
    ],
};

const SDI: About = About {
    name: "SdI",
    what: "Sta al posto del Sistema di Interscambio, lato ricezione: consegna file di fatture e accetta gli esiti del committente.",
    operations: &[(
        Operation::NotifyOutcome,
        "POST /ricevi_notifica",
        "notifica l'esito di una fattura (SOAP)",
    )],
};

const SIOPE: About = About {
    name: "SIOPE+",
    what: "Sta al posto di SIOPE+: flussi di ordinativi, ack, esiti applicativi e pagine del giornale di cassa, per ufficio.",
    operations: &[
        (
            Operation::ListOpi,
            "GET /v1/{idA2A}/PA/{ufficio}/flusso/ (e flusso/ack, esitoapplicativo, giornale)",
            "un elenco",
        ),
        (Operation::ReadOpi, "GET /v1/{idA2A}/PA/{ufficio}/flusso/{numero}", "un documento (ZIP)"),
    ],
};

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_operation_is_said_of_its_own_platform() {
        use Platform::{Acquistinretepa, Anac, LavoroPubblico, Sdi, Siope, SistemaCup};
        for platform in [SistemaCup, LavoroPubblico, Acquistinretepa, Anac, Sdi, Siope] {
            for (operation, ..) in about(platform).operations {
                assert_eq!(operation.platform(), platform, "{operation:?}");
            }
        }
    }
}
