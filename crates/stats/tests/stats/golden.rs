//! The golden data sets, and comparison with the numbers of R.

use std::path::{Path, PathBuf};

/// A table of numbers by column name.
pub(crate) struct Table {
    names: Vec<String>,
    rows: Vec<Vec<f64>>,
}

impl Table {
    /// Reads `golden/<file>` of the shared folder; none (with a note) where it is absent.
    pub(crate) fn read(file: &str) -> Option<Self> {
        let Some(folder) = shared() else {
            println!("skipped: ../shared/data is absent");
            return None;
        };
        let text = std::fs::read_to_string(folder.join("golden").join(file)).unwrap();
        let mut lines = text.lines();
        let names = lines.next().unwrap().split(',').map(|name| name.trim_matches('"').to_owned()).collect();
        let number = |cell: &str| cell.trim_matches('"').parse().unwrap_or(f64::NAN);
        Some(Self { names, rows: lines.map(|line| line.split(',').map(number).collect()).collect() })
    }

    pub(crate) fn column(&self, name: &str) -> Vec<f64> {
        let at = self.names.iter().position(|n| n == name).unwrap();
        self.rows.iter().map(|row| row[at]).collect()
    }

    /// Row-major matrix of some columns.
    pub(crate) fn matrix(&self, names: &[&str]) -> Vec<f64> {
        let columns: Vec<Vec<f64>> = names.iter().map(|name| self.column(name)).collect();
        (0..self.rows.len()).flat_map(|row| columns.iter().map(move |column| column[row])).collect()
    }

    /// Whole numbers as labels.
    pub(crate) fn labels(&self, name: &str) -> Vec<usize> {
        self.column(name).into_iter().map(|value| value as usize).collect()
    }

    /// A column that is above zero.
    pub(crate) fn flags(&self, name: &str) -> Vec<bool> {
        self.column(name).into_iter().map(|value| value > 0.0).collect()
    }
}

fn shared() -> Option<PathBuf> {
    let named = std::env::var_os("RENKEI_SHARED").map(PathBuf::from);
    let beside = Path::new(env!("CARGO_MANIFEST_DIR")).ancestors().map(|folder| folder.join("../shared"));
    named.into_iter().chain(beside).find(|folder| folder.join("golden").is_dir())
}

/// Fails unless the numbers agree within `tolerance`, relative.
#[track_caller]
pub(crate) fn near(ours: &[f64], reference: &[f64], tolerance: f64) {
    assert_eq!(ours.len(), reference.len(), "{ours:?} {reference:?}");
    for (a, b) in ours.iter().zip(reference) {
        assert!((a - b).abs() <= tolerance * b.abs(), "{a} is not {b}: {:e} off", (a / b - 1.0).abs());
    }
}
