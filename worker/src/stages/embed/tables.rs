//! The tables `tiles` and `features` of a band.

use std::sync::Arc;

use arrow::array::{ArrayRef, Float32Array, Float64Array, RecordBatch, StringArray, UInt32Array};
use arrow::datatypes::{DataType, Field, Schema};
use renkei_artifacts::table;
use renkei_domain::plan::SlideRef;
use renkei_slide::Cell;
use renkei_stage::ShardError;

use super::OpenSlide;
use super::compute::Embedded;
use crate::Attempt;
use crate::reading::{arrow_error, artifact_error};

/// Writes both tables; a band without tissue writes none.
pub(crate) async fn write(
    slide: &OpenSlide,
    of: &SlideRef,
    embedded: Embedded,
    attempt: &mut Attempt<'_>,
) -> Result<(), ShardError> {
    if embedded.cells.is_empty() {
        return Ok(());
    }
    let rows = embedded.cells.len();
    let tiles = tiles(slide, of, &embedded.cells)?;
    let tiles = table::write_parquet(&[tiles]).map_err(artifact_error)?;
    attempt.put("tiles", "tiles.parquet", tiles, rows as u64).await?;
    let features = features(of, &embedded.cells, embedded.features)?;
    let features = table::write_parquet(&[features]).map_err(artifact_error)?;
    attempt.put("features", "features.parquet", features, rows as u64).await
}

/// The columns that name a tile in every table of tiles.
pub(crate) fn tile_columns(of: &SlideRef, cells: &[Cell]) -> (Vec<Field>, Vec<ArrayRef>) {
    let text = |text: &str| Arc::new(StringArray::from(vec![text; cells.len()])) as ArrayRef;
    let number = |of: fn(&Cell) -> u32| Arc::new(UInt32Array::from_iter_values(cells.iter().map(of))) as ArrayRef;
    let fields = vec![
        Field::new("slide_id", DataType::Utf8, false),
        Field::new("case_id", DataType::Utf8, false),
        Field::new("column", DataType::UInt32, false),
        Field::new("row", DataType::UInt32, false),
    ];
    let columns =
        vec![text(of.slide.as_str()), text(of.case.as_str()), number(|cell| cell.column), number(|cell| cell.row)];
    (fields, columns)
}

fn tiles(slide: &OpenSlide, of: &SlideRef, cells: &[(Cell, f32)]) -> Result<RecordBatch, ShardError> {
    let names: Vec<Cell> = cells.iter().map(|(cell, _)| *cell).collect();
    let rects: Vec<_> = names.iter().map(|cell| slide.grid.rect_level0(*cell)).collect();
    let number =
        |of: fn(&renkei_slide::Rect) -> f64| Arc::new(Float64Array::from_iter_values(rects.iter().map(of))) as ArrayRef;
    let (mut fields, mut columns) = tile_columns(of, &names);
    for name in ["x_px", "y_px", "side_px"] {
        fields.push(Field::new(name, DataType::Float64, false));
    }
    fields.push(Field::new("tissue", DataType::Float32, false));
    columns.extend([number(|rect| rect.x), number(|rect| rect.y), number(|rect| rect.width)]);
    columns.push(Arc::new(Float32Array::from_iter_values(cells.iter().map(|(_, tissue)| *tissue))));
    RecordBatch::try_new(Arc::new(Schema::new(fields)), columns).map_err(arrow_error)
}

fn features(of: &SlideRef, cells: &[(Cell, f32)], values: Vec<f32>) -> Result<RecordBatch, ShardError> {
    let names: Vec<Cell> = cells.iter().map(|(cell, _)| *cell).collect();
    let width = values.len() / cells.len().max(1);
    let (mut fields, mut columns) = tile_columns(of, &names);
    fields.push(Field::new("feature", table::vector_type(width), false));
    columns.push(table::vectors(values, width).map_err(artifact_error)?);
    RecordBatch::try_new(Arc::new(Schema::new(fields)), columns).map_err(arrow_error)
}
