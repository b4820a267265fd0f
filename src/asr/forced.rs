//! Forced decoding: what texts are fed to a decoder, and in which order, to learn how likely each is.
//!
//! Texts that begin alike share the steps of their common beginning, which is most of what a phrase and the words that
//! sound like it cost. Pure: the decoder is whoever walks the tree.

/// Token sequences merged by their common beginnings. Node 0 is the empty beginning.
#[derive(Debug)]
pub(super) struct Tree {
    nodes: Vec<Node>,
}

#[derive(Debug, Default)]
pub(super) struct Node {
    pub token: i32,
    pub children: Vec<usize>,
    /// Texts that are complete here.
    pub open: Vec<usize>,
    /// Texts that are complete here, and after which the sentence has to end.
    pub closed: Vec<usize>,
}

impl Tree {
    pub fn new() -> Self {
        Self { nodes: vec![Node::default()] }
    }

    /// Adds one way of writing the text of this number.
    pub fn add(&mut self, text: usize, tokens: &[i32], closes: bool) {
        let mut at = 0;
        for token in tokens {
            let known = self.nodes[at].children.iter().find(|child| self.nodes[**child].token == *token);
            at = match known {
                Some(child) => *child,
                None => {
                    self.nodes.push(Node { token: *token, ..Node::default() });
                    let child = self.nodes.len() - 1;
                    self.nodes[at].children.push(child);
                    child
                }
            };
        }
        let ends = if closes { &mut self.nodes[at].closed } else { &mut self.nodes[at].open };
        ends.push(text);
    }

    pub fn node(&self, index: usize) -> &Node {
        &self.nodes[index]
    }

    /// Whether what follows the node has to be known: else its token need not be fed.
    pub fn goes_on(&self, index: usize) -> bool {
        !self.nodes[index].children.is_empty() || !self.nodes[index].closed.is_empty()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Tokens that a decoder is fed, the walk of `WhisperRecogniser` without the decoder.
    fn fed(tree: &Tree, node: usize) -> Vec<i32> {
        let mut all = Vec::new();
        for child in &tree.node(node).children {
            if tree.goes_on(*child) {
                all.push(tree.node(*child).token);
                all.extend(fed(tree, *child));
            }
        }
        all
    }

    #[test]
    fn a_common_beginning_is_fed_once_and_a_last_token_only_to_see_the_sentence_end() {
        for (case, texts, expected) in [
            ("one open text", vec![(vec![1, 2, 3], false)], vec![1, 2]),
            ("one closed text", vec![(vec![1, 2, 3], true)], vec![1, 2, 3]),
            ("two that differ at the end", vec![(vec![1, 2, 3], false), (vec![1, 2, 4], false)], vec![1, 2]),
            ("two that differ at the start", vec![(vec![1, 2], true), (vec![3, 2], true)], vec![1, 2, 3, 2]),
            ("one inside the other", vec![(vec![1], true), (vec![1, 2], true)], vec![1, 2]),
            ("the same twice", vec![(vec![1, 2], true), (vec![1, 2], true)], vec![1, 2]),
        ] {
            let mut tree = Tree::new();
            for (text, (tokens, closes)) in texts.iter().enumerate() {
                tree.add(text, tokens, *closes);
            }
            assert_eq!(fed(&tree, 0), expected, "{case}");
            let complete = tree.nodes.iter().map(|n| n.open.len() + n.closed.len()).sum::<usize>();
            assert_eq!(complete, texts.len(), "{case}: every text ends somewhere");
        }
    }
}
