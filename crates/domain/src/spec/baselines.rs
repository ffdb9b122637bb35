//! Models that clinicians use already, which the study's own models are set beside.

use std::collections::BTreeSet;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{Predictor, SpecError};

/// A model to compare with, and the columns of the selected rows that it is computed from. They need be no predictors, and
/// nobody is left out for a missing one.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Baseline {
    /// The pre-operative model of MSKCC, 2 June 2022; with both counts of cores the one with cores.
    MskccPreoperative(MskccPreoperative),
    /// The post-operative model of MSKCC, 2 June 2022: it knows the specimen.
    MskccPostoperative(MskccPostoperative),
    /// CAPRA (Cooperberg 2005).
    Capra(Capra),
    /// CAPRA-S (Cooperberg 2011): it knows the specimen.
    CapraS(CapraS),
    /// A Cox model of some predictors, fitted in the same folds as the study's own models.
    Refit(Refit),
}

/// Columns of the pre-operative model.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct MskccPreoperative {
    /// Age at the operation in years.
    pub age: String,
    /// PSA before the operation in ng/ml.
    pub psa: String,
    /// Grade of the biopsy: a grade group (`1` to `5`) or Gleason patterns (`3+4`).
    pub grade_group: String,
    /// Clinical T stage (`T1c`, `T2a` to `T2c`, `T3`, `T3a`, `T3b`, `T4`).
    pub stage: String,
    /// Number of biopsy cores with cancer; only with `negative_cores`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub positive_cores: Option<String>,
    /// Number of biopsy cores without cancer; only with `positive_cores`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub negative_cores: Option<String>,
}

/// Columns of the post-operative model.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct MskccPostoperative {
    /// Age at the operation in years.
    pub age: String,
    /// PSA before the operation in ng/ml.
    pub psa: String,
    /// Grade of the specimen: a grade group or Gleason patterns.
    pub pathological_grade_group: String,
    /// Whether cancer is beyond the capsule (`1`, `yes`, `true`, `positive`, or their contraries).
    pub extracapsular_extension: String,
    /// Whether cancer is in the seminal vesicles.
    pub seminal_vesicle_invasion: String,
    /// Whether cancer is in the lymph nodes (`N0` and `N1` too).
    pub lymph_node_involvement: String,
    /// Whether cancer is at the surgical margin (`R0`, `R1` and `R2` too).
    pub surgical_margin: String,
}

/// Columns of CAPRA.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Capra {
    /// Age in years.
    pub age: String,
    /// PSA before the operation in ng/ml.
    pub psa: String,
    /// Grade of the biopsy; a grade group of 4 does not tell the patterns that the score needs, `3+5` does.
    pub grade_group: String,
    /// Clinical T stage, up to `T3a`.
    pub stage: String,
    /// Number (or per cent) of biopsy cores with cancer.
    pub positive_cores: String,
    /// Number (or per cent) of biopsy cores without cancer.
    pub negative_cores: String,
}

/// Columns of CAPRA-S.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct CapraS {
    /// PSA before the operation in ng/ml.
    pub psa: String,
    /// Grade of the specimen: a grade group or Gleason patterns.
    pub pathological_grade_group: String,
    /// Whether cancer is beyond the capsule.
    pub extracapsular_extension: String,
    /// Whether cancer is in the seminal vesicles.
    pub seminal_vesicle_invasion: String,
    /// Whether cancer is in the lymph nodes.
    pub lymph_node_involvement: String,
    /// Whether cancer is at the surgical margin.
    pub surgical_margin: String,
}

/// A model of some predictors alone.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Refit {
    /// What it is called, e.g. "Kattan's variables".
    pub name: String,
    /// Columns of `cohort.predictors`, which say whether each is a number or a category.
    pub columns: Vec<String>,
}

/// An input of a published model.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum ClinicalInput {
    /// Age at the operation in years.
    Age,
    /// PSA before the operation in ng/ml.
    Psa,
    /// Grade of the biopsy.
    Grade,
    /// Clinical T stage.
    Stage,
    /// Biopsy cores with cancer.
    PositiveCores,
    /// Biopsy cores without cancer.
    NegativeCores,
    /// Grade of the specimen.
    PathologicalGrade,
    /// Cancer beyond the capsule in the specimen.
    ExtracapsularExtension,
    /// Cancer in the seminal vesicles.
    SeminalVesicleInvasion,
    /// Cancer in the lymph nodes.
    LymphNodeInvolvement,
    /// Cancer at the surgical margin.
    SurgicalMargin,
}

impl ClinicalInput {
    /// What it is called in a report.
    #[must_use]
    pub fn words(self) -> &'static str {
        match self {
            Self::Age => "age",
            Self::Psa => "PSA",
            Self::Grade => "biopsy grade",
            Self::Stage => "clinical stage",
            Self::PositiveCores => "number of positive cores",
            Self::NegativeCores => "number of negative cores",
            Self::PathologicalGrade => "pathological grade",
            Self::ExtracapsularExtension => "extracapsular extension",
            Self::SeminalVesicleInvasion => "seminal vesicle invasion",
            Self::LymphNodeInvolvement => "lymph node involvement",
            Self::SurgicalMargin => "surgical margin",
        }
    }

    /// Whether only the specimen tells it, so that no model before the operation can know it.
    #[must_use]
    pub fn of_specimen(self) -> bool {
        match self {
            Self::Age | Self::Psa | Self::Grade | Self::Stage | Self::PositiveCores | Self::NegativeCores => false,
            Self::PathologicalGrade
            | Self::ExtracapsularExtension
            | Self::SeminalVesicleInvasion
            | Self::LymphNodeInvolvement
            | Self::SurgicalMargin => true,
        }
    }
}

