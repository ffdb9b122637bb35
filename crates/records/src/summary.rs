//! What an import read, wrote, left out and found wrong: counts and digests, no value of any record.

use std::collections::BTreeMap;

use renkei_domain::Digest;
use serde::{Deserialize, Serialize};

use crate::{FaultCounts, Table};

/// One file of the output folder.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct OutputFile {
    /// Its size in bytes.
    pub bytes: u64,
    /// Its SHA-256: a table that does not have it belongs to another import.
    pub sha256: Digest,
}

/// The counts of one import; `summary.json` of the output folder, written last.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Summary {
    /// The version of this crate.
    pub version: String,
    /// The version of the tables' schemas.
    pub schema: u32,
    /// The name that the site gave the source.
    pub source: String,
    /// The form of the records, such as `ss-mix2`.
    pub form: String,
    /// The digest of the mapping tables.
    pub mapping: Digest,
    /// The digest of everything that was read, in order.
    pub input: Digest,
    /// Files or parts of files that were read.
    pub files: u64,
    /// Their size in bytes.
    pub bytes: u64,
    /// Rows by table.
    pub rows: BTreeMap<Table, u64>,
    /// Faults by kind; `faults.parquet` lists each.
    pub faults: FaultCounts,
    /// Messages or resources that were read, by type.
    pub read: BTreeMap<String, u64>,
    /// What was left out without being a fault, by reason.
    pub skipped: BTreeMap<String, u64>,
    /// The files of the output folder but this one.
    pub output: BTreeMap<String, OutputFile>,
}
