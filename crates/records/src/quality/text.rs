//! A report as text for a terminal.

use std::fmt;

use super::report::{InUnit, QualityReport, SourceQuality, Subject, TableQuality};
use crate::Table;

/// Subjects of one table that the text shows; the rest are in the report itself.
const SHOWN: usize = 20;

impl fmt::Display for QualityReport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.sources.iter().try_for_each(|source| write!(f, "{source}"))
    }
}

impl fmt::Display for SourceQuality {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { source, forms, imports, persons, tables, faults } = self;
        writeln!(f, "{source} ({}; imports: {imports}): {persons} persons", forms.join(", "))?;
        tables.iter().try_for_each(|(table, of_table)| of_table.write(*table, f))?;
        if faults.is_empty() {
            return writeln!(f, "  no faults");
        }
        for (kind, of_kind) in faults {
            let of = |(table, count): (&Table, &u64)| format!("{table} {count}");
            let tables: Vec<String> = of_kind.tables.iter().map(of).collect();
            let elsewhere = of_kind.count - of_kind.tables.values().sum::<u64>();
            let elsewhere = (elsewhere > 0).then(|| format!("files and messages {elsewhere}"));
            let places = tables.into_iter().chain(elsewhere).collect::<Vec<_>>().join(", ");
            writeln!(f, "  fault {}: {} ({places})", kind.as_str(), of_kind.count)?;
        }
        Ok(())
    }
}

impl TableQuality {
    fn write(&self, table: Table, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let years = self.years.map(|(first, last)| format!(", {first} to {last}")).unwrap_or_default();
        writeln!(f, "  {table}: {} rows, {} persons{years}", self.rows, self.persons)?;
        let missing = self.missing.iter().filter(|missing| missing.rows > 0);
        let missing: Vec<String> =
            missing.map(|missing| format!("{} {}", missing.column, share(missing.rows, self.rows))).collect();
        if !missing.is_empty() {
            writeln!(f, "    missing: {}", missing.join(", "))?;
        }
        self.subjects.iter().take(SHOWN).try_for_each(|subject| subject.write(f))?;
        let more = self.subjects.len().saturating_sub(SHOWN);
        if more > 0 {
            writeln!(f, "    and {more} more that have twenty rows or a concept")?;
        }
        if self.other.rows > 0 {
            writeln!(f, "    rare codes: {} rows", self.other.rows)?;
        }
        Ok(())
    }
}

impl Subject {
    fn write(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "    {}: {} rows", self.name, self.rows)?;
        let written: Vec<String> =
            self.written_units.iter().map(|(unit, rows)| format!("{} {rows}", name(unit))).collect();
        if !written.is_empty() {
            write!(f, "; written in {}", written.join(", "))?;
        }
        writeln!(f)?;
        self.numbers.iter().try_for_each(|numbers| numbers.write(f))
    }
}

impl InUnit {
    fn write(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "      {} numbers, {}", self.count, name(&self.unit))?;
        match &self.spread {
            None => writeln!(f, " (too few for quartiles)"),
            Some(spread) => {
                let about = if spread.exact { "" } else { "about " };
                let [first, median, third] = [spread.first_quartile, spread.median, spread.third_quartile].map(short);
                writeln!(f, ": quartiles {about}{first}, {median}, {third}; {} outliers", spread.outliers)
            }
        }
    }
}

fn name(unit: &Option<String>) -> &str {
    unit.as_deref().unwrap_or("no unit")
}

fn share(part: u64, of: u64) -> String {
    format!("{:.1} %", part as f64 / of as f64 * 100.0)
}

/// Six figures, which is more than laboratories write.
fn short(number: f64) -> String {
    let rounded: f64 = format!("{number:.5e}").parse().unwrap_or(number);
    rounded.to_string()
}
