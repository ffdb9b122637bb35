mod golden;
mod levels;
mod scores;

use super::*;

/// Inputs as a source writes them; one a variable.
fn inputs<'a>(cells: &[(Variable, &'a str)]) -> Inputs<'a> {
    Inputs::new(cells.iter().copied())
}

/// The same inputs with one of them replaced.
fn with<'a>(cells: &[(Variable, &'a str)], variable: Variable, cell: &'a str) -> Inputs<'a> {
    Inputs::new(cells.iter().map(|(v, c)| (*v, if *v == variable { cell } else { c })))
}

const BEFORE: [(Variable, &str); 6] = [
    (Variable::Age, "65"),
    (Variable::Psa, "7"),
    (Variable::Grade, "3+4"),
    (Variable::Stage, "T2a"),
    (Variable::PositiveCores, "4"),
    (Variable::NegativeCores, "8"),
];

const AFTER: [(Variable, &str); 7] = [
    (Variable::Age, "65"),
    (Variable::Psa, "7"),
    (Variable::PathologicalGrade, "3+4"),
    (Variable::ExtracapsularExtension, "1"),
    (Variable::SeminalVesicleInvasion, "0"),
    (Variable::LymphNodeInvolvement, "N0"),
    (Variable::SurgicalMargin, "R1"),
];

#[test]
fn a_missing_or_impossible_input_is_named_and_never_counted_as_nothing() {
    type Computed = fn(&Inputs<'_>) -> Result<(), NotComputable>;
    let models: [(Computed, &[(Variable, &str)]); 5] = [
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
            let number = [Variable::Age, Variable::Psa, Variable::PositiveCores, Variable::NegativeCores];
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
    assert_eq!(preoperative(&with(&BEFORE, Variable::Age, "650")).unwrap_err().why, Why::Impossible);
    let no_cores = with(&BEFORE[..5], Variable::PositiveCores, "0");
    assert_eq!(capra(&no_cores).unwrap_err().to_string(), "number of negative cores is missing");
    let neither = BEFORE.map(|(v, c)| (v, if c == "4" || c == "8" { "0" } else { c }));
    assert_eq!(capra(&inputs(&neither)).unwrap_err().to_string(), "number of positive cores is an impossible number");
}
