//! What stands where: all shapes of a scene, and what a ray meets among them.
//!
//! Two levels: a hierarchy over the objects as they stand in the world, and one for each mesh as
//! its file has it, shared by all its placements. Of hits at equal distance that of the first
//! object in the scene file counts, and in a mesh that of its first triangle; so a picture does not
//! depend on how hierarchies are built.

use std::sync::Arc;

use glam::{DMat3, DVec3, Vec3};

use super::WorkCounts;
use crate::{
    bvh::{BuildParams, Bvh, FULL},
    materials::metallic_roughness::interpolate,
    math::{Aabb, Ray, Transform, gamma},
    mesh::{Mesh, TriangleTree, Vertex},
    shapes::{
        Hit, Place, Shape, ShapeId, Surface, Triangle,
        packs::{PackHits, QuadPack, SPHERES, Sheared, SpherePack, TrianglePack},
    },
};

/// An object as it stands in the world.
#[derive(Debug)]
pub(crate) enum Object {
    /// A shape of this material.
    Shape(Shape, u32),
    Mesh(Box<PlacedMesh>),
}

/// All objects of a scene.
#[derive(Debug)]
pub(crate) struct Geometry {
    /// In the order of the scene file.
    objects: Vec<Object>,
    /// The index among the lights of each triangle of a mesh, or of a shape as the only one;
    /// [`DARK`] where it does not shine, and no list where nothing of an object does.
    lights: Vec<Box<[u32]>>,
    /// What the leaves of `bvh` hold.
    packs: Vec<Pack>,
    bvh: Bvh,
}

const DARK: u32 = u32::MAX;

/// What is tested at once, with the objects in its lanes.
#[derive(Debug)]
enum Pack {
    Quads(QuadPack, [u32; 8]),
    Triangles(TrianglePack, [u32; 8]),
    Spheres(SpherePack, [u32; SPHERES]),
    MovingSphere(u32),
    Mesh(u32),
}

impl Geometry {
    pub(crate) fn new(objects: Vec<Object>) -> Self {
        let (mut bvh, order) = Bvh::build(
            objects.len(),
            |index| (objects[index].bounds(), objects[index].weight()),
            &BuildParams::best(),
        );
        let mut packs = Vec::new();
        bvh.repack(|first, count| {
            let from = packs.len();
            add_packs(&objects, &order[first..first + count], &mut packs);
            (from, packs.len() - from)
        });
        Self {
            lights: objects.iter().map(|_| Box::default()).collect(),
            objects,
            packs,
            bvh,
        }
    }

    pub(crate) fn objects(&self) -> &[Object] {
        &self.objects
    }

    pub(crate) fn bounds(&self) -> Aabb {
        self.bvh.bounds()
    }

    /// How many shapes there are.
    pub(crate) fn len(&self) -> usize {
        let count = |object: &Object| match object {
            Object::Shape(..) => 1,
            Object::Mesh(placed) => placed.len(),
        };
        self.objects.iter().map(count).sum()
    }

    /// Every shape; triangles of meshes only if they have an area.
    pub(crate) fn ids(&self) -> impl Iterator<Item = ShapeId> {
        (0..).zip(&self.objects).flat_map(|(index, object)| {
            let count = match object {
                Object::Shape(..) => 1,
                Object::Mesh(placed) => placed.mesh.triangle_count() as u32,
            };
            (0..count)
                .map(move |triangle| ShapeId {
                    object: index,
                    triangle,
                })
                .filter(move |id| object.has_area(*id))
        })
    }

    /// The memory it takes beside itself and its meshes, in bytes.
    pub(crate) fn memory_bytes(&self) -> usize {
        let lists = self.lights.iter().map(|list| size_of_val::<[u32]>(list));
        self.objects.capacity() * size_of::<Object>()
            + self.meshes().count() * size_of::<PlacedMesh>()
            + self.lights.capacity() * size_of::<Box<[u32]>>()
            + lists.sum::<usize>()
            + self.packs.capacity() * size_of::<Pack>()
            + self.bvh.memory_bytes()
    }

    /// The mesh of each placement.
    pub(crate) fn meshes(&self) -> impl Iterator<Item = &Arc<Mesh>> {
        self.objects.iter().filter_map(|object| match object {
            Object::Shape(..) => None,
            Object::Mesh(placed) => Some(&placed.mesh),
        })
    }

