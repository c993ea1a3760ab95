// SPDX-License-Identifier: EUPL-1.2
//! What SdI sends us: a file of invoices with its metadata, or the notice that the term for an outcome is over; plain SOAP
//! or with MTOM.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use thiserror::Error;

use crate::domain::codice_ufficio::CodiceUfficio;
use crate::domain::sdi::{InvoiceReference, SdiId};
use crate::platforms::error::said;
use crate::platforms::soap;
use crate::platforms::xml::{self, Element, XmlError};

use super::mtom::{self, Message};
use super::wire::{MESSAGES, TYPES};

/// The largest message taken: SdI's files have 5 MB at most, a third more as base64, and the metadata.
pub const MESSAGE_MAX: usize = 8 << 20;

/// What came in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Inbound {
    /// A file of invoices.
    Delivery(Delivery),
    /// The term of a file is over.
    Lapse(Lapse),
}

/// A file of invoices.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Delivery {
    /// Its identifier.
    pub sdi_id: SdiId,
    /// Its name.
    pub file_name: String,
    /// Its bytes, as the supplier sent them.
    pub file: Vec<u8>,
    /// Name of the metadata.
    pub metadata_name: String,
    /// The metadata, as they came.
    pub metadata: Vec<u8>,
    /// What they say; or why they cannot be read, which is no reason to refuse the file.
    pub about: Result<Metadata, String>,
}

/// What SdI says of a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Metadata {
    /// The office it is addressed to.
    pub office: CodiceUfficio,
    /// Its format, such as `FPA12`.
    pub format: String,
}

/// The notice that the term of a file, or of one invoice of it, is over.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Lapse {
    /// The file.
    pub sdi_id: SdiId,
    /// The one invoice it is about; none: every invoice of the file.
    pub invoice: Option<InvoiceReference>,
    /// The message, as it came.
    pub message: Vec<u8>,
}

/// Why a message is not taken.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("{0}")]
pub struct NotRead(String);

impl NotRead {
    /// A file that comes under the identifier of another one.
    #[must_use]
    pub fn other_file() -> Self {
        Self("another file is stored under this IdentificativoSdI".into())
    }
}

impl From<XmlError> for NotRead {
    fn from(error: XmlError) -> Self {
        Self(said(&error.to_string()))
    }
}

impl From<mtom::MtomError> for NotRead {
    fn from(error: mtom::MtomError) -> Self {
        Self(error.to_string())
    }
}

/// Reads a message.
///
/// # Errors
/// When it is none of the two that SdI sends.
pub fn read(content_type: &str, body: &[u8]) -> Result<Inbound, NotRead> {
    let message = mtom::open(content_type, body)?;
    let soap::Body::Answer(sent) = soap::open(message.envelope)? else {
        return Err(NotRead("a fault in place of a request".into()));
    };
    if sent.namespace.as_deref() != Some(TYPES) {
        return Err(NotRead(format!("{} is not of SdI's namespace", said(&sent.name))));
    }
    match &*sent.name {
        "fileSdIConMetadati" => delivery(&message, &sent).map(Inbound::Delivery),
        "fileSdI" => lapse(&message, &sent).map(Inbound::Lapse),
        other => Err(NotRead(format!("{} is no request of SdI", said(other)))),
    }
}

fn delivery(message: &Message<'_>, sent: &Element) -> Result<Delivery, NotRead> {
    let sdi_id = sdi_id(sent)?;
    let metadata = content(message, sent, "Metadati")?;
    Ok(Delivery {
        sdi_id,
        file_name: file_name(sent, "NomeFile")?,
        file: content(message, sent, "File")?,
        metadata_name: file_name(sent, "NomeFileMetadati")?,
        about: about(&metadata, sdi_id).map_err(|error| error.0),
        metadata,
    })
}

fn about(metadata: &[u8], sdi_id: SdiId) -> Result<Metadata, NotRead> {
    let message = message_of(metadata, "MetadatiInvioFile", sdi_id)?;
    let office = message.only("CodiceDestinatario")?.text();
    let office = office.parse().map_err(|error| NotRead(format!("CodiceDestinatario: {error}")))?;
    Ok(Metadata { office, format: said(message.only("Formato")?.text()) })
}

fn lapse(message: &Message<'_>, sent: &Element) -> Result<Lapse, NotRead> {
    let sdi_id = sdi_id(sent)?;
    let notice = content(message, sent, "File")?;
    let told = message_of(&notice, "NotificaDecorrenzaTermini", sdi_id)?;
    let invoice = match told.optional("RiferimentoFattura")? {
        None => None,
        Some(about) => {
            let year = about.only("AnnoFattura")?.text().parse().unwrap_or_default();
            let invoice = InvoiceReference::new(about.only("NumeroFattura")?.text(), year);
            Some(invoice.map_err(|error| NotRead(format!("RiferimentoFattura: {error}")))?)
        }
    };
    Ok(Lapse { sdi_id, invoice, message: notice })
}

