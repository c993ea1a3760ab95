// SPDX-License-Identifier: EUPL-1.2
//! Who plays in the demo: some real Comuni with invented grants, and suppliers that do not exist.

use super::draft::Supplier;

/// Accepts first, so its CUP is always the stand-in's first: the README's example counts on it.
pub(super) const ALMESE: &str = "001006";
pub(super) const ALPIGNANO: &str = "001008";
pub(super) const BEINASCO: &str = "001024";
pub(super) const BORGARO: &str = "001028";
pub(super) const MERATE: &str = "097048";
pub(super) const RECCO: &str = "010047";
/// In the first list only: one is late, the other never tries.
pub(super) const CERVARESE: &str = "028030";
pub(super) const BREGANZE: &str = "024014";

pub(super) const ARREDI: Supplier = Supplier { name: "Arredi di Prova S.r.l.", vat_number: "IT76543211007" };
pub(super) const INFORMATICA: Supplier =
    Supplier { name: "Informatica di Prova S.p.A.", vat_number: "IT98765430156" };

/// Token of the demo's client for the Comune of Almese. It is no secret: it opens only the demo's own store.
pub(super) const TOKEN_ALMESE: &str = "demo-almese";
/// Token of Almese's accounting office, which hands in payments.
pub(super) const TOKEN_RAGIONERIA: &str = "demo-ragioneria";
/// Token of the demo's programme office.
pub(super) const TOKEN_PROGRAMME: &str = "demo-programma";
