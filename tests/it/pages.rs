// SPDX-License-Identifier: EUPL-1.2
//! The pages for people: signing in, asking for a report, following it, fetching it; as plain HTTP, and in a real browser.

use std::collections::BTreeSet;

use chrono::TimeDelta;
use mepa_gateway::domain::role::Role;
use mepa_gateway::http;
use mepa_gateway::store::audit::Actor;
use reqwest::header::{ACCEPT, CONTENT_TYPE, COOKIE, LOCATION, SET_COOKIE};
use reqwest::redirect::Policy;
use reqwest::{Client, RequestBuilder, Response};
use serde_json::Value;

use crate::browser::Browser;
use crate::support::{TestApp, token};

/// A visitor whose browser follows nothing by itself.
struct Visit {
    root: String,
    client: Client,
    cookie: String,
}

fn location(answer: &Response) -> &str {
    let headers = answer.headers();
    headers.get(LOCATION).unwrap_or_else(|| panic!("{answer:?}")).to_str().unwrap()
}

impl Visit {
    fn new(test: &TestApp) -> Self {
        let client = Client::builder().redirect(Policy::none()).build().unwrap();
        Self { root: root(test), client, cookie: String::new() }
    }

    /// Someone who has signed in.
    async fn of(test: &TestApp, token: &str) -> Self {
        let mut visit = Self::new(test);
        let answer = visit.post("/entra", &[("token", token)]).await;
        assert_eq!((answer.status().as_u16(), location(&answer)), (303, "/rapporti"), "{token}");
        let cookie = answer.headers()[SET_COOKIE].to_str().unwrap();
        assert!(
            cookie.contains("; HttpOnly; SameSite=Lax; Max-Age=28800") && !cookie.contains(token),
            "{cookie}"
        );
        visit.cookie = cookie.split(';').next().unwrap().to_owned();
        visit
    }

    fn dress(&self, request: RequestBuilder) -> RequestBuilder {
        request.header(ACCEPT, "text/html,application/xhtml+xml").header(COOKIE, &self.cookie)
    }

    async fn get(&self, path: &str) -> Response {
        self.dress(self.client.get(format!("{}{path}", self.root))).send().await.unwrap()
    }

    async fn text(&self, path: &str) -> String {
        self.get(path).await.text().await.unwrap()
    }

    fn sending(&self, path: &str, fields: &[(&str, &str)]) -> RequestBuilder {
        let body = url::form_urlencoded::Serializer::new(String::new()).extend_pairs(fields).finish();
        let request = self.client.post(format!("{}{path}", self.root));
        self.dress(request).header(CONTENT_TYPE, "application/x-www-form-urlencoded").body(body)
    }

    async fn post(&self, path: &str, fields: &[(&str, &str)]) -> Response {
        self.sending(path, fields).send().await.unwrap()
    }

    /// The page that refuses a form, with its status.
    async fn refused(&self, path: &str, fields: &[(&str, &str)]) -> (u16, String) {
        let answer = self.post(path, fields).await;
        (answer.status().as_u16(), answer.text().await.unwrap())
    }
}

fn root(test: &TestApp) -> String {
    test.base.strip_suffix(http::BASE).unwrap().to_owned()
}

const DOSSIER: [(&str, &str); 3] = [("key", "1"), ("kind", "dossier"), ("comune", "001006")];

