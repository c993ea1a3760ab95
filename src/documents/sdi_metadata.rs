// SPDX-License-Identifier: EUPL-1.2
//! The metadata that SdI sends beside a file of invoices (`MetadatiInvioFile`). They alone say which number the file has at
//! SdI, and that number is the key to its payment.

use super::guard::Limits;
use super::guard::charset;
use super::guard::content::plain;
use super::guard::tokens::{Tokens, Vocabulary};
use crate::domain::sdi::SdiId;

static VOCABULARY: Vocabulary = Vocabulary {
    spaces: &[
        ("http://www.fatturapa.gov.it/sdi/messaggi/v1.0", "types"),
        // Older messages of archives.
        ("http://ivaservizi.agenziaentrate.gov.it/docs/xsd/fattura/messaggi/v1.0", "types"),
    ],
    attributes: &[],
    repeated: &[],
};

/// The name of the root element.
pub(super) const ROOT: &str = "MetadatiInvioFile";

/// What SdI says of a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SdiMetadata {
    /// Number of the file at SdI.
    pub sdi_id: SdiId,
    /// Name of the file it is about.
    pub file_name: String,
}

/// Reads metadata; none when the document is no such thing, or does not say both.
pub fn read_sdi_metadata(bytes: &[u8], limits: &Limits) -> Option<SdiMetadata> {
    let text = charset::xml_text(bytes).ok()?;
    let mut tokens = Tokens::new(&text, &VOCABULARY, limits);
    let root = tokens.root().ok()?;
    if root.local != ROOT {
        return None;
    }
    let (mut sdi_id, mut file_name) = (None, None);
    while let Some(tag) = tokens.child().ok()? {
        match tag.local {
            "IdentificativoSdI" => sdi_id = plain(tokens.text(&tag).ok()?).parse().ok(),
            "NomeFile" => file_name = Some(plain(tokens.text(&tag).ok()?).into_owned()),
            _ => tokens.skip().ok()?,
        }
    }
    Some(SdiMetadata { sdi_id: sdi_id?, file_name: file_name.filter(|name| !name.is_empty())? })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_number_of_a_file_is_read_from_its_metadata() {
        let text = "<t:MetadatiInvioFile xmlns:t='http://www.fatturapa.gov.it/sdi/messaggi/v1.0' versione='1.0'>
            <IdentificativoSdI> 4711 </IdentificativoSdI><NomeFile>IT01_a.xml.p7m</NomeFile><Formato>FPA12</Formato>
            </t:MetadatiInvioFile>";
        let read = read_sdi_metadata(text.as_bytes(), &Limits::default()).unwrap();
        assert_eq!((read.sdi_id.get(), read.file_name.as_str()), (4711, "IT01_a.xml.p7m"));
        for other in
            [text.replace("4711", "x"), text.replace("NomeFile", "Nome"), "<a/>".into(), String::new()]
        {
            assert_eq!(read_sdi_metadata(other.as_bytes(), &Limits::default()), None, "{other}");
        }
    }
}
