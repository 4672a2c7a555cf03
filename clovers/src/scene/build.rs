//! From a checked file to a scene ready to render.

use std::{collections::BTreeMap, sync::Arc};

use glam::{DQuat, DVec3, EulerRot, Vec2, Vec3};

use super::{
    MeshSource, Primitive, Scene, SceneFile, SceneProblem,
    error::Report,
    file::{
        Color, MaterialDescription, MaterialKind, MeshPlacement, Object, ObjectKind,
        TextureDescription,
    },
};
use crate::{
    bvh::{BuildParams, Bvh},
    camera::Camera,
    lights::{Light, Lights},
    materials::{Dielectric, DiffuseLight, Dispersive, Lambertian, Material, Metal},
    math::{Aabb, Transform},
    mesh::{Mesh, MeshFormat},
    shapes::{Quad, Shape, Sphere, Triangle, cuboid},
    spectrum::SmoothSpectrum,
    textures::Texture,
};

/// Beyond this products of coordinates leave single precision.
const LARGEST_COORDINATE: f32 = 4e9;

pub(super) fn build(file: &SceneFile, meshes: &dyn MeshSource) -> Result<Scene, Vec<SceneProblem>> {
    let mut placing = Placing {
        meshes,
        loaded: BTreeMap::new(),
        shapes: Vec::new(),
        materials: Vec::new(),
        report: Report::default(),
    };
    for object in &file.objects {
        placing.place(object, &Transform::IDENTITY);
    }
    placing.report.finish()?;
    let (shapes, material_of) = (placing.shapes, placing.materials);

    // The shapes take the order of the leaves.
    let boxes: Vec<Aabb> = shapes.iter().map(Shape::bounds).collect();
    let (bvh, order) = Bvh::build(&boxes, &BuildParams::best());
    drop(boxes);
    let mut primitives: Vec<Primitive> = order
        .iter()
        .map(|&item| Primitive {
            material: material_of[item as usize],
            light: Primitive::NO_LIGHT,
        })
        .collect();
    let shapes: Vec<Shape> = order.iter().map(|&item| shapes[item as usize]).collect();

    let mut spectra = Spectra::default();
    let materials: Vec<Material> = file
        .materials
        .iter()
        .map(|description| spectra.material(description))
        .collect();
    let lights = collect_lights(&shapes, &mut primitives, &materials);
    Ok(Scene {
        camera: Camera::new(&file.camera),
        shapes,
        primitives,
        bvh,
        materials,
        lights,
        background: spectra.emission(&file.background),
        white_level: file.white_level,
    })
}

/// Finds every shape that shines, with its power.
fn collect_lights(
    shapes: &[Shape],
    primitives: &mut [Primitive],
    materials: &[Material],
) -> Lights {
    let luminances: Vec<f32> = materials
        .iter()
        .map(|material| match material {
            Material::DiffuseLight(light) => light.emit.mean_luminance(),
            Material::Lambertian(_)
            | Material::Metal(_)
            | Material::Dielectric(_)
            | Material::Dispersive(_) => 0.0,
        })
        .collect();
    let mut lights = Vec::new();
    for (index, (shape, primitive)) in shapes.iter().zip(primitives).enumerate() {
        let power = luminances[primitive.material as usize] * shape.area();
        if power > 0.0 && power.is_finite() {
            primitive.light = lights.len() as u32;
            lights.push(Light {
                shape: index as u32,
                power,
                bounds: shape.bounds(),
                flat_normal: shape.flat_normal(),
            });
        }
    }
    Lights::new(&lights)
}

/// Puts objects where they belong in the world.
struct Placing<'a> {
    meshes: &'a dyn MeshSource,
    loaded: BTreeMap<(&'a str, MeshFormat), Result<Arc<Mesh>, String>>,
    shapes: Vec<Shape>,
    /// Beside `shapes`.
    materials: Vec<u32>,
    report: Report,
}

impl<'a> Placing<'a> {
    fn place(&mut self, object: &'a Object, transform: &Transform) {
        match &object.kind {
            ObjectKind::Sphere { center, radius } => {
                let sphere = Sphere {
                    center: transform.point(*center).as_vec3(),
                    radius: *radius as f32,
                    turn: Vec2::from(transform.cos_sin.map(|value| value as f32)),
                };
                self.add(object, Shape::Sphere(sphere));
            }
            ObjectKind::Quad { q, u, v } => {
                self.add(object, Shape::Quad(quad([*q, *u, *v], transform)));
            }
            ObjectKind::Triangle { q, u, v } => {
                let corners = [*q, *q + *u, *q + *v];
                let corners = corners.map(|corner| transform.point(corner).as_vec3());
                self.add(object, Shape::Triangle(Triangle { corners }));
            }
            ObjectKind::Boxy { corner_0, corner_1 } => {
                for side in cuboid::sides(*corner_0, *corner_1) {
                    self.add(object, Shape::Quad(quad(side, transform)));
                }
            }
            ObjectKind::Mesh(placement) => self.place_mesh(object, placement, transform),
            ObjectKind::Translate {
                object: child,
                offset,
            } => {
                let inner = transform.after(&Transform::translation(*offset));
                self.place(child, &inner);
            }
            ObjectKind::RotateY {
                object: child,
                angle,
            } => {
                let inner = transform.after(&Transform::rotation_y(*angle));
                self.place(child, &inner);
            }
            ObjectKind::ObjectList { objects } => {
                for child in objects {
                    self.place(child, transform);
                }
            }
        }
    }

