//! Everything -> one page. Writes `report` (HTML), `surface` (PNG), and `overlay` (GeoJSON for QuPath) of the slides shown.

mod cohort;
mod images;
mod key_features;
mod models;
pub(crate) mod slides;
mod survival;
mod yearly;

use std::sync::Arc;

use renkei_domain::ErrorKind;
use renkei_domain::plan::Stage;
use renkei_domain::spec::RunSpec;
use renkei_model::{Findings, Outcome};
use renkei_report::{
    DataNature, DataSource, EncoderIdentity, Part, Provenance, ReportContent, RiskSurface, RunIdentity, geojson,
    render_html, surface_png,
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
    let content = content(context, &findings, &summary, key_features, slides);
    let html = off_thread(move || render_html(&content).map_err(report_error)).await?;
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

fn content(
    context: &Context,
    findings: &Findings,
    summary: &CohortSummary,
    key_features: Part<renkei_report::KeyFeatures>,
    slides: Part<Vec<renkei_report::SlideView>>,
) -> ReportContent {
    let spec = &context.spec;
    ReportContent {
        title: spec.name.clone(),
        banner: spec.banner.clone(),
        identity: identity(context),
        sources: sources(spec),
        attrition: cohort::attrition(summary),
        refusals: cohort::refusals(summary),
        quality: cohort::quality(summary),
        cohort: cohort::table(spec, findings, summary),
        survival: Part::Done(survival::section(spec, findings)),
        models: models::results(findings),
        differences: models::differences(findings),
        yearly: yearly::part(findings),
        key_features,
        slides,
        nulls: models::nulls(findings),
        limitations: limitations(spec),
        provenance: Provenance { command: "renkei run run.yaml".to_owned(), notes: findings.method.clone() },
    }
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

fn sources(spec: &RunSpec) -> Vec<DataSource> {
    let images = if spec.banner.is_some() { DataNature::Planted } else { DataNature::Real };
    vec![
        DataSource {
            name: "Hospital records".to_owned(),
            nature: DataNature::Real,
            statement: format!(
                "{} since {}; the tables as the spec names them.",
                spec.endpoint.name, spec.endpoint.origin
            ),
        },
        DataSource {
            name: "Slides".to_owned(),
            nature: images,
            statement: spec.banner.clone().unwrap_or_else(|| "The slides that the slide table names.".to_owned()),
        },
    ]
}

fn limitations(spec: &RunSpec) -> Vec<String> {
    let mut all = vec![
        "One cohort, validated by cross-validation within itself: no other hospital has confirmed these figures.".to_owned(),
        "Cases with a missing predictor are left out (complete cases); the attrition table counts them.".to_owned(),
        "The comparison with published nomograms, and the null of an encoder with random weights, are not part of this \
         version."
            .to_owned(),
    ];
    if let Some(banner) = &spec.banner {
        all.insert(0, banner.clone());
    }
    all
}