/// A message of SdI about a file.
fn message_of(bytes: &[u8], root: &str, sdi_id: SdiId) -> Result<Element, NotRead> {
    let message = xml::parse(bytes)?;
    if message.name != root || message.namespace.as_deref() != Some(MESSAGES) {
        return Err(NotRead(format!("{} in place of {root}", said(&message.name))));
    }
    let inside = message.only("IdentificativoSdI")?.text();
    if inside.parse() != Ok(sdi_id) {
        return Err(NotRead(format!("{root} is about {}, not about {sdi_id}", said(inside))));
    }
    Ok(message)
}

fn sdi_id(sent: &Element) -> Result<SdiId, NotRead> {
    let text = sent.only("IdentificativoSdI")?.text();
    text.parse().map_err(|error| NotRead(format!("IdentificativoSdI {}: {error}", said(text))))
}

/// A file name as SdI makes them; nothing is ever opened by it.
fn file_name(sent: &Element, name: &str) -> Result<String, NotRead> {
    let text = sent.only(name)?.text();
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'.');
    if (9..=50).contains(&text.len()) && text.bytes().all(plain) {
        Ok(text.to_owned())
    } else {
        Err(NotRead(format!("{name} {}: 9 to 50 letters, digits, '_', '.' expected", said(text))))
    }
}

/// The bytes of a file: in the element as base64, or in the part that it points to.
fn content(message: &Message<'_>, sent: &Element, name: &str) -> Result<Vec<u8>, NotRead> {
    let element = sent.only(name)?;
    let bytes = match mtom::pointed_to(element)? {
        Some(id) => message.part(&id)?.to_vec(),
        None => {
            let packed: String = element.text().chars().filter(|c| !c.is_ascii_whitespace()).collect();
            STANDARD.decode(packed).map_err(|error| NotRead(format!("{name} is no base64: {error}")))?
        }
    };
    if bytes.is_empty() { Err(NotRead(format!("{name} is empty"))) } else { Ok(bytes) }
}

/// The answer that takes a file in charge.
#[must_use]
pub fn taken_in_charge() -> String {
    soap::wrap(TYPES, Element::new("rispostaRiceviFatture").with_value("Esito", "ER01"))
}

/// The answer that does not.
#[must_use]
pub fn fault(why: &NotRead) -> String {
    soap::fault_of("Client", &why.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    const DELIVERY: &str = include_str!("../../../mocks/fixtures/sdi/delivery.request.xml");
    const LAPSE: &str = include_str!("../../../mocks/fixtures/sdi/lapse.request.xml");

    fn read_xml(text: &str) -> Result<Inbound, NotRead> {
        read("text/xml; charset=utf-8", text.as_bytes())
    }

    #[test]
    fn a_delivery_is_read_with_what_is_said_of_it() {
        let Inbound::Delivery(delivery) = read_xml(DELIVERY).unwrap() else { panic!("a delivery expected") };
        assert_eq!((delivery.sdi_id.get(), &*delivery.file), (100_000_001, &b"<fattura/>"[..]));
        assert_eq!(delivery.file_name, "IT76543211007_00001.xml");
        let about = delivery.about.unwrap();
        assert_eq!((about.office.as_str(), &*about.format), ("UFTST1", "FPA12"));
    }

    #[test]
    fn a_file_is_taken_even_if_its_metadata_cannot_be_read() {
        let broken = STANDARD.encode("<x/>");
        let start = DELIVERY.find("<Metadati>").unwrap();
        let end = DELIVERY.find("</Metadati>").unwrap();
        let text = format!("{}<Metadati>{broken}{}", &DELIVERY[..start], &DELIVERY[end..]);
        let Inbound::Delivery(delivery) = read_xml(&text).unwrap() else { panic!("a delivery expected") };
        assert_eq!(delivery.about, Err("x in place of MetadatiInvioFile".into()));
    }

    #[test]
    fn metadata_of_another_file_are_not_believed() {
        let text = DELIVERY.replace("<IdentificativoSdI>100000001", "<IdentificativoSdI>7");
        let Inbound::Delivery(delivery) = read_xml(&text).unwrap() else { panic!("a delivery expected") };
        assert!(delivery.about.unwrap_err().contains("is about 100000001, not about 7"));
    }

    #[test]
    fn a_lapse_is_read_and_must_be_about_its_file() {
        let Inbound::Lapse(lapse) = read_xml(LAPSE).unwrap() else { panic!("a lapse expected") };
        assert_eq!(lapse.sdi_id.get(), 100_000_001);
        assert!(read_xml(&LAPSE.replace("<IdentificativoSdI>100000001", "<IdentificativoSdI>8")).is_err());
    }

    #[test]
    fn what_is_none_of_the_two_is_refused_with_why() {
        for (from, to) in [
            ("fileSdIConMetadati", "altro"),
            ("v1.0/types", "v9"),
            ("<NomeFile>IT", "<NomeFile>../IT"),
            ("<IdentificativoSdI>100000001", "<IdentificativoSdI>x"),
            ("<File>", "<File>!"),
            ("<?xml", "<!DOCTYPE a [<!ENTITY b 'c'>]><?xml"),
            ("</soapenv:Envelope>", ""),
        ] {
            let text = DELIVERY.replace(from, to);
            assert_ne!(text, DELIVERY, "{from}");
            assert!(read_xml(&text).is_err(), "{from} -> {to}");
        }
    }
}
