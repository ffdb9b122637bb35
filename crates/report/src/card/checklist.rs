//! The checklist of TRIPOD+AI: where each item is answered, or that the authors must answer it.

use super::markdown::Page;
use crate::content::{Part, ReportContent};

/// Where an item is answered.
#[derive(Debug, Clone, Copy)]
enum Answer {
    /// In a section of the card.
    Card(&'static str),
    /// In a section of the report page.
    Report(&'static str),
    /// Here, in words.
    Here(&'static str),
    /// Only in part: what the authors must add.
    Partly(&'static str, &'static str),
    /// By nobody but the authors.
    Authors,
}

use Answer::{Authors, Card, Here, Partly, Report};

/// Number, what it asks for in our words, where it is answered.
const ITEMS: [(&str, &str, Answer); 50] = [
    ("1", "Title: model study, population, outcome", Card("the title")),
    ("2", "Abstract", Authors),
    ("3a", "Health context and reason, existing models", Authors),
    ("3b", "Intended population, purpose and users", Authors),
    ("3c", "Known health inequalities", Authors),
    ("4", "Objectives", Authors),
    ("5a", "Sources of data, how representative", Partly("Data", "how representative they are")),
    ("5b", "Dates of accrual and follow-up", Partly("Participants (follow-up)", "calendar dates, which are not kept")),
    ("6a", "Setting, number and place of centres", Partly("Calibration and hospitals", "the setting")),
    ("6b", "Eligibility", Card("Participants")),
    ("6c", "Treatments received", Authors),
    ("7", "Preparation of data, quality", Card("Data")),
    ("8a", "Outcome, horizon, how and when assessed", Card("Outcome")),
    ("8b", "Who assessed a subjective outcome", Authors),
    ("8c", "Blinding of the assessment", Authors),
    ("9a", "Choice of predictors before modelling", Partly("Predictors", "the reasons")),
    ("9b", "Predictors, how and when measured", Partly("Predictors; nothing after the index date", "how measured")),
    ("9c", "Who assessed subjective predictors", Authors),
    ("10", "Sample size", Partly("Participants", "how it was arrived at")),
    ("11", "Missing data", Card("Predictors; Limitations")),
    ("12a", "How the data were used, partitioning", Card("Methods")),
    ("12b", "How predictors were handled", Card("Methods")),
    ("12c", "Type of model, building, tuning, internal validation", Card("Methods")),
    ("12d", "Differences between clusters such as hospitals", Card("Calibration and hospitals")),
    ("12e", "Measures of performance", Card("Methods")),
    ("12f", "Updating of the model", Here("none was made")),
    ("12g", "How predictions of an evaluated model were made", Card("Methods")),
    ("13", "Class imbalance", Here("not corrected for; survival models do without")),
    ("14", "Fairness", Partly("Calibration and hospitals", "groups of patients other than hospitals")),
    ("15", "Output of the model", Here("probability of the event by horizon; linear predictor")),
    ("16", "Training against evaluation data", Card("Methods")),
    ("17", "Ethical approval", Authors),
    ("18a", "Funding", Authors),
    ("18b", "Conflicts of interest", Authors),
    ("18c", "Protocol", Partly("the run's spec, by its digest in Models", "whether it was prepared before")),
    ("18d", "Registration", Authors),
    ("18e", "Data sharing", Authors),
    ("18f", "Code sharing", Here("Renkei, version in Models; the frozen model is in model.json")),
    ("19", "Patient and public involvement", Authors),
    ("20a", "Flow of participants, follow-up", Card("Participants")),
    ("20b", "Characteristics, missing data", Card("Predictors")),
    ("20c", "Development against evaluation data", Report("Validation")),
    ("21", "Participants and events in each analysis", Card("Performance on held-out cases")),
    ("22", "The full model", Partly("Coefficients", "baseline hazards are in findings.json and model.json")),
    ("23a", "Performance with intervals", Card("Performance on held-out cases")),
    ("23b", "Heterogeneity between clusters", Card("Calibration and hospitals")),
    ("24", "Results of updating", Here("none was made")),
    ("25", "Interpretation, fairness", Authors),
    ("26", "Limitations", Partly("Limitations", "those of the study itself")),
    ("27", "Usability: poor input, users, next steps", Partly("refusals of `renkei score`", "users and next steps")),
];

pub(super) fn write(card: &mut Page, content: &ReportContent) {
    card.heading(2, "TRIPOD+AI checklist");
    card.text(
        "Items of Collins and others, BMJ 2024;385:e078378, in short. \"Authors\": the run does not know; whoever publishes it \
         must say.",
    );
    let rows: Vec<[String; 3]> = ITEMS
        .iter()
        .map(|(item, asks, answer)| [(*item).to_owned(), (*asks).to_owned(), words(*answer, content)])
        .collect();
    card.table(["Item", "Asks for", "Answered"], &rows);
}

fn words(answer: Answer, content: &ReportContent) -> String {
    let unvalidated = matches!(content.validation, Part::Absent { .. });
    match answer {
        Card("Calibration and hospitals") if unvalidated => "no validation was possible; see there".to_owned(),
        Card(section) => format!("above: {section}"),
        Report(section) => format!("report page: {section}"),
        Here(words) => words.to_owned(),
        Partly(section, rest) => format!("in part above: {section}. Authors: {rest}"),
        Authors => "Authors".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_item_stands_once_and_in_order() {
        let numbers: Vec<u32> = ITEMS
            .iter()
            .map(|(item, ..)| item.trim_end_matches(|c: char| c.is_ascii_lowercase()).parse().unwrap())
            .collect();
        assert!(numbers.is_sorted());
        assert_eq!((1..=27).filter(|item| !numbers.contains(item)).collect::<Vec<_>>(), Vec::<u32>::new());
        let mut items: Vec<&str> = ITEMS.iter().map(|(item, ..)| *item).collect();
        items.dedup();
        assert_eq!(items.len(), ITEMS.len());
    }
}
