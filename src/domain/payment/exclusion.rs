// SPDX-License-Identifier: EUPL-1.2
//! Why a payment bears no CIG: 27 words, each the one that the national list of orders puts before its code `ES01` to `ES27`.
//! The two lists differ in the spelling of one.

use crate::domain::cig::CigExclusion;

/// The words, in the order of their codes. The schema of payments writes one of them with a blank.
const WORDS: [&str; 27] = [
    "ACQUISTO_LOCAZIONE",
    "ARBITRATO",
    "SERVIZI_BANCHE_CENTRALI_EFSF",
    "CONTRATTI_LAVORO",
    "CONTRATTI_DIFESA",
    "SERVIZI_CAMPAGNE_POLITICHE",
    "DIRITTO_ESCLUSIVO",
    "APPALTI_ENERGIA_ACQUA",
    "CONCESSIONI_PAESI_TERZI",
    "SPONSORIZZAZIONE_PURA",
    "ACCORDO_AMM_AGGIUDICATRICI",
    "AFFIDAMENTI_IN_HOUSE",
    "JOINT_VENTURE",
    "IMPRESA_COLLEGATA",
    "ATTIVITA_CONCORRENZA",
    "AMMINISTRAZIONE DIRETTA",
    "CONTRATTI_ESTERO",
    "TRASPORTO_AEREO",
    "INCARICHI_COLLABORAZIONE",
    "EROGAZIONI_LIBERALITA",
    "CONTRATTI_ASSOCIAZIONE",
    "CONTRATTI_AUTORITA_GIUDIZIARIA",
    "RISARCIMENTI_INDENNIZZI",
    "SPESE_ECONOMALI",
    "PRESTAZIONI",
    "RIASSICURAZIONE",
    "TRASFERIMENTO_FONDI",
];

/// The exclusion that a word of `motivo_esclusione_cig_siope` stands for.
///
/// ```
/// use mepa_gateway::domain::payment::exclusion_of_word;
/// let exclusion = exclusion_of_word("SPESE_ECONOMALI").map(|exclusion| exclusion.number());
/// assert_eq!(exclusion, Some(24));
/// assert_eq!(exclusion_of_word("ALTRO"), None);
/// ```
#[must_use]
pub fn exclusion_of_word(word: &str) -> Option<CigExclusion> {
    let same = |known: &str| known.split([' ', '_']).eq(word.split([' ', '_']));
    let position = WORDS.iter().position(|known| same(known))?;
    format!("ES{:02}", position.saturating_add(1)).parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_word_has_its_code_however_it_is_spelt() {
        for (number, word) in (1..).zip(WORDS) {
            assert_eq!(exclusion_of_word(word).unwrap().number(), number, "{word}");
        }
        assert_eq!(
            exclusion_of_word("AMMINISTRAZIONE_DIRETTA"),
            exclusion_of_word("AMMINISTRAZIONE DIRETTA")
        );
        assert_eq!(exclusion_of_word(""), None);
        assert_eq!(exclusion_of_word("arbitrato"), None);
    }
}
