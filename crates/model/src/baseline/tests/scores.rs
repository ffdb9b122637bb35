//! CAPRA and CAPRA-S, point by point.

use super::*;

/// Points of the base case with one input replaced by each cell in turn.
fn points(
    score: fn(&Inputs<'_>) -> Result<Score, NotComputable>,
    base: &[(ClinicalInput, &str)],
    variable: ClinicalInput,
    cells: &[&str],
) -> Vec<u32> {
    cells.iter().map(|cell| score(&with(base, variable, cell)).unwrap().points).collect()
}

const LOWEST: [(ClinicalInput, &str); 6] = [
    (ClinicalInput::Age, "49"),
    (ClinicalInput::Psa, "6"),
    (ClinicalInput::Grade, "3+3"),
    (ClinicalInput::Stage, "T1c"),
    (ClinicalInput::PositiveCores, "33"),
    (ClinicalInput::NegativeCores, "67"),
];

#[test]
fn capra_adds_up_the_points_of_the_paper() {
    let of = |variable, cells: &[&str]| points(capra, &LOWEST, variable, cells);
    assert_eq!(of(ClinicalInput::Age, &["49.9", "50", "80"]), [0, 1, 1]);
    assert_eq!(of(ClinicalInput::Psa, &["6.1", "10", "20", "30", "30.1"]), [1, 1, 2, 3, 4]);
    assert_eq!(of(ClinicalInput::Grade, &["3+4", "3+5", "4+3", "5+5", "1"]), [1, 1, 3, 3, 0]);
    assert_eq!(of(ClinicalInput::Stage, &["T2", "T2c", "T3a", "T1", "T1a"]), [0, 0, 1, 0, 0]);
    assert_eq!(of(ClinicalInput::PositiveCores, &["33", "35", "100"]), [0, 1, 1]);
    let exactly = LOWEST.map(|(v, c)| {
        (
            v,
            if c == "33" {
                "34"
            } else if c == "67" {
                "66"
            } else {
                c
            },
        )
    });
    assert_eq!(capra(&inputs(&exactly)).unwrap().points, 1);
    let highest = [
        (ClinicalInput::Age, "70"),
        (ClinicalInput::Psa, "99"),
        (ClinicalInput::Grade, "5+4"),
        (ClinicalInput::Stage, "T3a"),
        (ClinicalInput::PositiveCores, "12"),
        (ClinicalInput::NegativeCores, "0"),
    ];
    assert_eq!(capra(&inputs(&highest)).unwrap(), Score { points: 10, group: ScoreGroup::High });
}

#[test]
fn capra_ends_at_t3a_and_needs_the_patterns_of_a_sum_of_8() {
    let reason = |variable, cell| capra(&with(&LOWEST, variable, cell)).unwrap_err().to_string();
    assert_eq!(reason(ClinicalInput::Stage, "T4"), "clinical stage is beyond T3a, where the score ends");
    assert_eq!(reason(ClinicalInput::Grade, "8"), "biopsy grade is a level that the model does not know");
    assert_eq!(reason(ClinicalInput::Grade, "4"), "biopsy grade is a level that the model does not know");
}

#[test]
fn capra_s_adds_up_the_points_of_the_paper() {
    let lowest = AFTER.map(|(v, c)| match v {
        ClinicalInput::Psa => (v, "6"),
        ClinicalInput::PathologicalGrade => (v, "6"),
        ClinicalInput::Age => (v, c),
        _ => (v, "0"),
    });
    assert_eq!(capra_s(&inputs(&lowest)).unwrap(), Score { points: 0, group: ScoreGroup::Low });
    let of = |variable, cells: &[&str]| points(capra_s, &lowest, variable, cells);
    assert_eq!(of(ClinicalInput::Psa, &["6.01", "10", "20", "20.1"]), [1, 1, 2, 3]);
    assert_eq!(of(ClinicalInput::PathologicalGrade, &["3+4", "4+3", "8", "9"]), [1, 2, 3, 3]);
    assert_eq!(of(ClinicalInput::SurgicalMargin, &["1"]), [2]);
    assert_eq!(of(ClinicalInput::ExtracapsularExtension, &["1"]), [1]);
    assert_eq!(of(ClinicalInput::SeminalVesicleInvasion, &["1"]), [2]);
    assert_eq!(of(ClinicalInput::LymphNodeInvolvement, &["1"]), [1]);
    let highest = lowest.map(|(v, c)| match v {
        ClinicalInput::Psa => (v, "21"),
        ClinicalInput::PathologicalGrade => (v, "5+5"),
        ClinicalInput::Age => (v, c),
        _ => (v, "1"),
    });
    assert_eq!(capra_s(&inputs(&highest)).unwrap(), Score { points: 12, group: ScoreGroup::High });
}

#[test]
fn groups_are_cut_at_3_and_6() {
    let group = |points| Score::of(points).group;
    let expected = [ScoreGroup::Low, ScoreGroup::Intermediate, ScoreGroup::Intermediate, ScoreGroup::High];
    assert_eq!([2, 3, 5, 6].map(group), expected);
}
