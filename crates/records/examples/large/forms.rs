//! Records of each form by their number. All of one kind are of one length, so that any range of bytes can be made alone.

use std::fmt::Debug;
use std::ops::Range;

use crate::store::Made;

/// Persons, whatever the size.
const PERSONS: u64 = 100_000;
/// Messages of one patient and results in one message.
const OF_A_PATIENT: u64 = 20;
const RESULTS: u64 = 40;

/// A file of lines of one length.
#[derive(Debug)]
struct File {
    path: &'static str,
    header: &'static str,
    line: fn(u64) -> String,
    lines: u64,
}

/// A folder of such files.
#[derive(Debug)]
pub(crate) struct Files(Vec<File>);

/// A bulk export of patients and `bytes` bytes of their observations.
pub(crate) fn fhir(bytes: u64) -> Files {
    let lines = bytes / observation(0).len() as u64;
    Files(vec![
        File { path: "Observation.000.ndjson", header: "", line: observation, lines },
        File { path: "Patient.000.ndjson", header: "", line: patient, lines: PERSONS },
    ])
}

/// Persons and `bytes` bytes of their measurements, as CSV.
pub(crate) fn omop(bytes: u64) -> Files {
    let measurements = "measurement_id,person_id,measurement_concept_id,measurement_date,measurement_datetime,\
        operator_concept_id,value_as_number,value_as_concept_id,unit_concept_id,measurement_source_value\n";
    let persons = "person_id,gender_concept_id,year_of_birth,month_of_birth,day_of_birth\n";
    Files(vec![
        File {
            path: "measurement.csv",
            header: measurements,
            line: measurement,
            lines: bytes / measurement(0).len() as u64,
        },
        File { path: "person.csv", header: persons, line: person, lines: PERSONS },
    ])
}

fn patient(number: u64) -> String {
    format!(
        r#"{{"resourceType":"Patient","id":"129c6ac7-{number:012x}","name":[{{"family":"Medhurst46"}}],"gender":"male","birthDate":"1950-05-21"}}"#
    ) + "\n"
}

/// Some 900 bytes, about what the servers of hospitals write.
fn observation(number: u64) -> String {
    let (code, display, unit) =
        [("2857-1", "PSA", "ng/mL"), ("3141-9", "Wgt", "kg   "), ("2160-0", "Cre", "mg/dL")][number as usize % 3];
    let (of, month, day, value) = (mixed(number) % PERSONS, number % 12 + 1, number % 28 + 1, number % 900 + 100);
    format!(
        r#"{{"resourceType":"Observation","id":"0023b3a7-2ded-840c-ee5b-{number:012x}","meta":{{"versionId":"1","lastUpdated":"2024-08-06T14:11:57.560-04:00","profile":["http://hl7.org/fhir/us/core/StructureDefinition/us-core-observation-lab"]}},"status":"final","category":[{{"coding":[{{"system":"http://terminology.hl7.org/CodeSystem/observation-category","code":"laboratory","display":"Laboratory"}}],"text":"Laboratory"}}],"code":{{"coding":[{{"system":"http://loinc.org","code":"{code}","display":"{display}"}}],"text":"{display}"}},"subject":{{"reference":"Patient/129c6ac7-{of:012x}"}},"encounter":{{"reference":"Encounter/f6003197-6507-1168-87be-{number:012x}"}},"effectiveDateTime":"2019-{month:02}-{day:02}T22:58:16-05:00","issued":"2019-{month:02}-{day:02}T22:58:16.123-05:00","valueQuantity":{{"value":{value}.5,"unit":"{unit}","system":"http://unitsofmeasure.org","code":"{unit}"}}}}"#
    ) + "\n"
}

fn person(number: u64) -> String {
    format!("{number:06},8507,{},{:02},{:02}\n", 1930 + number % 50, number % 12 + 1, number % 28 + 1)
}

fn measurement(number: u64) -> String {
    let (concept, unit) = [(3_013_603, 8842), (3_025_315, 9529), (3_000_963, 8713)][number as usize % 3];
    let (of, month, day, value) = (mixed(number) % PERSONS, number % 12 + 1, number % 28 + 1, number % 90 + 10);
    format!(
        "{number:010},{of:06},{concept},2019-{month:02}-{day:02},2019-{month:02}-{day:02} 22:58:16,0,{value}.25,0,{unit},\
         result {number:010} of the laboratory\n"
    )
}

/// Results come in mixed.
fn mixed(number: u64) -> u64 {
    number.wrapping_mul(7919) % 1_000_003
}

impl File {
    fn size(&self) -> u64 {
        self.header.len() as u64 + self.lines * (self.line)(0).len() as u64
    }

