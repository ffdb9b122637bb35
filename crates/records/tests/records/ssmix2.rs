//! The SS-MIX2 sample with its known faults, and storages with each fault made on purpose.

use std::path::Path;

use renkei_records::{FaultKind, RecordsError, Table};

use super::folder::{files, import_into, import_with, imported, sample};
use super::storage::{Storage, folder_of, head};

/// Counted apart, with Python 3 over `sampleData`: each file whose flag is 1, whose folder fits its name and whose PID-3
/// is the folder's patient, by type; then its RXE (RXC where there are any), RXA and OBX with a final value.
///
/// ```text
/// import glob, os
/// for p in sorted(glob.glob("*/*/*/*/*/*")):
///     d = p.split("/"); n = d[5].split("_"); b = open(p, "rb").read()
///     if (n[0], n[1], n[2]) != (d[2], d[3], d[4]) or n[6] != "1": print(p, "left out"); continue
///     s = [x.split("|") for x in b.decode("iso2022_jp").replace("\x1c", "").split("\r") if x]
///     pid = next(x for x in s if x[0] == "PID")[3].split("^")[0]
///     print(n[2], pid == n[0], [x[0] for x in s].count("RXE"), [x[0] for x in s].count("RXC"),
///           [x[0] for x in s].count("RXA"), [x[0] for x in s].count("OBX"))
/// ```
const ROWS: [(Table, u64); 7] = [
    (Table::Person, 1),
    // The only PPR-01 names another patient than its folder.
    (Table::Condition, 0),
    // Height, weight and blood group of ADT-00; the only OML-11 and OMG-13 name other patients.
    (Table::Measurement, 3),
    (Table::Procedure, 0),
    // OMP-01: 3 RXE; OMP-02: 6 RXC; OMP-11: 2 RXA; OMP-12: 2 RXA.
    (Table::Drug, 13),
    // ADT-22 and ADT-52.
    (Table::Visit, 2),
    (Table::Pathology, 0),
];

#[tokio::test]
async fn the_sample_gives_its_rows_and_every_known_fault() {
    let Some(sample) = sample() else { return };
    let done = imported(&sample).await;
    assert_eq!(done.summary.rows.clone().into_iter().collect::<Vec<_>>(), ROWS);
    let faults = [
        // A file of 9999013's OMP-11 in 0000001's ADT-31, and that file holds two bytes.
        ("wrong_folder", 1),
        // And the OMP-11 of 0000001 has a second MSH: a file is one message.
        ("malformed", 2),
        // PPR-01, OML-11, OMG-11, OMG-12 and OMG-13.
        ("patient_mismatch", 5),
        // The body measures of ADT-00 have no time.
        ("undated", 3),
    ];
    assert_eq!(done.faults(), faults);
    let skipped = [
        ("ADT-42", 1),
        ("ADT-61", 1),
        ("OMD", 1),
        ("OMG-01", 1),
        ("OMG-02", 1),
        ("OMG-03", 1),
        ("OML-01", 1),
        ("cancelled", 1),
    ];
    assert_eq!(done.skipped(), skipped);
    let read: Vec<_> = done.summary.read.iter().map(|(of_type, count)| (of_type.as_str(), *count)).collect();
    assert_eq!(
        read,
        [("ADT-00", 1), ("ADT-22", 1), ("ADT-52", 1), ("OMP-01", 1), ("OMP-02", 1), ("OMP-11", 1), ("OMP-12", 1)]
    );
    // 22 files: 7 read, 5 of other patients, 1 of two messages, 8 skipped, 1 in the wrong folder.
    assert_eq!(done.summary.files, 13);
}

