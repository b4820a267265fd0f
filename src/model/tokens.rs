//! The byte-level tokens of multilingual Whisper, from a `tokenizer.json`. Allocates: the table, a few megabytes.

use std::collections::HashMap;
use std::io::Read;

use serde::Deserialize;

/// Tokens of text; those above are special and made up by the recogniser itself.
pub const TEXT_TOKENS: usize = 50_257;
/// The multilingual file has 2.2 MB; a file much longer is something else.
const JSON_BYTES_MAX: u64 = 16 << 20;

#[derive(Debug, thiserror::Error)]
pub enum TokensError {
    #[error("it is not a tokenizer.json: {0}")]
    Json(#[from] serde_json::Error),
    #[error("token {id} is missing")]
    Missing { id: usize },
    #[error("token {id} is there twice")]
    Twice { id: usize },
    #[error("token {id} holds {found:?}, which stands for no byte")]
    NotAByte { id: usize, found: char },
}

#[derive(Deserialize)]
struct TokenizerJson {
    model: BytePairModel,
}

#[derive(Deserialize)]
struct BytePairModel {
    vocab: HashMap<String, usize>,
}

/// The raw bytes of each text token, by its number.
pub fn read_tokens(json: impl Read) -> Result<Vec<Vec<u8>>, TokensError> {
    let file: TokenizerJson = serde_json::from_reader(json.take(JSON_BYTES_MAX))?;
    let bytes = byte_of_char();
    let mut tokens: Vec<Option<Vec<u8>>> = vec![None; TEXT_TOKENS];
    for (text, id) in file.model.vocab {
        let Some(slot) = tokens.get_mut(id) else { continue };
        let decoded = text
            .chars()
            .map(|c| bytes.get(&c).copied().ok_or(TokensError::NotAByte { id, found: c }))
            .collect::<Result<Vec<u8>, _>>()?;
        if slot.replace(decoded).is_some() {
            return Err(TokensError::Twice { id });
        }
    }
    tokens.into_iter().enumerate().map(|(id, t)| t.ok_or(TokensError::Missing { id })).collect()
}

/// GPT-2's printable stand-in for each byte, reversed: printable Latin-1 stands for itself, the other
/// bytes for U+0100 onwards in their order (`bytes_to_unicode` of openai/gpt-2).
fn byte_of_char() -> HashMap<char, u8> {
    let mut next = 0x100;
    (0..=255u8)
        .map(|byte| match byte {
            b'!'..=b'~' | 0xA1..=0xAC | 0xAE..=0xFF => (char::from(byte), byte),
            _ => {
                next += 1;
                (char::from_u32(next - 1).unwrap_or(char::REPLACEMENT_CHARACTER), byte)
            }
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    /// A vocabulary in which token `n` is a text of its own, with some replaced.
    fn vocabulary(replaced: &[(&str, usize)]) -> serde_json::Map<String, serde_json::Value> {
        let mut map: serde_json::Map<_, _> = (0..TEXT_TOKENS).map(|n| (format!("t{n}"), json!(n))).collect();
        for (text, id) in replaced {
            map.remove(&format!("t{id}"));
            map.insert((*text).to_owned(), json!(id));
        }
        map
    }

    fn read(vocab: serde_json::Map<String, serde_json::Value>) -> Result<Vec<Vec<u8>>, TokensError> {
        read_tokens(
            json!({ "model": { "type": "BPE", "vocab": vocab }, "version": "1.0" }).to_string().as_bytes(),
        )
    }

    #[test]
    fn stand_ins_become_the_bytes_they_stand_for() {
        let tokens =
            read(vocabulary(&[("ĠPak", 7), ("åľº", 8), ("", 9), ("Ċ", 10), ("<|endoftext|>", 50_257)]))
                .unwrap();
        assert_eq!(tokens.len(), TEXT_TOKENS);
        assert_eq!(tokens[7], b" Pak");
        assert_eq!(tokens[8], "场".as_bytes());
        assert_eq!(tokens[9], b"");
        assert_eq!(tokens[10], b"\n");
        assert_eq!(tokens[50_256], b"t50256");
    }

    #[test]
    fn every_byte_has_one_stand_in() {
        let table = byte_of_char();
        let mut bytes: Vec<u8> = table.values().copied().collect();
        bytes.sort_unstable();
        assert_eq!(bytes, (0..=255).collect::<Vec<u8>>());
    }

    #[test]
    fn tables_with_gaps_doubles_or_foreign_text_are_refused() {
        let mut gap = vocabulary(&[]);
        gap.remove("t100");
        assert!(matches!(read(gap), Err(TokensError::Missing { id: 100 })));
        let mut double = vocabulary(&[]);
        double.insert("again".into(), json!(5));
        assert!(matches!(read(double), Err(TokensError::Twice { id: 5 })));
        assert!(matches!(read(vocabulary(&[("三", 3)])), Err(TokensError::NotAByte { id: 3, found: '三' })));
        assert!(matches!(read_tokens(&b"{\"model\":{}}"[..]), Err(TokensError::Json(_))));
        assert!(matches!(read_tokens(&b"\x00\x01"[..]), Err(TokensError::Json(_))));
    }
}
