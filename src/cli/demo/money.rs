// SPDX-License-Identifier: EUPL-1.2
//! What follows the orders: what is delivered in parts is invoiced, refused, invoiced too high, credited and paid, until order,
//! invoices and payments agree and the books say so.

use anyhow::Context;
use chrono::TimeDelta;
use mepa_gateway_mocks::{InvoiceFile, Operation, Receiver};
use serde_json::Value;
use tokio::net::TcpListener;
use tokio::sync::oneshot;

use crate::answer::{Lang, reconciliation_value};
use crate::domain::finding::Finding;
use crate::domain::money::Money;
use crate::domain::rome::rome_string;
use crate::domain::saying::Saying;
use crate::domain::sdi::{BuyerOutcome, RefusalCause, SdiId};
use crate::flows::answer_invoice::answer;
use crate::flows::reconcile::{NewDecision, decide, reconcile};
use crate::flows::take_mandati::{ReadMandati, import_mandati};
use crate::http;
use crate::store::audit::Actor;
use crate::store::invoices::{InvoiceFilter, InvoiceRow};
use crate::store::orders::OrderRow;
use crate::store::outbox::people::CallState;
use crate::store::sdi::SdiFile;

use super::cast::ALMESE;
use super::orders::follow;
use super::paper::{Paper, Payable};
use super::story::{Story, text};

/// The office of Almese in the examples.
pub(super) const OFFICE: &str = "UFTST1";
/// Who speaks for it at SIOPE+.
pub(super) const A2A: &str = "A2A-00000001";
/// What SdI's messages are let in with.
pub(super) const RECEIVE_TOKEN: &str = "demo-sdi";

/// Lives through it: the first order of Almese, twelve seats and six desks, comes to its end.
pub(super) async fn live(story: &mut Story) -> anyhow::Result<()> {
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    let url = format!("http://{}{}", listener.local_addr()?, http::sdi::PATH);
    let (stop, stopped) = oneshot::channel::<()>();
    let until = async { drop(stopped.await) };
    let served = tokio::spawn(http::serve(story.app.clone(), listener, until));
    let sdi = Receiver { url, token: RECEIVE_TOKEN.into() };
    let order = first_order(story).await?;
    let cup = story.cup(ALMESE).await?;
    let chain = Chain { sdi, order, cup };
    chain.without_cup(story).await?;
    chain.in_part(story).await?;
    chain.weak(story).await?;
    chain.too_much(story).await?;
    chain.credited(story).await?;
    drop(stop);
    served.await??;
    chain.split(story).await?;
    chain.agreed(story).await
}

/// The order of Almese that its supplier accepted.
async fn first_order(story: &Story) -> anyhow::Result<OrderRow> {
    let filter =
        crate::store::orders::OrderFilter { comune: Some(ALMESE.parse()?), limit: 1, ..Default::default() };
    let mut orders = story.app.store.orders(&story.app.programme.id, &filter).await?;
    orders.pop().context("Almese has no order")
}

/// What the documents of this chapter are about.
struct Chain {
    sdi: Receiver,
    order: OrderRow,
    cup: String,
}

