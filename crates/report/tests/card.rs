//! The model card says what the page says, and what is made up is said first.

#[path = "../examples/sample/content.rs"]
mod content;
#[path = "../examples/sample/slides.rs"]
mod slides;

use content::BANNER;
use renkei_report::{DataNature, Part, ReportContent, model_card};

fn line<'a>(card: &'a str, start: &str) -> &'a str {
    let found = card.lines().find(|line| line.starts_with(start));
    assert!(found.is_some(), "no line starts with {start}:\n{card}");
    found.unwrap_or_default()
}

fn real() -> ReportContent {
    let mut content = content::sample();
    content.banner = None;
    content.sources.iter_mut().for_each(|source| source.nature = DataNature::Real);
    content
}

#[test]
fn what_is_made_up_is_said_before_anything_else() {
    let card = model_card(&content::sample());
    let first: Vec<&str> = card.lines().filter(|line| !line.is_empty()).take(3).collect();
    assert!(first[0].starts_with("# Model card: ") && first[1].contains(BANNER), "{first:?}");
    assert!(first[2].contains("not real"), "{first:?}");
    let card = model_card(&real());
    assert!(!card.contains("not real") && !card.contains(BANNER));
}

#[test]
fn every_figure_of_the_models_stands_in_the_card() {
    let content = content::sample();
    let card = model_card(&content);
    for model in &content.models {
        let row = line(&card, &format!("| {} | {} |", model.name, model.cases));
        assert!(row.contains(&format!("{:.3}", model.c_index.unwrap().value)), "{row}");
        for auc in &model.auc {
            assert!(row.contains(&format!("{:.3}", auc.estimate.value)), "{row}");
        }
        for coefficient in &model.coefficients {
            let ratio = format!("| {:.2}", coefficient.log_hazard_ratio.value.exp());
            assert!(card.lines().any(|line| line.contains(&ratio)), "{}: {ratio}", coefficient.predictor);
        }
    }
    assert!(!content.baselines.is_empty());
    for baseline in &content.baselines {
        line(&card, &format!("| {} | {} | {} |", baseline.name, baseline.cases, baseline.events));
    }
    let Part::Done(validation) = &content.validation else { unreachable!("the sample is validated") };
    for hospital in validation.models.iter().flat_map(|model| &model.hospitals) {
        line(&card, &format!("| {} | {} | {} |", hospital.name, hospital.cases, hospital.events));
    }
    for limitation in &content.limitations {
        assert!(card.contains(limitation.as_str()), "{limitation}");
    }
    assert_eq!(card.matches("### ").count(), content.models.len() + validation.models.len());
}

#[test]
fn the_checklist_says_what_only_authors_know() {
    let card = model_card(&real());
    assert!(line(&card, "| 17 |").ends_with("| Authors |"));
    assert!(line(&card, "| 12d |").contains("Calibration and hospitals"));
    let mut unvalidated = real();
    unvalidated.validation = Part::absent("Too few events.");
    let card = model_card(&unvalidated);
    assert!(line(&card, "| 12d |").contains("no validation was possible"));
    assert!(card.contains("Too few events."));
}

#[test]
fn a_name_cannot_break_the_card() {
    let mut content = real();
    content.models[0].name = "a | b\n# c <img src=x>".to_owned();
    let card = model_card(&content);
    assert!(!card.contains("\n# c") && !card.contains("<img"));
    assert!(card.contains("a \\| b \\# c &lt;img src=x&gt;"));
}
