mod golden;
mod levels;
mod scores;

use super::*;

/// Inputs as a source writes them; one a variable.
fn inputs<'a>(cells: &[(ClinicalInput, &'a str)]) -> Inputs<'a> {
    Inputs::new(cells.iter().copied())
}

/// The same inputs with one of them replaced.
fn with<'a>(cells: &[(ClinicalInput, &'a str)], variable: ClinicalInput, cell: &'a str) -> Inputs<'a> {
    Inputs::new(cells.iter().map(|(v, c)| (*v, if *v == variable { cell } else { c })))
}

const BEFORE: [(ClinicalInput, &str); 6] = [
    (ClinicalInput::Age, "65"),
    (ClinicalInput::Psa, "7"),
    (ClinicalInput::Grade, "3+4"),
    (ClinicalInput::Stage, "T2a"),
    (ClinicalInput::PositiveCores, "4"),
    (ClinicalInput::NegativeCores, "8"),
];

const AFTER: [(ClinicalInput, &str); 7] = [
    (ClinicalInput::Age, "65"),
    (ClinicalInput::Psa, "7"),
    (ClinicalInput::PathologicalGrade, "3+4"),
    (ClinicalInput::ExtracapsularExtension, "1"),
    (ClinicalInput::SeminalVesicleInvasion, "0"),
    (ClinicalInput::LymphNodeInvolvement, "N0"),
    (ClinicalInput::SurgicalMargin, "R1"),
];

#[test]
fn a_missing_or_impossible_input_is_named_and_never_counted_as_nothing() {
    type Computed = fn(&Inputs<'_>) -> Result<(), NotComputable>;
    let models: [(Computed, &[(ClinicalInput, &str)]); 5] = [
        (|i| preoperative(i).map(|_| ()), &BEFORE[..4]),
        (|i| preoperative_with_cores(i).map(|_| ()), &BEFORE),
        (|i| capra(i).map(|_| ()), &BEFORE),
        (|i| postoperative(i).map(|_| ()), &AFTER),
        (|i| capra_s(i).map(|_| ()), &AFTER[1..]),
    ];
    for (computed, cells) in models {
        assert_eq!(computed(&inputs(cells)), Ok(()));
        for (variable, _) in cells {
            let reason = |cell| computed(&with(cells, *variable, cell)).unwrap_err();
            assert_eq!(reason(" "), NotComputable::new(*variable, Why::Missing));
            let number =
                [ClinicalInput::Age, ClinicalInput::Psa, ClinicalInput::PositiveCores, ClinicalInput::NegativeCores];
            if number.contains(variable) {
                assert_eq!(reason("<0.1"), NotComputable::new(*variable, Why::NotANumber));
                for cell in ["-1", "inf", "NaN"] {
                    assert_eq!(reason(cell), NotComputable::new(*variable, Why::Impossible), "{cell}");
                }
            } else {
                assert_eq!(reason("x"), NotComputable::new(*variable, Why::UnknownLevel));
            }
        }
    }
    assert_eq!(preoperative(&with(&BEFORE, ClinicalInput::Age, "650")).unwrap_err().why, Why::Impossible);
    let no_cores = with(&BEFORE[..5], ClinicalInput::PositiveCores, "0");
    assert_eq!(capra(&no_cores).unwrap_err().to_string(), "number of negative cores is missing");
    let neither = BEFORE.map(|(v, c)| (v, if c == "4" || c == "8" { "0" } else { c }));
    assert_eq!(capra(&inputs(&neither)).unwrap_err().to_string(), "number of positive cores is an impossible number");
}
