// SPDX-License-Identifier: EUPL-1.2
//! Payloads of the answers: what the register knows, in the words of Sistema CUP.

use super::register::Record;
use crate::xml::Element;

/// `DETTAGLIO_GENERAZIONE_CUP`.
pub(crate) fn generation(request_id: &str, verdict: Result<(&Record, &str), &str>) -> Element {
    let answer = Element::new("DETTAGLIO_GENERAZIONE_CUP").child(Element::leaf("ID_RICHIESTA", request_id));
    match verdict {
        Ok((record, text)) => answer
            .child(Element::leaf("ID_RICHIESTA_ASSEGNATO", request_id))
            .child(elaboration("OK", text))
            .child(detail(record)),
        Err(why) => answer.child(elaboration("KO", why)),
    }
}

/// `LISTA_CUP`.
pub(crate) fn list(verdict: Result<&[&Record], &str>) -> Element {
    let answer = Element::new("LISTA_CUP");
    match verdict {
        Ok(records) => answer
            .child(elaboration("OK", &format!("Trovati {} CUP", records.len())))
            .children(records.iter().map(|record| detail(record))),
        Err(why) => answer.child(elaboration("KO", why)),
    }
}

/// `RICHIESTA_CHIUSURA_REVOCA_CUP_OUT`: the state it is in now, or why it is not.
pub(crate) fn ending(request_id: &str, project: &str, cup: &str, verdict: Result<&str, &str>) -> Element {
    let told = match verdict {
        Ok(stato) => Element::leaf("STATO_DEL_PROGETTO", stato),
        Err(why) => Element::leaf("MESSAGGI_DI_SCARTO", why),
    };
    let detail = Element::new("DETTAGLIO_CUP_CHIUSURA_REVOCA")
        .with("id_progetto", project)
        .child(Element::leaf("CODICE_CUP", cup))
        .child(told);
    Element::new("RICHIESTA_CHIUSURA_REVOCA_CUP_OUT")
        .child(Element::leaf("ID_RICHIESTA", request_id))
        .child(detail)
}

fn elaboration(verdict: &str, text: &str) -> Element {
    Element::new("DETTAGLIO_ELABORAZIONE")
        .child(Element::leaf("ESITO_ELABORAZIONE", verdict))
        .child(Element::leaf("DESCRIZIONE_ESITO_ELABORAZIONE", text))
}

/// `DETTAGLIO_CUP`.
pub(crate) fn detail(record: &Record) -> Element {
    Element::new("DETTAGLIO_CUP")
        .child(Element::leaf("CODICE_CUP", record.cup.as_str()))
        .child(general(record))
        .child(Element::new("MASTER"))
        .children(record.asked.all("LOCALIZZAZIONE").map(place))
        .child(Element::new("DESCRIZIONE").children(description(record)))
        .child(Element::new("ATTIV_ECONOMICA_BENEFICIARIO_ATECO_2007"))
        .children(record.asked.get("FINANZIAMENTO").map(funding))
        .child(
            Element::new("DATI_TITOLARE_RICHIEDENTE")
                .with_some("soggetto_titolare", record.asked.attribute("soggetto_titolare"))
                .with_some("uo_soggetto_titolare", record.asked.attribute("uo_soggetto_titolare"))
                .with("user_titolare", record.user.as_str()),
        )
}

fn general(record: &Record) -> Element {
    let given = |name| record.general(name);
    let day = record.generated.format("%d/%m/%Y").to_string();
    let cumulative = if given("cumulativo") == Some("S") { "Si" } else { "No" };
    let natura = if given("natura") == Some("01") {
        "ACQUISTO DI BENI"
    } else {
        "ACQUISTO O REALIZZAZIONE DI SERVIZI"
    };
    Element::new("DATI_GENERALI_PROGETTO")
        .with_some("anno_decisione", given("anno_decisione"))
        .with("cumulativo", cumulative)
        .with_some("codifica_locale", given("codifica_locale"))
        .with_some("template", given("template"))
        .with("natura", natura)
        .with_some("idNatura", given("natura"))
        .with_some("idTipologia", given("tipologia"))
        .with_some("idSettore", given("settore"))
        .with_some("idSottosettore", given("sottosettore"))
        .with_some("idCategoria", given("categoria"))
        .with("stato", record.stato)
        .with("provvisorio", "No")
        .with("data_generazione", day)
        .with("utente_riferimento", record.user.as_str())
}

fn place(asked: &Element) -> Element {
    let comune = asked.attribute("comune").unwrap_or_default();
    let words = if comune == "-1" { "Tutti i Comuni".to_owned() } else { format!("Comune {comune}") };
    Element { attributes: asked.attributes.clone(), ..Element::new("LOCALIZZAZIONE") }
        .with("descrizione", words)
}

fn description(record: &Record) -> Option<Element> {
    let asked = record.description()?;
    let element = Element { attributes: asked.attributes.clone(), ..Element::new(&asked.name) };
    Some(element.with("desc_sintetica", record.summary()))
}

fn funding(asked: &Element) -> Element {
    Element::new("FINANZIAMENTO")
        .with_some("costo", asked.attribute("costo"))
        .with_some("finanziamento", asked.attribute("finanziamento"))
        .children(
            asked
                .all("CODICE_TIPOLOGIA_COP_FINANZ")
                .map(|code| Element::leaf("DESCRIZIONE_TIPOLOGIA_COP_FINANZ", coverage(code.text.trim()))),
        )
}

fn coverage(code: &str) -> &'static str {
    match code {
        "001" => "STATALE",
        "002" => "REGIONALE",
        "003" => "PROVINCIALE",
        "004" => "COMUNALE",
        "005" => "ALTRA PUBBLICA",
        "006" => "COMUNITARIA",
        "007" => "PRIVATA",
        _ => "PUBBLICA DA CONFERMARE",
    }
}
