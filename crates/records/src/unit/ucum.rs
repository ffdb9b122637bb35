//! Units as UCUM expressions (The Unified Code for Units of Measure, case-sensitive form): the part that records use.

/// What a unit measures: exponents of gram, metre, second, mole, international unit, enzyme unit, equivalent, osmole,
/// volt, pascal, joule, degree Celsius, degree of arc.
type Dimensions = [i8; 13];

/// The longest unit text that is looked at, in bytes.
const LONGEST: usize = 40;
/// The largest exponent of one part; more is no unit that anyone measures in.
const LARGEST_EXPONENT: i8 = 9;

/// A unit: `mantissa * 10^power` of its base units. Powers of ten are kept apart so that ng/mL and ug/L are exactly one.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Unit {
    mantissa: f64,
    power: i32,
    dimensions: Dimensions,
}

struct Atom {
    name: &'static str,
    mantissa: f64,
    power: i32,
    /// Base unit and its exponent.
    of: Option<(usize, i8)>,
    metric: bool,
}

const fn atom(name: &'static str, mantissa: f64, power: i32, of: Option<(usize, i8)>, metric: bool) -> Atom {
    Atom { name, mantissa, power, of, metric }
}

/// UCUM tables 1 to 6 as far as hospitals use them; `IU` without brackets is what laboratories write.
const ATOMS: [Atom; 34] = [
    atom("g", 1.0, 0, Some((0, 1)), true),
    atom("[lb_av]", 453.592_37, 0, Some((0, 1)), false),
    atom("[oz_av]", 28.349_523_125, 0, Some((0, 1)), false),
    atom("m", 1.0, 0, Some((1, 1)), true),
    atom("[in_i]", 2.54, -2, Some((1, 1)), false),
    atom("[ft_i]", 30.48, -2, Some((1, 1)), false),
    atom("L", 1.0, -3, Some((1, 3)), true),
    atom("l", 1.0, -3, Some((1, 3)), true),
    atom("s", 1.0, 0, Some((2, 1)), true),
    atom("min", 60.0, 0, Some((2, 1)), false),
    atom("h", 3600.0, 0, Some((2, 1)), false),
    atom("d", 86_400.0, 0, Some((2, 1)), false),
    atom("wk", 604_800.0, 0, Some((2, 1)), false),
    atom("mo", 2_629_800.0, 0, Some((2, 1)), false),
    atom("a", 31_557_600.0, 0, Some((2, 1)), false),
    atom("Hz", 1.0, 0, Some((2, -1)), true),
    atom("mol", 1.0, 0, Some((3, 1)), true),
    atom("[IU]", 1.0, 0, Some((4, 1)), true),
    atom("[iU]", 1.0, 0, Some((4, 1)), true),
    atom("IU", 1.0, 0, Some((4, 1)), true),
    atom("U", 1.0, 0, Some((5, 1)), true),
    atom("eq", 1.0, 0, Some((6, 1)), true),
    atom("osm", 1.0, 0, Some((7, 1)), true),
    atom("Osm", 1.0, 0, Some((7, 1)), true),
    atom("V", 1.0, 0, Some((8, 1)), true),
    atom("Pa", 1.0, 0, Some((9, 1)), true),
    atom("m[Hg]", 133.322, 3, Some((9, 1)), true),
    atom("J", 1.0, 0, Some((10, 1)), true),
    atom("cal", 4.184, 0, Some((10, 1)), true),
    atom("Cel", 1.0, 0, Some((11, 1)), false),
    atom("deg", 1.0, 0, Some((12, 1)), false),
    atom("%", 1.0, -2, None, false),
    atom("[ppm]", 1.0, -6, None, false),
    atom("[pH]", 1.0, 0, None, false),
];

const PREFIXES: [(&str, i32); 13] = [
    ("da", 1),
    ("G", 9),
    ("M", 6),
    ("k", 3),
    ("h", 2),
    ("d", -1),
    ("c", -2),
    ("m", -3),
    ("u", -6),
    ("n", -9),
    ("p", -12),
    ("f", -15),
    ("a", -18),
];

impl Unit {
    /// Reads a unit without annotations, such as `ng/mL`, `10*3/uL` or `/min`.
    pub(super) fn parse(text: &str) -> Option<Self> {
        if text.is_empty() || text.len() > LONGEST {
            return None;
        }
        let mut unit = Self { mantissa: 1.0, power: 0, dimensions: [0; 13] };
        for (place, of_solidus) in text.split('/').enumerate() {
            // A unit may begin with a solidus: what stands before it is one.
            if of_solidus.is_empty() && place == 0 && text.len() > 1 {
                continue;
            }
            // In UCUM every solidus divides by the one part that follows it; points multiply.
            for (point, part) in of_solidus.split('.').enumerate() {
                let sign = if place > 0 && point == 0 { -1 } else { 1 };
                unit = unit.times(part, sign)?;
            }
        }
        Some(unit)
    }

