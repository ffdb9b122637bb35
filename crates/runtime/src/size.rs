//! Amounts of bytes as people write them: `512 MiB`, `2GB`, `4096`.

use std::borrow::Cow;
use std::fmt;
use std::str::FromStr;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::error::Error;

/// A number of bytes. The text form is exact (the largest unit that divides it, or plain bytes), so that a spec
/// written out and read again is the same spec; crates for this round to one decimal.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ByteSize(u64);

/// The units, largest first, which is the order tried when printing.
const UNITS: [(&str, u64); 8] = [
    ("TiB", 1 << 40),
    ("TB", 1_000_000_000_000),
    ("GiB", 1 << 30),
    ("GB", 1_000_000_000),
    ("MiB", 1 << 20),
    ("MB", 1_000_000),
    ("KiB", 1 << 10),
    ("kB", 1_000),
];

impl ByteSize {
    /// `bytes` bytes.
    #[must_use]
    pub const fn from_bytes(bytes: u64) -> Self {
        Self(bytes)
    }

    /// `mebibytes` times 2^20 bytes, at most 2^64 - 1 bytes.
    #[must_use]
    pub const fn from_mib(mebibytes: u64) -> Self {
        Self(mebibytes.saturating_mul(1 << 20))
    }

    /// The number of bytes.
    #[must_use]
    pub const fn bytes(self) -> u64 {
        self.0
    }
}

impl fmt::Display for ByteSize {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match UNITS.iter().find(|(_, unit)| self.0 >= *unit && self.0.is_multiple_of(*unit)) {
            Some((name, unit)) => write!(f, "{}{name}", self.0 / unit),
            None => write!(f, "{}B", self.0),
        }
    }
}

impl fmt::Debug for ByteSize {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "ByteSize({self})")
    }
}

impl FromStr for ByteSize {
    type Err = Error;

    /// A whole number, optional spaces, and a unit: none or `B`, `kB MB GB TB` (powers of 1000),
    /// `KiB MiB GiB TiB` (powers of 1024); upper or lower case.
    fn from_str(text: &str) -> Result<Self, Error> {
        let refused = || Error::ByteSize { text: text.to_owned() };
        let trimmed = text.trim();
        let digits = trimmed.find(|c: char| !c.is_ascii_digit()).unwrap_or(trimmed.len());
        let (number, unit) = trimmed.split_at(digits);
        let number: u64 = number.parse().map_err(|_| refused())?;
        let unit = match unit.trim_start() {
            "" | "B" | "b" => 1,
            name => UNITS.iter().find(|(known, _)| known.eq_ignore_ascii_case(name)).ok_or_else(refused)?.1,
        };
        number.checked_mul(unit).map(Self).ok_or_else(refused)
    }
}

impl Serialize for ByteSize {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for ByteSize {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(serde::de::Error::custom)
    }
}

impl JsonSchema for ByteSize {
    fn schema_name() -> Cow<'static, str> {
        "ByteSize".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({
            "type": "string",
            "description": "A whole number and a unit, as in 512MiB or 2GB.",
            "pattern": r"^\s*[0-9]+\s*([kKmMgGtT][iI]?)?[bB]?\s*$",
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(text: &str) -> u64 {
        text.parse::<ByteSize>().unwrap().bytes()
    }

    #[test]
    fn the_usual_spellings_parse() {
        assert_eq!([parse("2GiB"), parse(" 512 MiB "), parse("3gb")], [2 << 30, 512 << 20, 3_000_000_000]);
        assert_eq!([parse("4096"), parse("7 B"), parse("1KB"), parse("1kib")], [4096, 7, 1000, 1024]);
    }

    #[test]
    fn other_texts_are_refused() {
        for text in ["", "GiB", "1.5GiB", "-1", "1 XB", "2G", "99999999TiB", "1 GiB extra", "１GiB"] {
            assert!(text.parse::<ByteSize>().is_err(), "{text} was accepted");
        }
    }

    #[test]
    fn the_text_form_is_exact() {
        for (bytes, text) in [
            (0, "0B"),
            (1025, "1025B"),
            (1 << 30, "1GiB"),
            (3 << 19, "1536KiB"),
            (1_500_000, "1500kB"),
            (2_000_000_000, "2GB"),
        ] {
            assert_eq!(ByteSize::from_bytes(bytes).to_string(), text);
            assert_eq!(parse(text), bytes);
        }
        assert_eq!(serde_json::to_string(&ByteSize::from_mib(512)).unwrap(), "\"512MiB\"");
    }
}
