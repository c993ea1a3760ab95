// SPDX-License-Identifier: EUPL-1.2
//! House rules that the compiler does not know: direction of dependencies, where SQL and status codes may stand, length of
//! files, SPDX lines, unfinished work. Plain text search: it catches honest mistakes.

use std::path::{Path, PathBuf};

const LINES_MAX: usize = 600;

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// Every file below a folder of the project, with its path from the root.
fn files(folder: &str, extension: &str) -> Vec<(String, String)> {
    let mut found = Vec::new();
    let mut folders = vec![root().join(folder)];
    while let Some(folder) = folders.pop() {
        for entry in
            std::fs::read_dir(&folder).unwrap_or_else(|error| panic!("{}: {error}", folder.display()))
        {
            let path: PathBuf = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|found| found == extension) {
                let name = path.strip_prefix(root()).unwrap().display().to_string();
                found.push((name, std::fs::read_to_string(&path).unwrap()));
            }
        }
    }
    assert!(!found.is_empty(), "no .{extension} below {folder}");
    found
}

fn rust() -> Vec<(String, String)> {
    ["src", "mocks", "tests", "benches"].into_iter().flat_map(|folder| files(folder, "rs")).collect()
}

/// The file without its in-file tests.
fn product(text: &str) -> &str {
    text.split("#[cfg(test)]").next().unwrap_or_default()
}

fn assert_none(what: &str, found: Vec<String>) {
    assert!(found.is_empty(), "{what}:\n{}", found.join("\n"));
}

#[test]
fn domain_and_rules_do_no_io() {
    let foreign = [
        "sqlx",
        "reqwest",
        "axum",
        "tokio",
        "crate::store",
        "crate::flows",
        "crate::http",
        "crate::platforms",
    ];
    let inner = |name: &str| {
        name.starts_with("src/domain")
            || name.starts_with("src/rules")
            || name.starts_with("src/reference")
            || name.starts_with("src/programme")
    };
    let mut found = Vec::new();
    for (name, text) in files("src", "rs").iter().filter(|(name, _)| inner(name)) {
        let uses = |word: &&&str| product(text).contains(&format!("{word}::"));
        found.extend(foreign.iter().filter(uses).map(|word| format!("{name} uses {word}")));
    }
    assert_none("inner rooms reach outwards", found);
}

#[test]
fn store_platforms_and_documents_do_not_know_each_other() {
    let mut found = Vec::new();
    for (room, strangers) in [
        ("src/store", ["crate::platforms", "crate::documents", "crate::http", "crate::flows"]),
        ("src/platforms", ["crate::store", "crate::documents", "crate::http", "crate::flows"]),
        ("src/documents", ["crate::store", "crate::platforms", "crate::http", "crate::flows"]),
        ("src/flows", ["crate::http", "crate::worker", "crate::cli", "axum"]),
        ("src/import", ["crate::store", "crate::platforms", "crate::http", "crate::flows"]),
        ("src/answer", ["crate::http", "crate::flows", "crate::platforms", "axum"]),
    ] {
        for (name, text) in files("src", "rs").iter().filter(|(name, _)| name.starts_with(room)) {
            let uses = |word: &&&str| product(text).contains(&format!("{word}::"));
            found.extend(strangers.iter().filter(uses).map(|word| format!("{name} uses {word}")));
        }
    }
    assert_none("rooms know each other", found);
}

#[test]
fn sql_stands_only_in_the_store_and_status_codes_only_at_the_edges() {
    let mut found = Vec::new();
    for (name, text) in files("src", "rs") {
        let sql = ["SELECT ", "INSERT INTO", "UPDATE ", "DELETE FROM"]
            .iter()
            .any(|word| product(&text).contains(word));
        if sql && !name.starts_with("src/store") {
            found.push(format!("{name}: SQL"));
        }
        let edge = name.starts_with("src/http") || name.starts_with("src/platforms");
        if product(&text).contains("StatusCode") && !edge {
            found.push(format!("{name}: StatusCode"));
        }
        if product(&text).contains("backoff::") && name != "src/platforms/call.rs" {
            found.push(format!("{name}: another retry loop"));
        }
    }
    assert_none("things in the wrong room", found);
}

#[test]
fn files_are_short_named_and_licensed() {
    let mut found = Vec::new();
    for (name, text) in rust() {
        if text.lines().count() > LINES_MAX {
            found.push(format!("{name}: {} lines", text.lines().count()));
        }
        if !text.starts_with("// SPDX-License-Identifier: EUPL-1.2") {
            found.push(format!("{name}: no SPDX line"));
        }
        if name.ends_with("/mod.rs") {
            found.push(format!("{name}: a folder's file stands beside the folder"));
        }
        let unfinished = ["TO\u{44}O", "FIX\u{4d}E", "unimplemen\u{74}ed!", "tod\u{6f}!("];
        if unfinished.iter().any(|word| text.contains(word)) {
            found.push(format!("{name}: unfinished work"));
        }
    }
    for (name, text) in files("src", "sql").iter().chain(&files("schemas", "xsd")) {
        if !text.lines().take(3).any(|line| line.contains("SPDX-License-Identifier")) {
            found.push(format!("{name}: no SPDX line"));
        }
    }
    assert_none("house rules broken", found);
}

#[test]
fn every_platform_has_client_stand_in_and_contract() {
    let schemas = std::fs::read_dir(root().join("schemas")).unwrap();
    let platforms: Vec<String> = schemas
        .map(|entry| entry.unwrap())
        .filter(|entry| entry.path().is_dir())
        .map(|entry| entry.file_name().into_string().unwrap())
        // The format of a document that more than one platform carries, and of what the gateway itself writes.
        .filter(|name| !root().join(format!("src/documents/{name}.rs")).exists())
        .filter(|name| !root().join(format!("src/{name}.rs")).exists())
        .collect();
    assert!(platforms.len() >= 6, "{platforms:?}");
    for name in platforms {
        for place in [
            format!("src/platforms/{name}.rs"),
            format!("mocks/src/{name}.rs"),
            format!("mocks/fixtures/{name}"),
        ] {
            assert!(root().join(&place).exists(), "{place} is missing");
        }
    }
}

#[test]
fn client_and_stand_in_share_no_code() {
    let manifest = std::fs::read_to_string(root().join("mocks/Cargo.toml")).unwrap();
    assert!(!manifest.contains("mepa-gateway = "), "mocks must not depend on the gateway");
    let found = files("src/platforms", "rs")
        .into_iter()
        .filter(|(_, text)| product(text).contains("mepa_gateway_mocks"));
    assert_none("clients use the stand-ins", found.map(|(name, _)| name).collect());
}
