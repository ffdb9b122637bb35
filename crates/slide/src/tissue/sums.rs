//! Counting of marked pixels in any rectangle in constant time (summed-area table, Crow 1984).

/// Marked pixels above and to the left of each corner of the pixel grid.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Sums {
    stride: usize,
    corners: Vec<u32>,
}

impl Sums {
    /// Sums over `width * height` pixels; `marked` is asked once for each, in row order.
    pub(super) fn of(width: usize, height: usize, marked: impl Fn(usize) -> bool) -> Self {
        let stride = width + 1;
        let mut corners = vec![0u32; stride * (height + 1)];
        for y in 0..height {
            let mut line = 0;
            for x in 0..width {
                line += u32::from(marked(y * width + x));
                corners[(y + 1) * stride + x + 1] = corners[y * stride + x + 1] + line;
            }
        }
        Self { stride, corners }
    }

    /// Marked pixels with `left <= x < right` and `top <= y < bottom`.
    pub(super) fn count(&self, (left, right): (usize, usize), (top, bottom): (usize, usize)) -> u32 {
        let corner = |x: usize, y: usize| self.corners[y * self.stride + x];
        corner(right, bottom) + corner(left, top) - corner(left, bottom) - corner(right, top)
    }
}
