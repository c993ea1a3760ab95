// SPDX-License-Identifier: EUPL-1.2
//! A thousand Comuni, each in a state of its own that chance has made: orders in every state, invoices that fit or do not, notes,
//! payments in part, in full, too much or undone. What every format of every report says is what the ledger says, to the cent.

use std::fmt::Write as _;
use std::io::Cursor;
use std::sync::Arc;

use mepa_gateway::app::App;
use mepa_gateway::domain::istat::IstatCode;
use mepa_gateway::domain::money::Money;
use mepa_gateway::domain::order_state::OrderState;
use mepa_gateway::domain::role::Role;
use mepa_gateway::flows::book_spending::book_due;
use mepa_gateway::flows::import_invoices::import_file;
use mepa_gateway::flows::take_mandati::{ReadMandati, import_mandati};
use mepa_gateway::report::Progress;
use mepa_gateway::report::dossier_file::write_dossier;
use mepa_gateway::report::programme_file::write_programme;
use mepa_gateway::store::audit::Actor;
use serde_json::{Value, json};

use super::Opened;
use crate::support::{TestApp, at, bytes, order_of};

const COMUNI: usize = 1_000;
const INVOICE: &str = include_str!("../../../docs/examples/fattura.xml");

/// Chance, the same in every run.
struct Chance(u64);

impl Chance {
    fn below(&mut self, end: u64) -> u64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) % end
    }
}

