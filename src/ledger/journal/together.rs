//! Several readers that see one moment of a journal, for threads that share a long reading. In: a reader. Out: others of the
//! same journal. Thread: any; each reader is one thread's. Allocates: at the start.

use super::{JournalFault, Reader};

/// Another event may come between the first reader's look and the last one's: then all look again, so often.
const LOOKS: usize = 32;

impl Reader {
    /// `count` readers of this journal that all see it as it is at one event, for as long as they are kept. One alone where events
    /// came too quickly for more.
    ///
    /// # Errors
    /// [`JournalFault`] where the journal cannot be read.
    pub fn together(&self, count: usize) -> Result<Vec<Self>, JournalFault> {
        let mut readers = Vec::new();
        for _ in 0..count.max(1) {
            readers.push(Self::open_with(&self.folder, self.key.as_ref())?);
        }
        for _ in 0..LOOKS {
            let mut seen = Vec::new();
            for reader in &readers {
                reader.hold()?;
                seen.push(reader.rows().last_seq()?);
            }
            // Whatever changes a table comes with an event.
            if seen.iter().all(|seq| *seq == seen[0]) {
                return Ok(readers);
            }
            for reader in &readers {
                reader.db.execute_batch("ROLLBACK").map_err(|fault| reader.fault(&fault))?;
            }
        }
        readers.truncate(1);
        readers[0].hold()?;
        Ok(readers)
    }

    /// From its next look on it sees that moment alone.
    fn hold(&self) -> Result<(), JournalFault> {
        self.db.execute_batch("BEGIN").map_err(|fault| self.fault(&fault))
    }
}
