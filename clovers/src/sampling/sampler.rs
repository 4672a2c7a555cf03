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
    /// What the dimensions of this pixel are scrambled by.
    pixel: u32,
    /// The bits of the number of the sample, mirrored at the point.
    sample: u32,
    dimension: u32,
    curve: Option<Curve>,
}

/// The samples of a whole picture along a curve through its pixels.
#[derive(Clone, Debug)]
struct Curve {
    /// What the dimensions of the picture are scrambled by.
    picture: u32,
    /// The place on the curve, of so many base-4 digits.
    index: u64,
    digits: u32,
}

/// The dimensions that are spread over pixels: those of the camera and of the first scattering
/// events. In later ones nobody could see it.
const SPREAD_DIMENSIONS: u32 = 16;

impl Sampler {
    /// The numbers of sample `sample` of the pixel at (x, y) of the frame.
    #[must_use]
    pub fn independent(seed: u64, x: u32, y: u32, sample: u32) -> Self {
        Self {
            pixel: hash(x ^ hash(y ^ hash_seed(seed))),
            sample: sample.reverse_bits(),
            dimension: 0,
            curve: None,
        }
    }

    /// The same for pictures whose noise is blue, of `samples` in all for each pixel.
    ///
    /// A. Ahmed and P. Wonka, "Screen-Space Blue-Noise Diffusion of Monte Carlo Sampling Error
    /// via Hierarchical Ordering of Pixels", 2020: one sequence for the whole picture, dealt out
    /// along a Morton curve whose quarters are shuffled at every level, in each dimension anew.
    /// So every pixel, and every square block of pixels of a power of two, has a well-spread part.
    #[must_use]
    pub fn blue(seed: u64, x: u32, y: u32, sample: u32, samples: u32) -> Self {
        let bits = samples.max(1).next_power_of_two().trailing_zeros();
        // Whole base-4 digits for the samples of a pixel.
        let bits = bits.next_multiple_of(2);
        Self {
            curve: Some(Curve {
                picture: hash_seed(seed),
                index: morton(x, y) << bits | u64::from(sample),
                // Up to 65,536 pixels a side.
                digits: 16 + bits / 2,
            }),
            ..Self::independent(seed, x, y, sample)
        }
    }

    /// The next number, in [0, 1).
    pub fn next_1d(&mut self) -> f32 {
        let (index, key) = self.next_index();
        to_unit(scrambled(index as u32, hash(key ^ 0xa511_e9b3)))
    }

    /// The next point of the unit square, stratified in both dimensions together.
    pub fn next_2d(&mut self) -> Vec2 {
        let (index, key) = self.next_index();
        let x = scrambled(index as u32, hash(key ^ 0xa511_e9b3));
        let y = scrambled(sobol_second(index), hash(key ^ 0x63d8_3595));
        Vec2::new(to_unit(x), to_unit(y))
    }

    /// Leaves out the next dimension, or pair of them.
    pub fn skip(&mut self) {
        self.dimension += 1;
    }

    /// The place in the sequence of the next dimension, and what scrambles the dimension.
    fn next_index(&mut self) -> (u64, u32) {
        self.dimension += 1;
        match &self.curve {
            Some(curve) if self.dimension <= SPREAD_DIMENSIONS => {
                let key = hash(curve.picture ^ hash(self.dimension));
                (shuffle_quarters(curve.index, curve.digits, key), key)
            }
            _ => {
                let key = hash(self.pixel ^ hash(self.dimension));
                (u64::from(scrambled(self.sample, key)), key)
            }
        }
    }
}

fn hash_seed(seed: u64) -> u32 {
    hash(seed as u32 ^ hash((seed >> 32) as u32 ^ 0x9e37_79b9))
}

/// Interleaves the bits of two coordinates.
fn morton(x: u32, y: u32) -> u64 {
    let spread = |v: u32| {
        let mut v = u64::from(v);
        v = (v | v << 16) & 0x0000_ffff_0000_ffff;
        v = (v | v << 8) & 0x00ff_00ff_00ff_00ff;
        v = (v | v << 4) & 0x0f0f_0f0f_0f0f_0f0f;
        v = (v | v << 2) & 0x3333_3333_3333_3333;
        (v | v << 1) & 0x5555_5555_5555_5555
    };
    spread(x) | spread(y) << 1
}

/// Permutes each base-4 digit, in a way that depends on the digits above it.
fn shuffle_quarters(index: u64, digits: u32, key: u32) -> u64 {
    let mut shuffled = 0;
    for digit in (0..digits).rev() {
        let shift = 2 * digit;
        let above = index >> shift >> 2;
        let bits = hash((above as u32 ^ key).wrapping_add(0x9e37_79b9_u32.wrapping_mul(digit)));
        let value = (index >> shift & 3) as u32;
        shuffled |= u64::from(permute_quarter(value, bits)) << shift;
    }
    shuffled
}