#[tokio::test]
async fn whoever_is_not_signed_in_is_asked_to_and_comes_to_where_they_wanted() {
    let test = TestApp::purchasing().await;
    let visit = Visit::new(&test);
    assert_eq!(location(&visit.get("/").await), "/rapporti");
    assert_eq!(location(&visit.get("/rapporti/abc?x=1").await), "/entra?next=%2Frapporti%2Fabc%3Fx%3D1");
    assert_eq!(location(&visit.get("/rapporti/abc/file").await), "/entra?next=%2Frapporti%2Fabc");
    assert_eq!(location(&visit.post("/rapporti", &DOSSIER).await), "/entra?unsent=1");
    assert!(visit.text("/entra?unsent=1").await.contains("nulla è stato registrato"));
    assert!(
        visit.text("/entra?next=%2Frapporti%2Fabc").await.contains(r#"name="next" value="/rapporti/abc""#)
    );

    for wrong in ["", "token-ru", &"x".repeat(5000)] {
        let (status, page) = visit.refused("/entra", &[("token", wrong), ("next", "/rapporti/abc")]).await;
        assert_eq!(status, 422);
        assert!(page.contains("non è riconosciuto") && page.contains(r#"value="/rapporti/abc""#), "{page}");
    }
    assert_eq!(visit.refused("/entra", &[("token", &*"x".repeat(20_000))]).await.0, 413);
    // A token copied with a blank is meant; where it leads is a page of ours and nowhere else.
    for (next, leads) in [
        ("/rapporti/abc", "/rapporti/abc"),
        ("/rapporti?x=1", "/rapporti?x=1"),
        ("//evil.example", "/rapporti"),
        ("https://evil.example/rapporti", "/rapporti"),
        ("/rapporti.evil.example", "/rapporti"),
        ("/rapporti/\r\nSet-Cookie: a=b", "/rapporti"),
        ("\\\\evil.example", "/rapporti"),
    ] {
        let answer = visit.post("/entra", &[("token", " token-rup\u{200b}\n"), ("next", next)]).await;
        assert_eq!((answer.status().as_u16(), location(&answer)), (303, leads), "{next}");
    }
    test.assert_whole().await;
}

#[tokio::test]
async fn a_report_is_asked_for_followed_and_fetched() {
    let test = TestApp::purchasing().await;
    let visit = Visit::of(&test, &token(Role::Ragioneria)).await;
    let page = visit.text("/rapporti").await;
    assert!(
        page.contains("Prepara il dossier del Comune di Almese") && page.contains("Nessun rapporto"),
        "{page}"
    );
    assert!(!page.contains("Rapporto sul programma"), "that is for the programme office");

    let answer = visit.post("/rapporti", &DOSSIER).await;
    let address = location(&answer).to_owned();
    assert!(answer.status() == 303 && address.starts_with("/rapporti/"), "{answer:?}");
    // A second click is the same request; one after the page was loaded anew is not.
    assert_eq!(location(&visit.post("/rapporti", &DOSSIER).await), address);
    let again = [("key", "2"), DOSSIER[1], DOSSIER[2]];
    assert_ne!(location(&visit.post("/rapporti", &again).await), address);

    let waiting = visit.text(&address).await;
    assert!(
        waiting.contains("In attesa") && waiting.contains("<progress") && waiting.contains("Annulla"),
        "{waiting}"
    );
    assert_eq!(visit.get(&format!("{address}/file")).await.status(), 409);
    test.work().await;
    let done = visit.text(&address).await;
    assert!(
        done.contains("Il rapporto è pronto") && !done.contains("progress") && !done.contains("Annulla"),
        "{done}"
    );

    let file = visit.get(&format!("{address}/file")).await;
    assert_eq!(file.headers()[CONTENT_TYPE], "application/zip");
    let announced = file.content_length().unwrap();
    let name = file.headers()["content-disposition"].to_str().unwrap().split('"').nth(1).unwrap().to_owned();
    let bytes = file.bytes().await.unwrap();
    assert_eq!(bytes.len() as u64, announced);
    let id = address.rsplit('/').next().unwrap();
    let by_api =
        test.get(&token(Role::Ragioneria), &format!("/reports/{id}/file")).await.bytes().await.unwrap();
    assert_eq!(bytes, by_api);
    assert!(done.contains(&name) && done.contains(&mepa_gateway::domain::sha256::sha256(&bytes)), "{done}");
    let list = visit.text("/rapporti").await;
    assert_eq!(list.matches("Pronto").count(), 2, "{list}");
    test.assert_whole().await;
}

#[tokio::test]
async fn a_report_is_called_off_by_who_may() {
    let test = TestApp::purchasing().await;
    let visit = Visit::of(&test, &token(Role::Ragioneria)).await;
    let address = location(&visit.post("/rapporti", &DOSSIER).await).to_owned();
    let off = format!("{address}/annullamento");
    let reader = Visit::of(&test, &token(Role::Lettore)).await;
    assert!(!reader.text(&address).await.contains("Annulla"));
    assert_eq!(reader.post(&off, &[]).await.status(), 403);
    for _ in 0..2 {
        assert_eq!(location(&visit.post(&off, &[]).await), address);
    }
    assert!(visit.text(&address).await.contains("annullata"));
    test.work().await;
    assert!(visit.text("/rapporti").await.contains("Annullato"));
}

#[tokio::test]
async fn each_sees_what_is_theirs_and_the_programme_office_names_a_comune_as_people_do() {
    let test = TestApp::purchasing().await;
    let town = Visit::of(&test, &token(Role::Rup)).await;
    let address = location(&town.post("/rapporti", &DOSSIER).await).to_owned();
    let other = Visit::of(&test, "other-town").await;
    let hidden = other.get(&address).await;
    assert_eq!(hidden.status(), 404);
    assert!(hidden.text().await.unwrap().contains("<h1>Pagina inesistente</h1>"));
    assert_eq!(other.refused("/rapporti", &DOSSIER).await.0, 422);
    assert_eq!(town.post("/rapporti", &[("key", "1"), ("kind", "programme")]).await.status(), 403);
    assert!(other.refused("/rapporti", &DOSSIER).await.1.contains("non è tra i beneficiari"));
    test.add_client("not-granted", Role::Rup, Some("058091")).await;
    let roma = Visit::of(&test, "not-granted").await;
    let (status, page) =
        roma.refused("/rapporti", &[("key", "1"), ("kind", "dossier"), ("comune", "058091")]).await;
    assert!(
        status == 422 && page.contains("non è tra i beneficiari") && page.contains(r##"href="#main""##),
        "{page}"
    );
    let operator = Visit::of(&test, &token(Role::Operatore)).await;
    let (status, page) = (operator.get("/rapporti").await.status(), operator.text("/rapporti").await);
    assert!(status == 403 && page.contains("Esci ed entra con un altro codice"), "{page}");

    let office = Visit::of(&test, &token(Role::Programma)).await;
    assert_eq!(office.get(&address).await.status(), 200);
    for named in
        ["001006", "c_a218", " Almese ", "ALMESE", "A218", "01817670019", "Comune di Almese", "Almese (TO)"]
    {
        let answer =
            office.post("/rapporti", &[("key", named), ("kind", "dossier"), ("comune", named)]).await;
        assert_eq!(answer.status(), 303, "{named}");
    }
    for (named, why) in [
        ("Atlantide", "Nessun Comune"),
        ("Roma", "Nessun Comune"),
        (" ", "Scrivere il nome"),
        ("Samone", "Nessun Comune"),
        ("Almese (CN)", "Nessun Comune"),
        ("\"><script>alert(1)</script>", "Nessun Comune"),
    ] {
        let (status, page) =
            office.refused("/rapporti", &[("key", "1"), ("kind", "dossier"), ("comune", named)]).await;
        assert!(
            status == 422 && page.contains(why) && page.contains(r##"href="#comune""##),
            "{named}: {page}"
        );
        assert!(page.contains("<title>Errore: ") && !page.contains("<script>alert"), "{page}");
    }
    for (day, why) in [
        ("2026-03-12", "Il giorno del confronto deve essere prima di oggi"),
        ("2027-01-01", "Il giorno del confronto deve essere prima di oggi"),
        ("31/02/2026", "non esiste"),
    ] {
        let (status, page) =
            office.refused("/rapporti", &[("key", "1"), ("kind", "programme"), ("compare", day)]).await;
        assert!(
            status == 422 && page.contains(why) && page.contains(r##"href="#compare""##),
            "{day}: {page}"
        );
    }
    for (key, day) in [("a", ""), ("b", "2026-03-01"), ("c", "01/03/2026")] {
        let answer = office.post("/rapporti", &[("key", key), ("kind", "programme"), ("compare", day)]).await;
        assert_eq!(answer.status(), 303, "{day}");
    }
    test.work().await;
    assert!(office.text("/rapporti").await.contains("a confronto con il 01/03/2026"));
    test.assert_whole().await;
}

#[tokio::test]
async fn who_waits_for_too_many_is_told() {
    let test = TestApp::purchasing().await;
    let visit = Visit::of(&test, &token(Role::Rup)).await;
    for n in 0..21 {
        let key = n.to_string();
        let answer = visit.post("/rapporti", &[("key", &*key), DOSSIER[1], DOSSIER[2]]).await;
        assert_eq!(answer.status(), if n < 20 { 303 } else { 409 }, "{n}");
        if n == 19 {
            let page = test.get(&token(Role::Rup), "/reports?limit=15").await.json::<Value>().await.unwrap();
            let cursor = page["next_cursor"].as_str().unwrap();
            let rest = test.get(&token(Role::Rup), &format!("/reports?limit=15&cursor={cursor}")).await;
            let rest = rest.json::<Value>().await.unwrap();
            assert!(rest["next_cursor"].is_null(), "{rest}");
            let items = [&page, &rest].map(|page| page["items"].as_array().unwrap().clone()).concat();
            let ids: BTreeSet<_> = items.iter().map(|item| item["id"].to_string()).collect();
            assert_eq!((items.len(), ids.len()), (20, 20));
        }
        if n == 20 {
            assert!(answer.text().await.unwrap().contains("Troppi rapporti in attesa"));
        }
    }
}

#[tokio::test]
async fn older_reports_are_a_page_away() {
    let test = TestApp::purchasing().await;
    let visit = Visit::of(&test, &token(Role::Rup)).await;
    for n in 0..60 {
        if n == 50 {
            assert!(
                !visit.text("/rapporti").await.contains("cursor="),
                "a page that is just full is the last"
            );
        }
        let key = n.to_string();
        assert_eq!(visit.post("/rapporti", &[("key", &*key), DOSSIER[1], DOSSIER[2]]).await.status(), 303);
        test.app.clock.advance(TimeDelta::seconds(1));
        if n % 20 == 19 {
            test.work().await;
        }
    }
    let latest = visit.text("/rapporti").await;
    let (_, next) = latest.split_once("/rapporti?cursor=").unwrap();
    let older = visit.text(&format!("/rapporti?cursor={}", next.split('"').next().unwrap())).await;
    let rows = |page: &str| page.matches("<th scope=\"row\">").count();
    assert_eq!((rows(&latest), rows(&older)), (50, 10));
    let ids = |page: &str| -> BTreeSet<String> {
        page.split("href=\"/rapporti/").skip(1).map(|rest| rest[..36].to_owned()).collect()
    };
    assert_eq!(ids(&latest).union(&ids(&older)).count(), 60, "none is lost, none shown twice");
    assert!(!older.contains("cursor=") && older.contains("I più recenti"), "{older}");
    assert_eq!(visit.get("/rapporti?cursor=x").await.status(), 400);
}

#[tokio::test]
async fn of_namesakes_in_the_programme_one_is_named_by_its_code() {
    let test = TestApp::empty("2026-03-12T15:00:00Z".parse().unwrap()).await;
    test.confirm(&[("001235", "J51B26000010006", 3_547_147), ("022165", "J51B26000020006", 3_547_147)]).await;
    let office = Visit::of(&test, &token(Role::Programma)).await;
    let asked = |named: &'static str| [("key", named), ("kind", "dossier"), ("comune", named)];
    let (status, page) = office.refused("/rapporti", &asked("Samone")).await;
    assert!(status == 422 && page.contains("Samone (TO) 001235, Samone (TN) 022165"), "{page}");
    for named in ["022165", "Samone (TN)", "Comune di Samone (TO)"] {
        assert_eq!(office.post("/rapporti", &asked(named)).await.status(), 303, "{named}");
    }
}

#[tokio::test]
async fn a_session_ends_with_the_day_with_its_client_and_when_told() {
    let test = TestApp::purchasing().await;
    let told = Visit::of(&test, &token(Role::Rup)).await;
    let (left, status) = (told.post("/esci", &[]).await, told.get("/rapporti").await.status());
    assert!(left.headers()[SET_COOKIE].to_str().unwrap().starts_with("mepa_session=; "));
    assert_eq!((location(&left), status.as_u16()), ("/entra", 303));

    let first = Visit::of(&test, &token(Role::Rup)).await;
    let again = first.post("/entra", &[("token", &token(Role::Rup))]).await;
    assert_eq!(
        (again.status().as_u16(), first.get("/rapporti").await.status().as_u16()),
        (303, 303),
        "replaced"
    );

    let (day, revoked) =
        (Visit::of(&test, &token(Role::Rup)).await, Visit::of(&test, &token(Role::Lettore)).await);
    assert_eq!(revoked.get("/rapporti").await.status(), 200);
    let (client, at) = (token(Role::Lettore), test.app.clock.now());
    let written = test
        .app
        .store
        .write(move |tx| Box::pin(async move { tx.revoke_client(&client, &Actor::operator(), at).await }));
    assert!(written.await.unwrap());
    assert_eq!(revoked.get("/rapporti").await.status(), 303, "its client was revoked");

    test.app.clock.advance(TimeDelta::hours(8) - TimeDelta::seconds(1));
    assert_eq!(day.get("/rapporti").await.status(), 200);
    test.app.clock.advance(TimeDelta::seconds(1));
    assert_eq!(day.get("/rapporti").await.status(), 303, "the day is over");
    for cookie in ["mepa_session=", "mepa_session=token-rup", "mepa_session", "other=1; mepa_session=\u{e9}"]
    {
        let stranger = Visit { cookie: cookie.into(), ..Visit::new(&test) };
        assert_eq!(stranger.get("/rapporti").await.status(), 303, "{cookie}");
    }
    test.assert_whole().await;
}

#[tokio::test]
async fn a_form_counts_only_from_a_page_of_ours_and_the_cookie_only_on_pages() {
    let test = TestApp::purchasing().await;
    let visit = Visit::of(&test, &token(Role::Rup)).await;
    let host = visit.root.strip_prefix("http://").unwrap().to_owned();
    for (name, value, status) in [
        ("sec-fetch-site", "cross-site", 403),
        ("sec-fetch-site", "same-site", 403),
        ("sec-fetch-site", "none", 403),
        ("sec-fetch-site", "same-origin", 303),
        ("origin", "https://evil.example", 403),
        ("origin", "null", 403),
        ("origin", &*format!("http://{host}"), 303),
    ] {
        let answer = visit.sending("/rapporti", &DOSSIER).header(name, value).send().await.unwrap();
        assert_eq!(answer.status(), status, "{name}: {value}");
    }
    // The API takes tokens only.
    assert_eq!(visit.get(&format!("{}/reports", http::BASE)).await.status(), 401);
}

#[tokio::test]
async fn people_are_told_on_a_page_and_programs_in_json() {
    let test = TestApp::purchasing().await;
    test.add_client("<b>x</b>", Role::Rup, Some("001006")).await;
    let visit = Visit::of(&test, "<b>x</b>").await;
    let page = visit.get("/rapporti").await;
    let policy = page.headers()["content-security-policy"].to_str().unwrap().to_owned();
    assert!(
        policy.starts_with("default-src 'none';") && policy.contains("frame-ancestors 'none'"),
        "{policy}"
    );
    assert_eq!(page.headers()["cache-control"], "no-store");
    let page = page.text().await.unwrap();
    assert!(page.contains("&#60;b&#62;x") && !page.contains("<b>x"), "{page}");
    assert!(page.contains("non sono ufficiali"), "what is not official is said to be so");

    for (path, status) in
        [("/nowhere", 404), ("/esci", 405), ("/rapporti/none", 404), ("/rapporti/none/file", 404)]
    {
        let answer = visit.get(path).await;
        assert_eq!(answer.status(), status, "{path}");
        assert_eq!(answer.headers()[CONTENT_TYPE], "text/html; charset=utf-8", "{path}");
    }
    for fields in [
        &[("key", "1"), ("kind", "dossier"), ("kind", "dossier")][..],
        &[("key", "1"), ("kind", "poem")],
        &[("kind", "dossier"), ("comune", "001006")],
        &[],
    ] {
        assert_eq!(visit.refused("/rapporti", fields).await.0, 400, "{fields:?}");
    }
    assert_eq!(visit.refused("/entra", &[]).await.0, 400);
    let program = reqwest::get(format!("{}/nowhere", visit.root)).await.unwrap();
    assert_eq!(program.headers()[CONTENT_TYPE], "application/problem+json");
    for path in [&*format!("{}/nowhere", http::BASE), http::sdi::PATH, "/.well-known/nothing"] {
        let answer = visit.get(path).await;
        assert_eq!(answer.headers()[CONTENT_TYPE], "application/problem+json", "{path}");
    }
}

#[tokio::test]
async fn behind_tls_the_cookie_is_for_this_site_and_for_tls_alone() {
    let test = TestApp::empty_with("2026-03-12T15:00:00Z".parse().unwrap(), |settings| {
        settings.server.public_url = "https://mepa.example.it".into();
    })
    .await;
    let mut visit = Visit::new(&test);
    let answer = visit.post("/entra", &[("token", &token(Role::Rup))]).await;
    let cookie = answer.headers()[SET_COOKIE].to_str().unwrap();
    assert!(cookie.starts_with("__Host-mepa_session=") && cookie.ends_with("; Secure"), "{cookie}");
    let secret = cookie.split(';').next().unwrap().to_owned();
    visit.cookie = secret.replace("__Host-", "");
    assert_eq!(
        visit.get("/rapporti").await.status(),
        303,
        "a cookie that another site of the domain could have set"
    );
    visit.cookie = secret;
    assert_eq!(visit.get("/rapporti").await.status(), 200);
    let cookie = visit.post("/esci", &[]).await.headers()[SET_COOKIE].to_str().unwrap().to_owned();
    assert!(
        cookie.starts_with("__Host-mepa_session=; ") && cookie.ends_with("Max-Age=0; Secure"),
        "{cookie}"
    );
}

/// Rules of WCAG 2.1 A and AA and of good practice that a page breaks, by axe-core.
async fn assert_accessible(browser: &Browser, page: &str) {
    let Some(path) = std::env::var_os("AXE_CORE") else {
        eprintln!(
            "SKIPPED: AXE_CORE does not name axe-core's axe.min.js, so {page} was not held against WCAG (tests/run does)"
        );
        return;
    };
    browser.run(&std::fs::read_to_string(path).unwrap()).await;
    let found = browser
        .run("return axe.run().then(found => [found.passes.length, found.violations.map(one => one.id + ': ' + one.nodes.map(node => node.html).join(' '))])")
        .await;
    assert!(found[0].as_u64().unwrap() > 10, "{page}: axe-core looked at next to nothing: {found:#}");
    assert_eq!(found[1], serde_json::json!([]), "{page}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn in_a_browser_a_dossier_is_asked_for_watched_and_fetched() {
    let Some(browser) = Browser::open().await else { return };
    let test = TestApp::purchasing().await;
    browser.go(&root(&test)).await;
    browser.wait_until("document.title.startsWith('Accesso')").await;
    assert_accessible(&browser, "sign in").await;
    browser.type_into("#token", "wrong").await;
    browser.click("main button").await;
    browser.wait_until("document.querySelector('[role=alert]')").await;
    assert_accessible(&browser, "sign in, refused").await;
    browser.type_into("#token", &token(Role::Programma)).await;
    browser.click("main button").await;
    browser.wait_until("document.querySelector('#comune')").await;
    assert_accessible(&browser, "reports, none yet").await;
    browser.type_into("#comune", "Atlantide").await;
    browser.click("#comune ~ button, form:has(#comune) button").await;
    browser.wait_until("document.querySelector('[role=alert]')").await;
    assert_accessible(&browser, "reports, refused").await;
    browser.run("document.querySelector('#comune').value = ''").await;
    browser.type_into("#comune", "Almese").await;
    browser.click("form:has(#comune) button").await;
    browser.wait_until("document.querySelector('#state')?.textContent.includes('In attesa')").await;
    assert_accessible(&browser, "report, waiting").await;
    // The page that waits is the one that tells the end: it is not loaded anew, and what did not change is left alone.
    browser
        .run("window.still_here = document.querySelector('#report button'); window.looks = 0;
              const before = window.fetch; window.fetch = (...what) => { window.looks += 1; return before(...what); };")
        .await;
    browser.wait_until("window.looks > 2").await;
    assert_eq!(
        browser.run("return window.still_here === document.querySelector('#report button')").await,
        true
    );
    test.work().await;
    browser.wait_until("document.querySelector('#state').textContent === 'Il rapporto è pronto.'").await;
    assert_eq!(browser.run("return Boolean(window.still_here)").await, true);
    assert_eq!(browser.run("return document.querySelectorAll('progress, #report form').length").await, 0);
    assert_accessible(&browser, "report, done").await;
    let bytes = browser
        .run("return fetch(document.querySelector('a.button').href).then(file => file.arrayBuffer()).then(file => file.byteLength)")
        .await;
    assert!(bytes.as_u64().unwrap() > 50_000, "{bytes}");
    browser.go(&format!("{}/rapporti", root(&test))).await;
    assert_accessible(&browser, "reports").await;
    browser.click("header button").await;
    browser.wait_until("document.title.startsWith('Accesso')").await;
    browser.go(&format!("{}/rapporti", root(&test))).await;
    browser.wait_until("document.title.startsWith('Accesso')").await;
}
