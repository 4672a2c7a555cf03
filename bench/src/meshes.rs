//! Meshes like statues: a thick knot under several octaves of bumps, its triangles of all sizes.

use std::f64::consts::TAU;

use glam::{DVec3, IVec3, Vec3, dvec3};

use crate::random::uniform;

/// Triangles that share vertices, counter-clockwise as seen from outside.
pub(crate) struct IndexedMesh {
    pub(crate) vertices: Vec<Vec3>,
    pub(crate) triangles: Vec<[u32; 3]>,
}

impl IndexedMesh {
    pub(crate) fn corners(&self) -> impl ExactSizeIterator<Item = [Vec3; 3]> {
        self.triangles
            .iter()
            .map(|corners| corners.map(|index| self.vertices[index as usize]))
    }
}

/// Before bumps.
const TUBE_RADIUS: f64 = 0.85;
/// Of the knot, over the girth of the tube: triangles are about as long as wide on average.
const LENGTH_PER_GIRTH: f64 = 5.4;

/// About that many triangles; the same shape for any number, with finer bumps for more.
pub(crate) fn knot(about: u32) -> IndexedMesh {
    let cells = f64::from(about) / 2.0;
    let around = (cells / LENGTH_PER_GIRTH).sqrt().round().max(3.0) as u32;
    let along = (cells / f64::from(around)).round().max(3.0) as u32;
    let index = |i: u32, j: u32| (i % along) * around + j % around;

    let places = (0..along).flat_map(|i| (0..around).map(move |j| (i, j)));
    let vertices = places.clone().map(|(i, j)| {
        let jitter = |salt| 0.6 * (uniform([salt, i.into(), j.into()]) - 0.5);
        let u = (f64::from(i) + jitter(1)) / f64::from(along);
        let v = (f64::from(j) + jitter(2)) / f64::from(around);
        // Some parts get many more triangles than others. The slope stays positive.
        let u = u + 0.03 * (TAU * 3.0 * u).sin() + 0.005 * (TAU * 11.0 * u).sin();
        let v = v + 0.06 * (TAU * 2.0 * v).sin();
        bumpy_tube(TAU * u, TAU * v).as_vec3()
    });
    let triangles = places.flat_map(|(i, j)| {
        let [a, b] = [index(i, j), index(i + 1, j)];
        let [d, c] = [index(i, j + 1), index(i + 1, j + 1)];
        if uniform([3, i.into(), j.into()]) < 0.5 {
            [[a, b, c], [a, c, d]]
        } else {
            [[a, b, d], [b, c, d]]
        }
    });
    IndexedMesh {
        vertices: vertices.collect(),
        triangles: triangles.collect(),
    }
}

/// A point at `t` along the trefoil knot and `angle` around it.
fn bumpy_tube(t: f64, angle: f64) -> DVec3 {
    let (sin1, cos1) = t.sin_cos();
    let (sin2, cos2) = (2.0 * t).sin_cos();
    let (sin3, cos3) = (3.0 * t).sin_cos();
    let point = dvec3(sin1 + 2.0 * sin2, cos1 - 2.0 * cos2, -sin3);
    let velocity = dvec3(cos1 + 4.0 * cos2, -sin1 + 4.0 * sin2, -3.0 * cos3);
    let bend = dvec3(-sin1 - 8.0 * sin2, -cos1 + 8.0 * cos2, 9.0 * sin3);
    // The trefoil bends everywhere, so this frame never flips.
    let side = velocity.cross(bend).normalize();
    let up = side.cross(velocity).normalize();
    let outward = side * angle.cos() + up * angle.sin();
    let on_tube = point + TUBE_RADIUS * outward;
    on_tube + bumps(on_tube) * outward
}

fn bumps(point: DVec3) -> f64 {
    (0..8)
        .map(|octave| {
            let scale = f64::from(1 << octave);
            0.22 / scale * value_noise(point * 1.3 * scale, octave as u64)
        })
        .sum()
}

/// Smooth values within -1 and 1: random at whole coordinates, blended between them.
fn value_noise(point: DVec3, octave: u64) -> f64 {
    let cell = point.floor();
    let within = point - cell;
    let blend = within * within * (3.0 - 2.0 * within);
    let cell = cell.as_ivec3();
    let mut sum = 0.0;
    for corner in 0..8 {
        let step = IVec3::new(corner & 1, (corner >> 1) & 1, corner >> 2);
        let near = |axis: usize| {
            if step[axis] == 1 {
                blend[axis]
            } else {
                1.0 - blend[axis]
            }
        };
        let key = (cell + step).to_array().map(|c| u64::from(c as u32));
        let value = 2.0 * uniform([4, octave, key[0], key[1], key[2]]) - 1.0;
        sum += near(0) * near(1) * near(2) * value;
    }
    sum
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn a_knot_is_closed_and_has_about_as_many_triangles_as_asked_for() {
        let mesh = knot(10_000);
        assert!(mesh.triangles.len().abs_diff(10_000) < 200);
        // Every edge belongs to two triangles, once each way.
        let mut edges = BTreeSet::new();
        for &[a, b, c] in &mesh.triangles {
            for edge in [(a, b), (b, c), (c, a)] {
                assert!(edges.insert(edge));
            }
        }
        assert!(edges.iter().all(|&(a, b)| edges.contains(&(b, a))));
    }

    #[test]
    fn the_knot_faces_outwards() {
        let mesh = knot(2_000);
        let volume: f32 = mesh.corners().map(|[a, b, c]| a.dot(b.cross(c))).sum();
        assert!(volume > 0.0);
    }
}
