//! The triangles of a mesh, made ready for rays.

use glam::{Vec2, Vec3};
use rayon::prelude::*;

use crate::{
    bvh::{BuildParams, Bvh},
    math::Aabb,
    shapes::{
        Triangle,
        packs::{PackHits, Sheared, TrianglePack},
    },
};

/// A hierarchy over the triangles of a mesh. Those without area are left out.
#[derive(Clone, Debug)]
pub(crate) struct TriangleTree {
    bvh: Bvh,
    packs: Vec<TrianglePack>,
    /// The triangles of each pack.
    members: Vec<[u32; 8]>,
    triangles: usize,
}

/// Where a ray meets a triangle.
#[derive(Clone, Copy, Debug)]
pub(crate) struct TriangleHit {
    /// Distance in lengths of the ray's direction.
    pub(crate) t: f32,
    /// Weights of the second and third corner.
    pub(crate) place: Vec2,
    /// Which one.
    pub(crate) triangle: u32,
}

impl TriangleTree {
    pub(crate) fn new(triangles: &[[Vec3; 3]], params: &BuildParams) -> Self {
        let has_area = |index: &u32| Triangle::new(triangles[*index as usize]).has_area();
        let every: Vec<u32> = (0..triangles.len() as u32)
            .into_par_iter()
            .filter(has_area)
            .collect();
        let (mut bvh, order) = Bvh::build(
            every.len(),
            |item| (Aabb::around(triangles[every[item] as usize]), 1),
            params,
        );
        let mut runs = Vec::new();
        bvh.repack(|first, count| {
            runs.push((first, count));
            (runs.len() - 1, 1)
        });
        let member = |&item: &u32| every[item as usize];
        let members: Vec<[u32; 8]> = runs
            .into_par_iter()
            .map(|(first, count)| {
                let mut members = [u32::MAX; 8];
                for (to, item) in members.iter_mut().zip(&order[first..first + count]) {
                    *to = member(item);
                }
                members
            })
            .collect();
        let packs = members
            .par_iter()
            .map(|members| {
                let present = members.iter().filter(|&&member| member != u32::MAX);
                TrianglePack::new(present.map(|&member| Triangle::new(triangles[member as usize])))
            })
            .collect();
        Self {
            bvh,
            packs,
            members,
            triangles: every.len(),
        }
    }

    pub(crate) fn bounds(&self) -> Aabb {
        self.bvh.bounds()
    }

    /// How many triangles have an area.
    pub(crate) fn len(&self) -> usize {
        self.triangles
    }

    pub(crate) fn memory_bytes(&self) -> usize {
        self.bvh.memory_bytes()
            + self.packs.capacity() * size_of::<TrianglePack>()
            + self.members.capacity() * size_of::<[u32; 8]>()
    }

    /// The nearest hit up to `limit`, of triangles other than `skip`; the first in the mesh, where
    /// several are equally near.
    #[inline]
    pub(crate) fn nearest(
        &self,
        origin: Vec3,
        direction: Vec3,
        limit: f32,
        skip: Option<u32>,
    ) -> Option<TriangleHit> {
        let mut nearest: Option<TriangleHit> = None;
        self.visit(origin, direction, limit, |hits, members, limit| {
            for (lane, t) in hits.iter() {
                let triangle = members[lane];
                let closer = match &nearest {
                    Some(nearest) if t == nearest.t => triangle < nearest.triangle,
                    _ => t <= *limit,
                };
                if closer && Some(triangle) != skip {
                    *limit = t;
                    nearest = Some(TriangleHit {
                        t,
                        place: hits.place(lane),
                        triangle,
                    });
                }
            }
            false
        });
        nearest
    }

    /// Whether a triangle other than these is hit before `limit`.
    #[inline]
    pub(crate) fn is_hit(
        &self,
        origin: Vec3,
        direction: Vec3,
        limit: f32,
        skip: [Option<u32>; 2],
    ) -> bool {
        let mut is_hit = false;
        self.visit(origin, direction, limit, |hits, members, _| {
            is_hit = hits
                .iter()
                .any(|(lane, t)| t < limit && !skip.contains(&Some(members[lane])));
            is_hit
        });
        is_hit
    }

    /// How many nodes and triangles are tested until the nearest hit is found.
    pub(crate) fn count_work(&self, origin: Vec3, direction: Vec3, limit: f32) -> (u32, u32) {
        let mut triangles = 0;
        let ray = Sheared::new(origin, direction);
        let nodes = self
            .bvh
            .traverse(origin, direction, limit, |pack, _, limit| {
                let members = &self.members[pack as usize];
                triangles += members.iter().filter(|&&member| member != u32::MAX).count() as u32;
                let hits = self.packs[pack as usize].intersect(&ray, *limit);
                *limit = hits.iter().fold(*limit, |limit, (_, t)| limit.min(t));
                false
            });
        (nodes, triangles)
    }

    #[inline]
    fn visit(
        &self,
        origin: Vec3,
        direction: Vec3,
        limit: f32,
        mut visit: impl FnMut(&PackHits, &[u32; 8], &mut f32) -> bool,
    ) {
        let ray = Sheared::new(origin, direction);
        self.bvh
            .traverse(origin, direction, limit, |pack, _, limit| {
                let hits = self.packs[pack as usize].intersect(&ray, *limit);
                !hits.is_empty() && visit(&hits, &self.members[pack as usize], limit)
            });
    }
}
