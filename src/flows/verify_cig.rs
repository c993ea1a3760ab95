// SPDX-License-Identifier: EUPL-1.2
//! Verifying a CIG at ANAC before an order leans on it: that it exists, that it is this buyer's, that the CUP of the grant
//! and the PNRR marks are on it. What ANAC says of a failed confirmation is told apart: their side is down, or the CUP is
//! wrong; Sistema CUP is the second witness, because `ERR132` ("service unavailable") also comes for CUP that do not exist.

use crate::app::App;
use crate::domain::cig::Cig;
use crate::domain::cig_check::Point;
use crate::domain::cup::Cup;
use crate::domain::money::Money;
use crate::domain::text::Text;
use crate::platforms::anac::{Anac, CigRecord, Confirmation};
use crate::platforms::error::{Kind, PlatformError};
use crate::platforms::sistema_cup::CupState;
use crate::reference::comuni::Comune;

/// Errors of a confirmation that are about the CUP (ANAC, code list `errori`).
const ABOUT_THE_CUP: [&str; 4] = ["ERR97", "ERR130", "ERR131", "ERR132"];
/// The form of a direct award below 5,000 euro net, and from there on.
const FORM_SMALL: &str = "AD5";
const FORM: &str = "AD3";
const SMALL_BELOW: Money = Money::from_cents(500_000);
/// Accessibility code that a PNRR purchase must have (rule REG32 of the form).
const INCLUSIVE: &str = "inc";

fn point(what: Text, well: Option<bool>, it: impl Into<String>, en: impl Into<String>) -> Point {
    Point { what, well, found: Text { it: it.into().into(), en: en.into().into() } }
}

/// A code, the same in both languages.
fn shown(what: Text, well: bool, found: &str) -> Point {
    point(what, Some(well), found, found)
}

/// Looks a CIG up and says point by point how it stands for an order of the Comune.
///
/// # Errors
/// When ANAC cannot be asked.
pub async fn verify_cig(
    app: &App,
    anac: &Anac,
    comune: &Comune,
    cup: Option<&Cup>,
    cig: &Cig,
) -> Result<Vec<Point>, PlatformError> {
    let exists = Text::new("il CIG esiste", "the CIG exists");
    let Some(record) = anac.look_up(cig).await? else {
        return Ok(vec![point(
            exists,
            Some(false),
            "sconosciuto ad ANAC, o non visibile a questa stazione appaltante: controllare le cifre",
            "unknown to ANAC, or not shown to this buyer: check the digits",
        )]);
    };
    let state = &*record.lot_state;
    let lives = !matches!(state, "CANC" | "ANN");
    let mut points = vec![shown(exists, lives, &format!("{} {state}", record.form))];
    points.push(shown(
        Text::new("è di questo Comune", "it is this Comune's"),
        record.buyers.iter().any(|buyer| *buyer == comune.tax_code.as_str()),
        &record.buyers.join(", "),
    ));
    points.push(cup_point(&record, cup));
    points.extend(form_points(&record));
    points.push(confirmation(app, anac, &record, cup).await?);
    Ok(points)
}

fn cup_point(record: &CigRecord, cup: Option<&Cup>) -> Point {
    let what = Text::new("porta il CUP dell'assegnazione", "it carries the CUP of the grant");
    match cup {
        None => point(what, None, "il Comune non ha ancora un CUP", "the Comune has no CUP yet"),
        Some(cup) if record.cups.iter().any(|found| found.eq_ignore_ascii_case(cup.as_str())) => {
            shown(what, true, cup.as_str())
        }
        Some(cup) => {
            let found = if record.cups.is_empty() { "-".into() } else { record.cups.join(", ") };
            let remedy = if record.form == FORM_SMALL { "CM2" } else { "CM1" };
            point(
                what,
                Some(false),
                format!("trovato {found}, atteso {cup}: correggere con la scheda {remedy}"),
                format!("{found} found, {cup} expected: correct it with the form {remedy}"),
            )
        }
    }
}

