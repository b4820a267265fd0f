//! Signatures. In: a secret and what is sent. Out: what shows the receiver that it comes from here and is whole. Pure.

use sha2::{Digest, Sha256};

const BLOCK: usize = 64;

/// HMAC-SHA-256 (RFC 2104).
pub(super) fn hmac(key: &[u8], message: &[u8]) -> [u8; 32] {
    let mut block = [0_u8; BLOCK];
    match key.len() <= BLOCK {
        true => block[..key.len()].copy_from_slice(key),
        false => block[..32].copy_from_slice(&Sha256::digest(key)),
    }
    let inner = Sha256::new().chain_update(block.map(|byte| byte ^ 0x36)).chain_update(message).finalize();
    Sha256::new().chain_update(block.map(|byte| byte ^ 0x5c)).chain_update(inner).finalize().into()
}

/// For the header `Sansheng-Signature`: over the moment, a full stop and the body.
pub(super) fn signature(secret: &str, now_s: i64, body: &str) -> String {
    let code = hmac(secret.as_bytes(), format!("{now_s}.{body}").as_bytes());
    let code: String = code.iter().map(|byte| format!("{byte:02x}")).collect();
    format!("t={now_s},v1={code}")
}

/// What DingTalk wants at the end of a robot's address: the moment, and a code over it and the secret.
pub(super) fn dingtalk_query(secret: &str, now_ms: i64) -> String {
    let code = hmac(secret.as_bytes(), format!("{now_ms}\n{secret}").as_bytes());
    let code = base64(&code).replace('+', "%2B").replace('/', "%2F").replace('=', "%3D");
    format!("timestamp={now_ms}&sign={code}")
}

/// RFC 4648, with padding.
fn base64(bytes: &[u8]) -> String {
    const LETTERS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut text = String::new();
    for three in bytes.chunks(3) {
        let at = |index: usize| u32::from(three.get(index).copied().unwrap_or(0));
        let bits = at(0) << 16 | at(1) << 8 | at(2);
        for place in 0..4 {
            match place <= three.len() {
                true => text.push(char::from(LETTERS[(bits >> (18 - 6 * place) & 63) as usize])),
                false => text.push('='),
            }
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_are_those_of_the_standards() {
        // RFC 4231, test cases 1, 2 and 6.
        let long = [0xaa_u8; 131];
        for (key, message, code) in [
            (
                &[0x0b_u8; 20][..],
                &b"Hi There"[..],
                "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7",
            ),
            (
                b"Jefe",
                b"what do ya want for nothing?",
                "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843",
            ),
            (
                &long,
                b"Test Using Larger Than Block-Size Key - Hash Key First",
                "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54",
            ),
        ] {
            let made: String = hmac(key, message).iter().map(|byte| format!("{byte:02x}")).collect();
            assert_eq!(made, code);
        }
        // RFC 4648, section 10.
        for (text, code) in [("", ""), ("f", "Zg=="), ("fo", "Zm8="), ("foo", "Zm9v"), ("foobar", "Zm9vYmFy")]
        {
            assert_eq!(base64(text.as_bytes()), code);
        }
    }
}
