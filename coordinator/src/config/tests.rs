use super::*;

const GOOD: &str = "
name: c1
site: tokyo
listen: 127.0.0.1:0
tls: { ca: pki/ca.pem, certificate: /etc/cert.pem, key: key.pem }
control:
  endpoints: ['https://etcd:2379']
  prefix: renkei
  tls: { ca: etcd-ca.pem, certificate: etcd.pem, key: etcd.key }
  user: { name: renkei, password: password }
roots: ['file:///srv/studies/']
site_key: site.key
stores: stores.yaml
";

fn read(text: &str) -> Result<Config, ConfigError> {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("coordinator.yaml");
    std::fs::write(&file, text).unwrap();
    let mut config = Config::read(&file)?;
    // So that a test can name the folder.
    config.each_path(|path| {
        if let Ok(inside) = path.strip_prefix(folder.path()) {
            *path = Path::new("/here").join(inside);
        }
    });
    Ok(config)
}

#[test]
fn relative_paths_start_at_the_file_and_defaults_are_filled() {
    let config = read(GOOD).unwrap();
    assert_eq!(config.tls.ca, Path::new("/here/pki/ca.pem"));
    assert_eq!(config.tls.certificate, Path::new("/etc/cert.pem"));
    assert_eq!(config.site_key, Path::new("/here/site.key"));
    assert_eq!(config.stores.as_deref(), Some(Path::new("/here/stores.yaml")));
    let options = config.control.options().unwrap();
    assert_eq!(options.tls.unwrap().key, Path::new("/here/etcd.key"));
    assert_eq!(options.login.unwrap().password, Path::new("/here/password"));
    assert_eq!((config.limits.runs.get(), config.limits.shards_in_flight), (4, None));
    assert_eq!((config.log, config.metrics), (Log::default(), None));
}

#[test]
fn what_cannot_be_meant_is_refused_by_name() {
    for (text, said) in [
        (GOOD.to_owned() + "colour: blue\n", "colour"),
        (GOOD.to_owned() + "limits: { runs: 0 }\n", "limits"),
        (GOOD.to_owned() + "log: { format: xml }\n", "xml"),
        (GOOD.replace("listen: 127.0.0.1:0", "listen: everywhere"), "listen"),
        (GOOD.replace("listen: 127.0.0.1:0", "listen: 0.0.0.0:0"), "`advertise` is missing"),
        (GOOD.to_owned() + "advertise: c1.example\n", "`advertise`"),
        (GOOD.replace("name: c1\n", ""), "name"),
        (GOOD.replace("'file:///srv/studies/'", ""), "`roots` is empty"),
        (GOOD.replace("file:///srv/studies/", "/srv/studies"), "`/srv/studies`"),
        (GOOD.replace("file:///srv/studies/", "s3://key:secret@bucket/"), "has a user"),
    ] {
        let error = read(&text).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Invalid, "{error}");
        assert!(error.to_string().contains(said), "{said}: {error}");
    }
    let absent = Config::read(Path::new("/absent/coordinator.yaml")).unwrap_err();
    assert_eq!(absent.kind(), ErrorKind::NotFound);
}

#[test]
fn a_port_that_the_system_chose_is_told_to_others() {
    let bound: SocketAddr = "127.0.0.1:4711".parse().unwrap();
    let reached = |more: &str| read(&(GOOD.to_owned() + more)).unwrap().reached_at(bound);
    assert_eq!(reached(""), "127.0.0.1:4711");
    assert_eq!(reached("advertise: c1.example:0\n"), "c1.example:4711");
    assert_eq!(reached("advertise: c1.example:7600\n"), "c1.example:7600");
}

#[test]
fn the_example_is_a_configuration() {
    let text = include_str!("../../../deploy/cluster/coordinator.example.yaml");
    read(text).unwrap();
}
