// SPDX-License-Identifier: EUPL-1.2
//! The layout of the Protocollo Unico against its published structures and controls.

use mepa_gateway::programme::Programme;
use mepa_gateway::report::puc::CONTROLS;

use super::dossier;
use crate::shared::shared;
use crate::support::TestApp;

#[test]
fn structures_have_the_published_fields_in_their_order() {
    let Some(path) = shared("schemas/puc-igrue/puc_strutture.csv") else { return };
    let mut reader = csv::Reader::from_path(path).unwrap();
    let published: Vec<Vec<String>> =
        reader.records().map(|record| record.unwrap().iter().map(str::to_owned).collect()).collect();
    let map = Programme::embedded("risorse-in-comune").unwrap().puc.unwrap();
    assert_eq!(map.structures.len(), 6);
    for structure in &map.structures {
        let code = structure.code.as_str();
        let of_code: Vec<_> = published.iter().filter(|row| row[0] == code).collect();
        let expected: Vec<(&str, Option<usize>)> = of_code
            .iter()
            .map(|row| (row[3].as_str(), row[5].parse().ok().filter(|_| row[4] == "string")))
            .collect();
        let names: Vec<&str> = structure.fields.iter().map(|field| field.name.as_str()).collect();
        assert_eq!(names, expected.iter().map(|(name, _)| *name).collect::<Vec<_>>(), "{code}");
        for (field, (_, max)) in structure.fields.iter().zip(expected) {
            let is_empty = matches!(&field.content, mepa_gateway::programme::PucContent::Constant(text) if text.is_empty());
            assert!(
                is_empty || max.is_none() || field.max.is_some_and(|own| Some(own) <= max),
                "{code} {}",
                field.name
            );
        }
    }
}

#[tokio::test]
async fn controls_are_published_ones() {
    let Some(path) = shared("schemas/puc-igrue/puc_controlli.csv") else { return };
    let published = std::fs::read_to_string(path).unwrap();
    let test = TestApp::purchasing().await;
    let opened = dossier(&test).await;
    let rows = opened.rows(CONTROLS.name);
    for asked in ["018", "019", "026", "027", "028", "031", "032", "033", "034", "035", "050", "052"] {
        assert!(rows.iter().any(|row| row["control"] == asked), "{asked} is not made");
    }
    for row in &rows {
        let number = row["control"].as_str().unwrap();
        assert!(
            published.lines().any(|line| line.starts_with(&format!("{number},"))),
            "{number} is not published"
        );
    }
}
