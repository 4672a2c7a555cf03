"""What our scenes have and Mitsuba has not, as plugins of it: they are compiled like its own."""

from __future__ import annotations

import drjit as dr
import mitsuba as mi


class SpatialChecker(mi.Texture):
    """Cells of space, seen where a surface cuts them."""

    def __init__(self, props: mi.Properties) -> None:
        super().__init__(props)
        self.even = props.get_texture("even")
        self.odd = props.get_texture("odd")
        self.density = dr.opaque(mi.Float, props["density"])

    def _is_even(self, si: mi.SurfaceInteraction3f) -> mi.Bool:
        # A surface on the border of two cells belongs to the upper one.
        cell = mi.Vector3i(dr.floor(self.density * si.p + 1e-4))
        return ((cell.x + cell.y + cell.z) & 1) == 0

    def eval(self, si: mi.SurfaceInteraction3f, active: mi.Bool = True) -> mi.Spectrum:
        return dr.select(self._is_even(si), self.even.eval(si, active), self.odd.eval(si, active))

    def mean(self) -> mi.Float:
        return (self.even.mean() + self.odd.mean()) / 2

    def is_spatially_varying(self) -> bool:
        return True

    def to_string(self) -> str:
        return "SpatialChecker[]"


class Shine(mi.Texture):
    """The colours of another texture as light, `scale` times as bright."""

    def __init__(self, props: mi.Properties) -> None:
        super().__init__(props)
        self.colors = props.get_texture("colors")
        self.white = mi.load_dict({"type": "d65"})
        self.scale = dr.opaque(mi.Float, props["scale"])

    def eval(self, si: mi.SurfaceInteraction3f, active: mi.Bool = True) -> mi.Spectrum:
        return self.colors.eval(si, active) * self.white.eval(si, active) * self.scale

    def mean(self) -> mi.Float:
        return self.colors.mean() * self.scale

    def is_spatially_varying(self) -> bool:
        return True

    def to_string(self) -> str:
        return "Shine[]"


class Film:
    """The stylised interference colours of our thin films, over an albedo."""

    def __init__(self, props: mi.Properties) -> None:
        self.is_there = "film_thickness" in props
        if self.is_there:
            self.index = dr.opaque(mi.Float, props["film_index"])
            self.thickness = dr.opaque(mi.Float, props["film_thickness"])

    def tint(self, albedo: mi.Spectrum, si: mi.SurfaceInteraction3f) -> mi.Spectrum:
        if not self.is_there:
            return albedo
        cos = mi.Frame3f.cos_theta(si.wi)
        inside = 1 - (1 - cos * cos) / (self.index * self.index)
        path = 2 * self.index * self.thickness * dr.safe_sqrt(inside)
        return dr.minimum(albedo * (1 + dr.cos(2 * dr.pi * path / si.wavelengths)), 1)


