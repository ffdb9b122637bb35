//! Which of Renkei's own concepts a code stands for. The mapping is data: three tables that a site can extend.

mod system;

use renkei_domain::Digest;
use serde::Deserialize;
use serde::de::DeserializeOwned;

use crate::canonical::{CodeCells, Coding};
use crate::map::Map;
use crate::{RecordsError, SiteTables};

use system::Systems;

const SYSTEMS: &str = include_str!("systems.csv");
const CONCEPTS: &str = include_str!("concepts.csv");

/// How a line of the concept table meets a code.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Match {
    /// The code is the same.
    Exact,
    /// The code begins with it.
    Prefix,
}

#[derive(Deserialize)]
struct Line {
    system: String,
    code: String,
    #[serde(rename = "match")]
    matching: Match,
    concept: String,
}

/// The concepts of one system.
#[derive(Debug, Clone, Default)]
struct OfSystem {
    exact: Map<String, String>,
    /// Longest first, so that the most telling prefix wins.
    prefixes: Vec<(String, String)>,
}

/// From codes to concepts, and from the many names of a code system to one.
#[derive(Debug, Clone)]
pub(crate) struct Concepts {
    systems: Systems,
    concepts: Map<String, OfSystem>,
    digest: Digest,
}

/// A code as it stands in a canonical row.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Code<'a> {
    pub(crate) system: &'a str,
    pub(crate) code: &'a str,
    pub(crate) concept: Option<&'a str>,
    /// The row's other codes, as `system|code` separated by blanks; nothing if there are none.
    pub(crate) alternates: Option<String>,
}

impl Code<'_> {
    pub(crate) fn cells(&self) -> CodeCells<'_> {
        CodeCells {
            system: Some(self.system),
            code: Some(self.code),
            concept: self.concept,
            alternates: self.alternates.as_deref(),
        }
    }
}

impl Concepts {
    /// The tables of this version with those of the site after them.
    pub(crate) fn new(site: &SiteTables) -> Result<Self, RecordsError> {
        let mut systems = Systems::default();
        let mut concepts: Map<String, OfSystem> = Map::default();
        let [system_tables, concept_tables] =
            [[Some(SYSTEMS), site.systems.as_deref()], [Some(CONCEPTS), site.concepts.as_deref()]];
        for table in system_tables.iter().flatten() {
            systems.extend(table)?;
        }
        for table in concept_tables.iter().flatten() {
            extend(&mut concepts, table)?;
        }
        concepts.values_mut().for_each(|of| of.prefixes.sort_by_key(|(prefix, _)| std::cmp::Reverse(prefix.len())));
        let tables = system_tables.iter().chain(&concept_tables);
        let digest = Digest::of_parts(tables.map(|table| table.unwrap_or_default().as_bytes()));
        Ok(Self { systems, concepts, digest })
    }

    /// The digest of all tables, for the summary.
    pub(crate) fn digest(&self) -> Digest {
        self.digest
    }

