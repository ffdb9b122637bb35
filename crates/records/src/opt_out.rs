//! Persons whose records may not be used: they refused, or asked to be erased.

use std::collections::BTreeSet;
use std::fmt;
use std::str::FromStr;

use crate::Pseudonymiser;

/// What a list that a person wrote begins with, in the files that Renkei makes.
const HEAD: &str = "# Persons whose records may not be used, as pseudonyms of this site's key. `renkei cohort exclude`";

/// A site's list of opt-outs: a pseudonym a line, in order; empty lines and those that begin with `#` are not read. No
/// number of the hospital ever stands in it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct OptOuts(BTreeSet<String>);

/// A line of a list of opt-outs that is no pseudonym. What it holds is not shown: it may be a patient's number.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error(
    "line {line} is no pseudonym (32 hex digits): keep only what `renkei cohort exclude` adds, it hashes the hospital's \
     numbers"
)]
pub struct OptOutError {
    /// The line, from 1.
    pub line: usize,
}

impl OptOuts {
    /// Whether the person of this pseudonym opted out.
    #[must_use]
    pub fn contains(&self, pseudonym: &str) -> bool {
        self.0.contains(pseudonym)
    }

    /// Adds a pseudonym; false if it was there, or if the text is none.
    pub fn add(&mut self, pseudonym: &str) -> bool {
        Pseudonymiser::could_have_made(pseudonym) && self.0.insert(pseudonym.to_owned())
    }

    /// How many persons there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Whether nobody opted out.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

impl FromStr for OptOuts {
    type Err = OptOutError;

    fn from_str(text: &str) -> Result<Self, OptOutError> {
        let mut list = Self::default();
        for (line, text) in (1..).zip(text.lines().map(str::trim)) {
            if text.is_empty() || text.starts_with('#') {
                continue;
            }
            if !Pseudonymiser::could_have_made(text) {
                return Err(OptOutError { line });
            }
            list.add(text);
        }
        Ok(list)
    }
}

impl fmt::Display for OptOuts {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{HEAD}")?;
        self.0.iter().try_for_each(|pseudonym| writeln!(f, "{pseudonym}"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_list_is_read_as_it_is_written() {
        let mut list = OptOuts::default();
        assert!(list.add("abbde3a59ad367ed16461c84a9976193"));
        assert!(!list.add("abbde3a59ad367ed16461c84a9976193") && !list.add("P-0001"));
        let read: OptOuts = format!("\r\n  # by hand\r\n{list}").parse().unwrap();
        assert_eq!(read, list);
        assert!(read.contains("abbde3a59ad367ed16461c84a9976193") && !read.contains("P-0001"));
    }

    #[test]
    fn a_number_in_the_list_is_refused_by_its_line_alone() {
        let error = "# ours\nP-0001\n".parse::<OptOuts>().unwrap_err();
        assert_eq!(error, OptOutError { line: 2 });
        assert!(!error.to_string().contains("P-0001"));
    }
}
