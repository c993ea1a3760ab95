// SPDX-License-Identifier: EUPL-1.2
//! Words of headers and labels as they are compared.

use unicode_normalization::UnicodeNormalization;

/// The words of a text in lower case, without accents; whatever is no letter or digit parts them.
pub(super) fn words(text: &str) -> Vec<String> {
    let plain: String =
        text.nfd().filter(|c| !('\u{300}'..='\u{36F}').contains(c)).flat_map(char::to_lowercase).collect();
    plain.split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty()).map(str::to_owned).collect()
}

/// Whether any of the words is in the list.
pub(super) fn any_of(words: &[String], list: &[&str]) -> bool {
    words.iter().any(|word| list.contains(&word.as_str()))
}

/// Whether all of the words are in the list.
pub(super) fn all_of(words: &[String], list: &[&str]) -> bool {
    words.iter().all(|word| list.contains(&word.as_str()))
}
