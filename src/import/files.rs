// SPDX-License-Identifier: EUPL-1.2
//! Documents one by one out of files, folders and ZIP archives. What cannot be read is handed over with its reason and stops
//! nothing; what would grow without bound is refused.

use std::fs::{self, File};
use std::io::{Cursor, Read};
use std::path::{Path, PathBuf};

use tokio::sync::mpsc::{Receiver, channel};
use tokio::task::{JoinHandle, spawn_blocking};
use zip::ZipArchive;

use crate::domain::text::Text;

/// Folders inside folders.
const FOLDER_DEPTH: u32 = 16;
/// Archives inside archives.
const ARCHIVE_DEPTH: u32 = 2;
/// Files inside one archive.
const ENTRIES: usize = 200_000;
/// Bytes of an archive.
const ARCHIVE_BYTES: u64 = 2 << 30;
/// Bytes that may come out of one archive of the outermost level.
const UNPACKED_BYTES: u64 = 4 << 30;

/// Documents read ahead: few, since a folder of thousands must not stand in memory.
const DOCUMENTS_AHEAD: usize = 8;

/// A document, or why there is none.
#[derive(Debug)]
pub struct Document {
    /// Where it stands: path, and inside an archive the name behind an exclamation mark.
    pub place: String,
    /// Its own name.
    pub name: String,
    /// Its bytes, or why they cannot be had.
    pub content: Result<Vec<u8>, Text>,
}

/// Hands over every document under the paths, in the order of their names, numbers in them counted: of lists of
/// mandati the last one holds, and `mandati_10` comes after `mandati_9`. `most` is how many bytes one may have.
pub fn each_document(paths: &[PathBuf], most: usize, each: &mut dyn FnMut(Document)) {
    let mut walk = Walk { most: most as u64, left: UNPACKED_BYTES, each };
    for path in paths {
        walk.path(path, FOLDER_DEPTH);
    }
}

/// The same, from a thread that reads ahead of whom takes them in; the task tells when that thread has failed.
pub fn documents_of(paths: Vec<PathBuf>, most: usize) -> (Receiver<Document>, JoinHandle<()>) {
    let (send, documents) = channel(DOCUMENTS_AHEAD);
    let reading = spawn_blocking(move || {
        each_document(&paths, most, &mut |document| {
            // Nobody listens any more when the import has failed.
            let _gone = send.blocking_send(document);
        });
    });
    (documents, reading)
}

struct Walk<'e> {
    most: u64,
    left: u64,
    each: &'e mut dyn FnMut(Document),
}

