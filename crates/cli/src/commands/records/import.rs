//! `renkei records import`: one source, made tables.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use anyhow::Context as _;
use renkei_artifacts::Location;
use renkei_records::source::fhir::Fhir;
use renkei_records::source::omop::Omop;
use renkei_records::source::omop::duckdb::DuckDb;
use renkei_records::source::ssmix2::SsMix2;
use renkei_records::{ImportOptions, OptOuts, Rules, SiteTables, Summary};
use renkei_runtime::Shutdown;

use crate::args::{Format, ImportArgs, RecordForm};
use crate::display;
use crate::session::{site_key, stores};

pub(super) async fn import(args: &ImportArgs, format: Format) -> anyhow::Result<()> {
    let summary = read(args).await?;
    display::print(format, &summary, |summary| text(summary, &args.to))
}

async fn read(args: &ImportArgs) -> anyhow::Result<Summary> {
    let (stores, here) = (stores(&args.stores)?, std::env::current_dir()?);
    let from = Location::resolve_with(&args.from, &here, &stores)?;
    let to = Location::resolve_with(&args.to, &here, &stores)?;
    let tables = args.mapping.as_deref().map_or(Ok(SiteTables::default()), site_tables)?;
    let opt_outs = args.opt_outs.as_deref().map_or(Ok(OptOuts::default()), opt_outs)?;
    let rules = Rules::new(&args.name, site_key(args.site_key.as_deref())?, &tables)?;
    let rules = Arc::new(rules.without(opt_outs));
    let options = args.threads.map_or_else(ImportOptions::default, |parallelism| ImportOptions { parallelism });
    Ok(match (args.form, args.identifier.as_deref()) {
        (RecordForm::SsMix2, None) => renkei_records::import(SsMix2::new(from), rules, &to, options).await?,
        (RecordForm::Fhir, None) => renkei_records::import(Fhir::new(from), rules, &to, options).await?,
        (RecordForm::Fhir, Some(system)) => {
            renkei_records::import(Fhir::new(from).with_identifier(system), rules, &to, options).await?
        }
        (RecordForm::Omop, None) => match database(&from) {
            Some(file) => of_database(DuckDb::at(args.duckdb.as_deref())?, &file, rules, &to, options).await?,
            None => renkei_records::import(Omop::new(from), rules, &to, options).await?,
        },
        (RecordForm::Omop, Some("person_source_value")) => match database(&from) {
            Some(file) => {
                let duckdb = DuckDb::at(args.duckdb.as_deref())?.by_source_value();
                of_database(duckdb, &file, rules, &to, options).await?
            }
            None => renkei_records::import(Omop::new(from).by_source_value(), rules, &to, options).await?,
        },
        (RecordForm::SsMix2, Some(_)) => anyhow::bail!("--identifier: SS-MIX2 has one number a patient; leave it out"),
        (RecordForm::Omop, Some(_)) => anyhow::bail!("--identifier: OMOP has `person_source_value` for it"),
    })
}

/// The DuckDB file that `from` names: any file, since every other form of OMOP is a folder.
fn database(from: &Location) -> Option<PathBuf> {
    let file = from.local_path()?;
    let named = file.extension().is_some_and(|extension| extension.eq_ignore_ascii_case("duckdb"));
    (named || file.is_file()).then_some(file)
}

/// Imports the tables of a DuckDB file. A signal takes the copies away before the process ends.
async fn of_database(
    duckdb: DuckDb,
    file: &Path,
    rules: Arc<Rules>,
    to: &Location,
    options: ImportOptions,
) -> anyhow::Result<Summary> {
    let stop = Shutdown::on_signals()?;
    let all = async {
        let copied = duckdb.copy(file).await?;
        renkei_records::import(copied.export()?, rules, to, options).await
    };
    tokio::select! {
        done = all => Ok(done?),
        () = stop.requested() => anyhow::bail!("stopped before the tables in {to} were whole"),
    }
}

fn opt_outs(list: &Path) -> anyhow::Result<OptOuts> {
    let file = || list.display().to_string();
    let text = std::fs::read_to_string(list).with_context(|| format!("cannot read {}", file()))?;
    text.parse().with_context(file)
}

/// The site's mapping tables, those of them that are in `folder`.
fn site_tables(folder: &Path) -> anyhow::Result<SiteTables> {
    let table = |name: &str| {
        let file = folder.join(name);
        match std::fs::read_to_string(&file) {
            Ok(text) => Ok(Some(text)),
            Err(error) if error.kind() == std::io::ErrorKind::NotFound && folder.is_dir() => Ok(None),
            Err(error) => Err(error).with_context(|| format!("cannot read {}", file.display())),
        }
    };
    Ok(SiteTables {
        systems: table("systems.csv")?,
        concepts: table("concepts.csv")?,
        units: table("units.csv")?,
        quantities: table("quantities.csv")?,
    })
}

fn text(summary: &Summary, to: &str) -> String {
    let mut lines = vec![format!(
        "{}: {} files, {} bytes of {} read into {to}",
        summary.source, summary.files, summary.bytes, summary.form
    )];
    let mut part = |title: &str, counts: Vec<(&str, u64)>| {
        lines.push(title.to_owned());
        lines.extend(counts.into_iter().map(|(what, count)| format!("  {count:>9} {what}")));
    };
    part("rows", summary.rows.iter().map(|(table, &count)| (table.name(), count)).collect());
    part("read", summary.read.iter().map(|(what, &count)| (what.as_str(), count)).collect());
    part("left out", summary.skipped.iter().map(|(what, &count)| (what.as_str(), count)).collect());
    part("faults, each listed in faults.parquet", {
        summary.faults.iter().map(|(kind, &count)| (kind.as_str(), count)).collect()
    });
    lines.join("\n")
}
