//! Words of grades, stages and findings.

use super::super::level::{HighPattern, grade, presence, stage};
use super::*;

#[test]
fn grades_are_groups_patterns_or_sums_that_leave_no_choice() {
    let read = |word: &str| grade(word).map(|grade| (grade.group, grade.high_pattern));
    for (word, group, pattern) in [
        ("1", 1, Some(HighPattern::Absent)),
        ("GG2", 2, Some(HighPattern::Secondary)),
        ("3 + 4", 2, Some(HighPattern::Secondary)),
        ("3+4=7", 2, Some(HighPattern::Secondary)),
        ("4+3", 3, Some(HighPattern::Primary)),
        ("3+5", 4, Some(HighPattern::Secondary)),
        ("4+4", 4, Some(HighPattern::Primary)),
        ("8", 4, None),
        ("2+4", 1, Some(HighPattern::Secondary)),
        ("6", 1, Some(HighPattern::Absent)),
        ("9", 5, Some(HighPattern::Primary)),
    ] {
        assert_eq!(read(word), Some((group, pattern)), "{word}");
    }
    for word in ["7", "0", "11", "3+6", "3+4=8", "3+", "T2a", "2.5"] {
        assert_eq!(grade(word), None, "{word}");
    }
}

#[test]
fn stages_are_read_in_both_cases_and_not_guessed() {
    for (word, expected) in [("T1c", Stage::T1c), ("cT2a", Stage::T2a), ("T2B", Stage::T2b), ("T3", Stage::T3a)] {
        assert_eq!(stage(word), Some(expected), "{word}");
    }
    for word in ["[Unknown]", "TX", "pT2a", "2a", "T5"] {
        assert_eq!(stage(word), None, "{word}");
    }
    for word in ["T1", "T1a", "T2"] {
        let reason = preoperative(&with(&BEFORE, ClinicalInput::Stage, word)).unwrap_err();
        assert_eq!(reason.to_string(), "clinical stage is a level that the model does not know", "{word}");
    }
}

#[test]
fn findings_of_the_specimen_that_were_not_assessed_are_unknown() {
    for word in ["1", "Yes", "TRUE", "positive", "N1", "pN1", "R1", "R2"] {
        assert_eq!(presence(word), Some(true), "{word}");
    }
    for word in ["0", "no", "False", "N0", "pN0", "R0"] {
        assert_eq!(presence(word), Some(false), "{word}");
    }
    for word in ["NX", "RX", "2", "-", "p1"] {
        assert_eq!(presence(word), None, "{word}");
    }
}
