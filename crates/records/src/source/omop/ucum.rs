//! Units by their concept, for exports without the vocabulary: the standard concepts of UCUM that laboratories use most
//! (OHDSI vocabulary `UCUM`). Found in a second source: 8554, 8582, 8645, 8713, 8749, 8753, 8815, 8840, 8842, 8848, 8876.
//! Not verified: the others; an export with its own `concept` does not need them.

const UNITS: [(i64, &str); 50] = [
    (8482, "[pH]"),
    (8504, "g"),
    (8505, "h"),
    (8511, "wk"),
    (8512, "d"),
    (8519, "L"),
    (8541, "/min"),
    (8550, "min"),
    (8554, "%"),
    (8555, "s"),
    (8564, "pg"),
    (8576, "mg"),
    (8582, "cm"),
    (8583, "fL"),
    (8587, "mL"),
    (8588, "mm"),
    (8636, "g/L"),
    (8645, "U/L"),
    (8647, "/uL"),
    (8713, "g/dL"),
    (8723, "mg/g"),
    (8725, "ng/L"),
    (8729, "pmol/L"),
    (8734, "10*12/L"),
    (8736, "nmol/L"),
    (8748, "ug/L"),
    (8749, "umol/L"),
    (8751, "mg/L"),
    (8752, "mm/h"),
    (8753, "mmol/L"),
    (8795, "mL/min"),
    (8815, "10*6/uL"),
    (8817, "ng/dL"),
    (8837, "ug/dL"),
    (8840, "mg/dL"),
    (8842, "ng/mL"),
    (8845, "pg/mL"),
    (8848, "10*3/uL"),
    (8859, "ug/mL"),
    (8876, "mm[Hg]"),
    (9289, "[degF]"),
    (9327, "[in_i]"),
    (9444, "10*9/L"),
    (9448, "a"),
    (9529, "kg"),
    (9531, "kg/m2"),
    (9546, "m"),
    (9580, "mo"),
    (9655, "ug"),
    (586_323, "Cel"),
];

/// The unit of a concept.
pub(super) fn unit(concept: i64) -> Option<&'static str> {
    let found = UNITS.binary_search_by_key(&concept, |(id, _)| *id).ok()?;
    UNITS.get(found).map(|(_, unit)| *unit)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn units_are_found_by_their_concept() {
        assert!(UNITS.is_sorted());
        assert_eq!((unit(8842), unit(586_323), unit(0)), (Some("ng/mL"), Some("Cel"), None));
    }
}
