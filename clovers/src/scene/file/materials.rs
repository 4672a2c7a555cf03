//! Materials and textures of a scene file.

use std::{collections::BTreeMap, sync::LazyLock};

use super::{
    color::{self, Color},
    fields::{Fields, Node},
    revisions::{self, Kind},
};
use crate::{materials::ThinFilm, scene::error::Report, spectrum::Illuminant};

/// A material as its author wrote it.
#[derive(Clone, Debug)]
pub struct MaterialDescription {
    /// JSON pointer to the material; "" for the default.
    pub pointer: String,
    /// What it is.
    pub kind: MaterialKind,
    /// A thin film over it.
    pub thin_film: Option<ThinFilm>,
}

/// The kinds of materials.
#[derive(Clone, Debug)]
pub enum MaterialKind {
    /// Ideal diffuse.
    Lambertian {
        /// Its reflectance.
        albedo: TextureDescription,
    },
    /// A mirror, rough when `fuzz` is not 0.
    Metal {
        /// Its reflectance.
        albedo: TextureDescription,
        /// From 0, a mirror, to 1, a cosine lobe around the mirror direction.
        fuzz: f32,
    },
    /// A smooth interface to vacuum.
    Dielectric {
        /// Index behind the surface.
        refractive_index: f32,
        /// Factor of every reflection and refraction.
        color: Color,
    },
    /// A clear dielectric whose index depends on the wavelength.
    Dispersive {
        /// The constant of Cauchy's formula.
        cauchy_a: f32,
        /// Its coefficient, in square micrometres.
        cauchy_b: f32,
    },
    /// A light, shining from its front.
    DiffuseLight {
        /// Its radiance.
        emit: TextureDescription,
    },
    /// A light that shines into a cone around its normal.
    ConeLight {
        /// Half the angle of the cone, in degrees.
        spread: f32,
        /// Its radiance within the cone.
        emit: TextureDescription,
    },
    /// Scatters evenly over the whole sphere.
    Isotropic {
        /// Its reflectance.
        albedo: TextureDescription,
    },
}

/// The kinds of materials by themselves.
#[derive(Clone, Copy, Debug)]
pub(in crate::scene) enum Tag {
    Lambertian,
    Metal,
    Dielectric,
    Dispersive,
    DiffuseLight,
    ConeLight,
    Isotropic,
}

/// Every kind of material with its keys.
#[rustfmt::skip]
pub(in crate::scene) const KINDS: &[Kind<Tag>] = &[
    Kind { name: "Lambertian", tag: Tag::Lambertian, keys: &["albedo"] },
    Kind { name: "Metal", tag: Tag::Metal, keys: &["albedo", "fuzz"] },
    Kind { name: "Dielectric", tag: Tag::Dielectric, keys: &["refractive_index", "color"] },
    Kind { name: "Dispersive", tag: Tag::Dispersive, keys: &["cauchy_a", "cauchy_b"] },
    Kind { name: "DiffuseLight", tag: Tag::DiffuseLight, keys: &["emit"] },
    Kind { name: "ConeLight", tag: Tag::ConeLight, keys: &["spread", "emit"] },
    Kind { name: "Isotropic", tag: Tag::Isotropic, keys: &["albedo"] },
];

/// What every material can say.
pub(in crate::scene) const COMMON_KEYS: &[&str] = &["kind", "name", "thin_film"];

/// The keys of a thin film.
pub(in crate::scene) const THIN_FILM_KEYS: &[&str] = &["refractive_index", "thickness"];

impl MaterialKind {
    /// The name of the kind in a scene file.
    #[must_use]
    pub fn name(&self) -> &'static str {
        match self {
            Self::Lambertian { .. } => "Lambertian",
            Self::Metal { .. } => "Metal",
            Self::Dielectric { .. } => "Dielectric",
            Self::Dispersive { .. } => "Dispersive",
            Self::DiffuseLight { .. } => "DiffuseLight",
            Self::ConeLight { .. } => "ConeLight",
            Self::Isotropic { .. } => "Isotropic",
        }
    }

    /// The texture of its surface, if it has one.
    #[must_use]
    pub fn texture(&self) -> Option<&TextureDescription> {
        match self {
            Self::Lambertian { albedo }
            | Self::Metal { albedo, .. }
            | Self::Isotropic { albedo } => Some(albedo),
            Self::DiffuseLight { emit } | Self::ConeLight { emit, .. } => Some(emit),
            Self::Dielectric { .. } | Self::Dispersive { .. } => None,
        }
    }
}

/// The kinds of textures by themselves.
#[derive(Clone, Copy, Debug)]
pub(in crate::scene) enum TextureTag {
    SolidColor,
    SurfaceChecker,
    SpatialChecker,
    Illuminant(Illuminant),
}