    /// Notes which light a shape is.
    pub(crate) fn set_light(&mut self, id: ShapeId, light: u32) {
        let count = match &self.objects[id.object as usize] {
            Object::Shape(..) => 1,
            Object::Mesh(placed) => placed.mesh.triangle_count(),
        };
        let lights = &mut self.lights[id.object as usize];
        if lights.is_empty() {
            *lights = vec![DARK; count].into();
        }
        lights[id.triangle as usize] = light;
    }

    /// The index of a shape among the lights, if it shines.
    pub(crate) fn light(&self, id: ShapeId) -> Option<u32> {
        let light = self.lights[id.object as usize].get(id.triangle as usize);
        light.copied().filter(|&light| light != DARK)
    }

    pub(crate) fn material(&self, id: ShapeId) -> u32 {
        match &self.objects[id.object as usize] {
            Object::Shape(_, material) => *material,
            Object::Mesh(placed) => placed.material(id.triangle),
        }
    }

    /// A shape where it stands in the world.
    pub(crate) fn shape(&self, id: ShapeId) -> Shape {
        match &self.objects[id.object as usize] {
            Object::Shape(shape, _) => *shape,
            Object::Mesh(placed) => Shape::Triangle(placed.triangle(id.triangle)),
        }
    }

    /// All about the surface at a hit.
    pub(crate) fn surface(&self, ray: &Ray, id: ShapeId, hit: &Hit) -> Surface {
        match &self.objects[id.object as usize] {
            Object::Shape(shape, _) => shape.surface(ray, hit),
            Object::Mesh(placed) => placed.surface(id.triangle, hit),
        }
    }

    /// The vertex at a point of a triangle, where the mesh tells more than its corners.
    pub(crate) fn vertex(&self, id: ShapeId, surface: &Surface) -> Option<Vertex> {
        match &self.objects[id.object as usize] {
            Object::Shape(..) => None,
            Object::Mesh(placed) => placed.vertex(id.triangle, surface),
        }
    }

    /// The corners of a triangle, where the mesh tells more than where they are.
    pub(crate) fn corners(&self, id: ShapeId) -> Option<[&Vertex; 3]> {
        match &self.objects[id.object as usize] {
            Object::Shape(..) => None,
            Object::Mesh(placed) => placed.corners(id.triangle),
        }
    }

    /// The nearest hit of a ray. `from` is the shape the ray starts on, if any.
    #[inline]
    pub(crate) fn intersect(&self, ray: &Ray, from: Option<ShapeId>) -> Option<(ShapeId, Hit)> {
        let mut nearest: Option<(ShapeId, Hit)> = None;
        let (origin, direction) = (ray.origin, ray.direction);
        self.bvh
            .traverse(origin, direction, f32::MAX, |first, count, limit| {
                for pack in &self.packs[first as usize..(first + count) as usize] {
                    self.hits(pack, ray, *limit, from, |id, hit| {
                        let closer = hit.t < *limit
                            || nearest.is_some_and(|(old, at)| hit.t == at.t && id < old);
                        if closer {
                            *limit = hit.t;
                            nearest = Some((id, hit));
                        }
                    });
                }
                false
            });
        nearest
    }

    /// Whether anything but the shapes `from` and `to` stands within `limit` of the ray's start.
    #[inline]
    pub(crate) fn is_blocked(
        &self,
        ray: &Ray,
        limit: f32,
        from: Option<ShapeId>,
        to: Option<ShapeId>,
    ) -> bool {
        let mut blocked = false;
        let (origin, direction) = (ray.origin, ray.direction);
        self.bvh
            .traverse(origin, direction, limit, |first, count, _| {
                for pack in &self.packs[first as usize..(first + count) as usize] {
                    if let Pack::Mesh(object) = *pack {
                        let among = |id: Option<ShapeId>| {
                            id.filter(|id| id.object == object).map(|id| id.triangle)
                        };
                        let skip = [among(from), among(to)];
                        blocked |= self.mesh(object).is_hit(ray, limit, skip);
                    } else {
                        self.hits(pack, ray, limit, from, |id, hit| {
                            blocked |= Some(id) != to && hit.t < limit;
                        });
                    }
                }
                blocked
            });
        blocked
    }