class FuzzyMetal(mi.BSDF):
    """The mirror direction plus a point on a sphere of radius `fuzz`: clovers/src/bsdf/metal.rs."""

    def __init__(self, props: mi.Properties) -> None:
        super().__init__(props)
        self.albedo = props.get_texture("albedo")
        self.fuzz = dr.opaque(mi.Float, props["fuzz"])
        self.film = Film(props)
        flags = mi.BSDFFlags.GlossyReflection | mi.BSDFFlags.FrontSide | mi.BSDFFlags.BackSide
        if self.albedo.is_spatially_varying():
            flags |= mi.BSDFFlags.SpatiallyVarying
        self.m_components = [flags]
        self.m_flags = flags

    def _density(self, wi: mi.Vector3f, wo: mi.Vector3f) -> mi.Float:
        mirror = mi.Vector3f(-wi.x, -wi.y, wi.z)
        cos = dr.dot(mirror, wo)
        q_squared = self.fuzz * self.fuzz - dr.squared_norm(dr.cross(mirror, wo))
        q = dr.maximum(dr.safe_sqrt(q_squared), 1e-4 * self.fuzz)
        density = (cos * cos + q_squared) / (2 * dr.pi * self.fuzz * q)
        above = mi.Frame3f.cos_theta(wi) * mi.Frame3f.cos_theta(wo) > 0
        return dr.select((cos > 0) & (q_squared > 0) & above, density, 0)

    def _reflectance(self, si: mi.SurfaceInteraction3f, active: mi.Bool) -> mi.Spectrum:
        return self.film.tint(self.albedo.eval(si, active), si)

    def sample(
        self,
        ctx: mi.BSDFContext,
        si: mi.SurfaceInteraction3f,
        sample1: mi.Float,
        sample2: mi.Point2f,
        active: mi.Bool = True,
    ) -> tuple[mi.BSDFSample3f, mi.Spectrum]:
        mirror = mi.Vector3f(-si.wi.x, -si.wi.y, si.wi.z)
        bs = dr.zeros(mi.BSDFSample3f)
        bs.wo = dr.normalize(mirror + self.fuzz * mi.warp.square_to_uniform_sphere(sample2))
        bs.pdf = self._density(si.wi, bs.wo)
        bs.eta = 1.0
        bs.sampled_type = mi.UInt32(+mi.BSDFFlags.GlossyReflection)
        bs.sampled_component = mi.UInt32(0)
        active = active & (bs.pdf > 0)
        return bs, dr.select(active, self._reflectance(si, active), 0)

    def eval(
        self,
        ctx: mi.BSDFContext,
        si: mi.SurfaceInteraction3f,
        wo: mi.Vector3f,
        active: mi.Bool = True,
    ) -> mi.Spectrum:
        return self.eval_pdf(ctx, si, wo, active)[0]

    def pdf(
        self,
        ctx: mi.BSDFContext,
        si: mi.SurfaceInteraction3f,
        wo: mi.Vector3f,
        active: mi.Bool = True,
    ) -> mi.Float:
        return dr.select(active, self._density(si.wi, wo), 0)

    def eval_pdf(
        self,
        ctx: mi.BSDFContext,
        si: mi.SurfaceInteraction3f,
        wo: mi.Vector3f,
        active: mi.Bool = True,
    ) -> tuple[mi.Spectrum, mi.Float]:
        density = self.pdf(ctx, si, wo, active)
        return self._reflectance(si, active) * density, density

    def to_string(self) -> str:
        return "FuzzyMetal[]"


class FilmedDielectric(mi.BSDF):
    """Clear glass under a thin film."""

    def __init__(self, props: mi.Properties) -> None:
        super().__init__(props)
        glass = {"type": "dielectric", "int_ior": props["int_ior"], "ext_ior": 1.0}
        self.glass = mi.load_dict(glass)
        self.film = Film(props)
        self.m_components = [self.glass.flags(0), self.glass.flags(1)]
        self.m_flags = self.glass.flags()

    def sample(
        self,
        ctx: mi.BSDFContext,
        si: mi.SurfaceInteraction3f,
        sample1: mi.Float,
        sample2: mi.Point2f,
        active: mi.Bool = True,
    ) -> tuple[mi.BSDFSample3f, mi.Spectrum]:
        bs, weight = self.glass.sample(ctx, si, sample1, sample2, active)
        return bs, weight * self.film.tint(mi.Spectrum(1), si)

    def eval(self, *_: object) -> mi.Spectrum:
        return mi.Spectrum(0)

    def pdf(self, *_: object) -> mi.Float:
        return mi.Float(0)

    def eval_pdf(self, *_: object) -> tuple[mi.Spectrum, mi.Float]:
        return mi.Spectrum(0), mi.Float(0)

    def to_string(self) -> str:
        return "FilmedDielectric[]"


