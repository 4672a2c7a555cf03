//! A spectrum at the wavelengths of one path.

use std::ops::{Add, AddAssign, Mul, MulAssign};

use wide::f32x8;

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

    /// The values as a vector register.
    #[inline]
    pub(crate) fn lanes(self) -> f32x8 {
        f32x8::from(self.0)
    }

    /// The values of a vector register.
    #[inline]
    pub(crate) fn from_lanes(lanes: f32x8) -> Self {
        Self(lanes.to_array())
    }

    /// The largest value.
    #[must_use]
    pub fn max_value(&self) -> f32 {
        let v = &self.0;
        let pairs = [
            v[0].max(v[4]),
            v[1].max(v[5]),
            v[2].max(v[6]),
            v[3].max(v[7]),
        ];
        pairs[0].max(pairs[1]).max(pairs[2].max(pairs[3])).max(0.0)
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
        self.lanes().simd_eq(f32x8::ZERO).all()
    }

    /// Whether no value is infinite or not a number.
    #[must_use]
    pub fn is_finite(&self) -> bool {
        self.0.iter().all(|value| value.is_finite())
    }
}

impl Add for SampledSpectrum {
    type Output = Self;
    #[inline]
    fn add(self, other: Self) -> Self {
        Self::from_lanes(self.lanes() + other.lanes())
    }
}

impl AddAssign for SampledSpectrum {
    #[inline]
    fn add_assign(&mut self, other: Self) {
        *self = *self + other;
    }
}

impl Mul for SampledSpectrum {
    type Output = Self;
    #[inline]
    fn mul(self, other: Self) -> Self {
        Self::from_lanes(self.lanes() * other.lanes())
    }
}

impl MulAssign for SampledSpectrum {
    #[inline]
    fn mul_assign(&mut self, other: Self) {
        *self = *self * other;
    }
}

impl Mul<f32> for SampledSpectrum {
    type Output = Self;
    #[inline]
    fn mul(self, factor: f32) -> Self {
        Self::from_lanes(self.lanes() * factor)
    }
}

impl MulAssign<f32> for SampledSpectrum {
    #[inline]
    fn mul_assign(&mut self, factor: f32) {
        *self = *self * factor;
    }
}
