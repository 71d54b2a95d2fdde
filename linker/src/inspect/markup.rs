//! HTML and SVG as text. Names of functions are anybody's: only what stands in this program's
//! source reaches the page as it is, all else is escaped.

use std::fmt::{self, Display, Write};

/// A page being written.
#[derive(Debug, Default)]
pub(super) struct Markup {
    text: String,
}

/// The attributes of an element.
pub(super) type Attributes<'a> = &'a [(&'static str, &'a dyn Display)];

impl Markup {
    /// Writes markup.
    pub(super) fn raw(&mut self, markup: &'static str) {
        self.text.push_str(markup);
    }

    /// Writes text.
    pub(super) fn text(&mut self, text: impl Display) {
        // Writing to a string does not fail.
        let _ = write!(Escaped(&mut self.text), "{text}");
    }

    /// Begins an element. What is empty among its attributes is left out.
    pub(super) fn open(&mut self, tag: &'static str, attributes: Attributes<'_>) {
        self.raw("<");
        self.raw(tag);
        for (name, value) in attributes {
            let start = self.text.len();
            self.raw(" ");
            self.raw(name);
            self.raw("=\"");
            let before = self.text.len();
            self.text(value);
            if self.text.len() == before {
                self.text.truncate(start);
                continue;
            }
            self.raw("\"");
        }
        self.raw(">");
    }

    /// Ends one.
    pub(super) fn close(&mut self, tag: &'static str) {
        self.raw("</");
        self.raw(tag);
        self.raw(">");
    }

    /// An element with text in it.
    pub(super) fn element(
        &mut self,
        tag: &'static str,
        attributes: Attributes<'_>,
        text: impl Display,
    ) {
        self.open(tag, attributes);
        self.text(text);
        self.close(tag);
    }

    /// How many bytes there are.
    pub(super) fn len(&self) -> usize {
        self.text.len()
    }

    /// The page.
    pub(super) fn finish(self) -> String {
        self.text
    }
}

/// Escapes what is written to it.
struct Escaped<'t>(&'t mut String);

impl Write for Escaped<'_> {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        for character in text.chars() {
            match character {
                '&' => self.0.push_str("&amp;"),
                '<' => self.0.push_str("&lt;"),
                '>' => self.0.push_str("&gt;"),
                '"' => self.0.push_str("&quot;"),
                '\'' => self.0.push_str("&#39;"),
                '\t' | '\n' | '\r' => self.0.push(' '),
                _ if is_invisible(character) => self.0.push('\u{fffd}'),
                _ => self.0.push(character),
            }
        }
        Ok(())
    }
}

/// Whether a character shows nothing and may change what others look like, as those do that
/// turn the direction of text.
fn is_invisible(character: char) -> bool {
    character.is_control()
        || matches!(character, '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{feff}')
}

/// A text that is not longer than so many characters: its middle is left out.
pub(super) fn cut(text: &str, most: usize) -> String {
    let length = text.chars().count();
    if length <= most {
        return text.to_owned();
    }
    let head = most.saturating_sub(1) / 2;
    let tail = most.saturating_sub(1) - head;
    let end = text.chars().skip(length - tail);
    text.chars().take(head).chain(['…']).chain(end).collect()
}

/// A number with commas.
pub(super) fn grouped(number: u64) -> String {
    let digits = number.to_string();
    let mut out = String::new();
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            out.push(',');
        }
        out.push(digit);
    }
    out
}

/// A number and what is counted.
pub(super) fn counted(number: usize, one: &'static str, more: &'static str) -> String {
    format!("{} {}", grouped(number as u64), if number == 1 { one } else { more })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_leaves_its_place() {
        let mut markup = Markup::default();
        markup.element(
            "p",
            &[("class", &""), ("title", &"a\" onload='x'>")],
            "</p><script>\u{202e}&\0\n",
        );
        assert_eq!(
            markup.finish(),
            "<p title=\"a&quot; onload=&#39;x&#39;&gt;\">&lt;/p&gt;&lt;script&gt;\u{fffd}&amp;\u{fffd} </p>"
        );
    }

    #[test]
    fn long_texts_lose_their_middle() {
        assert_eq!(cut("abcdefgh", 8), "abcdefgh");
        assert_eq!(cut("äbcdefghi", 5), "äb…hi");
        assert_eq!(cut("abc", 0), "…");
    }

    #[test]
    fn numbers_are_grouped() {
        assert_eq!([0, 999, 1000, 1_234_567].map(grouped), ["0", "999", "1,000", "1,234,567"]);
        assert_eq!(counted(1, "site", "sites"), "1 site");
    }
}
