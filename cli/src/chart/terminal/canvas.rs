//! Characters of a plot: each cell has eight dots for lines, a shade for the band, or one sign.

use pulsebook_protocol::reading::UnixMillis;
use std::ops::Range;

/// Who a character belongs to.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum Ink {
    /// Nobody in particular.
    #[default]
    Plain,
    /// The first series.
    First,
    /// The second series.
    Second,
    /// Doubtful values.
    Doubt,
    /// Impossible readings.
    Wrong,
}

impl Ink {
    /// A colour of the 256 that can be read on black and on white; the test computes it.
    pub(super) fn number(self) -> Option<u8> {
        match self {
            Ink::Plain => None,
            Ink::First => Some(32),
            Ink::Second => Some(97),
            Ink::Doubt => Some(166),
            Ink::Wrong => Some(161),
        }
    }
}

/// A text in a colour, if colours are wanted.
pub(super) fn coloured(text: &str, ink: Ink, colour: bool) -> String {
    match ink.number().filter(|_| colour) {
        Some(number) => format!("\x1b[38;5;{number}m{text}\x1b[0m"),
        None => text.to_owned(),
    }
}

#[derive(Clone, Copy, Debug, Default)]
struct Cell {
    dots: u8,
    shade: bool,
    sign: Option<char>,
    ink: Ink,
}

/// The plot.
#[derive(Debug)]
pub(super) struct Canvas {
    columns: usize,
    rows: usize,
    times: Range<UnixMillis>,
    values: Range<f64>,
    cells: Vec<Cell>,
}

/// Dots of a cell, across and down.
const ACROSS: usize = 2;
const DOWN: usize = 4;

impl Canvas {
    pub(super) fn new(columns: usize, rows: usize, times: Range<UnixMillis>, values: Range<f64>) -> Canvas {
        Canvas { columns, rows, times, values, cells: vec![Cell::default(); columns * rows] }
    }

    pub(super) fn columns(&self) -> usize {
        self.columns
    }

    pub(super) fn rows(&self) -> usize {
        self.rows
    }

    /// Column of dots of a moment.
    fn x(&self, at: UnixMillis) -> usize {
        let part = (at - self.times.start) as f64 / (self.times.end - self.times.start).max(1) as f64;
        ((part * (self.columns * ACROSS) as f64) as usize).min(self.columns * ACROSS - 1)
    }

    /// Row of dots of a value, from the top.
    fn y(&self, value: f64) -> usize {
        let part = (self.values.end - value) / (self.values.end - self.values.start).max(f64::MIN_POSITIVE);
        (part * (self.rows * DOWN - 1) as f64).round().clamp(0.0, (self.rows * DOWN - 1) as f64) as usize
    }

    /// Whether any band was high enough for a shade.
    pub(super) fn is_shaded(&self) -> bool {
        self.cells.iter().any(|cell| cell.shade)
    }

    /// The column of characters of a moment.
    pub(super) fn column_of(&self, at: UnixMillis) -> usize {
        self.x(at) / ACROSS
    }

    /// The row of characters of a value.
    pub(super) fn row_of(&self, value: f64) -> usize {
        self.y(value) / DOWN
    }

    /// When a column begins.
    pub(super) fn start_of(&self, column: usize) -> UnixMillis {
        let part = column as f64 / self.columns as f64;
        self.times.start + (part * (self.times.end - self.times.start) as f64) as i64
    }

    fn cell(&mut self, column: usize, row: usize) -> Option<&mut Cell> {
        self.cells.get_mut(row * self.columns + column).filter(|_| column < self.columns)
    }

    /// Shades what lies between two values.
    pub(super) fn band(&mut self, time: Range<UnixMillis>, least: f64, most: f64, ink: Ink) {
        // A band lower than a row would be drawn higher than it is.
        let row_height = (self.values.end - self.values.start) / self.rows as f64;
        if most - least < row_height {
            return;
        }
        for column in self.column_of(time.start)..=self.column_of(time.end.saturating_sub(1)) {
            for row in self.row_of(most)..=self.row_of(least) {
                if let Some(cell) = self.cell(column, row) {
                    (cell.shade, cell.ink) = (true, ink);
                }
            }
        }
    }

