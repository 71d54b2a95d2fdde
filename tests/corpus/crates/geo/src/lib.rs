use geo::{
    Area, BooleanOps, Centroid, Contains, ConvexHull, Coord, Point, Polygon, Rect, Simplify,
};
use support::{Random, Sum};

support::exports!(work, fail);

fn shape(random: &mut Random) -> Polygon {
    let count = 12 + random.below(20);
    let points = (0..count).map(|n| {
        let angle = n as f64 / count as f64 * std::f64::consts::TAU;
        let far = 5.0 + 5.0 * random.unit();
        Coord { x: far * angle.cos(), y: far * angle.sin() }
    });
    Polygon::new(points.collect(), Vec::new())
}

fn work(random: &mut Random, sum: &mut Sum) {
    let (one, other) = (shape(random), shape(random));
    sum.debug(one.unsigned_area());
    sum.debug(one.centroid());
    sum.debug(one.convex_hull().exterior().0.len());
    sum.debug(one.intersection(&other).unsigned_area());
    sum.debug(one.simplify(0.5).exterior().0.len());
    sum.debug(one.contains(&Point::new(0.5, 0.5)));
}

/// A rectangle whose corners change their sides.
fn fail(random: &mut Random, seed: u32) {
    let mut rect = Rect::new((0.0, 0.0), (1.0, 1.0));
    let far = 2.0 + random.unit();
    match seed % 2 {
        0 => rect.set_min((far, far)),
        _ => rect.set_max((-far, -far)),
    }
}
