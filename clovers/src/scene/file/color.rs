//! Every notation of a colour.

use palette::{FromColor, Oklch, Xyz, white_point::D65};

use super::fields::{Fields, Node};
use crate::{
    scene::error::Report,
    spectrum::{SmoothSpectrum, srgb},
};

/// A colour: XYZ relative to equal energy, whatever it was written in.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Color {
    /// X, Y, Z.
    pub xyz_e: [f64; 3],
}

impl Color {
    /// The colour of the flat spectrum of this value.
    #[must_use]
    pub const fn grey(value: f64) -> Self {
        Self { xyz_e: [value; 3] }
    }

    /// From sRGB-encoded components.
    #[must_use]
    pub fn from_srgb(rgb: [f64; 3]) -> Self {
        Self::from_linear_srgb(rgb.map(srgb::decode))
    }

    /// From linear sRGB components.
    #[must_use]
    pub fn from_linear_srgb(rgb: [f64; 3]) -> Self {
        let xyz_e = if rgb[0] == rgb[1] && rgb[1] == rgb[2] {
            rgb
        } else {
            srgb::linear_to_xyz_e(rgb)
        };
        Self { xyz_e }
    }

    /// Whether no reflectance comes within a percent of it.
    #[must_use]
    pub fn is_brighter_than_any_surface(&self) -> bool {
        // Every colour up to white in linear sRGB is one of a reflectance; only the others need
        // a closer look.
        let linear = srgb::xyz_e_to_linear(self.xyz_e);
        linear.iter().any(|&component| component > 1.001)
            && SmoothSpectrum::reflectance(self.xyz_e).error > 0.01
    }

    /// Whether it is no light at all.
    #[must_use]
    pub fn is_black(&self) -> bool {
        self.xyz_e.iter().all(|&value| value <= 0.0)
    }
}

const RGB: [&str; 3] = ["red", "green", "blue"];
const XYZ: [&str; 3] = ["x", "y", "z"];
const OKLCH: [&str; 3] = ["l", "chroma", "hue"];

/// The colour of a texture: an array, or an object with one tag.
pub(super) fn color(node: &Node<'_>, report: &mut Report) -> Option<Color> {
    if node.value.is_array() {
        return checked(node, Color::from_srgb(node.triple(report)?), report);
    }
    let tags = node.value.as_object().map(|map| {
        map.iter()
            .filter(|(key, _)| key.as_str() != "comment")
            .map(|(key, _)| key.as_str())
            .collect::<Vec<_>>()
    });
    let (Some(&[tag]), Some(fields)) = (
        tags.as_deref(),
        node.value
            .as_object()
            .and_then(|_| Fields::of(node, report)),
    ) else {
        report.problem(
            &node.path,
            "expected a colour: [red, green, blue], or an object with one of the keys hex, srgb, lin_srgb, xyz_d65, xyz_e, oklch",
        );
        return None;
    };
    let inner = fields.required(tag, report)?;
    let color = match tag {
        "hex" => hex(&inner, report)?,
        "srgb" => Color::from_srgb(components(&inner, RGB, report)?),
        "lin_srgb" => Color::from_linear_srgb(components(&inner, RGB, report)?),
        "xyz_e" => Color {
            xyz_e: components(&inner, XYZ, report)?,
        },
        "xyz_d65" => Color {
            xyz_e: srgb::xyz_d65_to_xyz_e(components(&inner, XYZ, report)?),
        },
        "oklch" => oklch(components(&inner, OKLCH, report)?),
        _ => {
            report.problem(
                &inner.path,
                "unknown colour notation: hex, srgb, lin_srgb, xyz_d65, xyz_e and oklch are known",
            );
            return None;
        }
    };
    checked(&inner, color, report)
}

/// The background: three encoded sRGB components, as an array or a map.
pub(super) fn background(node: &Node<'_>, report: &mut Report) -> Option<Color> {
    checked(
        node,
        Color::from_srgb(components(node, RGB, report)?),
        report,
    )
}

/// XYZ relative to equal energy, as an array or a map.
pub(super) fn xyz(node: &Node<'_>, report: &mut Report) -> Option<Color> {
    let xyz_e = components(node, XYZ, report)?;
    checked(node, Color { xyz_e }, report)
}

/// Three numbers, in an array or under their names.
fn components(node: &Node<'_>, names: [&str; 3], report: &mut Report) -> Option<[f64; 3]> {
    if !node.value.is_object() {
        return node.triple(report);
    }
    let fields = Fields::of(node, report)?;
    fields.warn_of_unknown(&names, &[], report);
    let numbers = names.map(|name| fields.number(name, report));
    Some([numbers[0]?, numbers[1]?, numbers[2]?])
}

fn hex(node: &Node<'_>, report: &mut Report) -> Option<Color> {
    let text = node.text(report)?;
    let digits = text.strip_prefix('#').unwrap_or(text);
    let values: Option<Vec<u32>> = digits.chars().map(|c| c.to_digit(16)).collect();
    let rgb = match values.as_deref() {
        Some(&[r, g, b]) => [r * 17, g * 17, b * 17],
        Some(&[r1, r0, g1, g0, b1, b0]) => [r1 * 16 + r0, g1 * 16 + g0, b1 * 16 + b0],
        _ => {
            report.problem(
                &node.path,
                "expected 3 or 6 hexadecimal digits, as in #ff8800",
            );
            return None;
        }
    };
    Some(Color::from_srgb(rgb.map(|value| f64::from(value) / 255.0)))
}

fn oklch([lightness, chroma, hue]: [f64; 3]) -> Color {
    let xyz: Xyz<D65, f64> = Xyz::from_color(Oklch::new(lightness, chroma, hue));
    if chroma == 0.0 {
        return Color::grey(xyz.y);
    }
    Color {
        xyz_e: srgb::xyz_d65_to_xyz_e([xyz.x, xyz.y, xyz.z]),
    }
}

/// Brighter than this, radiances times areas leave single precision.
const BRIGHTEST: f64 = 1e12;

/// Colours that have a luminance, within the range of the renderer.
fn checked(node: &Node<'_>, color: Color, report: &mut Report) -> Option<Color> {
    let within = |value: f64| value.is_finite() && value.abs() <= BRIGHTEST;
    if !color.xyz_e.iter().all(|&value| within(value)) {
        report.problem(&node.path, "this colour is brighter than 1e12");
        return None;
    }
    let positive = color.xyz_e.iter().any(|&value| value > 0.0);
    if color.xyz_e[1] < 0.0 || (color.xyz_e[1] == 0.0 && positive) {
        report.problem(
            &node.path,
            "no light has this colour: its luminance is not positive",
        );
        return None;
    }
    Some(color)
}
