//! Little-endian reading of a file whose length is known: nothing past its end is ever asked for or allocated.

use std::io::{self, BufRead, BufReader, Read, Seek, SeekFrom};

#[derive(Debug, thiserror::Error)]
pub enum ReadError {
    #[error("it ends at byte {len}, where {wanted} bytes from byte {at} on were announced")]
    Truncated { at: u64, wanted: u64, len: u64 },
    #[error("it could not be read: {0}")]
    Io(#[from] io::Error),
}

/// A reader that knows where it is and where the file ends.
#[derive(Debug)]
pub struct LittleEndian<R> {
    reader: BufReader<R>,
    at: u64,
    len: u64,
}

impl<R: Read + Seek> LittleEndian<R> {
    /// Starts at the beginning of `reader`, whatever its position.
    pub fn new(mut reader: R) -> Result<Self, ReadError> {
        let len = reader.seek(SeekFrom::End(0))?;
        reader.seek(SeekFrom::Start(0))?;
        Ok(Self { reader: BufReader::new(reader), at: 0, len })
    }

    pub fn at(&self) -> u64 {
        self.at
    }

    pub fn len(&self) -> u64 {
        self.len
    }

    pub fn is_at_end(&self) -> bool {
        self.at == self.len
    }

    pub fn u8(&mut self) -> Result<u8, ReadError> {
        self.array::<1>().map(|[byte]| byte)
    }

    pub fn u16(&mut self) -> Result<u16, ReadError> {
        self.array().map(u16::from_le_bytes)
    }

    pub fn u32(&mut self) -> Result<u32, ReadError> {
        self.array().map(u32::from_le_bytes)
    }

    pub fn array<const N: usize>(&mut self) -> Result<[u8; N], ReadError> {
        self.check(N as u64)?;
        let mut array = [0; N];
        self.reader.read_exact(&mut array)?;
        self.at += N as u64;
        Ok(array)
    }

    /// `count` bytes, which must be within the file.
    pub fn bytes(&mut self, count: u16) -> Result<Vec<u8>, ReadError> {
        self.check(count.into())?;
        let mut bytes = vec![0; usize::from(count)];
        self.reader.read_exact(&mut bytes)?;
        self.at += u64::from(count);
        Ok(bytes)
    }

    pub fn skip(&mut self, count: u64) -> Result<(), ReadError> {
        self.check(count)?;
        // Short hops stay in the buffer; a seek would throw it away.
        if count <= self.reader.buffer().len() as u64 {
            self.reader.consume(count as usize);
        } else {
            self.reader.seek(SeekFrom::Start(self.at + count))?;
        }
        self.at += count;
        Ok(())
    }

    /// A reader of `count` bytes from byte `offset` on.
    pub fn section(&mut self, offset: u64, count: u64) -> Result<impl Read, ReadError> {
        self.reader.seek(SeekFrom::Start(offset))?;
        self.at = offset;
        self.check(count)?;
        self.at = offset + count;
        Ok((&mut self.reader).take(count))
    }

    fn check(&self, wanted: u64) -> Result<(), ReadError> {
        if wanted > self.len.saturating_sub(self.at) {
            return Err(ReadError::Truncated { at: self.at, wanted, len: self.len });
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use std::io::Cursor;

    use super::*;

    #[test]
    fn reading_skipping_and_sections_agree_on_the_position() {
        let data: Vec<u8> = (0..=255).cycle().take(20_000).collect();
        let mut reader = LittleEndian::new(Cursor::new(&data)).unwrap();
        assert_eq!((reader.u8().unwrap(), reader.u16().unwrap(), reader.at()), (0, 0x0201, 3));
        reader.skip(3).unwrap();
        assert_eq!(reader.u32().unwrap(), 0x0908_0706);
        reader.skip(15_000).unwrap();
        assert_eq!(reader.u8().unwrap(), (15_010 % 256) as u8);
        let mut part = Vec::new();
        reader.section(256, 3).unwrap().read_to_end(&mut part).unwrap();
        assert_eq!(part, [0, 1, 2]);
    }

    #[test]
    fn whatever_lies_past_the_end_is_refused_before_it_is_read() {
        let mut reader = LittleEndian::new(Cursor::new([1, 2, 3])).unwrap();
        assert!(matches!(reader.u32(), Err(ReadError::Truncated { at: 0, wanted: 4, len: 3 })));
        assert!(matches!(reader.bytes(u16::MAX), Err(ReadError::Truncated { .. })));
        assert!(matches!(reader.skip(u64::MAX), Err(ReadError::Truncated { .. })));
        assert!(reader.section(2, 2).is_err());
        assert!(reader.section(u64::MAX, 1).is_err());
    }
}