    /// A line of dots.
    pub(super) fn line(&mut self, from: (UnixMillis, f64), to: (UnixMillis, f64), ink: Ink) {
        let (x0, y0) = (self.x(from.0) as f64, self.y(from.1) as f64);
        let (x1, y1) = (self.x(to.0) as f64, self.y(to.1) as f64);
        let steps = (x1 - x0).abs().max((y1 - y0).abs()).max(1.0);
        for step in 0..=steps as usize {
            let part = step as f64 / steps;
            self.dot((x0 + (x1 - x0) * part).round() as usize, (y0 + (y1 - y0) * part).round() as usize, ink);
        }
    }

    fn dot(&mut self, x: usize, y: usize, ink: Ink) {
        // Unicode's order of braille dots: 1 to 3 and 7 on the left, 4 to 6 and 8 on the right.
        const BITS: [[u8; ACROSS]; DOWN] = [[0x01, 0x08], [0x02, 0x10], [0x04, 0x20], [0x40, 0x80]];
        let bit = BITS.get(y % DOWN).and_then(|row| row.get(x % ACROSS)).copied().unwrap_or(0);
        if let Some(cell) = self.cell(x / ACROSS, y / DOWN) {
            cell.dots |= bit;
            cell.ink = ink;
        }
    }

    /// A sign that covers dots and shade.
    pub(super) fn sign(&mut self, at: UnixMillis, value: f64, sign: char, ink: Ink) {
        let (column, row) = (self.column_of(at), self.row_of(value));
        if let Some(cell) = self.cell(column, row) {
            (cell.sign, cell.ink) = (Some(sign), ink);
        }
    }

    /// A sign at the foot of the plot.
    pub(super) fn foot(&mut self, at: UnixMillis, sign: char, ink: Ink) {
        let (column, row) = (self.column_of(at), self.rows.saturating_sub(1));
        if let Some(cell) = self.cell(column, row) {
            (cell.sign, cell.ink) = (Some(sign), ink);
        }
    }

    /// A row as text.
    pub(super) fn text_of(&self, row: usize, colour: bool) -> String {
        let cells = self.cells.iter().skip(row * self.columns).take(self.columns);
        let mut text = String::new();
        let (mut run, mut ink) = (String::new(), Ink::Plain);
        for cell in cells {
            if cell.ink != ink {
                text.push_str(&coloured(&std::mem::take(&mut run), ink, colour));
                ink = cell.ink;
            }
            run.push(cell.character());
        }
        text.push_str(&coloured(&run, ink, colour));
        text.trim_end().to_owned()
    }
}

impl Cell {
    fn character(self) -> char {
        match (self.sign, self.dots, self.shade) {
            (Some(sign), ..) => sign,
            (None, 0, true) => '░',
            (None, 0, false) => ' ',
            (None, dots, _) => char::from_u32(0x2800 + u32::from(dots)).unwrap_or('·'),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Relative luminance, WCAG 2.
    fn luminance(number: u8) -> f64 {
        let level = |step: u8| if step == 0 { 0.0 } else { (55.0 + 40.0 * f64::from(step)) / 255.0 };
        let linear =
            |part: f64| if part <= 0.04045 { part / 12.92 } else { ((part + 0.055) / 1.055).powf(2.4) };
        let (cube, parts) = (number - 16, [36, 6, 1]);
        let [red, green, blue] = parts.map(|part| linear(level(cube / part % 6)));
        0.2126 * red + 0.7152 * green + 0.0722 * blue
    }

    #[test]
    fn every_colour_can_be_read_on_black_and_on_white() {
        for number in [Ink::First, Ink::Second, Ink::Doubt, Ink::Wrong].into_iter().filter_map(Ink::number) {
            let own = luminance(number) + 0.05;
            assert!(own / 0.05 >= 3.0 && 1.05 / own >= 3.0, "{number}: {} {}", own / 0.05, 1.05 / own);
        }
    }

    #[test]
    fn a_line_is_dots_and_a_row_has_no_trailing_blanks() {
        let mut canvas = Canvas::new(4, 2, 0..8, 0.0..7.0);
        canvas.line((0, 7.0), (7, 0.0), Ink::First);
        assert_eq!([canvas.text_of(0, false), canvas.text_of(1, false)], ["⠑⢄", "  ⠑⢄"]);
    }
}
