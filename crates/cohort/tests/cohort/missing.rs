//! Cases that lack a predictor stay where the model says what is done about it.

use arrow::array::Array as _;
use serde_json::json;

use super::tables::{Study, steps};

/// Two men lack a predictor each, one has a PSA that is none.
const MEN: &str = "id,psa,stage,months,relapse\n1,4,T1,30,1\n2,,T2,40,0\n3,8,,20,1\n4,16,T2,50,0\n5,none,T1,9,1\n";

#[tokio::test]
async fn complete_cases_are_kept_unless_the_model_says_otherwise() {
    let mut study = Study::of(MEN);
    let complete = study.select().await.unwrap();
    assert_eq!(complete.cases.num_rows(), 2);
    for way in ["median", "indicator", "multiple_imputation"] {
        study.model = json!({ "missing": way });
        let all = study.select().await.unwrap();
        assert_eq!(all.cases.num_rows(), 4, "{way}");
        let nulls = |name: &str| all.cases.column_by_name(name).unwrap().null_count();
        assert_eq!((nulls("psa"), nulls("stage"), nulls("time_years")), (1, 1, 0));
        // A value that is there but is no number is a fault, not a missing one.
        let left: Vec<(&str, u64, u64)> = steps(&all).into_iter().filter(|(_, removed, _)| *removed > 0).collect();
        assert_eq!(left, [("`psa` is not a number", 1, 4)]);
    }
}