/// Every kind of texture with its keys.
#[rustfmt::skip]
pub(in crate::scene) static TEXTURE_KINDS: LazyLock<Vec<Kind<TextureTag>>> = LazyLock::new(|| {
    let mut kinds = vec![
        Kind { name: "SolidColor", tag: TextureTag::SolidColor, keys: &["color"] },
        Kind { name: "SurfaceChecker", tag: TextureTag::SurfaceChecker, keys: &["even", "odd", "density"] },
        Kind { name: "SpatialChecker", tag: TextureTag::SpatialChecker, keys: &["even", "odd", "density"] },
    ];
    kinds.extend(Illuminant::ALL.iter().map(|&illuminant| Kind {
        name: illuminant.name(),
        tag: TextureTag::Illuminant(illuminant),
        keys: &["intensity"],
    }));
    kinds
});

/// A texture as its author wrote it.
#[derive(Clone, Debug)]
pub enum TextureDescription {
    /// The same everywhere.
    Solid(Color),
    /// A checker on the (u, v) of the surface.
    SurfaceChecker {
        /// Colour of the cells of even sum.
        even: Color,
        /// Colour of the others.
        odd: Color,
        /// Cells per unit.
        density: f32,
    },
    /// A checker in world space.
    SpatialChecker {
        /// Colour of the cells of even sum.
        even: Color,
        /// Colour of the others.
        odd: Color,
        /// Cells per unit.
        density: f32,
    },
    /// The table of an illuminant.
    Illuminant {
        /// Which one.
        illuminant: Illuminant,
        /// Factor of the table.
        intensity: f32,
    },
}

impl TextureDescription {
    /// The name of the kind in a scene file.
    #[must_use]
    pub fn name(&self) -> &'static str {
        match self {
            Self::Solid(_) => "SolidColor",
            Self::SurfaceChecker { .. } => "SurfaceChecker",
            Self::SpatialChecker { .. } => "SpatialChecker",
            Self::Illuminant { illuminant, .. } => illuminant.name(),
        }
    }

    /// Whether it is 0 everywhere.
    fn is_black(&self) -> bool {
        match self {
            Self::Solid(color) => color.is_black(),
            Self::SurfaceChecker { even, odd, .. } | Self::SpatialChecker { even, odd, .. } => {
                even.is_black() && odd.is_black()
            }
            Self::Illuminant { intensity, .. } => *intensity == 0.0,
        }
    }
}

impl MaterialDescription {
    /// The material of objects that name none: Lambertian with flat reflectance 0.5.
    #[must_use]
    pub fn grey() -> Self {
        Self {
            pointer: String::new(),
            kind: MaterialKind::Lambertian {
                albedo: TextureDescription::Solid(Color::grey(0.5)),
            },
            thin_film: None,
        }
    }

    /// Whether it shines.
    #[must_use]
    pub fn is_emitter(&self) -> bool {
        match &self.kind {
            MaterialKind::DiffuseLight { emit } | MaterialKind::ConeLight { emit, .. } => {
                !emit.is_black()
            }
            MaterialKind::Lambertian { .. }
            | MaterialKind::Metal { .. }
            | MaterialKind::Dielectric { .. }
            | MaterialKind::Dispersive { .. }
            | MaterialKind::Isotropic { .. } => false,
        }
    }
}

/// The materials of a scene as they are found, and who uses which.
pub(super) struct MaterialNames {
    materials: Vec<MaterialDescription>,
    /// First material of each name.
    by_name: BTreeMap<String, usize>,
    used: Vec<bool>,
    /// Named materials that were refused; naming them is no second problem.
    refused: Vec<String>,
}

/// Where the default material stands.
const GREY: usize = 0;

impl MaterialNames {
    /// Reads the list of named materials.
    pub(super) fn read(node: Option<&Node<'_>>, report: &mut Report) -> Self {
        let mut names = Self {
            materials: vec![MaterialDescription::grey()],
            by_name: BTreeMap::new(),
            used: vec![true],
            refused: Vec::new(),
        };
        let Some(node) = node else { return names };
        let items = node.items("an array of materials", report).unwrap_or(&[]);
        for (index, value) in items.iter().enumerate() {
            if report.is_full() {
                break;
            }
            let item = node.item(index, value);
            let Some(fields) = Fields::of(&item, report) else {
                continue;
            };
            let name = fields
                .required("name", report)
                .and_then(|node| node.text(report));
            let material = material(&item, report);
            let Some(name) = name else { continue };
            match material {
                None => names.refused.push(name.to_owned()),
                Some(_) if names.by_name.contains_key(name) => report.warning(
                    &fields.path("name"),
                    format!("an earlier material is called `{name}` too; this one is never used"),
                ),
                Some(material) => {
                    let index = names.add(material, false);
                    names.by_name.insert(name.to_owned(), index);
                }
            }
        }
        names
    }

