//! Steps that can be taken back.

/// Most steps that are kept; older ones are forgotten.
pub const MAX_STEPS: usize = 200;

/// Marks the changes of one gesture, such as one drag of a slider: they are one step.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Gesture(pub u32);

/// A value with what it was before and what it was undone from. Never empty.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct History<T> {
    past: Vec<T>,
    present: T,
    future: Vec<T>,
    open: Option<Gesture>,
}

impl<T> History<T> {
    /// Starts with a value and nothing to undo.
    #[must_use]
    pub const fn new(present: T) -> Self {
        Self {
            past: Vec::new(),
            present,
            future: Vec::new(),
            open: None,
        }
    }

    /// The value now.
    #[must_use]
    pub const fn present(&self) -> &T {
        &self.present
    }

    /// True when [`Self::undo`] would change something.
    #[must_use]
    pub const fn can_undo(&self) -> bool {
        !self.past.is_empty()
    }

    /// True when [`Self::redo`] would change something.
    #[must_use]
    pub const fn can_redo(&self) -> bool {
        !self.future.is_empty()
    }

    /// Makes `next` the present. A change of the gesture that is still open replaces that
    /// gesture's earlier result instead of adding a step.
    pub fn change(&mut self, next: T, gesture: Option<Gesture>) {
        self.future.clear();
        let before = std::mem::replace(&mut self.present, next);
        if gesture.is_some() && gesture == self.open {
            return;
        }
        self.open = gesture;
        self.past.push(before);
        if self.past.len() > MAX_STEPS {
            self.past.remove(0);
        }
    }

    /// Ends the open gesture: the next change is a step of its own.
    pub const fn close_gesture(&mut self) {
        self.open = None;
    }

    /// Goes one step back, if there is one.
    pub fn undo(&mut self) {
        self.open = None;
        if let Some(before) = self.past.pop() {
            let after = std::mem::replace(&mut self.present, before);
            self.future.push(after);
        }
    }

    /// Takes the last undo back, if there is one.
    pub fn redo(&mut self) {
        self.open = None;
        if let Some(after) = self.future.pop() {
            let before = std::mem::replace(&mut self.present, after);
            self.past.push(before);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_drag_is_one_step() {
        let mut history = History::new(0);
        for value in [1, 2, 3] {
            history.change(value, Some(Gesture(7)));
        }
        history.close_gesture();
        history.change(4, Some(Gesture(7)));
        history.undo();
        assert_eq!(*history.present(), 3);
        history.undo();
        assert_eq!((*history.present(), history.can_undo()), (0, false));
        history.redo();
        assert_eq!(*history.present(), 3);
    }

    #[test]
    fn a_change_after_undo_forgets_what_was_undone() {
        let mut history = History::new('a');
        history.change('b', None);
        history.undo();
        history.change('c', None);
        assert!(!history.can_redo());
        history.undo();
        assert_eq!(*history.present(), 'a');
    }

    #[test]
    fn a_gesture_that_was_undone_does_not_go_on() {
        let mut history = History::new(0);
        history.change(1, Some(Gesture(1)));
        history.undo();
        history.change(2, Some(Gesture(1)));
        history.undo();
        assert_eq!(*history.present(), 0);
    }

    #[test]
    fn the_oldest_steps_are_forgotten() {
        let mut history = History::new(0);
        for value in 1..=MAX_STEPS + 5 {
            history.change(value, None);
        }
        while history.can_undo() {
            history.undo();
        }
        assert_eq!(*history.present(), 5);
    }
}
