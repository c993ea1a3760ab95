// SPDX-License-Identifier: EUPL-1.2
//! ISTAT codes of the twenty regions, by the name that the table of Comuni uses.

const REGIONS: [(&str, &str); 20] = [
    ("01", "Piemonte"),
    ("02", "Valle d'Aosta/Vallée d'Aoste"),
    ("03", "Lombardia"),
    ("04", "Trentino-Alto Adige/Südtirol"),
    ("05", "Veneto"),
    ("06", "Friuli-Venezia Giulia"),
    ("07", "Liguria"),
    ("08", "Emilia-Romagna"),
    ("09", "Toscana"),
    ("10", "Umbria"),
    ("11", "Marche"),
    ("12", "Lazio"),
    ("13", "Abruzzo"),
    ("14", "Molise"),
    ("15", "Campania"),
    ("16", "Puglia"),
    ("17", "Basilicata"),
    ("18", "Calabria"),
    ("19", "Sicilia"),
    ("20", "Sardegna"),
];

/// The two-digit code of a region.
pub fn region_code(name: &str) -> Option<&'static str> {
    REGIONS.iter().find(|(_, region)| *region == name).map(|(code, _)| *code)
}

#[cfg(test)]
mod tests {
    use crate::reference::Reference;

    #[test]
    fn every_comune_lies_in_a_region_with_a_code() {
        let reference = Reference::embedded().unwrap();
        for comune in reference.comuni.iter() {
            assert!(super::region_code(&comune.region).is_some(), "{}: {}", comune.name, comune.region);
        }
    }
}
