//! Code systems: one name for each, whatever a record calls it, and the shape that its codes have.

use serde::Deserialize;

use crate::RecordsError;
use crate::map::Map;

/// The longest code accepted, in bytes.
const LONGEST_CODE: usize = 40;
/// What stands for the system of a code whose record names none that is known.
const LOCAL: &str = "local";

/// What the codes of a system look like. Nothing else is taken for a code, since what stands where a code should may be
/// a name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Shape {
    /// ASCII digits.
    Digits,
    /// ASCII digits after an optional minus.
    Number,
    /// ASCII letters and digits, with a digit among them.
    Alnum,
    /// ASCII capitals.
    Capitals,
    /// A digit, a capital, three digits, then letters and digits (JLAC10, whose first five say what is analysed).
    Jlac,
    /// Digits, `-`, one check digit (LOINC).
    Loinc,
    /// A letter, then digits and letters with an optional point (ICD-10).
    Icd,
    /// K, three digits, then digits and `-` (Japanese fee schedule, operations).
    Kcode,
    /// Any code of a system that this version does not know: no blank, ASCII, with a digit in it.
    Local,
}

impl Shape {
    fn fits(self, code: &str) -> bool {
        let bytes = code.as_bytes();
        match self {
            Self::Digits => bytes.iter().all(u8::is_ascii_digit),
            Self::Number => bytes.strip_prefix(b"-").unwrap_or(bytes).iter().all(u8::is_ascii_digit),
            Self::Alnum => bytes.iter().all(u8::is_ascii_alphanumeric) && bytes.iter().any(u8::is_ascii_digit),
            Self::Capitals => bytes.iter().all(u8::is_ascii_uppercase),
            Self::Jlac => match bytes {
                [first, capital, number @ ..] => {
                    first.is_ascii_digit()
                        && capital.is_ascii_uppercase()
                        && number.iter().take(3).all(u8::is_ascii_digit)
                        && number.iter().all(u8::is_ascii_alphanumeric)
                }
                _ => false,
            },
            Self::Loinc => match bytes {
                [number @ .., b'-', check] => check.is_ascii_digit() && number.iter().all(u8::is_ascii_digit),
                _ => false,
            },
            Self::Icd => {
                let rest = |byte: &u8| byte.is_ascii_alphanumeric() || *byte == b'.';
                bytes.len() > 2
                    && bytes[0].is_ascii_uppercase()
                    && bytes[1].is_ascii_digit()
                    && bytes[2..].iter().all(rest)
            }
            Self::Kcode => match bytes {
                [b'K', number @ ..] => {
                    number.iter().take(3).all(u8::is_ascii_digit)
                        && number.iter().all(|byte| byte.is_ascii_digit() || *byte == b'-')
                }
                _ => false,
            },
            Self::Local => {
                let allowed = |byte: &u8| byte.is_ascii_alphanumeric() || b"._-:/&+".contains(byte);
                bytes.iter().all(allowed) && bytes.iter().any(u8::is_ascii_digit)
            }
        }
    }
}

#[derive(Debug, Clone)]
struct System {
    name: String,
    shape: Shape,
    least: usize,
    most: usize,
}

#[derive(Deserialize)]
struct Line {
    name: String,
    system: String,
    shape: Shape,
    least: usize,
    most: usize,
}

/// The known systems by each of their names.
#[derive(Debug, Clone, Default)]
pub(super) struct Systems(Map<String, System>);

impl Systems {
    /// Adds the systems of a table (`name,system,shape,least,most`): later lines replace earlier ones of the same name.
    pub(super) fn extend(&mut self, table: &str) -> Result<(), RecordsError> {
        for (line, number) in super::lines::<Line>("code systems", table)? {
            if line.least == 0 || line.least > line.most || line.most > LONGEST_CODE {
                return Err(RecordsError::Mapping {
                    table: "code systems",
                    line: number,
                    reason: format!("write 1 <= least <= most <= {LONGEST_CODE}"),
                });
            }
            let system = System { name: line.system, shape: line.shape, least: line.least, most: line.most };
            self.0.insert(line.name, system);
        }
        Ok(())
    }

    /// The canonical name of the system that a record calls `name`: its own for the tables of HL7 and of the hospital,
    /// `local` for all others that are not known.
    pub(super) fn canonical<'a>(&'a self, name: &'a str) -> &'a str {
        match self.0.get(name) {
            Some(system) => &system.name,
            None if is_table(name) => name,
            None => LOCAL,
        }
    }

    /// Whether `code` can be a code of the system that a record calls `name`. What names no system at all has no codes:
    /// they would mean nothing, and could be anything.
    pub(super) fn fits(&self, name: &str, code: &str) -> bool {
        match self.0.get(name) {
            Some(system) => (system.least..=system.most).contains(&code.len()) && system.shape.fits(code),
            None => is_system(name) && (1..=LONGEST_CODE).contains(&code.len()) && Shape::Local.fits(code),
        }
    }

    /// Whether the system is one that hospitals share.
    pub(super) fn is_shared(&self, name: &str) -> bool {
        self.0.contains_key(name)
    }
}

/// Whether a text is the name of a table of HL7, or of one of the hospital's own as HL7 table 0396 names them: `99` and
/// up to six characters, or `L`.
fn is_table(name: &str) -> bool {
    let own = |rest: &str| (1..=6).contains(&rest.len()) && rest.bytes().all(|byte| byte.is_ascii_alphanumeric());
    let table = |rest: &str| rest.len() == 4 && rest.bytes().all(|byte| byte.is_ascii_digit());
    name == "L" || name.strip_prefix("99").is_some_and(own) || name.strip_prefix("HL7").is_some_and(table)
}

/// Whether a text that is in no table of ours can be the name of a code system.
fn is_system(name: &str) -> bool {
    is_table(name) || ["http://", "https://", "urn:"].iter().any(|scheme| name.starts_with(scheme))
}
