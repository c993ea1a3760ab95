// SPDX-License-Identifier: EUPL-1.2
//! Envelopes made by openssl (`tests/fixtures/make-signed.sh`), whole, rewrapped and damaged.

use base64::prelude::*;
use chrono::TimeDelta;
use proptest::prelude::*;

use super::ber::{Element, Elements, der_header};
use super::*;
use crate::domain::text::Bilingual;

const MAX: usize = 1 << 20;

pub(super) fn fixture(name: &str) -> Vec<u8> {
    std::fs::read(format!("{}/tests/fixtures/signed/{name}", env!("CARGO_MANIFEST_DIR"))).unwrap()
}

/// The standings, after making sure that the content is the invoice.
fn standings(envelope: &[u8]) -> Vec<Standing> {
    let opened = open(envelope, MAX).unwrap();
    assert!(opened.content == fixture("invoice.xml"), "another content");
    opened.signatures.into_iter().map(|signature| signature.standing).collect()
}

fn refusal(envelope: &[u8]) -> EnvelopeError {
    open(envelope, MAX).unwrap_err()
}

/// Everything in indefinite lengths and the content in chunks.
fn as_ber(der: &[u8], chunk: usize) -> Vec<u8> {
    let open_ended = |tag: u8, parts: &[&[u8]]| [&[tag, 0x80], parts.concat().as_slice(), &[0, 0]].concat();
    let children = |element: Element<'_>| {
        let (mut all, mut rest) = (Vec::new(), element.children());
        while let Some(child) = rest.next().unwrap() {
            all.push((child.tag, child.body.to_vec(), child.whole.to_vec()));
        }
        all
    };
    let again =
        |whole: &[u8], then: &dyn Fn(Element<'_>) -> Vec<u8>| then(Elements::of(whole).any().unwrap());
    again(der, &|envelope| {
        let parts = children(envelope);
        let signed = again(&parts[1].1, &|signed| {
            let fields = children(signed);
            let holder = again(&fields[2].2, &|holder| {
                let parts = children(holder);
                let octets = again(&parts[1].1, &|octets| octets.body.to_vec());
                let chunks: Vec<u8> = octets
                    .chunks(chunk)
                    .flat_map(|chunk| [der_header(4, chunk.len()), chunk.to_vec()].concat())
                    .collect();
                let octets = open_ended(0x24, &[&chunks]);
                open_ended(0x30, &[&parts[0].2, &open_ended(0xa0, &[&octets])])
            });
            let rest: Vec<u8> = fields[3..].iter().flat_map(|field| field.2.clone()).collect();
            open_ended(0x30, &[&fields[0].2, &fields[1].2, &holder, &rest])
        });
        open_ended(0x30, &[&parts[0].2, &open_ended(0xa0, &[&signed])])
    })
}

#[test]
fn good_signatures_of_every_supported_kind_are_intact() {
    let good = [
        ("rsa.p7m", "RSA SHA-256"),
        ("rsa_stream.p7m", "RSA SHA-256"),
        ("rsa_no_attributes.p7m", "RSA SHA-256"),
        ("rsa_by_key.p7m", "RSA SHA-384"),
        ("pss.p7m", "RSA-PSS SHA-512"),
        ("p256.p7m", "ECDSA SHA-256"),
        ("p384.p7m", "ECDSA SHA-384"),
    ];
    for (name, algorithm) in good {
        assert_eq!(standings(&fixture(name)), [Standing::Intact], "{name}");
        assert_eq!(open(&fixture(name), MAX).unwrap().signatures[0].algorithm, algorithm);
    }
}

#[test]
fn what_cannot_be_told_is_not_called_tampered() {
    let cases = [
        ("rsa_no_certificate.p7m", Obstacle::NoCertificate),
        ("rsa_sha1.p7m", Obstacle::Sha1),
        ("short.p7m", Obstacle::Key),
        ("p521.p7m", Obstacle::Key),
        ("pss_salt.p7m", Obstacle::Algorithm("RSASSA-PSS with unusual parameters".into())),
    ];
    for (name, obstacle) in cases {
        assert_eq!(standings(&fixture(name)), [Standing::NotVerifiable(obstacle)], "{name}");
    }
}