    fn add(&mut self, material: MaterialDescription, used: bool) -> usize {
        self.materials.push(material);
        self.used.push(used);
        self.materials.len() - 1
    }

    /// The material an object asks for, by name or inline; grey when it asks for none.
    pub(super) fn resolve(&mut self, node: Option<&Node<'_>>, report: &mut Report) -> usize {
        let Some(node) = node else { return GREY };
        let Some(name) = node.value.as_str() else {
            return match material(node, report) {
                Some(material) => self.add(material, true),
                None => GREY,
            };
        };
        if let Some(&index) = self.by_name.get(name) {
            self.used[index] = true;
            return index;
        }
        if !self.refused.iter().any(|refused| refused == name) {
            report.warning(
                &node.path,
                format!("there is no material `{name}`; the object is shown grey"),
            );
        }
        GREY
    }

    /// All materials; warns of those nothing uses.
    pub(super) fn finish(self, report: &mut Report) -> Vec<MaterialDescription> {
        for (material, _) in self
            .materials
            .iter()
            .zip(&self.used)
            .filter(|(_, used)| !**used)
        {
            report.warning(&material.pointer, "no object uses this material");
        }
        self.materials
    }
}

fn material(node: &Node<'_>, report: &mut Report) -> Option<MaterialDescription> {
    if !node.value.is_object() {
        node.refuse("the name of a material or a material", report);
        return None;
    }
    let (tag, body) = revisions::tagged(node, KINDS, COMMON_KEYS, report)?;
    let fields = Fields::of(&body, report)?;
    let kind = match tag {
        Tag::Lambertian => {
            let albedo = reflectance(&fields, "albedo", report);
            MaterialKind::Lambertian { albedo: albedo? }
        }
        Tag::Metal => {
            let albedo = reflectance(&fields, "albedo", report);
            let fuzz = fuzz(&fields, report);
            MaterialKind::Metal {
                albedo: albedo?,
                fuzz: fuzz?,
            }
        }
        Tag::Dielectric => {
            let refractive_index = index(&fields, report);
            let color = match fields.optional("color") {
                Some(node) => {
                    let color = color::xyz(&node, report);
                    if color.is_some_and(|color| color.is_brighter_than_any_surface()) {
                        report.warning(&node.path, TOO_BRIGHT);
                    }
                    color
                }
                None => Some(Color::grey(1.0)),
            };
            MaterialKind::Dielectric {
                refractive_index: refractive_index?,
                color: color?,
            }
        }
        Tag::Dispersive => cauchy(&fields, report)?,
        Tag::DiffuseLight => {
            let emit = fields
                .required("emit", report)
                .and_then(|node| texture(&node, report));
            MaterialKind::DiffuseLight { emit: emit? }
        }
        Tag::ConeLight => {
            let spread = spread(&fields, report);
            let emit = fields
                .required("emit", report)
                .and_then(|node| texture(&node, report));
            MaterialKind::ConeLight {
                spread: spread?,
                emit: emit?,
            }
        }
        Tag::Isotropic => {
            let albedo = reflectance(&fields, "albedo", report);
            MaterialKind::Isotropic { albedo: albedo? }
        }
    };
    let thin_film = match fields.optional("thin_film") {
        Some(film) if !film.value.is_null() => Some(thin_film(&film, report)?),
        _ => None,
    };
    Some(MaterialDescription {
        pointer: body.path.to_string(),
        kind,
        thin_film,
    })
}

fn thin_film(node: &Node<'_>, report: &mut Report) -> Option<ThinFilm> {
    let fields = Fields::of(node, report)?;
    fields.warn_of_unknown(THIN_FILM_KEYS, &[], report);
    let refractive_index = index(&fields, report);
    let thickness = fields.number_or("thickness", 500.0, report)?;
    if !(0.0..=1e6).contains(&thickness) {
        report.problem(
            &fields.path("thickness"),
            "must lie within 0 and 1e6 nanometres",
        );
        return None;
    }
    Some(ThinFilm {
        refractive_index: refractive_index?,
        thickness_nm: thickness as f32,
    })
}

/// The half angle of a cone of light in degrees.
fn spread(fields: &Fields<'_>, report: &mut Report) -> Option<f32> {
    let spread = fields.number("spread", report)?;
    if !(spread as f32 > 0.0 && spread <= 180.0) {
        report.problem(
            &fields.path("spread"),
            "must be greater than 0 and at most 180 degrees; 90 is all of the front",
        );
        return None;
    }
    Some(spread as f32)
}

