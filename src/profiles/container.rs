//! In which execution of an iteration or a loop a node ran. Executions name the node that they are in, and which round of it.

use crate::otlp::record::{Micros, NodeExecution};
use uuid::Uuid;

/// An execution of an iteration or loop node.
pub struct Container {
    pub id: Uuid,
    pub node_id: String,
    pub began: Micros,
    pub iteration_id: Option<String>,
    pub iteration_index: Option<i32>,
    pub loop_id: Option<String>,
    pub loop_index: Option<i32>,
}

/// What a node names, as far as it is there.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Place {
    pub innermost: Option<Uuid>,
    /// Not all that it names is there.
    pub is_incomplete: bool,
}

/// Finds the place of a node among the containers of its run.
pub fn place(node: &NodeExecution, containers: &[Container]) -> Place {
    let around = || containers.iter().filter(|one| encloses(one, node));
    let named = [node.iteration_id.as_deref(), node.loop_id.as_deref()];
    let mut named = named.into_iter().flatten();
    // Inner ones of parallel rounds begin in any order, so what says that it is in the same round comes before what began last.
    let innermost = around().max_by_key(|one| (rounds(one, node).contains(&Some(true)), one.began));
    Place {
        innermost: innermost.map(|one| one.id),
        is_incomplete: named.any(|id| is_other(id, node) && !around().any(|one| one.node_id == id)),
    }
}

fn encloses(container: &Container, node: &NodeExecution) -> bool {
    let is_named = [&node.iteration_id, &node.loop_id]
        .into_iter()
        .any(|id| id.as_ref() == Some(&container.node_id));
    is_named
        && container.id != node.id
        && container.began <= node.created_at
        && !rounds(container, node).contains(&Some(false))
}

/// Whether both are in the same round of the same iteration, and loop; none where they do not tell.
fn rounds(container: &Container, node: &NodeExecution) -> [Option<bool>; 2] {
    let same = |ids: [&Option<String>; 2], indexes: [Option<i32>; 2]| {
        let [Some(one), Some(other)] = indexes else {
            return None;
        };
        (ids[0].is_some() && ids[0] == ids[1]).then_some(one == other)
    };
    [
        same(
            [&container.iteration_id, &node.iteration_id],
            [container.iteration_index, node.iteration_index],
        ),
        same(
            [&container.loop_id, &node.loop_id],
            [container.loop_index, node.loop_index],
        ),
    ]
}

/// An empty text names nothing, and no node is in itself.
fn is_other(id: &str, node: &NodeExecution) -> bool {
    !id.is_empty() && id != node.node_id
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::otlp::record::Source;
    use crate::otlp::sample::{self, START};

    fn container(number: u128, node_id: &str, began: Micros) -> Container {
        Container {
            id: Uuid::from_u128(number),
            node_id: node_id.into(),
            began: START + began,
            iteration_id: None,
            iteration_index: None,
            loop_id: None,
            loop_index: None,
        }
    }

    fn in_round(round: i32, container: Container) -> Container {
        Container {
            iteration_id: Some("outer".into()),
            iteration_index: Some(round),
            ..container
        }
    }

    #[track_caller]
    fn is_in(
        node: impl FnOnce(&mut NodeExecution),
        containers: &[Container],
        expected: Option<u128>,
        is_incomplete: bool,
    ) {
        let record = sample::node(node);
        let Source::NodeExecution(node) = &record.source else {
            panic!("{record:?}");
        };
        let innermost = expected.map(Uuid::from_u128);
        let expected = Place {
            innermost,
            is_incomplete,
        };
        assert_eq!(place(node, containers), expected);
    }

    fn in_iteration(node: &mut NodeExecution) {
        node.iteration_id = Some("outer".into());
        node.iteration_index = Some(0);
    }

    fn in_both(node: &mut NodeExecution) {
        in_iteration(node);
        node.loop_id = Some("inner".into());
        node.loop_index = Some(4);
    }

    #[test]
    fn a_node_that_names_nothing_is_in_nothing() {
        let there = [container(1, "outer", -9)];
        is_in(|_| (), &there, None, false);
        is_in(
            |node| node.loop_id = Some(String::new()),
            &there,
            None,
            false,
        );
    }

    #[test]
    fn the_execution_that_began_last_before_it() {
        let there = [
            container(1, "outer", -9),
            container(2, "outer", 0),
            container(3, "outer", 1),
            container(4, "another", 0),
        ];
        is_in(in_iteration, &there, Some(2), false);
        is_in(in_both, &there, Some(2), true);
    }

    #[test]
    fn parallel_rounds_are_told_apart_by_their_index() {
        let outer = container(1, "outer", -9);
        let mine = in_round(0, container(2, "inner", -5));
        let other = in_round(1, container(3, "inner", -2));
        let silent = container(4, "inner", -1);
        is_in(in_both, &[outer, mine, other, silent], Some(2), false);
    }

    #[test]
    fn another_round_s_does_not_stand_in_for_one_that_is_not_there() {
        let outer = container(1, "outer", -9);
        let other = in_round(1, container(3, "inner", -2));
        is_in(in_both, &[outer, other], Some(1), true);
        is_in(in_both, &[], None, true);
    }

    #[test]
    fn nothing_is_in_itself() {
        let mut itself = container(1, "n1", 0);
        itself.id = sample::NODE;
        let names_itself = |node: &mut NodeExecution| node.iteration_id = Some("n1".into());
        is_in(names_itself, &[itself], None, false);
    }
}
