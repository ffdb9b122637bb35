//! What was promised stays: every field, number and type of `golden/contract.txt` is still there.

use std::collections::BTreeSet;

use prost::Message;
use prost_types::field_descriptor_proto::{Label, Type};
use prost_types::{DescriptorProto, EnumDescriptorProto, FieldDescriptorProto, FileDescriptorSet};

const PROMISED: &str = include_str!("../golden/contract.txt");
const BUILT: &[u8] = include_bytes!(concat!(env!("OUT_DIR"), "/renkei.v1.bin"));

/// The descriptor set as one line a promise: fields, enum values and calls.
fn promises(set: &FileDescriptorSet) -> BTreeSet<String> {
    let mut lines = BTreeSet::new();
    for file in &set.file {
        let package = file.package();
        file.message_type.iter().for_each(|message| of_message(package, message, &mut lines));
        file.enum_type.iter().for_each(|values| of_enum(package, values, &mut lines));
        for service in &file.service {
            for method in &service.method {
                let stream = |on: bool| if on { "stream " } else { "" };
                lines.insert(format!(
                    "{package}.{} {}({}{}) returns ({}{})",
                    service.name(),
                    method.name(),
                    stream(method.client_streaming()),
                    method.input_type(),
                    stream(method.server_streaming()),
                    method.output_type(),
                ));
            }
        }
    }
    lines
}

fn of_message(outer: &str, message: &DescriptorProto, lines: &mut BTreeSet<String>) {
    let name = format!("{outer}.{}", message.name());
    lines.extend(message.field.iter().map(|field| format!("{name} {}", of_field(message, field))));
    message.nested_type.iter().for_each(|inner| of_message(&name, inner, lines));
    message.enum_type.iter().for_each(|inner| of_enum(&name, inner, lines));
}

fn of_field(message: &DescriptorProto, field: &FieldDescriptorProto) -> String {
    let kind = match field.r#type() {
        Type::Message | Type::Enum => field.type_name().to_owned(),
        plain => plain.as_str_name().trim_start_matches("TYPE_").to_lowercase(),
    };
    let shape = match (field.label(), field.oneof_index) {
        (Label::Repeated, _) => "repeated ".to_owned(),
        _ if field.proto3_optional() => "optional ".to_owned(),
        (_, Some(i)) => format!("oneof {} ", message.oneof_decl[usize::try_from(i).unwrap()].name()),
        _ => String::new(),
    };
    format!("{} = {}: {shape}{kind}", field.number(), field.name())
}

fn of_enum(outer: &str, values: &EnumDescriptorProto, lines: &mut BTreeSet<String>) {
    let line = |(number, name): (i32, &str)| format!("{outer}.{} {number} = {name}", values.name());
    lines.extend(values.value.iter().map(|value| line((value.number(), value.name()))));
}

fn promised() -> BTreeSet<String> {
    PROMISED.lines().filter(|line| !line.starts_with('#')).map(str::to_owned).collect()
}

fn built() -> FileDescriptorSet {
    FileDescriptorSet::decode(BUILT).unwrap()
}

/// Promises of `before` that `now` does not keep.
fn broken(before: &BTreeSet<String>, now: &FileDescriptorSet) -> Vec<String> {
    before.difference(&promises(now)).cloned().collect()
}

#[test]
fn every_promise_is_kept() {
    let broken = broken(&promised(), &built());
    assert!(
        broken.is_empty(),
        "older sides rely on this; add new fields instead (proto/README.md):\n{}",
        broken.join("\n")
    );
}

/// An addition breaks nothing, but it is a promise from now on.
#[test]
fn every_promise_is_written_down() {
    let added: Vec<_> = promises(&built()).difference(&promised()).cloned().collect();
    assert!(added.is_empty(), "add these lines to proto/tests/golden/contract.txt:\n{}", added.join("\n"));
}

#[test]
fn removing_renumbering_and_retyping_break_a_promise_and_adding_does_not() {
    type Change = fn(&mut DescriptorProto);
    let breaking: [Change; 5] = [
        |run| drop(run.field.remove(0)),
        |run| run.field[0].number = Some(99),
        |run| run.field[0].set_type(Type::Bytes),
        |run| run.field[0].name = Some("other".to_owned()),
        |run| run.field[0].set_label(Label::Repeated),
    ];
    let before = promises(&built());
    for (i, change) in breaking.into_iter().enumerate() {
        assert!(!broken(&before, &changed(change)).is_empty(), "change {i} went unseen");
    }
    let added = changed(|run| run.field.push(FieldDescriptorProto { number: Some(99), ..run.field[0].clone() }));
    assert_eq!(broken(&before, &added), Vec::<String>::new());
}

fn changed(change: fn(&mut DescriptorProto)) -> FileDescriptorSet {
    let mut set = built();
    let mut messages = set.file.iter_mut().flat_map(|file| &mut file.message_type);
    change(messages.find(|message| message.name() == "Run").unwrap());
    set
}

#[test]
fn a_call_that_is_gone_breaks_a_promise() {
    let mut set = built();
    let runs = set.file.iter_mut().find(|file| !file.service.is_empty()).unwrap();
    runs.service[0].method.remove(0);
    assert_eq!(broken(&promises(&built()), &set).len(), 1);
}
