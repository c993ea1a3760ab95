// SPDX-License-Identifier: EUPL-1.2
//! Every rule of invoices on the smallest change of a good invoice that breaks it, and on the nearest that does not. The good
//! one is the example of the documentation, with the order it belongs to.

use std::collections::BTreeSet;
use std::sync::LazyLock;

use chrono::{NaiveDate, TimeDelta, TimeZone, Utc};
use mepa_gateway::documents::Limits;
use mepa_gateway::documents::fatturapa::read_invoices;
use mepa_gateway::domain::finding::{Finding, Severity, Verdict};
use mepa_gateway::domain::money::Money;
use mepa_gateway::domain::order_state::OrderState;
use mepa_gateway::domain::participation::{Participation, ParticipationState};
use mepa_gateway::domain::remedy::Remedy;
use mepa_gateway::domain::sdi::RefusalCause;
use mepa_gateway::domain::text::Text;
use mepa_gateway::flows::judge_invoice::judge_on;
use mepa_gateway::programme::Programme;
use mepa_gateway::reference::Reference;
use mepa_gateway::rules::facts::Fact;
use mepa_gateway::rules::invoice::facts::{
    Corrected, InvoiceFacts, InvoiceUse, OrderFacts, OrderLineFacts, SdiFacts, SignatureFacts,
};
use mepa_gateway::rules::{Check, Judgement, RULES};

static PROGRAMME: LazyLock<Programme> = LazyLock::new(|| Programme::embedded("risorse-in-comune").unwrap());
static REFERENCE: LazyLock<Reference> = LazyLock::new(|| Reference::embedded().unwrap());

const EXAMPLE: &str = include_str!("../../docs/examples/fattura.xml");

/// A change of the document and of what is known beside it.
struct Change {
    says: &'static str,
    text: fn(&str) -> String,
    facts: fn(&mut InvoiceFacts),
}

const fn text(says: &'static str, text: fn(&str) -> String) -> Change {
    Change { says, text, facts: |_| () }
}

const fn facts(says: &'static str, facts: fn(&mut InvoiceFacts)) -> Change {
    Change { says, text: str::to_owned, facts }
}

fn base() -> InvoiceFacts {
    let now = Utc.with_ymd_and_hms(2026, 4, 22, 9, 0, 0).unwrap();
    InvoiceFacts {
        now,
        tenant: Some("001006".parse().unwrap()),
        signature: SignatureFacts::Absent,
        participation: Fact::Known(Some(Participation {
            comune: "001006".parse().unwrap(),
            state: ParticipationState::Confirmed,
            cup: Some("J51B26000010006".parse().unwrap()),
            cup_template: Some("2510006".into()),
            assigned: Money::from_cents(5_000_000),
            available: Money::from_cents(5_000_000),
        })),
        order: Fact::Known(Some(order())),
        same_invoice: Fact::Known(Vec::new()),
        corrected: Fact::Known(None),
        sdi: Some(SdiFacts { term_end: now + TimeDelta::days(13), has_lapsed: false, is_answered: true }),
    }
}

fn order() -> OrderFacts {
    let line = |id: &str, quantity: &str, price: &str| OrderLineFacts {
        id: id.into(),
        item_code: Some(format!("ART-{id}")),
        name: format!("Articolo {id}"),
        quantity: quantity.parse().unwrap(),
        unit_price: Some(price.parse().unwrap()),
        vat_rate: Some("22.00".parse().unwrap()),
        invoiced: "0".parse().unwrap(),
    };
    OrderFacts {
        id: "order-1".into(),
        is_linked: true,
        number: "8127453".into(),
        date: NaiveDate::from_ymd_opt(2026, 3, 12).unwrap(),
        state: OrderState::SupplierAccepted,
        supplier: "76543211007".into(),
        supplier_name: Some("Forniture di Prova S.r.l.".into()),
        cup: Some("J51B26000010006".parse().unwrap()),
        cig: Some("BFA0B1C51C".parse().unwrap()),
        gross: Money::from_cents(1_216_974),
        lines: vec![line("1", "12", "185.50"), line("2", "1", "7749.20")],
        invoiced: Money::ZERO,
    }
}

