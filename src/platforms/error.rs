// SPDX-License-Identifier: EUPL-1.2
//! Why a call to a platform did not do what was asked, and whether it may be repeated. Everything a platform says is cut
//! short and made harmless before it is kept.

use std::fmt;
use std::time::Duration;

use chrono::{DateTime, Utc};
use thiserror::Error;

use crate::domain::rome::rome_string;
use crate::domain::text::Text;

/// A platform the gateway talks to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Platform {
    /// Sistema CUP of DIPE.
    SistemaCup,
    /// The Lavoro Pubblico portal, application "Risorse in Comune".
    LavoroPubblico,
    /// Acquistinretepa, the portal of the MePA.
    Acquistinretepa,
    /// ANAC's Piattaforma Contratti Pubblici.
    Anac,
    /// SdI, the exchange of electronic invoices.
    Sdi,
    /// SIOPE+, the hub of the orders of payment of public bodies.
    Siope,
}

impl Platform {
    /// Every platform.
    pub const ALL: [Self; 6] =
        [Self::SistemaCup, Self::LavoroPubblico, Self::Acquistinretepa, Self::Anac, Self::Sdi, Self::Siope];

    /// The name used in settings, logs and answers.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::SistemaCup => "sistema_cup",
            Self::LavoroPubblico => "lavoro_pubblico",
            Self::Acquistinretepa => "acquistinretepa",
            Self::Anac => "anac",
            Self::Sdi => "sdi",
            Self::Siope => "siope",
        }
    }

    /// The name people know it by.
    #[must_use]
    pub const fn title(self) -> &'static str {
        match self {
            Self::SistemaCup => "Sistema CUP",
            Self::LavoroPubblico => "Lavoro Pubblico",
            Self::Acquistinretepa => "Acquistinretepa",
            Self::Anac => "ANAC PCP",
            Self::Sdi => "SdI",
            Self::Siope => "SIOPE+",
        }
    }
}

impl fmt::Display for Platform {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// Whether, and how, the call may be made again.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Repeat {
    /// The answer is final: the same call gets the same answer.
    Never,
    /// The call did nothing, or does no harm when made twice.
    Safe {
        /// How long the platform asks to wait before.
        after: Option<Duration>,
    },
    /// The effect may be there: look it up before anything is sent again.
    AskFirst,
}

/// What went wrong.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum Kind {
    /// No connection: nothing was sent.
    #[error("not reachable: {why}")]
    Unreachable {
        /// Reason given by the transport.
        why: String,
    },
    /// No complete answer in time; what was sent may have been executed.
    #[error("no answer within {} ms", waited.as_millis())]
    TimedOut {
        /// How long the answer was waited for.
        waited: Duration,
    },
    /// The connection broke before the answer was whole; what was sent may have been executed.
    #[error("connection lost: {why}")]
    Cut {
        /// Reason given by the transport.
        why: String,
    },
    /// The platform is in trouble: a 5xx, a gateway's page, a fault of its own.
    #[error("unavailable (HTTP {status}): {text}")]
    Unavailable {
        /// HTTP status.
        status: u16,
        /// What it said.
        text: String,
    },
    /// The platform understood and says no.
    #[error("refused ({code}): {text}")]
    Refused {
        /// Its code for the reason.
        code: String,
        /// Its words.
        text: String,
    },
    /// Our credentials are not accepted.
    #[error("credentials not accepted: {text}")]
    Denied {
        /// What it said.
        text: String,
    },
    /// The thing asked for is not there.
    #[error("not found: {text}")]
    NotFound {
        /// What it said.
        text: String,
    },
    /// The answer is not one of those agreed on, or not the answer to our question.
    #[error("answer not understood: {why}")]
    Garbled {
        /// What is wrong with it.
        why: String,
    },
    /// The answer is larger than this operation can give.
    #[error("answer larger than {limit} bytes")]
    TooBig {
        /// The most that is read.
        limit: usize,
    },
    /// Too many calls, says the platform.
    #[error("too many calls")]
    Quota {
        /// How long it asks to wait.
        retry_after: Option<Duration>,
    },
    /// Our own rate limit left no room before the deadline: nothing was sent.
    #[error("no room within our own rate limit")]
    Queue,
    /// The calls of the day are spent: nothing was sent.
    #[error("the calls of the day are spent until {until}")]
    DaySpent {
        /// Midnight in Rome.
        until: DateTime<Utc>,
    },
    /// The breaker is open after repeated failures: nothing was sent.
    #[error("not tried: the breaker is open, next probe in {} ms", probe_in.as_millis())]
    Breaker {
        /// When the platform is tried again.
        probe_in: Duration,
    },
    /// It could not be written down that the message is being sent, or another process has taken the call over: nothing was
    /// sent.
    #[error("not sent: {why}")]
    Withheld {
        /// Why.
        why: String,
    },
    /// The request cannot be written in the form the platform wants: nothing was sent.
    #[error("request cannot be written: {why}")]
    Unwritable {
        /// Which value, and why.
        why: String,
    },
    /// More than one thing answers to a key of ours that should be unique.
    #[error("{count} found where one was expected: {text}")]
    Several {
        /// How many.
        count: usize,
        /// Which.
        text: String,
    },
}