#[tokio::test]
async fn the_sample_gives_the_values_that_stand_in_it() {
    let Some(sample) = sample() else { return };
    let done = imported(&sample).await;
    // Python: hmac.new(b"0123456789abcdef0123456789abcdef", b"9999013", "sha256").hexdigest()[:32]
    let person = "64f8057bd0f86ab3ae361c2ecd3a05ef";
    let people = done.rows("person.parquet", &["birth_date", "birth_year", "sex", "death_date", "recorded"]);
    assert_eq!(people, [["1948-04-05", "1948", "male", "", "2011-12-20T22:44:47"]]);
    assert_eq!(done.rows("person.parquet", &["person_id"]), [[person]]);
    let measured =
        done.rows("measurement.parquet", &["concept", "value", "unit", "value_system", "value_code", "time"]);
    assert_eq!(
        measured,
        [
            ["body_height", "167.8", "cm", "", "", ""],
            ["body_weight", "63.5", "kg", "", "", ""],
            ["", "", "", "JSHR002", "A", ""]
        ]
    );
    let visits = done.rows("visit.parquet", &["class", "start_date", "end_date", "line"]);
    assert_eq!(visits, [["inpatient", "2011-11-20", "", "4"], ["inpatient", "", "2011-12-20", "4"]]);
    let drugs = done.rows("drug.parquet", &["system", "code", "start_date", "end_date", "stage"]);
    assert_eq!(drugs.len(), 13);
    assert_eq!(drugs[0], ["HOT9", "108665201", "2011-07-01", "2011-07-01", "given"]);
    assert!(drugs.contains(&["HOT9", "620007329", "2011-07-01", "2011-07-01", "ordered"].map(str::to_owned).to_vec()));
}

/// The sample's messages of other patients, given to the patient of their folder, so that their types are read as well.
#[tokio::test]
async fn the_samples_other_types_are_read_once_their_patient_is_right() {
    let Some(sample) = sample() else { return };
    let storage = Storage::new();
    let day = Path::new("999/901/9999013/20111220");
    for (folder, number) in [
        (day.join("OML-11"), "0001000052"),
        (day.join("OMG-11"), "3330000333"),
        (day.join("OMG-12"), "10345678"),
        (day.join("OMG-13"), "12345678"),
        (Path::new("999/901/9999013/-/PPR-01").to_owned(), "1234567890"),
    ] {
        let file = std::fs::read_dir(sample.join(&folder)).unwrap().next().unwrap().unwrap();
        let text = String::from_utf8(std::fs::read(file.path()).unwrap()).unwrap();
        storage.put(folder.join(file.file_name()), text.replace(number, "9999013"));
    }
    let done = imported(storage.path()).await;
    let columns = ["system", "code", "alternates", "start_date", "end_date"];
    assert_eq!(
        done.rows("condition.parquet", &columns),
        [["ICD-10", "K297", "MDCDX2|20054174", "2011-08-31", "2011-09-15"]]
    );
    let measured = done.rows("measurement.parquet", &["system", "code", "value", "unit", "time"]);
    assert_eq!(measured.len(), 3 + 11);
    assert_eq!(measured[11], ["JLAC10", "3A016000002327102", "1.7", "", "2011-12-19T15:00:00"]);
    assert_eq!(measured[12], ["JLAC10", "3A010000002327101", "7.2", "g/dl", "2011-12-19T15:00:00"]);
    assert_eq!(measured[0], ["99MFR", "32769", "67.0", "/min", "2011-12-20T00:00:00"]);
    let done_procedures = done.rows("procedure.parquet", &["system", "code", "start_date"]);
    // ZE1 with RS: one of radiology, three of endoscopy.
    assert_eq!(done_procedures.len(), 4);
    assert_eq!(done_procedures[1], ["LENDO", "11000001000", "2011-12-20"]);
    // The findings of an ECG in words.
    assert_eq!(done.skipped(), [("observation in free text", 1)]);
}

#[tokio::test]
async fn psa_is_normalised_and_what_cannot_be_is_a_fault() {
    let storage = Storage::new();
    let psa =
        |kind: &str, value: &str, unit: &str| format!("OBX|1|{kind}|5D305000002302301^PSA^JC10||{value}|{unit}|||||F");
    storage.results(
        &[
            psa("NM", "4.05", "ng/mL"),
            psa("NM", "405", "ng/dL^x^99X"),
            psa("ST", "<0.008", "ng/ml"),
            psa("SN", ">^100", "ug/L"),
            psa("SN", "^1^-^2", "ng/mL"),
            psa("NM", "-1", "ng/mL"),
            psa("NM", "4", "furlong"),
            psa("NM", "4", ""),
            psa("NM", "4", "%"),
            psa("NM", "abc", "ng/mL"),
            psa("CWE", "1^x^JSHR002", ""),
            psa("NM", "\"\"", "ng/mL"),
        ]
        .each_ref()
        .map(String::as_str),
    );
    let done = imported(storage.path()).await;
    let columns = ["concept", "value", "comparator", "unit", "source_value", "source_unit"];
    let rows = done.rows("measurement.parquet", &columns);
    let expected = [
        ["psa", "4.05", "", "ng/mL", "4.05", "ng/mL"],
        ["psa", "4.05", "", "ng/mL", "405", "ng/dL"],
        ["psa", "0.008", "<", "ng/mL", "<0.008", "ng/ml"],
        ["psa", "100.0", ">", "ng/mL", ">100", "ug/L"],
        ["psa", "", "", "", "", ""],
        ["psa", "", "", "", "-1", "ng/mL"],
        ["psa", "", "", "", "4", ""],
        ["psa", "", "", "", "4", ""],
        ["psa", "", "", "", "4", "%"],
        ["psa", "", "", "", "", ""],
        ["psa", "", "", "", "", ""],
    ];
    assert_eq!(rows, expected);
    let faults = [("code_shape", 1), ("text_value", 2), ("out_of_range", 1), ("unknown_unit", 1), ("wrong_unit", 2)];
    assert_eq!(done.faults(), faults);
    assert_eq!(done.skipped(), [("observation without a value", 1)]);
}