impl Walk<'_> {
    fn path(&mut self, path: &Path, depth: u32) {
        // A link is followed when it is named, and not when it is found: a folder may link to the one around it.
        let is_folder = fs::metadata(path).is_ok_and(|about| about.is_dir());
        if is_folder && depth > 0 { self.folder(path, depth) } else { self.file(path) }
    }

    fn folder(&mut self, folder: &Path, depth: u32) {
        let entries = match fs::read_dir(folder) {
            Ok(entries) => entries,
            Err(error) => return self.trouble(folder, &error),
        };
        let mut paths: Vec<PathBuf> = entries
            .flatten()
            .filter(|entry| entry.file_type().is_ok_and(|kind| kind.is_file() || kind.is_dir()))
            .filter(|entry| !entry.file_name().to_string_lossy().starts_with('.'))
            .map(|entry| entry.path())
            .collect();
        alphanumeric_sort::sort_path_slice(&mut paths);
        paths.iter().for_each(|path| self.path(path, depth - 1));
    }

    fn file(&mut self, path: &Path) {
        match read_at_most(path, self.most) {
            Ok(Head::Whole(bytes)) if !is_archive(&bytes) => self.hand_over(path, Ok(bytes)),
            Ok(Head::Whole(_)) => self.archive_file(path),
            Ok(Head::Longer(first)) if is_archive(&first) => self.archive_file(path),
            Ok(Head::Longer(_)) => self.hand_over(path, Err(too_long(self.most))),
            Err(error) => self.trouble(path, &error),
        }
    }

    fn archive_file(&mut self, path: &Path) {
        match read_at_most(path, ARCHIVE_BYTES) {
            Ok(Head::Whole(bytes)) => {
                self.left = UNPACKED_BYTES;
                self.archive(&path.display().to_string(), &bytes, ARCHIVE_DEPTH);
            }
            Ok(Head::Longer(_)) => self.hand_over(path, Err(too_long(ARCHIVE_BYTES))),
            Err(error) => self.trouble(path, &error),
        }
    }

    fn archive(&mut self, place: &str, bytes: &[u8], depth: u32) {
        let mut archive = match ZipArchive::new(Cursor::new(bytes)) {
            Ok(archive) if archive.len() <= ENTRIES && depth > 0 => archive,
            Ok(archive) if depth > 0 => {
                let reason = Text {
                    it: format!("archivio con {} file, il massimo è {ENTRIES}", archive.len()).into(),
                    en: format!("archive of {} files, at most {ENTRIES} are read", archive.len()).into(),
                };
                return self.refuse(place, reason);
            }
            Ok(_) => {
                return self.refuse(
                    place,
                    Text::new(
                        "archivi annidati oltre il limite",
                        "archives inside archives beyond the limit",
                    ),
                );
            }
            Err(error) => return self.refuse(place, damaged(&error)),
        };
        let mut entries: Vec<(String, usize)> = Vec::with_capacity(archive.len());
        for index in 0..archive.len() {
            let name =
                archive.by_index_raw(index).ok().and_then(|entry| Some(entry.name().ok()?.into_owned()));
            entries.push((name.unwrap_or_default(), index));
        }
        entries.retain(|(name, _)| !name.ends_with('/') && !base_name(name).starts_with('.'));
        alphanumeric_sort::sort_slice_by_str_key(&mut entries, |(name, _)| name);
        for (name, index) in entries {
            let inner = format!("{place}!{name}");
            match self.unpacked(&mut archive, index) {
                Ok(bytes) if is_archive(&bytes) => self.archive(&inner, &bytes, depth - 1),
                content => (self.each)(Document { place: inner, name: base_name(&name).to_owned(), content }),
            }
        }
    }

    /// The bytes of an entry; declared sizes can lie, so they are counted as they come.
    fn unpacked(&mut self, archive: &mut ZipArchive<Cursor<&[u8]>>, index: usize) -> Result<Vec<u8>, Text> {
        let entry = archive.by_index(index).map_err(|error| damaged(&error))?;
        // An archive inside the archive may be as large as what is left.
        let is_zip = entry.name().is_ok_and(|name| name.to_ascii_lowercase().ends_with(".zip"));
        let most = if is_zip { self.left } else { self.most };
        let most = most.min(self.left);
        let mut bytes = Vec::new();
        let read = entry.take(most.saturating_add(1)).read_to_end(&mut bytes);
        read.map_err(|error| Text {
            it: format!("archivio danneggiato: {error}").into(),
            en: format!("damaged archive: {error}").into(),
        })?;
        if bytes.len() as u64 > most {
            return Err(too_long(most));
        }
        self.left -= bytes.len() as u64;
        Ok(bytes)
    }

    fn hand_over(&mut self, path: &Path, content: Result<Vec<u8>, Text>) {
        let place = path.display().to_string();
        let name = path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
        (self.each)(Document { place, name, content });
    }

    fn refuse(&mut self, place: &str, reason: Text) {
        (self.each)(Document {
            place: place.to_owned(),
            name: base_name(place).to_owned(),
            content: Err(reason),
        });
    }

    fn trouble(&mut self, path: &Path, error: &std::io::Error) {
        let reason = Text {
            it: format!("non si può leggere: {error}").into(),
            en: format!("cannot be read: {error}").into(),
        };
        self.hand_over(path, Err(reason));
    }
}

/// As much of a file as is wanted.
enum Head {
    Whole(Vec<u8>),
    /// It is longer than this.
    Longer(Vec<u8>),
}

fn read_at_most(path: &Path, most: u64) -> std::io::Result<Head> {
    let mut bytes = Vec::new();
    File::open(path)?.take(most.saturating_add(1)).read_to_end(&mut bytes)?;
    Ok(if bytes.len() as u64 > most { Head::Longer(bytes) } else { Head::Whole(bytes) })
}

fn is_archive(bytes: &[u8]) -> bool {
    bytes.starts_with(b"PK\x03\x04") || bytes.starts_with(b"PK\x05\x06")
}

/// The name without the folders before it, however they are written.
fn base_name(name: &str) -> &str {
    name.rsplit(['/', '\\', '!']).next().unwrap_or(name)
}

fn damaged(error: &zip::result::ZipError) -> Text {
    Text {
        it: format!("archivio ZIP danneggiato: {error}").into(),
        en: format!("damaged ZIP archive: {error}").into(),
    }
}

