//! A study that plans in no time: forty cases and one slide without a pixel: planning reads headers only.

use std::fmt::Write as _;
use std::fs::File;
use std::io::BufWriter;
use std::path::PathBuf;

use renkei_artifacts::{RunStore, Stores, commit};
use renkei_cohort::Pseudonymiser;
use renkei_coordinator::planner::{Prepared, RunPlan};
use renkei_domain::record::{CommitRecord, RECORD_VERSION};
use renkei_domain::spec::RunSpec;
use renkei_domain::{AttemptId, UmPerPx};
use renkei_inference::ExecutionClass;
use renkei_launch::{Inputs, Launch};
use renkei_proto::runs::Submission;
use renkei_slide::JpegProfile;
use renkei_slide::write::{TiffKind, TiledTiffWriter};
use serde_json::{Value, json};

use crate::place::{Place, SITE_KEY, encoder};
use crate::talk::MACHINE;

const SIDE: u32 = 256;
const TILES: u32 = 8;

pub(crate) struct Study {
    pub(crate) folder: PathBuf,
    pub(crate) spec: Value,
}

impl Study {
    pub(crate) fn of(place: &Place) -> Self {
        let folder = place.path("study");
        std::fs::create_dir(&folder).unwrap();
        let mut records = "id,psa,months,r\n".to_owned();
        for case in 0..40 {
            writeln!(records, "p{case},{}.5,{},{}", 4 + case * 7 % 11, 6 + case * 5 % 80, u8::from(case % 3 == 0))
                .unwrap();
        }
        std::fs::write(folder.join("patients.csv"), records).unwrap();
        std::fs::write(folder.join("slides.csv"), "slide_id,case_id,uri\ns0,p0,s0.tiff\n").unwrap();
        let out = BufWriter::new(File::create(folder.join("s0.tiff")).unwrap());
        let mut slide = TiledTiffWriter::new(out, TiffKind::Classic, UmPerPx::new(0.5).ok()).unwrap();
        let (tables, subsampling) = (None, (2, 1));
        slide.level(
            SIDE * TILES,
            SIDE * TILES,
            &JpegProfile { tables, ycbcr: true, subsampling, tile_width: SIDE, tile_height: SIDE },
        );
        (0..TILES * TILES).for_each(|_| slide.tile(b"tissue").unwrap());
        slide.finish().unwrap();
        Self { folder, spec: spec() }
    }

    pub(crate) fn submission(&self) -> Submission {
        Submission {
            spec_json: self.spec.to_string(),
            base_url: url::Url::from_directory_path(&self.folder).unwrap().into(),
            name: None,
            priority: 0,
        }
    }

    /// The plan that the coordinator must come to.
    pub(crate) async fn plan(&self) -> (RunPlan, RunStore) {
        let spec: RunSpec = serde_json::from_value(self.spec.clone()).unwrap();
        let class = ExecutionClass::of_machine(MACHINE, spec.encoder.batch as usize);
        let inputs = Inputs::open(Launch { spec, base: self.folder.clone() }, &Stores::from_environment()).unwrap();
        let store = inputs.store.clone();
        let plan = Prepared::of(inputs, &Pseudonymiser::new(SITE_KEY).unwrap(), class).await.unwrap().plan;
        let objects = RunStore::new(store.store, store.path, plan.run.clone());
        (plan, objects)
    }

    /// Commits every shard of the run, as workers would; each committed nothing but itself.
    pub(crate) async fn commit_everything(&self) -> RunPlan {
        let (plan, store) = self.plan().await;
        for shard in plan.stages.iter().flat_map(|(_, shards)| shards) {
            let record = CommitRecord {
                version: RECORD_VERSION,
                run: plan.run.clone(),
                stage: shard.stage,
                shard: shard.id.clone(),
                attempt: AttemptId::new("a").unwrap(),
                epoch: 1,
                artifacts: vec![],
                quarantine: vec![],
                input: None,
                started: "t".into(),
                committed: "t".into(),
            };
            commit(&store, &record).await.unwrap();
        }
        plan
    }
}

fn spec() -> Value {
    json!({
        "version": 1, "name": "study", "store": "store", "seed": 1,
        "cohort": {
            "tables": [{"name": "patients", "uri": "patients.csv"}],
            "case_id": "id",
            "columns": {"psa": {"known": "before_index"}},
            "predictors": [{"column": "psa", "kind": "number"}]
        },
        "endpoint": {
            "name": "recurrence", "origin": "prostatectomy",
            "time": {"column": "months", "unit": "months"},
            "event": {"column": "r", "event": ["1"], "censored": ["0"]},
            "horizons_years": [1.0, 3.0]
        },
        "slides": {"table": "slides.csv"},
        "encoder": {"folder": encoder()},
        "tiles": {"tiles_per_shard": 16},
        "model": {"folds": 2}
    })
}
