// SPDX-License-Identifier: EUPL-1.2
//! Signatures made by xmlsec1 (`tests/fixtures/make-signed.sh`), whole and damaged.

use proptest::prelude::*;

use super::super::tests::fixture;
use super::*;

const GOOD: [(&str, &str); 4] = [
    ("xades_rsa.xml", "RSA SHA-256"),
    ("xades_exclusive.xml", "RSA SHA-512"),
    ("xades_subtract.xml", "ECDSA SHA-256"),
    ("xades_p384.xml", "ECDSA SHA-384"),
];

const FILTER: &str = "http://www.w3.org/2002/06/xmldsig-filter2";
const ENVELOPED: &str = "2000/09/xmldsig#enveloped-signature";

fn document(name: &str) -> String {
    String::from_utf8(fixture(name)).unwrap()
}

fn standing(xml: &str) -> Standing {
    let mut signatures = xml_signatures(xml);
    assert_eq!(signatures.len(), 1);
    signatures.remove(0).standing
}

/// The document with one change, which must find its place.
fn changed(name: &str, from: &str, to: &str) -> String {
    let xml = document(name);
    assert!(xml.contains(from), "{from} in {name}");
    xml.replacen(from, to, 1)
}

#[test]
fn good_signatures_of_every_supported_kind_are_intact() {
    for (name, algorithm) in GOOD {
        let signature = xml_signatures(&document(name)).remove(0);
        assert_eq!(signature.standing, Standing::Intact, "{name}");
        assert_eq!(signature.algorithm, algorithm);
        assert_eq!(signature.signer.as_deref(), Some("Nicolò Inesistente"));
        assert_eq!(signature.signed_at.unwrap().to_string(), "2026-03-01 09:00:00 UTC");
    }
    assert_eq!(standing(&document("xades_sha1.xml")), Standing::NotVerifiable(Obstacle::Sha1));
}

#[test]
fn what_xml_does_not_tell_apart_is_not_called_tampered() {
    for (name, _) in GOOD {
        let same = [
            document(name).replace('\n', "\r\n"),
            format!("\u{feff}{}", document(name)),
            changed(name, "<Vuoto/>", "<Vuoto></Vuoto >"),
            changed(name, "b=\"1\"", "b = '&#49;'"),
            changed(name, "perch\u{e9}", "perch&#233;"),
            changed(name, "<![CDATA[<1>]]>", "&lt;1&gt;"),
            changed(name, "an invoice", "no invoice"),
            changed(name, "<Vuoto/>", "<!-- x --><Vuoto/>"),
        ];
        for xml in same {
            assert_eq!(standing(&xml), Standing::Intact, "{name}: {xml}");
        }
    }
}

#[test]
fn every_change_that_xml_tells_apart_is_called_tampered() {
    for (name, _) in GOOD {
        let changes = [
            changed(name, "FPA12", "FPA92"),
            changed(name, "<Vuoto/>", "<Vuoto>&#32;</Vuoto>"),
            changed(name, "<Vuoto/>", "<Vuoto xmlns='urn:x'/>"),
            changed(name, "<Vuoto/>", "<?x y?><Vuoto/>"),
            changed(name, " b=\"1\"", " b=\" 1\""),
            changed(name, "&#13;", ""),
            changed(name, "2026-03-01T10", "2026-03-01T11"),
            changed(name, "<ds:SignatureValue>", "<ds:SignatureValue>AAAA"),
        ];
        for (number, xml) in changes.iter().enumerate() {
            let found = standing(xml);
            // The pair of an ECDSA signature with bytes too many is no pair at all.
            let is_no_pair = number == 7 && found == Standing::NotVerifiable(Obstacle::Malformed);
            assert!(found == Standing::Tampered || is_no_pair, "{name}: {found:?} {xml}");
        }
    }
}

