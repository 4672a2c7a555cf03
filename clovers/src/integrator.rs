//! What a camera ray sees.

pub mod bvh_cost;
pub mod first_hit;
pub mod normals;
pub mod path;

#[cfg(test)]
mod against_plain;
#[cfg(test)]
mod plain;
