//! A treemap: areas as rectangles that are as square as they can be
//! (Bruls, Huizing and van Wijk, "Squarified Treemaps", 2000).

/// A rectangle; `y` goes down.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Rect {
    pub x: f64,
    pub y: f64,
    pub width: f64,
    pub height: f64,
}

impl Rect {
    pub(super) fn area(&self) -> f64 {
        self.width * self.height
    }

    /// The same with less at its sides.
    pub(super) fn inset(&self, top: f64, sides: f64) -> Self {
        Self {
            x: self.x + sides,
            y: self.y + top,
            width: (self.width - 2.0 * sides).max(0.0),
            height: (self.height - top - sides).max(0.0),
        }
    }
}

/// Divides a rectangle in proportion to sizes, which are in falling order.
pub(super) fn divide(sizes: &[u64], within: Rect) -> Vec<Rect> {
    let total: f64 = sizes.iter().map(|size| *size as f64).sum();
    if total <= 0.0 || within.area() <= 0.0 {
        return vec![Rect { width: 0.0, height: 0.0, ..within }; sizes.len()];
    }
    let areas: Vec<f64> = sizes.iter().map(|size| *size as f64 / total * within.area()).collect();
    let mut rects = Vec::with_capacity(sizes.len());
    let (mut rest, mut areas) = (within, &areas[..]);
    while !areas.is_empty() {
        let side = rest.width.min(rest.height);
        let mut row = 1;
        while row < areas.len() && worst(&areas[..=row], side) <= worst(&areas[..row], side) {
            row += 1;
        }
        let (these, others) = areas.split_at(row);
        rest = lay_row(these, rest, &mut rects);
        areas = others;
    }
    rects
}

/// How long the longest rectangle of a row is, by its width.
fn worst(row: &[f64], side: f64) -> f64 {
    let sum: f64 = row.iter().sum();
    let extent =
        |area: &f64| (side * side * area / (sum * sum)).max(sum * sum / (side * side * area));
    row.iter().map(extent).fold(0.0, f64::max)
}

/// Lays a row along the shorter side; what is left.
fn lay_row(row: &[f64], within: Rect, rects: &mut Vec<Rect>) -> Rect {
    let sum: f64 = row.iter().sum();
    let is_wide = within.width >= within.height;
    let side = if is_wide { within.height } else { within.width };
    let depth = if side > 0.0 { sum / side } else { 0.0 };
    let mut at = 0.0;
    for area in row {
        let length = if depth > 0.0 { area / depth } else { 0.0 };
        rects.push(if is_wide {
            Rect { x: within.x, y: within.y + at, width: depth, height: length }
        } else {
            Rect { x: within.x + at, y: within.y, width: length, height: depth }
        });
        at += length;
    }
    if is_wide {
        Rect { x: within.x + depth, width: (within.width - depth).max(0.0), ..within }
    } else {
        Rect { y: within.y + depth, height: (within.height - depth).max(0.0), ..within }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const WITHIN: Rect = Rect { x: 0.0, y: 0.0, width: 6.0, height: 4.0 };

    /// The example of the paper.
    #[test]
    fn rectangles_are_almost_square() {
        let rects = divide(&[6, 6, 4, 3, 2, 2, 1], WITHIN);
        assert_eq!(rects[0], Rect { x: 0.0, y: 0.0, width: 3.0, height: 2.0 });
        assert_eq!(rects[1], Rect { x: 0.0, y: 2.0, width: 3.0, height: 2.0 });
        let longest = rects.iter().map(|r| (r.width / r.height).max(r.height / r.width));
        assert!(longest.fold(0.0, f64::max) < 3.0, "{rects:?}");
    }

    #[test]
    fn nothing_has_no_area() {
        assert_eq!(divide(&[], WITHIN), []);
        assert_eq!(divide(&[0], WITHIN)[0].area(), 0.0);
    }

    proptest! {
        #[test]
        fn areas_are_in_proportion_and_inside(mut sizes in prop::collection::vec(1u64..1_000_000, 1..60)) {
            sizes.sort_by(|a, b| b.cmp(a));
            let rects = divide(&sizes, WITHIN);
            let total: u64 = sizes.iter().sum();
            prop_assert_eq!(rects.len(), sizes.len());
            for (size, rect) in sizes.iter().zip(&rects) {
                let wanted = *size as f64 / total as f64 * WITHIN.area();
                prop_assert!((rect.area() - wanted).abs() < 1e-6, "{:?}", rect);
                prop_assert!(rect.x >= -1e-9 && rect.x + rect.width <= 6.0 + 1e-6, "{:?}", rect);
                prop_assert!(rect.y >= -1e-9 && rect.y + rect.height <= 4.0 + 1e-6, "{:?}", rect);
            }
        }
    }
}
