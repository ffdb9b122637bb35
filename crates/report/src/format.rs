//! Numbers as a reader wants them: sensible digits, a true minus sign, thousands apart.

use crate::content::{Estimate, RiskSurface};

/// Days in a mean Julian year.
const DAYS_A_YEAR: f64 = 365.25;

/// What stands where a number is not finite.
const NOT_COMPUTABLE: &str = "not computable";

/// With a fixed number of decimals.
pub(crate) fn decimals(value: f64, places: usize) -> String {
    if !value.is_finite() {
        return NOT_COMPUTABLE.to_owned();
    }
    let text = format!("{value:.places$}");
    match text.strip_prefix('-') {
        Some(magnitude) if magnitude.chars().any(|digit| digit.is_ascii_digit() && digit != '0') => {
            format!("−{magnitude}")
        }
        Some(magnitude) => magnitude.to_owned(),
        None => text,
    }
}

/// With about three significant digits.
pub(crate) fn number(value: f64) -> String {
    let magnitude = value.abs();
    if value.is_finite() && magnitude > 0.0 && !(1e-4..1e6).contains(&magnitude) {
        return format!("{value:.2e}").replace('-', "−");
    }
    let places = match magnitude {
        _ if magnitude >= 100.0 || magnitude == 0.0 => 0,
        _ if magnitude >= 10.0 => 1,
        _ if magnitude >= 1.0 => 2,
        _ => 2 - magnitude.log10().floor() as i32,
    };
    let text = decimals(value, places.max(0) as usize);
    if text.contains('.') { text.trim_end_matches('0').trim_end_matches('.').to_owned() } else { text }
}

/// A count, thousands apart.
pub(crate) fn count(value: u64) -> String {
    let digits = value.to_string();
    let mut text = String::new();
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

/// A count and its share of a total in per cent.
pub(crate) fn share(part: u64, total: u64) -> String {
    if total == 0 {
        return count(part);
    }
    format!("{} ({} %)", count(part), decimals(100.0 * part as f64 / total as f64, 1))
}

/// A p-value.
pub(crate) fn p_value(p: f64) -> String {
    match p {
        _ if !p.is_finite() => NOT_COMPUTABLE.to_owned(),
        _ if p < 0.001 => "<\u{2009}0.001".to_owned(),
        _ if p < 0.1 => decimals(p, 3),
        _ => decimals(p, 2),
    }
}

/// A p-value that may be missing.
pub(crate) fn maybe_p(p: Option<f64>) -> String {
    p.map_or_else(|| "–".to_owned(), p_value)
}

/// An estimate and its interval.
pub(crate) fn estimate(estimate: Estimate, places: usize) -> String {
    match estimate.interval {
        None => decimals(estimate.value, places),
        Some(interval) => format!("{} ({})", decimals(estimate.value, places), range(interval, places)),
    }
}

/// An estimate that may be missing.
pub(crate) fn maybe_estimate(found: Option<Estimate>, places: usize) -> String {
    found.map_or_else(|| "–".to_owned(), |found| estimate(found, places))
}

/// An interval.
pub(crate) fn range((low, high): (f64, f64), places: usize) -> String {
    format!("{} to {}", decimals(low, places), decimals(high, places))
}

/// Days as years: "5 years", "2.5 years".
pub(crate) fn years(days: f64) -> String {
    let text = years_number(days);
    if text == "1" { "1 year".to_owned() } else { format!("{text} years") }
}

/// Days as years, the number alone; whole where a calendar year was meant.
pub(crate) fn years_number(days: f64) -> String {
    let years = in_years(days);
    if (years - years.round()).abs() < 0.005 { decimals(years.round(), 0) } else { decimals(years, 1) }
}

/// Days as years.
pub(crate) fn in_years(days: f64) -> f64 {
    days / DAYS_A_YEAR
}

/// How the score of a slide is made of its tiles, or by how much it is not.
pub(crate) fn sum_of_tiles(surface: &RiskSurface) -> String {
    let sum: f64 = surface.tiles.iter().map(|tile| tile.risk).sum();
    let gap = surface.score - surface.offset - sum;
    let tiles = count(surface.tiles.len() as u64);
    let parts = format!(
        "score {} = offset {} + sum of {tiles} tiles {}",
        decimals(surface.score, 3),
        decimals(surface.offset, 3),
        decimals(sum, 3)
    );
    if gap.abs() <= 1e-6 * surface.score.abs().max(1.0) {
        parts
    } else {
        format!("{parts}; THE TILES DO NOT ADD UP TO THE SCORE, {} is left over", number(gap))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_keep_about_three_digits() {
        let cases = [(0.0, "0"), (123.4, "123"), (12.34, "12.3"), (1.234, "1.23"), (0.5, "0.5"), (-0.01234, "−0.0123")];
        for (value, text) in cases {
            assert_eq!(number(value), text);
        }
        assert_eq!(number(1.5e-7), "1.50e−7");
        assert_eq!(number(f64::NAN), "not computable");
    }

    #[test]
    fn a_rounded_nought_has_no_sign() {
        assert_eq!(decimals(-0.001, 2), "0.00");
        assert_eq!(decimals(-0.006, 2), "−0.01");
    }

    #[test]
    fn p_values_are_never_nought() {
        assert_eq!(p_value(1e-9), "<\u{2009}0.001");
        assert_eq!(p_value(0.0412), "0.041");
        assert_eq!(p_value(0.5), "0.50");
    }

    #[test]
    fn counts_and_years_read_well() {
        assert_eq!(count(1_234_567), "1,234,567");
        assert_eq!(count(999), "999");
        assert_eq!(share(1, 8), "1 (12.5 %)");
        assert_eq!(years(365.25), "1 year");
        assert_eq!(years(1826.0), "5 years");
        assert_eq!(years(900.0), "2.5 years");
    }
}
