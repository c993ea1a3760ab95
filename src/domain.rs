// SPDX-License-Identifier: EUPL-1.2
//! The values of the domain, parsed once and correct from then on. Nothing here does I/O or is async.
//!
//! # Glossary
//! | word | meaning |
//! | --- | --- |
//! | Comune | an Italian municipality; known by ISTAT code, Belfiore code, tax code or IPA code |
//! | CIG | *codice identificativo gara*: the code ANAC gives to a purchase |
//! | CUP | *codice unico di progetto*: the code of a public investment project |
//! | codice fiscale | tax code: 11 digits for a body, 16 characters for a person |
//! | partita IVA | VAT number: 11 digits |
//! | codice IPA | the code of a public body in the index of public administrations |
//! | codice ufficio | the six-character office that receives invoices and orders |
//! | codice Belfiore | the land-registry code of a Comune, `[A-M]` and three digits |
//! | CPV | *common procurement vocabulary*: what is bought, eight digits |
//! | SdI | *sistema di interscambio*: it carries every electronic invoice, and gives each file its number |
//! | OPI | *ordinativo informatico*: order of payment (*mandato*) or collection (*reversale*) given to the treasury bank |
//! | ODA | *ordine diretto di acquisto*: a direct purchase order on the MePA |

pub mod belfiore;
pub mod budget;
pub mod cig;
pub mod cig_check;
mod cig_exclusion;
pub mod code;
pub mod codice_fiscale;
pub mod codice_ipa;
pub mod codice_ufficio;
pub mod cpv;
pub mod cup;
pub mod cup_codes;
pub mod decimal;
pub mod declaration;
mod exact;
pub mod finding;
pub mod found;
pub mod grant_act;
pub mod iban;
pub mod invoice;
pub mod istat;
pub mod linking;
pub mod matching;
pub mod money;
mod money_italian;
pub mod oda;
pub mod opi;
pub mod order;
pub mod order_state;
pub mod participation;
pub mod partita_iva;
pub mod payment;
pub mod reason;
pub mod remedy;
pub mod role;
pub mod rome;
pub mod saying;
pub mod sdi;
pub mod sha256;
pub mod share;
pub mod spending;
pub mod text;
pub(crate) mod windows_1252;
