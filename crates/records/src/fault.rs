//! Faults of the records: what is wrong, where, never with which value.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

macro_rules! fault_kinds {
    ($($(#[$doc:meta])* $kind:ident => $text:literal,)*) => {
        /// What is wrong with a file, a message or a row. The text form is the `kind` column of `faults.parquet`.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        pub enum FaultKind {
            $($(#[$doc])* #[serde(rename = $text)] $kind,)*
        }

        impl FaultKind {
            /// Every kind, in the order of declaration.
            pub const ALL: [Self; [$($text),*].len()] = [$(Self::$kind),*];

            /// The text form, as in `faults.parquet` and `summary.json`.
            #[must_use]
            pub fn as_str(self) -> &'static str {
                match self {
                    $(Self::$kind => $text,)*
                }
            }
        }
    };
}

fault_kinds! {
    /// A file lies in another folder than its name says; not read.
    WrongFolder => "wrong_folder",
    /// A file's name is not what the standard says; not read.
    UnreadableName => "unreadable_name",
    /// A folder holds a name that no object store can use; the folder is left out whole.
    RefusedPath => "refused_path",
    /// A file's name has a condition flag that is neither valid (1) nor cancelled (0); not read.
    ConditionFlag => "condition_flag",
    /// A file is longer than any record can be; not read.
    TooLarge => "too_large",
    /// A line or an entry is longer than any record can be; nothing was taken from it.
    TooLong => "too_long",
    /// A file was listed and is gone.
    Vanished => "vanished",
    /// A file, a line or an entry is not in the form of its standard; nothing was taken from it.
    Malformed => "malformed",
    /// Bytes that the declared character set does not have; nothing was taken from the message.
    BrokenEncoding => "broken_encoding",
    /// A declared character set that is not the one of the bytes, or none that this version reads; nothing was taken
    /// from the message.
    UnknownCharset => "unknown_charset",
    /// Characters outside ASCII without a declared character set; read as ISO-2022-JP.
    UndeclaredCharset => "undeclared_charset",
    /// A type of message or resource that the standard does not have; nothing was taken from it.
    UnknownType => "unknown_type",
    /// A message of another type than its file's name says; nothing was taken from it.
    TypeMismatch => "type_mismatch",
    /// A record that names no patient; nothing was taken from it.
    NoPatient => "no_patient",
    /// A message of another patient than its folder; nothing was taken from it.
    PatientMismatch => "patient_mismatch",
    /// A reference to a patient that the source does not have, or that two of its patients could be; the row is kept
    /// only where the reference itself holds the patient's id.
    DanglingReference => "dangling_reference",
    /// Patients that are said to be replaced by one another in a circle; nothing was taken from their records.
    CyclicReference => "cyclic_reference",
    /// Another row of the same patient says the same; both rows are kept.
    DuplicatePerson => "duplicate_person",
    /// Another row of the same patient gives another birth, sex or death; both rows are kept.
    ConflictingPerson => "conflicting_person",
    /// A row of a person whom the table of persons does not have; nothing was taken from it.
    UnknownPerson => "unknown_person",
    /// Another row of the same patient gives another death; the first one counts.
    ConflictingDeath => "conflicting_death",
    /// A sex outside the standard's table; the row has none.
    UnknownSex => "unknown_sex",
    /// A row that names no code; left out.
    NoCode => "no_code",
    /// A code that its system cannot have; the code is left out, and the row if it has no other.
    CodeShape => "code_shape",
    /// Text where a number or a code is needed; the row has no value.
    TextValue => "text_value",
    /// A number outside what is possible for its concept; the row keeps what the source wrote and has no value.
    OutOfRange => "out_of_range",
    /// A unit that is not known; the row keeps the source's number and has no value.
    UnknownUnit => "unknown_unit",
    /// A unit of another dimension than the concept's, or none; the row keeps the source's number and has no value.
    WrongUnit => "wrong_unit",
    /// No calendar has the date; the row has none.
    ImpossibleDate => "impossible_date",
    /// A year or a month alone where a day is needed; the row has none.
    VagueDate => "vague_date",
    /// A date more than a day after its own message; kept.
    FutureDate => "future_date",
    /// A date before 1900; kept.
    AncientDate => "ancient_date",
    /// An end before its start; both kept.
    EndBeforeStart => "end_before_start",
    /// A row whose time is not stated; kept.
    Undated => "undated",
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
