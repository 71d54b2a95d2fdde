use petgraph::algo;
use petgraph::graph::{Graph, NodeIndex};
use support::{Random, Sum};

support::exports!(work, fail);

fn graph(random: &mut Random) -> Graph<String, f64> {
    let mut graph = Graph::new();
    let nodes: Vec<_> = (0..80).map(|_| graph.add_node(random.words(1))).collect();
    for _ in 0..300 {
        graph.add_edge(nodes[random.below(80)], nodes[random.below(80)], random.unit());
    }
    graph
}

fn work(random: &mut Random, sum: &mut Sum) {
    let graph = graph(random);
    let far = algo::dijkstra(&graph, NodeIndex::new(0), None, |edge| *edge.weight());
    let mut far: Vec<_> = far.into_iter().collect();
    far.sort_by_key(|(node, _)| *node);
    sum.debug(far);
    sum.debug(algo::tarjan_scc(&graph).len());
    sum.debug(algo::toposort(&graph, None).is_ok());
    sum.add(petgraph::dot::Dot::new(&graph).to_string());
}

/// A node and an edge that are not there.
fn fail(random: &mut Random, seed: u32) {
    let mut graph = graph(random);
    match seed % 3 {
        0 => _ = &graph[NodeIndex::new(999)],
        1 => _ = graph.add_edge(NodeIndex::new(0), NodeIndex::new(999), 1.0),
        _ => _ = graph.index_twice_mut(NodeIndex::new(1), NodeIndex::new(1)),
    }
}
