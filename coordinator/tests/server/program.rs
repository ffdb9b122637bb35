//! The program itself, and its figures.

use std::process::{Command, Output};

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

use crate::place::Place;
use crate::talk::{NullWorker, User};

fn program(arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_renkei-coordinator")).args(arguments).output().unwrap()
}

#[test]
fn a_configuration_that_cannot_be_meant_ends_the_program_with_its_kind() {
    let place = Place::new();
    let file = |name: &str, text: &str| place.write_config(name, text).display().to_string();
    let good = place.config("c1", "");
    for (config, code, said) in [
        (place.path("absent.yaml").display().to_string(), 3, "absent.yaml"),
        (file("unknown", &(good.clone() + "colour: blue\n")), 2, "colour"),
        (file("prefix", &good.replace("prefix: test", "prefix: 'a b'")), 2, "control.prefix"),
        (file("endpoint", &good.replace("http://127.0.0.1:1", "ftp://a")), 2, "etcd endpoint 1"),
        (file("filter", &(good + "log: { filter: 'a=b=c' }\n")), 2, "a=b=c"),
    ] {
        let output = program(&["--config", &config]);
        let error = String::from_utf8_lossy(&output.stderr);
        assert_eq!(output.status.code(), Some(code), "{error}");
        assert!(error.contains(said), "{error}");
    }
}

async fn get(place: &Place, more: &str, path: &str) -> String {
    let serving = place.serve("c1", more).await;
    User::of(place, &serving).await;
    NullWorker::joined(place, &serving, "w1").await;
    let mut stream = TcpStream::connect(serving.ready.metrics.unwrap()).await.unwrap();
    stream.write_all(format!("GET {path} HTTP/1.1\r\nHost: x\r\n\r\n").as_bytes()).await.unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).await.unwrap();
    answer
}

#[tokio::test]
async fn figures_are_told_over_plain_http_and_nothing_else_is() {
    let place = Place::new();
    let answer = get(&place, "metrics: 127.0.0.1:0\n", "/metrics").await;
    assert!(answer.starts_with("HTTP/1.1 200 OK\r\n"), "{answer}");
    for line in ["renkei_leading{coordinator=\"c1\"} 1\n", "renkei_workers{state=\"working\"} 1\n", "renkei_slots 2\n"]
    {
        assert!(answer.contains(line), "{answer}");
    }
    let place = Place::new();
    let answer = get(&place, "metrics: 127.0.0.1:0\n", "/").await;
    assert!(answer.starts_with("HTTP/1.1 404"), "{answer}");
}