/// One of the 24 permutations of four, each as likely as any.
fn permute_quarter(value: u32, bits: u32) -> u32 {
    // The affine maps over bit pairs are all of them: four shifts times six linear maps, of
    // which each sends 1 and 2 to two different ones of 1, 2, 3.
    let choice = ((u64::from(bits >> 2) * 6) >> 30) as u32;
    let one = 1 + choice / 2;
    let two = 1 + (one + choice % 2) % 3;
    let linear = ((value & 1) * one) ^ ((value >> 1) * two);
    linear ^ (bits & 3)
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

/// The fraction whose bits are those of an integer, mirrored at the point, after a nested uniform
/// scramble: each bit is flipped depending on the higher ones.
fn scrambled(mirrored: u32, key: u32) -> u32 {
    let mut x = mirrored;
    x ^= x.wrapping_mul(0x3d20_adea);
    x = x.wrapping_add(key);
    x = x.wrapping_mul((key >> 16) | 1);
    x ^= x.wrapping_mul(0x0552_6c56);
    x ^= x.wrapping_mul(0x53a2_2864);
    x.reverse_bits()
}

/// The second Sobol' dimension, mirrored at the point; the first is the index itself. Its matrix
/// is Pascal's triangle modulo 2, a Kronecker power of [[1, 1], [0, 1]], so it is applied in six
/// steps.
fn sobol_second(mut index: u64) -> u32 {
    index ^= (index >> 1) & 0x5555_5555_5555_5555;
    index ^= (index >> 2) & 0x3333_3333_3333_3333;
    index ^= (index >> 4) & 0x0f0f_0f0f_0f0f_0f0f;
    index ^= (index >> 8) & 0x00ff_00ff_00ff_00ff;
    index ^= (index >> 16) & 0x0000_ffff_0000_ffff;
    index ^= index >> 32;
    index as u32
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_second_dimension_begins_as_sobol_found_it() {
        let got: Vec<f32> = (0..8)
            .map(|i| to_unit(sobol_second(i).reverse_bits()))
            .collect();
        assert_eq!(got, [0.0, 0.5, 0.75, 0.25, 0.625, 0.125, 0.375, 0.875]);
    }

    #[test]
    fn a_power_of_two_samples_hit_every_elementary_interval_once() {
        const BITS: u32 = 6;
        const N: u32 = 1 << BITS;
        for (x, y) in [(0, 0), (17, 5), (1919, 1079)] {
            let mut points = Vec::new();
            for sample in 0..N {
                let mut sampler = Sampler::independent(7, x, y, sample);
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
    fn a_block_of_pixels_of_a_blue_picture_is_stratified_as_a_whole() {
        // 4 x 4 pixels of 4 samples are one net of 64 points, in every dimension.
        let mut cells = [[0; 64]; 3];
        for pixel in 0..16 {
            for sample in 0..4 {
                let (x, y) = (8 + pixel % 4, 20 + pixel / 4);
                let mut sampler = Sampler::blue(9, x, y, sample, 4);
                let p = sampler.next_2d();
                cells[0][(p.x * 8.0) as usize + 8 * (p.y * 8.0) as usize] += 1;
                cells[1][(p.x * 64.0) as usize] += 1;
                cells[2][(sampler.next_1d() * 64.0) as usize] += 1;
            }
        }
        assert_eq!(cells, [[1; 64]; 3]);
    }

    #[test]
    fn every_permutation_of_a_quarter_is_as_likely_as_any() {
        let mut counts = std::collections::BTreeMap::new();
        const N: u32 = 240_000;
        for i in 0..N {
            let bits = hash(i);
            let order = [0, 1, 2, 3].map(|value| permute_quarter(value, bits));
            *counts.entry(order).or_insert(0) += 1;
        }
        assert_eq!(counts.len(), 24);
        for (order, count) in counts {
            let mut sorted = order;
            sorted.sort_unstable();
            assert_eq!(sorted, [0, 1, 2, 3]);
            assert!(
                (i64::from(count) - 10_000).abs() < 500,
                "{order:?}: {count}"
            );
        }
    }

    #[test]
    fn numbers_are_uniform_over_pixels_and_dimensions() {
        const BINS: usize = 64;
        for dimension in 0..6 {
            let mut counts = [0_u32; BINS];
            for pixel in 0..16_384 {
                let mut sampler = Sampler::independent(3, pixel % 128, pixel / 128, 5);
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
            let value = |x| Sampler::independent(1, x, 9, 0).next_1d();
            (value(i), value(i + 1))
        });
        let dimensions = mean_product(&|i| {
            let mut sampler = Sampler::independent(1, 4, 4, i);
            (sampler.next_1d(), sampler.next_1d())
        });
        assert!(neighbours.abs() < 0.06, "{neighbours}");
        assert!(dimensions.abs() < 0.06, "{dimensions}");
    }
}