#[test]
fn a_changed_document_is_read_and_called_tampered() {
    for name in ["rsa.p7m", "rsa_no_attributes.p7m", "p384.p7m", "rsa_no_certificate.p7m", "rsa_sha1.p7m"] {
        let mut envelope = fixture(name);
        if name == "rsa_no_certificate.p7m" {
            // Without attributes nothing could be told; with them the digest tells.
            assert_eq!(standings(&envelope), [Standing::NotVerifiable(Obstacle::NoCertificate)]);
        }
        let place = envelope.windows(5).position(|window| window == b"FPA12").unwrap();
        envelope[place + 3] = b'9';
        let opened = open(&envelope, MAX).unwrap();
        assert_eq!(opened.signatures[0].standing, Standing::Tampered, "{name}");
        assert!(String::from_utf8_lossy(&opened.content).contains("FPA92"));
    }
}

#[test]
fn a_changed_signature_is_called_tampered() {
    for name in ["rsa_no_attributes.p7m", "p256.p7m", "p384.p7m", "pss.p7m"] {
        let mut envelope = fixture(name);
        *envelope.last_mut().unwrap() ^= 1;
        assert_eq!(standings(&envelope), [Standing::Tampered], "{name}");
    }
}

#[test]
fn a_content_of_another_kind_than_was_signed_is_not_intact() {
    for name in ["rsa.p7m", "rsa_no_attributes.p7m"] {
        let mut envelope = fixture(name);
        let data = b"\x2a\x86\x48\x86\xf7\x0d\x01\x07\x01";
        let place = envelope.windows(data.len()).position(|window| window == data).unwrap();
        envelope[place + data.len() - 1] = 9;
        assert_eq!(standings(&envelope), [Standing::NotVerifiable(Obstacle::Malformed)], "{name}");
    }
}

#[test]
fn signer_and_dates_come_from_the_certificate() {
    let opened = fixture("rsa.p7m");
    let signature = open(&opened, MAX).unwrap().signatures.remove(0);
    assert_eq!(signature.signer.as_deref(), Some("Nicolò Inesistente"));
    assert_eq!(signature.issuer, signature.signer);
    assert!(signature.serial.as_ref().unwrap().bytes().all(|digit| digit.is_ascii_hexdigit()));
    let short = open(&fixture("short.p7m"), MAX).unwrap().signatures.remove(0);
    assert_eq!(short.signer.as_deref(), Some("Officine Immaginarie S.r.l."));
    let signed_at = signature.signed_at.unwrap();
    assert_eq!(signature.certificate_dates(DateTime::<Utc>::MAX_UTC), CertificateDates::Valid);
    let at =
        |moment: DateTime<Utc>| Signature { signed_at: None, ..signature.clone() }.certificate_dates(moment);
    assert_eq!(at(signed_at), CertificateDates::Valid);
    assert_eq!(at(signed_at - TimeDelta::days(2)), CertificateDates::NotYet);
    assert_eq!(at(signature.valid_to.unwrap()), CertificateDates::Valid);
    assert_eq!(at(signature.valid_to.unwrap() + TimeDelta::seconds(1)), CertificateDates::Expired);
}

#[test]
fn every_wrapping_comes_to_the_same() {
    let der = fixture("rsa.p7m");
    let line = BASE64_STANDARD.encode(&der);
    let lines = |end: &str| {
        line.as_bytes()
            .chunks(64)
            .map(|part| format!("{}{end}", str::from_utf8(part).unwrap()))
            .collect::<String>()
    };
    let armoured = format!("-----BEGIN PKCS7-----\r\n{}-----END PKCS7-----\r\n", lines("\r\n"));
    let marked = format!("\u{feff}{line}");
    let texts =
        [line.clone(), lines("\r\n"), lines("\n"), armoured, marked, line.trim_end_matches('=').into()];
    for text in texts {
        assert_eq!(standings(text.as_bytes()), [Standing::Intact], "{text:.40}");
    }
    for chunk in [1, 7, 1000] {
        assert_eq!(standings(&as_ber(&der, chunk)), [Standing::Intact]);
        assert_eq!(standings(BASE64_STANDARD.encode(as_ber(&der, chunk)).as_bytes()), [Standing::Intact]);
    }
    assert_eq!(standings(&[der.as_slice(), b"\r\n"].concat()), [Standing::Intact]);
}

