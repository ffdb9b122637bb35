//! The slide table and its match with the cases.

use std::collections::BTreeSet;
use std::path::Path;

use renkei_artifacts::Location;
use renkei_cohort::{CohortError, SlideRow, match_slides, slide_table};

use super::tables::pseudonyms;

async fn read(csv: &str) -> Result<Vec<SlideRow>, CohortError> {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("slides.csv"), csv).unwrap();
    slide_table(&Location::resolve("slides.csv", folder.path()).unwrap(), &pseudonyms()).await
}

const SLIDES: &str =
    "slide_id,case_id,uri,um_per_px\ns2,007,images/b.svs,\ns1,007,images/a.svs,0.5\ns3,8,/srv/c.svs,NA\n";

#[tokio::test]
async fn rows_keep_the_order_and_lie_beside_the_table() {
    let rows = read(SLIDES).await.unwrap();
    assert_eq!(rows.iter().map(|row| row.slide_id.as_str()).collect::<Vec<_>>(), ["s2", "s1", "s3"]);
    assert_eq!(rows[0].case_id, pseudonyms().case_id("007"));
    assert_eq!(rows.iter().map(|row| row.um_per_px.map(f64::from)).collect::<Vec<_>>(), [None, Some(0.5), None]);
    assert!(rows[0].location.local_path().unwrap().ends_with("images/b.svs"));
    assert_eq!(rows[2].location.local_path().unwrap(), Path::new("/srv/c.svs"));
}

#[tokio::test]
async fn slides_without_case_and_cases_without_slide_are_counted() {
    let rows = read(SLIDES).await.unwrap();
    let cases = BTreeSet::from(["007", "9", "10"].map(|id| pseudonyms().case_id(id)));
    let matched = match_slides(rows, &cases);
    assert_eq!(matched.slides.iter().map(|row| row.slide_id.as_str()).collect::<Vec<_>>(), ["s1", "s2"]);
    assert_eq!((matched.slides_without_case, matched.cases_without_slide), (1, 2));
}

#[tokio::test]
async fn faults_are_named_by_column_and_row_without_their_value() {
    let faults = [
        ("slide_id,uri\ns1,a.svs\n", "`case_id`"),
        ("slide_id,case_id,uri\ns1,Yamada,a.svs\n,Yamada,b.svs\n", "`slide_id` in data row 2 is empty"),
        ("slide_id,case_id,uri\ns1,,a.svs\n", "`case_id` in data row 1 is empty"),
        ("slide_id,case_id,uri,um_per_px\ns1,Yamada,a.svs,0.5\ns2,Yamada,b.svs,fine\n", "`um_per_px` in data row 2"),
        ("slide_id,case_id,uri,um_per_px\ns1,Yamada,a.svs,-1\n", "`um_per_px` in data row 1"),
        ("slide_id,case_id,uri\ns1,Yamada,ftp://Yamada/a.svs\n", "`uri` in data row 1"),
        (
            "slide_id,case_id,uri\ns1,Yamada,a\ns2,b,b\ns1,c,c\ns1,d,d\ns2,e,e\n",
            "2 slide ids occur more than once, first in data row 3",
        ),
    ];
    for (csv, expected) in faults {
        let error = read(csv).await.unwrap_err().to_string();
        assert!(error.contains(expected) && !error.contains("Yamada"), "{error} should contain {expected}");
    }
}
