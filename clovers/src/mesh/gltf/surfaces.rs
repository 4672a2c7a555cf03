//! From primitives to triangles and vertices in the world.

use glam::{DAffine3, DMat3, DVec3, Vec2, Vec3, Vec4};

use super::{
    super::{Appearance, Image, Mesh, MeshError, PbrMaterial, UvTransform, Vertex, memory::Memory},
    accessors::{Buffers, Values},
    document::{AccessorKind, Document, Primitive, get},
};

/// How a primitive goes from vertices to triangles.
#[derive(Clone, Copy)]
enum Mode {
    Triangles,
    Strip,
    Fan,
}

/// A primitive that has triangles.
pub(super) struct Drawable<'a> {
    mode: Mode,
    indices: Option<Values<'a>>,
    position: Values<'a>,
    normal: Option<Values<'a>>,
    tangent: Option<Values<'a>>,
    uv: [Option<Values<'a>>; 2],
    pub(super) material: Option<u32>,
    /// The texture coordinates of the normal map, if there is one.
    normal_map: Option<(usize, Option<UvTransform>)>,
}

impl<'a> Drawable<'a> {
    /// Nothing for points and lines, and for what has no positions.
    pub(super) fn open(
        document: &Document<'_>,
        buffers: &'a Buffers<'a>,
        primitive: &Primitive,
    ) -> Result<Option<Self>, MeshError> {
        let mode = match primitive.mode {
            0..=3 => return Ok(None),
            4 => Mode::Triangles,
            5 => Mode::Strip,
            6 => Mode::Fan,
            other => {
                return Err(MeshError::Invalid(format!("{other} is not a known mode")));
            }
        };
        let attributes = &primitive.attributes;
        let Some(position) = attributes.position else {
            return Ok(None);
        };
        let position = buffers.attribute(position, "POSITION", AccessorKind::Vec3)?;
        let attribute = |index: Option<u32>, name: &str, kind| {
            let Some(index) = index else { return Ok(None) };
            let values = buffers.attribute(index, name, kind)?;
            if values.count() < position.count() {
                return Err(MeshError::Invalid(format!(
                    "there are {} values of {name} for {} vertices",
                    values.count(),
                    position.count()
                )));
            }
            Ok(Some(values))
        };
        let material = match primitive.material {
            Some(index) => Some(get(&document.materials, index, "material")?),
            None => None,
        };
        let normal_map = material
            .and_then(|material| material.normal_texture.as_ref())
            .map(|info| {
                // A set beyond these is refused with the material.
                (info.uv_set().min(1) as usize, info.uv_transform())
            });
        Ok(Some(Self {
            mode,
            indices: primitive
                .indices
                .map(|index| buffers.indices(index))
                .transpose()?,
            normal: attribute(attributes.normal, "NORMAL", AccessorKind::Vec3)?,
            tangent: attribute(attributes.tangent, "TANGENT", AccessorKind::Vec4)?,
            uv: [
                attribute(attributes.texcoord_0, "TEXCOORD_0", AccessorKind::Vec2)?,
                attribute(attributes.texcoord_1, "TEXCOORD_1", AccessorKind::Vec2)?,
            ],
            position,
            material: primitive.material,
            normal_map,
        }))
    }

    pub(super) fn triangles(&self) -> usize {
        let corners = self
            .indices
            .as_ref()
            .map_or(self.position.count(), Values::count);
        match self.mode {
            Mode::Triangles => corners / 3,
            Mode::Strip | Mode::Fan => corners.saturating_sub(2),
        }
    }

    /// How many vertices the file has for it.
    pub(super) fn vertices_in_file(&self) -> usize {
        self.position.count()
    }

    /// How many vertices its triangles have at most.
    pub(super) fn most_vertices(&self) -> usize {
        let corners = self.triangles().saturating_mul(3);
        if self.shares_vertices() {
            self.position.count().min(corners)
        } else if self.differs_at_corners() {
            corners
        } else {
            self.triangles()
        }
    }

    /// Whether all triangles at a vertex see it alike.
    fn shares_vertices(&self) -> bool {
        self.normal.is_some() && !self.needs_tangents()
    }

    /// Whether something besides the places differs at the corners of a triangle.
    fn differs_at_corners(&self) -> bool {
        self.normal.is_some() || self.uv.iter().any(Option::is_some)
    }

    fn needs_tangents(&self) -> bool {
        // Without normals, tangents have no meaning (section 3.7.2.1).
        self.normal_map.is_some() && (self.tangent.is_none() || self.normal.is_none())
    }

    /// The vertices of a triangle, counter-clockwise as seen from the front.
    fn corners(&self, triangle: usize) -> [u32; 3] {
        // As in section 3.7.2.1.
        let places = match self.mode {
            Mode::Triangles => [3 * triangle, 3 * triangle + 1, 3 * triangle + 2],
            Mode::Strip => {
                let odd = triangle % 2;
                [triangle, triangle + 1 + odd, triangle + 2 - odd]
            }
            Mode::Fan => [triangle + 1, triangle + 2, 0],
        };
        match &self.indices {
            Some(indices) => places.map(|place| indices.index(place)),
            None => places.map(|place| place as u32),
        }
    }