#[test]
fn what_cannot_be_told_is_not_called_tampered() {
    let algorithm = |name: &str| Obstacle::Algorithm(name.into());
    let name = "xades_rsa.xml";
    let cases = [
        (
            changed(name, "#rsa-sha256", "#rsa-md5"),
            algorithm("http://www.w3.org/2001/04/xmldsig-more#rsa-md5"),
        ),
        (
            changed(name, "#enveloped-signature", "#other"),
            algorithm("http://www.w3.org/2000/09/xmldsig#other"),
        ),
        (changed(name, "xmlenc#sha256", "xmlenc#md5"), algorithm("http://www.w3.org/2001/04/xmlenc#md5")),
        (changed(name, "REC-xml-c14n-2001", "REC-2001"), algorithm("http://www.w3.org/TR/2001/REC-20010315")),
        (changed(name, "#K", "http://example.org/"), Obstacle::Reference),
        (changed(name, "#K", "#nowhere"), Obstacle::Reference),
        (changed("xades_subtract.xml", "/descendant::ds:", "/descendant::p:"), algorithm(FILTER)),
        (changed("xades_subtract.xml", "\"subtract\"", "\"union\""), algorithm(FILTER)),
        (changed("xades_exclusive.xml", ENVELOPED, "2001/10/xml-exc-c14n#"), Obstacle::Reference),
        (
            changed(name, "ds:X509Certificate>", "ds:Other>").replacen("ds:X509Certificate>", "ds:Other>", 1),
            Obstacle::NoCertificate,
        ),
    ];
    for (xml, obstacle) in cases {
        // What was changed is signed as well: only the answer to the part that is not understood is looked
        // at.
        let outline = Outline::read(&xml).unwrap();
        let sealed =
            Sealed { xml: &xml, outline: &outline, tree: &outline.signatures[0], drops_blanks: false };
        let ders = sealed.certificates();
        let certificates: Vec<_> =
            ders.iter().map(|der| Certificate::read(Elements::of(der).any().unwrap()).unwrap()).collect();
        let answers = [
            sealed.seal(&sealed.scheme(), &certificates).map(|_| ()),
            sealed.references().and_then(|all| reference::all_fit(&all)).map(|_| ()),
        ];
        assert!(answers.contains(&Err(obstacle)), "{answers:?}");
    }
    assert_eq!(
        standing(&changed(name, "<p:", "<!DOCTYPE x><p:")),
        Standing::NotVerifiable(Obstacle::Malformed)
    );
    assert_eq!(standing(&changed(name, "</ds:Object>", "")), Standing::NotVerifiable(Obstacle::Malformed));
}

#[test]
fn the_certificate_must_be_the_one_that_is_named() {
    assert_eq!(standing(&document("xades_named.xml")), Standing::Intact);
    let misnamed = standing(&document("xades_misnamed.xml"));
    assert_eq!(misnamed, Standing::NotVerifiable(Obstacle::OtherCertificate));
}

#[test]
fn what_is_not_covered_is_not_vouched_for() {
    let part = xml_signatures(&document("xades_part.xml")).remove(0);
    assert_eq!(part.standing, Standing::NotVerifiable(Obstacle::NotWholeDocument));
    assert_eq!(part.signed_at, None);
    // Outside of what is signed, and with a name that is referred to.
    let twice = changed("xades_rsa.xml", "</ds:Signature>", "<ds:Object Id=\"K\"/></ds:Signature>");
    assert_eq!(standing(&twice), Standing::NotVerifiable(Obstacle::Reference));
}

#[test]
fn a_document_laid_out_anew_is_told_from_one_that_was_changed() {
    let flat = document("xades_flat.xml");
    assert_eq!(standing(&flat), Standing::Intact);
    let anew = flat.replace("><", ">\n  <");
    assert_eq!(standing(&anew), Standing::NotVerifiable(Obstacle::Reindented));
    assert_eq!(standing(&anew.replacen("FPA12", "FPA92", 1)), Standing::Tampered);
}

#[test]
fn a_signature_that_was_followed_by_another_is_not_called_tampered() {
    let xml = document("xades_rsa.xml");
    let other = format!("<ds:Signature xmlns:ds=\"{DSIG}\"/></p:FatturaElettronica>");
    let xml = xml.replacen("</p:FatturaElettronica>", &other, 1);
    let standings: Vec<Standing> =
        xml_signatures(&xml).into_iter().map(|signature| signature.standing).collect();
    let obstacles = [Obstacle::OtherSignatures, Obstacle::Malformed];
    assert_eq!(standings, obstacles.map(Standing::NotVerifiable));
    // The form that leaves all signatures out does not mind.
    let xml = document("xades_subtract.xml").replacen("</p:FatturaElettronica>", &other, 1);
    assert_eq!(xml_signatures(&xml)[0].standing, Standing::Intact);
}