fn known(facts: &mut InvoiceFacts) -> &mut OrderFacts {
    match &mut facts.order {
        Fact::Known(Some(order)) => order,
        Fact::Known(None) | Fact::Unavailable(_) => panic!("the base has an order"),
    }
}

/// The lines name their articles, so that they are those of the order beyond doubt.
fn with_codes(text: &str) -> String {
    let code = |n| {
        format!(
            "<CodiceArticolo><CodiceTipo>COD</CodiceTipo><CodiceValore>ART-{n}</CodiceValore></CodiceArticolo>"
        )
    };
    text.replace("<NumeroLinea>1</NumeroLinea>", &format!("<NumeroLinea>1</NumeroLinea>{}", code(1)))
        .replace("<NumeroLinea>2</NumeroLinea>", &format!("<NumeroLinea>2</NumeroLinea>{}", code(2)))
}

fn credit_note(text: &str) -> String {
    let linked = "<DatiFattureCollegate><IdDocumento>2026/10</IdDocumento><Data>2026-04-01</Data></DatiFattureCollegate></DatiGenerali>";
    text.replace("<TipoDocumento>TD01<", "<TipoDocumento>TD04<").replace("</DatiGenerali>", linked)
}

fn corrected(facts: &mut InvoiceFacts, gross: i64, credited: i64) {
    let (gross, credited) = (Money::from_cents(gross), Money::from_cents(credited));
    facts.corrected = Fact::Known(Some(Corrected { id: "invoice-0".into(), gross, credited }));
}

fn term(facts: &mut InvoiceFacts, days: i64, has_lapsed: bool, is_answered: bool) {
    let term_end = facts.now + TimeDelta::days(days);
    facts.sdi = Some(SdiFacts { term_end, has_lapsed, is_answered });
}

fn judged(change: &Change) -> Judgement {
    let document = (change.text)(EXAMPLE);
    let file = read_invoices(document.as_bytes(), &Limits::default()).unwrap();
    let mut facts = base();
    (change.facts)(&mut facts);
    judge_on(&file.invoices[0], &file.faults, &facts, &PROGRAMME, &REFERENCE)
}

fn of_rule<'a>(judgement: &'a Judgement, id: &str) -> Vec<&'a Finding> {
    judgement.findings.iter().filter(|finding| finding.rule == id).collect()
}

struct Trial {
    id: &'static str,
    fails: &'static [Change],
    passes: &'static [Change],
}

macro_rules! replaced {
    ($from:expr, $to:expr) => {
        |text: &str| {
            assert!(text.contains($from), "{} is not in the example", $from);
            text.replacen($from, $to, 1)
        }
    };
}

