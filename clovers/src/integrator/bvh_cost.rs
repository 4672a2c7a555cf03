//! The work of finding what is seen, as colours.

use crate::{math::Ray, scene::Scene};

/// What is counted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Work {
    /// Boxes of the hierarchy that are tested.
    Boxes,
    /// Shapes that are tested.
    Primitives,
}

impl Work {
    /// How many of them are shown as white.
    #[must_use]
    pub fn white(self) -> f32 {
        match self {
            Self::Boxes => 256.0,
            Self::Primitives => 64.0,
        }
    }
}

/// The work for a camera ray as linear sRGB: from black by red and yellow to white.
#[must_use]
pub fn work_color(scene: &Scene, ray: &Ray, work: Work) -> [f32; 3] {
    let counts = scene.geometry.count_work(ray);
    let count = match work {
        Work::Boxes => counts.boxes,
        Work::Primitives => counts.primitives,
    };
    let heat = 3.0 * count as f32 / work.white();
    [heat, heat - 1.0, heat - 2.0].map(|value| value.clamp(0.0, 1.0))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::scene::{NoMeshes, SceneFile};
    use glam::Vec3;
    use serde_json::json;

    #[test]
    fn a_ray_into_a_crowd_costs_more_than_one_past_it() {
        let objects: Vec<_> = (0..64)
            .map(|i| json!({ "kind": "Sphere", "center": [i, 0, 0], "radius": 0.1 }))
            .collect();
        let file = json!({
            "time_0": 0, "time_1": 1, "background_color": [1, 1, 1], "objects": objects,
            "camera": {
                "look_from": [0, 0, 1], "look_at": [0, 0, 0], "up": [0, 1, 0],
                "vertical_fov": 40, "aperture": 0, "focus_distance": 1
            }
        });
        let file = SceneFile::parse(&file).expect("it is right").file;
        let scene = Scene::build(&file, &NoMeshes).expect("it can be built");
        let color = |origin, work| {
            let ray = Ray {
                origin,
                direction: Vec3::X,
                time: 0.0,
            };
            work_color(&scene, &ray, work)
        };
        for work in [Work::Boxes, Work::Primitives] {
            let (into, past) = (Vec3::new(-1.0, 0.099, 0.0), Vec3::new(-1.0, 5.0, 0.0));
            assert!(color(into, work)[0] > color(past, work)[0]);
        }
        assert_eq!(color(Vec3::Y * 5.0, Work::Primitives), [0.0; 3]);
    }
}
