//! Encoders, pools and tissue models on ONNX Runtime itself. What is missing on a machine is skipped, and said.
#![cfg(test)]

mod contract;
mod encode;
mod golden;
mod support;