#[tokio::test]
async fn the_latest_version_counts_and_a_cancelled_one_leaves_nothing() {
    let storage = Storage::new();
    let name = |order: &str, time: &str, flag: &str| format!("1234567_20200110_OML-11_{order}_{time}_01_{flag}");
    let text = |value: &str| format!("{}OBX|1|NM|9N006^x^JC10||{value}|kg|||||F\r", head("OUL^R22", "1234567"));
    storage.message(&name("1", "20200111120000000", "1"), &text("60"));
    storage.message(&name("1", "20200112120000000", "1"), &text("61"));
    storage.message(&name("2", "20200111120000000", "1"), &text("70"));
    storage.message(&name("2", "20200112120000000", "0"), &text("71"));
    storage.message(&name("3", "20200111120000000", "0"), &text("80"));
    storage.message(&name("3", "20200112120000000", "1"), &text("81"));
    storage.message(&name("4", "20200111120000000", "1"), &text("90"));
    storage.message(&name("4", "20200111120000000", "0"), &text("91"));
    let done = imported(storage.path()).await;
    assert_eq!(done.rows("measurement.parquet", &["value"]), [["61.0"], ["81.0"]]);
    assert_eq!(done.skipped(), [("cancelled", 2), ("superseded", 4)]);
}

#[tokio::test]
async fn each_fault_of_a_file_is_found_and_nothing_taken() {
    let good = format!("{}OBX|1|NM|9N006^x^JC10||60|kg|||||F\r", head("OUL^R22", "1234567"));
    let name = "1234567_20200110_OML-11_1_20200111120000000_01_1";
    let here = folder_of(name).join(name);
    let at = |name: &str| folder_of(name).join(name);
    let cases: Vec<(FaultKind, std::path::PathBuf, Vec<u8>)> = vec![
        (FaultKind::WrongFolder, Path::new("123/456/1234567/20200110/OML-01").join(name), good.clone().into()),
        (FaultKind::WrongFolder, Path::new("123").join(name), good.clone().into()),
        (
            FaultKind::UnreadableName,
            Path::new("123/456/1234567/20200110/OML-11/notes.txt").to_owned(),
            good.clone().into(),
        ),
        (FaultKind::UnreadableName, Path::new("README").to_owned(), good.clone().into()),
        (FaultKind::ConditionFlag, at("1234567_20200110_OML-11_1_20200111120000000_01_2"), good.clone().into()),
        (FaultKind::UnknownType, at("1234567_20200110_OML-99_1_20200111120000000_01_1"), good.clone().into()),
        (FaultKind::TooLarge, here.clone(), vec![b'x'; (8 << 20) + 1]),
        (FaultKind::Malformed, here.clone(), b"\xfb\xfc".to_vec()),
        (FaultKind::Malformed, here.clone(), Vec::new()),
        (FaultKind::Malformed, here.clone(), b"PID|1||1234567".to_vec()),
        (FaultKind::Malformed, here.clone(), format!("{good}{good}").into()),
        (FaultKind::BrokenEncoding, here.clone(), [good.as_bytes(), b"NTE|\x8a\xb3\x8e\xd2\r"].concat()),
        (FaultKind::BrokenEncoding, here.clone(), [good.as_bytes(), b"NTE|\x1b$B45\rNTE|"].concat()),
        (
            FaultKind::UnknownCharset,
            here.clone(),
            good.replace("~ISO IR87", "8859/1").into_bytes().into_iter().chain(*b"NTE|\x1b$B45\x1b(B\r").collect(),
        ),
        (FaultKind::TypeMismatch, here.clone(), good.replace("OUL^R22", "ADT^A08").into()),
        (FaultKind::NoPatient, here.clone(), good.replace("1234567^^^^PI", "").into()),
        (FaultKind::NoPatient, here.clone(), good.replace("PID|", "ZZZ|").into()),
        (FaultKind::PatientMismatch, here.clone(), good.replace("1234567^", "7654321^").into()),
        (FaultKind::PatientMismatch, here.clone(), good.replace("1234567^", "1234567 8^").into()),
        (FaultKind::PatientMismatch, here.clone(), format!("{good}PID|2||7654321\r").into()),
    ];
    for (kind, path, bytes) in cases {
        let storage = Storage::new();
        storage.put(&path, bytes);
        let done = imported(storage.path()).await;
        assert_eq!(done.faults(), [(kind.as_str(), 1)], "{}", path.display());
        assert_eq!(done.summary.rows.values().sum::<u64>(), 0, "{kind:?}");
        let listed = done.rows("faults.parquet", &["kind", "source", "table"]);
        assert_eq!(listed, [[kind.as_str(), "his", ""]]);
    }
}