fn fuzz(fields: &Fields<'_>, report: &mut Report) -> Option<f32> {
    let fuzz = fields.number_or("fuzz", 0.0, report)?;
    if !(0.0..=1.0).contains(&fuzz) {
        report.warning(
            &fields.path("fuzz"),
            "lies outside of 0 to 1 and is limited to it",
        );
    }
    Some(fuzz.clamp(0.0, 1.0) as f32)
}

fn index(fields: &Fields<'_>, report: &mut Report) -> Option<f32> {
    let index = fields.number_or("refractive_index", 1.5, report)? as f32;
    if !INDICES.contains(&index) {
        report.problem(
            &fields.path("refractive_index"),
            "must lie within 0.01 and 100",
        );
        return None;
    }
    Some(index)
}

/// What a refractive index can be.
const INDICES: std::ops::RangeInclusive<f32> = 0.01..=100.0;

fn cauchy(fields: &Fields<'_>, report: &mut Report) -> Option<MaterialKind> {
    let a = fields.number_or("cauchy_a", 1.5046, report);
    let b = fields.number_or("cauchy_b", 0.0042, report);
    let (cauchy_a, cauchy_b) = (a? as f32, b? as f32);
    // The formula is monotonous, so its ends bound it.
    for micrometres in [0.38_f32, 0.78] {
        let index = cauchy_a + cauchy_b / (micrometres * micrometres);
        if !INDICES.contains(&index) {
            report.problem(
                fields.place(),
                format!(
                    "the refractive index at {:.0} nm is {index}; it must lie within 0.01 and 100",
                    micrometres * 1000.0
                ),
            );
            return None;
        }
    }
    Some(MaterialKind::Dispersive { cauchy_a, cauchy_b })
}

const TOO_BRIGHT: &str =
    "no surface is that bright in this hue; the nearest colour of a surface is shown";

/// The reflectance under a key; flat 0.5 when it is not given.
pub(super) fn reflectance(
    fields: &Fields<'_>,
    key: &str,
    report: &mut Report,
) -> Option<TextureDescription> {
    let Some(node) = fields.optional(key) else {
        return Some(TextureDescription::Solid(Color::grey(0.5)));
    };
    let texture = texture(&node, report)?;
    let too_bright = match &texture {
        TextureDescription::Solid(color) => color.is_brighter_than_any_surface(),
        TextureDescription::SurfaceChecker { even, odd, .. }
        | TextureDescription::SpatialChecker { even, odd, .. } => {
            even.is_brighter_than_any_surface() || odd.is_brighter_than_any_surface()
        }
        // Clamped where it exceeds 1; the format says so.
        TextureDescription::Illuminant { .. } => false,
    };
    if too_bright {
        report.warning(&node.path, TOO_BRIGHT);
    }
    Some(texture)
}

fn texture(node: &Node<'_>, report: &mut Report) -> Option<TextureDescription> {
    let (tag, body) = revisions::tagged(node, &TEXTURE_KINDS, &["kind"], report)?;
    let fields = Fields::of(&body, report)?;
    match tag {
        TextureTag::SolidColor => {
            let node = fields.required("color", report)?;
            color::color(&node, report).map(TextureDescription::Solid)
        }
        TextureTag::SurfaceChecker => {
            let (even, odd, density) = checker(&fields, 10.0, report)?;
            Some(TextureDescription::SurfaceChecker { even, odd, density })
        }
        TextureTag::SpatialChecker => {
            let (even, odd, density) = checker(&fields, 1.0, report)?;
            Some(TextureDescription::SpatialChecker { even, odd, density })
        }
        TextureTag::Illuminant(illuminant) => {
            let intensity = fields.number_or("intensity", 1.0, report)?;
            if !(0.0..=BRIGHTEST).contains(&intensity) {
                report.problem(&fields.path("intensity"), "must lie within 0 and 1e9");
                return None;
            }
            Some(TextureDescription::Illuminant {
                illuminant,
                intensity: intensity as f32,
            })
        }
    }
}

/// The largest factor of an illuminant, whose tables reach some hundreds.
const BRIGHTEST: f64 = 1e9;

fn checker(fields: &Fields<'_>, density: f64, report: &mut Report) -> Option<(Color, Color, f32)> {
    let mut cell = |key: &str, default: f64| match fields.optional(key) {
        Some(node) => color::color(&node, report),
        None => Some(Color::grey(default)),
    };
    let even = cell("even", 0.8);
    let odd = cell("odd", 0.5);
    let density = fields.number_or("density", density, report);
    Some((even?, odd?, density? as f32))
}
