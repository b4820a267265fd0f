//! Why something that is owed is not told of as missing, or cannot be known: the reasons that are always the same. Pure.

use crate::said::Why;

pub(super) const NEAR: Why = Why::new("something near it was said", "说了相近的话");
/// Why nothing is missing of a visit that a call came into.
pub(super) const INTERRUPTED: Why = Why::new("a telephone call came in between", "其间有电话打入");
pub(super) const RANG: Why = Why::new(
    "a telephone rang, and it is not known whether the clerk turned to it",
    "电话响过，不知道工作人员是否转而接听",
);
pub(super) const NOT_ALL: Why = Why::new("not all was heard when it was due", "应当说的时候没有全部听到");
pub(super) const NONE_HEARD: Why =
    Why::new("none of its phrases was heard when it was due", "应当说的时候没有听到任何一种说法");
pub(super) const BESIDE: Why = Why::new("not all was heard beside it", "它前后没有全部听到");
/// Why nobody knows what the visitor did.
pub(super) const VISITOR_DOWN: Why =
    Why::new("the visitor's microphone was down", "来访者一侧的麦克风当时不可用");
pub(super) const NO_VISITOR: Why = Why::new("the visitor has no microphone", "来访者一侧没有麦克风");