    fn uv(&self, vertex: usize) -> [Vec2; 2] {
        let finite = |uv: Vec2| if uv.is_finite() { uv } else { Vec2::ZERO };
        self.uv.each_ref().map(|values| {
            values
                .as_ref()
                .map_or(Vec2::ZERO, |values| finite(values.get(vertex).into()))
        })
    }
}

/// How an instance stands in the world.
struct Place<'a> {
    to_world: &'a DAffine3,
    /// Of normals: the inverse transpose, but for a positive factor.
    normals: DMat3,
    /// -1 where it mirrors.
    handedness: f64,
}

impl<'a> Place<'a> {
    fn new(to_world: &'a DAffine3) -> Self {
        let DMat3 {
            x_axis: x,
            y_axis: y,
            z_axis: z,
        } = to_world.matrix3;
        let cofactors = DMat3::from_cols(y.cross(z), z.cross(x), x.cross(y));
        let handedness = if x.dot(cofactors.x_axis) < 0.0 {
            -1.0
        } else {
            1.0
        };
        Self {
            to_world,
            normals: handedness * cofactors,
            handedness,
        }
    }

    fn point(&self, point: [f32; 3]) -> Vec3 {
        let point = Vec3::from_array(point).as_dvec3();
        self.to_world.transform_point3(point).as_vec3()
    }

    fn normal(&self, normal: [f32; 3]) -> Option<DVec3> {
        let normal = Vec3::from_array(normal).as_dvec3();
        (self.normals * normal).try_normalize()
    }

    /// The direction of a tangent, and the side of the bitangent.
    fn tangent(&self, [x, y, z, w]: [f32; 4]) -> Tangent {
        Tangent {
            direction: self.to_world.matrix3 * Vec3::new(x, y, z).as_dvec3(),
            side: if f64::from(w) * self.handedness < 0.0 {
                -1.0
            } else {
                1.0
            },
        }
    }
}

/// A tangent that need be neither of unit length nor perpendicular to a normal.
struct Tangent {
    direction: DVec3,
    side: f32,
}

impl Tangent {
    /// Where texture coordinates grow over a triangle. With v downwards, the bitangent is against
    /// the growth of v where the image is not mirrored.
    fn of_triangle(triangle: [Vec3; 3], uv: [Vec2; 3]) -> Self {
        let [a, b, c] = triangle.map(Vec3::as_dvec3);
        let [uv_a, uv_b, uv_c] = uv.map(Vec2::as_dvec2);
        let (ab, ac) = (b - a, c - a);
        let (uv_ab, uv_ac) = (uv_b - uv_a, uv_c - uv_a);
        let area = uv_ab.perp_dot(uv_ac);
        Self {
            direction: (ab * uv_ac.y - ac * uv_ab.y) * area.signum(),
            side: if area > 0.0 { -1.0 } else { 1.0 },
        }
    }

    /// Made perpendicular to a normal of unit length.
    fn beside(&self, normal: DVec3) -> Vec4 {
        let direction = self.direction.normalize_or_zero();
        let rejected = direction.reject_from_normalized(normal);
        // Of a direction along the normal, only rounding errors are left.
        let direction = if rejected.length_squared() > 1e-12 {
            rejected.normalize()
        } else {
            normal.any_orthonormal_vector()
        };
        direction.as_vec3().extend(self.side)
    }
}

/// The triangles of the world as they are made.
pub(super) struct Surfaces {
    triangles: Vec<[Vec3; 3]>,
    vertices: Vec<Vertex>,
    corners: Vec<[u32; 3]>,
    material_of: Vec<u32>,
    /// Beside the vertices of the drawable: where it is in `vertices`, and in which drawing it
    /// came there. Never cleared, since a file can draw a few of very many vertices very often.
    known: Vec<(u32, u32)>,
    drawings: u32,
}

impl Surfaces {
    /// With room for what is drawn: all of its triangles and vertices, and the vertices in the
    /// file of the largest drawable.
    pub(super) fn with_room(
        triangles: usize,
        vertices: usize,
        largest: usize,
        memory: &mut Memory,
    ) -> Result<Self, MeshError> {
        let what = || format!("{triangles} triangles, counting each repetition,");
        memory.take::<([Vec3; 3], [u32; 3], u32)>(triangles, what)?;
        memory.take::<Vertex>(vertices, what)?;
        memory.take::<(u32, u32)>(largest, what)?;
        Ok(Self {
            triangles: Vec::with_capacity(triangles),
            vertices: Vec::with_capacity(vertices),
            corners: Vec::with_capacity(triangles),
            material_of: Vec::with_capacity(triangles),
            known: vec![(0, 0); largest],
            drawings: 0,
        })
    }