/// A Comune whose state is being made.
struct Town {
    istat: IstatCode,
    ipa: String,
    tax_code: String,
    cup: String,
    number: u32,
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_thousand_random_states_are_told_to_the_cent_in_every_format() {
    let test = TestApp::empty(at("2026-03-12T15:00:00Z")).await;
    let towns = towns(&test.app);
    let cups: Vec<(String, String)> =
        towns.iter().map(|town| (town.istat.to_string(), town.cup.clone())).collect();
    let grants: Vec<_> = cups.iter().map(|(istat, cup)| (istat.as_str(), cup.as_str(), 3_547_147)).collect();
    test.confirm(&grants).await;
    let mut chance = Chance(20_260_331);
    let mut ordered = Vec::new();
    for town in &towns {
        ordered.push(orders(&test, town, &mut chance).await);
    }
    test.move_to("2026-04-25T10:00:00Z");
    for (town, orders) in towns.iter().zip(&ordered) {
        bills(&test, town, orders, &mut chance).await;
    }
    while book_due(&test.app).await.unwrap() > 0 {}
    let towns = Arc::new(towns);
    let halves = [0, 1].map(|half| {
        let (app, towns) = (Arc::clone(&test.app), Arc::clone(&towns));
        tokio::spawn(async move {
            let mut paid = 0;
            for town in towns.iter().skip(half).step_by(2) {
                paid += check(&app, town).await;
            }
            paid
        })
    });
    let [one, other] = halves;
    let paid = one.await.unwrap() + other.await.unwrap();
    check_programme(&test.app, paid).await;
    let sums = test.app.store.programme_totals(&test.app.programme.id).await.unwrap().balances;
    let held = [sums.reserved, sums.committed, sums.invoiced, sums.paid];
    println!(
        "reports: {COMUNI} random states told to the cent; reserved, committed, invoiced, paid: {}",
        held.map(Money::italian).join(", ")
    );
    assert!(held.iter().all(|sum| *sum > Money::from_cents(20_000_000)), "chance made too little");
}

fn towns(app: &App) -> Vec<Town> {
    let in_force = app.reference.comuni.iter().filter(|comune| comune.ceased.is_none());
    (1u32..)
        .zip(in_force.step_by(7).take(COMUNI))
        .map(|(number, comune)| Town {
            istat: comune.istat,
            ipa: comune.ipa.to_string(),
            tax_code: comune.tax_code.to_string(),
            cup: format!("J51B26{number:05}0006"),
            number,
        })
        .collect()
}

/// The orders of a Comune, as far as each gets: the document, its number, its net amount in hundreds of cents.
async fn orders(test: &TestApp, town: &Town, chance: &mut Chance) -> Vec<(Value, u32, i64)> {
    let code = town.istat.to_string();
    test.add_client(&code, Role::Macchina, Some(&code)).await;
    let mut orders = Vec::new();
    for n in 0..chance.below(4) {
        let number = town.number * 10 + u32::try_from(n).unwrap();
        let hundreds = 1 + i64::try_from(chance.below(9_000)).unwrap();
        let order = order(town, number, hundreds, chance);
        let answer =
            test.post(&code, "/orders", &number.to_string(), "application/json", bytes(&order)).await;
        let answer: Value = answer.json().await.unwrap();
        if answer["verdict"] == "accepted" {
            step(&test.app, answer["id"].as_str().unwrap(), chance).await;
        }
        orders.push((order, number, hundreds));
    }
    orders
}

/// What suppliers bill for the orders of a Comune, and what it pays.
async fn bills(test: &TestApp, town: &Town, orders: &[(Value, u32, i64)], chance: &mut Chance) {
    let mut mandati = String::from(MANDATI);
    for (order, number, hundreds) in orders {
        for part in 0..chance.below(4) {
            bill(test, town, order, (*number, part), *hundreds, chance, &mut mandati).await;
        }
    }
    let list =
        ReadMandati::read(&test.app, town.istat, "import", "mandati.csv".to_owned(), mandati.into_bytes());
    if let Ok(list) = list {
        import_mandati(&test.app, &list).await.unwrap();
    }
}

fn order(town: &Town, number: u32, hundreds: i64, chance: &mut Chance) -> Value {
    let mut order = order_of(number, hundreds);
    order["cup"] = town.cup.clone().into();
    order["buyer"] = json!({ "ipa_code": town.ipa, "tax_code": town.tax_code, "name": "Comune" });
    if chance.below(4) == 0 {
        order["own_funds"] =
            Money::from_cents(i64::try_from(chance.below(hundreds.unsigned_abs() * 122)).unwrap())
                .to_string()
                .into();
    }
    if chance.below(12) == 0 {
        order["declarations"] = json!([]);
    }
    order
}

/// How far an order gets.
async fn step(app: &Arc<App>, id: &str, chance: &mut Chance) {
    use OrderState::{
        Cancelled, RevocationProposed, Revoked, Sent, Submitted, SupplierAccepted, SupplierRefused,
    };
    let ways: [&[OrderState]; 7] = [
        &[],
        &[Submitted],
        &[Submitted, Cancelled],
        &[Submitted, Sent],
        &[Submitted, Sent, SupplierAccepted],
        &[Submitted, Sent, SupplierRefused],
        &[Submitted, Sent, SupplierAccepted, RevocationProposed, Revoked],
    ];
    let way = ways[usize::try_from(chance.below(12).min(6) % 7).unwrap()];
    let way = if chance.below(2) == 0 { ways[4] } else { way };
    for next in way {
        let (id, next, now) = (id.to_owned(), *next, app.clock.now());
        let stepped = app.store.write(move |tx| {
            Box::pin(async move {
                let row = tx.order(&id).await?.unwrap();
                tx.step_order(&row, next, &Actor::worker(), now).await
            })
        });
        stepped.await.unwrap();
    }
}

const MANDATI: &str = "Esercizio;Numero mandato;Data mandato;Beneficiario;Partita IVA;Importo;CUP;CIG;Tipo debito;Stato;Data pagamento;Numero fattura;Data fattura\n";

/// An invoice of an order or a note on it, and what is paid of it.
async fn bill(
    test: &TestApp,
    town: &Town,
    order: &Value,
    (order_number, part): (u32, u64),
    hundreds: i64,
    chance: &mut Chance,
    mandati: &mut String,
) {
    let (number, ordered) = (format!("F{order_number}/{part}"), i64::try_from(chance.below(3)).unwrap());
    let net = match chance.below(4) {
        0 => hundreds * 100,
        _ => 1 + i64::try_from(chance.below((hundreds * 100).unsigned_abs())).unwrap(),
    };
    let vat = (net * 22 + 50) / 100;
    let is_note = part > 0 && chance.below(4) == 0;
    let corrects = is_note.then(|| format!("F{order_number}/0"));
    let xml = invoice(town, order, &number, (net, vat), corrects.as_deref());
    let taken = import_file(&test.app, format!("{number}.xml").replace('/', "_"), xml.as_bytes(), None);
    if taken.await.is_err() || is_note {
        return;
    }
    let cig = order["cig"].as_str().unwrap();
    for (place, amount, debt) in [(1, net, "COMMERCIALE"), (2, vat, "IVA")] {
        let paid = match chance.below(6) {
            0 => continue,
            1 => amount / 2,
            2 => amount + 1,
            _ => amount,
        };
        if paid == 0 {
            continue;
        }
        let state = if chance.below(6) == 0 { "emesso" } else { "pagato" };
        let named = if ordered == 0 { "" } else { number.as_str() };
        let mandato = order_number * 100 + u32::try_from(part).unwrap() * 10 + place;
        let _ = writeln!(
            mandati,
            "2026;{mandato};20/04/2026;Forniture di Prova;76543211007;{};{};{cig};{debt};{state};21/04/2026;{named};15/04/2026",
            Money::from_cents(paid).to_string().replace('.', ","),
            town.cup,
        );
    }
}

fn invoice(
    town: &Town,
    order: &Value,
    number: &str,
    (net, vat): (i64, i64),
    corrects: Option<&str>,
) -> String {
    let (header, _) = INVOICE.split_once("<FatturaElettronicaBody>").unwrap();
    let header = header
        .replace("01817670019", &town.tax_code)
        .replace("UFTST1", "UF0000")
        .replace("00001", &format!("{:05}", town.number));
    let (kind, [net, vat, gross]) = (
        if corrects.is_some() { "TD04" } else { "TD01" },
        [net, vat, net + vat].map(|cents| Money::from_cents(cents).to_string()),
    );
    let linked = corrects.map(|number| format!("<DatiFattureCollegate><IdDocumento>{number}</IdDocumento><Data>2026-04-15</Data></DatiFattureCollegate>"));
    format!(
        "{header}<FatturaElettronicaBody><DatiGenerali><DatiGeneraliDocumento><TipoDocumento>{kind}</TipoDocumento><Divisa>EUR</Divisa>\
         <Data>2026-04-15</Data><Numero>{number}</Numero><ImportoTotaleDocumento>{gross}</ImportoTotaleDocumento>\
         <Causale>Determina di impegno n. 112</Causale></DatiGeneraliDocumento><DatiOrdineAcquisto><IdDocumento>{}</IdDocumento>\
         <Data>{}</Data><CodiceCUP>{}</CodiceCUP><CodiceCIG>{}</CodiceCIG></DatiOrdineAcquisto>{}</DatiGenerali><DatiBeniServizi>\
         <DettaglioLinee><NumeroLinea>1</NumeroLinea><Descrizione>Beni</Descrizione><Quantita>1.00</Quantita><PrezzoUnitario>{net}</PrezzoUnitario>\
         <PrezzoTotale>{net}</PrezzoTotale><AliquotaIVA>22.00</AliquotaIVA></DettaglioLinee><DatiRiepilogo><AliquotaIVA>22.00</AliquotaIVA>\
         <ImponibileImporto>{net}</ImponibileImporto><Imposta>{vat}</Imposta><EsigibilitaIVA>S</EsigibilitaIVA></DatiRiepilogo></DatiBeniServizi>\
         </FatturaElettronicaBody></p:FatturaElettronica>",
        order["order_number"].as_str().unwrap(),
        order["order_date"].as_str().unwrap(),
        town.cup,
        order["cig"].as_str().unwrap(),
        linked.unwrap_or_default(),
    )
}

/// The dossier of a Comune says in every format what its ledger says; what is paid of the grant, in cents.
async fn check(app: &Arc<App>, town: &Town) -> i64 {
    let goes_on = |_: usize, _: usize| true;
    let made =
        write_dossier(app, &town.istat, Cursor::new(Vec::new()), &Progress::new(&goes_on)).await.unwrap();
    let opened = Opened::new(made.out.into_inner());
    let row = app.store.participation(&app.programme.id, &town.istat).await.unwrap().unwrap();
    let held = row.balances;
    let ledger = [held.available().unwrap(), held.reserved, held.committed, held.invoiced, held.paid]
        .map(|amount| amount.to_string());
    let told: Vec<String> =
        opened.rows("saldi").iter().map(|row| row["amount"].as_str().unwrap().to_owned()).collect();
    assert_eq!(told, ledger, "{}", town.istat);
    assert_eq!(opened.json["tables"]["saldi"]["totals"]["amount"], held.assigned.to_string());
    let total = |table: &str, key: &str| {
        opened.json["tables"][table]["totals"][key].as_str().unwrap_or("0.00").to_owned()
    };
    let sum = |amounts: &[Money]| Money::checked_sum(amounts.iter().copied()).unwrap().to_string();
    for table in ["direttrici", "categorie", "titoli", "fornitori"] {
        assert_eq!(total(table, "paid"), held.paid.to_string(), "{} {table}", town.istat);
        assert_eq!(total(table, "invoiced"), sum(&[held.invoiced, held.paid]), "{} {table}", town.istat);
        assert_eq!(
            total(table, "of_grant"),
            sum(&[held.reserved, held.committed, held.invoiced, held.paid]),
            "{} {table}",
            town.istat
        );
        assert_eq!(total(table, "of_grant"), total("ordini", "held"), "{} {table}", town.istat);
    }
    let line = |item: &str, key: &str| {
        let rows = opened.rows("prospetto");
        let row = rows.iter().find(|row| row["item"] == item).unwrap();
        row[key].as_str().unwrap().parse::<Money>().unwrap().cents()
    };
    let counted: Money = total("fatture", "counted").parse().unwrap();
    assert_eq!(
        line("Fatturato", "gross") - line("Stornato con note di credito", "gross"),
        counted.cents(),
        "{}",
        town.istat
    );
    let counted: Money = total("pagamenti", "counted").parse().unwrap();
    assert_eq!(line("Pagato in tutto", "gross"), counted.cents(), "{}", town.istat);
    assert_eq!(
        line("Pagato ai fornitori", "gross") + line("IVA versata", "gross"),
        counted.cents(),
        "{}",
        town.istat
    );
    assert!(!opened.json["warnings"].to_string().contains("non coincidono"), "{}", town.istat);
    opened.assert_formats_agree("03-dossier.xlsx", "02-dossier.pdf");
    let page = opened.pdf_text("01-prospetto.pdf");
    for amount in [held.assigned, held.available().unwrap(), held.paid] {
        assert!(page.contains(&amount.italian()), "{}: {} is not printed", town.istat, amount.italian());
    }
    opened.assert_schema("dossier");
    held.paid.cents()
}

/// The report on the programme comes to the same as all dossiers.
async fn check_programme(app: &Arc<App>, paid: i64) {
    let goes_on = |_: usize, _: usize| true;
    let made = write_programme(app, None, Cursor::new(Vec::new()), &Progress::new(&goes_on)).await.unwrap();
    let opened = Opened::new(made.out.into_inner());
    let sums = app.store.programme_totals(&app.programme.id).await.unwrap().balances;
    for table in ["regioni", "province", "mezzogiorno", "fasce", "stati_comuni", "distribuzione", "comuni"] {
        let totals = &opened.json["tables"][table]["totals"];
        let told = ["assigned", "available", "reserved", "committed", "invoiced", "paid"]
            .map(|key| totals[key].as_str().unwrap().to_owned());
        let available = sums.available().unwrap();
        let ledger = [sums.assigned, available, sums.reserved, sums.committed, sums.invoiced, sums.paid];
        assert_eq!(told, ledger.map(|amount| amount.to_string()), "{table}");
    }
    assert_eq!(sums.paid.cents(), paid);
    opened.assert_formats_agree("03-programma.xlsx", "02-programma.pdf");
}
