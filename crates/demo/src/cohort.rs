//! The real cohort: who the men are and what became of them.

use std::path::Path;

use csv::StringRecord;

use crate::error::DemoError;

/// The column of the demo's own patient numbers.
const MAN: &str = "man";

/// What became of a man.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Outcome {
    /// Whether he recurred.
    pub(crate) recurred: bool,
    /// Months to recurrence or to the end of follow-up.
    pub(crate) months: f64,
}

/// One man.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Man {
    /// His number in the demo.
    pub(crate) id: String,
    /// `None` where the source has no time.
    pub(crate) outcome: Option<Outcome>,
}

/// The cohort with the demo's patient numbers.
#[derive(Debug, Clone)]
pub(crate) struct Cohort {
    pub(crate) men: Vec<Man>,
    /// The source's table with the column `man` in place of its row numbers.
    pub(crate) csv: String,
}

/// Reads the source's table. Its first column holds row numbers.
pub(crate) fn read(path: &Path) -> Result<Cohort, DemoError> {
    let text = std::fs::read_to_string(path).map_err(DemoError::file("read", path))?;
    let mut reader = csv::Reader::from_reader(text.as_bytes());
    let broken = |error: csv::Error| DemoError::table(path, format!("is no CSV table ({error}): fetch it again"));
    let header = reader.headers().map_err(broken)?.clone();
    let column = |name: &str| {
        let found = header.iter().position(|field| field == name);
        found.ok_or_else(|| DemoError::table(path, format!("has no column `{name}`: fetch it again")))
    };
    if !header.get(0).is_some_and(|name| name.eq_ignore_ascii_case("rownames")) {
        return Err(DemoError::table(path, "does not begin with the column `rownames`: fetch it again"));
    }
    let (event, time) = (column("Recurrence")?, column("TimeToRecurrence")?);
    let mut men = Vec::new();
    let mut csv = line(MAN, &header);
    for (row, record) in (1..).zip(reader.records()) {
        let record = record.map_err(broken)?;
        let outcome = outcome(&record, event, time)
            .map_err(|reason| DemoError::table(path, format!("data row {row}: {reason}; fetch it again")))?;
        let id = format!("man-{row:03}");
        csv += &line(&id, &record);
        men.push(Man { id, outcome });
    }
    Ok(Cohort { men, csv })
}

/// A record with its first field replaced. All fields are plain numbers or names, so nothing needs quotation marks.
fn line(first: &str, record: &StringRecord) -> String {
    let rest = record.iter().skip(1).flat_map(|field| [",", field]);
    std::iter::once(first).chain(rest).chain(["\n"]).collect()
}

fn outcome(record: &StringRecord, event: usize, time: usize) -> Result<Option<Outcome>, &'static str> {
    let recurred = match record.get(event) {
        Some("1") => true,
        Some("0") => false,
        _ => return Err("`Recurrence` is neither 0 nor 1"),
    };
    match record.get(time) {
        None | Some("" | "NA") => Ok(None),
        Some(text) => match text.parse::<f64>() {
            Ok(months) if months.is_finite() && months > 0.0 => Ok(Some(Outcome { recurred, months })),
            _ => Err("`TimeToRecurrence` is no positive number of months"),
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn written(text: &str) -> (tempfile::TempDir, std::path::PathBuf) {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("cohort.csv");
        std::fs::write(&path, text).unwrap();
        (folder, path)
    }

    #[test]
    fn row_numbers_become_men_and_the_rest_stays() {
        let (_folder, path) = written("rownames,Age,Recurrence,TimeToRecurrence\n1,72.1,1,2.67\n2,,0,\n");
        let cohort = read(&path).unwrap();
        assert_eq!(cohort.csv, "man,Age,Recurrence,TimeToRecurrence\nman-001,72.1,1,2.67\nman-002,,0,\n");
        assert_eq!(cohort.men[0].outcome, Some(Outcome { recurred: true, months: 2.67 }));
        assert_eq!(cohort.men[1].outcome, None);
    }

    #[test]
    fn a_fault_is_named_by_row_and_column_and_never_by_value() {
        let (_folder, path) = written("rownames,Recurrence,TimeToRecurrence\n1,0,5\n2,maybe,77\n");
        let error = read(&path).unwrap_err().to_string();
        assert!(error.contains("data row 2") && error.contains("`Recurrence`"), "{error}");
        assert!(!error.contains("maybe"), "{error}");
        let (_folder, path) = written("rownames,Recurrence\n1,0\n");
        assert!(read(&path).unwrap_err().to_string().contains("`TimeToRecurrence`"));
    }
}