    /// What is tested for a ray until its nearest hit is found.
    pub(crate) fn count_work(&self, ray: &Ray) -> WorkCounts {
        let mut work = WorkCounts::default();
        let (origin, direction) = (ray.origin, ray.direction);
        let nodes = self
            .bvh
            .traverse(origin, direction, f32::MAX, |first, count, limit| {
                for pack in &self.packs[first as usize..(first + count) as usize] {
                    let present = |members: &[u32]| {
                        members.iter().filter(|&&member| member != NOBODY).count() as u32
                    };
                    match pack {
                        Pack::Quads(_, members) | Pack::Triangles(_, members) => {
                            work.primitives += present(members);
                        }
                        Pack::Spheres(_, members) => work.primitives += present(members),
                        Pack::MovingSphere(_) => work.primitives += 1,
                        Pack::Mesh(object) => work += self.mesh(*object).count_work(ray, *limit),
                    }
                    self.hits(pack, ray, *limit, None, |_, hit| *limit = limit.min(hit.t));
                }
                false
            });
        work.boxes += nodes * BOXES_OF_A_NODE;
        work
    }

    fn mesh(&self, object: u32) -> &PlacedMesh {
        match &self.objects[object as usize] {
            Object::Mesh(placed) => placed,
            Object::Shape(..) => unreachable!("packs name meshes only as what they are"),
        }
    }

    /// The hits of a ray with what a pack holds, up to `limit`; of a mesh only the nearest.
    #[inline(always)]
    fn hits(
        &self,
        pack: &Pack,
        ray: &Ray,
        limit: f32,
        from: Option<ShapeId>,
        mut visit: impl FnMut(ShapeId, Hit),
    ) {
        let mut all = |hits: PackHits, members: &[u32]| {
            for (lane, t) in hits.iter() {
                let id = ShapeId::of_object(members[lane]);
                // A flat shape cannot be hit from itself.
                if Some(id) != from {
                    let place = hits.place(lane);
                    visit(id, Hit { t, place });
                }
            }
        };
        match pack {
            Pack::Quads(quads, members) => all(quads.intersect(ray, limit), members),
            Pack::Triangles(triangles, members) => {
                let sheared = Sheared::new(ray.origin, ray.direction);
                all(triangles.intersect(&sheared, limit), members);
            }
            Pack::Spheres(spheres, members) => {
                all(spheres.intersect(ray, limit), members);
                if let Some(from) = from
                    && members.contains(&from.object)
                {
                    self.sphere_hit(from, ray, limit, true, visit);
                }
            }
            Pack::MovingSphere(object) => {
                let id = ShapeId::of_object(*object);
                self.sphere_hit(id, ray, limit, Some(id) == from, visit);
            }
            Pack::Mesh(object) => {
                let skip = from.filter(|id| id.object == *object);
                let skip = skip.map(|id| id.triangle);
                if let Some((triangle, hit)) = self.mesh(*object).nearest(ray, limit, skip) {
                    let object = *object;
                    visit(ShapeId { object, triangle }, hit);
                }
            }
        }
    }

    fn sphere_hit(
        &self,
        id: ShapeId,
        ray: &Ray,
        limit: f32,
        starts_here: bool,
        mut visit: impl FnMut(ShapeId, Hit),
    ) {
        // What lies exactly at the limit counts.
        let hit = self.shape(id).intersect(ray, limit.next_up(), starts_here);
        hit.into_iter().for_each(|hit| visit(id, hit));
    }
}

/// Nobody in a lane.
const NOBODY: u32 = u32::MAX;

/// Boxes that are tested in a node.
const BOXES_OF_A_NODE: u32 = 8;