    fn place_mesh(
        &mut self,
        object: &'a Object,
        placement: &'a MeshPlacement,
        transform: &Transform,
    ) {
        let key = (placement.path.as_str(), placement.format);
        let meshes = self.meshes;
        let mesh = self
            .loaded
            .entry(key)
            .or_insert_with(|| meshes.mesh(&placement.path, placement.format));
        let mesh = match mesh {
            Ok(mesh) => Arc::clone(mesh),
            Err(error) => {
                let pointer = format!("{}/path", object.pointer);
                self.report.problem(&pointer, error.clone());
                return;
            }
        };
        let [x, y, z] = placement.rotation.to_array().map(f64::to_radians);
        // First about x, then y, then z.
        let rotation = DQuat::from_euler(EulerRot::ZYX, z, y, x);
        let place = |corner: Vec3| -> Vec3 {
            let turned = rotation * (corner.as_dvec3() * placement.scale);
            transform.point(turned + placement.center).as_vec3()
        };
        self.shapes.reserve(mesh.triangle_count());
        for corners in mesh.triangles() {
            let corners = corners.map(place);
            let [a, b, c] = corners.map(|corner| corner.as_dvec3());
            // Triangles without area cannot be hit; meshes are full of them.
            if (b - a).cross(c - a) == DVec3::ZERO {
                continue;
            }
            if !self.add(object, Shape::Triangle(Triangle { corners })) {
                return;
            }
        }
    }

    /// Adds a shape, or reports that it lies outside of the range of the renderer.
    fn add(&mut self, object: &Object, shape: Shape) -> bool {
        let bounds = shape.bounds();
        let within = |corner: Vec3| corner.abs().max_element() <= LARGEST_COORDINATE;
        if !(within(bounds.min) && within(bounds.max)) {
            self.report.problem(
                &object.pointer,
                "lies farther from the origin than 4e9, once it stands where it belongs",
            );
            return false;
        }
        self.shapes.push(shape);
        self.materials.push(object.material as u32);
        true
    }
}

fn quad([q, u, v]: [DVec3; 3], transform: &Transform) -> Quad {
    Quad {
        q: transform.point(q).as_vec3(),
        u: transform.vector(u).as_vec3(),
        v: transform.vector(v).as_vec3(),
    }
}

/// Spectra of colours, each fitted once.
#[derive(Default)]
struct Spectra {
    reflectances: BTreeMap<[u64; 3], SmoothSpectrum>,
    emissions: BTreeMap<[u64; 3], SmoothSpectrum>,
}

impl Spectra {
    fn reflectance(&mut self, color: &Color) -> SmoothSpectrum {
        *self
            .reflectances
            .entry(color.xyz_e.map(f64::to_bits))
            .or_insert_with(|| SmoothSpectrum::reflectance(color.xyz_e).spectrum)
    }

    fn emission(&mut self, color: &Color) -> SmoothSpectrum {
        *self
            .emissions
            .entry(color.xyz_e.map(f64::to_bits))
            .or_insert_with(|| SmoothSpectrum::emission(color.xyz_e).spectrum)
    }

    fn texture(
        description: &TextureDescription,
        mut spectrum: impl FnMut(&Color) -> SmoothSpectrum,
    ) -> Texture {
        match description {
            TextureDescription::Solid(color) => Texture::Solid(spectrum(color)),
            TextureDescription::SurfaceChecker { even, odd, density } => Texture::SurfaceChecker {
                even: spectrum(even),
                odd: spectrum(odd),
                density: *density,
            },
            TextureDescription::SpatialChecker { even, odd, density } => Texture::SpatialChecker {
                even: spectrum(even),
                odd: spectrum(odd),
                density: *density,
            },
        }
    }

    fn material(&mut self, description: &MaterialDescription) -> Material {
        match &description.kind {
            MaterialKind::Lambertian { albedo } => Material::Lambertian(Lambertian {
                albedo: Self::texture(albedo, |color| self.reflectance(color)),
            }),
            MaterialKind::Metal { albedo, fuzz } => Material::Metal(Metal {
                albedo: Self::texture(albedo, |color| self.reflectance(color)),
                fuzz: *fuzz,
            }),
            MaterialKind::Dielectric {
                refractive_index,
                color,
            } => Material::Dielectric(Dielectric {
                refractive_index: *refractive_index,
                color: self.reflectance(color),
            }),
            MaterialKind::Dispersive { cauchy_a, cauchy_b } => Material::Dispersive(Dispersive {
                cauchy_a: *cauchy_a,
                cauchy_b: *cauchy_b,
            }),
            MaterialKind::DiffuseLight { emit } => Material::DiffuseLight(DiffuseLight {
                emit: Self::texture(emit, |color| self.emission(color)),
            }),
        }
    }
}
