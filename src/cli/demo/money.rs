// SPDX-License-Identifier: EUPL-1.2
//! What follows the orders: invoices that SdI brings and their outcomes, and what the bank did, as SIOPE+ tells it.

use anyhow::Context;
use chrono::TimeDelta;
use mepa_gateway_mocks::{InvoiceFile, Operation, Receiver};
use tokio::net::TcpListener;
use tokio::sync::oneshot;

use crate::domain::rome::rome_string;
use crate::domain::sdi::{BuyerOutcome, RefusalCause, SdiId};
use crate::flows::answer_invoice::answer;
use crate::http;
use crate::store::outbox::people::CallState;
use crate::store::sdi::SdiFile;

use super::orders::follow;
use super::story::Story;

/// The office of Almese in the examples.
pub(super) const OFFICE: &str = "UFTST1";
/// Who speaks for it at SIOPE+.
pub(super) const A2A: &str = "A2A-00000001";
/// What SdI's messages are let in with.
pub(super) const RECEIVE_TOKEN: &str = "demo-sdi";

const INVOICE: &str = include_str!("../../../docs/examples/fattura.xml");
const FLOW: &str = include_str!("../../../mocks/fixtures/siope/flusso-split-payment.xml");
const PAID: &str = include_str!("../../../mocks/fixtures/siope/esito-pagato.xml");
const CIG: &str = "<CodiceCIG>BFA0B1C51C</CodiceCIG>";

/// Lives through it.
pub(super) async fn live(story: &mut Story) -> anyhow::Result<()> {
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    let url = format!("http://{}{}", listener.local_addr()?, http::sdi::PATH);
    let (stop, stopped) = oneshot::channel::<()>();
    let until = async { drop(stopped.await) };
    let served = tokio::spawn(http::serve(story.app.clone(), listener, until));
    let sdi = Receiver { url, token: RECEIVE_TOKEN.into() };
    invoice_without_cig(story, &sdi).await?;
    invoice_mended(story, &sdi).await?;
    drop(stop);
    served.await??;
    paid(story).await
}

/// SdI brings an invoice to Almese; gives the file as it was kept.
async fn delivered(story: &Story, sdi: &Receiver, n: u32, invoice: &str) -> anyhow::Result<SdiFile> {
    let file = InvoiceFile {
        name: format!("IT76543211007_{n:05}.xml"),
        content: invoice.as_bytes().to_vec(),
        office: OFFICE.into(),
        format: "FPA12".into(),
    };
    let (id, taken) =
        story.stand_ins.deliver_invoices(file, sdi).await.map_err(|why| anyhow::anyhow!("{why}"))?;
    taken.map_err(|why| anyhow::anyhow!("{why:?}"))?;
    let id: SdiId = id.to_string().parse()?;
    story.app.store.sdi_file(id).await?.with_context(|| format!("{id} was not kept"))
}

/// Where the outcome of a file stands, and how often SdI took one.
async fn told(story: &Story, id: SdiId) -> anyhow::Result<(Option<CallState>, usize)> {
    story.work().await?;
    let given = story.app.store.sdi_outcomes(id).await?;
    let taken = story.stand_ins.ledger().effects_for(Operation::NotifyOutcome, &id.to_string());
    Ok((given.first().map(|given| given.state), taken))
}

async fn invoice_without_cig(story: &mut Story, sdi: &Receiver) -> anyhow::Result<()> {
    story.chapter("2026-04-20T08:00:00Z", "SdI brings Almese an invoice that lacks its CIG")?;
    let file = delivered(story, sdi, 1, &INVOICE.replace(CIG, "")).await?;
    story.expect(
        "it is kept as it came, and the fifteen days run",
        file.term_end() - file.received_at == TimeDelta::days(15),
        &format!("{}, answer by {}", file.file_name, rome_string(file.term_end())),
    );
    let note = "manca il CIG BFA0B1C51C".parse()?;
    let refused = BuyerOutcome::refused(RefusalCause::CigCup, Some(&note))?;
    let said = refused.description().unwrap_or_default().to_owned();
    answer(&story.app, file.sdi_id, None, refused).await?;
    let found = told(story, file.sdi_id).await?;
    story.expect(
        "it is refused for one of the five lawful causes, and SdI told once",
        found == (Some(CallState::Confirmed), 1),
        &said,
    );
    Ok(())
}

async fn invoice_mended(story: &mut Story, sdi: &Receiver) -> anyhow::Result<()> {
    story.chapter(
        "2026-04-22T08:00:00Z",
        "The supplier sends it again with the CIG, and SdI delivers twice",
    )?;
    let file = delivered(story, sdi, 2, INVOICE).await?;
    let id = u64::try_from(file.sdi_id.get())?;
    let again = story.stand_ins.deliver_again(id, sdi).await;
    answer(&story.app, file.sdi_id, None, BuyerOutcome::Accepted).await?;
    let found = told(story, file.sdi_id).await?;
    story.expect(
        "the same file twice is one file; it is accepted",
        again.is_ok() && found == (Some(CallState::Confirmed), 1),
        &file.file_name,
    );
    Ok(())
}

async fn paid(story: &mut Story) -> anyhow::Result<()> {
    story.chapter(
        "2026-04-24T08:00:00Z",
        "Almese has paid: the mandato and the bank's outcome stand at SIOPE+",
    )?;
    for document in [FLOW, PAID] {
        story.stand_ins.siope_publish(document).map_err(|why| anyhow::anyhow!("{why}"))?;
    }
    follow(story, "2026-04-24T09:00:00Z").await?;
    let filter = crate::store::opi::OpiFilter { limit: 10, ..Default::default() };
    let mut kinds: Vec<_> =
        story.app.store.opi_documents(&filter).await?.iter().map(|found| found.kind.as_str()).collect();
    kinds.sort_unstable();
    story.expect("both are read and kept as they came", kinds == ["esito", "flusso"], &kinds.join(", "));
    Ok(())
}
