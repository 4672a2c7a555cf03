//! A spectrum at the wavelengths of one path.

use std::ops::{Add, AddAssign, Mul, MulAssign};

/// Wavelengths a path carries.
pub const LANES: usize = 8;

/// Values at the wavelengths of one path, lane by lane; laid out for vector registers.
#[derive(Clone, Copy, Debug, PartialEq)]
#[repr(C, align(32))]
pub struct SampledSpectrum(pub [f32; LANES]);

impl SampledSpectrum {
    /// 0 everywhere.
    pub const ZERO: Self = Self([0.0; LANES]);
    /// 1 everywhere.
    pub const ONE: Self = Self([1.0; LANES]);

    /// The same value at every wavelength.
    #[must_use]
    pub const fn flat(value: f32) -> Self {
        Self([value; LANES])
    }

    /// A value per lane.
    #[must_use]
    pub fn from_fn(value: impl FnMut(usize) -> f32) -> Self {
        Self(std::array::from_fn(value))
    }

    /// The largest value.
    #[must_use]
    pub fn max_value(&self) -> f32 {
        self.0.iter().copied().fold(0.0, f32::max)
    }

    /// The sum over the lanes, in a fixed order.
    #[must_use]
    pub fn sum(&self) -> f32 {
        let v = &self.0;
        ((v[0] + v[4]) + (v[1] + v[5])) + ((v[2] + v[6]) + (v[3] + v[7]))
    }

    /// Whether every value is 0.
    #[must_use]
    pub fn is_black(&self) -> bool {
        self.0 == [0.0; LANES]
    }

    /// Whether no value is infinite or not a number.
    #[must_use]
    pub fn is_finite(&self) -> bool {
        self.0.iter().all(|value| value.is_finite())
    }
}

impl Add for SampledSpectrum {
    type Output = Self;
    fn add(self, other: Self) -> Self {
        Self::from_fn(|i| self.0[i] + other.0[i])
    }
}

impl AddAssign for SampledSpectrum {
    fn add_assign(&mut self, other: Self) {
        *self = *self + other;
    }
}

impl Mul for SampledSpectrum {
    type Output = Self;
    fn mul(self, other: Self) -> Self {
        Self::from_fn(|i| self.0[i] * other.0[i])
    }
}

impl MulAssign for SampledSpectrum {
    fn mul_assign(&mut self, other: Self) {
        *self = *self * other;
    }
}

impl Mul<f32> for SampledSpectrum {
    type Output = Self;
    fn mul(self, factor: f32) -> Self {
        Self::from_fn(|i| self.0[i] * factor)
    }
}

impl MulAssign<f32> for SampledSpectrum {
    fn mul_assign(&mut self, factor: f32) {
        *self = *self * factor;
    }
}
