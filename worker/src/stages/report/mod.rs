//! Everything -> one page. Writes `report` (HTML), `card` (Markdown), `surface` (PNG), and `overlay` (GeoJSON for QuPath) of the slides shown.

mod baselines;
mod cohort;
mod images;
mod importance;
mod key_features;
mod models;
mod selection;
pub(crate) mod slides;
mod survival;
mod validation;
mod yearly;

use std::sync::Arc;

use renkei_domain::ErrorKind;
use renkei_domain::plan::Stage;
use renkei_domain::spec::{Missing, RecordsSpec};
use renkei_model::{Findings, MissingValues, Outcome};
use renkei_report::{
    DataNature, DataSource, EncoderIdentity, Part, Provenance, ReportContent, RiskSurface, RunIdentity, geojson,
    model_card, render_html, surface_png,
};
use renkei_stage::ShardError;

use super::cohort::CohortSummary;
use super::{defect, off_thread, score};
use crate::reading::file;
use crate::{Attempt, Context};

/// Size of the risk surface's picture in pixels.
const PICTURE: (u32, u32) = (1200, 900);

/// Renders the report.
pub async fn run(context: &Arc<Context>, attempt: &mut Attempt<'_>) -> Result<(), ShardError> {
    let findings = score::findings(context).await?;
    let summary: CohortSummary =
        serde_json::from_slice(&file(context, Stage::Cohort, "cohort").await?).map_err(defect)?;
    let shown = slides::shown(context, &findings).await?;
    let key_features = key_features::part(context, &findings).await?;
    for (number, view) in shown.iter().flatten().enumerate() {
        let (png, overlay) = pictures(view.surface.clone()).await?;
        attempt.put("surface", &format!("surface-{number}.png"), png, 0).await?;
        attempt.put("overlay", &format!("overlay-{number}.geojson"), overlay.into_bytes(), 0).await?;
    }
    let slides = shown.map_or_else(|| Part::absent(reason(&findings.images)), Part::Done);
    let spec = RecordsSpec::from(context.spec.clone());
    let mut content = of_records(&spec, &findings, &summary, identity(context));
    of_images(&mut content, context.spec.banner.as_deref(), key_features, slides);
    let card = model_card(&content);
    let html = off_thread(move || render_html(&content).map_err(report_error)).await?;
    attempt.put("card", "model-card.md", card.into_bytes(), 0).await?;
    attempt.put("report", "report.html", html.into_bytes(), 0).await
}

/// A surface as a picture (PNG) and as an overlay (GeoJSON).
pub(crate) async fn pictures(surface: RiskSurface) -> Result<(Vec<u8>, String), ShardError> {
    off_thread(move || Ok((surface_png(&surface, PICTURE.0, PICTURE.1).map_err(report_error)?, geojson(&surface))))
        .await
}

fn report_error(error: renkei_report::ReportError) -> ShardError {
    ShardError::new(ErrorKind::Internal, format!("report: {error}"))
}

/// Why a part of the analysis is missing, as a sentence.
pub(crate) fn reason<T>(outcome: &Outcome<T>) -> String {
    outcome.reason().unwrap_or("It was not part of this run.").to_owned()
}

/// The page of an analysis of records alone. Nothing in it rests on images.
pub fn of_records(
    spec: &RecordsSpec,
    findings: &Findings,
    summary: &CohortSummary,
    identity: RunIdentity,
) -> ReportContent {
    ReportContent {
        title: spec.name.clone(),
        banner: None,
        identity,
        sources: vec![DataSource {
            name: "Hospital records".to_owned(),
            nature: DataNature::Real,
            statement: format!(
                "{} since {}; the tables as the spec names them.",
                spec.endpoint.name, spec.endpoint.origin
            ),
        }],
        attrition: cohort::attrition(summary),
        refusals: cohort::refusals(summary),
        quality: cohort::quality(summary),
        cohort: cohort::table(&spec.cohort, findings, summary),
        survival: Part::Done(survival::section(&spec.endpoint, findings)),
        models: models::results(findings),
        differences: models::differences(findings),
        baselines: baselines::all(findings),
        validation: validation::part(findings),
        yearly: yearly::part(findings),
        importance: importance::part(findings),
        key_features: Part::absent(reason(&findings.images)),
        slides: Part::absent(reason(&findings.images)),
        nulls: models::nulls(findings),
        limitations: limitations(findings),
        provenance: Provenance { command: "renkei cohort analyse".to_owned(), notes: findings.method.clone() },
    }
}

/// Adds what images give.
fn of_images(
    content: &mut ReportContent,
    banner: Option<&str>,
    key_features: Part<renkei_report::KeyFeatures>,
    slides: Part<Vec<renkei_report::SlideView>>,
) {
    content.banner = banner.map(str::to_owned);
    content.sources.push(DataSource {
        name: "Slides".to_owned(),
        nature: if banner.is_some() { DataNature::Planted } else { DataNature::Real },
        statement: banner.unwrap_or("The slides that the slide table names.").to_owned(),
    });
    content.key_features = key_features;
    content.slides = slides;
    content.limitations.insert(0, "The null of an encoder with random weights is not part of this version.".to_owned());
    if let Some(banner) = banner {
        content.limitations.insert(0, banner.to_owned());
    }
    content.provenance.command = "renkei run run.yaml".to_owned();
}

fn identity(context: &Context) -> RunIdentity {
    let card = context.encoder.card();
    RunIdentity {
        run_id: context.store.run().to_string(),
        spec_digest: context.identity.spec.to_string(),
        encoder: Some(EncoderIdentity {
            name: card.name.clone(),
            digest: card.sha256.to_string(),
            licence: card.licence.clone(),
        }),
        execution_class: context.identity.execution_class.replace([';', '+'], " "),
        software_version: context.identity.software.clone(),
        // The root covers this page too, so it can stand in the manifest only.
        merkle_root: None,
    }
}

fn limitations(findings: &Findings) -> Vec<String> {
    let held_out = match findings.hospitals {
        Some(_) => "Hospitals were held out in turn; no hospital outside this study has confirmed these figures.",
        None => {
            "One cohort, validated by cross-validation within itself: no other hospital has confirmed these figures."
        }
    };
    vec![
        held_out.to_owned(),
        findings.missing.as_ref().map_or_else(
            || {
                "Cases with a missing predictor are left out (complete cases); the attrition table counts them."
                    .to_owned()
            },
            missing,
        ),
    ]
}

/// What was done about gaps, and what they cost.
fn missing(found: &MissingValues) -> String {
    let way = match found.way {
        Missing::CompleteCases => "nothing was filled in",
        Missing::Median => "filled with the median or the most common level",
        Missing::Indicator => "filled with the median or the most common level and marked by columns of their own",
        Missing::MultipleImputation => "imputed several times and pooled",
    };
    let most = found.information.iter().max_by(|one, other| one.fraction.total_cmp(&other.fraction));
    let cost = most.map_or_else(String::new, |most| {
        format!("; the coefficient of {} lacks {:.0} % of its information", most.column, 100.0 * most.fraction)
    });
    format!(
        "{} cases lack a predictor: {way}{cost}. The method says where. Such a model is not kept for scoring new cases.",
        found.cases_with_gaps
    )
}