    /// The code that a row stands under: the first that has a concept, else the first of a shared system, else the
    /// first. The others are its alternates.
    pub(crate) fn choose<'a>(&'a self, codes: &[Coding<'a>]) -> Option<Code<'a>> {
        let rank = |(place, code): (usize, &Coding<'a>)| match self.concept(code) {
            Some(concept) => (0_u8, place, *code, Some(concept)),
            None => (1 + u8::from(self.is_local(code)), place, *code, None),
        };
        let ranked = codes.iter().enumerate().map(rank);
        let (_, chosen, code, concept) = ranked.min_by_key(|(rank, ..)| *rank)?;
        let others = codes.iter().enumerate().filter(|(place, _)| *place != chosen);
        let texts: Vec<String> =
            others.map(|(_, other)| format!("{}|{}", self.systems.canonical(other.system), other.code)).collect();
        Some(Code {
            system: self.systems.canonical(code.system),
            code: code.code,
            concept,
            alternates: (!texts.is_empty()).then(|| texts.join(" ")),
        })
    }

    /// Whether the code is of a system that is in no table.
    pub(crate) fn is_local(&self, coding: &Coding<'_>) -> bool {
        !self.systems.is_shared(coding.system)
    }

    /// Whether what stands as a code can be one.
    pub(crate) fn fits(&self, coding: &Coding<'_>) -> bool {
        self.systems.fits(coding.system, coding.code)
    }

    fn concept(&self, coding: &Coding<'_>) -> Option<&str> {
        let of_system = self.concepts.get(self.systems.canonical(coding.system))?;
        if let Some(concept) = of_system.exact.get(coding.code) {
            return Some(concept);
        }
        let prefixed = of_system.prefixes.iter().find(|(prefix, _)| coding.code.starts_with(prefix.as_str()));
        prefixed.map(|(_, concept)| concept.as_str())
    }
}

fn extend(concepts: &mut Map<String, OfSystem>, table: &str) -> Result<(), RecordsError> {
    for (line, number) in lines::<Line>("concepts", table)? {
        if line.code.is_empty() || !is_concept(&line.concept) {
            let reason = "write a code, and a concept of lower-case letters, digits and `_`".to_owned();
            return Err(RecordsError::Mapping { table: "concepts", line: number, reason });
        }
        let of_system = concepts.entry(line.system).or_default();
        match line.matching {
            Match::Exact => {
                of_system.exact.insert(line.code, line.concept);
            }
            Match::Prefix => {
                of_system.prefixes.retain(|(prefix, _)| *prefix != line.code);
                of_system.prefixes.push((line.code, line.concept));
            }
        }
    }
    Ok(())
}

fn is_concept(text: &str) -> bool {
    let allowed = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'_';
    !text.is_empty() && text.len() <= 64 && text.bytes().all(allowed)
}

/// The lines of a mapping table in CSV with a header, each with its number in the file.
pub(crate) fn lines<T: DeserializeOwned>(table: &'static str, text: &str) -> Result<Vec<(T, u64)>, RecordsError> {
    let mut reader = csv::ReaderBuilder::new().trim(csv::Trim::All).comment(Some(b'#')).from_reader(text.as_bytes());
    let mut found = Vec::new();
    for (place, line) in reader.deserialize().enumerate() {
        // Where the error itself does not say, it is the line after the header and those read before.
        let line = line.map_err(|error: csv::Error| RecordsError::Mapping {
            table,
            line: error.position().map_or(place as u64 + 2, csv::Position::line),
            reason: error.to_string(),
        })?;
        found.push((line, place as u64 + 2));
    }
    Ok(found)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn concepts() -> Concepts {
        Concepts::new(&SiteTables::default()).unwrap()
    }

    fn concept<'a>(concepts: &'a Concepts, system: &'a str, code: &'a str) -> Option<&'a str> {
        concepts.fits(&Coding { system, code }).then(|| concepts.choose(&[Coding { system, code }]))??.concept
    }

    #[test]
    fn psa_prostatectomy_and_prostate_cancer_are_found_in_every_system() {
        let concepts = concepts();
        let cases = [
            ("http://loinc.org", "2857-1", Some("psa")),
            ("LN", "10886-0", Some("psa_free")),
            ("JC10", "5D305000002302301", Some("psa")),
            ("urn:oid:1.2.392.200119.4.504", "5D305000002302301", Some("psa")),
            ("OMOP", "3013603", Some("psa")),
            ("http://snomed.info/sct", "90470006", Some("prostatectomy")),
            ("ICD10PCS", "0VT04ZZ", Some("prostatectomy")),
            ("ICD10PCS", "0VB04ZZ", None),
            ("K-CODE", "K843-4", Some("prostatectomy")),
            ("I10", "C61", Some("prostate_cancer")),
            ("I10", "K297", None),
            ("http://snomed.info/sct", "126906006", Some("prostate_neoplasm")),
            ("http://nowhere.example/codes", "2857-1", None),
        ];
        for (system, code, expected) in cases {
            assert_eq!(concept(&concepts, system, code), expected, "{system} {code}");
        }
    }

    #[test]
    fn the_coding_with_a_concept_is_chosen_then_the_shared_one() {
        let concepts = concepts();
        let codings = [
            Coding { system: "99X03", code: "10222" },
            Coding { system: "MDCDX2", code: "20054174" },
            Coding { system: "I10", code: "C61" },
        ];
        let chosen = concepts.choose(&codings).unwrap();
        assert_eq!((chosen.system, chosen.code), ("ICD-10", "C61"));
        assert_eq!(chosen.alternates.unwrap(), "99X03|10222 MDCDX2|20054174");
        assert_eq!(concepts.choose(&codings[..2]).unwrap().system, "MDCDX2");
        assert_eq!(concepts.choose(&codings[..1]).unwrap().system, "99X03");
    }

    #[test]
    fn what_is_no_code_is_not_taken_for_one() {
        let concepts = concepts();
        for (system, code) in [
            ("JC10", "山田太郎"),
            ("", "Yamada"),
            ("", "03-1234-5678"),
            ("Yamada", "1"),
            ("99X", "Yamada Taro 1"),
            ("I10", "YAMADA"),
            ("HOT9", "03-1234-5678"),
            ("MDCDX2", "2005417"),
            ("", ""),
        ] {
            assert!(!concepts.fits(&Coding { system, code }), "{system} {code}");
        }
    }

    #[test]
    fn a_site_extends_the_tables_and_is_told_what_is_wrong_with_them() {
        let site = SiteTables {
            systems: Some("name,system,shape,least,most\n99LAB,OUR-LAB,digits,4,4\n".to_owned()),
            concepts: Some("system,code,match,concept,meaning\nOUR-LAB,0815,exact,psa,our own PSA\n".to_owned()),
            ..SiteTables::default()
        };
        let extended = Concepts::new(&site).unwrap();
        assert_eq!(concept(&extended, "99LAB", "0815"), Some("psa"));
        assert_ne!(extended.digest(), concepts().digest());
        let broken = SiteTables {
            concepts: Some("system,code,match,concept,meaning\nA,1,exact,psa,x\nA,2,exact,Our PSA,x\n".to_owned()),
            ..SiteTables::default()
        };
        let error = Concepts::new(&broken).unwrap_err();
        assert!(matches!(error, RecordsError::Mapping { table: "concepts", line: 3, .. }), "{error}");
    }
}