/// Packs the objects of a leaf: those of a kind together.
fn add_packs(objects: &[Object], leaf: &[u32], packs: &mut Vec<Pack>) {
    let (mut quads, mut triangles, mut spheres) = (Vec::new(), Vec::new(), Vec::new());
    for &index in leaf {
        match &objects[index as usize] {
            Object::Shape(Shape::Quad(quad), _) => quads.push((*quad, index)),
            Object::Shape(Shape::Triangle(triangle), _) => triangles.push((*triangle, index)),
            Object::Shape(Shape::Sphere(sphere), _) => spheres.push((*sphere, index)),
            Object::Shape(Shape::MovingSphere(_), _) => packs.push(Pack::MovingSphere(index)),
            Object::Mesh(_) => packs.push(Pack::Mesh(index)),
        }
    }
    if !quads.is_empty() {
        let (quads, members) = lanes(quads);
        packs.push(Pack::Quads(QuadPack::new(quads), members));
    }
    if !triangles.is_empty() {
        let (triangles, members) = lanes(triangles);
        packs.push(Pack::Triangles(TrianglePack::new(triangles), members));
    }
    for spheres in spheres.chunks(SPHERES) {
        let (spheres, members) = lanes(spheres.to_vec());
        packs.push(Pack::Spheres(SpherePack::new(spheres), members));
    }
}

fn lanes<T, const N: usize>(present: Vec<(T, u32)>) -> (Vec<T>, [u32; N]) {
    let mut members = [NOBODY; N];
    let shapes = present.into_iter().zip(&mut members);
    let shapes = shapes.map(|((shape, index), member)| {
        *member = index;
        shape
    });
    (shapes.collect(), members)
}

impl Object {
    pub(crate) fn bounds(&self) -> Aabb {
        match self {
            Self::Shape(shape, _) => shape.bounds(),
            Self::Mesh(placed) => placed.bounds(),
        }
    }

    /// How much of a leaf it fills.
    fn weight(&self) -> u32 {
        match self {
            Self::Shape(Shape::Quad(_) | Shape::Triangle(_), _) => 1,
            Self::Shape(Shape::Sphere(_), _) => FULL / SPHERES as u32,
            Self::Shape(Shape::MovingSphere(_), _) => FULL / 2,
            Self::Mesh(_) => FULL,
        }
    }

    fn has_area(&self, id: ShapeId) -> bool {
        match self {
            Self::Shape(..) => true,
            Self::Mesh(placed) => placed.in_file(id.triangle).has_area(),
        }
    }
}

/// A mesh where it stands in the world.
#[derive(Debug)]
pub(crate) struct PlacedMesh {
    mesh: Arc<Mesh>,
    tree: Arc<TriangleTree>,
    placement: Placement,
    material: u32,
}

impl PlacedMesh {
    /// `material` is that of all its triangles, or the first of those its file has.
    pub(crate) fn new(
        mesh: Arc<Mesh>,
        params: &BuildParams,
        placement: Placement,
        material: u32,
    ) -> Self {
        let tree = mesh.tree(params);
        Self {
            mesh,
            tree,
            placement,
            material,
        }
    }

    /// How many of its triangles can be hit.
    pub(crate) fn len(&self) -> usize {
        self.tree.len()
    }

    fn bounds(&self) -> Aabb {
        self.placement.bounds(&self.tree.bounds())
    }

    fn material(&self, triangle: u32) -> u32 {
        match self.mesh.appearance() {
            Some(appearance) => self.material + appearance.material_of[triangle as usize],
            None => self.material,
        }
    }

    /// A triangle as its file has it.
    fn in_file(&self, triangle: u32) -> Triangle {
        Triangle::new(self.mesh.triangles()[triangle as usize])
    }

    fn triangle(&self, triangle: u32) -> Triangle {
        let corners = self.in_file(triangle).corners;
        Triangle::new(corners.map(|corner| self.placement.point(corner.as_dvec3()).as_vec3()))
    }

    fn surface(&self, triangle: u32, hit: &Hit) -> Surface {
        let (point, normal) = self.in_file(triangle).exact_surface(hit.place);
        // Rays go back into the frame of the mesh, where they are rounded once more.
        let rounded_there = if self.placement.is_identity {
            0.0
        } else {
            self.placement.factor.abs() * point.abs().max_element()
        };
        let point = self.placement.point(point).as_vec3();
        Surface {
            point,
            error: gamma(1) * (point.abs() + rounded_there as f32),
            normal: self.placement.direction(normal).as_vec3(),
            place: Place::Flat(hit.place),
        }
    }