    /// `value` of this unit in `other`; nothing if they measure different things.
    pub(super) fn convert(&self, value: f64, other: &Self) -> Option<f64> {
        if self.dimensions != other.dimensions {
            return None;
        }
        let power = self.power - other.power;
        if self.mantissa == other.mantissa {
            // Moving the point in the text keeps 0.405 ug/dL at exactly 4.05 ng/mL, which multiplying by ten does not.
            return if power == 0 { Some(value) } else { format!("{value}e{power}").parse().ok() };
        }
        Some(value * self.mantissa / other.mantissa * 10_f64.powi(power))
    }

    fn times(self, part: &str, sign: i8) -> Option<Self> {
        if part == "1" {
            return Some(self);
        }
        if let Some(power) = part.strip_prefix("10*").or_else(|| part.strip_prefix("10^")) {
            let power = i32::from(exponent(power)?);
            return Some(Self { power: self.power + power * i32::from(sign), ..self });
        }
        let name_ends = part.rfind(|character: char| !(character.is_ascii_digit() || character == '-'))? + 1;
        let (name, times) = part.split_at_checked(name_ends)?;
        let times = if times.is_empty() { 1 } else { exponent(times)? } * sign;
        let (atom, prefix) = find(name)?;
        let mut dimensions = self.dimensions;
        if let Some((base, of)) = atom.of {
            dimensions[base] = dimensions[base].checked_add(of.checked_mul(times)?)?;
        }
        let mantissa = self.mantissa * atom.mantissa.powi(i32::from(times));
        Some(Self { mantissa, power: self.power + (atom.power + prefix) * i32::from(times), dimensions })
    }
}

fn exponent(text: &str) -> Option<i8> {
    text.parse().ok().filter(|exponent: &i8| exponent.abs() <= LARGEST_EXPONENT)
}

fn find(name: &str) -> Option<(&'static Atom, i32)> {
    if let Some(atom) = ATOMS.iter().find(|atom| atom.name == name) {
        return Some((atom, 0));
    }
    PREFIXES.iter().find_map(|(prefix, power)| {
        let rest = name.strip_prefix(prefix)?;
        ATOMS.iter().find(|atom| atom.metric && atom.name == rest).map(|atom| (atom, *power))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn convert(value: f64, from: &str, to: &str) -> Option<f64> {
        Unit::parse(from)?.convert(value, &Unit::parse(to)?)
    }

    #[test]
    fn units_of_one_dimension_convert_exactly() {
        let cases = [
            (4.05, "ng/mL", "ng/mL", 4.05),
            (4.05, "ug/L", "ng/mL", 4.05),
            (405.0, "ng/dL", "ng/mL", 4.05),
            (4.05, "ug/l", "ng/ml", 4.05),
            (4050.0, "pg/mL", "ng/mL", 4.05),
            (1.678, "m", "cm", 167.8),
            (140.0, "[lb_av]", "kg", 63.502_931_8),
            (2.0, "10*3/uL", "10*9/L", 2.0),
            (60.0, "/min", "Hz", 1.0),
            (12.0, "%", "1", 0.12),
            (25.0, "kg/m2", "g.m-2", 25_000.0),
            (1.0, "mm[Hg]", "Pa", 133.322),
        ];
        for (value, from, to, expected) in cases {
            let got = convert(value, from, to).unwrap_or_else(|| panic!("{from} to {to}"));
            assert!((got - expected).abs() <= expected.abs() * 1e-15, "{value} {from} is {got} {to}, not {expected}");
        }
    }

    #[test]
    fn other_dimensions_and_other_texts_do_not_convert() {
        assert_eq!(convert(1.0, "nmol/L", "ng/mL"), None);
        assert_eq!(convert(1.0, "[IU]/L", "U/L"), None);
        for text in [
            "",
            "/",
            "ng//mL",
            "Yamada",
            "MG/DL",
            "ng/mL Yamada",
            "山田",
            "g99",
            "m127",
            "10*",
            "{cells}",
            "ng/",
            "1e5",
        ] {
            assert_eq!(Unit::parse(text), None, "{text}");
        }
    }
}
