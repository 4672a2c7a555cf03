//! What a camera ray sees.

pub mod bvh_cost;
pub mod normals;
pub mod path;