    fn corners(&self, triangle: u32) -> Option<[&Vertex; 3]> {
        let appearance = self.mesh.appearance()?;
        let corners = appearance.corners[triangle as usize];
        Some(corners.map(|vertex| &appearance.vertices[vertex as usize]))
    }

    fn vertex(&self, triangle: u32, surface: &Surface) -> Option<Vertex> {
        // The texture coordinates of a triangle are its barycentric weights.
        let vertex = interpolate(self.corners(triangle)?, surface.uv());
        let turned = |v: Vec3| self.placement.direction(v.as_dvec3()).as_vec3();
        Some(Vertex {
            normal: turned(vertex.normal),
            tangent: turned(vertex.tangent.truncate()).extend(vertex.tangent.w),
            uv: vertex.uv,
        })
    }

    fn nearest(&self, ray: &Ray, limit: f32, skip: Option<u32>) -> Option<(u32, Hit)> {
        let (origin, direction) = self.placement.ray_in_mesh(ray);
        let hit = self.tree.nearest(origin, direction, limit, skip)?;
        let at = Hit {
            t: hit.t,
            place: hit.place,
        };
        Some((hit.triangle, at))
    }

    fn is_hit(&self, ray: &Ray, limit: f32, skip: [Option<u32>; 2]) -> bool {
        let (origin, direction) = self.placement.ray_in_mesh(ray);
        self.tree.is_hit(origin, direction, limit, skip)
    }

    fn count_work(&self, ray: &Ray, limit: f32) -> WorkCounts {
        let (origin, direction) = self.placement.ray_in_mesh(ray);
        let (nodes, primitives) = self.tree.count_work(origin, direction, limit);
        WorkCounts {
            boxes: nodes * BOXES_OF_A_NODE,
            primitives,
        }
    }
}

/// How a mesh gets from its file into the world: scaled and turned, then moved.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Placement {
    rotation: DMat3,
    /// Not 0; a negative one turns the mesh inside out.
    factor: f64,
    offset: DVec3,
    /// Of the rotation and the factor.
    inverse: DMat3,
    is_identity: bool,
}

impl Placement {
    /// First `factor * rotation * point + center`, then the transform.
    pub(crate) fn new(rotation: DMat3, factor: f64, center: DVec3, transform: &Transform) -> Self {
        let outer = DMat3::from_cols(
            transform.vector(DVec3::X),
            transform.vector(DVec3::Y),
            transform.vector(DVec3::Z),
        );
        let rotation = outer * rotation;
        let offset = transform.point(center);
        Self {
            rotation,
            factor,
            offset,
            inverse: rotation.transpose() * factor.recip(),
            is_identity: rotation == DMat3::IDENTITY && factor == 1.0 && offset == DVec3::ZERO,
        }
    }

    /// Where a point goes.
    pub(crate) fn point(&self, p: DVec3) -> DVec3 {
        if self.is_identity {
            return p;
        }
        self.rotation * (p * self.factor) + self.offset
    }

    /// Where a normal or a tangent goes: of a mesh turned inside out too, for every normal is a
    /// product of two sides.
    fn direction(&self, v: DVec3) -> DVec3 {
        if self.is_identity {
            return v;
        }
        self.rotation * v
    }

    /// A ray in the frame of the mesh; distances are in lengths of its direction the same.
    #[inline]
    fn ray_in_mesh(&self, ray: &Ray) -> (Vec3, Vec3) {
        if self.is_identity {
            return (ray.origin, ray.direction);
        }
        let origin = self.inverse * (ray.origin.as_dvec3() - self.offset);
        let direction = self.inverse * ray.direction.as_dvec3();
        (origin.as_vec3(), direction.as_vec3())
    }

    /// A box around a box of the mesh where it stands in the world.
    fn bounds(&self, bounds: &Aabb) -> Aabb {
        if self.is_identity || bounds.is_empty() {
            return *bounds;
        }
        let (low, high) = (bounds.min.as_dvec3(), bounds.max.as_dvec3());
        Aabb::around((0..8).map(|corner| {
            let pick = |axis: usize| {
                if corner >> axis & 1 == 0 {
                    low[axis]
                } else {
                    high[axis]
                }
            };
            self.point(DVec3::new(pick(0), pick(1), pick(2))).as_vec3()
        }))
    }
}
