//! Well-spread random numbers as a pure function of (seed, pixel, sample, dimension).
//!
//! Padded Owen-scrambled Sobol' points: B. Burley, "Practical Hash-based Owen Scrambling", JCGT
//! 9(4), 2020. Every dimension, or pair of them, takes the first two Sobol' dimensions, scrambled
//! and in an order of its own; the scramble is Laine and Karras's hash as improved by N. Vegdahl
//! ("Building a Better LK Hash", 2021). Any power-of-two prefix is stratified, so the plan of
//! passes does not matter, and the number of samples need not be known.

use glam::Vec2;

/// The random numbers of one sample of one pixel.
#[derive(Clone, Debug)]
pub struct Sampler {
    pixel: u32,
    sample: u32,
    dimension: u32,
}

impl Sampler {
    /// The numbers of sample `sample` of the pixel at (x, y) of the frame.
    #[must_use]
    pub fn new(seed: u64, x: u32, y: u32, sample: u32) -> Self {
        let seed = hash(seed as u32 ^ hash((seed >> 32) as u32 ^ 0x9e37_79b9));
        Self {
            pixel: hash(x ^ hash(y ^ seed)),
            sample,
            dimension: 0,
        }
    }

    /// The next number, in [0, 1).
    pub fn next_1d(&mut self) -> f32 {
        let key = self.next_key();
        let index = owen_scramble(self.sample, key);
        to_unit(owen_scramble(index.reverse_bits(), hash(key ^ 0xa511_e9b3)))
    }

    /// The next point of the unit square, stratified in both dimensions together.
    pub fn next_2d(&mut self) -> Vec2 {
        let key = self.next_key();
        let index = owen_scramble(self.sample, key);
        let x = owen_scramble(index.reverse_bits(), hash(key ^ 0xa511_e9b3));
        let y = owen_scramble(sobol_second(index), hash(key ^ 0x63d8_3595));
        Vec2::new(to_unit(x), to_unit(y))
    }

    fn next_key(&mut self) -> u32 {
        self.dimension += 1;
        hash(self.pixel ^ hash(self.dimension))
    }
}

/// The largest 24-bit fraction of 1, so that the result is below 1.
fn to_unit(bits: u32) -> f32 {
    (bits >> 8) as f32 * (1.0 / 16_777_216.0)
}

/// A good mixer of 32 bits (C. Wellons, "hash prospector", `lowbias32`).
fn hash(mut x: u32) -> u32 {
    x ^= x >> 16;
    x = x.wrapping_mul(0x7feb_352d);
    x ^= x >> 15;
    x = x.wrapping_mul(0x846c_a68b);
    x ^ (x >> 16)
}

/// Flips each bit depending on the higher ones: a nested uniform scramble of a fraction.
fn owen_scramble(fraction: u32, key: u32) -> u32 {
    let mut x = fraction.reverse_bits();
    x ^= x.wrapping_mul(0x3d20_adea);
    x = x.wrapping_add(key);
    x = x.wrapping_mul((key >> 16) | 1);
    x ^= x.wrapping_mul(0x0552_6c56);
    x ^= x.wrapping_mul(0x53a2_2864);
    x.reverse_bits()
}

/// The second Sobol' dimension. Its matrix is Pascal's triangle modulo 2, a Kronecker power of
/// [[1, 1], [0, 1]], so it is applied in five steps.
fn sobol_second(mut index: u32) -> u32 {
    index ^= (index >> 1) & 0x5555_5555;
    index ^= (index >> 2) & 0x3333_3333;
    index ^= (index >> 4) & 0x0f0f_0f0f;
    index ^= (index >> 8) & 0x00ff_00ff;
    index ^= (index >> 16) & 0x0000_ffff;
    index.reverse_bits()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_second_dimension_begins_as_sobol_found_it() {
        let got: Vec<f32> = (0..8).map(|i| to_unit(sobol_second(i))).collect();
        assert_eq!(got, [0.0, 0.5, 0.75, 0.25, 0.625, 0.125, 0.375, 0.875]);
    }

    #[test]
    fn a_power_of_two_samples_hit_every_elementary_interval_once() {
        const BITS: u32 = 6;
        const N: u32 = 1 << BITS;
        for (x, y) in [(0, 0), (17, 5), (1919, 1079)] {
            let mut points = Vec::new();
            for sample in 0..N {
                let mut sampler = Sampler::new(7, x, y, sample);
                sampler.next_1d();
                points.push(sampler.next_2d());
            }
            for columns_log2 in 0..=BITS {
                let (columns, rows) = (1 << columns_log2, N >> columns_log2);
                let mut hits = vec![0; N as usize];
                for p in &points {
                    let cell = (p.x * columns as f32) as u32 + columns * (p.y * rows as f32) as u32;
                    hits[cell as usize] += 1;
                }
                assert!(hits.iter().all(|&n| n == 1), "{columns} x {rows}: {hits:?}");
            }
        }
    }

    #[test]
    fn numbers_are_uniform_over_pixels_and_dimensions() {
        const BINS: usize = 64;
        for dimension in 0..6 {
            let mut counts = [0_u32; BINS];
            for pixel in 0..16_384 {
                let mut sampler = Sampler::new(3, pixel % 128, pixel / 128, 5);
                let value = (0..=dimension).map(|_| sampler.next_1d()).last();
                counts[(value.unwrap_or(0.0) * BINS as f32) as usize] += 1;
            }
            let expected = 16_384.0 / BINS as f64;
            let chi2: f64 = counts
                .iter()
                .map(|&n| (f64::from(n) - expected).powi(2) / expected)
                .sum();
            // 63 degrees of freedom: beyond 115 only once in 10,000.
            assert!(chi2 < 115.0, "dimension {dimension}: {chi2}");
        }
    }

    #[test]
    fn dimensions_and_pixels_are_uncorrelated() {
        const N: u32 = 4096;
        let mean_product = |value: &dyn Fn(u32) -> (f32, f32)| {
            (0..N)
                .map(|i| {
                    let (a, b) = value(i);
                    (f64::from(a) - 0.5) * (f64::from(b) - 0.5) * 12.0
                })
                .sum::<f64>()
                / f64::from(N)
        };
        let neighbours = mean_product(&|i| {
            let value = |x| Sampler::new(1, x, 9, 0).next_1d();
            (value(i), value(i + 1))
        });
        let dimensions = mean_product(&|i| {
            let mut sampler = Sampler::new(1, 4, 4, i);
            (sampler.next_1d(), sampler.next_1d())
        });
        assert!(neighbours.abs() < 0.06, "{neighbours}");
        assert!(dimensions.abs() < 0.06, "{dimensions}");
    }
}