impl Chain {
    fn paper<'a>(&'a self, ordered_on: &'a str, cup: Option<&'a str>) -> Paper<'a> {
        Paper {
            kind: "TD01",
            number: "FPA 1/26",
            date: "2026-04-17",
            order: (&self.order.number, ordered_on, self.order.cig.as_deref().unwrap_or_default()),
            cup,
            line: (1, "Sedute ergonomiche", 12, 18_550),
            corrects: None,
        }
    }

    /// The supplier delivers the seats, and forgets the CUP on their invoice.
    async fn without_cup(&self, story: &mut Story) -> anyhow::Result<()> {
        story.chapter(
            "2026-04-20T08:00:00Z",
            "The seats are here; SdI brings their invoice, which lacks the CUP",
        )?;
        let ordered_on = self.order.order_date.to_string();
        let file = delivered(story, &self.sdi, 1, &self.paper(&ordered_on, None)).await?;
        let days_left = (file.term_end() - story.app.clock.now()).num_days();
        let row = invoice(story, file.sdi_id).await?;
        let blocks = blocking(&row.findings);
        story.expect(
            "it is judged as it comes: without CUP there is no payment",
            row.verdict.as_str() == "refused" && blocks.contains(&"INV-030"),
            &format!("{} {}; blocks: {}", row.number, row.verdict.as_str(), blocks.join(", ")),
        );
        let note = "manca il CUP".parse()?;
        let refused = BuyerOutcome::refused(RefusalCause::CigCup, Some(&note))?;
        let said = refused.description().unwrap_or_default().to_owned();
        answer(&story.app, file.sdi_id, None, refused).await?;
        let found = outcome(story, file.sdi_id).await?;
        let in_time = file.term_end() - file.received_at == TimeDelta::days(15) && days_left >= 14;
        story.expect(
            "it is refused inside the fifteen days, for one of the five lawful causes, and SdI told once",
            in_time && found == (Some(CallState::Confirmed), 1),
            &format!("EC02 «{said}», the term ends {}", rome_string(file.term_end())),
        );
        self.expect_books(story, "what is refused moves no money", 0, 0).await
    }

    /// It comes again with the CUP, for a part of the order.
    async fn in_part(&self, story: &mut Story) -> anyhow::Result<()> {
        story.chapter(
            "2026-04-22T08:00:00Z",
            "The supplier sends it again with the CUP; SdI delivers it twice",
        )?;
        let ordered_on = self.order.order_date.to_string();
        let again =
            Paper { number: "FPA 2/26", date: "2026-04-21", ..self.paper(&ordered_on, Some(&self.cup)) };
        let file = delivered(story, &self.sdi, 2, &again).await?;
        let twice = story.stand_ins.deliver_again(u64::try_from(file.sdi_id.get())?, &self.sdi).await;
        answer(&story.app, file.sdi_id, None, BuyerOutcome::Accepted).await?;
        let found = outcome(story, file.sdi_id).await?;
        let row = invoice(story, file.sdi_id).await?;
        story.expect(
            "the same file twice is one invoice; it is accepted",
            twice.is_ok() && row.verdict.as_str() == "accepted" && found == (Some(CallState::Confirmed), 1),
            &format!("{} {}", row.number, row.gross.italian()),
        );
        let order = self.reconciled(story).await?.order;
        story.expect(
            "a partial delivery: the order is invoiced in part",
            order["state"] == "under" && order["left"] == "3140.28",
            &format!(
                "{} of {}, {} to come",
                text(&order, "invoiced"),
                text(&order, "ordered"),
                text(&order, "left")
            ),
        );
        self.expect_books(story, "so much of the commitment is invoiced", 271_572, 0).await
    }

    /// Almese keeps its mandati in a list that does not say which invoice is paid.
    async fn weak(&self, story: &mut Story) -> anyhow::Result<()> {
        story.chapter(
            "2026-04-24T08:00:00Z",
            "Almese has paid the seats; its list of mandati forgets to say what",
        )?;
        let cig = self.order.cig.as_deref().unwrap_or_default();
        let net = Money::from_cents(222_600);
        let payable = Payable { number: "FPA 2/26", sdi: "", cup: &self.cup, cig, net };
        let (comune, name) = (ALMESE.parse()?, "mandati.csv".to_owned());
        let list = payable.list(90, "23/04/2026").into_bytes();
        let read = ReadMandati::read(&story.app, comune, "import", name, list)?;
        import_mandati(&story.app, &read).await?;
        story.work().await?;
        let proposed = self.reconciled(story).await?;
        let pairs = proposed.all["candidates"].as_array().cloned().unwrap_or_default();
        let scores: Vec<_> = pairs.iter().map(|pair| format!("{} of 100", pair["score"])).collect();
        story.expect(
            "nothing weak is linked by itself: both mandati are proposed, with their reasons",
            pairs.len() == 2 && proposed.order["paid_to_supplier"] == "0.00",
            &format!("{}; {}", scores.join(", "), reasons(pairs.first())),
        );
        for pair in &pairs {
            let decision = NewDecision {
                from: text(pair, "from").to_owned(),
                to: text(pair, "to").to_owned(),
                saying: Saying::Link,
                amount: None,
                reason: "visto l'estratto conto del tesoriere".parse()?,
            };
            decide(&story.app, &comune, decision, Actor::operator(), story.app.clock.now()).await?;
        }
        story.work().await?;
        let order = self.reconciled(story).await?.order;
        story.expect(
            "a person confirms them, with a reason",
            order["paid_to_supplier"] == "2226.00" && order["vat_paid"] == "489.72",
            &paid(&order),
        );
        self.expect_books(story, "and what was invoiced is paid", 0, 271_572).await
    }

    /// The desks come, and one more than was ordered is on the invoice.
    async fn too_much(&self, story: &mut Story) -> anyhow::Result<()> {
        story.chapter("2026-04-28T08:00:00Z", "Six desks come, seven are on the invoice")?;
        let ordered_on = self.order.order_date.to_string();
        let file = delivered(story, &self.sdi, 3, &self.desks(&ordered_on)).await?;
        let row = invoice(story, file.sdi_id).await?;
        let found = self.reconciled(story).await?;
        let over = found.difference("over_invoiced");
        story.expect(
            "the over-invoice is told to the cent, with the remedy",
            row.verdict.as_str() == "refused" && over.is_some_and(|over| over["amount"] == "523.38"),
            &format!(
                "{}; {}",
                blocking(&row.findings).join(", "),
                over.map_or("", |over| text(over, "remedy"))
            ),
        );
        self.expect_books(story, "until it is cured it moves no money", 0, 271_572).await
    }

    fn desks<'a>(&'a self, ordered_on: &'a str) -> Paper<'a> {
        Paper {
            number: "FPA 3/26",
            date: "2026-04-27",
            line: (2, "Scrivanie", 7, 42_900),
            ..self.paper(ordered_on, Some(&self.cup))
        }
    }

    /// The supplier credits the seventh desk.
    async fn credited(&self, story: &mut Story) -> anyhow::Result<()> {
        story.chapter("2026-04-30T08:00:00Z", "The supplier sends a credit note for the seventh desk")?;
        let ordered_on = self.order.order_date.to_string();
        let note = Paper {
            kind: "TD04",
            number: "NC 1/26",
            date: "2026-04-29",
            line: (2, "Scrivanie", 1, 42_900),
            corrects: Some(("FPA 3/26", "2026-04-27")),
            ..self.paper(&ordered_on, Some(&self.cup))
        };
        delivered(story, &self.sdi, 4, &note).await?;
        let found = self.reconciled(story).await?;
        story.expect(
            "it finds its invoice, and the difference is gone",
            found.difference("over_invoiced").is_none() && found.order["credited"] == "523.38",
            &format!(
                "{} invoiced, {} credited",
                text(&found.order, "invoiced"),
                text(&found.order, "credited")
            ),
        );
        self.expect_books(story, "now the rest of the commitment is invoiced", 314_028, 271_572).await
    }

    /// The rest is paid by the bank of Almese, as SIOPE+ tells it.
    async fn split(&self, story: &mut Story) -> anyhow::Result<()> {
        story.chapter(
            "2026-05-06T08:00:00Z",
            "The desks are paid with split payment: SIOPE+ has the mandato and the bank's word",
        )?;
        let invoices = invoices(story).await?;
        let desks =
            invoices.iter().find(|row| row.number == "FPA 3/26").context("the desks have no invoice")?;
        let sdi = desks.sdi_id.context("SdI did not bring it")?.to_string();
        let cig = self.order.cig.as_deref().unwrap_or_default();
        let net = Money::from_cents(257_400);
        let payable = Payable { number: "FPA 3/26", sdi: &sdi, cup: &self.cup, cig, net };
        for document in [payable.flow(), payable.outcome()] {
            story.stand_ins.siope_publish(&document).map_err(|why| anyhow::anyhow!("{why}"))?;
        }
        follow(story, "2026-05-06T09:00:00Z").await?;
        let order = self.reconciled(story).await?.order;
        story.expect(
            "one mandato pays the supplier without VAT, and the State its VAT",
            order["paid_to_supplier"] == "4800.00" && order["vat_paid"] == "1056.00",
            &paid(&order),
        );
        Ok(())
    }

    /// Order, invoices and payments agree.
    async fn agreed(&self, story: &mut Story) -> anyhow::Result<()> {
        let found = self.reconciled(story).await?;
        story.say("");
        for (kind, what) in [("orders", "order"), ("invoices", "invoice"), ("payments", "payment")] {
            for document in
                found.all[kind].as_array().into_iter().flatten().filter(|one| one["state"] != "void")
            {
                let number = document["number"]
                    .as_str()
                    .map_or_else(|| format!("mandato {}", document["mandato"]), Into::into);
                let amount = ["gross", "amount", "ordered"].iter().find_map(|name| document[name].as_str());
                let amount = amount.unwrap_or_default();
                story.say(&format!("     {what:<8} {number:<14} {amount:>10}  {}", text(document, "state")));
            }
        }
        let cup = &found.all["cup"];
        let sums = ["assigned", "committed", "invoiced", "credited", "paid"];
        let told: Vec<_> = sums.iter().map(|name| format!("{name} {}", text(cup, name))).collect();
        story.expect(
            "order, invoices and payments agree: nothing differs, and the sums of the CUP hold",
            found.order["state"] == "matched"
                && cup["holds"] == true
                && found.all["differences"].as_array().is_some_and(Vec::is_empty),
            &told.join(", "),
        );
        self.expect_books(story, "the whole order is paid", 0, 585_600).await
    }

    /// What became of the money of the order: on its row and in the balances of the Comune.
    async fn expect_books(
        &self,
        story: &mut Story,
        name: &str,
        invoiced: i64,
        paid: i64,
    ) -> anyhow::Result<()> {
        story.work().await?;
        let (app, id) = (&story.app, &self.order.id);
        let order = app.store.order(id).await?.context("the order is gone")?;
        let comune = app.store.participation(&app.programme.id, &order.comune).await?;
        let held = comune.context("no such Comune")?.balances;
        let cents = |invoiced: Money, paid: Money| (invoiced.cents(), paid.cents());
        let spending = order.spending;
        let well = cents(spending.invoiced, spending.paid) == (invoiced, paid)
            && cents(held.invoiced, held.paid) == (invoiced, paid);
        let committed = spending.committed(order.reserved);
        let told = [("committed", committed), ("invoiced", spending.invoiced), ("paid", spending.paid)];
        let told: Vec<_> = told.iter().map(|(name, amount)| format!("{name} {}", amount.italian())).collect();
        story.expect(name, well, &told.join(", "));
        Ok(())
    }

    async fn reconciled(&self, story: &Story) -> anyhow::Result<Found> {
        let found = reconcile(&story.app, &self.order.comune, None).await?;
        let all = reconciliation_value(&found, Lang::En);
        let name = format!("order:{}", self.order.id);
        let orders = all["orders"].as_array();
        let order = orders.and_then(|orders| orders.iter().find(|order| order["document"] == *name));
        let order = order.cloned().context("the order is not reconciled")?;
        Ok(Found { all, order })
    }
}

