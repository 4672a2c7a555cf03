//! Choice of a light by what it could give at a place.
//!
//! The weight of a light is its power over the squared distance to its middle, but no closer than
//! its own size, and 0 behind a flat light: an estimate of the irradiance as in light trees
//! (A. Conty Estevez and C. Kulla, 2018), over a plain list. So it suits some hundred lights.

use glam::Vec3;
use wide::f32x8;

use super::{Light, Plane};

/// More lights than this take longer to weigh than the better choice is worth.
pub(super) const MOST: usize = 256;

const LANES: usize = 8;

/// Eight lights side by side, for vector registers; missing ones have no power.
#[derive(Clone, Copy, Debug)]
#[repr(C, align(32))]
struct Pack {
    middle: [[f32; LANES]; 3],
    /// Square of half the diagonal.
    size_squared: [f32; LANES],
    /// Relative to the strongest light.
    power: [f32; LANES],
    /// The plane a flat light shines away from: normal and offset.
    normal: [[f32; LANES]; 3],
    offset: [f32; LANES],
}

const EMPTY: Pack = Pack {
    middle: [[0.0; LANES]; 3],
    size_squared: [1.0; LANES],
    power: [0.0; LANES],
    normal: [[0.0; LANES]; 3],
    offset: [-1.0; LANES],
};

impl Pack {
    fn weights(&self, from: Vec3) -> f32x8 {
        let [x, y, z] = from.to_array().map(f32x8::splat);
        let lanes = |values: [f32; LANES]| f32x8::from(values);
        let [mx, my, mz] = self.middle.map(lanes);
        let (ax, ay, az) = (x - mx, y - my, z - mz);
        let distance_squared = ax * ax + ay * ay + az * az;
        let [nx, ny, nz] = self.normal.map(lanes);
        let height = x * nx + y * ny + z * nz - lanes(self.offset);
        let weight = lanes(self.power) / distance_squared.fast_max(lanes(self.size_squared));
        weight & height.simd_gt(f32x8::ZERO)
    }
}

/// What is needed to weigh lights at a place.
#[derive(Debug)]
pub(super) struct Nearness {
    packs: Vec<Pack>,
}

/// Weights of all lights at a place.
pub(super) struct Weights<'a> {
    lights: &'a Nearness,
    from: Vec3,
    total: f32,
}

impl Nearness {
    pub(super) fn memory_bytes(&self) -> usize {
        self.packs.capacity() * size_of::<Pack>()
    }

    /// `None` when there are too many lights.
    pub(super) fn new(lights: &[Light]) -> Option<Self> {
        if lights.len() > MOST {
            return None;
        }
        let strongest = lights.iter().map(|light| light.power).fold(0.0, f32::max);
        let strongest = if strongest > 0.0 { strongest } else { 1.0 };
        let mut packs = vec![EMPTY; lights.len().div_ceil(LANES)];
        for (index, light) in lights.iter().enumerate() {
            let (pack, lane) = (&mut packs[index / LANES], index % LANES);
            let middle = light.bounds.center();
            let size_squared = 0.25 * light.bounds.size().length_squared();
            pack.size_squared[lane] = size_squared.max(1e-30);
            pack.power[lane] = light.power / strongest;
            for axis in 0..3 {
                pack.middle[axis][lane] = middle[axis];
            }
            if let Some(Plane { point, normal }) = light.plane {
                for axis in 0..3 {
                    pack.normal[axis][lane] = normal[axis];
                }
                // Not exactly at the plane: its place is rounded, a light in reach must count.
                let room = 1e-5 * (middle.abs().max_element() + size_squared.sqrt());
                pack.offset[lane] = normal.dot(point) - room;
            }
        }
        Some(Self { packs })
    }

    pub(super) fn weights(&self, from: Vec3) -> Weights<'_> {
        let packs = self.packs.iter().map(|pack| pack.weights(from));
        let sums = packs.fold(f32x8::ZERO, |sums, weights| sums + weights);
        Weights {
            lights: self,
            from,
            total: sums.to_array().iter().sum(),
        }
    }
}

impl Weights<'_> {
    /// The light in whose part `u` lies, and its probability.
    pub(super) fn choose(&self, u: f32) -> Option<(usize, f32)> {
        if self.total <= 0.0 {
            return None;
        }
        let goal = u * self.total;
        let mut sum = 0.0;
        let mut last = None;
        'packs: for (pack, lights) in self.lights.packs.iter().enumerate() {
            for (lane, weight) in lights.weights(self.from).to_array().into_iter().enumerate() {
                if weight > 0.0 {
                    last = Some((pack * LANES + lane, weight));
                    sum += weight;
                    if goal < sum {
                        break 'packs;
                    }
                }
            }
        }
        // Rounding may leave the goal a little beyond the last sum: then the last light it is.
        last.map(|(light, weight)| (light, weight / self.total))
    }

    pub(super) fn probability(&self, light: usize) -> f32 {
        if self.total <= 0.0 {
            return 0.0;
        }
        let pack = &self.lights.packs[light / LANES];
        let weight = pack.weights(self.from).to_array()[light % LANES];
        weight / self.total
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::math::Aabb;

    fn light(at: Vec3, power: f32, normal: Option<Vec3>) -> Light {
        Light {
            shape: crate::shapes::ShapeId::of_object(0),
            power,
            bounds: Aabb::around([at - 0.5, at + 0.5]),
            plane: normal.map(|normal| Plane { point: at, normal }),
            beam: crate::lights::Beam::Front,
        }
    }

    #[test]
    fn near_strong_lights_that_face_the_place_are_preferred() {
        let lights = [
            light(Vec3::X * 10.0, 1.0, None),
            light(Vec3::X * 20.0, 4.0, None),
            light(Vec3::Y * 10.0, 1.0, Some(Vec3::Y)),
            light(Vec3::Y * 10.0, 1.0, Some(Vec3::NEG_Y)),
        ];
        let nearness = Nearness::new(&lights).expect("four are not too many");
        let weights = nearness.weights(Vec3::ZERO);
        let chances: Vec<f32> = (0..4).map(|i| weights.probability(i)).collect();
        assert!((chances[0] - 1.0 / 3.0).abs() < 1e-6);
        assert!((chances[1] - 1.0 / 3.0).abs() < 1e-6);
        assert_eq!(chances[2], 0.0);
        for (u, expected) in [(0.0, 0), (0.3, 0), (0.4, 1), (0.7, 3), (0.999_999_94, 3)] {
            assert_eq!(weights.choose(u), Some((expected, chances[expected])));
        }
    }

    #[test]
    fn behind_all_lights_none_is_chosen() {
        let lights = [light(Vec3::ZERO, 1.0, Some(Vec3::Y))];
        let nearness = Nearness::new(&lights).expect("one is not too many");
        assert_eq!(nearness.weights(Vec3::NEG_Y).choose(0.5), None);
        assert_eq!(nearness.weights(Vec3::NEG_Y).probability(0), 0.0);
    }
}
