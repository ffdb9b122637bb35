//! Truths and libraries that do not fit.

use renkei_planted::{Cohort, Library, Truth};

use super::library;

#[track_caller]
fn refused(truth: &Truth, words: &str) {
    let reason = Cohort::draw(truth, &library(5), 0).unwrap_err().to_string();
    assert!(reason.contains(words), "{reason}");
}

#[test]
fn a_truth_that_does_not_fit_is_refused_by_name() {
    refused(&Truth::null(4), "the truth `null` cannot be drawn: its kinds of tissue are not those of the library");
    refused(&Truth { cases: 0, ..Truth::null(5) }, "no case");
    refused(&Truth { tiles: (9, 8), ..Truth::null(5) }, "a case needs a tile");
    refused(&Truth { hospitals: Vec::new(), ..Truth::null(5) }, "a hospital follows nobody");
    let mut truth = Truth::planted(5);
    truth.records[1].effects.pop();
    refused(&truth, "one value a year");
    let mut truth = Truth::planted(5);
    truth.hospitals[2].size = 0.0;
    refused(&truth, "no size");
}

#[test]
fn a_library_that_does_not_fit_is_refused() {
    let reason = |features: Vec<f32>, kind: &[usize]| Library::new(features, 2, kind).unwrap_err().to_string();
    assert!(reason(vec![0.0; 3], &[0, 0]).contains("tiles by columns"));
    assert!(reason(vec![], &[]).contains("tiles by columns"));
    assert!(reason(vec![0.0, f32::NAN], &[0]).contains("not finite"));
    assert!(reason(vec![0.0; 4], &[0, 2]).contains("a kind has no tile"));
}
