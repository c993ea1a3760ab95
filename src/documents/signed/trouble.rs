// SPDX-License-Identifier: EUPL-1.2
//! Why an envelope cannot be opened, and why a signature cannot be judged. Words only.

use thiserror::Error;

use crate::domain::text::Bilingual;

/// Why the content of a signed file cannot be reached.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum EnvelopeError {
    /// The file ends too early.
    #[error("the signed file is cut off: it ends before its envelope does")]
    Truncated,
    /// Not built as the standard says.
    #[error("the signed file is damaged: its envelope is not valid CMS")]
    Malformed,
    /// Encrypted for somebody else.
    #[error("the file is encrypted, not signed: it must be sent in clear")]
    Encrypted,
    /// CMS, but neither signed nor time-stamped data.
    #[error("not a signed file: its CMS content is of kind {0}")]
    OtherKind(String),
    /// The signature came without what it signs.
    #[error("the signature is detached: the file holds no document")]
    Detached,
    /// More content than may be read.
    #[error("the signed document has {found} bytes, at most {limit} are read")]
    TooBig {
        /// Bytes of the content.
        found: usize,
        /// Most that may be read.
        limit: usize,
    },
    /// Too many envelopes, one in the other, or too many levels inside one.
    #[error("too many signatures or envelopes, one inside the other")]
    TooDeep,
    /// Begins as base64 and does not go on so.
    #[error("the signed file is not valid base64")]
    Base64,
}

impl Bilingual for EnvelopeError {
    fn italian(&self) -> String {
        match self {
            Self::Truncated => "il file firmato è troncato: finisce prima della sua busta".into(),
            Self::Malformed => "il file firmato è danneggiato: la busta non è un CMS valido".into(),
            Self::Encrypted => "il file è cifrato, non firmato: va inviato in chiaro".into(),
            Self::OtherKind(kind) => format!("non è un file firmato: il contenuto CMS è di tipo {kind}"),
            Self::Detached => "la firma è separata: il file non contiene il documento".into(),
            Self::TooBig { found, limit } => {
                format!("il documento firmato è di {found} byte, il massimo è {limit}")
            }
            Self::TooDeep => "troppe firme o buste, una dentro l'altra".into(),
            Self::Base64 => "il file firmato non è base64 valido".into(),
        }
    }
}

/// Why it cannot be told whether a signature is good. None of these means that something was changed.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum Obstacle {
    /// The signer's certificate is not enclosed.
    #[error("the signer's certificate is not in the file")]
    NoCertificate,
    /// The enclosed certificate is not the one that the signature names by its fingerprint.
    #[error("the enclosed certificate is not the one the signature names")]
    OtherCertificate,
    /// SHA-1: fits, and proves nothing any more.
    #[error("the signature rests on SHA-1, which is no longer trusted")]
    Sha1,
    /// An algorithm that is not known here.
    #[error("algorithm not supported: {0}")]
    Algorithm(String),
    /// A key of a kind or length that is not used here.
    #[error("the key of the certificate is of a kind or length not supported")]
    Key,
    /// Parts of the signature are missing or not written as the standard says.
    #[error("the signature is not written as its standard says")]
    Malformed,
    /// The signature does not cover the whole document.
    #[error("the signature does not cover the whole document")]
    NotWholeDocument,
    /// Something outside the document and outside the signature, or a chain of steps that is not followed.
    #[error("the signature refers to something that is not followed here")]
    Reference,
    /// It fits again once the blanks between the elements are taken out: a program has laid the document out
    /// anew.
    #[error("blanks or line ends between the elements were added after signing; the rest fits")]
    Reindented,
    /// Other signatures stand in the document, perhaps added later.
    #[error("other signatures stand in the document, perhaps added later")]
    OtherSignatures,
    /// Longer or deeper than is worth following.
    #[error("the signature is too complex to be followed")]
    TooComplex,
}

impl Bilingual for Obstacle {
    fn italian(&self) -> String {
        match self {
            Self::NoCertificate => "il certificato del firmatario non è nel file".into(),
            Self::OtherCertificate => "il certificato allegato non è quello indicato dalla firma".into(),
            Self::Sha1 => "la firma si basa su SHA-1, non più affidabile".into(),
            Self::Algorithm(name) => format!("algoritmo non gestito: {name}"),
            Self::Key => "la chiave del certificato è di un tipo o di una lunghezza non gestiti".into(),
            Self::Malformed => "la firma non è scritta come vuole il suo standard".into(),
            Self::NotWholeDocument => "la firma non copre tutto il documento".into(),
            Self::Reference => "la firma rimanda a qualcosa che qui non viene seguito".into(),
            Self::Reindented => {
                "dopo la firma sono stati aggiunti spazi o a capo tra gli elementi; il resto corrisponde"
                    .into()
            }
            Self::OtherSignatures => "nel documento ci sono altre firme, forse aggiunte dopo".into(),
            Self::TooComplex => "la firma è troppo complessa per essere seguita".into(),
        }
    }
}
