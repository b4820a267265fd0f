//! Composition: follows the composed rules of one window over its scene.

use std::sync::Arc;

use super::Finding;
use super::book::CompiledBook;
use super::scene::Scene;
use crate::units::WindowId;

/// The composed rules of one window.
pub(super) struct Composition {
    book: Arc<CompiledBook>,
    window: WindowId,
}

impl Composition {
    pub fn new(book: Arc<CompiledBook>, window: WindowId) -> Self {
        Self { book, window }
    }

    /// A new encounter is open.
    pub fn encounter_began(&mut self) {}

    /// Something of the scene was settled, or time passed. Adds what is found; a rule accuses once for one occurrence.
    pub fn look(&mut self, _scene: &Scene, _out: &mut Vec<Finding>) {
        let _ = (&self.book, &self.window);
    }

    /// Goes on under another rulebook: `rules` gives the place of each rule in it.
    pub fn adopt(&mut self, book: Arc<CompiledBook>, _rules: &[Option<usize>]) {
        self.book = book;
    }
}
