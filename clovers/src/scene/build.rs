//! From a checked file to a scene ready to render.

use std::{collections::BTreeMap, sync::Arc};

use glam::{DQuat, DVec3, EulerRot, Vec2, Vec3};

use super::{
    MeshSource, Primitive, Scene, SceneFile, SceneProblem,
    error::Report,
    file::{
        Color, MaterialDescription, MaterialKind as Described, MeshPlacement, Object, ObjectKind,
        TextureDescription,
    },
};
use crate::{
    bvh::{BuildParams, Bvh},
    camera::Camera,
    lights::{Beam, Light, Lights},
    materials::{Material, MaterialKind, PbrSurface},
    math::{Aabb, Transform},
    media::{
        Boundary, ConstantMedium, Media,
        boundary::{Cuboid, Solid},
    },
    mesh::{Mesh, MeshFormat, Vertex},
    shapes::{MovingSphere, Quad, Shape, Sphere, Triangle, cuboid},
    spectrum::SmoothSpectrum,
    textures::Texture,
};

/// Beyond this products of coordinates leave single precision.
const LARGEST_COORDINATE: f32 = 4e9;

pub(super) fn build(file: &SceneFile, meshes: &dyn MeshSource) -> Result<Scene, Vec<SceneProblem>> {
    let mut spectra = Spectra::default();
    let mut placing = Placing {
        file,
        meshes,
        loaded: BTreeMap::new(),
        shapes: Vec::new(),
        primitives: Vec::new(),
        gltf_materials: Vec::new(),
        gltf_of: BTreeMap::new(),
        vertices: Vec::new(),
        corners: Vec::new(),
        media: Vec::new(),
        report: Report::default(),
    };
    for object in &file.objects {
        placing.place(object, &Transform::IDENTITY);
    }
    placing.report.finish()?;
    let shapes = placing.shapes;

    // The shapes take the order of the leaves.
    let boxes: Vec<Aabb> = shapes.iter().map(Shape::bounds).collect();
    let (bvh, order) = Bvh::build(&boxes, &BuildParams::best());
    drop(boxes);
    let mut primitives: Vec<Primitive> = order
        .iter()
        .map(|&item| placing.primitives[item as usize])
        .collect();
    drop(placing.primitives);
    let shapes: Vec<Shape> = order.iter().map(|&item| shapes[item as usize]).collect();

    let described = file.materials.iter();
    let materials: Vec<Material> = described
        .map(|description| spectra.material(description))
        .chain(placing.gltf_materials)
        .collect();
    let media = placing.media.into_iter();
    let media = media.map(|(boundary, density, texture)| ConstantMedium {
        boundary,
        density,
        albedo: spectra.albedo(texture),
    });
    let media = Media::new(media.collect());
    let background = spectra.emission(&file.background);
    let placed = Placed {
        shapes: &shapes,
        vertices: &placing.vertices,
        corners: &placing.corners,
    };
    let lights = collect_lights(
        &placed,
        &mut primitives,
        &materials,
        &bvh.bounds(),
        background.luminance(),
    );
    Ok(Scene {
        camera: Camera::new(&file.camera),
        shapes,
        primitives,
        bvh,
        materials,
        vertices: placing.vertices,
        corners: placing.corners,
        media,
        lights,
        background,
        white_level: file.white_level,
    })
}

/// Finds every shape that shines, with its power. A shape that shines so little that this misses
/// it is still found by paths that run into it.
fn collect_lights(
    placed: &Placed<'_>,
    primitives: &mut [Primitive],
    materials: &[Material],
    bounds: &Aabb,
    background: f32,
) -> Lights {
    // Radiance and beam of each material that is the same all over a shape.
    let emitters: Vec<(f32, Beam)> = materials
        .iter()
        .map(|material| match &material.kind {
            MaterialKind::Light { emit, beam } => (emit.mean_luminance(), *beam),
            MaterialKind::Lambertian { .. }
            | MaterialKind::Metal { .. }
            | MaterialKind::Dielectric { .. }
            | MaterialKind::Dispersive { .. }
            | MaterialKind::Isotropic { .. }
            | MaterialKind::MetallicRoughness(_) => (0.0, Beam::Front),
        })
        .collect();
    let mut lights = Vec::new();
    for (index, (shape, primitive)) in placed.shapes.iter().zip(primitives).enumerate() {
        let material = primitive.material as usize;
        let (luminance, beam) = match (&materials[material].kind, primitive.corners()) {
            (MaterialKind::MetallicRoughness(pbr), Some(corners)) => {
                let corners = placed.corners[corners as usize];
                let corners = corners.map(|vertex| &placed.vertices[vertex as usize]);
                (pbr.mean_luminance(corners), pbr.beam())
            }
            _ => emitters[material],
        };
        let power = luminance * shape.area() * beam.projected_solid_angle();
        if power > 0.0 && power.is_finite() {
            primitive.light = lights.len() as u32;
            lights.push(Light {
                shape: index as u32,
                power,
                bounds: shape.bounds(),
                plane: shape.plane().filter(|_| beam != Beam::Both),
                beam,
            });
        }
    }
    Lights::new(&lights, bounds, background)
}