    fn bytes(&self, range: Range<u64>) -> Vec<u8> {
        let (header, length) = (self.header.len() as u64, (self.line)(0).len() as u64);
        let first = range.start.saturating_sub(header) / length;
        let from = if range.start < header { 0 } else { header + first * length };
        let mut made = if from == 0 { self.header.as_bytes().to_vec() } else { Vec::new() };
        for number in first..self.lines {
            if from + made.len() as u64 >= range.end {
                break;
            }
            made.extend_from_slice((self.line)(number).as_bytes());
        }
        made.truncate((range.end - from) as usize);
        made.split_off((range.start - from) as usize)
    }
}

impl Made for Files {
    fn files(&self, _: &str) -> Vec<(String, u64)> {
        self.0.iter().map(|file| (file.path.to_owned(), file.size())).collect()
    }

    fn folders(&self, _: &str) -> Vec<String> {
        Vec::new()
    }

    fn size(&self, path: &str) -> Option<u64> {
        self.0.iter().find(|file| file.path == path).map(File::size)
    }

    fn bytes(&self, path: &str, range: Range<u64>) -> Vec<u8> {
        self.0.iter().find(|file| file.path == path).map(|file| file.bytes(range)).unwrap_or_default()
    }
}

/// A storage of as many patients as `bytes` bytes of messages make.
#[derive(Debug)]
pub(crate) struct SsMix2 {
    patients: u64,
    size: u64,
}

impl SsMix2 {
    pub(crate) fn new(bytes: u64) -> Self {
        let size = message("10000000", 0).len() as u64;
        Self { patients: (bytes / size / OF_A_PATIENT).max(1), size }
    }
}

impl Made for SsMix2 {
    fn files(&self, folder: &str) -> Vec<(String, u64)> {
        let patient = folder.rsplit('/').next().unwrap_or_default();
        let name = |order| format!("{folder}/20200110/OML-11/{patient}_20200110_OML-11_{order}_20200111120000000_01_1");
        (0..OF_A_PATIENT).map(|order| (name(order), self.size)).collect()
    }

    /// Of a patient 12345678: `123`, `456`, `12345678`.
    fn folders(&self, folder: &str) -> Vec<String> {
        let digits: String = folder.split('/').filter(|part| !part.is_empty()).collect();
        let last = 10_000_000 + self.patients - 1;
        let known = |number: u64| (10_000_000..=last).contains(&number);
        match digits.len() {
            0 => (100..=last / 100_000).map(|begins| begins.to_string()).collect(),
            3 => {
                let begins: u64 = digits.parse().unwrap_or_default();
                let any = |middle: &u64| {
                    let first = (begins * 1000 + middle) * 100;
                    first <= last && first + 99 >= 10_000_000
                };
                (0..1000).filter(any).map(|middle| format!("{folder}/{middle:03}")).collect()
            }
            _ => {
                let first = digits.parse::<u64>().unwrap_or_default() * 100;
                (first..first + 100)
                    .filter(|number| known(*number))
                    .map(|number| format!("{folder}/{number}"))
                    .collect()
            }
        }
    }

    fn size(&self, path: &str) -> Option<u64> {
        path.contains("_OML-11_").then_some(self.size)
    }

    fn bytes(&self, path: &str, range: Range<u64>) -> Vec<u8> {
        let mut parts = path.rsplit('/').next().unwrap_or_default().split('_');
        let (patient, order) = (parts.next().unwrap_or_default(), parts.nth(2).unwrap_or_default());
        let all = message(patient, order.parse().unwrap_or_default()).into_bytes();
        all[range.start as usize..range.end as usize].to_vec()
    }
}

/// Forty laboratory results.
fn message(patient: &str, order: u64) -> String {
    let mut text = format!(
        "MSH|^~\\&|HIS123|SEND|GW|RCV|20200111120000||OUL^R22^OUL_R22|{order:02}|P|2.5||||||~ISO IR87||ISO2022-1994\r\
         PID|0001||{patient}^^^^PI||\x1b$B45<T\x1b(B^\x1b$BB@O:\x1b(B^^^^^L^I||19500405|M\r\
         SPM|1|||023^\x1b$B7l@6\x1b(B^JC10|||||||||||||202001101500\rOBR|1|{order:02}||E001^x^99O03|||20200110\r"
    );
    for result in 1..=RESULTS {
        text.push_str(&format!(
            "OBX|{result}|NM|5D305000002302301^\x1b$B7l@6\x1b(B^JC10^10222^x^99X03||{order:02}.{result}|ng/mL^ng/mL^99XYZ|0-4||||F|||202001101500\r"
        ));
    }
    text
}
