//! Numbers as they are spoken: recognisers write `380`, clerks say 三百八十.

const DIGITS: [char; 10] = ['零', '一', '二', '三', '四', '五', '六', '七', '八', '九'];

/// `text` with every run of ASCII or full-width digits spelled in Chinese characters.
///
/// Up to eight digits without a leading zero are read as a quantity (`380` → 三百八十); years, codes
/// and longer runs digit by digit (`2023年` → 二零二三年, `0431` → 零四三一). A percent sign after the
/// number is read before it (`5%` → 百分之五), a point between digits as 点.
pub fn spell_out_numbers(text: &str) -> String {
    let chars: Vec<char> = text.chars().collect();
    let mut out = String::with_capacity(text.len());
    let mut at = 0;
    while at < chars.len() {
        let run = digits_at(&chars, at);
        if run.is_empty() {
            out.push(chars[at]);
            at += 1;
            continue;
        }
        at += run.len();
        let mut spoken = read_integer(&run, chars.get(at).copied());
        let fraction =
            if matches!(chars.get(at), Some('.' | '．')) { digits_at(&chars, at + 1) } else { Vec::new() };
        if !fraction.is_empty() {
            spoken.push('点');
            spoken.extend(fraction.iter().map(|d| DIGITS[*d]));
            at += 1 + fraction.len();
        }
        if matches!(chars.get(at), Some('%' | '％')) {
            out.push_str("百分之");
            at += 1;
        }
        out.push_str(&spoken);
    }
    out
}

fn digits_at(chars: &[char], at: usize) -> Vec<usize> {
    chars[at.min(chars.len())..].iter().map_while(|ch| digit(*ch)).collect()
}

fn digit(ch: char) -> Option<usize> {
    match ch {
        '0'..='9' => Some(ch as usize - '0' as usize),
        '０'..='９' => Some(ch as usize - '０' as usize),
        _ => None,
    }
}

fn read_integer(run: &[usize], next: Option<char>) -> String {
    let year = run.len() == 4 && next == Some('年');
    let code = run.len() > 8 || (run.len() > 1 && run[0] == 0);
    if year || code {
        return run.iter().map(|d| DIGITS[*d]).collect();
    }
    let value = run.iter().fold(0_u64, |value, d| value * 10 + *d as u64);
    quantity(value)
}

/// Reading of a quantity below 10^8: `10` is 十, `110` 一百一十, `1005` 一千零五.
fn quantity(value: u64) -> String {
    if value == 0 {
        return DIGITS[0].to_string();
    }
    let (high, low) = (value / 10_000, value % 10_000);
    let mut out = String::new();
    if high > 0 {
        out.push_str(&below_ten_thousand(high));
        out.push('万');
        if low > 0 && low < 1_000 {
            out.push(DIGITS[0]);
        }
    }
    out.push_str(&below_ten_thousand(low));
    match out.strip_prefix("一十") {
        Some(rest) => format!("十{rest}"),
        None => out,
    }
}

fn below_ten_thousand(value: u64) -> String {
    let mut out = String::new();
    let mut skipped = false;
    for (unit, name) in [(1_000, Some('千')), (100, Some('百')), (10, Some('十')), (1, None)] {
        let d = (value / unit % 10) as usize;
        if d == 0 {
            skipped = !out.is_empty();
            continue;
        }
        if skipped {
            out.push(DIGITS[0]);
        }
        skipped = false;
        out.push(DIGITS[d]);
        out.extend(name);
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_spelled_as_they_are_said() {
        for (written, spoken) in [
            ("380元", "三百八十元"),
            ("15个", "十五个"),
            ("10", "十"),
            ("110号", "一百一十号"),
            ("1005", "一千零五"),
            ("20003", "二万零三"),
            ("120000", "十二万"),
            ("2023年", "二零二三年"),
            ("0431", "零四三一"),
            ("5%", "百分之五"),
            ("3.5公里", "三点五公里"),
            ("13912345678", "一三九一二三四五六七八"),
            ("没有数字", "没有数字"),
            ("0", "零"),
            ("3.", "三."),
        ] {
            assert_eq!(spell_out_numbers(written), spoken, "{written}");
        }
    }
}
