//! What was planted in every tile, and whether a risk surface found it again.

use std::collections::BTreeMap;
use std::fmt;
use std::path::Path;

use renkei_domain::SlideId;

use crate::error::DemoError;

const HEADER: &str = "slide_id,column,row,dense\n";

/// For every tissue tile of every pseudo-slide, whether it is dense. Columns and rows are those of the encoder's grid at a
/// stride of one stored tile.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Truth(pub(crate) BTreeMap<SlideId, BTreeMap<(u32, u32), bool>>);

/// How well a risk surface agrees with what was planted.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct SurfaceCheck {
    /// Area under the ROC curve of contribution against dense, per tile: the mean over slides. 0.5 is chance.
    pub auc: f64,
    /// Slides with dense and sparse tiles among the contributions.
    pub slides: usize,
}

impl fmt::Display for SurfaceCheck {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "risk surface against the plant: AUC {:.3} per tile, mean over {} slides (0.5 is chance)",
            self.auc, self.slides
        )
    }
}

impl Truth {
    /// Whether the tile is dense; `None` for glass and unknown tiles.
    #[must_use]
    pub fn dense(&self, slide: &SlideId, column: u32, row: u32) -> Option<bool> {
        self.0.get(slide)?.get(&(row, column)).copied()
    }

    /// The slides, in order of id.
    pub fn slides(&self) -> impl Iterator<Item = &SlideId> {
        self.0.keys()
    }

    pub(crate) fn insert(&mut self, slide: &SlideId, column: u32, row: u32, dense: bool) {
        self.0.entry(slide.clone()).or_default().insert((row, column), dense);
    }

    pub(crate) fn to_csv(&self) -> String {
        let mut csv = HEADER.to_owned();
        for (slide, tiles) in &self.0 {
            for ((row, column), dense) in tiles {
                csv += &format!("{},{column},{row},{}\n", slide.as_str(), u8::from(*dense));
            }
        }
        csv
    }

    pub(crate) fn read(path: &Path) -> Result<Self, DemoError> {
        let text = std::fs::read_to_string(path).map_err(DemoError::file("read", path))?;
        let mut truth = Self::default();
        for (number, line) in (1..).zip(text.lines()).skip(1) {
            let (slide, column, row, dense) = tile(line)
                .ok_or_else(|| DemoError::table(path, format!("line {number} was changed: remove the folder")))?;
            truth.insert(&slide, column, row, dense);
        }
        Ok(truth)
    }
}

fn tile(line: &str) -> Option<(SlideId, u32, u32, bool)> {
    let mut fields = line.split(',');
    let slide = SlideId::new(fields.next()?).ok()?;
    let (column, row) = (fields.next()?.parse().ok()?, fields.next()?.parse().ok()?);
    let dense = match (fields.next()?, fields.next()) {
        ("0", None) => false,
        ("1", None) => true,
        _ => return None,
    };
    Some((slide, column, row, dense))
}

/// Compares tile contributions, each `(slide, column, row, contribution)`, with the truth. Tiles that the truth does not
/// know are left out; `None` if no slide has both classes.
#[must_use]
pub fn check_surface(truth: &Truth, contributions: &[(SlideId, u32, u32, f64)]) -> Option<SurfaceCheck> {
    let mut slides: BTreeMap<&SlideId, Vec<(f64, bool)>> = BTreeMap::new();
    for (slide, column, row, contribution) in contributions {
        if let Some(dense) = truth.dense(slide, *column, *row) {
            slides.entry(slide).or_default().push((*contribution, dense));
        }
    }
    let areas: Vec<f64> = slides.values().filter_map(|tiles| area(tiles)).collect();
    let slides = areas.len();
    (slides > 0).then(|| SurfaceCheck { auc: areas.iter().sum::<f64>() / slides as f64, slides })
}

/// Area under the ROC curve: the part of pairs of a dense and a sparse tile in which the dense one contributes more, ties
/// counting half (Mann and Whitney 1947). A slide has few tiles, so the pairs are counted one by one.
fn area(tiles: &[(f64, bool)]) -> Option<f64> {
    let of = |wanted: bool| tiles.iter().filter(move |(_, dense)| *dense == wanted).map(|(value, _)| *value);
    let pairs = of(true).count() * of(false).count();
    let half_wins = |a: f64, b: f64| u32::from(a > b) + u32::from(a >= b);
    let won: u32 = of(true).map(|dense| of(false).map(|sparse| half_wins(dense, sparse)).sum::<u32>()).sum();
    (pairs > 0).then(|| f64::from(won) / 2.0 / pairs as f64)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn slide(name: &str) -> SlideId {
        SlideId::new(name).unwrap()
    }

    fn truth() -> Truth {
        let mut truth = Truth::default();
        for (column, dense) in [(0, true), (1, false), (2, false)] {
            truth.insert(&slide("a"), column, 0, dense);
            truth.insert(&slide("b"), column, 0, dense);
        }
        truth.insert(&slide("c"), 0, 0, false);
        truth
    }

    #[test]
    fn the_area_counts_pairs_and_half_ties_by_slide() {
        let on =
            |name: &str, values: [f64; 3]| (0..).zip(values).map(|(i, v)| (slide(name), i, 0, v)).collect::<Vec<_>>();
        let all = [on("a", [0.5, 0.5, 0.1]), on("b", [0.0, 0.3, 0.2]), vec![(slide("c"), 0, 0, 9.0)]].concat();
        let check = check_surface(&truth(), &all).unwrap();
        assert_eq!(check, SurfaceCheck { auc: 0.375, slides: 2 });
        let perfect = check_surface(&truth(), &on("a", [2.0, 1.0, 0.0])).unwrap();
        assert_eq!(perfect.auc, 1.0);
    }

    #[test]
    fn nothing_to_compare_is_no_figure() {
        assert_eq!(check_surface(&truth(), &[(slide("c"), 0, 0, 1.0), (slide("x"), 0, 0, 1.0)]), None);
    }

    #[test]
    fn the_table_reads_back_equal_and_a_changed_one_is_refused() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("truth.csv");
        std::fs::write(&path, truth().to_csv()).unwrap();
        assert_eq!(Truth::read(&path).unwrap(), truth());
        std::fs::write(&path, truth().to_csv().replace("a,1,0,0", "a,1,0,2")).unwrap();
        assert!(Truth::read(&path).unwrap_err().to_string().contains("line 3"));
    }
}
