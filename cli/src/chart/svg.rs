//! A drawing as SVG: plain elements, no script, no font of its own, nothing fetched from anywhere.

use super::scene::{Anchor, Form, Paint, Point, Scene, Shape};
use std::fmt::Write;

/// The text of an SVG file.
pub(crate) fn svg(scene: &Scene) -> String {
    let (width, height) = (scene.width, scene.height);
    let mut out = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{width}\" height=\"{height}\" \
         viewBox=\"0 0 {width} {height}\" role=\"img\" aria-labelledby=\"title description\" \
         font-family=\"Inter, 'Helvetica Neue', Arial, sans-serif\">\n\
         <title id=\"title\">{}</title>\n<desc id=\"description\">{}</desc>\n",
        escaped(&scene.title),
        escaped(&scene.description)
    );
    for shape in &scene.shapes {
        // Writing to a string cannot fail.
        let _ = element(&mut out, shape);
    }
    out.push_str("</svg>\n");
    out
}

fn element(out: &mut String, shape: &Shape) -> std::fmt::Result {
    match &shape.form {
        Form::Path(lines, closed) => {
            write!(out, "<path class=\"{}\" d=\"{}\"", shape.class, path(lines, *closed))?
        }
        Form::Circle((x, y), radius) => {
            write!(out, "<circle class=\"{}\" cx=\"{x:.1}\" cy=\"{y:.1}\" r=\"{radius:.1}\"", shape.class)?
        }
        Form::Text((x, y), anchor, size, _) => {
            let anchor = match anchor {
                Anchor::Start => "start",
                Anchor::Middle => "middle",
                Anchor::End => "end",
            };
            write!(out, "<text x=\"{x:.1}\" y=\"{y:.1}\" font-size=\"{size}\" text-anchor=\"{anchor}\"")?
        }
    }
    colour(out, "fill", shape.fill)?;
    if let Some((paint, width)) = shape.stroke {
        colour(out, "stroke", Some(paint))?;
        write!(out, " stroke-width=\"{width}\" stroke-linejoin=\"round\" stroke-linecap=\"round\"")?;
    }
    match &shape.form {
        Form::Text(.., text) => writeln!(out, ">{}</text>", escaped(text)),
        _ => writeln!(out, "/>"),
    }
}

fn colour(out: &mut String, name: &str, paint: Option<Paint>) -> std::fmt::Result {
    let Some(Paint(red, green, blue, alpha)) = paint else { return write!(out, " {name}=\"none\"") };
    write!(out, " {name}=\"#{red:02x}{green:02x}{blue:02x}\"")?;
    if alpha < 255 {
        write!(out, " {name}-opacity=\"{:.2}\"", f32::from(alpha) / 255.0)?;
    }
    Ok(())
}

fn path(lines: &[Vec<Point>], closed: bool) -> String {
    let mut data = String::new();
    for line in lines {
        for (index, (x, y)) in line.iter().enumerate() {
            let command = if index == 0 { 'M' } else { 'L' };
            let _ = write!(data, "{command}{x:.1} {y:.1}");
        }
        if closed {
            data.push('Z');
        }
    }
    data
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}