fn too_long(most: u64) -> Text {
    Text {
        it: format!("più lungo di {most} byte, il massimo").into(),
        en: format!("longer than {most} bytes, the most that is read").into(),
    }
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use zip::ZipWriter;
    use zip::write::SimpleFileOptions;

    use super::*;

    fn packed(entries: &[(&str, &[u8])]) -> Vec<u8> {
        let mut writer = ZipWriter::new(Cursor::new(Vec::new()));
        for (name, bytes) in entries {
            writer.start_file(*name, SimpleFileOptions::default()).unwrap();
            writer.write_all(bytes).unwrap();
        }
        writer.finish().unwrap().into_inner()
    }

    fn found(folder: &Path, most: usize) -> Vec<(String, Result<usize, String>)> {
        let mut found = Vec::new();
        each_document(&[folder.to_owned()], most, &mut |document| {
            let place = document.place.replace(&folder.display().to_string(), "");
            let content = document.content.map(|bytes| bytes.len()).map_err(|why| why.en.into_owned());
            found.push((place, content));
        });
        found
    }

    #[test]
    fn documents_come_out_of_folders_and_archives_in_order() {
        let folder = tempfile::tempdir().unwrap();
        let inner = packed(&[("x.xml", b"12"), (".hidden", b"1")]);
        fs::write(
            folder.path().join("b.zip"),
            packed(&[("d/2.xml", b"1"), ("1.xml", b"123"), ("in.zip", &inner)]),
        )
        .unwrap();
        fs::create_dir(folder.path().join("a")).unwrap();
        fs::write(folder.path().join("a/z.p7m"), b"4444").unwrap();
        let places: Vec<_> = found(folder.path(), 100);
        let ok = |place: &str, length| (place.to_owned(), Ok(length));
        assert_eq!(
            places,
            [ok("/a/z.p7m", 4), ok("/b.zip!1.xml", 3), ok("/b.zip!d/2.xml", 1), ok("/b.zip!in.zip!x.xml", 2)]
        );
    }

    #[test]
    fn numbers_in_names_are_counted() {
        let folder = tempfile::tempdir().unwrap();
        for name in ["mandati_10.csv", "mandati_9.csv", "mandati_09b.csv", "mandati_1.csv"] {
            fs::write(folder.path().join(name), b"1").unwrap();
        }
        let archive = packed(&[("m 10/1.xml", b"1"), ("m 2/10.xml", b"1"), ("m 2/9.xml", b"1")]);
        fs::write(folder.path().join("z.zip"), archive).unwrap();
        let places: Vec<_> = found(folder.path(), 100).into_iter().map(|(place, _)| place).collect();
        let expected =
            ["/mandati_1.csv", "/mandati_9.csv", "/mandati_09b.csv", "/mandati_10.csv", "/z.zip!m 2/9.xml"];
        assert_eq!(places[..5], expected);
        assert_eq!(places[5..], ["/z.zip!m 2/10.xml", "/z.zip!m 10/1.xml"]);
    }

    #[test]
    fn what_is_too_long_damaged_or_too_deep_is_told_and_stops_nothing() {
        let folder = tempfile::tempdir().unwrap();
        let deep = packed(&[("1.zip", &packed(&[("2.zip", &packed(&[("a.xml", b"1")]))]))]);
        fs::write(folder.path().join("deep.zip"), deep).unwrap();
        fs::write(folder.path().join("broken.zip"), b"PK\x03\x04 and no more").unwrap();
        fs::write(folder.path().join("large.xml"), vec![b'x'; 101]).unwrap();
        fs::write(folder.path().join("bomb.zip"), packed(&[("big.xml", &vec![0; 5_000])])).unwrap();
        fs::write(folder.path().join("ok.xml"), b"ok").unwrap();
        let found = found(folder.path(), 100);
        let reason = |name: &str| {
            let (_, content) = found.iter().find(|(place, _)| place.contains(name)).unwrap();
            content.clone().unwrap_err()
        };
        assert!(reason("broken.zip").contains("damaged"));
        assert!(reason("large.xml").contains("longer"));
        assert!(reason("bomb.zip!big.xml").contains("longer"));
        assert!(reason("2.zip").contains("beyond the limit"), "{found:?}");
        assert_eq!(found.iter().filter(|(_, content)| content.is_ok()).count(), 1);
    }
}
