//! The slide table: which slide belongs to which case, and where it lies.

use std::collections::{BTreeMap, BTreeSet};

use arrow::array::{ArrayRef, RecordBatch};
use arrow::compute::concat_batches;
use datafusion::common::TableReference;
use renkei_artifacts::Location;
use renkei_domain::{CaseId, SlideId, UmPerPx};
use renkei_records::Pseudonymiser;

use crate::CohortError;
use crate::column::{Number, numbers, texts};
use crate::source::{Parallelism, Source, session};
use crate::sql::{physical_plan, run, wrong_sql};

const TABLE: &str = "slides";
const SLIDE_ID: &str = "slide_id";
const CASE_ID: &str = "case_id";
const URI: &str = "uri";
const UM_PER_PX: &str = "um_per_px";

/// One row of the slide table.
#[derive(Debug, Clone)]
pub struct SlideRow {
    /// The slide's id, as the table has it.
    pub slide_id: SlideId,
    /// The pseudonym of the case it belongs to.
    pub case_id: CaseId,
    /// Where the slide lies; relative references are taken from the table's folder.
    pub location: Location,
    /// Its resolution, where the table states one.
    pub um_per_px: Option<UmPerPx>,
}

/// Slides of the cohort, and what has no counterpart.
#[derive(Debug, Clone)]
pub struct Matched {
    /// The slides whose case is in the cohort, in the order of their ids.
    pub slides: Vec<SlideRow>,
    /// Slides whose case is not in the cohort.
    pub slides_without_case: usize,
    /// Cases of the cohort that have no slide.
    pub cases_without_slide: usize,
}

/// Reads the slide table: CSV, TSV or Parquet by its file's extension, columns `slide_id`, `case_id`, `uri` and, if there is
/// one, `um_per_px`. Rows keep the table's order.
///
/// # Errors
/// A column that is not there, a cell that is empty or cannot be read (by row number), a slide id in several rows.
pub async fn slide_table(location: &Location, pseudonyms: &Pseudonymiser) -> Result<Vec<SlideRow>, CohortError> {
    let source = Source::new(TABLE, location.clone(), None)?;
    let table = read(&source).await?;
    let (slides, cases) = (required(&table, SLIDE_ID)?, required(&table, CASE_ID)?);
    let uris = required(&table, URI)?;
    let resolutions = table.column_by_name(UM_PER_PX).map(|array| numbers(UM_PER_PX, array)).transpose()?;
    let mut rows = Vec::with_capacity(slides.len());
    for (index, ((slide, case), uri)) in slides.iter().zip(&cases).zip(&uris).enumerate() {
        let row = index + 1;
        let fault = |column, reason| CohortError::SlideCell { column, row, reason };
        rows.push(SlideRow {
            slide_id: SlideId::new(slide.as_str())
                .map_err(|_| fault(SLIDE_ID, "is no id: 1 to 256 bytes without control characters are needed"))?,
            case_id: pseudonyms.case_id(case),
            location: location
                .sibling(uri)
                .map_err(|_| fault(URI, "cannot be opened: use a path, file://, s3://, gs:// or az://"))?,
            um_per_px: resolution(resolutions.as_ref().map(|cells| cells[index]), row)?,
        });
    }
    refuse_duplicates(&rows)?;
    Ok(rows)
}

/// Finds the slides of the cohort's cases.
#[must_use]
pub fn match_slides(rows: Vec<SlideRow>, cases: &BTreeSet<CaseId>) -> Matched {
    let all = rows.len();
    let mut slides: Vec<SlideRow> = rows.into_iter().filter(|row| cases.contains(&row.case_id)).collect();
    slides.sort_by(|one, other| one.slide_id.cmp(&other.slide_id));
    let with_slide: BTreeSet<&CaseId> = slides.iter().map(|row| &row.case_id).collect();
    let cases_without_slide = cases.len() - with_slide.len();
    Matched { slides_without_case: all - slides.len(), cases_without_slide, slides }
}

async fn read(source: &Source) -> Result<RecordBatch, CohortError> {
    let place = "the slide table";
    let context = session(Parallelism::One);
    source.open(&context, &[SLIDE_ID, CASE_ID, URI]).await?;
    let table = context.table(TableReference::bare(TABLE)).await.map_err(|error| wrong_sql(place, &error))?;
    let plan = physical_plan(&context, table.logical_plan(), place).await?;
    let schema = plan.schema();
    let batches = run(&context, plan, place).await?;
    concat_batches(&schema, &batches).map_err(|error| CohortError::Internal(error.to_string()))
}

fn required(table: &RecordBatch, column: &'static str) -> Result<Vec<String>, CohortError> {
    let array: &ArrayRef = table.column_by_name(column).ok_or_else(|| {
        let schema = table.schema();
        let names = schema.fields().iter().map(|field| field.name().as_str());
        CohortError::NoColumn {
            column: column.to_owned(),
            needed_for: "slides.table".to_owned(),
            place: "the slide table".to_owned(),
            near: crate::select::nearest(column, names),
        }
    })?;
    let missing = |row| CohortError::SlideCell { column, row, reason: "is empty: fill it in, or remove the row" };
    let cells = texts(column, array)?.into_iter().enumerate();
    cells.map(|(index, cell)| cell.ok_or_else(|| missing(index + 1))).collect()
}

fn resolution(cell: Option<Number>, row: usize) -> Result<Option<UmPerPx>, CohortError> {
    let fault = || CohortError::SlideCell {
        column: UM_PER_PX,
        row,
        reason: "is no resolution: micrometres per pixel between 0.01 and 1000 are needed, or an empty cell",
    };
    match cell {
        None | Some(Number::Missing) => Ok(None),
        Some(Number::Unreadable) => Err(fault()),
        Some(Number::Value(value)) => UmPerPx::new(value).map(Some).map_err(|_| fault()),
    }
}

fn refuse_duplicates(rows: &[SlideRow]) -> Result<(), CohortError> {
    let mut seen = BTreeMap::<&SlideId, usize>::new();
    let mut first = None;
    for (index, row) in rows.iter().enumerate() {
        let times = seen.entry(&row.slide_id).or_default();
        *times += 1;
        if *times == 2 {
            first = first.or(Some(index + 1));
        }
    }
    match first {
        Some(row) => {
            Err(CohortError::DuplicateSlides { count: seen.values().filter(|times| **times > 1).count(), row })
        }
        None => Ok(()),
    }
}
