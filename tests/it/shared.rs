// SPDX-License-Identifier: EUPL-1.2
//! Where the published originals lie that some tests compare with: beside the project, when they are there at all.

use std::path::{Path, PathBuf};

/// A file or folder of the originals. When they are missing it says so loudly, and the caller returns.
pub(crate) fn shared(relative: &str) -> Option<PathBuf> {
    #[expect(clippy::disallowed_methods, reason = "tests have no settings to read it from")]
    let root = std::env::var("MEPA_SHARED")
        .map_or_else(|_| Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared"), PathBuf::from);
    let path = root.join(relative);
    if path.exists() {
        return Some(path);
    }
    eprintln!("SKIPPED: ../shared not present ({relative})");
    None
}