static TRIALS: &[Trial] = &[
    Trial {
        id: "INV-001",
        fails: &[
            text("to a private buyer", |text| {
                text.replace("FPA12", "FPR12").replace(">UFTST1<", ">0000000<")
            }),
            text(
                "format and version differ",
                replaced!("<FormatoTrasmissione>FPA12", "<FormatoTrasmissione>FPR12"),
            ),
        ],
        passes: &[text("as it is", str::to_owned)],
    },
    Trial {
        id: "INV-002",
        fails: &[facts("tampered", |facts| facts.signature = SignatureFacts::Tampered)],
        passes: &[facts("intact", |facts| facts.signature = SignatureFacts::Intact)],
    },
    Trial {
        id: "INV-010",
        fails: &[
            text("no Comune", replaced!(">01817670019<", ">80415740580<")),
            facts("not in the list", |facts| facts.participation = Fact::Known(None)),
            facts("another Comune's", |facts| facts.tenant = Some("001001".parse().unwrap())),
        ],
        passes: &[text("by its VAT number", |text| {
            text.replace(
                "<CodiceFiscale>01817670019</CodiceFiscale>",
                "<IdFiscaleIVA><IdPaese>IT</IdPaese><IdCodice>01817670019</IdCodice></IdFiscaleIVA>",
            )
        })],
    },
    Trial {
        id: "INV-011",
        fails: &[text("check digit", |text| text.replace("76543211007", "76543211008"))],
        passes: &[text("a foreign supplier", |text| {
            text.replacen("<CedentePrestatore>", "<CedentePrestatore><!-- -->", 1).replace(
                "<IdFiscaleIVA><IdPaese>IT</IdPaese><IdCodice>76543211007</IdCodice></IdFiscaleIVA>",
                "<IdFiscaleIVA><IdPaese>DE</IdPaese><IdCodice>123456789</IdCodice></IdFiscaleIVA>",
            )
        })],
    },
    Trial {
        id: "INV-020",
        fails: &[
            facts("no order", |facts| facts.order = Fact::Known(None)),
            facts("only named", |facts| known(facts).is_linked = false),
        ],
        passes: &[text("as it is", str::to_owned)],
    },
    Trial {
        id: "INV-021",
        fails: &[facts("another supplier", |facts| known(facts).supplier = "12345678903".into())],
        passes: &[text("as it is", str::to_owned)],
    },
    Trial {
        id: "INV-022",
        fails: &[
            facts("revoked", |facts| known(facts).state = OrderState::Revoked),
            facts("refused by the supplier", |facts| known(facts).state = OrderState::SupplierRefused),
            facts("still a draft", |facts| known(facts).state = OrderState::Submitted),
        ],
        passes: &[Change {
            says: "a credit note after the revocation",
            text: credit_note,
            facts: |facts| known(facts).state = OrderState::Revoked,
        }],
    },
    Trial {
        id: "INV-023",
        fails: &[text("the day before", |text| {
            text.replacen("<Data>2026-04-20</Data>", "<Data>2026-03-11</Data>", 1)
        })],
        passes: &[text("the same day", |text| {
            text.replacen("<Data>2026-04-20</Data>", "<Data>2026-03-12</Data>", 1)
        })],
    },
    Trial {
        id: "INV-024",
        fails: &[text("tomorrow", replaced!("<Data>2026-04-20</Data>", "<Data>2026-04-23</Data>"))],
        passes: &[text("today", replaced!("<Data>2026-04-20</Data>", "<Data>2026-04-22</Data>"))],
    },
    Trial {
        id: "INV-030",
        fails: &[text("none", replaced!("<CodiceCUP>J51B26000010006</CodiceCUP>", ""))],
        passes: &[text("in another block", |text| {
            text.replace("<CodiceCUP>J51B26000010006</CodiceCUP>", "").replace(
                "</DatiOrdineAcquisto>",
                "</DatiOrdineAcquisto><DatiRicezione><IdDocumento>1</IdDocumento><CodiceCUP>J51B26000010006</CodiceCUP></DatiRicezione>",
            )
        })],
    },
    Trial {
        id: "INV-031",
        fails: &[
            text("another project", replaced!("J51B26000010006", "J51B26000010007")),
            text("no CUP at all", replaced!("J51B26000010006", "123abc")),
        ],
        passes: &[text("written with blanks", replaced!("J51B26000010006", "j51b26000010006"))],
    },
    Trial {
        id: "INV-032",
        fails: &[text("none", replaced!("<CodiceCIG>BFA0B1C51C</CodiceCIG>", ""))],
        passes: &[text("as it is", str::to_owned)],
    },
    Trial {
        id: "INV-033",
        fails: &[
            text("another contract", replaced!("BFA0B1C51C", "B1A5544327")),
            text("an exclusion", replaced!("BFA0B1C51C", "ES01")),
        ],
        passes: &[text("in lower case", replaced!("BFA0B1C51C", "bfa0b1c51c"))],
    },
    Trial {
        id: "INV-034",
        fails: &[Change {
            says: "check digits, and no order to compare with",
            text: replaced!("BFA0B1C51C", "BFA0B1C51D"),
            facts: |facts| facts.order = Fact::Known(None),
        }],
        passes: &[facts("a good one without an order", |facts| facts.order = Fact::Known(None))],
    },
    Trial {
        id: "INV-035",
        fails: &[text(
            "not named",
            replaced!("<Causale>Determina di impegno n. 112 del 10/03/2026</Causale>", ""),
        )],
        passes: &[text("in a contract", |text| {
            text.replace("<Causale>Determina di impegno n. 112 del 10/03/2026</Causale>", "").replace(
                "</DatiOrdineAcquisto>",
                "</DatiOrdineAcquisto><DatiContratto><IdDocumento>DET 112/2026</IdDocumento></DatiContratto>",
            )
        })],
    },
    Trial {
        id: "INV-040",
        fails: &[text("two cents off", replaced!("<PrezzoUnitario>7749.20<", "<PrezzoUnitario>7749.22<"))],
        passes: &[
            text("a cent off", replaced!("<PrezzoUnitario>7749.20<", "<PrezzoUnitario>7749.21<")),
            text("a discount of the line", |text| {
                let discount = "<ScontoMaggiorazione><Tipo>SC</Tipo><Percentuale>50.00</Percentuale></ScontoMaggiorazione>";
                text.replace(
                    "<PrezzoUnitario>7749.20</PrezzoUnitario>",
                    &format!("<PrezzoUnitario>15498.40</PrezzoUnitario>{discount}"),
                )
            }),
        ],
    },
    Trial {
        id: "INV-041",
        fails: &[text("two cents off", |text| {
            text.replacen("<PrezzoTotale>7749.20<", "<PrezzoTotale>7749.22<", 1)
        })],
        passes: &[text("a cent off", |text| {
            text.replacen("<PrezzoTotale>7749.20<", "<PrezzoTotale>7749.21<", 1)
        })],
    },
    Trial {
        id: "INV-042",
        fails: &[text("two cents off", replaced!("<Imposta>2194.54<", "<Imposta>2194.56<"))],
        passes: &[text("less than a cent off", replaced!("<Imposta>2194.54<", "<Imposta>2194.55<"))],
    },
    Trial {
        id: "INV-043",
        fails: &[text("two cents off", replaced!(">12169.74</ImportoTotale", ">12169.76</ImportoTotale"))],
        passes: &[
            text("not stated", replaced!("<ImportoTotaleDocumento>12169.74</ImportoTotaleDocumento>", "")),
            text("with the stamp duty", |text| {
                text.replace(
                    "<ImportoTotaleDocumento>12169.74",
                    "<DatiBollo><BolloVirtuale>SI</BolloVirtuale><ImportoBollo>2.00</ImportoBollo></DatiBollo><ImportoTotaleDocumento>12171.74",
                )
            }),
        ],
    },
    Trial {
        id: "INV-044",
        fails: &[
            text("a rate of zero without its reason", |text| {
                text.replacen("<AliquotaIVA>22.00<", "<AliquotaIVA>0.00<", 1)
            }),
            text("a reason beside a rate", |text| {
                text.replacen("</AliquotaIVA>", "</AliquotaIVA><Natura>N4</Natura>", 1)
            }),
        ],
        passes: &[text("zero with its reason", |text| {
            text.replace(
                "<AliquotaIVA>22.00</AliquotaIVA>",
                "<AliquotaIVA>0.00</AliquotaIVA><Natura>N4</Natura>",
            )
        })],
    },
    Trial {
        id: "INV-045",
        fails: &[text("a general code", |text| {
            text.replace(
                "<AliquotaIVA>22.00</AliquotaIVA>",
                "<AliquotaIVA>0.00</AliquotaIVA><Natura>N2</Natura>",
            )
        })],
        passes: &[text("a detailed code", |text| {
            text.replace(
                "<AliquotaIVA>22.00</AliquotaIVA>",
                "<AliquotaIVA>0.00</AliquotaIVA><Natura>N2.1</Natura>",
            )
        })],
    },
    Trial {
        id: "INV-046",
        fails: &[text("letters only", replaced!("<Numero>2026/15<", "<Numero>A/B<"))],
        passes: &[text("one digit", replaced!("<Numero>2026/15<", "<Numero>A/1<"))],
    },
    Trial {
        id: "INV-047",
        fails: &[text("dollars", replaced!("<Divisa>EUR<", "<Divisa>USD<"))],
        passes: &[text("as it is", str::to_owned)],
    },
    Trial {
        id: "INV-048",
        fails: &[text("immediate", replaced!("<EsigibilitaIVA>S<", "<EsigibilitaIVA>I<"))],
        passes: &[text("immediate, with tax withheld", |text| {
            let withheld = "<DatiRitenuta><TipoRitenuta>RT02</TipoRitenuta><ImportoRitenuta>10.00</ImportoRitenuta><AliquotaRitenuta>20.00</AliquotaRitenuta><CausalePagamento>A</CausalePagamento></DatiRitenuta><ImportoTotaleDocumento>";
            text.replace("<EsigibilitaIVA>S<", "<EsigibilitaIVA>I<")
                .replace("<ImportoTotaleDocumento>", withheld)
        })],
    },
    Trial {
        id: "INV-049",
        fails: &[Change {
            says: "ordered at ten per cent",
            text: with_codes,
            facts: |facts| known(facts).lines[0].vat_rate = Some("10.00".parse().unwrap()),
        }],
        passes: &[text("the rate of the order", with_codes)],
    },
    Trial {
        id: "INV-050",
        fails: &[text(
            "the VAT asked for too",
            replaced!("<ImportoPagamento>9975.20<", "<ImportoPagamento>12169.74<"),
        )],
        passes: &[text("as it is", str::to_owned)],
    },
    Trial {
        id: "INV-051",
        fails: &[text("a negative total", |text| {
            let text = text.replace(">9975.20<", ">-9975.20<").replace(">2194.54<", ">-2194.54<");
            text.replace(">12169.74<", ">-12169.74<")
        })],
        passes: &[text("as it is", str::to_owned)],
    },
    Trial {
        id: "INV-060",
        fails: &[
            facts("here already", |facts| {
                facts.same_invoice =
                    Fact::Known(vec![InvoiceUse { id: Some("invoice-9".into()), cup: None }]);
            }),
            facts("under another CUP", |facts| {
                let cup = Some("J51B26000010007".into());
                facts.same_invoice = Fact::Known(vec![InvoiceUse { id: Some("invoice-9".into()), cup }]);
            }),
        ],
        passes: &[text("as it is", str::to_owned)],
    },
    Trial {
        id: "INV-061",
        fails: &[text("of an invoice that is not here", credit_note)],
        passes: &[Change {
            says: "of an invoice that is here",
            text: credit_note,
            facts: |facts| corrected(facts, 2_000_000, 0),
        }],
    },
    Trial {
        id: "INV-062",
        fails: &[Change {
            says: "two cents more than is left",
            text: credit_note,
            facts: |facts| corrected(facts, 2_000_000, 783_028),
        }],
        passes: &[Change {
            says: "all that is left",
            text: credit_note,
            facts: |facts| corrected(facts, 2_000_000, 783_026),
        }],
    },
    Trial {
        id: "INV-070",
        fails: &[facts("two cents were invoiced before", |facts| {
            known(facts).invoiced = Money::from_cents(2)
        })],
        passes: &[facts("a cent, within the tolerance", |facts| {
            known(facts).invoiced = Money::from_cents(1)
        })],
    },
    Trial {
        id: "INV-071",
        fails: &[Change {
            says: "one was invoiced before",
            text: with_codes,
            facts: |facts| known(facts).lines[0].invoiced = "1".parse().unwrap(),
        }],
        passes: &[text("all that was ordered", with_codes)],
    },
    Trial {
        id: "INV-072",
        fails: &[Change {
            says: "a cent dearer",
            text: with_codes,
            facts: |facts| known(facts).lines[0].unit_price = Some("185.49".parse().unwrap()),
        }],
        passes: &[Change {
            says: "rounded to the cent",
            text: with_codes,
            facts: |facts| known(facts).lines[0].unit_price = Some("185.4950".parse().unwrap()),
        }],
    },
    Trial {
        id: "INV-080",
        fails: &[
            facts("running", |facts| term(facts, 10, false, false)),
            facts("pressing", |facts| term(facts, 2, false, false)),
            facts("over", |facts| term(facts, -1, false, false)),
        ],
        passes: &[facts("answered", |facts| term(facts, 10, false, true))],
    },
];

