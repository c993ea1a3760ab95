// SPDX-License-Identifier: EUPL-1.2
//! The PNRR declarations that accompany an order: what is declared, in which capacity, about what.

use std::str::FromStr;

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};
use thiserror::Error;

use super::sha256::Sha256;
use super::text::{Bilingual, Text};

/// A word is not one of a closed list.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("{found:?} is not a {}; known: {known}", .list.en)]
pub struct UnknownWord {
    /// What was found.
    pub found: String,
    /// Name of the list.
    pub list: Text,
    /// Every word of the list, parted by commas.
    pub known: String,
}

impl Bilingual for UnknownWord {
    fn italian(&self) -> String {
        let Self { found, list, known } = self;
        format!("{found:?} non è ammesso come {}; valori ammessi: {known}", list.it)
    }
}

/// An enum that is a closed list of words: the same word in JSON, in `config/` and in the store.
macro_rules! words {
    ($(#[$doc:meta])* $ty:ident, $list_it:literal, $list_en:literal { $($(#[$variant_doc:meta])* $variant:ident = $word:literal, $label:literal;)+ }) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(rename_all = "snake_case")]
        pub enum $ty {
            $($(#[$variant_doc])* $variant,)+
        }

        impl $ty {
            /// Every value, in the order of the list.
            pub const ALL: &'static [Self] = &[$(Self::$variant),+];

            /// The word used in documents, `config/` and the store.
            #[must_use]
            pub const fn as_str(self) -> &'static str {
                match self {
                    $(Self::$variant => $word,)+
                }
            }

            /// The name that users read, in Italian.
            #[must_use]
            pub const fn label_it(self) -> &'static str {
                match self {
                    $(Self::$variant => $label,)+
                }
            }
        }

        impl std::fmt::Display for $ty {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.pad(self.as_str())
            }
        }

        impl FromStr for $ty {
            type Err = UnknownWord;

            fn from_str(raw: &str) -> Result<Self, UnknownWord> {
                Self::ALL.iter().copied().find(|value| value.as_str() == raw).ok_or_else(|| UnknownWord {
                    found: raw.to_owned(),
                    list: Text::new($list_it, $list_en),
                    known: Self::ALL.iter().map(|value| value.as_str()).collect::<Vec<_>>().join(", "),
                })
            }
        }
    };
}

words! {
    /// The four declarations of the purchase kit.
    DeclarationKind, "tipo di dichiarazione", "kind of declaration" {
        /// N. 1: the principles of the PNRR are kept.
        PrincipiPnrr = "principi_pnrr", "Dichiarazione rispetto principi PNRR";
        /// N. 2: requirements, titolare effettivo, dedicated account (DPR 445/2000).
        Autodichiarazione = "autodichiarazione", "Autodichiarazione";
        /// N. 3: no conflict of interest.
        AssenzaConflittoInteresse = "assenza_conflitto_interesse", "Dichiarazione assenza conflitto di interesse";
        /// N. 4: the goods keep DNSH and CAM.
        DnshCam = "dnsh_cam", "Dichiarazione DNSH/CAM";
    }
}

words! {
    /// In which capacity a person signs. One person may sign in several.
    SignerCapacity, "qualifica di chi firma", "capacity of a signer" {
        /// Responsabile unico del progetto.
        Rup = "rup", "Responsabile unico del progetto (RUP)";
        /// Signs and sends the order.
        PuntoOrdinante = "punto_ordinante", "Punto Ordinante";
        /// Prepares the order.
        PuntoIstruttore = "punto_istruttore", "Punto Istruttore";
        /// Legal representative of the supplier.
        LegaleRappresentanteFornitore = "legale_rappresentante_fornitore", "Legale rappresentante del fornitore";
        /// Beneficial owner of the supplier.
        TitolareEffettivo = "titolare_effettivo", "Titolare effettivo";
        /// Anybody else.
        Altro = "altro", "Altro";
    }
}

words! {
    /// What a declaration covers.
    DeclarationScope, "ambito di una dichiarazione", "scope of a declaration" {
        /// Everything of one Comune in the programme.
        Comune = "comune", "Comune";
        /// Everything one supplier sells to one Comune in the programme.
        Fornitore = "fornitore", "Fornitore";
        /// One order.
        Oda = "oda", "ODA";
        /// One line of an order.
        Riga = "riga", "Riga dell'ODA";
    }
}

