// SPDX-License-Identifier: EUPL-1.2
//! Linking an ODA that was made on the portal: to the order here that it is, or, judged by the same rules after the fact,
//! to a new order of its Comune. What cannot be joined waits for a person, who may also take a link back, always with a
//! reason. One ODA is one order: everything below happens in the one transaction that looks.

use std::sync::Arc;

use chrono::{DateTime, Utc};

use crate::answer::Lang;
use crate::app::App;
use crate::documents::{ReadOrder, read_order};
use crate::domain::istat::IstatCode;
use crate::domain::linking::{Join, Waiting};
use crate::domain::oda::OdaState;
use crate::domain::order_state::OrderState;
use crate::domain::sha256::sha256;
use crate::error::Error;
use crate::flows::decision::{Decision, Origin};
use crate::flows::judge::keys;
use crate::flows::oda_story::{look_after, sent_at, sent_outside_window, steps_to, walk};
use crate::flows::rejudge::rejudge;
use crate::store::audit::{Actor, Record};
use crate::store::idempotency::IdempotencyKey;
use crate::store::orders::OrderRow;
use crate::store::outbox::HAND_OVER;
use crate::store::place::{Placed, Placing};
use crate::store::portal::{LinkStatus, PortalOda, Story};
use crate::store::{StoreError, Tx};

mod weigh;

use weigh::weigh;

/// Most candidates kept for people to look at.
const CANDIDATES_MAX: usize = 10;

/// An ODA as the portal shows it now.
#[derive(Debug, Clone)]
pub(super) struct SeenOda {
    pub(super) number: String,
    pub(super) story: Story,
    /// The order; empty when the portal's answer was none.
    pub(super) document: Arc<[u8]>,
}

/// Links the ODA, or keeps it for a person. Seen again, it changes nothing unless something changed on the portal.
///
/// # Errors
/// When the store cannot be written.
pub(super) async fn take_in(app: &Arc<App>, seen: SeenOda) -> Result<(), StoreError> {
    let (gateway, at) = (Arc::clone(app), app.clock.now());
    let read = read_order(&seen.document, None, &app.limits).ok();
    app.store
        .write(move |tx| {
            Box::pin(async move {
                let number = &seen.number;
                let known = tx.portal_oda(&gateway.programme.id, number).await?;
                let linker = Linker { app: &gateway, actor: Actor::worker(), at };
                match &known {
                    Some(oda) if oda.status == LinkStatus::Linked => linker.follow(tx, oda, &seen).await,
                    // What a person decided, a person changes.
                    Some(oda) if oda.decided_by.is_some() => Ok(()),
                    Some(oda) if is_over(&seen.story) => linker.end(tx, oda, &seen).await,
                    None if is_over(&seen.story) => Ok(()),
                    None if tx.order_of_oda(&gateway.programme.id, number).await?.is_some() => Ok(()),
                    known => linker.link(tx, known.as_ref(), seen, read).await,
                }
            })
        })
        .await
}

/// Keeps an ODA that could not be linked at this moment, to be looked at again.
///
/// # Errors
/// When the store cannot be written.
pub(super) async fn set_aside(app: &Arc<App>, seen: SeenOda) -> Result<(), StoreError> {
    let (gateway, at) = (Arc::clone(app), app.clock.now());
    app.store
        .write(move |tx| {
            Box::pin(async move {
                let known = tx.portal_oda(&gateway.programme.id, &seen.number).await?;
                if known
                    .as_ref()
                    .is_some_and(|oda| oda.status == LinkStatus::Linked || oda.decided_by.is_some())
                {
                    return Ok(());
                }
                let linker = Linker { app: &gateway, actor: Actor::worker(), at };
                let aside = PortalOda {
                    waiting: Some(Waiting::UnderWay),
                    comune: known.as_ref().and_then(|known| known.comune),
                    ..linker.seen_now(known.as_ref(), &seen)
                };
                linker.keep(tx, aside, known.as_ref(), Some(&seen.document)).await
            })
        })
        .await
}

fn is_over(story: &Story) -> bool {
    matches!(state_of(story), OdaState::Rifiutato | OdaState::Revocato | OdaState::Annullato)
}

fn state_of(story: &Story) -> OdaState {
    story.last().map_or(OdaState::Bozza, |(state, _)| *state)
}

/// Who links, and when.
pub(super) struct Linker<'a> {
    pub(super) app: &'a Arc<App>,
    pub(super) actor: Actor,
    pub(super) at: DateTime<Utc>,
}

