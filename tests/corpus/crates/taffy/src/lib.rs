use support::{Random, Sum};
use taffy::prelude::*;

support::exports!(work, fail);

fn tree(random: &mut Random) -> (TaffyTree<()>, NodeId) {
    let mut tree = TaffyTree::new();
    let rows: Vec<NodeId> = (0..20)
        .map(|_| {
            let cells: Vec<NodeId> = (0..8)
                .map(|_| {
                    let size =
                        Size { width: length(5.0 + random.below(40) as f32), height: auto() };
                    let style = Style { size, flex_grow: random.unit() as f32, ..Style::default() };
                    tree.new_leaf(style).expect("a leaf")
                })
                .collect();
            tree.new_with_children(Style::default(), &cells).expect("a row")
        })
        .collect();
    let style = Style { flex_direction: FlexDirection::Column, ..Style::default() };
    let root = tree.new_with_children(style, &rows).expect("a root");
    (tree, root)
}

fn work(random: &mut Random, sum: &mut Sum) {
    let (mut tree, root) = tree(random);
    let space = Size { width: AvailableSpace::Definite(400.0), height: AvailableSpace::MaxContent };
    tree.compute_layout(root, space).expect("a layout");
    for row in tree.children(root).expect("rows") {
        sum.debug(tree.layout(row).expect("a layout"));
        for cell in tree.children(row).expect("cells") {
            sum.debug(tree.layout(cell).expect("a layout").location);
        }
    }
}

/// A node that was removed.
fn fail(random: &mut Random, seed: u32) {
    let (mut tree, root) = tree(random);
    let row = tree.children(root).expect("rows")[1];
    tree.remove(row).expect("a row");
    match seed % 3 {
        0 => _ = tree.layout(row),
        1 => _ = tree.set_style(row, Style::default()),
        _ => _ = tree.child_count(row),
    }
}
