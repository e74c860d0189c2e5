//! A drawing: shapes in order, in pixels from the top left corner. SVG and PNG are written from the same one.

/// A colour with its opacity, 255 is opaque.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Paint(pub(crate) u8, pub(crate) u8, pub(crate) u8, pub(crate) u8);

/// A place.
pub(crate) type Point = (f32, f32);

/// Which part of a text stands at its place.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Anchor {
    /// Its beginning.
    Start,
    /// Its middle.
    Middle,
    /// Its end.
    End,
}

/// What a shape is.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Form {
    /// Lines from point to point, closed or not.
    Path(Vec<Vec<Point>>, bool),
    /// A circle.
    Circle(Point, f32),
    /// A line of text: where its baseline begins, ends or has its middle, and its size.
    Text(Point, Anchor, f32, String),
}

/// One shape.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Shape {
    /// What it stands for: `band`, `average`, `doubtful`, `gap` …
    pub(crate) class: &'static str,
    /// What it is.
    pub(crate) form: Form,
    /// Its inside.
    pub(crate) fill: Option<Paint>,
    /// Its line and how wide that is.
    pub(crate) stroke: Option<(Paint, f32)>,
}

/// A whole drawing.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Scene {
    /// Pixels from left to right.
    pub(crate) width: u32,
    /// Pixels from top to bottom.
    pub(crate) height: u32,
    /// For who cannot see it.
    pub(crate) title: String,
    /// For who cannot see it: range, origin and legend.
    pub(crate) description: String,
    /// Its shapes, the lowest first.
    pub(crate) shapes: Vec<Shape>,
}

impl Shape {
    /// A filled area.
    pub(crate) fn area(class: &'static str, points: Vec<Point>, fill: Paint) -> Shape {
        Shape { class, form: Form::Path(vec![points], true), fill: Some(fill), stroke: None }
    }

    /// A line.
    pub(crate) fn line(class: &'static str, points: Vec<Point>, paint: Paint, width: f32) -> Shape {
        Shape { class, form: Form::Path(vec![points], false), fill: None, stroke: Some((paint, width)) }
    }

    /// A text.
    pub(crate) fn text(at: Point, anchor: Anchor, size: f32, paint: Paint, text: impl Into<String>) -> Shape {
        Shape {
            class: "text",
            form: Form::Text(at, anchor, size, text.into()),
            fill: Some(paint),
            stroke: None,
        }
    }

    /// A filled rectangle.
    pub(crate) fn rectangle(class: &'static str, from: Point, to: Point, fill: Paint) -> Shape {
        Shape::area(class, vec![from, (to.0, from.1), to, (from.0, to.1)], fill)
    }

    /// A hollow diamond: a doubtful value.
    pub(crate) fn diamond(class: &'static str, (x, y): Point, size: f32, paint: Paint) -> Shape {
        let points = vec![(x, y - size), (x + size, y), (x, y + size), (x - size, y)];
        let form = Form::Path(vec![points], true);
        Shape { class, form, fill: Some(super::frame::PAPER), stroke: Some((paint, 1.6)) }
    }

    /// A cross: an impossible value.
    pub(crate) fn cross(class: &'static str, (x, y): Point, size: f32, paint: Paint) -> Shape {
        let first = vec![(x - size, y - size), (x + size, y + size)];
        let second = vec![(x - size, y + size), (x + size, y - size)];
        Shape { class, form: Form::Path(vec![first, second], false), fill: None, stroke: Some((paint, 1.8)) }
    }

    /// A dot: one reading.
    pub(crate) fn dot(class: &'static str, at: Point, radius: f32, fill: Paint) -> Shape {
        Shape { class, form: Form::Circle(at, radius), fill: Some(fill), stroke: None }
    }

    /// A square: one reading of the second series.
    pub(crate) fn square(class: &'static str, (x, y): Point, size: f32, fill: Paint) -> Shape {
        Shape::rectangle(class, (x - size, y - size), (x + size, y + size), fill)
    }

    /// A ring: a reading without a value.
    pub(crate) fn ring(class: &'static str, at: Point, radius: f32, paint: Paint) -> Shape {
        Shape { class, form: Form::Circle(at, radius), fill: None, stroke: Some((paint, 1.4)) }
    }
}