#[test]
fn a_signature_moved_around_another_document_is_not_intact() {
    let xml = document("xades_rsa.xml");
    let start = xml.find("<ds:Signature ").unwrap();
    let end = xml.find("</ds:Signature>").unwrap() + "</ds:Signature>".len();
    let signature = &xml[start..end];
    assert_eq!(standing(&format!("<x>{signature}</x>")), Standing::Tampered);
    // Not a child of the root: no signature of this document.
    assert_eq!(xml_signatures(&format!("<x><y>{signature}</y></x>")), []);
    // The same name twice: what is signed could be either.
    let twice = changed("xades_rsa.xml", "<Vuoto/>", "<Vuoto Id=\"P\"/>");
    assert_ne!(standing(&twice), Standing::Intact);
    // The whole document no longer referred to.
    let part = changed("xades_rsa.xml", "URI=\"\"", "URI=\"#K\"");
    assert_ne!(standing(&part), Standing::Intact);
}

#[test]
fn documents_without_signatures_have_none() {
    assert_eq!(xml_signatures(""), []);
    assert_eq!(xml_signatures("<a/>"), []);
    assert_eq!(xml_signatures(&format!("<a xmlns:ds='{DSIG}'/>")), []);
    assert_eq!(xml_signatures(&format!("<ds:Signature xmlns:ds='{DSIG}'/>")), []);
}

#[test]
fn bombs_are_refused_at_once() {
    let deep = format!("<a xmlns='{DSIG}'>{}", "<a>".repeat(1_000_000));
    assert_eq!(standing(&deep), Standing::NotVerifiable(Obstacle::TooComplex));
    let wide: String = (0..200_000).map(|number| format!(" a{number}=''")).collect();
    assert_eq!(
        standing(&format!("<a xmlns='{DSIG}'{wide}/>")),
        Standing::NotVerifiable(Obstacle::TooComplex)
    );
    for many in ["<Signature/>".repeat(100_000), format!("<b>{}</b>", "<Signature/>".repeat(100_000))] {
        let many = format!("<a xmlns='{DSIG}'>{many}</a>");
        assert_eq!(standing(&many), Standing::NotVerifiable(Obstacle::TooComplex));
    }
    let few = xml_signatures(&format!("<a xmlns='{DSIG}'>{}</a>", "<Signature/>".repeat(6)));
    let standings: Vec<Standing> = few.into_iter().map(|one| one.standing).collect();
    let obstacle = |index| if index < SIGNATURES { Obstacle::Malformed } else { Obstacle::TooComplex };
    assert_eq!(standings, [0, 1, 2, 3, 4, 5].map(|index| Standing::NotVerifiable(obstacle(index))));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(300))]

    #[test]
    fn one_changed_character_is_survived_and_never_hides_a_change(
        place in any::<prop::sample::Index>(), other in "[ -~è]", name in 0..4_usize,
    ) {
        let xml = document(GOOD[name].0);
        let places: Vec<usize> = xml.char_indices().map(|(at, _)| at).collect();
        let at = *place.get(&places);
        let behind = at + xml[at..].chars().next().unwrap().len_utf8();
        let changed = format!("{}{other}{}", &xml[..at], &xml[behind..]);
        let intact = xml_signatures(&changed).iter().any(|one| one.standing == Standing::Intact);
        // Outside of what is signed stand the comment in front, the blanks inside tags, and the envelope of
        // the signature.
        let body = &xml[xml.find("<p:").unwrap()..xml.find("<ds:Signature ").unwrap()];
        let is_blank_for_blank = |text: &str| text.replace([' ', '\t'], "").replace('\'', "\"");
        let is_kept = is_blank_for_blank(&changed).contains(&is_blank_for_blank(body));
        prop_assert!(!intact || is_kept, "{changed}");
    }

    #[test]
    fn any_xml_is_survived(parts in proptest::collection::vec(0..16_usize, 0..40)) {
        let pieces = [
            "<a>", "</a>", "<ds:Signature>", "</ds:Signature>", "<ds:SignedInfo>", "</ds:SignedInfo>",
            "<ds:Reference URI=''>", "</ds:Reference>", "<ds:KeyInfo/>",
            "&#1;", "&amp;", "<![CDATA[", "]]>", "<?x?>", "<", "é",
        ];
        let inside: String = parts.iter().map(|part| pieces[*part]).collect();
        let _ = xml_signatures(&format!("<a xmlns:ds='{DSIG}'>{inside}</a>"));
        let _ = xml_signatures(&format!("{DSIG}{inside}"));
    }
}
