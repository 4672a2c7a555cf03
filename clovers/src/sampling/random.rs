//! Random numbers that are only random, for tests: those of [`Sampler`](super::Sampler) are spread
//! too evenly for tests that expect chance.

use glam::Vec2;

/// Random numbers, one after the other (G. Steele et al., "Fast Splittable Pseudorandom Number
/// Generators", 2014).
pub(crate) struct Random(pub(crate) u64);

impl Random {
    /// In [0, 1).
    pub(crate) fn next(&mut self) -> f32 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        ((z ^ (z >> 31)) >> 40) as f32 * (1.0 / 16_777_216.0)
    }

    /// A point of the unit square.
    pub(crate) fn pair(&mut self) -> Vec2 {
        Vec2::new(self.next(), self.next())
    }
}