/// A reconciliation of Almese, and the order in it.
struct Found {
    all: Value,
    order: Value,
}

impl Found {
    fn difference(&self, kind: &str) -> Option<&Value> {
        self.all["differences"].as_array()?.iter().find(|one| one["kind"] == kind)
    }
}

/// SdI brings an invoice to Almese; gives the file as it was kept.
async fn delivered(story: &Story, sdi: &Receiver, n: u32, paper: &Paper<'_>) -> anyhow::Result<SdiFile> {
    let file = InvoiceFile {
        name: format!("IT76543211007_{n:05}.xml"),
        content: paper.xml()?.into_bytes(),
        office: OFFICE.into(),
        format: "FPA12".into(),
    };
    let (id, taken) =
        story.stand_ins.deliver_invoices(file, sdi).await.map_err(|why| anyhow::anyhow!("{why}"))?;
    taken.map_err(|why| anyhow::anyhow!("{why:?}"))?;
    story.work().await?;
    let id: SdiId = id.to_string().parse()?;
    story.app.store.sdi_file(id).await?.with_context(|| format!("{id} was not kept"))
}

/// What Almese has received.
async fn invoices(story: &Story) -> anyhow::Result<Vec<InvoiceRow>> {
    let filter = InvoiceFilter { comune: Some(ALMESE.parse()?), limit: 100, ..InvoiceFilter::default() };
    Ok(story.app.store.invoices(&story.app.programme.id, &filter).await?)
}

