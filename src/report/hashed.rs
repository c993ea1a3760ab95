// SPDX-License-Identifier: EUPL-1.2
//! The digest of what is written, while it is written.

use std::io::{self, Write};

use sha2::{Digest as _, Sha256};

/// Hands on what is written, and keeps its digest and size.
pub struct Hashed<W> {
    out: W,
    hasher: Sha256,
    size: u64,
}

impl<W: Write> Hashed<W> {
    /// Nothing written yet.
    pub fn new(out: W) -> Self {
        Self { out, hasher: Sha256::new(), size: 0 }
    }

    /// SHA-256 in lower-case hexadecimal, and the number of bytes.
    pub fn finish(self) -> (String, u64) {
        (self.hasher.finalize().iter().map(|byte| format!("{byte:02x}")).collect(), self.size)
    }
}

impl<W: Write> Write for Hashed<W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let written = self.out.write(bytes)?;
        self.hasher.update(&bytes[..written]);
        self.size += written as u64;
        Ok(written)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.out.flush()
    }
}
