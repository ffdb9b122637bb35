//! Who is in the run: selected cases and the slides that belong to them.

use std::collections::BTreeSet;

use renkei_cohort::{Cohort, Pseudonymiser, SlideRow, case_ids, match_slides, select, slide_table};
use renkei_domain::CaseId;

use crate::{Inputs, LaunchError, check_models};

/// The cohort and its slides.
#[derive(Debug)]
pub struct Selection {
    /// The selected cases.
    pub cohort: Cohort,
    /// Slides of selected cases, in the slide table's order.
    pub slides: Vec<SlideRow>,
    /// Slides in the table whose case is not selected.
    pub slides_without_case: usize,
    /// Selected cases without a slide.
    pub cases_without_slide: usize,
}

impl Selection {
    /// Selects the cohort, asks the models whether they would refuse it, and matches the slide table.
    pub async fn of(inputs: &Inputs, pseudonyms: &Pseudonymiser) -> Result<Self, LaunchError> {
        let spec = &inputs.launch.spec;
        let cohort = select(&spec.cohort, &spec.endpoint, &spec.model, &inputs.sources, pseudonyms).await?;
        check_models(&spec.cohort.predictors, &spec.endpoint, &spec.model, &cohort.cases)?;
        let cases: BTreeSet<CaseId> = case_ids(&cohort.cases)?.into_iter().collect();
        let matched = match_slides(slide_table(&inputs.slide_table, pseudonyms).await?, &cases);
        if matched.slides.is_empty() {
            return Err(LaunchError::NoSlides { table: spec.slides.table.clone() });
        }
        Ok(Self {
            cohort,
            slides: matched.slides,
            slides_without_case: matched.slides_without_case,
            cases_without_slide: matched.cases_without_slide,
        })
    }
}
