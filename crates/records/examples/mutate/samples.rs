//! What inputs are made of.

/// One input as it should be.
pub(crate) struct Sample {
    /// Below the source's folder; `{}` stands for the input's number.
    pub(crate) path: String,
    /// What is in it; of a path with `.gz` behind, before it is compressed.
    pub(crate) bytes: Vec<u8>,
}

/// Messages of each kind of row, in the folders that their names say.
pub(crate) fn ssmix2() -> Vec<Sample> {
    let head = |event: &str| {
        format!(
            "MSH|^~\\&|HIS||GW||20200111120000||{event}|M1|P|2.5||||||~ISO IR87||ISO2022-1994\r\
             PID|0001||1234567^^^^PI||\x1b$B;3ED\x1b(B^\x1b$BB@O:\x1b(B^^^^^L^I||19500102|M\r"
        )
    };
    let message = |path: &str, event: &str, body: &str| Sample {
        path: path.to_owned(),
        bytes: (head(event) + body).into_bytes(),
    };
    vec![
        message(
            "123/456/1234567/20200110/OML-11/1234567_20200110_OML-11_{}_20200111120000000_01_1",
            "OUL^R22",
            "SPM|1|||023^\x1b$B7l@6\x1b(B^JC10|||||||||||||20200110^20200111\rOBR|1||||||20200110\r\
             OBX|1|NM|5D305^PSA^JC10^1^x^99X||4.05|ng/mL|||||F|||202001101200\r\
             OBX|2|SN|5D305^PSA^JC10||<^0.01|\\X6E67\\/mL|||||F\rOBX|3|CWE|5H010^x^JC10||A^A^JSHR002~B^B^JSHR002||||||F\r",
        ),
        message(
            "123/456/1234567/-/ADT-00/1234567_-_ADT-00_{}_20200111120000000_-_1",
            "ADT^A08",
            "OBX|1|NM|9N001^x^JC10||170|cm|||||F\r",
        ),
        message(
            "123/456/1234567/20200110/OMP-01/1234567_20200110_OMP-01_{}_20200111120000000_01_1",
            "RDE^O11",
            "ORC|NW|1\rRXE||108665201^x^HOT9|1||錠\rTQ1|1||||||20200110|20200114\rORC|CA|2\rRXE||1^x^99X\r",
        ),
        message(
            "123/456/1234567/-/PPR-01/1234567_-_PPR-01_{}_20200111120000000_01_1",
            "PPR^ZD1",
            "PRB|AD|20200110|20054174^x^MDCDX2|1|||20200110||20200201|C61^x^I10|||||||20200101\r",
        ),
        message(
            "123/456/1234567/20200110/ADT-22/1234567_20200110_ADT-22_{}_20200111120000000_01_1",
            "ADT^A01",
            "PV1|1|I||||||||||||||||||||||||||||||||||||||||||20200110|20200120\r",
        ),
    ]
}

/// The tables of the committed export.
pub(crate) fn omop() -> Vec<Sample> {
    macro_rules! table {
        ($name:literal) => {
            Sample {
                path: $name.to_owned(),
                bytes: include_bytes!(concat!("../../tests/data/omop/csv/", $name)).to_vec(),
            }
        };
    }
    vec![
        table!("person.csv"),
        table!("death.csv"),
        table!("condition_occurrence.csv"),
        table!("drug_exposure.csv"),
        table!("procedure_occurrence.csv"),
        table!("measurement.csv"),
        table!("observation.csv"),
        table!("visit_occurrence.csv"),
        table!("observation_period.csv"),
        table!("concept.csv"),
    ]
}

/// The same tables as Parquet, in five compressions.
pub(crate) fn parquet() -> Vec<Sample> {
    macro_rules! table {
        ($name:literal) => {
            Sample {
                path: $name.to_owned(),
                bytes: include_bytes!(concat!("../../tests/data/omop/parquet/", $name)).to_vec(),
            }
        };
    }
    vec![
        table!("PERSON.parquet"),
        table!("DEATH.parquet"),
        table!("CONDITION_OCCURRENCE.parquet"),
        table!("DRUG_EXPOSURE.parquet"),
        table!("MEASUREMENT.parquet"),
        table!("VISIT_OCCURRENCE.parquet"),
        table!("CONCEPT.parquet"),
    ]
}
