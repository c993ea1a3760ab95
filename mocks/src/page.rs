// SPDX-License-Identifier: EUPL-1.2
//! `GET /` of a stand-in: what it stands for, how to use it, what has happened. For people, in Italian, with no script.

mod about;

use serde::Serialize;
use serde_json::Value;
use wiremock::Request;

use crate::chaos::Chaos;
use crate::clock::rfc3339;
use crate::locked;
use crate::operation::Platform;
use crate::reply::Reply;
use crate::rest::header;
use crate::server::Shared;
use about::About;

const STYLE: &str = "body{font:1rem/1.5 system-ui,sans-serif;max-width:70rem;margin:0 auto;padding:1rem;color:#17324d;\
    background:#fff}table{border-collapse:collapse}caption{text-align:left;font-weight:600}th,td{border:1px solid #5c6f82;\
    padding:.3rem .6rem;text-align:left;vertical-align:top}td.n{text-align:right}pre{overflow-x:auto;background:#f0f3f6;\
    padding:.6rem}a{color:#0053a6}";

/// Whether the request is for the page.
pub(crate) fn is_asked_for(request: &Request) -> bool {
    request.url.path() == "/" && matches!(request.method.as_str(), "GET" | "HEAD")
}

/// The page of a platform.
pub(crate) fn page(platform: Platform, shared: &Shared, request: &Request) -> Reply {
    let about = about::about(platform);
    let host = header(request, "host").unwrap_or("127.0.0.1");
    let base = escaped(&format!("http://{host}"));
    let name = about.name;
    let sections = [
        operations(platform, about, shared),
        happened(platform, shared),
        settings(platform, about, shared),
        examples(about, &base),
    ]
    .concat();
    let what = about.what;
    let html = format!(
        "<!DOCTYPE html>\n<html lang=\"it\">\n<head>\n<meta charset=\"utf-8\"/>\n\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\"/>\n\
         <title>{name}: piattaforma simulata</title>\n<style>{STYLE}</style>\n</head>\n<body>\n<main>\n\
         <h1>{name}: piattaforma simulata</h1>\n<p><strong>Non è la piattaforma vera.</strong> {what}</p>\n\
         <p>Indirizzo di base: <code>{base}</code></p>\n{sections}</main>\n</body>\n</html>\n"
    );
    Reply::new(200, "text/html; charset=utf-8", html).header("cache-control", "no-store")
}

fn operations(platform: Platform, about: &About, shared: &Shared) -> String {
    let ledger = locked(&shared.ledger).only(platform);
    let mut rows = String::new();
    for (operation, address, what) in about.operations {
        row(
            &mut rows,
            &[code(&word(operation)), code(address), escaped(what)],
            &[
                ledger.calls(*operation).to_string(),
                ledger.faults(*operation).to_string(),
                ledger.effects_of(*operation).to_string(),
            ],
        );
    }
    let table = table(
        "Operazioni, e quante volte dall'avvio",
        &["Operazione", "Indirizzo", "Che cosa fa", "Chiamate", "Guasti", "Effetti"],
        &rows,
    );
    format!("<h2>Operazioni</h2>\n{table}")
}

fn happened(platform: Platform, shared: &Shared) -> String {
    let ledger = locked(&shared.ledger).only(platform);
    let mut rows = String::new();
    for (kind, times) in ledger.kinds(platform) {
        row(&mut rows, &[code(&word(&kind))], &[times.to_string()]);
    }
    let faults = if rows.is_empty() {
        "<p>Nessun guasto finora.</p>\n".to_owned()
    } else {
        table("Guasti avvenuti, per tipo", &["Tipo", "Volte"], &rows)
    };
    let doubles = ledger.doubles().len();
    let broken = ledger.broken_answers().len();
    format!(
        "<h2>Che cosa è successo</h2>\n{faults}<ul>\n<li>Effetti avvenuti due volte per la stessa chiave: {doubles}</li>\n\
         <li>Risposte nostre che violavano il contratto: {broken}</li>\n</ul>\n\
         <p>Tutto il registro: <a href=\"/__admin/ledger\"><code>/__admin/ledger</code></a></p>\n"
    )
}

