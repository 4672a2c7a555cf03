//! Memory for pictures as planes, with room around each row so that vectors may reach beyond it.

use std::ops::Range;

use rayon::prelude::*;

/// Columns before the first and behind the last: as far as the last pass reaches.
pub(super) const PAD: usize = 8;

/// The most vectors of a segment.
pub(super) const SEGMENT: usize = 20;

/// What is read of a plane for a segment of a row: its pixels, and [`PAD`] more on both sides. Its
/// length is known to the compiler, which then does not check each access.
pub(super) type Window = [f32; WINDOW];

const WINDOW: usize = PAD + 8 * SEGMENT + PAD;

/// Rows of `N` planes: one row of the first plane, of the second, and so on.
#[derive(Debug, Default)]
pub(super) struct Blocks<const N: usize> {
    values: Vec<f32>,
    size: (usize, usize),
    stride: usize,
}

impl<const N: usize> Blocks<N> {
    /// Makes room for a picture. `outside` are the values around it; those inside are anything.
    pub(super) fn resize(&mut self, width: usize, height: usize, outside: [f32; N]) {
        if self.size == (width, height) {
            return;
        }
        self.size = (width, height);
        self.stride = PAD + width.next_multiple_of(8) + PAD;
        self.values.clear();
        if outside == [0.0; N] {
            // Fresh zeros come from the system without being written.
            self.values = vec![0.0; N * self.stride * height + WINDOW];
            return;
        }
        self.values.reserve_exact(N * self.stride * height + WINDOW);
        for _ in 0..height {
            for value in outside {
                self.values.resize(self.values.len() + self.stride, value);
            }
        }
        self.values.resize(self.values.len() + WINDOW, 0.0);
    }

    /// Columns and rows of the picture.
    pub(super) fn size(&self) -> (usize, usize) {
        self.size
    }

    /// From a row of one plane to that of the next.
    pub(super) fn stride(&self) -> usize {
        self.stride
    }

    /// The planes of a row.
    pub(super) fn row(&self, y: usize) -> &[f32] {
        &self.values[y * N * self.stride..][..N * self.stride]
    }

    /// What is read of one plane for the segment of a row that begins with a column. Behind the
    /// row it goes on with anything.
    #[inline(always)]
    pub(super) fn window(&self, plane: usize, y: usize, x: usize) -> &Window {
        let start = (y * N + plane) * self.stride + x;
        self.values[start..]
            .first_chunk()
            .expect("there is room behind the last row")
    }

    pub(super) fn rows_mut(&mut self) -> rayon::slice::ChunksExactMut<'_, f32> {
        let length = N * self.stride * self.size.1;
        self.values[..length].par_chunks_exact_mut(N * self.stride)
    }

    /// As [`Self::rows_mut`], several rows at a time.
    pub(super) fn bands_mut(&mut self, rows: usize) -> rayon::slice::ChunksMut<'_, f32> {
        let length = N * self.stride * self.size.1;
        self.values[..length].par_chunks_mut(rows * N * self.stride)
    }
}

/// Vectors of a row, cut so that what is read of them stays in the nearest cache.
pub(super) fn segments(width: usize) -> impl Iterator<Item = Range<usize>> {
    let vectors = width.div_ceil(8);
    (0..vectors)
        .step_by(SEGMENT)
        .map(move |first| first..vectors.min(first + SEGMENT))
}
