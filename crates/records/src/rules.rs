//! What the door goes by: the source's name, the secret, the mapping tables.

use renkei_domain::Digest;

use crate::code::Concepts;
use crate::unit::Units;
use crate::{OptOuts, Pseudonymiser, RecordsError};

/// The longest name of a source, in bytes.
const LONGEST_NAME: usize = 32;

/// Mapping tables of the site, each the text of a CSV file with a header; they come after those of this version, and
/// later lines replace earlier ones.
#[derive(Debug, Clone, Default)]
pub struct SiteTables {
    /// `name,system,shape,least,most`: code systems by the names that records call them.
    pub systems: Option<String>,
    /// `system,code,match,concept,meaning`: codes, or with `prefix` the beginnings of codes, and their concepts.
    pub concepts: Option<String>,
    /// `written,ucum`: unit names that are not UCUM.
    pub units: Option<String>,
    /// `concept,unit,least,most`: the canonical unit of a concept and the range of possible values.
    pub quantities: Option<String>,
}

/// What turns a source's rows into canonical ones.
#[derive(Debug)]
pub struct Rules {
    pub(crate) source: String,
    pub(crate) pseudonyms: Pseudonymiser,
    pub(crate) concepts: Concepts,
    pub(crate) units: Units,
    pub(crate) opt_outs: OptOuts,
}

impl Rules {
    /// Rules for the source that the site calls `source`: 1 to 32 lower-case letters, digits, `-` and `_`.
    pub fn new(source: &str, pseudonyms: Pseudonymiser, site: &SiteTables) -> Result<Self, RecordsError> {
        let allowed = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || b"-_".contains(&byte);
        let begins = source.bytes().next().is_some_and(|byte| byte.is_ascii_lowercase());
        if !begins || source.len() > LONGEST_NAME || !source.bytes().all(allowed) {
            return Err(RecordsError::SourceName);
        }
        let (concepts, units) = (Concepts::new(site)?, Units::new(site)?);
        Ok(Self { source: source.to_owned(), pseudonyms, concepts, units, opt_outs: OptOuts::default() })
    }

    /// The same rules, under which no row of these persons is taken.
    #[must_use]
    pub fn without(self, opt_outs: OptOuts) -> Self {
        Self { opt_outs, ..self }
    }

    /// The digest of all mapping tables.
    #[must_use]
    pub fn mapping(&self) -> Digest {
        Digest::of_parts([&self.concepts.digest().as_bytes()[..], &self.units.digest().as_bytes()[..]])
    }
}
