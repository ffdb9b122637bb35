//! `renkei cohort`: who is in, before there is a run, and who is never to be. One question, one file.

mod analyse;
mod check;
mod describe;
mod diff;
mod exclude;

use std::path::Path;
use std::process::ExitCode;

use renkei_artifacts::Stores;
use renkei_cohort::Pseudonymiser;
use renkei_launch::RecordsHalf;

use crate::args::{CohortArgs, CohortCommand, Format, SiteArgs};
use crate::session::{site_key, stores};

pub(crate) async fn cohort(args: CohortArgs, format: Format) -> anyhow::Result<ExitCode> {
    match args.command {
        CohortCommand::Describe(args) => describe::describe(args, format).await,
        CohortCommand::Check(args) => check::check(args, format).await,
        CohortCommand::Analyse(args) => analyse::analyse(args, format).await,
        CohortCommand::Diff(args) => diff::diff(args, format).await,
        CohortCommand::Exclude(args) => exclude::exclude(&args, format),
    }
}

/// A spec's records and what the site adds to make cases of them.
struct Opened {
    half: RecordsHalf,
    stores: Stores,
    pseudonyms: Pseudonymiser,
}

impl Opened {
    fn of(spec: &Path, site: &SiteArgs) -> anyhow::Result<Self> {
        Ok(Self {
            half: RecordsHalf::read(spec)?,
            stores: stores(&site.stores)?,
            pseudonyms: site_key(site.site_key.as_deref())?,
        })
    }

    async fn select(&self) -> anyhow::Result<renkei_cohort::Cohort> {
        Ok(self.half.select(&self.stores, &self.pseudonyms).await?)
    }
}
