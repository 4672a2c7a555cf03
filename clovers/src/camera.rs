//! The thin-lens camera.

use glam::{DVec3, Vec2, Vec3};

use crate::{math::Ray, sampling::warp, scene::file::CameraDescription};

/// A camera without a frame: the aspect comes with the picture.
#[derive(Clone, Copy, Debug)]
pub struct Camera {
    eye: Vec3,
    /// Right in the image.
    u: Vec3,
    /// Up in the image.
    v: Vec3,
    /// Against the view.
    w: Vec3,
    /// Tangent of half the vertical field of view.
    half_height: f32,
    lens_radius: f32,
    focus_distance: f32,
}

/// A point of what the camera samples; all are uniform on the unit interval or square.
#[derive(Clone, Copy, Debug)]
pub struct CameraSample {
    /// Place on the lens.
    pub lens: Vec2,
    /// Share of the time the shutter is open.
    pub time: f32,
}

impl CameraSample {
    /// Through the middle of the lens as the shutter opens.
    pub const MIDDLE: Self = Self {
        lens: Vec2::splat(0.5),
        time: 0.0,
    };
}

impl Camera {
    /// The camera of a checked description.
    #[must_use]
    pub fn new(description: &CameraDescription) -> Self {
        let CameraDescription {
            look_from,
            look_at,
            up,
            vertical_fov,
            aperture,
            focus_distance,
        } = *description;
        let w = (look_from - look_at).normalize();
        let u = up.normalize().cross(w).normalize();
        let v = w.cross(u);
        let single = |v: DVec3| v.as_vec3();
        Self {
            eye: single(look_from),
            u: single(u),
            v: single(v),
            w: single(w),
            half_height: (vertical_fov.to_radians() / 2.0).tan() as f32,
            lens_radius: (aperture / 2.0) as f32,
            focus_distance: focus_distance as f32,
        }
    }

    /// The ray through a point of a frame.
    ///
    /// `film` is in pixels, y down; `size` is that of the frame.
    #[must_use]
    pub fn ray(&self, film: Vec2, size: Vec2, sample: CameraSample) -> Ray {
        let time = sample.time;
        // Square pixels: both axes in halves of the height.
        let x = (2.0 * film.x - size.x) / size.y * self.half_height;
        let y = (size.y - 2.0 * film.y) / size.y * self.half_height;
        let toward = x * self.u + y * self.v - self.w;
        if self.lens_radius <= 0.0 {
            return Ray {
                origin: self.eye,
                direction: toward.normalize(),
                time,
            };
        }
        // All rays of a film point meet on the plane of focus.
        let disc = self.lens_radius * warp::square_to_disc(sample.lens);
        let shift = disc.x * self.u + disc.y * self.v;
        Ray {
            origin: self.eye + shift,
            direction: (toward * self.focus_distance - shift).normalize(),
            time,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn camera(aperture: f64) -> Camera {
        Camera::new(&CameraDescription {
            look_from: DVec3::new(0.0, 0.0, -10.0),
            look_at: DVec3::ZERO,
            up: DVec3::Y,
            vertical_fov: 90.0,
            aperture,
            focus_distance: 10.0,
        })
    }

    fn lens(lens: Vec2) -> CameraSample {
        CameraSample { lens, time: 0.25 }
    }

    const SIZE: Vec2 = Vec2::new(200.0, 100.0);

    #[test]
    fn looking_along_z_plus_x_is_on_the_left_and_plus_y_at_the_top() {
        let camera = camera(0.0);
        let ray = |x, y| {
            camera
                .ray(Vec2::new(x, y), SIZE, lens(Vec2::ZERO))
                .direction
        };
        assert!((ray(100.0, 50.0) - Vec3::Z).length() < 1e-6);
        assert!(ray(0.0, 50.0).x > 0.8);
        assert!(ray(100.0, 0.0).y > 0.7);
        // 90 degrees: the top edge is as high as far.
        let top = ray(100.0, 0.0);
        assert!((top.y - top.z).abs() < 1e-6);
        let left = ray(0.0, 50.0);
        assert!((left.x - 2.0 * left.z).abs() < 1e-6);
    }

    #[test]
    fn all_rays_of_a_film_point_meet_on_the_plane_of_focus() {
        let camera = camera(2.0);
        let film = Vec2::new(30.0, 70.0);
        let meeting = |place| {
            let ray = camera.ray(film, SIZE, lens(place));
            assert_eq!(ray.time, 0.25);
            ray.at((0.0 - ray.origin.z) / ray.direction.z)
        };
        let middle = meeting(Vec2::splat(0.5));
        for place in [Vec2::ZERO, Vec2::new(0.9, 0.2), Vec2::new(0.1, 0.99)] {
            assert!((meeting(place) - middle).length() < 1e-4);
            let origin = camera.ray(film, SIZE, lens(place)).origin;
            assert!(origin.distance(camera.eye) <= 1.0 + 1e-6);
        }
    }

    #[test]
    fn rays_start_evenly_all_over_the_lens() {
        use crate::sampling::chi2::{Total, check_square};
        let camera = camera(3.0);
        check_square(
            "lens",
            Total::ONE,
            |random| {
                let ray = camera.ray(Vec2::new(30.0, 70.0), SIZE, lens(random.pair()));
                let shift = (ray.origin - camera.eye).as_dvec3();
                let turn = shift.y.atan2(shift.x) / std::f64::consts::TAU;
                let place = glam::dvec2(shift.length_squared() / 2.25, turn.rem_euclid(1.0));
                Some(place)
            },
            |_| 1.0,
        );
    }
}
