//! Names of facts: paths such as `runs/1f0c/state`.

use std::fmt;

use crate::error::Error;

/// The longest key, in bytes.
pub const MAX_KEY_BYTES: usize = 512;

/// The name of a fact: segments of ASCII letters, digits, `-`, `_` and `.`, joined by single slashes.
///
/// Keys appear in logs and errors: whoever builds one hashes what users supplied and never puts a case's id in.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Key(String);

impl Key {
    /// Checks and takes `text`; an error where it is empty, longer than [`MAX_KEY_BYTES`], has an empty segment or a
    /// character outside the set.
    pub fn new(text: impl Into<String>) -> Result<Self, Error> {
        let text = text.into();
        match fault(&text) {
            Some(fault) => Err(Error::InvalidKey { fault }),
            None => Ok(Self(text)),
        }
    }

    /// A key read back from a store, which checked it when it was put.
    pub(crate) fn stored(text: String) -> Self {
        Self(text)
    }

    /// The text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

fn fault(text: &str) -> Option<&'static str> {
    let allowed = |byte: u8| byte.is_ascii_alphanumeric() || b"-_./".contains(&byte);
    if text.len() > MAX_KEY_BYTES {
        Some("is longer than 512 bytes")
    } else if text.split('/').any(str::is_empty) {
        Some("has an empty segment")
    } else if !text.bytes().all(allowed) {
        Some("has a character other than ASCII letters, digits, '-', '_', '.' and '/'")
    } else {
        None
    }
}

impl fmt::Display for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// A set of keys to list. It goes by whole segments: what is under `runs/1` never includes `runs/10`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Prefix {
    start: String,
    end: String,
}

impl Prefix {
    /// Every key.
    #[must_use]
    pub fn all() -> Self {
        // The last ASCII character, which no key holds.
        Self { start: String::new(), end: "\u{7f}".to_owned() }
    }

    /// Every key that continues `key` by at least one segment; not `key` itself.
    #[must_use]
    pub fn under(key: &Key) -> Self {
        // '0' follows '/' in ASCII.
        Self { start: format!("{key}/"), end: format!("{key}0") }
    }

    /// The first text that belongs and the first after it that does not, in byte order.
    pub(crate) fn range(&self) -> (&str, &str) {
        (&self.start, &self.end)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_are_accepted_and_kept() {
        for text in ["a", "runs/1f0c/state", "sites/nms.tokyo_2-b", &"k".repeat(MAX_KEY_BYTES)] {
            assert_eq!(Key::new(text).unwrap().as_str(), text);
        }
    }

    #[test]
    fn other_texts_are_refused() {
        for text in ["", "/", "/a", "a/", "a//b", "a b", "a\0", "日本", "a\u{7f}", &"k".repeat(MAX_KEY_BYTES + 1)] {
            assert!(Key::new(text).is_err(), "{text:?} was accepted");
        }
    }

    #[test]
    fn every_key_lies_in_the_range_of_all() {
        let all = Prefix::all();
        let (start, end) = all.range();
        for byte in 0..=127_u8 {
            if let Ok(key) = Key::new(char::from(byte)) {
                assert!(start <= key.as_str() && key.as_str() < end, "{key}");
            }
        }
    }
}