def schlick(f0: float, cos: mi.Float) -> mi.Float:
    """The reflectance at an angle, from that when seen straight on."""
    return f0 + (1 - f0) * dr.clip(1 - dr.abs(cos), 0, 1) ** 5


class MetallicRoughness(mi.BSDF):
    """The surface of glTF 2.0 as ours has it: clovers/src/bsdf/metallic_roughness.rs."""

    F0 = 0.04

    def __init__(self, props: mi.Properties) -> None:
        super().__init__(props)
        self.base_color = props.get_texture("base_color")
        self.roughness = props.get_texture("roughness")
        self.metallic = props.get_texture("metallic")
        sides = mi.BSDFFlags.FrontSide | mi.BSDFFlags.SpatiallyVarying
        self.m_components = [
            mi.BSDFFlags.GlossyReflection | sides,
            mi.BSDFFlags.DiffuseReflection | sides,
        ]
        self.m_flags = self.m_components[0] | self.m_components[1]

    def _surface(
        self, si: mi.SurfaceInteraction3f, active: mi.Bool
    ) -> tuple[mi.Spectrum, mi.Float, mi.MicrofacetDistribution, mi.Float]:
        """Base colour, metalness, microfacets, and how often those are sampled."""
        base, metallic = self.base_color.eval(si, active), self.metallic.eval_1(si, active)
        roughness = self.roughness.eval_1(si, active)
        alpha = dr.maximum(roughness * roughness, 1e-3)
        facets = mi.MicrofacetDistribution(mi.MicrofacetType.GGX, alpha, True)
        cos = mi.Frame3f.cos_theta(si.wi)
        specular = dr.mean(self._fresnel(base, metallic, cos))
        diffuse = dr.mean(base) * (1 - metallic) * (1 - schlick(self.F0, cos))
        chance = dr.clip(specular / (specular + diffuse), 0.1, 0.9)
        return base, metallic, facets, dr.select(diffuse > 0, chance, 1)

    def _fresnel(self, base: mi.Spectrum, metallic: mi.Float, cos: mi.Float) -> mi.Spectrum:
        weight = schlick(0, cos)
        metal = base + (1 - base) * weight
        return (1 - metallic) * schlick(self.F0, cos) + metallic * metal

    def sample(
        self,
        ctx: mi.BSDFContext,
        si: mi.SurfaceInteraction3f,
        sample1: mi.Float,
        sample2: mi.Point2f,
        active: mi.Bool = True,
    ) -> tuple[mi.BSDFSample3f, mi.Spectrum]:
        _, _, facets, chance = self._surface(si, active)
        is_specular = sample1 < chance
        half, _ = facets.sample(si.wi, sample2)
        mirrored = 2 * dr.dot(si.wi, half) * half - si.wi
        bs = dr.zeros(mi.BSDFSample3f)
        spread = mi.warp.square_to_cosine_hemisphere(sample2)
        bs.wo = dr.normalize(dr.select(is_specular, mirrored, spread))
        bs.eta = 1.0
        bs.sampled_component = dr.select(is_specular, mi.UInt32(0), mi.UInt32(1))
        kinds = (mi.BSDFFlags.GlossyReflection, mi.BSDFFlags.DiffuseReflection)
        bs.sampled_type = dr.select(is_specular, *(mi.UInt32(+kind) for kind in kinds))
        value, bs.pdf = self.eval_pdf(ctx, si, bs.wo, active)
        return bs, dr.select(bs.pdf > 0, value / bs.pdf, 0)

    def eval_pdf(
        self,
        ctx: mi.BSDFContext,
        si: mi.SurfaceInteraction3f,
        wo: mi.Vector3f,
        active: mi.Bool = True,
    ) -> tuple[mi.Spectrum, mi.Float]:
        base, metallic, facets, chance = self._surface(si, active)
        cos_i, cos_o = mi.Frame3f.cos_theta(si.wi), mi.Frame3f.cos_theta(wo)
        active = active & (cos_i > 0) & (cos_o > 0)
        half = dr.normalize(si.wi + wo)
        share = 0.25 * facets.eval(half) * facets.smith_g1(si.wi, half) / cos_i
        fresnel = self._fresnel(base, metallic, dr.dot(si.wi, half))
        specular = fresnel * (share * facets.smith_g1(wo, half))
        passed = (1 - schlick(self.F0, cos_i)) * (1 - schlick(self.F0, cos_o))
        diffuse = base * ((1 - metallic) * passed * cos_o / dr.pi)
        pdf = chance * share + (1 - chance) * cos_o / dr.pi
        active &= pdf > 0
        return dr.select(active, specular + diffuse, 0), dr.select(active, pdf, 0)

    def eval(self, *arguments: object) -> mi.Spectrum:
        return self.eval_pdf(*arguments)[0]

    def pdf(self, *arguments: object) -> mi.Float:
        return self.eval_pdf(*arguments)[1]

    def to_string(self) -> str:
        return "MetallicRoughness[]"