fn settings(platform: Platform, about: &About, shared: &Shared) -> String {
    let now = shared.clock.now();
    let quota = locked(&shared.quotas).entry(platform).or_default().standing(now);
    let per_day = quota.per_day.map_or_else(|| "senza limite".to_owned(), |per_day| per_day.to_string());
    let script = locked(&shared.script);
    let waiting = script.pending(platform).len();
    let whole = script.chaos(platform).map_or_else(|| "spento".to_owned(), told);
    let mut own = String::new();
    for (operation, ..) in about.operations {
        if let Some(chaos) = script.chaos_on(*operation) {
            line(&mut own, &format!("Guasti a caso su {}: {}", code(&word(operation)), told(chaos)));
        }
    }
    let moment = rfc3339(now);
    let used = quota.used;
    format!(
        "<h2>Impostazioni</h2>\n<ul>\n<li>Orologio: <time datetime=\"{moment}\">{moment}</time></li>\n\
         <li>Chiamate oggi: {used}; al giorno: {per_day}</li>\n<li>Guasti in attesa: {waiting}</li>\n\
         <li>Guasti a caso: {whole}</li>\n{own}</ul>\n"
    )
}

fn told(chaos: &Chaos) -> String {
    let kinds = if chaos.kinds.is_empty() {
        "di tutti i tipi consueti".to_owned()
    } else {
        chaos.kinds.iter().map(|kind| code(&word(kind))).collect::<Vec<_>>().join(", ")
    };
    format!("{} chiamate su 100, seme {}, {kinds}", chaos.rate_percent, chaos.seed)
}

fn examples(about: &About, base: &str) -> String {
    let operation = about.operations.first().map(|(operation, ..)| word(operation)).unwrap_or_default();
    let mut out = String::from("<h2>Provocare guasti</h2>\n");
    for (what, path, body) in [
        (
            "La prossima chiamata è eseguita, ma la connessione cade prima della risposta:",
            "faults",
            format!(r#"{{"faults":[{{"operation":"{operation}","kind":"reset","after_effect":true}}]}}"#),
        ),
        (
            "Per tre chiamate la piattaforma non è disponibile:",
            "faults",
            r#"{"faults":[{"kind":"answer","status":503,"retry_after":"120","times":3}]}"#.to_owned(),
        ),
        ("Nessun guasto:", "faults", r#"{"faults":[]}"#.to_owned()),
        (
            "Trenta chiamate su cento vanno male, ogni volta le stesse:",
            "chaos",
            r#"{"seed":42,"rate_percent":30,"slow_ms":2000}"#.to_owned(),
        ),
        ("Non più di cento chiamate al giorno:", "quota", r#"{"per_day":100}"#.to_owned()),
        (
            "È il 20 gennaio 2026:",
            "clock",
            r#"{"now":"2026-01-20T10:00:00+01:00","running":true}"#.to_owned(),
        ),
    ] {
        let body = escaped(&body);
        out.push_str(&format!(
            "<p>{what}</p>\n<pre><code>curl -X PUT {base}/__admin/{path} -d '{body}'</code></pre>\n"
        ));
    }
    out.push_str(
        "<p>Tutti i tipi di guasto e gli altri indirizzi sono in <code>mocks/README.md</code>.</p>\n",
    );
    out
}

fn table(caption: &str, columns: &[&str], rows: &str) -> String {
    let head: String = columns.iter().map(|column| format!("<th scope=\"col\">{column}</th>")).collect();
    format!(
        "<table>\n<caption>{caption}</caption>\n<thead><tr>{head}</tr></thead>\n<tbody>\n{rows}</tbody>\n</table>\n"
    )
}

/// The first text is the head of the row.
fn row(out: &mut String, texts: &[String], numbers: &[String]) {
    out.push_str("<tr>");
    for (n, text) in texts.iter().enumerate() {
        let cell = if n == 0 { format!("<th scope=\"row\">{text}</th>") } else { format!("<td>{text}</td>") };
        out.push_str(&cell);
    }
    for number in numbers {
        out.push_str(&format!("<td class=\"n\">{number}</td>"));
    }
    out.push_str("</tr>\n");
}

fn line(out: &mut String, text: &str) {
    out.push_str(&format!("<li>{text}</li>\n"));
}

/// The word by which it goes in JSON.
fn word(value: &impl Serialize) -> String {
    match serde_json::to_value(value) {
        Ok(Value::String(word)) => word,
        _ => String::new(),
    }
}

fn code(text: &str) -> String {
    format!("<code>{}</code>", escaped(text))
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_came_from_outside_is_escaped() {
        let request = Request {
            url: "http://localhost/".parse().unwrap(),
            method: "GET".parse().unwrap(),
            headers: [("host".parse().unwrap(), "<b>\"&".parse().unwrap())].into_iter().collect(),
            body: Vec::new(),
        };
        let page = page(Platform::Anac, &Shared::default(), &request).body;
        assert!(
            page.contains("http://&lt;b&gt;&quot;&amp;/__admin/faults") && !page.contains("<b>"),
            "{page}"
        );
    }
}