/// What the form itself must say (ANAC, rules REG18 to REG32 of AD3).
fn form_points(record: &CigRecord) -> Vec<Point> {
    let amount = record.amount.as_deref().and_then(|text| text.parse::<Money>().ok());
    let what = Text::new("la scheda è adatta all'importo", "the form fits the amount");
    let fits = amount.and_then(|amount| match &*record.form {
        FORM_SMALL => Some(amount < SMALL_BELOW),
        FORM => Some(amount >= SMALL_BELOW),
        _ => None,
    });
    let told = format!("{} {}", record.form, record.amount.as_deref().unwrap_or("-"));
    let mut points = vec![point(what, fits, told.clone(), told)];
    if record.form != FORM {
        return points;
    }
    let pnrr = Text::new("è segnato come investimento PNRR", "it is marked as a PNRR investment");
    points.push(match record.pnrr {
        Some(marked) => shown(pnrr, marked, &marked.to_string()),
        None => point(pnrr, Some(false), "non indicato", "not said"),
    });
    let quota =
        Text::new("le quote di pari opportunità sono indicate", "the equal-opportunity quotas are given");
    let stated = record.quota.as_deref();
    let is_reasoned = stated == Some("SI") || (stated.is_some() && !record.derogations.is_empty());
    points.push(shown(
        quota,
        is_reasoned,
        &format!("{} {}", stated.unwrap_or("-"), record.derogations.join(" ")),
    ));
    let access = Text::new("l'accessibilità è quella richiesta", "accessibility is as demanded");
    let code = record.accessibility.as_deref();
    points.push(shown(access, code == Some(INCLUSIVE), code.unwrap_or("-")));
    points
}

async fn confirmation(
    app: &App,
    anac: &Anac,
    record: &CigRecord,
    cup: Option<&Cup>,
) -> Result<Point, PlatformError> {
    let what = Text::new("ANAC lo ha confermato", "ANAC has confirmed it");
    let errors = match anac.confirmation(record.procurement).await? {
        Confirmation::Confirmed => return Ok(shown(what, true, "OK")),
        Confirmation::Overdue => {
            return Ok(point(
                what,
                None,
                "esito non ancora disponibile: riprovare",
                "no outcome yet: try again",
            ));
        }
        Confirmation::NotConfirmed(errors) => errors,
    };
    let told: Vec<String> = errors.iter().map(|(code, text)| format!("{code} {text}")).collect();
    let told = told.join("; ");
    let about_the_cup = errors.iter().any(|(code, _)| ABOUT_THE_CUP.contains(&&**code));
    let Some(cup) = cup.filter(|_| about_the_cup) else {
        return Ok(point(
            what,
            Some(false),
            format!("{told}: guasto o dato di ANAC, riprovare più tardi"),
            format!("{told}: a fault or a datum of ANAC's, try again later"),
        ));
    };
    Ok(match app.platforms.sistema_cup.read(cup).await {
        Ok(found) if found.state == CupState::Active => point(
            what,
            Some(false),
            format!("{told}: il CUP è attivo per Sistema CUP, il problema è dalla loro parte: riprovare"),
            format!("{told}: the CUP is active at Sistema CUP, the trouble is on their side: try again"),
        ),
        Ok(_) | Err(PlatformError { kind: Kind::NotFound { .. }, .. }) => point(
            what,
            Some(false),
            format!("{told}: per Sistema CUP il CUP non esiste o non è attivo: correggere il CUP"),
            format!("{told}: Sistema CUP does not know the CUP, or not as active: correct the CUP"),
        ),
        Err(_) => point(
            what,
            Some(false),
            format!("{told}: Sistema CUP non risponde, la causa non si può dire: riprovare"),
            format!("{told}: Sistema CUP does not answer, the cause cannot be told: try again"),
        ),
    })
}
