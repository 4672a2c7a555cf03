//! Rays that every engine gets alike.
//!
//! The first hits are found by drawing the triangles one by one with a depth buffer, in double
//! precision, so that the rays are the same whatever any engine makes of them.

use glam::{DMat3, DVec3, Vec3, dvec3};

use crate::{meshes::IndexedMesh, random::uniform};

/// Rays side by side; directions have unit length.
#[derive(Default)]
pub(crate) struct Rays {
    pub(crate) origins: Vec<Vec3>,
    pub(crate) directions: Vec<Vec3>,
}

impl Rays {
    fn push(&mut self, origin: DVec3, direction: DVec3) {
        self.origins.push(origin.as_vec3());
        self.directions.push(direction.as_vec3().normalize());
    }
}

/// A pinhole camera that sees a knot in most of a square frame.
struct Camera {
    eye: DVec3,
    /// Columns: right, up, forward.
    axes: DMat3,
    /// Half the width of the frame at distance 1.
    half_width: f64,
    size: u32,
}

impl Camera {
    fn of_knot(size: u32) -> Self {
        let eye = dvec3(2.1, -3.4, 9.5);
        let forward = (dvec3(0.0, 0.1, 0.0) - eye).normalize();
        let right = forward.cross(DVec3::Y).normalize();
        Self {
            eye,
            axes: DMat3::from_cols(right, right.cross(forward), forward),
            half_width: 0.29,
            size,
        }
    }

    /// The direction through the middle of a pixel.
    fn direction(&self, x: u32, y: u32) -> DVec3 {
        let along = |pixel: u32| (2.0 * (f64::from(pixel) + 0.5) / f64::from(self.size)) - 1.0;
        let film = dvec3(along(x), -along(y), 0.0) * self.half_width + DVec3::Z;
        (self.axes * film).normalize()
    }

    /// Where a point is seen, in pixels.
    fn project(&self, point: DVec3) -> [f64; 2] {
        let seen = self.axes.transpose() * (point - self.eye);
        let pixels = |share: f64| (share + 1.0) / 2.0 * f64::from(self.size);
        let film = seen / (seen.z * self.half_width);
        [pixels(film.x), pixels(-film.y)]
    }
}

/// One ray through the middle of every pixel, row by row.
pub(crate) fn primary(size: u32) -> Rays {
    let camera = Camera::of_knot(size);
    let mut rays = Rays::default();
    for y in 0..size {
        for x in 0..size {
            rays.push(camera.eye, camera.direction(x, y));
        }
    }
    rays
}

/// From every first hit one ray in a direction chosen by its cosine to the normal.
pub(crate) fn bounce(mesh: &IndexedMesh, size: u32, seed: u64) -> Rays {
    let camera = Camera::of_knot(size);
    let mut rays = Rays::default();
    for (pixel, hit) in first_hits(mesh, &camera).into_iter().enumerate() {
        let Some(hit) = hit else { continue };
        let number = |dimension| uniform([seed, pixel as u64, dimension]);
        // The normal plus a point on the unit sphere.
        let (z, angle) = (2.0 * number(0) - 1.0, std::f64::consts::TAU * number(1));
        let flat = (1.0 - z * z).max(0.0).sqrt();
        let on_sphere = dvec3(flat * angle.cos(), flat * angle.sin(), z);
        let direction = (hit.normal + on_sphere).normalize_or(hit.normal);
        // Far enough to be on the right side of the triangle in single precision.
        rays.push(hit.point + 2e-5 * hit.normal, direction);
    }
    rays
}

#[derive(Clone, Copy)]
struct FirstHit {
    distance: f64,
    point: DVec3,
    /// Geometric, on the side of the camera.
    normal: DVec3,
}

fn first_hits(mesh: &IndexedMesh, camera: &Camera) -> Vec<Option<FirstHit>> {
    let size = camera.size;
    let mut hits: Vec<Option<FirstHit>> = vec![None; (size * size) as usize];
    for corners in mesh.corners() {
        let corners = corners.map(Vec3::as_dvec3);
        let seen = corners.map(|corner| camera.project(corner));
        let [columns, rows] = [0, 1].map(|axis| {
            let low = seen.iter().map(|p| p[axis]).fold(f64::INFINITY, f64::min);
            let high = seen.iter().map(|p| p[axis]).fold(0.0, f64::max);
            low.max(0.0) as u32..(high.ceil() as u32 + 1).min(size)
        });
        for y in rows {
            for x in columns.clone() {
                let nearest = &mut hits[(y * size + x) as usize];
                let limit = nearest.map_or(f64::INFINITY, |hit| hit.distance);
                let hit = meet(&corners, camera.eye, camera.direction(x, y));
                if let Some(hit) = hit.filter(|hit| hit.distance < limit) {
                    *nearest = Some(hit);
                }
            }
        }
    }
    hits
}

/// T. Möller and B. Trumbore, "Fast, Minimum Storage Ray/Triangle Intersection", 1997.
fn meet([a, b, c]: &[DVec3; 3], origin: DVec3, direction: DVec3) -> Option<FirstHit> {
    let (u, v) = (b - a, c - a);
    let p = direction.cross(v);
    let scale = 1.0 / u.dot(p);
    let from_a = origin - a;
    let q = from_a.cross(u);
    let (weight_b, weight_c) = (from_a.dot(p) * scale, direction.dot(q) * scale);
    let distance = v.dot(q) * scale;
    let inside = weight_b >= 0.0 && weight_c >= 0.0 && weight_b + weight_c <= 1.0;
    let normal = u.cross(v).normalize();
    (inside && distance > 0.0).then(|| FirstHit {
        distance,
        point: origin + distance * direction,
        normal: if normal.dot(direction) > 0.0 {
            -normal
        } else {
            normal
        },
    })
}