    pub(super) fn draw(
        &mut self,
        drawable: &Drawable<'_>,
        to_world: &DAffine3,
        material: u32,
    ) -> Result<(), MeshError> {
        let place = Place::new(to_world);
        let count = drawable.position.count();
        self.drawings += 1;
        for index in 0..drawable.triangles() {
            let mut corners = drawable.corners(index);
            for corner in corners {
                get_below(corner, count)?;
            }
            let [a, b, c] = corners;
            if a == b || b == c || c == a {
                // As strips have them where they turn.
                continue;
            }
            if place.handedness < 0.0 {
                corners.swap(1, 2);
            }
            let corners = corners.map(|corner| corner as usize);
            let triangle = corners.map(|corner| place.point(drawable.position.get(corner)));
            if !triangle.iter().all(|corner| corner.is_finite()) {
                return Err(MeshError::Invalid(format!(
                    "triangle {index} has a corner that is not finite"
                )));
            }
            let vertices = if drawable.shares_vertices() {
                corners.map(|corner| self.shared_vertex(drawable, &place, corner, triangle))
            } else {
                self.own_vertices(drawable, &place, corners, triangle)
            };
            self.triangles.push(triangle);
            self.corners.push(vertices);
            self.material_of.push(material);
        }
        Ok(())
    }

    /// The place in the list of a vertex that all triangles of a drawable share.
    fn shared_vertex(
        &mut self,
        drawable: &Drawable<'_>,
        place: &Place<'_>,
        corner: usize,
        triangle: [Vec3; 3],
    ) -> u32 {
        let (index, drawing) = self.known[corner];
        if drawing == self.drawings {
            return index;
        }
        let normal = normal(drawable, place, corner, triangle);
        let tangent = match &drawable.tangent {
            Some(tangents) => place.tangent(tangents.get(corner)).beside(normal),
            None => normal.any_orthonormal_vector().as_vec3().extend(1.0),
        };
        let index = self.push(Vertex {
            normal: normal.as_vec3(),
            tangent,
            uv: drawable.uv(corner),
        });
        self.known[corner] = (index, self.drawings);
        index
    }

    /// The places in the list of the vertices of a triangle that shares them with no other.
    fn own_vertices(
        &mut self,
        drawable: &Drawable<'_>,
        place: &Place<'_>,
        corners: [usize; 3],
        triangle: [Vec3; 3],
    ) -> [u32; 3] {
        let tangent = drawable.normal_map.map(|(uv_set, transform)| {
            let uv = corners.map(|corner| {
                let uv = drawable.uv(corner)[uv_set];
                transform.map_or(uv, |transform| transform.apply(uv))
            });
            Tangent::of_triangle(triangle, uv)
        });
        let vertex = |corner| {
            let normal = normal(drawable, place, corner, triangle);
            Vertex {
                normal: normal.as_vec3(),
                tangent: match &tangent {
                    Some(tangent) => tangent.beside(normal),
                    None => normal.any_orthonormal_vector().as_vec3().extend(1.0),
                },
                uv: drawable.uv(corner),
            }
        };
        if drawable.differs_at_corners() {
            corners.map(|corner| self.push(vertex(corner)))
        } else {
            [self.push(vertex(corners[0])); 3]
        }
    }

    fn push(&mut self, vertex: Vertex) -> u32 {
        self.vertices.push(vertex);
        // There are at most three for each of 20 million triangles.
        (self.vertices.len() - 1) as u32
    }

    pub(super) fn finish(
        mut self,
        materials: Vec<PbrMaterial>,
        images: Vec<Image>,
    ) -> Result<Mesh, MeshError> {
        if self.triangles.is_empty() {
            return Err(MeshError::Invalid("the file draws no triangles".into()));
        }
        // Fewer than were counted, where triangles have equal corners.
        self.triangles.shrink_to_fit();
        self.vertices.shrink_to_fit();
        self.corners.shrink_to_fit();
        self.material_of.shrink_to_fit();
        Ok(Mesh::with_appearance(
            self.triangles,
            Appearance {
                vertices: self.vertices,
                corners: self.corners,
                material_of: self.material_of,
                materials,
                images,
            },
        ))
    }
}

fn get_below(corner: u32, count: usize) -> Result<(), MeshError> {
    if (corner as usize) < count {
        return Ok(());
    }
    Err(MeshError::Invalid(format!(
        "there is no vertex {corner}: the primitive has {count} of them"
    )))
}

/// The normal of a corner: as in the file, or that of the triangle.
fn normal(drawable: &Drawable<'_>, place: &Place<'_>, corner: usize, triangle: [Vec3; 3]) -> DVec3 {
    let in_file = drawable.normal.as_ref();
    in_file
        .and_then(|normals| place.normal(normals.get(corner)))
        .unwrap_or_else(|| {
            let [a, b, c] = triangle.map(Vec3::as_dvec3);
            (b - a).cross(c - a).normalize_or(DVec3::Z)
        })
}
