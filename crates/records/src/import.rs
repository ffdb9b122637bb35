//! One import: all units of a source through the door, in parallel, into the output folder in the source's order.

use std::collections::BTreeMap;
use std::num::NonZeroUsize;
use std::sync::Arc;

use futures::StreamExt as _;
use renkei_artifacts::Location;
use renkei_domain::Digest;

use crate::canonical::{FaultCells, SCHEMA_VERSION, TableBuilders};
use crate::door::{Counts, Harvest};
use crate::output::Output;
use crate::people::{People, Repeated};
use crate::{Door, RecordsError, Rules, Source, Summary, Table};

/// How an import runs; what it writes does not depend on it.
#[derive(Debug, Clone, Copy)]
pub struct ImportOptions {
    /// Units in work at once: each holds up to some 16 MiB of records and the rows made of them.
    pub parallelism: NonZeroUsize,
}

impl Default for ImportOptions {
    /// One unit a core.
    fn default() -> Self {
        Self { parallelism: std::thread::available_parallelism().unwrap_or(NonZeroUsize::MIN) }
    }
}

/// Reads everything that `source` has into the folder `output`: one Parquet file a table, `faults.parquet`, and
/// `summary.json` last. Files of an earlier import are replaced whole; until the new summary is there, the old one's
/// digests tell which tables are new.
///
/// Must run on a Tokio runtime. An import that fails leaves files of an earlier one as they were, but for those that
/// were finished before.
pub async fn import<S: Source>(
    source: S,
    rules: Arc<Rules>,
    output: &Location,
    options: ImportOptions,
) -> Result<Summary, RecordsError> {
    let source = Arc::new(source);
    let mut writer = Output::open(output)?;
    let mut totals = Totals::new(&rules, source.form());
    let units = Arc::clone(&source).units();
    let harvests = units.map(|unit| harvest(Arc::clone(&source), Arc::clone(&rules), unit));
    let mut harvests = harvests.buffered(options.parallelism.get());
    while let Some(harvest) = harvests.next().await {
        totals.add(harvest?, &mut writer).await?;
    }
    writer.finish(totals.into_summary()?).await
}

/// One unit's rows: fetched on the runtime, read on a thread of its own kind, since reading never waits.
async fn harvest<S: Source>(
    source: Arc<S>,
    rules: Arc<Rules>,
    unit: Result<S::Unit, RecordsError>,
) -> Result<Harvest, RecordsError> {
    let unit = unit?;
    let work = tokio::spawn(async move {
        let fetched = source.fetch(unit).await?;
        let read = tokio::task::spawn_blocking(move || {
            let mut door = Door::new(rules);
            source.read(fetched, &mut door);
            door.finish()
        });
        read.await.map_err(|_| RecordsError::Internal("reading a unit of records ended early"))?
    });
    work.await.map_err(|_| RecordsError::Internal("fetching a unit of records ended early"))?
}

/// The counts of all units, and the patients met so far.
struct Totals {
    summary: Summary,
    inputs: Vec<Digest>,
    people: People,
}

/// Digests that are folded into one at a time.
const FOLDED: usize = 4096;

impl Totals {
    fn new(rules: &Rules, form: &'static str) -> Self {
        let summary = Summary {
            version: env!("CARGO_PKG_VERSION").to_owned(),
            schema: SCHEMA_VERSION,
            source: rules.source.clone(),
            form: form.to_owned(),
            mapping: rules.mapping(),
            input: Digest::of(b""),
            files: 0,
            bytes: 0,
            rows: Table::ALL.into_iter().map(|table| (table, 0)).collect(),
            faults: BTreeMap::new(),
            read: BTreeMap::new(),
            skipped: BTreeMap::new(),
            output: BTreeMap::new(),
        };
        Self { summary, inputs: Vec::new(), people: People::default() }
    }

    async fn add(&mut self, harvest: Harvest, writer: &mut Output) -> Result<(), RecordsError> {
        if let Some(faults) = &harvest.faults {
            writer.faults(faults).await?;
        }
        for (table, batch) in &harvest.tables {
            *self.summary.rows.entry(*table).or_default() += batch.num_rows() as u64;
            if *table == Table::Person {
                let repeated = self.people.repeated(batch);
                self.add_repeated(&repeated, writer).await?;
            }
            writer.rows(*table, batch).await?;
        }
        self.count(harvest.counts);
        Ok(())
    }

    async fn add_repeated(&mut self, repeated: &[Repeated], writer: &mut Output) -> Result<(), RecordsError> {
        let mut builders = TableBuilders::default();
        for row in repeated {
            *self.summary.faults.entry(row.kind).or_default() += 1;
            builders.faults.append(FaultCells {
                kind: row.kind.as_str(),
                source: &self.summary.source,
                file: &row.file,
                line: row.line,
                table: Some(Table::Person.name()),
            });
        }
        match builders.faults.take()? {
            Some(batch) => writer.faults(&batch).await,
            None => Ok(()),
        }
    }

    fn count(&mut self, counts: Counts) {
        self.summary.files += counts.files;
        self.summary.bytes += counts.bytes;
        for (kind, count) in counts.faults {
            *self.summary.faults.entry(kind).or_default() += count;
        }
        for (of_type, count) in counts.read {
            *self.summary.read.entry(of_type.to_owned()).or_default() += count;
        }
        for (reason, count) in counts.skipped {
            *self.summary.skipped.entry(reason.to_owned()).or_default() += count;
        }
        for input in counts.inputs {
            self.inputs.push(input);
            if self.inputs.len() == FOLDED {
                self.fold();
            }
        }
    }

    /// Folds the digests held into the one of the whole input.
    fn fold(&mut self) {
        let before = self.summary.input;
        let parts = std::iter::once(&before).chain(&self.inputs).map(|digest| &digest.as_bytes()[..]);
        self.summary.input = Digest::of_parts(parts);
        self.inputs.clear();
    }

    fn into_summary(mut self) -> Result<Summary, RecordsError> {
        self.fold();
        let nothing = self.summary.files == 0 && self.summary.faults.is_empty() && self.summary.skipped.is_empty();
        if nothing { Err(RecordsError::Empty) } else { Ok(self.summary) }
    }
}
