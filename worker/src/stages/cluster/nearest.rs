//! The tiles nearest to each centre: what a key feature looks like.

use std::sync::Arc;

use arrow::array::{ArrayRef, Float32Array, RecordBatch, StringArray, UInt32Array};
use arrow::datatypes::{DataType, Field, Float32Type, Schema, UInt32Type};
use renkei_stage::ShardError;

use crate::reading::{arrow_error, numbers, texts};

/// Exemplars kept of each key feature, at most one a slide.
const KEPT: usize = 6;

#[derive(Debug, Clone, PartialEq)]
struct Exemplar {
    distance: f32,
    slide: String,
    column: u32,
    row: u32,
}

/// The nearest tiles so far.
#[derive(Debug)]
pub(crate) struct Nearest {
    of: Vec<Vec<Exemplar>>,
}

impl Nearest {
    pub(crate) fn new(clusters: usize) -> Self {
        Self { of: vec![Vec::new(); clusters] }
    }

    /// Looks at a table of assignments.
    pub(crate) fn add(&mut self, assigned: &RecordBatch) -> Result<(), ShardError> {
        let slides = texts(assigned, "slide_id")?;
        let columns = numbers::<UInt32Type>(assigned, "column")?;
        let rows = numbers::<UInt32Type>(assigned, "row")?;
        let clusters = numbers::<UInt32Type>(assigned, "key_feature")?;
        let distances = numbers::<Float32Type>(assigned, "distance")?;
        for tile in 0..assigned.num_rows() {
            let slide = slides[tile].to_owned();
            self.offer(
                clusters[tile] as usize,
                Exemplar { distance: distances[tile], slide, column: columns[tile], row: rows[tile] },
            );
        }
        Ok(())
    }

    fn offer(&mut self, cluster: usize, tile: Exemplar) {
        let kept = &mut self.of[cluster];
        if let Some(same) = kept.iter().position(|other| other.slide == tile.slide) {
            if kept[same].distance <= tile.distance {
                return;
            }
            kept.remove(same);
        }
        let place = kept.partition_point(|other| other.distance <= tile.distance);
        kept.insert(place, tile);
        kept.truncate(KEPT);
    }

    /// One row an exemplar, the nearest first.
    pub(crate) fn table(&self) -> Result<RecordBatch, ShardError> {
        let all: Vec<(u32, u32, &Exemplar)> = (0u32..)
            .zip(&self.of)
            .flat_map(|(cluster, kept)| (0u32..).zip(kept).map(move |(rank, tile)| (cluster, rank, tile)))
            .collect();
        let number = |of: fn(&(u32, u32, &Exemplar)) -> u32| {
            Arc::new(UInt32Array::from_iter_values(all.iter().map(of))) as ArrayRef
        };
        let schema = Schema::new(vec![
            Field::new("key_feature", DataType::UInt32, false),
            Field::new("rank", DataType::UInt32, false),
            Field::new("slide_id", DataType::Utf8, false),
            Field::new("column", DataType::UInt32, false),
            Field::new("row", DataType::UInt32, false),
            Field::new("distance", DataType::Float32, false),
        ]);
        let columns: Vec<ArrayRef> = vec![
            number(|one| one.0),
            number(|one| one.1),
            Arc::new(StringArray::from_iter_values(all.iter().map(|one| one.2.slide.as_str()))),
            number(|one| one.2.column),
            number(|one| one.2.row),
            Arc::new(Float32Array::from_iter_values(all.iter().map(|one| one.2.distance))),
        ];
        RecordBatch::try_new(Arc::new(schema), columns).map_err(arrow_error)
    }
}