#[test]
fn every_rule_of_invoices_is_tried() {
    let listed: Vec<_> =
        RULES.iter().filter(|rule| matches!(rule.check, Check::Invoice(_))).map(|rule| rule.id).collect();
    assert_eq!(TRIALS.iter().map(|trial| trial.id).collect::<Vec<_>>(), listed);
    assert_eq!(listed.iter().collect::<BTreeSet<_>>().len(), listed.len());
    assert!(listed.len() >= 16);
}

#[test]
fn the_example_keeps_every_rule() {
    let judgement = judged(&text("as it is", str::to_owned));
    assert_eq!(judgement, Judgement { verdict: Verdict::Accepted, findings: Vec::new() });
}

#[test]
fn each_rule_finds_what_breaks_it_and_nothing_in_what_does_not() {
    for trial in TRIALS {
        for change in trial.fails {
            let judgement = judged(change);
            let found = of_rule(&judgement, trial.id);
            assert!(!found.is_empty(), "{} {}: not found", trial.id, change.says);
            for finding in found {
                assert!(finding.field.starts_with("/FatturaElettronica"), "{} {:?}", trial.id, finding.field);
            }
        }
        for change in trial.passes {
            let judgement = judged(change);
            assert_eq!(of_rule(&judgement, trial.id), Vec::<&Finding>::new(), "{} {}", trial.id, change.says);
        }
    }
}

