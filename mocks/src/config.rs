// SPDX-License-Identifier: EUPL-1.2
//! [`Options`] from a TOML file; `mocks/config.example.toml` shows all of it. A key that is not known is an error with its
//! line, as a misspelt one would be a fault that never comes.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use chrono::{DateTime, Utc};
use serde::Deserialize;

use crate::chaos::Chaos;
use crate::fault::Fault;
use crate::lavoro_pubblico::Comune;
use crate::operation::{Operation, Platform};
use crate::options::Options;

#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
struct File {
    listen: Option<SocketAddr>,
    bearer: Option<String>,
    templates: Option<Vec<String>>,
    cup_closes: Option<DateTime<Utc>>,
    clock: ClockFile,
    addresses: BTreeMap<Platform, SocketAddr>,
    cup_credentials: Option<Credentials>,
    anac: AnacFile,
    quotas: BTreeMap<Platform, u64>,
    mappings: Option<PathBuf>,
    faults: Vec<Fault>,
    chaos: BTreeMap<Platform, Chaos>,
    chaos_on: BTreeMap<Operation, Chaos>,
    ammissione: Vec<Comune>,
    definitivo: Vec<Comune>,
}

#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
struct ClockFile {
    now: Option<DateTime<Utc>>,
    running: bool,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Credentials {
    user: String,
    password: String,
}

#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
struct AnacFile {
    public_key: Option<String>,
    voucher_lifetime: Option<u32>,
    calls_per_minute: Option<u32>,
}

impl Options {
    /// Options from a file; the folder of mappings is looked for from where the file is.
    ///
    /// # Errors
    /// Names the file, and the line where it is wrong.
    pub fn from_file(path: &Path) -> Result<Self, String> {
        let told = |why: String| format!("{}: {why}", path.display());
        let text = std::fs::read_to_string(path).map_err(|error| told(error.to_string()))?;
        let mut options = Self::from_toml(&text).map_err(told)?;
        if let (Some(mappings), Some(folder)) = (&mut options.mappings, path.parent()) {
            *mappings = folder.join(&*mappings);
        }
        Ok(options)
    }

    /// Options from the text of a file. What it does not say is as in [`Options::default`].
    ///
    /// # Errors
    /// Says what is wrong and in which line.
    pub fn from_toml(text: &str) -> Result<Self, String> {
        let file: File = toml::from_str(text).map_err(|error| error.to_string())?;
        file.options()
    }
}

impl File {
    fn options(self) -> Result<Options, String> {
        for (n, fault) in (1..).zip(&self.faults) {
            check(fault).map_err(|why| format!("fault {n}: {why}"))?;
        }
        if self.clock.running && self.clock.now.is_none() {
            return Err("clock: running needs now".to_owned());
        }
        let plain = Options::default();
        let mut options = match self.listen {
            Some(address) => plain.listen(address),
            None => plain,
        };
        for (platform, address) in self.addresses {
            *options.address_of(platform) = address;
        }
        let set = |given: Option<u32>, plain: u32| given.unwrap_or(plain);
        Ok(Options {
            now: self.clock.now,
            clock_runs: self.clock.running,
            faults: self.faults,
            chaos: self.chaos,
            chaos_on: self.chaos_on,
            quotas: self.quotas,
            mappings: self.mappings,
            ammissione: self.ammissione,
            definitivo: self.definitivo,
            cup_credentials: self.cup_credentials.map(|given| (given.user, given.password)),
            bearer: self.bearer,
            templates: self.templates.unwrap_or(options.templates),
            cup_closes: self.cup_closes.unwrap_or(options.cup_closes),
            anac_public_key: self.anac.public_key.as_deref().map(point).transpose()?,
            voucher_lifetime: set(self.anac.voucher_lifetime, options.voucher_lifetime),
            anac_calls_per_minute: set(self.anac.calls_per_minute, options.anac_calls_per_minute),
            ..options
        })
    }
}

/// A fault that can be played somewhere.
fn check(fault: &Fault) -> Result<(), &'static str> {
    match (fault.platform, fault.operation) {
        (None, None) => Err("names neither platform nor operation"),
        (Some(platform), Some(operation)) if operation.platform() != platform => {
            Err("the operation belongs to another platform")
        }
        _ => Ok(()),
    }
}

