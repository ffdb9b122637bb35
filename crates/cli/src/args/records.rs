//! What can be asked of hospital records.

use std::num::NonZeroUsize;
use std::path::PathBuf;

use clap::{Args as ClapArgs, Subcommand, ValueEnum};

use super::StoresArgs;

#[derive(Debug, ClapArgs)]
pub(crate) struct RecordsArgs {
    #[command(subcommand)]
    pub(crate) command: RecordsCommand,
}

#[derive(Debug, Subcommand)]
pub(crate) enum RecordsCommand {
    /// Read hospital records in a standard form into pseudonymised tables (Parquet) that a spec's SQL can use.
    Import(ImportArgs),
    /// Say what imports hold, lack and got wrong: rows, missing columns, faults, units, spread of numbers, a source each.
    Quality(QualityArgs),
}

/// A standard form of hospital records.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum RecordForm {
    /// SS-MIX2 standardised storage: HL7 v2.5 messages in folders of patients.
    #[value(name = "ss-mix2")]
    SsMix2,
    /// FHIR R4: bulk exports (NDJSON), bundles, single resources, each also as gzip.
    Fhir,
    /// OMOP CDM 5.4: a folder with a file or a folder a table, Parquet or CSV; or a DuckDB file.
    Omop,
}

#[derive(Debug, ClapArgs)]
pub(crate) struct ImportArgs {
    /// The form of the records.
    #[arg(value_enum)]
    pub(crate) form: RecordForm,
    /// Where they are: a folder, a DuckDB file on this machine, `file://`, `s3://`, `gs://` or `az://`.
    pub(crate) from: String,
    /// Where the tables go; tables of an earlier import there are replaced.
    #[arg(long)]
    pub(crate) to: String,
    /// What the site calls these records: 1 to 32 of a-z, 0-9, `-` and `_`. It stands in every row.
    #[arg(long)]
    pub(crate) name: String,
    /// A folder with mapping tables of the site: `systems.csv`, `concepts.csv`, `units.csv`, `quantities.csv`, each of
    /// them if there.
    #[arg(long)]
    pub(crate) mapping: Option<PathBuf>,
    /// Where the hospital's own patient numbers stand, so that a person has the same pseudonym as in the hospital's other
    /// records: in FHIR the identifier's system, such as `urn:oid:1.2.3` [default: the resource's id], in OMOP
    /// `person_source_value` [default: `person_id`].
    #[arg(long)]
    pub(crate) identifier: Option<String>,
    /// The site's list of opt-outs, as `renkei cohort exclude` writes it: no row of these persons is taken.
    #[arg(long)]
    pub(crate) opt_outs: Option<PathBuf>,
    /// DuckDB's program, for OMOP in a DuckDB file [default: the file that RENKEI_DUCKDB names].
    #[arg(long, env = "RENKEI_DUCKDB", hide_env_values = true)]
    pub(crate) duckdb: Option<PathBuf>,
    /// Parts of the records read at once [default: one a core].
    #[arg(long)]
    pub(crate) threads: Option<NonZeroUsize>,
    /// The site's pseudonym key [default: as for `renkei run`].
    #[arg(long, env = "RENKEI_SITE_KEY", hide_env_values = true)]
    pub(crate) site_key: Option<PathBuf>,
    #[command(flatten)]
    pub(crate) stores: StoresArgs,
}

#[derive(Debug, ClapArgs)]
pub(crate) struct QualityArgs {
    /// Folders that `renkei records import` wrote; those of one source are reported together.
    #[arg(required = true)]
    pub(crate) folders: Vec<String>,
    #[command(flatten)]
    pub(crate) stores: StoresArgs,
}
