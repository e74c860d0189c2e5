//! A drawing as PNG: the same shapes, filled by tiny-skia, letters as the outlines of the bundled font.

use super::{
    font,
    scene::{Anchor, Form, Paint, Point, Scene, Shape},
};
use crate::exit::{Failure, Outcome};
use tiny_skia::{FillRule, LineCap, LineJoin, Path, PathBuilder, Pixmap, Stroke, Transform};
use ttf_parser::{Face, OutlineBuilder};

/// The bytes of a PNG file.
///
/// # Errors
/// It is too large to be drawn.
pub(crate) fn png(scene: &Scene) -> Outcome<Vec<u8>> {
    let mut pixels = Pixmap::new(scene.width, scene.height)
        .ok_or_else(|| Failure::usage("a picture of this size cannot be drawn"))?;
    let face = font::face();
    for shape in &scene.shapes {
        if let Some(path) = outline(shape, face.as_ref()) {
            paint(&mut pixels, &path, shape);
        }
    }
    Ok(pixels.encode_png()?)
}

fn paint(pixels: &mut Pixmap, path: &Path, shape: &Shape) {
    if let Some(fill) = shape.fill {
        pixels.fill_path(path, &brush(fill), FillRule::Winding, Transform::identity(), None);
    }
    if let Some((line, width)) = shape.stroke {
        let stroke =
            Stroke { width, line_cap: LineCap::Round, line_join: LineJoin::Round, ..Stroke::default() };
        pixels.stroke_path(path, &brush(line), &stroke, Transform::identity(), None);
    }
}

fn brush(Paint(red, green, blue, alpha): Paint) -> tiny_skia::Paint<'static> {
    let mut paint = tiny_skia::Paint { anti_alias: true, ..tiny_skia::Paint::default() };
    paint.set_color_rgba8(red, green, blue, alpha);
    paint
}

fn outline(shape: &Shape, face: Option<&Face<'_>>) -> Option<Path> {
    let mut path = PathBuilder::new();
    match &shape.form {
        Form::Path(lines, closed) => {
            for line in lines {
                for (index, (x, y)) in line.iter().enumerate() {
                    if index == 0 { path.move_to(*x, *y) } else { path.line_to(*x, *y) }
                }
                if *closed {
                    path.close();
                }
            }
        }
        Form::Circle((x, y), radius) => path.push_circle(*x, *y, *radius),
        Form::Text(at, anchor, size, text) => {
            let width = font::width(text, *size);
            let left = match anchor {
                Anchor::Start => at.0,
                Anchor::Middle => at.0 - width / 2.0,
                Anchor::End => at.0 - width,
            };
            letters(&mut path, face?, (left, at.1), *size, text);
        }
    }
    path.finish()
}

fn letters(path: &mut PathBuilder, face: &Face<'_>, (mut x, y): Point, size: f32, text: &str) {
    let scale = size / f32::from(face.units_per_em());
    for glyph in text.chars().filter_map(|c| face.glyph_index(c)) {
        face.outline_glyph(glyph, &mut Pen { path, x, y, scale });
        x += f32::from(face.glyph_hor_advance(glyph).unwrap_or(0)) * scale;
    }
}

/// Draws a letter where it stands; fonts count upwards, pictures downwards.
struct Pen<'a> {
    path: &'a mut PathBuilder,
    x: f32,
    y: f32,
    scale: f32,
}

impl Pen<'_> {
    fn at(&self, x: f32, y: f32) -> Point {
        (self.x + x * self.scale, self.y - y * self.scale)
    }
}

impl OutlineBuilder for Pen<'_> {
    fn move_to(&mut self, x: f32, y: f32) {
        let (x, y) = self.at(x, y);
        self.path.move_to(x, y);
    }

    fn line_to(&mut self, x: f32, y: f32) {
        let (x, y) = self.at(x, y);
        self.path.line_to(x, y);
    }

    fn quad_to(&mut self, x1: f32, y1: f32, x: f32, y: f32) {
        let ((x1, y1), (x, y)) = (self.at(x1, y1), self.at(x, y));
        self.path.quad_to(x1, y1, x, y);
    }

    fn curve_to(&mut self, x1: f32, y1: f32, x2: f32, y2: f32, x: f32, y: f32) {
        let ((x1, y1), (x2, y2), (x, y)) = (self.at(x1, y1), self.at(x2, y2), self.at(x, y));
        self.path.cubic_to(x1, y1, x2, y2, x, y);
    }

    fn close(&mut self) {
        self.path.close();
    }
}
