// SPDX-License-Identifier: EUPL-1.2
//! The program as a process of its own, with a store and settings of its own.

use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

/// The program on one store.
pub(crate) struct Program {
    folder: PathBuf,
    settings: PathBuf,
}

impl Program {
    /// On the store of a folder, with settings as in a settings file.
    pub(crate) fn new(folder: &Path, settings: &str) -> Self {
        let path = folder.join("settings.toml");
        std::fs::write(&path, format!("{settings}\n[log]\nfilter = \"off\"\n")).unwrap();
        Self { folder: folder.to_owned(), settings: path }
    }

    fn command(&self) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_mepa-gateway"));
        command.arg("--config").arg(&self.settings);
        command
    }

    /// Runs a command that must go well; gives what it printed.
    pub(crate) fn run(&self, arguments: &[&str]) -> String {
        let output = self.command().args(arguments).arg("--data-dir").arg(&self.folder).output().unwrap();
        assert!(output.status.success(), "{arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8(output.stdout).unwrap()
    }

    /// Adds a client; gives its token.
    pub(crate) fn client(&self, role: &str, comune: &str) -> String {
        let added = self.run(&["clients", "add", "--name", "test", "--role", role, "--comune", comune]);
        added.split_whitespace().last().unwrap().to_owned()
    }

    /// Starts the service on a free port and waits until it says where it serves.
    pub(crate) fn serve(&self) -> (Child, String) {
        let mut child = self
            .command()
            .args(["serve", "--listen", "127.0.0.1:0", "--data-dir"])
            .arg(&self.folder)
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let mut line = String::new();
        BufReader::new(child.stdout.take().unwrap()).read_line(&mut line).unwrap();
        let base =
            line.split_whitespace().last().unwrap_or_else(|| panic!("the service did not start")).to_owned();
        (child, base)
    }
}
