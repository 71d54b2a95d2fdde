use ndarray::{Array2, Axis, concatenate, s};
use support::{Random, Sum};

support::exports!(work, fail);

fn matrix(random: &mut Random, rows: usize, columns: usize) -> Array2<f64> {
    Array2::from_shape_fn((rows, columns), |_| random.unit() - 0.5)
}

fn work(random: &mut Random, sum: &mut Sum) {
    let (one, other) = (matrix(random, 30, 20), matrix(random, 20, 10));
    sum.debug(one.dot(&other).sum_axis(Axis(0)));
    sum.debug(one.t().slice(s![..;2, 1..]).map(|x| x * x).mean());
    sum.debug(concatenate![Axis(0), one, one].shape());
}

/// Shapes that do not fit, and indices that are not there.
fn fail(random: &mut Random, seed: u32) {
    let (one, other) = (matrix(random, 3, 4), matrix(random, 3, 4));
    match seed % 4 {
        0 => _ = one.dot(&other),
        1 => _ = one[[9, 9]],
        2 => _ = one.row(9),
        _ => _ = one.slice(s![.., 2..9]),
    }
}