/// Shapes where they stand, and the vertices of those that have any.
struct Placed<'a> {
    shapes: &'a [Shape],
    vertices: &'a [Vertex],
    corners: &'a [[u32; 3]],
}

/// Puts objects where they belong in the world.
struct Placing<'a> {
    file: &'a SceneFile,
    meshes: &'a dyn MeshSource,
    loaded: BTreeMap<(&'a str, MeshFormat), Result<Arc<Mesh>, String>>,
    shapes: Vec<Shape>,
    /// Beside `shapes`.
    primitives: Vec<Primitive>,
    /// Materials of glTF files, which come after those of the scene file.
    gltf_materials: Vec<Material>,
    /// Where the materials of a glTF file begin.
    gltf_of: BTreeMap<&'a str, u32>,
    vertices: Vec<Vertex>,
    corners: Vec<[u32; 3]>,
    media: Vec<(Boundary, f32, &'a TextureDescription)>,
    report: Report,
}

impl<'a> Placing<'a> {
    fn place(&mut self, object: &'a Object, transform: &Transform) {
        match &object.kind {
            ObjectKind::Sphere { center, radius } => {
                let sphere = sphere(*center, *radius, transform);
                self.add(object, Shape::Sphere(sphere));
            }
            ObjectKind::MovingSphere {
                centers,
                times,
                radius,
            } => {
                let moving = moving_sphere(*centers, *times, *radius, self.file.shutter, transform);
                self.add(object, Shape::MovingSphere(moving));
            }
            ObjectKind::Quad { q, u, v } => {
                self.add(object, Shape::Quad(quad([*q, *u, *v], transform)));
            }
            ObjectKind::Triangle { q, u, v } => {
                let triangle = triangle([*q, *u, *v], transform);
                self.add(object, Shape::Triangle(triangle));
            }
            ObjectKind::Boxy { corner_0, corner_1 } => {
                for side in cuboid::sides(*corner_0, *corner_1) {
                    self.add(object, Shape::Quad(quad(side, transform)));
                }
            }
            ObjectKind::Mesh(placement) => self.place_mesh(object, placement, transform),
            ObjectKind::Gltf { path } => self.place_gltf(object, path, transform),
            ObjectKind::ConstantMedium {
                boundary,
                density,
                texture,
            } => self.place_medium(boundary, *density as f32, texture, transform),
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
        let Some(triangles) = self.mesh_triangles(object, placement, transform) else {
            return;
        };
        self.shapes.reserve(triangles.len());
        for triangle in triangles {
            if !self.add(object, Shape::Triangle(triangle)) {
                return;
            }
        }
    }

    /// The mesh of a path; each is asked for once.
    fn load(&mut self, object: &Object, path: &'a str, format: MeshFormat) -> Option<Arc<Mesh>> {
        let meshes = self.meshes;
        let loaded = self
            .loaded
            .entry((path, format))
            .or_insert_with(|| meshes.mesh(path, format));
        match loaded {
            Ok(mesh) => Some(Arc::clone(mesh)),
            Err(error) => {
                let pointer = format!("{}/path", object.pointer);
                self.report.problem(&pointer, error.clone());
                None
            }
        }
    }

    /// The triangles of a mesh where they stand in the world.
    fn mesh_triangles(
        &mut self,
        object: &Object,
        placement: &'a MeshPlacement,
        transform: &Transform,
    ) -> Option<Vec<Triangle>> {
        let mesh = self.load(object, &placement.path, placement.format)?;
        let [x, y, z] = placement.rotation.to_array().map(f64::to_radians);
        // First about x, then y, then z.
        let rotation = DQuat::from_euler(EulerRot::ZYX, z, y, x);
        let place = |corner: Vec3| -> Vec3 {
            let turned = rotation * (corner.as_dvec3() * placement.scale);
            transform.point(turned + placement.center).as_vec3()
        };
        let triangles = mesh.triangles().iter().map(|corners| Triangle {
            corners: corners.map(place),
        });
        Some(triangles.filter(has_area).collect())
    }

    fn place_gltf(&mut self, object: &'a Object, path: &'a str, transform: &Transform) {
        let Some(mesh) = self.load(object, path, MeshFormat::Gltf) else {
            return;
        };
        let Some(appearance) = mesh.appearance() else {
            let pointer = format!("{}/path", object.pointer);
            self.report
                .problem(&pointer, "this mesh is not a glTF file");
            return;
        };
        let first_material = *self.gltf_of.entry(path).or_insert_with(|| {
            let first = self.file.materials.len() + self.gltf_materials.len();
            let surfaces = (0..).map_while(|index| PbrSurface::new(&mesh, index));
            self.gltf_materials.extend(surfaces.map(|pbr| Material {
                kind: MaterialKind::MetallicRoughness(Box::new(pbr)),
                thin_film: None,
            }));
            first as u32
        });
        let first_vertex = self.vertices.len() as u32;
        let turned = |v: Vec3| transform.vector(v.as_dvec3()).as_vec3();
        let vertices = appearance.vertices.iter().map(|vertex| Vertex {
            normal: turned(vertex.normal),
            tangent: turned(vertex.tangent.truncate()).extend(vertex.tangent.w),
            uv: vertex.uv,
        });
        self.vertices.extend(vertices);
        let parts = mesh.triangles().iter().zip(&appearance.corners);
        for ((corners, vertices), material) in parts.zip(&appearance.material_of) {
            let triangle = Triangle {
                corners: corners.map(|corner| transform.point(corner.as_dvec3()).as_vec3()),
            };
            if !has_area(&triangle) {
                continue;
            }
            let corners = self.corners.len() as u32;
            self.corners
                .push(vertices.map(|vertex| first_vertex + vertex));
            let primitive = Primitive::new(first_material + material, Some(corners));
            if !self.add_primitive(object, Shape::Triangle(triangle), primitive) {
                return;
            }
        }
    }

    fn place_medium(
        &mut self,
        boundary: &'a Object,
        density: f32,
        texture: &'a TextureDescription,
        transform: &Transform,
    ) {
        let mut outline = Outline::default();
        self.outline(boundary, transform, &mut outline);
        let Outline { solids, triangles } = outline;
        // The areas of a closed surface, as vectors, sum up to nothing.
        let (mut sum, mut total) = (DVec3::ZERO, 0.0);
        for triangle in &triangles {
            let [a, b, c] = triangle.corners.map(Vec3::as_dvec3);
            let area = 0.5 * (b - a).cross(c - a);
            sum += area;
            total += area.length();
        }
        if sum.length() > 1e-3 * total {
            self.report.problem(
                &boundary.pointer,
                "a medium needs a closed boundary: a ball, a box, or a mesh without holes",
            );
            return;
        }
        let boundary_of_medium = Boundary::new(solids, &triangles);
        if !self.is_within(boundary, &boundary_of_medium.bounds()) {
            return;
        }
        if density > 0.0 {
            self.media.push((boundary_of_medium, density, texture));
        }
    }

    /// Collects what encloses a medium.
    fn outline(&mut self, object: &'a Object, transform: &Transform, outline: &mut Outline) {
        match &object.kind {
            ObjectKind::Sphere { center, radius } => {
                let sphere = sphere(*center, *radius, transform);
                outline.solids.push(Solid::Sphere(sphere));
            }
            ObjectKind::MovingSphere {
                centers,
                times,
                radius,
            } => {
                let moving = moving_sphere(*centers, *times, *radius, self.file.shutter, transform);
                outline.solids.push(Solid::MovingSphere(moving));
            }
            ObjectKind::Boxy { corner_0, corner_1 } => {
                outline.solids.push(Solid::Cuboid(Cuboid {
                    low: corner_0.min(*corner_1),
                    high: corner_0.max(*corner_1),
                    transform: *transform,
                }));
            }
            ObjectKind::Quad { q, u, v } => {
                let corners = [*q, *q + *u, *q + *u + *v, *q + *v];
                let [a, b, c, d] = corners.map(|corner| transform.point(corner).as_vec3());
                for corners in [[a, b, c], [a, c, d]] {
                    outline.triangles.push(Triangle { corners });
                }
            }
            ObjectKind::Triangle { q, u, v } => {
                outline.triangles.push(triangle([*q, *u, *v], transform));
            }
            ObjectKind::Mesh(placement) => {
                let triangles = self.mesh_triangles(object, placement, transform);
                outline.triangles.extend(triangles.unwrap_or_default());
            }
            ObjectKind::Gltf { path } => {
                let Some(mesh) = self.load(object, path, MeshFormat::Gltf) else {
                    return;
                };
                let triangles = mesh.triangles().iter().map(|corners| Triangle {
                    corners: corners.map(|corner| transform.point(corner.as_dvec3()).as_vec3()),
                });
                outline.triangles.extend(triangles.filter(has_area));
            }
            ObjectKind::Translate { object, offset } => {
                let inner = transform.after(&Transform::translation(*offset));
                self.outline(object, &inner, outline);
            }
            ObjectKind::RotateY { object, angle } => {
                let inner = transform.after(&Transform::rotation_y(*angle));
                self.outline(object, &inner, outline);
            }
            ObjectKind::ObjectList { objects } => {
                for object in objects {
                    self.outline(object, transform, outline);
                }
            }
            ObjectKind::ConstantMedium { .. } => self.report.problem(
                &object.pointer,
                "a medium cannot be the boundary of a medium",
            ),
        }
    }

    /// Adds a shape, or reports that it lies outside of the range of the renderer.
    fn add(&mut self, object: &Object, shape: Shape) -> bool {
        self.add_primitive(object, shape, Primitive::new(object.material as u32, None))
    }

    fn add_primitive(&mut self, object: &Object, shape: Shape, primitive: Primitive) -> bool {
        let within = self.is_within(object, &shape.bounds());
        if within {
            self.shapes.push(shape);
            self.primitives.push(primitive);
        }
        within
    }

    fn is_within(&mut self, object: &Object, bounds: &Aabb) -> bool {
        let within = |corner: Vec3| corner.abs().max_element() <= LARGEST_COORDINATE;
        let is_within = bounds.is_empty() || (within(bounds.min) && within(bounds.max));
        if !is_within {
            self.report.problem(
                &object.pointer,
                "lies farther from the origin than 4e9, once it stands where it belongs",
            );
        }
        is_within
    }
}

/// What encloses a medium.
#[derive(Default)]
struct Outline {
    solids: Vec<Solid>,
    triangles: Vec<Triangle>,
}

/// Whether a triangle can be hit; meshes are full of such that cannot.
fn has_area(triangle: &Triangle) -> bool {
    let [a, b, c] = triangle.corners.map(Vec3::as_dvec3);
    (b - a).cross(c - a) != DVec3::ZERO
}

fn sphere(center: DVec3, radius: f64, transform: &Transform) -> Sphere {
    Sphere {
        center: transform.point(center).as_vec3(),
        radius: radius as f32,
        turn: Vec2::from(transform.cos_sin.map(|value| value as f32)),
    }
}

/// The centres hold at `times`; what counts is where they are as the shutter opens and closes.
fn moving_sphere(
    centers: [DVec3; 2],
    times: [f64; 2],
    radius: f64,
    shutter: [f32; 2],
    transform: &Transform,
) -> MovingSphere {
    // Far from its two times it is farther away than numbers reach; that is refused by its bounds.
    let farthest = DVec3::splat(1e30);
    let at = |time: f32| {
        let share = (f64::from(time) - times[0]) / (times[1] - times[0]);
        (centers[0] + share * (centers[1] - centers[0])).clamp(-farthest, farthest)
    };
    let [open, close] = shutter.map(at);
    let Sphere {
        center,
        radius,
        turn,
    } = sphere(open, radius, transform);
    MovingSphere {
        center,
        way: transform.vector(close - open).as_vec3(),
        radius,
        turn,
    }
}

fn triangle([q, u, v]: [DVec3; 3], transform: &Transform) -> Triangle {
    let corners = [q, q + u, q + v];
    Triangle {
        corners: corners.map(|corner| transform.point(corner).as_vec3()),
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

    /// `limit` is the largest value that illuminants may take.
    fn texture(
        description: &TextureDescription,
        limit: f32,
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
            TextureDescription::Illuminant {
                illuminant,
                intensity,
            } => Texture::Illuminant {
                illuminant: *illuminant,
                intensity: *intensity,
                limit,
            },
        }
    }

    fn albedo(&mut self, description: &TextureDescription) -> Texture {
        Self::texture(description, 1.0, |color| self.reflectance(color))
    }

    fn light(&mut self, description: &TextureDescription, beam: Beam) -> MaterialKind {
        let emit = Self::texture(description, f32::MAX, |color| self.emission(color));
        MaterialKind::Light { emit, beam }
    }

    fn material(&mut self, description: &MaterialDescription) -> Material {
        let kind = match &description.kind {
            Described::Lambertian { albedo } => MaterialKind::Lambertian {
                albedo: self.albedo(albedo),
            },
            Described::Metal { albedo, fuzz } => MaterialKind::Metal {
                albedo: self.albedo(albedo),
                fuzz: *fuzz,
            },
            Described::Dielectric {
                refractive_index,
                color,
            } => MaterialKind::Dielectric {
                refractive_index: *refractive_index,
                color: self.reflectance(color),
            },
            Described::Dispersive { cauchy_a, cauchy_b } => MaterialKind::Dispersive {
                cauchy_a: *cauchy_a,
                cauchy_b: *cauchy_b,
            },
            Described::DiffuseLight { emit } => self.light(emit, Beam::Front),
            Described::ConeLight { spread, emit } => self.light(emit, Beam::cone(*spread)),
            Described::Isotropic { albedo } => MaterialKind::Isotropic {
                albedo: self.albedo(albedo),
            },
        };
        Material {
            kind,
            thin_film: description.thin_film,
        }
    }
}