#[tokio::test]
async fn what_was_taken_back_gives_no_row() {
    let storage = Storage::new();
    let message = |kind: &str, event: &str, body: &str| {
        let name = format!("1234567_20200110_{kind}_1_20200111120000000_01_1");
        storage.message(&name, &format!("{}{body}\r", head(event, "1234567")));
    };
    let rxa = |status: &str, action: &str| {
        format!("RXA|0|1|20200110|20200110|108665201^x^HOT9|1{}{status}|{action}", "|".repeat(14))
    };
    message(
        "OMP-11",
        "RAS^O17",
        &[rxa("CP", ""), rxa("RE", ""), rxa("NA", ""), rxa("CP", "D"), rxa("PA", "A")].join("\r"),
    );
    let order = |control: &str| format!("ORC|{control}|1\rRXE||108665201^x^HOT9\rTQ1|1||||||20200301|20200307");
    message("OMP-01", "RDE^O11", &[order("NW"), order("CA"), order("DC"), order("XO")].join("\r"));
    message("PPR-01", "PPR^ZD1", "PRB|AD||20054174^x^MDCDX2|1|||2020||20191231|C61^^I10\rPRB|DE||20054174^x^MDCDX2");
    message("OMG-11", "OMI^Z23", "OBR|1||||||20200110\rZE1|1|RS|99A0^x^JJ1017\rZE1|2|PL|99A0^x^JJ1017");
    message("ADT-22", "ADT^A11", "PV1|1|I");
    message("ADT-12", "ADT^A04", &format!("PV1|1|E{}20200110", "|".repeat(42)));
    let obx = |status: &str| format!("OBX|1|NM|9N006^x^JC10||60|kg|||||{status}");
    message("OML-11", "OUL^R22", &["F", "C", "P", "D", "X", ""].map(obx).join("\r"));
    let done = imported(storage.path()).await;
    let drugs = done.rows("drug.parquet", &["stage", "start_date", "end_date"]);
    let (ordered, given) = (["ordered", "2020-03-01", "2020-03-07"], ["given", "2020-01-10", "2020-01-10"]);
    assert_eq!(drugs, [ordered, ordered, given, given]);
    let conditions = done.rows("condition.parquet", &["concept", "start_date", "end_date"]);
    assert_eq!(conditions, [["prostate_cancer", "", "2019-12-31"]]);
    assert_eq!(done.rows("procedure.parquet", &["code"]), [["99A0"]]);
    assert_eq!(done.rows("visit.parquet", &["class", "start_date"]), [["emergency", "2020-01-10"]]);
    assert_eq!(done.rows("measurement.parquet", &["value"]), [["60.0"], ["60.0"]]);
    let skipped = [
        ("cancelled", 1),
        ("deleted diagnosis", 1),
        ("drug not given", 3),
        ("drug of a cancelled order", 2),
        ("observation not final", 4),
        ("procedure not performed", 1),
    ];
    assert_eq!(done.skipped(), skipped);
    assert_eq!(done.faults(), [("vague_date", 1), ("undated", 2)]);
}

