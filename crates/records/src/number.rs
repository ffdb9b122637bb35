//! Numbers as laboratories write them.

use std::borrow::Cow;

/// How a value compares with the number that is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Comparator {
    Less,
    LessOrEqual,
    Greater,
    GreaterOrEqual,
}

impl Comparator {
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::Less => "<",
            Self::LessOrEqual => "<=",
            Self::Greater => ">",
            Self::GreaterOrEqual => ">=",
        }
    }

    fn split(text: &str) -> (Option<Self>, &str) {
        let signs = [
            ("<=", Self::LessOrEqual),
            (">=", Self::GreaterOrEqual),
            ("≦", Self::LessOrEqual),
            ("≧", Self::GreaterOrEqual),
            ("≤", Self::LessOrEqual),
            ("≥", Self::GreaterOrEqual),
            ("<", Self::Less),
            (">", Self::Greater),
        ];
        let words =
            [("未満", Self::Less), ("以下", Self::LessOrEqual), ("以上", Self::GreaterOrEqual), ("超", Self::Greater)];
        let front = signs.into_iter().find_map(|(sign, comparator)| Some((comparator, text.strip_prefix(sign)?)));
        let back = || words.into_iter().find_map(|(word, comparator)| Some((comparator, text.strip_suffix(word)?)));
        front.or_else(back).map_or((None, text), |(comparator, rest)| (Some(comparator), rest.trim()))
    }
}

/// A number with the comparator that stands with it.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Number<'a> {
    pub(crate) comparator: Option<Comparator>,
    pub(crate) value: f64,
    /// What was written, in ASCII.
    pub(crate) text: Cow<'a, str>,
}

impl<'a> Number<'a> {
    /// Reads `[comparator] [sign] digits [. digits] [e [sign] digits]`, in ASCII or full-width characters, the
    /// comparator also as the word that Japanese laboratories write behind (`0.008未満`). Anything else, infinity
    /// included, is no number.
    pub(crate) fn parse(comparator: &str, text: &'a str) -> Option<Self> {
        match narrow(text) {
            Cow::Borrowed(text) => Self::narrow(comparator, text),
            Cow::Owned(text) => Number::narrow(comparator, &text).map(Number::into_owned),
        }
    }

    fn narrow(comparator: &str, text: &'a str) -> Option<Self> {
        let (inside, digits) = Comparator::split(text.trim());
        let outside = match narrow(comparator).trim() {
            "" | "=" => None,
            stated => match Comparator::split(stated) {
                (Some(comparator), "") => Some(comparator),
                _ => return None,
            },
        };
        if !is_decimal(digits) || (inside.is_some() && outside.is_some() && inside != outside) {
            return None;
        }
        let value = digits.parse::<f64>().ok().filter(|value| value.is_finite())?;
        let comparator = inside.or(outside);
        let text = match comparator {
            None => Cow::Borrowed(digits),
            Some(comparator) => Cow::Owned(format!("{}{digits}", comparator.as_str())),
        };
        Some(Self { comparator, value, text })
    }

    fn into_owned(self) -> Number<'static> {
        Number { comparator: self.comparator, value: self.value, text: Cow::Owned(self.text.into_owned()) }
    }
}

/// Full-width ASCII (U+FF01 to U+FF5E) and the ideographic blank in their narrow forms (JIS X 0208 has them as characters
/// of their own), the minus sign of JIS X 0208 too.
pub(crate) fn narrow(text: &str) -> Cow<'_, str> {
    if text.is_ascii() {
        return text.into();
    }
    let narrowed = text.chars().map(|character| match character {
        '\u{ff01}'..='\u{ff5e}' => char::from_u32(u32::from(character) - 0xfee0).unwrap_or(character),
        '\u{3000}' => ' ',
        '\u{2212}' => '-',
        other => other,
    });
    narrowed.collect::<String>().into()
}

fn is_decimal(text: &str) -> bool {
    let unsigned = text.strip_prefix(['+', '-']).unwrap_or(text);
    let (mantissa, exponent) = unsigned.split_once(['e', 'E']).unwrap_or((unsigned, "0"));
    let exponent = exponent.strip_prefix(['+', '-']).unwrap_or(exponent);
    let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, "0"));
    let digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
    let some_digit = !mantissa.is_empty() && [whole, fraction].iter().any(|part| !part.is_empty());
    text.len() <= 32 && some_digit && !exponent.is_empty() && [whole, fraction, exponent].into_iter().all(digits)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_read_as_laboratories_write_them() {
        use Comparator::{Greater, GreaterOrEqual, Less, LessOrEqual};
        let cases = [
            ("", "4.05", None, 4.05, "4.05"),
            ("", " -14 ", None, -14.0, "-14"),
            ("", "<0.01", Some(Less), 0.01, "<0.01"),
            ("", "< 0.01", Some(Less), 0.01, "<0.01"),
            ("", "＜０．０１", Some(Less), 0.01, "<0.01"),
            ("", "0.008未満", Some(Less), 0.008, "<0.008"),
            ("", "100以上", Some(GreaterOrEqual), 100.0, ">=100"),
            ("", "≦5", Some(LessOrEqual), 5.0, "<=5"),
            (">", "1000", Some(Greater), 1000.0, ">1000"),
            ("<", "<1", Some(Less), 1.0, "<1"),
            ("=", "1.5e3", None, 1500.0, "1.5e3"),
            ("", "−2", None, -2.0, "-2"),
        ];
        for (comparator, text, expected, value, written) in cases {
            let number = Number::parse(comparator, text).unwrap_or_else(|| panic!("{text}"));
            assert_eq!((number.comparator, number.value, number.text.as_ref()), (expected, value, written), "{text}");
        }
    }

    #[test]
    fn what_is_no_number_is_not_made_into_one() {
        for text in [
            "",
            "-",
            ".",
            "1.2.3",
            "1,5",
            "1-2",
            "nan",
            "inf",
            "1e999",
            "03-1234-5678",
            "1 2",
            "(-)",
            "陰性",
            "e5",
            "1e",
            "<",
        ] {
            assert_eq!(Number::parse("", text), None, "{text}");
        }
        assert_eq!(Number::parse(">", "<1"), None);
        assert_eq!(Number::parse("x", "1"), None);
    }
}
