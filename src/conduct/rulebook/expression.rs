//! Expressions: how the conditions of a composed rule are joined (`talked and not (greeted or waited)`).

use crate::toml_file::did_you_mean;

/// Parentheses and `not`s inside each other, at most.
const DEPTH_MAX: usize = 32;

/// Conditions joined by and, or, not. Conditions are named by their index.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Expression {
    Is(usize),
    Not(Box<Expression>),
    /// Never empty.
    All(Vec<Expression>),
    /// Never empty.
    Any(Vec<Expression>),
}

/// Logic of more than two values, for [`Expression::value`].
pub trait Logic: Clone {
    fn not(self) -> Self;
    fn and(self, other: Self) -> Self;
    fn or(self, other: Self) -> Self;
}

impl Logic for bool {
    fn not(self) -> Self {
        !self
    }

    fn and(self, other: Self) -> Self {
        self && other
    }

    fn or(self, other: Self) -> Self {
        self || other
    }
}

impl Expression {
    /// What it comes to where `of` gives the value of each condition.
    pub fn value<V: Logic>(&self, of: &mut impl FnMut(usize) -> V) -> V {
        match self {
            Self::Is(condition) => of(*condition),
            Self::Not(inner) => inner.value(of).not(),
            Self::All(inner) => joined(inner, of, V::and),
            Self::Any(inner) => joined(inner, of, V::or),
        }
    }

    /// The conditions it names, each as often as it does, with whether it wants them to hold.
    pub fn conditions(&self) -> Vec<(usize, bool)> {
        let mut all = Vec::new();
        self.gather(true, &mut all);
        all
    }

    /// The same with every `not` directly before a condition.
    pub fn pushed_down(&self) -> Self {
        self.with_sign(true)
    }

    fn with_sign(&self, wanted: bool) -> Self {
        let inside = |inner: &[Self]| inner.iter().map(|one| one.with_sign(wanted)).collect();
        match (self, wanted) {
            (Self::Is(condition), true) => Self::Is(*condition),
            (Self::Is(condition), false) => Self::Not(Box::new(Self::Is(*condition))),
            (Self::Not(inner), _) => inner.with_sign(!wanted),
            (Self::All(inner), true) | (Self::Any(inner), false) => Self::All(inside(inner)),
            (Self::Any(inner), true) | (Self::All(inner), false) => Self::Any(inside(inner)),
        }
    }

    fn gather(&self, wanted: bool, all: &mut Vec<(usize, bool)>) {
        match self {
            Self::Is(condition) => all.push((*condition, wanted)),
            Self::Not(inner) => inner.gather(!wanted, all),
            Self::All(inner) | Self::Any(inner) => inner.iter().for_each(|one| one.gather(wanted, all)),
        }
    }
}

fn joined<V: Logic>(inner: &[Expression], of: &mut impl FnMut(usize) -> V, join: fn(V, V) -> V) -> V {
    let mut values = inner.iter().map(|one| one.value(of));
    let Some(first) = values.next() else { unreachable!("an expression joins at least one") };
    values.fold(first, join)
}

/// What is wrong with an expression, and where in its text, in bytes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct ExpressionFault {
    pub at: usize,
    pub found: String,
    pub remedy: String,
}

/// Parses `text` over conditions of these names. Every unknown name is told of, and the first slip of grammar.
pub(super) fn parse(text: &str, names: &[&str]) -> Result<Expression, Vec<ExpressionFault>> {
    let mut parser = Parser { tokens: tokens(text), next: 0, end: text.len(), names, faults: Vec::new() };
    let parsed = parser.any(0).and_then(|whole| match parser.peek() {
        None => Ok(whole),
        Some(Token { at, text: ")" }) => {
            Err(fault(at, "this `)` closes nothing", "take it out, or open it with `(` before"))
        }
        Some(Token { at, text }) => Err(fault(
            at,
            &format!("{text:?} stands where `and`, `or` or the end should"),
            "join two conditions by `and` or `or`",
        )),
    });
    match parsed {
        Ok(whole) if parser.faults.is_empty() => Ok(whole),
        Ok(_) => Err(parser.faults),
        Err(fault) => {
            parser.faults.push(fault);
            Err(parser.faults)
        }
    }
}

#[derive(Clone, Copy)]
struct Token<'t> {
    at: usize,
    text: &'t str,
}

/// Names and words; every other character but white space by itself.
fn tokens(text: &str) -> Vec<Token<'_>> {
    let part_of_name = |ch: char| ch.is_alphanumeric() || ch == '-' || ch == '_';
    let mut tokens: Vec<Token<'_>> = Vec::new();
    let mut name_goes_on = false;
    for (at, ch) in text.char_indices() {
        let end = at + ch.len_utf8();
        match tokens.last_mut() {
            Some(last) if name_goes_on && part_of_name(ch) => last.text = &text[last.at..end],
            _ if !ch.is_whitespace() => tokens.push(Token { at, text: &text[at..end] }),
            _ => {}
        }
        name_goes_on = part_of_name(ch);
    }
    tokens
}

struct Parser<'t, 'n> {
    tokens: Vec<Token<'t>>,
    next: usize,
    end: usize,
    names: &'n [&'n str],
    faults: Vec<ExpressionFault>,
}