#[cfg(unix)]
#[tokio::test]
async fn names_that_no_store_can_use_do_not_stop_the_others() {
    let storage = Storage::new();
    storage.results(&["OBX|1|NM|9N006^x^JC10||60|kg|||||F|||20200110"]);
    storage.put("123/456/1234568/20200110/OML-11/a\nb", "x");
    storage.put("123/456/1234568/20200110/OML-11/c", "x");
    storage.put("123/456/1234569/../../.hidden/..file", "12345678");
    std::os::unix::fs::symlink("/nowhere", storage.path().join("123/456/1234567/gone")).unwrap();
    let done = imported(storage.path()).await;
    assert_eq!(done.summary.rows[&Table::Measurement], 1);
    assert_eq!(done.faults(), [("unreadable_name", 1), ("refused_path", 1)]);
}

#[tokio::test]
async fn dates_that_cannot_be_are_faults() {
    let storage = Storage::new();
    let obx = |time: &str| format!("OBX|1|NM|9N006^x^JC10||60|kg|||||F|||{time}");
    storage
        .results(&["20200110", "20201310", "202001", "20210101", "18991231"].map(obx).each_ref().map(String::as_str));
    let done = imported(storage.path()).await;
    assert_eq!(done.faults(), [("impossible_date", 1), ("vague_date", 1), ("future_date", 1), ("ancient_date", 1)]);
    let times = done.rows("measurement.parquet", &["time"]);
    assert_eq!(times, [["2020-01-10T00:00:00"], [""], [""], ["2021-01-01T00:00:00"], ["1899-12-31T00:00:00"]]);
}

#[tokio::test]
async fn a_person_who_comes_twice_is_found() {
    let storage = Storage::new();
    let text = |birth: &str| format!("{}PV1|1|O\r", head("ADT^A08", "1234567")).replace("19500102", birth);
    storage.message("1234567_-_ADT-00_1_20200111120000000_-_1", &text("19500102"));
    storage.message("1234567_-_ADT-00_2_20200111120000000_-_1", &text("19500102"));
    storage.message("1234567_-_ADT-00_3_20200111120000000_-_1", &text("19510102"));
    let done = imported(storage.path()).await;
    assert_eq!(done.faults(), [("duplicate_person", 1), ("conflicting_person", 1)]);
    assert_eq!(done.summary.rows[&Table::Person], 3);
    assert_eq!(done.rows("faults.parquet", &["kind", "line", "table"])[1], ["conflicting_person", "2", "person"]);
}

#[tokio::test]
async fn the_output_is_the_same_whatever_the_parallelism() {
    let storage = Storage::new();
    for patient in 0..700 {
        let number = format!("{:07}", 1_000_000 + patient * 37);
        let name = format!("{number}_20200110_OML-11_1_20200111120000000_01_1");
        let value = f64::from(patient) / 10.0;
        storage.message(&name, &format!("{}OBX|1|NM|5D305^x^JC10||{value}|ng/mL|||||F\r", head("OUL^R22", &number)));
        storage.message(&format!("{number}_-_ADT-00_1_20200111120000000_-_1"), &head("ADT^A08", &number));
    }
    let (one, four) = (import_with(storage.path(), 1).await.unwrap(), import_with(storage.path(), 4).await.unwrap());
    assert_eq!(one.summary, four.summary);
    assert_eq!(one.files(), four.files());
    assert_eq!((one.summary.files, one.summary.rows[&Table::Measurement]), (1400, 700));
    for (file, written) in &one.summary.output {
        assert_eq!(written.sha256, renkei_domain::Digest::of(&one.files()[file]), "{file}");
    }
}

#[tokio::test]
async fn a_second_import_replaces_the_first_and_an_empty_source_replaces_nothing() {
    let (storage, output) = (Storage::new(), tempfile::tempdir().unwrap());
    storage.results(&["OBX|1|NM|9N006^x^JC10||60|kg|||||F"]);
    let first = import_into(storage.path(), output.path(), 1).await.unwrap();
    storage.results(&["OBX|1|NM|9N006^x^JC10||61|kg|||||F", "OBX|1|NM|9N001^x^JC10||170|cm|||||F"]);
    let second = import_into(storage.path(), output.path(), 1).await.unwrap();
    assert_eq!((first.rows[&Table::Measurement], second.rows[&Table::Measurement]), (1, 2));
    assert_ne!(first.input, second.input);
    let before = files(output.path());
    assert_eq!(before.len(), 9, "{:?}", before.keys());
    let empty = Storage::new();
    let error = import_into(empty.path(), output.path(), 1).await.unwrap_err();
    assert!(matches!(error, RecordsError::Empty), "{error}");
    assert_eq!(files(output.path()), before);
}