/// A point of P-256, in base64.
fn point(text: &str) -> Result<Vec<u8>, String> {
    let bytes = STANDARD.decode(text).map_err(|error| format!("anac.public_key: {error}"))?;
    if bytes.len() == 65 && bytes.first() == Some(&4) {
        return Ok(bytes);
    }
    Err("anac.public_key: no uncompressed point of P-256 (65 bytes, the first 0x04)".to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::chaos::ChaosKind;
    use crate::fault::Kind;

    const EXAMPLE: &str = include_str!("../config.example.toml");

    #[test]
    fn an_empty_file_is_the_default() {
        assert_eq!(Options::from_toml("").unwrap(), Options::default());
    }

    #[test]
    fn the_example_says_what_it_says() {
        let options = Options::from_toml(EXAMPLE).unwrap();
        let ports = [options.sistema_cup, options.lavoro_pubblico, options.acquistinretepa, options.anac];
        assert_eq!(ports.map(|address| address.port()), [9100, 9101, 9102, 9200]);
        assert_eq!(options.now.unwrap().to_rfc3339(), "2026-01-20T09:00:00+00:00");
        assert!(options.clock_runs);
        assert_eq!(options.cup_credentials.unwrap().0, "utente");
        assert_eq!(options.faults[0].kind, Kind::Hang);
        assert_eq!((options.faults[0].times, options.faults[1].times), (Some(2), Some(1)));
        assert_eq!(options.chaos[&Platform::Acquistinretepa].rate_percent, 10);
        assert_eq!(
            options.chaos_on[&Operation::CreateDraft].kinds,
            [ChaosKind::DropAfter, ChaosKind::ResetAfter]
        );
        assert_eq!(options.quotas[&Platform::Anac], 5000);
        assert_eq!((options.ammissione.len(), options.definitivo.len()), (2, 1));
        assert_eq!((options.voucher_lifetime, options.anac_calls_per_minute), (600, 60));
        assert_eq!(options.mappings.unwrap().to_str(), Some("mappings/manutenzione-cup"));
        assert_eq!(options.templates, Options::default().templates);
        assert_eq!(options.cup_closes, Options::default().cup_closes);
    }

    #[test]
    fn what_is_wrong_is_told_with_its_line() {
        for (text, wanted) in [
            ("bearer = \"x\"\nbaerer = \"y\"", "line 2"),
            ("[clock]\nnow = \"2026-01-20T09:00:00Z\"\nrunnig = true", "line 3"),
            ("[[faults]]\noperation = \"create_draft\"\n\nkid = \"drop\"", "line 4"),
            ("[chaos.anac]\nseed = 1\nrate_percent = 1\nkinds = [\"dorp\"]", "line 4"),
            ("[chaos.inps]\nseed = 1\nrate_percent = 1", "line 1"),
            ("[quotas]\nanac = -1", "line 2"),
            ("listen = \"localhost\"", "line 1"),
            ("[[faults]]\nkind = \"drop\"", "fault 1: names neither"),
            ("[[faults]]\nplatform = \"anac\"\noperation = \"cup_list\"", "fault 1: the operation"),
            ("[anac]\npublic_key = \"AAAA\"", "P-256"),
            ("[clock]\nrunning = true", "needs now"),
        ] {
            let why = Options::from_toml(text).unwrap_err();
            assert!(why.contains(wanted), "{text}\n{why}");
        }
        let why = Options::from_file(Path::new("/nowhere/at.toml")).unwrap_err();
        assert!(why.starts_with("/nowhere/at.toml: "), "{why}");
    }
}