impl<'t> Parser<'t, '_> {
    fn any(&mut self, depth: usize) -> Result<Expression, ExpressionFault> {
        let mut all = vec![self.all(depth)?];
        while self.takes("or") {
            all.push(self.all(depth)?);
        }
        Ok(single(all, Expression::Any))
    }

    fn all(&mut self, depth: usize) -> Result<Expression, ExpressionFault> {
        let mut all = vec![self.one(depth)?];
        while self.takes("and") {
            all.push(self.one(depth)?);
        }
        Ok(single(all, Expression::All))
    }

    fn one(&mut self, depth: usize) -> Result<Expression, ExpressionFault> {
        let Some(token) = self.peek() else {
            return Err(fault(self.end, "the expression ends too early", "name a condition here"));
        };
        if depth >= DEPTH_MAX {
            let found = format!("more than {DEPTH_MAX} `(` and `not` stand inside each other");
            return Err(fault(token.at, &found, "write it more simply"));
        }
        self.next += 1;
        match token.text {
            "not" => Ok(Expression::Not(Box::new(self.one(depth + 1)?))),
            "(" => {
                let inner = self.any(depth + 1)?;
                if self.takes(")") {
                    return Ok(inner);
                }
                Err(fault(token.at, "this `(` is never closed", "close it with `)`"))
            }
            "and" | "or" | ")" => {
                let found = format!("`{}` stands where a condition should", token.text);
                Err(fault(token.at, &found, "name a condition before it"))
            }
            name if name.starts_with(|ch: char| ch.is_alphanumeric() || ch == '_') => Ok(self.named(token)),
            "&" | "|" | "!" => {
                let remedy = "write `and`, `or`, `not`";
                Err(fault(token.at, &format!("{:?} means nothing here", token.text), remedy))
            }
            _ => {
                let remedy = "write names of conditions, `and`, `or`, `not`, `(` and `)`";
                Err(fault(token.at, &format!("{:?} means nothing here", token.text), remedy))
            }
        }
    }

    fn named(&mut self, token: Token<'t>) -> Expression {
        if let Some(index) = self.names.iter().position(|name| *name == token.text) {
            return Expression::Is(index);
        }
        let known = self.names.iter().copied().chain(["and", "or", "not"]);
        let found = format!("there is no condition `{}`{}", token.text, did_you_mean(token.text, known));
        let remedy = format!("describe it in `[rule.condition.{}]`", token.text);
        self.faults.push(fault(token.at, &found, &remedy));
        Expression::Is(usize::MAX)
    }

    fn takes(&mut self, word: &str) -> bool {
        let taken = self.peek().is_some_and(|token| token.text == word);
        self.next += usize::from(taken);
        taken
    }

    fn peek(&self) -> Option<Token<'t>> {
        self.tokens.get(self.next).copied()
    }
}

fn single(mut all: Vec<Expression>, join: fn(Vec<Expression>) -> Expression) -> Expression {
    match all.len() {
        1 => all.swap_remove(0),
        _ => join(all),
    }
}

fn fault(at: usize, found: &str, remedy: &str) -> ExpressionFault {
    ExpressionFault { at, found: found.to_owned(), remedy: remedy.to_owned() }
}

#[cfg(test)]
mod tests {
    use super::*;
    use Expression::{All, Any, Is, Not};

    const NAMES: [&str; 3] = ["talked", "taken-leave", "问候"];

    fn not(inner: Expression) -> Expression {
        Not(Box::new(inner))
    }

    #[test]
    fn and_binds_closer_than_or_and_not_closest() {
        for (text, expected) in [
            ("talked", Is(0)),
            ("talked and not taken-leave", All(vec![Is(0), not(Is(1))])),
            ("talked or 问候 and taken-leave", Any(vec![Is(0), All(vec![Is(2), Is(1)])])),
            ("(talked or 问候)and taken-leave", All(vec![Any(vec![Is(0), Is(2)]), Is(1)])),
            ("not not(talked)", not(not(Is(0)))),
            ("not talked or talked", Any(vec![not(Is(0)), Is(0)])),
        ] {
            assert_eq!(parse(text, &NAMES), Ok(expected), "{text}");
        }
    }

    #[test]
    fn faults_point_into_the_text() {
        for (text, at, found) in [
            ("", 0, "the expression ends too early"),
            ("talked and", 10, "the expression ends too early"),
            ("and talked", 0, "`and` stands where a condition should"),
            ("talked taken-leave", 7, "\"taken-leave\" stands where `and`, `or` or the end should"),
            ("(talked", 0, "this `(` is never closed"),
            ("talked)", 6, "this `)` closes nothing"),
            ("问候 && talked", 7, "\"&\" stands where `and`, `or` or the end should"),
            ("!talked", 0, "\"!\" means nothing here"),
            (
                "talked and taken_leave",
                11,
                "there is no condition `taken_leave`, did you mean `taken-leave`?",
            ),
            ("talked AND 问候", 7, "\"AND\" stands where `and`, `or` or the end should"),
        ] {
            let faults = parse(text, &NAMES).unwrap_err();
            assert_eq!((faults[0].at, faults[0].found.as_str()), (at, found), "{text}");
        }
        assert_eq!(parse("talkd or takenleave", &NAMES).unwrap_err().len(), 2);
        assert!(parse(&"(".repeat(100_000), &NAMES).is_err());
        assert!(parse(&"not ".repeat(100_000), &NAMES).is_err());
    }

    #[test]
    fn pushing_not_down_changes_no_truth() {
        for text in ["not (talked and not (taken-leave or 问候))", "not not (talked or not 问候)"] {
            let whole = parse(text, &NAMES).unwrap();
            let pushed = whole.pushed_down();
            for bits in 0..8_u32 {
                let of = |i: usize| bits & (1 << i) != 0;
                assert_eq!(whole.value(&mut |i| of(i)), pushed.value(&mut |i| of(i)), "{text} {bits}");
            }
            assert!(!format!("{pushed:?}").contains("Not(All") && !format!("{pushed:?}").contains("Not(Any"));
        }
    }
}
