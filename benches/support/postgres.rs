// SPDX-License-Identifier: EUPL-1.2
//! The yardstick: a private PostgreSQL on a Unix socket, and pgbench driving the bare row-lock transaction that reserves
//! money for an order, without document, rules, HTTP or audit chain.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use anyhow::Context;

const PORT: &str = "54392";
const TABLES: &str = "
CREATE TABLE budget(comune int PRIMARY KEY, assigned bigint NOT NULL, reserved bigint NOT NULL,
    CHECK (reserved <= assigned)) WITH (fillfactor = 50);
INSERT INTO budget SELECT n, 1000000000000, 0 FROM generate_series(1, 1851) n;
CREATE TABLE ord(id bigserial PRIMARY KEY, comune int NOT NULL, cig text NOT NULL, amount bigint NOT NULL,
    ts timestamptz NOT NULL DEFAULT now());
CREATE TABLE ev(id bigserial PRIMARY KEY, comune int NOT NULL, kind int NOT NULL, amount bigint NOT NULL);";

/// A running cluster, stopped and removed when dropped.
#[derive(Debug)]
pub(crate) struct Postgres {
    programs: PathBuf,
    folder: PathBuf,
    as_root: bool,
}

/// What pgbench says.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Transactions {
    /// Transactions in a second.
    pub(crate) per_second: f64,
    /// Mean milliseconds of one.
    pub(crate) mean_ms: f64,
}

impl Postgres {
    /// Starts a cluster below that folder; `None` when PostgreSQL is not installed.
    ///
    /// # Errors
    /// When it is installed and does not start.
    pub(crate) fn start(folder: &Path) -> anyhow::Result<Option<Self>> {
        let Some(programs) = programs() else { return Ok(None) };
        let user = Command::new("id").arg("-u").output()?;
        let folder = folder.join("postgres");
        let postgres = Self { programs, folder, as_root: user.stdout.trim_ascii() == b"0" };
        let _ = std::fs::remove_dir_all(&postgres.folder);
        std::fs::create_dir_all(&postgres.folder)?;
        if postgres.as_root {
            run(Command::new("chown").arg("postgres").arg(&postgres.folder))?;
        }
        let data = postgres.data();
        run(postgres.program("initdb").args(["-A", "trust", "--no-sync", "-E", "UTF8", "-D"]).arg(&data))?;
        let options = format!(
            "-c listen_addresses='' -c unix_socket_directories='{}' -c port={PORT} -c shared_buffers=512MB \
             -c max_wal_size=4GB -c fsync=on -c synchronous_commit=on -c full_page_writes=on \
             -c wal_sync_method=fdatasync",
            postgres.folder.display()
        );
        let log = postgres.folder.join("log");
        let mut start = postgres.program("pg_ctl");
        start.args(["-w", "-o", &options, "-l"]).arg(log).arg("-D").arg(&data).arg("start");
        run(&mut start)?;
        postgres.sql(TABLES)?;
        postgres.sql("VACUUM ANALYZE")?;
        postgres.sql("CHECKPOINT")?;
        Ok(Some(postgres))
    }

    /// Lets 32 clients reserve for so many seconds, over all rows or all on one.
    ///
    /// # Errors
    /// When pgbench fails.
    pub(crate) fn reserve(&self, hot: bool, seconds: u64) -> anyhow::Result<Transactions> {
        let comune = if hot { "1" } else { "random(1, 1851)" };
        let script = self.folder.join(if hot { "hot.sql" } else { "uniform.sql" });
        std::fs::write(
            &script,
            format!(
                "\\set c {comune}\n\\set a random(1, 1000)\nBEGIN;\n\
                 UPDATE budget SET reserved = reserved + :a WHERE comune = :c AND assigned - reserved >= :a;\n\
                 INSERT INTO ord(comune, cig, amount) VALUES (:c, 'A0B1C2D3E4', :a);\n\
                 INSERT INTO ev(comune, kind, amount) VALUES (:c, 1, :a);\nCOMMIT;\n"
            ),
        )?;
        let mut bench = self.program("pgbench");
        bench.args(["-n", "-M", "prepared", "-c", "32", "-j", "2", "-p", PORT, "-h"]).arg(&self.folder);
        let said = run(bench.arg("-T").arg(seconds.to_string()).arg("-f").arg(script).arg("postgres"))?;
        let number = |label: &str| -> anyhow::Result<f64> {
            let line =
                said.lines().find_map(|line| line.strip_prefix(label)).with_context(|| said.clone())?;
            Ok(line.split_whitespace().next().context("no number")?.parse()?)
        };
        Ok(Transactions { per_second: number("tps = ")?, mean_ms: number("latency average = ")? })
    }

    fn sql(&self, statements: &str) -> anyhow::Result<()> {
        let mut psql = self.program("psql");
        psql.args(["-qX", "-v", "ON_ERROR_STOP=1", "-p", PORT, "-h"]).arg(&self.folder);
        run(psql.args(["-c", statements, "postgres"])).map(|_| ())
    }

    fn data(&self) -> PathBuf {
        self.folder.join("data")
    }

    /// PostgreSQL does not run as root.
    fn program(&self, name: &str) -> Command {
        let program = self.programs.join(name);
        let mut command = match self.as_root {
            true => {
                let mut command = Command::new("runuser");
                command.args(["-u", "postgres", "--"]).arg(program);
                command
            }
            false => Command::new(program),
        };
        command.current_dir(&self.folder);
        command
    }
}

impl Drop for Postgres {
    fn drop(&mut self) {
        // What could not be stopped or removed is the user's to see; there is nothing left to do about it here.
        let _ = run(self.program("pg_ctl").args(["-m", "immediate", "-D"]).arg(self.data()).arg("stop"));
        let _ = std::fs::remove_dir_all(&self.folder);
    }
}

/// Where the server's programs are; the newest version counts.
fn programs() -> Option<PathBuf> {
    let versions = std::fs::read_dir("/usr/lib/postgresql").ok()?;
    let mut folders: Vec<PathBuf> = versions.flatten().map(|version| version.path().join("bin")).collect();
    folders.sort();
    folders.into_iter().rev().find(|folder| folder.join("pgbench").exists() && folder.join("initdb").exists())
}

fn run(command: &mut Command) -> anyhow::Result<String> {
    let output = command.stdin(Stdio::null()).output().with_context(|| format!("{command:?}"))?;
    let said = String::from_utf8_lossy(&output.stdout).into_owned();
    anyhow::ensure!(
        output.status.success(),
        "{command:?}: {said}{}",
        String::from_utf8_lossy(&output.stderr)
    );
    Ok(said)
}
