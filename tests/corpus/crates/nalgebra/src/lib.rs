use nalgebra::DMatrix;
use support::{Random, Sum};

support::exports!(work, fail);

fn matrix(random: &mut Random, rows: usize, columns: usize) -> DMatrix<f64> {
    DMatrix::from_fn(rows, columns, |_, _| random.unit() - 0.5)
}

fn work(random: &mut Random, sum: &mut Sum) {
    let one = matrix(random, 12, 12);
    let other = matrix(random, 12, 5);
    sum.debug((&one * &other).norm());
    sum.debug(one.clone().lu().solve(&other).map(|x| x.sum()));
    sum.debug(one.clone().svd(true, true).singular_values.max());
    sum.debug(one.determinant());
}

/// Shapes that do not fit.
fn fail(random: &mut Random, seed: u32) {
    let one = matrix(random, 4, 3);
    let mut other = matrix(random, 5, 2);
    match seed % 4 {
        0 => _ = &one * &other,
        1 => _ = &one + &other,
        2 => _ = one[(9, 9)],
        _ => other.copy_from(&one),
    }
}