impl Baseline {
    /// What it is called in a report.
    #[must_use]
    pub fn name(&self) -> &str {
        match self {
            Self::MskccPreoperative(columns) if columns.positive_cores.is_some() => {
                "MSKCC pre-operative model with cores"
            }
            Self::MskccPreoperative(_) => "MSKCC pre-operative model",
            Self::MskccPostoperative(_) => "MSKCC post-operative model",
            Self::Capra(_) => "CAPRA",
            Self::CapraS(_) => "CAPRA-S",
            Self::Refit(refit) => &refit.name,
        }
    }

    /// The inputs of a published model with the column of each; none for a re-fit, which takes predictors.
    #[must_use]
    pub fn inputs(&self) -> Vec<(ClinicalInput, &str)> {
        use ClinicalInput as Input;
        match self {
            Self::MskccPreoperative(of) => {
                let cores = [(Input::PositiveCores, &of.positive_cores), (Input::NegativeCores, &of.negative_cores)];
                let cores = cores.into_iter().filter_map(|(input, column)| Some((input, column.as_deref()?)));
                let mut all = before(&of.age, &of.psa, &of.grade_group, &of.stage).to_vec();
                all.extend(cores);
                all
            }
            Self::Capra(of) => {
                let mut all = before(&of.age, &of.psa, &of.grade_group, &of.stage).to_vec();
                all.extend([
                    (Input::PositiveCores, of.positive_cores.as_str()),
                    (Input::NegativeCores, of.negative_cores.as_str()),
                ]);
                all
            }
            Self::MskccPostoperative(of) => vec![
                (Input::Age, &of.age),
                (Input::Psa, &of.psa),
                (Input::PathologicalGrade, &of.pathological_grade_group),
                (Input::ExtracapsularExtension, &of.extracapsular_extension),
                (Input::SeminalVesicleInvasion, &of.seminal_vesicle_invasion),
                (Input::LymphNodeInvolvement, &of.lymph_node_involvement),
                (Input::SurgicalMargin, &of.surgical_margin),
            ],
            Self::CapraS(of) => vec![
                (Input::Psa, &of.psa),
                (Input::PathologicalGrade, &of.pathological_grade_group),
                (Input::ExtracapsularExtension, &of.extracapsular_extension),
                (Input::SeminalVesicleInvasion, &of.seminal_vesicle_invasion),
                (Input::LymphNodeInvolvement, &of.lymph_node_involvement),
                (Input::SurgicalMargin, &of.surgical_margin),
            ],
            Self::Refit(_) => Vec::new(),
        }
    }

    /// Whether it knows what only the specimen tells: a comparator, and no rival of a model before the operation.
    #[must_use]
    pub fn knows_specimen(&self) -> bool {
        self.inputs().iter().any(|(input, _)| input.of_specimen())
    }

    fn fault(&self, place: &str, predictors: &[Predictor]) -> Option<SpecError> {
        match self {
            Self::MskccPreoperative(of) => {
                let lacking = match (&of.positive_cores, &of.negative_cores) {
                    (Some(_), None) => "negative_cores",
                    (None, Some(_)) => "positive_cores",
                    _ => return None,
                };
                let field = format!("{place}.mskcc_preoperative.{lacking}");
                Some(SpecError::field(field, "is missing: name the columns of both counts of cores, or neither"))
            }
            Self::Refit(of) => of.fault(&format!("{place}.refit"), predictors),
            Self::MskccPostoperative(_) | Self::Capra(_) | Self::CapraS(_) => None,
        }
    }
}

fn before<'a>(age: &'a str, psa: &'a str, grade: &'a str, stage: &'a str) -> [(ClinicalInput, &'a str); 4] {
    [(ClinicalInput::Age, age), (ClinicalInput::Psa, psa), (ClinicalInput::Grade, grade), (ClinicalInput::Stage, stage)]
}

impl Refit {
    fn fault(&self, place: &str, predictors: &[Predictor]) -> Option<SpecError> {
        if self.name.trim().is_empty() {
            return Some(SpecError::field(format!("{place}.name"), "is empty: say what the model stands for"));
        }
        let columns = format!("{place}.columns");
        if self.columns.is_empty() {
            return Some(SpecError::field(columns, "is empty: name at least one column of `cohort.predictors`"));
        }
        let mut seen = BTreeSet::new();
        if let Some(twice) = self.columns.iter().find(|column| !seen.insert(column.as_str())) {
            return Some(SpecError::field(columns, format!("names `{twice}` twice")));
        }
        let known = |column: &str| predictors.iter().any(|predictor| predictor.column == column);
        let unknown = self.columns.iter().find(|column| !known(column))?;
        let reason = format!("names `{unknown}`, which is no column of `cohort.predictors`: list it there too");
        Some(SpecError::field(columns, reason))
    }
}

/// Everything that is wrong with a list of baselines without opening a source.
pub(super) fn faults(baselines: &[Baseline], predictors: &[Predictor]) -> Vec<SpecError> {
    let mut names = BTreeSet::new();
    let mut faults = Vec::new();
    for (place, baseline) in baselines.iter().enumerate() {
        let place = format!("model.baselines[{place}]");
        if !names.insert(baseline.name()) {
            faults.push(SpecError::field(&place, format!("is a second `{}`: give one of them up", baseline.name())));
        }
        faults.extend(baseline.fault(&place, predictors));
    }
    faults
}
