use super::*;

const GOOD: &str = "
name: w1
site: tokyo
coordinators: ['https://c1:7600', 'https://c2:7600']
tls: {ca: ca.pem, certificate: w1.pem, key: /run/secrets/w1.key}
memory: 2GiB
onnxruntime: /opt/onnxruntime/libonnxruntime.so
site_key: site.key
work_dir: scratch
";

fn read(text: &str) -> Result<WorkerConfig, WorkerError> {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("worker.yaml");
    std::fs::write(&file, text).unwrap();
    let config = WorkerConfig::read(&file)?;
    assert!(config.work_dir.starts_with(folder.path()));
    assert_eq!(config.tls.ca, folder.path().join("ca.pem"));
    Ok(config)
}

#[test]
fn paths_start_at_the_file_and_what_is_left_out_has_a_value() {
    let config = read(GOOD).unwrap();
    assert_eq!(config.tls.key, Path::new("/run/secrets/w1.key"));
    assert_eq!((config.slots, config.stores, config.metrics), (None, None, None));
    assert_eq!(config.drain_seconds, 300);
    assert_eq!(config.log.filter, "info");
}

#[test]
fn faults_name_the_field_and_say_what_is_needed() {
    for (more, said) in [
        ("threads: 4", "unknown field `threads`"),
        ("slots: 0", "slots: invalid value: integer `0`"),
        ("slots: 2000", "`slots` is 2000: at most 1024"),
        ("pools: [GPU]", "`pools`: 'GPU' must be 1 to 64 of a-z"),
        ("drain_seconds: 99999999", "a week"),
        ("metrics: localhost", "metrics: invalid socket address"),
        ("log: {level: info}", "unknown field `level`"),
    ] {
        let error = read(&format!("{GOOD}{more}\n")).unwrap_err();
        assert!(error.to_string().contains(said), "{more}: {error}");
        assert_eq!(error.kind(), renkei_domain::ErrorKind::Invalid);
    }
    for (line, said) in [("name: w1", "missing field `name`"), ("memory: 2GiB", "missing field `memory`")] {
        let error = read(&GOOD.replace(line, "")).unwrap_err();
        assert!(error.to_string().contains(said), "{line}: {error}");
    }
    let error = read(&GOOD.replace("2GiB", "10")).unwrap_err();
    assert!(error.to_string().contains("`memory`: a memory budget of 10B is out of range"), "{error}");
}

#[test]
fn a_file_that_is_not_there_is_said_to_be() {
    let error = WorkerConfig::read(Path::new("/nowhere/worker.yaml")).unwrap_err();
    assert_eq!(error.kind(), renkei_domain::ErrorKind::NotFound);
}

/// What the repository shows to newcomers is understood by the program.
#[test]
fn the_example_is_a_good_configuration() {
    let example = Path::new(env!("CARGO_MANIFEST_DIR")).join("../deploy/cluster/worker.example.yaml");
    WorkerConfig::read(&example).unwrap();
}
