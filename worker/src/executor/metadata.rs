//! What an executor says of itself.

use ballista_core::BALLISTA_PROTOCOL_VERSION;
use ballista_core::serde::protobuf::ExecutorRegistration;
use ballista_core::serde::scheduler::{ExecutorOperatingSystemSpecification, ExecutorSpecification};
use renkei_stage::ExecutorId;

/// The executor's id and slots. Nobody calls it back and nothing is placed by its machine, so neither is told.
pub(super) fn registration(id: &ExecutorId, slots: u32) -> ExecutorRegistration {
    let machine = ExecutorOperatingSystemSpecification {
        system_name: String::new(),
        kernel_ver: String::new(),
        os_ver: String::new(),
        os_ver_long: String::new(),
        ..ExecutorOperatingSystemSpecification::default()
    };
    ExecutorRegistration {
        id: id.to_string(),
        host: None,
        port: 0,
        grpc_port: 0,
        specification: Some(ExecutorSpecification::default().with_vcores(slots).into()),
        os_info: Some(machine.into()),
        ballista_protocol_version: BALLISTA_PROTOCOL_VERSION,
    }
}
