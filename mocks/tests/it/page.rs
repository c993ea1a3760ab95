// SPDX-License-Identifier: EUPL-1.2
//! The page of each stand-in: well made, true, and its examples work.

use mepa_gateway_mocks::{Chaos, Fault, Operation, Platform};

use crate::client::{call, start};
use crate::sistema_cup::generate;

/// The commands of the page, as path and body.
fn examples(page: &str) -> Vec<(String, String)> {
    let commands = page.split("<pre><code>").skip(1).map(|rest| rest.split("</code>").next().unwrap());
    let command = |text: &str| {
        let text = text.replace("&quot;", "\"");
        let (url, body) = text.strip_prefix("curl -X PUT http://").unwrap().split_once(" -d '").unwrap();
        (url[url.find('/').unwrap()..].to_owned(), body.trim_end_matches('\'').to_owned())
    };
    commands.map(command).collect()
}

#[tokio::test]
async fn each_platform_has_a_page_whose_examples_work() {
    let stand_ins = start().await;
    let urls = stand_ins.urls();
    for (base, name) in [
        (urls.sistema_cup, "Sistema CUP"),
        (urls.lavoro_pubblico, "Lavoro Pubblico"),
        (urls.acquistinretepa, "Acquistinretepa"),
        (urls.anac, "ANAC"),
        (urls.sdi, "SdI"),
        (urls.siope, "SIOPE+"),
    ] {
        let page = call(&base, "GET", "/", "");
        assert_eq!(page.status, 200);
        assert!(page.head.contains("text/html; charset=utf-8"), "{}", page.head);
        let body = page.body;
        for part in
            ["<html lang=\"it\">", &format!("<h1>{name}"), "<main>", "<caption>", "scope=\"row\"", &*base]
        {
            assert!(body.contains(part), "{name}: no {part}");
        }
        assert!(!body.contains("<script"), "{name}");
        uppsala::parse(body.trim_start_matches("<!DOCTYPE html>").trim_start())
            .unwrap_or_else(|error| panic!("{name}: {error:?}"));
        let examples = examples(&body);
        assert_eq!(examples.len(), 6, "{examples:?}");
        for (path, example) in examples {
            assert_eq!(call(&base, "PUT", &path, &example).status, 200, "{path} {example}");
        }
    }
}

#[tokio::test]
async fn the_page_says_what_has_happened_and_is_no_call() {
    let stand_ins = start().await;
    let base = stand_ins.urls().sistema_cup;
    assert!(call(&base, "GET", "/", "").body.contains("Nessun guasto finora"));
    stand_ins.add_fault(Fault::on(Operation::GenerateCup).reset().after_effect());
    generate(&base);
    generate(&base).unwrap();
    stand_ins.set_quota(Platform::SistemaCup, Some(77));
    let chaos = Chaos { seed: 4242, rate_percent: 100, slow_ms: 1, kinds: Vec::new() };
    stand_ins.set_chaos_on(Operation::CupList, Some(chaos));
    let page = call(&base, "GET", "/", "").body;
    let row = "genera un CUP (SOAP)</td><td class=\"n\">2</td><td class=\"n\">1</td><td class=\"n\">2</td>";
    for part in
        [row, "<code>reset</code></th><td class=\"n\">1<", "stessa chiave: 1<", "al giorno: 77", "seme 4242"]
    {
        assert!(page.contains(part), "no {part} in {page}");
    }
    assert!(page.contains("Chiamate oggi: 2;"), "{page}");
}