impl Linker<'_> {
    async fn link(
        &self,
        tx: &mut Tx,
        known: Option<&PortalOda>,
        seen: SeenOda,
        read: Option<ReadOrder>,
    ) -> Result<(), StoreError> {
        let mut oda = self.seen_now(known, &seen);
        let Some(read) = read else {
            oda.waiting = Some(Waiting::Unreadable);
            return self.keep(tx, oda, known, Some(&seen.document)).await;
        };
        let weighed = weigh(self.app, tx, &seen.number, &read).await?;
        oda.comune = weighed.comuni.first().map(|best| best.comune);
        oda.candidates = weighed.orders.iter().chain(&weighed.comuni).take(CANDIDATES_MAX).cloned().collect();
        match self.carry_out(tx, &mut oda, &seen.document, &read, weighed.join).await? {
            Ok(()) => {}
            Err(waiting) => oda.waiting = Some(waiting),
        }
        self.keep(tx, oda, known, Some(&seen.document)).await
    }

    /// The row of the ODA as seen now, not linked yet.
    fn seen_now(&self, known: Option<&PortalOda>, seen: &SeenOda) -> PortalOda {
        PortalOda {
            programme: self.app.programme.id.clone(),
            number: seen.number.clone(),
            state: state_of(&seen.story),
            story: seen.story.clone(),
            sha256: sha256(&seen.document),
            status: LinkStatus::Unlinked,
            order_id: None,
            comune: None,
            waiting: None,
            candidates: Vec::new(),
            decided_by: None,
            reason: None,
            version: known.map_or(0, |known| known.version) + 1,
            first_seen_at: known.map_or(self.at, |known| known.first_seen_at),
            updated_at: self.at,
        }
    }

    /// Does what was decided, or says why it cannot be done; then nothing was written.
    pub(super) async fn carry_out(
        &self,
        tx: &mut Tx,
        oda: &mut PortalOda,
        document: &Arc<[u8]>,
        read: &ReadOrder,
        decided: Join,
    ) -> Result<Result<(), Waiting>, StoreError> {
        if steps_to(OrderState::Submitted, &oda.story).is_none() {
            return Ok(Err(Waiting::OddStory));
        }
        let order = match decided {
            Join::Waits(waiting) => return Ok(Err(waiting)),
            Join::Order(id) => match self.attach(tx, oda, &id).await? {
                Ok(order) => order,
                Err(waiting) => return Ok(Err(waiting)),
            },
            Join::Comune(comune) => self.place(tx, oda, document, read, &comune).await?,
        };
        oda.comune = Some(order.comune);
        oda.status = LinkStatus::Linked;
        oda.order_id = Some(order.id.clone());
        self.settle(tx, order, &oda.story).await?;
        Ok(Ok(()))
    }

    /// Lets the ODA stand for an order that came by another way.
    async fn attach(
        &self,
        tx: &mut Tx,
        oda: &PortalOda,
        id: &str,
    ) -> Result<Result<OrderRow, Waiting>, StoreError> {
        let order = tx.order(id).await?.ok_or(StoreError::Changed)?;
        match order.state {
            _ if order.oda_number.is_some() => return Ok(Err(Waiting::SecondOda)),
            // The hand-over may have had its effect already.
            OrderState::Accepted if !tx.withdraw(HAND_OVER, id, self.at).await? => {
                return Ok(Err(Waiting::UnderWay));
            }
            OrderState::Accepted => tx.set_oda_number(id, &oda.number).await?,
            OrderState::Incomplete => {
                tx.set_oda_number(id, &oda.number).await?;
                let order = tx.order(id).await?.ok_or(StoreError::Changed)?;
                self.rejudge(tx, &order, &oda.story).await?;
            }
            _ => return Ok(Err(Waiting::LikeAnOrder)),
        }
        Ok(Ok(tx.order(id).await?.ok_or(StoreError::Changed)?))
    }

    /// Judges an incomplete order again with what the portal tells: once sent, it binds. A document that can no longer be
    /// read stays as it was judged.
    async fn rejudge(&self, tx: &mut Tx, order: &OrderRow, story: &Story) -> Result<(), StoreError> {
        match rejudge(self.app, tx, order, sent_at(story), (&self.actor, self.at)).await {
            Err(Error::Store(error)) => Err(error),
            Ok(()) | Err(_) => Ok(()),
        }
    }

    /// Makes the ODA an order of the Comune, judged by the same rules as any other.
    async fn place(
        &self,
        tx: &mut Tx,
        oda: &PortalOda,
        document: &Arc<[u8]>,
        read: &ReadOrder,
        comune: &IstatCode,
    ) -> Result<OrderRow, StoreError> {
        let (app, keys) = (Arc::clone(self.app), keys(self.app, comune, read));
        let id = app.clock.new_id().to_string();
        // The portal asks, so to speak: each time the ODA is linked is a request of its own.
        let idempotency = IdempotencyKey {
            scope: "portal POST /orders".into(),
            key: format!("{}:{}", oda.number, oda.version),
            body_sha256: oda.sha256.clone(),
        };
        let decision = Decision {
            app,
            id: id.clone(),
            keys: keys.clone(),
            actor: self.actor.clone(),
            read: read.clone(),
            document: Arc::clone(document),
            digest: oda.sha256.clone(),
            lang: Lang::It,
            at: self.at,
            oda: Some(Origin { number: oda.number.clone(), sent_at: sent_at(&oda.story) }),
        };
        let decide = Box::new(move |stored| decision.on(stored));
        match tx.place(&[Placing { keys, idempotency, decide }]).await?.pop() {
            Some(Placed::Stored { .. }) => tx.order(&id).await?.ok_or(StoreError::Changed),
            Some(Placed::Repeat(_) | Placed::KeyReused) | None => Err(StoreError::Changed),
        }
    }

    /// Brings an order with an ODA to where the ODA stands. A refused order holds nothing and is not followed; an
    /// incomplete one is followed once it is sent.
    pub(super) async fn settle(&self, tx: &mut Tx, order: OrderRow, story: &Story) -> Result<(), StoreError> {
        let is_sent = sent_at(story).is_some();
        match order.state {
            OrderState::Accepted => {}
            OrderState::Incomplete if is_sent => {
                tx.enqueue_for_order(HAND_OVER, &order, self.at, self.at).await?;
                tx.withdraw(HAND_OVER, &order.id, self.at).await?;
            }
            OrderState::Refused if is_sent => {
                let record = self.record(&order, "oda.sent_though_refused", String::new());
                return tx.audit(&[record]).await;
            }
            _ => return Ok(()),
        }
        let Some(mut steps) = steps_to(OrderState::Submitted, story) else { return Err(StoreError::Changed) };
        steps.insert(0, OrderState::Submitted);
        let late = sent_outside_window(self.app, &order, &steps, story, self.at);
        let is_live = steps.last().is_some_and(|last| last.is_live());
        walk(tx, order.clone(), steps, self.at).await?;
        if is_live {
            look_after(self.app, tx, &order, self.at).await?;
        }
        match late {
            Some(record) => tx.audit(&[record]).await,
            None => Ok(()),
        }
    }

    /// An ODA that is linked changed on the portal. A live order is followed by itself; one that was incomplete may be
    /// sent by now.
    async fn follow(&self, tx: &mut Tx, oda: &PortalOda, seen: &SeenOda) -> Result<(), StoreError> {
        if oda.story == seen.story {
            return Ok(());
        }
        let id = oda.order_id.as_deref().unwrap_or_default();
        let order = tx.order(id).await?.ok_or(StoreError::Changed)?;
        let was_sent = sent_at(&oda.story).is_some();
        match order.state {
            OrderState::Incomplete if sent_at(&seen.story).is_some() => {
                self.rejudge(tx, &order, &seen.story).await?;
                let order = tx.order(id).await?.ok_or(StoreError::Changed)?;
                self.settle(tx, order, &seen.story).await?;
            }
            OrderState::Incomplete | OrderState::Refused if is_over(&seen.story) => {}
            OrderState::Refused if !was_sent => self.settle(tx, order, &seen.story).await?,
            _ => {}
        }
        let (story, state) = (seen.story.clone(), state_of(&seen.story));
        let now = PortalOda { story, state, version: oda.version + 1, updated_at: self.at, ..oda.clone() };
        tx.keep_portal_oda(&now, None).await
    }

    /// An ODA that nobody linked came to its end on the portal: there is nothing left to link.
    async fn end(&self, tx: &mut Tx, oda: &PortalOda, seen: &SeenOda) -> Result<(), StoreError> {
        if oda.status == LinkStatus::Dismissed {
            return Ok(());
        }
        let ended = PortalOda {
            status: LinkStatus::Dismissed,
            reason: Some(format!("{} sul portale", state_of(&seen.story).as_str())),
            comune: oda.comune,
            candidates: oda.candidates.clone(),
            ..self.seen_now(Some(oda), seen)
        };
        self.keep(tx, ended, Some(oda), Some(&seen.document)).await
    }

    /// Keeps the ODA and writes down what became of it, when that is news.
    pub(super) async fn keep(
        &self,
        tx: &mut Tx,
        oda: PortalOda,
        known: Option<&PortalOda>,
        document: Option<&[u8]>,
    ) -> Result<(), StoreError> {
        tx.keep_portal_oda(&oda, document).await?;
        let is_news = known.is_none_or(|known| (known.status, known.waiting) != (oda.status, oda.waiting));
        if is_news { tx.audit(&[self.told(&oda)]).await } else { Ok(()) }
    }

    fn told(&self, oda: &PortalOda) -> Record {
        let mut words = vec![format!("oda={} document={}", oda.number, oda.sha256)];
        words.extend(oda.order_id.as_ref().map(|id| format!("order={id}")));
        words.extend(oda.waiting.map(|waiting| format!("waiting={}", waiting.as_str())));
        words.extend(oda.reason.as_ref().map(|reason| format!("reason={reason}")));
        Record {
            chain: oda.comune.map_or_else(|| "-".into(), |comune| comune.to_string()),
            at: self.at,
            actor: self.actor.clone(),
            action: match oda.status {
                LinkStatus::Linked => "oda.linked",
                LinkStatus::Unlinked => "oda.unlinked",
                LinkStatus::Dismissed => "oda.dismissed",
            },
            subject: oda.number.clone(),
            detail: words.join(" "),
        }
    }

    fn record(&self, order: &OrderRow, action: &'static str, detail: String) -> Record {
        Record {
            chain: order.comune.to_string(),
            at: self.at,
            actor: self.actor.clone(),
            action,
            subject: order.id.clone(),
            detail,
        }
    }
}