/// A call that did not do what was asked.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("{platform} {operation}: {kind}")]
pub struct PlatformError {
    /// Which platform.
    pub platform: Platform,
    /// Which operation, by our name for it.
    pub operation: &'static str,
    /// What went wrong.
    pub kind: Kind,
    /// Whether it may be repeated.
    pub repeat: Repeat,
    /// What was sent and what came back at the last try, for people and auditors.
    pub exchange: Option<Box<Exchange>>,
}

/// What was sent and what came back at one try.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Exchange {
    /// HTTP status, if there was an answer.
    pub status: Option<u16>,
    /// Its media type, as said.
    pub media_type: Option<String>,
    /// Its body, cut short; none where the platform may quote our credentials back.
    pub answer: Option<Vec<u8>>,
}

impl PlatformError {
    /// The same failure, after an effect that is known to be there: whatever went wrong since, ask before repeating.
    #[must_use]
    pub fn ask_first(self) -> Self {
        Self { repeat: Repeat::AskFirst, ..self }
    }

    /// Whether the trouble is with the platform or the way to it, not with this call: it passes by itself, or when a person
    /// mends the credentials.
    #[must_use]
    pub const fn will_pass(&self) -> bool {
        match self.kind {
            Kind::Unreachable { .. }
            | Kind::TimedOut { .. }
            | Kind::Cut { .. }
            | Kind::Unavailable { .. }
            | Kind::Denied { .. }
            | Kind::Quota { .. }
            | Kind::Queue
            | Kind::DaySpent { .. }
            | Kind::Withheld { .. }
            | Kind::Breaker { .. } => true,
            Kind::Refused { .. }
            | Kind::NotFound { .. }
            | Kind::Garbled { .. }
            | Kind::TooBig { .. }
            | Kind::Unwritable { .. }
            | Kind::Several { .. } => false,
        }
    }

    /// What happened, for people.
    #[must_use]
    pub fn message(&self) -> Text {
        let name = self.platform.title();
        Text {
            it: format!("{name}: {}", self.kind.italian()).into(),
            en: format!("{name}: {}", self.kind).into(),
        }
    }

    /// What to do now, for people.
    #[must_use]
    pub fn remedy(&self) -> Text {
        let (it, en) = match self.repeat {
            Repeat::Safe { .. } if matches!(self.kind, Kind::Denied { .. }) => (
                "Nessun effetto prodotto. Correggere le credenziali della piattaforma nella configurazione: il gateway \
                 riproverà da solo.",
                "Nothing was done. Mend the credentials of the platform in the settings: the gateway will try again by \
                 itself.",
            ),
            Repeat::Safe { .. } => (
                "Nessun effetto prodotto: il gateway riproverà da solo.",
                "Nothing was done: the gateway will try again by itself.",
            ),
            Repeat::AskFirst if self.platform == Platform::Sdi => (
                "Esito non noto, e SdI non può essere interrogato: verificare su Fatture e Corrispettivi, poi decidere con \
                 `outbox resolve`.",
                "Outcome unknown, and SdI cannot be asked: look on Fatture e Corrispettivi, then decide with `outbox resolve`.",
            ),
            Repeat::AskFirst => (
                "Esito non noto: il gateway chiederà alla piattaforma prima di ripetere. Non ripetere a mano sul portale.",
                "Outcome unknown: the gateway will ask the platform before repeating. Do not repeat by hand on the portal.",
            ),
            Repeat::Never => self.kind.final_remedy(),
        };
        Text { it: it.into(), en: en.into() }
    }
}

