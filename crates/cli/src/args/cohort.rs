//! What can be asked of a cohort before, or without, any run.

use std::path::PathBuf;

use clap::{Args as ClapArgs, Subcommand};

use super::StoresArgs;

#[derive(Debug, ClapArgs)]
pub(crate) struct CohortArgs {
    #[command(subcommand)]
    pub(crate) command: CohortCommand,
}

#[derive(Debug, Subcommand)]
pub(crate) enum CohortCommand {
    /// Say who is in the cohort, who was left out and why, and what the records are like.
    Describe(DescribeArgs),
    /// Say everything that keeps the cohort from being made or predicted from.
    Check(CheckArgs),
    /// Fit and validate the models of the records alone, and write a report.
    Analyse(AnalyseArgs),
    /// Say what differs between the cohorts of two specs, or of one spec at two states of the data.
    Diff(DiffArgs),
    /// Add persons to the site's list of opt-outs, which specs (`cohort.opt_outs`) and imports leave out.
    Exclude(ExcludeArgs),
}

/// What it takes to make a cohort: neither slides nor an encoder.
#[derive(Debug, Clone, ClapArgs)]
pub(crate) struct SiteArgs {
    /// The site's pseudonym key [default: as for `renkei run`].
    #[arg(long, env = "RENKEI_SITE_KEY", hide_env_values = true)]
    pub(crate) site_key: Option<PathBuf>,
    #[command(flatten)]
    pub(crate) stores: StoresArgs,
}

#[derive(Debug, ClapArgs)]
pub(crate) struct DescribeArgs {
    /// A run spec (YAML), or only its `version`, `name`, `cohort` and `endpoint`.
    pub(crate) spec: PathBuf,
    #[command(flatten)]
    pub(crate) site: SiteArgs,
}

#[derive(Debug, ClapArgs)]
pub(crate) struct CheckArgs {
    /// A run spec (YAML), or only its `version`, `name`, `cohort` and `endpoint`.
    pub(crate) spec: PathBuf,
    #[command(flatten)]
    pub(crate) site: SiteArgs,
}

#[derive(Debug, ClapArgs)]
pub(crate) struct AnalyseArgs {
    /// A run spec (YAML), or only its `version`, `name`, `cohort`, `endpoint`, `model` and `seed`.
    pub(crate) spec: PathBuf,
    /// The folder for the report and the findings.
    #[arg(long)]
    pub(crate) to: PathBuf,
    #[command(flatten)]
    pub(crate) site: SiteArgs,
}

#[derive(Debug, ClapArgs)]
pub(crate) struct DiffArgs {
    /// The spec of cohort A.
    pub(crate) a: PathBuf,
    /// The spec of cohort B.
    pub(crate) b: PathBuf,
    #[command(flatten)]
    pub(crate) site: SiteArgs,
}

#[derive(Debug, ClapArgs)]
pub(crate) struct ExcludeArgs {
    /// Persons by the hospital's number or the pseudonym; without any, one a line on standard input.
    pub(crate) cases: Vec<String>,
    /// The site's list; made if it is not there. It holds pseudonyms only.
    #[arg(long, default_value = "opt-outs.txt")]
    pub(crate) list: PathBuf,
    /// The site's pseudonym key [default: as for `renkei run`].
    #[arg(long, env = "RENKEI_SITE_KEY", hide_env_values = true)]
    pub(crate) site_key: Option<PathBuf>,
}
