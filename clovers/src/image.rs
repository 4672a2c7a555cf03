//! Pictures, and their bytes. The only encoders of the project; the same picture always gives
//! the same bytes.

pub mod exr;
pub mod png;
mod thumbnail;

pub use thumbnail::thumbnail;

/// A picture in linear sRGB, 1 shown as white.
#[derive(Clone, Debug, PartialEq)]
pub struct Picture {
    /// Columns.
    pub width: u32,
    /// Rows.
    pub height: u32,
    /// Red, green and blue, row-major, top row first.
    pub pixels: Vec<[f32; 3]>,
}
