//! The bundled font: Latin letters of Inter (SIL Open Font License, cli/font/OFL.txt), for sizes of text and for PNG.

use ttf_parser::Face;

/// A subset of Inter Regular: ASCII and the signs that units need.
const BYTES: &[u8] = include_bytes!("../../font/inter-subset.ttf");

/// The font; none only if the file in the program is broken.
pub(crate) fn face() -> Option<Face<'static>> {
    Face::parse(BYTES, 0).ok()
}

/// How wide a text is at a size, in pixels.
pub(crate) fn width(text: &str, size: f32) -> f32 {
    let Some(face) = face() else { return text.chars().count() as f32 * size * 0.55 };
    let scale = size / f32::from(face.units_per_em());
    let advance = |c| face.glyph_index(c).and_then(|glyph| face.glyph_hor_advance(glyph)).unwrap_or(0);
    text.chars().map(|c| f32::from(advance(c))).sum::<f32>() * scale
}

#[cfg(test)]
mod tests {
    use super::*;
    use pulsebook_protocol::vital::Vital;

    #[test]
    fn the_font_has_every_letter_a_chart_writes() {
        let face = face().unwrap();
        let names = Vital::ALL.map(|vital| format!("{} {}", vital.name(), vital.unit().symbol())).concat();
        for c in (' '..='~').chain(names.chars()) {
            assert!(face.glyph_index(c).is_some(), "{c}");
        }
        assert!((30.0..60.0).contains(&width("heart", 16.0)), "{}", width("heart", 16.0));
    }
}
