//! Does the model keep what its card promises? Checked before the first tile, never found out by a wrong feature.

use std::path::Path;

use ort::session::Session;
use ort::value::{Outlet, TensorElementType};

use crate::card::{Dtype, EncoderCard, InputCard, Layout};
use crate::error::{InferenceError, Result};

/// Checks names, element types and shapes of the session's input and output against the card, for batches of `batch`.
pub(crate) fn check(card: &EncoderCard, session: &Session, model: &Path, batch: usize) -> Result<()> {
    let misfit = |what, card: String, found: String| {
        Err(InferenceError::Misfit { path: model.to_owned(), what, card, model: found })
    };
    let [input] = session.inputs() else {
        return misfit("the number of inputs", "1".to_owned(), session.inputs().len().to_string());
    };
    if input.name() != card.input.name {
        return misfit("the input's name", card.input.name.clone(), input.name().to_owned());
    }
    let wanted = element_type(card.input.dtype);
    if input.dtype().tensor_type() != Some(wanted) {
        return misfit("the input's type", format!("a tensor of {wanted}"), input.dtype().to_string());
    }
    let wanted = input_shape(&card.input, batch);
    if !fits(shape(input), &wanted) {
        return misfit("the input's shape", format!("{wanted:?}"), shown(shape(input)));
    }
    let Some(output) = session.outputs().iter().find(|output| output.name() == card.output.name) else {
        let names: Vec<_> = session.outputs().iter().map(Outlet::name).collect();
        return misfit("the output's name", card.output.name.clone(), names.join(", "));
    };
    if output.dtype().tensor_type() != Some(TensorElementType::Float32) {
        return misfit("the output's type", "a tensor of f32".to_owned(), output.dtype().to_string());
    }
    let wanted = [batch, card.output.width];
    if !fits(shape(output), &wanted) {
        return misfit("the output's shape", format!("{wanted:?}"), shown(shape(output)));
    }
    Ok(())
}

/// The input tensor's shape for batches of `batch`.
pub(crate) fn input_shape(input: &InputCard, batch: usize) -> [usize; 4] {
    match input.layout {
        Layout::Nchw => [batch, 3, input.height, input.width],
        Layout::Nhwc => [batch, input.height, input.width, 3],
    }
}

fn element_type(dtype: Dtype) -> TensorElementType {
    match dtype {
        Dtype::Float32 => TensorElementType::Float32,
        Dtype::Uint8 => TensorElementType::Uint8,
    }
}

fn shape(outlet: &Outlet) -> &[i64] {
    outlet.dtype().tensor_shape().map_or(&[], |shape| shape)
}

/// Whether `wanted` is a case of the model's shape, in which a negative size stands for any.
fn fits(model: &[i64], wanted: &[usize]) -> bool {
    let axis = |(&model, &wanted): (&i64, &usize)| model < 0 || usize::try_from(model).is_ok_and(|size| size == wanted);
    model.len() == wanted.len() && model.iter().zip(wanted).all(axis)
}

fn shown(shape: &[i64]) -> String {
    let sizes = shape.iter().map(|&size| if size < 0 { "any".to_owned() } else { size.to_string() });
    format!("[{}]", sizes.collect::<Vec<_>>().join(", "))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_dynamic_axis_fits_any_size_and_a_fixed_one_only_its_own() {
        assert!(fits(&[-1, 3, 224, 224], &[4, 3, 224, 224]));
        assert!(fits(&[4, 3], &[4, 3]));
        assert!(!fits(&[8, 3], &[4, 3]));
        assert!(!fits(&[-1, 3], &[4, 3, 1]));
        assert_eq!(shown(&[-1, 3]), "[any, 3]");
    }
}