#[test]
fn several_signers_and_envelopes_are_all_reported() {
    assert_eq!(standings(&fixture("two.p7m")), [Standing::Intact, Standing::Intact]);
    let algorithms = |name: &str| -> Vec<String> {
        open(&fixture(name), MAX)
            .unwrap()
            .signatures
            .into_iter()
            .map(|signature| signature.algorithm)
            .collect()
    };
    assert_eq!(algorithms("nested.p7m"), ["ECDSA SHA-256", "RSA SHA-256"]);
    assert_eq!(standings(&fixture("nested.p7m")), [Standing::Intact, Standing::Intact]);
}

#[test]
fn what_is_no_envelope_is_handed_back_as_it_is() {
    let files: [&[u8]; 7] = [
        b"",
        b"<a/>",
        b"\xef\xbb\xbf\n<a/>",
        b"%PDF-1.7 x",
        b"PK\x03\x04",
        b"0123456789",
        b"\x30\x03\x02\x01\x05",
    ];
    for file in files {
        let opened = open(file, 1).unwrap();
        assert!(matches!(opened.content, Cow::Borrowed(content) if content == file));
        assert_eq!(opened.signatures, []);
    }
    let xml = fixture("invoice.xml");
    assert_eq!(standings(BASE64_STANDARD.encode(&xml).as_bytes()), []);
}

#[test]
fn content_in_one_piece_is_not_copied() {
    let envelope = fixture("rsa.p7m");
    assert!(matches!(open(&envelope, MAX).unwrap().content, Cow::Borrowed(_)));
}

#[test]
fn envelopes_that_cannot_be_opened_say_why() {
    let der = fixture("rsa.p7m");
    assert_eq!(refusal(&der[..1000]), EnvelopeError::Truncated);
    let ber = as_ber(&der, 100);
    assert_eq!(refusal(&ber[..ber.len() - 1]), EnvelopeError::Truncated);
    assert_eq!(refusal(b"-----BEGIN PKCS7-----\nMIAG"), EnvelopeError::Truncated);
    assert_eq!(refusal(&fixture("encrypted.p7m")), EnvelopeError::Encrypted);
    assert_eq!(refusal(&fixture("digested.p7m")), EnvelopeError::OtherKind("1.2.840.113549.1.7.5".into()));
    assert_eq!(refusal(&fixture("detached.p7m")), EnvelopeError::Detached);
    let mut broken = der.clone();
    broken[19] = 0x31;
    assert_eq!(refusal(&broken), EnvelopeError::Malformed);
    let text = BASE64_STANDARD.encode(&der).replacen("AAAA", "A*AA", 1) + "*";
    assert_eq!(refusal(text.as_bytes()), EnvelopeError::Base64);
    let found = fixture("invoice.xml").len();
    assert_eq!(open(&der, found).map(|opened| opened.content.len()), Ok(found));
    assert_eq!(open(&der, found - 1), Err(EnvelopeError::TooBig { found, limit: found - 1 }));
}

fn whole(tag: u8, body: &[u8]) -> Vec<u8> {
    [der_header(tag, body.len()).as_slice(), body].concat()
}

/// An envelope around this content, with these signers.
fn wrapped(content: &[u8], signers: &[u8]) -> Vec<u8> {
    let data = [whole(6, b"\x2a\x86\x48\x86\xf7\x0d\x01\x07\x01"), whole(0xa0, &whole(4, content))].concat();
    let signed = [whole(2, &[1]), whole(0x31, &[]), whole(0x30, &data), whole(0x31, signers)].concat();
    let kind = whole(6, b"\x2a\x86\x48\x86\xf7\x0d\x01\x07\x02");
    whole(0x30, &[kind, whole(0xa0, &whole(0x30, &signed))].concat())
}

#[test]
fn four_envelopes_are_opened_and_no_fifth() {
    let once = |content: &[u8]| wrapped(content, &[]);
    let four = once(&once(&once(&once(&fixture("invoice.xml")))));
    assert_eq!(standings(&four), []);
    assert_eq!(refusal(&once(&four)), EnvelopeError::TooDeep);
}

