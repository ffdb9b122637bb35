//! Faults of the records: what is wrong, where, never with which value.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

/// What is wrong with a file, a message or a row. The text form is the `kind` column of `faults.parquet`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FaultKind {
    /// A file lies in another folder than its name says; not read.
    WrongFolder,
    /// A file's name is not what the standard says; not read.
    UnreadableName,
    /// A folder holds a name that no object store can use; the folder is left out whole.
    RefusedPath,
    /// A file's name has a condition flag that is neither valid (1) nor cancelled (0); not read.
    ConditionFlag,
    /// A file is longer than any record can be; not read.
    TooLarge,
    /// A line or an entry is longer than any record can be; nothing was taken from it.
    TooLong,
    /// A file was listed and is gone.
    Vanished,
    /// A file, a line or an entry is not in the form of its standard; nothing was taken from it.
    Malformed,
    /// Bytes that the declared character set does not have; nothing was taken from the message.
    BrokenEncoding,
    /// A declared character set that is not the one of the bytes, or none that this version reads; nothing was taken
    /// from the message.
    UnknownCharset,
    /// Characters outside ASCII without a declared character set; read as ISO-2022-JP.
    UndeclaredCharset,
    /// A type of message or resource that the standard does not have; nothing was taken from it.
    UnknownType,
    /// A message of another type than its file's name says; nothing was taken from it.
    TypeMismatch,
    /// A record that names no patient; nothing was taken from it.
    NoPatient,
    /// A message of another patient than its folder; nothing was taken from it.
    PatientMismatch,
    /// A reference to a patient that the source does not have, or that two of its patients could be; the row is kept
    /// only where the reference itself holds the patient's id.
    DanglingReference,
    /// Patients that are said to be replaced by one another in a circle; nothing was taken from their records.
    CyclicReference,
    /// Another row of the same patient says the same; both rows are kept.
    DuplicatePerson,
    /// Another row of the same patient gives another birth, sex or death; both rows are kept.
    ConflictingPerson,
    /// A row of a person whom the table of persons does not have; nothing was taken from it.
    UnknownPerson,
    /// Another row of the same patient gives another death; the first one counts.
    ConflictingDeath,
    /// A sex outside the standard's table; the row has none.
    UnknownSex,
    /// A row that names no code; left out.
    NoCode,
    /// A code that its system cannot have; the code is left out, and the row if it has no other.
    CodeShape,
    /// Text where a number or a code is needed; the row has no value.
    TextValue,
    /// A number outside what is possible for its concept; the row keeps what the source wrote and has no value.
    OutOfRange,
    /// A unit that is not known; the row keeps the source's number and has no value.
    UnknownUnit,
    /// A unit of another dimension than the concept's, or none; the row keeps the source's number and has no value.
    WrongUnit,
    /// No calendar has the date; the row has none.
    ImpossibleDate,
    /// A year or a month alone where a day is needed; the row has none.
    VagueDate,
    /// A date more than a day after its own message; kept.
    FutureDate,
    /// A date before 1900; kept.
    AncientDate,
    /// An end before its start; both kept.
    EndBeforeStart,
    /// A row whose time is not stated; kept.
    Undated,
}

impl FaultKind {
    /// Every kind, in the order of declaration.
    pub const ALL: [Self; 34] = [
        Self::WrongFolder,
        Self::UnreadableName,
        Self::RefusedPath,
        Self::ConditionFlag,
        Self::TooLarge,
        Self::TooLong,
        Self::Vanished,
        Self::Malformed,
        Self::BrokenEncoding,
        Self::UnknownCharset,
        Self::UndeclaredCharset,
        Self::UnknownType,
        Self::TypeMismatch,
        Self::NoPatient,
        Self::PatientMismatch,
        Self::DanglingReference,
        Self::CyclicReference,
        Self::DuplicatePerson,
        Self::ConflictingPerson,
        Self::UnknownPerson,
        Self::ConflictingDeath,
        Self::UnknownSex,
        Self::NoCode,
        Self::CodeShape,
        Self::TextValue,
        Self::OutOfRange,
        Self::UnknownUnit,
        Self::WrongUnit,
        Self::ImpossibleDate,
        Self::VagueDate,
        Self::FutureDate,
        Self::AncientDate,
        Self::EndBeforeStart,
        Self::Undated,
    ];

    /// The text form, as in `faults.parquet` and `summary.json`.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::WrongFolder => "wrong_folder",
            Self::UnreadableName => "unreadable_name",
            Self::RefusedPath => "refused_path",
            Self::ConditionFlag => "condition_flag",
            Self::TooLarge => "too_large",
            Self::TooLong => "too_long",
            Self::Vanished => "vanished",
            Self::Malformed => "malformed",
            Self::BrokenEncoding => "broken_encoding",
            Self::UnknownCharset => "unknown_charset",
            Self::UndeclaredCharset => "undeclared_charset",
            Self::UnknownType => "unknown_type",
            Self::TypeMismatch => "type_mismatch",
            Self::NoPatient => "no_patient",
            Self::PatientMismatch => "patient_mismatch",
            Self::DanglingReference => "dangling_reference",
            Self::CyclicReference => "cyclic_reference",
            Self::DuplicatePerson => "duplicate_person",
            Self::ConflictingPerson => "conflicting_person",
            Self::UnknownPerson => "unknown_person",
            Self::ConflictingDeath => "conflicting_death",
            Self::UnknownSex => "unknown_sex",
            Self::NoCode => "no_code",
            Self::CodeShape => "code_shape",
            Self::TextValue => "text_value",
            Self::OutOfRange => "out_of_range",
            Self::UnknownUnit => "unknown_unit",
            Self::WrongUnit => "wrong_unit",
            Self::ImpossibleDate => "impossible_date",
            Self::VagueDate => "vague_date",
            Self::FutureDate => "future_date",
            Self::AncientDate => "ancient_date",
            Self::EndBeforeStart => "end_before_start",
            Self::Undated => "undated",
        }
    }
}

/// Faults by kind, with how many.
pub type FaultCounts = BTreeMap<FaultKind, u64>;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_text_form_is_the_one_that_serde_writes() {
        for kind in FaultKind::ALL {
            assert_eq!(serde_json::to_value(kind).unwrap(), kind.as_str());
        }
        assert!(FaultKind::ALL.is_sorted());
    }
}
