//! Folder and file names (SS-MIX2 Ver. 1.2c, structure and construction guideline):
//! `patient[0..3]/patient[3..6]/patient/day/type/patient_day_type_order_time_department_flag`, with `-` for no day.

use crate::{FaultKind, Stated};

/// How long the time of a file name may be: to the second, up to a ten-thousandth of it.
const TIME_DIGITS: std::ops::RangeInclusive<usize> = 14..=18;

/// A file's name, taken apart.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) struct Name<'a> {
    pub(super) patient: &'a str,
    pub(super) day: &'a str,
    pub(super) kind: &'a str,
    pub(super) order: &'a str,
    pub(super) time: &'a str,
    pub(super) department: &'a str,
    pub(super) flag: &'a str,
}

impl<'a> Name<'a> {
    /// Takes a path below the storage's folder apart, and checks that the folders are those that the name says.
    pub(super) fn parse(path: &'a str) -> Result<Self, FaultKind> {
        let (folders, file) = path.rsplit_once('/').unwrap_or(("", path));
        let name = Self::of_file(file).ok_or(FaultKind::UnreadableName)?;
        if name.lies_in(folders) { Ok(name) } else { Err(FaultKind::WrongFolder) }
    }

    fn of_file(file: &'a str) -> Option<Self> {
        let mut parts = file.split('_');
        let mut part = || parts.next().filter(|part| !part.is_empty());
        let (patient, day, kind) = (part()?, part()?, part()?);
        let (order, time, department, flag) = (part()?, part()?, part()?, part()?);
        let name = Self { patient, day, kind, order, time, department, flag };
        (parts.next().is_none() && name.is_well_formed()).then_some(name)
    }

    fn is_well_formed(&self) -> bool {
        let day = self.day == "-" || (self.day.len() == 8 && matches!(Stated::hl7(self.day), Stated::Day(_)));
        let time = TIME_DIGITS.contains(&self.time.len()) && self.time.bytes().all(|byte| byte.is_ascii_digit());
        // One character is one character: a flag of two would be another standard's.
        day && time && self.flag.len() == 1
    }

    fn lies_in(&self, folders: &str) -> bool {
        let part = |from: usize| self.patient.chars().skip(from).take(3);
        let mut found = folders.split('/');
        let mut next = || found.next().unwrap_or_default();
        let own = next().chars().eq(part(0))
            && next().chars().eq(part(3))
            && next() == self.patient
            && next() == self.day
            && next() == self.kind;
        own && found.next().is_none()
    }

    /// What all versions of one message share. Outpatient receptions have no order number of their own, and one patient
    /// can have one a day in each department.
    fn subject(&self) -> (&'a str, &'a str, &'a str, &'a str) {
        (self.day, self.kind, self.order, if self.kind == "ADT-12" { self.department } else { "" })
    }

    /// The order in which a patient's files are read: versions of one message stand together, the latest last. Of two at
    /// the same time the cancelled one counts as later.
    pub(super) fn sort_key(&self) -> impl Ord + use<'a> {
        (self.subject(), self.time, std::cmp::Reverse(self.flag), self.department)
    }

    /// Whether another file is a version of the same message.
    pub(super) fn is_version_of(&self, other: &Self) -> bool {
        self.subject() == other.subject()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(path: &str) -> Result<String, FaultKind> {
        Name::parse(path).map(|name| format!("{} {} {}", name.kind, name.order, name.flag))
    }

    #[test]
    fn names_in_their_folders_are_read() {
        let cases = [
            ("999/901/9999013/20111220/OML-11/9999013_20111220_OML-11_354_20111220103059000_01_1", "OML-11 354 1"),
            (
                "999/901/9999013/-/ADT-00/9999013_-_ADT-00_999999999999999_20111220224447339_-_1",
                "ADT-00 999999999999999 1",
            ),
            ("123/4/1234/20111013/OMD/1234_20111013_OMD_1_20111014232213000_01_0", "OMD 1 0"),
        ];
        for (path, expected) in cases {
            assert_eq!(parse(path).as_deref(), Ok(expected), "{path}");
        }
    }

    #[test]
    fn other_names_and_folders_are_faults() {
        let name = "9999013_20111220_OML-11_354_20111220103059000_01_1";
        let wrong = [
            "",
            "999/901/9999013/20111220/OML-01/",
            "999/902/9999013/20111220/OML-11/",
            "999/901/9999013/20111221/OML-11/",
            "x/999/901/9999013/20111220/OML-11/",
            "999/901/9999013/20111220/OML-11/x/",
            "999/901/../20111220/OML-11/",
        ];
        for folder in wrong {
            assert_eq!(parse(&format!("{folder}{name}")), Err(FaultKind::WrongFolder), "{folder}");
        }
        for name in [
            "",
            "LICENSE",
            "a_b",
            "9999013_20111220_OML-11_354_20111220103059000_01",
            "9999013_20111220_OML-11_354_20111220103059000_01_1_1",
            "9999013_20111320_OML-11_354_20111220103059000_01_1",
            "9999013_20111220_OML-11_354_2011_01_1",
            "_20111220_OML-11_354_20111220103059000_01_1",
            "9999013_20111220_OML-11_354_20111220103059000_01_10",
            "..",
            "9999013_20111220_OML-11_354_2011122010305900x_01_1",
        ] {
            assert_eq!(
                parse(&format!("999/901/9999013/20111220/OML-11/{name}")),
                Err(FaultKind::UnreadableName),
                "{name}"
            );
        }
    }
}
