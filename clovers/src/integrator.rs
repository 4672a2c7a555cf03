//! What a camera ray sees.

pub mod normals;
pub mod path;
