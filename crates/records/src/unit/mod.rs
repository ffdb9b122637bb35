//! Units of measurement: what hospitals write, read as UCUM, and one canonical unit for each concept that has one.

mod ucum;

use std::borrow::Cow;

use renkei_domain::Digest;
use serde::Deserialize;

use crate::code::lines;
use crate::map::Map;
use crate::number::narrow;
use crate::{FaultKind, RecordsError, SiteTables};

use ucum::Unit;

const ALIASES: &str = include_str!("aliases.csv");
const QUANTITIES: &str = include_str!("quantities.csv");

#[derive(Deserialize)]
struct AliasLine {
    written: String,
    ucum: String,
}

#[derive(Deserialize)]
struct QuantityLine {
    concept: String,
    unit: String,
    least: f64,
    most: f64,
}

#[derive(Debug, Clone)]
struct Quantity {
    text: String,
    unit: Unit,
    least: f64,
    most: f64,
}

/// The units of a site: names that are not UCUM, and the canonical unit and possible range of each concept.
#[derive(Debug, Clone)]
pub(crate) struct Units {
    aliases: Map<String, String>,
    quantities: Map<String, Quantity>,
    /// Units that were parsed when the tables were read, and so need not be in every row.
    parsed: Map<String, Unit>,
    digest: Digest,
}

/// A number in its canonical unit.
#[derive(Debug, Clone, PartialEq, Default)]
pub(crate) struct Normal<'a> {
    /// The number; nothing if the unit or the number cannot be used.
    pub(crate) value: Option<f64>,
    /// The unit of `value`, in UCUM; nothing if the source states none and none is needed.
    pub(crate) unit: Option<Cow<'a, str>>,
    /// The source's unit in UCUM, without annotations; nothing if it is none that is known.
    pub(crate) source_unit: Option<Cow<'a, str>>,
    /// What is wrong.
    pub(crate) fault: Option<FaultKind>,
}

impl Units {
    /// The tables of this version with those of the site after them.
    pub(crate) fn new(site: &SiteTables) -> Result<Self, RecordsError> {
        let [alias_tables, quantity_tables] =
            [[Some(ALIASES), site.units.as_deref()], [Some(QUANTITIES), site.quantities.as_deref()]];
        let mut units = Self {
            aliases: Map::default(),
            quantities: Map::default(),
            parsed: Map::default(),
            digest: Digest::of(b""),
        };
        for table in alias_tables.iter().flatten() {
            units.extend_aliases(table)?;
        }
        for table in quantity_tables.iter().flatten() {
            units.extend_quantities(table)?;
        }
        let tables = alias_tables.iter().chain(&quantity_tables);
        units.digest = Digest::of_parts(tables.map(|table| table.unwrap_or_default().as_bytes()));
        Ok(units)
    }

    /// The digest of all tables, for the summary.
    pub(crate) fn digest(&self) -> Digest {
        self.digest
    }

    /// `value` in the canonical unit of `concept`, or in its own unit if the concept has none. A unit that is unknown,
    /// missing or of another dimension, and a number outside the concept's range, leave no value.
    pub(crate) fn normal<'a>(&'a self, concept: Option<&str>, value: f64, written: &'a str) -> Normal<'a> {
        let quantity = concept.and_then(|concept| self.quantities.get(concept));
        let written = self.readable(written);
        let source = self.parsed.get(written.as_ref()).copied().or_else(|| Unit::parse(&written));
        let known = source.is_some() || written.is_empty();
        let source_unit = source.is_some().then_some(written);
        let none = |fault| Normal { value: None, unit: None, source_unit: source_unit.clone(), fault: Some(fault) };
        match (quantity, source) {
            (_, None) if !known => none(FaultKind::UnknownUnit),
            (Some(_), None) => none(FaultKind::WrongUnit),
            (None, _) => Normal { value: Some(value), unit: source_unit.clone(), source_unit, fault: None },
            (Some(quantity), Some(source)) => match source.convert(value, &quantity.unit) {
                None => none(FaultKind::WrongUnit),
                Some(value) if !(quantity.least..=quantity.most).contains(&value) => none(FaultKind::OutOfRange),
                Some(value) => {
                    Normal { value: Some(value), unit: Some(Cow::Borrowed(&quantity.text)), source_unit, fault: None }
                }
            },
        }
    }