#[test]
fn what_is_found_is_as_it_was() {
    let told = TRIALS.iter().flat_map(|trial| {
        trial.fails.iter().flat_map(|change| {
            let judgement = judged(change);
            let lines = of_rule(&judgement, trial.id).into_iter().map(|finding| {
                let action = finding.action.map_or("-", Remedy::as_str);
                let (severity, field) = (finding.severity.as_str(), &finding.field);
                format!("{} {severity} {action} {field}\n  {}", finding.rule, finding.message.it)
            });
            lines.collect::<Vec<_>>()
        })
    });
    insta::assert_snapshot!(told.collect::<Vec<_>>().join("\n"));
}

#[test]
fn the_way_out_depends_on_the_term_of_sdi() {
    let without_cup: fn(&str) -> String = replaced!("<CodiceCUP>J51B26000010006</CodiceCUP>", "");
    let action = |facts: fn(&mut InvoiceFacts)| {
        let judgement = judged(&Change { says: "", text: without_cup, facts });
        of_rule(&judgement, "INV-030")[0].action
    };
    let refuse = Some(Remedy::Refuse(RefusalCause::CigCup));
    assert_eq!(action(|facts| term(facts, 1, false, false)), refuse);
    assert_eq!(action(|facts| facts.sdi = None), refuse);
    assert_eq!(action(|facts| term(facts, -1, false, false)), Some(Remedy::Attestation));
    assert_eq!(action(|facts| term(facts, 1, true, false)), Some(Remedy::Attestation));
    assert_eq!(action(|facts| term(facts, 1, false, true)), Some(Remedy::Attestation));
}

#[test]
fn a_fact_that_could_not_be_had_is_neither_pass_nor_fail() {
    fn lost<T>() -> Fact<T> {
        Fact::Unavailable(Text::new("manca", "missing"))
    }
    let change = facts("nothing is known", |facts| {
        (facts.participation, facts.order) = (lost(), lost());
        (facts.same_invoice, facts.corrected) = (lost(), lost());
        facts.signature = SignatureFacts::NotVerified;
        facts.sdi = None;
    });
    let judgement = judged(&change);
    assert_eq!(judgement.verdict, Verdict::Accepted);
    assert!(judgement.findings.len() >= 10);
    assert!(judgement.findings.iter().all(|finding| finding.severity == Severity::Info));
}

#[test]
fn a_break_of_the_schema_goes_with_its_invoice() {
    let broken = judged(&text("a currency in letters", replaced!("<Divisa>EUR<", "<Divisa>Euro<")));
    let found = of_rule(&broken, "FPA-000");
    assert_eq!(found.len(), 1);
    assert_eq!(broken.verdict, Verdict::Refused);
    assert!(found[0].message.it.contains("3 lettere maiuscole"), "{:?}", found[0]);
}
