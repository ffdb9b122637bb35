//! Case histograms over key features as compositions (Aitchison 1982).
//!
//! A case has counts of tiles by key feature. Shares of a whole are not free to vary alone, so they enter a model as centred
//! log-ratios; a pseudo-count keeps an unseen key feature finite and has to be reported with the result.

use crate::StatsError;

/// Shares of the whole with `pseudo_count` added to every part: (count + a) / (total + parts * a). They sum to 1.
///
/// # Errors
/// `Empty` without parts or without any tile; `Setting` for a pseudo-count that is negative or not finite.
pub fn proportions(counts: &[u64], pseudo_count: f64) -> Result<Vec<f64>, StatsError> {
    if counts.is_empty() {
        return Err(StatsError::Empty { what: "histogram" });
    }
    if !(pseudo_count.is_finite() && pseudo_count >= 0.0) {
        return Err(StatsError::Setting { what: "pseudo-count", expected: "finite and not negative" });
    }
    let total: u64 = counts.iter().sum();
    if total == 0 {
        return Err(StatsError::Empty { what: "histogram of a case without tiles" });
    }
    let whole = total as f64 + pseudo_count * counts.len() as f64;
    Ok(counts.iter().map(|count| (*count as f64 + pseudo_count) / whole).collect())
}

/// Centred log-ratios: the log of every share of [`proportions`] less the mean of the logs. They sum to 0.
///
/// # Errors
/// As [`proportions`]; the pseudo-count must be above 0.
pub fn centred_log_ratios(counts: &[u64], pseudo_count: f64) -> Result<Vec<f64>, StatsError> {
    if pseudo_count <= 0.0 {
        return Err(StatsError::Setting { what: "pseudo-count", expected: "above 0 for log-ratios" });
    }
    let logs: Vec<f64> = proportions(counts, pseudo_count)?.iter().map(|share| share.ln()).collect();
    let mean = logs.iter().sum::<f64>() / logs.len() as f64;
    Ok(logs.iter().map(|log| log - mean).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shares_sum_to_one_and_ratios_to_zero() {
        let shares = proportions(&[3, 0, 1], 0.5).unwrap();
        assert_eq!(shares, vec![3.5 / 5.5, 0.5 / 5.5, 1.5 / 5.5]);
        let ratios = centred_log_ratios(&[3, 0, 1], 0.5).unwrap();
        assert!(ratios.iter().sum::<f64>().abs() < 1e-15);
        assert!((ratios[0] - ratios[2] - (3.5f64 / 1.5).ln()).abs() < 1e-15);
        assert_eq!(proportions(&[1, 3], 0.0).unwrap(), vec![0.25, 0.75]);
    }

    #[test]
    fn refuses_empty_cases_and_bad_pseudo_counts() {
        assert!(proportions(&[], 0.5).is_err());
        assert!(proportions(&[0, 0], 0.5).is_err());
        assert!(proportions(&[1], f64::NAN).is_err());
        assert!(centred_log_ratios(&[1, 2], 0.0).is_err());
        assert!(centred_log_ratios(&[1, 2], f64::NAN).is_err());
    }
}
