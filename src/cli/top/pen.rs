//! Writing into a line of the screen. Widths are columns of the terminal: a Chinese character has two.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::Style;
use ratatui::text::Span;

/// Stands where text was cut. Not an ellipsis, which some Chinese terminals draw two columns wide.
const CUT: &str = "~";

/// Columns that a text takes.
pub(super) fn width(text: &str) -> usize {
    Span::raw(text).width()
}

/// The last columns of a text, marked where its beginning was cut.
pub(super) fn tail(text: &str, columns: usize) -> String {
    if width(text) <= columns {
        return text.to_owned();
    }
    let mut kept = Vec::new();
    let mut free = columns.saturating_sub(width(CUT));
    for symbol in text.chars().rev() {
        let Some(rest) = free.checked_sub(width(symbol.encode_utf8(&mut [0; 4]))) else { break };
        free = rest;
        kept.push(symbol);
    }
    if columns == 0 {
        return String::new();
    }
    std::iter::once(CUT.to_owned()).chain(kept.iter().rev().map(char::to_string)).collect()
}

/// Writes from left to right into one line, and never beyond its end.
pub(super) struct Pen<'b> {
    buffer: &'b mut Buffer,
    x: u16,
    y: u16,
    end: u16,
}

impl<'b> Pen<'b> {
    /// A pen at the start of line `y` of `area`; one below it writes nothing.
    pub fn new(buffer: &'b mut Buffer, area: Rect, y: u16) -> Self {
        let inside = area.intersection(buffer.area);
        let y = inside.y.saturating_add(y);
        let end = if y < inside.bottom() { inside.right() } else { inside.x };
        Self { buffer, x: inside.x, y, end }
    }

    /// Columns that are left.
    pub fn left(&self) -> u16 {
        self.end - self.x
    }

    /// A text as long as it is, cut at the end of the line.
    pub fn put(&mut self, text: &str, style: Style) -> &mut Self {
        let columns = u16::try_from(width(text)).unwrap_or(u16::MAX);
        self.field(text, columns, style)
    }

    /// A text in a field of its own, cut or followed by blanks.
    pub fn field(&mut self, text: &str, columns: u16, style: Style) -> &mut Self {
        let columns = columns.min(self.left());
        if columns == 0 {
            return self;
        }
        let whole = width(text) <= usize::from(columns);
        let shown = if whole { columns } else { columns - 1 };
        self.buffer.set_stringn(
            self.x,
            self.y,
            " ".repeat(usize::from(columns)),
            usize::from(columns),
            style,
        );
        let (after, _) = self.buffer.set_stringn(self.x, self.y, text, usize::from(shown), style);
        if !whole {
            self.buffer.set_stringn(after, self.y, CUT, 1, style);
        }
        self.x += columns;
        self
    }

    pub fn skip(&mut self, columns: u16) -> &mut Self {
        self.x += columns.min(self.left());
        self
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_is_cut_between_characters_and_marked() {
        for (text, columns, expected) in [
            ("您好", 4, "您好"),
            ("您好请坐", 5, "~请坐"),
            ("您好请坐", 4, "~坐"),
            ("abc", 1, "~"),
            ("abc", 0, ""),
            ("", 3, ""),
        ] {
            assert_eq!(tail(text, columns), expected, "{text} {columns}");
        }
    }

    #[test]
    fn fields_stay_in_their_columns_whatever_the_width_of_their_characters() {
        for (text, columns, expected) in [
            ("三号", 6, "三号  |"),
            ("三号窗口", 6, "三号~ |"),
            ("三号窗口", 5, "三号~|"),
            ("x", 3, "x  |"),
            ("长", 1, "~|"),
        ] {
            let area = Rect::new(0, 0, 12, 1);
            let mut buffer = Buffer::empty(area);
            Pen::new(&mut buffer, area, 0).field(text, columns, Style::new()).put("|", Style::new());
            let line = super::super::plain(&buffer);
            assert_eq!(line.trim_end(), expected, "{text} {columns}");
        }
    }
}
