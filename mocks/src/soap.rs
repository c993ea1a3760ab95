// SPDX-License-Identifier: EUPL-1.2
//! SOAP 1.1: the envelope around one element, and the fault.

use crate::reply::Reply;
use crate::schema::Schema;
use crate::xml::Element;

const ENVELOPE: &str = "http://schemas.xmlsoap.org/soap/envelope/";

/// An element in its envelope.
pub(crate) fn wrap(content: Element) -> String {
    Element::new("soapenv:Envelope")
        .with("xmlns:soapenv", ENVELOPE)
        .child(Element::new("soapenv:Body").child(content))
        .document()
}

/// A fault that puts the blame on the sender; `schema` is that of the platform's envelope.
pub(crate) fn fault(schema: Schema, why: &str) -> Reply {
    let why: String = why.chars().take(1000).collect();
    let content = Element::new("soapenv:Fault")
        .child(Element::leaf("faultcode", "soapenv:Client"))
        .child(Element::leaf("faultstring", why));
    let mut reply = Reply::new(500, "text/xml; charset=utf-8", wrap(content));
    reply.schema = Some(schema);
    reply
}