words! {
    /// Which environmental rule the goods of a catalogue sheet fall under.
    GreenRule, "regola ambientale", "green rule" {
        /// CAM furniture, DM 254 of 23 June 2022.
        CamArredi = "cam_arredi", "CAM arredi (DM 254 del 23/06/2022)";
        /// CAM printers and multifunction devices, DM 17 October 2019, with DNSH.
        CamStampanti = "cam_stampanti", "CAM stampanti (DM 17/10/2019) e DNSH";
        /// CAM cartridges, DM 17 October 2019.
        CamCartucce = "cam_cartucce", "CAM cartucce (DM 17/10/2019)";
        /// DNSH, electrical and electronic equipment.
        DnshAee = "dnsh_aee", "DNSH apparecchiature elettriche ed elettroniche";
        /// DNSH, hosting and cloud services.
        DnshCloud = "dnsh_cloud", "DNSH servizi di hosting e cloud";
        /// None: the DNSH/CAM declaration is not due.
        None = "none", "Nessuna";
    }
}

impl GreenRule {
    /// Whether evidence is due at all.
    #[must_use]
    pub const fn asks_evidence(self) -> bool {
        match self {
            Self::CamArredi | Self::CamStampanti | Self::CamCartucce | Self::DnshAee | Self::DnshCloud => {
                true
            }
            Self::None => false,
        }
    }
}

/// A declaration as handed in.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Declaration {
    /// Which of the four.
    pub kind: DeclarationKind,
    /// In which capacity it was signed.
    pub signer_capacity: SignerCapacity,
    /// What it covers.
    pub scope: DeclarationScope,
    /// The line it covers when the scope is one line: the `line_id` of the order.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub line_id: Option<String>,
    /// Day of the signature.
    pub signed_on: NaiveDate,
    /// Last day of its validity, when it has one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub valid_until: Option<NaiveDate>,
    /// The signed file.
    pub document: DeclarationDocument,
    /// Of a DNSH/CAM declaration: what shows that each green rule is kept.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub evidence: Vec<GreenEvidence>,
}

/// What shows that the goods keep one green rule, or why it does not concern them.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct GreenEvidence {
    /// The rule.
    pub green_rule: GreenRule,
    /// The technical document.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub document: Option<DeclarationDocument>,
    /// Why the rule does not concern the goods.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub not_applicable: Option<String>,
}

/// The signed file of a declaration: named and fingerprinted, not carried.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DeclarationDocument {
    /// Name of the file.
    pub file_name: String,
    /// Media type, such as `application/pkcs7-mime` (CAdES) or `application/pdf` (PAdES).
    pub media_type: String,
    /// SHA-256 of the file.
    pub sha256: Sha256,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_word_is_the_same_in_json_and_in_config() {
        for kind in DeclarationKind::ALL {
            assert_eq!(serde_json::to_string(kind).unwrap(), format!("{:?}", kind.as_str()));
            assert_eq!(kind.as_str().parse::<DeclarationKind>().unwrap(), *kind);
        }
        for capacity in SignerCapacity::ALL {
            assert_eq!(serde_json::to_string(capacity).unwrap(), format!("{:?}", capacity.as_str()));
        }
        for scope in DeclarationScope::ALL {
            assert_eq!(serde_json::to_string(scope).unwrap(), format!("{:?}", scope.as_str()));
        }
        for rule in GreenRule::ALL {
            assert_eq!(serde_json::to_string(rule).unwrap(), format!("{:?}", rule.as_str()));
        }
    }

    #[test]
    fn an_unknown_word_is_told_with_the_known_ones() {
        let error = "sindaco".parse::<SignerCapacity>().unwrap_err();
        assert!(
            error
                .to_string()
                .starts_with("\"sindaco\" is not a capacity of a signer; known: rup, punto_ordinante")
        );
        assert!(error.italian().starts_with(
            "\"sindaco\" non è ammesso come qualifica di chi firma; valori ammessi: rup, punto_ordinante"
        ));
    }

    #[test]
    fn a_declaration_reads_and_writes_the_published_form() {
        let print = "ab".repeat(32);
        let json = format!(
            r#"{{"kind":"principi_pnrr","signer_capacity":"legale_rappresentante_fornitore","scope":"oda","signed_on":"2026-03-10","document":{{"file_name":"d.pdf.p7m","media_type":"application/pkcs7-mime","sha256":"{print}"}}}}"#
        );
        let declaration: Declaration = serde_json::from_str(&json).unwrap();
        assert_eq!(serde_json::to_string(&declaration).unwrap(), json);
        assert!(serde_json::from_str::<Declaration>(&json.replace("\"scope\"", "\"scop\"")).is_err());
    }
}