    /// What is written, as far as it can be UCUM: narrow, micro as `u`, without annotations in braces (which may hold
    /// any text) and by the site's other names.
    fn readable<'a>(&'a self, written: &'a str) -> Cow<'a, str> {
        let narrowed = narrow(written.trim());
        if let Some(ucum) = self.aliases.get(narrowed.as_ref()) {
            return Cow::Borrowed(ucum);
        }
        if narrowed.is_ascii() && !narrowed.contains(['{', ' ']) {
            return narrowed;
        }
        let mut text = String::with_capacity(narrowed.len());
        let mut depth = 0_u32;
        for character in narrowed.chars() {
            match character {
                '{' => depth += 1,
                '}' => depth = depth.saturating_sub(1),
                _ if depth > 0 => {}
                'µ' | 'μ' => text.push('u'),
                '㎎' => text.push_str("mg"),
                '㎍' => text.push_str("ug"),
                '㎏' => text.push_str("kg"),
                '㎗' => text.push_str("dL"),
                '㎖' => text.push_str("mL"),
                '㎝' => text.push_str("cm"),
                '㎜' => text.push_str("mm"),
                other => text.push(other),
            }
        }
        match self.aliases.get(&text) {
            Some(ucum) => Cow::Borrowed(ucum),
            None => Cow::Owned(text),
        }
    }

    fn extend_aliases(&mut self, table: &str) -> Result<(), RecordsError> {
        for (alias, line) in lines::<AliasLine>("unit names", table)? {
            let Some(unit) = Unit::parse(&alias.ucum) else {
                let reason = "the second column is not a UCUM unit that this version knows".to_owned();
                return Err(RecordsError::Mapping { table: "unit names", line, reason });
            };
            self.parsed.insert(alias.ucum.clone(), unit);
            self.aliases.insert(alias.written, alias.ucum);
        }
        Ok(())
    }

    fn extend_quantities(&mut self, table: &str) -> Result<(), RecordsError> {
        for (quantity, line) in lines::<QuantityLine>("quantities", table)? {
            let wrong = |reason: &str| RecordsError::Mapping { table: "quantities", line, reason: reason.to_owned() };
            let unit = Unit::parse(&quantity.unit)
                .ok_or_else(|| wrong("the unit is not a UCUM unit that this version knows"))?;
            if quantity.least.partial_cmp(&quantity.most).is_none_or(std::cmp::Ordering::is_gt) {
                return Err(wrong("write numbers with least <= most"));
            }
            self.parsed.insert(quantity.unit.clone(), unit);
            let known = Quantity { text: quantity.unit, unit, least: quantity.least, most: quantity.most };
            self.quantities.insert(quantity.concept, known);
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn units() -> Units {
        Units::new(&SiteTables::default()).unwrap()
    }

    #[test]
    fn psa_is_in_nanograms_a_millilitre_whatever_was_written() {
        let units = units();
        for (value, written) in [
            (4.05, "ng/mL"),
            (4.05, "ng/ml"),
            (4.05, "NG/ML"),
            (4.05, "ug/L"),
            (4.05, "µg/L"),
            (4.05, "μg/l"),
            (4.05, "ｎｇ／ｍｌ"),
            (405.0, "ng/dL"),
            (0.405, "ug/dL"),
            (4.05, "ng/mL{total}"),
        ] {
            let normal = units.normal(Some("psa"), value, written);
            assert_eq!(
                (normal.value, normal.unit.as_deref(), normal.fault),
                (Some(4.05), Some("ng/mL"), None),
                "{written}"
            );
        }
    }

    #[test]
    fn a_unit_that_does_not_fit_leaves_no_value() {
        let units = units();
        let cases = [
            ("", FaultKind::WrongUnit),
            ("nmol/L", FaultKind::WrongUnit),
            ("%", FaultKind::WrongUnit),
            ("Yamada", FaultKind::UnknownUnit),
            ("山田", FaultKind::UnknownUnit),
        ];
        for (written, fault) in cases {
            let normal = units.normal(Some("psa"), 4.0, written);
            assert_eq!((normal.value, normal.fault), (None, Some(fault)), "{written}");
            assert!(normal.source_unit.is_none_or(|unit| unit == written), "{written}");
        }
        assert_eq!(units.normal(Some("psa"), -1.0, "ng/mL").fault, Some(FaultKind::OutOfRange));
        let without = units.normal(None, 7.2, "g/dl");
        assert_eq!((without.value, without.unit.as_deref()), (Some(7.2), Some("g/dl")));
        assert_eq!(units.normal(None, 1.7, "").value, Some(1.7));
    }

    #[test]
    fn a_site_names_its_own_units() {
        let site = SiteTables {
            units: Some("written,ucum\n個/uL,10*0/uL\n".to_owned()),
            quantities: Some("concept,unit,least,most\ntestosterone,ng/mL,0,100\n".to_owned()),
            ..SiteTables::default()
        };
        let units = Units::new(&site).unwrap();
        assert_eq!(units.normal(Some("testosterone"), 410.0, "ng/dL").value, Some(4.1));
        assert_eq!(units.normal(None, 5.0, "個/μL").fault, None);
        let broken = SiteTables { units: Some("written,ucum\nx,y\n".to_owned()), ..SiteTables::default() };
        assert!(matches!(Units::new(&broken).unwrap_err(), RecordsError::Mapping { line: 2, .. }));
    }
}