/// The invoice of a file.
async fn invoice(story: &Story, sdi: SdiId) -> anyhow::Result<InvoiceRow> {
    let rows = invoices(story).await?;
    rows.into_iter().find(|row| row.sdi_id == Some(sdi)).with_context(|| format!("{sdi} has no invoice"))
}

/// Where the outcome of a file stands, and how often SdI took one.
async fn outcome(story: &Story, id: SdiId) -> anyhow::Result<(Option<CallState>, usize)> {
    story.work().await?;
    let given = story.app.store.sdi_outcomes(id).await?;
    let taken = story.stand_ins.ledger().effects_for(Operation::NotifyOutcome, &id.to_string());
    Ok((given.first().map(|given| given.state), taken))
}

/// The rules that block.
fn blocking(findings: &[Finding]) -> Vec<&str> {
    findings
        .iter()
        .filter(|finding| finding.severity.as_str() == "blocks")
        .map(|finding| finding.rule.as_ref())
        .collect()
}

/// What is paid for an order, and to whom.
fn paid(order: &Value) -> String {
    format!(
        "{} to the supplier, {} VAT to the State",
        text(order, "paid_to_supplier"),
        text(order, "vat_paid")
    )
}

/// Why a pair is proposed.
fn reasons(pair: Option<&Value>) -> String {
    let reasons = pair.and_then(|pair| pair["reasons"].as_array());
    reasons.into_iter().flatten().filter_map(Value::as_str).collect::<Vec<_>>().join(", ")
}
