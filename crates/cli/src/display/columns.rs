//! Rows of cells as lines whose columns stand below each other.

/// One indented line a row; the last cell of a row is not padded.
pub(crate) fn columns(rows: &[Vec<String>]) -> Vec<String> {
    let width = |column: usize| {
        let cells = rows.iter().filter(|row| row.len() > column + 1).map(|row| row[column].chars().count());
        cells.max().unwrap_or(0)
    };
    let widths: Vec<usize> = (0..rows.iter().map(Vec::len).max().unwrap_or(0)).map(width).collect();
    let line = |row: &Vec<String>| {
        let cells = row.iter().zip(&widths).map(|(cell, width)| format!("{cell:<width$}"));
        format!("  {}", cells.collect::<Vec<_>>().join("  ")).trim_end().to_owned()
    };
    rows.iter().map(line).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cells_of_a_column_begin_at_one_place_and_no_line_ends_in_blanks() {
        let rows = [["PSA", "1"], ["前立腺", "22"], ["", ""]].map(|row| row.map(str::to_owned).to_vec());
        assert_eq!(columns(&rows), ["  PSA  1", "  前立腺  22", ""]);
        assert_eq!(columns(&[]), Vec::<String>::new());
    }
}