impl Kind {
    fn italian(&self) -> String {
        match self {
            Self::Unreachable { why } => format!("non raggiungibile ({why})"),
            Self::TimedOut { waited } => format!("nessuna risposta entro {} ms", waited.as_millis()),
            Self::Cut { why } => format!("collegamento interrotto ({why})"),
            Self::Unavailable { status, text } => format!("servizio non disponibile (HTTP {status}): {text}"),
            Self::Refused { code, text } => format!("richiesta respinta ({code}): {text}"),
            Self::Denied { text } => format!("credenziali non accettate: {text}"),
            Self::NotFound { text } => format!("non trovato: {text}"),
            Self::Garbled { why } => format!("risposta non comprensibile ({why})"),
            Self::TooBig { limit } => format!("risposta più grande di {limit} byte"),
            Self::Quota { .. } => "troppe richieste".into(),
            Self::Queue => "limite di frequenza del gateway raggiunto".into(),
            Self::DaySpent { until } => {
                format!("chiamate del giorno esaurite fino al {}", rome_string(*until))
            }
            Self::Breaker { probe_in } => {
                format!("non interrogata dopo errori ripetuti; nuova prova fra {} ms", probe_in.as_millis())
            }
            Self::Withheld { why } => format!("non inviata ({why})"),
            Self::Unwritable { why } => format!("la richiesta non può essere scritta ({why})"),
            Self::Several { count, text } => {
                format!("trovati {count} elementi dove ne era atteso uno: {text}")
            }
        }
    }

    fn final_remedy(&self) -> (&'static str, &'static str) {
        match self {
            Self::NotFound { .. } => (
                "Verificare il codice indicato: la piattaforma non lo conosce.",
                "Check the code: the platform does not know it.",
            ),
            Self::Several { .. } => (
                "Verificare sul portale quale elemento è quello giusto: non generarne altri.",
                "Check on the portal which one is right: do not make another.",
            ),
            Self::Unwritable { .. } => (
                "Correggere il dato indicato, poi ripetere.",
                "Correct the value that is named, then repeat.",
            ),
            Self::Refused { .. } => (
                "Leggere il motivo dato dalla piattaforma e correggere i dati; ripetere senza modifiche non serve.",
                "Read the reason given by the platform and correct the data; repeating without changes is of no use.",
            ),
            Self::Unreachable { .. }
            | Self::TimedOut { .. }
            | Self::Cut { .. }
            | Self::Unavailable { .. }
            | Self::Denied { .. }
            | Self::Garbled { .. }
            | Self::TooBig { .. }
            | Self::Quota { .. }
            | Self::Queue
            | Self::DaySpent { .. }
            | Self::Withheld { .. }
            | Self::Breaker { .. } => (
                "Verificare lo stato sul portale della piattaforma.",
                "Check the state on the portal of the platform.",
            ),
        }
    }
}

/// The most characters kept of what a platform says.
const SAID_MAX: usize = 500;

/// A platform's words made fit for logs and people: one line, no control characters, cut short.
pub(super) fn said(words: &str) -> String {
    let mut line = String::new();
    for word in words.split(|c: char| c.is_whitespace() || c.is_control()).filter(|word| !word.is_empty()) {
        if !line.is_empty() {
            line.push(' ');
        }
        line.push_str(word);
        if line.len() > 4 * SAID_MAX {
            break;
        }
    }
    match line.char_indices().nth(SAID_MAX) {
        Some((end, _)) => format!("{}…", &line[..end]),
        None => line,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_of_a_platform_become_one_short_line() {
        assert_eq!(said(" riga 1\r\n\u{1b}[31mriga\u{0} 2\t"), "riga 1 [31mriga 2");
        assert_eq!(said(&"é".repeat(3000)).chars().count(), SAID_MAX + 1);
    }

    #[test]
    fn refused_credentials_are_to_be_mended_and_the_rest_follows_by_itself() {
        let error = PlatformError {
            platform: Platform::SistemaCup,
            operation: "generate",
            kind: Kind::Denied { text: "Utente non autorizzato".into() },
            repeat: Repeat::Safe { after: None },
            exchange: None,
        };
        assert_eq!(error.message().it, "Sistema CUP: credenziali non accettate: Utente non autorizzato");
        let remedy = error.remedy();
        assert!(remedy.it.contains("credenziali") && remedy.it.contains("da solo"), "{}", remedy.it);
        assert!(remedy.en.contains("credentials") && remedy.en.contains("by itself"), "{}", remedy.en);
        assert_eq!(
            error.to_string(),
            "sistema_cup generate: credentials not accepted: Utente non autorizzato"
        );
    }

    #[test]
    fn an_unknown_outcome_asks_people_not_to_repeat() {
        let error = PlatformError {
            platform: Platform::Acquistinretepa,
            operation: "hand_over",
            kind: Kind::TimedOut { waited: Duration::from_millis(1500) },
            repeat: Repeat::AskFirst,
            exchange: None,
        };
        assert!(error.remedy().it.contains("Non ripetere"));
        assert_eq!(error.message().it, "Acquistinretepa: nessuna risposta entro 1500 ms");
    }
}