#[test]
fn sixteen_signers_are_judged_and_no_more() {
    let signers = |count| wrapped(&fixture("invoice.xml"), &whole(0x30, &[]).repeat(count));
    assert_eq!(standings(&signers(16)), vec![Standing::NotVerifiable(Obstacle::Malformed); 16]);
    assert_eq!(refusal(&signers(17)), EnvelopeError::TooDeep);
    assert_eq!(refusal(&wrapped(&[], &[])), EnvelopeError::Detached);
}

#[test]
fn bombs_are_refused_at_once() {
    let start = b"\x30\x80\x06\x09\x2a\x86\x48\x86\xf7\x0d\x01\x07\x02";
    let bomb = [start.as_slice(), &[0xa0, 0x80].repeat(2_000_000)].concat();
    assert_eq!(refusal(&bomb), EnvelopeError::TooDeep);
    let armour = [b"-----BEGIN X-----\n".as_slice(), &b"-".repeat(4_000_000)].concat();
    assert_eq!(refusal(&armour), EnvelopeError::Truncated);
}

#[test]
fn a_document_under_a_time_stamp_is_opened() {
    let fields =
        [whole(2, &[1]), whole(0x16, b"a.p7m"), whole(4, &fixture("rsa.p7m")), whole(0xa0, &[])].concat();
    let kind = whole(6, b"\x2a\x86\x48\x86\xf7\x0d\x01\x09\x10\x01\x1f");
    let stamped = whole(0x30, &[kind, whole(0xa0, &whole(0x30, &fields))].concat());
    assert_eq!(standings(&stamped), [Standing::Intact]);
}

#[test]
fn a_swapped_certificate_is_noticed() {
    // The name is outside the signature, and CAdES puts the fingerprint of the certificate inside.
    let mut envelope = fixture("rsa.p7m");
    let place = envelope.windows(7).rposition(|window| window == b"Inesist").unwrap();
    let places: Vec<usize> = (0..=place).filter(|&at| envelope[at..].starts_with(b"Inesist")).collect();
    // Subject of the certificate: its second name. The first is its issuer, the third names the signer.
    envelope[places[1]] = b'X';
    let signature = open(&envelope, MAX).unwrap().signatures.remove(0);
    assert_eq!(signature.signer.as_deref(), Some("Nicolò Xnesistente"));
    assert_eq!(signature.standing, Standing::NotVerifiable(Obstacle::OtherCertificate));
}

#[test]
fn reasons_are_told_in_both_languages() {
    assert_eq!(EnvelopeError::Detached.text().it, "la firma è separata: il file non contiene il documento");
    assert_eq!(EnvelopeError::Detached.text().en, "the signature is detached: the file holds no document");
    assert_eq!(Obstacle::Sha1.text().it, "la firma si basa su SHA-1, non più affidabile");
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(300))]

    #[test]
    fn any_bytes_are_survived(bytes in proptest::collection::vec(any::<u8>(), 0..400), start in 0..3_usize) {
        let signed = b"\x30\x80\x06\x09\x2a\x86\x48\x86\xf7\x0d\x01\x07\x02\xa0\x80\x30\x80";
        let starts: [&[u8]; 3] = [b"", signed, b"MIAGCSqG"];
        let _ = open(&[starts[start], &bytes].concat(), MAX);
    }

    #[test]
    fn what_is_cut_off_is_never_taken_for_the_document(cut in 20..1000_usize, name in 0..4_usize) {
        let whole = fixture(["rsa.p7m", "two.p7m", "rsa_stream.p7m", "nested.p7m"][name]);
        prop_assert_eq!(open(&whole[..whole.len() - cut], MAX), Err(EnvelopeError::Truncated));
    }

    #[test]
    fn one_changed_byte_never_makes_another_document_intact(
        place in any::<prop::sample::Index>(), flip in 1..=255_u8, name in 0..6_usize,
    ) {
        let names =
            ["rsa.p7m", "p256.p7m", "pss.p7m", "rsa_no_attributes.p7m", "rsa_stream.p7m", "rsa_sha1.p7m"];
        let mut envelope = fixture(names[name]);
        let place = place.index(envelope.len());
        envelope[place] ^= flip;
        if let Ok(opened) = open(&envelope, MAX) {
            let is_intact = opened.signatures.iter().any(|signature| signature.standing == Standing::Intact);
            prop_assert!(!is_intact || opened.content == fixture("invoice.xml"));
        }
    }
}