class ConeLight(mi.Emitter):
    """An area light that is dark from beyond an angle to the normal."""

    def __init__(self, props: mi.Properties) -> None:
        super().__init__(props)
        self.radiance = props.get_emissive_texture("radiance")
        self.smallest_cos = dr.opaque(mi.Float, props["smallest_cos"])
        props.mark_queried("number")
        self.m_flags = +mi.EmitterFlags.Surface

    def _in_cone(self, cos: mi.Float) -> mi.Bool:
        return (cos > 0) & (cos >= self.smallest_cos)

    def eval(self, si: mi.SurfaceInteraction3f, active: mi.Bool = True) -> mi.Spectrum:
        lit = active & self._in_cone(mi.Frame3f.cos_theta(si.wi))
        return dr.select(lit, self.radiance.eval(si, lit), 0)

    def sample_direction(
        self, it: mi.Interaction3f, sample: mi.Point2f, active: mi.Bool = True
    ) -> tuple[mi.DirectionSample3f, mi.Spectrum]:
        ds = self.get_shape().sample_direction(it, sample, active)
        ds.emitter = mi.EmitterPtr(self)
        lit = active & (ds.pdf > 0) & self._in_cone(-dr.dot(ds.d, ds.n))
        si = dr.zeros(mi.SurfaceInteraction3f)
        si.wavelengths = it.wavelengths
        weight = self.radiance.eval(si, lit) / ds.pdf
        return ds, dr.select(lit, weight, 0)

    def pdf_direction(
        self, it: mi.Interaction3f, ds: mi.DirectionSample3f, active: mi.Bool = True
    ) -> mi.Float:
        lit = active & (dr.dot(ds.d, ds.n) < 0)
        return dr.select(lit, self.get_shape().pdf_direction(it, ds, lit), 0)

    def eval_direction(
        self, it: mi.Interaction3f, ds: mi.DirectionSample3f, active: mi.Bool = True
    ) -> mi.Spectrum:
        lit = active & self._in_cone(-dr.dot(ds.d, ds.n))
        si = dr.zeros(mi.SurfaceInteraction3f)
        si.wavelengths = it.wavelengths
        return dr.select(lit, self.radiance.eval(si, lit), 0)

    def bbox(self) -> mi.ScalarBoundingBox3f:
        return self.get_shape().bbox()

    def to_string(self) -> str:
        return "ConeLight[]"


def register() -> None:
    mi.register_texture("clovers_spatial_checker", SpatialChecker)
    mi.register_texture("clovers_shine", Shine)
    mi.register_bsdf("clovers_fuzzy_metal", FuzzyMetal)
    mi.register_bsdf("clovers_filmed_dielectric", FilmedDielectric)
    mi.register_bsdf("clovers_metallic_roughness", MetallicRoughness)
    mi.register_emitter("clovers_cone_light", ConeLight)
