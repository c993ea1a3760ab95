// SPDX-License-Identifier: EUPL-1.2
//! SOAP 1.1: the envelope around one element, the fault, and payloads in base64.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use super::xml::{self, Element, XmlError};

const ENVELOPE: &str = "http://schemas.xmlsoap.org/soap/envelope/";

/// The most characters of base64 a payload may have.
const PAYLOAD_MAX: usize = 3_000_000;

/// What stands in the body of an envelope.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Body {
    /// The one element of an answer.
    Answer(Element),
    /// A fault in place of an answer.
    Fault(Fault),
}

/// Who is to blame, and what is said.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Fault {
    /// Local part of the fault code, such as `Client` or `Server`.
    pub(super) code: String,
    pub(super) text: String,
}

impl Fault {
    /// Whether our message is to blame: it was not executed, and never will be.
    pub(super) fn blames_us(&self) -> bool {
        self.code == "Client" || self.code.starts_with("Client.")
    }
}

/// An element in its envelope. The element takes the namespace; what is in it stays outside any.
pub(super) fn wrap(namespace: &str, mut body: Element) -> String {
    body.name.insert_str(0, "t:");
    Element::new("soapenv:Envelope")
        .with_attribute("xmlns:soapenv", ENVELOPE)
        .with_attribute("xmlns:t", namespace)
        .with_child(Element::new("soapenv:Body").with_child(body))
        .document()
}

/// A fault in its envelope; `code` is the local part, such as `Client`.
pub(super) fn fault_of(code: &str, text: &str) -> String {
    let fault = Element::new("soapenv:Fault")
        .with_value("faultcode", format!("soapenv:{code}"))
        .with_value("faultstring", text);
    Element::new("soapenv:Envelope")
        .with_attribute("xmlns:soapenv", ENVELOPE)
        .with_child(Element::new("soapenv:Body").with_child(fault))
        .document()
}

/// Opens an envelope.
pub(super) fn open(bytes: &[u8]) -> Result<Body, XmlError> {
    let envelope = xml::parse(bytes)?;
    if !is_soap(&envelope, "Envelope") {
        return Err(XmlError::Unexpected(format!("{} in place of a SOAP envelope", envelope.name)));
    }
    let mut bodies = envelope.children().iter().filter(|child| is_soap(child, "Body"));
    let (Some(body), None) = (bodies.next(), bodies.next()) else {
        return Err(XmlError::Unexpected("one SOAP body expected".into()));
    };
    let [content] = body.children() else {
        return Err(XmlError::Unexpected(format!("{} elements in the SOAP body", body.children().len())));
    };
    if is_soap(content, "Fault") {
        fault(content).map(Body::Fault)
    } else {
        Ok(Body::Answer(content.clone()))
    }
}

fn is_soap(element: &Element, name: &str) -> bool {
    element.name == name && element.namespace.as_deref() == Some(ENVELOPE)
}

fn fault(element: &Element) -> Result<Fault, XmlError> {
    let code = element.only("faultcode")?.text();
    let code = code.rsplit(':').next().unwrap_or(code).to_owned();
    Ok(Fault { code, text: element.only("faultstring")?.text().to_owned() })
}

/// A payload as it travels.
pub(super) fn to_base64(payload: &str) -> String {
    STANDARD.encode(payload)
}

/// A payload that travelled; line breaks are allowed in it.
pub(super) fn from_base64(text: &str) -> Result<Vec<u8>, XmlError> {
    let packed: String = text.chars().filter(|c| !c.is_ascii_whitespace()).take(PAYLOAD_MAX + 1).collect();
    if packed.len() > PAYLOAD_MAX {
        return Err(XmlError::Limit("3000000 characters of base64"));
    }
    STANDARD.decode(packed).map_err(|error| XmlError::Unexpected(format!("payload is no base64: {error}")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_wrapped_element_comes_out_again() {
        let body = Element::new("richiesta_X").with_value("TitoloRichiesta", "a & b");
        let Body::Answer(found) = open(wrap("urn:t", body).as_bytes()).unwrap() else { panic!("no answer") };
        assert_eq!((found.namespace.as_deref(), found.name.as_str()), (Some("urn:t"), "richiesta_X"));
        assert_eq!(found.only("TitoloRichiesta").unwrap().text(), "a & b");
    }

    #[test]
    fn faults_tell_who_is_to_blame() {
        let fault = |code: &str| {
            let xml = format!(
                "<s:Envelope xmlns:s='{ENVELOPE}'><s:Body><s:Fault><faultcode>{code}</faultcode><faultstring>no</faultstring></s:Fault></s:Body></s:Envelope>"
            );
            match open(xml.as_bytes()).unwrap() {
                Body::Fault(fault) => fault,
                Body::Answer(_) => panic!("a fault expected"),
            }
        };
        assert!(fault("s:Client").blames_us());
        assert!(fault("s:Client.Authentication").blames_us());
        assert!(!fault("s:Server").blames_us());
        assert!(!fault("ClientSide").blames_us());
    }

    #[test]
    fn refuses_what_is_no_envelope() {
        for bad in [
            "<Envelope/>".to_owned(),
            format!("<Envelope xmlns='{ENVELOPE}'/>"),
            format!("<Envelope xmlns='{ENVELOPE}'><Body/></Envelope>"),
            format!("<Envelope xmlns='{ENVELOPE}'><Body><a xmlns=''/><b xmlns=''/></Body></Envelope>"),
            format!("<Envelope xmlns='{ENVELOPE}'><Body><a/></Body><Body><a/></Body></Envelope>"),
        ] {
            assert!(open(bad.as_bytes()).is_err(), "{bad}");
        }
    }

    #[test]
    fn base64_may_have_line_breaks_and_nothing_else() {
        assert_eq!(from_base64("Y2lh\n  bw==").unwrap(), b"ciao");
        assert!(from_base64("Y2lhb").is_err());
        assert!(from_base64("Y2l?").is_err());
        assert_eq!(
            from_base64(&"A".repeat(PAYLOAD_MAX + 4)),
            Err(XmlError::Limit("3000000 characters of base64"))
        );
    }
}
