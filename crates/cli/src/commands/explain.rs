//! `renkei explain`: from a case's score back to tiles, slides, encoder and records.

use std::process::ExitCode;

use arrow::array::RecordBatch;
use renkei_artifacts::Location;
use renkei_domain::record::Manifest;
use serde::Serialize;
use serde_json::{Map, Value};

use crate::args::{ExplainArgs, Format};
use crate::display;
use crate::session::{OpenedRun, site_key};

/// Tiles shown, those that add most to the score first.
const TILES: usize = 10;

#[derive(Debug, Serialize)]
struct Explained {
    case: String,
    /// The selected row that its predictors came from.
    records: Vec<Map<String, Value>>,
    /// Digests of the tables that it was selected from.
    sources: Vec<(String, String)>,
    /// Held-out linear predictors.
    scores: Vec<Map<String, Value>>,
    /// Its slides, each with the sum of its tiles' contributions and the slide's digest.
    slides: Vec<Map<String, Value>>,
    /// The tiles that add most.
    tiles: Vec<Map<String, Value>>,
    encoder: String,
    run: String,
}

pub(crate) async fn explain(args: ExplainArgs, format: Format) -> anyhow::Result<ExitCode> {
    let opened = OpenedRun::find(&args.of).await?;
    let manifest = opened.manifest().await?;
    let tables = Tables { opened: &opened, manifest: &manifest };
    let case = tables.pseudonym(&args).await?;
    let condition = format!("where case_id = '{case}'");
    let mut slides =
        tables.rows("slide_scores", &format!("select * from slide_scores {condition} order by score desc")).await?;
    for slide in &mut slides {
        tables.add_digest(slide)?;
    }
    let tiles = format!(
        "select slide_id, \"column\", \"row\", x_px, y_px, key_feature, contribution from risk {condition} order by abs(contribution) desc, slide_id, \"row\", \"column\" limit {TILES}"
    );
    let inputs = manifest.identity.inputs.iter();
    let explained = Explained {
        records: tables.rows("cases", &format!("select * from cases {condition}")).await?,
        sources: inputs
            .filter(|(name, _)| name.starts_with("table "))
            .map(|(name, digest)| (name.clone(), digest.to_string()))
            .collect(),
        scores: tables.rows("scores", &format!("select * from scores {condition}")).await?,
        slides,
        tiles: tables.rows("risk", &tiles).await?,
        encoder: manifest.identity.inputs.get("encoder").map(ToString::to_string).unwrap_or_default(),
        run: manifest.run.to_string(),
        case,
    };
    display::print(format, &explained, text)?;
    Ok(ExitCode::SUCCESS)
}

struct Tables<'a> {
    opened: &'a OpenedRun,
    manifest: &'a Manifest,
}

impl Tables<'_> {
    fn objects(&self, name: &str) -> anyhow::Result<Vec<Location>> {
        let entries = self.manifest.stages.iter().flat_map(|stage| &stage.commits).flat_map(|commit| &commit.artifacts);
        entries.filter(|entry| entry.name == name).map(|entry| self.opened.object(&entry.key)).collect()
    }

    /// Rows of a query over one table; none if the run has no such table.
    async fn rows(&self, table: &str, sql: &str) -> anyhow::Result<Vec<Map<String, Value>>> {
        let objects = self.objects(table)?;
        if objects.is_empty() {
            return Ok(Vec::new());
        }
        json(&renkei_cohort::sql::query(vec![(table.to_owned(), objects)], sql).await?)
    }

    /// The case as it stands in the tables, or as the site's key hashes it.
    async fn pseudonym(&self, args: &ExplainArgs) -> anyhow::Result<String> {
        let hex = args.case.chars().all(|digit| digit.is_ascii_hexdigit());
        if hex
            && !self
                .rows("cases", &format!("select case_id from cases where case_id = '{}'", args.case))
                .await?
                .is_empty()
        {
            return Ok(args.case.clone());
        }
        let hashed = site_key(args.site_key.as_deref())?.case_id(&args.case).to_string();
        let known = self.rows("cases", &format!("select case_id from cases where case_id = '{hashed}'")).await?;
        anyhow::ensure!(
            !known.is_empty(),
            "run {} has no such case: give its pseudonym, or the hospital's id with the run's --site-key",
            self.manifest.run
        );
        Ok(hashed)
    }

    fn add_digest(&self, slide: &mut Map<String, Value>) -> anyhow::Result<()> {
        if let Some(Value::String(id)) = slide.get("slide_id") {
            let key = format!("slide {}", renkei_domain::SlideId::new(id.clone())?.hashed());
            if let Some(digest) = self.manifest.identity.inputs.get(&key) {
                slide.insert("digest".to_owned(), Value::String(digest.to_string()));
            }
        }
        Ok(())
    }
}

fn json(batches: &[RecordBatch]) -> anyhow::Result<Vec<Map<String, Value>>> {
    let mut writer = arrow::json::ArrayWriter::new(Vec::new());
    writer.write_batches(&batches.iter().collect::<Vec<_>>())?;
    writer.finish()?;
    let bytes = writer.into_inner();
    if bytes.is_empty() { Ok(Vec::new()) } else { Ok(serde_json::from_slice(&bytes)?) }
}

fn text(explained: &Explained) -> String {
    let mut lines = vec![format!("case {} in run {}", explained.case, explained.run)];
    let mut section = |title: &str, rows: &[Map<String, Value>]| {
        lines.push(format!("{title}:"));
        for row in rows {
            let fields: Vec<String> = row
                .iter()
                .filter(|(name, _)| *name != "case_id")
                .map(|(name, value)| format!("{name} {value}"))
                .collect();
            lines.push(format!("  {}", fields.join(", ")));
        }
    };
    section("held-out scores", &explained.scores);
    section("slides", &explained.slides);
    section("tiles that add most", &explained.tiles);
    section("records", &explained.records);
    lines.extend(explained.sources.iter().map(|(name, digest)| format!("  from {name}, SHA-256 {digest}")));
    lines.push(format!("encoder SHA-256 {}", explained.encoder));
    lines.join("\n")
}
